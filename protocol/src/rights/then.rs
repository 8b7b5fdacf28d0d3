//! What a site and an author had at the time of one entry, and what of it every removal outside
//! the entry's past left.

use bocage_crdt::ids::{EntryId, NodeId};

use super::effect::{Assignment, HostState, PersonState, cut_of, ends, limits};
use super::graph::Key;
use super::operation::Operation;
use super::role::Role;
use super::{HeldReason, Rights};
use crate::entry::Header;

/// One content entry and its past.
pub(super) struct Then<'a> {
    pub(super) rights: &'a Rights,
    pub(super) past: &'a [u32],
    pub(super) header: &'a Header,
    pub(super) id: &'a EntryId,
    /// Removals that are passed over; see [`Rights::vouch`].
    pub(super) lifted: &'a dyn Fn(u32) -> bool,
}

impl Then<'_> {
    pub(super) fn knew(&self, place: u32) -> bool {
        self.rights.graph.contains(self.past, place)
    }

    fn covers(&self, removal: u32) -> bool {
        (self.lifted)(removal) || self.is_below_cut(removal)
    }

    pub(super) fn is_below_cut(&self, removal: u32) -> bool {
        cut_of(&self.rights.graph, removal)
            .is_some_and(|cut| cut.covers(&self.header.log, self.header.seq, self.id))
    }

    /// What gave the site its place, as a host or as a guest: the roles that are left of a guest.
    pub(super) fn site(&self, host: &HostState, guest: bool) -> Result<Role, HeldReason> {
        let graph = &self.rights.graph;
        let (mut found, mut role) = (false, Role::NONE);
        let mut removed_by: Option<Key> = None;
        let known = (host.hostings.iter())
            .filter(|hosting| hosting.guest == guest && self.knew(hosting.op));
        for hosting in known {
            let mut beyond: Option<Key> = None;
            let mut known = false;
            for removal in (host.removals.iter()).filter(|it| ends(graph, it, hosting)) {
                known |= self.knew(removal.op);
                if !self.covers(removal.op) {
                    beyond = earliest(beyond, graph.key(removal.op));
                }
            }
            match beyond {
                _ if known => {}
                None if !guest => return Ok(Role::NONE),
                None => {
                    found = true;
                    if let Ok(Operation::GuestAdd { role: given, .. }) =
                        &graph.op(hosting.op).operation
                    {
                        role = role.with(*given);
                    }
                }
                Some(by) => removed_by = earliest(removed_by, by),
            }
        }
        match (found, removed_by) {
            (true, _) => Ok(role),
            (false, Some(by)) => Err(HeldReason::HostRemoved(by.1)),
            (false, None) => Err(HeldReason::NotHost),
        }
    }

    /// What made a site a guest, as far as this entry knew, and was not ended before it.
    pub(super) fn guest_hostings(&self, host: &HostState) -> impl Iterator<Item = u32> {
        let graph = &self.rights.graph;
        let ended = |hosting| {
            let mut known = (host.removals.iter()).filter(|removal| self.knew(removal.op));
            known.any(|removal| ends(graph, removal, hosting))
        };
        (host.hostings.iter())
            .filter(move |hosting| hosting.guest && self.knew(hosting.op) && !ended(hosting))
            .map(|hosting| hosting.op)
    }

    /// Whether the author had the right, and has it beyond the cuts.
    pub(super) fn author(&self, needed: Role) -> Result<(), HeldReason> {
        let person = self.rights.evaluation.persons.get(&self.header.author);
        let person = person.ok_or(HeldReason::NoRight)?;
        self.held(person.assignments.iter().copied(), Some(person), needed)
    }

    /// The same in a guest's log: it speaks for those whom it named, with the guest's role.
    pub(super) fn guest(
        &self,
        host: &HostState,
        node: &NodeId,
        needed: Role,
        no_host: HeldReason,
    ) -> Result<(), HeldReason> {
        if !(host.hostings.iter()).any(|hosting| hosting.guest && self.knew(hosting.op)) {
            return Err(no_host);
        }
        let role = self.site(host, true)?;
        let (graph, evaluation) = (&self.rights.graph, &self.rights.evaluation);
        let named = evaluation.introduced.get(&self.header.author);
        let named = named.into_iter().flatten();
        let rights = named
            .filter(|op| graph.op(**op).writer.node == *node)
            .map(|op| Assignment {
                op: *op,
                key: graph.key(*op).lesser(),
                role,
                territory: None,
            });
        if needed == Role::HOST {
            return Err(HeldReason::NoRight);
        }
        self.held(rights, evaluation.persons.get(&self.header.author), needed)
    }

    fn held(
        &self,
        rights: impl Iterator<Item = Assignment>,
        person: Option<&PersonState>,
        needed: Role,
    ) -> Result<(), HeldReason> {
        let graph = &self.rights.graph;
        let (mut at_the_time, mut left) = (Role::NONE, Role::NONE);
        let mut removed_by: Option<Key> = None;
        for right in rights.filter(|right| self.knew(right.op)) {
            let (mut then, mut since) = (right.role, right.role);
            let removals = person.into_iter().flat_map(|person| &person.removals);
            for removal in removals.filter(|removal| limits(graph, removal, &right)) {
                if self.knew(removal.op) {
                    then = then.within(removal.ceiling);
                } else if !self.covers(removal.op) {
                    since = since.within(removal.ceiling);
                    if !removal.ceiling.allows(needed) {
                        removed_by = earliest(removed_by, graph.key(removal.op));
                    }
                }
            }
            at_the_time = at_the_time.with(then);
            left = left.with(then.within(since));
        }
        if needed == Role::NONE || !at_the_time.allows(needed) {
            return Err(HeldReason::NoRight);
        }
        match removed_by {
            Some(by) if !left.allows(needed) => Err(HeldReason::Removed(by.1)),
            _ => Ok(()),
        }
    }
}

fn earliest(one: Option<Key>, other: Key) -> Option<Key> {
    Some(one.map_or(other, |one| one.min(other)))
}
