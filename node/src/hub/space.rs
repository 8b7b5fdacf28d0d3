//! One space in memory: rights, items, and the indexes that lists are read from.
//!
//! Storing is not judging: every stored entry is given to [`Space::apply`], which asks the rights
//! machine and the kind's policy whether it counts. What does not count yet is remembered by its
//! place and asked again when something changes.

mod indexes;

use std::collections::{BTreeMap, BTreeSet};

use bocage_crdt::features::read_mark::Order;
use bocage_crdt::features::{self, Needed, Payload};
use bocage_crdt::ids::{EntryId, ItemId, NodeId, PersonId, SpaceId};
use bocage_crdt::record::Record;
use bocage_protocol::entry::{Entry, EntryKind, Header};
use bocage_protocol::rights::{HeldReason, Inserted, Rights, Role, Standing, Writer};

use super::erasing::Erasures;
use super::held_index::Held;
use super::item::{Body, Item, Version, order};
use super::vouching::{Built, needed_for};
use crate::store::{EntryPlace, LogNumber, SpaceNumber};

/// A message that comes this much later than it was written is shown as late.
const LATE_MS: u64 = 120_000;

/// What became of an entry, for counters and for the held list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It counts; this item's row changed.
    Shown(ItemId),
    /// A rights operation was taken in; `true` when verdicts given before may have changed.
    Rights(bool),
    /// Written here by a guest of the space, shown here, and admitted by no sponsor site yet.
    Unadmitted(ItemId),
    /// It counts but a newer record stands.
    Superseded,
    /// Rests on something that is not here yet.
    Waiting,
    /// Beyond somebody's rights.
    Held(HeldReason),
    /// Void, by name.
    Void(&'static str),
    /// Of an item that a standing erasure hides: known, and shown to nobody.
    Erased,
}

/// A space with its rows loaded.
pub(crate) struct Space {
    pub id: SpaceId,
    pub number: SpaceNumber,
    /// This site, when it is a guest: what it wrote is shown here before it is admitted.
    pub guest: Option<NodeId>,
    pub rights: Rights,
    /// Boxed: nodes of the tree are a third empty, which costs less in pointers than in items.
    pub items: BTreeMap<ItemId, Box<Item>>,
    /// Children by (parent, kind), in the shown order.
    children: BTreeMap<(ItemId, u16), BTreeSet<(Order, ItemId)>>,
    /// Children that count as unread, by parent, in order of arrival.
    pub(super) arrivals: BTreeMap<ItemId, Vec<(u64, ItemId)>>,
    /// Running number of the last arrival.
    pub last_arrival: u64,
    /// Height applied, per log.
    pub heights: BTreeMap<LogNumber, u64>,
    /// Entries that do not count (yet), with the reason's name.
    pub pending: BTreeMap<EntryPlace, Outcome>,
    /// Of those that are held, what a list says without reading the disk.
    pub(super) held: BTreeMap<EntryPlace, Held>,
    /// Of those, what a sponsor site is about to look at, since when.
    pub(super) awaited: BTreeMap<EntryPlace, u64>,
    /// Entries of items whose creating entry is not here yet.
    pub(super) orphans: BTreeMap<ItemId, BTreeSet<EntryPlace>>,
    /// Documents with work that is held by removals.
    pub(super) built: BTreeMap<ItemId, Built>,
    /// Those of which something was judged since they were last asked about.
    pub(super) to_vouch: BTreeSet<ItemId>,
    /// Entries held by removals that count for the sake of what was built on them.
    pub(super) vouched: BTreeSet<EntryId>,
    /// Items by the place of their last change: which rows travelled when a peer acknowledges.
    by_place: BTreeMap<(LogNumber, u64), ItemId>,
    /// Rows to be saved.
    pub dirty: BTreeSet<ItemId>,
    /// Entries with rights operations, for the summary.
    pub rights_places: BTreeSet<EntryPlace>,
    /// When each rights operation was written, by its writer's clock.
    pub(super) rights_times: BTreeMap<EntryId, u64>,
    /// Who wrote each rights operation.
    pub(super) rights_authors: BTreeMap<EntryId, PersonId>,
    /// What is erased, see [`super::erasing`].
    pub(super) erasures: Erasures,
    /// Rights operations in the order in which they are told.
    pub(super) trail: BTreeSet<(Order, EntryPlace)>,
    /// The site that founded the space.
    pub(super) founder: Option<NodeId>,
    /// Everybody of the realm finds it, as its settings said when they were last read: they lie on
    /// the disk after every change.
    pub(super) found: bool,
    /// Some operation here followed a group.
    pub(super) grouped: bool,
    /// Highest lamport seen: the next entry here is above it.
    pub lamport: u64,
    /// Heights or summary changed since the last save.
    pub changed: bool,
    /// The round in which it was last saved: its rows are on the disk when that one is.
    pub saved_in: u64,
    /// The round in which rows of an earlier judging were last cleared.
    pub cleared_in: u64,
    /// Rows on disk are of an earlier judging: clear them with the next save.
    pub cleared: bool,
    /// When it was last asked for, on the clock that never jumps.
    pub used_ms: u64,
    /// The newest activity, for lists.
    pub newest: Option<ItemId>,
    pub newest_ms: u64,
}

