//! What a simulated site makes of what it stores, as the node's hub does: rights, and from these
//! the hosts that its machine is told; the admissions of a sponsor; end dates by its own clock.

use std::collections::{BTreeMap, BTreeSet};

use bocage_crdt::ids::{CommandId, EntryId, LogId, NodeId, PersonId, SpaceId};
use bocage_protocol::entry::{Entry, EntryKind, Header};
use bocage_protocol::limits::ADMITTED_RANGES_MAX;
use bocage_protocol::machine::{Event, StoredEntry};
use bocage_protocol::rights::{
    Admission, AdmittedRange, Guest, HeldReason, Operation, Rights, Role, Standing, Writer,
};

use crate::disk::{Disk, DiskLog};
use crate::site::{Draft, Site};
use crate::world::{Happening, World};

/// Between two looks at what guests wrote.
const LOOK_EVERY_MS: u64 = 200;
/// What a sponsor leaves to each sponsor before it.
const NEXT_SPONSOR_MS: u64 = 2_000;
/// Entries of a guest that do not count: beyond, the space is not exchanged with it until half of
/// them do. Far fewer than in the node, so that runs meet it.
pub(crate) const GUEST_UNADMITTED_MAX: usize = 100;
/// First byte of a payload that no gate lets pass.
pub(crate) const BAD_PAYLOAD: u8 = 0xFF;
/// When the worlds begin, on the clock of a site that has the right time.
pub(crate) const BEGIN_MS: u64 = 1_795_000_000_000;

#[derive(Default)]
pub(crate) struct Mind {
    pub(crate) rights: BTreeMap<SpaceId, Rights>,
    /// Content and admissions, by id.
    pub(crate) known: BTreeMap<SpaceId, BTreeMap<EntryId, (Entry, NodeId)>>,
    /// Whom a ticket or an offer named as hosts, until the space itself says it. On disk.
    pub(crate) provisional: BTreeMap<SpaceId, BTreeSet<NodeId>>,
    /// Guests with which a space is not exchanged for now.
    paused: BTreeSet<(SpaceId, NodeId)>,
    /// Since when an entry is here, in this life of the site.
    seen_ms: BTreeMap<EntryId, u64>,
    look_due: bool,
}

impl Mind {
    fn take(&mut self, space: &SpaceId, entry: &Entry, writer: Writer) {
        let rights = (self.rights.entry(*space)).or_insert_with(|| Rights::new(*space));
        rights.insert(entry, writer);
        if entry.header.kind != EntryKind::Rights {
            let known = self.known.entry(*space).or_default();
            known.insert(entry.id, (entry.clone(), writer.node));
        }
    }

    /// Hosts and guests that this site knows of, the clock and all left aside.
    fn hosts(&self, space: &SpaceId, me: &NodeId) -> BTreeSet<NodeId> {
        let now = self.rights.get(space).map(Rights::now);
        let known = now.into_iter();
        let mut hosts: BTreeSet<NodeId> = known
            .flat_map(|now| now.hosts.keys().chain(now.guests.keys()))
            .copied()
            .collect();
        if !hosts.contains(me) {
            hosts.extend(self.provisional.get(space).into_iter().flatten());
        }
        hosts
    }

    pub(crate) fn standing(&self, space: &SpaceId, entry: &Entry, node: &NodeId) -> Standing {
        let rights = &self.rights[space];
        rights.judge(&entry.id, &entry.header, node, Role::CONTRIBUTOR)
    }

    /// Content that is shown, by id.
    pub(crate) fn rows(&self, space: &SpaceId) -> BTreeSet<EntryId> {
        let known = self.known.get(space).into_iter().flatten();
        known
            .filter(|(_, (entry, _))| entry.header.kind != EntryKind::Admission)
            .filter(|(_, (entry, node))| self.standing(space, entry, node) == Standing::Counts)
            .map(|(id, _)| *id)
            .collect()
    }
}

/// Which life of which site keeps a log.
fn writer_of(site: &Site, log: &DiskLog) -> Writer {
    let node = log.state.node;
    let certificate = match node == site.id {
        true => Some(&site.certificate),
        false => site.disk.certificates.get(&node.0),
    };
    let writers = certificate.map_or(&[][..], |certificate| &certificate.writers);
    let life = writers
        .iter()
        .position(|writer| *writer == log.state.writer);
    Writer {
        node,
        life: life.expect("the certificate came before the log") as u32,
    }
}

