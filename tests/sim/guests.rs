//! Partners' sites beside members: what they write is received, admitted by a sponsor, shown; their
//! right ends; and some are hostile. Every step is drawn from the seed.
//!
//! What must hold at every instant: a guest stores nothing of a space that was not granted to it
//! (`effects`), and nothing of a guest is shown that no honest sponsor admitted. What must hold in
//! the end: all members store, judge and show the same, nothing that was acknowledged is lost, and
//! everybody else's work counts.

use std::collections::{BTreeMap, BTreeSet};

use bocage_crdt::ids::{CommandId, EntryId, NodeId, PersonId, SpaceId};
use bocage_protocol::entry::EntryKind;
use bocage_protocol::rights::{
    Cut, CutPoint, HeldReason, Operation, Role, SpaceKind, Standing, Subject,
};

use crate::guest_checks::{
    check_judgements, check_nothing_lost, check_unharmed, difference, pending, unadmitted,
};
use crate::minds::{BEGIN_MS, GUEST_UNADMITTED_MAX, Mind};
use crate::site::{Site, letters};
use crate::world::{Faults, World};

/// Seeds of the ordinary test run; `BOCAGE_SEEDS` asks for more.
const SEEDS: u64 = 300;
/// As in `runs`, and some for admissions that follow each other.
const HEAL_MS: u64 = 180_000;
/// Half of what a site's clock may be wrong.
const SKEW_MS: i64 = 60_000;

/// Who is who in a world with guests.
pub(crate) struct Cast {
    pub(crate) members: usize,
    /// First guest that is hostile, or none.
    pub(crate) hostile: Option<usize>,
    /// The space of the guests, and one that they are not let into.
    pub(crate) shared: SpaceId,
    pub(crate) inner: SpaceId,
    /// The manager of both, at the first site.
    pub(crate) founder: PersonId,
    /// A contributor at each member.
    pub(crate) people: Vec<PersonId>,
    /// Whom each guest's site introduced.
    pub(crate) introduced: BTreeMap<usize, PersonId>,
    /// Guests whose right was ended or has an end date: theirs need not count.
    pub(crate) ending: BTreeSet<usize>,
}

impl Cast {
    pub(crate) fn guests(&self, world: &World) -> std::ops::Range<usize> {
        self.members..world.sites.len()
    }
}

fn pass(world: &mut World, wait_ms: u64) {
    let until_ms = world.now_ms + wait_ms;
    world.run_until(until_ms);
}

fn add_guest(world: &World, guest: usize, sponsors: usize, end_ms: Option<u64>) -> Operation {
    let sponsors: BTreeSet<NodeId> = world.sites[..sponsors].iter().map(|site| site.id).collect();
    Operation::GuestAdd {
        node: world.sites[guest].id,
        name: "Partner".into(),
        role: Role::CONTRIBUTOR,
        sponsors: sponsors.into_iter().collect(),
        addresses: Vec::new(),
        end_ms,
    }
}

/// The founder founds a space at the first site, and lets the members and their people in.
fn found(world: &mut World, members: usize, founder: PersonId, people: &[PersonId]) -> SpaceId {
    let node = world.sites[0].id;
    let command = CommandId(world.random.bytes());
    let nonce = world.random.bytes();
    let (space, operation) =
        Operation::found(SpaceKind::Team, nonce, None, &node, &founder, &command);
    let all: BTreeSet<NodeId> = world.sites[..members].iter().map(|site| site.id).collect();
    world.ever_hosts.insert(space, all.clone());
    for mind in &mut world.minds[1..members] {
        mind.provisional.insert(space, all.clone());
    }
    let mut draft = world.draft(0, space, founder, EntryKind::Rights, operation.encode());
    draft.command = command;
    world.put_draft(0, draft);
    for at in 1..members {
        let add = Operation::HostAdd {
            node: world.sites[at].id,
            name: format!("Site {at}"),
            addresses: Vec::new(),
            territory: None,
        };
        world.operate(0, space, founder, &add);
    }
    for person in people {
        let grant = Operation::Grant {
            subject: Subject::Person(*person),
            role: Role::CONTRIBUTOR,
            territory: None,
            sponsor: None,
            end_ms: None,
        };
        world.operate(0, space, founder, &grant);
    }
    space
}

