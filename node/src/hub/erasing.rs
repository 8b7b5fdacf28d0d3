//! Erasures: what is hidden at once, everywhere, as soon as the operation counts here.
//!
//! Hidden means that no view, list, search, open page, presence, answer or snapshot knows the item
//! any more; its bytes are still on the disk until `destroying` removes them. What counts is a
//! function of the stored operations, as all rights are: an erasure hides while it counts and no
//! counting readmission names it. A readmission of an erasure is how it is taken back: the
//! operation exists, needs a manager, and falls with its author's right like any other.

use std::collections::{BTreeMap, BTreeSet};

use bocage_crdt::features::by_name;
use bocage_crdt::features::commands::{ERASED_ITEMS_MAX, ErasureCommand};
use bocage_crdt::ids::{CommandId, EntryId, ItemId, PersonId, SpaceId};
use bocage_protocol::rights::{Operation, Rights, Role, Standing};

use super::commands::Done;
use super::item::{Body, Item};
use super::space::Space;
use super::{After, Hub};
use crate::api::live::SiteMessage;
use crate::api::texts::Text;
use crate::api::{ApiError, ErrorCode};
use crate::store::{ErasureRow, StateWrite, StoreWrite};

/// Kinds that are no content: a space's settings, what sites write, and what a copy remembers.
const NEVER_ERASED: [&str; 10] = [
    "settings",
    "person",
    "readMark",
    "territory",
    "residence",
    "setAside",
    "erasureReceipt",
    "copy",
    "group",
    "groupRole",
];

/// The reason of an erasure that a site writes by itself, because an account was deleted. Two of these,
/// of sites that did not know of each other, are no confirmation: nobody thought twice.
pub(super) const ACCOUNT_DELETED: &str = "account-deleted";

/// The reason as people read it: what somebody typed.
pub(super) fn typed_reason(reason: &str) -> String {
    match reason {
        ACCOUNT_DELETED => String::new(),
        typed => typed.to_owned(),
    }
}

/// The erasures of one space.
#[derive(Default)]
pub(crate) struct Erasures {
    /// Every erasure, and every readmission, that is stored: whether it counts is asked anew.
    operations: BTreeSet<EntryId>,
    readmissions: BTreeSet<EntryId>,
    /// What they hide now, each item with all erasures that name it.
    hidden: BTreeMap<ItemId, BTreeSet<EntryId>>,
}

impl Erasures {
    pub(crate) fn hides(&self, item: &ItemId) -> bool {
        self.hidden.contains_key(item)
    }

    /// Hidden items.
    pub(crate) fn items(&self) -> impl Iterator<Item = &ItemId> {
        self.hidden.keys()
    }

    /// All stored erasures.
    pub(super) fn operations(&self) -> impl Iterator<Item = &EntryId> {
        self.operations.iter()
    }

    /// Erasures that hide something now.
    pub(super) fn standing(&self) -> BTreeSet<EntryId> {
        self.hidden.values().flatten().copied().collect()
    }

    fn note(&mut self, rights: &Rights, id: EntryId) {
        match rights.operation(&id) {
            Some(Operation::Erase { .. }) => drop(self.operations.insert(id)),
            Some(Operation::Readmit { .. }) => drop(self.readmissions.insert(id)),
            _ => {}
        }
    }

    /// What the stored operations hide.
    fn judged(&self, rights: &Rights) -> BTreeMap<ItemId, BTreeSet<EntryId>> {
        let counts = |id: &&EntryId| rights.stands(id) == Standing::Counts;
        let mut undone: BTreeSet<EntryId> = BTreeSet::new();
        for id in self.readmissions.iter().filter(counts) {
            if let Some(Operation::Readmit { entries }) = rights.operation(id) {
                undone.extend(entries);
            }
        }
        let mut hidden: BTreeMap<ItemId, BTreeSet<EntryId>> = BTreeMap::new();
        for id in self.operations.iter().filter(counts) {
            if let Some(Operation::Erase { items, .. }) = rights.operation(id)
                && !undone.contains(id)
            {
                for item in items {
                    hidden.entry(*item).or_default().insert(*id);
                }
            }
        }
        hidden
    }
}

