//! A second reading of the rules, slow and by another way: every question is asked recursively
//! and every past is a set. It must agree with the sweep on any history.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::super::graph::Key;
use super::super::*;
use super::reference_facts::has_authority;
use super::reference_logs::Logs;
use super::world::World;
use crate::entry::Header;
use bocage_crdt::ids::ItemId;

pub(super) type Rank = (Key, Key);

const LAST: Key = Key(u32::MAX, EntryId([0xFF; 32]));
pub(super) const ANY: Rank = (LAST, LAST);

pub(super) struct Reference {
    pub(super) ops: BTreeMap<EntryId, Op>,
    /// All that a rank may begin with, highest first.
    keys: Vec<Key>,
    /// Rank of what counts, `None` of what does not.
    verdicts: RefCell<BTreeMap<EntryId, Option<Rank>>>,
    pub(super) logs: Logs,
}

/// What a limited question gave.
enum Decided {
    /// The rank if it counts.
    As(Option<Rank>),
    /// It rests on nothing of this rank.
    Beyond,
}

pub(super) struct Op {
    pub(super) header: Header,
    pub(super) node: NodeId,
    /// Which life of its site wrote it.
    pub(super) life: u32,
    pub(super) operation: Operation,
    pub(super) past: BTreeSet<EntryId>,
    depth: u32,
}

/// How a removal takes: by seniority, by the subject herself, or by a registrar's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Force {
    Rank,
    Own,
    Order(Option<ItemId>),
}