/// Two to four members, one or two guests under one or two sponsors; one guest may be hostile.
fn begin(seed: u64, hostile: bool) -> (World, Cast) {
    let mut world = World::new(seed);
    let members = world.random.between(2, 4) as usize;
    let guests = world.random.between(1, 2) as usize;
    for _ in 0..members + guests {
        let mut site = Site::new(&mut world.random);
        site.skew_ms = world.random.below(2 * SKEW_MS as u64) as i64 - SKEW_MS;
        if world.random.permille(150) {
            site.commit_ms = 700; // a slow disk
        }
        world.sites.push(site);
        world.minds.push(Mind::default());
    }
    let sponsors = world.random.between(1, 2) as usize;
    for one in 0..members + guests {
        for other in one + 1..members + guests {
            // Guests know their sponsors only.
            if other < members || one < sponsors {
                let delay_ms = world.random.between(1, 80);
                world.connect(one, other, delay_ms, 0);
            }
        }
    }
    let founder = PersonId([1; 16]);
    let people: Vec<_> = (0..members)
        .map(|at| PersonId([2 + at as u8; 16]))
        .collect();
    let shared = found(&mut world, members, founder, &people);
    let inner = found(&mut world, members, founder, &people);
    let mut cast = Cast {
        members,
        hostile: hostile.then_some(members),
        shared,
        inner,
        founder,
        people,
        introduced: BTreeMap::new(),
        ending: BTreeSet::new(),
    };
    for guest in members..members + guests {
        let ends = world.random.permille(250);
        let end_ms = ends.then(|| BEGIN_MS + world.random.between(2_000, 12_000));
        if ends {
            cast.ending.insert(guest);
        }
        let add = add_guest(&world, guest, sponsors, end_ms);
        world.operate(0, shared, founder, &add);
        let node = world.sites[guest].id;
        let hosts = world.ever_hosts.get_mut(&shared).expect("it is founded");
        hosts.insert(node);
        let ticket = world.sites[..sponsors].iter().map(|site| site.id);
        let ticket = ticket.chain([node]).collect();
        world.minds[guest].provisional.insert(shared, ticket);
    }
    // What is founded is on disk before anybody starts.
    world.sites[0].commit();
    for at in 0..world.sites.len() {
        world.start(at);
    }
    pass(&mut world, 500);
    (world, cast)
}

/// A world with guests, and its steps, up to where it is healed.
fn run(seed: u64, hostile: bool, crash_at: Option<u64>, steps: u64) -> (World, Cast) {
    let (mut world, mut cast) = begin(seed, hostile);
    world.commit_points = 0;
    world.crash_at_point = crash_at;
    world.faults = match world.random.below(3) {
        0 => Faults::default(),
        1 => Faults {
            frame_breaks: 100,
            frame_late: 100,
            ..Faults::default()
        },
        _ => Faults {
            one_way: 20,
            frame_late: 100,
            ..Faults::default()
        },
    };
    for _ in 0..steps {
        let wait_ms = world.random.below(500);
        pass(&mut world, wait_ms);
        step(&mut world, &mut cast, crash_at.is_none());
    }
    (world, cast)
}

fn step(world: &mut World, cast: &mut Cast, crashes: bool) {
    let at = world.random.pick(world.sites.len());
    match world.random.below(100) {
        0..35 => {
            let at = world.random.pick(cast.members);
            let space = [cast.shared, cast.inner][world.random.pick(2)];
            for _ in 0..world.random.between(1, 3) {
                say(world, at, space, cast.people[at]);
            }
        }
        35..70 => {
            let guests = cast.guests(world);
            let guest = guests.start + world.random.pick(guests.len());
            let is_hostile = cast.hostile == Some(guest);
            match is_hostile && world.random.permille(700) {
                true => crate::forging::attack(world, cast, guest),
                false => write_as_guest(world, cast, guest),
            }
        }
        70..76 if crashes => {
            world.crash(at);
            if world.random.permille(700) {
                world.start(at);
            }
        }
        76..80 if world.sites[at].machine.is_none() => world.start(at),
        80..88 => {
            let other = world.random.pick(world.sites.len());
            if other != at && world.link(at, other).exists {
                let link = world.link(at, other);
                link.cut = !link.cut;
                world.break_link(at, other);
            }
        }
        88..92 => end_or_renew(world, cast),
        92..96 => take_in(world, cast),
        _ => {}
    }
}

