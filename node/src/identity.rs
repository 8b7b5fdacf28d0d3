//! The data directory and the site's keys. Every other file of the directory belongs to the store;
//! nothing here knows what a space is.
//!
//! | file | what | in backups |
//! | --- | --- | --- |
//! | `identity.key` | the site's long-lived key | yes, guarded like a password |
//! | `certificate` | the site's signed list of its writer keys | yes |
//! | `writer.key` | the key that signs the current life's logs | never |
//! | `storage.key` | the site key, which opens `log.redb` (`crate::keys`) | apart from it |
//! | `joining` | the directory belongs to a join that has not ended | no |
//! | `lock` | held by the one process that uses the directory | no |
//!
//! A restored site must not write on in logs whose end it may have lost: without its writer key it
//! begins new ones by construction.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use bocage_crdt::ids::{NodeId, WriterKey, derive};
use bocage_protocol::certificate::NodeCertificate;
use ed25519_dalek::SigningKey;
use zeroize::Zeroizing;

use crate::failure::{Failure, Kind};
use crate::secret::Seed;

/// The site's long-lived key.
pub const IDENTITY_FILE: &str = "identity.key";
/// The key of the current life.
pub const WRITER_FILE: &str = "writer.key";
/// The list of lives.
pub const CERTIFICATE_FILE: &str = "certificate";
/// What people wrote; the store's business, but its presence says that a site lives here.
pub const LOG_FILE: &str = "log.redb";
/// There from the first word of a join to its last: until then these keys may be in a realm or not.
pub const JOINING_FILE: &str = "joining";
/// Held while a process uses the directory.
pub const LOCK_FILE: &str = "lock";

const CERTIFICATE_MAGIC: &[u8] = b"bocage certificate 1\n";
/// 256 writer keys of 32 bytes, and the signature: 9 KiB.
const CERTIFICATE_BYTES_MAX: u64 = 64 << 10;
/// A key file is one line of 100 characters.
const KEY_FILE_BYTES_MAX: u64 = 1 << 10;

/// A data directory that this process alone uses, until the value is dropped.
#[derive(Debug)]
pub struct DataDirectory {
    path: PathBuf,
    _lock: File,
}

impl DataDirectory {
    /// Makes the directory if need be (mode 0700), and locks it.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => {
                return Err(Failure::new(
                    Kind::DataDirectory,
                    format!(
                        "{} is not a directory; choose another with --data-dir",
                        path.display()
                    ),
                ));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(path)
                .map_err(|error| Failure::file("create", path, &error))?,
            Err(error) => return Err(Failure::file("read", path, &error)),
        }
        let lock = lock(&path.join(LOCK_FILE), path)?;
        Ok(Self {
            path: path.to_owned(),
            _lock: lock,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Whether a site lives here, be it without its key: its log must not become another site's.
    pub fn has_site(&self) -> bool {
        let marks = [IDENTITY_FILE, CERTIFICATE_FILE, LOG_FILE];
        marks.iter().any(|name| self.file(name).exists())
    }
}

/// The lock is the kernel's: it ends with the process, however that ends, so none is ever stale.
fn lock(path: &Path, directory: &Path) -> Result<File, Failure> {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(|error| Failure::file("write", path, &error))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // The number is a courtesy: without it the message still says what to do.
            let _ = file.read_to_string(&mut holder);
            let holder = match holder.trim() {
                "" => String::new(),
                number => format!(" (process {number})"),
            };
            return Err(Failure::new(
                Kind::AlreadyRunning,
                format!(
                    "another bocage{holder} uses {}; stop it first, or choose another directory \
                     with --data-dir",
                    directory.display()
                ),
            ));
        }
        Err(TryLockError::Error(error)) => return Err(Failure::file("lock", path, &error)),
    }
    let written = file
        .set_len(0)
        .and_then(|()| writeln!(file, "{}", std::process::id()));
    written.map_err(|error| Failure::file("write", path, &error))?;
    Ok(file)
}

/// The site's keys.
#[derive(Debug)]
pub struct Identity {
    /// Signs the certificate and realm operations; also the network key.
    pub node_key: SigningKey,
    /// Signs the logs of this life.
    pub writer_key: SigningKey,
    /// The list of lives; the last one is `writer_key`'s.
    pub certificate: NodeCertificate,
    /// Whether this start began a new life, because there was no usable writer key: other sites
    /// must hear of the new certificate before the first entry.
    pub new_life: bool,
}

impl Identity {
    /// The site.
    pub fn node(&self) -> NodeId {
        self.certificate.node
    }

