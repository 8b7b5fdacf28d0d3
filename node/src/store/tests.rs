//! The stores: what is written is read back, damage is named, nothing is repaired in silence.

mod cleaned;
mod walks;

use std::io::{Seek, SeekFrom, Write};
use std::sync::mpsc;

use bocage_crdt::ids::{
    ActorNonce, CommandId, EntryId, ItemId, LogId, NodeId, PersonId, SpaceId, WriterKey,
};
use bocage_protocol::entry::{ActorOrigin, Entry, EntryKind, Header};
use ed25519_dalek::SigningKey;
use redb::{ReadableDatabase, ReadableTable};

use super::*;
use crate::keys::Opener;

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

fn open(directory: &Path) -> Result<LogStore, StoreError> {
    LogStore::open(directory, &Opener::new(directory, None))
}

/// The views, with the keys of the log beside them.
fn open_state(directory: &Path) -> Result<StateStore, StoreError> {
    StateStore::open(directory, open(directory)?.keyring())
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
        let store = open(directory.path()).expect("a new file opens");
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
        assert!(matches!(open(directory.path()), Err(StoreError::InUse(_))));
    }
    let store = open(directory.path()).expect("it opens again");
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
    let whole = LogEnd {
        entry: Some(entry(4, "quatre")),
        damaged: None,
    };
    assert_eq!(store.last_entry(5).expect("it reads"), whole);
    assert_eq!(store.last_entry(6).expect("it reads"), LogEnd::default());
}

#[test]
fn a_flipped_byte_is_named_and_never_served() {
    let directory = tempfile::tempdir().expect("a scratch folder");
    let text = "canari ".repeat(40);
    {
        let store = open(directory.path()).expect("a new file opens");
        store.commit([put(1, &text)]).expect("the disk takes it");
    }
    let file = directory.path().join("log.redb");
    // Where the value lies is asked of redb: in the file itself there is nothing to recognise.
    let sealed = {
        let database = redb::Database::open(&file).expect("a database");
        let table = database.begin_read().expect("it reads");
        let table = table.open_table(tables::ENTRIES).expect("there");
        table
            .get((5, 1))
            .expect("it reads")
            .expect("there")
            .value()
            .to_vec()
    };
    let bytes = std::fs::read(&file).expect("the file reads");
    let middle = &sealed[sealed.len() / 2..][..64];
    let places: Vec<usize> = bytes
        .windows(64)
        .enumerate()
        .filter(|(_, part)| *part == middle)
        .map(|(at, _)| at)
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
        handle.write_all(&[!bytes[place]]).expect("it writes");
    }
    let store = open(directory.path()).expect("redb does not notice");
    // To a reader it is not there, and who asks is told once.
    let at = EntryPlace { log: 5, seq: 1 };
    assert!(!store.is_unreadable(at), "nobody read it yet");
    assert_eq!(store.entries(5, 1, 1000).expect("it reads"), []);
    assert_eq!(store.entry(at).expect("it reads"), None);
    assert!(store.is_unreadable(at));
    assert_eq!(store.take_unreadable(), [at].into());
    assert_eq!(store.take_unreadable(), [].into());
    // Neither may a log go on after it, nor a backup go without it.
    let end = store.last_entry(5).expect("it reads");
    assert_eq!((end.entry, end.damaged), (None, Some(1)));
    let error = store.export(|_| Ok(())).expect_err("the tag does");
    assert!(matches!(&error, StoreError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("log.redb"), "{error}");
    assert!(error.to_string().contains("backup"), "{error}");
    store.commit([put(1, &text)]).expect("the disk takes it");
    assert_eq!(store.entry(at).expect("it reads"), Some(entry(1, &text)));
    assert!(!store.is_unreadable(at));
}