/// A contributor's message.
fn say(world: &mut World, at: usize, space: SpaceId, author: PersonId) -> Option<EntryId> {
    let mind = &world.minds[at];
    let now = mind.rights.get(&space)?.now();
    let may = now.role_at_home(&author).allows(Role::CONTRIBUTOR);
    let node = world.sites[at].id;
    let here = now.hosts.contains_key(&node) || now.guests.contains_key(&node);
    if world.sites[at].machine.is_none() || !may || !here {
        return None;
    }
    let length = world.random.between(1, 80) as usize;
    let text = letters(&mut world.random, length);
    Some(world.put(at, space, author, EntryKind::Record, text))
}

/// What an honest guest does: it names its person once it may, and she writes.
pub(crate) fn write_as_guest(world: &mut World, cast: &mut Cast, guest: usize) {
    let node = world.sites[guest].id;
    let rights = world.minds[guest].rights.get(&cast.shared);
    let in_it = rights.is_some_and(|rights| rights.now().guests.contains_key(&node));
    if world.sites[guest].machine.is_none() || !in_it {
        return;
    }
    let named = rights.and_then(|rights| {
        let persons = &rights.now().guests.get(&node)?.persons;
        persons.keys().next().copied()
    });
    let Some(person) = named else {
        let itself = PersonId::of_site(&node);
        let name = Operation::Introduce { name: "Ada".into() };
        world.operate(guest, cast.shared, itself, &name);
        return;
    };
    cast.introduced.insert(guest, person);
    for _ in 0..world.random.between(1, 3) {
        say(world, guest, cast.shared, person);
    }
}

/// The founder ends a guest's right, or gives it anew.
fn end_or_renew(world: &mut World, cast: &mut Cast) {
    if world.sites[0].machine.is_none() {
        return;
    }
    let guests = cast.guests(world);
    let guest = guests.start + world.random.pick(guests.len());
    let node = world.sites[guest].id;
    let is_there = world.minds[0].rights[&cast.shared]
        .now()
        .guests
        .contains_key(&node);
    if is_there {
        // What is at the first site by now stays.
        let logs = world.sites[0].disk.spaces.get(&cast.shared);
        let points = logs.into_iter().flatten().filter_map(|(log, stored)| {
            let head = stored.state.head?;
            Some(CutPoint {
                log: *log,
                seq: head.seq,
                entry: head.id,
            })
        });
        let end = Operation::HostRemove {
            node,
            cut: Cut::new(points.collect()),
            order: None,
        };
        world.operate(0, cast.shared, cast.founder, &end);
        cast.ending.insert(guest);
    } else {
        let add = add_guest(world, guest, 1, None);
        world.operate(0, cast.shared, cast.founder, &add);
    }
}

/// The founder takes in something that is held of a guest.
fn take_in(world: &mut World, cast: &Cast) {
    if world.sites[0].machine.is_none() {
        return;
    }
    let mind = &world.minds[0];
    let guests: BTreeSet<NodeId> = cast.guests(world).map(|at| world.sites[at].id).collect();
    let known = mind.known.get(&cast.shared).into_iter().flatten();
    let held: Vec<EntryId> = known
        .filter(|(_, (entry, node))| {
            guests.contains(node)
                && entry.header.kind == EntryKind::Record
                && matches!(
                    mind.standing(&cast.shared, entry, node),
                    Standing::Held(HeldReason::HostRemoved(_) | HeldReason::NotAdmitted)
                )
        })
        .map(|(id, _)| *id)
        .collect();
    if held.is_empty() {
        return;
    }
    let chosen = held[world.random.pick(held.len())];
    world.admitted.insert(chosen);
    let readmit = Operation::Readmit {
        entries: vec![chosen],
    };
    world.operate(0, cast.shared, cast.founder, &readmit);
}

