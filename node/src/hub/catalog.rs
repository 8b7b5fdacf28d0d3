//! Which spaces and logs lie on this disk, under which short numbers. The exchange reads the disk
//! through here.

use std::collections::BTreeMap;
use std::sync::Arc;

use bocage_crdt::ids::{EntryId, LogId, NodeId, SpaceId, WriterKey};
use bocage_protocol::certificate::NodeCertificate;
use bocage_protocol::entry::{Entry, LogHead};
use bocage_protocol::log::LogState;
use bocage_protocol::machine::{LogReader, StoredEntry};
use bocage_protocol::rights::Writer;

use crate::store::{
    EntryPlace, LogNumber, LogRow, LogStore, OTHER_BRANCHES, SpaceNumber, StoreError, StoreWrite,
};

/// A log with its number.
#[derive(Debug, Clone)]
pub(crate) struct KnownLog {
    pub number: LogNumber,
    pub log: LogId,
    pub state: LogState,
    /// Of our own log: the last entry that is durable. `state` is ahead of it while the disk works.
    pub durable: Option<LogHead>,
    /// How many entries of other branches are here.
    pub branches: u64,
}

impl KnownLog {
    /// Where entries of the log lie that can be judged: numbers as in places, and up to where.
    pub(super) fn runs(&self) -> [(LogNumber, u64); 2] {
        [
            (self.number, self.state.reach()),
            (self.number | OTHER_BRANCHES, self.branches),
        ]
    }

    /// Whether the main line has this place; above a gap that a fork took away, rows are left.
    fn reaches(&self, seq: u64) -> bool {
        let above = |run: &bocage_protocol::log::Run| (run.from..=run.head.seq).contains(&seq);
        seq <= self.state.reach() || self.state.above.iter().any(above)
    }
}

/// Numbers of spaces and logs, and the durable state of each log.
pub(crate) struct Catalog {
    store: Arc<LogStore>,
    /// Our current writer key.
    pub writer: WriterKey,
    /// That of the life before, while entries signed with it are on their way to the disk.
    pub former: Option<WriterKey>,
    /// A log that we write now ends with an entry that cannot be read.
    cut_short: bool,
    spaces: BTreeMap<SpaceId, SpaceNumber>,
    space_ids: BTreeMap<SpaceNumber, SpaceId>,
    logs: BTreeMap<SpaceId, Vec<KnownLog>>,
    log_places: BTreeMap<LogId, (SpaceId, usize)>,
    log_ids: BTreeMap<LogNumber, LogId>,
    certificates: BTreeMap<NodeId, NodeCertificate>,
    next_space: SpaceNumber,
    next_log: LogNumber,
}

impl Catalog {
    /// Reads what the store holds. `writer` is this site's current key: its logs' heads are read
    /// from their last entries.
    pub(super) fn load(
        store: Arc<LogStore>,
        spaces: Vec<(SpaceNumber, SpaceId)>,
        logs: Vec<(LogNumber, LogRow)>,
        certificates: Vec<NodeCertificate>,
        me: &NodeId,
        writer: &WriterKey,
    ) -> Result<Self, StoreError> {
        let mut catalog = Self {
            store,
            writer: *writer,
            former: None,
            cut_short: false,
            spaces: BTreeMap::new(),
            space_ids: BTreeMap::new(),
            logs: BTreeMap::new(),
            log_places: BTreeMap::new(),
            log_ids: BTreeMap::new(),
            certificates: certificates
                .into_iter()
                .map(|row| (row.node, row))
                .collect(),
            next_space: 1,
            next_log: 1,
        };
        for (number, space) in spaces {
            catalog.spaces.insert(space, number);
            catalog.space_ids.insert(number, space);
            catalog.next_space = catalog.next_space.max(number + 1);
        }
        for (number, mut row) in logs {
            let unread =
                row.state.node == *me && row.state.head.is_none() && row.state.above.is_empty();
            if row.state.writer == *writer || unread {
                let end = catalog.store.last_entry(number)?;
                // The row knows the end if damage was found there while the site ran.
                let known = row.state.head.filter(|head| end.damaged == Some(head.seq));
                if known.is_none() {
                    row.state.end_at(end.entry.map(|entry| entry.head()));
                    catalog.cut_short |= end.damaged.is_some() && row.state.writer == *writer;
                }
            }
            let Some(space) = catalog.space_ids.get(&row.space).copied() else {
                continue;
            };
            let branches = match row.state.fork {
                Some(_) => catalog.store.last_seq(number | OTHER_BRANCHES)?,
                None => None,
            };
            catalog.insert_log(
                space,
                KnownLog {
                    number,
                    log: row.log,
                    durable: row.state.head,
                    branches: branches.unwrap_or(0),
                    state: row.state,
                },
            );
            catalog.next_log = catalog.next_log.max(number + 1);
        }
        Ok(catalog)
    }