/// The role that a need stands for, in the rights machine's terms.
pub(crate) fn role_for(needed: Needed) -> Role {
    match needed {
        Needed::Viewer => Role::VIEWER,
        Needed::Commenter => Role::COMMENTER,
        Needed::Contributor => Role::CONTRIBUTOR,
        Needed::Manager => Role::MANAGER,
        Needed::Site => Role::HOST,
        Needed::Registrar => Role::REGISTRAR,
    }
}

impl Space {
    pub(crate) fn new(id: SpaceId, number: SpaceNumber) -> Self {
        Self {
            id,
            number,
            guest: None,
            rights: Rights::new(id),
            items: BTreeMap::new(),
            children: BTreeMap::new(),
            arrivals: BTreeMap::new(),
            last_arrival: 0,
            heights: BTreeMap::new(),
            pending: BTreeMap::new(),
            held: BTreeMap::new(),
            awaited: BTreeMap::new(),
            orphans: BTreeMap::new(),
            built: BTreeMap::new(),
            to_vouch: BTreeSet::new(),
            vouched: BTreeSet::new(),
            by_place: BTreeMap::new(),
            dirty: BTreeSet::new(),
            rights_places: BTreeSet::new(),
            rights_times: BTreeMap::new(),
            rights_authors: BTreeMap::new(),
            erasures: Erasures::default(),
            trail: BTreeSet::new(),
            founder: None,
            found: false,
            grouped: false,
            lamport: 0,
            changed: false,
            saved_in: 0,
            cleared_in: 0,
            cleared: false,
            used_ms: 0,
            newest: None,
            newest_ms: 0,
        }
    }

    /// Puts rows that were loaded from the state file.
    pub(crate) fn restore(&mut self, mut rows: Vec<(ItemId, Item)>) {
        // A crash may have kept a row that the erasure beside it hides.
        rows.retain(|(id, _)| {
            let hidden = self.erasures.hides(id);
            if hidden {
                self.dirty.insert(*id);
            }
            !hidden
        });
        let mut by_arrival: Vec<usize> = (0..rows.len()).collect();
        // In order of arrival every index grows at its end.
        by_arrival.sort_by_key(|index| rows[*index].1.arrival);
        for index in by_arrival {
            self.index(rows[index].0, &rows[index].1);
        }
        let boxed = rows.into_iter().map(|(id, item)| (id, Box::new(item)));
        self.items.extend(boxed);
    }

