//! A few sites that write and exchange entries of one space. Signatures are left out: rights are
//! judged after them.

use std::collections::{BTreeMap, BTreeSet};

use bocage_crdt::ids::{CommandId, ItemId, WriterKey, derive};

use super::super::*;
use crate::entry::{Header, payload_hash};
use crate::limits::PROTOCOL_VERSION;

pub(super) fn id<const N: usize>(name: &str) -> [u8; N] {
    let name: [u8; 32] = blake3::hash(name.as_bytes()).into();
    derive("bocage test name", &[&name])
}

pub(super) fn node(name: &str) -> NodeId {
    NodeId(id(name))
}

pub(super) fn person(name: &str) -> PersonId {
    PersonId(id(name))
}

pub(super) use bocage_crdt::ids::PersonId;

/// One log-keeping site with what it stores.
pub(super) struct Site {
    pub(super) writer: Writer,
    pub(super) log: LogId,
    pub(super) seq: u64,
    prev: EntryId,
    pub(super) rights: Rights,
    pub(super) stored: BTreeSet<usize>,
}

/// All entries ever written, in the order of writing, and who stores which.
pub(super) struct World {
    pub(super) space: SpaceId,
    pub(super) sites: Vec<Site>,
    pub(super) entries: Vec<(Entry, Writer)>,
    commands: u64,
    /// What the changes of content entries rest on directly.
    pub(super) rests: BTreeMap<EntryId, Vec<EntryId>>,
}

pub(super) const FOUNDER: &str = "founder";

impl World {
    /// A team space founded at the first site by `founder`; the others host nothing yet.
    pub(super) fn found(sites: &[&str], founder: &PersonId) -> Self {
        let first = node(sites[0]);
        let command = CommandId(id(FOUNDER));
        let root = Some(super::orders::root());
        let (space, operation) =
            Operation::found(SpaceKind::Team, [9; 32], root, &first, founder, &command);
        let mut world = Self::empty(space, sites);
        world.put(0, *founder, command, Vec::new(), &operation);
        world
    }

    pub(super) fn empty(space: SpaceId, sites: &[&str]) -> Self {
        let sites = sites
            .iter()
            .map(|name| Site {
                writer: Writer {
                    node: node(name),
                    life: 0,
                },
                log: LogId::of(&WriterKey(id(name)), &space),
                seq: 0,
                prev: EntryId::default(),
                rights: Rights::new(space),
                stored: BTreeSet::new(),
            })
            .collect();
        Self {
            space,
            sites,
            entries: Vec::new(),
            commands: 0,
            rests: BTreeMap::new(),
        }
    }

    pub(super) fn command(&mut self) -> CommandId {
        self.commands += 1;
        CommandId(id(&format!("command {}", self.commands)))
    }

    /// Writes an operation at a site, citing what is given or else what the site should cite.
    pub(super) fn operate(
        &mut self,
        site: usize,
        author: PersonId,
        heads: Option<Vec<EntryId>>,
        operation: &Operation,
    ) -> EntryId {
        let command = self.command();
        self.operate_as(site, author, command, heads, operation)
    }

    pub(super) fn operate_as(
        &mut self,
        site: usize,
        author: PersonId,
        command: CommandId,
        heads: Option<Vec<EntryId>>,
        operation: &Operation,
    ) -> EntryId {
        let here = &self.sites[site];
        let heads = heads.unwrap_or_else(|| here.rights.heads_of(&here.writer));
        self.put(site, author, command, heads, operation)
    }

    pub(super) fn put(
        &mut self,
        site: usize,
        author: PersonId,
        command: CommandId,
        heads: Vec<EntryId>,
        operation: &Operation,
    ) -> EntryId {
        self.append(
            site,
            author,
            command,
            heads,
            EntryKind::Rights,
            operation.encode(),
        )
    }

    /// Writes a content entry.
    pub(super) fn say(
        &mut self,
        site: usize,
        author: PersonId,
        heads: Option<Vec<EntryId>>,
    ) -> EntryId {
        let heads = heads.unwrap_or_else(|| self.sites[site].rights.heads().to_vec());
        let command = self.command();
        self.append(site, author, command, heads, EntryKind::Record, vec![1])
    }