impl Space {
    /// Rights operations came: hides what they erase. `true` when something must be shown again,
    /// for which the space is judged anew.
    pub(super) fn erasures_moved(&mut self, operations: impl IntoIterator<Item = EntryId>) -> bool {
        for id in operations {
            self.erasures.note(&self.rights, id);
        }
        if self.erasures.operations.is_empty() {
            return false;
        }
        let hidden = self.erasures.judged(&self.rights);
        let before = std::mem::replace(&mut self.erasures.hidden, hidden);
        let new: Vec<ItemId> = self.erasures.items().copied().collect();
        for item in new.iter().filter(|item| !before.contains_key(item)) {
            self.hide(item);
        }
        before.keys().any(|item| !self.erasures.hides(item))
    }

    /// Why an item is not among the rows.
    pub(super) fn missing(&self, item: &ItemId) -> ApiError {
        if self.erasures.hides(item) {
            ApiError::new(ErrorCode::Erased)
        } else {
            ApiError::not_found()
        }
    }
}

/// What the hub remembers of erasures.
pub(super) struct Erasing {
    /// How far each erasure is here, as on disk.
    pub rows: BTreeMap<EntryId, ErasureRow>,
    /// What the browsers were last told to be hidden, by space.
    told: BTreeMap<SpaceId, BTreeSet<ItemId>>,
    /// What the exchange was last told to be whole without payload, by space.
    pub exchanged: BTreeMap<SpaceId, BTreeSet<ItemId>>,
    /// Items whose bytes are being removed, or are: what comes of them is stored without payload.
    pub gone: BTreeMap<SpaceId, BTreeSet<ItemId>>,
    /// The removal under way.
    pub removal: Option<super::destroying::Removal>,
    /// When to look again what is due, on the clock that never jumps.
    pub next_look_ms: u64,
    /// Compaction of the two files, as far as it is.
    pub compaction: super::destroying::Compaction,
}

impl Erasing {
    pub(super) fn new(rows: Vec<(EntryId, ErasureRow)>) -> Self {
        let mut gone: BTreeMap<SpaceId, BTreeSet<ItemId>> = BTreeMap::new();
        for (_, row) in rows.iter().filter(|(_, row)| row.removed_ms.is_some()) {
            gone.entry(row.space).or_default().extend(&row.items);
        }
        Self {
            rows: rows.into_iter().collect(),
            told: BTreeMap::new(),
            exchanged: BTreeMap::new(),
            gone,
            removal: None,
            next_look_ms: 0,
            compaction: super::destroying::Compaction::default(),
        }
    }
}

impl Hub {
    /// The erasures of a space may have moved: open pages, other tabs and the exchange hear of it,
    /// and the waiting time begins or ends.
    pub(super) fn erasures_changed(&mut self, id: &SpaceId) {
        let Some(space) = self.spaces.get(id) else {
            return;
        };
        let number = space.number;
        let now: BTreeSet<ItemId> = space.erasures.items().copied().collect();
        let standing = space.erasures.standing();
        self.note_standing(id, &standing);
        let before = self.erasing.told.get(id).cloned().unwrap_or_default();
        if now == before {
            return self.receipts_moved(id);
        }
        let mut snapshots = Vec::new();
        for item in now.difference(&before) {
            self.close_erased(item);
            snapshots.push(StateWrite::Snapshot(number, *item, None));
        }
        if !snapshots.is_empty() {
            self.after.push(After::Save(snapshots, None));
        }
        let changed = now.symmetric_difference(&before).copied();
        self.touched.entry(*id).or_default().extend(changed);
        self.erasing.told.insert(*id, now);
        self.tell_erased(id);
        self.people_changed(id);
    }

