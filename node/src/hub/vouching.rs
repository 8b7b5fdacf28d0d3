//! Work that an accepted colleague built on before she knew of a removal: which held entries of a
//! document count for her sake. The rights machine decides ([`Rights::vouch`]); here lies what rests
//! on what. Only documents with work held by a removal are looked at, and the others cost nothing.
//!
//! [`Rights::vouch`]: bocage_protocol::rights::Rights::vouch

use std::collections::{BTreeMap, BTreeSet};

use bocage_crdt::features::read_mark::Order;
use bocage_crdt::features::{self, Changer};
use bocage_crdt::gate::{Outline, hash_of};
use bocage_crdt::ids::{ChangeHash, EntryId, ItemId, NodeId, PersonId, SpaceId};
use bocage_protocol::entry::{Creation, Entry, EntryKind, Header};
use bocage_protocol::rights::{HeldReason, Role, Standing, Work};

use super::Hub;
use super::documents::entry_changes;
use super::item::{Body, order};
use super::space::{Outcome, Space, role_for};
use crate::store::{EntryPlace, StoreError};

/// How many entries that hold one change are vouched for with it. One would do where nobody
/// misbehaves: its author's; the next are of sites that carried it. Without a bound, copies in many
/// entries of a hostile site would cost the square of their number.
const HOLDERS_MAX: usize = 4;

/// A document with work that is held by a removal.
#[derive(Debug, Default)]
pub(super) struct Built {
    /// That work.
    removed: BTreeSet<EntryPlace>,
    /// Its entries that were read: headers and what rests on what.
    pieces: BTreeMap<EntryPlace, Piece>,
}

/// One entry of the document.
#[derive(Debug)]
struct Piece {
    id: EntryId,
    header: Header,
    node: NodeId,
    /// Changes made by the author, and those carried for others.
    own: BTreeSet<ChangeHash>,
    carried: BTreeSet<ChangeHash>,
    /// Changes on which these rest and that the entry does not hold itself.
    parents: BTreeSet<ChangeHash>,
}

impl Piece {
    fn of(entry: Entry, node: NodeId) -> Self {
        let mut piece = Self {
            id: entry.id,
            node,
            own: BTreeSet::new(),
            carried: BTreeSet::new(),
            parents: BTreeSet::new(),
            header: entry.header.clone(),
        };
        let changes = entry_changes(&entry).unwrap_or_default();
        for (number, (bytes, expected)) in changes.iter().enumerate() {
            let read = Outline::read(bytes).ok().zip(hash_of(bytes));
            // What the gate refuses is shown of nobody, and rests on nothing.
            let sound = read.filter(|(outline, _)| outline.actor == expected.actor);
            let Some((outline, hash)) = sound else {
                continue;
            };
            piece.parents.extend(outline.parents);
            match number < piece.header.carried.len() {
                true => piece.carried.insert(hash),
                false => piece.own.insert(hash),
            };
        }
        let (own, carried) = (&piece.own, &piece.carried);
        let outside = |hash: &ChangeHash| !own.contains(hash) && !carried.contains(hash);
        piece.parents.retain(outside);
        piece
    }

    /// Whether its site may log what it holds at all.
    fn is_at_home(&self) -> bool {
        let origin = self.header.origin;
        origin.is_some_and(|origin| origin.site == self.node)
    }
}

/// The entries that hold each change: the author's first, then by their ids.
fn holders(pieces: &[&Piece]) -> BTreeMap<ChangeHash, Vec<EntryId>> {
    let mut ranked: BTreeMap<ChangeHash, BTreeSet<(bool, EntryId)>> = BTreeMap::new();
    for piece in pieces {
        for (hashes, carried) in [(&piece.own, false), (&piece.carried, true)] {
            for hash in hashes {
                let holders = ranked.entry(*hash).or_default();
                holders.insert((carried, piece.id));
                if holders.len() > HOLDERS_MAX {
                    holders.pop_last();
                }
            }
        }
    }
    let first = |(hash, holders): (_, BTreeSet<(bool, EntryId)>)| {
        (hash, holders.into_iter().map(|(_, id)| id).collect())
    };
    ranked.into_iter().map(first).collect()
}