#[test]
fn a_file_of_noise_is_refused_by_name() {
    for name in ["log.redb", "state.redb"] {
        let directory = tempfile::tempdir().expect("a scratch folder");
        std::fs::write(directory.path().join(name), vec![0x5A; 70_000]).expect("it writes");
        let error = match name {
            "log.redb" => open(directory.path()).map(drop),
            _ => open_state(directory.path()).map(drop),
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
    let store = std::sync::Arc::new(open(directory.path()).expect("a new file opens"));
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
    let store = open_state(directory.path()).expect("a new file opens");
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

#[test]
fn nothing_written_can_be_read_in_the_files() {
    let directory = tempfile::tempdir().expect("a scratch folder");
    let canaries = ["canari-texte", "canari-login", "canari-nom", "canari-trace"];
    let (text, login, name, change) = (canaries[0], canaries[1], canaries[2], canaries[3]);
    {
        let store = open(directory.path()).expect("a new file opens");
        let account = AccountRow {
            person: PersonId([3; 16]),
            verifier: "$argon2id$canari-nom".to_owned(),
            reserved: [0; 2],
            changed_ms: 1,
        };
        let live = LiveRow {
            space: SpaceId([1; 32]),
            item: ItemId([2; 16]),
            author: PersonId([3; 16]),
            origin: ActorOrigin {
                site: NodeId([4; 32]),
                nonce: ActorNonce([5; 16]),
            },
            change: change.as_bytes().to_vec(),
        };
        let batch = [
            StoreWrite::Space(1, SpaceId([1; 32])),
            StoreWrite::Live(1, Box::new(live)),
            StoreWrite::Account(login.to_owned(), account.clone()),
            StoreWrite::Meta("site", name.as_bytes().to_vec()),
            put(1, text),
        ];
        store.commit(batch).expect("the disk takes it");
        let loaded = store.load().expect("it reads");
        assert_eq!(loaded.accounts, [(login.to_owned(), account)]);
        let state = StateStore::open(directory.path(), store.keyring()).expect("it opens");
        let item = ItemId([9; 16]);
        let writes = vec![
            StateWrite::Row(1, item, Some(text.as_bytes().to_vec())),
            StateWrite::Snapshot(1, item, Some(change.as_bytes().to_vec())),
        ];
        state.commit(writes).expect("the disk takes it");
    }
    for name in ["log.redb", "state.redb"] {
        let bytes = std::fs::read(directory.path().join(name)).expect("there");
        for canary in canaries {
            let found = bytes
                .windows(canary.len())
                .any(|part| part == canary.as_bytes());
            assert!(!found, "{canary} in {name}");
        }
        assert!(
            !bytes.windows(32).any(|part| part == [1; 32]),
            "a space's id in {name}"
        );
    }
}

/// Every value of `entries`, `keys` and `meta` as it lies there. (Opening alone moves redb's own
/// counters in the file's first page.)
fn values(directory: &Path) -> Vec<Vec<u8>> {
    let database = redb::Database::open(directory.join("log.redb")).expect("a database");
    let read = database.begin_read().expect("it reads");
    let mut values = Vec::new();
    for row in read
        .open_table(tables::ENTRIES)
        .expect("there")
        .iter()
        .expect("it reads")
    {
        values.push(row.expect("it reads").1.value().to_vec());
    }
    for row in read
        .open_table(tables::KEYS)
        .expect("there")
        .iter()
        .expect("it reads")
    {
        values.push(row.expect("it reads").1.value().to_vec());
    }
    for row in read
        .open_table(tables::META)
        .expect("there")
        .iter()
        .expect("it reads")
    {
        values.push(row.expect("it reads").1.value().to_vec());
    }
    values
}

#[test]
fn without_the_right_key_nothing_opens_and_nothing_changes() {
    let directory = tempfile::tempdir().expect("a scratch folder");
    {
        let store = open(directory.path()).expect("a new file opens");
        store.commit([put(1, "un")]).expect("the disk takes it");
    }
    let key = directory.path().join("storage.key");
    let line = std::fs::read(&key).expect("there");
    let kept = values(directory.path());
    std::fs::remove_file(&key).expect("ours");
    assert!(matches!(open(directory.path()), Err(StoreError::Key(_))));
    assert!(!key.exists(), "no new key is made beside an old log");
    Opener::new(directory.path(), None)
        .make()
        .expect("another key");
    assert!(matches!(open(directory.path()), Err(StoreError::Key(_))));
    assert!(values(directory.path()) == kept, "no value was touched");
    std::fs::write(&key, line).expect("ours");
    assert_eq!(
        open(directory.path())
            .expect("opens")
            .entries(5, 1, 9)
            .expect("reads")
            .len(),
        1
    );
}

/// Written by the last program of format 1: `init` of the realm «Loire», site «Nantes», by Marie.
const FORMAT_1: &[u8] = include_bytes!("samples/log-format-1.redb.zst");

#[test]
fn a_log_of_format_1_is_sealed_at_its_first_opening() {
    let directory = tempfile::tempdir().expect("a scratch folder");
    let old = zstd::decode_all(FORMAT_1).expect("a sample");
    let holds = |bytes: &[u8], text: &str| {
        bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    assert!(holds(&old, "Marie Le Goff") && holds(&old, "Nantes"));
    let log = directory.path().join("log.redb");
    std::fs::write(&log, &old).expect("ours");
    // What an attempt that was cut off left is in nobody's way.
    std::fs::write(log.with_extension("converting"), b"half").expect("ours");
    let store = open(directory.path()).expect("converted");
    let loaded = store.load().expect("it reads");
    assert_eq!(
        (
            loaded.spaces.len(),
            loaded.logs.len(),
            loaded.accounts.len()
        ),
        (1, 1, 1)
    );
    assert_eq!(loaded.accounts[0].0, "marie");
    let (number, _) = loaded.logs[0];
    let entries = store.entries(number, 1, usize::MAX).expect("it reads");
    assert_eq!(entries.len(), 4);
    assert!(store.meta("site").expect("it reads").is_some());
    drop(store);
    let new = std::fs::read(&log).expect("there");
    for text in ["Marie", "marie", "Nantes", "Loire"] {
        assert!(!holds(&new, text), "{text}");
    }
    assert!(!log.with_extension("converting").exists());
    let again = open(directory.path()).expect("opens as it is");
    assert_eq!(
        again.entries(number, 1, usize::MAX).expect("it reads"),
        entries
    );
}

#[test]
fn a_format_of_tomorrow_is_refused_as_newer() {
    let directory = tempfile::tempdir().expect("a scratch folder");
    drop(open(directory.path()).expect("made"));
    let database = redb::Database::open(directory.path().join("log.redb")).expect("a database");
    let transaction = database.begin_write().expect("it writes");
    let value = tagged::seal(1, b"format", &[tables::FORMAT + 1]);
    transaction
        .open_table(tables::META)
        .expect("there")
        .insert("format", value.as_slice())
        .expect("it writes");
    transaction.commit().expect("it writes");
    drop(database);
    assert!(matches!(
        open(directory.path()),
        Err(StoreError::Newer { found: 3, .. })
    ));
}

#[test]
fn views_of_another_format_are_removed_with_every_byte() {
    let directory = tempfile::tempdir().expect("a scratch folder");
    let file = directory.path().join("state.redb");
    {
        let database = redb::Database::create(&file).expect("made");
        let transaction = database.begin_write().expect("it writes");
        let meta: redb::TableDefinition<&str, u32> = redb::TableDefinition::new("meta");
        transaction
            .open_table(meta)
            .expect("there")
            .insert("format", 2)
            .expect("it writes");
        let rows: redb::TableDefinition<u32, &[u8]> = redb::TableDefinition::new("rows-2");
        transaction
            .open_table(rows)
            .expect("there")
            .insert(1, b"canari-ancien".as_slice())
            .expect("it writes");
        transaction.commit().expect("it writes");
    }
    drop(open_state(directory.path()).expect("made anew"));
    let bytes = std::fs::read(&file).expect("there");
    assert!(!bytes.windows(13).any(|part| part == b"canari-ancien"));
}