impl Reference {
    /// The rights entries of a world in which everything cited is stored.
    pub(super) fn of(world: &World) -> Self {
        let mut reference = Self {
            ops: BTreeMap::new(),
            keys: vec![Key::ROOT],
            verdicts: RefCell::new(BTreeMap::new()),
            logs: Logs::of(world),
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
                life: writer.life,
                operation: Operation::decode(payload).expect("the test writes operations"),
                past,
                depth,
            };
            reference.ops.insert(entry.id, op);
        }
        for id in reference.ops.keys() {
            let key = reference.key(id);
            reference.keys.extend([key, key.lesser()]);
        }
        reference.keys.sort();
        reference
    }

    pub(super) fn past(&self, header: &Header) -> BTreeSet<EntryId> {
        let before = self.logs.before(header);
        let before = before.into_iter().filter(|id| self.ops.contains_key(id));
        let mut past = BTreeSet::new();
        for id in header.rights_heads.iter().copied().chain(before) {
            past.extend(&self.ops[&id].past);
            past.insert(id);
        }
        past
    }

    pub(super) fn key(&self, id: &EntryId) -> Key {
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

    /// Whether a removal takes effect on a gift. What takes nothing back (the person's own, an
    /// order against a senior) does so only up to a rank, and not at all without one.
    pub(super) fn reaches(&self, removal: &EntryId, gift: &EntryId, mild: Option<Rank>) -> bool {
        let (_, _, _, force) = self.limit(removal).expect("a removal limits");
        let (_, role) = self.gift(gift).expect("a gift gives");
        if self.ops[gift].past.contains(removal) || removal == gift {
            return false;
        }
        let mildly = || mild.is_some_and(|mild| self.rank(removal, mild).is_some());
        let senior = || {
            let key = self.gift_key(gift);
            match has_authority(role) {
                false => self.counts(removal),
                true => self
                    .rank(removal, (key, Key::ROOT))
                    .is_some_and(|rank| rank.0 < key),
            }
        };
        match force {
            Force::Rank => senior(),
            Force::Own => mildly(),
            Force::Order(territory) => {
                (territory.is_none() || territory == self.territory(gift, territory))
                    && (senior() || mildly())
            }
        }
    }

    /// Whether a removal takes effect on a hosting of this rank; mildly as in [`Self::reaches`].
    pub(super) fn ends(
        &self,
        removal: &EntryId,
        site: &EntryId,
        site_rank: Rank,
        mild: Option<Rank>,
    ) -> bool {
        let (_, _, force) = self.unhosted(removal).expect("a removal of a site");
        if self.ops[site].past.contains(removal) {
            return false;
        }
        let mildly = || mild.is_some_and(|mild| self.rank(removal, mild).is_some());
        let senior = || {
            self.rank(removal, site_rank)
                .is_some_and(|rank| rank < site_rank)
        };
        match force {
            Force::Rank => senior(),
            Force::Own => mildly(),
            Force::Order(territory) => {
                (territory.is_none() || territory == self.site_territory(site))
                    && (senior() || mildly())
            }
        }
    }

    /// Rank of a hosting, if at most this one.
    pub(super) fn hosting_rank(&self, id: &EntryId, limit: Rank) -> Option<Rank> {
        let rank = match self.ops[id].operation {
            Operation::Create { .. } => (Key::FOUNDING, Key::FOUNDING),
            Operation::GuestAdd { .. } => {
                self.rank(id, limit)?;
                (self.key(id).lesser(), self.key(id))
            }
            _ => (self.rank(id, limit)?.0, self.key(id)),
        };
        (rank <= limit).then_some(rank)
    }

    /// The most senior living gift to the author that an operation knows of and may use there.
    fn living_gift(
        &self,
        id: &EntryId,
        asked: &[Role],
        after: Option<Key>,
        limit: Rank,
    ) -> Option<EntryId> {
        let op = &self.ops[id];
        let author = op.header.author;
        let mut gifts: Vec<_> = op
            .past
            .iter()
            .filter(|id| {
                self.gift(id).is_some_and(|(person, role)| {
                    person == author && asked.iter().any(|asked| role.allows(*asked))
                })
            })
            .filter(|id| self.counts_at(id, &op.node))
            .map(|id| (self.gift_key(id), *id))
            .filter(|(key, _)| Some(*key) > after && *key <= limit.0)
            .collect();
        gifts.sort();
        let lives = |gift: &EntryId| {
            self.rank(gift, (self.gift_key(gift), LAST)).is_some()
                && !self.knows_of_an_order(id, gift)
                && !op.past.iter().any(|removal| {
                    self.limit(removal)
                        .is_some_and(|(person, _, _, _)| person == author)
                        && self.reaches(removal, gift, None)
                })
        };
        gifts.into_iter().map(|(_, gift)| gift).find(lives)
    }

    /// Whether the author of an operation knew that a registrar ended this gift, in whatever log
    /// it was said.
    fn knows_of_an_order(&self, id: &EntryId, gift: &EntryId) -> bool {
        let op = &self.ops[id];
        op.past.iter().any(|order| {
            let Some((subject, _, _, Force::Order(territory))) = self.limit(order) else {
                return false;
            };
            subject == op.header.author
                && self.is_sound(order)
                && !self.ops[gift].past.contains(order)
                && (territory.is_none() || territory == self.territory(gift, territory))
        })
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
            .filter(|site| {
                self.hosted(site)
                    .is_some_and(|(node, guest)| node == op.node && self.may_stand(id, guest))
            })
            .collect();
        sites.sort_by_key(|id| self.key(id));
        for adder in self.keys.iter().copied().filter(|key| *key <= limit.0) {
            for site in &sites {
                let highest = (adder, self.key(site));
                let Some(rank) = self.hosting_rank(site, highest.min(limit)) else {
                    continue;
                };
                let ended = || {
                    op.past.iter().any(|removal| {
                        self.unhosted(removal)
                            .is_some_and(|(node, _, _)| node == op.node)
                            && self.ends(removal, site, rank, None)
                    })
                };
                let told = || {
                    op.past.iter().any(|order| {
                        let named = self.unhosted(order);
                        let fits = named.is_some_and(|(node, _, force)| {
                            let Force::Order(territory) = force else {
                                return false;
                            };
                            node == op.node
                                && (territory.is_none() || territory == self.site_territory(site))
                        });
                        fits && self.is_sound(order) && !self.ops[*site].past.contains(order)
                    })
                };
                if rank.0 == adder && Some(rank) > after && !ended() && !told() {
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

    fn decide(&self, id: &EntryId, limit: Rank) -> Decided {
        let op = &self.ops[id];
        if matches!(op.operation, Operation::Create { .. }) {
            return Decided::As(Some((Key::FOUNDING, Key::FOUNDING)));
        }
        let forked = self.logs.is_forked(&op.header, &op.node, id);
        if !self.is_sound(id) || forked || self.forgets_earlier_lives(op) {
            return Decided::As(None);
        }
        let author = op.header.author;
        let asked = self.asked(id);
        let is_deputy = matches!(op.operation, Operation::Deputise { .. });
        let (mut gift_after, mut site_after) = (None, None);
        let (gift, site, site_rank, rank) = loop {
            let gift = match asked.is_empty() {
                true => None,
                false => match self.living_gift(id, &asked, gift_after, limit) {
                    None => return Decided::Beyond,
                    gift => gift,
                },
            };
            let Some((site, site_rank)) = self.living_site(id, site_after, limit) else {
                return Decided::Beyond;
            };
            let right = gift.map_or(Key::ROOT, |gift| self.gift_key(&gift));
            let rank = match is_deputy {
                true => (self.key(id), Key::ROOT),
                false => (right.max(site_rank.0), site_rank.1),
            };
            if rank > limit {
                return Decided::Beyond;
            }
            let retired = op.past.iter().any(|removal| {
                self.unhosted(removal)
                    .is_some_and(|(node, _, _)| node == op.node)
                    && self.ends(removal, &site, site_rank, Some(rank))
            });
            if retired {
                site_after = Some(site_rank);
                continue;
            }
            let left = gift.is_some_and(|gift| {
                op.past.iter().any(|removal| {
                    self.limit(removal)
                        .is_some_and(|(person, _, _, _)| person == author)
                        && self.reaches(removal, &gift, Some(rank))
                })
            });
            if !left {
                break (gift, site, site_rank, rank);
            }
            gift_after = gift.map(|gift| self.gift_key(&gift));
        };
        if is_deputy && self.knows_a_manager(id, rank) {
            return Decided::As(None);
        }
        let voided = self.ops.keys().any(|removal| {
            let person = gift.is_some_and(|gift| {
                self.limit(removal).is_some_and(|(person, _, cut, _)| {
                    person == author
                        && self.is_beyond(removal, id, cut)
                        && self.reaches(removal, &gift, None)
                })
            });
            let host = || {
                self.unhosted(removal).is_some_and(|(node, cut, _)| {
                    node == op.node
                        && self.is_beyond(removal, id, cut)
                        && self.ends(removal, &site, site_rank, None)
                })
            };
            person || host()
        });
        Decided::As((!voided && !self.is_above(id, rank)).then_some(rank))
    }

    /// Whether an operation has a living manager in its own past, at a site that carries the space.
    fn knows_a_manager(&self, id: &EntryId, rank: Rank) -> bool {
        let past = &self.ops[id].past;
        let is_there = |gift: &EntryId| {
            past.iter().any(|site| {
                self.hosted(site)
                    .is_some_and(|(node, guest)| !guest && self.counts_at(gift, &node))
                    && self.stands_for(site, past, rank)
            })
        };
        past.iter().any(|gift| {
            self.gift(gift).is_some_and(|(person, role)| {
                role.allows(Role::MANAGER)
                    && self.rank(gift, (self.key(gift), LAST)).is_some()
                    && !past.iter().any(|removal| {
                        self.limit(removal)
                            .is_some_and(|(subject, _, _, _)| subject == person)
                            && self.reaches(removal, gift, Some(rank))
                    })
                    && is_there(gift)
            })
        })
    }

    /// Whether what made a site a host is not ended in a past.
    fn stands_for(&self, site: &EntryId, past: &BTreeSet<EntryId>, rank: Rank) -> bool {
        let hosted = self.hosted(site).map(|(node, _)| node);
        self.hosting_rank(site, rank).is_some_and(|site_rank| {
            !past.iter().any(|removal| {
                self.unhosted(removal)
                    .is_some_and(|(node, _, _)| Some(node) == hosted)
                    && self.ends(removal, site, site_rank, Some(rank))
            })
        })
    }

    /// Whether the subject of a removal stands above its author in its own past.
    fn is_above(&self, id: &EntryId, rank: Rank) -> bool {
        let op = &self.ops[id];
        if let Some((subject, _, _, Force::Rank)) = self.limit(id) {
            return op.past.iter().any(|gift| {
                self.gift(gift)
                    .is_some_and(|(person, role)| person == subject && has_authority(role))
                    && self.gift_key(gift) <= rank.0
                    && self.rank(gift, (self.gift_key(gift), LAST)).is_some()
                    && !op.past.iter().any(|removal| {
                        self.limit(removal)
                            .is_some_and(|(person, _, _, _)| person == subject)
                            && self.reaches(removal, gift, Some(rank))
                    })
            });
        }
        let Some((node, _, Force::Rank)) = self.unhosted(id) else {
            return false;
        };
        if node == op.node {
            return false;
        }
        op.past
            .iter()
            .filter(|site| self.hosted(site).is_some_and(|(other, _)| other == node))
            .any(|site| self.stands_for(site, &op.past, rank))
    }
}
