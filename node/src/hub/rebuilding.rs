//! Spaces that are judged anew: in slices, so that other spaces are answered meanwhile. Until the
//! last slice a space shows its last state, with the rights of now: who may read and write is
//! never older than the operation that caused it. A small space is done in the turn that asks.

use std::collections::{BTreeSet, VecDeque};

use bocage_crdt::ids::{EntryId, ItemId, SpaceId};
use bocage_protocol::entry::Entry;
use bocage_protocol::rights::Writer;

use super::Hub;
use super::space::Space;
use crate::store::{EntryPlace, LogNumber, OTHER_BRANCHES, StoreError};

/// Entries read or judged in one turn: some tens of milliseconds on a small machine, which is what
/// everybody else waits at most for a space that is judged anew.
pub(super) const REBUILD_PER_TURN: usize = 200;

/// What is to be judged anew, and what is being.
#[derive(Default)]
pub(crate) struct Rejudging {
    /// A fork or a life became known: to be begun with the next tick.
    pub due: BTreeSet<SpaceId>,
    /// Under way, the next one in front: each has its turn.
    running: VecDeque<Rebuild>,
    /// Under way and asked for once more: what is read already may stand otherwise by now.
    again: BTreeSet<SpaceId>,
    /// Of which a slice is being made, and which are not in the queue meanwhile.
    at_work: BTreeSet<SpaceId>,
}

impl Rejudging {
    /// Whether the rows of a space in memory are those of an earlier judging.
    pub(super) fn is_running(&self, id: &SpaceId) -> bool {
        self.at_work.contains(id) || self.running.iter().any(|one| one.id == *id)
    }

    /// Whether the space in its place is one that is being built: what it lacks may only be not read.
    pub(super) fn is_at_work(&self, id: &SpaceId) -> bool {
        self.at_work.contains(id)
    }

    /// When the next slice is due.
    pub(super) fn due_ms(&self) -> Option<u64> {
        (!self.running.is_empty()).then_some(0)
    }
}

/// A space being built beside the one that is shown.
struct Rebuild {
    id: SpaceId,
    space: Space,
    received_ms: Option<u64>,
    /// Logs to be read: which, how far, up to where.
    unread: Vec<(LogNumber, u64, u64)>,
    rights: Vec<(EntryPlace, Writer, Entry)>,
    /// Backwards once all is read: the next one is the last.
    content: Vec<(u64, EntryId, EntryPlace)>,
    heights: Vec<(LogNumber, u64)>,
    /// Turns that it took so far.
    turns: u64,
}

impl Hub {
    /// Forgets the rows of a space and judges all its entries anew.
    pub(crate) fn rebuild_space(&mut self, id: &SpaceId) -> Result<(), StoreError> {
        let now_ms = self.clock.wall_ms();
        self.rebuild_received(id, Some(now_ms))
    }

    pub(super) fn rebuild_received(
        &mut self,
        id: &SpaceId,
        received_ms: Option<u64>,
    ) -> Result<(), StoreError> {
        if self.rejudge.is_running(id) {
            self.rejudge.again.insert(*id);
            return Ok(());
        }
        let Some(number) = self.catalog.space_number(id) else {
            return Ok(());
        };
        let mut space = self.empty_space(*id, number);
        space.found = self.spaces.get(id).is_some_and(|shown| shown.found);
        self.state_forks(&mut space)?;
        let logs = self.catalog.logs_of(id).iter();
        let mut unread: Vec<_> = logs
            .flat_map(|known| known.runs())
            .filter(|(_, until)| *until > 0)
            .map(|(log, until)| (log, 0, until))
            .collect();
        unread.reverse(); // The first one is read first.
        let rebuild = Rebuild {
            id: *id,
            space,
            received_ms,
            unread,
            rights: Vec::new(),
            content: Vec::new(),
            heights: Vec::new(),
            turns: 0,
        };
        self.rebuild_slice(rebuild)
    }

    /// One slice of one space.
    pub(super) fn rebuild_tick(&mut self) {
        if let Some(rebuild) = self.rejudge.running.pop_front() {
            self.report(|hub| hub.rebuild_slice(rebuild));
        }
    }

    /// Ends what is under way: before the site closes, and where rows are compared.
    pub(super) fn finish_rebuilds(&mut self) {
        while !self.rejudge.running.is_empty() && self.failed.is_none() {
            self.rebuild_tick();
        }
    }

