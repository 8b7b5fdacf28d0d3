//! One site, opened: its directory locked, its stores read, its hub on a thread of its own.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use bocage_crdt::ids::{PersonId, RealmId};
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};

use crate::api::Language;
use crate::api::rows::SiteRef;
use crate::config::Config;
use crate::failure::{Failure, Kind};
use crate::hub::{GUEST_META, Hub, HubHandle, HubParts, Myself, NET_EVENTS_MAX, WAKES_MAX};
use crate::identity::{DataDirectory, Identity};
use crate::keys::Opener;
use crate::net::NetEvent;
use crate::secret::Seed;
use crate::store::{LogStore, StateStore, StoreError, StoreWrite};
use crate::trial::{Caps, Trials};
use crate::web::home::ASKED_MAX;
use crate::web::site::SiteFacts;

/// What a site is, as its store keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SiteRecord {
    pub realm: RealmId,
    pub realm_name: String,
    pub site_name: String,
    /// Keeps the ids of spaces opened here unguessable.
    pub secret: [u8; 32],
}

impl SiteRecord {
    /// The write that keeps it.
    pub(super) fn write(&self) -> StoreWrite {
        let bytes = postcard::to_stdvec(self).expect("a record of plain values always encodes");
        StoreWrite::Meta("site", bytes)
    }
}

/// A site whose hub runs.
pub(super) struct OpenSite {
    pub hub: HubHandle,
    pub net_events: mpsc::Sender<NetEvent>,
    /// How the hub ended; the sender is dropped with its thread.
    pub ended: oneshot::Receiver<Result<(), StoreError>>,
    pub identity: Identity,
    pub record: SiteRecord,
    pub directory: DataDirectory,
    /// A partner's site.
    pub guest: bool,
}

/// Turns a store's error into an exit code and its message.
pub(super) fn store_failure(error: &StoreError) -> Failure {
    let kind = match error {
        StoreError::InUse(_) => Kind::AlreadyRunning,
        StoreError::Damaged { .. } | StoreError::Newer { .. } => Kind::DataDamaged,
        StoreError::Full(_) => Kind::DiskFull,
        StoreError::Key(error) => error.0.kind,
        StoreError::Io { .. } => Kind::DataDirectory,
    };
    Failure::new(kind, error.to_string())
}

/// Reads who this site is; fails when none lives in the directory.
pub(super) fn read_record(store: &LogStore) -> Result<SiteRecord, Failure> {
    let bytes = store.meta("site").map_err(|error| store_failure(&error))?;
    let bytes = bytes.ok_or_else(|| {
        Failure::new(
            Kind::DataDirectory,
            format!(
                "{} belongs to no site yet: found a realm with \"bocage init\", or join one with \
                 \"bocage join\"",
                store.file().display()
            ),
        )
    })?;
    postcard::from_bytes(&bytes)
        .map_err(|_| Failure::damaged(store.file(), "it does not say which site it belongs to"))
}

/// Where browsers find the site.
pub(super) fn web_address(config: &Config) -> String {
    if let Some(address) = &config.web.public_address {
        return address.clone();
    }
    let listen = config.web.listen;
    if listen.ip().is_loopback() && config.web.tls.is_none() {
        format!("http://localhost:{}", listen.port())
    } else {
        format!("https://{listen}")
    }
}

/// A join that was cut short has to end first: until then nobody knows whether its keys are good.
pub(super) fn not_joining(directory: &DataDirectory) -> Result<(), Failure> {
    if !directory.file(crate::identity::JOINING_FILE).exists() {
        return Ok(());
    }
    Err(Failure::new(
        Kind::DataDirectory,
        format!(
            "joining was begun in {0} and has not ended: type the same \"bocage join\" again, or \
             remove {0} and begin anew with a new ticket",
            directory.path().display()
        ),
    ))
}

/// Opens the log of a directory that has a site; nothing is written before its key is found.
pub(super) fn check_log(directory: &DataDirectory, config: &Config) -> Result<LogStore, Failure> {
    let path = directory.path();
    not_joining(directory)?;
    if !directory.has_site() {
        return Err(Failure::new(
            Kind::DataDirectory,
            format!(
                "there is no site in {}: found a realm with \"bocage init\", or join one with \
                 \"bocage join\"",
                path.display()
            ),
        ));
    }
    // Looked at first: opening would make an empty one, and what is lost would look like nothing.
    let log = directory.file(crate::identity::LOG_FILE);
    if !log.exists() {
        return Err(Failure::missing(&log));
    }
    // An identity that is gone is said first: without it there is nothing to open.
    let identity = directory.file(crate::identity::IDENTITY_FILE);
    if !identity.exists() {
        return Err(Failure::missing(&identity));
    }
    LogStore::open(path, &opener(path, config)).map_err(|error| store_failure(&error))
}

