//! What the standing operations amount to: who is in the space, who carries it, is it closed.
//! A person's role is the union of all that was given, each gift limited by every removal that
//! it does not follow; so a grant never lowers and, of concurrent ones, removals win.

use std::collections::{BTreeMap, BTreeSet};

use bocage_crdt::ids::{EntryId, ItemId, NodeId, PersonId};

use super::effect::{Force, HostState, Hosting, PersonState, ends, exercised_at, limits};
use super::evaluate::{Evaluation, rekeyed};
use super::graph::Graph;
use super::operation::{Operation, RootKeys, SpaceKind};
use super::role::Role;

/// The state of a space.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Members {
    /// `None` before the founding came.
    pub kind: Option<SpaceKind>,
    /// The realm's root.
    pub root: Option<RootKeys>,
    /// The operation that closed the space, if it is closed.
    pub closed: Option<EntryId>,
    /// Who is in the space, sites with rights of their own included.
    pub persons: BTreeMap<PersonId, Member>,
    /// Sites that carry the space.
    pub hosts: BTreeMap<NodeId, Host>,
    /// Partners' nodes that write here under sponsor sites.
    pub guests: BTreeMap<NodeId, Guest>,
    /// Versions of the root keys that stand, ascending from the founding's. Of two changes of one
    /// version the one with the lower id stands; the other is in `lost_rekeys`.
    pub rekeys: Vec<RootChange>,
    /// Changes of root keys that lost against another of the same version, for people to see.
    pub lost_rekeys: Vec<RootChange>,
    /// Sites that carried the space and were taken from it.
    pub removed: BTreeMap<NodeId, RemovedHost>,
    /// Realm: territories of which each person was ever made a registrar; `None` is all of them.
    pub registrars: BTreeMap<PersonId, BTreeSet<Option<ItemId>>>,
}

/// A site that carries the space no longer, as it was last known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovedHost {
    /// Its name.
    pub name: String,
    /// Realm: the territory it stood in.
    pub territory: Option<ItemId>,
    /// The most senior operation that removed it.
    pub by: EntryId,
    /// Whether it retired itself.
    pub own: bool,
}

/// A change of the root keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootChange {
    /// The operation.
    pub operation: EntryId,
    /// The keys that it names.
    pub keys: RootKeys,
    /// The keys of the version before that signed it, sorted.
    pub signers: Vec<[u8; 32]>,
}

/// A partner's node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    /// The author under which it speaks for itself.
    pub person: PersonId,
    /// Its name.
    pub name: String,
    /// What its people may do.
    pub role: Role,
    /// The sites that admit what it writes, sorted.
    pub sponsors: Vec<NodeId>,
    /// Where it is reached.
    pub addresses: Vec<String>,
    /// Its last moment, ms since 1970 UTC: for the host's own clock, never for a verdict.
    pub end_ms: Option<u64>,
    /// The first operation that let it in.
    pub since: EntryId,
    /// Its author.
    pub added_by: PersonId,
    /// Those of its people that it named.
    pub persons: BTreeMap<PersonId, String>,
}

/// One member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// What she may do.
    pub role: Role,
    /// The operation that gave the role, the most senior one of several.
    pub since: EntryId,
    /// Its author.
    pub added_by: PersonId,
    /// The territory of the right, if every right is of that one.
    pub territory: Option<ItemId>,
    /// The sites in whose logs her authority counts, the largest if she has several; sorted.
    pub sites: Vec<NodeId>,
    /// Each living gift by itself: what, and in the realm for which territory.
    pub rights: Vec<(Role, Option<ItemId>)>,
    /// A guest's sponsor.
    pub sponsor: Option<PersonId>,
    /// A guest's last moment, ms since 1970 UTC: for the host's own clock, never for a verdict.
    pub end_ms: Option<u64>,
}

