//! The machine that keeps sites in step: one entrance, [`Machine::handle`], effects out.
//!
//! It holds no socket, no disk and no clock; time is an argument. Reading order: [`event`] is the
//! contract with the shell, `state` what is remembered, `hello` how a connection begins and ends,
//! `compare` how two sites find what differs, `announce` how they tell what changed since, `ask`
//! and `serve` how the missing comes over, `ingest` how entries come in, `fork` what a writer's
//! double entry sets off, `local` what happens here, `offences` what a peer may do wrong before it
//! is cut off. It judges no rights: who hosts a space is reported by [`Event::SpaceChanged`].

mod announce;
mod ask;
mod compare;
pub mod event;
mod fork;
mod hello;
mod ingest;
mod local;
mod offences;
mod serve;
mod state;

use std::collections::{BTreeMap, BTreeSet};

use bocage_crdt::ids::{LogId, NodeId, SpaceId, WriterKey};
use ed25519_dalek::VerifyingKey;

pub use event::{Effect, Event, LiveChanges, LogReader, MachineConfig, Place, StoredEntry, Ticket};
use state::{Peer, Space, Tickets};

use crate::certificate::NodeCertificate;
use crate::limits::{
    CREDIT_STEP_BYTES, HELLO_WAIT_MS, LOGS_PER_FRAME_MAX, PEER_NEWS_EVERY_MS, RESYNC_WAIT_MS,
    WANT_WAIT_MS,
};
use crate::wire::compress::Codec;
use crate::wire::frame::{Ack, Frame, LogKey, Want, WantLog};
use crate::wire::refusal::Refusal;

/// One site's exchange with all its peers.
pub struct Machine {
    config: MachineConfig,
    spaces: BTreeMap<SpaceId, Space>,
    peers: BTreeMap<NodeId, Peer>,
    certificates: BTreeMap<NodeId, NodeCertificate>,
    writers: BTreeMap<WriterKey, NodeId>,
    /// Keys that verified something: checking a key costs as much as checking a signature.
    keys: BTreeMap<WriterKey, VerifyingKey>,
    tickets: Tickets,
    last_ticket: Ticket,
    /// Logs that wait because a peer has been asked for enough.
    backlog: BTreeSet<(SpaceId, usize)>,
    /// When which log is no longer waited for: each [`state::Asked`] once.
    asks_due: BTreeSet<(u64, SpaceId, usize)>,
    /// When which space's heights are due to be told.
    announcements: BTreeSet<(u64, SpaceId)>,
    /// Our own logs that a peer was proven to know better: reported once per writer key.
    burnt: BTreeSet<SpaceId>,
    /// What peers did wrong lately.
    offences: BTreeMap<NodeId, offences::Offences>,
    /// Who told of which site, until that one stands there itself.
    told_by: BTreeMap<NodeId, NodeId>,
    /// How many that are, by who told.
    told: BTreeMap<NodeId, usize>,
    codec: Codec,
    wants: BTreeMap<(NodeId, SpaceId), Vec<WantLog>>,
    acks: BTreeMap<(NodeId, [u8; 8]), BTreeMap<LogKey, u64>>,
}

/// What one call of [`Machine::handle`] works with.
struct Turn<'a> {
    now_ms: u64,
    logs: &'a dyn LogReader,
    out: &'a mut Vec<Effect>,
}

/// How much is pending: what a simulator or a status page watches. All of it is bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pending {
    /// Stores not reported durable yet.
    pub tickets: usize,
    /// Ranges asked for and not delivered.
    pub asked: usize,
    /// Ranges peers asked for and did not get yet.
    pub serving: usize,
    /// Received data bytes not given back as credit, the most of any peer.
    pub held_bytes: usize,
    /// Spaces that differ between us and a connected peer, summed over peers.
    pub unequal: usize,
}

impl Machine {
    /// A machine that knows the stored certificates and no space yet: report each with
    /// [`Event::SpaceChanged`], then the peers.
    pub fn new(config: MachineConfig, logs: &dyn LogReader) -> Self {
        let mut machine = Self {
            config,
            spaces: BTreeMap::new(),
            peers: BTreeMap::new(),
            certificates: BTreeMap::new(),
            writers: BTreeMap::new(),
            keys: BTreeMap::new(),
            tickets: BTreeMap::new(),
            last_ticket: 0,
            backlog: BTreeSet::new(),
            asks_due: BTreeSet::new(),
            announcements: BTreeSet::new(),
            burnt: BTreeSet::new(),
            offences: BTreeMap::new(),
            told_by: BTreeMap::new(),
            told: BTreeMap::new(),
            codec: Codec::default(),
            wants: BTreeMap::new(),
            acks: BTreeMap::new(),
        };
        for certificate in logs.certificates() {
            machine.note_certificate(certificate);
        }
        machine.note_certificate(machine.config.certificate.clone());
        machine
    }