fn read(stored: &StoredEntry) -> Entry {
    let header = Header::decode(&stored.bytes).expect("it was verified");
    Entry {
        id: Header::id_of(&stored.bytes),
        header,
        bytes: stored.bytes.clone(),
        signature: stored.signature,
        payload: stored.payload.clone(),
    }
}

/// All that a disk holds of a space.
pub(crate) fn stored(site: &Site, disk: &Disk, space: &SpaceId) -> Vec<(Entry, Writer)> {
    let ids: BTreeSet<EntryId> = disk.ids(space).into_values().flatten().collect();
    let mut all = Vec::new();
    for log in disk
        .spaces
        .get(space)
        .into_iter()
        .flat_map(BTreeMap::values)
    {
        let writer = writer_of(site, log);
        let rows = log.main.values().chain(log.branches.values());
        let rows = rows.filter(|row| ids.contains(&row.head.id));
        all.extend(rows.map(|row| (read(&row.stored), writer)));
    }
    all
}

/// The chains of a forked log, as its site states them to the rights.
pub(crate) fn links(log: &DiskLog) -> Vec<(u64, EntryId, EntryId)> {
    let Some(fork) = &log.state.fork else {
        return Vec::new();
    };
    let reach = log.state.reach();
    let main = log.main.range(fork.at..).filter(|(seq, _)| **seq <= reach);
    let rows = main.map(|(_, row)| row).chain(log.branches.values());
    rows.filter(|row| row.head.seq >= fork.at)
        .map(|row| (row.head.seq, row.head.id, row.prev))
        .collect()
}

impl World {
    /// A site's clock.
    pub(crate) fn wall_ms(&self, at: usize) -> u64 {
        let now = (BEGIN_MS + self.now_ms) as i64 + self.sites[at].skew_ms;
        now.max(0) as u64
    }

    /// Entries became durable at a site.
    pub(crate) fn learn(&mut self, at: usize, entries: &[Entry]) {
        if self.minds.is_empty() {
            return;
        }
        for entry in entries {
            let (space, log) = (entry.header.space, entry.header.log);
            let site = &self.sites[at];
            let log = site.disk.log(&space, &log).expect("it is stored");
            let writer = writer_of(site, log);
            self.minds[at].take(&space, entry, writer);
            self.minds[at].seen_ms.insert(entry.id, self.now_ms);
        }
    }

    /// What a site knows when it starts: what its disk holds.
    pub(crate) fn remember(&mut self, at: usize) {
        let Some(mind) = self.minds.get_mut(at) else {
            return;
        };
        let site = &self.sites[at];
        let provisional = std::mem::take(&mut mind.provisional);
        *mind = Mind {
            provisional,
            ..Mind::default()
        };
        for space in site.disk.spaces.keys() {
            let all = stored(site, &site.disk, space);
            let rights = Rights::of(*space, all.iter().map(|(entry, writer)| (entry, *writer)));
            mind.rights.insert(*space, rights);
            let content = all
                .into_iter()
                .filter(|(entry, _)| entry.header.kind != EntryKind::Rights);
            let content = content.map(|(entry, writer)| (entry.id, (entry, writer.node)));
            mind.known.insert(*space, content.collect());
        }
        self.state_forks(at);
        for (space, hosts) in self.hosts_to_tell(at) {
            self.sites[at].hosts.insert(space, hosts);
        }
        self.minds[at].look_due = true;
        let life = self.sites[at].lives + 1;
        self.later(LOOK_EVERY_MS, Happening::Look(at, life));
    }

    fn state_forks(&mut self, at: usize) {
        let (site, mind) = (&self.sites[at], &mut self.minds[at]);
        for (space, logs) in &site.disk.spaces {
            for (id, log) in logs.iter().filter(|(_, log)| log.state.fork.is_some()) {
                if let Some(rights) = mind.rights.get_mut(space) {
                    rights.fork(*id, &links(log));
                }
            }
        }
    }

