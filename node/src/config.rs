//! The configuration: `bocage.toml`, then environment variables over it. A key nobody knows is
//! named in a warning; a wrong value is named with its place and what was expected there.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use figment::providers::{Env, Format, Toml};
use figment::value::{Dict, Value};
use figment::{Figment, Metadata};
use serde::Deserialize;

use crate::failure::{Failure, Kind};
use crate::keys::KeySource;

/// The file looked for in the data directory.
pub const FILE: &str = "bocage.toml";
/// `BOCAGE_WEB__LISTEN` is `web.listen`.
pub const ENVIRONMENT_PREFIX: &str = "BOCAGE_";
/// Variables of the command line (`--data-dir`, `--config`), not keys.
const ENVIRONMENT_OPTIONS: [&str; 6] = [
    "DATA_DIR",
    "CONFIG",
    "LOG",
    "PASSPHRASE_FILE",
    "NEW_PASSPHRASE_FILE",
    "BACKUP_PASSPHRASE_FILE",
];

/// Every key, and what its value must look like.
pub const KEYS: [(&str, &str); 18] = [
    ("site.name", "a name, such as \"Châteaubriant\""),
    (
        "web.listen",
        "an IP address with a port, such as \"127.0.0.1:4480\"",
    ),
    (
        "web.public_address",
        "an address that browsers use, such as \"https://bocage.example.org\"",
    ),
    (
        "web.tls.certificate",
        "the path of a PEM file with the certificate chain",
    ),
    ("web.tls.key", "the path of a PEM file with the private key"),
    (
        "peers.listen",
        "a list of IP addresses with ports, such as [\"0.0.0.0:4470\"]",
    ),
    (
        "peers.addresses",
        "a list of host names or IP addresses with ports, such as [\"203.0.113.7:4470\"]",
    ),
    ("peers.lan_discovery", "true or false"),
    (
        "guests.listen",
        "a list of IP addresses with ports, such as [\"0.0.0.0:4471\"]",
    ),
    (
        "guests.addresses",
        "a list of host names or IP addresses with ports, such as [\"203.0.113.7:4471\"]",
    ),
    (
        "storage.key",
        "\"file:PATH\", \"passphrase\" or \"credential:NAME\"",
    ),
    ("trial.memory_mb", "a number of megabytes, such as 768"),
    (
        "technician.contact",
        "a text, such as \"Support, poste 4455\"",
    ),
    (
        "data_protection.contact",
        "a text, such as \"Déléguée à la protection des données, poste 4460\"",
    ),
    ("backups.keep_days", "a number of days, such as 30"),
    (
        "log.level",
        "error, warn, info, debug, trace, or a filter such as \"info,bocage_node::net=debug\"",
    ),
    ("log.format", "\"text\" or \"json\""),
    ("log.colour", "true or false"),
];

/// The whole configuration, with its defaults.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Config {
    /// This site.
    pub site: Site,
    /// Browsers.
    pub web: Web,
    /// Other sites.
    pub peers: Peers,
    /// Guest sites.
    pub guests: Guests,
    /// What lies on the disk.
    pub storage: Storage,
    /// Trials of changes in a process of their own.
    pub trial: Trial,
    /// Who looks after the machine.
    pub technician: Technician,
    /// Who answers for people's data.
    pub data_protection: DataProtection,
    /// What the technician does with backups.
    pub backups: Backups,
    /// What is written to the log.
    pub log: Log,
}

/// This site.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Site {
    /// Replaces the name given at founding or joining, on this site's own pages.
    pub name: Option<String>,
}

/// Browsers.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct Web {
    /// Anything but a loopback address is served over TLS only.
    pub listen: SocketAddr,
    /// What people type, when it differs from `listen`: behind a proxy, or by name.
    pub public_address: Option<String>,
    /// A certificate of your own; without it the one that `init` or `join` made is used.
    pub tls: Option<Tls>,
}

impl Default for Web {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 4480)),
            public_address: None,
            tls: None,
        }
    }
}

/// A certificate and its key, both PEM files.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Tls {
    /// The chain, the site's own certificate first.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// Other sites.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct Peers {
    /// Where other sites connect to, over UDP (QUIC) and TCP on the same port number.
    pub listen: Vec<SocketAddr>,
    /// Where other sites reach this one from outside; written into tickets and beacons.
    pub addresses: Vec<String>,
    /// Whether to look for sites of the realm on the local network.
    pub lan_discovery: bool,
}

impl Default for Peers {
    fn default() -> Self {
        Self {
            listen: vec![SocketAddr::from(([0, 0, 0, 0], 4470))],
            addresses: Vec::new(),
            lan_discovery: false,
        }
    }
}

/// Guest sites of partners: on a port of their own, which is closed until it is set here.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Guests {
    /// Where guest sites connect to, over UDP (QUIC) and TCP on the same port number.
    pub listen: Vec<SocketAddr>,
    /// Where they reach this site from outside; written into their tickets.
    pub addresses: Vec<String>,
}

/// What lies on the disk.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Storage {
    /// Where the site key comes from; unset: from where `bocage keys move` put it last, at first
    /// `storage.key` in the data directory.
    pub key: Option<KeySource>,
}

/// Trials of changes in a process of their own.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct Trial {
    /// Memory that process may map; on a small machine less than the default, at the price of
    /// very long pages of guests, which are then not admitted.
    pub memory_mb: u32,
}

