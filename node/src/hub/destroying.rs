//! Destroying what stays erased: after the waiting time this site overwrites the payloads, forgets
//! live changes, rows and snapshots, compacts its files, and says so in a receipt.
//!
//! The waiting time runs by this site's own clock from the moment at which the erasure first stood
//! here, not from the time its author's site wrote into it: no other clock is trusted with
//! destroying anything, and a site that was away for a month gives its people the same time to
//! object. Everything here can be cut short at any point: a removal that did not reach its end
//! begins anew after the start, and finds less to do.

use std::collections::BTreeSet;

use bocage_crdt::features::erasure_receipt::Receipt;
use bocage_crdt::ids::{CommandId, EntryId, ItemId, SpaceId, derive};
use bocage_protocol::entry::Entry;

use super::rows::kind;
use super::{After, Hub};
use crate::store::{
    EntryPlace, ErasureRow, LogNumber, LogStore, StateStore, StateWrite, StoreError, StoreWrite,
    Ticket,
};

/// From standing here to destruction: three days let a weekend pass before a mistake is final.
pub(crate) const WAITING_HOURS: u32 = 72;
/// The same once a second manager has said so: two people rarely slip alike, and what must be gone
/// should not stay three days.
pub(crate) const CONFIRMED_HOURS: u32 = 24;
/// Compaction waits for a quiet minute, but no longer than this: with the day that a site may need
/// to find one it stays under the seven days promised.
const COMPACT_WITHIN_MS: u64 = 6 * 24 * HOUR_MS;
/// Nobody asked anything for this long: people will not notice a second without the disk.
const QUIET_MS: u64 = 60_000;
/// How often it is looked whether something is due.
const LOOK_EVERY_MS: u64 = 60_000;
/// Between two steps of a removal: leaves the hub to people for most of the time.
const STEP_EVERY_MS: u64 = 50;
/// Entries read in one step: about 10 ms.
const ENTRIES_PER_STEP: usize = 500;
const HOUR_MS: u64 = 3_600_000;

/// A removal under way: one at a time, a step in a turn.
pub(super) struct Removal {
    space: SpaceId,
    operations: BTreeSet<EntryId>,
    items: BTreeSet<ItemId>,
    /// What was on its way to the disk when it began; set in the turn after.
    after: Option<Option<Ticket>>,
    /// Runs still to be read, the current one last, and where to go on in it.
    runs: Vec<LogNumber>,
    next: u64,
    next_step_ms: u64,
}

/// Compaction of both files.
#[derive(Default)]
pub(super) struct Compaction {
    /// Erasures whose bytes it takes away.
    operations: BTreeSet<EntryId>,
    /// `log.redb` is done.
    log_done: bool,
    /// `state.redb` is done with this round of saving.
    state_round: u64,
    /// When somebody last asked for something, on the clock that never jumps.
    pub asked_ms: u64,
}

/// When a site destroys what `row` erased. `others` are all erasures that stand here.
pub(super) fn due_ms<'a>(row: &ErasureRow, others: impl Iterator<Item = &'a ErasureRow>) -> u64 {
    let alone = row.seen_ms + u64::from(WAITING_HOURS) * HOUR_MS;
    others
        .filter(|other| confirms(row, other))
        .map(|other| row.seen_ms.max(other.seen_ms) + u64::from(CONFIRMED_HOURS) * HOUR_MS)
        .fold(alone, u64::min)
}

/// When the last backup is gone that holds bytes destroyed at `destroyed_ms`: one made just before.
fn backups_gone_ms(destroyed_ms: u64, keep_days: Option<u32>) -> Option<u64> {
    Some(destroyed_ms + u64::from(keep_days?) * 24 * HOUR_MS)
}

/// Whether another person erased all of the same items. What sites do by themselves is all by one,
/// who is nobody.
pub(super) fn confirms(row: &ErasureRow, other: &ErasureRow) -> bool {
    other.space == row.space
        && other.by != row.by
        && row.items.iter().all(|item| other.items.contains(item))
}

