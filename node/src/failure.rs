//! How the program ends when it cannot do what it was asked: a message that says what happened and
//! what to do, and an exit code that scripts and service managers can rely on. Codes are promises:
//! `docs/operate.md` lists them, and none is ever given a second meaning.

use std::fmt;
use std::io::{self, ErrorKind};
use std::path::Path;

use crate::net::{JoinError, NetError};

/// The exit codes. 0 is success, 2 is clap's own for a wrong command line.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[repr(u8)]
pub enum Kind {
    /// A fault of the program itself.
    Internal = 1,
    /// The command line, or a value given on it, is wrong.
    Usage = 2,
    /// The data directory is missing, not empty, not writable or too open.
    DataDirectory = 10,
    /// Another process uses the data directory.
    AlreadyRunning = 11,
    /// A port is taken, or an address cannot be listened on.
    PortTaken = 12,
    /// A file of the data directory is damaged.
    DataDamaged = 13,
    /// The disk is full.
    DiskFull = 14,
    /// The machine's clock cannot be right.
    Clock = 15,
    /// A value in the configuration is wrong.
    Configuration = 16,
    /// The environment would break a promise (such as `SSLKEYLOGFILE`).
    Environment = 17,
    /// Another site, or the running site on this machine, was not reached.
    NotReached = 18,
    /// Another site, or the rules of the realm, said no.
    Refused = 19,
    /// There is no such person, space or site here.
    NotFound = 20,
    /// The site key, which opens what lies on the disk, is missing or wrong.
    SiteKey = 21,
    /// An archive was changed, cut or added to, or is none.
    NotSound = 22,
    /// A request was written, and waits for the holders of the recovery keys.
    ToSign = 23,
}

/// Every kind with the words of `docs/operate.md`.
pub const KINDS: [(Kind, &str); 16] = [
    (Kind::Internal, "a fault of the program: please report it"),
    (Kind::Usage, "wrong command line"),
    (
        Kind::DataDirectory,
        "data directory missing, in use for something else, or not writable",
    ),
    (
        Kind::AlreadyRunning,
        "another process uses the data directory",
    ),
    (Kind::PortTaken, "port taken, or address not available"),
    (Kind::DataDamaged, "a data file is damaged"),
    (Kind::DiskFull, "disk full"),
    (Kind::Clock, "the machine's clock cannot be right"),
    (Kind::Configuration, "wrong value in the configuration"),
    (Kind::Environment, "the environment forbids starting"),
    (
        Kind::NotReached,
        "another site, or the running site, was not reached",
    ),
    (
        Kind::Refused,
        "refused by another site or by the realm's rules",
    ),
    (Kind::NotFound, "no such person, space or site"),
    (Kind::SiteKey, "the site key is missing or wrong"),
    (Kind::NotSound, "the archive does not verify"),
    (
        Kind::ToSign,
        "nothing is done yet: a request waits for signatures",
    ),
];

/// Why a command failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Decides the exit code.
    pub kind: Kind,
    /// What happened and what to do, for people.
    pub message: String,
}

impl Failure {
    /// A failure with its message.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        self.kind as u8
    }

    /// A file or directory that could not be used. `doing` reads like "write" or "create".
    pub fn file(doing: &str, path: &Path, error: &io::Error) -> Self {
        let path = path.display();
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::new(
                Kind::DiskFull,
                format!(
                    "cannot {doing} {path}: the disk is full. Nothing already saved is lost; make \
                     room and start again"
                ),
            ),
            ErrorKind::PermissionDenied => Self::new(
                Kind::DataDirectory,
                format!(
                    "cannot {doing} {path}: permission denied. Run as the user who owns it, or \
                     change its owner"
                ),
            ),
            ErrorKind::ReadOnlyFilesystem => Self::new(
                Kind::DataDirectory,
                format!("cannot {doing} {path}: the file system is read-only"),
            ),
            _ => Self::new(
                Kind::DataDirectory,
                format!("cannot {doing} {path}: {error}"),
            ),
        }
    }

    /// A file without which the others of its directory are no site.
    pub fn missing(path: &Path) -> Self {
        Self::new(
            Kind::DataDamaged,
            format!(
                "{} is missing: nothing was changed; restore it from the last backup, see \
                 \"Restore\" in docs/operate.md. If founding or joining was cut short and nobody \
                 has worked here yet, empty the directory and begin anew",
                path.display()
            ),
        )
    }

    /// A file whose content is not what was written.
    pub fn damaged(path: &Path, what: &str) -> Self {
        Self::new(
            Kind::DataDamaged,
            format!(
                "{} is damaged: {what}. It was not changed; restore it from the last backup, see \
                 \"Restore\" in docs/operate.md",
                path.display()
            ),
        )
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl From<NetError> for Failure {
    fn from(error: NetError) -> Self {
        let kind = match error {
            NetError::KeyLogging => Kind::Environment,
            NetError::PortTaken(_) | NetError::Listen(..) => Kind::PortTaken,
            NetError::Setup(_) => Kind::Internal,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<JoinError> for Failure {
    fn from(error: JoinError) -> Self {
        Self::new(Kind::NotReached, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_distinct_and_documented() {
        let manual = include_str!("../../docs/operate.md");
        let mut codes: Vec<u8> = KINDS.iter().map(|(kind, _)| *kind as u8).collect();
        for (kind, words) in KINDS {
            let row = format!("| {} | {words} |", kind as u8);
            assert!(manual.contains(&row), "docs/operate.md lacks: {row}");
        }
        codes.dedup();
        assert_eq!(codes.len(), KINDS.len());
    }

    #[test]
    fn errors_of_the_disk_have_their_own_codes() {
        let cases = [
            (ErrorKind::StorageFull, 14),
            (ErrorKind::PermissionDenied, 10),
            (ErrorKind::ReadOnlyFilesystem, 10),
            (ErrorKind::Other, 10),
        ];
        for (kind, code) in cases {
            let failure = Failure::file("write", Path::new("/data/log.redb"), &kind.into());
            assert_eq!(failure.code(), code);
            assert!(failure.message.contains("/data/log.redb"));
        }
    }
}
