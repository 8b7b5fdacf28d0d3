//! One simulated site: keys, a disk that can lose what is not committed, and a machine while it
//! runs. The shell here does what the node's shell does, without sockets.

use std::collections::{BTreeMap, BTreeSet};

use bocage_crdt::ids::{
    CommandId, EntryId, ItemId, LogId, NodeId, PersonId, RealmId, SpaceId, WriterKey,
};
use bocage_protocol::certificate::NodeCertificate;
use bocage_protocol::entry::{ActorOrigin, Creation, Entry, EntryKind, Header, ItemKind, LogHead};
use bocage_protocol::limits::PROTOCOL_VERSION;
use bocage_protocol::log::LogState;
use bocage_protocol::machine::{Event, Machine, MachineConfig, Place, Ticket};
use ed25519_dalek::SigningKey;

use crate::disk::Disk;
use crate::random::Random;

pub(crate) const REALM: RealmId = RealmId([0xAA; 32]);

pub(crate) struct Site {
    pub(crate) id: NodeId,
    node_key: SigningKey,
    pub(crate) writer: SigningKey,
    pub(crate) certificate: NodeCertificate,
    pub(crate) disk: Disk,
    /// Earlier states of the disk: backups, or images of the machine.
    pub(crate) backup: Option<(Disk, NodeCertificate)>,
    pub(crate) machine: Option<Machine>,
    /// What this site knows of who hosts what.
    pub(crate) hosts: BTreeMap<SpaceId, BTreeSet<NodeId>>,
    pub(crate) hosts_versions: BTreeMap<SpaceId, u64>,
    /// Written and not committed: lost in a crash.
    pub(crate) pending: Vec<Write>,
    pub(crate) commit_due: bool,
    /// Heads of our own logs, with what is pending.
    own_heads: BTreeMap<SpaceId, LogHead>,
    /// Highest durable height ever: what an ack may rest on.
    pub(crate) ever_durable: BTreeMap<(SpaceId, LogId), u64>,
    pub(crate) commit_ms: u64,
    /// Our wall clock's error.
    pub(crate) skew_ms: i64,
    /// The monotonic clock starts anew with each life.
    pub(crate) booted_at_ms: u64,
    pub(crate) lives: u64,
    pub(crate) tick_at_ms: Option<u64>,
}

#[expect(
    clippy::large_enum_variant,
    reason = "a handful in flight per simulated site"
)]
pub(crate) enum Write {
    Store {
        ticket: Ticket,
        space: SpaceId,
        log: LogId,
        state: LogState,
        place: Place,
        entries: Vec<Entry>,
    },
    Certificate(NodeCertificate),
    Own(SpaceId, Entry),
}

/// What is to be written.
pub(crate) struct Draft {
    pub(crate) kind: EntryKind,
    pub(crate) space: SpaceId,
    pub(crate) author: PersonId,
    pub(crate) command: CommandId,
    pub(crate) rights_heads: Vec<EntryId>,
    pub(crate) origin: Option<ActorOrigin>,
    pub(crate) payload: Vec<u8>,
    pub(crate) lamport_step: u64,
    pub(crate) wall_ms: u64,
}

/// What one commit made durable.
pub(crate) struct Committed {
    /// What the machine is told.
    pub(crate) events: Vec<Event>,
    /// Own entries: their users are told.
    pub(crate) written: Vec<(SpaceId, EntryId)>,
    /// Entries of others.
    pub(crate) stored: Vec<Entry>,
}

/// Letters: noise would say nothing about compression, zeros too much.
pub(crate) fn letters(random: &mut Random, length: usize) -> Vec<u8> {
    (0..length).map(|_| b'a' + random.below(16) as u8).collect()
}

impl Site {
    pub(crate) fn new(random: &mut Random) -> Self {
        let node_key = SigningKey::from_bytes(&random.bytes());
        let writer = SigningKey::from_bytes(&random.bytes());
        let key = WriterKey(writer.verifying_key().to_bytes());
        let certificate = NodeCertificate::sign(&node_key, vec![key]);
        Self {
            id: certificate.node,
            node_key,
            writer,
            certificate,
            disk: Disk::default(),
            backup: None,
            machine: None,
            hosts: BTreeMap::new(),
            hosts_versions: BTreeMap::new(),
            pending: Vec::new(),
            commit_due: false,
            own_heads: BTreeMap::new(),
            ever_durable: BTreeMap::new(),
            commit_ms: random.between(0, 5),
            skew_ms: 0,
            booted_at_ms: 0,
            lives: 0,
            tick_at_ms: None,
        }
    }

    pub(crate) fn writer_key(&self) -> WriterKey {
        WriterKey(self.writer.verifying_key().to_bytes())
    }

    pub(crate) fn own_log(&self, space: &SpaceId) -> LogId {
        LogId::of(&self.writer_key(), space)
    }

    /// A new life from what the disk holds.
    pub(crate) fn boot(&mut self, now_ms: u64) -> Machine {
        self.booted_at_ms = now_ms;
        self.lives += 1;
        self.pending.clear();
        self.commit_due = false;
        self.own_heads.clear();
        self.tick_at_ms = None;
        let config = MachineConfig {
            me: self.id,
            certificate: self.certificate.clone(),
            realm: REALM,
            name: format!("Site {}", self.id),
        };
        let mut machine = Machine::new(config, &self.disk);
        for (space, hosts) in &self.hosts {
            let event = Event::SpaceChanged {
                space: *space,
                hosts: hosts.clone(),
            };
            machine.handle(0, event, &self.disk, &mut Vec::new());
        }
        machine
    }

