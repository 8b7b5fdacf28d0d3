//! What a site keeps on disk. `log.redb` is the truth; `state.redb` can be rebuilt from it.
//!
//! Writes go through one [`Committer`] thread: what arrived while the last commit ran goes into
//! the next one (group commit without a timer). Every value is sealed with a data key of its space
//! and bound to its place: without the site key nothing can be read, and a flipped byte is noticed
//! when it is read, named, and never served.
//!
//! Reading order: [`log_store`], `entries`, `tables`, `sealed`, `keyring`; `rotation` changes keys,
//! `export` feeds backups, `compacting` cleans the files, `convert` is for older ones, `unreadable`
//! is what the disk damaged; at the moments of `killing` tests end the process.

mod committer;
mod compacting;
mod convert;
mod entries;
mod export;
mod keyring;
mod killing;
mod log_store;
mod rotation;
mod rows;
mod sealed;
mod state_store;
mod tables;
mod tagged;
mod unreadable;

pub use committer::{Committer, Durable, Ticket};
pub use entries::LogEnd;
pub use keyring::Keyring;
pub use log_store::LogStore;
pub use rotation::{KeyReport, reseal, reseal_aside};
pub use rows::{
    AccountRow, EntryPlace, ErasureRow, LiveRow, Loaded, LogNumber, LogRow, OTHER_BRANCHES,
    SessionRow, SpaceNumber, StoreWrite,
};
pub use sealed::seal_and_open;
pub(crate) use sealed::{open_sample, seal_sample};
pub use state_store::{AppliedRow, StateStore, StateWrite};

use std::path::{Path, PathBuf};

use crate::keys::KeyError;

/// Memory redb may use for its cache, per file: rows are small, the kernel caches the file too.
const CACHE_BYTES: usize = 8 << 20;

/// Why the store cannot be used. Messages name the file and the way back.
#[derive(Debug)]
pub enum StoreError {
    /// Another process has the file open.
    InUse(PathBuf),
    /// The file's content is damaged.
    Damaged {
        /// The file.
        file: PathBuf,
        /// What does not fit.
        what: String,
    },
    /// The disk is full.
    Full(PathBuf),
    /// Written by a later version of the program.
    Newer {
        /// The file.
        file: PathBuf,
        /// The format found.
        found: u32,
    },
    /// The site key is missing or wrong.
    Key(KeyError),
    /// Any other failure of the disk.
    Io {
        /// The file.
        file: PathBuf,
        /// What the system said.
        what: String,
    },
}

impl std::fmt::Display for StoreError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::InUse(file) => write!(
                out,
                "{} is in use by another process: stop it first, a data directory serves one site",
                file.display()
            ),
            Self::Damaged { file, what } => write!(
                out,
                "{} is damaged ({what}). Nothing was repaired or changed. Way back: if it is \
                 state.redb, run `bocage rebuild`; if it is log.redb, move the file away, restore \
                 the last backup and start again: the other sites send what is newer",
                file.display()
            ),
            Self::Full(file) => write!(
                out,
                "the disk of {} is full: free some room and start again; nothing acknowledged is lost",
                file.display()
            ),
            Self::Newer { file, found } => write!(
                out,
                "{} has format {found}, written by a newer Bocage: install that version",
                file.display()
            ),
            Self::Key(error) => out.write_str(&error.0.message),
            Self::Io { file, what } => write!(out, "{} cannot be used: {what}", file.display()),
        }
    }
}

impl std::error::Error for StoreError {}

/// Turns redb's families of errors into ours.
pub(crate) fn store_error(file: &Path, error: impl Into<redb::Error>) -> StoreError {
    let file = file.to_path_buf();
    match error.into() {
        redb::Error::DatabaseAlreadyOpen => StoreError::InUse(file),
        redb::Error::Corrupted(what) => StoreError::Damaged { file, what },
        redb::Error::UpgradeRequired(found) => StoreError::Newer {
            file,
            found: found.into(),
        },
        redb::Error::Io(error) => match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                StoreError::Full(file)
            }
            std::io::ErrorKind::InvalidData => StoreError::Damaged {
                file,
                what: error.to_string(),
            },
            _ => StoreError::Io {
                file,
                what: error.to_string(),
            },
        },
        other => StoreError::Io {
            file,
            what: other.to_string(),
        },
    }
}

/// Opens or makes a redb file with our cache size. redb's own check of an unclean file can panic
/// on damage it did not foresee; that too is reported as damage.
pub(crate) fn open_database(file: &Path) -> Result<compacting::Database, StoreError> {
    let open = || {
        redb::Database::builder()
            .set_cache_size(CACHE_BYTES)
            .create(file)
    };
    match std::panic::catch_unwind(open) {
        Ok(Ok(database)) => Ok(compacting::Database::new(database, file)),
        Ok(Err(error)) => Err(store_error(file, error)),
        Err(_) => {
            let what = "its structure cannot be read".to_owned();
            Err(StoreError::Damaged {
                file: file.to_path_buf(),
                what,
            })
        }
    }
}

#[cfg(test)]
mod tests;
