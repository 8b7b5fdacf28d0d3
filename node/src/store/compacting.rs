//! A redb file that can be compacted while others use it.
//!
//! What redb frees it keeps for reuse, with the old bytes in it: of 2,000 deleted strings 840 were
//! still in the file. Compaction moves what lives to the front and cuts the rest off. It needs the
//! file for itself, so it waits for a moment without a reader; who comes meanwhile waits for it.

use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use redb::{CompactionError, ReadableDatabase};

/// Looks for the end of reads that have begun: 10 s is a fault of ours, and ends the site with a
/// message rather than stopping it for ever.
const TRIES_MAX: u32 = 2_000;
/// Between two tries: longer than one row is read, shorter than a person notices.
const TRY_EVERY: Duration = Duration::from_millis(5);

/// The file. Transactions are begun as on redb's own handle.
pub(crate) struct Database(RwLock<redb::Database>);

impl Database {
    pub(super) fn new(database: redb::Database) -> Self {
        Self(RwLock::new(database))
    }

    pub(super) fn begin_read(&self) -> Result<redb::ReadTransaction, redb::TransactionError> {
        // A panic under the lock left redb's handle as it was: it guards itself.
        let database = self.0.read().unwrap_or_else(PoisonError::into_inner);
        database.begin_read()
    }

    pub(super) fn begin_write(&self) -> Result<redb::WriteTransaction, redb::TransactionError> {
        let database = self.0.read().unwrap_or_else(PoisonError::into_inner);
        database.begin_write()
    }

    /// Compacts the file. Reads that have begun end within milliseconds, and none begins
    /// meanwhile: nobody reads from within a read.
    pub(super) fn compact(&self) -> Result<(), redb::Error> {
        let mut database = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let mut tries = 0;
        loop {
            match database.compact() {
                Ok(_) => return Ok(()),
                Err(CompactionError::TransactionInProgress) if tries < TRIES_MAX => {}
                Err(error) => return Err(error.into()),
            }
            tries += 1;
            std::thread::sleep(TRY_EVERY);
        }
    }
}