    /// Begins the waiting time of erasures that stand, and forgets those that fell before anything
    /// was removed, or once all was and this site's receipt says so: should they stand again, they
    /// wait anew.
    fn note_standing(&mut self, id: &SpaceId, standing: &BTreeSet<EntryId>) {
        let guest = self.me.guest;
        let said = |row: &ErasureRow| row.destroyed_ms.is_some() && (row.receipted || guest);
        let fallen = |row: &ErasureRow, operation: &EntryId| {
            let done = row.removed_ms.is_none() || said(row);
            row.space == *id && done && !standing.contains(operation)
        };
        let fallen: Vec<EntryId> = self
            .erasing
            .rows
            .iter()
            .filter(|(operation, row)| fallen(row, operation))
            .map(|(operation, _)| *operation)
            .collect();
        for operation in fallen {
            self.erasing.rows.remove(&operation);
            self.batch.push(StoreWrite::Erasure(operation, None));
        }
        for operation in standing {
            if self.erasing.rows.contains_key(operation) {
                continue;
            }
            let Some(space) = self.spaces.get(id) else {
                return;
            };
            let Some(Operation::Erase { items, reason }) = space.rights.operation(operation) else {
                continue;
            };
            let author = space.rights_authors.get(operation).copied();
            let row = ErasureRow {
                space: *id,
                by: author
                    .filter(|_| reason != ACCOUNT_DELETED)
                    .unwrap_or_default(),
                items: items.clone(),
                seen_ms: self.clock.wall_ms(),
                removed_ms: None,
                destroyed_ms: None,
                receipted: false,
            };
            self.put_erasure(*operation, row);
            self.erasing.next_look_ms = 0;
        }
        self.keep_standing(id, standing);
    }

    pub(super) fn put_erasure(&mut self, operation: EntryId, row: ErasureRow) {
        let write = StoreWrite::Erasure(operation, Some(Box::new(row.clone())));
        self.batch.push(write);
        self.erasing.rows.insert(operation, row);
    }

    /// Closes an item that is hidden: its tabs are told, its live changes sleep on the disk.
    fn close_erased(&mut self, item: &ItemId) {
        self.presence.forget_item(item);
        let Some(open) = self.documents.open.get(item) else {
            return;
        };
        let tabs: Vec<_> = open
            .tabs
            .iter()
            .map(|(id, tab)| (*id, tab.language))
            .collect();
        for (tab, language) in tabs {
            let error = ApiError::new(ErrorCode::Erased).body(language);
            let item = *item;
            self.browsers
                .say(tab, &SiteMessage::Refused { item, n: 0, error });
        }
        self.put_to_sleep(item);
    }

    /// Why an item is not shown.
    pub(super) fn missing_item(&self, space: &SpaceId, item: &ItemId) -> ApiError {
        let loaded = self.spaces.get(space);
        loaded.map_or_else(ApiError::not_found, |space| space.missing(item))
    }

    pub(super) fn erasure_command(
        &mut self,
        person: PersonId,
        id: CommandId,
        command: &ErasureCommand,
    ) -> Result<Done, ApiError> {
        let space = command.space();
        self.readable(&space, &person)?;
        match command {
            ErasureCommand::Erase { items, reason, .. } => {
                self.erase(space, person, id, items, reason)?;
            }
            ErasureCommand::Undo { erasure, .. } => {
                self.undo_erasure(space, person, id, erasure)?;
            }
        }
        Ok(Done {
            space: Some(space),
            item: None,
        })
    }

