//! The missing is asked for, of one peer at a time per log; what peers ask for is streamed to
//! them within their window.

use bocage_crdt::ids::{EntryId, LogId, NodeId, SpaceId};

use super::state::{Asked, Distrust, OnDisk, Peer, PeerLog, Serve};
use super::{Effect, LogReader, Machine, StoredEntry, Turn};
use crate::entry::Entry;
use crate::limits::{
    ENTRIES_CHUNK_BYTES, PEER_WINDOW_BYTES, SERVING_PER_PEER_MAX, WANT_WAIT_MS, WANTS_PER_PEER_MAX,
};
use crate::log::Known;
use crate::wire::frame::{Entries, Frame, Want, WantLog};
use crate::wire::pack::{fitting, pack};
use crate::wire::refusal::Refusal;

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

    pub(super) fn want(&mut self, turn: &mut Turn, from: NodeId, want: Want) {
        let Some(id) = self.shared(&from, &want.space) else {
            return self.refuse(turn, from, Refusal::NotShared);
        };
        for wanted in want.logs {
            let (Some(peer), Some(space)) = (self.peers.get_mut(&from), self.spaces.get(&id))
            else {
                return;
            };
            if peer.serving.len() >= SERVING_PER_PEER_MAX {
                return self.refuse(turn, from, Refusal::TooManyWants);
            }
            if let Some(place) = space.places.get(&wanted.log) {
                peer.serving.push_back(Serve {
                    space: id,
                    place: *place,
                    next: wanted.from.max(1),
                    to: wanted.to,
                    tip: wanted.tip,
                });
            }
        }
        self.serve(turn, &from);
    }

    pub(super) fn credit(&mut self, turn: &mut Turn, from: NodeId, bytes: u64) {
        if let Some(peer) = self.peers.get_mut(&from) {
            // Nobody can raise our window above its size.
            let room = peer.window.saturating_add_unsigned(bytes);
            peer.window = room.min(PEER_WINDOW_BYTES as i64);
        }
        self.serve(turn, &from);
    }

    /// Streams what the peer asked for, in turns between logs, while there is room.
    pub(super) fn serve(&mut self, turn: &mut Turn, to: &NodeId) {
        while let Some(peer) = self.peers.get_mut(to)
            && peer.has_room()
            && let Some(serve) = peer.serving.pop_front()
        {
            if let Some(rest) = self.serve_chunk(turn, to, serve)
                && let Some(peer) = self.peers.get_mut(to)
            {
                peer.serving.push_back(rest);
            }
        }
    }

    /// Sends one chunk; what is left of the range comes back.
    fn serve_chunk(&mut self, turn: &mut Turn, to: &NodeId, mut serve: Serve) -> Option<Serve> {
        let tag = self.tag(to, &serve.space)?;
        let log = self.spaces.get(&serve.space)?.logs.get(serve.place)?;
        let (log_id, writer) = (log.id?, log.durable.writer);
        let key = self.key_of(&writer)?;
        let log = self.spaces.get(&serve.space)?.logs.get(serve.place)?;
        let stored = match &serve.tip {
            None if serve.next > serve.to => Vec::new(),
            None => read(turn.logs, &serve, &log_id),
            Some(tip) => {
                let chunk = ENTRIES_CHUNK_BYTES;
                let logs = turn.logs;
                logs.branch(&serve.space, &log_id, tip, serve.next, chunk)
            }
        };
        let mut entries = sound(stored, serve.next);
        let wanted = serve.to.saturating_sub(serve.next).saturating_add(1);
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
        let mut count = fitting(&entries, ENTRIES_CHUNK_BYTES).min(wanted);
        // The receiver checks the last signature only: end where one holds. The head's does, it
        // was checked when it came.
        let head = log.durable.head.map(|head| head.id);
        let holds = |entry: &Entry| Some(entry.id) == head || entry.signature_holds_by(&key);
        while count > 0 && count < entries.len() && !holds(&entries[count - 1]) {
            count += 1;
        }
        while count > 0 && !holds(&entries[count - 1]) {
            count -= 1;
        }
        entries.truncate(count);
        let certificate = self.certificate_for(to, &writer);
        let packed = pack(&mut self.codec, &serve.space, &log_id, &entries);
        let frame = Frame::Entries(Entries {
            space: tag,
            writer,
            certificate,
            packed,
        });
        self.send_data(turn, to, frame.encode());
        let last = entries.last()?;
        serve.next = last.header.seq + 1;
        let done = match &serve.tip {
            Some(tip) => last.id == *tip,
            None => serve.next > serve.to,
        };
        (!done).then_some(serve)
    }

    /// The certificate of the writer's site, if the peer was not told it on this connection.
    pub(super) fn certificate_for(
        &mut self,
        to: &NodeId,
        writer: &bocage_crdt::ids::WriterKey,
    ) -> Option<crate::certificate::NodeCertificate> {
        let node = self.writers.get(writer)?;
        let certificate = self.certificates.get(node)?;
        let peer = self.peers.get_mut(to)?;
        let told = peer.told_writers.entry(*node).or_insert(0);
        let life = certificate.life(writer)?;
        if life < *told {
            return None;
        }
        *told = certificate.writers.len();
        Some(certificate.clone())
    }

    /// Sends a frame that counts against the peer's window.
    pub(super) fn send_data(&mut self, turn: &mut Turn, to: &NodeId, bytes: Vec<u8>) {
        if let Some(peer) = self.peers.get_mut(to) {
            peer.window -= bytes.len() as i64;
            turn.out.push(Effect::Send { peer: *to, bytes });
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

fn read(logs: &dyn LogReader, serve: &Serve, log: &LogId) -> Vec<StoredEntry> {
    logs.entries(&serve.space, log, serve.next, ENTRIES_CHUNK_BYTES)
}

/// The leading entries that are what their headers say and follow each other from `next` on.
fn sound(stored: Vec<StoredEntry>, next: u64) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::with_capacity(stored.len());
    for stored in stored {
        let Ok(entry) = Entry::read(stored.bytes, stored.signature, stored.payload) else {
            break;
        };
        let follows = match entries.last() {
            Some(last) => entry.header.follows(Some(&last.head())),
            None => entry.header.seq == next,
        };
        if !follows {
            break;
        }
        entries.push(entry);
    }
    entries
}
