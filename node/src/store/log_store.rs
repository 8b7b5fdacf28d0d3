//! `log.redb`: spaces, logs, entries, live rows, accounts, sessions, and the keys that seal them.
//! Layout in `docs/storage.md`.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use bocage_crdt::ids::{EntryId, SpaceId};
use redb::ReadableTable;
use zeroize::Zeroizing;

use super::compacting::{Cleaning, Database, rewrite};
use super::keyring::{Keyring, Keys, SITE, unwrap};
use super::rows::{Loaded, LogRow, StoreWrite, read_log};
use super::sealed;
use super::tables::*;
use super::unreadable::Unreadable;
use super::{StoreError, convert, killing, open_database, store_error, tagged};
use crate::keys::{Lock, Opener, SiteKey};

/// The file of truth.
pub struct LogStore {
    pub(super) database: Database,
    pub(super) file: PathBuf,
    pub(super) keyring: Arc<Keyring>,
    /// The site key, held by whoever writes: data keys and what they seal change together.
    pub(super) site: Mutex<(SiteKey, Lock)>,
    pub(super) cleaning: Cleaning,
    pub(super) unreadable: Unreadable,
}

impl LogStore {
    /// Opens the file, making it when missing; one of an older format is converted first.
    pub fn open(directory: &Path, opener: &Opener) -> Result<Self, StoreError> {
        let file = directory.join("log.redb");
        if !file.exists() {
            // First: without a key not even an empty file is made.
            opener.make().map_err(StoreError::Key)?;
        }
        let database = open_database(&file)?;
        let found =
            clear_value(&database, META_FORMAT).map_err(|error| store_error(&file, error))?;
        let Some(found) = found else {
            let site = opener.make().map_err(StoreError::Key)?;
            return Self::make(database, file, site);
        };
        // One byte, as format 1 wrote it: an older program names the newer one by it.
        let format = tagged::open(1, META_FORMAT.as_bytes(), &found);
        match format.map(|format| format.first().copied().unwrap_or(0)) {
            Ok(FORMAT) => Self::unlock(database, file, opener),
            Ok(1) => {
                drop(database);
                convert::from_format_1(&file, opener)?;
                Self::unlock(open_database(&file)?, file, opener)
            }
            Ok(found) => Err(StoreError::Newer {
                file,
                found: found.into(),
            }),
            Err(what) => Err(StoreError::Damaged { file, what }),
        }
    }

    /// An empty store under a site key, in one transaction.
    pub(super) fn make(
        database: Database,
        file: PathBuf,
        site: (SiteKey, Lock),
    ) -> Result<Self, StoreError> {
        let make = || -> Result<Keys, redb::Error> {
            let mut keys = Keys::default();
            let mut transaction = database.begin_write()?;
            transaction.set_two_phase_commit(true);
            make_all(&transaction)?;
            draw_key(&transaction, &mut keys, &site.0, SITE)?;
            put_clear(&transaction, META_LOCK, &site.1)?;
            let logins: Zeroizing<[u8; 32]> = Zeroizing::new(rand::random());
            write_row(
                &transaction,
                &keys,
                StoreWrite::Meta(META_LOGINS, logins.to_vec()),
            )?;
            keys.set_logins(logins);
            transaction.open_table(META)?.insert(
                META_FORMAT,
                tagged::seal(1, META_FORMAT.as_bytes(), &[FORMAT]).as_slice(),
            )?;
            transaction.commit()?;
            Ok(keys)
        };
        let keys = make().map_err(|error| store_error(&file, error))?;
        Ok(Self::with(database, file, keys, site))
    }

    fn with(database: Database, file: PathBuf, keys: Keys, site: (SiteKey, Lock)) -> Self {
        let keyring = Arc::new(Keyring::default());
        keyring.set(Arc::new(keys));
        Self {
            database,
            file,
            keyring,
            site: Mutex::new(site),
            cleaning: Cleaning::default(),
            unreadable: Unreadable::default(),
        }
    }

