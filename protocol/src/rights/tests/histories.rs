//! Random histories of four sites and a guest with partitions, back-dated citations and cuts: the same
//! entries in any order give the same standings, and those of the slow reading.

use std::collections::{BTreeMap, BTreeSet};

use bocage_crdt::ids::ItemId;

use super::super::*;
use super::orders::{deputise, ordered_host_removal, ordered_removal};
use super::reference::Reference;
use super::world::{Dice, PersonId, World, id, node, person};

/// The last is a partner's node: nobody makes it a host by choice.
const SITES: [&str; 5] = ["Nantes", "Ancenis", "Vitre", "Redon", "Partner"];
const PARTNER: usize = 4;
const PERSONS: [&str; 5] = ["Claire", "Marc", "Nora", "Paul", "Eve"];
/// More in a run by hand: `BOCAGE_CASES=500000 cargo test --release -p bocage-protocol`.
const CASES: u64 = 20_000;
/// Of these, histories in which sites also write twice in one place and begin new lives.
const FORKED: u64 = 4_000;

fn cut(world: &World, site: usize, dice: &mut Dice) -> Cut {
    match dice.roll(4) {
        0 => Cut::default(),
        1 => {
            // Back-dated, or naming what the site may not even store.
            let places: Vec<_> = (0..3)
                .map(|_| world.entries[dice.roll(world.entries.len())].0.id)
                .collect();
            world.cut_at(&places)
        }
        _ => world.cut_of_all(site),
    }
}

fn add_host(name: &str) -> Operation {
    Operation::HostAdd {
        node: node(name),
        name: name.into(),
        addresses: Vec::new(),
        territory: None,
    }
}

fn appoint(subject: PersonId, role: Role, sites: &[&str]) -> Operation {
    let sites: BTreeSet<_> = sites.iter().map(|name| node(name)).collect();
    Operation::Appoint {
        subject: Subject::Person(subject),
        role,
        territory: None,
        sites: sites.into_iter().collect(),
    }
}

/// People whom the partner's node named, as far as the world goes.
fn introduced(world: &World) -> Vec<PersonId> {
    let named = |entry: &Entry| {
        let operation = Operation::decode(entry.payload.as_ref()?).ok()?;
        matches!(operation, Operation::Introduce { .. })
            .then(|| PersonId::of(&node(SITES[PARTNER]), &entry.header.command))
    };
    let rights = (world.entries.iter()).filter(|(entry, _)| entry.header.kind == EntryKind::Rights);
    rights.filter_map(|(entry, _)| named(entry)).collect()
}

/// Mostly somebody who may speak at this site, in its own eyes: the others' operations are alike.
fn author(world: &World, site: usize, role: Role, dice: &mut Dice) -> PersonId {
    let here = node(SITES[site]);
    let able: Vec<_> = (world.sites[site].rights.now().persons.iter())
        .filter(|(_, member)| member.role.allows(role) && member.sites.contains(&here))
        .map(|(person, _)| *person)
        .collect();
    match dice.roll(8) {
        0 => person(PERSONS[dice.roll(PERSONS.len())]),
        _ if able.is_empty() => person(PERSONS[dice.roll(2)]),
        _ => able[dice.roll(able.len())],
    }
}

