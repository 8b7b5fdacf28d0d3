//! The way over from format 1, whose values lay in clear: everything is copied, sealed, into a new
//! file, which then takes the name. Cut off anywhere, the old file is still there, whole.

use std::path::Path;

use redb::{ReadableTable, TableDefinition};

use super::compacting::Database;
use super::rows::{EntryPlace, StoreWrite, read_log};
use super::tables::{
    CERTIFICATES, ENTRIES, LIVE, LOGS, META, META_FORMAT, SESSIONS, SPACES, entry_key, read_entry,
};
use super::{LogStore, StoreError, open_database, store_error, tagged};
use crate::keys::Opener;

const OLD: u8 = 1;
/// Logins lay in clear.
const OLD_ACCOUNTS: TableDefinition<&str, &[u8]> = TableDefinition::new("accounts");
/// Rows per transaction: bounds memory.
const ROWS_PER_COMMIT: usize = 2_000;

/// Copies into the new file in batches.
struct Copy<'a> {
    to: &'a LogStore,
    waiting: Vec<StoreWrite>,
}

/// Damage found in the old file, or a failure of either.
enum Stopped {
    Damage(String),
    Old(redb::Error),
    New(StoreError),
}

impl<E: Into<redb::Error>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Old(error.into())
    }
}

impl Copy<'_> {
    fn put(&mut self, write: StoreWrite) -> Result<(), Stopped> {
        self.waiting.push(write);
        if self.waiting.len() >= ROWS_PER_COMMIT {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Stopped> {
        self.to
            .commit(std::mem::take(&mut self.waiting))
            .map_err(Stopped::New)
    }
}

/// Converts `log.redb` in place.
pub(super) fn from_format_1(file: &Path, opener: &Opener) -> Result<(), StoreError> {
    let site = opener.make().map_err(StoreError::Key)?;
    let fresh = file.with_extension("converting");
    let failed = |error: std::io::Error| store_error(file, error);
    if fresh.exists() {
        std::fs::remove_file(&fresh).map_err(failed)?;
    }
    tracing::info!(
        "sealing {}: it was written before at-rest encryption",
        file.display()
    );
    let old = open_database(file)?;
    {
        let store = LogStore::make(open_database(&fresh)?, fresh.clone(), site)?;
        copy(&old, &store).map_err(|stopped| match stopped {
            Stopped::Damage(what) => StoreError::Damaged {
                file: file.to_path_buf(),
                what,
            },
            Stopped::Old(error) => store_error(file, error),
            Stopped::New(error) => error,
        })?;
    }
    drop(old);
    std::fs::rename(&fresh, file).map_err(failed)?;
    let directory = file.parent().unwrap_or(Path::new("."));
    std::fs::File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(failed)
}

fn copy(old: &Database, to: &LogStore) -> Result<(), Stopped> {
    let mut copy = Copy {
        to,
        waiting: Vec::new(),
    };
    let transaction = old.begin_read()?;
    macro_rules! rows {
        ($table:expr, $key:ident => $bytes:expr, $write:expr) => {
            for row in transaction.open_table($table)?.iter()? {
                let (key, value) = row?;
                let $key = key.value();
                let row = tagged::open_row(OLD, $bytes, value.value());
                copy.put($write(row.map_err(Stopped::Damage)?))?;
            }
        };
    }
    for row in transaction.open_table(META)?.iter()? {
        let (name, value) = row?;
        let value = tagged::open(OLD, name.value().as_bytes(), value.value());
        let value = value.map_err(Stopped::Damage)?.to_vec();
        match name.value() {
            META_FORMAT => {}
            "site" => copy.put(StoreWrite::Meta("site", value))?,
            "bootstrap" => copy.put(StoreWrite::Meta("bootstrap", value))?,
            "tickets" => copy.put(StoreWrite::Meta("tickets", value))?,
            "guest" => copy.put(StoreWrite::Meta("guest", value))?,
            "guest-people" => copy.put(StoreWrite::Meta("guest-people", value))?,
            other => return Err(Stopped::Damage(format!("nobody wrote {other}"))),
        }
    }
    rows!(SPACES, key => &key.to_be_bytes(), |row| StoreWrite::Space(key, row));
    for row in transaction.open_table(LOGS)?.iter()? {
        let (key, value) = row?;
        let key = key.value();
        let row = tagged::open(OLD, &key.to_be_bytes(), value.value()).and_then(read_log);
        copy.put(StoreWrite::Log(key, row.map_err(Stopped::Damage)?))?;
    }
    rows!(CERTIFICATES, key => key, |row| StoreWrite::Certificate(Box::new(row)));
    rows!(LIVE, key => &key.to_be_bytes(), |row| StoreWrite::Live(key, Box::new(row)));
    rows!(OLD_ACCOUNTS, key => key.as_bytes(), |row| StoreWrite::Account(key.to_owned(), row));
    rows!(SESSIONS, key => key, |row| StoreWrite::Session(*key, Some(row)));
    for row in transaction.open_table(ENTRIES)?.iter()? {
        let (key, value) = row?;
        let (log, seq) = key.value();
        let at = EntryPlace { log, seq };
        let entry = tagged::open(OLD, &entry_key(at), value.value()).and_then(read_entry);
        let entry =
            entry.map_err(|what| Stopped::Damage(format!("entry {seq} of log {log}: {what}")))?;
        copy.put(StoreWrite::Entry(at, Box::new(entry)))?;
    }
    copy.flush()
}
