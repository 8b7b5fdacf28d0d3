//! `state.redb`: what can be rebuilt from the logs. Rows of views, document snapshots, and per
//! space the heights they include, written in one transaction, so that a crash continues there.

use std::path::{Path, PathBuf};

use bocage_crdt::ids::{ItemId, NodeId};
use redb::{Durability, ReadableTable, TableDefinition};
use serde::{Deserialize, Serialize};

use super::compacting::{Database, rewrite};
use super::{LogNumber, SpaceNumber, StoreError, open_database, store_error, tagged};

/// Raised whenever a row's shape or meaning changes: an older file is made anew from the logs.
const FORMAT: u8 = 3;

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
}

impl StateStore {
    /// Opens the file, making it when missing; one of another format is set aside and made anew.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let file = directory.join("state.redb");
        let store = Self {
            database: open_database(&file)?,
            file,
        };
        let found = store.run(|database| {
            let transaction = database.begin_write()?;
            let found = transaction
                .open_table(META)?
                .get("format")?
                .map(|row| row.value());
            transaction
                .open_table(META)?
                .insert("format", u32::from(FORMAT))?;
            transaction.open_table(ROWS)?;
            transaction.open_table(SNAPSHOTS)?;
            transaction.open_table(APPLIED)?;
            transaction.open_table(ACKS)?;
            transaction.commit()?;
            Ok(found)
        })?;
        if found.is_some_and(|found| found != u32::from(FORMAT)) {
            store.clear()?;
        }
        Ok(store)
    }

    fn run<T>(
        &self,
        action: impl FnOnce(&Database) -> Result<T, redb::Error>,
    ) -> Result<T, StoreError> {
        action(&self.database).map_err(|error| store_error(&self.file, error))
    }

    fn damaged(&self, what: String) -> StoreError {
        StoreError::Damaged {
            file: self.file.clone(),
            what,
        }
    }

    /// Forgets everything: the views are made anew from the logs.
    pub fn clear(&self) -> Result<(), StoreError> {
        self.run(|database| {
            let transaction = database.begin_write()?;
            transaction.delete_table(ROWS)?;
            transaction.delete_table(SNAPSHOTS)?;
            transaction.delete_table(APPLIED)?;
            transaction.delete_table(ACKS)?;
            transaction.open_table(ROWS)?;
            transaction.open_table(SNAPSHOTS)?;
            transaction.open_table(APPLIED)?;
            transaction.open_table(ACKS)?;
            transaction.commit()?;
            Ok(())
        })
    }

    /// Writes a batch in one transaction. One phase is enough: after a crash the logs tell again.
    pub fn commit(&self, writes: Vec<StateWrite>) -> Result<(), StoreError> {
        self.run(|database| {
            let mut compact = false;
            let mut transaction = database.begin_write()?;
            transaction.set_durability(Durability::Immediate)?;
            {
                let mut rows = transaction.open_table(ROWS)?;
                let mut snapshots = transaction.open_table(SNAPSHOTS)?;
                let mut applied = transaction.open_table(APPLIED)?;
                let mut acks = transaction.open_table(ACKS)?;
                for write in writes {
                    match write {
                        StateWrite::Row(space, item, Some(row)) => {
                            let sealed = tagged::seal(FORMAT, &item_key(space, &item), &row);
                            rows.insert((space, &item.0), sealed.as_slice())?;
                        }
                        StateWrite::Row(space, item, None) => {
                            rows.remove((space, &item.0))?;
                        }
                        StateWrite::Snapshot(space, item, Some(bytes)) => {
                            let sealed = tagged::seal(FORMAT, &item_key(space, &item), &bytes);
                            snapshots.insert((space, &item.0), sealed.as_slice())?;
                        }
                        StateWrite::Snapshot(space, item, None) => {
                            snapshots.remove((space, &item.0))?;
                        }
                        StateWrite::Applied(space, row) => {
                            let sealed = tagged::seal_row(FORMAT, &space.to_be_bytes(), &row);
                            applied.insert(space, sealed.as_slice())?;
                        }
                        StateWrite::Clear(space) => {
                            rows.retain_in(whole(space), |_, _| false)?;
                            snapshots.retain_in(whole(space), |_, _| false)?;
                            applied.remove(space)?;
                        }
                        StateWrite::Acks(node, heights) => {
                            let sealed = tagged::seal_row(FORMAT, &node.0, &heights);
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
            transaction.commit()?;
            if compact {
                database.compact()?;
            }
            Ok(())
        })
    }

    /// What is applied, for every space.
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
        rows.into_iter()
            .map(|(space, sealed)| {
                let row = tagged::open_row(FORMAT, &space.to_be_bytes(), &sealed);
                row.map(|row| (space, row))
                    .map_err(|what| self.damaged(what))
            })
            .collect()
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
        let row = tagged::open_row(FORMAT, &space.to_be_bytes(), &sealed);
        row.map(Some).map_err(|what| self.damaged(what))
    }

    /// The view rows of a space, in order of item ids.
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
        rows.into_iter()
            .map(|(item, sealed)| {
                let row = tagged::open(FORMAT, &item_key(space, &item), &sealed);
                row.map(|row| (item, row.to_vec()))
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
        let value = tagged::open(FORMAT, &item_key(space, item), &sealed);
        value
            .map(|value| Some(value.to_vec()))
            .map_err(|what| self.damaged(what))
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
        rows.into_iter()
            .map(|(node, sealed)| {
                let row = tagged::open_row(FORMAT, &node.0, &sealed);
                row.map(|row| (node, row))
                    .map_err(|what| self.damaged(what))
            })
            .collect()
    }
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
