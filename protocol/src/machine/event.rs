//! All that can happen to the machine and all that it can ask for: two closed lists.
//!
//! The shell (the node, or the simulator) turns sockets, disk and clock into events and carries
//! out effects in the order in which they come.

use std::collections::BTreeSet;

use bocage_crdt::ids::{EntryId, ItemId, LogId, NodeId, PersonId, RealmId, SpaceId};

use crate::certificate::NodeCertificate;
use crate::entry::{ActorOrigin, Entry, LogHead};
use crate::log::{ForkProof, LogState, Naked};

/// Who this machine speaks for.
#[derive(Debug, Clone)]
pub struct MachineConfig {
    /// The site.
    pub me: NodeId,
    /// Its writer keys; the last one writes now.
    pub certificate: NodeCertificate,
    /// The realm: peers of another one are turned away.
    pub realm: RealmId,
    /// The site's name, told to peers for their status page.
    pub name: String,
}

/// Names one [`Effect::Store`] until [`Event::Stored`] reports it durable. Rises from 1.
pub type Ticket = u64;

/// What the shell reports.
#[derive(Debug, Clone)]
pub enum Event {
    /// A stream to a peer whose node key is proven is open. One per peer: a second replaces it.
    PeerUp {
        /// The peer.
        peer: NodeId,
        /// Whether we dialled.
        dialled: bool,
        /// Fresh random bytes: they key this connection's space tags.
        nonce: [u8; 16],
        /// Our wall clock, told to the peer.
        wall_ms: u64,
    },
    /// The stream ended.
    PeerDown {
        /// The peer.
        peer: NodeId,
    },
    /// One whole frame arrived. The shell refuses lengths over `FRAME_BYTES_MAX` before reading.
    Frame {
        /// From whom.
        peer: NodeId,
        /// The frame without the stream's length prefix.
        bytes: Vec<u8>,
    },
    /// The shell's queue of frames to the peer passed `PEER_QUEUE_FRAMES_MAX` (`full`), or fell
    /// below half of it again. While full, nothing optional is sent; heights repair later.
    SendQueue {
        /// To whom.
        peer: NodeId,
        /// Whether it is full now.
        full: bool,
    },
    /// The set of hosts of a space, ourselves included while we are one. Also how a space
    /// becomes known at the start: the machine then reads [`LogReader::logs`].
    SpaceChanged {
        /// The space.
        space: SpaceId,
        /// Its hosts; without `me` the machine forgets the space.
        hosts: BTreeSet<NodeId>,
    },
    /// Our certificate names a new writer key: the current one is the last.
    Certificate {
        /// The longer certificate.
        certificate: NodeCertificate,
    },
    /// An entry of the main line that was durable here cannot be read any more: it is wanted of
    /// every host that has it, also when it is of our own log.
    Lost {
        /// The space.
        space: SpaceId,
        /// The log.
        log: LogId,
        /// Its place there.
        seq: u64,
    },
    /// Items under a standing erase: their entries are whole without a payload.
    Erased {
        /// The space.
        space: SpaceId,
        /// Their items; replaces what was said before.
        items: BTreeSet<ItemId>,
    },
    /// Entries of a main line that lie here without their payload and that no erasure covers any
    /// more: it was taken back after their bytes were destroyed. The payloads are wanted of every
    /// host that has them, also those of our own log.
    Uncovered {
        /// The space.
        space: SpaceId,
        /// The log.
        log: LogId,
        /// The entries.
        entries: Vec<Naked>,
    },
    /// Entries of our own current logs, durable already, in the order of their logs.
    LocalEntries {
        /// The space.
        space: SpaceId,
        /// One contiguous run that follows what the machine knows of our log.
        entries: Vec<Entry>,
    },
    /// Live changes durable here that have no entry yet.
    LocalLive(LiveChanges),
    /// These Store effects are durable; several when one commit held several.
    Stored {
        /// Their tickets, ascending.
        tickets: Vec<Ticket>,
    },
    /// Time passed, or peers wait to be served: one share of it. Due at
    /// [`super::Machine::next_wake_ms`] at the latest, once beside other work; sooner is harmless.
    Tick,
}

/// Document changes on their way ahead of their entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveChanges {
    /// The space.
    pub space: SpaceId,
    /// The document.
    pub item: ItemId,
    /// Who typed.
    pub author: PersonId,
    /// In which tab.
    pub origin: ActorOrigin,
    /// Whole automerge change chunks, oldest first.
    pub changes: Vec<Vec<u8>>,
}

/// Where entries of a Store go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Addressed by (log, seq). An entry already there is of an abandoned run: replace it.
    Main,
    /// A branch of a forked log: addressed by (log, entry id), beside the main entries.
    Branch,
}

