//! How entries come in: may this peer speak of this space, is the writer known, does the range
//! verify; then the disk; then the ack. Storing is not judging: rights come later and elsewhere.

use bocage_crdt::ids::{LogId, NodeId, SpaceId, WriterKey};

use super::event::{LiveChanges, Place};
use super::state::{Distrust, InFlight, Log, OnDisk};
use super::{Effect, Machine, Ticket, Turn};
use crate::entry::Entry;
use crate::limits::{ANNOUNCE_WAIT_MS, LOGS_PER_SPACE_MAX, PEER_WINDOW_BYTES};
use crate::log::{Accepted, LogState};
use crate::wire::frame::{Entries, Live, Whose, log_key};
use crate::wire::pack::unpack;
use crate::wire::refusal::Refusal;

impl Machine {
    pub(super) fn entries(
        &mut self,
        turn: &mut Turn,
        from: NodeId,
        frame: Entries,
        pushed: bool,
        bytes: usize,
    ) {
        if !self.receive_data(turn, from, bytes) {
            return;
        }
        let Some(space) = self.shared(&from, &frame.space) else {
            self.release(&from, bytes);
            return self.refuse(turn, from, Refusal::NotShared);
        };
        let (place, log) = match self.log_of(turn, from, &space, &frame) {
            Ok(found) => found,
            Err(refusal) => {
                self.release(&from, bytes);
                self.asked_in_vain(turn, &from, &space, frame.writer);
                return self.refuse(turn, from, refusal);
            }
        };
        let last = match unpack(&mut self.codec, &space, &log, &frame.packed) {
            Ok(entries) => {
                let last = entries.last().map(Entry::head);
                self.take_in(turn, from, &space, place, entries, bytes);
                last
            }
            Err(refusal) => {
                self.release(&from, bytes);
                self.distrust(&from, &space, place);
                self.refuse(turn, from, refusal);
                None
            }
        };
        let asked = self
            .spaces
            .get(&space)
            .and_then(|space| space.logs[place].asked)
            .filter(|asked| asked.peer == from && !pushed);
        if let Some(asked) = asked {
            let done = last.is_none_or(|last| match asked.tip {
                Some(tip) => last.id == tip,
                None => last.seq >= asked.to,
            });
            let distrusted = self.peers.get(&from).is_some_and(|peer| {
                let shared = peer.spaces.get(&space);
                shared.is_none_or(|shared| shared.logs[place].distrust != Distrust::None)
            });
            if done || distrusted {
                self.asked_done(turn, &space, place);
            } else {
                self.ask_goes_on(turn, &space, place);
            }
        } else {
            self.ask(turn, &space, place);
        }
    }

    /// What was asked came in a form that cannot be read: others are asked.
    fn asked_in_vain(&mut self, turn: &mut Turn, from: &NodeId, id: &SpaceId, writer: Whose) {
        let key = match writer {
            Whose::Key(writer) => log_key(&LogId::of(&writer, id)),
            Whose::Log(key) => key,
        };
        let Some(space) = self.spaces.get(id) else {
            return;
        };
        let Some(place) = space.places.get(&key).copied() else {
            return;
        };
        if space.logs[place]
            .asked
            .is_some_and(|asked| asked.peer == *from)
        {
            self.asked_done(turn, id, place);
        }
    }

    /// Counts data against the window that the peer has with us.
    fn receive_data(&mut self, turn: &mut Turn, from: NodeId, bytes: usize) -> bool {
        let Some(peer) = self.peers.get_mut(&from) else {
            return false;
        };
        peer.held_bytes += bytes;
        peer.progress_at_ms = turn.now_ms;
        peer.slow = false;
        // One frame may pass the window's end: a sender sends while any room is left.
        if peer.held_bytes > 2 * PEER_WINDOW_BYTES + crate::limits::FRAME_BYTES_MAX {
            self.refuse(turn, from, Refusal::WindowExceeded);
            return false;
        }
        true
    }

    /// Data was digested: the peer may send as much again.
    fn release(&mut self, from: &NodeId, bytes: usize) {
        if let Some(peer) = self.peers.get_mut(from) {
            peer.credit_bytes += bytes;
        }
    }

