//! A sponsor site looks at what guests wrote: rules and gate here, a trial in the child process,
//! and an admission for what is sound. What is not stays held, and managers decide.

use std::collections::btree_map::Entry as Slot;
use std::collections::{BTreeMap, BTreeSet};

use bocage_crdt::document::Document;
use bocage_crdt::features::{self, Payload};
use bocage_crdt::ids::{CommandId, ItemId, NodeId, SpaceId};
use bocage_crdt::record::Record;
use bocage_protocol::entry::{Entry, EntryKind};
use bocage_protocol::limits::ADMITTED_RANGES_MAX;
use bocage_protocol::rights::{Admission, AdmittedRange, HeldReason, Standing};

use super::Hub;
use super::documents::{Claimed, admit_all, entry_changes};
use super::guests::GUEST_UNADMITTED_MAX;
use super::space::Outcome;
use super::trying::What;
use super::writing::{Draft, DraftContent};
use crate::store::EntryPlace;
use crate::trial::{TrialBase, TrialRequest};

/// Entries of guests looked at in one turn: a hundred take some milliseconds, and the site has
/// other work beside them.
const LOOKED_AT_PER_TURN: usize = 100;
/// How long a sponsor leaves an entry to each sponsor before it in the order of their keys: one
/// admission is enough, and the first may be out of reach.
const NEXT_SPONSOR_MS: u64 = 2_000;
/// Entries remembered as declined; beyond, all are forgotten and looked at again.
const DECLINED_MAX: usize = 50_000;

/// What the sponsor knows of entries that it looked at.
#[derive(Default)]
pub(super) struct Looked {
    /// Looked at and not admitted: managers decide.
    declined: BTreeSet<EntryPlace>,
    /// Tried and sound: to be admitted.
    passed: BTreeMap<SpaceId, BTreeSet<EntryPlace>>,
    /// Where the next look at a guest's log begins: what cannot be judged yet stands in nobody's
    /// way.
    from: BTreeMap<(SpaceId, NodeId), EntryPlace>,
}

/// What a look at an entry found.
enum Look {
    Sound,
    /// Passed the gate; its trial is on its way.
    Tried,
    /// It rests on something that is not here or not admitted.
    Later,
    Declined(&'static str),
}

/// Changes of one item that passed the gate in this look.
struct Staged {
    document: Document,
    request: TrialRequest,
    places: Vec<EntryPlace>,
}

impl Hub {
    /// Looks at what guests wrote in a space and admits what is sound.
    pub(super) fn look_at_guests(&mut self, space: &SpaceId, since_ms: u64, now_ms: u64) {
        let me = self.me.node;
        if self.space(space).is_err() {
            return;
        }
        let sites = self.guest_sites(space);
        let mut not_counted: BTreeMap<NodeId, usize> = BTreeMap::new();
        let mut unadmitted: BTreeMap<NodeId, Vec<EntryPlace>> = BTreeMap::new();
        let pending = self.spaces.get(space).map(|space| &space.pending);
        for (place, outcome) in pending.into_iter().flatten() {
            let node = self.catalog.writer_of(place.log).node;
            if sites.contains_key(&node) {
                *not_counted.entry(node).or_default() += 1;
                if matches!(outcome, Outcome::Held(HeldReason::NotAdmitted)) {
                    unadmitted.entry(node).or_default().push(*place);
                }
            }
        }
        // What counts by now, or never will, needs no memory.
        let mut passed = self.guests.looked.passed.remove(space).unwrap_or_default();
        passed.retain(|place| {
            unadmitted
                .values()
                .any(|of| of.binary_search(place).is_ok())
        });
        let mut open = false;
        let mut ranges = Vec::new();
        let mut staged: BTreeMap<ItemId, Staged> = BTreeMap::new();
        for (node, guest) in &sites {
            let waiting = not_counted.get(node).copied().unwrap_or(0);
            // Who is shut out is let in again by this very look.
            open |= self.pause(space, node, waiting);
            let Some(places) = unadmitted.get(node) else {
                continue;
            };
            let ended = guest.end_ms.is_some_and(|end| end <= self.clock.wall_ms());
            let Some(turn) = guest.sponsors.iter().position(|sponsor| *sponsor == me) else {
                continue;
            };
            if ended {
                // Written before the end and arrived after it: that is for a manager.
                continue;
            }
            open = true;
            if now_ms < since_ms + NEXT_SPONSOR_MS * turn as u64 {
                continue;
            }
            for place in self.next_of(space, node, places) {
                let Ok(Some(entry)) = self.stored_entry(place) else {
                    continue;
                };
                if !self.is_unadmitted(space, &entry, node) {
                    continue;
                }
                let look = match passed.contains(&place) {
                    true => Look::Sound,
                    false => self.look_at(space, place, &entry, &mut staged),
                };
                match look {
                    Look::Sound => ranges.push(AdmittedRange {
                        log: entry.header.log,
                        first: entry.header.seq,
                        last: entry.header.seq,
                        entry: entry.id,
                    }),
                    Look::Later | Look::Tried => {}
                    Look::Declined(reason) => self.guest_entries_declined(space, &[place], reason),
                }
            }
        }
        if !passed.is_empty() {
            self.guests.looked.passed.insert(*space, passed);
        }
        self.try_staged(space, staged);
        if !open {
            self.guests.waiting.remove(space);
            return;
        }
        self.admit(space, ranges);
    }