/// What writing an entry of an item needs, by the policy of its kind; `creator` is who made it.
pub(super) fn needed_for(
    header: &Header,
    creation: &Creation,
    creator: Option<PersonId>,
) -> Option<Role> {
    let policy = features::by_number(creation.kind.number)?.policy();
    let needed = match policy.change {
        _ if creator.is_none_or(|creator| creator == header.author) => policy.create,
        Changer::Contributor => features::Needed::Contributor,
        Changer::Creator | Changer::Manager => features::Needed::Manager,
    };
    Some(role_for(needed))
}

impl Space {
    /// Keeps the list of documents with work held by removals, after an entry was judged.
    pub(super) fn note_held(&mut self, place: EntryPlace, header: &Header, outcome: Outcome) {
        if header.kind != EntryKind::Changes {
            return;
        }
        let item = header.item;
        match outcome {
            Outcome::Held(HeldReason::Removed(_) | HeldReason::HostRemoved(_)) => {
                self.built.entry(item).or_default().removed.insert(place);
            }
            _ => self.forget_held(&place, &item),
        }
        if self.built.contains_key(&item) {
            self.to_vouch.insert(item);
        }
    }

    /// An entry is not held by a removal, or is not to be stored at all.
    pub(super) fn forget_held(&mut self, place: &EntryPlace, item: &ItemId) {
        if let Some(built) = self.built.get_mut(item) {
            built.removed.remove(place);
            if built.removed.is_empty() {
                self.built.remove(item);
            }
        }
    }

    /// The entries of a document that may be shown: those that count, those held by removals, and
    /// those that wait for the item to be created.
    fn built_places(&self, item: &ItemId) -> BTreeSet<EntryPlace> {
        let shown = match self.items.get(item).map(|row| &row.body) {
            Some(Body::Document { entries, .. }) => &entries[..],
            _ => &[],
        };
        let removed = self.built.get(item).into_iter();
        let waiting = self.orphans.get(item).into_iter().flatten();
        removed
            .flat_map(|built| &built.removed)
            .chain(shown)
            .chain(waiting)
            .copied()
            .collect()
    }

    /// Held entries of a document that count for the sake of others, and did not until now.
    fn newly_vouched(&self, item: &ItemId) -> Vec<(Order, EntryPlace)> {
        let Some(built) = self.built.get(item) else {
            return Vec::new();
        };
        let places = self.built_places(item);
        let read = places.iter().filter_map(|place| {
            let piece = built.pieces.get(place)?;
            piece.is_at_home().then_some((*place, piece))
        });
        let read: Vec<(EntryPlace, &Piece)> = read.collect();
        let pieces: Vec<&Piece> = read.iter().map(|(_, piece)| *piece).collect();
        let at = |piece: &Piece| order(piece.header.lamport, piece.id);
        // Of a document that is not shown yet, the earliest creation says what it is.
        let made = pieces.iter().filter(|it| it.header.creation.is_some());
        let made = made.min_by_key(|piece| at(piece));
        let (creation, creator) = match self.items.get(item) {
            Some(row) => (self.creation_of(item), Some(row.creator)),
            None => (
                made.and_then(|piece| piece.header.creation),
                made.map(|piece| piece.header.author),
            ),
        };
        let holders = holders(&pieces);
        let rests_on = |piece: &&Piece| {
            let held = piece.parents.iter().filter_map(|hash| holders.get(hash));
            let ids: BTreeSet<EntryId> = held.flatten().copied().collect();
            ids.into_iter().collect()
        };
        let rests_on: Vec<Vec<EntryId>> = pieces.iter().map(rests_on).collect();
        let works = read
            .iter()
            .zip(&rests_on)
            .filter_map(|((place, piece), on)| {
                let header = &piece.header;
                let work = Work {
                    id: piece.id,
                    header,
                    node: piece.node,
                    needed: needed_for(header, &header.creation.or(creation)?, creator)?,
                    rests_on: on,
                };
                Some((*place, work))
            });
        let (places, works): (Vec<EntryPlace>, Vec<Work<'_>>) = works.unzip();
        let standings = self.rights.vouch(&works);
        let counting = places.into_iter().zip(&works).zip(standings);
        counting
            .filter(|((place, work), standing)| {
                *standing == Standing::Counts
                    && built.removed.contains(place)
                    && !self.vouched.contains(&work.id)
            })
            .map(|((place, work), _)| (order(work.header.lamport, work.id), place))
            .collect()
    }
}

impl Hub {
    /// Lets held work count on which a colleague built whose own counts. Asked again when an entry
    /// of such a document comes, and when rights move.
    pub(crate) fn vouch(&mut self, id: &SpaceId) -> Result<(), StoreError> {
        loop {
            let Some(space) = self.spaces.get_mut(id) else {
                return Ok(());
            };
            let items = std::mem::take(&mut space.to_vouch);
            if items.is_empty() {
                return Ok(());
            }
            let mut found = Vec::new();
            for item in items {
                self.read_pieces(id, &item)?;
                let space = self.spaces.get(id).into_iter();
                found.extend(space.flat_map(|space| space.newly_vouched(&item)));
            }
            // An item's creation before its changes.
            found.sort_unstable();
            self.count_vouched(id, &found)?;
        }
    }

