//! The site's status for its technician: what is current, what waits, what was refused.

use axum::body::Bytes;
use bocage_crdt::ids::SpaceId;

use super::Hub;
use super::rows::LATE_SITE_MS;
use crate::api::ApiError;
use crate::api::admin::Counters;
use crate::api::rows::SiteRef;
use crate::api::status::{Disk, OwnSite, RefusedLine, SiteLine, SiteStatus, WaitingLine};

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
        let disk = disk(&self.me.directory);
        let low = disk.total_bytes > 0 && disk.free_bytes < disk.total_bytes / 20;
        let mut refused: Vec<RefusedLine> = self
            .refused
            .iter()
            .map(|(reason, count)| RefusedLine {
                reason: reason.clone(),
                count: *count,
            })
            .collect();
        if let Some(net) = &self.net {
            refused.extend(
                net.refusals()
                    .into_iter()
                    .map(|(reason, count)| RefusedLine {
                        reason: format!("net-{reason}"),
                        count,
                    }),
            );
        }
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
                && forks.iter().all(|fork| !fork.held)
                && sites.iter().all(|site| site.late_since_ms.is_none()),
            sites,
            waiting,
            forks,
            refused,
            disk,
            encrypted_disk: encrypted_disk(&self.me.directory),
            spaces: self
                .summaries
                .values()
                .filter(|summary| summary.people_space)
                .count() as u32,
            items: self.item_count(),
            memory_bytes: resident_bytes(),
        }
    }

    /// What was done since the start.
    pub(crate) fn counters(&self) -> Counters {
        Counters {
            bytes_sent: self.bytes_sent,
            bytes_received: self.bytes_received,
            commits: self.commits.commits(),
            refused: self.refused.clone(),
        }
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
                }
            })
            .collect()
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
                name: self.setting(&space, "name"),
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