/// Before the site opens: takes up a compaction that did not come to its end.
pub(crate) fn compact_at_start(
    log_store: &LogStore,
    state_store: &StateStore,
    rows: &mut [(EntryId, ErasureRow)],
    now_ms: u64,
) -> Result<(), StoreError> {
    let due = |row: &ErasureRow| row.removed_ms.is_some() && row.destroyed_ms.is_none();
    if !rows.iter().any(|(_, row)| due(row)) {
        return Ok(());
    }
    tracing::info!("erased content leaves the files: they are compacted");
    // Nobody takes a backup yet.
    log_store.commit([StoreWrite::Compact])?;
    state_store.commit(vec![StateWrite::Compact])?;
    let mut writes = Vec::new();
    for (operation, row) in rows.iter_mut().filter(|(_, row)| due(row)) {
        row.destroyed_ms = Some(now_ms);
        row.receipted = false;
        writes.push(StoreWrite::Erasure(*operation, Some(Box::new(row.clone()))));
    }
    log_store.commit(writes)
}

impl Hub {
    /// What the waiting time has passed for is removed, step by step; then the files are compacted.
    pub(super) fn erasing_tick(&mut self, now_ms: u64) {
        if self.erasing.removal.is_some() {
            self.report(|hub| hub.removal_step(now_ms));
        }
        self.compacted();
        if now_ms < self.erasing.next_look_ms {
            return;
        }
        self.erasing.next_look_ms = now_ms + LOOK_EVERY_MS;
        self.write_receipts();
        self.begin_removal();
        self.begin_compaction(now_ms);
    }

    fn begin_removal(&mut self) {
        if self.erasing.removal.is_some() {
            return;
        }
        let wall_ms = self.clock.wall_ms();
        let rows = &self.erasing.rows;
        let due: Vec<(EntryId, SpaceId)> = rows
            .iter()
            .filter(|(_, row)| row.removed_ms.is_none() && due_ms(row, rows.values()) <= wall_ms)
            .map(|(operation, row)| (*operation, row.space))
            .collect();
        let Some(space) = due.first().map(|(_, space)| *space) else {
            return;
        };
        // Loads the space, and with it what stands now.
        if self.space(&space).is_err() {
            return;
        }
        let Some(loaded) = self.spaces.get(&space) else {
            return;
        };
        let standing = loaded.erasures.standing();
        let operations: BTreeSet<EntryId> = due
            .into_iter()
            .filter(|(operation, of)| *of == space && standing.contains(operation))
            .map(|(operation, _)| operation)
            .collect();
        let named = operations.iter().filter_map(|id| self.erasing.rows.get(id));
        let items: BTreeSet<ItemId> = named.flat_map(|row| &row.items).copied().collect();
        if items.is_empty() {
            return;
        }
        // From here on what arrives of these items is stored without its payload.
        self.erasing.gone.entry(space).or_default().extend(&items);
        let logs = self.catalog.logs_of(&space).iter();
        let runs = logs.flat_map(|log| log.runs()).map(|(run, _)| run);
        self.erasing.removal = Some(Removal {
            space,
            operations,
            items,
            after: None,
            runs: runs.collect(),
            next: 0,
            next_step_ms: 0,
        });
    }

    /// A removal of what does not stand any more ends, and what was removed for it alone may come
    /// again.
    pub(super) fn keep_standing(&mut self, id: &SpaceId, standing: &BTreeSet<EntryId>) {
        let removal = self.erasing.removal.as_ref();
        let removal = removal.filter(|removal| removal.space == *id);
        let fell = removal.is_some_and(|removal| !removal.operations.is_subset(standing));
        let going = removal.filter(|_| !fell).map(|removal| &removal.items);
        let rows = self.erasing.rows.iter();
        let removed = rows.filter(|(operation, row)| {
            row.space == *id && row.removed_ms.is_some() && standing.contains(operation)
        });
        let removed = removed.flat_map(|(_, row)| &row.items);
        let gone: BTreeSet<ItemId> = removed
            .chain(going.into_iter().flatten())
            .copied()
            .collect();
        if gone.is_empty() {
            self.erasing.gone.remove(id);
        } else {
            self.erasing.gone.insert(*id, gone);
        }
        if fell {
            self.erasing.removal = None;
            self.erasing.next_look_ms = 0;
        }
    }

    /// Whether all that was on its way to the disk when the removal began is there.
    fn removal_may_read(&mut self) -> bool {
        let last = self.durable.back().map(|(ticket, _)| *ticket);
        let first = self.durable.front().map(|(ticket, _)| *ticket);
        let Some(removal) = &mut self.erasing.removal else {
            return false;
        };
        match removal.after {
            None => {
                removal.after = Some(last);
                last.is_none()
            }
            Some(None) => true,
            Some(Some(ticket)) => first.is_none_or(|first| first > ticket),
        }
    }

