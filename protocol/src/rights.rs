//! Which entries count: a pure function of the set of stored rights entries, whatever the order
//! they came in. Time judges nothing here, storing is not judging, and nothing is ever asked of
//! another site. `docs/rights.md` explains the rules with worked examples that run as tests.
//!
//! Reading order: [`operation`] is what can be asked for and its exact bytes, [`role`] what may be
//! held, `stored` what is kept, `graph` who knew of what, `claim` what an operation needs, `effect`
//! what one gives and takes, `evaluate` and `sweep` which operations stand, `members` what that
//! amounts to, `judge` and `then` which content entries count, `admission` which of guests, `vouch`
//! what a colleague kept.

pub mod admission;
pub mod operation;
pub mod order;
pub mod role;
pub mod root;

mod claim;
mod effect;
mod evaluate;
mod given;
mod graph;
mod index;
mod judge;
mod members;
mod stored;
mod sweep;
mod then;
mod vouch;

use std::collections::BTreeMap;
use std::sync::Arc;

use bocage_crdt::ids::{EntryId, ItemId, LogId, NodeId, PersonId, SpaceId};

use crate::entry::{Entry, EntryKind};
use crate::limits::{RIGHTS_HEADS_JOIN, RIGHTS_HEADS_MAX};
use admission::Admissions;
use evaluate::Evaluation;
use graph::Graph;
use stored::{Forks, Stored};

pub use admission::{Admission, AdmittedRange};
pub use given::Gift;
pub use members::{Guest, Host, Member, Members, RemovedHost, RootChange};
pub use operation::{Cut, CutPoint, Operation, RootKeys, SpaceKind, Subject};
pub use order::Order;
pub use role::Role;
pub use root::{RootProof, RootSignature, root_message};
pub use vouch::Work;

/// Who keeps a log: known from the site's certificate, since a header names only the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Writer {
    /// The site.
    pub node: NodeId,
    /// Which life of the site, from 0: place of the writer key in its certificate.
    pub life: u32,
}

/// What becomes of a stored entry. Only [`Standing::Counts`] has an effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It is shown, or has its effect.
    Counts,
    /// It rests on entries that are not stored here: judged when they come.
    Waiting {
        /// Their ids, sorted.
        missing: Vec<EntryId>,
    },
    /// Kept and hidden; managers see it listed and may readmit content.
    Held(HeldReason),
    /// Kept and forwarded, without effect.
    Void(VoidReason),
}

/// Why an entry is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HeldReason {
    /// The author had not the right in the state that the entry cites.
    NoRight,
    /// The author lost the right by this removal, whose cut does not cover the entry.
    Removed(EntryId),
    /// The site did not carry the space in the state that the entry cites.
    NotHost,
    /// The site lost the space by this removal, whose cut does not cover the entry.
    HostRemoved(EntryId),
    /// The space was closed by this operation, whose cut does not cover the entry.
    Closed(EntryId),
    /// A manager put it aside.
    Quarantined(EntryId),
    /// The log has two entries in one place, at or before this one, and nobody adopted it.
    Forked,
    /// A new life of the site that did not know of its own earlier operations.
    NotDescended,
    /// In a guest's log, and admitted by none of its sponsor sites.
    NotAdmitted,
}

/// Why an entry is void.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum VoidReason {
    /// The payload is not a canonical operation.
    Malformed,
    /// An operation, role or form of a later version: judged again after an upgrade.
    UnknownOperation,
    /// A founding that does not give this space's id, or an operation that cites nothing.
    WrongFounding,
    /// An operation that has no place in this kind of space, or a role that has none.
    WrongPlace,
    /// The author had not the right in the state of the operation's own ancestors.
    NoRight,
    /// The author was removed by this operation, concurrent and with a cut below.
    Removed(EntryId),
    /// The site was removed by this operation, concurrent and with a cut below.
    HostRemoved(EntryId),
    /// The subject stands above the author.
    NotSenior,
    /// Too few root keys signed.
    NotSigned,
    /// The registrar's order does not prove what the operation says.
    WrongOrder,
}

