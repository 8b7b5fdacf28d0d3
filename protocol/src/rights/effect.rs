//! What standing operations give and take, and how far a taking reaches: the pairwise rules on
//! which both the sweep and the judgement of content rest.

use bocage_crdt::ids::{EntryId, ItemId, NodeId, PersonId};

use super::graph::{Graph, Key};
use super::operation::{Cut, Operation};
use super::role::Role;

/// Rank of an operation: lower is more senior. First the key of the right it rests on (or the
/// rank of who added its site, if that is lower), then the key of its site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank(pub(super) Key, pub(super) Key);

pub(super) const ROOT_RANK: Rank = Rank(Key::ROOT, Key::ROOT);

/// A standing operation that gave a person a role.
#[derive(Debug, Clone, Copy)]
pub(super) struct Assignment {
    pub(super) op: u32,
    pub(super) key: Key,
    pub(super) role: Role,
    pub(super) territory: Option<ItemId>,
}

/// A standing operation that limits a person's role.
#[derive(Debug, Clone, Copy)]
pub(super) struct Removal {
    pub(super) op: u32,
    pub(super) rank: Rank,
    pub(super) ceiling: Role,
    /// By the person herself: ends her rights, takes back nothing she did meanwhile elsewhere.
    pub(super) own: bool,
    /// Of a registrar with a territory: reaches only rights of that one.
    pub(super) territory: Option<ItemId>,
}

impl Removal {
    /// Whether a right can be taken by this removal: a junior's removal passes a senior by.
    pub(super) fn reaches(&self, right: &Assignment) -> bool {
        let senior = !right.role.has_authority() || self.rank.0 < right.key;
        let inside = self.territory.is_none() || self.territory == right.territory;
        self.own || (senior && inside)
    }
}

/// A standing operation that made a site a host; its rank is (its adder's, its own key).
#[derive(Debug, Clone, Copy)]
pub(super) struct Hosting {
    pub(super) op: u32,
    pub(super) rank: Rank,
}

/// A standing removal of a site.
#[derive(Debug, Clone, Copy)]
pub(super) struct HostRemoval {
    pub(super) op: u32,
    pub(super) rank: Rank,
    pub(super) own: bool,
}

impl HostRemoval {
    pub(super) fn reaches(&self, hosting: &Hosting) -> bool {
        self.own || self.rank < hosting.rank
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct PersonState {
    pub(super) assignments: Vec<Assignment>,
    pub(super) removals: Vec<Removal>,
    /// Assignments that carry operations, by key.
    pub(super) authorities: Vec<Assignment>,
    /// Operations that rest on a right of this person; in a sweep, those still without.
    pub(super) claims: Vec<u32>,
    /// All operations by this person that rest on a right of hers.
    pub(super) written: Vec<u32>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct HostState {
    pub(super) hostings: Vec<Hosting>,
    pub(super) removals: Vec<HostRemoval>,
    pub(super) claims: Vec<u32>,
    pub(super) written: Vec<u32>,
    /// Hostings that carry operations, by rank.
    pub(super) places: Vec<Hosting>,
}

/// Whether a removal takes effect on a right, for whoever knows of both or of the removal only:
/// the right was not given after it, and is within its reach.
pub(super) fn limits(graph: &Graph, removal: &Removal, right: &Assignment) -> bool {
    removal.op != right.op && !graph.in_past(removal.op, right.op) && removal.reaches(right)
}

/// As [`limits`], for sites.
pub(super) fn ends(graph: &Graph, removal: &HostRemoval, hosting: &Hosting) -> bool {
    !graph.in_past(removal.op, hosting.op) && removal.reaches(hosting)
}

/// What is left of a right in the past of an operation; of what the person gave up herself only
/// up to a rank, so that an operation never rests on a lower one.
pub(super) fn lives(
    graph: &Graph,
    person: &PersonState,
    right: &Assignment,
    place: u32,
    own_up_to: Option<Rank>,
) -> Role {
    person
        .removals
        .iter()
        .filter(|removal| !removal.own || Some(removal.rank) <= own_up_to)
        .filter(|removal| graph.in_past(removal.op, place) && limits(graph, removal, right))
        .fold(right.role, |role, removal| role.within(removal.ceiling))
}

/// Whether a site still carries the space in the past of an operation.
pub(super) fn carries(
    graph: &Graph,
    host: &HostState,
    hosting: &Hosting,
    place: u32,
    own_up_to: Option<Rank>,
) -> bool {
    !host
        .removals
        .iter()
        .filter(|removal| !removal.own || Some(removal.rank) <= own_up_to)
        .any(|removal| graph.in_past(removal.op, place) && ends(graph, removal, hosting))
}

/// Of several operations the one that everybody names.
pub(super) fn first(graph: &Graph, places: impl Iterator<Item = u32>) -> Option<EntryId> {
    places.map(|place| graph.key(place)).min().map(|key| key.1)
}

/// Whether an operation is concurrent to a removal and above its cut.
pub(super) fn is_beyond(graph: &Graph, removal: u32, place: u32) -> bool {
    let op = graph.op(place);
    removal != place
        && !graph.in_past(removal, place)
        && !graph.in_past(place, removal)
        && !cut_of(graph, removal).is_some_and(|cut| cut.covers(&op.log, op.seq, &op.id))
}

/// Where a removal falls.
pub(super) fn cut_of(graph: &Graph, removal: u32) -> Option<&Cut> {
    match &graph.op(removal).operation {
        Ok(
            Operation::SetRole { cut, .. }
            | Operation::Revoke { cut, .. }
            | Operation::HostRemove { cut, .. }
            | Operation::Close { cut },
        ) => Some(cut),
        _ => None,
    }
}

pub(super) fn ceiling(operation: &Operation) -> Role {
    match operation {
        Operation::SetRole { role, .. } => *role,
        _ => Role::NONE,
    }
}

pub(super) fn assigned_person(graph: &Graph, granted: u32) -> PersonId {
    let op = graph.op(granted);
    match &op.operation {
        Ok(Operation::Grant { subject, .. } | Operation::SetRole { subject, .. }) => {
            subject.person()
        }
        _ => op.author,
    }
}

pub(super) fn added_node(graph: &Graph, added: u32) -> NodeId {
    let op = graph.op(added);
    match &op.operation {
        Ok(Operation::HostAdd { node, .. }) => *node,
        _ => op.writer.node,
    }
}