/// One site that carries the space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// The author under which it speaks for itself.
    pub person: PersonId,
    /// Its name; empty for a founding site that did not state it.
    pub name: String,
    /// Where it is reached.
    pub addresses: Vec<String>,
    /// Realm: the territory it stands in.
    pub territory: Option<ItemId>,
    /// The first operation that made it a host.
    pub since: EntryId,
    /// Its author.
    pub added_by: PersonId,
}

impl Members {
    /// What a person may do; nothing if she is not a member.
    pub fn role(&self, person: &PersonId) -> Role {
        self.persons
            .get(person)
            .map_or(Role::NONE, |member| member.role)
    }

    /// What a person may do at the site where she writes: as [`Self::role`], and for a person whom a
    /// guest site introduced, what its people may do, in its own log.
    pub fn role_at_home(&self, person: &PersonId) -> Role {
        let named = self.guests.values();
        named
            .filter(|guest| guest.persons.contains_key(person))
            .fold(self.role(person), |role, guest| role.with(guest.role))
    }

    pub(super) fn of(evaluation: &Evaluation, graph: &Graph) -> Self {
        let mut members = Self::default();
        members.refresh_space(evaluation, graph);
        for (person, state) in &evaluation.persons {
            members.refresh_registrar(person, state);
        }
        let persons = evaluation.persons.iter();
        let persons =
            persons.filter_map(|(person, state)| Some((*person, member_of(state, graph)?)));
        members.persons = persons.collect();
        for (node, state) in &evaluation.hosts {
            members.refresh_host(node, state, graph);
        }
        for person in evaluation.introduced.keys() {
            members.refresh_introduced(person, evaluation, graph);
        }
        members
    }

    /// Brings in the effect of one more operation.
    pub(super) fn refresh(&mut self, evaluation: &Evaluation, graph: &Graph, place: u32) {
        match &graph.op(place).operation {
            Ok(
                Operation::Grant { subject, .. }
                | Operation::SetRole { subject, .. }
                | Operation::Appoint { subject, .. }
                | Operation::Deputise { subject, .. }
                | Operation::Revoke { subject, .. },
            ) => {
                let person = subject.person();
                if let Some(state) = evaluation.persons.get(&person) {
                    self.refresh_person(&person, state, graph);
                    self.refresh_introduced(&person, evaluation, graph);
                }
            }
            Ok(
                Operation::HostAdd { node, .. }
                | Operation::GuestAdd { node, .. }
                | Operation::HostRemove { node, .. },
            ) => {
                if let Some(state) = evaluation.hosts.get(node) {
                    self.refresh_host(node, state, graph);
                    let named = evaluation.introduced.keys();
                    named.for_each(|person| self.refresh_introduced(person, evaluation, graph));
                }
            }
            Ok(Operation::Introduce { .. }) => {
                let op = graph.op(place);
                let person = PersonId::of(&op.writer.node, &op.command);
                self.refresh_introduced(&person, evaluation, graph);
            }
            Ok(Operation::Close { .. } | Operation::Reopen) => {
                self.refresh_space(evaluation, graph);
            }
            _ => {}
        }
    }

    fn refresh_space(&mut self, evaluation: &Evaluation, graph: &Graph) {
        self.kind = evaluation.kind();
        self.refresh_root(evaluation, graph);
        let open = |close: u32| {
            evaluation
                .reopenings
                .iter()
                .any(|reopen| graph.in_past(close, *reopen))
        };
        self.closed = evaluation
            .closings
            .iter()
            .filter(|close| !open(**close))
            .map(|close| graph.key(*close))
            .min()
            .map(|key| key.1);
    }

    fn refresh_person(&mut self, person: &PersonId, state: &PersonState, graph: &Graph) {
        self.refresh_registrar(person, state);
        match member_of(state, graph) {
            Some(member) => self.persons.insert(*person, member),
            None => self.persons.remove(person),
        };
    }

    fn refresh_registrar(&mut self, person: &PersonId, state: &PersonState) {
        let named = state.assignments.iter();
        let named = named.filter(|right| right.role.allows(Role::REGISTRAR));
        let named: BTreeSet<_> = named.map(|right| right.territory).collect();
        if !named.is_empty() {
            self.registrars.insert(*person, named);
        }
    }

