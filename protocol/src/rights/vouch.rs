//! Vouching: work that an accepted colleague built on before she knew of a removal is kept. An
//! entry that counts in its own right vouches for all ancestors of its changes that are held only
//! by removals. What is vouched for is shown, and counts as an ancestor; it vouches for nothing
//! itself, so the answer is the least fixed point and does not depend on any order.
//!
//! Only for documents: changes rest on changes, and without its ancestors an accepted one cannot
//! be shown. Records stand alone.

use std::collections::{BTreeMap, BTreeSet};

use bocage_crdt::ids::{EntryId, NodeId};

use super::role::Role;
use super::{HeldReason, Rights, Standing};
use crate::entry::Header;

/// One content entry of a document item.
#[derive(Debug, Clone, Copy)]
pub struct Work<'a> {
    /// The entry.
    pub id: EntryId,
    /// Its header.
    pub header: &'a Header,
    /// Who keeps its log.
    pub node: NodeId,
    /// What its kind of item asks of an author, as in [`Rights::judge`].
    pub needed: Role,
    /// The entries that hold the changes on which its own rest directly.
    pub rests_on: &'a [EntryId],
}

impl Rights {
    /// Judges all entries of one document item: the standings of [`Rights::judge`], and what is
    /// vouched for counts. In the order given; the result for each does not depend on it.
    pub fn vouch(&self, works: &[Work<'_>]) -> Vec<Standing> {
        let mut standings: Vec<_> = works
            .iter()
            .map(|work| self.judge(&work.id, work.header, &work.node, work.needed))
            .collect();
        let is_held = |standing: &Standing| removal_of(standing).is_some();
        // Nearly always nobody was removed.
        if !standings.iter().any(is_held) {
            return standings;
        }
        let places: BTreeMap<_, _> = (0..).zip(works).map(|(at, work)| (work.id, at)).collect();
        let parents: Vec<Vec<usize>> = works
            .iter()
            .map(|work| {
                let known = work.rests_on.iter().filter_map(|id| places.get(id));
                known.copied().collect()
            })
            .collect();
        // Through what stays hidden for another reason nothing is reached: its own changes would lack.
        let mut way: Vec<bool> = Vec::with_capacity(works.len());
        for (work, standing) in works.iter().zip(&standings) {
            let lifted = || self.judge_lifted(work, &|_| true) == Standing::Counts;
            way.push(*standing == Standing::Counts || is_held(standing) && lifted());
        }
        let mut vouched = vec![false; works.len()];
        for (knows, vouchers) in self.vouchers(works, &standings) {
            let mut seen = vec![false; works.len()];
            let mut open: Vec<_> = vouchers.iter().flat_map(|at| &parents[*at]).collect();
            while let Some(at) = open.pop().copied() {
                if !way[at] || std::mem::replace(&mut seen[at], true) {
                    continue;
                }
                open.extend(&parents[at]);
                if !vouched[at] && is_held(&standings[at]) {
                    let unknown = |removal: u32| knows.binary_search(&removal).is_err();
                    vouched[at] = self.judge_lifted(&works[at], &unknown) == Standing::Counts;
                }
            }
        }
        for (standing, _) in (standings.iter_mut().zip(vouched)).filter(|(_, vouched)| *vouched) {
            *standing = Standing::Counts;
        }
        standings
    }

    fn judge_lifted(&self, work: &Work<'_>, lifted: &dyn Fn(u32) -> bool) -> Standing {
        let Work {
            id,
            header,
            node,
            needed,
            ..
        } = work;
        self.judge_without(id, header, node, *needed, lifted)
    }

    /// The entries that count in their own right, together with all that knew of the same removals
    /// of those who wrote the held ones.
    fn vouchers(
        &self,
        works: &[Work<'_>],
        standings: &[Standing],
    ) -> BTreeMap<Vec<u32>, Vec<usize>> {
        let mut removals = BTreeSet::new();
        for (work, _) in
            (works.iter().zip(standings)).filter(|(_, standing)| removal_of(standing).is_some())
        {
            if let Some(person) = self.evaluation.persons.get(&work.header.author) {
                removals.extend(person.removals.iter().map(|removal| removal.op));
            }
            if let Some(host) = self.evaluation.hosts.get(&work.node) {
                removals.extend(host.removals.iter().map(|removal| removal.op));
            }
        }
        let mut vouchers: BTreeMap<Vec<u32>, Vec<usize>> = BTreeMap::new();
        let counting = (0..).zip(works).zip(standings);
        for ((at, work), _) in counting.filter(|(_, standing)| **standing == Standing::Counts) {
            if let Ok(past) = self.past_of(work.header) {
                let known = removals.iter().copied();
                let known = known.filter(|removal| self.graph.contains(&past, *removal));
                vouchers.entry(known.collect()).or_default().push(at);
            }
        }
        vouchers
    }
}

fn removal_of(standing: &Standing) -> Option<EntryId> {
    match standing {
        Standing::Held(HeldReason::Removed(by) | HeldReason::HostRemoved(by)) => Some(*by),
        _ => None,
    }
}
