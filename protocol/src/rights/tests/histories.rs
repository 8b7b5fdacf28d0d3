//! Random histories of four sites with partitions, back-dated citations and cuts: the same
//! entries in any order give the same standings, and those of the slow reading.

use std::collections::BTreeSet;

use super::super::*;
use super::reference::Reference;
use super::world::{Dice, PersonId, World, node, person};

const SITES: [&str; 4] = ["Nantes", "Ancenis", "Vitre", "Redon"];
const PERSONS: [&str; 5] = ["Claire", "Marc", "Nora", "Paul", "Eve"];
/// More in a run by hand: `BOCAGE_RIGHTS_CASES=200000 cargo test --release -p bocage-protocol`.
const CASES: u64 = 5_000;

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

fn random_operation(world: &World, site: usize, dice: &mut Dice) -> (PersonId, Operation) {
    let role = [
        Role::VIEWER,
        Role::CONTRIBUTOR,
        Role::MANAGER,
        Role::MANAGER,
    ][dice.roll(4)];
    let subject = Subject::Person(person(PERSONS[dice.roll(PERSONS.len())]));
    // Mostly somebody who may, in the eyes of the site: the others' operations are all alike.
    let managers: Vec<_> = world.sites[site]
        .rights
        .now()
        .persons
        .iter()
        .filter(|(_, member)| member.role == Role::MANAGER)
        .map(|(person, _)| *person)
        .collect();
    let author = match dice.roll(8) {
        0 => person(PERSONS[dice.roll(PERSONS.len())]),
        _ if managers.is_empty() => person(PERSONS[0]),
        _ => managers[dice.roll(managers.len())],
    };
    let other = SITES[dice.roll(SITES.len())];
    let host_add = |name: &str| Operation::HostAdd {
        node: node(name),
        name: name.into(),
        addresses: Vec::new(),
        territory: None,
    };
    let cut = cut(world, site, dice);
    match dice.roll(17) {
        0..=4 => {
            let grant = Operation::Grant {
                subject,
                role,
                territory: None,
                sponsor: None,
                end_ms: None,
            };
            (author, grant)
        }
        5..=6 => (author, Operation::SetRole { subject, role, cut }),
        7..=9 => (
            author,
            Operation::Revoke {
                subject,
                cut,
                order: None,
            },
        ),
        10 => (
            author,
            Operation::Revoke {
                subject: Subject::Person(author),
                cut,
                order: None,
            },
        ),
        11..=12 => (author, host_add(other)),
        13..=14 => (
            author,
            Operation::HostRemove {
                node: node(other),
                cut,
                order: None,
            },
        ),
        15 => {
            let site_person = PersonId::of_site(&node(SITES[site]));
            let own = node(SITES[site]);
            let remove = Operation::HostRemove {
                node: own,
                cut,
                order: None,
            };
            if dice.roll(2) == 0 {
                (site_person, remove)
            } else {
                (author, Operation::Join)
            }
        }
        _ => (
            author,
            Operation::Unknown {
                bytes: vec![40, dice.roll(200) as u8],
            },
        ),
    }
}

/// A history; with `forks` sites also write twice in one place, begin new lives and adopt.
fn history(seed: u64, forks: bool) -> World {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut world = World::found(&SITES, &person(PERSONS[0]));
    let managers = 1 + dice.roll(3);
    for name in &SITES[1..1 + dice.roll(4)] {
        let add = Operation::HostAdd {
            node: node(name),
            name: (*name).into(),
            addresses: Vec::new(),
            territory: None,
        };
        world.operate(0, person(PERSONS[0]), None, &add);
    }
    for name in &PERSONS[1..=managers] {
        let grant = Operation::Grant {
            subject: Subject::Person(person(name)),
            role: Role::MANAGER,
            territory: None,
            sponsor: None,
            end_ms: None,
        };
        world.operate(0, person(PERSONS[0]), None, &grant);
    }
    (1..SITES.len()).for_each(|site| world.sync(0, site));
    for _ in 0..6 + dice.roll(14) {
        let site = dice.roll(SITES.len());
        if forks {
            misbehave(&mut world, site, &mut dice);
        }
        match dice.roll(9) {
            0 => world.sync(site, (site + 1 + dice.roll(3)) % SITES.len()),
            1 => {
                let author = person(PERSONS[dice.roll(PERSONS.len())]);
                world.say(site, author, None);
            }
            _ => {
                let (author, operation) = random_operation(&world, site, &mut dice);
                let heads = (dice.roll(4) == 0).then(|| dated_heads(&world, site, &mut dice));
                world.operate(site, author, heads, &operation);
            }
        }
    }
    world
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
struct Met {
    counted: u64,
    removed: u64,
    host_removed: u64,
    not_senior: u64,
    held: u64,
}

fn check(seed: u64, met: &mut Met) {
    let world = history(seed, false);
    let whole = world.whole();
    let reference = Reference::of(&world);
    for (entry, writer) in &world.entries {
        let id = &entry.id;
        let judged = whole.judge(id, &entry.header, &writer.node, Role::CONTRIBUTOR);
        let expected = if entry.header.kind == EntryKind::Rights {
            reference.counts(id)
        } else {
            reference.content_counts(id, &entry.header, &writer.node)
        };
        let counts = judged == Standing::Counts;
        assert_eq!(
            counts,
            expected,
            "seed {seed}: {id:?} is {judged:?} {:?}",
            whole.operation(id)
        );
        if entry.header.kind != EntryKind::Rights {
            let slow = whole.judge_then(id, &entry.header, &writer.node, Role::CONTRIBUTOR);
            assert_eq!(judged, slow, "seed {seed}: the two ways of judging");
        }
        match judged {
            Standing::Counts => met.counted += 1,
            Standing::Void(VoidReason::Removed(_)) => met.removed += 1,
            Standing::Void(VoidReason::HostRemoved(_)) => met.host_removed += 1,
            Standing::Void(VoidReason::NotSenior) => met.not_senior += 1,
            Standing::Held(_) => met.held += 1,
            _ => {}
        }
    }
    let mut dice = Dice(seed | 1);
    for _ in 0..2 {
        world.check_order(&dice.shuffled(world.entries.len()), &whole);
    }
    world.check_order(&(0..world.entries.len()).collect::<Vec<_>>(), &whole);
}

#[test]
fn random_histories_have_one_outcome() {
    // Set while building, for a longer run by hand.
    let cases = option_env!("BOCAGE_RIGHTS_CASES").map_or(CASES, |cases| {
        cases.parse().expect("BOCAGE_RIGHTS_CASES is a number")
    });
    let mut met = Met::default();
    (1..=cases).for_each(|seed| check(seed, &mut met));
    println!("{met:?}");
    let Met {
        counted,
        removed,
        host_removed,
        not_senior,
        held,
    } = met;
    for (name, count) in [
        ("counted", counted),
        ("removed", removed),
        ("host removed", host_removed),
        ("not senior", not_senior),
        ("held", held),
    ] {
        assert!(count > cases / 50, "{name} was met only {count} times");
    }
}

#[test]
fn forks_and_new_lives_have_one_outcome_too() {
    let (mut forked, mut counted) = (0, 0);
    for seed in 1..=1_500 {
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
    assert!(
        forked > 1_000 && counted > 1_000,
        "{forked} forked, {counted} counted"
    );
}
