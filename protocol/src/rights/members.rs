//! What the standing operations amount to: who is in the space, who carries it, is it closed.
//! A person's role is the union of all that was given, each gift limited by every removal that
//! it does not follow; so a grant never lowers and, of concurrent ones, removals win.

use std::collections::{BTreeMap, BTreeSet};

use bocage_crdt::ids::{EntryId, ItemId, NodeId, PersonId};

use super::effect::{HostState, PersonState, ends, limits};
use super::evaluate::Evaluation;
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

/// One member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// What she may do.
    pub role: Role,
    /// The operation that gave the role, the most senior one of several.
    pub since: EntryId,
    /// Its author.
    pub added_by: PersonId,
    /// Realm: the territory of the right, if every right is of that one.
    pub territory: Option<ItemId>,
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

    pub(super) fn of(evaluation: &Evaluation, graph: &Graph) -> Self {
        let mut members = Self::default();
        members.refresh_space(evaluation, graph);
        for (person, state) in &evaluation.persons {
            members.refresh_person(person, state, graph);
        }
        for (node, state) in &evaluation.hosts {
            members.refresh_host(node, state, graph);
        }
        members
    }

    /// Brings in the effect of one more operation.
    pub(super) fn refresh(&mut self, evaluation: &Evaluation, graph: &Graph, place: u32) {
        match &graph.op(place).operation {
            Ok(
                Operation::Grant { subject, .. }
                | Operation::SetRole { subject, .. }
                | Operation::Revoke { subject, .. },
            ) => {
                let person = subject.person();
                if let Some(state) = evaluation.persons.get(&person) {
                    self.refresh_person(&person, state, graph);
                }
            }
            Ok(Operation::HostAdd { node, .. } | Operation::HostRemove { node, .. }) => {
                if let Some(state) = evaluation.hosts.get(node) {
                    self.refresh_host(node, state, graph);
                }
            }
            Ok(Operation::Close { .. } | Operation::Reopen) => {
                self.refresh_space(evaluation, graph);
            }
            _ => {}
        }
    }

    fn refresh_space(&mut self, evaluation: &Evaluation, graph: &Graph) {
        self.kind = evaluation.kind();
        self.root = evaluation
            .founding
            .as_ref()
            .and_then(|founding| founding.root.clone());
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
        let named = state.assignments.iter();
        let named = named.filter(|right| right.role.allows(Role::REGISTRAR));
        let named: BTreeSet<_> = named.map(|right| right.territory).collect();
        if !named.is_empty() {
            self.registrars.insert(*person, named);
        }
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
        let Some((first, _)) = living
            .iter()
            .find(|(_, one)| one.space_role() == role.space_role())
        else {
            self.persons.remove(person);
            return;
        };
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
        let member = Member {
            role,
            since: op.id,
            added_by: op.author,
            territory: territory.filter(|_| same),
            rights: living
                .iter()
                .map(|(right, role)| (*role, right.territory))
                .collect(),
            sponsor,
            end_ms,
        };
        self.persons.insert(*person, member);
    }

    fn refresh_host(&mut self, node: &NodeId, state: &HostState, graph: &Graph) {
        let mut living: Vec<_> = state
            .hostings
            .iter()
            .filter(|hosting| {
                !state
                    .removals
                    .iter()
                    .any(|removal| ends(graph, removal, hosting))
            })
            .map(|hosting| hosting.op)
            .collect();
        living.sort_by_key(|op| graph.key(*op));
        let Some(first) = living.first() else {
            self.hosts.remove(node);
            self.refresh_removed(node, state, graph);
            return;
        };
        self.removed.remove(node);
        let mut host = Host {
            person: PersonId::of_site(node),
            name: String::new(),
            addresses: Vec::new(),
            territory: None,
            since: graph.op(*first).id,
            added_by: graph.op(*first).author,
        };
        for op in living {
            if let Ok(Operation::HostAdd {
                name,
                addresses,
                territory,
                ..
            }) = &graph.op(op).operation
            {
                host.name.clone_from(name);
                host.addresses.clone_from(addresses);
                // A site does not choose its territory itself: whoever has a stolen machine could
                // move it to where others have rights.
                if graph.op(op).author != host.person {
                    host.territory = *territory;
                }
            }
        }
        self.hosts.insert(*node, host);
    }

    fn refresh_removed(&mut self, node: &NodeId, state: &HostState, graph: &Graph) {
        let removal = state.removals.iter().min_by_key(|one| graph.key(one.op));
        let mut added: Vec<_> = state.hostings.iter().map(|hosting| hosting.op).collect();
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
            own: removal.own,
        };
        self.removed.insert(*node, removed);
    }
}
