//! What standing operations give and take, and how far a taking reaches: the pairwise rules on
//! which both the sweep and the judgement of content rest.

use bocage_crdt::ids::{EntryId, ItemId, NodeId, PersonId};

use super::graph::{Graph, Key};
use super::operation::{Cut, Operation, Subject};
use super::role::Role;
use super::stored::Stored;

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

/// How strongly a removal takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Force {
    /// Passes over what is senior to it.
    Rank,
    /// By the person or site itself: ends all, takes back nothing done meanwhile.
    Own,
    /// By a registrar, of a territory or of all: as [`Force::Rank`] on what is junior to it, and as
    /// [`Force::Own`] on what is not.
    Order,
}

/// A standing operation that limits a person's role.
#[derive(Debug, Clone, Copy)]
pub(super) struct Removal {
    pub(super) op: u32,
    pub(super) rank: Rank,
    pub(super) ceiling: Role,
    pub(super) force: Force,
    /// Of a registrar with a territory: reaches only rights of that one.
    pub(super) territory: Option<ItemId>,
}

impl Removal {
    fn is_senior_to(&self, right: &Assignment) -> bool {
        !right.role.has_authority() || self.rank.0 < right.key
    }

    /// Whether a right can be taken by this removal: a junior's removal passes a senior by.
    pub(super) fn reaches(&self, graph: &Graph, right: &Assignment) -> bool {
        // What a set-role gave in a space says no territory; below it the first right lives on.
        let inside = self.territory.is_none()
            || self.territory == right.territory
            || (self.force == Force::Order
                && right.territory.is_none()
                && matches!(graph.op(right.op).operation, Ok(Operation::SetRole { .. })));
        match self.force {
            Force::Rank => inside && self.is_senior_to(right),
            Force::Own => true,
            Force::Order => inside,
        }
    }

    /// Whether it takes back nothing done meanwhile under this right.
    pub(super) fn is_mild(&self, right: &Assignment) -> bool {
        match self.force {
            Force::Rank => false,
            Force::Own => true,
            Force::Order => !self.is_senior_to(right),
        }
    }
}

/// A standing operation that made a site a host; its rank is (its adder's, its own key). That of a
/// guest is junior to all of these.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hosting {
    pub(super) op: u32,
    pub(super) rank: Rank,
    pub(super) guest: bool,
}

/// A standing removal of a site.
#[derive(Debug, Clone, Copy)]
pub(super) struct HostRemoval {
    pub(super) op: u32,
    pub(super) rank: Rank,
    pub(super) force: Force,
    /// As in [`Removal`].
    pub(super) territory: Option<ItemId>,
}

impl HostRemoval {
    pub(super) fn reaches(&self, graph: &Graph, hosting: &Hosting) -> bool {
        let inside =
            || self.territory.is_none() || self.territory == territory_of(graph, hosting.op);
        match self.force {
            Force::Rank => self.rank < hosting.rank,
            Force::Own => true,
            Force::Order => inside(),
        }
    }

    /// As in [`Removal`].
    pub(super) fn is_mild(&self, hosting: &Hosting) -> bool {
        match self.force {
            Force::Rank => false,
            Force::Own => true,
            Force::Order => self.rank >= hosting.rank,
        }
    }
}