    fn removal_step(&mut self, now_ms: u64) -> Result<(), StoreError> {
        let due = self.erasing.removal.as_ref();
        if due.is_none_or(|removal| removal.next_step_ms > now_ms) || !self.removal_may_read() {
            return Ok(());
        }
        let Some(removal) = &mut self.erasing.removal else {
            return Ok(());
        };
        removal.next_step_ms = now_ms + STEP_EVERY_MS;
        let Some(run) = removal.runs.last().copied() else {
            self.end_removal();
            return Ok(());
        };
        let (mut read, mut last, mut found) = (0, None, Vec::new());
        let items = &removal.items;
        self.log_store
            .scan_stored(run, removal.next, |seq, entry| {
                read += 1;
                last = Some(seq);
                if is_payload_of(&entry, items) {
                    found.push((EntryPlace { log: run, seq }, entry));
                }
                read < ENTRIES_PER_STEP
            })?;
        match last {
            Some(last) if read == ENTRIES_PER_STEP => removal.next = last + 1,
            _ => {
                removal.runs.pop();
                removal.next = 0;
            }
        }
        for (place, mut entry) in found {
            entry.payload = None;
            self.batch.push(StoreWrite::Entry(place, Box::new(entry)));
        }
        Ok(())
    }

    /// All payloads are overwritten: live changes, rows and snapshots follow, then the note of it.
    fn end_removal(&mut self) {
        let Some(removal) = self.erasing.removal.take() else {
            return;
        };
        let Ok(space) = self.space(&removal.space) else {
            return;
        };
        let number = space.number;
        if space.changed || !space.dirty.is_empty() || space.saved_in > self.saved_round {
            // Rows of before are still in the state file: they go with the next round of saving.
            self.erasing.removal = Some(removal);
            self.save_all();
            return;
        }
        let mut writes = Vec::new();
        for item in &removal.items {
            writes.push(StateWrite::Snapshot(number, *item, None));
            writes.push(StateWrite::Row(number, *item, None));
            let rows = self.documents.sleeping.remove(item).unwrap_or_default();
            self.documents.sleeping_count -= rows.len();
            let done = rows.into_iter().map(|(live, _)| StoreWrite::LiveDone(live));
            self.batch.extend(done);
        }
        self.after.push(After::Save(writes, None));
        let wall_ms = self.clock.wall_ms();
        for operation in removal.operations {
            if let Some(row) = self.erasing.rows.get(&operation).cloned() {
                let row = ErasureRow {
                    removed_ms: Some(wall_ms),
                    ..row
                };
                self.put_erasure(operation, row);
            }
        }
        self.erasing.next_look_ms = 0;
    }

    /// What comes of an item whose bytes are gone is stored without its payload.
    pub(super) fn strip_destroyed(&mut self, space: &SpaceId, entry: &mut Entry) {
        let Some(gone) = self.erasing.gone.get(space) else {
            return;
        };
        if is_payload_of(entry, gone)
            && self
                .space(space)
                .is_ok_and(|space| space.erasures.hides(&entry.header.item))
        {
            entry.payload = None;
        }
    }

    fn begin_compaction(&mut self, now_ms: u64) {
        let wall_ms = self.clock.wall_ms();
        let rows = self.erasing.rows.iter();
        let removed = rows.filter(|(_, row)| row.destroyed_ms.is_none());
        let removed: Vec<(EntryId, u64)> = removed
            .filter_map(|(operation, row)| Some((*operation, row.removed_ms?)))
            .collect();
        let oldest = removed.iter().map(|(_, removed_ms)| *removed_ms).min();
        let late = oldest.is_some_and(|removed_ms| removed_ms + COMPACT_WITHIN_MS <= wall_ms);
        let quiet = self.erasing.compaction.asked_ms + QUIET_MS <= now_ms;
        let busy = !self.erasing.compaction.operations.is_empty() || self.erasing.removal.is_some();
        if removed.is_empty() || busy || !(late || quiet) || !self.log_store.ask_for_cleaning() {
            return;
        }
        tracing::info!("erased content leaves the files: they are compacted");
        self.save_all();
        self.save_round += 1;
        let compaction = &mut self.erasing.compaction;
        compaction.operations = removed
            .into_iter()
            .map(|(operation, _)| operation)
            .collect();
        compaction.log_done = false;
        compaction.state_round = self.save_round;
        let round = Some(self.save_round);
        self.after
            .push(After::Save(vec![StateWrite::Compact], round));
        self.batch.push(StoreWrite::Compact);
        self.after.push(After::LogCompacted);
    }