    /// Writes an admission of single entries, or of a range that ends at each.
    pub(super) fn admit(
        &mut self,
        site: usize,
        heads: Option<Vec<EntryId>>,
        entries: &[(u64, EntryId)],
    ) -> EntryId {
        let heads = heads.unwrap_or_else(|| self.sites[site].rights.heads().to_vec());
        let author = PersonId::of_site(&self.sites[site].writer.node);
        let range = |(first, last): &(u64, EntryId)| {
            let (entry, _) = self.entry(last);
            AdmittedRange {
                log: entry.header.log,
                first: *first,
                last: entry.header.seq,
                entry: *last,
            }
        };
        let ranges: BTreeSet<_> = entries.iter().map(range).collect();
        let payload = Admission(ranges.into_iter().collect()).encode();
        let command = self.command();
        self.append(site, author, command, heads, EntryKind::Admission, payload)
    }

    fn append(
        &mut self,
        place: usize,
        author: PersonId,
        command: CommandId,
        rights_heads: Vec<EntryId>,
        kind: EntryKind,
        payload: Vec<u8>,
    ) -> EntryId {
        let site = &mut self.sites[place];
        site.seq += 1;
        let header = Header {
            version: PROTOCOL_VERSION,
            kind,
            space: self.space,
            log: site.log,
            seq: site.seq,
            prev: site.prev,
            lamport: site.seq,
            wall_ms: 0,
            rights_heads,
            author,
            item: ItemId::root(&self.space),
            creation: None,
            command,
            origin: None,
            carried: Vec::new(),
            payload_hash: payload_hash(&payload),
            payload_length: payload.len() as u32,
        };
        let bytes = header.encode();
        let id = Header::id_of(&bytes);
        let entry = Entry {
            header,
            id,
            bytes,
            signature: [0; 64],
            payload: Some(payload),
        };
        site.prev = id;
        site.rights.insert(&entry, site.writer);
        site.stored.insert(self.entries.len());
        self.entries.push((entry, site.writer));
        id
    }

    /// Gives a site a new log, as after a restore from a backup.
    pub(super) fn restore(&mut self, place: usize) {
        let site = &mut self.sites[place];
        site.writer.life += 1;
        let key = [&site.writer.node.0[..], &[site.writer.life as u8]].concat();
        site.log = LogId::of(&WriterKey(blake3::hash(&key).into()), &self.space);
        site.seq = 0;
        site.prev = EntryId::default();
    }

    /// Makes the next entry of a site take the place of its last one: a fork.
    pub(super) fn step_back(&mut self, place: usize, to: &EntryId) {
        let (entry, _) = self.entry(to);
        let (seq, prev) = (entry.header.seq, entry.id);
        self.sites[place].seq = seq;
        self.sites[place].prev = prev;
    }

    /// Two sites exchange all that they store.
    pub(super) fn sync(&mut self, one: usize, other: usize) {
        let all: BTreeSet<_> = self.sites[one]
            .stored
            .union(&self.sites[other].stored)
            .copied()
            .collect();
        for site in [one, other] {
            let site = &mut self.sites[site];
            for place in &all {
                if site.stored.insert(*place) {
                    let (entry, writer) = &self.entries[*place];
                    site.rights.insert(entry, *writer);
                }
            }
            state_forks(&self.entries, &site.stored, &mut site.rights);
        }
    }

    pub(super) fn entry(&self, id: &EntryId) -> &(Entry, Writer) {
        self.entries
            .iter()
            .find(|(entry, _)| entry.id == *id)
            .expect("the test wrote this entry")
    }

    /// Whether what a site writes next stands above a fork of its log.
    pub(super) fn is_in_fork(&self, site: usize) -> bool {
        let mut places = BTreeSet::from([self.sites[site].seq + 1]);
        let of = |(entry, _): &&(Entry, Writer)| entry.header.log == self.sites[site].log;
        let own = self.entries.iter().filter(of);
        let mut doubled = own.filter(|(entry, _)| !places.insert(entry.header.seq));
        doubled.next().is_some()
    }

    /// A cut at the last entry that a site stores of every log.
    pub(super) fn cut_of_all(&self, site: usize) -> Cut {
        let mut last: BTreeMap<LogId, CutPoint> = BTreeMap::new();
        for place in &self.sites[site].stored {
            let (entry, _) = &self.entries[*place];
            let (log, seq) = (entry.header.log, entry.header.seq);
            let point = CutPoint {
                log,
                seq,
                entry: entry.id,
            };
            last.entry(log)
                .and_modify(|old| *old = (*old).max(point))
                .or_insert(point);
        }
        Cut::new(last.into_values().collect())
    }

