//! Erasures taken back after bytes were destroyed: who may have them still, and asking for them.
//!
//! What this site destroyed it fetches again from a host that has not: its walk finds the entries
//! without payload, and the exchange wants them like any other that came without. What every host
//! has destroyed stays whole without payload, or its logs would never be acknowledged again.

use std::collections::{BTreeMap, BTreeSet};

use bocage_crdt::features::erasure_receipt::Receipt;
use bocage_crdt::ids::{CommandId, EntryId, ItemId, NodeId, PersonId, SpaceId};
use bocage_protocol::entry::Entry;
use bocage_protocol::log::Naked;
use bocage_protocol::machine::Event;
use bocage_protocol::rights::{Operation, Role};

use super::Hub;
use super::rows::kind;
use super::space::Space;
use crate::api::texts::Text;
use crate::api::{ApiError, ErrorCode};
use crate::store::{EntryPlace, ErasureRow, LogNumber, OTHER_BRANCHES};

/// What sites say of erasures, by the author as which each speaks.
pub(super) type Receipts = BTreeMap<EntryId, BTreeMap<PersonId, Receipt>>;

impl Space {
    /// What the sites said of each erasure.
    pub(super) fn receipts(&self) -> Receipts {
        let mut receipts = Receipts::new();
        for (_, id) in self.children(ItemId::root(&self.id), kind("erasureReceipt")) {
            let Some(row) = self.items.get(&id) else {
                continue;
            };
            if let Some(receipt) = row.record().and_then(Receipt::of) {
                let of = receipts.entry(receipt.erasure).or_default();
                of.insert(row.creator, receipt);
            }
        }
        receipts
    }

    /// Items that stored erasures name and none hides, each with these erasures.
    fn uncovered(&self) -> BTreeMap<ItemId, BTreeSet<EntryId>> {
        let mut items: BTreeMap<ItemId, BTreeSet<EntryId>> = BTreeMap::new();
        for id in self.erasures.operations() {
            if let Some(Operation::Erase { items: named, .. }) = self.rights.operation(id) {
                for item in named.iter().filter(|item| !self.erasures.hides(item)) {
                    items.entry(*item).or_default().insert(*id);
                }
            }
        }
        items
    }
}

/// Whether an entry is content that lies here without its bytes.
pub(super) fn is_bare(entry: &Entry) -> bool {
    entry.payload.is_none() && !entry.header.kind.is_of_rights()
}

impl Hub {
    /// Hosts that may have the bytes of what these erasures name. A host's last word counts: it may
    /// have destroyed, fetched again, and hidden anew. One that said nothing may have them, unless
    /// it came to the space after the erasure.
    pub(super) fn holders(
        &self,
        space: &Space,
        receipts: &Receipts,
        operations: &BTreeSet<EntryId>,
    ) -> BTreeSet<NodeId> {
        let has = |node: &NodeId, since: &EntryId| {
            let site = PersonId::of_site(node);
            let said = operations.iter().filter_map(|id| receipts.get(id));
            let said = said.filter_map(|of| of.get(&site));
            match said.max_by_key(|receipt| receipt.hidden_ms) {
                Some(last) => last.destroyed_ms.is_none(),
                None => operations.iter().any(|id| !space.rights.knew(since, id)),
            }
        };
        let removed = |id: &EntryId| {
            let row = self.erasing.rows.get(id);
            row.is_some_and(|row| row.removed_ms.is_some())
        };
        let hosts = space.rights.now().hosts.iter();
        let mut holders: BTreeSet<NodeId> = hosts
            .filter(|(node, host)| has(node, &host.since))
            .map(|(node, _)| *node)
            .collect();
        if operations.iter().any(removed) {
            holders.remove(&self.me.node);
        }
        holders
    }

    /// Items that no erasure hides any more, and whose bytes no host has any more.
    fn gone_everywhere(&self, space: &Space) -> BTreeSet<ItemId> {
        let uncovered = space.uncovered();
        if uncovered.is_empty() {
            return BTreeSet::new();
        }
        let receipts = space.receipts();
        let gone =
            |operations: &BTreeSet<EntryId>| self.holders(space, &receipts, operations).is_empty();
        let items = uncovered.into_iter();
        items
            .filter(|(_, operations)| gone(operations))
            .map(|(item, _)| item)
            .collect()
    }

