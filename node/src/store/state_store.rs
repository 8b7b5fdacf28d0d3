//! `state.redb`: what can be rebuilt from the logs. Rows of views, document snapshots, and per
//! space the heights they include, written in one transaction, so that a crash continues there.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

use bocage_crdt::ids::{ItemId, NodeId};
use redb::{Durability, ReadableTable, TableDefinition};
use serde::{Deserialize, Serialize};

use super::compacting::{Database, rewrite};
use super::keyring::{Keyring, SITE};
use super::rotation::{Walk, walk};
use super::sealed::{self, Place};
use super::{LogNumber, SpaceNumber, StoreError, killing, open_database, store_error};

/// Raised whenever a row's shape or meaning changes: an older file is made anew from the logs.
const FORMAT: u8 = 4;

type ItemKey = (u32, &'static [u8; 16]);

const META: TableDefinition<&str, u32> = TableDefinition::new("meta");
const ROWS: TableDefinition<ItemKey, &[u8]> = TableDefinition::new("rows");
const SNAPSHOTS: TableDefinition<ItemKey, &[u8]> = TableDefinition::new("snapshots");
const APPLIED: TableDefinition<u32, &[u8]> = TableDefinition::new("applied");
const ACKS: TableDefinition<&[u8; 32], &[u8]> = TableDefinition::new("acks");

/// What the rows of a space include.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AppliedRow {
    /// Height applied, per log.
    pub heights: Vec<(LogNumber, u64)>,
    /// How many items arrived here so far.
    pub arrivals: u64,
    /// The space's summary as the hub encodes it: shown before the rows are loaded.
    pub summary: Vec<u8>,
}

/// One write of a batch.
#[derive(Debug)]
pub enum StateWrite {
    /// A view row; `None` removes it.
    Row(SpaceNumber, ItemId, Option<Vec<u8>>),
    /// A document's packed state; `None` removes it.
    Snapshot(SpaceNumber, ItemId, Option<Vec<u8>>),
    /// What the rows include now.
    Applied(SpaceNumber, AppliedRow),
    /// Forget all of a space: it is judged anew from its logs.
    Clear(SpaceNumber),
    /// Durable heights that a site told, per log.
    Acks(NodeId, Vec<(LogNumber, u64)>),
    /// Gives the file's free room back to the disk, once the batch is written.
    Compact,
}

/// Per log, up to which entry.
pub(super) type LogHeights = Vec<(LogNumber, u64)>;

/// The file of what can be rebuilt.
pub struct StateStore {
    database: Database,
    file: PathBuf,
    keyring: Arc<Keyring>,
}

fn place<'a>(table: &'static str, key: &'a [u8]) -> Place<'a> {
    Place {
        format: FORMAT,
        table,
        key,
    }
}

impl StateStore {
    /// Opens the file, making it when missing; one of another format is removed and made anew.
    /// `keyring` is that of the open `log.redb`, and needed here like there.
    pub fn open(directory: &Path, keyring: Arc<Keyring>) -> Result<Self, StoreError> {
        let file = directory.join("state.redb");
        let mut database = open_database(&file)?;
        let found = begin(&database).map_err(|error| store_error(&file, error))?;
        if found.is_some_and(|found| found != u32::from(FORMAT)) {
            // Removed, not emptied: emptied tables leave their bytes in the file, and older formats
            // wrote them in clear.
            drop(database);
            std::fs::remove_file(&file).map_err(|error| store_error(&file, error))?;
            database = open_database(&file)?;
            begin(&database).map_err(|error| store_error(&file, error))?;
        }
        Ok(Self {
            database,
            file,
            keyring,
        })
    }

    fn run<T>(
        &self,
        action: impl FnOnce(&Database) -> Result<T, redb::Error>,
    ) -> Result<T, StoreError> {
        action(&self.database).map_err(|error| store_error(&self.file, error))
    }

    /// A value that the logs tell again is as if it were not there.
    fn unless_damaged<T>(&self, opened: Result<T, String>) -> Option<T> {
        let told = |what: &String| {
            tracing::error!(
                "{} is damaged ({what}): it is made anew from the log",
                self.file.display()
            );
        };
        opened.inspect_err(told).ok()
    }