    fn hosts_to_tell(&mut self, at: usize) -> Vec<(SpaceId, BTreeSet<NodeId>)> {
        let (me, wall_ms) = (self.sites[at].id, self.wall_ms(at));
        let mind = &mut self.minds[at];
        let spaces: BTreeSet<SpaceId> = mind
            .rights
            .keys()
            .chain(mind.provisional.keys())
            .copied()
            .collect();
        let mut all = Vec::new();
        for space in spaces {
            let mut hosts = mind.hosts(&space, &me);
            for (node, guest) in guests(mind, &space) {
                let waiting = mind.waiting(&space, &node);
                let key = (space, node);
                if waiting > GUEST_UNADMITTED_MAX {
                    mind.paused.insert(key);
                } else if waiting <= GUEST_UNADMITTED_MAX / 2 {
                    mind.paused.remove(&key);
                }
                let ended = guest.end_ms.is_some_and(|end| end <= wall_ms);
                if node != me && (ended || mind.paused.contains(&key)) {
                    hosts.remove(&node);
                }
            }
            all.push((space, hosts));
        }
        all
    }

    /// A site draws its conclusions from what became durable.
    pub(crate) fn think(&mut self, at: usize) {
        if self.minds.is_empty() || self.sites[at].machine.is_none() {
            return;
        }
        self.state_forks(at);
        for (space, hosts) in self.hosts_to_tell(at) {
            if self.sites[at].hosts.get(&space) != Some(&hosts) && !hosts.is_empty() {
                self.sites[at].hosts.insert(space, hosts.clone());
                self.handle(at, Event::SpaceChanged { space, hosts });
            }
        }
        self.check_shown(at);
        if self.has_to_look(at) && !std::mem::replace(&mut self.minds[at].look_due, true) {
            let life = self.sites[at].lives;
            self.later(LOOK_EVERY_MS, Happening::Look(at, life));
        }
    }

    /// Whether time alone may change what a site does about its guests.
    fn has_to_look(&self, at: usize) -> bool {
        let (me, wall_ms) = (self.sites[at].id, self.wall_ms(at));
        let mind = &self.minds[at];
        mind.rights.keys().any(|space| {
            guests(mind, space).into_iter().any(|(node, guest)| {
                let lasting = guest.end_ms.is_none_or(|end| end > wall_ms);
                let ends = guest.end_ms.is_some() && lasting;
                ends || lasting
                    && guest.sponsors.contains(&me)
                    && !mind.unadmitted(space, &node).is_empty()
            })
        })
    }

    /// A sponsor admits what is sound of what its guests wrote.
    pub(crate) fn look(&mut self, at: usize) {
        let (me, wall_ms, now_ms) = (self.sites[at].id, self.wall_ms(at), self.now_ms);
        let mind = &mut self.minds[at];
        mind.look_due = false;
        let mut admissions = Vec::new();
        for space in mind.rights.keys() {
            let mut ranges = BTreeSet::new();
            for (node, guest) in guests(mind, space) {
                let turn = guest.sponsors.iter().position(|sponsor| *sponsor == me);
                let ended = guest.end_ms.is_some_and(|end| end <= wall_ms);
                let Some(turn) = turn.filter(|_| !ended) else {
                    continue;
                };
                for entry in mind.unadmitted(space, &node) {
                    // Who comes later in the order waits for those before it.
                    let seen = *mind.seen_ms.get(&entry.id).unwrap_or(&now_ms);
                    if now_ms >= seen + NEXT_SPONSOR_MS * turn as u64 {
                        ranges.insert(AdmittedRange {
                            log: entry.header.log,
                            first: entry.header.seq,
                            last: entry.header.seq,
                            entry: entry.id,
                        });
                    }
                }
            }
            admissions.push((*space, ranges));
        }
        for (space, ranges) in admissions {
            self.admitted.extend(ranges.iter().map(|range| range.entry));
            let ranges: Vec<_> = ranges.into_iter().collect();
            for ranges in ranges.chunks(ADMITTED_RANGES_MAX) {
                let admission = Admission(ranges.to_vec());
                let author = PersonId::of_site(&me);
                self.put(at, space, author, EntryKind::Admission, admission.encode());
            }
        }
        self.think(at);
    }

