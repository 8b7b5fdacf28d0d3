//! Entries that were stored here and cannot be read any more: the disk damaged them.
//!
//! Their place, and the id of what stood there, are told by the entry after them. So what comes back
//! from another site is known by its id, whoever sends it, and no signature is asked for twice. Until
//! then nothing from there on is acknowledged; what stands after it is served and judged as before.

use bocage_crdt::ids::EntryId;
use serde::{Deserialize, Serialize};

use super::{Accepted, Known, LogState, Naked};
use crate::entry::{Entry, Header, LogHead};
use crate::limits::LOST_PER_LOG_MAX;

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Lost {
    /// Its place.
    pub seq: u64,
    /// What stood there; not known while the entry after it is lost, too.
    pub id: Option<EntryId>,
    /// The entry before it, as far as it can be read.
    pub before: EntryId,
}

impl LogState {
    /// Places on the main line that cannot be read, ascending.
    pub fn lost_places(&self) -> impl Iterator<Item = u64> + '_ {
        self.lost
            .iter()
            .flat_map(|all| all.iter())
            .map(|one| one.seq)
    }

    /// The first of them, below any gap.
    pub(super) fn first_lost(&self) -> Option<&Lost> {
        let first = self.lost.as_ref()?.first()?;
        (first.seq <= self.reach()).then_some(first)
    }

    /// The entry at `seq` cannot be read any more. False if that changes nothing: it is known, it is
    /// no place of the main line, or there are more than can be remembered.
    pub fn lose(&mut self, seq: u64, known: &dyn Known) -> bool {
        if seq > self.reach() {
            // Above a gap nothing is acknowledged: the whole run is asked for again.
            let before = self.above.len();
            self.above
                .retain(|run| !(run.from..=run.head.seq).contains(&seq));
            return self.above.len() < before;
        }
        let doubtful = self.fork.as_ref().is_some_and(|fork| seq >= fork.at);
        let mut lost: Vec<Lost> = self.lost.as_deref().cloned().unwrap_or_default();
        let Err(place) = lost.binary_search_by_key(&seq, |one| one.seq) else {
            return false;
        };
        if seq == 0 || doubtful || lost.len() >= LOST_PER_LOG_MAX {
            return false;
        }
        let head = self.head.filter(|head| head.seq == seq);
        let after = || Header::decode(&known.at(seq + 1)?.bytes).ok();
        let id = match head {
            Some(head) => Some(head.id),
            None => after().map(|header| header.prev),
        };
        let before = known.at(seq - 1).map(|signed| signed.id());
        let one = Lost {
            seq,
            id,
            before: before.unwrap_or_default(),
        };
        lost.insert(place, one);
        self.lost = Some(Box::new(lost));
        // Without its header it is no entry without payload either.
        if let Some(naked) = &mut self.naked {
            naked.retain(|naked| naked.seq != seq);
            if naked.is_empty() {
                self.naked = None;
            }
        }
        true
    }

    /// The log, one of our own, can be read up to here: what stood after it is missing like anything
    /// else.
    pub fn end_at(&mut self, head: Option<LogHead>) {
        self.head = head;
        let reach = self.reach();
        if let Some(lost) = &mut self.lost {
            lost.retain(|one| one.seq <= reach);
        }
        if let Some(naked) = &mut self.naked {
            naked.retain(|one| one.seq <= reach);
        }
        self.lost = self.lost.take().filter(|lost| !lost.is_empty());
        self.naked = self.naked.take().filter(|naked| !naked.is_empty());
    }

    /// The first lost place that `offered` has and whose entry would be known again.
    pub fn wanted_lost(&self, offered: &[(u64, u64)]) -> Option<(u64, u64)> {
        let mut lost = self.lost.iter().flat_map(|all| all.iter());
        let has = |one: &&Lost| {
            let mut ranges = offered.iter();
            one.id.is_some() && ranges.any(|(from, to)| (*from..=*to).contains(&one.seq))
        };
        lost.find(has).map(|one| (one.seq, one.seq))
    }

    /// Whether this is what stood at a lost place.
    pub(crate) fn was_lost(&self, entry: &Entry) -> bool {
        let mut lost = self.lost.iter().flat_map(|all| all.iter());
        lost.any(|one| one.seq == entry.header.seq && one.id == Some(entry.id))
    }

    /// A chained range whose last entry is known by its id came again: takes what was lost of it, and
    /// payloads that were missing.
    pub(super) fn take_again(&mut self, entries: Vec<Entry>, known: &dyn Known) -> Accepted {
        let places: Vec<u64> = self.lost_places().collect();
        let (mut found, rest): (Vec<Entry>, Vec<Entry>) = entries
            .into_iter()
            .partition(|entry| places.binary_search(&entry.header.seq).is_ok());
        if found.is_empty() {
            return self.take_payloads(rest);
        }
        let missing =
            |entry: &&Entry| entry.payload.is_none() && !known.is_erased(&entry.header.item);
        let naked: Vec<&Entry> = found.iter().filter(missing).collect();
        if !self.takes_naked(&naked) {
            return Accepted::WithoutPayload;
        }
        let naked: Vec<Naked> = naked.into_iter().map(Naked::of).collect();
        self.found_again(&found);
        if !rest.is_empty()
            && let Accepted::Main(more) = self.take_payloads(rest)
        {
            found.extend(more);
            found.sort_unstable_by_key(|entry| entry.header.seq);
        }
        if !naked.is_empty() {
            let all = self.naked.get_or_insert_default();
            all.extend(naked);
            all.sort_unstable();
        }
        Accepted::Main(found)
    }

    fn found_again(&mut self, found: &[Entry]) {
        let Some(lost) = &mut self.lost else {
            return;
        };
        lost.retain(|one| !found.iter().any(|entry| entry.header.seq == one.seq));
        for one in lost.iter_mut() {
            for entry in found {
                if entry.header.seq == one.seq + 1 {
                    one.id = Some(entry.header.prev);
                }
                if entry.header.seq + 1 == one.seq {
                    one.before = entry.id;
                }
            }
        }
        if lost.is_empty() {
            self.lost = None;
        }
    }
}
