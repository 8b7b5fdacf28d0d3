//! The stores, for work on the disk that the hub has no part in: keys and backups.

use std::path::PathBuf;
use std::sync::Arc;

use bocage_crdt::ids::{NodeId, RealmId};

use super::Hub;
use crate::store::{LogStore, StateStore};

/// The stores of a running site, and whose they are.
pub(crate) struct Storage {
    pub log_store: Arc<LogStore>,
    pub state_store: Arc<StateStore>,
    pub directory: PathBuf,
    pub realm: RealmId,
    pub realm_name: String,
    pub node: NodeId,
    pub site_name: String,
}

impl Hub {
    /// What keys and backups are about.
    pub(crate) fn storage(&self) -> Storage {
        Storage {
            log_store: Arc::clone(&self.log_store),
            state_store: Arc::clone(&self.state_store),
            directory: self.me.directory.clone(),
            realm: self.me.realm,
            realm_name: self.me.realm_name.clone(),
            node: self.me.node,
            site_name: self.me.name.clone(),
        }
    }
}