    fn damaged(&self, what: String) -> StoreError {
        StoreError::Damaged {
            file: self.file.clone(),
            what,
        }
    }

    /// Writes a batch in one transaction. One phase is enough: after a crash the logs tell again.
    pub fn commit(&self, writes: Vec<StateWrite>) -> Result<(), StoreError> {
        self.run(|database| {
            let mut compact = false;
            let steps = killing::state_steps(&writes);
            let mut transaction = database.begin_write()?;
            transaction.set_durability(Durability::Immediate)?;
            // Asked for inside: a walk that seals anew comes before it or after it, never between.
            let keys = self.keyring.now();
            {
                let mut rows = transaction.open_table(ROWS)?;
                let mut snapshots = transaction.open_table(SNAPSHOTS)?;
                let mut applied = transaction.open_table(APPLIED)?;
                let mut acks = transaction.open_table(ACKS)?;
                for write in writes {
                    match write {
                        StateWrite::Row(space, item, Some(row)) => {
                            let key = item_key(space, &item);
                            let sealed = sealed::seal(&keys, space, place("rows", &key), &row);
                            rows.insert((space, &item.0), sealed.as_slice())?;
                        }
                        StateWrite::Row(space, item, None) => {
                            rows.remove((space, &item.0))?;
                        }
                        StateWrite::Snapshot(space, item, Some(bytes)) => {
                            let key = item_key(space, &item);
                            let at = place("snapshots", &key);
                            let sealed = sealed::seal(&keys, space, at, &bytes);
                            snapshots.insert((space, &item.0), sealed.as_slice())?;
                        }
                        StateWrite::Snapshot(space, item, None) => {
                            snapshots.remove((space, &item.0))?;
                        }
                        StateWrite::Applied(space, row) => {
                            let key = space.to_be_bytes();
                            let at = place("applied", &key);
                            let sealed = sealed::seal_row(&keys, space, at, &row);
                            applied.insert(space, sealed.as_slice())?;
                        }
                        StateWrite::Clear(space) => {
                            rows.retain_in(whole(space), |_, _| false)?;
                            snapshots.retain_in(whole(space), |_, _| false)?;
                            applied.remove(space)?;
                        }
                        StateWrite::Acks(node, heights) => {
                            let at = place("acks", &node.0);
                            let sealed = sealed::seal_row(&keys, SITE, at, &heights);
                            acks.insert(&node.0, sealed.as_slice())?;
                        }
                        StateWrite::Compact => compact = true,
                    }
                }
            }
            if compact {
                rewrite(&transaction, ROWS)?;
                rewrite(&transaction, SNAPSHOTS)?;
            }
            killing::moments("before", &steps);
            transaction.commit()?;
            killing::moments("after", &steps);
            if compact {
                database.compact()?;
            }
            Ok(())
        })
    }

    /// What is applied, for every space of which that can be read.
    pub fn applied(&self) -> Result<Vec<(SpaceNumber, AppliedRow)>, StoreError> {
        let rows = self.run(|database| {
            let table = database.begin_read()?.open_table(APPLIED)?;
            let mut rows = Vec::new();
            for row in table.iter()? {
                let (key, value) = row?;
                rows.push((key.value(), value.value().to_vec()));
            }
            Ok(rows)
        })?;
        let opened = rows.into_iter().filter_map(|(space, sealed)| {
            let key = space.to_be_bytes();
            let at = place("applied", &key);
            let row = sealed::open_row(&self.keyring.now(), at, &sealed);
            self.unless_damaged(row.map(|row| (space, row)))
        });
        Ok(opened.collect())
    }

    /// What is applied of one space.
    pub fn applied_of(&self, space: SpaceNumber) -> Result<Option<AppliedRow>, StoreError> {
        let sealed = self.run(|database| {
            let table = database.begin_read()?.open_table(APPLIED)?;
            Ok(table.get(space)?.map(|value| value.value().to_vec()))
        })?;
        let Some(sealed) = sealed else {
            return Ok(None);
        };
        let key = space.to_be_bytes();
        let at = place("applied", &key);
        let row = sealed::open_row(&self.keyring.now(), at, &sealed);
        Ok(self.unless_damaged(row))
    }

