//! A long log comes in: frames to the machine, which unpacks, checks chain and signature and asks
//! for stores; these go to `log.redb` on its commit thread. No line between two processes: that is
//! in the workload «absence».

use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use bocage_crdt::ids::{
    CommandId, EntryId, ItemId, LogId, NodeId, PersonId, RealmId, SpaceId, WriterKey,
};
use bocage_node::keys::Opener;
use bocage_node::store::{
    Committer, Durable, EntryPlace, LogRow, LogStore, StoreWrite, Ticket as CommitTicket,
    seal_and_open,
};
use bocage_protocol::certificate::NodeCertificate;
use bocage_protocol::entry::{Entry, EntryKind, Header, LogHead};
use bocage_protocol::limits::{ENTRIES_CHUNK_BYTES, PROTOCOL_VERSION};
use bocage_protocol::log::LogState;
use bocage_protocol::machine::{
    Effect, Event, LogReader, Machine, MachineConfig, StoredEntry, Ticket,
};
use bocage_protocol::wire::compress::Codec;
use bocage_protocol::wire::frame::{Entries, Frame, Hello, SessionKey, Spaces, Whose, realm_mark};
use bocage_protocol::wire::pack::{fitting, pack};
use bocage_tests::clients::{Doing, Outcome};
use ed25519_dalek::{Signer, SigningKey};

use crate::limits::write_values;
use crate::stats::median;
use crate::table::Row;
use crate::{Bench, Rows};

const ENTRIES: u64 = 100_000;
const ROUNDS: usize = 3;
/// A message of two lines.
const PAYLOAD_BYTES: usize = 120;
const SPACE: SpaceId = SpaceId([1; 32]);
const REALM: RealmId = RealmId([2; 32]);
const NONCES: [[u8; 16]; 2] = [[5; 16], [6; 16]];

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn certificate(node: u8, writer: u8) -> NodeCertificate {
    let writer = WriterKey(key(writer).verifying_key().to_bytes());
    NodeCertificate::sign(&key(node), vec![writer])
}

fn chain(signer: &SigningKey) -> Vec<Entry> {
    let writer = WriterKey(signer.verifying_key().to_bytes());
    let mut entries: Vec<Entry> = Vec::with_capacity(ENTRIES as usize);
    for seq in 1..=ENTRIES {
        let command: [u8; 16] = std::array::from_fn(|at| seq.to_le_bytes()[at % 8] ^ at as u8);
        let author = PersonId([(seq % 40) as u8; 16]);
        let header = Header {
            version: PROTOCOL_VERSION,
            kind: EntryKind::Record,
            space: SPACE,
            log: LogId::of(&writer, &SPACE),
            seq,
            prev: entries.last().map_or(EntryId::default(), |entry| entry.id),
            lamport: seq,
            wall_ms: 1_700_000_000_000 + seq * 997,
            rights_heads: vec![EntryId([9; 32])],
            author,
            item: ItemId::of(&SPACE, &author, &CommandId(command)),
            creation: None,
            command: CommandId(command),
            origin: None,
            carried: Vec::new(),
            payload_hash: [0; 32],
            payload_length: 0,
        };
        let words = format!("message {seq}: la tournée passe par la route de ");
        let payload = words.bytes().cycle().take(PAYLOAD_BYTES).collect();
        entries.push(Entry::sign(header, payload, signer));
    }
    entries
}

/// A disk on which the machine finds nothing when it begins, and asks for nothing afterwards: a
/// log that only grows is never read.
struct Fresh;

impl LogReader for Fresh {
    fn certificates(&self) -> Vec<NodeCertificate> {
        Vec::new()
    }
    fn logs(&self, _: &SpaceId) -> Vec<LogState> {
        Vec::new()
    }
    fn entries(&self, _: &SpaceId, _: &LogId, from: u64, _: usize) -> Vec<StoredEntry> {
        panic!("entry {from} of a log that only grows is read")
    }
    fn branch(&self, _: &SpaceId, _: &LogId, _: &EntryId, _: u64, _: usize) -> Vec<StoredEntry> {
        panic!("a branch of a log that is not forked is read")
    }
    fn find(&self, _: &SpaceId, _: &LogId, _: &EntryId) -> Option<LogHead> {
        panic!("an entry of a log that only grows is looked for")
    }
}

