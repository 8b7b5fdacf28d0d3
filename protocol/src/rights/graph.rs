//! Who knew of what: places stored operations after those they cite and after those before them
//! in their log. Structure only; nothing here depends on whether an operation stands.
//!
//! Past is kept as one count per chain: a chain is a log, or a single operation above a fork
//! or under the root's signatures. It costs 4 bytes per operation and log that wrote rights, and
//! makes "did it know of" one look-up.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bocage_crdt::ids::{EntryId, LogId, NodeId};

use super::Writer;
use super::index::Index;
use super::operation::Operation;
use super::stored::{Forks, Stored};

/// An operation with its past.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) stored: Arc<Stored>,
    /// Longest way from a founding.
    depth: u32,
    chain: u32,
    /// Place in the chain, from 0.
    position: u32,
    /// Per chain, how many of its operations are ancestors.
    past: Vec<u32>,
    /// Above a fork that the site did not take up.
    pub(super) forked: bool,
    /// Its site had written operations in an earlier life that are not ancestors.
    pub(super) not_descended: bool,
}

/// Orders operations: ancestors first, whatever order they came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(pub(super) u32, pub(super) EntryId);

impl Key {
    /// Before everything.
    pub(super) const ROOT: Self = Self(0, EntryId([0; 32]));
    /// What a founding gives; all valid foundings of a space give the same.
    pub(super) const FOUNDING: Self = Self(1, EntryId([0; 32]));
    /// After everything.
    pub(super) const LAST: Self = Self(u32::MAX, EntryId([0xFF; 32]));

    /// The key of what is junior to every right from which authority may come: doorkeepers,
    /// sponsors, guests. Nothing senior rests on these, so that every manager may end them.
    pub(super) fn lesser(self) -> Self {
        Self(self.0 | 1 << 31, self.1)
    }
}

/// The operations that do not wait, ancestors first.
#[derive(Debug, Clone, Default)]
pub(super) struct Graph {
    ops: Vec<Placed>,
    places: BTreeMap<EntryId, u32>,
    /// Per log, its operations below any fork: (seq, place), ascending.
    lines: BTreeMap<LogId, Line>,
    chains: u32,
    /// Logs with operations, per site and life.
    lives: BTreeMap<NodeId, BTreeSet<(u32, LogId)>>,
    forks: Forks,
    /// Entries above forks that their own site took up.
    adopted: BTreeSet<(LogId, NodeId, EntryId)>,
    /// In a circle, which only a fork that is not known yet can make, or resting on one.
    tangled: BTreeSet<EntryId>,
}

#[derive(Debug, Clone, Default)]
struct Line {
    chain: u32,
    ops: Vec<(u64, u32)>,
}

