//! A disk in memory that knows only what was committed: what a crash leaves behind.

use std::collections::{BTreeMap, BTreeSet};

use bocage_crdt::ids::{EntryId, LogId, SpaceId};
use bocage_protocol::certificate::NodeCertificate;
use bocage_protocol::entry::{Entry, Header, LogHead};
use bocage_protocol::log::LogState;
use bocage_protocol::machine::{LogReader, Place, StoredEntry};

#[derive(Clone)]
pub(crate) struct DiskLog {
    pub(crate) state: LogState,
    pub(crate) main: BTreeMap<u64, Row>,
    pub(crate) branches: BTreeMap<EntryId, Row>,
}

#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) head: LogHead,
    pub(crate) prev: EntryId,
    pub(crate) stored: StoredEntry,
}

#[derive(Clone, Default)]
pub(crate) struct Disk {
    pub(crate) certificates: BTreeMap<[u8; 32], NodeCertificate>,
    pub(crate) spaces: BTreeMap<SpaceId, BTreeMap<LogId, DiskLog>>,
}

impl Row {
    fn of(entry: &Entry) -> Self {
        Self {
            head: entry.head(),
            prev: entry.header.prev,
            stored: StoredEntry {
                bytes: entry.bytes.clone(),
                signature: entry.signature,
                payload: entry.payload.clone(),
            },
        }
    }
}

impl Disk {
    /// One Store effect, as the node's shell has to write it.
    pub(crate) fn store(
        &mut self,
        space: &SpaceId,
        log: &LogId,
        mut state: LogState,
        place: Place,
        entries: &[Entry],
        own: bool,
    ) {
        let logs = self.spaces.entry(*space).or_default();
        let disk_log = logs.entry(*log).or_insert_with(|| DiskLog {
            state: state.clone(),
            main: BTreeMap::new(),
            branches: BTreeMap::new(),
        });
        if own && disk_log.state.reach() > state.reach() {
            state.head = disk_log.state.head;
        }
        disk_log.state = state;
        for entry in entries {
            let row = Row::of(entry);
            match place {
                Place::Main => disk_log.main.insert(entry.header.seq, row),
                Place::Branch => disk_log.branches.insert(entry.id, row),
            };
        }
    }

    /// Entries written here.
    pub(crate) fn append_own(&mut self, space: &SpaceId, state: LogState, entries: &[Entry]) {
        let log = state.id(space);
        let logs = self.spaces.entry(*space).or_default();
        let disk_log = logs.entry(log).or_insert_with(|| DiskLog {
            state,
            main: BTreeMap::new(),
            branches: BTreeMap::new(),
        });
        assert!(disk_log.state.append_own(entries), "own entries follow");
        for entry in entries {
            disk_log.main.insert(entry.header.seq, Row::of(entry));
        }
    }

    pub(crate) fn log(&self, space: &SpaceId, log: &LogId) -> Option<&DiskLog> {
        self.spaces.get(space)?.get(log)
    }

    /// All entries of a space that are in doubt of nothing but rights: ids by log.
    pub(crate) fn ids(&self, space: &SpaceId) -> BTreeMap<LogId, BTreeSet<EntryId>> {
        self.ids_with(space, true)
    }

    /// The same without what lies above a gap: that was acknowledged to nobody, and gives way when
    /// another branch of its log closes the gap.
    pub(crate) fn settled_ids(&self, space: &SpaceId) -> BTreeMap<LogId, BTreeSet<EntryId>> {
        self.ids_with(space, false)
    }

    fn ids_with(&self, space: &SpaceId, runs: bool) -> BTreeMap<LogId, BTreeSet<EntryId>> {
        let mut all = BTreeMap::new();
        for (id, log) in self.spaces.get(space).into_iter().flatten() {
            let reach = log.state.reach();
            let in_runs = |seq: u64| {
                let mut runs = log.state.above.iter();
                runs.any(|run| run.from <= seq && seq <= run.head.seq)
            };
            let mut ids: BTreeSet<EntryId> = log
                .main
                .iter()
                .filter(|(seq, _)| **seq <= reach || (runs && in_runs(**seq)))
                .map(|(_, row)| row.head.id)
                .collect();
            if let Some(fork) = &log.state.fork {
                for tip in &fork.tips {
                    ids.extend(self.chain(log, &tip.id, 1).iter().map(|row| row.head.id));
                }
            }
            if !ids.is_empty() {
                all.insert(*id, ids);
            }
        }
        all
    }

    /// The chain that ends in `tip`, down to place `from`, oldest first.
    fn chain(&self, log: &DiskLog, tip: &EntryId, from: u64) -> Vec<Row> {
        let mut chain = Vec::new();
        let mut next = *tip;
        while let Some(row) = find(log, &next) {
            if row.head.seq < from {
                break;
            }
            next = row.prev;
            chain.push(row.clone());
        }
        chain.reverse();
        chain
    }
}

fn find<'a>(log: &'a DiskLog, id: &EntryId) -> Option<&'a Row> {
    // Rows above the head are of runs: they may be of another branch, or abandoned.
    let reach = log.state.reach();
    let mut main = log.main.range(..=reach).map(|(_, row)| row);
    let main = || main.find(|row| row.head.id == *id);
    log.branches.get(id).or_else(main)
}

fn budget(rows: impl Iterator<Item = StoredEntry>, bytes_max: usize) -> Vec<StoredEntry> {
    let mut bytes = 0;
    let mut taken = Vec::new();
    for row in rows {
        if bytes >= bytes_max && !taken.is_empty() {
            break;
        }
        bytes += row.bytes.len() + row.payload.as_ref().map_or(0, Vec::len);
        debug_assert!(Header::decode(&row.bytes).is_ok());
        taken.push(row);
    }
    taken
}

impl LogReader for Disk {
    fn certificates(&self) -> Vec<NodeCertificate> {
        self.certificates.values().cloned().collect()
    }

    fn logs(&self, space: &SpaceId) -> Vec<LogState> {
        let logs = self.spaces.get(space).into_iter().flatten();
        logs.map(|(_, log)| log.state.clone()).collect()
    }

    fn entries(
        &self,
        space: &SpaceId,
        log: &LogId,
        from_seq: u64,
        bytes_max: usize,
    ) -> Vec<StoredEntry> {
        let Some(log) = self.log(space, log) else {
            return Vec::new();
        };
        let rows = log.main.range(from_seq..);
        let contiguous = rows
            .zip(from_seq..)
            .take_while(|((seq, _), expected)| *seq == expected)
            .map(|((_, row), _)| row.stored.clone());
        budget(contiguous, bytes_max)
    }

    fn branch(
        &self,
        space: &SpaceId,
        log: &LogId,
        tip: &EntryId,
        from_seq: u64,
        bytes_max: usize,
    ) -> Vec<StoredEntry> {
        let Some(log) = self.log(space, log) else {
            return Vec::new();
        };
        let chain = self.chain(log, tip, from_seq);
        budget(chain.into_iter().map(|row| row.stored), bytes_max)
    }

    fn find(&self, space: &SpaceId, log: &LogId, id: &EntryId) -> Option<LogHead> {
        find(self.log(space, log)?, id).map(|row| row.head)
    }
}