/// A site without sockets: the machine, and the disk behind it.
struct Site {
    machine: Machine,
    committer: Committer<StoreWrite>,
    durable: Receiver<Durable>,
    under_way: Vec<(CommitTicket, Ticket)>,
    stored: u64,
    peer: NodeId,
}

impl Site {
    fn start(folder: &std::path::Path) -> Outcome<Self> {
        let store = LogStore::open(folder, &Opener::new(folder, None)).doing("log.redb")?;
        let known = store.commit([StoreWrite::Space(1, SPACE)]);
        known.doing("the space")?;
        let (report, durable) = channel();
        let committer = Committer::start(
            "log-commit",
            move |writes| store.commit(writes),
            move |done| {
                // The bench has ended.
                let _ = report.send(done);
            },
        );
        let (me, peer) = (certificate(10, 11), certificate(20, 21));
        let config = MachineConfig {
            me: me.node,
            certificate: me.clone(),
            realm: REALM,
            name: "Nantes".into(),
        };
        let mut site = Self {
            machine: Machine::new(config, &Fresh),
            committer,
            durable,
            under_way: Vec::new(),
            stored: 0,
            peer: peer.node,
        };
        let tag = tag();
        site.handle(Event::SpaceChanged {
            space: SPACE,
            hosts: [me.node, peer.node].into(),
        })?;
        site.handle(Event::PeerUp {
            peer: peer.node,
            dialled: false,
            nonce: NONCES[0],
            wall_ms: 1,
        })?;
        let hello = Frame::Hello(Hello {
            realm: realm_mark(&REALM),
            certificate: peer,
            name: "Ancenis".into(),
            wall_ms: 1,
            nonce: NONCES[1],
        });
        site.frame(hello.encode())?;
        let listing = Frame::Spaces(Spaces {
            more: false,
            answer: false,
            spaces: vec![(tag, [0; 8])],
        });
        site.frame(listing.encode())?;
        Ok(site)
    }

    fn frame(&mut self, bytes: Vec<u8>) -> Outcome<()> {
        let peer = self.peer;
        self.handle(Event::Frame { peer, bytes })
    }

    fn handle(&mut self, event: Event) -> Outcome<()> {
        let mut out = Vec::new();
        self.machine.handle(1, event, &Fresh, &mut out);
        for effect in out {
            match effect {
                Effect::Store {
                    ticket,
                    log,
                    state,
                    entries,
                    ..
                } => {
                    self.stored += entries.len() as u64;
                    let row = LogRow {
                        space: 1,
                        log,
                        state,
                    };
                    let mut writes = vec![StoreWrite::Log(1, row)];
                    writes.extend(entries.into_iter().map(|entry| {
                        let seq = entry.header.seq;
                        StoreWrite::Entry(EntryPlace { log: 1, seq }, Box::new(entry))
                    }));
                    let commit = self.committer.write(writes);
                    self.under_way.push((commit, ticket));
                }
                Effect::Refused { reason, .. } => return Err(format!("refused: {reason}")),
                _ => {}
            }
        }
        Ok(())
    }

    /// What became durable; waits for something if so told.
    fn look(&mut self, wait: bool) -> Outcome<()> {
        let told = match wait {
            true => Some(self.durable.recv().doing("the commit thread")?),
            false => self.durable.try_recv().ok(),
        };
        match told {
            None => Ok(()),
            Some(Durable::Failed(error)) => Err(error.to_string()),
            Some(Durable::UpTo(last)) => {
                let done = self
                    .under_way
                    .iter()
                    .take_while(|(commit, _)| *commit <= last)
                    .count();
                let done = self.under_way.drain(..done);
                let tickets = done.map(|(_, ticket)| ticket).collect();
                self.handle(Event::Stored { tickets })
            }
        }
    }
}

fn tag() -> [u8; 8] {
    let (me, peer) = (certificate(10, 11).node, certificate(20, 21).node);
    SessionKey::new((&me, &NONCES[0]), (&peer, &NONCES[1])).tag(&SPACE)
}

