//! What a backup takes of `log.redb`, and gives back: plain rows, sealed by neither's keys.

use bocage_crdt::ids::EntryId;
use redb::ReadableTable;

use super::rows::{EntryPlace, StoreWrite};
use super::sealed;
use super::tables::*;
use super::{LogStore, StoreError, store_error};
use crate::backup::Record;

/// Names in `meta` that callers write.
const META_NAMES: [&str; 6] = [
    "site",
    "bootstrap",
    "tickets",
    "guest",
    "guest-people",
    "recovery",
];

/// The name in `meta` that reads like this.
fn meta_name(name: &str) -> Option<&'static str> {
    META_NAMES.into_iter().find(|known| *known == name)
}

impl LogStore {
    /// Hands out everything as it is at one moment, in the order in which it can be written again.
    /// Sessions are left out: who signed in before a restore signs in again.
    pub(crate) fn export(
        &self,
        mut take: impl FnMut(Record) -> std::io::Result<()>,
    ) -> Result<std::io::Result<()>, StoreError> {
        // Reads for long: no cleaning begins until it ends.
        let _reading = self.cleaning.read();
        let (transaction, keys) = {
            // Between two commits: every value of this moment is sealed with a key of this moment.
            let _writing = self.writing();
            let transaction = self.database.begin_read();
            let transaction = transaction.map_err(|error| store_error(&self.file, error))?;
            (transaction, self.keyring.now())
        };
        let mut damage = None;
        let mut refused = Ok(());
        let mut read = || -> Result<(), redb::Error> {
            macro_rules! give {
                ($what:expr) => {
                    match $what {
                        Ok(record) => {
                            if let Err(error) = take(record) {
                                refused = Err(error);
                                return Ok(());
                            }
                        }
                        Err(what) => {
                            damage = Some(what);
                            return Ok(());
                        }
                    }
                };
            }
            macro_rules! rows {
                ($table:expr, $name:literal, $key:ident => $bytes:expr, $record:expr) => {
                    for row in transaction.open_table($table)?.iter()? {
                        let (key, value) = row?;
                        let $key = key.value();
                        let row = sealed::open_row(&keys, place($name, $bytes), value.value());
                        give!(row.map($record));
                    }
                };
            }
            for name in META_NAMES {
                if let Some(value) = transaction.open_table(META)?.get(name)? {
                    let value = sealed::open(&keys, place("meta", name.as_bytes()), value.value());
                    give!(value.map(|value| Record::Meta(name.to_owned(), value)));
                }
            }
            rows!(SPACES, "spaces", key => &key.to_be_bytes(), |row| Record::Space(key, row));
            rows!(LOGS, "logs", key => &key.to_be_bytes(), |row| Record::Log(key, row));
            rows!(CERTIFICATES, "certificates", key => key, Record::Certificate);
            rows!(LIVE, "live", key => &key.to_be_bytes(), |row| Record::Live(key, row));
            rows!(ACCOUNTS, "accounts", key => key, |(login, row)| Record::Account(login, row));
            rows!(ERASURES, "erasures", key => key, |row| Record::Erasure(EntryId(*key), row));
            for row in transaction.open_table(ENTRIES)?.iter()? {
                let (key, value) = row?;
                let (log, seq) = key.value();
                let key = entry_key(EntryPlace { log, seq });
                let value = sealed::open(&keys, place("entries", &key), value.value());
                give!(value.map(|value| Record::Entry(log, seq, value)));
            }
            Ok(())
        };
        read().map_err(|error| store_error(&self.file, error))?;
        damage.map_or(Ok(refused), |what| Err(self.damaged(what)))
    }
}

impl StoreWrite {
    /// The write that brings a row of a backup back; `None` for what is no row.
    pub(crate) fn of_record(record: Record) -> Result<Option<Self>, String> {
        Ok(Some(match record {
            Record::Manifest(_) | Record::File(..) | Record::End(_) => return Ok(None),
            Record::Meta(name, value) => match meta_name(&name) {
                Some(name) => Self::Meta(name, value),
                None => return Err("it was written by a newer Bocage".to_owned()),
            },
            Record::Space(number, space) => Self::Space(number, space),
            Record::Log(number, row) => Self::Log(number, row),
            Record::Certificate(row) => Self::Certificate(Box::new(row)),
            Record::Live(number, row) => Self::Live(number, Box::new(row)),
            Record::Account(login, row) => Self::Account(login, row),
            Record::Erasure(operation, row) => Self::Erasure(operation, Some(Box::new(row))),
            Record::Entry(log, seq, value) => {
                let entry = read_entry(&value)
                    .map_err(|what| format!("entry {seq} of log {log}: {what}"))?;
                Self::Entry(EntryPlace { log, seq }, Box::new(entry))
            }
        }))
    }
}