    fn refresh_root(&mut self, evaluation: &Evaluation, graph: &Graph) {
        self.rekeys.clear();
        self.lost_rekeys.clear();
        let founding = evaluation.founding.as_ref();
        self.root = founding.and_then(|founding| founding.root.clone());
        for rekey in &evaluation.rekeys {
            let signed_under = match rekey.under {
                None => founding.and_then(|founding| founding.root.as_ref()),
                Some(under) => rekeyed(graph, under),
            };
            let (Some(signed_under), Some(keys)) = (signed_under, rekeyed(graph, rekey.op)) else {
                continue;
            };
            let op = graph.op(rekey.op);
            let change = RootChange {
                operation: op.id,
                keys: keys.clone(),
                signers: op.root_signers(signed_under),
            };
            match evaluation.counts(rekey.op) {
                true => self.rekeys.push(change),
                false => self.lost_rekeys.push(change),
            }
        }
        self.rekeys.sort_by_key(|change| change.keys.version);
        self.lost_rekeys
            .sort_by_key(|change| (change.keys.version, change.operation));
        if let Some(last) = self.rekeys.last() {
            self.root = Some(last.keys.clone());
        }
    }

    fn refresh_host(&mut self, node: &NodeId, state: &HostState, graph: &Graph) {
        let ended = |hosting: &&Hosting| {
            let mut removals = state.removals.iter();
            removals.any(|removal| ends(graph, removal, hosting))
        };
        let living = |guest: bool| {
            let living = state.hostings.iter().filter(|hosting| !ended(hosting));
            let mut living: Vec<_> = living
                .filter(|hosting| hosting.guest == guest)
                .map(|hosting| hosting.op)
                .collect();
            living.sort_by_key(|op| graph.key(*op));
            living
        };
        match host_of(node, &living(false), graph) {
            Some(host) => {
                self.removed.remove(node);
                self.hosts.insert(*node, host);
            }
            None => {
                self.hosts.remove(node);
                self.refresh_removed(node, state, graph);
            }
        }
        match guest_of(node, &living(true), graph) {
            Some(guest) => self.guests.insert(*node, guest),
            None => self.guests.remove(node),
        };
    }

    /// Whom a guest named, unless a manager removed her since.
    fn refresh_introduced(&mut self, person: &PersonId, evaluation: &Evaluation, graph: &Graph) {
        let removals = (evaluation.persons.get(person)).map(|state| &state.removals[..]);
        let removed = |op: u32| {
            let mut removals = removals.unwrap_or_default().iter();
            removals.any(|removal| removal.ceiling == Role::NONE && !graph.in_past(removal.op, op))
        };
        let Some(named) = evaluation.introduced.get(person) else {
            return;
        };
        let node = named.first().map(|op| graph.op(*op).writer.node);
        let Some(guest) = node.and_then(|node| self.guests.get_mut(&node)) else {
            return;
        };
        let last = (named.iter().copied())
            .filter(|op| !removed(*op))
            .max_by_key(|op| graph.key(*op));
        match last.map(|op| &graph.op(op).operation) {
            Some(Ok(Operation::Introduce { name })) => {
                guest.persons.insert(*person, name.clone());
            }
            _ => {
                guest.persons.remove(person);
            }
        }
    }

    fn refresh_removed(&mut self, node: &NodeId, state: &HostState, graph: &Graph) {
        let removal = state.removals.iter().min_by_key(|one| graph.key(one.op));
        let hosted = state.hostings.iter().filter(|hosting| !hosting.guest);
        let mut added: Vec<_> = hosted.map(|hosting| hosting.op).collect();
        added.sort_by_key(|op| graph.key(*op));
        let (Some(removal), Some(last)) = (removal, added.last()) else {
            return;
        };
        let (name, territory) = match &graph.op(*last).operation {
            Ok(Operation::HostAdd {
                name, territory, ..
            }) => (name.clone(), *territory),
            _ => (String::new(), None),
        };
        let removed = RemovedHost {
            name,
            territory,
            by: graph.op(removal.op).id,
            own: removal.force == Force::Own,
        };
        self.removed.insert(*node, removed);
    }
}