    /// The entries of a guest to look at in this turn.
    fn next_of(
        &mut self,
        space: &SpaceId,
        node: &NodeId,
        places: &[EntryPlace],
    ) -> Vec<EntryPlace> {
        let looked = &mut self.guests.looked;
        let places: Vec<EntryPlace> = places
            .iter()
            .filter(|place| !looked.declined.contains(place))
            .copied()
            .collect();
        let from = looked.from.get(&(*space, *node)).copied();
        let begin = from.map_or(0, |from| places.partition_point(|place| *place < from));
        let (before, after) = places.split_at(begin);
        let mut turn = after.iter().chain(before).copied();
        let next: Vec<EntryPlace> = turn.by_ref().take(LOOKED_AT_PER_TURN).collect();
        match turn.next() {
            Some(rest) => drop(looked.from.insert((*space, *node), rest)),
            None => drop(looked.from.remove(&(*space, *node))),
        }
        next
    }

    /// A guest that wrote more than may wait is not exchanged with until half of it counts; true
    /// while that lasts.
    fn pause(&mut self, space: &SpaceId, node: &NodeId, waiting: usize) -> bool {
        let key = (*space, *node);
        if waiting > GUEST_UNADMITTED_MAX {
            if self.guests.paused.insert(key) {
                self.count_refused("guest-too-much");
                self.guests.ends_due_ms = 0;
            }
        } else if waiting <= GUEST_UNADMITTED_MAX / 2 && self.guests.paused.remove(&key) {
            self.guests.ends_due_ms = 0;
        }
        self.guests.paused.contains(&key)
    }

    /// Whether an entry would count if a sponsor admitted it.
    fn is_unadmitted(&self, space: &SpaceId, entry: &Entry, node: &NodeId) -> bool {
        self.spaces.get(space).is_some_and(|space| {
            space.standing(entry, node) == Some(Standing::Held(HeldReason::NotAdmitted))
        })
    }

    fn look_at(
        &mut self,
        space: &SpaceId,
        place: EntryPlace,
        entry: &Entry,
        staged: &mut BTreeMap<ItemId, Staged>,
    ) -> Look {
        let header = &entry.header;
        let creation = header.creation.map(|creation| creation.kind.number);
        let known = self
            .spaces
            .get(space)
            .and_then(|space| space.items.get(&header.item))
            .map(|item| item.kind.number);
        let Some(feature) = creation.or(known).and_then(features::by_number) else {
            return if creation.is_some() {
                Look::Declined("unknown-kind")
            } else {
                Look::Later
            };
        };
        let Some(payload) = entry.payload.as_deref() else {
            return Look::Declined("no-payload");
        };
        match (feature.payload(), header.kind) {
            (Payload::Record, EntryKind::Record) => match Record::decode(payload) {
                Ok(record) if feature.check_record(&record).is_ok() => Look::Sound,
                _ => Look::Declined("bad-record"),
            },
            (Payload::Document(genesis), EntryKind::Changes) => {
                let Some(changes) = entry_changes(entry) else {
                    return Look::Declined("bad-changes");
                };
                let item = header.item;
                if self.trying.is_busy(&item, true) || !self.trying.has_room() {
                    return Look::Later;
                }
                if let Slot::Vacant(slot) = staged.entry(item) {
                    let mut document = if known.is_some() {
                        if self.open_document(space, &item).is_err() {
                            return Look::Later;
                        }
                        match self.documents.get(&item) {
                            Some(open) => open.document.clone(),
                            None => return Look::Later,
                        }
                    } else {
                        Document::new(item, *genesis)
                    };
                    let new = Staged {
                        request: TrialRequest {
                            kind: feature.number(),
                            item,
                            base: TrialBase::of(&mut document),
                            changes: Vec::new(),
                        },
                        document,
                        places: Vec::new(),
                    };
                    slot.insert(new);
                }
                let Some(staged) = staged.get_mut(&item) else {
                    return Look::Later;
                };
                if !staged.places.is_empty() && self.trying.singly.contains(&item) {
                    return Look::Later;
                }
                stage(staged, place, changes)
            }
            _ => Look::Declined("wrong-payload-kind"),
        }
    }