/// What an insertion did to the verdicts given before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inserted {
    /// Stored before, or not a rights entry or admission of this space with its payload: nothing changed.
    Ignored,
    /// Kept until what it cites comes.
    Waiting,
    /// Verdicts given before hold; only waiting entries may now be judged.
    OnTop,
    /// As [`Self::OnTop`]; held entries of guests' logs may now count.
    Admitted,
    /// Any verdict may have changed: judge the space's entries again.
    Rejudge,
}

/// Rights of one space.
#[derive(Debug, Clone)]
pub struct Rights {
    space: SpaceId,
    stored: BTreeMap<EntryId, Arc<Stored>>,
    places: BTreeMap<(LogId, u64), EntryId>,
    /// Author ids of sites: each costs a hash.
    sites: BTreeMap<NodeId, PersonId>,
    forks: Forks,
    /// Stored, but resting on something that is not placed: by one of the entries they lack.
    waiting: BTreeMap<EntryId, Vec<Arc<Stored>>>,
    graph: Graph,
    evaluation: Evaluation,
    admissions: Admissions,
    heads: Vec<EntryId>,
    members: Members,
}

impl Rights {
    /// Nothing stored: everything waits.
    pub fn new(space: SpaceId) -> Self {
        Self {
            space,
            stored: BTreeMap::new(),
            places: BTreeMap::new(),
            sites: BTreeMap::new(),
            forks: Forks::default(),
            waiting: BTreeMap::new(),
            graph: Graph::default(),
            evaluation: Evaluation::default(),
            admissions: Admissions::default(),
            heads: Vec::new(),
            members: Members::default(),
        }
    }

