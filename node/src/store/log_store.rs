//! `log.redb`: spaces, logs, entries, live rows, accounts, sessions. Layout in `docs/storage.md`.

use std::path::{Path, PathBuf};

use bocage_crdt::ids::{EntryId, LogId, PersonId, SpaceId};
use bocage_protocol::certificate::NodeCertificate;
use bocage_protocol::entry::Entry;
use bocage_protocol::log::LogState;
use redb::{ReadableTable, TableDefinition};
use serde::{Deserialize, Serialize};

use super::compacting::{Database, rewrite};
use super::{StoreError, open_database, store_error, tagged};

const FORMAT: u8 = 1;

const META: TableDefinition<&str, &[u8]> = TableDefinition::new("meta");
const SPACES: TableDefinition<u32, &[u8]> = TableDefinition::new("spaces");
const LOGS: TableDefinition<u32, &[u8]> = TableDefinition::new("logs");
const ENTRIES: TableDefinition<(u32, u64), &[u8]> = TableDefinition::new("entries");
const CERTIFICATES: TableDefinition<&[u8; 32], &[u8]> = TableDefinition::new("certificates");
const LIVE: TableDefinition<u64, &[u8]> = TableDefinition::new("live");
const ACCOUNTS: TableDefinition<&str, &[u8]> = TableDefinition::new("accounts");
const SESSIONS: TableDefinition<&[u8; 16], &[u8]> = TableDefinition::new("sessions");
const ERASURES: TableDefinition<&[u8; 32], &[u8]> = TableDefinition::new("erasures");

/// Short number of a space in this store: keys stay small.
pub type SpaceNumber = u32;
/// Short number of a log in this store.
pub type LogNumber = u32;
/// Set in a log's number: entries of the other branches of that log, should its writer have written
/// two at one place. They are numbered as they came, for their places in the log are taken.
pub const OTHER_BRANCHES: LogNumber = 1 << 31;

/// Where an entry lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EntryPlace {
    /// The log.
    pub log: LogNumber,
    /// Its place there, from 1; among [`OTHER_BRANCHES`] its number in the order of arrival.
    pub seq: u64,
}

/// A log known here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRow {
    /// The space it belongs to.
    pub space: SpaceNumber,
    /// Its id.
    pub log: LogId,
    /// Its state, as the exchange between sites last told it. Of our own current log only the
    /// writer holds true: its head is the last entry.
    pub state: LogState,
}

/// A document change that no entry holds yet, durable here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveRow {
    /// The space.
    pub space: SpaceId,
    /// The document.
    pub item: bocage_crdt::ids::ItemId,
    /// Its author.
    pub author: PersonId,
    /// The tab.
    pub origin: bocage_protocol::entry::ActorOrigin,
    /// The change's bytes.
    pub change: Vec<u8>,
}

/// How a person signs in here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRow {
    /// The person.
    pub person: PersonId,
    /// argon2id in PHC string form.
    pub verifier: String,
    /// May see the site's status and add people.
    pub technician: bool,
    /// May open spaces.
    pub open_spaces: bool,
    /// When the verifier was set: sessions older than this are over.
    pub changed_ms: u64,
}

/// A signed-in browser, keyed by an id derived from its token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRow {
    /// The session's row as the web module encodes it.
    pub bytes: Vec<u8>,
}

/// How far an erasure is at this site, keyed by the operation's entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureRow {
    /// The space.
    pub space: SpaceId,
    /// Who erased.
    pub by: PersonId,
    /// What, sorted.
    pub items: Vec<bocage_crdt::ids::ItemId>,
    /// When it was first seen to stand here, by this site's clock: the waiting time begins.
    pub seen_ms: u64,
    /// When the last payload was overwritten here.
    pub removed_ms: Option<u64>,
    /// When the files were compacted after that: the bytes are gone.
    pub destroyed_ms: Option<u64>,
    /// The site's receipt says what this row says.
    pub receipted: bool,
}

/// One write of a batch.
#[derive(Debug)]
pub enum StoreWrite {
    /// A value under a name.
    Meta(&'static str, Vec<u8>),
    /// A space gets its number.
    Space(SpaceNumber, SpaceId),
    /// A log gets its number, or another state.
    Log(LogNumber, LogRow),
    /// An entry of the log's main line, or of its [`OTHER_BRANCHES`].
    Entry(EntryPlace, Box<Entry>),
    /// A site's writer keys.
    Certificate(Box<NodeCertificate>),
    /// A live change under a running number.
    Live(u64, Box<LiveRow>),
    /// The change is in an entry now.
    LiveDone(u64),
    /// An account under its login.
    Account(String, AccountRow),
    /// A session under its id; `None` removes it.
    Session([u8; 16], Option<SessionRow>),
    /// How far an erasure is; `None` forgets it.
    Erasure(EntryId, Option<Box<ErasureRow>>),
    /// Gives the file's free room back to the disk, once the batch is written.
    Compact,
}

/// What is read once, at the start.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Spaces by number.
    pub spaces: Vec<(SpaceNumber, SpaceId)>,
    /// Logs by number.
    pub logs: Vec<(LogNumber, LogRow)>,
    /// Certificates.
    pub certificates: Vec<NodeCertificate>,
    /// Live rows by number.
    pub live: Vec<(u64, LiveRow)>,
    /// Accounts by login.
    pub accounts: Vec<(String, AccountRow)>,
    /// Sessions by id.
    pub sessions: Vec<([u8; 16], SessionRow)>,
    /// Erasures by operation.
    pub erasures: Vec<(EntryId, ErasureRow)>,
}

