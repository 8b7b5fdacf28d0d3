//! Whether all hosts of all spaces store the same.

use std::collections::BTreeMap;

use crate::disk::Disk;
use crate::world::World;

impl World {
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
