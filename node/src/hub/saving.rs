//! Saving views: changed rows go to the state file, idle spaces are put away.

use super::{After, Hub};
use crate::store::StateWrite;
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
            self.after
                .push(After::Save(std::mem::replace(&mut writes, rest)));
        }
    }

    /// Changed rows of all loaded spaces, and acknowledgements.
    pub(crate) fn rows_to_save(&mut self) -> Vec<StateWrite> {
        let mut writes = Vec::new();
        for space in self.spaces.values_mut() {
            space.save(&mut writes);
        }
        for node in std::mem::take(&mut self.acks_dirty) {
            let heights = self.acks.get(&node).into_iter().flatten();
            let heights = heights.map(|(log, seq)| (*log, *seq)).collect();
            writes.push(StateWrite::Acks(node, heights));
        }
        writes
    }

    pub(super) fn put_away_idle(&mut self) {
        let realm = SpaceId(self.me.realm.0);
        // A row that is still on its way to the disk would be read back as it was before.
        let saving = self.saves_done < self.saves_sent
            || self
                .durable
                .iter()
                .any(|(_, after)| after.iter().any(|one| matches!(one, After::Save(_))))
            || self.after.iter().any(|one| matches!(one, After::Save(_)));
        while !saving && self.spaces.len() > SPACES_LOADED_MAX {
            let idle = self
                .spaces
                .values()
                .filter(|space| space.id != realm && !space.changed && space.dirty.is_empty())
                .filter(|space| !self.documents.has_open(&space.id))
                .filter(|space| !self.browsers.watches(&space.id))
                .min_by_key(|space| space.used_ms)
                .map(|space| space.id);
            let Some(idle) = idle else { return };
            if let Some(space) = self.spaces.remove(&idle) {
                self.summaries.insert(idle, space.summary());
            }
        }
    }

    /// One hash per space over its canonical rows: equal sites have equal ones.
    pub(crate) fn fingerprints(&mut self) -> BTreeMap<SpaceId, String> {
        let spaces: Vec<SpaceId> = self.catalog.spaces().map(|(space, _)| space).collect();
        let mut prints = BTreeMap::new();
        for id in spaces {
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