    /// A cut at these entries.
    pub(super) fn cut_at(&self, entries: &[EntryId]) -> Cut {
        let point = |id: &EntryId| {
            let (entry, _) = self.entry(id);
            CutPoint {
                log: entry.header.log,
                seq: entry.header.seq,
                entry: *id,
            }
        };
        Cut::new(entries.iter().map(point).collect())
    }

    /// The standings of all entries, with contributor asked of content; content is one document,
    /// `order` says how its entries are handed over.
    pub(super) fn standings_by(&self, rights: &Rights, order: &[usize]) -> Vec<Standing> {
        let mut standings: Vec<_> = (self.entries.iter())
            .map(|(entry, writer)| {
                rights.judge(&entry.id, &entry.header, &writer.node, Role::CONTRIBUTOR)
            })
            .collect();
        let is_content = |place: &&usize| self.entries[**place].0.header.kind == EntryKind::Record;
        let content: Vec<_> = order.iter().filter(is_content).copied().collect();
        let works: Vec<_> = content
            .iter()
            .map(|place| {
                let (entry, writer) = &self.entries[*place];
                Work {
                    id: entry.id,
                    header: &entry.header,
                    node: writer.node,
                    needed: Role::CONTRIBUTOR,
                    rests_on: self.rests.get(&entry.id).map_or(&[][..], |rests| rests),
                }
            })
            .collect();
        for (place, standing) in content.iter().zip(rights.vouch(&works)) {
            standings[*place] = standing;
        }
        standings
    }

    pub(super) fn standings(&self, rights: &Rights) -> Vec<Standing> {
        let order: Vec<_> = (0..self.entries.len()).collect();
        self.standings_by(rights, &order)
    }

    /// Inserts in the given order and compares everything with the evaluation at once.
    pub(super) fn check_order(&self, order: &[usize], whole: &Rights) {
        let mut rights = Rights::new(self.space);
        for place in order {
            let (entry, writer) = &self.entries[*place];
            rights.insert(entry, *writer);
        }
        state_forks(&self.entries, &order.iter().copied().collect(), &mut rights);
        assert_eq!(rights.heads(), whole.heads(), "heads in order {order:?}");
        assert_eq!(rights.now(), whole.now(), "members in order {order:?}");
        for (place, (one, other)) in self
            .standings_by(&rights, order)
            .iter()
            .zip(self.standings(whole))
            .enumerate()
        {
            assert_eq!(*one, other, "entry {place} in order {order:?}");
        }
    }

    pub(super) fn whole(&self) -> Rights {
        let all = self.entries.iter().map(|(entry, writer)| (entry, *writer));
        let mut rights = Rights::of(self.space, all);
        let stored = (0..self.entries.len()).collect();
        state_forks(&self.entries, &stored, &mut rights);
        rights
    }
}

/// What the exchange tells of logs with two entries in one place, of whatever kind these are.
fn state_forks(entries: &[(Entry, Writer)], stored: &BTreeSet<usize>, rights: &mut Rights) {
    let mut logs: BTreeMap<LogId, Vec<(u64, EntryId, EntryId)>> = BTreeMap::new();
    for place in stored {
        let (entry, _) = &entries[*place];
        let line = logs.entry(entry.header.log).or_default();
        line.push((entry.header.seq, entry.id, entry.header.prev));
    }
    for (log, mut line) in logs {
        line.sort_unstable();
        let doubled = line.windows(2).find(|pair| pair[0].0 == pair[1].0);
        if let Some(from) = doubled.map(|pair| pair[0].0) {
            line.retain(|(seq, ..)| *seq >= from);
            rights.fork(log, &line);
        }
    }
}

/// A small generator of numbers: the tests need repeatable choices, not good ones.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self, sides: usize) -> usize {
        // xorshift64* (Vigna, 2014).
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % sides
    }

    pub(super) fn shuffled(&mut self, length: usize) -> Vec<usize> {
        let mut order: Vec<_> = (0..length).collect();
        for end in (1..length).rev() {
            order.swap(end, self.roll(end + 1));
        }
        order
    }
}