    /// The view rows of a space, in order of item ids: all of them, or none.
    pub fn rows(&self, space: SpaceNumber) -> Result<Vec<(ItemId, Vec<u8>)>, StoreError> {
        let rows = self.run(|database| {
            let table = database.begin_read()?.open_table(ROWS)?;
            let mut rows = Vec::new();
            for row in table.range(whole(space))? {
                let (key, value) = row?;
                rows.push((ItemId(*key.value().1), value.value().to_vec()));
            }
            Ok(rows)
        })?;
        let keys = self.keyring.now();
        rows.into_iter()
            .map(|(item, sealed)| {
                let row = sealed::open(&keys, place("rows", &item_key(space, &item)), &sealed);
                row.map(|row| (item, row))
                    .map_err(|what| self.damaged(what))
            })
            .collect()
    }

    /// A document's packed state.
    pub fn snapshot(
        &self,
        space: SpaceNumber,
        item: &ItemId,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let sealed = self.run(|database| {
            let table = database.begin_read()?.open_table(SNAPSHOTS)?;
            Ok(table
                .get((space, &item.0))?
                .map(|value| value.value().to_vec()))
        })?;
        let Some(sealed) = sealed else {
            return Ok(None);
        };
        let key = item_key(space, item);
        let opened = sealed::open(&self.keyring.now(), place("snapshots", &key), &sealed);
        Ok(self.unless_damaged(opened))
    }

    /// Durable heights that the sites told.
    pub fn acks(&self) -> Result<Vec<(NodeId, LogHeights)>, StoreError> {
        let rows = self.run(|database| {
            let table = database.begin_read()?.open_table(ACKS)?;
            let mut rows = Vec::new();
            for row in table.iter()? {
                let (key, value) = row?;
                rows.push((NodeId(*key.value()), value.value().to_vec()));
            }
            Ok(rows)
        })?;
        let opened = rows.into_iter().filter_map(|(node, sealed)| {
            let row = sealed::open_row(&self.keyring.now(), place("acks", &node.0), &sealed);
            self.unless_damaged(row.map(|row| (node, row)))
        });
        Ok(opened.collect())
    }
}

/// Makes what is missing; says which format was found.
fn begin(database: &Database) -> Result<Option<u32>, redb::Error> {
    let transaction = database.begin_write()?;
    let found = transaction
        .open_table(META)?
        .get("format")?
        .map(|row| row.value());
    if found.is_none() {
        transaction
            .open_table(META)?
            .insert("format", u32::from(FORMAT))?;
    }
    transaction.open_table(ROWS)?;
    transaction.open_table(SNAPSHOTS)?;
    transaction.open_table(APPLIED)?;
    transaction.open_table(ACKS)?;
    transaction.commit()?;
    Ok(found)
}

/// Seals what older data keys sealed with the current ones; false when the site closed before.
pub(super) fn reseal(store: &Weak<StateStore>, rest: Duration) -> Result<bool, StoreError> {
    macro_rules! table {
        ($table:expr, $name:literal) => {{
            let mut walked = Walk::new();
            while !walked.done {
                let Some(store) = store.upgrade() else {
                    return Ok(false);
                };
                let keys = store.keyring.now();
                store.run(|database| {
                    let transaction = database.begin_write()?;
                    walk(&transaction, $table, &keys, (FORMAT, $name), &mut walked)?;
                    transaction.commit()?;
                    Ok(())
                })?;
                drop(store);
                std::thread::sleep(rest);
            }
        }};
    }
    table!(ROWS, "rows");
    table!(SNAPSHOTS, "snapshots");
    table!(APPLIED, "applied");
    table!(ACKS, "acks");
    Ok(true)
}

fn whole(space: SpaceNumber) -> std::ops::RangeInclusive<(u32, &'static [u8; 16])> {
    (space, &[0; 16])..=(space, &[0xFF; 16])
}

fn item_key(space: SpaceNumber, item: &ItemId) -> [u8; 20] {
    let mut key = [0; 20];
    key[..4].copy_from_slice(&space.to_be_bytes());
    key[4..].copy_from_slice(&item.0);
    key
}
