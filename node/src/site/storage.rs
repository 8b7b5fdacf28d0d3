//! Keys and backups: what `bocage keys`, `backup` and `restore` do.

use std::path::Path;

use serde::Serialize;

use super::control::{self, Answer, Ask};
use super::internal;
use crate::backup::{self, BackupKey, Manifest, Written};
use crate::cli::operations::Place;
use crate::failure::{Failure, Kind};
use crate::keys::{KeySource, Lock, SiteKey};
use crate::store::KeyReport;

/// `bocage keys status`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeysReport {
    /// Where the site key is.
    pub source: KeySource,
    /// Tells this site key from others.
    pub key_id: String,
    /// Data keys in use: one per space, and the site's own.
    pub data_keys: u64,
    /// Older data keys: while there are any, everything is being sealed anew.
    pub older_keys: u64,
}

impl From<KeyReport> for KeysReport {
    fn from(report: KeyReport) -> Self {
        let id = report.lock.id.iter().map(|byte| format!("{byte:02x}"));
        Self {
            source: report.lock.source,
            key_id: id.collect(),
            data_keys: report.data_keys,
            older_keys: report.older_keys,
        }
    }
}

async fn ask(place: &Place, ask: Ask) -> Result<KeysReport, Failure> {
    match control::ask(&place.data_directory, &place.config, ask).await? {
        Answer::Keys(report) => Ok(report.into()),
        _ => Err(internal("another answer than asked for")),
    }
}

/// Where the site key is, and what it opens.
pub async fn keys_status(place: &Place) -> Result<KeysReport, Failure> {
    ask(place, Ask::Keys).await
}

/// New data keys; everything is sealed anew beside the site's work.
pub async fn keys_rotate_data(place: &Place) -> Result<KeysReport, Failure> {
    ask(place, Ask::RenewDataKeys).await
}

/// A new site key where the old one is.
pub async fn keys_rotate(place: &Place) -> Result<KeysReport, Failure> {
    let now = keys_status(place).await?;
    let source = place.config.storage.key.clone().unwrap_or(now.source);
    let opener = super::open::opener(&place.data_directory, &place.config);
    let made = opener.next(&source).map_err(|error| error.0)?;
    change_over(place, made).await
}

/// A new site key at another place. The setting, if there is one, must name that place already:
/// the next start believes it.
pub async fn keys_move(place: &Place, to: KeySource) -> Result<KeysReport, Failure> {
    if let Some(set) = &place.config.storage.key
        && *set != to
    {
        return Err(Failure::new(
            Kind::Configuration,
            format!("storage.key says {set}: set it to {to}, or leave it out, then move the key"),
        ));
    }
    // The site's own word, not the setting's: that names the new place already.
    let unset = Place {
        config: crate::config::Config {
            storage: crate::config::Storage::default(),
            ..place.config.clone()
        },
        ..place.clone()
    };
    let before = keys_status(&unset).await?;
    if before.source == to {
        return keys_rotate(&unset).await;
    }
    let opener = super::open::opener(&place.data_directory, &unset.config);
    let made = opener.make_at(&to).map_err(|error| error.0)?;
    let report = change_over(&unset, made).await?;
    if let KeySource::File(path) = before.source {
        let old = place.data_directory.join(path);
        // What it opened is gone; left behind, somebody may take it for the key.
        std::fs::remove_file(&old).map_err(|error| Failure::file("remove", &old, &error))?;
    }
    Ok(report)
}

async fn change_over(place: &Place, made: (SiteKey, Lock)) -> Result<KeysReport, Failure> {
    let (key, lock) = made;
    let asked = Ask::Rewrap {
        key: *key.bytes(),
        lock: lock.clone(),
    };
    let report = ask(place, asked).await?;
    let opener = super::open::opener(&place.data_directory, &place.config);
    opener.settle(&lock).map_err(|error| error.0)?;
    Ok(report)
}

/// Writes a sealed backup.
pub async fn backup(
    place: &Place,
    file: &Path,
    key_file: Option<&Path>,
) -> Result<Written, Failure> {
    let file = std::path::absolute(file).map_err(|error| Failure::file("write", file, &error))?;
    if file.exists() {
        return Err(Failure::new(
            Kind::Usage,
            format!("{} is there already: choose another name", file.display()),
        ));
    }
    let key = match key_file {
        Some(path) => BackupKey::of_file(path)?,
        None => BackupKey::of_new_passphrase()?,
    };
    let (key, stretch) = key.parts();
    let asked = Ask::Backup { file, key, stretch };
    match control::ask(&place.data_directory, &place.config, asked).await? {
        Answer::BackedUp(written) => Ok(written),
        _ => Err(internal("another answer than asked for")),
    }
}

/// Makes the data directory from a backup.
pub fn restore(place: &Place, file: &Path, key_file: Option<&Path>) -> Result<Manifest, Failure> {
    backup::restore(file, key_file, &place.data_directory)
}
