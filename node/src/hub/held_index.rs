//! The index of held work: kept while entries are judged, so that a list can be counted and put in
//! order without reading the disk.

use std::collections::BTreeMap;

use bocage_crdt::features::read_mark::Order;
use bocage_crdt::features::set_aside::Mark;
use bocage_crdt::ids::{EntryId, ItemId, NodeId, PersonId};
use bocage_protocol::entry::{Creation, Entry};
use bocage_protocol::rights::{HeldReason, Standing, Writer};

use super::item::order;
use super::rows::kind;
use super::space::Space;
use crate::store::EntryPlace;

/// Entries in one row: two hours of typing. More make a second row, so that each row's words can
/// be counted within a turn.
pub(super) const ENTRIES_PER_ROW_MAX: usize = 1_024;

/// What the index knows of one held entry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held {
    pub item: ItemId,
    pub author: PersonId,
    pub node: NodeId,
    pub at: Order,
    pub wall_ms: u64,
    pub creation: Option<Creation>,
    pub reason: HeldReason,
}

impl Held {
    pub(super) fn of(writer: Writer, entry: &Entry, reason: HeldReason) -> Self {
        let header = &entry.header;
        Self {
            item: header.item,
            author: header.author,
            node: writer.node,
            at: order(header.lamport, entry.id),
            wall_ms: header.wall_ms,
            creation: header.creation,
            reason,
        }
    }
}

/// Held work of one person on one item, for one reason.
#[derive(Debug, Clone)]
pub(super) struct Group {
    /// Latest of its entries: where it stands in the list.
    pub at: Order,
    pub entries: Vec<(Held, EntryPlace)>,
}

/// What managers said of an entry.
pub(super) struct Said {
    pub aside: bool,
    pub by: PersonId,
    pub reason: String,
}

impl Space {
    /// Held content that a manager is asked about, latest first.
    pub(super) fn held_groups(&self) -> Vec<Group> {
        let mut by_key: BTreeMap<_, Vec<(Held, EntryPlace)>> = BTreeMap::new();
        let asked = self.held.iter();
        let asked = asked.filter(|(place, _)| !self.awaited.contains_key(place));
        for (place, held) in asked.filter(|(_, held)| !self.is_decision(held)) {
            let key = (held.item, held.author, held.node, held.reason);
            by_key.entry(key).or_default().push((*held, *place));
        }
        let mut groups = Vec::new();
        for mut entries in by_key.into_values() {
            entries.sort_by_key(|(held, _)| held.at);
            for part in entries.chunks(ENTRIES_PER_ROW_MAX) {
                let entries = part.to_vec();
                groups.extend(part.last().map(|(held, _)| Group {
                    at: held.at,
                    entries,
                }));
            }
        }
        groups.sort_by_key(|group| std::cmp::Reverse(group.at));
        groups
    }

    /// What a manager decided in the inbox of the closed space itself: it counts as soon as its
    /// second half is here, and is nobody's work to look at.
    fn is_decision(&self, held: &Held) -> bool {
        let of = held.creation.or_else(|| self.creation_of(&held.item));
        let is = |name: &str| of.is_some_and(|of| of.kind.number == kind(name));
        matches!(held.reason, HeldReason::Closed(_))
            && (is("setAside") || is("entryRequest") && held.creation.is_none())
    }

    /// Whether what is taken up are such decisions, and no work.
    pub(super) fn decides(&self, entries: &[EntryId]) -> bool {
        let marks = self.of_kind(kind("setAside"));
        let mut answers = marks.chain(self.of_kind(kind("entryRequest")));
        match entries {
            [entry] => answers.any(|(_, row)| row.changed.entry == *entry),
            _ => false,
        }
    }

    /// Rights operations that are held: of a new life of a site, or above a fork.
    pub(super) fn held_operations(&self) -> Vec<(Order, EntryPlace, HeldReason)> {
        let held: BTreeMap<EntryId, HeldReason> = self
            .rights
            .operations()
            .filter_map(|(id, standing)| match standing {
                Standing::Held(reason) => Some((*id, reason)),
                _ => None,
            })
            .collect();
        if held.is_empty() {
            return Vec::new();
        }
        let told = self.trail.iter().rev();
        told.filter_map(|(at, place)| Some((*at, *place, *held.get(&at.entry)?)))
            .collect()
    }

    /// The latest word of a manager on each entry.
    pub(super) fn said_of_held(&self) -> BTreeMap<EntryId, Said> {
        let mut said = BTreeMap::new();
        // In the shown order: a later mark replaces an earlier one.
        for (_, id) in self.children(ItemId::root(&self.id), kind("setAside")) {
            let row = self.items.get(&id);
            let mark = row.and_then(|row| Some((row.changed_by, Mark::of(row.record()?)?)));
            let Some((by, mark)) = mark else { continue };
            for entry in mark.entries {
                let reason = mark.reason.clone();
                let aside = mark.aside;
                said.insert(entry, Said { aside, by, reason });
            }
        }
        said
    }

    /// How many rows wait for a manager.
    pub(super) fn count_held(&self) -> u32 {
        let (groups, operations) = (self.held_groups(), self.held_operations());
        if groups.is_empty() && operations.is_empty() {
            return 0;
        }
        let said = self.said_of_held();
        let waits = |entry: &EntryId| said.get(entry).is_none_or(|said| !said.aside);
        let groups = groups.iter().filter(|group| group.waits(&said)).count();
        let operations = operations
            .iter()
            .filter(|(at, ..)| waits(&at.entry))
            .count();
        (groups + operations) as u32
    }

    /// How many rows of one person wait for a manager.
    pub(super) fn count_own_held(&self, person: &PersonId) -> u32 {
        if self.held.values().all(|held| held.author != *person) {
            return 0;
        }
        let groups = self.held_groups();
        groups
            .iter()
            .filter(|group| group.author() == *person)
            .count() as u32
    }
}

impl Group {
    pub(super) fn first(&self) -> &Held {
        &self.entries[0].0
    }

    pub(super) fn author(&self) -> PersonId {
        self.first().author
    }

    /// Whether a manager has not left all of it aside.
    pub(super) fn waits(&self, said: &BTreeMap<EntryId, Said>) -> bool {
        self.entries
            .iter()
            .any(|(held, _)| said.get(&held.at.entry).is_none_or(|said| !said.aside))
    }
}