/// The file of truth.
pub struct LogStore {
    database: Database,
    file: PathBuf,
}

fn place_key(place: EntryPlace) -> [u8; 12] {
    let mut key = [0; 12];
    key[..4].copy_from_slice(&place.log.to_be_bytes());
    key[4..].copy_from_slice(&place.seq.to_be_bytes());
    key
}

/// Entry value: signature, header length (u16 little endian), header, payload.
fn entry_value(entry: &Entry) -> Vec<u8> {
    let payload = entry.payload.as_deref();
    let length = payload.map_or(0, <[u8]>::len);
    let mut value = Vec::with_capacity(64 + 3 + entry.bytes.len() + length);
    value.extend_from_slice(&entry.signature);
    value.extend_from_slice(&(entry.bytes.len() as u16).to_le_bytes());
    value.push(u8::from(payload.is_some()));
    value.extend_from_slice(&entry.bytes);
    value.extend_from_slice(payload.unwrap_or_default());
    value
}

fn read_entry(value: &[u8]) -> Result<Entry, String> {
    let cut = || "an entry is cut short".to_owned();
    let (signature, rest) = value.split_at_checked(64).ok_or_else(cut)?;
    let (lengths, rest) = rest.split_at_checked(3).ok_or_else(cut)?;
    let header_length = usize::from(u16::from_le_bytes([lengths[0], lengths[1]]));
    let (header, payload) = rest.split_at_checked(header_length).ok_or_else(cut)?;
    let payload = (lengths[2] == 1).then(|| payload.to_vec());
    let signature = signature.try_into().map_err(|_| cut())?;
    Entry::read(header.to_vec(), signature, payload)
        .map_err(|error| format!("an entry does not read: {error}"))
}

/// A log's row. Rows from before entries could come without payload end one byte earlier: there
/// were none.
fn read_log(bytes: &[u8]) -> Result<LogRow, String> {
    postcard::from_bytes(bytes)
        .or_else(|_| postcard::from_bytes(&[bytes, &[0]].concat()))
        .map_err(|error| format!("a stored row does not decode: {error}"))
}