    /// A site writes what it has the right to, citing what it knows.
    pub(crate) fn put(
        &mut self,
        at: usize,
        space: SpaceId,
        author: PersonId,
        kind: EntryKind,
        payload: Vec<u8>,
    ) -> EntryId {
        let draft = self.draft(at, space, author, kind, payload);
        self.put_draft(at, draft)
    }

    /// What a site would write next, citing what it knows.
    pub(crate) fn draft(
        &mut self,
        at: usize,
        space: SpaceId,
        author: PersonId,
        kind: EntryKind,
        payload: Vec<u8>,
    ) -> Draft {
        let life = self.sites[at].certificate.writers.len() as u32 - 1;
        let node = self.sites[at].id;
        let rights = self.minds[at].rights.get(&space);
        let heads = match kind {
            EntryKind::Rights => rights.map(|rights| rights.heads_of(&Writer { node, life })),
            _ => rights.map(|rights| rights.heads().to_vec()),
        };
        Draft {
            kind,
            space,
            author,
            command: CommandId(self.random.bytes()),
            rights_heads: heads.unwrap_or_default(),
            origin: None,
            payload,
            lamport_step: 1,
            wall_ms: self.wall_ms(at),
        }
    }

    pub(crate) fn put_draft(&mut self, at: usize, draft: Draft) -> EntryId {
        let space = draft.space;
        let entry = self.sites[at].append(draft);
        let life = self.sites[at].certificate.writers.len() as u32 - 1;
        let node = self.sites[at].id;
        self.minds[at].take(&space, &entry, Writer { node, life });
        self.count.edits += 1;
        self.commit_soon(at);
        entry.id
    }

    pub(crate) fn operate(
        &mut self,
        at: usize,
        space: SpaceId,
        author: PersonId,
        operation: &Operation,
    ) -> EntryId {
        self.put(at, space, author, EntryKind::Rights, operation.encode())
    }

    /// A host said that it stores our log up to here.
    pub(crate) fn note_received(&mut self, at: usize, space: &SpaceId, log: &LogId, height: u64) {
        if self.minds.is_empty() {
            return;
        }
        let own = self.sites[at].own_log(space);
        let Some(stored) = self.sites[at].disk.log(space, log) else {
            return;
        };
        if *log == own && stored.state.fork.is_none() {
            let rows = stored.main.range(..=height);
            let ids = rows.map(|(_, row)| (*space, row.head.id));
            self.received.extend(ids);
        }
    }
}

pub(crate) fn guests(mind: &Mind, space: &SpaceId) -> Vec<(NodeId, Guest)> {
    let now = mind.rights.get(space).map(Rights::now);
    let guests = now.into_iter().flat_map(|now| &now.guests);
    guests.map(|(node, guest)| (*node, guest.clone())).collect()
}

impl Mind {
    fn of_guest(&self, space: &SpaceId, guest: &NodeId) -> impl Iterator<Item = &Entry> {
        let known = self.known.get(space).into_iter().flatten();
        let guest = *guest;
        known
            .filter(move |(_, (entry, node))| {
                *node == guest && entry.header.kind != EntryKind::Admission
            })
            .map(|(_, (entry, _))| entry)
    }

    fn waiting(&self, space: &SpaceId, guest: &NodeId) -> usize {
        let waiting = self.of_guest(space, guest);
        waiting
            .filter(|entry| self.standing(space, entry, guest) != Standing::Counts)
            .count()
    }

    /// What an admission would let count, and the gate lets pass.
    fn unadmitted(&self, space: &SpaceId, guest: &NodeId) -> Vec<&Entry> {
        let held = Standing::Held(HeldReason::NotAdmitted);
        let mut of: Vec<&Entry> = self
            .of_guest(space, guest)
            .filter(|entry| is_sound(entry, guest) && self.standing(space, entry, guest) == held)
            .collect();
        of.sort_by_key(|entry| entry.header.seq);
        of
    }
}

/// What the node's gate says, in short: sound bytes, of a tab of the guest's own.
fn is_sound(entry: &Entry, guest: &NodeId) -> bool {
    let payload = entry.payload.as_deref().unwrap_or_default();
    let elsewhere = entry
        .header
        .origin
        .as_ref()
        .is_some_and(|origin| origin.site != *guest);
    payload.first().is_some_and(|byte| *byte != BAD_PAYLOAD) && !elsewhere
}