    /// Judges and applies one stored entry of the site `node`. `received_ms` is this site's clock.
    pub(crate) fn apply(
        &mut self,
        place: EntryPlace,
        writer: Writer,
        entry: &Entry,
        received_ms: u64,
    ) -> Outcome {
        self.lamport = self.lamport.max(entry.header.lamport);
        self.changed = true;
        let outcome = self.judge_and_apply(place, writer, entry, received_ms);
        self.note_held(place, &entry.header, outcome);
        match outcome {
            Outcome::Held(reason) => drop(self.held.insert(place, Held::of(writer, entry, reason))),
            _ => drop(self.held.remove(&place)),
        }
        match outcome {
            Outcome::Waiting | Outcome::Held(_) | Outcome::Void(_) | Outcome::Unadmitted(_) => {
                self.pending.insert(place, outcome);
            }
            _ => {
                self.pending.remove(&place);
            }
        }
        outcome
    }

    fn judge_and_apply(
        &mut self,
        place: EntryPlace,
        writer: Writer,
        entry: &Entry,
        received_ms: u64,
    ) -> Outcome {
        let header = &entry.header;
        if header.kind.is_of_rights() {
            self.rights_places.insert(place);
            self.rights_times.insert(entry.id, header.wall_ms);
            if header.kind == EntryKind::Rights {
                self.trail.insert((order(header.lamport, entry.id), place));
            }
            if header.kind == EntryKind::Rights && header.rights_heads.is_empty() {
                self.founder = Some(writer.node);
            }
            self.rights_authors.insert(entry.id, header.author);
            self.grouped |= super::following::follows(&self.id, &header.command);
            let rejudge = self.rights.insert(entry, writer) == Inserted::Rejudge;
            let shown_again = self.erasures_moved([entry.id]);
            return Outcome::Rights(rejudge || shown_again);
        }
        if self.erasures.hides(&header.item) {
            return Outcome::Erased;
        }
        if entry.payload.is_none() {
            // No erasure covers it yet, or not any more: the bytes are wanted of other sites.
            return Outcome::Waiting;
        }
        let Some(creation) = header.creation.or_else(|| self.creation_of(&header.item)) else {
            self.orphans.entry(header.item).or_default().insert(place);
            return Outcome::Waiting;
        };
        let Some(feature) = features::by_number(creation.kind.number)
            .filter(|feature| feature.version() == creation.kind.version)
        else {
            return Outcome::Void("unknown-kind");
        };
        if header.kind == EntryKind::Changes
            && header
                .origin
                .is_none_or(|origin| origin.site != writer.node)
        {
            // Only the site whose page a tab had open may log what was typed there.
            return Outcome::Void("not-the-tab's-site");
        }
        let Some(needed) = self.needed_for(header) else {
            return Outcome::Void("unknown-kind");
        };
        let (mut unadmitted, mut vouched) = (false, false);
        match self.rights.judge(&entry.id, header, &writer.node, needed) {
            Standing::Counts => {}
            Standing::Waiting { .. } => return Outcome::Waiting,
            Standing::Held(HeldReason::NotAdmitted) if self.guest == Some(writer.node) => {
                unadmitted = true;
            }
            Standing::Held(HeldReason::Removed(_) | HeldReason::HostRemoved(_))
                if self.vouched.contains(&entry.id) =>
            {
                vouched = true;
            }
            Standing::Held(reason) => return Outcome::Held(reason),
            Standing::Void(_) => return Outcome::Void("rights"),
        }
        if header.creation.is_some()
            && let Some(item) = self.items.get(&header.item)
        {
            let first = order(header.lamport, entry.id) < item.created;
            let same = item.created.entry == entry.id;
            // The earliest creation counts, whichever came first: all is judged in order. One that
            // counts in its own right goes before those that are vouched for.
            if match self.vouched.contains(&item.created.entry) {
                true => first || !vouched && !same,
                false => first && !vouched,
            } {
                return Outcome::Rights(true);
            }
            if item.creator != header.author {
                return Outcome::Void("item-exists");
            }
        }
        let body = match (feature.payload(), header.kind) {
            (Payload::Record, EntryKind::Record) => {
                let record = entry.payload.as_deref().map(Record::decode);
                match record {
                    Some(Ok(record)) if feature.check_record(&record).is_ok() => {
                        Body::Record(record)
                    }
                    _ => return Outcome::Void("bad-record"),
                }
            }
            (Payload::Document(_), EntryKind::Changes) => Body::Document {
                entries: vec![place],
                shown: None,
            },
            _ => return Outcome::Void("wrong-payload-kind"),
        };
        match self.put(place, entry, creation, body, received_ms) {
            Outcome::Shown(item) if unadmitted => Outcome::Unadmitted(item),
            other => other,
        }
    }

