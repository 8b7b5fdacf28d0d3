//! Finds the site key of a store, or makes the first one.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use zeroize::Zeroizing;

use super::passphrase::{self, STORAGE, stretched};
use super::{KEY_FILE, KEY_KIND, KeyError, KeySource, Lock, SiteKey, Stretch};
use crate::failure::{Failure, Kind};
use crate::identity;

/// Where systemd puts what the unit file names in `LoadCredential`.
const CREDENTIALS_DIRECTORY: &str = "CREDENTIALS_DIRECTORY";
/// A key is one line of 100 characters.
const CREDENTIAL_BYTES_MAX: usize = 1 << 10;

/// Opens the store of one data directory. Remembers the key, so that nobody types twice.
#[derive(Debug)]
pub struct Opener {
    directory: PathBuf,
    configured: Option<KeySource>,
    known: Mutex<Option<(SiteKey, Lock)>>,
}

impl Opener {
    /// `configured` is the setting `storage.key`.
    pub fn new(directory: &Path, configured: Option<&KeySource>) -> Self {
        Self {
            directory: directory.to_owned(),
            configured: configured.cloned(),
            known: Mutex::new(None),
        }
    }

    fn known(&self) -> Option<(SiteKey, Lock)> {
        // Set whole or not at all: what another thread's panic left is still a key.
        let known = self.known.lock().unwrap_or_else(|held| held.into_inner());
        known.clone()
    }

    fn remember(&self, key: &SiteKey, lock: &Lock) {
        let mut known = self.known.lock().unwrap_or_else(|held| held.into_inner());
        *known = Some((key.clone(), lock.clone()));
    }

    /// The configured source, else a file in the data directory.
    fn first_source(&self) -> KeySource {
        let default = || KeySource::File(KEY_FILE.into());
        self.configured.clone().unwrap_or_else(default)
    }

    /// The key and lock of a store that has none yet. A key file that is there already is used: an
    /// earlier attempt may have made it.
    pub fn make(&self) -> Result<(SiteKey, Lock), KeyError> {
        if let Some(known) = self.known() {
            return Ok(known);
        }
        self.make_at(&self.first_source())
    }

    /// The next key of a source, for a store that is open: a file's is written beside it, and
    /// takes its place in [`Opener::settle`].
    pub(crate) fn next(&self, source: &KeySource) -> Result<(SiteKey, Lock), KeyError> {
        let (key, stretch) = match source {
            KeySource::File(path) => {
                let key = SiteKey::fresh();
                write_key_file(&next_of(&self.directory.join(path)), &key)?;
                (key, None)
            }
            KeySource::Passphrase => {
                let stretch = Stretch::fresh();
                (
                    stretched(&passphrase::new(&STORAGE)?, &stretch)?,
                    Some(stretch),
                )
            }
            KeySource::Credential(name) => {
                return Err(KeyError(Failure::new(
                    Kind::Usage,
                    format!(
                        "a credential is not this program's to write: make another one, then \
                         \"bocage keys move --to credential:NAME\" (now {name})"
                    ),
                )));
            }
        };
        let source = source.clone();
        let lock = Lock {
            id: key.id(),
            source,
            stretch,
        };
        Ok((key, lock))
    }

    /// The store has changed over to what [`Opener::next`] made.
    pub(crate) fn settle(&self, lock: &Lock) -> Result<(), KeyError> {
        match &lock.source {
            KeySource::File(path) => take_next(&self.directory.join(path), lock).map(drop),
            _ => Ok(()),
        }
    }

    /// A key at a source: the one that lies there, else a new one.
    pub(crate) fn make_at(&self, source: &KeySource) -> Result<(SiteKey, Lock), KeyError> {
        let (key, stretch) = match source {
            KeySource::File(path) => {
                let path = self.directory.join(path);
                match identity::read_secret(&path, KEY_KIND).map_err(KeyError)? {
                    Some(bytes) => (SiteKey::new(bytes), None),
                    None => {
                        let key = SiteKey::fresh();
                        write_key_file(&path, &key)?;
                        (key, None)
                    }
                }
            }
            KeySource::Passphrase => {
                let stretch = Stretch::fresh();
                (
                    stretched(&passphrase::new(&STORAGE)?, &stretch)?,
                    Some(stretch),
                )
            }
            KeySource::Credential(name) => (credential(name)?, None),
        };
        let lock = Lock {
            id: key.id(),
            source: source.clone(),
            stretch,
        };
        self.remember(&key, &lock);
        Ok((key, lock))
    }

