//! The missing is asked for, of one peer at a time per log; elsewhere when a peer is gone or
//! delivers nothing.

use bocage_crdt::ids::{EntryId, NodeId, SpaceId};

use super::state::{Asked, Distrust, OnDisk, Peer, PeerLog};
use super::{Effect, Machine, Turn};
use crate::limits::{WANT_WAIT_MS, WANTS_PER_PEER_MAX};
use crate::log::Known;
use crate::wire::frame::WantLog;

/// What to ask of whom; ordered by preference.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Offer {
    slow: bool,
    from: u64,
    asked: usize,
    peer: NodeId,
    to: u64,
    tip: Option<EntryId>,
}

impl Machine {
    /// Asks for the next missing range of a log, if somebody offers one and nothing is under way.
    pub(super) fn ask(&mut self, turn: &mut Turn, id: &SpaceId, place: usize) {
        let burnt = self.own_log(id);
        let Some(space) = self.spaces.get(id) else {
            return;
        };
        let log = &space.logs[place];
        if log.asked.is_some() {
            return;
        }
        if log.id == Some(burnt) {
            return self.check_own(turn, id, place);
        }
        let offer = match log.search {
            Some(search) => self.peers.get(&search.peer).map(|peer| {
                let middle = search.low + (search.high - search.low).div_ceil(2);
                Offer {
                    slow: peer.slow,
                    from: middle,
                    asked: peer.asked,
                    peer: search.peer,
                    to: middle,
                    tip: None,
                }
            }),
            None => self.best_offer(turn, id, place),
        };
        let Some(offer) = offer else {
            self.backlog.remove(&(*id, place));
            return;
        };
        let (Some(peer), Some(space)) = (self.peers.get_mut(&offer.peer), self.spaces.get_mut(id))
        else {
            return;
        };
        if peer.asked >= WANTS_PER_PEER_MAX {
            self.backlog.insert((*id, place));
            return;
        }
        self.backlog.remove(&(*id, place));
        if peer.asked == 0 {
            peer.progress_at_ms = turn.now_ms;
        }
        peer.asked += 1;
        let log = &mut space.logs[place];
        log.asked = Some(Asked {
            peer: offer.peer,
            to: offer.to,
            tip: offer.tip,
            progress: false,
        });
        let want = WantLog {
            log: log.key,
            from: offer.from,
            to: offer.to,
            tip: offer.tip,
        };
        self.wants.entry((offer.peer, *id)).or_default().push(want);
    }

    fn best_offer(&self, turn: &Turn, id: &SpaceId, place: usize) -> Option<Offer> {
        let offers = self
            .peers
            .iter()
            .filter_map(|(peer, state)| self.offer(turn, id, place, *peer, state));
        offers.min()
    }

    fn offer(
        &self,
        turn: &Turn,
        id: &SpaceId,
        place: usize,
        peer: NodeId,
        state: &Peer,
    ) -> Option<Offer> {
        let space = self.spaces.get(id)?;
        let log = &space.logs[place];
        let theirs = state.spaces.get(id)?.logs.get(place)?;
        if theirs.distrust != Distrust::None {
            return None;
        }
        let offer = |from, to, tip| Offer {
            slow: state.slow,
            from,
            asked: state.asked,
            peer,
            to,
            tip,
        };
        if let Some((from, to)) = log.state.missing(&offered(theirs)) {
            return Some(offer(from, to, None));
        }
        // Branches attach to the common part: that comes first.
        let fork = log.state.fork.as_ref()?;
        if log.state.reach() + 1 < fork.at {
            return None;
        }
        let disk = OnDisk {
            logs: turn.logs,
            space: *id,
            log: log.id?,
            erased: &space.erased,
            in_flight: &self.tickets,
        };
        let ours = |tip: &EntryId| {
            fork.tips.iter().any(|known| known.id == *tip) || disk.find(tip).is_some()
        };
        let tip = theirs.tips.as_ref()?.iter().find(|tip| !ours(tip))?;
        Some(offer(fork.at, u64::MAX, Some(*tip)))
    }

