//! Sealed backups: one file that holds a site as it was at one moment, and nothing in clear but how
//! to open it. Layout in `docs/storage.md`.
//!
//! Reading order: [`stream`] is the sealed file, [`record`] what is in it, [`write`] and
//! [`restore`] the two ways.

mod record;
mod restore;
mod stream;
mod write;

pub use record::Manifest;
pub(crate) use record::Record;
pub(crate) use record::read_again;
pub use restore::restore;
pub use stream::BackupKey;
pub use write::{Written, write};

use std::path::Path;

use crate::failure::{Failure, Kind};

/// A backup that cannot be used, by name. Nothing was changed.
fn unusable(file: &Path, what: &str) -> Failure {
    Failure::new(
        Kind::DataDamaged,
        format!(
            "the backup {} cannot be used: {what}. Nothing was written",
            file.display()
        ),
    )
}

#[cfg(test)]
mod tests;
