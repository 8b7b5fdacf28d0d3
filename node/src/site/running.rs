//! The life of a site: network, web server and control socket around its hub, until it is asked
//! to end or the disk fails.

use std::net::SocketAddr;
use std::path::Path;

use bocage_crdt::ids::RealmId;

use super::open::{OpenSite, open_site, store_failure, web_address};
use super::{certificate, control};
use crate::cli::operations::{Place, Stop};
use crate::config::Config;
use crate::failure::{Failure, Kind};
use crate::net::{self, NetConfig, NetError, NetHandle, Plane};
use crate::web::{self, Server, Settings, StartError};

/// 2026-01-01: a clock before the program was written is wrong.
const CLOCK_MS_MIN: u64 = 1_767_225_600_000;

pub(super) fn listen_addresses(config: &Config) -> Vec<SocketAddr> {
    config.peers.listen.clone()
}

pub(super) fn net_failure(error: &NetError) -> Failure {
    let kind = match error {
        NetError::KeyLogging => Kind::Environment,
        NetError::PortTaken(_) | NetError::Listen(..) => Kind::PortTaken,
        NetError::Setup(_) => Kind::Internal,
    };
    Failure::new(kind, error.to_string())
}

fn web_failure(error: &StartError) -> Failure {
    let kind = match error {
        StartError::PortTaken(_) | StartError::Address(..) => Kind::PortTaken,
        StartError::PlainBeyondLoopback(_) | StartError::Tls(_) => Kind::Configuration,
        StartError::Sessions(_) => Kind::DataDamaged,
    };
    Failure::new(kind, error.to_string())
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))
}

/// A token for programs of this machine's owner, made anew at each start.
fn write_token(directory: &Path) -> Result<String, Failure> {
    let bytes: [u8; 32] = rand::random();
    let token: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    crate::identity::write_whole(
        &directory.join("admin-token"),
        format!("{token}\n").as_bytes(),
    )?;
    Ok(token)
}

/// The realm's network and, where guests may come, theirs. A guest site has only the latter.
async fn start_networks(site: &OpenSite, config: &Config) -> Result<Vec<NetHandle>, Failure> {
    let key = site.identity.node_key.to_bytes();
    let announced = config.peers.addresses.iter();
    let core = NetConfig {
        announce: announced.filter_map(|text| text.parse().ok()).collect(),
        lan_discovery: config.peers.lan_discovery,
        ..NetConfig::new(key, listen_addresses(config))
    };
    let edge = NetConfig::edge(key, config.guests.listen.clone());
    let wanted = match site.guest {
        true => vec![edge],
        false if config.guests.listen.is_empty() => vec![core],
        false => vec![core, edge],
    };
    let mut networks = Vec::new();
    for one in wanted {
        match net::start(one, site.net_events.clone()).await {
            Ok(network) => networks.push(network),
            Err(error) => {
                close_networks(networks).await;
                return Err(net_failure(&error));
            }
        }
    }
    Ok(networks)
}

async fn close_networks(networks: Vec<NetHandle>) {
    for network in networks {
        network.close().await;
    }
}

/// Runs the site until `stop`, then drains and closes.
pub async fn run(place: &Place, mut stop: Stop) -> Result<(), Failure> {
    if web::now_ms() < CLOCK_MS_MIN {
        return Err(Failure::new(
            Kind::Clock,
            "this machine's clock is years behind: set it (for example with timedatectl), then \
             start again",
        ));
    }
    let config = &place.config;
    let tls = certificate::at_start(&place.data_directory, config)?;
    let mut site = open_site(&place.data_directory, config)?;
    if site.guest && site.record.realm == RealmId::default() {
        site.close().await?;
        return Err(Failure::new(
            Kind::DataDirectory,
            "this guest site was let into no space yet: \"bocage guest accept\" and the ticket that \
             the partner sent",
        ));
    }
    let settings = Settings {
        tls,
        origins: config.web.public_address.iter().cloned().collect(),
        authority_pem: read(&place.data_directory.join("tls/authority.pem")).ok(),
        admin_token: Some(write_token(site.directory.path())?),
        ..Settings::default()
    };
    let networks = match start_networks(&site, config).await {
        Ok(networks) => networks,
        Err(failure) => {
            site.close().await?;
            return Err(failure);
        }
    };
    let server = match Server::start(site.hub.clone(), settings, config.web.listen).await {
        Ok(server) => server,
        Err(error) => {
            close_networks(networks).await;
            site.close().await?;
            return Err(web_failure(&error));
        }
    };
    let control = control::serve(site.directory.path(), site.hub.clone())?;
    for network in &networks {
        site.hub.start_net(network.clone()).await;
        let whom = match network.plane() {
            Plane::Core => "other sites reach it",
            Plane::Edge if site.guest => "it calls its sponsors; it listens",
            Plane::Edge => "guests reach it",
        };
        tracing::info!(
            "{} ({}) is open at {}; {whom} at {:?}",
            site.record.site_name,
            site.record.realm_name,
            web_address(config),
            network.listen()
        );
    }
    let shown = server.shown.clone();
    let failed = tokio::select! {
        () = certificate::keep(&place.data_directory, config, shown) => None,
        _ = stop.wait_for(|stopped| *stopped) => None,
        ended = &mut site.ended => Some(ended),
    };
    drop(control);
    server.stop().await;
    let done = match failed {
        None => site.close().await,
        Some(Ok(Err(error))) => Err(store_failure(&error)),
        Some(Ok(Ok(()))) => Ok(()),
        Some(Err(_)) => Err(Failure::new(
            Kind::Internal,
            "the hub panicked: see the log",
        )),
    };
    close_networks(networks).await;
    // A token of a site that does not run opens nothing; the next start makes another.
    let _ = std::fs::remove_file(place.data_directory.join("admin-token"));
    tracing::info!("closed");
    done
}
