//! Entries that the disk damaged: this site no longer says that it has them, the exchange asks the
//! other hosts for them, and what comes is written in their place. Nothing damaged is shown or sent
//! meanwhile, and everything else goes on. Who reads finds damage; a slow walk reads what nobody
//! asks for, and also finds what was destroyed and is wanted again.

use std::collections::{BTreeMap, BTreeSet};

use bocage_crdt::ids::{LogId, NodeId, SpaceId};
use bocage_protocol::log::Naked;
use bocage_protocol::machine::Event;

use super::Hub;
use super::undoing::is_bare;
use crate::api::rows::SiteRef;
use crate::api::status::DamagedLine;
use crate::store::{EntryPlace, LogNumber, OTHER_BRANCHES, StoreError};

/// Between two steps of the walk: it takes a hundredth of the hub's time.
const STEP_EVERY_MS: u64 = 1_000;
/// The same while somebody waits for its end: leaves the hub to people for most of the time.
const HURRIED_STEP_EVERY_MS: u64 = 50;
/// Entries read in one step: about 10 ms. 200,000 entries are walked through in seven minutes.
const ENTRIES_PER_STEP: usize = 500;
/// Between two walks: disks rot over months.
const WALK_EVERY_MS: u64 = 24 * 3_600_000;

/// The walk.
#[derive(Default)]
pub(super) struct Healing {
    /// Runs still to be read, each with where to go on in it; the current one last.
    runs: Vec<(LogNumber, u64)>,
    next_step_ms: u64,
    /// How many of the last runs somebody waits for.
    hurried: usize,
}

impl Hub {
    pub(super) fn healing_tick(&mut self, now_ms: u64) {
        let due = now_ms >= self.healing.next_step_ms;
        if due {
            self.report(|hub| hub.walk_step(now_ms));
        }
        self.ask_again(due);
    }

    /// Tells the exchange what was found damaged. What it could not take is told again later: a space
    /// that it does not know yet, or as much as can be remembered.
    pub(super) fn ask_again(&mut self, all: bool) {
        let mut found = self.log_store.take_unreadable();
        if all {
            found.extend(self.log_store.unreadable());
        }
        for at in found {
            // Other branches of a forked log are held; they are named, not asked for.
            let known = self.catalog.log_by_number(at.log);
            let log = known.map(|known| known.log);
            let Some(log) = log.filter(|_| at.log & OTHER_BRANCHES == 0) else {
                continue;
            };
            let seq = at.seq;
            if let Some(space) = self.catalog.space_of(&log)
                && !self.lost_of(&log).contains(&seq)
            {
                self.machine_event(Event::Lost { space, log, seq });
            }
        }
    }

    /// The runs of a space, to be read soon: something of it may be wanted again.
    pub(super) fn walk_space(&mut self, id: &SpaceId) {
        let logs = self.catalog.logs_of(id).iter();
        let runs = logs.flat_map(|log| log.runs()).map(|(run, _)| (run, 0));
        let before = self.healing.runs.len();
        self.healing.runs.extend(runs);
        self.healing.hurried += self.healing.runs.len() - before;
        self.healing.next_step_ms = 0;
    }

    fn begin_walk(&mut self) {
        let spaces = self.catalog.spaces();
        let logs = spaces.flat_map(|(space, _)| self.catalog.logs_of(&space));
        let runs = logs.flat_map(|log| log.runs());
        self.healing.runs = runs.map(|(run, _)| (run, 0)).collect();
    }

    fn walk_step(&mut self, now_ms: u64) -> Result<(), StoreError> {
        if self.healing.runs.is_empty() {
            self.begin_walk();
        }
        if let Some((run, next)) = self.healing.runs.pop() {
            let (mut read, mut last, mut bare) = (0, None, Vec::new());
            self.log_store.scan_stored(run, next, |seq, entry| {
                read += 1;
                last = Some(seq);
                if is_bare(&entry) {
                    let header = &entry.header;
                    bare.push(Naked {
                        seq,
                        item: header.item,
                        before: header.prev,
                    });
                }
                read < ENTRIES_PER_STEP
            })?;
            let healing = &mut self.healing;
            let hurried = healing.hurried > 0;
            healing.next_step_ms = match last {
                Some(last) if read == ENTRIES_PER_STEP => {
                    healing.runs.push((run, last + 1));
                    let wait_ms = match hurried {
                        true => HURRIED_STEP_EVERY_MS,
                        false => STEP_EVERY_MS,
                    };
                    now_ms + wait_ms
                }
                // Most runs are short: several of them in a step's time.
                _ => {
                    healing.hurried = healing.hurried.saturating_sub(1);
                    now_ms
                }
            };
            self.found_bare(run, bare);
        }
        let healing = &mut self.healing;
        if healing.runs.is_empty() {
            healing.hurried = 0;
            healing.next_step_ms = now_ms + WALK_EVERY_MS;
        }
        Ok(())
    }

    /// Places of a log that are damaged, as its row says.
    pub(super) fn lost_of(&self, log: &LogId) -> BTreeSet<u64> {
        let known = self.catalog.log(log);
        known.map_or_else(BTreeSet::new, |known| known.state.lost_places().collect())
    }

    /// What is damaged now, by space and the site that wrote it.
    pub(super) fn damaged_lines(&self) -> Vec<DamagedLine> {
        let mut places: BTreeMap<(SpaceId, NodeId), BTreeSet<EntryPlace>> = BTreeMap::new();
        for (space, _) in self.catalog.spaces() {
            for known in self.catalog.logs_of(&space) {
                let log = known.number;
                let lost = known.state.lost_places();
                let of = places.entry((space, known.state.node)).or_default();
                of.extend(lost.map(|seq| EntryPlace { log, seq }));
            }
        }
        for at in self.log_store.unreadable() {
            let known = self.catalog.log_by_number(at.log);
            if let Some(known) = known
                && let Some(space) = self.catalog.space_of(&known.log)
            {
                let of = places.entry((space, known.state.node)).or_default();
                of.insert(at);
            }
        }
        places.retain(|_, places| !places.is_empty());
        let site = |node: &NodeId| SiteRef {
            id: *node,
            name: self.directory.site_name(node),
        };
        places
            .into_iter()
            .map(|((space, writer), places)| {
                let others = self.hosts_of(&space).into_iter();
                let others = others.filter(|node| *node != self.me.node);
                DamagedLine {
                    space: self.setting(&space, "name"),
                    site: site(&writer),
                    entries: places.len() as u64,
                    asked: others.map(|node| site(&node)).collect(),
                }
            })
            .collect()
    }
}