    fn erase(
        &mut self,
        space: SpaceId,
        person: PersonId,
        id: CommandId,
        items: &[ItemId],
        reason: &str,
    ) -> Result<(), ApiError> {
        let items: BTreeSet<ItemId> = items.iter().copied().collect();
        let is_manager = self.may(&space, &person, Role::MANAGER);
        let mut confirmed = 0;
        for item in &items {
            let loaded = self.space(&space)?;
            match loaded.items.get(item) {
                Some(row) if !is_content(row) => {
                    let error = ApiError::value("items");
                    return Err(error.with_text(Text::CannotBeErased));
                }
                Some(_) if is_manager => {}
                Some(_) => {
                    if !self.wrote_alone(&space, item, &person)? {
                        return Err(ApiError::forbidden().with_text(Text::OnlyOwnErased));
                    }
                }
                None if is_manager && loaded.erasures.hides(item) => confirmed += 1,
                None => return Err(loaded.missing(item)),
            }
        }
        if confirmed == items.len() && self.has_erased(&space, &items, &person) {
            // Said again by the same person: it stands already.
            return Ok(());
        }
        let author = if is_manager {
            person
        } else if self.may(&space, &self.me.person, Role::MANAGER) {
            // In an open space the site keeps the door, and does for an author what a manager would.
            self.me.person
        } else {
            return Err(ApiError::forbidden().with_text(Text::ManagerErases));
        };
        let operation = Operation::Erase {
            items: items.into_iter().collect(),
            reason: reason.trim().to_owned(),
        };
        self.write_operation(space, author, id, operation)?;
        Ok(())
    }

    /// Whether this person's standing erasures hide all these items.
    fn has_erased(&self, space: &SpaceId, items: &BTreeSet<ItemId>, person: &PersonId) -> bool {
        let Some(loaded) = self.spaces.get(space) else {
            return false;
        };
        items.iter().all(|item| {
            let by = loaded.erasures.hidden.get(item).into_iter().flatten();
            by.into_iter()
                .any(|id| loaded.rights_authors.get(id) == Some(person))
        })
    }

    /// Whether every version of an item that stands is by this person.
    pub(super) fn wrote_alone(
        &mut self,
        space: &SpaceId,
        item: &ItemId,
        person: &PersonId,
    ) -> Result<bool, ApiError> {
        let loaded = self.space(space)?;
        let row = loaded.items.get(item).ok_or_else(|| loaded.missing(item))?;
        if row.creator != *person || row.changed_by != *person {
            return Ok(false);
        }
        let Body::Document { entries, .. } = &row.body else {
            return Ok(row.others().iter().all(|other| other.by == *person));
        };
        for place in entries.clone() {
            let found = self.stored_entry(place).map_err(|error| {
                tracing::error!("{error}");
                self.failed = Some(error);
                ApiError::busy()
            })?;
            let foreign = found.is_none_or(|entry| {
                let header = &entry.header;
                header.author != *person
                    || header
                        .carried
                        .iter()
                        .any(|carried| carried.author != *person)
            });
            if foreign {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether bytes of any of these items are being removed here, or are gone.
    pub(super) fn is_going(&self, space: &SpaceId, items: &[ItemId]) -> bool {
        let gone = self.erasing.gone.get(space);
        gone.is_some_and(|gone| items.iter().any(|item| gone.contains(item)))
    }

    /// An item and all that lies under it, each after its parent, with the depth.
    pub(super) fn subtree(&self, space: &SpaceId, item: &ItemId) -> Vec<(ItemId, u32)> {
        let Some(loaded) = self.spaces.get(space) else {
            return Vec::new();
        };
        let mut under: BTreeMap<ItemId, Vec<(u64, ItemId)>> = BTreeMap::new();
        for (id, row) in loaded.items.iter().filter(|(_, row)| is_content(row)) {
            let place = under.entry(row.parent).or_default();
            place.push((row.created.lamport, *id));
        }
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        let mut next = vec![(*item, 0)];
        while let Some((id, depth)) = next.pop() {
            // Parents may go in a circle; more than one command takes is cut off.
            if !seen.insert(id) || found.len() == ERASED_ITEMS_MAX {
                continue;
            }
            found.push((id, depth));
            let mut children = under.remove(&id).unwrap_or_default();
            children.sort_unstable();
            next.extend(children.into_iter().rev().map(|(_, id)| (id, depth + 1)));
        }
        found
    }
}

/// Whether an item is content that people can erase.
pub(super) fn is_content(row: &Item) -> bool {
    let never =
        |name: &str| by_name(name).is_some_and(|feature| feature.number() == row.kind.number);
    !NEVER_ERASED.into_iter().any(never)
}
