//! Which operations stand: reads every operation, lets the sweep decide it, and keeps what the
//! standing ones say. Also the short way for one more operation on top of a decided graph.

use std::collections::BTreeMap;

use bocage_crdt::ids::{EntryId, ItemId, NodeId, PersonId, SpaceId};

use super::claim::{Founding, Need, carried_order, need};
use super::effect::{
    Assignment, Force, HostRemoval, HostState, Hosting, PersonState, ROOT_RANK, Rank, Removal,
    has_place,
};
use super::graph::{Graph, Key};
use super::operation::{Cut, Operation, RootKeys, SpaceKind};
use super::role::Role;
use super::sweep::Queue;
use super::{HeldReason, Standing, VoidReason};

/// How far one operation's judgement has come.
#[derive(Debug, Clone)]
pub(super) struct Course {
    pub(super) need: Option<Need>,
    pub(super) right: Option<Assignment>,
    pub(super) hosting: Option<Hosting>,
    /// Rights up to here are spent: the author gave them up herself.
    pub(super) rights_after: Option<Key>,
    /// As above, for a site that retired.
    pub(super) hostings_after: Option<Rank>,
    pub(super) standing: Option<Standing>,
    pub(super) rank: Rank,
}

/// Events of equal rank: rights and sites before the operations that use them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Right(Key, u32),
    Site(Key, u32),
    Decide(Key, u32),
}

/// A change of root keys and the one that named the keys which signed it: `None` for the founding.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rekey {
    pub(super) op: u32,
    pub(super) under: Option<u32>,
}

/// The standing of every placed operation, and what the standing ones say.
#[derive(Debug, Clone, Default)]
pub(super) struct Evaluation {
    pub(super) founding: Option<Founding>,
    pub(super) courses: Vec<Course>,
    pub(super) persons: BTreeMap<PersonId, PersonState>,
    pub(super) hosts: BTreeMap<NodeId, HostState>,
    pub(super) closings: Vec<u32>,
    pub(super) reopenings: Vec<u32>,
    pub(super) readmitted: BTreeMap<EntryId, Vec<u32>>,
    pub(super) quarantined: BTreeMap<EntryId, Vec<u32>>,
    /// Changes of root keys that are signed by keys of their own past.
    pub(super) rekeys: Vec<Rekey>,
    /// People whom guest sites named: by which operations.
    pub(super) introduced: BTreeMap<PersonId, Vec<u32>>,
    erased: BTreeMap<ItemId, Key>,
    pub(super) queue: Queue,
}

impl Evaluation {
    /// Decides a whole graph.
    pub(super) fn of(graph: &Graph, space: &SpaceId) -> Self {
        let founding = (0..graph.len()).find_map(|place| Founding::read(graph.op(place), space));
        let mut evaluation = Self {
            founding,
            ..Self::default()
        };
        for place in 0..graph.len() {
            evaluation.enter(graph, place, space);
        }
        evaluation.sweep(graph);
        for place in 0..graph.len() {
            evaluation.conclude(graph, place);
        }
        evaluation.conclude_rekeys(graph);
        evaluation
    }

    /// Decides the graph's last operation, which none other follows, on top of the rest. `None`
    /// if others might change: decide the whole again. The flag says that no content entry can
    /// have lost or regained its effect.
    pub(super) fn push(&mut self, graph: &Graph, space: &SpaceId) -> Option<bool> {
        let place = graph.last();
        let op = graph.op(place);
        if let Ok(Operation::Create { .. } | Operation::Rekey { .. }) = op.operation {
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
        self.conclude(graph, place);
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
            Operation::Appoint { .. } | Operation::Deputise { .. } => true,
            Operation::GuestAdd { .. } | Operation::Introduce { .. } => true,
            _ => false,
        };
        Some(quiet)
    }