fn random_operation(
    world: &World,
    site: usize,
    orders: bool,
    dice: &mut Dice,
) -> (PersonId, Operation) {
    let someone = person(PERSONS[dice.roll(PERSONS.len())]);
    let subject = Subject::Person(someone);
    let itself = PersonId::of_site(&node(SITES[site]));
    if site == PARTNER && dice.roll(4) > 0 {
        let own = Operation::HostRemove {
            node: node(SITES[PARTNER]),
            cut: cut(world, site, dice),
            order: None,
        };
        return match dice.roll(12) {
            0 => (itself, own),
            1 => (itself, Operation::Join),
            _ => (itself, Operation::Introduce { name: "Ada".into() }),
        };
    }
    let manager = author(world, site, Role::MANAGER, dice);
    let low = [Role::VIEWER, Role::COMMENTER, Role::CONTRIBUTOR][dice.roll(3)];
    let other = SITES[dice.roll(SITES.len())];
    let north = (dice.roll(2) == 0).then(|| ItemId(id("north")));
    let cut = cut(world, site, dice);
    let grant = |subject, role, sponsor| Operation::Grant {
        subject,
        role,
        territory: north,
        sponsor,
        end_ms: None,
    };
    let revoke = |subject| Operation::Revoke {
        subject,
        cut: cut.clone(),
        order: None,
    };
    let unhost = |name: &str| Operation::HostRemove {
        node: node(name),
        cut: cut.clone(),
        order: None,
    };
    let guest_add = |dice: &mut Dice| {
        let sponsors: BTreeSet<_> = (0..2).map(|_| node(SITES[dice.roll(PARTNER)])).collect();
        Operation::GuestAdd {
            node: node(SITES[PARTNER]),
            name: "Partner".into(),
            role: [Role::CONTRIBUTOR, Role::CONTRIBUTOR, Role::VIEWER][dice.roll(3)],
            sponsors: sponsors.into_iter().collect(),
            addresses: Vec::new(),
            end_ms: None,
        }
    };
    match dice.roll(30) {
        0..=4 => {
            let home = SITES[dice.roll(PARTNER)];
            (manager, appoint(someone, Role::MANAGER, &[home, other]))
        }
        5 => {
            let sponsor = Role::CONTRIBUTOR.with(Role::SPONSOR);
            (manager, appoint(someone, sponsor, &[other]))
        }
        6..=7 => (manager, grant(subject, low, None)),
        8 => {
            let site = Subject::Site(node(other));
            (manager, grant(site, Role::DOORKEEPER, None))
        }
        9 => (itself, grant(subject, low, None)),
        10 => {
            let sponsor = author(world, site, Role::SPONSOR, dice);
            (sponsor, grant(subject, low, Some(sponsor)))
        }
        11 => (author(world, site, Role::SPONSOR, dice), guest_add(dice)),
        12 => (manager, guest_add(dice)),
        13..=14 => {
            let set = Operation::SetRole {
                subject,
                role: low,
                cut,
            };
            (manager, set)
        }
        15..=17 => (manager, revoke(subject)),
        18 => {
            let guests = introduced(world);
            let guest = guests.get(dice.roll(guests.len() + 1)).copied();
            (manager, revoke(Subject::Person(guest.unwrap_or(someone))))
        }
        19 => (manager, revoke(Subject::Person(manager))),
        20..=21 if dice.roll(4) == 0 => (manager, add_host(other)),
        20..=21 => (manager, add_host(SITES[dice.roll(PARTNER)])),
        22..=23 => (manager, unhost(other)),
        24 => {
            if dice.roll(2) == 0 {
                (itself, unhost(SITES[site]))
            } else {
                (manager, Operation::Join)
            }
        }
        25..=28 if !orders => (itself, Operation::Join),
        25..=26 => (itself, ordered_removal(someone, cut, north)),
        27 => (itself, ordered_host_removal(node(other), cut, None)),
        28 => {
            let sites = vec![node(SITES[site])];
            (itself, deputise(&world.space, someone, sites))
        }
        _ => {
            let bytes = vec![40, dice.roll(200) as u8];
            (manager, Operation::Unknown { bytes })
        }
    }
}

/// A history; with `forks` sites also write twice in one place, begin new lives and adopt.
fn history(seed: u64, forks: bool) -> World {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    // Four signatures are behind each: most of the time would be spent on these.
    let orders = seed.is_multiple_of(3);
    let founder = person(PERSONS[0]);
    let mut world = World::found(&SITES, &founder);
    for name in &SITES[1..1 + dice.roll(4)] {
        world.operate(0, founder, None, &add_host(name));
    }
    begin(&mut world, orders, &mut dice);
    for _ in 0..6 + dice.roll(16) {
        let site = dice.roll(SITES.len());
        if forks {
            misbehave(&mut world, site, &mut dice);
        }
        match dice.roll(12) {
            0..=1 => world.sync(site, (site + 1 + dice.roll(4)) % SITES.len()),
            2..=3 => {
                let guests = introduced(&world);
                let author = match guests.get(dice.roll(guests.len() + 1)) {
                    Some(guest) if site == PARTNER || dice.roll(8) == 0 => *guest,
                    _ => person(PERSONS[dice.roll(PERSONS.len())]),
                };
                let seen = content_at(&world, site);
                let id = world.say(site, author, None);
                if !seen.is_empty() {
                    let rests: BTreeSet<_> = (0..1 + dice.roll(2))
                        .map(|_| seen[dice.roll(seen.len())])
                        .collect();
                    world.rests.insert(id, rests.into_iter().collect());
                }
            }
            4 => admit(&mut world, site, &mut dice),
            _ => {
                let (author, operation) = random_operation(&world, site, orders, &mut dice);
                let heads = (dice.roll(4) == 0).then(|| dated_heads(&world, site, &mut dice));
                world.operate(site, author, heads, &operation);
            }
        }
    }
    world
}

