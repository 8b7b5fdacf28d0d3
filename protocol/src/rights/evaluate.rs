//! Which operations stand. Every right that gives authority has a key that grows along the
//! history; an operation ranks as the lower of its author's right and of its site's place, and
//! rests only on operations of higher rank. So one sweep from the highest rank down decides all,
//! and there is exactly one result, whatever the order of arrival.
//!
//! The sweep visits three kinds of event in the order of rank: a right begins to carry
//! operations, a site does, an operation whose right and site are both found is decided.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use bocage_crdt::ids::{EntryId, ItemId, NodeId, PersonId, SpaceId};

use super::claim::{Founding, Need, need};
use super::effect::{
    Assignment, HostRemoval, HostState, Hosting, PersonState, ROOT_RANK, Rank, Removal, added_node,
    assigned_person, carries, ceiling, first, is_beyond, lives,
};
use super::graph::{Graph, Key};
use super::operation::{Cut, Operation, SpaceKind};
use super::role::Role;
use super::{HeldReason, Standing, VoidReason};

/// How far one operation's judgement has come.
#[derive(Debug, Clone)]
struct Course {
    need: Option<Need>,
    right: Option<Assignment>,
    hosting: Option<Hosting>,
    /// Rights up to here are spent: the author gave them up herself.
    rights_after: Option<Key>,
    /// As above, for a site that retired.
    hostings_after: Option<Rank>,
    standing: Option<Standing>,
    rank: Rank,
}

/// Events of equal rank: rights and sites before the operations that use them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Right(Key, u32),
    Site(Key, u32),
    Decide(Key, u32),
}

/// The standing of every placed operation, and what the standing ones say.
#[derive(Debug, Clone, Default)]
pub(super) struct Evaluation {
    pub(super) founding: Option<Founding>,
    courses: Vec<Course>,
    pub(super) persons: BTreeMap<PersonId, PersonState>,
    pub(super) hosts: BTreeMap<NodeId, HostState>,
    pub(super) closings: Vec<u32>,
    pub(super) reopenings: Vec<u32>,
    pub(super) readmitted: BTreeMap<EntryId, Vec<u32>>,
    pub(super) quarantined: BTreeMap<EntryId, Vec<u32>>,
    erased: BTreeMap<ItemId, Key>,
    queue: BinaryHeap<Reverse<(Rank, Step)>>,
}

impl Evaluation {
    /// Decides a whole graph.
    pub(super) fn of(graph: &Graph, space: &SpaceId) -> Self {
        let mut evaluation = Self::default();
        evaluation.founding =
            (0..graph.len()).find_map(|place| Founding::read(graph.op(place), space));
        for place in 0..graph.len() {
            evaluation.enter(graph, place, space);
        }
        evaluation.sweep(graph);
        for place in 0..graph.len() {
            evaluation.conclude(place);
        }
        evaluation
    }

    /// Decides the graph's last operation, which none other follows, on top of the rest. `None`
    /// if others might change: decide the whole again. The flag says that no content entry can
    /// have lost or regained its effect.
    pub(super) fn push(&mut self, graph: &Graph, space: &SpaceId) -> Option<bool> {
        let place = graph.last();
        let op = graph.op(place);
        if matches!(op.operation, Ok(Operation::Create { .. })) {
            return None;
        }
        self.enter(graph, place, space);
        if self.course(place).standing.is_none() {
            self.look_for_right(graph, place);
            self.look_for_site(graph, place);
        }
        // No operation has this one in its past: only its own decision can lie in the queue, and
        // what it gives carries nothing yet.
        self.sweep(graph);
        self.conclude(place);
        if !self.counts(place) {
            return Some(true);
        }
        let op = graph.op(place);
        let Ok(operation) = &op.operation else {
            return Some(true);
        };
        let spares = |written: &[u32], cut: &Cut| {
            written.iter().all(|other| {
                let theirs = graph.op(*other);
                *other == place
                    || !self.may_be_removed(*other)
                    || graph.in_past(*other, place)
                    || cut.covers(&theirs.log, theirs.seq, &theirs.id)
            })
        };
        let quiet = match operation {
            Operation::SetRole { subject, cut, .. } | Operation::Revoke { subject, cut, .. } => {
                if !spares(&self.persons[&subject.person()].written, cut) {
                    return None;
                }
                false
            }
            Operation::HostRemove { node, cut, .. } => {
                if !spares(&self.hosts[node].written, cut) {
                    return None;
                }
                false
            }
            Operation::Grant { .. } | Operation::HostAdd { .. } | Operation::Join => true,
            Operation::Erase { .. } | Operation::Adopt { .. } => true,
            _ => false,
        };
        Some(quiet)
    }

