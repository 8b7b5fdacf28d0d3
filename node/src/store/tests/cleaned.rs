//! What is erased leaves the file, sealed or not.

use std::collections::BTreeSet;
use std::sync::mpsc::TryRecvError;

use super::*;

const ENTRIES: u64 = 2_000;
/// Before the sealed bytes of a value: its format, its key's number, its nonce.
const PREFIX: usize = 17;

/// Every second one stays: what goes lies between what lives.
fn text(seq: u64) -> String {
    let word = if seq.is_multiple_of(2) {
        "canari"
    } else {
        "demeure"
    };
    format!("{word} {seq} {}", "x".repeat(200))
}

/// The beginnings of the sealed entries that hold a canary: noise that comes once.
fn sealed_canaries(directory: &Path) -> BTreeSet<[u8; 16]> {
    let database = redb::Database::open(directory.join("log.redb")).expect("a database");
    let read = database.begin_read().expect("it reads");
    let entries = read.open_table(tables::ENTRIES).expect("there");
    let canaries = entries.iter().expect("it reads").filter_map(|row| {
        let (key, value) = row.expect("it reads");
        let start = value.value()[PREFIX..PREFIX + 16].try_into();
        let (_, seq) = key.value();
        seq.is_multiple_of(2).then(|| start.expect("long enough"))
    });
    canaries.collect()
}

/// How many of them the file holds, wherever they lie.
fn in_file(directory: &Path, canaries: &BTreeSet<[u8; 16]>) -> usize {
    let bytes = std::fs::read(directory.join("log.redb")).expect("the file");
    let parts = bytes
        .windows(16)
        .filter_map(|part| <[u8; 16]>::try_from(part).ok());
    let found: BTreeSet<[u8; 16]> = parts.filter(|part| canaries.contains(part)).collect();
    found.len()
}

/// A store whose canaries were written and then overwritten; their sealed bytes.
fn overwritten(directory: &Path) -> (LogStore, BTreeSet<[u8; 16]>) {
    {
        let store = open(directory).expect("a new file opens");
        for first in (1..=ENTRIES).step_by(100) {
            let batch = (first..first + 100).map(|seq| put(seq, &text(seq)));
            store.commit(batch).expect("the disk takes it");
        }
    }
    let canaries = sealed_canaries(directory);
    assert_eq!(canaries.len(), ENTRIES as usize / 2);
    assert_eq!(in_file(directory, &canaries), canaries.len());
    let store = open(directory).expect("it opens again");
    for first in (2..=ENTRIES).step_by(100) {
        let erased = (first..first + 100).step_by(2).map(|seq| {
            let mut entry = entry(seq, &text(seq));
            entry.payload = None;
            StoreWrite::Entry(EntryPlace { log: 5, seq }, Box::new(entry))
        });
        store.commit(erased).expect("the disk takes it");
    }
    (store, canaries)
}

#[test]
fn overwritten_payloads_leave_the_file_with_its_cleaning() {
    let directory = tempfile::tempdir().expect("a scratch folder");
    let (store, canaries) = overwritten(directory.path());
    let before = in_file(directory.path(), &canaries);
    assert!(
        before > 0,
        "overwriting alone was not enough when this was written"
    );
    store
        .commit([StoreWrite::Compact])
        .expect("the disk takes it");
    let after = in_file(directory.path(), &canaries);
    assert_eq!(after, 0, "{before} before");
    let kept = |seq| {
        let found = store.entry(EntryPlace { log: 5, seq });
        found.expect("it reads").expect("it is there")
    };
    assert_eq!(kept(3), entry(3, &text(3)));
    assert_eq!(kept(4).payload, None, "its header stays");
    assert_eq!(kept(4).bytes, entry(4, &text(4)).bytes);
}

#[test]
fn a_backup_and_a_cleaning_wait_for_each_other() {
    let directory = tempfile::tempdir().expect("a scratch folder");
    let (store, canaries) = overwritten(directory.path());
    // A backup under way: nothing can be asked for.
    let mut asked = true;
    let exported = store.export(|_| {
        asked &= !store.ask_for_cleaning();
        Ok(())
    });
    assert!(exported.expect("it reads").is_ok() && asked);
    // A cleaning is asked for: the backup begins when it has ended.
    assert!(store.ask_for_cleaning());
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let exported = store.export(|record| {
                sender.send(record).expect("the test listens");
                Ok(())
            });
            exported.expect("it reads").expect("it was taken");
        });
        assert_eq!(receiver.try_recv().err(), Some(TryRecvError::Empty));
        store
            .commit([StoreWrite::Compact])
            .expect("the disk takes it");
        assert_eq!(in_file(directory.path(), &canaries), 0);
        receiver.recv().expect("a record");
    });
}

#[test]
fn how_far_an_erasure_is_goes_into_backups_and_back() {
    let [one, other] = [1, 2].map(|_| tempfile::tempdir().expect("a scratch folder"));
    let row = ErasureRow {
        space: SpaceId([1; 32]),
        by: PersonId([2; 16]),
        items: vec![ItemId([3; 16])],
        seen_ms: 4,
        removed_ms: Some(5),
        destroyed_ms: None,
        receipted: true,
    };
    let operation = EntryId([6; 32]);
    let store = open(one.path()).expect("a new file opens");
    let write = StoreWrite::Erasure(operation, Some(Box::new(row.clone())));
    store.commit([write]).expect("the disk takes it");
    let mut records = Vec::new();
    let exported = store.export(|record| {
        records.push(record);
        Ok(())
    });
    exported.expect("it reads").expect("it was taken");
    let writes = records
        .into_iter()
        .filter_map(|record| StoreWrite::of_record(record).expect("known"));
    let restored = open(other.path()).expect("a new file opens");
    restored.commit(writes).expect("the disk takes it");
    let loaded = restored.load().expect("it reads");
    assert_eq!(loaded.erasures, [(operation, row)]);
    let forget = StoreWrite::Erasure(operation, None);
    restored.commit([forget]).expect("the disk takes it");
    assert!(restored.load().expect("it reads").erasures.is_empty());
}