impl LogStore {
    /// Opens the file, making it when missing.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let file = directory.join("log.redb");
        let database = open_database(&file)?;
        let store = Self { database, file };
        store.make_tables()?;
        match store.meta("format")? {
            None => store.commit([StoreWrite::Meta("format", vec![FORMAT])])?,
            Some(found) if found == [FORMAT] => {}
            Some(found) => {
                let found = found.first().copied().unwrap_or(0).into();
                return Err(StoreError::Newer {
                    file: store.file,
                    found,
                });
            }
        }
        Ok(store)
    }

    fn make_tables(&self) -> Result<(), StoreError> {
        let failed = |error: redb::Error| store_error(&self.file, error);
        let make = || -> Result<(), redb::Error> {
            let transaction = self.database.begin_write()?;
            transaction.open_table(META)?;
            transaction.open_table(SPACES)?;
            transaction.open_table(LOGS)?;
            transaction.open_table(ENTRIES)?;
            transaction.open_table(CERTIFICATES)?;
            transaction.open_table(LIVE)?;
            transaction.open_table(ACCOUNTS)?;
            transaction.open_table(SESSIONS)?;
            transaction.open_table(ERASURES)?;
            transaction.commit()?;
            Ok(())
        };
        make().map_err(failed)
    }

    /// The file, for messages.
    pub fn file(&self) -> &Path {
        &self.file
    }

    fn damaged(&self, what: String) -> StoreError {
        StoreError::Damaged {
            file: self.file.clone(),
            what,
        }
    }

    /// Writes a batch in one durable two-phase transaction.
    pub fn commit(&self, writes: impl IntoIterator<Item = StoreWrite>) -> Result<(), StoreError> {
        self.try_commit(writes)
            .map_err(|error| store_error(&self.file, error))
    }

    fn try_commit(&self, writes: impl IntoIterator<Item = StoreWrite>) -> Result<(), redb::Error> {
        let mut compact = false;
        let mut transaction = self.database.begin_write()?;
        // Two phases: a power cut between them leaves the old root, never a torn one.
        transaction.set_two_phase_commit(true);
        {
            let mut entries = transaction.open_table(ENTRIES)?;
            for write in writes {
                match write {
                    StoreWrite::Entry(place, entry) => {
                        let sealed = tagged::seal(FORMAT, &place_key(place), &entry_value(&entry));
                        entries.insert((place.log, place.seq), sealed.as_slice())?;
                    }
                    StoreWrite::Compact => compact = true,
                    other => write_row(&transaction, other)?,
                }
            }
        }
        if compact {
            rewrite(&transaction, ENTRIES)?;
            rewrite(&transaction, LIVE)?;
        }
        transaction.commit()?;
        if compact {
            self.database.compact()?;
        }
        Ok(())
    }

    /// A value under a name.
    pub fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let read = || -> Result<Option<Vec<u8>>, redb::Error> {
            let table = self.database.begin_read()?.open_table(META)?;
            Ok(table.get(name)?.map(|value| value.value().to_vec()))
        };
        let Some(sealed) = read().map_err(|error| store_error(&self.file, error))? else {
            return Ok(None);
        };
        let value = tagged::open(FORMAT, name.as_bytes(), &sealed);
        value
            .map(|value| Some(value.to_vec()))
            .map_err(|what| self.damaged(what))
    }

    /// Everything but the entries.
    pub fn load(&self) -> Result<Loaded, StoreError> {
        let mut loaded = Loaded::default();
        let mut damage: Result<(), String> = Ok(());
        let mut read = || -> Result<(), redb::Error> {
            let transaction = self.database.begin_read()?;
            macro_rules! rows {
                ($table:expr, $key:ident => $bytes:expr, $push:expr) => {
                    for row in transaction.open_table($table)?.iter()? {
                        let (key, value) = row?;
                        let $key = key.value();
                        match tagged::open_row(FORMAT, $bytes, value.value()) {
                            Ok(row) => $push(row),
                            Err(what) => damage = Err(what),
                        }
                    }
                };
            }
            rows!(SPACES, key => &key.to_be_bytes(), |space| loaded.spaces.push((key, space)));
            for row in transaction.open_table(LOGS)?.iter()? {
                let (key, value) = row?;
                let key = key.value();
                match tagged::open(FORMAT, &key.to_be_bytes(), value.value()).and_then(read_log) {
                    Ok(row) => loaded.logs.push((key, row)),
                    Err(what) => damage = Err(what),
                }
            }
            rows!(CERTIFICATES, key => key, |row| loaded.certificates.push(row));
            rows!(LIVE, key => &key.to_be_bytes(), |row| loaded.live.push((key, row)));
            rows!(ACCOUNTS, key => key.as_bytes(),
                |row| loaded.accounts.push((key.to_owned(), row)));
            rows!(SESSIONS, key => key, |row| loaded.sessions.push((*key, row)));
            rows!(ERASURES, key => key, |row| loaded.erasures.push((EntryId(*key), row)));
            Ok(())
        };
        read().map_err(|error| store_error(&self.file, error))?;
        damage.map_err(|what| self.damaged(what))?;
        Ok(loaded)
    }

    /// Entries of a log from `from` on, in order, until `bytes_max` is passed or a gap comes.
    pub fn entries(
        &self,
        log: LogNumber,
        from: u64,
        bytes_max: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut found = Vec::new();
        let mut bytes = 0;
        self.scan(log, from, |entry| {
            bytes += entry.bytes.len() + 64 + entry.payload.as_ref().map_or(0, Vec::len);
            found.push(entry);
            bytes < bytes_max
        })?;
        Ok(found)
    }

    /// Calls `take` for each stored entry of a log from `from` on, while it says true.
    pub fn scan(
        &self,
        log: LogNumber,
        from: u64,
        mut take: impl FnMut(Entry) -> bool,
    ) -> Result<(), StoreError> {
        self.scan_stored(log, from, |_, entry| take(entry))
    }

    /// The same with the number under which each entry is stored.
    pub fn scan_stored(
        &self,
        log: LogNumber,
        from: u64,
        mut take: impl FnMut(u64, Entry) -> bool,
    ) -> Result<(), StoreError> {
        let mut damage = None;
        let mut read = || -> Result<(), redb::Error> {
            let table = self.database.begin_read()?.open_table(ENTRIES)?;
            for row in table.range((log, from)..=(log, u64::MAX))? {
                let (key, value) = row?;
                let (log, seq) = key.value();
                let key = place_key(EntryPlace { log, seq });
                match tagged::open(FORMAT, &key, value.value()).and_then(read_entry) {
                    Ok(entry) => {
                        if !take(seq, entry) {
                            break;
                        }
                    }
                    Err(what) => {
                        damage = Some(format!("entry {seq} of log {log}: {what}"));
                        break;
                    }
                }
            }
            Ok(())
        };
        read().map_err(|error| store_error(&self.file, error))?;
        damage.map_or(Ok(()), |what| Err(self.damaged(what)))
    }

    /// One entry.
    pub fn entry(&self, place: EntryPlace) -> Result<Option<Entry>, StoreError> {
        let read = || -> Result<Option<Vec<u8>>, redb::Error> {
            let table = self.database.begin_read()?.open_table(ENTRIES)?;
            Ok(table
                .get((place.log, place.seq))?
                .map(|value| value.value().to_vec()))
        };
        let Some(sealed) = read().map_err(|error| store_error(&self.file, error))? else {
            return Ok(None);
        };
        let value = tagged::open(FORMAT, &place_key(place), &sealed);
        value
            .and_then(read_entry)
            .map(Some)
            .map_err(|what| self.damaged(what))
    }

    /// The last stored place of a log, with its entry.
    pub fn last_entry(&self, log: LogNumber) -> Result<Option<Entry>, StoreError> {
        match self.last_seq(log)? {
            Some(seq) => self.entry(EntryPlace { log, seq }),
            None => Ok(None),
        }
    }

    /// The last stored place of a log.
    pub fn last_seq(&self, log: LogNumber) -> Result<Option<u64>, StoreError> {
        let read = || -> Result<Option<u64>, redb::Error> {
            let table = self.database.begin_read()?.open_table(ENTRIES)?;
            let mut range = table.range((log, 0)..=(log, u64::MAX))?;
            Ok(range.next_back().transpose()?.map(|(key, _)| key.value().1))
        };
        read().map_err(|error| store_error(&self.file, error))
    }

    /// Entries of other branches of a forked log.
    pub fn branches(&self, log: LogNumber) -> Result<Vec<Entry>, StoreError> {
        let mut found = Vec::new();
        self.scan(log | OTHER_BRANCHES, 0, |entry| {
            found.push(entry);
            true
        })?;
        Ok(found)
    }
}