/// Opens the site of a directory and starts its hub.
pub(super) fn open_site(path: &Path, config: &Config) -> Result<OpenSite, Failure> {
    let directory = DataDirectory::open(path)?;
    let log_store = check_log(&directory, config)?;
    let identity = Identity::load(&directory, Seed::fresh())?;
    open_with(directory, identity, config, log_store)
}

/// What finds the site key of a directory.
pub(super) fn opener(path: &Path, config: &Config) -> Opener {
    Opener::new(path, config.storage.key.as_ref())
}

/// Starts the hub on a directory whose keys are read.
pub(super) fn open_with(
    directory: DataDirectory,
    identity: Identity,
    config: &Config,
    log_store: LogStore,
) -> Result<OpenSite, Failure> {
    let record = read_record(&log_store)?;
    let state_store = StateStore::open(directory.path(), log_store.keyring())
        .map_err(|error| store_failure(&error))?;
    let name = config
        .site
        .name
        .clone()
        .unwrap_or_else(|| record.site_name.clone());
    let node = identity.node();
    let guest = log_store
        .meta(GUEST_META)
        .map_err(|error| store_failure(&error))?
        .is_some();
    let facts = Arc::new(SiteFacts {
        site: SiteRef {
            id: node,
            name: name.clone(),
        },
        realm: record.realm_name.clone(),
        contact: config.technician.contact.clone(),
        language: Language::Fr,
    });
    let me = Myself {
        node,
        person: PersonId::of_site(&node),
        name,
        realm: record.realm,
        realm_name: record.realm_name.clone(),
        certificate: identity.certificate.clone(),
        writer: identity.writer_key.clone(),
        node_key: identity.node_key.clone(),
        guest,
        edge_addresses: super::founding::edge_addresses(config),
        secret: record.secret,
        web_address: web_address(config),
        directory: directory.path().to_path_buf(),
        new_life: identity.new_life,
        contact: config.technician.contact.clone(),
        data_protection: config.data_protection.contact.clone(),
        backups_keep_days: config.backups.keep_days,
    };
    let (wakes, wake_queue) = mpsc::channel(WAKES_MAX);
    let (net_events, net_queue) = mpsc::channel(NET_EVENTS_MAX);
    let admitted = crate::hub::Admitted::default();
    let (questions, asked) = mpsc::channel(ASKED_MAX);
    let away = Arc::new(AtomicBool::new(false));
    let trials = Trials::start(Caps {
        memory_bytes: u64::from(config.trial.memory_mb) << 20,
        ..Caps::default()
    });
    let parts = HubParts {
        trials,
        questions,
        away: Arc::clone(&away),
        me,
        log_store: Arc::new(log_store),
        state_store: Arc::new(state_store),
    };
    let hub = HubHandle::new(wakes, facts, Arc::clone(&admitted), asked, away);
    let (opened, is_open) = std::sync::mpsc::channel();
    let (end, ended) = oneshot::channel();
    std::thread::Builder::new()
        .name("hub".to_owned())
        .spawn(move || {
            let hub = match Hub::open(parts, admitted) {
                Ok(hub) => hub,
                Err(error) => return drop(opened.send(Err(store_failure(&error)))),
            };
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build();
            match runtime {
                Ok(runtime) => {
                    drop(opened.send(Ok(())));
                    // Nobody listens any more when the process is ending anyway.
                    let _ = end.send(runtime.block_on(hub.run(wake_queue, net_queue)));
                }
                Err(error) => {
                    let message = format!("the hub's timer does not start: {error}");
                    drop(opened.send(Err(Failure::new(Kind::Internal, message))));
                }
            }
        })
        .map_err(|error| Failure::new(Kind::Internal, format!("no thread: {error}")))?;
    match is_open.recv() {
        Ok(Ok(())) => Ok(OpenSite {
            hub,
            net_events,
            ended,
            identity,
            record,
            directory,
            guest,
        }),
        Ok(Err(failure)) => Err(failure),
        Err(_) => Err(Failure::new(
            Kind::Internal,
            "the hub panicked while it started",
        )),
    }
}

impl OpenSite {
    /// Writes everything and ends the hub.
    pub(super) async fn close(self) -> Result<(), Failure> {
        self.hub.close().await;
        match self.ended.await {
            Ok(Err(error)) => Err(store_failure(&error)),
            _ => Ok(()),
        }
    }
}