    /// The writer key is burnt, or lost in a restore: the next life of the logs begins.
    pub(crate) fn new_writer(&mut self, random: &mut Random) {
        self.writer = SigningKey::from_bytes(&random.bytes());
        let mut writers = self.certificate.writers.clone();
        writers.push(self.writer_key());
        self.certificate = NodeCertificate::sign(&self.node_key, writers);
        self.pending
            .retain(|write| !matches!(write, Write::Own(..)));
        self.own_heads.clear();
    }

    /// A peer remembers lives that our certificate does not name: they come before this one.
    pub(crate) fn recall(&mut self, remembered: &NodeCertificate) {
        let mut writers = remembered.writers.clone();
        let ours = &self.certificate.writers;
        writers.retain(|writer| !ours.contains(writer));
        // Between our earlier keys and the current one, which no other site can have recalled.
        let (current, earlier) = ours.split_last().expect("a site has a writer key");
        let all = [earlier, &writers, &[*current]].concat();
        self.certificate = NodeCertificate::sign(&self.node_key, all);
    }

    /// One message in a space.
    pub(crate) fn write(&mut self, space: SpaceId, random: &mut Random, wall_ms: u64, text: usize) {
        let lamport_step = 1 + random.below(3);
        let author = PersonId::of_site(&self.id);
        let command = CommandId(random.bytes());
        let draft = Draft {
            kind: EntryKind::Record,
            space,
            author,
            command,
            rights_heads: vec![EntryId(space.0)],
            origin: None,
            payload: letters(random, text),
            lamport_step,
            wall_ms,
        };
        self.append(draft);
    }

    /// The next entry of our log.
    pub(crate) fn append(&mut self, draft: Draft) -> Entry {
        let Draft { space, command, .. } = draft;
        let log = self.own_log(&space);
        let on_disk = || self.disk.log(&space, &log).and_then(|log| log.state.head);
        let head = self.own_heads.get(&space).copied().or_else(on_disk);
        let is_rights = matches!(draft.kind, EntryKind::Rights | EntryKind::Admission);
        let creation = Creation {
            kind: ItemKind {
                number: 5,
                version: 1,
            },
            parent: ItemId::root(&space),
        };
        let header = Header {
            version: PROTOCOL_VERSION,
            kind: draft.kind,
            space,
            log,
            seq: head.map_or(1, |head| head.seq + 1),
            prev: head.map_or(EntryId::default(), |head| head.id),
            lamport: head.map_or(1, |head| head.lamport + draft.lamport_step),
            wall_ms: draft.wall_ms,
            rights_heads: draft.rights_heads,
            author: draft.author,
            item: match is_rights {
                true => ItemId::root(&space),
                false => ItemId::of(&space, &draft.author, &command),
            },
            creation: (!is_rights).then_some(creation),
            command,
            origin: draft.origin,
            carried: Vec::new(),
            payload_hash: [0; 32],
            payload_length: 0,
        };
        let entry = Entry::sign(header, draft.payload, &self.writer);
        self.own_heads.insert(space, entry.head());
        self.pending.push(Write::Own(space, entry.clone()));
        entry
    }

    /// Power goes after so many of the pending writes became durable: nobody is told of any.
    pub(crate) fn commit_in_vain(&mut self, durable: usize) {
        self.pending.truncate(durable);
        self.commit();
    }

    /// Makes all pending writes durable and says what the machine is to be told.
    pub(crate) fn commit(&mut self) -> Committed {
        self.commit_due = false;
        let mut tickets = Vec::new();
        let mut stored = Vec::new();
        let mut own: BTreeMap<SpaceId, Vec<Entry>> = BTreeMap::new();
        for write in std::mem::take(&mut self.pending) {
            match write {
                Write::Certificate(certificate) => {
                    self.disk
                        .certificates
                        .insert(certificate.node.0, certificate);
                }
                Write::Own(space, entry) => own.entry(space).or_default().push(entry),
                Write::Store {
                    ticket,
                    space,
                    log,
                    state,
                    place,
                    entries,
                } => {
                    let ours = log == self.own_log(&space);
                    let height = state.height();
                    self.disk.store(&space, &log, state, place, &entries, ours);
                    self.note_durable(space, log, height);
                    tickets.push(ticket);
                    stored.extend(entries);
                }
            }
        }
        let mut events = Vec::new();
        let mut written = Vec::new();
        for (space, entries) in own {
            let state = LogState::new(self.writer_key(), self.id);
            let log = self.own_log(&space);
            self.disk.append_own(&space, state, &entries);
            let height = entries.last().map_or(0, |entry| entry.header.seq);
            self.note_durable(space, log, height);
            written.extend(entries.iter().map(|entry| (space, entry.id)));
            events.push(Event::LocalEntries { space, entries });
        }
        if !tickets.is_empty() {
            events.push(Event::Stored { tickets });
        }
        Committed {
            events,
            written,
            stored,
        }
    }

    fn note_durable(&mut self, space: SpaceId, log: LogId, height: u64) {
        let ever = self.ever_durable.entry((space, log)).or_default();
        *ever = height.max(*ever);
    }
}