fn write_row(transaction: &redb::WriteTransaction, write: StoreWrite) -> Result<(), redb::Error> {
    match write {
        StoreWrite::Meta(name, value) => {
            let sealed = tagged::seal(FORMAT, name.as_bytes(), &value);
            transaction
                .open_table(META)?
                .insert(name, sealed.as_slice())?;
        }
        StoreWrite::Space(number, space) => {
            let sealed = tagged::seal_row(FORMAT, &number.to_be_bytes(), &space);
            transaction
                .open_table(SPACES)?
                .insert(number, sealed.as_slice())?;
        }
        StoreWrite::Log(number, row) => {
            let sealed = tagged::seal_row(FORMAT, &number.to_be_bytes(), &row);
            transaction
                .open_table(LOGS)?
                .insert(number, sealed.as_slice())?;
        }
        StoreWrite::Certificate(row) => {
            let sealed = tagged::seal_row(FORMAT, &row.node.0, &row);
            transaction
                .open_table(CERTIFICATES)?
                .insert(&row.node.0, sealed.as_slice())?;
        }
        StoreWrite::Live(number, row) => {
            let sealed = tagged::seal_row(FORMAT, &number.to_be_bytes(), &row);
            transaction
                .open_table(LIVE)?
                .insert(number, sealed.as_slice())?;
        }
        StoreWrite::LiveDone(number) => {
            transaction.open_table(LIVE)?.remove(number)?;
        }
        StoreWrite::Account(login, row) => {
            let sealed = tagged::seal_row(FORMAT, login.as_bytes(), &row);
            transaction
                .open_table(ACCOUNTS)?
                .insert(login.as_str(), sealed.as_slice())?;
        }
        StoreWrite::Session(id, Some(row)) => {
            let sealed = tagged::seal_row(FORMAT, &id, &row);
            transaction
                .open_table(SESSIONS)?
                .insert(&id, sealed.as_slice())?;
        }
        StoreWrite::Session(id, None) => {
            transaction.open_table(SESSIONS)?.remove(&id)?;
        }
        StoreWrite::Erasure(id, Some(row)) => {
            let sealed = tagged::seal_row(FORMAT, &id.0, &row);
            transaction
                .open_table(ERASURES)?
                .insert(&id.0, sealed.as_slice())?;
        }
        StoreWrite::Erasure(id, None) => {
            transaction.open_table(ERASURES)?.remove(&id.0)?;
        }
        StoreWrite::Entry(..) | StoreWrite::Compact => {
            unreachable!("entries have their open table, and the file is compacted at the end")
        }
    }
    Ok(())
}
