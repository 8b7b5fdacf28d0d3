//! One simulated site: keys, a disk that can lose what is not committed, and a machine while it
//! runs. The shell here does what the node's shell does, without sockets.

use std::collections::{BTreeMap, BTreeSet};

use bocage_crdt::ids::{
    CommandId, EntryId, ItemId, LogId, NodeId, PersonId, RealmId, SpaceId, WriterKey,
};
use bocage_protocol::certificate::NodeCertificate;
use bocage_protocol::entry::{Creation, Entry, EntryKind, Header, ItemKind, LogHead};
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
        let log = self.own_log(&space);
        let on_disk = || self.disk.log(&space, &log).and_then(|log| log.state.head);
        let head = self.own_heads.get(&space).copied().or_else(on_disk);
        let author = PersonId::of_site(&self.id);
        let command = CommandId(random.bytes());
        let header = Header {
            version: PROTOCOL_VERSION,
            kind: EntryKind::Record,
            space,
            log,
            seq: head.map_or(1, |head| head.seq + 1),
            prev: head.map_or(EntryId::default(), |head| head.id),
            lamport: head.map_or(1, |head| head.lamport + 1 + random.below(3)),
            wall_ms,
            rights_heads: vec![EntryId(space.0)],
            author,
            item: ItemId::of(&space, &author, &command),
            creation: Some(Creation {
                kind: ItemKind {
                    number: 5,
                    version: 1,
                },
                parent: ItemId::root(&space),
            }),
            command,
            origin: None,
            carried: Vec::new(),
            payload_hash: [0; 32],
            payload_length: 0,
        };
        let mut payload = vec![0; text];
        for byte in &mut payload {
            // Letters: noise would say nothing about compression, zeros too much.
            *byte = b'a' + random.below(16) as u8;
        }
        let entry = Entry::sign(header, payload, &self.writer);
        self.own_heads.insert(space, entry.head());
        self.pending.push(Write::Own(space, entry));
    }

    /// Makes all pending writes durable and says what the machine is to be told.
    pub(crate) fn commit(&mut self) -> (Vec<Event>, Vec<(SpaceId, EntryId)>) {
        self.commit_due = false;
        let mut tickets = Vec::new();
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
        (events, written)
    }

    fn note_durable(&mut self, space: SpaceId, log: LogId, height: u64) {
        let ever = self.ever_durable.entry((space, log)).or_default();
        *ever = height.max(*ever);
    }
}