    pub(super) fn log_compacted(&mut self) {
        self.erasing.compaction.log_done = true;
    }

    /// Both files are compacted: the bytes are gone.
    fn compacted(&mut self) {
        let compaction = &mut self.erasing.compaction;
        let done = compaction.log_done && compaction.state_round <= self.saved_round;
        if compaction.operations.is_empty() || !done {
            return;
        }
        let wall_ms = self.clock.wall_ms();
        for operation in std::mem::take(&mut compaction.operations) {
            if let Some(row) = self.erasing.rows.get(&operation).cloned() {
                let row = ErasureRow {
                    destroyed_ms: Some(wall_ms),
                    receipted: false,
                    ..row
                };
                self.put_erasure(operation, row);
            }
        }
        self.erasing.next_look_ms = 0;
    }

    /// Says in each space what this site has hidden and destroyed.
    fn write_receipts(&mut self) {
        if self.me.guest {
            // A partner's site is no host: nobody counts on its receipt, and its sponsors would
            // have to admit it as if it were work.
            return;
        }
        let rows = self.erasing.rows.iter();
        let due = rows.filter(|(_, row)| !row.receipted);
        let due: Vec<(EntryId, ErasureRow)> = due.map(|(id, row)| (*id, row.clone())).collect();
        for (operation, row) in due {
            match self.write_receipt(&operation, &row) {
                Ok(()) => {
                    let receipted = true;
                    self.put_erasure(operation, ErasureRow { receipted, ..row });
                }
                // A closed space, or one that this site does not carry any more: the row stays,
                // and is tried again with the next look.
                Err(error) => tracing::debug!("no receipt of {operation:?}: {error}"),
            }
        }
    }

    fn write_receipt(
        &mut self,
        operation: &EntryId,
        row: &ErasureRow,
    ) -> Result<(), crate::api::ApiError> {
        let (space, site) = (row.space, self.me.person);
        let receipt = Receipt {
            erasure: *operation,
            hidden_ms: row.seen_ms,
            destroyed_ms: row.destroyed_ms,
            backups_until_ms: row
                .destroyed_ms
                .and_then(|at| backups_gone_ms(at, self.me.backups_keep_days)),
        };
        let named = |part: &[u8]| {
            let parts: [&[u8]; 2] = [&operation.0, part];
            CommandId(derive("bocage 1 receipt of an erasure", &parts))
        };
        let made = named(b"hidden");
        let item = ItemId::of(&space, &site, &made);
        let loaded = self.space(&space)?;
        let exists = loaded.items.contains_key(&item);
        let (command, parent) = match exists {
            false => (made, Some(ItemId::root(&space))),
            true => (named(b"destroyed"), None),
        };
        let (number, content) = (kind("erasureReceipt"), receipt.to_content());
        self.write_item(space, site, command, item, number, parent, content)
    }
}

/// Whether an entry holds bytes of one of these items. Operations are no content.
fn is_payload_of(entry: &Entry, items: &BTreeSet<ItemId>) -> bool {
    let header = &entry.header;
    entry.payload.is_some() && !header.kind.is_of_rights() && items.contains(&header.item)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bocage_crdt::ids::PersonId;

    fn row(by: u8, items: &[u8], seen_hours: u64) -> ErasureRow {
        ErasureRow {
            space: SpaceId([1; 32]),
            by: PersonId([by; 16]),
            items: items.iter().map(|item| ItemId([*item; 16])).collect(),
            seen_ms: seen_hours * HOUR_MS,
            removed_ms: None,
            destroyed_ms: None,
            receipted: true,
        }
    }

    #[test]
    fn a_second_person_shortens_the_waiting_time() {
        let erased = row(1, &[1, 2], 10);
        let cases = [
            (vec![], 82),
            // The same person again, or of less: no confirmation.
            (vec![row(1, &[1, 2], 11)], 82),
            (vec![row(2, &[1], 11)], 82),
            (vec![row(2, &[1, 2, 3], 11)], 35),
            // Confirmed when it was nearly due: never later than alone.
            (vec![row(2, &[1, 2], 80)], 82),
            (vec![row(2, &[1, 2], 5)], 34),
        ];
        for (others, hours) in cases {
            let due = due_ms(&erased, others.iter());
            assert_eq!(due, hours * HOUR_MS, "{others:?}");
        }
    }
}