    /// Finds the log that a frame's writer keeps in the space, or makes its place.
    fn log_of(
        &mut self,
        turn: &mut Turn,
        from: NodeId,
        space: &SpaceId,
        frame: &Entries,
    ) -> Result<(usize, LogId), Refusal> {
        if let Some(certificate) = &frame.certificate {
            self.learn_certificate(turn, from, certificate.clone())?;
        }
        match frame.writer {
            Whose::Key(writer) => {
                let place = self.place_of_writer(space, &writer)?;
                Ok((place, LogId::of(&writer, space)))
            }
            Whose::Log(key) => {
                let space = self.spaces.get(space).ok_or(Refusal::NotShared)?;
                let place = space.places.get(&key).copied();
                let known = place.and_then(|place| Some((place, space.logs[place].id?)));
                known.ok_or(Refusal::WriterUnknown)
            }
        }
    }

    pub(super) fn place_of_writer(
        &mut self,
        space: &SpaceId,
        writer: &WriterKey,
    ) -> Result<usize, Refusal> {
        let node = *self.writers.get(writer).ok_or(Refusal::WriterUnknown)?;
        let id = LogId::of(writer, space);
        let state = self.spaces.get_mut(space).ok_or(Refusal::NotShared)?;
        let key = log_key(&id);
        match state.places.get(&key).copied() {
            Some(place) => {
                let log = &mut state.logs[place];
                match log.id {
                    Some(known) if known != id => return Err(Refusal::TooManyLogs),
                    Some(_) => {}
                    None => {
                        log.id = Some(id);
                        log.state = LogState::new(*writer, node);
                        log.durable = log.state.clone();
                        let announcer = log.announced_by.take();
                        if let Some(peer) = announcer.and_then(|id| self.peers.get_mut(&id)) {
                            peer.unproven = peer.unproven.saturating_sub(1);
                        }
                    }
                }
                Ok(place)
            }
            None if state.logs.len() >= LOGS_PER_SPACE_MAX => Err(Refusal::TooManyLogs),
            None => Ok(self.add_log(space, Log::known(LogState::new(*writer, node), space))),
        }
    }

    /// Verifies a range and hands it to the disk.
    fn take_in(
        &mut self,
        turn: &mut Turn,
        from: NodeId,
        id: &SpaceId,
        place: usize,
        entries: Vec<Entry>,
        bytes: usize,
    ) {
        let Some(last_seq) = entries.last().map(|last| last.header.seq) else {
            // It cannot serve what was asked, nor help to find where the logs part.
            self.end_search(&from, id, place);
            return self.release(&from, bytes);
        };
        let Some(accepted) = self.verify(turn, id, place, entries) else {
            return self.release(&from, bytes);
        };
        if let Some(log) = self.spaces.get_mut(id).map(|space| &mut space.logs[place]) {
            log.compare_search(from, last_seq, &accepted);
        }
        let (stored_at, entries, forked) = match accepted {
            Accepted::Main(entries) => (Place::Main, entries, false),
            Accepted::Branch(entries) => (Place::Branch, entries, false),
            Accepted::Forked(entries) => (Place::Branch, entries, true),
            Accepted::Duplicate | Accepted::Gap | Accepted::Suspect { .. } => {
                return self.release(&from, bytes);
            }
            Accepted::Refused(invalid) => {
                self.release(&from, bytes);
                self.distrust(&from, id, place);
                return self.refuse(turn, from, invalid.into());
            }
            Accepted::WithoutPayload => {
                self.release(&from, bytes);
                return self.refuse(turn, from, Refusal::EntryWithoutPayload);
            }
            Accepted::TooManyBranches => {
                self.release(&from, bytes);
                return self.refuse(turn, from, Refusal::TooManyBranches);
            }
        };
        self.store(turn, from, id, place, stored_at, entries, bytes);
        if forked {
            self.alarm(turn, id, place);
        }
    }