    /// Digests one event. `now_ms` is monotonic. Effects are appended to `out` in order.
    pub fn handle(
        &mut self,
        now_ms: u64,
        event: Event,
        logs: &dyn LogReader,
        out: &mut Vec<Effect>,
    ) {
        let turn = &mut Turn { now_ms, logs, out };
        match event {
            Event::PeerUp {
                peer,
                dialled: _,
                nonce,
                wall_ms,
            } => self.peer_up(turn, peer, nonce, wall_ms),
            Event::PeerDown { peer } => self.peer_down(turn, &peer),
            Event::Frame { peer, bytes } => self.frame(turn, peer, &bytes),
            Event::SendQueue { peer, full } => self.send_queue(turn, &peer, full),
            Event::SpaceChanged { space, hosts } => self.space_changed(turn, space, hosts),
            Event::Certificate { certificate } => self.own_certificate(turn, certificate),
            Event::Lost { space, log, seq } => self.lost(turn, space, log, seq),
            Event::Erased { space, items } => self.erased(turn, space, items),
            Event::Uncovered {
                space,
                log,
                entries,
            } => self.uncovered(turn, space, log, &entries),
            Event::LocalEntries { space, entries } => self.local_entries(turn, space, entries),
            Event::LocalLive(live) => self.local_live(turn, live),
            Event::Stored { tickets } => self.stored(turn, &tickets),
            Event::Tick => self.serve_all(turn),
        }
        self.due(turn);
        self.flush(turn);
    }

    /// When the machine wants a [`Event::Tick`] at the latest; `None` while nothing is pending.
    pub fn next_wake_ms(&self) -> Option<u64> {
        let announce = self.announcements.first().map(|(at_ms, _)| *at_ms);
        let ask = self.asks_due.first().map(|(at_ms, ..)| *at_ms);
        let peers = self.peers.values().flat_map(|peer| {
            let greeting = peer.key.is_none();
            [
                // What was asked for is served in ticks, at once.
                peer.can_be_served().then_some(0),
                greeting.then(|| peer.up_at_ms + HELLO_WAIT_MS),
                (peer.asked > 0).then(|| peer.progress_at_ms + WANT_WAIT_MS),
                (peer.unequal > 0 && !peer.queue_full)
                    .then(|| peer.compared_at_ms + RESYNC_WAIT_MS),
            ]
        });
        peers.flatten().chain(announce).chain(ask).min()
    }

    /// How much is pending.
    pub fn pending(&self) -> Pending {
        let peers = || self.peers.values();
        Pending {
            tickets: self.tickets.len(),
            asked: peers().map(|peer| peer.asked).sum(),
            serving: peers().map(|peer| peer.serving.len()).sum(),
            held_bytes: peers().map(|peer| peer.held_bytes).max().unwrap_or(0),
            unequal: peers().map(|peer| peer.unequal).sum(),
        }
    }

    /// Entries that a connected peer has shown and that are not durable here: what a person may
    /// still wait for. What it did not serve, and what nothing signed proves to exist, is left out.
    pub fn missing_from(&self, peer: &NodeId) -> u64 {
        let shared = self.peers.get(peer).into_iter().flat_map(|one| &one.spaces);
        let logs = shared.filter_map(|(id, theirs)| Some((theirs, self.spaces.get(id)?)));
        let counts = logs.flat_map(|(theirs, ours)| {
            let pairs = theirs.logs.iter().zip(&ours.logs);
            pairs.map(|(theirs, ours)| theirs.missing_at(ours))
        });
        counts.fold(0, u64::saturating_add)
    }