    pub(super) fn course(&self, place: u32) -> &Course {
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
        let under = op
            .is_root()
            .then(|| self.last_rekey(graph, |rekey| graph.in_past(rekey, place)));
        let keys = match under {
            Some(Some(rekey)) => rekeyed(graph, rekey),
            _ => founding.root.as_ref(),
        };
        match need(graph, place, &founding, keys) {
            Err(standing) => {
                let held = matches!(standing, Standing::Held(_));
                course.standing = Some(standing);
                self.courses.push(course);
                if held && let Some(territory) = carried_order(op, &founding) {
                    self.note_order(graph, place, territory);
                }
            }
            Ok(Need::Root) => {
                course.need = Some(Need::Root);
                self.courses.push(course);
                if let (Ok(Operation::Rekey { .. }), Some(under)) = (&op.operation, under) {
                    self.rekeys.push(Rekey { op: place, under });
                }
                self.stand(graph, place);
            }
            Ok(need) => {
                course.need = Some(need);
                self.courses.push(course);
                if let Need::Order(territory) = need {
                    self.note_order(graph, place, territory);
                }
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

    /// Keeps an order that is proved, before it is known whether its carrier stands.
    fn note_order(&mut self, graph: &Graph, op: u32, territory: Option<ItemId>) {
        let (rank, force) = (ROOT_RANK, Force::Order);
        match &graph.op(op).operation {
            Ok(Operation::Revoke { subject, .. }) => {
                let person = self.persons.entry(subject.person()).or_default();
                person.orders.push(Removal {
                    op,
                    rank,
                    ceiling: Role::NONE,
                    force,
                    territory,
                });
            }
            Ok(Operation::HostRemove { node, .. }) => {
                let host = self.hosts.entry(*node).or_default();
                host.orders.push(HostRemoval {
                    op,
                    rank,
                    force,
                    territory,
                });
            }
            _ => {}
        }
    }

    /// Lets an operation have its effect.
    pub(super) fn stand(&mut self, graph: &Graph, place: u32) {
        let course = &mut self.courses[place as usize];
        course.standing = Some(Standing::Counts);
        let (rank, right, need) = (course.rank, course.right, course.need);
        let op = graph.op(place);
        let key = graph.key(place);
        let is_realm = self.kind() == Some(SpaceKind::Realm);
        let Ok(operation) = &op.operation else {
            return;
        };
        match operation {
            Operation::Create { .. } => {
                let role = self.founding.as_ref().map_or(Role::NONE, Founding::role);
                self.assign(op.author, place, Key::FOUNDING, role, None);
                self.add_host(op.writer.node, place, rank, false);
            }
            Operation::Grant {
                subject,
                role,
                territory,
                ..
            } => self.assign(subject.person(), place, key, *role, *territory),
            // A registrar's order for a deputy has its effect in the space that it names.
            Operation::Appoint { role, .. } if is_realm && role.is_appointment() => {}
            Operation::Appoint {
                subject,
                role,
                territory,
                ..
            } => self.assign(subject.person(), place, key, *role, *territory),
            Operation::Deputise { subject, .. } => {
                self.assign(subject.person(), place, key, Role::MANAGER, None);
            }
            Operation::SetRole { subject, role, .. } => {
                let own = subject.person() == op.author;
                self.remove(subject.person(), place, *role, own);
                let territory = right.and_then(|right| right.territory).filter(|_| is_realm);
                self.assign(subject.person(), place, key, *role, territory);
            }
            Operation::Revoke { subject, .. } => {
                let own = subject.person() == op.author;
                self.remove(subject.person(), place, Role::NONE, own);
            }
            Operation::HostAdd { node, .. } => {
                self.add_host(*node, place, Rank(rank.0, key), false);
            }
            Operation::GuestAdd { node, .. } => {
                self.add_host(*node, place, Rank(key.lesser(), key), true);
            }
            Operation::HostRemove { node, .. } => {
                let (force, territory) = match need {
                    Some(Need::Site) => (Force::Own, None),
                    Some(Need::Order(territory)) => (Force::Order, territory),
                    // A registrar of the realm: junior to who founded it, and yet to be heard.
                    Some(Need::Author(..)) if is_realm && op.author != op.site => {
                        (Force::Order, right.and_then(|right| right.territory))
                    }
                    _ => (Force::Rank, None),
                };
                let removal = HostRemoval {
                    op: place,
                    rank,
                    force,
                    territory,
                };
                self.hosts.entry(*node).or_default().removals.push(removal);
            }
            Operation::Introduce { .. } => {
                let person = PersonId::of(&op.writer.node, &op.command);
                self.introduced.entry(person).or_default().push(place);
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
            | Operation::Rekey { .. }
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
        let key = match role.has_full_authority() {
            true => key,
            false => key.lesser(),
        };
        let person = self.persons.entry(person).or_default();
        person.assignments.push(Assignment {
            op,
            key,
            role,
            territory,
        });
        if role.has_authority() {
            self.queue.push(Rank(key, Key::ROOT), Step::Right(key, op));
        }
    }

    fn remove(&mut self, person: PersonId, op: u32, ceiling: Role, own: bool) {
        let course = self.course(op);
        let in_realm = self.kind() == Some(SpaceKind::Realm);
        let of_right = course.right.and_then(|right| right.territory);
        let (force, territory) = match course.need {
            Some(Need::Order(territory)) => (Force::Order, territory),
            Some(Need::Root) => (Force::Rank, None),
            _ if own => (Force::Own, None),
            _ => (Force::Rank, of_right.filter(|_| in_realm)),
        };
        let removal = Removal {
            op,
            rank: course.rank,
            ceiling,
            force,
            territory,
        };
        self.persons
            .entry(person)
            .or_default()
            .removals
            .push(removal);
    }

    fn add_host(&mut self, node: NodeId, op: u32, rank: Rank, guest: bool) {
        let host = self.hosts.entry(node).or_default();
        host.hostings.push(Hosting { op, rank, guest });
        self.queue.push(rank, Step::Site(rank.1, op));
    }

    /// What nothing decided rests on nothing.
    fn conclude(&mut self, graph: &Graph, place: u32) {
        let course = self.course(place);
        if course.standing.is_some() {
            return;
        }
        let is_of_guest = || {
            let host = self.hosts.get(&graph.op(place).writer.node);
            host.is_some_and(|host| {
                let mut known = (host.hostings.iter())
                    .filter(|hosting| graph.in_past(hosting.op, place))
                    .peekable();
                known.peek().is_some() && known.all(|hosting| hosting.guest)
            })
        };
        let standing = match (course.hosting, course.need) {
            (None, _) if is_of_guest() && !has_place(graph.op(place), true) => {
                Standing::Void(VoidReason::WrongPlace)
            }
            (None, _) => Standing::Held(HeldReason::NotHost),
            _ => Standing::Void(VoidReason::NoRight),
        };
        self.courses[place as usize].standing = Some(standing);
    }

    /// The change of root keys that stands among these: of two of one version the lower id.
    pub(super) fn last_rekey(&self, graph: &Graph, among: impl Fn(u32) -> bool) -> Option<u32> {
        let mut last = None;
        loop {
            let next = (self.rekeys.iter())
                .filter(|rekey| rekey.under == last && among(rekey.op))
                .min_by_key(|rekey| graph.op(rekey.op).id);
            match next {
                Some(next) => last = Some(next.op),
                None => return last,
            }
        }
    }

    /// Changes of root keys that lost stand for nobody who knows of the other.
    fn conclude_rekeys(&mut self, graph: &Graph) {
        let mut standing = std::collections::BTreeSet::new();
        let mut last = self.last_rekey(graph, |_| true);
        while let Some(op) = last {
            standing.insert(op);
            last = (self.rekeys.iter())
                .find(|rekey| rekey.op == op)
                .and_then(|rekey| rekey.under);
        }
        for rekey in &self.rekeys {
            if !standing.contains(&rekey.op) {
                let lost = Standing::Void(VoidReason::NotSenior);
                self.courses[rekey.op as usize].standing = Some(lost);
            }
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
        let mut followed = Vec::new();
        let mut heads = Vec::new();
        // Ancestors have lower places.
        for place in (0..graph.len()).rev() {
            if self.counts(place) && !graph.contains(&followed, place) {
                heads.push(place);
                graph.join(&mut followed, place);
            }
        }
        heads
    }
}

/// The keys that a change of root keys names.
pub(super) fn rekeyed(graph: &Graph, rekey: u32) -> Option<&RootKeys> {
    match &graph.op(rekey).operation {
        Ok(Operation::Rekey { keys }) => Some(keys),
        _ => None,
    }
}
