//! The site key: it wraps the data keys that seal what lies on the disk (docs/storage.md). Here is
//! what it is, where it may come from, and how a site recognises it; the store does the sealing.
//!
//! Reading order: this file, then [`opener`], which finds or makes the key, then `passphrase`.

mod opener;
mod passphrase;

pub use opener::Opener;
pub(crate) use passphrase::{BACKUP, current as read_passphrase, new as new_passphrase, stretched};

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use bocage_crdt::ids::derive;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::failure::{Failure, Kind};

/// The key file that `init` and `join` make in the data directory.
pub const KEY_FILE: &str = "storage.key";
/// What a key file, or a credential, calls its key.
pub(crate) const KEY_KIND: &str = "storage";

/// Wraps data keys. Wiped from memory when dropped, never shown, logged or compared as text.
#[derive(Clone)]
pub struct SiteKey(Zeroizing<[u8; 32]>);

/// Tells keys apart without telling anything of them.
pub type KeyId = [u8; 8];

impl SiteKey {
    /// A key of these bytes.
    pub fn new(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// Draws one from the system's generator.
    pub fn fresh() -> Self {
        Self(Zeroizing::new(rand::random()))
    }

    /// The bytes, for the cipher.
    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Its id: a hash, of which nothing leads back.
    pub fn id(&self) -> KeyId {
        derive("bocage 1 site key id", &[&*self.0])
    }
}

impl fmt::Debug for SiteKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SiteKey(…)")
    }
}

/// Where the site key comes from: `file:PATH`, `passphrase` or `credential:NAME`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum KeySource {
    /// A file of one line; a relative path is meant within the data directory.
    File(PathBuf),
    /// Typed at each start, or read from the file that `BOCAGE_PASSPHRASE_FILE` names.
    Passphrase,
    /// A systemd credential: a key file that the service manager hands over.
    Credential(String),
}

impl fmt::Display for KeySource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(out, "file:{}", path.display()),
            Self::Passphrase => out.write_str("passphrase"),
            Self::Credential(name) => write!(out, "credential:{name}"),
        }
    }
}

impl FromStr for KeySource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "not \"file:PATH\", \"passphrase\" or \"credential:NAME\"".to_owned();
        match text.split_once(':') {
            None if text == "passphrase" => Ok(Self::Passphrase),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            // A name, never a path: it is looked for in one directory.
            Some(("credential", name))
                if !name.is_empty() && !name.starts_with('.') && !name.contains('/') =>
            {
                Ok(Self::Credential(name.to_owned()))
            }
            _ => Err(wrong()),
        }
    }
}

impl TryFrom<String> for KeySource {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<KeySource> for String {
    fn from(source: KeySource) -> Self {
        source.to_string()
    }
}

/// How a passphrase becomes a key; the numbers may grow without a new format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// Drawn anew with each key.
    pub salt: [u8; 16],
    /// argon2id: memory in KiB.
    pub memory_kib: u32,
    /// argon2id: passes.
    pub passes: u32,
}

/// Which key opens a store: kept in it, in clear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// The key's id: a wrong key is told from a damaged file.
    pub id: KeyId,
    /// Where it was when it was last moved.
    pub source: KeySource,
    /// Of a passphrase.
    pub stretch: Option<Stretch>,
}

/// Why the site key is not at hand. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyError(pub Failure);

impl KeyError {
    fn new(message: impl Into<String>) -> Self {
        Self(Failure::new(Kind::SiteKey, message))
    }
}

#[cfg(test)]
mod tests;
