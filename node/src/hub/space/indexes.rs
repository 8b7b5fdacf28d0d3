//! The indexes of a space's rows: what lists, counts and the inbox are read from.

use std::collections::BTreeSet;

use bocage_crdt::features::read_mark::Order;
use bocage_crdt::ids::{ItemId, PersonId};

use super::{Outcome, Space};
use crate::hub::item::Item;
use crate::store::{EntryPlace, LogNumber};

impl Space {
    pub(super) fn index(&mut self, id: ItemId, item: &Item) {
        self.by_place.insert((item.place.log, item.place.seq), id);
        self.children
            .entry((item.parent, item.kind.number))
            .or_default()
            .insert((item.created, id));
        if item
            .feature()
            .is_some_and(|feature| feature.counts_as_unread())
        {
            let arrivals = self.arrivals.entry(item.parent).or_default();
            // Rows are restored in order of ids; arrivals are kept sorted whatever comes.
            let at = arrivals.partition_point(|(arrival, _)| *arrival < item.arrival);
            arrivals.insert(at, (item.arrival, id));
        }
        if item.changed_ms >= self.newest_ms
            && item
                .feature()
                .is_some_and(|feature| feature.activity().is_some())
        {
            self.newest_ms = item.changed_ms;
            self.newest = Some(id);
        }
    }

    /// Takes an item out of every view.
    pub(in crate::hub) fn hide(&mut self, id: &ItemId) {
        self.orphans.remove(id);
        // What was held of it waits for no manager any more.
        let held = self.held.extract_if(.., |_, held| held.item == *id);
        for (place, _) in held {
            self.pending.remove(&place);
            self.changed = true;
        }
        let Some(item) = self.items.remove(id) else {
            return;
        };
        self.by_place.remove(&(item.place.log, item.place.seq));
        if let Some(children) = self.children.get_mut(&(item.parent, item.kind.number)) {
            children.remove(&(item.created, *id));
        }
        if let Some(arrivals) = self.arrivals.get_mut(&item.parent) {
            arrivals.retain(|(_, other)| other != id);
        }
        if self.newest == Some(*id) {
            self.newest = self.newest_activity(1).first().copied();
            let newest = self.newest.and_then(|id| self.items.get(&id));
            self.newest_ms = newest.map_or(0, |item| item.changed_ms);
        }
        self.dirty.insert(*id);
        self.changed = true;
    }

    /// Places to be judged again after `item` came or rights changed.
    pub(crate) fn take_orphans(&mut self, item: &ItemId) -> Vec<EntryPlace> {
        self.orphans
            .remove(item)
            .unwrap_or_default()
            .into_iter()
            .collect()
    }

    /// Everything that does not count yet but may later.
    pub(crate) fn pending_places(&self) -> Vec<EntryPlace> {
        let again = |outcome: &Outcome| {
            matches!(
                outcome,
                Outcome::Waiting | Outcome::Held(_) | Outcome::Unadmitted(_)
            )
        };
        let places = self.pending.iter().filter(|(_, outcome)| again(outcome));
        places.map(|(place, _)| *place).collect()
    }

    /// Children of a kind, in the shown order.
    pub(crate) fn children(
        &self,
        parent: ItemId,
        kind: u16,
    ) -> impl DoubleEndedIterator<Item = (Order, ItemId)> + '_ {
        self.children
            .get(&(parent, kind))
            .into_iter()
            .flatten()
            .copied()
    }

    /// How many children of a kind there are.
    pub(crate) fn count_children(&self, parent: ItemId, kind: u16) -> usize {
        self.children.get(&(parent, kind)).map_or(0, BTreeSet::len)
    }

    /// Children of a kind before a point of the order, newest first.
    pub(crate) fn children_before(
        &self,
        parent: ItemId,
        kind: u16,
        before: Option<Order>,
    ) -> impl Iterator<Item = (Order, ItemId)> + '_ {
        let end = before.map(|before| (before, ItemId::default()));
        self.children
            .get(&(parent, kind))
            .into_iter()
            .flat_map(move |set| match end {
                Some(end) => set.range(..end).rev(),
                None => set.range(..).rev(),
            })
            .copied()
    }

    /// Items of a kind, whoever their parent is.
    pub(crate) fn of_kind(&self, kind: u16) -> impl Iterator<Item = (&ItemId, &Item)> {
        self.items
            .iter()
            .filter(move |(_, item)| item.kind.number == kind)
            .map(|(id, item)| (id, &**item))
    }

    /// Arrival number up to which everything in the shown order is covered by `up_to`.
    pub(crate) fn arrival_of(&self, parent: &ItemId, up_to: Order) -> u64 {
        let arrivals = self.arrivals.get(parent).map_or(&[][..], Vec::as_slice);
        arrivals
            .iter()
            .rev()
            .find(|(_, id)| self.items.get(id).is_some_and(|item| item.created <= up_to))
            .map_or(0, |(arrival, _)| *arrival)
    }

    /// What arrived under `parent` after `seen`, by others than `reader`, in order of arrival.
    pub(crate) fn unread(&self, parent: &ItemId, seen: u64, reader: &PersonId) -> Vec<ItemId> {
        let arrivals = self.arrivals.get(parent).map_or(&[][..], Vec::as_slice);
        let start = arrivals.partition_point(|(arrival, _)| *arrival <= seen);
        arrivals[start..]
            .iter()
            .map(|(_, id)| *id)
            .filter(|id| {
                self.items
                    .get(id)
                    .is_some_and(|item| item.creator != *reader)
            })
            .collect()
    }

    /// Items whose last change lies in a log above `from` up to `to`, at most `most`.
    pub(crate) fn newest_in(&self, log: LogNumber, from: u64, to: u64, most: usize) -> Vec<ItemId> {
        let range = (log, from + 1)..=(log, to);
        self.by_place
            .range(range)
            .rev()
            .take(most)
            .map(|(_, item)| *item)
            .collect()
    }
}
