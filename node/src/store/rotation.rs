//! Changing keys: another site key wraps the data keys anew; new data keys seal everything anew, a
//! batch at a time beside the site's work. A walk that was cut off begins again at the next start
//! and passes over what is done: each value says which key sealed it.

use std::ops::Bound;
use std::sync::{Arc, Weak};
use std::time::Duration;

use redb::{Key, ReadableTable, TableDefinition, WriteTransaction};

use super::keyring::{KeyNumber, Keys, unwrap, wrap};
use super::sealed::{self, Place};
use super::tables::*;
use super::{LogStore, StateStore, StoreError, store_error};
use crate::keys::{Lock, SiteKey};

/// Values looked at in one transaction: what a commit of the site waits at most, some milliseconds.
const VALUES_PER_BATCH: usize = 1_000;
/// Bytes sealed anew in one transaction.
const BYTES_PER_BATCH: usize = 4 << 20;
/// Between two batches: the disk belongs to people first.
const REST: Duration = Duration::from_millis(20);

/// What `bocage keys status` tells of a store.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct KeyReport {
    /// Which site key opens it.
    pub lock: Lock,
    /// Data keys in use: one per space, and the site's own.
    pub data_keys: u64,
    /// Older data keys with which something is still sealed.
    pub older_keys: u64,
}

/// Where a walk through one table goes on.
pub(super) struct Walk<K> {
    after: Option<K>,
    pub(super) done: bool,
}

impl<K> Walk<K> {
    pub(super) fn new() -> Self {
        Self {
            after: None,
            done: false,
        }
    }
}

/// The keys of one table, owned, with what a tag is bound to.
pub(super) trait Row: Key + 'static {
    type Own: Clone;
    fn own(key: Self::SelfType<'_>) -> Self::Own;
    fn borrowed(own: &Self::Own) -> Self::SelfType<'_>;
    fn bytes(own: &Self::Own) -> Vec<u8>;
}

impl Row for u32 {
    type Own = u32;
    fn own(key: u32) -> u32 {
        key
    }
    fn borrowed(own: &u32) -> u32 {
        *own
    }
    fn bytes(own: &u32) -> Vec<u8> {
        own.to_be_bytes().to_vec()
    }
}

impl Row for u64 {
    type Own = u64;
    fn own(key: u64) -> u64 {
        key
    }
    fn borrowed(own: &u64) -> u64 {
        *own
    }
    fn bytes(own: &u64) -> Vec<u8> {
        own.to_be_bytes().to_vec()
    }
}

impl Row for (u32, u64) {
    type Own = (u32, u64);
    fn own(key: (u32, u64)) -> (u32, u64) {
        key
    }
    fn borrowed(own: &(u32, u64)) -> (u32, u64) {
        *own
    }
    fn bytes(own: &(u32, u64)) -> Vec<u8> {
        [&own.0.to_be_bytes()[..], &own.1.to_be_bytes()].concat()
    }
}

impl<const N: usize> Row for &'static [u8; N] {
    type Own = [u8; N];
    fn own(key: &[u8; N]) -> [u8; N] {
        *key
    }
    fn borrowed(own: &[u8; N]) -> &[u8; N] {
        own
    }
    fn bytes(own: &[u8; N]) -> Vec<u8> {
        own.to_vec()
    }
}

impl Row for (u32, &'static [u8; 16]) {
    type Own = (u32, [u8; 16]);
    fn own(key: (u32, &[u8; 16])) -> Self::Own {
        (key.0, *key.1)
    }
    fn borrowed(own: &Self::Own) -> (u32, &[u8; 16]) {
        (own.0, &own.1)
    }
    fn bytes(own: &Self::Own) -> Vec<u8> {
        [&own.0.to_be_bytes()[..], &own.1].concat()
    }
}

impl Row for &'static str {
    type Own = String;
    fn own(key: &str) -> String {
        key.to_owned()
    }
    fn borrowed(own: &String) -> &str {
        own
    }
    fn bytes(own: &String) -> Vec<u8> {
        own.as_bytes().to_vec()
    }
}

