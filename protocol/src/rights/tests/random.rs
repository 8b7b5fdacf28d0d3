//! Random histories: what four sites and a guest write while they seldom hear each other.

use std::collections::BTreeSet;

use bocage_crdt::ids::ItemId;

use super::super::*;
use super::orders::{deputise, ordered_host_removal, ordered_removal};
use super::world::{Dice, PersonId, World, id, node, person};

/// The last is a partner's node: nobody makes it a host by choice.
pub(super) const SITES: [&str; 5] = ["Nantes", "Ancenis", "Vitre", "Redon", "Partner"];
pub(super) const PARTNER: usize = 4;
pub(super) const PERSONS: [&str; 5] = ["Claire", "Marc", "Nora", "Paul", "Eve"];

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

fn add_host(name: &str, territory: Option<ItemId>) -> Operation {
    Operation::HostAdd {
        node: node(name),
        name: name.into(),
        addresses: Vec::new(),
        territory,
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
        20..=21 if dice.roll(4) == 0 => (manager, add_host(other, north)),
        20..=21 => (manager, add_host(SITES[dice.roll(PARTNER)], north)),
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
        27 => (itself, ordered_host_removal(node(other), cut, north)),
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
pub(super) fn history(seed: u64, forks: bool) -> World {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    // Four signatures are behind each: most of the time would be spent on these.
    let orders = seed.is_multiple_of(3);
    let founder = person(PERSONS[0]);
    let mut world = World::found(&SITES, &founder);
    for name in &SITES[1..1 + dice.roll(4)] {
        let north = (dice.roll(2) == 0).then(|| ItemId(id("north")));
        world.operate(0, founder, None, &add_host(name, north));
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
            // A life that forgets those before it cites what counts, and no more.
            let forgetful = dice.roll(3) == 0;
            let heads = forgetful.then(|| world.sites[site].rights.heads().to_vec());
            world.operate(site, author, heads, &adopt);
        }
        _ => {}
    }
}
