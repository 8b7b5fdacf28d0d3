//! What happens at this site: entries written here, live changes, hosts that come and go.

use std::collections::BTreeSet;

use bocage_crdt::ids::{ItemId, LogId, NodeId, SpaceId, WriterKey};

use super::event::{LiveChanges, Place};
use super::state::{Distrust, Log, OnDisk, Space};
use super::{Machine, Turn};
use crate::certificate::NodeCertificate;
use crate::entry::Entry;
use crate::limits::{ANNOUNCE_WAIT_MS, ENTRIES_CHUNK_BYTES, PUSH_TO_ALL_SITES_MAX};
use crate::log::{LogState, Naked};
use crate::wire::frame::{Entries, Frame, Live, Whose, log_key};
use crate::wire::pack::{fitting, pack};

impl Machine {
    /// Own entries go at once to every connected host of their space.
    pub(super) fn local_entries(&mut self, turn: &mut Turn, id: SpaceId, entries: Vec<Entry>) {
        let Some(first_seq) = entries.first().map(|entry| entry.header.seq) else {
            return;
        };
        let Some(place) = self.own_place(turn, &id, &entries) else {
            return;
        };
        self.moved(&id, place, false, turn.now_ms + ANNOUNCE_WAIT_MS);
        let mut rest = entries.as_slice();
        let mut from_seq = first_seq;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(fitting(rest, ENTRIES_CHUNK_BYTES));
            self.push(turn, &id, place, from_seq, now);
            from_seq += now.len() as u64;
            rest = later;
        }
    }

    /// Our log's place, moved on by the entries. If they do not follow what the machine knows,
    /// the disk is right.
    fn own_place(&mut self, turn: &mut Turn, id: &SpaceId, entries: &[Entry]) -> Option<usize> {
        let (log_id, writer) = (self.own_log(id), self.own_writer());
        let space = self.spaces.get(id)?;
        let place = match space.places.get(&log_key(&log_id)) {
            Some(place) => *place,
            None => {
                let state = LogState::new(writer, self.config.me);
                self.add_log(id, Log::known(state, id))
            }
        };
        let log = &mut self.spaces.get_mut(id)?.logs[place];
        if log.id.is_none() {
            // A peer announced our log before we knew of it.
            let key = log.key;
            let (asked, search) = (log.asked, log.search);
            *log = Log::known(LogState::new(writer, self.config.me), id);
            debug_assert_eq!(key, log.key);
            (log.asked, log.search) = (asked, search);
        }
        if !log.state.append_own(entries) {
            let stored = turn.logs.logs(id);
            log.state = stored.into_iter().find(|state| state.writer == writer)?;
        }
        log.durable = log.state.clone();
        Some(place)
    }

    fn push(
        &mut self,
        turn: &mut Turn,
        id: &SpaceId,
        place: usize,
        from_seq: u64,
        entries: &[Entry],
    ) {
        let own_log = self.own_log(id);
        let to_seq = from_seq + entries.len() as u64 - 1;
        // Whoever missed something before is told heights instead: a push would only be a gap.
        let ready = |peer: &super::Peer| {
            let shared = peer.spaces.get(id)?;
            let theirs = shared.logs.get(place)?;
            let follows = theirs.told.max(theirs.shown) + 1 >= from_seq;
            (peer.has_room() && shared.listed && follows).then_some(shared.tag)
        };
        let receivers: Vec<(NodeId, [u8; 8])> = self
            .peers
            .iter()
            .filter_map(|(peer, state)| Some((*peer, ready(state)?)))
            .take(PUSH_TO_ALL_SITES_MAX)
            .collect();
        if receivers.is_empty() {
            return;
        }
        let packed = pack(&mut self.codec, id, &own_log, entries);
        let writer = self.own_writer();
        for (peer, tag) in receivers {
            let frame = Frame::Push(Entries {
                space: tag,
                writer: self.whose(&peer, id, place, writer),
                certificate: self.certificate_for(&peer, &writer),
                packed: packed.clone(),
            });
            self.send_data(turn, &peer, frame.encode());
            let state = self.peers.get_mut(&peer);
            if let Some(shared) = state.and_then(|peer| peer.spaces.get_mut(id)) {
                shared.logs[place].told = to_seq;
            }
        }
    }

    /// The short name where the peer must know the log. Should it not after all, the push is
    /// refused and heights bring its entries, under the key.
    fn whose(&mut self, peer: &NodeId, id: &SpaceId, place: usize, writer: WriterKey) -> Whose {
        let shared = self
            .peers
            .get_mut(peer)
            .and_then(|peer| peer.spaces.get_mut(id));
        let Some(theirs) = shared.and_then(|shared| shared.logs.get_mut(place)) else {
            return Whose::Key(writer);
        };
        if theirs.shown == 0 && !std::mem::replace(&mut theirs.named, true) {
            return Whose::Key(writer);
        }
        Whose::Log(log_key(&LogId::of(&writer, id)))
    }

    /// Live changes go to every connected host; a full window drops them, for their entry comes.
    pub(super) fn local_live(&mut self, turn: &mut Turn, live: LiveChanges) {
        let receivers: Vec<(NodeId, [u8; 8])> = self
            .peers
            .iter()
            .filter(|(_, peer)| peer.has_room())
            .filter_map(|(id, peer)| {
                let shared = peer.spaces.get(&live.space)?;
                shared.listed.then_some((*id, shared.tag))
            })
            .take(PUSH_TO_ALL_SITES_MAX)
            .collect();
        for (peer, space) in receivers {
            let frame = Frame::Live(Live {
                space,
                item: live.item,
                author: live.author,
                origin: live.origin,
                changes: live.changes.clone(),
            });
            self.send_data(turn, &peer, frame.encode());
        }
    }

    pub(super) fn space_changed(&mut self, turn: &mut Turn, id: SpaceId, hosts: BTreeSet<NodeId>) {
        if !hosts.contains(&self.config.me) {
            return self.forget(&id);
        }
        match self.spaces.get_mut(&id) {
            Some(space) => space.hosts = hosts.clone(),
            None => {
                let mut space = Space {
                    hosts: hosts.clone(),
                    ..Space::default()
                };
                for state in turn.logs.logs(&id) {
                    space.add(Log::known(state, &id));
                }
                self.spaces.insert(id, space);
            }
        }
        let peers: Vec<NodeId> = self.peers.keys().copied().collect();
        for peer in peers {
            if hosts.contains(&peer) {
                if self.enter(&peer, &id) {
                    self.list(turn, peer, &[id], false);
                }
            } else {
                self.part(turn, &peer, &id);
            }
        }
    }

    /// A peer no longer hosts the space: nothing more goes to it.
    fn part(&mut self, turn: &mut Turn, peer_id: &NodeId, id: &SpaceId) {
        let (Some(peer), Some(space)) = (self.peers.get_mut(peer_id), self.spaces.get_mut(id))
        else {
            return;
        };
        peer.leave(id);
        peer.serving.retain(|serve| serve.space != *id);
        let mut orphans = Vec::new();
        for (place, log) in space.logs.iter_mut().enumerate() {
            if log.search.is_some_and(|search| search.peer == *peer_id) {
                log.search = None;
            }
            if log.asked.is_some_and(|asked| asked.peer == *peer_id) {
                orphans.push(place);
            }
        }
        for place in orphans {
            self.end_ask(id, place);
            self.ask(turn, id, place);
        }
    }

    /// We no longer host the space: what is known of it is dropped; the disk is the shell's.
    fn forget(&mut self, id: &SpaceId) {
        let count = self.spaces.get(id).map_or(0, |space| space.logs.len());
        for place in 0..count {
            self.end_ask(id, place);
        }
        let Some(space) = self.spaces.remove(id) else {
            return;
        };
        for peer in self.peers.values_mut() {
            peer.leave(id);
            peer.serving.retain(|serve| serve.space != *id);
        }
        if let Some(due_ms) = space.announce_at_ms {
            self.announcements.remove(&(due_ms, *id));
        }
        self.backlog.retain(|(space, _)| space != id);
        self.burnt.remove(id);
        // Stores under way end in nothing: their places mean nothing if the space comes back.
        let mut released = Vec::new();
        self.tickets.retain(|_, ticket| {
            if ticket.space == *id {
                released.push((ticket.peer, ticket.bytes));
            }
            ticket.space != *id
        });
        for (peer, bytes) in released {
            if let Some(peer) = self.peers.get_mut(&peer) {
                peer.credit_bytes += bytes;
            }
        }
    }

    /// A new writer key: the logs of the former one are from now on like anybody's.
    pub(super) fn own_certificate(&mut self, turn: &mut Turn, certificate: NodeCertificate) {
        self.trust_former_logs();
        self.note_certificate(certificate.clone());
        self.config.certificate = certificate;
        self.burnt.clear();
        let peers: Vec<NodeId> = self.peers.keys().copied().collect();
        for peer in peers {
            if self.peers.get(&peer).is_some_and(|peer| peer.key.is_some()) {
                self.compare_with(turn, &peer, true);
            }
        }
    }

    /// Who could not prove that it has more of our log may well have it: asked like anybody, now
    /// that nothing but the log's entries is at stake.
    fn trust_former_logs(&mut self) {
        let writer = self.own_writer();
        for (id, space) in &self.spaces {
            let Some(place) = space.places.get(&log_key(&LogId::of(&writer, id))) else {
                continue;
            };
            for peer in self.peers.values_mut() {
                if let Some(shared) = peer.spaces.get_mut(id) {
                    shared.logs[*place].distrust = Distrust::None;
                }
            }
        }
    }

    /// The disk damaged an entry.
    pub(super) fn lost(&mut self, turn: &mut Turn, id: SpaceId, log: LogId, seq: u64) {
        self.wanted_again(turn, id, log, |state, disk| state.lose(seq, disk));
    }

    /// An erasure was taken back after its bytes were destroyed here.
    pub(super) fn uncovered(&mut self, turn: &mut Turn, id: SpaceId, log: LogId, bare: &[Naked]) {
        self.wanted_again(turn, id, log, |state, disk| state.uncover(bare, disk));
    }

    /// A log is less whole here than it was, if `change` says so: it is told and asked for.
    fn wanted_again(
        &mut self,
        turn: &mut Turn,
        id: SpaceId,
        log_id: LogId,
        change: impl FnOnce(&mut LogState, &OnDisk<'_>) -> bool,
    ) {
        let Some(space) = self.spaces.get_mut(&id) else {
            return;
        };
        let Some(place) = space.places.get(&log_key(&log_id)).copied() else {
            return;
        };
        let disk = OnDisk {
            logs: turn.logs,
            space: id,
            log: log_id,
            erased: &space.erased,
            in_flight: &self.tickets,
        };
        if !change(&mut space.logs[place].state, &disk) {
            return;
        }
        for peer in self.peers.values_mut() {
            let shared = peer.spaces.get_mut(&id);
            if let Some(log) = shared.and_then(|shared| shared.logs.get_mut(place))
                && log.distrust == Distrust::UntilHave
            {
                log.distrust = Distrust::None;
            }
        }
        let me = self.config.me;
        // Only the state moved; once durable it is told like any other height.
        self.store(turn, me, &id, place, Place::Main, Vec::new(), 0);
        self.ask(turn, &id, place);
    }

    /// Which entries may come without their payload.
    pub(super) fn erased(&mut self, turn: &mut Turn, id: SpaceId, items: BTreeSet<ItemId>) {
        let Some(space) = self.spaces.get_mut(&id) else {
            return;
        };
        space.erased = items;
        for peer in self.peers.values_mut() {
            let shared = peer.spaces.get_mut(&id);
            for log in shared.into_iter().flat_map(|shared| &mut shared.logs) {
                if log.distrust == Distrust::UntilHave {
                    log.distrust = Distrust::None;
                }
            }
        }
        let me = self.config.me;
        let count = self.spaces.get(&id).map_or(0, |space| space.logs.len());
        for place in 0..count {
            let covered = self.spaces.get_mut(&id).is_some_and(|space| {
                let erased = &space.erased;
                space.logs[place].state.cover(|item| erased.contains(item))
            });
            if covered {
                // Only the state moved; once durable it is told like any other height.
                self.store(turn, me, &id, place, Place::Main, Vec::new(), 0);
            }
            self.ask(turn, &id, place);
        }
    }
}
