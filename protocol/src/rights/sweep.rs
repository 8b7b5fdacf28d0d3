//! Which operations stand. Every right that gives authority has a key that grows along the
//! history; an operation ranks as the lower of its author's right and of its site's place, and
//! rests only on operations of higher rank. So one sweep from the highest rank down decides all,
//! and there is exactly one result, whatever the order of arrival.
//!
//! The sweep visits three kinds of event in the order of rank: a right begins to carry
//! operations, a site does, an operation whose right and site are both found is decided.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use bocage_crdt::ids::NodeId;

use super::claim::Need;
use super::effect::{
    Rank, added_node, assigned_person, carries, ceiling, exercised_at, first, has_place, is_beyond,
    is_ordered_out, is_site_ordered_out, lives,
};
use super::evaluate::{Evaluation, Step};
use super::graph::{Graph, Key};
use super::operation::{Operation, SpaceKind};
use super::role::Role;
use super::{Standing, VoidReason};

/// Events to come, the highest rank first. A few ranks are shared by many: a short heap for each
/// moves less than one for all.
#[derive(Debug, Clone, Default)]
pub(super) struct Queue(BTreeMap<Rank, BinaryHeap<Reverse<Step>>>);

impl Queue {
    pub(super) fn push(&mut self, rank: Rank, step: Step) {
        self.0.entry(rank).or_default().push(Reverse(step));
    }

    fn pop(&mut self) -> Option<(Rank, Step)> {
        let mut first = self.0.first_entry()?;
        let (rank, steps) = (*first.key(), first.get_mut());
        let Reverse(step) = steps.pop()?;
        if steps.is_empty() {
            first.remove();
        }
        Some((rank, step))
    }
}

impl Evaluation {
    pub(super) fn sweep(&mut self, graph: &Graph) {
        while let Some((rank, step)) = self.queue.pop() {
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
    pub(super) fn look_for_right(&mut self, graph: &Graph, place: u32) {
        let op = graph.op(place);
        let Some(Need::Author(asked, scope)) = self.course(place).need else {
            return;
        };
        let after = self.course(place).rights_after;
        let Some(person) = self.persons.get(&op.author) else {
            return;
        };
        let right = person.authorities.iter().copied().find(|right| {
            Some(right.key) > after
                && scope.admits(right.territory)
                && asked.is_met_by(right.role)
                && exercised_at(graph, right.op).contains(&op.writer.node)
                && graph.in_past(right.op, place)
                && asked.is_met_by(lives(graph, person, right, place, None))
                && !is_ordered_out(graph, person, right, place)
        });
        self.courses[place as usize].right = right;
        self.queue_decision(graph, place);
    }

    pub(super) fn look_for_site(&mut self, graph: &Graph, place: u32) {
        let op = graph.op(place);
        let Some(host) = self.hosts.get(&op.writer.node) else {
            return;
        };
        let after = self.course(place).hostings_after;
        let hosting = host.places.iter().copied().find(|hosting| {
            Some(hosting.rank) > after
                && has_place(op, hosting.guest)
                && graph.in_past(hosting.op, place)
                && carries(graph, host, hosting, place, None)
                && !is_site_ordered_out(graph, host, hosting, place)
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
        course.rank = match course.need {
            // It asks about all managers that it knows of: when all these are decided.
            Some(Need::Deputy) => Rank(graph.key(place), Key::ROOT),
            _ => Rank(right.max(hosting.rank.0), hosting.rank.1),
        };
        let step = Step::Decide(graph.key(place), place);
        self.queue.push(course.rank, step);
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
        if let Need::Author(asked, _) = need {
            let Some(right) = course.right else {
                return;
            };
            let person = &self.persons[&op.author];
            let left = lives(graph, person, &right, place, Some(rank));
            if !asked.is_met_by(left) {
                self.courses[place as usize].rights_after = Some(right.key);
                self.persons
                    .entry(op.author)
                    .or_default()
                    .claims
                    .push(place);
                return self.look_for_right(graph, place);
            }
            author = Some((person, asked, left, right));
        }
        // First what lies in its own past: that reason stays, whatever else comes.
        if self.is_above_author(graph, place, need) {
            return self.void(place, VoidReason::NotSenior);
        }
        if need == Need::Deputy && self.knows_a_manager(graph, place) {
            return self.void(place, VoidReason::NoRight);
        }
        let removed = author.and_then(|(person, asked, left, right)| {
            let removed = person.removals.iter().filter(|removal| {
                !removal.is_mild(&right)
                    && !asked.is_met_by(left.within(removal.ceiling))
                    && removal.reaches(graph, &right)
                    && is_beyond(graph, removal.op, place)
            });
            first(graph, removed.map(|removal| removal.op))
        });
        if let Some(by) = removed {
            return self.void(place, VoidReason::Removed(by));
        }
        let removed = host.removals.iter().filter(|removal| {
            !removal.is_mild(&hosting)
                && removal.reaches(graph, &hosting)
                && is_beyond(graph, removal.op, place)
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
    fn is_above_author(&self, graph: &Graph, place: u32, need: Need) -> bool {
        let op = graph.op(place);
        if matches!(need, Need::Order(_)) {
            return false;
        }
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
            // A registrar's: what is senior to it, it ends mildly.
            Ok(Operation::HostRemove { .. })
                if self.kind() == Some(SpaceKind::Realm) && op.author != op.site =>
            {
                false
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

    /// Whether somebody can manage in an operation's own past: at a site that carries the space.
    fn knows_a_manager(&self, graph: &Graph, place: u32) -> bool {
        let all = Some(Rank(Key::LAST, Key::LAST));
        let is_there = |node: &NodeId| {
            self.hosts.get(node).is_some_and(|host| {
                host.places.iter().any(|hosting| {
                    !hosting.guest
                        && graph.in_past(hosting.op, place)
                        && carries(graph, host, hosting, place, all)
                })
            })
        };
        self.persons.values().any(|person| {
            person.authorities.iter().any(|right| {
                right.role.allows(Role::MANAGER)
                    && graph.in_past(right.op, place)
                    && lives(graph, person, right, place, all).allows(Role::MANAGER)
                    && exercised_at(graph, right.op).iter().any(is_there)
            })
        })
    }
}
