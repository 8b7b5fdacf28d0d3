//! The second reading of which content counts, from the finished verdicts on operations.

use std::collections::BTreeSet;

use super::super::*;
use super::reference::{ANY, Reference};
use super::world::{PersonId, World};
use crate::entry::Header;

/// A content entry, or an admission, and what its writer knew.
struct Said<'a> {
    id: &'a EntryId,
    header: &'a Header,
    node: &'a NodeId,
    past: BTreeSet<EntryId>,
    /// Removals outside it that are passed over.
    lifted: &'a dyn Fn(&EntryId) -> bool,
}

impl Said<'_> {
    fn is_reached(&self, removal: &EntryId, cut: &Cut) -> bool {
        let covered = cut.covers(&self.header.log, self.header.seq, self.id);
        self.past.contains(removal) || !(covered || (self.lifted)(removal))
    }
}

impl Reference {
    fn said<'a>(&self, entry: &'a Entry, node: &'a NodeId) -> Said<'a> {
        Said {
            id: &entry.id,
            header: &entry.header,
            node,
            past: self.past(&entry.header),
            lifted: &|_| false,
        }
    }

    /// What made the node a host, or a guest, and still does.
    fn places(&self, said: &Said<'_>, guest: bool) -> Vec<EntryId> {
        (said.past.iter())
            .filter(|site| self.hosted(site) == Some((*said.node, guest)) && self.counts(site))
            .filter(|site| {
                let rank = self.hosting_rank(site, ANY).expect("it counts");
                !self.ops.keys().any(|removal| {
                    self.unhosted(removal).is_some_and(|(node, cut, _)| {
                        node == *said.node
                            && self.counts(removal)
                            && said.is_reached(removal, cut)
                            && self.ends(removal, site, rank, Some(ANY))
                    })
                })
            })
            .copied()
            .collect()
    }

    fn has_right(&self, said: &Said<'_>, needed: Role) -> bool {
        said.past.iter().any(|gift| {
            self.counts(gift)
                && self.gift(gift).is_some_and(|(person, role)| {
                    person == said.header.author && role.allows(needed)
                })
                && !self.ops.keys().any(|removal| {
                    self.limit(removal)
                        .is_some_and(|(person, ceiling, cut, _)| {
                            person == said.header.author
                                && self.counts(removal)
                                && !ceiling.allows(needed)
                                && said.is_reached(removal, cut)
                                && self.reaches(removal, gift, Some(ANY))
                        })
                })
        })
    }

    /// Whether the guest named the author and a manager did not remove her.
    fn is_introduced(&self, said: &Said<'_>) -> bool {
        said.past.iter().any(|named| {
            let op = &self.ops[named];
            self.names(named) == Some(said.header.author)
                && op.node == *said.node
                && self.counts(named)
                && !self.ops.keys().any(|removal| {
                    self.limit(removal)
                        .is_some_and(|(person, ceiling, cut, _)| {
                            person == said.header.author
                                && self.counts(removal)
                                && !op.past.contains(removal)
                                && ceiling == Role::NONE
                                && said.is_reached(removal, cut)
                        })
                })
        })
    }

    /// Whether a content entry counts, with contributor needed.
    pub(super) fn content_counts(&self, world: &World, entry: &Entry, node: &NodeId) -> bool {
        self.counts_without(world, entry, node, &|_| false)
    }

    /// Whether it is shown: it counts, or a colleague whose entry counts built on it and knew of
    /// no removal that holds it.
    pub(super) fn is_shown(&self, world: &World, entry: &Entry, node: &NodeId) -> bool {
        let builds_on_it = |later: &Entry| {
            let mut open = vec![later.id];
            let mut past = BTreeSet::new();
            while let Some(id) = open.pop() {
                let rests = world.rests.get(&id).into_iter().flatten();
                let on_the_way = |id: &EntryId| {
                    let (entry, writer) = world.entry(id);
                    self.counts_without(world, entry, &writer.node, &|_| true)
                };
                open.extend(
                    rests
                        .copied()
                        .filter(|id| on_the_way(id) && past.insert(*id)),
                );
            }
            past.contains(&entry.id)
        };
        self.content_counts(world, entry, node)
            || world.entries.iter().any(|(later, writer)| {
                later.header.kind == EntryKind::Record
                    && builds_on_it(later)
                    && self.content_counts(world, later, &writer.node)
                    && {
                        let knew = self.past(&later.header);
                        self.counts_without(world, entry, node, &|removal| !knew.contains(removal))
                    }
            })
    }

    fn counts_without(
        &self,
        world: &World,
        entry: &Entry,
        node: &NodeId,
        lifted: &dyn Fn(&EntryId) -> bool,
    ) -> bool {
        let said = Said {
            lifted,
            ..self.said(entry, node)
        };
        if self.logs.is_forked(&entry.header, node, &entry.id) {
            return false;
        }
        if !self.places(&said, false).is_empty() {
            return self.has_right(&said, Role::CONTRIBUTOR);
        }
        let role = (self.places(&said, true).iter())
            .fold(Role::NONE, |role, guest| role.with(self.guest_role(guest)));
        role.allows(Role::CONTRIBUTOR)
            && self.is_introduced(&said)
            && self.is_admitted(world, entry, node)
    }

    /// Whether an admission counts: its site spoke for itself as a host.
    pub(super) fn admission_counts(&self, entry: &Entry, node: &NodeId) -> bool {
        let said = self.said(entry, node);
        !self.logs.is_forked(&entry.header, node, &entry.id)
            && said.header.author == PersonId::of_site(node)
            && !self.places(&said, false).is_empty()
    }

    fn is_admitted(&self, world: &World, guests: &Entry, guest: &NodeId) -> bool {
        world.entries.iter().any(|(entry, writer)| {
            let payload = entry.payload.as_ref().expect("the test keeps payloads");
            if entry.header.kind != EntryKind::Admission
                || !self.admission_counts(entry, &writer.node)
            {
                return false;
            }
            let admission = Admission::decode(payload).expect("the test writes admissions");
            let named = admission.0.iter().any(|range| {
                range.log == guests.header.log
                    && (range.first..=range.last).contains(&guests.header.seq)
                    && self
                        .logs
                        .way_to(&range.log, range.entry)
                        .contains(&guests.id)
            });
            let past = self.past(&entry.header);
            named
                && past.iter().any(|added| {
                    self.hosted(added) == Some((*guest, true))
                        && self.counts(added)
                        && self.sponsors(added).contains(&writer.node)
                        && !past.iter().any(|removal| {
                            let rank = self.hosting_rank(added, ANY).expect("it counts");
                            self.unhosted(removal)
                                .is_some_and(|(node, _, _)| node == *guest)
                                && self.counts(removal)
                                && self.ends(removal, added, rank, Some(ANY))
                        })
                })
        })
    }
}