    fn course(&self, place: u32) -> &Course {
        &self.courses[place as usize]
    }

    /// Reads one operation; foundings and what the root signed stand at once.
    fn enter(&mut self, graph: &Graph, place: u32, space: &SpaceId) {
        let op = graph.op(place);
        let mut course = Course {
            need: None,
            right: None,
            hosting: None,
            rights_after: None,
            hostings_after: None,
            standing: None,
            rank: ROOT_RANK,
        };
        let founding = self.founding.clone();
        let Some(founding) = founding else {
            course.standing = Some(Standing::Void(VoidReason::WrongFounding));
            self.courses.push(course);
            return;
        };
        if Founding::read(op, space).is_some() {
            course.rank = Rank(Key::FOUNDING, Key::FOUNDING);
            self.courses.push(course);
            self.stand(graph, place);
            return;
        }
        match need(graph, place, &founding) {
            Err(standing) => {
                course.standing = Some(standing);
                self.courses.push(course);
            }
            Ok(Need::Root) => {
                course.need = Some(Need::Root);
                self.courses.push(course);
                self.stand(graph, place);
            }
            Ok(need) => {
                course.need = Some(need);
                self.courses.push(course);
                let host = self.hosts.entry(op.writer.node).or_default();
                host.claims.push(place);
                host.written.push(place);
                if matches!(need, Need::Author(..)) {
                    let person = self.persons.entry(op.author).or_default();
                    person.claims.push(place);
                    person.written.push(place);
                }
            }
        }
    }

    fn sweep(&mut self, graph: &Graph) {
        while let Some(Reverse((rank, step))) = self.queue.pop() {
            match step {
                Step::Right(_, granted) => self.begin_right(graph, granted),
                Step::Site(_, added) => self.begin_site(graph, added),
                Step::Decide(_, place) => self.decide(graph, place, rank),
            }
        }
    }

    fn begin_right(&mut self, graph: &Graph, granted: u32) {
        let subject = assigned_person(graph, granted);
        let Some(person) = self.persons.get_mut(&subject) else {
            return;
        };
        let Some(right) = person
            .assignments
            .iter()
            .find(|right| right.op == granted)
            .copied()
        else {
            return;
        };
        let at = person
            .authorities
            .partition_point(|other| other.key < right.key);
        person.authorities.insert(at, right);
        let claims = std::mem::take(&mut person.claims);
        let open: Vec<_> = claims
            .into_iter()
            .filter(|place| self.course(*place).right.is_none())
            .collect();
        for place in &open {
            if graph.in_past(granted, *place) {
                self.look_for_right(graph, *place);
            }
        }
        if let Some(person) = self.persons.get_mut(&subject) {
            person.claims.extend(open);
        }
    }

    fn begin_site(&mut self, graph: &Graph, added: u32) {
        let node = added_node(graph, added);
        let Some(host) = self.hosts.get_mut(&node) else {
            return;
        };
        let Some(hosting) = host
            .hostings
            .iter()
            .find(|hosting| hosting.op == added)
            .copied()
        else {
            return;
        };
        let at = host
            .places
            .partition_point(|other| other.rank < hosting.rank);
        host.places.insert(at, hosting);
        let claims = std::mem::take(&mut host.claims);
        let open: Vec<_> = claims
            .into_iter()
            .filter(|place| self.course(*place).hosting.is_none())
            .collect();
        for place in &open {
            if graph.in_past(added, *place) {
                self.look_for_site(graph, *place);
            }
        }
        if let Some(host) = self.hosts.get_mut(&node) {
            host.claims.extend(open);
        }
    }

    /// Finds the most senior living right of the author, among those that carry operations yet.
    fn look_for_right(&mut self, graph: &Graph, place: u32) {
        let op = graph.op(place);
        let Some(Need::Author(needed, territory)) = self.course(place).need else {
            return;
        };
        let after = self.course(place).rights_after;
        let Some(person) = self.persons.get(&op.author) else {
            return;
        };
        let right = person.authorities.iter().copied().find(|right| {
            Some(right.key) > after
                && (right.territory.is_none() || right.territory == territory)
                && right.role.allows(needed)
                && graph.in_past(right.op, place)
                && lives(graph, person, right, place, None).allows(needed)
        });
        self.courses[place as usize].right = right;
        self.queue_decision(graph, place);
    }

    fn look_for_site(&mut self, graph: &Graph, place: u32) {
        let Some(host) = self.hosts.get(&graph.op(place).writer.node) else {
            return;
        };
        let after = self.course(place).hostings_after;
        let hosting = host.places.iter().copied().find(|hosting| {
            Some(hosting.rank) > after
                && graph.in_past(hosting.op, place)
                && carries(graph, host, hosting, place, None)
        });
        self.courses[place as usize].hosting = hosting;
        self.queue_decision(graph, place);
    }

