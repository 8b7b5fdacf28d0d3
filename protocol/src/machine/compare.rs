//! How two sites find what differs: digests of all shared spaces, then heights of those that
//! differ, and the last entries behind equal heights.

use std::collections::BTreeSet;

use bocage_crdt::ids::{EntryId, NodeId, SpaceId};

use super::state::{Distrust, Log, OnDisk, Search};
use super::{Effect, Machine, Turn};
use crate::limits::{
    ANNOUNCED_LOGS_PER_SPACE_MAX, LOGS_PER_FRAME_MAX, SPACES_PER_FRAME_MAX,
    UNPROVEN_LOGS_PER_PEER_MAX,
};
use crate::log::Known;
use crate::wire::frame::{Ack, Frame, Have, HaveLog, LogKey, Spaces};
use crate::wire::refusal::Refusal;

impl Machine {
    /// Sends tags and digests of spaces shared with the peer.
    pub(super) fn list(&mut self, turn: &mut Turn, to: NodeId, spaces: &[SpaceId], answer: bool) {
        let mut listing = Vec::with_capacity(spaces.len());
        for id in spaces {
            let shared = self.peers.get_mut(&to);
            let shared = shared.and_then(|peer| peer.spaces.get_mut(id));
            if let (Some(shared), Some(space)) = (shared, self.spaces.get_mut(id)) {
                let digest = space.digest();
                shared.said = Some(digest);
                listing.push((shared.tag, digest));
            }
        }
        let frames = listing.len().div_ceil(SPACES_PER_FRAME_MAX).max(1);
        for frame in 0..frames {
            let start = frame * SPACES_PER_FRAME_MAX;
            let end = listing.len().min(start + SPACES_PER_FRAME_MAX);
            let spaces = Spaces {
                more: frame + 1 < frames,
                answer,
                spaces: listing[start..end].to_vec(),
            };
            turn.send(to, &Frame::Spaces(spaces));
        }
    }

    pub(super) fn spaces(&mut self, turn: &mut Turn, from: NodeId, spaces: Spaces) {
        let mut differing = Vec::new();
        let mut answers = Vec::new();
        let Some(peer) = self.peers.get_mut(&from) else {
            return;
        };
        // The first listing crosses ours; later ones want an answer.
        let first = !peer.listed;
        peer.compared_at_ms = turn.now_ms;
        for (tag, digest) in &spaces.spaces {
            // A tag we do not know is of a space that we do not share: nothing wrong with it.
            let Some(id) = peer.tags.get(tag).copied() else {
                continue;
            };
            let (Some(shared), Some(space)) = (peer.spaces.get_mut(&id), self.spaces.get_mut(&id))
            else {
                continue;
            };
            shared.listed = true;
            let wants_answer = !first && !spaces.answer;
            // Equal by now, and the peer saw us otherwise: it does not know yet.
            let outdated = space.digest() == *digest && shared.said != Some(*digest);
            if wants_answer || outdated {
                answers.push(id);
            }
            if space.digest() == *digest {
                shared.set_equal(&space.logs);
                turn.out.push(Effect::SpaceEqual {
                    peer: from,
                    space: id,
                });
            } else {
                differing.push(id);
            }
            peer.recount(&id);
        }
        peer.listed |= !spaces.more;
        if !answers.is_empty() {
            self.list(turn, from, &answers, true);
        }
        for space in differing {
            self.send_have(turn, &from, &space, None);
        }
    }