    /// Whether a log that we write now ends with an entry that cannot be read: what followed would be
    /// another history of it, should another site have that entry.
    pub(super) fn is_cut_short(&self) -> bool {
        self.cut_short
    }

    /// Writes that keep the heads of our own logs in their rows: under another writer key they would
    /// not be read from their last entries.
    pub(super) fn keep_own_heads(&mut self, me: &NodeId, writes: &mut Vec<StoreWrite>) {
        let logs = self.logs.iter();
        let own: Vec<(SpaceId, LogId, LogState)> = logs
            .flat_map(|(space, logs)| logs.iter().map(|known| (*space, known)))
            .filter(|(_, known)| known.state.node == *me)
            .map(|(space, known)| (space, known.log, known.state.clone()))
            .collect();
        for (space, log, state) in own {
            self.set_state(space, log, state, writes);
        }
    }

    fn insert_log(&mut self, space: SpaceId, log: KnownLog) {
        let logs = self.logs.entry(space).or_default();
        self.log_places.insert(log.log, (space, logs.len()));
        self.log_ids.insert(log.number, log.log);
        logs.push(log);
    }

    /// The spaces here.
    pub(super) fn spaces(&self) -> impl Iterator<Item = (SpaceId, SpaceNumber)> + '_ {
        self.spaces.iter().map(|(space, number)| (*space, *number))
    }

    pub(super) fn space_number(&self, space: &SpaceId) -> Option<SpaceNumber> {
        self.spaces.get(space).copied()
    }

    /// The number of a space; a new one comes with the write that keeps it.
    pub(super) fn add_space(
        &mut self,
        space: SpaceId,
        writes: &mut Vec<StoreWrite>,
    ) -> SpaceNumber {
        if let Some(number) = self.spaces.get(&space) {
            return *number;
        }
        let number = self.next_space;
        self.next_space += 1;
        self.spaces.insert(space, number);
        self.space_ids.insert(number, space);
        writes.push(StoreWrite::Space(number, space));
        number
    }

    /// The logs of a space.
    pub(super) fn logs_of(&self, space: &SpaceId) -> &[KnownLog] {
        self.logs.get(space).map_or(&[], Vec::as_slice)
    }

    /// Whether a site wrote two histories of one log of the space.
    pub(super) fn has_fork(&self, space: &SpaceId) -> bool {
        let mut logs = self.logs_of(space).iter();
        logs.any(|known| known.state.fork.is_some())
    }

    pub(super) fn log(&self, log: &LogId) -> Option<&KnownLog> {
        let (space, index) = self.log_places.get(log)?;
        self.logs.get(space)?.get(*index)
    }

    /// The space of a log.
    pub(super) fn space_of(&self, log: &LogId) -> Option<SpaceId> {
        self.log_places.get(log).map(|(space, _)| *space)
    }

    /// The log of a place, on the main line or another branch.
    pub(super) fn log_by_number(&self, number: LogNumber) -> Option<&KnownLog> {
        self.log(self.log_ids.get(&(number & !OTHER_BRANCHES))?)
    }

    /// A place for one more entry of another branch.
    pub(super) fn add_branch(&mut self, log: &LogId) -> Option<EntryPlace> {
        let (space, index) = self.log_places.get(log)?;
        let known = self.logs.get_mut(space)?.get_mut(*index)?;
        known.branches += 1;
        Some(EntryPlace {
            log: known.number | OTHER_BRANCHES,
            seq: known.branches,
        })
    }

    /// Whose log it is, and of which life of the site.
    pub(super) fn writer_of(&self, number: LogNumber) -> Writer {
        let Some(known) = self.log_by_number(number) else {
            return Writer {
                node: NodeId::default(),
                life: 0,
            };
        };
        let node = known.state.node;
        let certificate = self.certificates.get(&node);
        let life = certificate.and_then(|certificate| certificate.life(&known.state.writer));
        // The exchange stores no log whose key its site's certificate does not name.
        Writer {
            node,
            life: life.unwrap_or(0) as u32,
        }
    }

    /// Records a log's state, with the write that keeps it.
    pub(super) fn set_state(
        &mut self,
        space: SpaceId,
        log: LogId,
        mut state: LogState,
        writes: &mut Vec<StoreWrite>,
    ) -> LogNumber {
        let own = state.writer == self.writer || Some(state.writer) == self.former;
        let space_number = self.add_space(space, writes);
        let number = match self.log_places.get(&log).copied() {
            Some((space, index)) => {
                let known = self
                    .logs
                    .get_mut(&space)
                    .and_then(|logs| logs.get_mut(index));
                let known = known.expect("log_places points into logs: both are set together");
                if own && known.state.reach() > state.reach() {
                    // The exchange has not heard yet of what is on its way to the disk.
                    state.head = known.state.head;
                }
                known.state = state.clone();
                known.number
            }
            None => {
                let number = self.next_log;
                self.next_log += 1;
                self.insert_log(
                    space,
                    KnownLog {
                        number,
                        log,
                        durable: None,
                        branches: 0,
                        state: state.clone(),
                    },
                );
                number
            }
        };
        writes.push(StoreWrite::Log(
            number,
            LogRow {
                space: space_number,
                log,
                state,
            },
        ));
        number
    }

    /// Moves the head of our own log: its row stays, the entries tell.
    pub(super) fn set_head(&mut self, log: &LogId, head: LogHead) {
        if let Some((space, index)) = self.log_places.get(log)
            && let Some(known) = self
                .logs
                .get_mut(space)
                .and_then(|logs| logs.get_mut(*index))
        {
            known.state.head = Some(head);
        }
    }

    /// Our own log is durable up to here.
    pub(super) fn set_durable(&mut self, log: &LogId, head: LogHead) {
        if let Some((space, index)) = self.log_places.get(log)
            && let Some(known) = self
                .logs
                .get_mut(space)
                .and_then(|logs| logs.get_mut(*index))
        {
            known.durable = Some(head);
        }
    }

    /// The writer keys of a site, as they are known here.
    pub(super) fn certificate(&self, node: &NodeId) -> Option<&NodeCertificate> {
        self.certificates.get(node)
    }

    /// Keeps a certificate. The answer: spaces with a log that is of another life now.
    pub(super) fn set_certificate(&mut self, certificate: NodeCertificate) -> Vec<SpaceId> {
        let node = certificate.node;
        let before = self.certificates.insert(node, certificate.clone());
        let moved = |known: &KnownLog| {
            let writer = &known.state.writer;
            let life = before.as_ref().and_then(|before| before.life(writer));
            known.state.node == node && life != certificate.life(writer)
        };
        self.logs
            .iter()
            .filter(|(_, logs)| logs.iter().any(moved))
            .map(|(space, _)| *space)
            .collect()
    }
}