    fn queue_decision(&mut self, graph: &Graph, place: u32) {
        let course = &mut self.courses[place as usize];
        let Some(hosting) = course.hosting else {
            return;
        };
        let right = match (course.need, course.right) {
            (Some(Need::Author(..)), Some(right)) => right.key,
            (Some(Need::Author(..)), None) => return,
            _ => Key::ROOT,
        };
        course.rank = Rank(right.max(hosting.rank.0), hosting.rank.1);
        let event = (course.rank, Step::Decide(graph.key(place), place));
        self.queue.push(Reverse(event));
    }

    fn decide(&mut self, graph: &Graph, place: u32, rank: Rank) {
        let course = self.course(place).clone();
        if course.standing.is_some() || course.rank != rank {
            return;
        }
        let op = graph.op(place);
        let (Some(hosting), Some(need)) = (course.hosting, course.need) else {
            return;
        };
        // Who gave up a right herself gave up all of it that ranks no higher than she did.
        let host = &self.hosts[&op.writer.node];
        if !carries(graph, host, &hosting, place, Some(rank)) {
            self.courses[place as usize].hostings_after = Some(hosting.rank);
            self.hosts
                .entry(op.writer.node)
                .or_default()
                .claims
                .push(place);
            return self.look_for_site(graph, place);
        }
        let mut author = None;
        if let Need::Author(needed, _) = need {
            let Some(right) = course.right else {
                return;
            };
            let person = &self.persons[&op.author];
            if !lives(graph, person, &right, place, Some(rank)).allows(needed) {
                self.courses[place as usize].rights_after = Some(right.key);
                self.persons
                    .entry(op.author)
                    .or_default()
                    .claims
                    .push(place);
                return self.look_for_right(graph, place);
            }
            author = Some((person, needed, right));
        }
        // First what lies in its own past: that reason stays, whatever else comes.
        if self.is_above_author(graph, place) {
            return self.void(place, VoidReason::NotSenior);
        }
        let removed = author.and_then(|(person, needed, right)| {
            let removed = person.removals.iter().filter(|removal| {
                !removal.own
                    && !removal.ceiling.allows(needed)
                    && removal.reaches(&right)
                    && is_beyond(graph, removal.op, place)
            });
            first(graph, removed.map(|removal| removal.op))
        });
        if let Some(by) = removed {
            return self.void(place, VoidReason::Removed(by));
        }
        let removed = host.removals.iter().filter(|removal| {
            !removal.own && removal.reaches(&hosting) && is_beyond(graph, removal.op, place)
        });
        match first(graph, removed.map(|removal| removal.op)) {
            Some(by) => self.void(place, VoidReason::HostRemoved(by)),
            None => self.stand(graph, place),
        }
    }

    fn void(&mut self, place: u32, reason: VoidReason) {
        self.courses[place as usize].standing = Some(Standing::Void(reason));
    }

    /// Whether a removal's subject stands above its author in the author's own eyes.
    fn is_above_author(&self, graph: &Graph, place: u32) -> bool {
        let op = graph.op(place);
        let rank = self.course(place).rank;
        match &op.operation {
            Ok(
                operation
                @ (Operation::SetRole { subject, .. } | Operation::Revoke { subject, .. }),
            ) if subject.person() != op.author => {
                let ceiling = ceiling(operation);
                self.persons.get(&subject.person()).is_some_and(|person| {
                    person.authorities.iter().any(|right| {
                        let left = || lives(graph, person, right, place, Some(rank));
                        right.key <= rank.0
                            && graph.in_past(right.op, place)
                            && left().has_authority()
                            && !ceiling.allows(left())
                    })
                })
            }
            Ok(Operation::HostRemove { node, .. }) if *node != op.writer.node => {
                self.hosts.get(node).is_some_and(|host| {
                    host.places.iter().any(|hosting| {
                        hosting.rank <= rank
                            && graph.in_past(hosting.op, place)
                            && carries(graph, host, hosting, place, Some(rank))
                    })
                })
            }
            _ => false,
        }
    }