/// Seals one batch of a table anew where an older key sealed it.
pub(super) fn walk<K: Row>(
    transaction: &WriteTransaction,
    table: TableDefinition<K, &'static [u8]>,
    keys: &Keys,
    at: (u8, &'static str),
    walk: &mut Walk<K::Own>,
) -> Result<(), redb::Error> {
    let mut table = transaction.open_table(table)?;
    let mut anew = Vec::new();
    {
        let from = match &walk.after {
            Some(after) => Bound::Excluded(K::borrowed(after)),
            None => Bound::Unbounded,
        };
        let mut bytes = 0;
        walk.done = true;
        let mut last = None;
        let rows = table.range::<K::SelfType<'_>>((from, Bound::Unbounded))?;
        for (looked, row) in rows.enumerate() {
            if looked >= VALUES_PER_BATCH || bytes >= BYTES_PER_BATCH {
                walk.done = false;
                break;
            }
            let (key, value) = row?;
            let key = K::own(key.value());
            last = Some(key.clone());
            let value = value.value();
            let older = sealed::key_of(value).and_then(|number| keys.newer(number));
            // What lies in clear, or does not open, stays as it is: damage is the scrub's business.
            let Some(space) = older.filter(|_| value.first() == Some(&at.0)) else {
                continue;
            };
            let bound = K::bytes(&key);
            let place = Place {
                format: at.0,
                table: at.1,
                key: &bound,
            };
            let Ok(plain) = sealed::open(keys, place, value) else {
                continue;
            };
            bytes += plain.len();
            anew.push((key, sealed::seal(keys, space, place, &plain)));
        }
        walk.after = last.or(walk.after.take());
    }
    for (key, value) in &anew {
        table.insert(K::borrowed(key), value.as_slice())?;
    }
    Ok(())
}

impl LogStore {
    /// What is known of the keys.
    pub fn key_report(&self) -> KeyReport {
        let lock = self.writing().1.clone();
        let list = self.keyring.now().list();
        let current = list.iter().filter(|(_, _, seals)| *seals).count() as u64;
        KeyReport {
            lock,
            data_keys: current,
            older_keys: list.len() as u64 - current,
        }
    }

    /// Wraps the data keys with another site key, in one transaction: before it the old one opens
    /// the store, after it the new one.
    pub fn rewrap(&self, key: SiteKey, lock: Lock) -> Result<(), StoreError> {
        let mut site = self.writing();
        let mut wrong = None;
        let mut rewrap = || -> Result<(), redb::Error> {
            let mut transaction = self.database.begin_write()?;
            transaction.set_two_phase_commit(true);
            {
                let mut table = transaction.open_table(KEYS)?;
                let mut anew = Vec::new();
                for row in table.iter()? {
                    let (number, wrapped) = row?;
                    let number = number.value();
                    match unwrap(&site.0, number, wrapped.value()) {
                        Ok((space, kind, data)) => {
                            anew.push((number, wrap(&key, number, space, kind, &data)));
                        }
                        Err(what) => wrong = Some(what),
                    }
                }
                for (number, wrapped) in anew {
                    table.insert(number, wrapped.as_slice())?;
                }
            }
            put_clear(&transaction, META_LOCK, &lock)?;
            if wrong.is_none() {
                transaction.commit()?;
            }
            Ok(())
        };
        rewrap().map_err(|error| store_error(&self.file, error))?;
        match wrong {
            Some(what) => Err(self.damaged(what)),
            None => {
                *site = (key, lock);
                Ok(())
            }
        }
    }

    /// Draws a new data key for every space and for the site; [`reseal`] then seals with them.
    pub fn renew_data_keys(&self) -> Result<(), StoreError> {
        let site = self.writing();
        let renew = || -> Result<Arc<Keys>, redb::Error> {
            let mut keys = Keys::clone(&self.keyring.now());
            let mut transaction = self.database.begin_write()?;
            transaction.set_two_phase_commit(true);
            for (_, space, seals) in keys.list() {
                if seals {
                    draw_key(&transaction, &mut keys, &site.0, space)?;
                }
            }
            transaction.commit()?;
            Ok(Arc::new(keys))
        };
        let keys = renew().map_err(|error| store_error(&self.file, error))?;
        self.keyring.set(keys);
        Ok(())
    }

    /// Numbers of data keys that seal nothing new.
    fn older_keys(&self) -> Vec<KeyNumber> {
        let list = self.keyring.now().list();
        let older = list.into_iter().filter(|(_, _, seals)| !seals);
        older.map(|(number, _, _)| number).collect()
    }

    fn drop_keys(&self, numbers: &[KeyNumber]) -> Result<(), StoreError> {
        let _writing = self.writing();
        let mut keys = Keys::clone(&self.keyring.now());
        let mut dropped = || -> Result<(), redb::Error> {
            let mut transaction = self.database.begin_write()?;
            transaction.set_two_phase_commit(true);
            for number in numbers {
                transaction.open_table(KEYS)?.remove(number)?;
                keys.forget(*number);
            }
            transaction.commit()?;
            Ok(())
        };
        dropped().map_err(|error| store_error(&self.file, error))?;
        self.keyring.set(Arc::new(keys));
        Ok(())
    }
}

/// Seals everything with the current data keys and forgets the older ones. Ends early, to begin
/// again at the next start, when the site closes its stores.
pub fn reseal(
    log: &Weak<LogStore>,
    state: &Weak<StateStore>,
    rest: Duration,
) -> Result<(), StoreError> {
    let older = log
        .upgrade()
        .map(|log| log.older_keys())
        .unwrap_or_default();
    if older.is_empty() {
        return Ok(());
    }
    tracing::info!("sealing anew: {} older data keys", older.len());
    let Some(file) = log.upgrade().map(|log| log.file.clone()) else {
        return Ok(());
    };
    let (Some(keyring), true) = (
        log.upgrade().map(|log| log.keyring()),
        state.strong_count() > 0,
    ) else {
        return Ok(());
    };
    let whole = log_batches(log, &keyring, rest).map_err(|error| store_error(&file, error))?;
    if !whole || !super::state_store::reseal(state, rest)? {
        return Ok(());
    }
    if let Some(log) = log.upgrade() {
        log.drop_keys(&older)?;
        tracing::info!("everything is sealed anew");
    }
    Ok(())
}

fn log_batches(
    log: &Weak<LogStore>,
    keyring: &super::Keyring,
    rest: Duration,
) -> Result<bool, redb::Error> {
    macro_rules! table {
        ($table:expr, $name:literal) => {{
            let mut walked = Walk::new();
            while !walked.done {
                // Held for one batch only: a site that closes does not wait for the walk.
                let Some(log) = log.upgrade() else {
                    return Ok(false);
                };
                {
                    let _writing = log.writing();
                    let mut transaction = log.database.begin_write()?;
                    transaction.set_two_phase_commit(true);
                    walk(
                        &transaction,
                        $table,
                        &keyring.now(),
                        (FORMAT, $name),
                        &mut walked,
                    )?;
                    transaction.commit()?;
                }
                drop(log);
                std::thread::sleep(rest);
            }
        }};
    }
    table!(META, "meta");
    table!(SPACES, "spaces");
    table!(LOGS, "logs");
    table!(CERTIFICATES, "certificates");
    table!(LIVE, "live");
    table!(ACCOUNTS, "accounts");
    table!(SESSIONS, "sessions");
    table!(ERASURES, "erasures");
    table!(ENTRIES, "entries");
    Ok(true)
}

/// Runs [`reseal`] on a thread of its own, if there is anything to do.
pub fn reseal_aside(log: &Arc<LogStore>, state: &Arc<StateStore>) {
    if log.older_keys().is_empty() {
        return;
    }
    let (log, state) = (Arc::downgrade(log), Arc::downgrade(state));
    let started = std::thread::Builder::new()
        .name("reseal".to_owned())
        .spawn(move || {
            if let Err(error) = reseal(&log, &state, REST) {
                tracing::error!("sealing anew was not finished: {error}");
            }
        });
    if let Err(error) = started {
        tracing::error!("sealing anew begins at the next start: {error}");
    }
}