impl Default for Trial {
    fn default() -> Self {
        Self {
            memory_mb: (crate::trial::MEMORY_BYTES_MAX >> 20) as u32,
        }
    }
}

/// Who looks after the machine.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Technician {
    /// Shown where people are told to ask for help.
    pub contact: Option<String>,
}

/// Who answers for people's data.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct DataProtection {
    /// Shown where people take their data away, or delete their accounts.
    pub contact: Option<String>,
}

/// What the technician does with backups: the program makes them, and does not see them again.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Backups {
    /// After how many days each backup is destroyed; receipts of erasures say by when those are
    /// gone that hold what was erased.
    pub keep_days: Option<u32>,
}

/// What is written to the log.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct Log {
    /// A level, or a filter per module.
    pub level: String,
    /// Lines for people or for machines.
    pub format: LogFormat,
    /// Colours; unset: only on a terminal.
    pub colour: Option<bool>,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            level: "info".into(),
            format: LogFormat::Text,
            colour: None,
        }
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

/// A key that means nothing here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownKey {
    /// As written.
    pub key: String,
    /// The file or variable it stands in.
    pub place: String,
    /// The known key it resembles most, if any does.
    pub resembles: Option<&'static str>,
}

impl fmt::Display for UnknownKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "unknown key {} in {}, ignored", self.key, self.place)?;
        match self.resembles {
            Some(known) => write!(out, "; did you mean {known}?"),
            None => Ok(()),
        }
    }
}

/// Reads the file, if it is there (or `required`), and the environment. Returns the unknown keys
/// beside the configuration; the caller warns of them once there is a log.
pub fn load(file: &Path, required: bool) -> Result<(Config, Vec<UnknownKey>), Failure> {
    if required && !file.is_file() {
        return Err(Failure::new(
            Kind::Configuration,
            format!("the configuration {} is not there", file.display()),
        ));
    }
    let environment = Env::prefixed(ENVIRONMENT_PREFIX)
        .ignore(&ENVIRONMENT_OPTIONS)
        .split("__");
    let figment = match file.is_file() {
        true => Figment::from(Toml::file_exact(file)),
        false => Figment::new(),
    };
    read(figment.merge(environment))
}

fn read(figment: Figment) -> Result<(Config, Vec<UnknownKey>), Failure> {
    let dict = figment.extract::<Dict>().map_err(explain)?;
    let mut unknown = Vec::new();
    for (name, value) in &dict {
        find_unknown(&figment, name.clone(), value, &mut unknown);
    }
    let config: Config = figment.extract().map_err(explain)?;
    if let Err(error) = config.log.level.parse::<tracing_subscriber::EnvFilter>() {
        return Err(wrong("log.level", &error.to_string(), "the configuration"));
    }
    Ok((config, unknown))
}

fn find_unknown(figment: &Figment, key: String, value: &Value, unknown: &mut Vec<UnknownKey>) {
    if KEYS.iter().any(|(known, _)| *known == key) {
        return;
    }
    let leads_on = KEYS.iter().any(|(known, _)| {
        known
            .strip_prefix(&key)
            .is_some_and(|rest| rest.starts_with('.'))
    });
    match value {
        // A value where a table belongs is a wrong value: reading it says so.
        _ if leads_on => {
            if let Value::Dict(_, below) = value {
                for (name, value) in below {
                    find_unknown(figment, format!("{key}.{name}"), value, unknown);
                }
            }
        }
        _ => unknown.push(UnknownKey {
            place: place(figment.get_metadata(value.tag())),
            resembles: resembling(&key),
            key,
        }),
    }
}

/// The known key fewest changes away, if those are few.
fn resembling(key: &str) -> Option<&'static str> {
    KEYS.iter()
        .map(|(known, _)| (distance(key, known), *known))
        .min()
        .filter(|(distance, known)| *distance * 3 <= known.len())
        .map(|(_, known)| known)
}

/// Levenshtein's distance, one row at a time.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, left) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], line + 1);
        for (column, right) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(left != *right);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

fn place(metadata: Option<&Metadata>) -> String {
    match metadata {
        Some(found) => match found.source.as_ref().and_then(figment::Source::file_path) {
            Some(path) => path.display().to_string(),
            None => format!("the environment ({ENVIRONMENT_PREFIX}…)"),
        },
        None => "the configuration".into(),
    }
}

fn wrong(key: &str, found: &str, place: &str) -> Failure {
    let expected = KEYS.iter().find(|(known, _)| *known == key);
    let expected = expected.map_or(String::new(), |(_, words)| format!(" Expected: {words}."));
    Failure::new(
        Kind::Configuration,
        format!("wrong value for {key} in {place}: {found}.{expected}"),
    )
}

fn explain(error: figment::Error) -> Failure {
    let place = place(error.metadata.as_ref());
    // Positions in lists are of no use for finding the words of a key.
    let key: Vec<&str> = error
        .path
        .iter()
        .map(String::as_str)
        .filter(|part| part.parse::<usize>().is_err())
        .collect();
    let found = match &error.kind {
        // What serde expects is a type of this program; KEYS has words for people.
        figment::error::Kind::InvalidType(found, _)
        | figment::error::Kind::InvalidValue(found, _) => format!("found {found}"),
        other => other.to_string(),
    };
    if key.is_empty() {
        return Failure::new(
            Kind::Configuration,
            format!("{place} cannot be read: {found}"),
        );
    }
    wrong(&key.join("."), &found, &place)
}

#[cfg(test)]
mod tests;