impl Graph {
    /// Places all that can be placed.
    pub(super) fn build(stored: &BTreeMap<EntryId, Arc<Stored>>, forks: &Forks) -> Self {
        let mut graph = Self {
            forks: forks.clone(),
            ..Self::default()
        };
        let index = Index::of(stored);
        let mut parents: Vec<Option<Vec<u32>>> = index
            .ops
            .iter()
            .map(|op| {
                let mut parents = Vec::with_capacity(op.heads.len() + 1); // and the one before it
                for head in &op.heads {
                    parents.push(index.find(head)?);
                }
                Some(parents)
            })
            .collect();
        // Circles of citations alone would be circles of hashes: what is left out here waits.
        let mut placeable = vec![false; index.ops.len()];
        in_order(&parents)
            .into_iter()
            .for_each(|op| placeable[op as usize] = true);
        let is_placeable = |op: u32| placeable[op as usize];
        if !graph.forks.is_empty() {
            let placed = index.ops.iter().zip(&placeable);
            placed
                .filter(|(_, placeable)| **placeable)
                .for_each(|(op, _)| graph.adopt(op, stored));
        }
        let mut lines: BTreeMap<LogId, Vec<(u64, u32)>> = BTreeMap::new();
        for (place, op) in (0..).zip(&index.ops) {
            let in_line = is_placeable(place) && !op.is_root();
            if in_line && !graph.forks.reaches(&op.log, op.seq) {
                lines.entry(op.log).or_default().push((op.seq, place));
            }
        }
        for line in lines.values_mut() {
            line.sort_unstable();
            // Of each the one before it; above a fork it is looked for below.
            for pair in line.windows(2) {
                if let [(before_seq, before), (seq, place)] = pair
                    && before_seq < seq
                    && let Some(parents) = &mut parents[*place as usize]
                {
                    parents.push(*before);
                }
            }
        }
        for (place, op) in (0..).zip(&index.ops) {
            if !is_placeable(place) {
                parents[place as usize] = None;
            } else if graph.forks.reaches(&op.log, op.seq)
                && let Some(parents) = &mut parents[place as usize]
                && !op.is_root()
            {
                let find = |id: &EntryId| index.find(id).filter(|found| is_placeable(*found));
                let branch = graph.branch_before(&op.log, op.seq, op.prev, find);
                let line = || {
                    let line = lines.get(&op.log)?;
                    let end = line.partition_point(|(seq, _)| *seq < op.seq);
                    end.checked_sub(1).map(|last| line[last].1)
                };
                parents.extend(branch.or_else(line));
            }
        }
        let mut places = vec![None; index.ops.len()];
        let mut placed = Vec::new();
        for op in in_order(&parents) {
            placed.clear();
            let parents = parents[op as usize].iter().flatten();
            placed.extend(parents.filter_map(|parent| places[*parent as usize]));
            places[op as usize] = Some(graph.ops.len() as u32);
            graph.append(index.ops[op as usize], &placed);
        }
        graph.places = (0..index.ops.len())
            .filter_map(|op| Some((index.ops[op].id, places[op]?)))
            .collect();
        graph.tangled = (0..index.ops.len())
            .filter(|op| placeable[*op] && places[*op].is_none())
            .map(|op| index.ops[op].id)
            .collect();
        for place in 0..graph.ops.len() {
            graph.ops[place].not_descended = graph.lacks_earlier_life(place as u32);
        }
        graph
    }

    /// Something that it cites and that is not placed.
    pub(super) fn lacks(&self, stored: &Stored) -> Option<EntryId> {
        stored
            .heads
            .iter()
            .copied()
            .find(|head| !self.places.contains_key(head))
    }

    /// Appends an operation that is the last of its log, of its site's last life and above no
    /// fork; false, and nothing done, if it is not.
    pub(super) fn push(&mut self, stored: &Arc<Stored>) -> bool {
        let last = self.lines.get(&stored.log).and_then(|line| line.ops.last());
        let in_order = last.is_none_or(|(seq, _)| *seq < stored.seq);
        let last_life = self
            .lives
            .get(&stored.writer.node)
            .and_then(|lives| lives.last())
            .is_none_or(|(life, _)| *life <= stored.writer.life);
        if !in_order || !last_life || self.forks.is_forked(&stored.log) {
            return false;
        }
        let before = match stored.is_root() {
            true => None,
            false => self.before(&stored.log, stored.seq, stored.prev),
        };
        let cited = stored.heads.iter().filter_map(|head| self.place(head));
        let parents: Vec<_> = cited.chain(before).collect();
        self.append(stored, &parents);
        let place = self.last();
        self.places.insert(stored.id, place);
        self.ops[place as usize].not_descended = self.lacks_earlier_life(place);
        true
    }