    /// Opens the data keys with the site key, and reads which key is whose.
    fn unlock(database: Database, file: PathBuf, opener: &Opener) -> Result<Self, StoreError> {
        let damaged = |what: String| StoreError::Damaged {
            file: file.clone(),
            what,
        };
        let lock = clear_value(&database, META_LOCK).map_err(|error| store_error(&file, error))?;
        let lock = lock.ok_or_else(|| damaged("it does not say which key opens it".to_owned()))?;
        let lock: Lock = open_clear(META_LOCK, &lock).map_err(damaged)?;
        let site = opener.unlock(&lock).map_err(StoreError::Key)?;
        let mut wrong = None;
        let mut read = || -> Result<Keys, redb::Error> {
            let mut keys = Keys::default();
            let transaction = database.begin_read()?;
            for row in transaction.open_table(KEYS)?.iter()? {
                let (number, wrapped) = row?;
                match unwrap(&site, number.value(), wrapped.value()) {
                    Ok((space, kind, key)) => keys.add(number.value(), space, kind, &key),
                    Err(what) => wrong = Some(what),
                }
            }
            Ok(keys)
        };
        let keys = read().map_err(|error| store_error(&file, error))?;
        if let Some(what) = wrong {
            return Err(damaged(what));
        }
        if !keys.has_space(SITE) {
            return Err(damaged("its first data key is not there".to_owned()));
        }
        let store = Self::with(database, file, keys, (site, lock));
        store.know_places()?;
        Ok(store)
    }

    /// Which log belongs to which space, and what hides logins.
    fn know_places(&self) -> Result<(), StoreError> {
        let logins = self.meta(META_LOGINS)?;
        let logins = logins.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let logins = logins.ok_or_else(|| self.damaged("it lacks a key of logins".to_owned()))?;
        let loaded = self.load()?;
        let mut keys = Keys::clone(&self.keyring.now());
        keys.set_logins(Zeroizing::new(logins));
        for (number, space) in loaded.spaces {
            keys.know_space(number, space);
        }
        for (number, row) in loaded.logs {
            keys.know_log(number, row.space);
        }
        self.keyring.set(Arc::new(keys));
        Ok(())
    }

    /// The file, for messages.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The data keys, for `state.redb`.
    pub fn keyring(&self) -> Arc<Keyring> {
        Arc::clone(&self.keyring)
    }

    pub(super) fn damaged(&self, what: String) -> StoreError {
        StoreError::Damaged {
            file: self.file.clone(),
            what,
        }
    }