/// What the shell is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Queue a frame to a peer. Order per peer matters.
    Send {
        /// To whom.
        peer: NodeId,
        /// The frame, without the stream's length prefix.
        bytes: Vec<u8>,
    },
    /// Write verified entries, and `state` as the log's state, in one transaction; then report
    /// [`Event::Stored`], and feed the views. Stores must become durable in order of ticket.
    /// Of our own current log only the fork is news (`entries` is then a branch or empty): if the
    /// shell has written further meanwhile, its own head stays.
    Store {
        /// To be named in [`Event::Stored`].
        ticket: Ticket,
        /// Who delivered.
        peer: NodeId,
        /// The space.
        space: SpaceId,
        /// The log.
        log: LogId,
        /// What [`LogReader::logs`] must return after a restart.
        state: LogState,
        /// Where the entries go.
        place: Place,
        /// The entries, a contiguous chain; empty when only the state changed.
        entries: Vec<Entry>,
    },
    /// Keep this certificate of another site (or a longer one of it), and return it from
    /// [`LogReader::certificates`]. Comes before the first Store that needs it.
    StoreCertificate {
        /// The certificate, verified.
        certificate: NodeCertificate,
    },
    /// A peer's live changes: hand them to the gate and the browsers.
    Live {
        /// Who delivered.
        peer: NodeId,
        /// What.
        live: LiveChanges,
    },
    /// The peer's durable height of a log, as it says now. Replaces, never maximises.
    Acked {
        /// The peer.
        peer: NodeId,
        /// The space.
        space: SpaceId,
        /// The log.
        log: LogId,
        /// Its contiguous durable height there.
        height: u64,
    },
    /// The peer stores exactly what is durable here in this space, as of now.
    SpaceEqual {
        /// The peer.
        peer: NodeId,
        /// The space.
        space: SpaceId,
    },
    /// Every space shared with the peer became equal: «à jour».
    CaughtUp {
        /// The peer.
        peer: NodeId,
    },
    /// The peer said who it is.
    PeerHello {
        /// The peer.
        peer: NodeId,
        /// Its name.
        name: String,
        /// Its wall clock when it said so.
        wall_ms: u64,
    },
    /// The peer was heard from, at most once per `PEER_NEWS_EVERY_MS`.
    PeerNews {
        /// The peer.
        peer: NodeId,
        /// When, on the clock of `now_ms`.
        at_ms: u64,
    },
    /// Something of the peer was turned away, by name; to be counted and shown.
    Refused {
        /// The peer.
        peer: NodeId,
        /// A name listed in `docs/wire.md`.
        reason: &'static str,
    },
    /// Alarm: a writer wrote two entries at one place.
    Fork {
        /// The space.
        space: SpaceId,
        /// The log.
        log: LogId,
        /// Both.
        proof: ForkProof,
    },
    /// A peer has shown an entry that our current writer key signed and that we do not have: this
    /// key is burnt (our disk went back in time). Make a new one and report [`Event::Certificate`].
    OwnLogAhead {
        /// The space.
        space: SpaceId,
        /// Our log.
        log: LogId,
    },
    /// A peer knows writer keys of ours that our certificate does not name: it comes from an old
    /// backup. Certify our earlier keys, these, then our current key, and report
    /// [`Event::Certificate`].
    OwnCertificate {
        /// Signed by us in an earlier life.
        certificate: NodeCertificate,
    },
    /// Close the stream after what is queued; [`Event::PeerDown`] follows or not, as it comes.
    Disconnect {
        /// The peer.
        peer: NodeId,
        /// A name listed in `docs/wire.md`.
        reason: &'static str,
    },
}

/// An entry as it lies on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// The header's exact bytes.
    pub bytes: Vec<u8>,
    /// The signature.
    pub signature: [u8; 64],
    /// `None` once erased.
    pub payload: Option<Vec<u8>>,
}

/// What the machine may read of the disk: durable state only.
pub trait LogReader {
    /// Certificates of all sites whose logs are stored.
    fn certificates(&self) -> Vec<NodeCertificate>;

    /// States of all logs of a space, as last stored; of our own current log, its head.
    fn logs(&self, space: &SpaceId) -> Vec<LogState>;

    /// Main entries from `from_seq` on, contiguous, until `bytes_max` is passed: at least one if
    /// there is one. Stops before an entry that is missing or does not match its tag.
    fn entries(
        &self,
        space: &SpaceId,
        log: &LogId,
        from_seq: u64,
        bytes_max: usize,
    ) -> Vec<StoredEntry>;

    /// The chain that ends in `tip`, from place `from_seq` on, through branch and main entries.
    fn branch(
        &self,
        space: &SpaceId,
        log: &LogId,
        tip: &EntryId,
        from_seq: u64,
        bytes_max: usize,
    ) -> Vec<StoredEntry>;

    /// The entry with this id in the log: in a branch, or in the main run up to the state's head.
    /// Rows above the head do not count: they may be abandoned. Asked for forked logs only.
    fn find(&self, space: &SpaceId, log: &LogId, id: &EntryId) -> Option<LogHead>;
}
