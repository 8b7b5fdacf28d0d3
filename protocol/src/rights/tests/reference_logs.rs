//! What the second reading knows of logs: what stands before an entry on its own branch, what lies
//! above a fork, which branches their site took up, and what a new life has to know.

use std::collections::{BTreeMap, BTreeSet};

use super::super::*;
use super::reference::{Op, Reference};
use super::world::{PersonId, World};
use crate::entry::Header;

#[derive(Default)]
pub(super) struct Logs {
    /// Log, place and predecessor of every entry of any kind.
    entries: BTreeMap<EntryId, (LogId, u64, EntryId)>,
    /// The lowest place that a log has twice.
    forks: BTreeMap<LogId, u64>,
    /// Entries that a site took up into its next log, by the site.
    adopted: BTreeSet<(NodeId, EntryId)>,
}

impl Logs {
    pub(super) fn of(world: &World) -> Self {
        let mut logs = Self::default();
        let mut places: BTreeSet<(LogId, u64)> = BTreeSet::new();
        for (entry, _) in &world.entries {
            let Header { log, seq, prev, .. } = entry.header;
            logs.entries.insert(entry.id, (log, seq, prev));
            if !places.insert((log, seq)) {
                let at = logs.forks.entry(log).or_insert(seq);
                *at = seq.min(*at);
            }
        }
        for (entry, writer) in &world.entries {
            let payload = entry.payload.as_ref().expect("the test keeps payloads");
            if entry.header.kind != EntryKind::Rights
                || entry.header.author != PersonId::of_site(&writer.node)
            {
                continue;
            }
            if let Ok(Operation::Adopt { log, heads }) = Operation::decode(payload)
                && log != entry.header.log
            {
                let taken = heads.iter().flat_map(|head| logs.way_to(&log, *head));
                let taken: Vec<_> = taken.map(|id| (writer.node, id)).collect();
                logs.adopted.extend(taken);
            }
        }
        logs
    }

    /// An entry of a log and all that stands before it on its branch.
    pub(super) fn way_to(&self, log: &LogId, end: EntryId) -> Vec<EntryId> {
        let mut way = Vec::new();
        let mut next = end;
        while let Some((of, _, prev)) = self.entries.get(&next)
            && of == log
        {
            way.push(next);
            next = *prev;
        }
        way
    }

    /// All entries before one in its log, on its branch.
    pub(super) fn before(&self, header: &Header) -> Vec<EntryId> {
        self.way_to(&header.log, header.prev)
    }

    /// Whether an entry lies above a fork that its site did not take up.
    pub(super) fn is_forked(&self, header: &Header, node: &NodeId, id: &EntryId) -> bool {
        let above = |from: &u64| header.seq >= *from;
        self.forks.get(&header.log).is_some_and(above) && !self.adopted.contains(&(*node, *id))
    }

    fn is_below_fork(&self, header: &Header) -> bool {
        self.forks
            .get(&header.log)
            .is_none_or(|from| header.seq < *from)
    }
}

impl Reference {
    /// Whether the site wrote an operation in an earlier life, below any fork, of which this one does
    /// not know.
    pub(super) fn forgets_earlier_lives(&self, op: &Op) -> bool {
        self.ops.iter().any(|(id, earlier)| {
            earlier.node == op.node
                && earlier.life < op.life
                && self.logs.is_below_fork(&earlier.header)
                && !op.past.contains(id)
        })
    }
}
