//! Restoring: the whole backup is read and checked before anything is written; the new data
//! directory takes its name when it is whole.

use std::fs::{self, File};
use std::io::{BufReader, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::record::{Manifest, Record, take};
use super::stream::{Opening, open};
use super::unusable;
use crate::config;
use crate::failure::{Failure, Kind};
use crate::identity::{self, CERTIFICATE_FILE, IDENTITY_FILE};
use crate::keys::Opener;
use crate::store::{LogStore, StoreWrite};

/// Rows per transaction: bounds memory.
const ROWS_PER_COMMIT: usize = 2_000;

/// Restores a backup into `directory`, which must not exist or be empty.
pub fn restore(
    file: &Path,
    key_file: Option<&Path>,
    directory: &Path,
) -> Result<Manifest, Failure> {
    if let Ok(mut found) = fs::read_dir(directory)
        && found.next().is_some()
    {
        return Err(Failure::new(
            Kind::DataDirectory,
            format!(
                "{} is not empty: restore into a new directory with --data-dir",
                directory.display()
            ),
        ));
    }
    // Read twice: checked to its last byte first, without a trace on the disk.
    let (manifest, mut backup) = check(file, key_file)?;
    let part = part_of(directory)?;
    if part.exists() {
        fs::remove_dir_all(&part).map_err(|error| Failure::file("remove", &part, &error))?;
    }
    let made = fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&part);
    made.map_err(|error| Failure::file("create", &part, &error))?;
    let filled = fill(&mut backup, file, &part).and_then(|()| {
        if directory.exists() {
            fs::remove_dir(directory)
                .map_err(|error| Failure::file("replace", directory, &error))?;
        }
        fs::rename(&part, directory).map_err(|error| Failure::file("create", directory, &error))
    });
    if let Err(failure) = filled {
        let _ = fs::remove_dir_all(&part);
        return Err(failure);
    }
    Ok(manifest)
}

/// Beside the directory, so that taking its name is one step.
fn part_of(directory: &Path) -> Result<PathBuf, Failure> {
    let name = directory.file_name().ok_or_else(|| {
        let message = format!("{} is no name of a directory", directory.display());
        Failure::new(Kind::Usage, message)
    })?;
    let mut part = name.to_owned();
    part.push(".restoring");
    Ok(directory.with_file_name(part))
}

type Backup = Opening<BufReader<File>>;

fn begin(file: &Path, key_file: Option<&Path>) -> Result<Backup, Failure> {
    let opened = File::open(file).map_err(|error| Failure::file("read", file, &error))?;
    open(BufReader::new(opened), file, key_file)
}

/// Reads everything; says what it is of, and gives the backup once more from its beginning.
fn check(file: &Path, key_file: Option<&Path>) -> Result<(Manifest, Backup), Failure> {
    let mut backup = begin(file, key_file)?;
    let cannot = |error: std::io::Error| match error.kind() {
        ErrorKind::InvalidData | ErrorKind::UnexpectedEof => unusable(file, &error.to_string()),
        _ => Failure::file("read", file, &error),
    };
    let Record::Manifest(manifest) = take(&mut backup).map_err(cannot)? else {
        return Err(unusable(file, "it does not say what it is of"));
    };
    let mut read = 1u64;
    let mut needed = vec![IDENTITY_FILE, CERTIFICATE_FILE];
    loop {
        match take(&mut backup).map_err(cannot)? {
            Record::End(records) => {
                if records != read || !needed.is_empty() {
                    return Err(unusable(file, "it is not whole"));
                }
                break;
            }
            Record::File(name, _) => {
                if !is_plain(&name) {
                    return Err(unusable(file, "it names a file outside of the directory"));
                }
                needed.retain(|one| *one != name);
            }
            Record::Manifest(_) => return Err(unusable(file, "it is of two sites")),
            row => {
                StoreWrite::of_record(row).map_err(|what| unusable(file, &what))?;
            }
        }
        read += 1;
    }
    match backup.ended() {
        Ok(true) => {}
        Ok(false) => return Err(unusable(file, "something stands after its end")),
        Err(error) => return Err(cannot(error)),
    }
    backup = begin_again(&backup, file)?;
    Ok((manifest, backup))
}

fn begin_again(backup: &Backup, file: &Path) -> Result<Backup, Failure> {
    let opened = File::open(file).map_err(|error| Failure::file("read", file, &error))?;
    backup
        .again(BufReader::new(opened))
        .map_err(|error| Failure::file("read", file, &error))
}

/// A name of this directory or of `tls` in it.
fn is_plain(name: &str) -> bool {
    let bare = name.strip_prefix("tls/").unwrap_or(name);
    !bare.is_empty() && !bare.starts_with('.') && !bare.contains('/')
}

fn fill(backup: &mut Backup, file: &Path, part: &Path) -> Result<(), Failure> {
    let changed = |_| unusable(file, "it changed while it was read");
    let mut rows = Vec::new();
    let mut store: Option<LogStore> = None;
    loop {
        let record = take(backup).map_err(changed)?;
        let write = match record {
            Record::End(_) => break,
            Record::File(name, bytes) => {
                write_file(part, &name, &bytes)?;
                continue;
            }
            row => match StoreWrite::of_record(row).map_err(|what| unusable(file, &what))? {
                Some(write) => write,
                None => continue,
            },
        };
        rows.push(write);
        if rows.len() >= ROWS_PER_COMMIT {
            commit(&mut store, part, std::mem::take(&mut rows))?;
        }
    }
    commit(&mut store, part, rows)?;
    drop(store);
    let synced = File::open(part).and_then(|folder| folder.sync_all());
    synced.map_err(|error| Failure::file("write", part, &error))
}

fn commit(store: &mut Option<LogStore>, part: &Path, rows: Vec<StoreWrite>) -> Result<(), Failure> {
    let failed = |error: crate::store::StoreError| match error {
        crate::store::StoreError::Key(error) => error.0,
        other => Failure::new(Kind::DataDirectory, other.to_string()),
    };
    let store = match store {
        Some(store) => store,
        None => {
            // Files stand before the rows: the configuration says where the site key is to be.
            let (config, _) = config::load(&part.join(config::FILE), false)?;
            let opener = Opener::new(part, config.storage.key.as_ref());
            store.insert(LogStore::open(part, &opener).map_err(failed)?)
        }
    };
    store.commit(rows).map_err(failed)
}

fn write_file(part: &Path, name: &str, bytes: &[u8]) -> Result<(), Failure> {
    let path = part.join(name);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| Failure::file("create", folder, &error))?;
    }
    identity::write_whole(&path, bytes)?;
    let private = fs::Permissions::from_mode(0o600);
    fs::set_permissions(&path, private).map_err(|error| Failure::file("write", &path, &error))
}