    fn rebuild_slice(&mut self, mut rebuild: Rebuild) -> Result<(), StoreError> {
        let id = rebuild.id;
        rebuild.turns += 1;
        let mut room = REBUILD_PER_TURN;
        self.read_slice(&mut rebuild, &mut room)?;
        self.rejudge.at_work.insert(id);
        // What follows from a verdict asks the space that it is given in.
        let old = self.spaces.insert(id, rebuild.space);
        let touched = self.touched.remove(&id);
        let judged = self.judge_slice(&id, &mut rebuild.content, rebuild.received_ms, room);
        let ends = rebuild.unread.is_empty() && rebuild.content.is_empty();
        if judged.is_err() || !ends {
            let built = match old {
                Some(old) => self.spaces.insert(id, old),
                None => self.spaces.remove(&id),
            };
            // Rows are told at the end.
            match touched {
                Some(touched) => drop(self.touched.insert(id, touched)),
                None => drop(self.touched.remove(&id)),
            }
            self.rejudge.at_work.remove(&id);
            let again = built.map(|space| Rebuild { space, ..rebuild });
            self.rejudge.running.extend(again);
            return judged;
        }
        self.touched
            .entry(id)
            .or_default()
            .extend(touched.into_iter().flatten());
        let ended = self.end_rebuild(&id, rebuild.heights, rebuild.received_ms, old);
        self.rejudge.at_work.remove(&id);
        ended?;
        if id == SpaceId(self.me.realm.0) || self.me.guest {
            self.read_people(&id);
        }
        self.look_after_groups(&id);
        tracing::info!("{id:?} was judged anew, in {} turns", rebuild.turns);
        if self.rejudge.again.remove(&id) {
            self.rebuild_space(&id)?;
        }
        Ok(())
    }

    /// Reads entries of the logs, in any order; at the end all rights are taken in.
    fn read_slice(&self, rebuild: &mut Rebuild, room: &mut usize) -> Result<(), StoreError> {
        if rebuild.unread.is_empty() {
            return Ok(());
        }
        while *room > 0
            && let Some((log, read, until)) = rebuild.unread.last_mut()
        {
            let place = EntryPlace {
                log: *log,
                seq: *read + 1,
            };
            let entry = match *read < *until {
                true => self.stored_entry(place)?,
                false => None,
            };
            let is_main = place.log & OTHER_BRANCHES == 0;
            if *read == *until || (entry.is_none() && is_main) {
                // What is stored but not durable yet comes with its own event.
                rebuild.heights.push((*log, *read));
                rebuild.unread.pop();
                continue;
            }
            *read += 1;
            *room -= 1;
            match entry {
                Some(entry) if entry.header.kind.is_of_rights() => {
                    let writer = self.catalog.writer_of(place.log);
                    rebuild.rights.push((place, writer, entry));
                }
                Some(entry) => {
                    let at = (entry.header.lamport, entry.id, place);
                    rebuild.content.push(at);
                }
                None => {}
            }
        }
        if rebuild.unread.is_empty() {
            rebuild
                .space
                .apply_rights(&std::mem::take(&mut rebuild.rights));
            rebuild
                .content
                .sort_unstable_by(|one, other| other.cmp(one));
        }
        Ok(())
    }

    /// Judges the next entries in the order of lamport.
    fn judge_slice(
        &mut self,
        id: &SpaceId,
        content: &mut Vec<(u64, EntryId, EntryPlace)>,
        received_ms: Option<u64>,
        room: usize,
    ) -> Result<(), StoreError> {
        for _ in 0..room {
            let Some((_, _, place)) = content.pop() else {
                break;
            };
            let writer = self.catalog.writer_of(place.log);
            let Some(entry) = self.stored_entry(place)? else {
                continue;
            };
            let Some(space) = self.spaces.get_mut(id) else {
                break;
            };
            let outcome = space.apply(place, writer, &entry, received_ms.unwrap_or(0));
            self.after_outcome(*id, place, outcome, &entry);
        }
        Ok(())
    }

    /// The new space is the one that is shown from now on.
    fn end_rebuild(
        &mut self,
        id: &SpaceId,
        heights: Vec<(LogNumber, u64)>,
        received_ms: Option<u64>,
        old: Option<Space>,
    ) -> Result<(), StoreError> {
        if let Some(space) = self.spaces.get_mut(id) {
            space.heights.extend(heights);
            space.changed = true;
        }
        self.judge_pending(id)?;
        // What came meanwhile.
        self.catch_up(id, received_ms)?;
        if let (Some(old), Some(space)) = (old, self.spaces.get_mut(id)) {
            space.used_ms = old.used_ms;
            space.keep_arrivals(&old);
            space.cleared = true;
            let items: BTreeSet<ItemId> = old
                .items
                .keys()
                .chain(space.items.keys())
                .copied()
                .collect();
            self.touched.entry(*id).or_default().extend(items);
        }
        self.documents_rebase(id);
        self.after_rights(id);
        Ok(())
    }
}
