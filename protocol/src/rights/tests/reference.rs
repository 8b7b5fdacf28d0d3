//! A second reading of the rules, slow and by another way: every question is asked recursively
//! and every past is a set. It must agree with the sweep on any history without forks.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::super::graph::Key;
use super::super::*;
use super::world::{PersonId, World};
use crate::entry::Header;

type Rank = (Key, Key);

/// Why an operation stands or not, as far as the rules are about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Counts(Rank),
    Fails,
}

pub(super) struct Reference {
    ops: BTreeMap<EntryId, Op>,
    verdicts: RefCell<BTreeMap<EntryId, Verdict>>,
}

struct Op {
    header: Header,
    node: NodeId,
    operation: Operation,
    past: BTreeSet<EntryId>,
    depth: u32,
}

impl Reference {
    /// The rights entries of a world in which everything cited is stored.
    pub(super) fn of(world: &World) -> Self {
        let mut reference = Self {
            ops: BTreeMap::new(),
            verdicts: RefCell::new(BTreeMap::new()),
        };
        // Entries are in the order of writing: what one knew stands before it.
        for (entry, writer) in &world.entries {
            if entry.header.kind != EntryKind::Rights {
                continue;
            }
            let past = reference.past(&entry.header);
            let depth = past
                .iter()
                .map(|id| reference.ops[id].depth + 1)
                .max()
                .unwrap_or(0);
            let payload = entry.payload.as_ref().expect("the test keeps payloads");
            let op = Op {
                header: entry.header.clone(),
                node: writer.node,
                operation: Operation::decode(payload).expect("the test writes operations"),
                past,
                depth,
            };
            reference.ops.insert(entry.id, op);
        }
        reference
    }

    fn past(&self, header: &Header) -> BTreeSet<EntryId> {
        let before = self
            .ops
            .iter()
            .filter(|(_, op)| op.header.log == header.log && op.header.seq < header.seq)
            .map(|(id, _)| *id);
        let mut past = BTreeSet::new();
        for id in header.rights_heads.iter().copied().chain(before) {
            past.extend(&self.ops[&id].past);
            past.insert(id);
        }
        past
    }

    fn key(&self, id: &EntryId) -> Key {
        match self.ops[id].operation {
            Operation::Create { .. } => Key::FOUNDING,
            _ => Key(self.ops[id].depth + 2, *id),
        }
    }

    pub(super) fn counts(&self, id: &EntryId) -> bool {
        self.rank(id).is_some()
    }

    fn rank(&self, id: &EntryId) -> Option<Rank> {
        if let Some(verdict) = self.verdicts.borrow().get(id) {
            return match verdict {
                Verdict::Counts(rank) => Some(*rank),
                Verdict::Fails => None,
            };
        }
        let rank = self.decide(id);
        let verdict = rank.map_or(Verdict::Fails, Verdict::Counts);
        self.verdicts.borrow_mut().insert(*id, verdict);
        rank
    }

    /// What the operation gives to whom.
    fn gift(&self, id: &EntryId) -> Option<(PersonId, Role)> {
        let op = &self.ops[id];
        match &op.operation {
            Operation::Create { .. } => Some((op.header.author, Role::MANAGER)),
            Operation::Grant { subject, role, .. } | Operation::SetRole { subject, role, .. } => {
                Some((subject.person(), *role))
            }
            _ => None,
        }
    }

    /// What the operation limits: whom, to what, from where, by herself.
    fn limit(&self, id: &EntryId) -> Option<(PersonId, Role, &Cut, bool)> {
        let op = &self.ops[id];
        match &op.operation {
            Operation::SetRole { subject, role, cut } => {
                let subject = subject.person();
                Some((subject, *role, cut, subject == op.header.author))
            }
            Operation::Revoke { subject, cut, .. } => {
                let subject = subject.person();
                Some((subject, Role::NONE, cut, subject == op.header.author))
            }
            _ => None,
        }
    }

    fn hosted(&self, id: &EntryId) -> Option<NodeId> {
        match &self.ops[id].operation {
            Operation::Create { .. } => Some(self.ops[id].node),
            Operation::HostAdd { node, .. } => Some(*node),
            _ => None,
        }
    }

    fn unhosted(&self, id: &EntryId) -> Option<(NodeId, &Cut, bool)> {
        let op = &self.ops[id];
        match &op.operation {
            Operation::HostRemove { node, cut, .. } => {
                let own = *node == op.node && op.header.author == PersonId::of_site(&op.node);
                Some((*node, cut, own))
            }
            _ => None,
        }
    }

