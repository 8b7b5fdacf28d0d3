//! The site's status for its technician: what is current, what waits, what was refused.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Bytes;
use bocage_crdt::ids::{NodeId, SpaceId};
use bocage_protocol::rights::RemovedHost;

use super::Hub;
use super::realm::RightsLine;
use super::rows::LATE_SITE_MS;
use crate::api::ApiError;
use crate::api::admin::Counters;
use crate::api::rows::SiteRef;
use crate::api::status::{
    Disk, LineState, OwnSite, RefusedLine, RegistrarLine, RemovedSiteLine, SiteLine, SiteStatus,
    WaitingLine,
};
use crate::net::{Plane, Transport};

impl Hub {
    pub(crate) fn status_json(&mut self) -> Result<Bytes, ApiError> {
        let status = self.status();
        Ok(serde_json::to_vec(&status)
            .expect("a status of plain values always encodes")
            .into())
    }

    fn status(&mut self) -> SiteStatus {
        let sites = self.site_lines();
        let waiting = self.waiting_lines();
        let forks = self.fork_lines();
        let twice = self.twice_lines();
        let unfollowed = self.duties.nobody().chain(self.following.nobody());
        let unfollowed: BTreeSet<SpaceId> = unfollowed.copied().collect();
        let unfollowed = unfollowed.iter().map(|id| self.name_of(id));
        let unfollowed: Vec<String> = unfollowed.collect();
        let without_manager = self.without_manager();
        let territories = self.territories().unwrap_or_default().into_iter();
        let territories = territories.map(|(_, name)| name).collect();
        let registrars = self.registrar_lines();
        let removed = self.removed_lines();
        let recovery = self.recovery_state();
        let frozen = self.frozen_lines();
        let damaged = self.damaged_lines();
        let disk = disk(&self.me.directory);
        let low = disk.total_bytes > 0 && disk.free_bytes < disk.total_bytes / 20;
        let refused = self.all_refused();
        let refused = refused
            .into_iter()
            .map(|(reason, count)| RefusedLine { reason, count });
        SiteStatus {
            site: OwnSite {
                site: self.site_ref(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                started_ms: self.started_ms,
                contact: self.me.contact.clone(),
                restored: self.me.new_life && self.me.certificate.writers.len() > 1,
                web_address: self.me.web_address.clone(),
            },
            ok: !low
                && without_manager.is_empty()
                && frozen.is_empty()
                && damaged.is_empty()
                && twice.is_empty()
                && forks.iter().all(|fork| !fork.held)
                && sites.iter().all(|site| site.late_since_ms.is_none()),
            sites,
            waiting,
            unfollowed,
            forks,
            twice,
            without_manager,
            recovery,
            territories,
            registrars,
            removed,
            frozen,
            damaged,
            refused: refused.collect(),
            disk,
            encrypted_disk: encrypted_disk(&self.me.directory),
            spaces: self
                .summaries
                .values()
                .filter(|summary| summary.people_space)
                .count() as u32,
            items: self.item_count(),
            entries: self.counts().1,
            memory_bytes: resident_bytes(),
        }
    }

    /// What was done since the start.
    pub(crate) fn counters(&self) -> Counters {
        let (sealed_values, sealed_bytes) = self.log_store.keyring().worked();
        Counters {
            bytes_sent: self.bytes_sent,
            bytes_received: self.bytes_received,
            commits: self.commits.commits(),
            sealed_values,
            sealed_bytes,
            refused: self.all_refused(),
        }
    }

    /// What was refused since the start: here by its name, by the network under `net-`.
    fn all_refused(&self) -> BTreeMap<String, u64> {
        let mut refused = self.refused.clone();
        let by_net = self.net.iter().chain(&self.edge).flat_map(|net| {
            let plane = net.plane();
            net.refusals()
                .into_iter()
                .map(move |(reason, count)| match plane {
                    Plane::Core => (format!("net-{reason}"), count),
                    Plane::Edge => (format!("edge-{reason}"), count),
                })
        });
        refused.extend(by_net);
        refused
    }

    /// Items shown and entries stored here.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let spaces = self.catalog.spaces();
        let logs = spaces.flat_map(|(space, _)| self.catalog.logs_of(&space));
        (self.item_count(), logs.map(|log| log.state.height()).sum())
    }

    fn item_count(&self) -> u64 {
        self.summaries
            .iter()
            .map(|(space, summary)| match self.spaces.get(space) {
                Some(loaded) => loaded.items.len() as u64,
                None => summary.items,
            })
            .sum()
    }