fn stored(entry: Entry) -> StoredEntry {
    StoredEntry {
        bytes: entry.bytes,
        signature: entry.signature,
        payload: entry.payload,
    }
}

impl LogReader for Catalog {
    fn certificates(&self) -> Vec<NodeCertificate> {
        self.certificates.values().cloned().collect()
    }

    fn logs(&self, space: &SpaceId) -> Vec<LogState> {
        self.logs_of(space)
            .iter()
            .map(|known| {
                let mut state = known.state.clone();
                if state.writer == self.writer || Some(state.writer) == self.former {
                    // What is not durable yet is told by `LocalEntries` when it is.
                    state.head = known.durable;
                }
                state
            })
            .collect()
    }

    fn entries(
        &self,
        _space: &SpaceId,
        log: &LogId,
        from_seq: u64,
        bytes_max: usize,
    ) -> Vec<StoredEntry> {
        let Some(known) = self.log(log) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        let (mut next, mut bytes) = (from_seq, 0);
        let read = self.store.scan(known.number, from_seq, |entry| {
            if entry.header.seq != next {
                return false;
            }
            next += 1;
            bytes += entry.bytes.len() + 64 + entry.payload.as_ref().map_or(0, Vec::len);
            found.push(stored(entry));
            bytes < bytes_max
        });
        if let Err(error) = read {
            // Damage is never spread: what was read before it is whole and is served.
            tracing::error!("{error}");
        }
        found
    }