    /// What passed the gate goes to the child, item by item.
    fn try_staged(&mut self, space: &SpaceId, staged: BTreeMap<ItemId, Staged>) {
        for staged in staged.into_values() {
            if staged.places.is_empty() {
                continue;
            }
            // Without room it is looked at again in the next turn.
            self.try_changes(*space, What::Guest(staged.places), &staged.request);
        }
    }

    /// The child found entries of a guest sound.
    pub(super) fn guest_entries_sound(&mut self, space: &SpaceId, places: Vec<EntryPlace>) {
        let passed = &mut self.guests.looked.passed;
        passed.entry(*space).or_default().extend(places);
        self.guests.waiting.entry(*space).or_insert(0);
        self.look_at_guests_at(0);
    }

    /// Whether a sponsor looked at an entry here and did not admit it.
    pub(super) fn is_declined(&self, place: &EntryPlace) -> bool {
        self.guests.looked.declined.contains(place)
    }

    /// Entries of a guest are not admitted, by name.
    pub(super) fn guest_entries_declined(
        &mut self,
        space: &SpaceId,
        places: &[EntryPlace],
        reason: &'static str,
    ) {
        for place in places {
            let node = self.catalog.writer_of(place.log).node;
            tracing::warn!(
                "an entry of {} in {space:?} was not admitted: {reason}",
                self.directory.site_name(&node)
            );
            self.count_refused("guest-declined");
            if self.guests.looked.declined.len() >= DECLINED_MAX {
                self.guests.looked.declined.clear();
            }
            self.guests.looked.declined.insert(*place);
        }
    }

    /// Writes admissions of single entries as ranges, as many as one entry holds.
    fn admit(&mut self, space: &SpaceId, mut singles: Vec<AdmittedRange>) {
        if singles.is_empty() {
            return;
        }
        singles.sort();
        let mut ranges: Vec<AdmittedRange> = Vec::new();
        for single in singles {
            match ranges.last_mut() {
                Some(last) if last.log == single.log && last.last + 1 == single.first => {
                    last.last = single.last;
                    last.entry = single.entry;
                }
                _ => ranges.push(single),
            }
        }
        ranges.truncate(ADMITTED_RANGES_MAX);
        let draft = Draft {
            space: *space,
            author: self.me.person,
            item: ItemId::root(space),
            command: CommandId(rand::random()),
            creation: None,
            content: DraftContent::Admission(Admission(ranges)),
        };
        if let Err(error) = self.write_entry(draft) {
            tracing::warn!("what guests wrote cannot be admitted here: {error}");
            self.guests.waiting.remove(space);
        }
    }
}

/// Takes changes of an entry into the copy of their document, past the gate and no further: it is
/// the child that applies them.
fn stage(staged: &mut Staged, place: EntryPlace, changes: Vec<Claimed>) -> Look {
    let bytes: Vec<Vec<u8>> = changes.iter().map(|(bytes, _)| bytes.clone()).collect();
    let mut refused = Vec::new();
    let (_, waiting) = admit_all(&mut staged.document, changes, &mut refused, None);
    if let Some(refused) = refused.first() {
        return Look::Declined(refused.reason);
    }
    if !waiting.is_empty() {
        return Look::Later;
    }
    staged.request.changes.extend(bytes);
    staged.places.push(place);
    Look::Tried
}