    /// Tells heights: of all logs of the space, or of some. Empty logs are left out of a whole.
    pub(super) fn send_have(
        &mut self,
        turn: &mut Turn,
        to: &NodeId,
        id: &SpaceId,
        some: Option<&BTreeSet<usize>>,
    ) {
        let (Some(peer), Some(space)) = (self.peers.get_mut(to), self.spaces.get(id)) else {
            return;
        };
        let Some(shared) = peer.spaces.get_mut(id) else {
            return;
        };
        let mut logs = Vec::new();
        for (place, log) in space.logs.iter().enumerate() {
            let told = match some {
                Some(some) => some.contains(&place),
                None => !log.is_empty(),
            };
            if told {
                shared.logs[place].told = log.durable.height();
                shared.logs[place].untold_rest = false;
                logs.push(log.have());
            }
        }
        // More logs than fit one frame follow as additions.
        let mut whole = some.is_none();
        let mut rest = logs.as_slice();
        while whole || !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(LOGS_PER_FRAME_MAX));
            let have = Have {
                space: shared.tag,
                whole,
                logs: now.to_vec(),
            };
            turn.send(*to, &Frame::Have(have));
            whole = false;
            rest = later;
        }
    }

    pub(super) fn have(&mut self, turn: &mut Turn, from: NodeId, have: Have) {
        let Some(id) = self.shared(&from, &have.space) else {
            return self.refuse(turn, from, Refusal::NotShared);
        };
        let mut places = BTreeSet::new();
        for told in &have.logs {
            match self.place_of(&from, &id, &told.log) {
                Ok(place) => {
                    places.insert(place);
                    self.note_have(turn, &from, &id, place, told);
                }
                Err(refusal) => {
                    self.refuse(turn, from, refusal);
                    break;
                }
            }
        }
        if have.whole {
            self.note_absent(turn, &from, &id, &places);
        }
        let (Some(peer), Some(space)) = (self.peers.get_mut(&from), self.spaces.get(&id)) else {
            return;
        };
        if let Some(shared) = peer.spaces.get_mut(&id) {
            shared.listed = true;
            shared.known = true;
        }
        peer.recount(&id);
        let count = space.logs.len();
        for place in 0..count {
            if have.whole || places.contains(&place) {
                self.ask(turn, &id, place);
            }
        }
        // What the peer lacks and was not told: it will ask.
        self.tell(turn, &from, &id, (0..count).collect());
    }

    fn note_have(
        &mut self,
        turn: &mut Turn,
        from: &NodeId,
        id: &SpaceId,
        place: usize,
        told: &HaveLog,
    ) {
        let (Some(peer), Some(space)) = (self.peers.get_mut(from), self.spaces.get_mut(id)) else {
            return;
        };
        let Some(shared) = peer.spaces.get_mut(id) else {
            return;
        };
        let log = &mut space.logs[place];
        let peer_log = &mut shared.logs[place];
        let acked = peer_log.shown != told.height;
        peer_log.shown = told.height;
        peer_log.head = Some(told.head);
        peer_log.above = told.above.clone();
        peer_log.above.retain(|(from, to)| from <= to);
        peer_log.above.sort_unstable();
        peer_log.tips = told.tips.clone().map(Box::new);
        if peer_log.distrust == Distrust::UntilHave {
            peer_log.distrust = Distrust::None;
        }
        let trusted = peer_log.distrust == Distrust::None;
        let unaware = told.tips.is_none() && log.durable.fork.is_some();
        shared.weigh(place, log);
        peer.recount(id);
        if acked && let Some(log) = log.id {
            turn.out.push(Effect::Acked {
                peer: *from,
                space: *id,
                log,
                height: told.height,
            });
        }
        if unaware {
            self.send_proof(turn, from, id, place);
        } else if trusted {
            self.suspect_head(turn, from, id, place, told);
        }
    }

    /// Compares the peer's last entry with ours at that place.
    fn suspect_head(
        &mut self,
        turn: &mut Turn,
        from: &NodeId,
        id: &SpaceId,
        place: usize,
        told: &HaveLog,
    ) {
        let Some(space) = self.spaces.get_mut(id) else {
            return;
        };
        let log = &mut space.logs[place];
        let comparable = told.tips.is_none()
            && log.durable.fork.is_none()
            && (1..=log.durable.reach()).contains(&told.height)
            && log.search.is_none();
        let (true, Some(log_id)) = (comparable, log.id) else {
            return;
        };
        let ours: Option<EntryId> = match log.durable.head {
            Some(head) if head.seq == told.height => Some(head.id),
            _ => {
                let disk = OnDisk {
                    logs: turn.logs,
                    space: *id,
                    log: log_id,
                    erased: &space.erased,
                    in_flight: &self.tickets,
                };
                disk.at(told.height).map(|signed| signed.id())
            }
        };
        if ours.is_some_and(|ours| ours.0[..8] != told.head) {
            log.search = Some(Search {
                peer: *from,
                low: 0,
                high: told.height,
            });
        }
    }

    /// A whole Have names all logs: of the others the peer has nothing.
    fn note_absent(
        &mut self,
        turn: &mut Turn,
        from: &NodeId,
        id: &SpaceId,
        present: &BTreeSet<usize>,
    ) {
        let (Some(peer), Some(space)) = (self.peers.get_mut(from), self.spaces.get(id)) else {
            return;
        };
        let Some(shared) = peer.spaces.get_mut(id) else {
            return;
        };
        let mut unaware = Vec::new();
        for (place, log) in space.logs.iter().enumerate() {
            if present.contains(&place) {
                continue;
            }
            if log.durable.fork.is_some() {
                unaware.push(place);
            }
            let peer_log = &mut shared.logs[place];
            let acked = peer_log.shown != 0;
            peer_log.shown = 0;
            peer_log.head = None;
            peer_log.above.clear();
            peer_log.tips = None;
            shared.weigh(place, log);
            if let (true, Some(log)) = (acked, log.id) {
                turn.out.push(Effect::Acked {
                    peer: *from,
                    space: *id,
                    log,
                    height: 0,
                });
            }
        }
        peer.recount(id);
        for place in unaware {
            self.send_proof(turn, from, id, place);
        }
    }

    pub(super) fn ack(&mut self, turn: &mut Turn, from: NodeId, ack: Ack) {
        let Some(id) = self.shared(&from, &ack.space) else {
            return self.refuse(turn, from, Refusal::NotShared);
        };
        for (key, height) in &ack.heights {
            let place = match self.place_of(&from, &id, key) {
                Ok(place) => place,
                Err(refusal) => return self.refuse(turn, from, refusal),
            };
            let (Some(peer), Some(space)) = (self.peers.get_mut(&from), self.spaces.get(&id))
            else {
                return;
            };
            let Some(shared) = peer.spaces.get_mut(&id) else {
                return;
            };
            let log = &space.logs[place];
            let acked = shared.logs[place].shown != *height;
            if acked {
                shared.logs[place].shown = *height;
                shared.logs[place].head = None;
            }
            shared.weigh(place, log);
            peer.recount(&id);
            if let (true, Some(log)) = (acked, log.id) {
                turn.out.push(Effect::Acked {
                    peer: from,
                    space: id,
                    log,
                    height: *height,
                });
            }
            self.ask(turn, &id, place);
        }
    }

    /// The place of a log by its key; a place is made for one that is news.
    fn place_of(&mut self, from: &NodeId, id: &SpaceId, key: &LogKey) -> Result<usize, Refusal> {
        let space = self.spaces.get_mut(id).ok_or(Refusal::NotShared)?;
        if let Some(place) = space.places.get(key) {
            return Ok(*place);
        }
        let peer = self.peers.get_mut(from).ok_or(Refusal::NotShared)?;
        if space.logs.len() >= ANNOUNCED_LOGS_PER_SPACE_MAX
            || peer.unproven >= UNPROVEN_LOGS_PER_PEER_MAX
        {
            return Err(Refusal::TooManyLogs);
        }
        peer.unproven += 1;
        Ok(self.add_log(id, Log::announced(*key, Some(*from))))
    }

    /// Adds a log to a space, and its place to every connection that shares the space.
    pub(super) fn add_log(&mut self, id: &SpaceId, log: Log) -> usize {
        let Some(space) = self.spaces.get_mut(id) else {
            return 0;
        };
        let place = space.add(log);
        for peer in self.peers.values_mut() {
            if let Some(shared) = peer.spaces.get_mut(id) {
                shared.logs.push(Default::default());
                shared.weigh(place, &space.logs[place]);
                peer.recount(id);
            }
        }
        place
    }

    /// The space of a tag that both sides may speak of.
    pub(super) fn shared(&self, peer: &NodeId, tag: &[u8; 8]) -> Option<SpaceId> {
        self.peers.get(peer)?.tags.get(tag).copied()
    }
}