/// How a space may stand when its sites part: with managers, with a guest, or orphaned.
fn begin(world: &mut World, orders: bool, dice: &mut Dice) {
    let founder = person(PERSONS[0]);
    let orphaned = orders && dice.roll(4) == 0;
    for name in &PERSONS[1..2 + dice.roll(3)] {
        let home = SITES[dice.roll(PARTNER)];
        let sponsor = Role::CONTRIBUTOR.with(Role::SPONSOR);
        let role = match orphaned {
            true => sponsor,
            false => [Role::MANAGER, Role::MANAGER, sponsor][dice.roll(3)],
        };
        world.operate(0, founder, None, &appoint(person(name), role, &[home]));
    }
    for name in ["Paul", "Eve"] {
        let grant = Operation::Grant {
            subject: Subject::Person(person(name)),
            role: Role::CONTRIBUTOR,
            territory: None,
            sponsor: None,
            end_ms: None,
        };
        world.operate(0, founder, None, &grant);
    }
    let guest = dice.roll(3) > 0;
    if guest {
        let sponsors: BTreeSet<_> = (0..2).map(|_| node(SITES[dice.roll(2)])).collect();
        let add = Operation::GuestAdd {
            node: node(SITES[PARTNER]),
            name: "Partner".into(),
            role: Role::CONTRIBUTOR,
            sponsors: sponsors.into_iter().collect(),
            addresses: Vec::new(),
            end_ms: None,
        };
        world.operate(0, founder, None, &add);
    }
    (1..SITES.len()).for_each(|site| world.sync(0, site));
    if guest {
        let named = Operation::Introduce { name: "Ada".into() };
        let itself = PersonId::of_site(&node(SITES[PARTNER]));
        world.operate(PARTNER, itself, None, &named);
        if dice.roll(2) == 0 {
            let ada = introduced(world)[0];
            world.say(PARTNER, ada, None);
        }
        (0..PARTNER).for_each(|site| world.sync(PARTNER, site));
    }
    if orphaned {
        let site = dice.roll(2);
        let itself = PersonId::of_site(&node(SITES[site]));
        let cut = world.cut_of_all(site);
        world.operate(site, itself, None, &ordered_removal(founder, cut, None));
        let deputy = person(PERSONS[1 + dice.roll(2)]);
        let deputy = deputise(&world.space, deputy, vec![node(SITES[site])]);
        world.operate(site, itself, None, &deputy);
    }
}

fn content_at(world: &World, site: usize) -> Vec<EntryId> {
    (world.sites[site].stored.iter())
        .map(|place| &world.entries[*place].0)
        .filter(|entry| entry.header.kind == EntryKind::Record)
        .map(|entry| entry.id)
        .collect()
}

/// A site admits what it stores of the partner's log, all or up to somewhere.
fn admit(world: &mut World, site: usize, dice: &mut Dice) {
    let partner = node(SITES[PARTNER]);
    let stored: Vec<_> = (world.sites[site].stored.iter())
        .map(|place| &world.entries[*place])
        .filter(|(_, writer)| writer.node == partner)
        .map(|(entry, _)| (entry.header.seq, entry.id))
        .collect();
    if stored.is_empty() {
        return;
    }
    let (last, id) = stored[dice.roll(stored.len())];
    let first = if dice.roll(3) == 0 { last } else { 1 };
    world.admit(site, None, &[(first, id)]);
}