    /// Our own current log is written here only: a peer that shows more of it means that our disk
    /// went back in time.
    fn check_own(&mut self, turn: &mut Turn, id: &SpaceId, place: usize) {
        let Some(space) = self.spaces.get(id) else {
            return;
        };
        let reach = space.logs[place].durable.reach();
        let ahead = |peer: &Peer| {
            let shared = peer.spaces.get(id);
            let theirs = shared.and_then(|shared| shared.logs.get(place));
            theirs.is_some_and(|theirs| offered(theirs).iter().any(|(_, to)| *to > reach))
        };
        let contradicted = space.logs[place].search.is_some();
        if contradicted || self.peers.values().any(ahead) {
            self.burn(turn, id);
        }
    }

    /// Our writer key has signed something that our disk does not know.
    pub(super) fn burn(&mut self, turn: &mut Turn, id: &SpaceId) {
        if self.burnt.insert(*id) {
            turn.out.push(Effect::OwnLogAhead {
                space: *id,
                log: self.own_log(id),
            });
        }
    }

    /// What was asked was delivered, or cannot be: goes on with what is missing next.
    pub(super) fn asked_done(&mut self, turn: &mut Turn, id: &SpaceId, place: usize) {
        let Some(space) = self.spaces.get_mut(id) else {
            return;
        };
        if let Some(asked) = space.logs[place].asked.take()
            && let Some(peer) = self.peers.get_mut(&asked.peer)
        {
            peer.asked = peer.asked.saturating_sub(1);
            // Without progress the same would be asked again, and again in vain.
            if !asked.progress
                && let Some(theirs) = peer.spaces.get_mut(id)
                && theirs.logs[place].distrust == Distrust::None
            {
                theirs.logs[place].distrust = Distrust::UntilHave;
            }
        }
        self.ask(turn, id, place);
        // As much as just ended may begin.
        if let Some((space, place)) = self.backlog.pop_first() {
            self.ask(turn, &space, place);
        }
    }

    /// Peers that were asked and deliver nothing: others are asked, if there are any.
    pub(super) fn ask_elsewhere(&mut self, turn: &mut Turn) {
        let late: Vec<NodeId> = self
            .peers
            .iter()
            .filter(|(_, peer)| peer.asked > 0 && turn.now_ms >= peer.progress_at_ms + WANT_WAIT_MS)
            .map(|(id, _)| *id)
            .collect();
        for id in late {
            if let Some(peer) = self.peers.get_mut(&id) {
                peer.slow = true;
                peer.progress_at_ms = turn.now_ms;
            }
            let mut waiting = Vec::new();
            for (space_id, space) in &self.spaces {
                for (place, log) in space.logs.iter().enumerate() {
                    if log.asked.is_some_and(|asked| asked.peer == id) {
                        waiting.push((*space_id, place));
                    }
                }
            }
            for (space, place) in waiting {
                let better = self.best_offer(turn, &space, place);
                let elsewhere = better.is_some_and(|offer| offer.peer != id && !offer.slow);
                if let (true, Some(state)) = (elsewhere, self.spaces.get_mut(&space)) {
                    state.logs[place].asked = None;
                    state.logs[place].search = None;
                    if let Some(peer) = self.peers.get_mut(&id) {
                        peer.asked = peer.asked.saturating_sub(1);
                    }
                    self.ask(turn, &space, place);
                }
            }
        }
    }
}

/// All ranges that a peer shows of a log.
fn offered(theirs: &PeerLog) -> Vec<(u64, u64)> {
    let mut ranges = Vec::with_capacity(1 + theirs.above.len());
    if theirs.shown > 0 {
        ranges.push((1, theirs.shown));
    }
    ranges.extend_from_slice(&theirs.above);
    ranges
}