    /// Lets an operation have its effect.
    fn stand(&mut self, graph: &Graph, place: u32) {
        let course = &mut self.courses[place as usize];
        course.standing = Some(Standing::Counts);
        let (rank, right, need) = (course.rank, course.right, course.need);
        let op = graph.op(place);
        let key = graph.key(place);
        let Ok(operation) = &op.operation else {
            return;
        };
        match operation {
            Operation::Create { .. } => {
                let role = self.founding.as_ref().map_or(Role::NONE, Founding::role);
                self.assign(op.author, place, Key::FOUNDING, role, None);
                self.add_host(op.writer.node, place, rank);
            }
            Operation::Grant {
                subject,
                role,
                territory,
                ..
            } => self.assign(subject.person(), place, key, *role, *territory),
            Operation::SetRole { subject, role, .. } => {
                let territory = right.and_then(|right| right.territory);
                let own = need != Some(Need::Root) && subject.person() == op.author;
                self.remove(own, subject.person(), place, rank, *role, territory);
                self.assign(subject.person(), place, key, *role, territory);
            }
            Operation::Revoke { subject, .. } => {
                let territory = right.and_then(|right| right.territory);
                let own = need != Some(Need::Root) && subject.person() == op.author;
                self.remove(own, subject.person(), place, rank, Role::NONE, territory);
            }
            Operation::HostAdd { node, .. } => {
                self.add_host(*node, place, Rank(rank.0, key));
            }
            Operation::HostRemove { node, .. } => {
                let own = *node == op.writer.node && need == Some(Need::Site);
                self.hosts
                    .entry(*node)
                    .or_default()
                    .removals
                    .push(HostRemoval {
                        op: place,
                        rank,
                        own,
                    });
            }
            Operation::Readmit { entries } => entries.iter().for_each(|entry| {
                self.readmitted.entry(*entry).or_default().push(place);
            }),
            Operation::Quarantine { entry } => {
                self.quarantined.entry(*entry).or_default().push(place);
            }
            Operation::Close { .. } => self.closings.push(place),
            Operation::Reopen => self.reopenings.push(place),
            Operation::Erase { items, .. } => items.iter().for_each(|item| {
                let first = self.erased.entry(*item).or_insert(key);
                *first = key.min(*first);
            }),
            Operation::Adopt { .. }
            | Operation::Join
            | Operation::Root { .. }
            | Operation::Unknown { .. } => {}
        }
    }

    fn assign(
        &mut self,
        person: PersonId,
        op: u32,
        key: Key,
        role: Role,
        territory: Option<ItemId>,
    ) {
        self.persons
            .entry(person)
            .or_default()
            .assignments
            .push(Assignment {
                op,
                key,
                role,
                territory,
            });
        if role.has_authority() {
            self.queue
                .push(Reverse((Rank(key, Key::ROOT), Step::Right(key, op))));
        }
    }

    fn remove(
        &mut self,
        own: bool,
        person: PersonId,
        op: u32,
        rank: Rank,
        ceiling: Role,
        territory: Option<ItemId>,
    ) {
        self.persons
            .entry(person)
            .or_default()
            .removals
            .push(Removal {
                op,
                rank,
                ceiling,
                own,
                territory,
            });
    }

    fn add_host(&mut self, node: NodeId, op: u32, rank: Rank) {
        self.hosts
            .entry(node)
            .or_default()
            .hostings
            .push(Hosting { op, rank });
        self.queue.push(Reverse((rank, Step::Site(rank.1, op))));
    }

    /// What nothing decided rests on nothing.
    fn conclude(&mut self, place: u32) {
        let course = &mut self.courses[place as usize];
        if course.standing.is_none() {
            course.standing = Some(match (course.hosting, course.need) {
                (None, _) => Standing::Held(HeldReason::NotHost),
                _ => Standing::Void(VoidReason::NoRight),
            });
        }
    }

    pub(super) fn standing(&self, place: u32) -> Standing {
        let undecided = Standing::Void(VoidReason::WrongFounding);
        self.course(place).standing.clone().unwrap_or(undecided)
    }

    pub(super) fn counts(&self, place: u32) -> bool {
        self.course(place).standing == Some(Standing::Counts)
    }

    /// Whether one more removal could change an operation's standing, or the reason of it.
    fn may_be_removed(&self, place: u32) -> bool {
        matches!(
            self.course(place).standing,
            Some(
                Standing::Counts
                    | Standing::Void(VoidReason::Removed(_) | VoidReason::HostRemoved(_))
            )
        )
    }

    pub(super) fn erased(&self) -> impl Iterator<Item = (&ItemId, &EntryId)> {
        self.erased.iter().map(|(item, key)| (item, &key.1))
    }

    pub(super) fn kind(&self) -> Option<SpaceKind> {
        self.founding.as_ref().map(|founding| founding.kind)
    }

    /// Operations that count and that no other one that counts follows.
    pub(super) fn heads(&self, graph: &Graph) -> Vec<u32> {
        let mut places: Vec<_> = (0..graph.len())
            .filter(|place| self.counts(*place))
            .collect();
        places.sort_by_key(|place| Reverse(graph.key(*place)));
        let mut followed = Vec::new();
        let mut heads = Vec::new();
        for place in places {
            if !graph.contains(&followed, place) {
                heads.push(place);
                graph.join(&mut followed, place);
            }
        }
        heads
    }
}