    /// The keys of a join: those of an attempt whose answer was lost, which the realm may know, else
    /// new ones. Refuses a directory with a site.
    pub fn for_joining(
        directory: &DataDirectory,
        node: Seed,
        writer: Seed,
    ) -> Result<Self, Failure> {
        let (begun, key) = (directory.file(JOINING_FILE), directory.file(IDENTITY_FILE));
        if begun.exists() && key.exists() {
            return Self::load(directory, writer);
        }
        if !directory.has_site() {
            write_whole(&begun, b"Run \"bocage join\" again to finish joining.\n")?;
        }
        Self::create(directory, node, writer)
    }

    /// A new site. `node` and `writer` are fresh random seeds. Refuses a directory with a site.
    pub fn create(directory: &DataDirectory, node: Seed, writer: Seed) -> Result<Self, Failure> {
        if directory.has_site() {
            return Err(Failure::new(
                Kind::DataDirectory,
                format!(
                    "there is a site in {} already; start it with \"bocage run\", or choose an \
                     empty directory with --data-dir",
                    directory.path.display()
                ),
            ));
        }
        let node_key = SigningKey::from_bytes(&node.0);
        write_key(&directory.file(IDENTITY_FILE), "site", &node_key)?;
        begin_life(directory, node_key, Vec::new(), writer)
    }

    /// The site of the directory. `writer` is a fresh seed, used when a new life begins: when the
    /// writer key is missing (a restore), or is not the last one of the certificate.
    pub fn load(directory: &DataDirectory, writer: Seed) -> Result<Self, Failure> {
        let path = directory.file(IDENTITY_FILE);
        let node_key = read_key(&path, "site")?.ok_or_else(|| {
            if directory.has_site() {
                return Failure::missing(&path);
            }
            Failure::new(
                Kind::DataDirectory,
                format!(
                    "there is no site in {}; found a realm with \"bocage init\", or join one with \
                     \"bocage join\"",
                    directory.path.display()
                ),
            )
        })?;
        let Some(certificate) = read_certificate(&directory.file(CERTIFICATE_FILE), &node_key)?
        else {
            // Creation was cut short after its first file, or a restore left this one out: either
            // way no earlier life can be vouched for, and the realm's log knows any there were.
            return begin_life(directory, node_key, Vec::new(), writer);
        };
        let known = read_key(&directory.file(WRITER_FILE), "writer")?;
        match known.filter(|key| certificate.writers.last() == Some(&public(key))) {
            Some(writer_key) => Ok(Self {
                node_key,
                writer_key,
                certificate,
                new_life: false,
            }),
            None => begin_life(directory, node_key, certificate.writers, writer),
        }
    }
}

fn public(key: &SigningKey) -> WriterKey {
    WriterKey(key.verifying_key().to_bytes())
}

/// A new life of a running site: fresh writer key and longer certificate, on disk already.
pub(crate) fn renew(
    directory: &Path,
    node_key: &SigningKey,
    mut writers: Vec<WriterKey>,
) -> Result<(SigningKey, NodeCertificate), Failure> {
    let writer_key = SigningKey::from_bytes(&Seed::fresh().0);
    writers.push(public(&writer_key));
    let certificate = NodeCertificate::sign(node_key, writers);
    write_life(directory, &writer_key, &certificate)?;
    Ok((writer_key, certificate))
}

/// The certificate is written first: a crash in between costs one unused life, while the other
/// order could leave a key whose use nobody knows of.
fn begin_life(
    directory: &DataDirectory,
    node_key: SigningKey,
    mut writers: Vec<WriterKey>,
    seed: Seed,
) -> Result<Identity, Failure> {
    let writer_key = SigningKey::from_bytes(&seed.0);
    writers.push(public(&writer_key));
    let certificate = NodeCertificate::sign(&node_key, writers);
    write_life(&directory.path, &writer_key, &certificate)?;
    Ok(Identity {
        node_key,
        writer_key,
        certificate,
        new_life: true,
    })
}

/// Keeps a certificate of the present life.
pub(crate) fn keep_life(
    directory: &Path,
    writer_key: &SigningKey,
    certificate: &NodeCertificate,
) -> Result<(), Failure> {
    write_life(directory, writer_key, certificate)
}

