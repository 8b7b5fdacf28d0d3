//! A second reading of the rules, slow and by another way: every question is asked recursively
//! and every past is a set. It must agree with the sweep on any history without forks.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::super::graph::Key;
use super::super::*;
use super::world::{PersonId, World};
use crate::entry::Header;

type Rank = (Key, Key);

const LAST: Key = Key(u32::MAX, EntryId([0xFF; 32]));
const ANY: Rank = (LAST, LAST);

pub(super) struct Reference {
    ops: BTreeMap<EntryId, Op>,
    /// Rank of what counts, `None` of what does not.
    verdicts: RefCell<BTreeMap<EntryId, Option<Rank>>>,
}

/// What a limited question gave.
enum Decided {
    /// The rank if it counts.
    As(Option<Rank>),
    /// It rests on nothing of this rank.
    Beyond,
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
        self.rank(id, ANY).is_some()
    }

    /// The rank of an operation if it counts with at most this one. Asks nothing of lower rank,
    /// so that questions never go round.
    fn rank(&self, id: &EntryId, limit: Rank) -> Option<Rank> {
        let known = self.verdicts.borrow().get(id).copied();
        if let Some(known) = known {
            return known.filter(|rank| *rank <= limit);
        }
        let decided = self.decide(id, limit);
        match decided {
            Decided::Beyond if limit == ANY => {
                self.verdicts.borrow_mut().insert(*id, None);
            }
            Decided::Beyond => {}
            Decided::As(verdict) => {
                self.verdicts.borrow_mut().insert(*id, verdict);
                return verdict;
            }
        }
        None
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

    /// Whether a removal takes effect on a gift; one by the person herself up to a rank.
    fn reaches(&self, removal: &EntryId, gift: &EntryId, own_up_to: Rank) -> bool {
        let (_, _, _, own) = self.limit(removal).expect("a removal limits");
        let (_, role) = self.gift(gift).expect("a gift gives");
        if self.ops[gift].past.contains(removal) || removal == gift {
            return false;
        }
        if own {
            return self.rank(removal, own_up_to).is_some();
        }
        if !role.allows(Role::MANAGER) {
            return self.counts(removal);
        }
        let key = self.key(gift);
        self.rank(removal, (key, Key::ROOT))
            .is_some_and(|rank| rank.0 < key)
    }

    /// Whether a removal takes effect on a hosting of this rank.
    fn ends(&self, removal: &EntryId, site: &EntryId, site_rank: Rank) -> bool {
        !self.ops[site].past.contains(removal)
            && self
                .rank(removal, site_rank)
                .is_some_and(|rank| rank < site_rank)
    }

    /// Rank of a hosting, if at most this one.
    fn hosting_rank(&self, id: &EntryId, limit: Rank) -> Option<Rank> {
        let rank = match self.ops[id].operation {
            Operation::Create { .. } => (Key::FOUNDING, Key::FOUNDING),
            _ => (self.rank(id, limit)?.0, self.key(id)),
        };
        (rank <= limit).then_some(rank)
    }

    /// The most senior living gift to the author that an operation knows of.
    fn living_gift(&self, id: &EntryId, after: Option<Key>, limit: Rank) -> Option<EntryId> {
        let op = &self.ops[id];
        let author = op.header.author;
        let mut gifts: Vec<_> = op
            .past
            .iter()
            .filter(|id| self.gift(id) == Some((author, Role::MANAGER)))
            .map(|id| (self.key(id), *id))
            .filter(|(key, _)| Some(*key) > after && *key <= limit.0)
            .collect();
        gifts.sort();
        let lives = |gift: &EntryId| {
            self.rank(gift, (self.key(gift), LAST)).is_some()
                && !op.past.iter().any(|removal| {
                    self.limit(removal)
                        .is_some_and(|(person, ceiling, _, own)| {
                            let matters = person == author && !own;
                            matters && ceiling != Role::MANAGER && {
                                self.reaches(removal, gift, ANY)
                            }
                        })
                })
        };
        gifts.into_iter().map(|(_, gift)| gift).find(lives)
    }

    /// The most senior living hosting that an operation knows of, with its rank. Tries the ranks
    /// from the top, so that no hosting is asked about before all more senior ones failed.
    fn living_site(
        &self,
        id: &EntryId,
        after: Option<Rank>,
        limit: Rank,
    ) -> Option<(EntryId, Rank)> {
        let op = &self.ops[id];
        let mut sites: Vec<_> = op
            .past
            .iter()
            .filter(|id| self.hosted(id) == Some(op.node))
            .collect();
        sites.sort_by_key(|id| self.key(id));
        let mut keys: Vec<_> = self.ops.keys().map(|id| self.key(id)).collect();
        keys.push(Key::ROOT);
        keys.sort();
        for adder in keys.into_iter().filter(|key| *key <= limit.0) {
            for site in &sites {
                let highest = (adder, self.key(site));
                let Some(rank) = self.hosting_rank(site, highest.min(limit)) else {
                    continue;
                };
                let ended = || {
                    op.past.iter().any(|removal| {
                        self.unhosted(removal).is_some_and(|(node, _, own)| {
                            node == op.node && !own && self.ends(removal, site, rank)
                        })
                    })
                };
                if rank.0 == adder && Some(rank) > after && !ended() {
                    return Some((**site, rank));
                }
            }
        }
        None
    }

    fn is_beyond(&self, removal: &EntryId, id: &EntryId, cut: &Cut) -> bool {
        let header = &self.ops[id].header;
        removal != id
            && !self.ops[id].past.contains(removal)
            && !self.ops[removal].past.contains(id)
            && !cut.covers(&header.log, header.seq, id)
    }

    fn needs_author(&self, id: &EntryId) -> bool {
        let op = &self.ops[id];
        let site_person = op.header.author == PersonId::of_site(&op.node);
        match &op.operation {
            Operation::Join => false,
            Operation::HostAdd { node, .. } | Operation::HostRemove { node, .. } => {
                !(site_person && *node == op.node)
            }
            Operation::Revoke { subject, .. } => subject.person() != op.header.author,
            _ => true,
        }
    }

    fn decide(&self, id: &EntryId, limit: Rank) -> Decided {
        let op = &self.ops[id];
        match &op.operation {
            Operation::Create { .. } => {
                return Decided::As(Some((Key::FOUNDING, Key::FOUNDING)));
            }
            Operation::Unknown { .. } => return Decided::As(None),
            _ => {}
        }
        let author = op.header.author;
        let (mut gift_after, mut site_after) = (None, None);
        let (gift, site_rank, rank) = loop {
            let gift = match self.needs_author(id) {
                true => match self.living_gift(id, gift_after, limit) {
                    None => return Decided::Beyond,
                    gift => gift,
                },
                false => None,
            };
            let Some((site, site_rank)) = self.living_site(id, site_after, limit) else {
                return Decided::Beyond;
            };
            let right = gift.map_or(Key::ROOT, |gift| self.key(&gift));
            let rank = (right.max(site_rank.0), site_rank.1);
            if rank > limit {
                return Decided::Beyond;
            }
            let retired = op.past.iter().any(|removal| {
                self.unhosted(removal).is_some_and(|(node, _, own)| {
                    let unknown = !self.ops[&site].past.contains(removal);
                    own && node == op.node && unknown && self.rank(removal, rank).is_some()
                })
            });
            if retired {
                site_after = Some(site_rank);
                continue;
            }
            let left = gift.is_some_and(|gift| {
                op.past.iter().any(|removal| {
                    self.limit(removal)
                        .is_some_and(|(person, ceiling, _, own)| {
                            let matters = own && person == author && ceiling != Role::MANAGER;
                            matters && self.reaches(removal, &gift, rank)
                        })
                })
            });
            if !left {
                break (gift, site_rank, rank);
            }
            gift_after = gift.map(|gift| self.key(&gift));
        };
        let voided = self.ops.keys().any(|removal| {
            let person = gift.is_some_and(|gift| {
                self.limit(removal)
                    .is_some_and(|(person, ceiling, cut, own)| {
                        let matters = person == author && !own && ceiling != Role::MANAGER;
                        matters
                            && self.is_beyond(removal, id, cut)
                            && self
                                .rank(removal, (self.key(&gift), Key::ROOT))
                                .is_some_and(|rank| rank.0 < self.key(&gift))
                    })
            });
            let host = || {
                self.unhosted(removal).is_some_and(|(node, cut, own)| {
                    node == op.node
                        && !own
                        && self.is_beyond(removal, id, cut)
                        && self
                            .rank(removal, site_rank)
                            .is_some_and(|rank| rank < site_rank)
                })
            };
            person || host()
        });
        Decided::As((!voided && !self.is_above(id, rank)).then_some(rank))
    }

    /// Whether the subject of a removal stands above its author in its own past.
    fn is_above(&self, id: &EntryId, rank: Rank) -> bool {
        let op = &self.ops[id];
        if let Some((subject, ceiling, _, false)) = self.limit(id) {
            let lives = |gift: &EntryId| {
                !op.past.iter().any(|removal| {
                    self.limit(removal).is_some_and(|(person, ceiling, _, _)| {
                        let matters = person == subject && ceiling != Role::MANAGER;
                        matters && self.reaches(removal, gift, rank)
                    })
                })
            };
            return ceiling != Role::MANAGER
                && op.past.iter().any(|gift| {
                    self.gift(gift) == Some((subject, Role::MANAGER))
                        && self.key(gift) <= rank.0
                        && self.rank(gift, (self.key(gift), LAST)).is_some()
                        && lives(gift)
                });
        }
        let Some((node, _, _)) = self.unhosted(id).filter(|(node, _, _)| *node != op.node) else {
            return false;
        };
        let carries = |site: &EntryId, site_rank: Rank| {
            !op.past.iter().any(|removal| {
                self.unhosted(removal).is_some_and(|(other, _, own)| {
                    let unknown = !self.ops[site].past.contains(removal);
                    other == node
                        && match own {
                            true => unknown && self.rank(removal, rank).is_some(),
                            false => self.ends(removal, site, site_rank),
                        }
                })
            })
        };
        op.past
            .iter()
            .filter(|site| self.hosted(site) == Some(node))
            .any(|site| {
                self.hosting_rank(site, rank)
                    .is_some_and(|site_rank| carries(site, site_rank))
            })
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
                            let removal = self.rank(removal, ANY);
                            removal < self.hosting_rank(site, ANY)
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
                                && self.reaches(removal, gift, ANY)
                        })
                })
        });
        site && author
    }
}