    /// Takes a range into the log's state. What we write is written here alone: a range of our
    /// own current log is compared with it, never stored.
    fn verify(
        &mut self,
        turn: &mut Turn,
        id: &SpaceId,
        place: usize,
        entries: Vec<Entry>,
    ) -> Option<Accepted> {
        let own = self.own_log(id);
        let writer = self.spaces.get(id)?.logs.get(place)?.state.writer;
        let key = self.key_of(&writer)?;
        let space = self.spaces.get_mut(id)?;
        let log = &mut space.logs[place];
        let log_id = log.id?;
        let disk = OnDisk {
            logs: turn.logs,
            space: *id,
            log: log_id,
            erased: &space.erased,
            in_flight: &self.tickets,
        };
        let again = entries
            .last()
            .is_some_and(|last| log.state.was_lost(last) || log.state.was_naked(last, &disk));
        if log_id != own || entries.is_empty() || again {
            return Some(log.state.accept(id, &key, entries, &disk));
        }
        let accepted = log.state.clone().accept(id, &key, entries, &disk);
        Some(match accepted {
            Accepted::Duplicate | Accepted::Refused(_) => accepted,
            _ => {
                self.burn(turn, id);
                Accepted::Gap
            }
        })
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of one Store effect")]
    pub(super) fn store(
        &mut self,
        turn: &mut Turn,
        from: NodeId,
        id: &SpaceId,
        place: usize,
        stored_at: Place,
        entries: Vec<Entry>,
        bytes: usize,
    ) {
        let Some(log) = self.spaces.get(id).and_then(|space| space.logs.get(place)) else {
            return;
        };
        let Some(log_id) = log.id else {
            return;
        };
        self.last_ticket += 1;
        let in_flight = InFlight {
            peer: from,
            space: *id,
            tag: self.tag(&from, id),
            place,
            state: log.state.clone(),
            heads: entries.iter().map(Entry::head).collect(),
            bytes,
        };
        turn.out.push(Effect::Store {
            ticket: self.last_ticket,
            peer: from,
            space: *id,
            log: log_id,
            state: log.state.clone(),
            place: stored_at,
            entries,
        });
        self.tickets.insert(self.last_ticket, in_flight);
    }

    /// Never asks this peer for this log again on this connection.
    pub(super) fn distrust(&mut self, from: &NodeId, id: &SpaceId, place: usize) {
        self.end_search(from, id, place);
        let peer = self.peers.get_mut(from);
        if let Some(shared) = peer.and_then(|peer| peer.spaces.get_mut(id)) {
            shared.logs[place].distrust = Distrust::Always;
        }
    }

    /// Stores became durable: they count from now on, and are acknowledged.
    pub(super) fn stored(&mut self, turn: &mut Turn, tickets: &[Ticket]) {
        for ticket in tickets {
            let Some(done) = self.tickets.remove(ticket) else {
                continue;
            };
            self.release(&done.peer, done.bytes);
            let Some(space) = self.spaces.get_mut(&done.space) else {
                continue;
            };
            let Some(log) = space.logs.get_mut(done.place) else {
                continue;
            };
            let rest_changed =
                log.durable.above != done.state.above || log.durable.tips() != done.state.tips();
            let forked = log.durable.fork.is_none() && done.state.fork.is_some();
            let first = log.durable.is_empty();
            let own_head = log
                .durable
                .head
                .filter(|head| head.seq > done.state.reach());
            log.durable = done.state;
            if own_head.is_some() {
                // Only our own log moves without a Store: its head is ahead of the snapshot.
                log.durable.head = own_head;
            }
            let (key, height) = (log.key, log.durable.height());
            let wait_ms = if forked { 0 } else { ANNOUNCE_WAIT_MS };
            if first && let Some(id) = log.id {
                self.acked_before(turn, &done.space, done.place, id);
            }
            self.moved(&done.space, done.place, rest_changed, turn.now_ms + wait_ms);
            let Some(peer) = self.peers.get_mut(&done.peer) else {
                continue;
            };
            let tag = match peer.spaces.get_mut(&done.space) {
                Some(shared) => {
                    let told = &mut shared.logs[done.place].told;
                    let news = std::mem::replace(told, height) != height;
                    news.then_some(shared.tag)
                }
                // It has just left the space, and waits to hear that its leaving is kept.
                None => done.tag,
            };
            if let Some(tag) = tag {
                let heights = self.acks.entry((done.peer, tag)).or_default();
                heights.insert(key, height);
            }
        }
    }

    /// Peers may have told how far they hold a log before its first entry was here: only now does
    /// the shell know which one they meant.
    fn acked_before(&self, turn: &mut Turn, id: &SpaceId, place: usize, log: LogId) {
        for (peer, state) in &self.peers {
            let theirs = state
                .spaces
                .get(id)
                .and_then(|shared| shared.logs.get(place));
            if let Some(height) = theirs.map(|theirs| theirs.shown).filter(|shown| *shown > 0) {
                turn.out.push(Effect::Acked {
                    peer: *peer,
                    space: *id,
                    log,
                    height,
                });
            }
        }
    }

    /// A peer's live changes go on to the gate; they are never stored as they are.
    pub(super) fn live(&mut self, turn: &mut Turn, from: NodeId, live: Live, bytes: usize) {
        if !self.receive_data(turn, from, bytes) {
            return;
        }
        self.release(&from, bytes);
        let Some(space) = self.shared(&from, &live.space) else {
            return self.refuse(turn, from, Refusal::NotShared);
        };
        turn.out.push(Effect::Live {
            peer: from,
            live: LiveChanges {
                space,
                item: live.item,
                author: live.author,
                origin: live.origin,
                changes: live.changes,
            },
        });
    }
}