    /// Appends an operation after its parents: those it cites and, unless the root signed it at
    /// its heads, whatever log carries it, the one before it in its log.
    fn append(&mut self, stored: &Arc<Stored>, parents: &[u32]) {
        let mut past = Vec::with_capacity(self.chains as usize);
        let mut depth = 0;
        for parent in parents {
            depth = depth.max(self.ops[*parent as usize].depth + 1);
            self.join(&mut past, *parent);
        }
        let above_fork = self.forks.reaches(&stored.log, stored.seq);
        let place = self.ops.len() as u32;
        let (chain, position) = if above_fork || stored.is_root() {
            self.chains += 1;
            (self.chains - 1, 0)
        } else {
            let next = self.chains;
            let line = self.lines.entry(stored.log).or_insert_with(|| Line {
                chain: next,
                ops: Vec::new(),
            });
            if line.chain == next {
                self.chains += 1;
                let lives = self.lives.entry(stored.writer.node).or_default();
                lives.insert((stored.writer.life, stored.log));
            }
            line.ops.push((stored.seq, place));
            (line.chain, line.ops.len() as u32 - 1)
        };
        let forked = above_fork
            && !self
                .adopted
                .contains(&(stored.log, stored.writer.node, stored.id));
        self.ops.push(Placed {
            stored: stored.clone(),
            depth,
            chain,
            position,
            past,
            forked,
            not_descended: false,
        });
    }

    /// The operation before this place of a log, along the branch that `prev` names.
    pub(super) fn before(&self, log: &LogId, seq: u64, prev: EntryId) -> Option<u32> {
        let branch = self.branch_before(log, seq, prev, |id| self.place(id));
        if branch.is_some() {
            return branch;
        }
        let line = &self.lines.get(log)?.ops;
        let end = line.partition_point(|(line_seq, _)| *line_seq < seq);
        end.checked_sub(1).map(|last| line[last].1)
    }

    /// The nearest operation before this place and above the fork.
    fn branch_before(
        &self,
        log: &LogId,
        seq: u64,
        prev: EntryId,
        find: impl Fn(&EntryId) -> Option<u32>,
    ) -> Option<u32> {
        let fork = self.forks.get(log)?;
        let from = fork.from?;
        let (mut seq, mut prev) = (seq, prev);
        while seq > from {
            if let Some(found) = find(&prev) {
                return Some(found);
            }
            let (before, link) = *fork.links.get(&prev)?;
            // Stated links are facts about hashes; a false one must not make a circle here.
            if before >= seq {
                return None;
            }
            (seq, prev) = (before, link);
        }
        None
    }

    /// Whether an entry is an end of a log or on the way to it. Below a fork everything is; above
    /// it the branches tell.
    pub(super) fn leads_to(
        &self,
        log: &LogId,
        (seq, id): (u64, &EntryId),
        (last, end): (u64, &EntryId),
    ) -> bool {
        if seq >= last {
            return seq == last && id == end;
        }
        let fork = match self.forks.get(log) {
            Some(fork) if self.forks.reaches(log, seq) => fork,
            _ => return true,
        };
        let (mut at, mut next) = (last, *end);
        while at > seq {
            match fork.links.get(&next) {
                // Stated links are facts about hashes; a false one must not make a circle here.
                Some((place, prev)) if *place == at => (at, next) = (at - 1, *prev),
                _ => return false,
            }
        }
        next == *id
    }

    /// Marks what an adoption takes up: the chains below the heads that it names.
    fn adopt(&mut self, op: &Stored, stored: &BTreeMap<EntryId, Arc<Stored>>) {
        let Ok(Operation::Adopt { log, heads }) = &op.operation else {
            return;
        };
        let Some(fork) = self.forks.get(log) else {
            return;
        };
        if *log == op.log || op.author != op.site {
            return;
        }
        for head in heads {
            let mut next = Some(*head);
            while let Some(id) = next {
                if !self.adopted.insert((*log, op.writer.node, id)) {
                    break;
                }
                next = fork
                    .links
                    .get(&id)
                    .map(|(_, prev)| *prev)
                    .or_else(|| stored.get(&id).map(|stored| stored.prev));
            }
        }
    }

    /// Whether an entry of this log lies above a fork that its site did not take up.
    pub(super) fn is_forked(&self, log: &LogId, node: &NodeId, seq: u64, id: &EntryId) -> bool {
        self.forks.reaches(log, seq) && !self.adopted.contains(&(*log, *node, *id))
    }

    fn lacks_earlier_life(&self, place: u32) -> bool {
        self.earlier_lives(&self.op(place).writer)
            .any(|last| !self.in_past(last, place))
    }