fn territory_of(graph: &Graph, added: u32) -> Option<ItemId> {
    match &graph.op(added).operation {
        Ok(Operation::HostAdd { territory, .. }) => *territory,
        _ => None,
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct PersonState {
    pub(super) assignments: Vec<Assignment>,
    pub(super) removals: Vec<Removal>,
    /// Registrars' orders against her, whether or not their carriers stand: see [`is_ordered_out`].
    pub(super) orders: Vec<Removal>,
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
    /// As in [`PersonState`].
    pub(super) orders: Vec<HostRemoval>,
    pub(super) claims: Vec<u32>,
    pub(super) written: Vec<u32>,
    /// Hostings that carry operations, by rank.
    pub(super) places: Vec<Hosting>,
}

/// Whether a removal takes effect on a right, for whoever knows of both or of the removal only:
/// the right was not given after it, and is within its reach.
pub(super) fn limits(graph: &Graph, removal: &Removal, right: &Assignment) -> bool {
    removal.op != right.op && removal.reaches(graph, right) && !graph.in_past(removal.op, right.op)
}

/// As [`limits`], for sites.
pub(super) fn ends(graph: &Graph, removal: &HostRemoval, hosting: &Hosting) -> bool {
    removal.reaches(graph, hosting) && !graph.in_past(removal.op, hosting.op)
}

/// What is left of a right in the past of an operation; of mild removals only those up to a rank,
/// so that an operation never rests on a lower one.
pub(super) fn lives(
    graph: &Graph,
    person: &PersonState,
    right: &Assignment,
    place: u32,
    mild_up_to: Option<Rank>,
) -> Role {
    person
        .removals
        .iter()
        .filter(|removal| !removal.is_mild(right) || Some(removal.rank) <= mild_up_to)
        .filter(|removal| graph.in_past(removal.op, place) && limits(graph, removal, right))
        .fold(right.role, |role, removal| role.within(removal.ceiling))
}

/// Whether a site still carries the space in the past of an operation.
pub(super) fn carries(
    graph: &Graph,
    host: &HostState,
    hosting: &Hosting,
    place: u32,
    mild_up_to: Option<Rank>,
) -> bool {
    !host
        .removals
        .iter()
        .filter(|removal| !removal.is_mild(hosting) || Some(removal.rank) <= mild_up_to)
        .any(|removal| graph.in_past(removal.op, place) && ends(graph, removal, hosting))
}

/// Whether an author knew of a registrar's order that ends this right: a fact about bytes, which
/// needs no verdict and therefore binds also who is senior to the order's carrier.
pub(super) fn is_ordered_out(
    graph: &Graph,
    person: &PersonState,
    right: &Assignment,
    place: u32,
) -> bool {
    (person.orders.iter())
        .any(|order| graph.in_past(order.op, place) && limits(graph, order, right))
}

/// The same for a site.
pub(super) fn is_site_ordered_out(
    graph: &Graph,
    host: &HostState,
    hosting: &Hosting,
    place: u32,
) -> bool {
    (host.orders.iter()).any(|order| graph.in_past(order.op, place) && ends(graph, order, hosting))
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
        Ok(
            Operation::Grant { subject, .. }
            | Operation::SetRole { subject, .. }
            | Operation::Appoint { subject, .. }
            | Operation::Deputise { subject, .. },
        ) => subject.person(),
        _ => op.author,
    }
}

/// The sites in whose logs the authority of a right counts: a stolen machine of another office
/// cannot speak for its holder.
pub(super) fn exercised_at(graph: &Graph, granted: u32) -> &[NodeId] {
    let op = graph.op(granted);
    match &op.operation {
        Ok(Operation::Appoint { sites, .. } | Operation::Deputise { sites, .. }) => sites,
        Ok(
            Operation::Grant {
                subject: Subject::Site(node),
                ..
            }
            | Operation::SetRole {
                subject: Subject::Site(node),
                ..
            },
        ) => std::slice::from_ref(node),
        Ok(Operation::Create { .. }) => std::slice::from_ref(&op.writer.node),
        _ => &[],
    }
}

/// Whether an operation may rest on a hosting of this sort: a guest site speaks of itself and its
/// people only.
pub(super) fn has_place(op: &Stored, guest: bool) -> bool {
    match &op.operation {
        Ok(Operation::Introduce { .. }) => guest,
        Ok(Operation::Join | Operation::Adopt { .. }) => true,
        Ok(Operation::HostRemove {
            node, order: None, ..
        }) => !guest || (*node == op.writer.node && op.author == op.site),
        _ => !guest,
    }
}

pub(super) fn added_node(graph: &Graph, added: u32) -> NodeId {
    let op = graph.op(added);
    match &op.operation {
        Ok(Operation::HostAdd { node, .. } | Operation::GuestAdd { node, .. }) => *node,
        _ => op.writer.node,
    }
}
