//! Cleaning the log's file of what was erased: how long it takes, and how long those wait who read
//! from it meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bocage_crdt::ids::{CommandId, EntryId, ItemId, LogId, NodeId, PersonId, SpaceId, WriterKey};
use bocage_node::keys::Opener;
use bocage_node::store::{EntryPlace, LogRow, LogStore, StoreWrite};
use bocage_protocol::entry::{Entry, EntryKind, Header};
use bocage_protocol::limits::PROTOCOL_VERSION;
use bocage_protocol::log::LogState;
use bocage_tests::clients::{Doing, Outcome};
use ed25519_dalek::SigningKey;

use crate::table::Row;
use crate::{Bench, Rows};

const ENTRIES: u64 = 200_000;
/// Written in one transaction.
const BATCH: u64 = 5_000;
/// Every so many-th entry is of something erased.
const ERASED_EACH: u64 = 100;
/// A message of two lines.
const PAYLOAD_BYTES: usize = 120;
const SPACE: SpaceId = SpaceId([1; 32]);

/// One entry, stored at many places: the store does not ask whose it is.
fn entry(signer: &SigningKey) -> Entry {
    let header = Header {
        version: PROTOCOL_VERSION,
        kind: EntryKind::Record,
        space: SPACE,
        log: LogId([3; 32]),
        seq: 1,
        prev: EntryId::default(),
        lamport: 1,
        wall_ms: 1_700_000_000_000,
        rights_heads: vec![EntryId([9; 32])],
        author: PersonId([4; 16]),
        item: ItemId([5; 16]),
        creation: None,
        command: CommandId([6; 16]),
        origin: None,
        carried: Vec::new(),
        payload_hash: [0; 32],
        payload_length: 0,
    };
    Entry::sign(header, vec![7; PAYLOAD_BYTES], signer)
}

fn filled(folder: &std::path::Path) -> Outcome<LogStore> {
    let signer = SigningKey::from_bytes(&[21; 32]);
    let store = LogStore::open(folder, &Opener::new(folder, None)).doing("log.redb")?;
    let writer = WriterKey(signer.verifying_key().to_bytes());
    let row = LogRow {
        space: 1,
        log: LogId([3; 32]),
        state: LogState::new(writer, NodeId([8; 32])),
    };
    let known = [StoreWrite::Space(1, SPACE), StoreWrite::Log(1, row)];
    store.commit(known).doing("the space")?;
    let whole = entry(&signer);
    let put =
        |seq, entry: &Entry| StoreWrite::Entry(EntryPlace { log: 1, seq }, Box::new(entry.clone()));
    for first in (1..=ENTRIES).step_by(BATCH as usize) {
        let batch = (first..first + BATCH).map(|seq| put(seq, &whole));
        store.commit(batch).doing("the entries")?;
    }
    let mut bare = whole.clone();
    bare.payload = None;
    let erased = (1..=ENTRIES).step_by(ERASED_EACH as usize);
    let overwritten = erased.map(|seq| put(seq, &bare));
    store.commit(overwritten).doing("what is erased")?;
    Ok(store)
}

/// Reads here and there until told to end; the longest that one read took.
fn longest_read(store: &LogStore, end: &AtomicBool) -> Outcome<Duration> {
    let mut longest = Duration::ZERO;
    let mut seq = 1;
    while !end.load(Ordering::Relaxed) {
        let begun = Instant::now();
        let found = store.entry(EntryPlace { log: 1, seq }).doing("a read")?;
        longest = longest.max(begun.elapsed());
        if found.is_none() {
            return Err(format!("entry {seq} is not there"));
        }
        seq = (seq + 7_919) % ENTRIES + 1;
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(longest)
}

pub(crate) async fn cleaning(_: &Bench) -> Rows {
    let measured = tokio::task::spawn_blocking(|| -> Rows {
        let folder = tempfile::tempdir().doing("a folder")?;
        let store = filled(folder.path())?;
        let length = || std::fs::metadata(store.file()).map_or(0, |file| file.len());
        let before = length();
        let end = AtomicBool::new(false);
        let (took, longest) = std::thread::scope(|scope| {
            let reader = scope.spawn(|| longest_read(&store, &end));
            let begun = Instant::now();
            let cleaned = store.commit([StoreWrite::Compact]);
            let took = begun.elapsed();
            end.store(true, Ordering::Relaxed);
            let longest = reader.join().map_err(|_| "the reader panicked".to_owned());
            (cleaned.doing("cleaning").map(|()| took), longest)
        });
        let note = format!(
            "once; {:.0} MB on the disk before, {:.0} after, one entry in {ERASED_EACH} overwritten",
            before as f64 / 1e6,
            length() as f64 / 1e6
        );
        let took = Some(took?.as_secs_f64());
        let longest = Some(longest??.as_secs_f64());
        let name = format!("cleaning a log of {ENTRIES} entries of what was erased");
        Ok(vec![
            Row::plain(name, "s", took).note(note),
            Row::at_most(
                "the longest that a reader waits meanwhile",
                "s",
                longest,
                1.0,
            )
            .note("in a quiet minute, or within six days, after something was erased"),
        ])
    });
    measured.await.doing("the measurement")?
}
