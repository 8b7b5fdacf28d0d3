//! Walks through a whole file: keys that change.

use super::*;

/// A store with its views, some of everything in both.
fn filled(directory: &Path) -> (std::sync::Arc<LogStore>, std::sync::Arc<StateStore>) {
    let log = open(directory).expect("it opens");
    let state = StateStore::open(directory, log.keyring()).expect("it opens");
    let mut batch = vec![StoreWrite::Space(1, SpaceId([1; 32]))];
    batch.extend((1..=2_500).map(|seq| put(seq, &format!("texte {seq}"))));
    batch.push(StoreWrite::Meta("site", b"Nantes".to_vec()));
    log.commit(batch).expect("the disk takes it");
    let rows = (0..=255).map(|at| StateWrite::Row(1, ItemId([at; 16]), Some(vec![at])));
    state.commit(rows.collect()).expect("the disk takes it");
    (log.into(), state.into())
}

fn is_whole(log: &LogStore, state: &StateStore) {
    let entries = log.entries(5, 1, usize::MAX).expect("it reads");
    assert_eq!(entries.len(), 2_500);
    assert_eq!(entries[2_499], entry(2_500, "texte 2500"));
    assert_eq!(
        log.meta("site").expect("it reads").as_deref(),
        Some(&b"Nantes"[..])
    );
    assert_eq!(state.rows(1).expect("it reads").len(), 256);
}

#[test]
fn another_site_key_opens_the_same_values_and_the_former_one_nothing() {
    let directory = tempfile::tempdir().expect("a scratch folder");
    let (log, state) = filled(directory.path());
    let before = log.key_report();
    let opener = Opener::new(directory.path(), None);
    let (key, lock) = opener.next(&before.lock.source).expect("made");
    log.rewrap(key, lock.clone()).expect("the disk takes it");
    is_whole(&log, &state);
    assert_eq!(log.key_report().lock, lock);
    drop((log, state));
    // Cut off here: the key file is still the former one, and the next lies beside it.
    let log = open(directory.path()).expect("heals");
    assert!(!directory.path().join("storage.key.next").exists());
    is_whole(
        &log,
        &StateStore::open(directory.path(), log.keyring()).expect("opens"),
    );
    drop(log);
    let log = open(directory.path()).expect("opens as it is");
    assert_eq!(log.key_report().lock.id, lock.id);
    assert_ne!(before.lock.id, lock.id);
}

#[test]
fn everything_is_sealed_anew_also_when_it_is_cut_off_on_the_way() {
    let directory = tempfile::tempdir().expect("a scratch folder");
    let rest = std::time::Duration::ZERO;
    {
        let (log, state) = filled(directory.path());
        assert_eq!(log.key_report().data_keys, 2);
        log.renew_data_keys().expect("the disk takes it");
        assert_eq!(log.key_report().older_keys, 2);
        // Written in between: with the new key. Nothing else is sealed anew, as after a kill.
        log.commit([put(2_500, "texte 2500")])
            .expect("the disk takes it");
        is_whole(&log, &state);
        // The views are closed before they are through: the older keys stay.
        let gone = std::sync::Weak::new();
        reseal(&std::sync::Arc::downgrade(&log), &gone, rest).expect("it ends early");
        assert_eq!(log.key_report().older_keys, 2);
    }
    let log = std::sync::Arc::new(open(directory.path()).expect("opens"));
    let state =
        std::sync::Arc::new(StateStore::open(directory.path(), log.keyring()).expect("opens"));
    let weak = (
        std::sync::Arc::downgrade(&log),
        std::sync::Arc::downgrade(&state),
    );
    reseal(&weak.0, &weak.1, rest).expect("it goes on");
    assert_eq!(
        (log.key_report().data_keys, log.key_report().older_keys),
        (2, 0)
    );
    is_whole(&log, &state);
    drop((log, state));
    // With the new keys alone.
    let log = open(directory.path()).expect("opens");
    let state = StateStore::open(directory.path(), log.keyring()).expect("opens");
    assert_eq!(
        (log.key_report().data_keys, log.key_report().older_keys),
        (2, 0)
    );
    is_whole(&log, &state);
}
