//! What every frame of the simulated world is held to, and how two sites are compared.

use std::collections::BTreeMap;

use bocage_crdt::ids::{NodeId, SpaceId};
use bocage_protocol::wire::frame::{Frame, SessionKey};

use crate::disk::Disk;
use crate::world::{Happening, World, pair};

impl World {
    pub(super) fn send(&mut self, from: usize, peer: &NodeId, bytes: Vec<u8>) {
        let to = self.site_of(peer);
        self.check_sent(from, to, &bytes);
        self.count.frames += 1;
        self.count.bytes += bytes.len() as u64 + 4;
        let faults = self.faults;
        if self.random.permille(faults.frame_breaks) {
            return self.break_link(from, to);
        }
        let late_ms = if self.random.permille(faults.frame_late) {
            200
        } else {
            0
        };
        let stalls = self.random.permille(faults.one_way);
        let now_ms = self.now_ms;
        let link = self.link(from, to);
        let direction = usize::from(from > to);
        if !link.up || !link.open[direction] {
            return;
        }
        let epoch = link.epoch;
        if stalls && !link.stalled[direction] {
            link.stalled[direction] = true;
            // Both ends give up after their keep-alive.
            return self.later(15_000, Happening::Silence(from, to, epoch));
        }
        if link.stalled[direction] {
            return;
        }
        let transfer_ms = (bytes.len() as u64)
            .checked_div(link.bytes_per_ms)
            .unwrap_or(0);
        let free_at_ms = link.free_at_ms[direction].max(now_ms) + transfer_ms + late_ms;
        link.free_at_ms[direction] = free_at_ms;
        let wait_ms = free_at_ms + link.delay_ms - now_ms;
        self.later(
            wait_ms,
            Happening::Deliver {
                from,
                to,
                epoch,
                bytes,
            },
        );
    }

    /// Nothing about a space goes to a site that does not host it, and no id of a space at all.
    pub(super) fn check_sent(&mut self, from: usize, to: usize, bytes: &[u8]) {
        let receiver = self.sites[to].id;
        let frame = Frame::decode(bytes).expect("own frames are readable");
        let tag = match &frame {
            Frame::Have(have) => Some(have.space),
            Frame::Want(want) => {
                self.count.wants += 1;
                Some(want.space)
            }
            Frame::Push(entries) => {
                self.count.pushes += 1;
                Some(entries.space)
            }
            Frame::Entries(entries) => Some(entries.space),
            Frame::Live(live) => Some(live.space),
            Frame::Ack(ack) => Some(ack.space),
            Frame::Fork(fork) => Some(fork.space),
            Frame::Hello(_)
            | Frame::Spaces(_)
            | Frame::Credit(_)
            | Frame::Certificate(_)
            | Frame::Bye(_) => None,
        };
        if let Some(tag) = tag {
            let space = self.link(from, to).tags.get(&tag).copied();
            // A space that came to be after the connection is not in its list of tags.
            let space = space.or_else(|| self.space_of_tag(from, to, &tag));
            let space = space.expect("tags are of known spaces");
            let knows = self.sites[from].hosts.get(&space);
            assert!(
                knows.is_some_and(|hosts| hosts.contains(&receiver)),
                "sent to a site that the sender does not know as a host"
            );
            assert!(self.ever_hosts[&space].contains(&receiver));
        }
    }

    pub(super) fn space_of_tag(
        &mut self,
        from: usize,
        to: usize,
        tag: &[u8; 8],
    ) -> Option<SpaceId> {
        let (low, high) = pair(from, to);
        let ids = [self.sites[low].id, self.sites[high].id];
        let nonces = self.link(low, high).nonces;
        let key = SessionKey::new((&ids[0], &nonces[0]), (&ids[1], &nonces[1]));
        let spaces = self.ever_hosts.keys().copied();
        let found = spaces.into_iter().find(|space| key.tag(space) == *tag)?;
        self.link(low, high).tags.insert(*tag, found);
        Some(found)
    }

    /// What differs between the hosts of a space, if anything.
    pub(crate) fn difference(&self) -> Option<String> {
        for space in self.ever_hosts.keys() {
            let hosts: Vec<usize> = (0..self.sites.len())
                .filter(|at| self.sites[*at].hosts.contains_key(space))
                .collect();
            let Some((first, rest)) = hosts.split_first() else {
                continue;
            };
            let ids = self.sites[*first].disk.ids(space);
            for other in rest {
                if self.sites[*other].disk.ids(space) != ids {
                    return Some(format!("space {space:?}: sites {first} and {other} differ"));
                }
                let heights = |disk: &Disk| -> BTreeMap<_, _> {
                    let logs = disk.spaces.get(space).into_iter().flatten();
                    logs.map(|(id, log)| (*id, (log.state.height(), log.state.tips())))
                        .filter(|(_, (height, tips))| *height > 0 || tips.is_some())
                        .collect()
                };
                let (one, two) = (&self.sites[*first].disk, &self.sites[*other].disk);
                if heights(one) != heights(two) {
                    return Some(format!("space {space:?}: heights of {first} and {other}"));
                }
            }
        }
        None
    }

    /// States of all logs at all sites, for the reader of a failed run.
    pub(crate) fn describe(&self) -> String {
        let mut text = String::new();
        for space in self.ever_hosts.keys() {
            for (at, site) in self.sites.iter().enumerate() {
                let hosts = site.hosts.get(space).map(|hosts| {
                    let hosts = hosts.iter().map(|host| self.site_of(host));
                    hosts.collect::<Vec<_>>()
                });
                let own = site.own_log(space);
                text += &format!("space {space:?} site {at} hosts {hosts:?} own {own:?}\n");
                for (id, log) in site.disk.spaces.get(space).into_iter().flatten() {
                    let state = &log.state;
                    let tips = state.fork.as_ref().map(|fork| (fork.at, &fork.tips));
                    let above = state.above_ranges();
                    let writer = self.site_of(&state.node);
                    text += &format!(
                        "  log {id:?} of {writer}: height {} reach {} above {above:?} fork {tips:?}\n",
                        state.height(),
                        state.reach()
                    );
                }
            }
        }
        text
    }
}