    /// Whether a removal reaches a gift; asks only removals of higher rank than the gift's key.
    fn reaches(&self, removal: &EntryId, gift: &EntryId, own_up_to: Option<Rank>) -> bool {
        let (_, _, _, own) = self.limit(removal).expect("a removal limits");
        let (_, role) = self.gift(gift).expect("a gift gives");
        if self.ops[gift].past.contains(removal) || removal == gift {
            return false;
        }
        match self.rank(removal) {
            Some(rank) if own => own_up_to.is_none_or(|limit| rank <= limit),
            Some(rank) => !role.allows(Role::MANAGER) || rank.0 < self.key(gift),
            None => false,
        }
    }

    /// Whether a removal could have the rank to matter, before asking whether it stands.
    fn may_outrank(&self, removal: &EntryId, key: Key) -> bool {
        self.claimed_rank(removal).is_some_and(|rank| rank.0 < key)
    }

    /// The rank an operation would have: most senior living gift and site in its past.
    fn claimed_rank(&self, id: &EntryId) -> Option<Rank> {
        self.grounds(id, None, None).map(|(_, _, rank)| rank)
    }

    fn hosting_rank(&self, id: &EntryId) -> Option<Rank> {
        let rank = self.rank(id)?;
        Some(match self.ops[id].operation {
            Operation::Create { .. } => rank,
            _ => (rank.0, self.key(id)),
        })
    }

    /// What an operation rests on, more junior than what is given up: gift, site, rank.
    fn grounds(
        &self,
        id: &EntryId,
        gift_after: Option<Key>,
        site_after: Option<Rank>,
    ) -> Option<(Option<EntryId>, EntryId, Rank)> {
        let op = &self.ops[id];
        let site_person = op.header.author == PersonId::of_site(&op.node);
        let needs_author = match &op.operation {
            Operation::Join => false,
            Operation::HostAdd { node, .. } | Operation::HostRemove { node, .. } => {
                !(site_person && *node == op.node)
            }
            Operation::Revoke { subject, .. } => subject.person() != op.header.author,
            _ => true,
        };
        let mut gift = None;
        if needs_author {
            let mut gifts: Vec<_> = op
                .past
                .iter()
                .filter(|id| {
                    self.gift(id).is_some_and(|(person, role)| {
                        person == op.header.author && role == Role::MANAGER
                    })
                })
                .filter(|id| Some(self.key(id)) > gift_after)
                .collect();
            gifts.sort_by_key(|id| self.key(id));
            let living = gifts.into_iter().find(|gift| {
                self.counts(gift)
                    && !op.past.iter().any(|removal| {
                        self.limit(removal)
                            .is_some_and(|(person, ceiling, _, own)| {
                                person == op.header.author
                                    && !own
                                    && !ceiling.allows(Role::MANAGER)
                                    && self.may_outrank(removal, self.key(gift))
                                    && self.reaches(removal, gift, None)
                            })
                    })
            });
            gift = Some(*living?);
        }
        let mut sites: Vec<_> = op
            .past
            .iter()
            .filter(|id| self.hosted(id) == Some(op.node))
            .filter_map(|id| self.hosting_rank(id).map(|rank| (rank, id)))
            .filter(|(rank, _)| Some(*rank) > site_after)
            .collect();
        sites.sort();
        let (site_rank, site) = sites.into_iter().find(|(rank, site)| {
            !op.past.iter().any(|removal| {
                self.unhosted(removal).is_some_and(|(node, _, own)| {
                    node == op.node && !own && self.ends(removal, site, *rank)
                })
            })
        })?;
        let right = gift.map_or(Key::ROOT, |gift| self.key(&gift));
        Some((gift, *site, (right.max(site_rank.0), site_rank.1)))
    }

    fn ends(&self, removal: &EntryId, site: &EntryId, site_rank: Rank) -> bool {
        !self.ops[site].past.contains(removal)
            && self
                .claimed_rank(removal)
                .is_some_and(|rank| rank < site_rank)
            && self.rank(removal).is_some()
    }

    fn is_beyond(&self, removal: &EntryId, id: &EntryId, cut: &Cut) -> bool {
        let header = &self.ops[id].header;
        removal != id
            && !self.ops[id].past.contains(removal)
            && !self.ops[removal].past.contains(id)
            && !cut.covers(&header.log, header.seq, id)
    }