/// The member that these gifts make, less what was taken of each.
fn member_of(state: &PersonState, graph: &Graph) -> Option<Member> {
    let mut living: Vec<_> = state
        .assignments
        .iter()
        .map(|right| {
            let role = state
                .removals
                .iter()
                .filter(|removal| limits(graph, removal, right))
                .fold(right.role, |role, removal| role.within(removal.ceiling));
            (right, role)
        })
        .filter(|(_, role)| *role != Role::NONE)
        .collect();
    living.sort_by_key(|(right, _)| graph.key(right.op));
    let role = living
        .iter()
        .fold(Role::NONE, |all, (_, role)| all.with(*role));
    let (first, _) = living
        .iter()
        .find(|(_, one)| one.space_role() == role.space_role())?;
    let (op, last) = (graph.op(first.op), living.last().map(|(right, _)| right.op));
    let territory = first.territory;
    let same = living.iter().all(|(right, _)| right.territory == territory);
    // Renewing a guest's stay is a new grant of the same role: the latest one says the end.
    let (sponsor, end_ms) = match last.map(|last| &graph.op(last).operation) {
        Some(Ok(Operation::Grant {
            sponsor, end_ms, ..
        })) => (*sponsor, *end_ms),
        _ => (None, None),
    };
    let with_authority = living
        .iter()
        .filter(|(_, one)| match role.has_full_authority() {
            true => one.has_full_authority(),
            false => one.has_authority(),
        });
    let mut sites: Vec<_> = with_authority
        .flat_map(|(right, _)| exercised_at(graph, right.op))
        .copied()
        .collect();
    sites.sort_unstable();
    sites.dedup();
    Some(Member {
        role,
        since: op.id,
        added_by: op.author,
        territory: territory.filter(|_| same),
        sites,
        rights: living
            .iter()
            .map(|(right, role)| (*role, right.territory))
            .collect(),
        sponsor,
        end_ms,
    })
}

/// The host that these additions make, eldest first.
fn host_of(node: &NodeId, living: &[u32], graph: &Graph) -> Option<Host> {
    let first = graph.op(*living.first()?);
    let mut host = Host {
        person: PersonId::of_site(node),
        name: String::new(),
        addresses: Vec::new(),
        territory: None,
        since: first.id,
        added_by: first.author,
    };
    for op in living {
        if let Ok(Operation::HostAdd {
            name,
            addresses,
            territory,
            ..
        }) = &graph.op(*op).operation
        {
            host.name.clone_from(name);
            host.addresses.clone_from(addresses);
            // A site does not choose its territory itself: whoever has a stolen machine could move
            // it to where others have rights.
            if graph.op(*op).author != host.person {
                host.territory = *territory;
            }
        }
    }
    Some(host)
}

/// The guest that these additions make, eldest first: roles add up, the latest says the rest.
fn guest_of(node: &NodeId, living: &[u32], graph: &Graph) -> Option<Guest> {
    let first = graph.op(*living.first()?);
    let mut all = Role::NONE;
    let mut guest = None;
    for op in living {
        if let Ok(Operation::GuestAdd {
            name,
            role,
            sponsors,
            addresses,
            end_ms,
            ..
        }) = &graph.op(*op).operation
        {
            all = all.with(*role);
            guest = Some(Guest {
                person: PersonId::of_site(node),
                name: name.clone(),
                role: all,
                sponsors: sponsors.clone(),
                addresses: addresses.clone(),
                end_ms: *end_ms,
                since: first.id,
                added_by: first.author,
                persons: BTreeMap::new(),
            });
        }
    }
    guest
}
