//! Saving views: changed rows go to the state file, idle spaces are put away.

use super::{After, Hub};
use crate::store::{StateWrite, Ticket};
use bocage_crdt::ids::SpaceId;
use std::collections::BTreeMap;

impl Hub {
    /// Saves changed rows now and then, and puts idle spaces away.
    pub(crate) fn save_tick(&mut self, now_ms: u64) {
        if now_ms < self.next_save_ms {
            return;
        }
        self.next_save_ms = now_ms + SAVE_EVERY_MS;
        self.save_all();
        self.put_away_idle();
    }

    /// Saves what changed, once the entries it includes are durable.
    pub(crate) fn save_all(&mut self) {
        let mut writes = self.rows_to_save();
        while !writes.is_empty() {
            let rest = writes.split_off(writes.len().min(ROWS_PER_SAVE));
            let round = rest.is_empty().then_some(self.save_round);
            self.after
                .push(After::Save(std::mem::replace(&mut writes, rest), round));
        }
    }

    /// What was saved up to this ticket is on the disk.
    pub(super) fn saved(&mut self, ticket: Ticket) {
        while let Some((sent, round)) = self.rounds_sent.front().copied()
            && sent <= ticket
        {
            self.saved_round = round;
            self.rounds_sent.pop_front();
        }
    }

    /// Changed rows of all loaded spaces, and acknowledgements.
    pub(crate) fn rows_to_save(&mut self) -> Vec<StateWrite> {
        let mut writes = Vec::new();
        self.save_round += 1;
        for space in self.spaces.values_mut() {
            if self.rejudge.is_running(&space.id) {
                // Heights that include what its rows do not know of.
                continue;
            }
            let clears = space.cleared;
            if space.save(&mut writes) {
                space.saved_in = self.save_round;
                if clears {
                    space.cleared_in = self.save_round;
                }
            }
        }
        for node in std::mem::take(&mut self.acks_dirty) {
            let heights = self.acks.get(&node).into_iter().flatten();
            let heights = heights.map(|(log, seq)| (*log, *seq)).collect();
            writes.push(StateWrite::Acks(node, heights));
        }
        writes
    }

    /// Puts the least used spaces away. Only where no caller holds on to a space that it has
    /// loaded: at the tick, and between the spaces of a list.
    pub(super) fn put_away_idle(&mut self) {
        let realm = SpaceId(self.me.realm.0);
        let surplus = self.spaces.len().saturating_sub(SPACES_LOADED_MAX);
        if surplus == 0 {
            return;
        }
        // A row that is still on its way to the disk would be read back as it was before.
        let mut idle: Vec<(u64, SpaceId)> = self
            .spaces
            .values()
            .filter(|space| space.id != realm && !space.changed && space.dirty.is_empty())
            .filter(|space| space.saved_in <= self.saved_round)
            .filter(|space| !self.rejudge.is_running(&space.id))
            .filter(|space| !self.documents.has_open(&space.id))
            .filter(|space| !self.browsers.watches(&space.id))
            .map(|space| (space.used_ms, space.id))
            .collect();
        idle.sort_unstable();
        for (_, idle) in idle.into_iter().take(surplus) {
            if let Some(space) = self.spaces.remove(&idle) {
                self.summaries.insert(idle, space.summary());
            }
        }
    }

    /// One hash per space over its canonical rows: equal sites have equal ones.
    pub(crate) fn fingerprints(&mut self) -> BTreeMap<SpaceId, String> {
        let spaces: Vec<SpaceId> = self.catalog.spaces().map(|(space, _)| space).collect();
        let mut prints = BTreeMap::new();
        self.finish_rebuilds();
        for id in spaces {
            self.put_away_idle();
            if self.space(&id).is_err() {
                continue;
            }
            self.show_stale(&id, usize::MAX);
            let Some(space) = self.spaces.get(&id) else {
                continue;
            };
            prints.insert(id, space.fingerprint());
        }
        prints
    }
}

/// Spaces kept loaded: a site serves a few dozen people at a time, each with a few spaces.
const SPACES_LOADED_MAX: usize = 96;

/// How often changed rows go to the state file.
const SAVE_EVERY_MS: u64 = 2_000;

/// Rows written in one save: bounds the time that the saving thread holds the disk.
const ROWS_PER_SAVE: usize = 5_000;