    /// The last operations below any fork in the logs of a site's earlier lives.
    pub(super) fn earlier_lives(&self, writer: &Writer) -> impl Iterator<Item = u32> + '_ {
        let before = (writer.life, LogId::default());
        let lives = self.lives.get(&writer.node);
        lives
            .into_iter()
            .flat_map(move |lives| lives.range(..before))
            .filter_map(|(_, log)| {
                let last = self.lines.get(log)?.ops.last()?;
                Some(last.1)
            })
    }

    /// Raises `past` to contain an operation and its past.
    pub(super) fn join(&self, past: &mut Vec<u32>, place: u32) {
        let op = &self.ops[place as usize];
        let length = op.past.len().max(op.chain as usize + 1);
        if past.len() < length {
            past.resize(length, 0);
        }
        for (mine, theirs) in past.iter_mut().zip(&op.past) {
            *mine = (*mine).max(*theirs);
        }
        let own = &mut past[op.chain as usize];
        *own = (*own).max(op.position + 1);
    }

    /// Whether a past contains an operation.
    pub(super) fn contains(&self, past: &[u32], place: u32) -> bool {
        let op = &self.ops[place as usize];
        past.get(op.chain as usize)
            .is_some_and(|count| *count > op.position)
    }

    /// Whether the author of `later` knew of `earlier`.
    pub(super) fn in_past(&self, earlier: u32, later: u32) -> bool {
        self.contains(&self.ops[later as usize].past, earlier)
    }

    pub(super) fn len(&self) -> u32 {
        self.ops.len() as u32
    }

    /// Place of the operation appended last; the graph is not empty.
    pub(super) fn last(&self) -> u32 {
        self.len() - 1
    }

    pub(super) fn place(&self, id: &EntryId) -> Option<u32> {
        self.places.get(id).copied()
    }

    pub(super) fn is_tangled(&self, id: &EntryId) -> bool {
        self.tangled.contains(id)
    }

    pub(super) fn is_log_forked(&self, log: &LogId) -> bool {
        self.forks.is_forked(log)
    }

    pub(super) fn placed(&self, place: u32) -> &Placed {
        &self.ops[place as usize]
    }

    pub(super) fn op(&self, place: u32) -> &Stored {
        &self.ops[place as usize].stored
    }

    /// Smaller than the keys of all that descends from it.
    pub(super) fn key(&self, place: u32) -> Key {
        let op = &self.ops[place as usize];
        Key(op.depth + 2, op.stored.id)
    }
}

/// Parents before children. What has no list of parents is left out, with what rests on it; what
/// lies on a circle too.
fn in_order(parents: &[Option<Vec<u32>>]) -> Vec<u32> {
    let known = || {
        (0..)
            .zip(parents)
            .filter_map(|(place, parents)| Some((place, parents.as_ref()?)))
    };
    // The children of all in one list: those of each end where the next one's begin.
    let mut ends = vec![0_u32; parents.len() + 1];
    for (_, parents) in known() {
        parents
            .iter()
            .for_each(|parent| ends[*parent as usize] += 1);
    }
    for place in 1..ends.len() {
        ends[place] += ends[place - 1];
    }
    let mut begins = ends.clone();
    let mut children = vec![0_u32; ends[parents.len()] as usize];
    let mut open = vec![0_u32; parents.len()];
    let mut order = Vec::with_capacity(parents.len());
    for (place, parents) in known() {
        open[place as usize] = parents.len() as u32;
        for parent in parents {
            let begin = &mut begins[*parent as usize];
            *begin -= 1;
            children[*begin as usize] = place;
        }
        if parents.is_empty() {
            order.push(place);
        }
    }
    let mut done = 0;
    while let Some(place) = order.get(done).copied() {
        done += 1;
        let (begin, end) = (begins[place as usize], ends[place as usize]);
        for child in &children[begin as usize..end as usize] {
            open[*child as usize] -= 1;
            if open[*child as usize] == 0 {
                order.push(*child);
            }
        }
    }
    order
}