    /// Items of which entries are whole without payload.
    fn whole_without_payload(&self, id: &SpaceId) -> BTreeSet<ItemId> {
        match (self.spaces.get(id), self.summaries.get(id)) {
            (Some(space), _) => {
                let hidden = space.erasures.items().copied();
                hidden.chain(self.gone_everywhere(space)).collect()
            }
            (None, Some(summary)) => summary.erased.clone(),
            (None, None) => BTreeSet::new(),
        }
    }

    /// Tells the exchange which items are whole without a payload, and looks for what is wanted of
    /// those that are so no more.
    pub(super) fn tell_erased(&mut self, id: &SpaceId) {
        let items = self.whole_without_payload(id);
        let before = self.erasing.exchanged.insert(*id, items.clone());
        let before = before.unwrap_or_default();
        if items.is_empty() && before.is_empty() {
            return;
        }
        let shrank = !before.is_subset(&items);
        self.machine_event(Event::Erased { space: *id, items });
        if shrank {
            self.walk_space(id);
        }
    }

    /// If this is a site's word on an erasure, more may be gone everywhere. Rows that are being made
    /// anew are asked once they are all there.
    pub(super) fn receipt_came(&mut self, id: &SpaceId, item: &ItemId) {
        if self.rejudge.is_running(id) {
            return;
        }
        let row = self.spaces.get(id).and_then(|space| space.items.get(item));
        if row.is_some_and(|row| row.kind.number == kind("erasureReceipt")) {
            self.receipts_moved(id);
        }
    }

    /// A site's word on an erasure came, or rights moved.
    pub(super) fn receipts_moved(&mut self, id: &SpaceId) {
        let told = self.erasing.exchanged.get(id);
        let now = self.whole_without_payload(id);
        if told.map_or(!now.is_empty(), |told| *told != now) {
            self.tell_erased(id);
        }
    }

    /// Entries that the walk found without payload: those that no erasure covers are wanted.
    pub(super) fn found_bare(&mut self, run: LogNumber, mut bare: Vec<Naked>) {
        if run & OTHER_BRANCHES != 0 || bare.is_empty() {
            return;
        }
        let Some(known) = self.catalog.log_by_number(run) else {
            return;
        };
        let log = known.log;
        let wanted: BTreeSet<Naked> = known
            .state
            .naked
            .iter()
            .flat_map(|all| all.iter().copied())
            .collect();
        let Some(space) = self.catalog.space_of(&log) else {
            return;
        };
        // What is on its way to the disk comes with its payload.
        let comes = |seq| {
            let entry = self.recent.get(&EntryPlace { log: run, seq });
            entry.is_some_and(|entry| entry.payload.is_some())
        };
        bare.retain(|one| !wanted.contains(one) && !comes(one.seq));
        self.retain_uncovered(&space, &mut bare);
        // Only a space that is loaded knows what every host has destroyed.
        if bare.is_empty() || self.space(&space).is_err() {
            return;
        }
        self.retain_uncovered(&space, &mut bare);
        if !bare.is_empty() {
            self.machine_event(Event::Uncovered {
                space,
                log,
                entries: bare,
            });
        }
    }

    fn retain_uncovered(&self, space: &SpaceId, bare: &mut Vec<Naked>) {
        if let Some(covered) = self.erasing.exchanged.get(space) {
            bare.retain(|one| !covered.contains(&one.item));
        }
    }

    /// Takes back an erasure, with those that say the same of its items.
    pub(super) fn undo_erasure(
        &mut self,
        space: SpaceId,
        person: PersonId,
        id: CommandId,
        erasure: &EntryId,
    ) -> Result<(), ApiError> {
        if !self.may(&space, &person, Role::MANAGER) {
            return Err(ApiError::forbidden());
        }
        let rows = &self.erasing.rows;
        let named = rows.get(erasure).filter(|row| row.space == space);
        let items = &named.ok_or_else(ApiError::not_found)?.items;
        let overlaps = |row: &ErasureRow| {
            row.space == space && row.items.iter().any(|item| items.contains(item))
        };
        let entries = rows.iter().filter(|(_, row)| overlaps(row));
        let entries: BTreeSet<EntryId> = entries.map(|(operation, _)| *operation).collect();
        if self.is_going(&space, items) {
            let loaded = self.spaces.get(&space).ok_or_else(ApiError::not_found)?;
            let mut holders = self.holders(loaded, &loaded.receipts(), &entries);
            holders.remove(&self.me.node);
            if holders.is_empty() {
                return Err(ApiError::new(ErrorCode::Conflict).with_text(Text::AlreadyDestroyed));
            }
        }
        let entries = entries.into_iter().collect();
        self.write_operation(space, person, id, Operation::Readmit { entries })?;
        Ok(())
    }
}
