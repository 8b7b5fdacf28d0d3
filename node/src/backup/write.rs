//! Writing a backup: one read transaction of `log.redb`, beside a site that goes on working.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::record::{Manifest, Record, put};
use super::stream::{BackupKey, Sealing};
use crate::failure::{Failure, Kind};
use crate::identity::{CERTIFICATE_FILE, IDENTITY_FILE};
use crate::store::{LogStore, StoreError};

/// Files of the data directory that a backup holds. Never `writer.key` (a restored site must not
/// write on in old logs), never `storage.key` (the backup has a key of its own), never what is
/// made anew.
const FILES: [&str; 8] = [
    IDENTITY_FILE,
    CERTIFICATE_FILE,
    "site",
    crate::config::FILE,
    "tls/authority.pem",
    "tls/authority.key",
    "tls/site.pem",
    "tls/site.key",
];
/// What a site cannot be restored without.
const NEEDED: [&str; 2] = [IDENTITY_FILE, CERTIFICATE_FILE];

/// A backup was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Written {
    /// Entries in it.
    pub entries: u64,
    /// Size of the file.
    pub bytes: u64,
}

/// Writes the backup of a site to `file`, which must not exist: it takes its name when it is whole
/// and on the disk.
pub fn write(
    file: &Path,
    key: &BackupKey,
    directory: &Path,
    store: &LogStore,
    manifest: Manifest,
) -> Result<Written, Failure> {
    if file.exists() {
        return Err(Failure::new(
            Kind::Usage,
            format!("{} is there already: choose another name", file.display()),
        ));
    }
    let mut part = file.as_os_str().to_owned();
    part.push(".part");
    let part = Path::new(&part);
    let failed = |error: io::Error| Failure::file("write", file, &error);
    let out = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(part)
        .map_err(failed)?;
    let written = fill(out, key, directory, store, manifest, file);
    let done = written.and_then(|written| {
        fs::rename(part, file).map_err(failed)?;
        let folder = file
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))
            .and_then(|folder| folder.sync_all())
            .map_err(failed)?;
        Ok(written)
    });
    if done.is_err() {
        // Half a backup is of no use to anybody.
        let _ = fs::remove_file(part);
    }
    done
}

fn fill(
    out: File,
    key: &BackupKey,
    directory: &Path,
    store: &LogStore,
    manifest: Manifest,
    file: &Path,
) -> Result<Written, Failure> {
    let failed = |error: io::Error| Failure::file("write", file, &error);
    let mut out = Sealing::begin(BufWriter::new(out), key).map_err(failed)?;
    let (mut records, mut entries) = (0u64, 0u64);
    put(&mut out, &Record::Manifest(manifest)).map_err(failed)?;
    records += 1;
    // Before the rows: the configuration says where a restored site's key is to be.
    for name in FILES {
        let path = directory.join(name);
        match fs::read(&path) {
            Ok(bytes) => {
                put(&mut out, &Record::File(name.to_owned(), bytes)).map_err(failed)?;
                records += 1;
            }
            Err(error) if error.kind() == ErrorKind::NotFound && !NEEDED.contains(&name) => {}
            Err(error) => return Err(Failure::file("read", &path, &error)),
        }
    }
    let exported = store.export(|record| {
        entries += u64::from(matches!(record, Record::Entry(..)));
        records += 1;
        put(&mut out, &record)
    });
    match exported {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return Err(failed(error)),
        Err(error) => return Err(damaged(&error)),
    }
    put(&mut out, &Record::End(records)).map_err(failed)?;
    let mut out = out.end().map_err(failed)?;
    out.flush().map_err(failed)?;
    let out = out
        .into_inner()
        .map_err(|error| failed(error.into_error()))?;
    out.sync_all().map_err(failed)?;
    let bytes = out.metadata().map_err(failed)?.len();
    Ok(Written { entries, bytes })
}

fn damaged(error: &StoreError) -> Failure {
    Failure::new(Kind::DataDamaged, error.to_string())
}
