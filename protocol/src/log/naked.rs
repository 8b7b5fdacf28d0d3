//! Entries that came without their payload before this site knows of an erasure that covers them.
//!
//! The host that serves them has destroyed the bytes; the operation that allowed it may stand later
//! in the same log. So the header is kept and what comes after it is read, but nothing from there
//! on is acknowledged, and the payload is wanted of every host that claims to have it. Once an
//! erasure covers the item the entry is whole. Rights entries are never without payload.

use bocage_crdt::ids::{EntryId, ItemId};
use serde::{Deserialize, Serialize};

use super::{Accepted, Known, LogState};
use crate::entry::{Entry, EntryKind};
use crate::limits::NAKED_PER_LOG_MAX;

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Naked {
    /// Its place.
    pub seq: u64,
    /// Of which item.
    pub item: ItemId,
    /// The entry before it: the last that is acknowledged.
    pub before: EntryId,
}

impl Naked {
    pub(super) fn of(entry: &Entry) -> Self {
        Self {
            seq: entry.header.seq,
            item: entry.header.item,
            before: entry.header.prev,
        }
    }
}

impl LogState {
    /// The first entry whose payload is missing, below any gap.
    fn first_naked(&self) -> Option<&Naked> {
        let first = self.naked.as_ref()?.first()?;
        (first.seq <= self.reach()).then_some(first)
    }

    /// `height`, cut where a payload is missing, or a whole entry.
    pub(super) fn whole(&self, height: u64) -> u64 {
        self.first_unwhole()
            .map_or(height, |(seq, _)| height.min(seq - 1))
    }

    /// The first place that is not stored whole, and the entry before it.
    fn first_unwhole(&self) -> Option<(u64, EntryId)> {
        let naked = self.first_naked().map(|naked| (naked.seq, naked.before));
        let lost = self.first_lost().map(|lost| (lost.seq, lost.before));
        naked.into_iter().chain(lost).min()
    }

    /// The last entry of the unforked main line that is acknowledged.
    pub fn last_whole(&self) -> Option<EntryId> {
        match self.first_unwhole() {
            Some((seq, before)) => (seq > 1).then_some(before),
            None => self.head.map(|head| head.id),
        }
    }

    /// The first place whose payload is missing here and that `offered` has.
    pub(crate) fn wanted_payload(&self, offered: &[(u64, u64)]) -> Option<(u64, u64)> {
        if self.fork.is_some() {
            return None;
        }
        let below = |naked: &&Naked| naked.seq <= self.reach();
        let mut naked = self.naked.iter().flat_map(|all| all.iter()).filter(below);
        let has = |naked: &&Naked| {
            let mut ranges = offered.iter();
            ranges.any(|(from, to)| (*from..=*to).contains(&naked.seq))
        };
        naked.find(has).map(|naked| (naked.seq, naked.seq))
    }

    /// Entries are whole now that an erasure covers their items; `true` if there were any.
    pub fn cover(&mut self, is_erased: impl Fn(&ItemId) -> bool) -> bool {
        let Some(naked) = &mut self.naked else {
            return false;
        };
        let before = naked.len();
        naked.retain(|naked| !is_erased(&naked.item));
        let covered = naked.len() < before;
        if naked.is_empty() {
            self.naked = None;
        }
        covered
    }

    /// Entries stored here whole without payload, while an erasure covered them, are covered no more:
    /// their payloads are wanted again. `true` if any of them is news.
    pub fn uncover(&mut self, bare: &[Naked], known: &dyn Known) -> bool {
        if self.fork.is_some() {
            return false;
        }
        let reach = self.reach();
        let mut all: Vec<Naked> = self.naked.as_deref().cloned().unwrap_or_default();
        let before = all.len();
        for one in bare {
            let lost = self.lost_places().any(|seq| seq == one.seq);
            if let Err(place) = all.binary_search(one)
                && (1..=reach).contains(&one.seq)
                && !lost
                && all.len() < NAKED_PER_LOG_MAX
                && !known.is_erased(&one.item)
            {
                all.insert(place, *one);
            }
        }
        let grew = all.len() > before;
        if grew {
            self.naked = Some(Box::new(all));
        }
        grew
    }

    /// Whether this is the entry of a place whose payload is missing.
    pub(crate) fn was_naked(&self, entry: &Entry, known: &dyn Known) -> bool {
        let mut naked = self.naked.iter().flat_map(|all| all.iter());
        naked.any(|naked| naked.seq == entry.header.seq)
            && self.id_at(entry.header.seq, known) == Some(entry.id)
    }

    /// Whether entries that came without payload may be kept: content of a log in one line, and not
    /// more than can be remembered.
    pub(super) fn takes_naked(&self, naked: &[&Entry]) -> bool {
        let kept = self.naked.as_ref().map_or(0, |naked| naked.len());
        naked.is_empty()
            || (self.fork.is_none()
                && kept + naked.len() <= NAKED_PER_LOG_MAX
                && naked
                    .iter()
                    .all(|entry| entry.header.kind != EntryKind::Rights))
    }

    /// Remembers which of the entries just taken into the main line have no payload.
    pub(super) fn note_naked(&mut self, taken: &[Entry], known: &dyn Known) {
        let mut all: Vec<Naked> = match self.naked.take() {
            Some(naked) => *naked,
            None => Vec::new(),
        };
        if let (Some(first), Some(last)) = (taken.first(), taken.last()) {
            let (first, last) = (first.header.seq, last.header.seq);
            // What took the place of an abandoned run took the place of its gaps, too.
            all.retain(|naked| !(first..=last).contains(&naked.seq) && self.holds(naked.seq));
        }
        all.extend(taken.iter().filter_map(|entry| {
            let missing = entry.payload.is_none() && !known.is_erased(&entry.header.item);
            missing.then(|| Naked::of(entry))
        }));
        all.sort_unstable();
        self.naked = (!all.is_empty()).then(|| Box::new(all));
    }

    fn holds(&self, seq: u64) -> bool {
        let mut above = self.above.iter();
        seq <= self.reach() || above.any(|run| (run.from..=run.head.seq).contains(&seq))
    }

    /// A range that is stored here came again: takes the payloads that were missing.
    pub(super) fn take_payloads(&mut self, entries: Vec<Entry>) -> Accepted {
        let Some(naked) = &mut self.naked else {
            return Accepted::Duplicate;
        };
        let missing = |entry: &Entry| naked.iter().any(|naked| naked.seq == entry.header.seq);
        let wanted: Vec<Entry> = entries.into_iter().filter(missing).collect();
        let in_vain = !wanted.is_empty();
        let brought: Vec<Entry> = wanted
            .into_iter()
            .filter(|one| one.payload.is_some())
            .collect();
        if brought.is_empty() {
            return if in_vain {
                Accepted::WithoutPayload
            } else {
                Accepted::Duplicate
            };
        }
        naked.retain(|naked| !brought.iter().any(|entry| entry.header.seq == naked.seq));
        if naked.is_empty() {
            self.naked = None;
        }
        Accepted::Main(brought)
    }
}