/// Operations that the site stores, but perhaps not its latest.
fn dated_heads(world: &World, site: usize, dice: &mut Dice) -> Vec<EntryId> {
    let stored: Vec<_> = world.sites[site]
        .stored
        .iter()
        .map(|place| &world.entries[*place].0)
        .filter(|entry| entry.header.kind == EntryKind::Rights)
        .map(|entry| entry.id)
        .collect();
    let heads: BTreeSet<_> = (0..=dice.roll(2))
        .map(|_| stored[dice.roll(stored.len())])
        .collect();
    heads.into_iter().collect()
}

fn misbehave(world: &mut World, site: usize, dice: &mut Dice) {
    let own: Vec<_> = world
        .entries
        .iter()
        .map(|(entry, _)| entry)
        .filter(|entry| entry.header.log == world.sites[site].log)
        .map(|entry| entry.id)
        .collect();
    match dice.roll(12) {
        0 if !own.is_empty() => world.step_back(site, &own[dice.roll(own.len())]),
        1 if !own.is_empty() => {
            let log = world.sites[site].log;
            let heads: BTreeSet<_> = (0..2).map(|_| own[dice.roll(own.len())]).collect();
            world.restore(site);
            let author = PersonId::of_site(&node(SITES[site]));
            let adopt = Operation::Adopt {
                log,
                heads: heads.into_iter().collect(),
            };
            world.operate(site, author, None, &adopt);
        }
        _ => {}
    }
}

/// What of the rules a run met: a property test that meets nothing proves nothing.
#[derive(Debug, Default)]
struct Met(BTreeMap<String, u64>);

impl Met {
    fn note(&mut self, what: &str) {
        *self.0.entry(what.into()).or_default() += 1;
    }

    fn note_standing(&mut self, kind: EntryKind, standing: &Standing) {
        let reason = format!("{standing:?}");
        let words: Vec<_> = reason.split(['(', ')']).take(2).collect();
        self.note(&format!("{kind:?} {}", words.join(" ").trim()));
    }

    fn expect(&self, names: &[&str], least: u64) {
        println!("{:#?}", self.0);
        for name in names {
            let count = self.0.get(*name).copied().unwrap_or_default();
            assert!(
                count > least,
                "{name} was met only {count} times: {:?}",
                self.0
            );
        }
    }
}

fn check(seed: u64, met: &mut Met) {
    let world = history(seed, false);
    let whole = world.whole();
    let reference = Reference::of(&world);
    let standings = world.standings(&whole);
    for (place, (entry, writer)) in world.entries.iter().enumerate() {
        let id = &entry.id;
        let judged = whole.judge(id, &entry.header, &writer.node, Role::CONTRIBUTOR);
        let expected = match entry.header.kind {
            EntryKind::Rights => reference.counts(id),
            EntryKind::Admission => reference.admission_counts(entry, &writer.node),
            _ => reference.content_counts(&world, entry, &writer.node),
        };
        let counts = judged == Standing::Counts;
        assert_eq!(
            counts,
            expected,
            "seed {seed}: {id:?} is {judged:?} {:?}",
            whole.operation(id)
        );
        if entry.header.kind == EntryKind::Record {
            let shown = standings[place] == Standing::Counts;
            let expected = reference.is_shown(&world, entry, &writer.node);
            assert_eq!(shown, expected, "seed {seed}: {id:?} vouched for");
            if shown && !counts {
                met.note("vouched for");
            }
            let slow = whole.judge_then(id, &entry.header, &writer.node, Role::CONTRIBUTOR);
            assert_eq!(judged, slow, "seed {seed}: the two ways of judging");
        }
        met.note_standing(entry.header.kind, &judged);
        if counts && writer.node == node(SITES[PARTNER]) {
            met.note("counts in the guest's log");
        }
        if let Some(operation) = whole.operation(id).filter(|_| counts) {
            let name = format!("{operation:?}");
            let name = name.split([' ', '{']).next().unwrap_or_default();
            let ordered = if name_has_order(operation) {
                " by order"
            } else {
                ""
            };
            met.note(&format!("{name}{ordered}"));
        }
    }
    let mut dice = Dice(seed | 1);
    world.check_order(&dice.shuffled(world.entries.len()), &whole);
    if seed.is_multiple_of(4) {
        world.check_order(&dice.shuffled(world.entries.len()), &whole);
        world.check_order(&(0..world.entries.len()).collect::<Vec<_>>(), &whole);
    }
    nobody_is_locked_out(seed, world, &whole, met);
}

