//! A hostile site: the keys of one that was properly admitted, under the test's hand, on the real
//! line. It says what an honest site would say until it is told otherwise.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bocage_crdt::ids::{
    ActorNonce, CommandId, EntryId, ItemId, LogId, NodeId, PersonId, SpaceId, WriterKey,
};
use bocage_crdt::record::Record;
use bocage_node::net::{self, NetConfig, NetEvent, NetHandle};
use bocage_protocol::certificate::NodeCertificate;
use bocage_protocol::entry::{
    ActorOrigin, ChangesPayload, Creation, Entry, EntryKind, Header, ItemKind,
};
use bocage_protocol::limits::{ENTRIES_CHUNK_BYTES, PROTOCOL_VERSION};
use bocage_protocol::rights::{Admission, Operation};
use bocage_protocol::wire::compress::Codec;
use bocage_protocol::wire::frame::{
    Entries, Frame, Hello, SessionKey, Spaces, Want, WantLog, Whose, log_key,
};
use bocage_protocol::wire::pack::{fitting, pack, unpack};
use ed25519_dalek::SigningKey;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use crate::realm::{ARRIVAL_TIME_MAX, Place};

const NONCE: [u8; 16] = [0x66; 16];
const MESSAGE_KIND: u16 = 5;
/// Events that wait here unread; then the line to a site fills, as with whoever does not read.
const UNREAD_MAX: usize = 64;
/// Nothing came for so long: all that was sent before is heard.
const QUIET: Duration = Duration::from_millis(50);

/// The line to one honest site.
#[derive(Default)]
struct Line {
    up: bool,
    /// Since its Hello.
    tag: Option<[u8; 8]>,
    key: Option<SessionKey>,
    /// Why it said goodbye last.
    bye: Option<String>,
}

pub(super) struct Hostile {
    runtime: Runtime,
    net: NetHandle,
    events: mpsc::Receiver<NetEvent>,
    writer: SigningKey,
    certificate: NodeCertificate,
    /// The honest sites and where they are dialled.
    others: Vec<(NodeId, Vec<String>)>,
    lines: BTreeMap<NodeId, Line>,
    pub(super) space: SpaceId,
    pub(super) person: PersonId,
    writers: BTreeMap<LogId, WriterKey>,
    /// All it heard of the space.
    pub(super) known: BTreeMap<EntryId, Entry>,
    commands: u64,
    /// Opens lines and never says who it is.
    pub(super) mute: bool,
}

fn seed(place: &Place, name: &str) -> SigningKey {
    let line = std::fs::read_to_string(place.data.join(name)).expect("a key file");
    let hex = line.split(' ').nth(4).expect("a key").trim();
    let seed: NodeId = hex.parse().expect("32 bytes in hex");
    SigningKey::from_bytes(&seed.0)
}

fn certificate_of(place: &Place) -> NodeCertificate {
    let bytes = std::fs::read(place.data.join("certificate")).expect("a certificate");
    let list = bytes.strip_prefix(b"bocage certificate 1\n".as_slice());
    postcard::from_bytes(list.expect("a certificate")).expect("a list of keys")
}

impl Hostile {
    /// Takes over a site that is stopped, and connects to the others.
    pub(super) fn take_over(place: &Place, others: &[&Place], space: &str, person: &str) -> Self {
        let here = SocketAddr::from(([127, 0, 0, 1], place.line));
        let others = others.iter().map(|other| (*other, other.line)).collect();
        let config = |key| NetConfig::new(key, vec![here]);
        Self::over(config, place, others, space, person)
    }

    /// The same for a guest site, which calls sponsors at their ports for guests.
    pub(super) fn take_over_guest(
        place: &Place,
        sponsors: Vec<(&Place, u16)>,
        space: &str,
        person: &str,
    ) -> Self {
        let config = |key| NetConfig::edge(key, vec![SocketAddr::from(([127, 0, 0, 1], 0))]);
        Self::over(config, place, sponsors, space, person)
    }

