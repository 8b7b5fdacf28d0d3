//! What the socket answers about keys and backups: work on the disk, away from the hub.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::{Answer, Ask};
use crate::backup::{self, BackupKey, Manifest};
use crate::failure::{Failure, Kind};
use crate::hub::HubHandle;
use crate::keys::SiteKey;
use crate::site::open::store_failure;
use crate::store::{LogStore, reseal_aside};

pub(super) async fn answer(hub: &HubHandle, ask: Ask) -> Result<Answer, Failure> {
    let parts = hub.act(|hub| Ok(hub.storage())).await;
    let parts = parts.map_err(|error| Failure::new(Kind::NotReached, error.to_string()))?;
    // Reads and writes the disk for as long as a backup takes.
    let done = tokio::task::spawn_blocking(move || perform(parts, ask)).await;
    done.map_err(|_| Failure::new(Kind::Internal, "the work panicked: see the log"))?
}

fn report(store: &LogStore) -> Answer {
    Answer::Keys(store.key_report())
}

fn perform(parts: crate::hub::Storage, ask: Ask) -> Result<Answer, Failure> {
    let store: &Arc<LogStore> = &parts.log_store;
    match ask {
        Ask::Rewrap { key, lock } => {
            let key = SiteKey::new(Zeroizing::new(key));
            store
                .rewrap(key, lock)
                .map_err(|error| store_failure(&error))?;
        }
        Ask::RenewDataKeys => {
            store
                .renew_data_keys()
                .map_err(|error| store_failure(&error))?;
            reseal_aside(store, &parts.state_store);
        }
        Ask::Backup { file, key, stretch } => {
            let key = BackupKey::of_parts(key, stretch);
            let manifest = Manifest {
                realm: parts.realm,
                realm_name: parts.realm_name,
                node: parts.node,
                site_name: parts.site_name,
                at_ms: crate::web::now_ms(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            };
            let written = backup::write(&file, &key, &parts.directory, store, manifest)?;
            return Ok(Answer::BackedUp(written));
        }
        _ => {}
    }
    Ok(report(store))
}