    fn branch(
        &self,
        _space: &SpaceId,
        log: &LogId,
        tip: &EntryId,
        from_seq: u64,
        bytes_max: usize,
    ) -> Vec<StoredEntry> {
        let Some(known) = self.log(log) else {
            return Vec::new();
        };
        let branches = self.store.branches(known.number).unwrap_or_else(|error| {
            tracing::error!("{error}");
            Vec::new()
        });
        let branches: BTreeMap<EntryId, Entry> = branches
            .into_iter()
            .map(|entry| (entry.id, entry))
            .collect();
        let mut chain = Vec::new();
        let mut wanted = *tip;
        // Walks backwards from the tip: through the branch first, then through the main run.
        let mut main_seq = None;
        while let Some(entry) = branches.get(&wanted) {
            main_seq = Some(entry.header.seq.saturating_sub(1));
            wanted = entry.header.prev;
            if entry.header.seq < from_seq {
                break;
            }
            chain.push(entry.clone());
        }
        let mut whole = Vec::new();
        let until = main_seq.or_else(|| self.find_main(known, tip));
        if let Some(until) = until.filter(|until| *until >= from_seq) {
            let read = self.store.scan(known.number, from_seq, |entry| {
                let go_on = entry.header.seq < until;
                if entry.header.seq <= until {
                    whole.push(entry);
                }
                go_on
            });
            if let Err(error) = read {
                tracing::error!("{error}");
                return Vec::new();
            }
        }
        whole.extend(chain.into_iter().rev());
        let mut bytes = 0;
        let cut = whole.iter().position(|entry| {
            bytes += entry.bytes.len() + 64 + entry.payload.as_ref().map_or(0, Vec::len);
            bytes >= bytes_max
        });
        whole.truncate(cut.map_or(usize::MAX, |at| at + 1));
        whole.into_iter().map(stored).collect()
    }

    fn find(&self, _space: &SpaceId, log: &LogId, id: &EntryId) -> Option<LogHead> {
        let known = self.log(log)?;
        let mut found = None;
        let read = self.store.scan(known.number, 1, |entry| {
            if entry.id == *id && known.reaches(entry.header.seq) {
                found = Some(entry.head());
            }
            found.is_none()
        });
        if let Err(error) = read {
            tracing::error!("{error}");
        }
        found.or_else(|| {
            let branches = self.store.branches(known.number).ok()?;
            branches
                .iter()
                .find(|entry| entry.id == *id)
                .map(Entry::head)
        })
    }
}

impl Catalog {
    fn find_main(&self, known: &KnownLog, tip: &EntryId) -> Option<u64> {
        let mut found = None;
        let read = self.store.scan(known.number, 1, |entry| {
            if entry.id == *tip && known.reaches(entry.header.seq) {
                found = Some(entry.header.seq);
            }
            found.is_none()
        });
        if let Err(error) = read {
            tracing::error!("{error}");
        }
        found
    }
}