    fn site_lines(&self) -> Vec<SiteLine> {
        let now = self.clock.wall_ms();
        self.links
            .iter()
            .map(|(node, link)| {
                let shared: Vec<SpaceId> = self
                    .summaries
                    .keys()
                    .filter(|space| self.hosts_of(space).contains(node))
                    .copied()
                    .collect();
                let to_send = shared
                    .iter()
                    .flat_map(|space| self.catalog.logs_of(space))
                    .filter(|log| log.state.node != *node)
                    .map(|log| {
                        let heights = self.acks.get(node);
                        let there = heights
                            .and_then(|heights| heights.get(&log.number))
                            .copied();
                        log.state.height().saturating_sub(there.unwrap_or(0))
                    })
                    .sum();
                let late = !link.connected
                    && link
                        .last_news_ms
                        .is_none_or(|last| last + LATE_SITE_MS < now);
                SiteLine {
                    site: SiteRef {
                        id: *node,
                        name: self.directory.site_name(node),
                    },
                    connected: link.connected,
                    last_news_ms: link.last_news_ms,
                    late_since_ms: late.then(|| link.last_news_ms.unwrap_or(self.started_ms)),
                    to_send,
                    missing_here: self.machine.missing_from(node),
                    spaces: shared
                        .iter()
                        .filter(|space| {
                            self.summaries
                                .get(space)
                                .is_some_and(|summary| summary.people_space)
                        })
                        .count() as u32,
                    clock_skew_ms: link.clock_skew_ms,
                    addresses: link.addresses.clone(),
                    line: link.line.as_ref().map(|line| LineState {
                        address: line.address.map(|address| address.to_string()),
                        transport: match line.transport {
                            Transport::Quic => "quic".to_owned(),
                            Transport::Tcp => "tcp".to_owned(),
                        },
                        round_trip_ms: line.round_trip.map(|time| time.as_secs_f64() * 1_000.0),
                    }),
                }
            })
            .collect()
    }

    fn registrar_lines(&mut self) -> Vec<RegistrarLine> {
        let lines = self.rights_lines().unwrap_or_default();
        let version = self.recovery_state().map_or(0, |state| state.version);
        let outdated = self.outdated_namings(version);
        let outdated: Vec<(String, Option<String>)> = outdated
            .iter()
            .map(|naming| {
                let territory = naming.territory.map(|id| self.territory_name(&id));
                (self.directory.person_ref(&naming.person).name, territory)
            })
            .collect();
        let outdated = &outdated;
        let of = |line: RightsLine| {
            let registrar = line
                .rights
                .into_iter()
                .filter(|(right, _)| right == "registrar");
            let all = registrar.map(move |(_, territory)| RegistrarLine {
                name: line.name.clone(),
                site: line.site.clone(),
                renew: outdated.contains(&(line.name.clone(), territory.clone())),
                territory,
            });
            all.collect::<Vec<_>>()
        };
        lines.into_iter().flat_map(of).collect()
    }

    fn territory_name(&mut self, id: &bocage_crdt::ids::ItemId) -> String {
        let list = self.territories().unwrap_or_default().into_iter();
        let mut named = list.filter(|(known, _)| known == id);
        named.next().map(|(_, name)| name).unwrap_or_default()
    }

    fn removed_lines(&mut self) -> Vec<RemovedSiteLine> {
        let realm = self.realm();
        // Also where it is this site that was taken out.
        let Ok(space) = self.space(&realm) else {
            return Vec::new();
        };
        let now = space.rights.now();
        let line = |(node, host): (&NodeId, &RemovedHost)| RemovedSiteLine {
            site: SiteRef {
                id: *node,
                name: host.name.clone(),
            },
            own: host.own,
        };
        now.removed.iter().map(line).collect()
    }

    /// Names of spaces whose last manager is gone: nobody there can name another one.
    fn without_manager(&mut self) -> Vec<String> {
        let summaries = self.summaries.iter();
        let left = summaries.filter(|(_, space)| space.people_space && space.managers == 0);
        let left: Vec<SpaceId> = left.map(|(space, _)| *space).collect();
        left.into_iter().map(|space| self.name_of(&space)).collect()
    }

    /// Spaces with entries that do not count (yet).
    fn waiting_lines(&mut self) -> Vec<WaitingLine> {
        let waiting: Vec<(SpaceId, u64)> = self
            .summaries
            .iter()
            .map(|(space, summary)| match self.spaces.get(space) {
                Some(loaded) => (*space, loaded.pending.len() as u64),
                None => (*space, summary.pending.len() as u64),
            })
            .filter(|(_, items)| *items > 0)
            .collect();
        waiting
            .into_iter()
            .map(|(space, items)| WaitingLine {
                name: self.name_of(&space),
                items,
            })
            .collect()
    }
}

fn disk(directory: &std::path::Path) -> Disk {
    let data_bytes = std::fs::read_dir(directory)
        .map(|files| {
            files
                .flatten()
                .filter_map(|file| file.metadata().ok())
                .map(|data| data.len())
                .sum()
        })
        .unwrap_or(0);
    match rustix::fs::statvfs(directory) {
        Ok(stat) => Disk {
            free_bytes: stat.f_bavail * stat.f_frsize,
            total_bytes: stat.f_blocks * stat.f_frsize,
            data_bytes,
        },
        Err(error) => {
            tracing::warn!("the disk's size is not known: {error}");
            Disk {
                free_bytes: 0,
                total_bytes: 0,
                data_bytes,
            }
        }
    }
}

/// Whether the data directory lies on a device-mapper crypt device; `None` when the system does
/// not tell.
fn encrypted_disk(directory: &std::path::Path) -> Option<bool> {
    use std::os::unix::fs::MetadataExt;
    let device = std::fs::metadata(directory).ok()?.dev();
    let (major, minor) = (rustix::fs::major(device), rustix::fs::minor(device));
    let block = format!("/sys/dev/block/{major}:{minor}");
    if !std::path::Path::new(&block).exists() {
        return None;
    }
    let id = std::fs::read_to_string(format!("{block}/dm/uuid")).unwrap_or_default();
    Some(id.starts_with("CRYPT-"))
}

/// Resident memory of this process, from the kernel; 0 where it does not tell.
fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}