/// Who is a member, at a site that is a host, is never locked out: what she does now counts.
fn nobody_is_locked_out(seed: u64, mut world: World, whole: &Rights, met: &mut Met) {
    let mut dice = Dice(seed | 1);
    let heads = Some(whole.heads().to_vec());
    let site = dice.roll(PARTNER);
    let here = node(SITES[site]);
    let members: Vec<_> = whole.now().persons.iter().collect();
    if members.is_empty() || !whole.now().hosts.contains_key(&here) {
        return;
    }
    let (author, member) = members[dice.roll(members.len())];
    if member.role.allows(Role::CONTRIBUTOR) {
        let id = world.say(site, *author, heads.clone());
        let (entry, writer) = world.entry(&id);
        let judged = whole.judge(&id, &entry.header, &writer.node, Role::CONTRIBUTOR);
        assert_eq!(judged, Standing::Counts, "seed {seed}: a member writes");
        met.note("wrote again");
    }
    // Who knows that a registrar ordered her out manages no more, even if the carrier was removed.
    let ordered = |operation: &Operation| match operation {
        Operation::Revoke {
            subject,
            order: Some(_),
            ..
        } => subject.person() == *author,
        Operation::HostRemove {
            node,
            order: Some(_),
            ..
        } => *node == here,
        _ => false,
    };
    let mut operations = (whole.operations()).filter_map(|(id, _)| whole.operation(id));
    let ordered_out = operations.any(ordered);
    if member.role.allows(Role::MANAGER) && member.sites.contains(&here) && !ordered_out {
        let grant = Operation::Grant {
            subject: Subject::Person(person("Newcomer")),
            role: Role::VIEWER,
            territory: None,
            sponsor: None,
            end_ms: None,
        };
        let id = world.operate(site, *author, heads, &grant);
        let judged = world.whole().stands(&id);
        assert_eq!(
            judged,
            Standing::Counts,
            "seed {seed}: a manager lets somebody in"
        );
        met.note("managed again");
    }
}

fn name_has_order(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::Revoke { order: Some(_), .. } | Operation::HostRemove { order: Some(_), .. }
    )
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a run takes, not what it finds"
)]
fn cases() -> u64 {
    std::env::var("BOCAGE_CASES").map_or(CASES, |cases| {
        cases.parse().expect("BOCAGE_CASES is a number")
    })
}

fn check_part(part: u64) {
    let mut met = Met::default();
    let cases = cases() - FORKED.min(cases() / 2);
    (1..=cases)
        .filter(|seed| seed % 2 == part)
        .for_each(|seed| check(seed, &mut met));
    let names = [
        "Rights Counts",
        "Rights Void Removed",
        "Rights Void HostRemoved",
        "Rights Void NotSenior",
        "Rights Void WrongPlace",
        "Record Counts",
        "Record Held Removed",
        "Record Held HostRemoved",
        "Record Held NotAdmitted",
        "Admission Counts",
        "Admission Held NotHost",
        "Appoint",
        "GuestAdd",
        "Introduce",
        "Deputise",
        "Revoke by order",
        "HostRemove by order",
        "counts in the guest's log",
        "vouched for",
        "wrote again",
        "managed again",
    ];
    met.expect(&names, cases / 600);
}

// In two halves, so that two cores share them.
#[test]
fn random_histories_have_one_outcome() {
    check_part(0);
}

#[test]
fn further_random_histories_have_one_outcome() {
    check_part(1);
}

#[test]
fn forks_and_new_lives_have_one_outcome_too() {
    let (mut forked, mut counted) = (0, 0);
    for seed in 1..=FORKED.min(cases()) {
        let world = history(seed, true);
        let whole = world.whole();
        for standing in world.standings(&whole) {
            forked += u32::from(standing == Standing::Held(HeldReason::Forked));
            counted += u32::from(standing == Standing::Counts);
        }
        let mut dice = Dice(seed | 1);
        for _ in 0..2 {
            world.check_order(&dice.shuffled(world.entries.len()), &whole);
        }
    }
    let least = FORKED.min(cases()) as u32 / 4;
    assert!(
        forked > least && counted > least,
        "{forked} forked, {counted} counted"
    );
}
