//! The stores: what is written is read back, damage is named, nothing is repaired in silence.

use std::io::{Seek, SeekFrom, Write};
use std::sync::mpsc;

use bocage_crdt::ids::{
    ActorNonce, CommandId, EntryId, ItemId, LogId, NodeId, PersonId, SpaceId, WriterKey,
};
use bocage_protocol::entry::{ActorOrigin, Entry, EntryKind, Header};
use ed25519_dalek::SigningKey;

use super::*;

fn entry(seq: u64, text: &str) -> Entry {
    let writer = SigningKey::from_bytes(&[7; 32]);
    let space = SpaceId([1; 32]);
    let header = Header {
        version: 1,
        kind: EntryKind::Record,
        space,
        log: LogId::of(&WriterKey(writer.verifying_key().to_bytes()), &space),
        seq,
        prev: EntryId::default(),
        lamport: seq,
        wall_ms: 0,
        rights_heads: Vec::new(),
        author: PersonId([2; 16]),
        item: ItemId([3; 16]),
        creation: None,
        command: CommandId([4; 16]),
        origin: None,
        carried: Vec::new(),
        payload_hash: [0; 32],
        payload_length: 0,
    };
    Entry::sign(header, text.as_bytes().to_vec(), &writer)
}

fn put(seq: u64, text: &str) -> StoreWrite {
    StoreWrite::Entry(EntryPlace { log: 5, seq }, Box::new(entry(seq, text)))
}

#[test]
fn what_is_committed_is_read_back_after_reopening() {
    let directory = tempfile::tempdir().expect("a scratch folder");
    let live = LiveRow {
        space: SpaceId([1; 32]),
        item: ItemId([2; 16]),
        author: PersonId([3; 16]),
        origin: ActorOrigin {
            site: NodeId([4; 32]),
            nonce: ActorNonce([5; 16]),
        },
        change: vec![1, 2, 3],
    };
    {
        let store = LogStore::open(directory.path()).expect("a new file opens");
        let batch = [
            StoreWrite::Space(1, SpaceId([1; 32])),
            StoreWrite::Live(9, Box::new(live.clone())),
            StoreWrite::Live(10, Box::new(live.clone())),
            StoreWrite::LiveDone(10),
            StoreWrite::Meta("name", b"Nantes".to_vec()),
            put(1, "un"),
            put(2, "deux"),
            put(4, "quatre"),
        ];
        store.commit(batch).expect("the disk takes it");
        assert!(matches!(
            LogStore::open(directory.path()),
            Err(StoreError::InUse(_))
        ));
    }
    let store = LogStore::open(directory.path()).expect("it opens again");
    let loaded = store.load().expect("it loads");
    assert_eq!(loaded.spaces, [(1, SpaceId([1; 32]))]);
    assert_eq!(loaded.live, [(9, live)]);
    assert_eq!(
        store.meta("name").expect("it reads").as_deref(),
        Some(&b"Nantes"[..])
    );
    let seqs = |from, bytes| -> Vec<u64> {
        let entries = store.entries(5, from, bytes).expect("it reads");
        entries.iter().map(|entry| entry.header.seq).collect()
    };
    assert_eq!(seqs(1, usize::MAX), [1, 2, 4]);
    assert_eq!(seqs(2, 1), [2], "at least one, however small the budget");
    assert_eq!(
        store.last_entry(5).expect("it reads"),
        Some(entry(4, "quatre"))
    );
    assert_eq!(store.last_entry(6).expect("it reads"), None);
}