    fn frame(&mut self, turn: &mut Turn, from: NodeId, bytes: &[u8]) {
        let Some(peer) = self.peers.get_mut(&from) else {
            return;
        };
        let news_due = peer
            .news_at_ms
            .is_none_or(|at_ms| turn.now_ms >= at_ms + PEER_NEWS_EVERY_MS);
        let greeted = peer.key.is_some();
        let frame = match Frame::decode(bytes) {
            Ok(frame) => frame,
            Err(refusal) => return self.refuse(turn, from, refusal),
        };
        let introduces = matches!(
            frame,
            Frame::Hello(_) | Frame::Certificate(_) | Frame::Bye(_)
        );
        if !greeted && !introduces {
            return self.refuse(turn, from, Refusal::HelloMissing);
        }
        if greeted && news_due {
            peer.news_at_ms = Some(turn.now_ms);
            turn.out.push(Effect::PeerNews {
                peer: from,
                at_ms: turn.now_ms,
            });
        }
        match frame {
            Frame::Hello(hello) => self.hello(turn, from, hello),
            Frame::Spaces(spaces) => self.spaces(turn, from, spaces),
            Frame::Have(have) => self.have(turn, from, have),
            Frame::Want(want) => self.want(turn, from, want),
            Frame::Entries(entries) => self.entries(turn, from, entries, false, bytes.len()),
            Frame::Push(entries) => self.entries(turn, from, entries, true, bytes.len()),
            Frame::Live(live) => self.live(turn, from, live, bytes.len()),
            Frame::Ack(ack) => self.ack(turn, from, ack),
            Frame::Fork(fork) => self.fork(turn, from, fork),
            Frame::Credit(credit) => self.credit(from, credit),
            Frame::Certificate(certificate) => self.reminded(turn, from, certificate),
            Frame::Bye(_) => self.goodbye(turn, from),
        }
    }

    /// Counts something that was turned away, and ends the connection if it cannot go on.
    fn refuse(&mut self, turn: &mut Turn, peer: NodeId, refusal: Refusal) {
        turn.out.push(Effect::Refused {
            peer,
            reason: refusal.name(),
        });
        if !refusal.closes() && refusal.is_fault() && self.is_one_too_many(turn.now_ms, peer) {
            return self.refuse(turn, peer, Refusal::TooManyRefusals);
        }
        if refusal.closes() {
            turn.out.push(Effect::Send {
                peer,
                bytes: Frame::Bye(refusal.name().to_owned()).encode(),
            });
            turn.out.push(Effect::Disconnect {
                peer,
                reason: refusal.name(),
            });
            self.peer_down(turn, &peer);
        }
    }

    fn due(&mut self, turn: &mut Turn) {
        while let Some((at_ms, space)) = self.announcements.first().copied() {
            if at_ms > turn.now_ms {
                break;
            }
            self.announcements.pop_first();
            self.announce(turn, &space);
        }
        let late: Vec<NodeId> = self
            .peers
            .iter()
            .filter(|(_, peer)| peer.key.is_none() && turn.now_ms >= peer.up_at_ms + HELLO_WAIT_MS)
            .map(|(id, _)| *id)
            .collect();
        for peer in late {
            self.refuse(turn, peer, Refusal::HelloLate);
        }
        self.ask_elsewhere(turn);
        self.compare_again(turn);
    }

    /// Sends what this turn gathered: wants, acks, credit, and «à jour».
    fn flush(&mut self, turn: &mut Turn) {
        for ((to, space), wanted) in std::mem::take(&mut self.wants) {
            let Some(tag) = self.tag(&to, &space) else {
                continue;
            };
            for logs in wanted.chunks(LOGS_PER_FRAME_MAX) {
                let want = Want {
                    space: tag,
                    logs: logs.to_vec(),
                };
                turn.send(to, &Frame::Want(want));
            }
        }
        for ((to, tag), heights) in std::mem::take(&mut self.acks) {
            let heights: Vec<_> = heights.into_iter().collect();
            for heights in heights.chunks(LOGS_PER_FRAME_MAX) {
                let ack = Ack {
                    space: tag,
                    heights: heights.to_vec(),
                };
                turn.send(to, &Frame::Ack(ack));
            }
        }
        for (id, peer) in &mut self.peers {
            if peer.credit_bytes >= CREDIT_STEP_BYTES {
                turn.send(*id, &Frame::Credit(peer.credit_bytes as u64));
                peer.held_bytes = peer.held_bytes.saturating_sub(peer.credit_bytes);
                peer.credit_bytes = 0;
            }
            if peer.listed && peer.unequal == 0 && !peer.caught_up {
                peer.caught_up = true;
                turn.out.push(Effect::CaughtUp { peer: *id });
            }
        }
    }

    /// The space's tag for a peer that shares it.
    fn tag(&self, peer: &NodeId, space: &SpaceId) -> Option<[u8; 8]> {
        Some(self.peers.get(peer)?.spaces.get(space)?.tag)
    }

    fn own_log(&self, space: &SpaceId) -> LogId {
        LogId::of(&self.own_writer(), space)
    }

    fn own_writer(&self) -> WriterKey {
        // A certificate without writers is not valid; nothing is written under the zero key.
        let writers = &self.config.certificate.writers;
        writers.last().copied().unwrap_or_default()
    }
}

impl Turn<'_> {
    fn send(&mut self, peer: NodeId, frame: &Frame) {
        self.out.push(Effect::Send {
            peer,
            bytes: frame.encode(),
        });
    }
}