impl World {
    /// Nothing of a guest is shown that neither an honest sponsor admitted nor a manager took in.
    pub(crate) fn check_shown(&self, at: usize) {
        let mind = &self.minds[at];
        for (space, rights) in &mind.rights {
            let guests = rights
                .now()
                .guests
                .keys()
                .chain(rights.now().removed.keys());
            let hosts = &rights.now().hosts;
            let guests: BTreeSet<&NodeId> = guests.filter(|g| !hosts.contains_key(*g)).collect();
            for (id, (entry, node)) in mind.known.get(space).into_iter().flatten() {
                if !guests.contains(node) || self.admitted.contains(id) {
                    continue;
                }
                let standing = mind.standing(space, entry, node);
                assert!(
                    standing != Standing::Counts,
                    "site {at} shows {id:?} of a guest, which nobody admitted"
                );
            }
        }
    }
}

/// All faults end; then what the head of this file says must come to hold.
fn heal(world: &mut World, cast: &Cast) {
    world.faults = Faults::default();
    for at in 0..world.sites.len() {
        for other in at + 1..world.sites.len() {
            world.link(at, other).cut = false;
        }
        if world.sites[at].machine.is_none() {
            world.start(at);
        }
    }
    let end_ms = world.now_ms + HEAL_MS;
    pass(world, 20_000);
    loop {
        pass(world, 1_000);
        let why = difference(world, cast)
            .or_else(|| pending(world, cast))
            .or_else(|| unadmitted(world, cast));
        let Some(why) = why else { break };
        let late = world.now_ms >= end_ms;
        assert!(!late, "not converged: {why}\n{}", world.describe());
    }
    check_nothing_lost(world, cast);
    check_judgements(world, cast);
    check_unharmed(world, cast);
}

/// What the runs met: a test that meets nothing proves nothing.
#[derive(Default, Debug)]
struct Met {
    of_guests: usize,
    shown: usize,
    held_late: usize,
    forged: usize,
    forks: u64,
    refused: u64,
}

impl Met {
    fn note(&mut self, world: &World, cast: &Cast) {
        let mind = &world.minds[0];
        let guests: BTreeSet<NodeId> = cast.guests(world).map(|at| world.sites[at].id).collect();
        let rows = mind.rows(&cast.shared);
        for (id, (entry, node)) in mind.known.get(&cast.shared).into_iter().flatten() {
            if !guests.contains(node) || entry.header.kind == EntryKind::Admission {
                continue;
            }
            self.of_guests += 1;
            self.shown += usize::from(rows.contains(id));
            match mind.standing(&cast.shared, entry, node) {
                Standing::Held(HeldReason::HostRemoved(_)) => self.held_late += 1,
                Standing::Held(HeldReason::NoRight | HeldReason::NotAdmitted) => self.forged += 1,
                _ => {}
            }
        }
        self.forks += world.count.forks;
        self.refused += world.count.refused;
    }
}

/// One run from begin to end; how many commit points it had.
pub(crate) fn run_seed(seed: u64, crash_at: Option<u64>, steps: u64) -> u64 {
    run_and_note(seed, crash_at, steps, &mut Met::default())
}

fn run_and_note(seed: u64, crash_at: Option<u64>, steps: u64, met: &mut Met) -> u64 {
    let (mut world, cast) = run(seed, !seed.is_multiple_of(3), crash_at, steps);
    heal(&mut world, &cast);
    met.note(&world, &cast);
    world.commit_points
}

#[test]
fn guests_harm_nobody_whatever_breaks() {
    const { assert!(GUEST_UNADMITTED_MAX < 1_000) };
    let met = crate::runs::each_seed(SEEDS, |seed, met: &mut Met| {
        run_and_note(seed, None, 15 + seed % 20, met);
    });
    println!("{met:?}");
    let [one, two] = &met[..] else {
        return; // one seed alone
    };
    let sum = |of: fn(&Met) -> u64| of(one) + of(two);
    assert!(sum(|met| met.shown as u64) > 1_000, "{met:?}");
    assert!(sum(|met| met.held_late as u64) > 20, "{met:?}");
    assert!(sum(|met| met.forged as u64) > 500, "{met:?}");
    assert!(
        sum(|met| met.forks) > 10 && sum(|met| met.refused) > 100,
        "{met:?}"
    );
}
