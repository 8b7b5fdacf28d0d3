//! A redb file that can be cleaned of what was overwritten, while others use it.
//!
//! What redb frees it keeps for reuse, with the old bytes in it, and its compaction moves and cuts but
//! leaves free pages as they were: of 1,000 overwritten texts 811 were in the file before it and 728
//! after. So the free pages are written over first, with a table of zeros that grows until the file
//! would; then the table goes, and the compaction gives the room back to the disk. Both compactions need
//! the file for themselves: they wait for a moment without a reader; who comes meanwhile waits.

use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use super::killing;
use redb::{CompactionError, ReadableDatabase, ReadableTable, TableDefinition};

/// Looks for the end of reads that have begun: 10 s is a fault of ours, and ends the site with a
/// message rather than stopping it for ever.
const TRIES_MAX: u32 = 2_000;
/// Between two tries: longer than one row is read, shorter than a person notices.
const TRY_EVERY: Duration = Duration::from_millis(5);
/// One value to a page of 4 KiB, so that every single free page is taken.
const FILLER: [u8; 3_000] = [0; 3_000];
/// Values in one transaction: 4 MiB.
const FILLERS_PER_COMMIT: u64 = 1_024;

const FILL: TableDefinition<u64, &[u8]> = TableDefinition::new("fill");

/// The file. Transactions are begun as on redb's own handle.
pub(crate) struct Database {
    handle: RwLock<redb::Database>,
    file: PathBuf,
}

fn length(file: &Path) -> Result<u64, redb::Error> {
    Ok(std::fs::metadata(file)?.len())
}

impl Database {
    pub(super) fn new(handle: redb::Database, file: &Path) -> Self {
        Self {
            handle: RwLock::new(handle),
            file: file.to_owned(),
        }
    }

    pub(super) fn begin_read(&self) -> Result<redb::ReadTransaction, redb::TransactionError> {
        // A panic under the lock left redb's handle as it was: it guards itself.
        let handle = self.handle.read().unwrap_or_else(PoisonError::into_inner);
        handle.begin_read()
    }

    pub(super) fn begin_write(&self) -> Result<redb::WriteTransaction, redb::TransactionError> {
        let handle = self.handle.read().unwrap_or_else(PoisonError::into_inner);
        handle.begin_write()
    }

    /// Writes over what is free and gives it back. Only redb's compactions need the file for
    /// themselves: after the first no page waits for a reader to be freed, so that what the filling
    /// does not take holds nothing of before, also while others read.
    pub(super) fn compact(&self) -> Result<(), redb::Error> {
        self.compact_once()?;
        killing::moment("compacted once");
        {
            let handle = self.handle.read().unwrap_or_else(PoisonError::into_inner);
            fill(&handle, &self.file)?;
        }
        killing::moment("filled");
        self.compact_once()
    }

    /// Reads that have begun end within milliseconds, and none begins meanwhile: nobody reads from
    /// within a read.
    fn compact_once(&self) -> Result<(), redb::Error> {
        let mut handle = self.handle.write().unwrap_or_else(PoisonError::into_inner);
        compact(&mut handle)
    }
}

/// Copies a table's rows into fresh pages: in a page that was changed in place the old bytes stay
/// behind the rows that live, and compaction copies such a page as it is.
pub(super) fn rewrite<K: redb::Key + 'static, V: redb::Value + 'static>(
    transaction: &redb::WriteTransaction,
    table: TableDefinition<'_, K, V>,
) -> Result<(), redb::Error> {
    let fresh = TableDefinition::<K, V>::new("fresh");
    {
        let old = transaction.open_table(table)?;
        let mut new = transaction.open_table(fresh)?;
        for row in old.iter()? {
            let (key, value) = row?;
            new.insert(key.value(), value.value())?;
        }
    }
    transaction.delete_table(table)?;
    transaction.rename_table(fresh, table)?;
    Ok(())
}

/// Who reads for longer than a moment (a backup), and a cleaning that is asked for: the one begins
/// when the other has ended.
#[derive(Default)]
pub(super) struct Cleaning {
    now: Mutex<Uses>,
    ended: Condvar,
}

#[derive(Default)]
struct Uses {
    readers: u32,
    asked: bool,
}

/// A long read under way.
pub(super) struct Reading<'a>(&'a Cleaning);

impl Cleaning {
    fn now(&self) -> MutexGuard<'_, Uses> {
        // Two plain numbers, each set whole.
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for a cleaning; false while somebody reads for long.
    pub(super) fn ask(&self) -> bool {
        let mut now = self.now();
        now.asked = now.readers == 0;
        now.asked
    }

    pub(super) fn end(&self) {
        self.now().asked = false;
        self.ended.notify_all();
    }

    /// Begins a long read, after a cleaning that was asked for.
    pub(super) fn read(&self) -> Reading<'_> {
        let now = self.ended.wait_while(self.now(), |now| now.asked);
        now.unwrap_or_else(PoisonError::into_inner).readers += 1;
        Reading(self)
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.0.now().readers -= 1;
    }
}

impl super::LogStore {
    /// Reserves the file for a [`super::StoreWrite::Compact`] to come; false while a backup is read
    /// from it: it would have to end first, and everybody would wait for both.
    pub fn ask_for_cleaning(&self) -> bool {
        self.cleaning.ask()
    }
}

fn compact(handle: &mut redb::Database) -> Result<(), redb::Error> {
    let mut tries = 0;
    loop {
        match handle.compact() {
            Ok(_) => return Ok(()),
            Err(CompactionError::TransactionInProgress) if tries < TRIES_MAX => {}
            Err(error) => return Err(error.into()),
        }
        tries += 1;
        std::thread::sleep(TRY_EVERY);
    }
}

/// Takes free pages until there are none and the file grows; a kill in between leaves a table that
/// the next time takes away.
fn fill(handle: &redb::Database, file: &Path) -> Result<(), redb::Error> {
    let before = length(file)?;
    let mut next = 0;
    while length(file)? <= before {
        let transaction = handle.begin_write()?;
        {
            let mut table = transaction.open_table(FILL)?;
            for key in next..next + FILLERS_PER_COMMIT {
                table.insert(key, FILLER.as_slice())?;
            }
        }
        transaction.commit()?;
        killing::moment("filling");
        next += FILLERS_PER_COMMIT;
    }
    let transaction = handle.begin_write()?;
    transaction.delete_table(FILL)?;
    transaction.commit()?;
    Ok(())
}