    /// The key that opens a store.
    pub(crate) fn unlock(&self, lock: &Lock) -> Result<SiteKey, KeyError> {
        if let Some((key, known)) = self.known()
            && known.id == lock.id
        {
            return Ok(key);
        }
        let source = self.configured.as_ref().unwrap_or(&lock.source);
        let key = match source {
            KeySource::File(path) => {
                let path = self.directory.join(path);
                if let Some(key) = take_next(&path, lock)? {
                    self.remember(&key, lock);
                    return Ok(key);
                }
                let read = identity::read_secret(&path, KEY_KIND).map_err(closed)?;
                SiteKey::new(read.ok_or_else(|| {
                    KeyError::new(format!(
                        "the site key {} is missing, and nothing here can be read without it. \
                         Nothing was changed: put it back, or name where it is in storage.key",
                        path.display()
                    ))
                })?)
            }
            KeySource::Passphrase => match &lock.stretch {
                Some(stretch) => stretched(&passphrase::current(&STORAGE)?, stretch)?,
                None => return Err(elsewhere(source, lock)),
            },
            KeySource::Credential(name) => credential(name)?,
        };
        if key.id() != lock.id {
            return Err(match (source, *source == lock.source) {
                (KeySource::Passphrase, _) => KeyError::new(
                    "this is not the passphrase of this site's storage. Nothing was changed",
                ),
                (_, true) => KeyError::new(format!(
                    "the key at {source} is another site's, or an older one. Nothing was changed: \
                     put back the one that \"bocage keys status\" told last"
                )),
                (_, false) => elsewhere(source, lock),
            });
        }
        self.remember(&key, lock);
        Ok(key)
    }
}

/// Damage of a key file is a matter of the key.
fn closed(failure: Failure) -> KeyError {
    KeyError(Failure {
        kind: match failure.kind {
            Kind::DataDamaged => Kind::SiteKey,
            other => other,
        },
        ..failure
    })
}

fn elsewhere(source: &KeySource, lock: &Lock) -> KeyError {
    KeyError::new(format!(
        "storage.key says {source}, but this site's key is at {}. Nothing was changed: correct \
         the setting, or leave it out, then move the key with \"bocage keys move --to {source}\"",
        lock.source
    ))
}

/// Where a key file's next key lies while the store changes over to it.
pub(crate) fn next_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".next");
    name.into()
}

/// A rotation that was cut off after the store changed over: the next key takes its place.
fn take_next(path: &Path, lock: &Lock) -> Result<Option<SiteKey>, KeyError> {
    let next = next_of(path);
    // A file that cannot be read, or is cut off, is of a rotation that did not come to this.
    let read = identity::read_secret(&next, KEY_KIND).ok().flatten();
    let Some(key) = read.map(SiteKey::new).filter(|key| key.id() == lock.id) else {
        return Ok(None);
    };
    std::fs::rename(&next, path).map_err(|error| KeyError(Failure::file("write", path, &error)))?;
    Ok(Some(key))
}

/// Writes a key file.
pub(crate) fn write_key_file(path: &Path, key: &SiteKey) -> Result<(), KeyError> {
    identity::write_secret(path, KEY_KIND, key.bytes()).map_err(KeyError)
}

fn credential(name: &str) -> Result<SiteKey, KeyError> {
    let Some(directory) = std::env::var_os(CREDENTIALS_DIRECTORY) else {
        return Err(KeyError::new(format!(
            "the site key is the systemd credential {name}, and this process was given none: \
             start it as the service, whose unit names it in LoadCredentialEncrypted"
        )));
    };
    let path = Path::new(&directory).join(name);
    let read = std::fs::read(&path).map(Zeroizing::new).map_err(|error| {
        KeyError::new(format!(
            "the credential {} is not read: {error}",
            path.display()
        ))
    })?;
    let key = (read.len() <= CREDENTIAL_BYTES_MAX)
        .then(|| identity::secret_of_line(&read, KEY_KIND))
        .flatten();
    key.map(SiteKey::new).ok_or_else(|| {
        KeyError::new(format!(
            "the credential {} does not hold a site key: it is made from a key file",
            path.display()
        ))
    })
}