fn write_life(
    directory: &Path,
    writer_key: &SigningKey,
    certificate: &NodeCertificate,
) -> Result<(), Failure> {
    if !certificate.is_valid() {
        return Err(Failure::new(
            Kind::DataDamaged,
            "this site has begun too many lives (restores without a writer key): retire it and \
             join the realm as a new site",
        ));
    }
    let mut bytes = CERTIFICATE_MAGIC.to_vec();
    // A list of keys and a signature: postcard into a vector cannot fail for them.
    bytes.extend(postcard::to_stdvec(certificate).expect("a certificate always encodes"));
    write_whole(&directory.join(CERTIFICATE_FILE), &bytes)?;
    write_key(&directory.join(WRITER_FILE), "writer", writer_key)
}

fn read_certificate(path: &Path, node: &SigningKey) -> Result<Option<NodeCertificate>, Failure> {
    let Some(bytes) = read_whole(path, CERTIFICATE_BYTES_MAX)? else {
        return Ok(None);
    };
    let certificate = bytes
        .strip_prefix(CERTIFICATE_MAGIC)
        .and_then(|body| postcard::from_bytes::<NodeCertificate>(body).ok())
        .filter(NodeCertificate::is_valid)
        .ok_or_else(|| Failure::damaged(path, "it does not hold a certificate that verifies"))?;
    if certificate.node.0 != node.verifying_key().to_bytes() {
        return Err(Failure::damaged(
            path,
            "it is another site's than identity.key",
        ));
    }
    Ok(Some(certificate))
}

fn checksum(kind: &str, hex: &str) -> String {
    let bytes: [u8; 4] = derive("bocage 1 key file", &[kind.as_bytes(), hex.as_bytes()]);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One line of text, with a checksum: a flipped bit would otherwise be another site's key.
fn write_key(path: &Path, kind: &str, key: &SigningKey) -> Result<(), Failure> {
    write_secret(path, kind, &Zeroizing::new(key.to_bytes()))
}

fn read_key(path: &Path, kind: &str) -> Result<Option<SigningKey>, Failure> {
    let read = read_secret(path, kind)?;
    Ok(read.map(|seed| SigningKey::from_bytes(&seed)))
}

/// A key file of 32 secret bytes.
pub(crate) fn write_secret(path: &Path, kind: &str, secret: &[u8; 32]) -> Result<(), Failure> {
    let hex = Zeroizing::new(NodeId(*secret).to_string());
    let sum = checksum(kind, &hex);
    let line = Zeroizing::new(format!("bocage {kind} key 1 {} {sum}\n", *hex));
    write_whole(path, line.as_bytes())
}

/// What [`write_secret`] wrote; `None` when there is no file.
pub(crate) fn read_secret(path: &Path, kind: &str) -> Result<Option<Zeroizing<[u8; 32]>>, Failure> {
    let Some(bytes) = read_whole(path, KEY_FILE_BYTES_MAX)? else {
        return Ok(None);
    };
    let secret = secret_of_line(&Zeroizing::new(bytes), kind)
        .ok_or_else(|| Failure::damaged(path, "it does not hold a key"))?;
    Ok(Some(secret))
}

/// The secret of a key file's line.
pub(crate) fn secret_of_line(line: &[u8], kind: &str) -> Option<Zeroizing<[u8; 32]>> {
    std::str::from_utf8(line)
        .ok()?
        .strip_prefix(&format!("bocage {kind} key 1 "))
        .and_then(|rest| rest.trim_end().split_once(' '))
        .filter(|(hex, sum)| *sum == checksum(kind, hex))
        .and_then(|(hex, _)| hex.parse::<NodeId>().ok())
        .map(|seed| Zeroizing::new(seed.0))
}

fn read_whole(path: &Path, bytes_max: u64) -> Result<Option<Vec<u8>>, Failure> {
    let failed = |error| Failure::file("read", path, &error);
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mode = file.metadata().map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(Failure::new(
            Kind::DataDirectory,
            format!(
                "{0} can be read by other users of this machine (mode {1:03o}); close it with \
                 \"chmod 600 {0}\", and think about who may have a copy",
                path.display(),
                mode & 0o777
            ),
        ));
    }
    let mut bytes = Vec::new();
    file.take(bytes_max + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > bytes_max {
        return Err(Failure::damaged(path, "it is far too long"));
    }
    Ok(Some(bytes))
}

/// All or nothing, also through a power cut: a new file is synced, then takes the name, and the
/// directory is synced so that the name is kept.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |error| Failure::file("write", path, &error);
    let temporary = path.with_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&temporary)
        .map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    fs::rename(&temporary, path).map_err(failed)?;
    let directory = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))
        .and_then(|directory| directory.sync_all())
        .map_err(failed)
}

#[cfg(test)]
mod tests;