fn frames(entries: &[Entry]) -> Vec<Vec<u8>> {
    let writer = WriterKey(key(21).verifying_key().to_bytes());
    let log = LogId::of(&writer, &SPACE);
    let mut codec = Codec::default();
    let mut frames = Vec::new();
    let mut rest = entries;
    while !rest.is_empty() {
        let (now, later) = rest.split_at(fitting(rest, ENTRIES_CHUNK_BYTES));
        rest = later;
        let range = Entries {
            space: tag(),
            writer: Whose::Key(writer),
            certificate: None,
            packed: pack(&mut codec, &SPACE, &log, now),
        };
        frames.push(Frame::Push(range).encode());
    }
    frames
}

/// Entries a second from the frames' bytes to the last durable commit.
fn take_in(frames: &[Vec<u8>]) -> Outcome<f64> {
    let folder = tempfile::tempdir().doing("a folder")?;
    let mut site = Site::start(folder.path())?;
    let begun = Instant::now();
    for bytes in frames {
        // As much as a peer may have under way.
        while site.machine.pending().held_bytes + bytes.len() > WINDOW {
            site.look(true)?;
        }
        site.frame(bytes.clone())?;
        site.look(false)?;
    }
    while !site.under_way.is_empty() {
        site.look(true)?;
    }
    let taken = begun.elapsed();
    match site.stored {
        ENTRIES => Ok(ENTRIES as f64 / taken.as_secs_f64()),
        stored => Err(format!("{stored} entries were stored")),
    }
}

const WINDOW: usize = bocage_protocol::limits::PEER_WINDOW_BYTES;

/// What nobody can do without: one signature checked for each range, and as many bytes in durable
/// commits of as many values.
fn raw(ranges: usize, value_bytes: usize) -> Outcome<f64> {
    let folder = tempfile::tempdir().doing("a folder")?;
    let file = folder.path().join("limit.redb");
    let database = redb::Database::create(file).doing("redb")?;
    let signer = key(21);
    let public = signer.verifying_key();
    let message = [7; 300];
    let signature = signer.sign(&message);
    let begun = Instant::now();
    for _ in 0..ranges {
        public
            .verify_strict(&message, &signature)
            .doing("a signature")?;
    }
    write_values(&database, ENTRIES as usize, value_bytes)?;
    Ok(ENTRIES as f64 / begun.elapsed().as_secs_f64())
}

/// Seconds to seal every entry once, as the store does, and to open it again.
fn sealing(entries: &[Entry], value_bytes: usize) -> Outcome<f64> {
    let value = vec![7; value_bytes];
    let begun = Instant::now();
    seal_and_open(entries.iter().map(|_| &value[..]))?;
    Ok(begun.elapsed().as_secs_f64())
}

pub(crate) async fn storing(_: &Bench) -> Rows {
    let measured = tokio::task::spawn_blocking(|| -> Rows {
        let entries = chain(&key(21));
        let frames = frames(&entries);
        let value_bytes = entries[1].bytes.len() + 64 + PAYLOAD_BYTES;
        let (mut ours, mut limits, mut sealed) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            ours.push(take_in(&frames)?);
            limits.push(raw(frames.len(), value_bytes)?);
            // Of the very run before: the time in which the log was taken in, sealed.
            let taken = ours.last().map_or(0.0, |rate| ENTRIES as f64 / rate);
            sealed.push(100.0 * sealing(&entries, value_bytes)? / 2.0 / taken);
        }
        let bytes: usize = frames.iter().map(Vec::len).sum();
        Ok(vec![
            Row::at_least(
                "verify and store a log of 100,000 entries",
                "1/s",
                median(&ours),
                30_000.0,
            )
            .limit(
                "verify_strict once a range, and the same bytes in one redb commit",
                median(&limits),
            )
            .note(format!(
                "median of {ROUNDS} runs; {} ranges of {:.1} MB together, {value_bytes} bytes an \
                 entry on disk; through machine and commit thread, without a line",
                frames.len(),
                bytes as f64 / 1e6
            )),
            Row::plain(
                "sealing a log once, of the time to take it in",
                "%",
                median(&sealed),
            )
            .note(format!(
                "median of {ROUNDS} runs, half of sealing and opening; on the commit thread, beside \
                 the machine's. The target is for catching up, where a line and the views come on \
                 top: the workload «absence»"
            )),
        ])
    });
    measured.await.doing("the measurement")?
}