    fn read_pieces(&mut self, id: &SpaceId, item: &ItemId) -> Result<(), StoreError> {
        let space = self
            .spaces
            .get(id)
            .filter(|space| space.built.contains_key(item));
        let Some(space) = space else {
            return Ok(());
        };
        let mut missing = space.built_places(item);
        let known = |place: &EntryPlace| space.built[item].pieces.contains_key(place);
        missing.retain(|place| !known(place));
        let mut read = Vec::with_capacity(missing.len());
        for place in missing {
            let node = self.catalog.writer_of(place.log).node;
            let entry = self.stored_entry(place)?;
            read.extend(entry.map(|entry| (place, Piece::of(entry, node))));
        }
        let space = self.spaces.get_mut(id);
        if let Some(built) = space.and_then(|space| space.built.get_mut(item)) {
            built.pieces.extend(read);
        }
        Ok(())
    }

    fn count_vouched(
        &mut self,
        id: &SpaceId,
        found: &[(Order, EntryPlace)],
    ) -> Result<(), StoreError> {
        if let Some(space) = self.spaces.get_mut(id) {
            space.vouched.extend(found.iter().map(|(at, _)| at.entry));
        }
        let wall_ms = self.clock.wall_ms();
        for (_, place) in found {
            let writer = self.catalog.writer_of(place.log);
            let Some(entry) = self.stored_entry(*place)? else {
                continue;
            };
            let Some(space) = self.spaces.get_mut(id) else {
                return Ok(());
            };
            match space.apply(*place, writer, &entry, wall_ms) {
                // An earlier creation than the one that was vouched for: all in order, next turn.
                Outcome::Rights(true) => drop(self.rejudge.due.insert(*id)),
                outcome => self.after_outcome(*id, *place, outcome, &entry),
            }
        }
        if !found.is_empty() {
            self.people_changed(id); // less is held
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bocage_crdt::ids::{CommandId, LogId};

    fn piece(number: u8, own: &[u8], carried: &[u8]) -> Piece {
        let hashes = |numbers: &[u8]| {
            let numbers = numbers.iter();
            numbers.map(|number| ChangeHash([*number; 32])).collect()
        };
        Piece {
            id: EntryId([number; 32]),
            header: Header {
                version: bocage_protocol::limits::PROTOCOL_VERSION,
                kind: EntryKind::Changes,
                space: SpaceId([1; 32]),
                log: LogId([1; 32]),
                seq: u64::from(number),
                prev: EntryId::default(),
                lamport: 1,
                wall_ms: 0,
                rights_heads: Vec::new(),
                author: PersonId([1; 16]),
                item: ItemId([1; 16]),
                creation: None,
                command: CommandId([1; 16]),
                origin: None,
                carried: Vec::new(),
                payload_hash: [0; 32],
                payload_length: 0,
            },
            node: NodeId([1; 32]),
            own: hashes(own),
            carried: hashes(carried),
            parents: BTreeSet::new(),
        }
    }

    #[test]
    fn copies_never_push_the_authors_own_entry_aside() {
        let change = ChangeHash([7; 32]);
        let mut pieces: Vec<Piece> = (1..=20).map(|number| piece(number, &[], &[7])).collect();
        pieces.push(piece(200, &[7], &[]));
        for reversed in [false, true] {
            let mut given: Vec<&Piece> = pieces.iter().collect();
            if reversed {
                given.reverse();
            }
            let expected = [200, 1, 2, 3].map(|number| EntryId([number; 32]));
            assert_eq!(holders(&given)[&change], expected, "reversed: {reversed}");
        }
    }
}