    fn decide(&self, id: &EntryId) -> Option<Rank> {
        let op = &self.ops[id];
        match &op.operation {
            Operation::Create { .. } => return Some((Key::FOUNDING, Key::FOUNDING)),
            Operation::Unknown { .. } => return None,
            _ => {}
        }
        let (mut gift_after, mut site_after) = (None, None);
        let (gift, site, rank) = loop {
            let (gift, site, rank) = self.grounds(id, gift_after, site_after)?;
            let retired = op.past.iter().any(|removal| {
                self.unhosted(removal).is_some_and(|(node, _, own)| {
                    own && node == op.node
                        && !self.ops[&site].past.contains(removal)
                        && self.rank(removal).is_some_and(|own_rank| own_rank <= rank)
                })
            });
            if retired {
                site_after = self.hosting_rank(&site);
                continue;
            }
            let left = gift.is_some_and(|gift| {
                op.past.iter().any(|removal| {
                    self.limit(removal)
                        .is_some_and(|(person, ceiling, _, own)| {
                            own && person == op.header.author
                                && !ceiling.allows(Role::MANAGER)
                                && self.reaches(removal, &gift, Some(rank))
                        })
                })
            });
            if !left {
                break (gift, site, rank);
            }
            gift_after = gift.map(|gift| self.key(&gift));
        };
        let site_rank = self.hosting_rank(&site)?;
        let voided = self.ops.keys().any(|removal| {
            let person = gift.is_some_and(|gift| {
                self.limit(removal)
                    .is_some_and(|(person, ceiling, cut, own)| {
                        person == op.header.author
                            && !own
                            && !ceiling.allows(Role::MANAGER)
                            && self.is_beyond(removal, id, cut)
                            && self.may_outrank(removal, self.key(&gift))
                            && self.counts(removal)
                    })
            });
            let host = || {
                self.unhosted(removal).is_some_and(|(node, cut, own)| {
                    node == op.node
                        && !own
                        && self.is_beyond(removal, id, cut)
                        && self
                            .claimed_rank(removal)
                            .is_some_and(|rank| rank < site_rank)
                        && self.counts(removal)
                })
            };
            person || host()
        });
        (!voided && !self.is_above(id, rank)).then_some(rank)
    }

    /// Whether the subject of a removal stands above its author in its own past.
    fn is_above(&self, id: &EntryId, rank: Rank) -> bool {
        let op = &self.ops[id];
        if let Some((subject, ceiling, _, false)) = self.limit(id) {
            return !ceiling.allows(Role::MANAGER)
                && op.past.iter().any(|gift| {
                    self.gift(gift) == Some((subject, Role::MANAGER))
                        && self.key(gift) <= rank.0
                        && self.counts(gift)
                        && !op.past.iter().any(|removal| {
                            self.limit(removal)
                                .is_some_and(|(person, ceiling, _, own)| {
                                    person == subject
                                        && !ceiling.allows(Role::MANAGER)
                                        && (own || self.may_outrank(removal, self.key(gift)))
                                        && self.reaches(removal, gift, Some(rank))
                                })
                        })
                });
        }
        if let Some((node, _, _)) = self.unhosted(id).filter(|(node, _, _)| *node != op.node) {
            return op.past.iter().any(|site| {
                self.hosted(site) == Some(node)
                    && self.hosting_rank(site).is_some_and(|site_rank| {
                        site_rank <= rank
                            && !op.past.iter().any(|removal| {
                                self.unhosted(removal).is_some_and(|(other, _, own)| {
                                    let above = || {
                                        !self.ops[site].past.contains(removal)
                                            && self.rank(removal).is_some_and(|own| own <= rank)
                                    };
                                    other == node
                                        && if own {
                                            above()
                                        } else {
                                            self.ends(removal, site, site_rank)
                                        }
                                })
                            })
                    })
            });
        }
        false
    }

    /// Whether a content entry counts, with contributor needed, from the finished verdicts.
    pub(super) fn content_counts(&self, id: &EntryId, header: &Header, node: &NodeId) -> bool {
        let past = self.past(header);
        let covers = |cut: &Cut| cut.covers(&header.log, header.seq, id);
        let standing: Vec<_> = self.ops.keys().filter(|id| self.counts(id)).collect();
        let site = standing.iter().any(|site| {
            past.contains(*site)
                && self.hosted(site) == Some(*node)
                && !standing.iter().any(|removal| {
                    self.unhosted(removal).is_some_and(|(other, cut, own)| {
                        let outranks = || {
                            self.rank(removal)
                                .zip(self.hosting_rank(site))
                                .is_some_and(|(removal, site)| removal < site)
                        };
                        other == *node
                            && !self.ops[*site].past.contains(*removal)
                            && (past.contains(*removal) || !covers(cut))
                            && (own || outranks())
                    })
                })
        });
        let author = standing.iter().any(|gift| {
            past.contains(*gift)
                && self.gift(gift).is_some_and(|(person, role)| {
                    person == header.author && role.allows(Role::CONTRIBUTOR)
                })
                && !standing.iter().any(|removal| {
                    self.limit(removal)
                        .is_some_and(|(person, ceiling, cut, _)| {
                            person == header.author
                                && !ceiling.allows(Role::CONTRIBUTOR)
                                && (past.contains(*removal) || !covers(cut))
                                && self.reaches(removal, gift, None)
                        })
                })
        });
        site && author
    }
}