    /// Whoever holds this writes alone.
    pub(super) fn writing(&self) -> MutexGuard<'_, (SiteKey, Lock)> {
        // A panic before a commit changed nothing; the key is set whole.
        self.site.lock().unwrap_or_else(|held| held.into_inner())
    }

    /// Writes a batch in one durable two-phase transaction.
    pub fn commit(&self, writes: impl IntoIterator<Item = StoreWrite>) -> Result<(), StoreError> {
        let site = self.writing();
        self.try_commit(writes.into_iter().collect(), &site.0)
            .map_err(|error| store_error(&self.file, error))
    }

    fn try_commit(&self, writes: Vec<StoreWrite>, site: &SiteKey) -> Result<(), redb::Error> {
        let mut compact = false;
        let mut written = Vec::new();
        let steps = killing::steps(&writes);
        let mut transaction = self.database.begin_write()?;
        // Two phases: a power cut between them leaves the old root, never a torn one.
        transaction.set_two_phase_commit(true);
        let mut keys = self.keyring.now();
        for write in &writes {
            learn(&transaction, &mut keys, site, write)?;
        }
        {
            let mut entries = transaction.open_table(ENTRIES)?;
            for write in writes {
                match write {
                    StoreWrite::Entry(at, entry) => {
                        let key = entry_key(at);
                        let space = keys.space_of_log(at.log);
                        let value = entry_value(&entry);
                        let sealed = sealed::seal(&keys, space, place("entries", &key), &value);
                        entries.insert((at.log, at.seq), sealed.as_slice())?;
                        written.push(at);
                    }
                    StoreWrite::Compact => compact = true,
                    other => write_row(&transaction, &keys, other)?,
                }
            }
        }
        if compact {
            rewrite(&transaction, ENTRIES)?;
            rewrite(&transaction, LIVE)?;
        }
        killing::moments("before", &steps);
        transaction.commit()?;
        killing::moments("after", &steps);
        // Only now may others seal with a new key: it is on the disk.
        self.keyring.set(keys);
        self.unreadable.written(&written);
        if compact {
            self.database.compact()?;
            self.cleaning.end();
        }
        Ok(())
    }

    /// A value under a name.
    pub fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let read = clear_value(&self.database, name);
        let Some(sealed) = read.map_err(|error| store_error(&self.file, error))? else {
            return Ok(None);
        };
        sealed::open(&self.keyring.now(), place("meta", name.as_bytes()), &sealed)
            .map(Some)
            .map_err(|what| self.damaged(what))
    }

    /// Everything but the entries.
    pub fn load(&self) -> Result<Loaded, StoreError> {
        let mut loaded = Loaded::default();
        let mut damage: Result<(), String> = Ok(());
        let keys = self.keyring.now();
        let mut read = || -> Result<(), redb::Error> {
            let transaction = self.database.begin_read()?;
            macro_rules! rows {
                ($table:expr, $name:literal, $key:ident => $bytes:expr, $push:expr) => {
                    for row in transaction.open_table($table)?.iter()? {
                        let (key, value) = row?;
                        let $key = key.value();
                        match sealed::open_row(&keys, place($name, $bytes), value.value()) {
                            Ok(row) => $push(row),
                            Err(what) => damage = Err(format!("{what}: {}", plain($name))),
                        }
                    }
                };
            }
            rows!(SPACES, "spaces", key => &key.to_be_bytes(),
                |space| loaded.spaces.push((key, space)));
            for row in transaction.open_table(LOGS)?.iter()? {
                let (key, value) = row?;
                let number = key.value();
                match sealed::open(&keys, place("logs", &number.to_be_bytes()), value.value())
                    .and_then(|bytes| read_log(&bytes))
                {
                    Ok(row) => loaded.logs.push((number, row)),
                    Err(what) => damage = Err(format!("{what}: {}", plain("logs"))),
                }
            }
            rows!(CERTIFICATES, "certificates", key => key,
                |row| loaded.certificates.push(row));
            rows!(LIVE, "live", key => &key.to_be_bytes(), |row| loaded.live.push((key, row)));
            rows!(ACCOUNTS, "accounts", key => key, |row| loaded.accounts.push(row));
            rows!(SESSIONS, "sessions", key => key, |row| loaded.sessions.push((*key, row)));
            rows!(ERASURES, "erasures", key => key,
                |row| loaded.erasures.push((EntryId(*key), row)));
            Ok(())
        };
        read().map_err(|error| store_error(&self.file, error))?;
        damage.map_err(|what| self.damaged(what))?;
        // The table is sorted by what hides the logins.
        loaded.accounts.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(loaded)
    }
}

/// What a table's values are, for messages.
fn plain(table: &str) -> &'static str {
    match table {
        "spaces" => "it is in the list of spaces",
        "logs" => "it says how far a site's log reaches",
        "certificates" => "it is a site's list of writer keys",
        "live" => "it was being typed and is in no entry yet",
        "accounts" => "it is the account of somebody who is at home here",
        "sessions" => "it is somebody's session",
        _ => "it says how far an erasure is",
    }
}

/// What a write tells of spaces, logs and their keys: known before anything is sealed.
fn learn(
    transaction: &redb::WriteTransaction,
    keys: &mut Arc<Keys>,
    site: &SiteKey,
    write: &StoreWrite,
) -> Result<(), redb::Error> {
    match write {
        StoreWrite::Space(number, space) => learn_space(transaction, keys, site, *number, *space),
        StoreWrite::Log(number, LogRow { space, .. }) if !keys.knows_log(*number) => {
            Arc::make_mut(keys).know_log(*number, *space);
            Ok(())
        }
        _ => Ok(()),
    }
}

fn learn_space(
    transaction: &redb::WriteTransaction,
    keys: &mut Arc<Keys>,
    site: &SiteKey,
    number: super::SpaceNumber,
    space: SpaceId,
) -> Result<(), redb::Error> {
    if !keys.has_space(number) {
        draw_key(transaction, Arc::make_mut(keys), site, number)?;
    }
    Arc::make_mut(keys).know_space(number, space);
    Ok(())
}