    /// How a content entry of the site `node` stands by its rights; `None` when its item or kind is
    /// not known here.
    pub(crate) fn standing(&self, entry: &Entry, node: &NodeId) -> Option<Standing> {
        let needed = self.needed_for(&entry.header)?;
        Some(self.rights.judge(&entry.id, &entry.header, node, needed))
    }

    /// What writing an entry needs; `None` when its item or kind is not known here.
    fn needed_for(&self, header: &Header) -> Option<Role> {
        let creation = header.creation.or_else(|| self.creation_of(&header.item))?;
        let creator = self.items.get(&header.item).map(|item| item.creator);
        needed_for(header, &creation, creator)
    }

    /// Whether the last change of an item waits for a sponsor site.
    pub(crate) fn is_unadmitted(&self, item: &Item) -> bool {
        matches!(self.pending.get(&item.place), Some(Outcome::Unadmitted(_)))
    }

    pub(super) fn creation_of(&self, item: &ItemId) -> Option<bocage_protocol::entry::Creation> {
        self.items
            .get(item)
            .map(|item| bocage_protocol::entry::Creation {
                kind: item.kind,
                parent: item.parent,
            })
    }

    fn put(
        &mut self,
        place: EntryPlace,
        entry: &Entry,
        creation: bocage_protocol::entry::Creation,
        body: Body,
        received_ms: u64,
    ) -> Outcome {
        let header = &entry.header;
        let at = order(header.lamport, entry.id);
        if let Some(item) = self.items.get_mut(&header.item) {
            let newer = at > item.changed;
            match (&mut item.body, body) {
                (Body::Record(_), Body::Record(record)) => {
                    let before = item.place;
                    let version = Version {
                        at,
                        ms: header.wall_ms,
                        by: header.author,
                        place,
                        record,
                    };
                    if !item.take_version(version) {
                        return Outcome::Superseded;
                    }
                    let shown = item.place;
                    self.by_place.remove(&(before.log, before.seq));
                    self.by_place.insert((shown.log, shown.seq), header.item);
                }
                (Body::Document { entries, shown }, Body::Document { .. }) => {
                    if !entries.contains(&place) {
                        entries.push(place);
                    }
                    *shown = None;
                }
                _ => return Outcome::Void("wrong-payload-kind"),
            }
            if newer && matches!(item.body, Body::Document { .. }) {
                item.changed = at;
                item.changed_ms = header.wall_ms;
                item.changed_by = header.author;
                self.by_place.remove(&(item.place.log, item.place.seq));
                item.place = place;
                self.by_place.insert((place.log, place.seq), header.item);
            }
            let (changed_ms, news) = (
                item.changed_ms,
                item.feature().is_some_and(|kind| kind.activity().is_some()),
            );
            if news && changed_ms >= self.newest_ms {
                self.newest_ms = changed_ms;
                self.newest = Some(header.item);
            }
        } else {
            self.last_arrival += 1;
            let mut item = Item::new(&creation, at, place, body);
            item.creator = header.author;
            item.created_ms = header.wall_ms;
            item.changed_ms = header.wall_ms;
            item.changed_by = header.author;
            item.arrival = self.last_arrival;
            item.arrived_ms =
                (received_ms > header.wall_ms.saturating_add(LATE_MS)).then_some(received_ms);
            self.index(header.item, &item);
            self.items.insert(header.item, Box::new(item));
        }
        self.dirty.insert(header.item);
        Outcome::Shown(header.item)
    }
}