    fn over(
        config: impl FnOnce([u8; 32]) -> NetConfig,
        place: &Place,
        others: Vec<(&Place, u16)>,
        space: &str,
        person: &str,
    ) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        let runtime = runtime.expect("a runtime");
        let (node, writer) = (seed(place, "identity.key"), seed(place, "writer.key"));
        let (sender, events) = mpsc::channel(UNREAD_MAX);
        let net = runtime.block_on(net::start(config(node.to_bytes()), sender));
        let others = others.into_iter().map(|(other, port)| {
            let address = format!("127.0.0.1:{port}");
            (certificate_of(other).node, vec![address])
        });
        let mut hostile = Self {
            runtime,
            net: net.expect("the port is free again"),
            events,
            writer,
            certificate: certificate_of(place),
            others: others.collect(),
            lines: BTreeMap::new(),
            space: space.parse().expect("a space"),
            person: person.parse().expect("a person"),
            writers: BTreeMap::new(),
            known: BTreeMap::new(),
            commands: 0,
            mute: false,
        };
        let neighbours = hostile.others.clone();
        hostile
            .net
            .set_neighbours(neighbours)
            .expect("an idle driver");
        hostile.meet();
        hostile
    }

    pub(super) fn others(&self) -> Vec<NodeId> {
        self.others.iter().map(|(node, _)| *node).collect()
    }

    /// Waits until both honest sites are greeted on a line that stands.
    pub(super) fn meet(&mut self) {
        let nodes = self.others();
        // What ended meanwhile is heard first.
        while self.listen(QUIET) {}
        self.pump("lines to both sites", |hostile| {
            nodes.iter().all(|node| hostile.tag(node).is_some())
        });
    }

    /// The space's name on the line to a site.
    pub(super) fn tag(&self, to: &NodeId) -> Option<[u8; 8]> {
        self.lines.get(to).filter(|line| line.up)?.tag
    }

    /// Another space's name on that line, which this site was never told.
    pub(super) fn tag_of(&self, to: &NodeId, space: &SpaceId) -> Option<[u8; 8]> {
        let line = self.lines.get(to).filter(|line| line.up)?;
        Some(line.key.as_ref()?.tag(space))
    }

    /// Ends the line to a site; it comes again by itself. What is still on its way counts for nothing.
    pub(super) fn hang_up(&mut self, on: &NodeId) {
        let line = self.lines.entry(*on).or_default();
        (line.up, line.tag) = (false, None);
        self.net.disconnect(*on).expect("an idle driver");
    }

    /// Why the line to a site ended, if it said so; asked once.
    pub(super) fn goodbye(&mut self, from: &NodeId) -> Option<String> {
        self.lines.get_mut(from)?.bye.take()
    }

    /// Reads what comes until `done`, at most as long as anything may take.
    pub(super) fn pump(&mut self, what: &str, mut done: impl FnMut(&mut Self) -> bool) {
        let end = Instant::now() + ARRIVAL_TIME_MAX;
        while !done(self) {
            assert!(Instant::now() < end, "waited for {what}");
            self.listen(Duration::from_millis(50));
        }
    }

    /// Reads one thing that comes within a moment; false: nothing came.
    pub(super) fn listen(&mut self, moment: Duration) -> bool {
        let events = &mut self.events;
        let next = async { tokio::time::timeout(moment, events.recv()).await };
        match self.runtime.block_on(next) {
            Ok(Some(event)) => {
                self.heard(event);
                true
            }
            Ok(None) => panic!("the network is gone"),
            Err(_) => false,
        }
    }

    fn heard(&mut self, event: NetEvent) {
        match event {
            NetEvent::Up { peer, .. } => {
                let line = self.lines.entry(peer).or_default();
                (line.up, line.tag) = (true, None);
            }
            NetEvent::Down { peer, .. } => {
                let line = self.lines.entry(peer).or_default();
                (line.up, line.tag) = (false, None);
            }
            NetEvent::Frame { peer, bytes } => {
                let frame = Frame::decode(&bytes).expect("an honest site sends sound frames");
                self.frame(peer, frame);
            }
            _ => {}
        }
    }

    fn frame(&mut self, from: NodeId, frame: Frame) {
        match frame {
            Frame::Hello(_) if self.mute => {}
            Frame::Hello(theirs) => {
                let me = self.certificate.node;
                let key = SessionKey::new((&me, &NONCE), (&from, &theirs.nonce));
                let tag = key.tag(&self.space);
                let hello = Hello {
                    certificate: self.certificate.clone(),
                    name: "Vitre".into(),
                    nonce: NONCE,
                    ..theirs
                };
                self.send(&from, &Frame::Hello(hello));
                let listing = Spaces {
                    more: false,
                    answer: false,
                    spaces: vec![(tag, [0; 8])],
                };
                self.send(&from, &Frame::Spaces(listing));
                let line = self.lines.entry(from).or_default();
                (line.tag, line.key) = (Some(tag), Some(key));
            }
            Frame::Have(have) if Some(have.space) == self.tag(&from) => {
                let logs = have.logs.iter().filter(|log| log.height > 0);
                let logs = logs.map(|log| WantLog {
                    log: log.log,
                    from: 1,
                    to: log.height,
                    tip: None,
                });
                let want = Want {
                    space: have.space,
                    logs: logs.collect(),
                };
                self.send(&from, &Frame::Want(want));
            }
            Frame::Entries(entries) | Frame::Push(entries) => {
                let Whose::Key(writer) = entries.writer else {
                    return;
                };
                let log = LogId::of(&writer, &self.space);
                self.writers.insert(log, writer);
                let read = unpack(&mut Codec::default(), &self.space, &log, &entries.packed);
                let read = read.unwrap_or_default();
                self.known
                    .extend(read.into_iter().map(|entry| (entry.id, entry)));
            }
            Frame::Bye(reason) => {
                self.lines.entry(from).or_default().bye = Some(reason);
            }
            _ => {}
        }
    }

    pub(super) fn send(&self, to: &NodeId, frame: &Frame) {
        self.bytes(to, frame.encode());
    }

    /// A frame of these bytes; lost when the line is down, like any.
    pub(super) fn bytes(&self, to: &NodeId, bytes: Vec<u8>) {
        let _ = self.net.send(*to, bytes);
    }

    pub(super) fn gossip(&self, bytes: Vec<u8>) -> bool {
        self.net.gossip(bytes).is_ok()
    }

    pub(super) fn presence(&self, to: &NodeId, about: u64, bytes: Vec<u8>) {
        self.net.send_presence(*to, about, bytes);
    }

    pub(super) fn writer(&self) -> WriterKey {
        WriterKey(self.writer.verifying_key().to_bytes())
    }

    pub(super) fn log(&self) -> LogId {
        LogId::of(&self.writer(), &self.space)
    }

    /// Whose log it is.
    pub(super) fn writer_of(&self, log: &LogId) -> WriterKey {
        *self.writers.get(log).expect("entries came under the key")
    }

    /// The honest sites' rights operations that no other one of theirs cites.
    pub(super) fn heads(&self) -> Vec<EntryId> {
        let own = self.log();
        let rights = || {
            let known = self.known.values().filter(|entry| entry.header.log != own);
            known.filter(|entry| entry.header.kind == EntryKind::Rights)
        };
        let cited: BTreeSet<EntryId> = rights()
            .flat_map(|entry| entry.header.rights_heads.clone())
            .collect();
        let ids: BTreeSet<EntryId> = rights().map(|entry| entry.id).collect();
        ids.difference(&cited).copied().collect()
    }

    /// The operation that founded the space.
    pub(super) fn founding(&self) -> &Entry {
        let mut known = self.known.values();
        let founding = known.find(|entry| entry.header.rights_heads.is_empty());
        founding.expect("the founding was sent")
    }

    /// The last entry of this site's own log.
    fn last(&self) -> Option<&Entry> {
        let log = self.log();
        let own = self.known.values().filter(|entry| entry.header.log == log);
        own.max_by_key(|entry| entry.header.seq)
    }

    /// The header that would follow, as an honest site would write it.
    pub(super) fn header(&mut self) -> Header {
        self.commands += 1;
        let mut command = [0x77; 16];
        command[..8].copy_from_slice(&self.commands.to_le_bytes());
        let command = CommandId(command);
        let last = self.last().map(Entry::head);
        let most = self.known.values().map(|entry| entry.header.lamport);
        let lamport = most.max().unwrap_or(0) + 1;
        Header {
            version: PROTOCOL_VERSION,
            kind: EntryKind::Record,
            space: self.space,
            log: self.log(),
            seq: last.map_or(1, |last| last.seq + 1),
            prev: last.map_or(EntryId::default(), |last| last.id),
            lamport,
            wall_ms: 1_795_000_000_000,
            rights_heads: self.heads(),
            author: self.person,
            item: ItemId::of(&self.space, &self.person, &command),
            creation: None,
            command,
            origin: None,
            carried: Vec::new(),
            payload_hash: [0; 32],
            payload_length: 0,
        }
    }

    /// A message in a channel.
    pub(super) fn message(&mut self, channel: ItemId, text: &str) -> Entry {
        let header = Header {
            creation: Some(Creation {
                kind: ItemKind {
                    number: MESSAGE_KIND,
                    version: 1,
                },
                parent: channel,
            }),
            ..self.header()
        };
        let record = Record::new().with_text("text", text);
        self.sign(header, record.encode())
    }

    pub(super) fn rights(&mut self, operation: &Operation) -> Entry {
        let header = Header {
            kind: EntryKind::Rights,
            item: ItemId::root(&self.space),
            ..self.header()
        };
        self.sign(header, operation.encode())
    }

    /// An admission, as a sponsor would write it.
    pub(super) fn admission(&mut self, admission: &Admission) -> Entry {
        let header = Header {
            kind: EntryKind::Admission,
            author: PersonId::of_site(&self.certificate.node),
            item: ItemId::root(&self.space),
            ..self.header()
        };
        self.sign(header, admission.encode())
    }

    /// Changes of a page, as made in a tab of this site.
    pub(super) fn changes(&mut self, page: ItemId, nonce: ActorNonce, own: Vec<Vec<u8>>) -> Entry {
        let header = Header {
            kind: EntryKind::Changes,
            item: page,
            origin: Some(self.origin(nonce)),
            ..self.header()
        };
        let payload = ChangesPayload {
            own,
            carried: Vec::new(),
        };
        self.sign(header, payload.encode())
    }

    pub(super) fn origin(&self, nonce: ActorNonce) -> ActorOrigin {
        ActorOrigin {
            site: self.certificate.node,
            nonce,
        }
    }

    pub(super) fn sign(&self, header: Header, payload: Vec<u8>) -> Entry {
        Entry::sign(header, payload, &self.writer)
    }

    /// Remembers entries of its own as the end of its log.
    pub(super) fn keep(&mut self, entries: &[Entry]) {
        let kept = entries.iter().map(|entry| (entry.id, entry.clone()));
        self.known.extend(kept);
    }

    /// Entries unasked, in as many frames as they need.
    pub(super) fn push(&self, to: &NodeId, entries: &[Entry]) {
        self.push_as(to, Whose::Key(self.writer()), entries);
    }

    /// All of its own log again, in order.
    pub(super) fn tell_all(&self, all: &[NodeId]) {
        let log = self.log();
        let own = self.known.values().filter(|entry| entry.header.log == log);
        let mut own: Vec<Entry> = own.cloned().collect();
        own.sort_by_key(|entry| entry.header.seq);
        all.iter().for_each(|to| self.push(to, &own));
    }

    pub(super) fn push_as(&self, to: &NodeId, writer: Whose, entries: &[Entry]) {
        let Some(space) = self.tag(to) else {
            return;
        };
        let mut rest = entries;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(fitting(rest, ENTRIES_CHUNK_BYTES));
            rest = later;
            let packed = pack(&mut Codec::default(), &self.space, &now[0].header.log, now);
            let frame = Entries {
                space,
                writer,
                certificate: Some(self.certificate.clone()),
                packed,
            };
            self.send(to, &Frame::Push(frame));
        }
    }

    /// Asks for the same range again and again, in one frame.
    pub(super) fn wants(&self, count: usize) -> Vec<WantLog> {
        self.wants_up_to(1, count)
    }

    /// The same for all of its own log up to a place.
    pub(super) fn wants_up_to(&self, to: u64, count: usize) -> Vec<WantLog> {
        let want = WantLog {
            log: log_key(&self.log()),
            from: 1,
            to,
            tip: None,
        };
        vec![want; count]
    }
}