#[test]
fn a_flipped_byte_is_named_and_never_served() {
    let directory = tempfile::tempdir().expect("a scratch folder");
    let text = "canari ".repeat(40);
    {
        let store = LogStore::open(directory.path()).expect("a new file opens");
        store.commit([put(1, &text)]).expect("the disk takes it");
    }
    let file = directory.path().join("log.redb");
    let bytes = std::fs::read(&file).expect("the file reads");
    let places: Vec<usize> = bytes
        .windows(13)
        .enumerate()
        .filter(|(_, w)| *w == b"canari canari")
        .map(|(n, _)| n)
        .collect();
    assert!(!places.is_empty());
    let mut handle = std::fs::OpenOptions::new()
        .write(true)
        .open(&file)
        .expect("it opens");
    for place in places {
        handle
            .seek(SeekFrom::Start(place as u64))
            .expect("it seeks");
        handle.write_all(b"C").expect("it writes");
    }
    let store = LogStore::open(directory.path()).expect("redb does not notice");
    let error = store.entries(5, 1, 1000).expect_err("the tag does");
    assert!(matches!(&error, StoreError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("log.redb"), "{error}");
    assert!(error.to_string().contains("backup"), "{error}");
}

#[test]
fn a_file_of_noise_is_refused_by_name() {
    for name in ["log.redb", "state.redb"] {
        let directory = tempfile::tempdir().expect("a scratch folder");
        std::fs::write(directory.path().join(name), vec![0x5A; 70_000]).expect("it writes");
        let error = match name {
            "log.redb" => LogStore::open(directory.path()).map(drop),
            _ => StateStore::open(directory.path()).map(drop),
        };
        let error = error.expect_err("noise is no database");
        assert!(error.to_string().contains(name), "{error}");
        let kept = std::fs::read(directory.path().join(name)).expect("it reads");
        assert_eq!(kept, vec![0x5A; 70_000], "nothing was changed");
    }
}

#[test]
fn the_commit_thread_reports_what_is_durable_in_order() {
    let directory = tempfile::tempdir().expect("a scratch folder");
    let store = std::sync::Arc::new(LogStore::open(directory.path()).expect("a new file opens"));
    let (sender, receiver) = mpsc::channel();
    let writer = std::sync::Arc::clone(&store);
    let mut committer = Committer::start(
        "commit",
        move |writes: Vec<StoreWrite>| writer.commit(writes),
        move |durable| sender.send(durable).expect("the test listens"),
    );
    for seq in 1..=50 {
        assert_eq!(committer.write(vec![put(seq, "x")]), Ticket(seq));
    }
    committer.close();
    let reports: Vec<Durable> = receiver.iter().collect();
    assert_eq!(reports.len() as u64, committer.commits());
    assert!(matches!(reports.last(), Some(Durable::UpTo(Ticket(50)))));
    assert_eq!(store.entries(5, 1, usize::MAX).expect("it reads").len(), 50);
}

#[test]
fn views_are_kept_by_space_and_cleared_alone() {
    let directory = tempfile::tempdir().expect("a scratch folder");
    let store = StateStore::open(directory.path()).expect("a new file opens");
    let item = ItemId([0xFF; 16]);
    let applied = AppliedRow {
        heights: vec![(5, 3)],
        arrivals: 7,
        summary: vec![1],
    };
    let batch = (1..=2).flat_map(|space| {
        [
            StateWrite::Row(space, item, Some(vec![space as u8])),
            StateWrite::Snapshot(space, item, Some(vec![9])),
            StateWrite::Applied(space, applied.clone()),
        ]
    });
    store.commit(batch.collect()).expect("the disk takes it");
    store
        .commit(vec![StateWrite::Clear(1)])
        .expect("the disk takes it");
    assert_eq!(store.rows(1).expect("it reads"), []);
    assert_eq!(store.rows(2).expect("it reads"), [(item, vec![2])]);
    assert_eq!(store.snapshot(1, &item).expect("it reads"), None);
    assert_eq!(store.snapshot(2, &item).expect("it reads"), Some(vec![9]));
    assert_eq!(store.applied().expect("it reads"), [(2, applied)]);
}

/// How many of the texts `canari 0`, `canari 1`, ... a store reads in its entries.
fn canaries_read(store: &LogStore) -> usize {
    let mut read = 0;
    let count = |entry: Entry| {
        let payload = entry.payload.unwrap_or_default();
        read += usize::from(payload.starts_with(b"canari"));
        true
    };
    store.scan(5, 1, count).expect("it reads");
    read
}

/// How often the file holds the bytes of one, as they lie there.
fn canaries_in_file(directory: &Path) -> usize {
    let bytes = std::fs::read(directory.join("log.redb")).expect("the file");
    bytes.windows(7).filter(|part| part == b"canari ").count()
}

#[test]
fn overwritten_payloads_leave_the_file_with_its_compaction() {
    const ENTRIES: u64 = 2_000;
    let directory = tempfile::tempdir().expect("a scratch folder");
    let store = LogStore::open(directory.path()).expect("a new file opens");
    // Every second one stays: what goes lies between what lives.
    let text = |seq: u64| match seq % 2 {
        0 => format!("canari {seq} {}", "x".repeat(200)),
        _ => format!("demeure {seq} {}", "x".repeat(200)),
    };
    for first in (1..=ENTRIES).step_by(100) {
        let batch = (first..first + 100).map(|seq| put(seq, &text(seq)));
        store.commit(batch).expect("the disk takes it");
    }
    assert_eq!(canaries_read(&store), ENTRIES as usize / 2);
    for first in (2..=ENTRIES).step_by(100) {
        let erased = (first..first + 100).step_by(2).map(|seq| {
            let mut entry = entry(seq, &text(seq));
            entry.payload = None;
            StoreWrite::Entry(EntryPlace { log: 5, seq }, Box::new(entry))
        });
        store.commit(erased).expect("the disk takes it");
    }
    assert_eq!(canaries_read(&store), 0);
    let before = canaries_in_file(directory.path());
    // A reader that has begun is waited for.
    let again = store.scan(5, 1, |entry| entry.header.seq < 10);
    again.expect("it reads");
    store
        .commit([StoreWrite::Compact])
        .expect("the disk takes it");
    let after = canaries_in_file(directory.path());
    println!("{before} traces before compaction, {after} after");
    assert_eq!(after, 0, "{before} before");
    let kept = store
        .entry(EntryPlace { log: 5, seq: 3 })
        .expect("it reads");
    assert_eq!(kept, Some(entry(3, &text(3))));
    let naked = store
        .entry(EntryPlace { log: 5, seq: 4 })
        .expect("it reads");
    assert_eq!(
        naked.map(|entry| entry.payload),
        Some(None),
        "its header stays"
    );
}