    /// The state of a whole set at once: equal to inserting its entries in any order, and faster.
    pub fn of<'a>(space: SpaceId, entries: impl IntoIterator<Item = (&'a Entry, Writer)>) -> Self {
        let mut rights = Self::new(space);
        rights.insert_all(entries);
        rights
    }

    /// Takes a stored entry in. Entries of one log should come in their order: one that comes
    /// below others of its log makes everything be judged again.
    pub fn insert(&mut self, entry: &Entry, writer: Writer) -> Inserted {
        if self.is_admission(entry) {
            return match self.admissions.store(entry, writer.node) {
                None => Inserted::Ignored,
                Some(_) if self.settle_admissions() => Inserted::Admitted,
                Some(_) => Inserted::Waiting,
            };
        }
        let Some((stored, forked)) = self.store(entry, writer) else {
            return Inserted::Ignored;
        };
        let tangled = stored.heads.iter().any(|head| self.graph.is_tangled(head));
        if forked || tangled || self.forks.is_forked(&stored.log) || stored.is_adoption() {
            self.rebuild();
            return Inserted::Rejudge;
        }
        if let Some(lacking) = self.graph.lacks(&stored) {
            self.waiting.entry(lacking).or_default().push(stored);
            return Inserted::Waiting;
        }
        let mut inserted = Inserted::OnTop;
        let mut ready = vec![stored];
        while let Some(next) = ready.pop() {
            let on_top = self.graph.push(&next);
            let kept = on_top
                .then(|| self.evaluation.push(&self.graph, &self.space))
                .flatten();
            let Some(quiet) = kept else {
                self.rebuild();
                return Inserted::Rejudge;
            };
            if !quiet {
                inserted = Inserted::Rejudge;
            }
            self.refresh_last();
            for freed in self.waiting.remove(&next.id).unwrap_or_default() {
                match self.graph.lacks(&freed) {
                    Some(lacking) => self.waiting.entry(lacking).or_default().push(freed),
                    None => ready.push(freed),
                }
            }
        }
        match self.settle_admissions() {
            true if inserted == Inserted::OnTop => Inserted::Admitted,
            _ => inserted,
        }
    }

    fn is_admission(&self, entry: &Entry) -> bool {
        entry.header.kind == EntryKind::Admission && entry.header.space == self.space
    }

    fn settle_admissions(&mut self) -> bool {
        let graph = &self.graph;
        (self.admissions).settle(|head| graph.place(head).is_some() || graph.is_tangled(head))
    }

    /// Takes many stored entries in, judging once: for catching up.
    pub fn insert_all<'a>(
        &mut self,
        entries: impl IntoIterator<Item = (&'a Entry, Writer)>,
    ) -> Inserted {
        let mut inserted = Inserted::Ignored;
        for (entry, writer) in entries {
            if self.is_admission(entry) {
                if self.admissions.store(entry, writer.node).is_some() {
                    inserted = Inserted::Rejudge;
                }
            } else if self.store(entry, writer).is_some() {
                inserted = Inserted::Rejudge;
            }
        }
        if inserted == Inserted::Rejudge {
            self.rebuild();
        }
        inserted
    }

    /// States that a log has two entries in one place. `entries` are those stored from there on,
    /// of every branch and every kind, as (place, id, predecessor); call again as more arrive.
    pub fn fork(&mut self, log: LogId, entries: &[(u64, EntryId, EntryId)]) -> Inserted {
        if !self.forks.state(log, entries) {
            return Inserted::Ignored;
        }
        self.rebuild();
        Inserted::Rejudge
    }

    /// What a new entry must cite: the operations that count and that no other one follows,
    /// sorted; at most [`RIGHTS_HEADS_MAX`]. Empty only before the founding.
    pub fn heads(&self) -> &[EntryId] {
        &self.heads
    }

    /// What an operation in a site's own log must cite: [`Self::heads`], and the last operations of
    /// the site's earlier lives that no head follows. Void ones are among them: an operation that
    /// did not descend from them would be held for ever.
    pub fn heads_of(&self, writer: &Writer) -> Vec<EntryId> {
        let mut past = Vec::new();
        let heads = self.heads.iter().filter_map(|head| self.graph.place(head));
        heads.for_each(|head| self.graph.join(&mut past, head));
        let mut heads: Vec<EntryId> = self
            .graph
            .earlier_lives(writer)
            .filter(|last| !self.graph.contains(&past, *last))
            .map(|last| self.graph.op(last).id)
            .collect();
        heads.truncate(RIGHTS_HEADS_MAX);
        let room = RIGHTS_HEADS_MAX - heads.len();
        let more: Vec<_> = self
            .heads
            .iter()
            .filter(|head| !heads.contains(head))
            .take(room)
            .copied()
            .collect();
        heads.extend(more);
        heads.sort();
        heads
    }

    /// Whether an entry of a site's log lies above a fork that the site did not take up.
    pub fn is_above_fork(&self, log: &LogId, node: &NodeId, seq: u64, id: &EntryId) -> bool {
        self.graph.is_forked(log, node, seq, id)
    }

    /// Whether a site should write a [`Operation::Join`] now.
    pub fn join_is_due(&self) -> bool {
        self.heads.len() > RIGHTS_HEADS_JOIN
    }

    /// The state with everything that is stored here.
    pub fn now(&self) -> &Members {
        &self.members
    }

    /// What becomes of a rights entry.
    pub fn stands(&self, operation: &EntryId) -> Standing {
        match self.graph.place(operation) {
            Some(place) => self.evaluation.standing(place),
            None if self.graph.is_tangled(operation) => Standing::Held(HeldReason::Forked),
            None => Standing::Waiting {
                missing: self.missing(std::slice::from_ref(operation)),
            },
        }
    }

    /// Every stored rights entry with its standing, by id.
    pub fn operations(&self) -> impl Iterator<Item = (&EntryId, Standing)> {
        self.stored.keys().map(|id| (id, self.stands(id)))
    }

    /// The operation of a stored entry; the one that the root signed if it did. `None` if
    /// unknown or malformed.
    pub fn operation(&self, id: &EntryId) -> Option<&Operation> {
        self.stored.get(id)?.operation.as_ref().ok()
    }

    /// Whether the author of one operation knew of another; not while either waits.
    pub fn knew(&self, later: &EntryId, earlier: &EntryId) -> bool {
        let places = self.graph.place(earlier).zip(self.graph.place(later));
        places.is_some_and(|(earlier, later)| self.graph.in_past(earlier, later))
    }

    /// Items hidden by standing erasures, each with the first erasure.
    pub fn erased(&self) -> impl Iterator<Item = (&ItemId, &EntryId)> {
        self.evaluation.erased()
    }

    /// Keeps an entry without judging; the flag says that it shows a fork.
    fn store(&mut self, entry: &Entry, writer: Writer) -> Option<(Arc<Stored>, bool)> {
        let fits = entry.header.kind == EntryKind::Rights && entry.header.space == self.space;
        if !fits || self.stored.contains_key(&entry.id) {
            return None;
        }
        let site = *self
            .sites
            .entry(writer.node)
            .or_insert_with(|| PersonId::of_site(&writer.node));
        let stored = Arc::new(Stored::read(entry, writer, site)?);
        let place = (stored.log, stored.seq);
        let forked = *self.places.entry(place).or_insert(stored.id) != stored.id;
        if forked {
            self.forks
                .state(stored.log, &[(stored.seq, stored.id, stored.prev)]);
        }
        self.stored.insert(stored.id, stored.clone());
        Some((stored, forked))
    }

    fn rebuild(&mut self) {
        self.graph = Graph::build(&self.stored, &self.forks);
        self.waiting.clear();
        let all_placed = self.graph.len() as usize == self.stored.len();
        for (id, stored) in self.stored.iter().filter(|_| !all_placed) {
            if self.graph.place(id).is_some() || self.graph.is_tangled(id) {
                continue;
            }
            if let Some(lacking) = self.graph.lacks(stored) {
                self.waiting
                    .entry(lacking)
                    .or_default()
                    .push(stored.clone());
            }
        }
        self.evaluation = Evaluation::of(&self.graph, &self.space);
        self.heads = self.cited(self.evaluation.heads(&self.graph));
        self.members = Members::of(&self.evaluation, &self.graph);
        self.settle_admissions();
    }

    /// Brings heads and members up to the last operation of the graph.
    fn refresh_last(&mut self) {
        let last = self.graph.last();
        if !self.evaluation.counts(last) {
            return;
        }
        if self.heads.len() < RIGHTS_HEADS_MAX {
            let graph = &self.graph;
            let followed = |head: &EntryId| {
                graph
                    .place(head)
                    .is_some_and(|place| graph.in_past(place, last))
            };
            let mut heads: Vec<_> = self
                .heads
                .iter()
                .filter(|head| !followed(head))
                .copied()
                .collect();
            heads.push(graph.op(last).id);
            heads.sort();
            self.heads = heads;
        } else {
            self.heads = self.cited(self.evaluation.heads(&self.graph));
        }
        self.members.refresh(&self.evaluation, &self.graph, last);
    }

    /// Of too many heads the latest: a join gathers the rest in its turn.
    fn cited(&self, mut heads: Vec<u32>) -> Vec<EntryId> {
        if heads.len() > RIGHTS_HEADS_MAX {
            heads.sort_by_key(|place| std::cmp::Reverse(self.graph.key(*place)));
            heads.truncate(RIGHTS_HEADS_MAX);
        }
        let mut heads: Vec<_> = heads
            .into_iter()
            .map(|place| self.graph.op(place).id)
            .collect();
        heads.sort();
        heads
    }

    /// What is not stored here of that on which these operations rest.
    fn missing(&self, cited: &[EntryId]) -> Vec<EntryId> {
        let mut missing = std::collections::BTreeSet::new();
        let mut seen = std::collections::BTreeSet::new();
        let mut open = cited.to_vec();
        while let Some(id) = open.pop() {
            if self.graph.place(&id).is_some() || !seen.insert(id) {
                continue;
            }
            match self.stored.get(&id) {
                Some(stored) => open.extend(&stored.heads),
                None => {
                    missing.insert(id);
                }
            }
        }
        missing.into_iter().collect()
    }
}

#[cfg(test)]
mod tests;
