//! What happens in a run, and what must hold at its end.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;

use bocage_crdt::ids::{EntryId, NodeId, SpaceId};

use crate::site::Site;
use crate::world::{Faults, World};

/// Seeds of the ordinary test run; `BOCAGE_SEEDS` asks for more.
const SEEDS: u64 = 1_000;
/// Virtual time in which a healed world must have converged: redials wait up to a second, a
/// silent peer is noticed after 15, and 30 pass before two sites compare again.
const HEAL_MS: u64 = 120_000;

/// A small world with everything that can go wrong in it, and a loss of power at one more point.
fn small(seed: u64, crash_at: Option<u64>) -> World {
    let mut world = World::new(seed);
    world.crash_at_point = crash_at;
    let sites = world.random.between(2, 5) as usize;
    for _ in 0..sites {
        let mut site = Site::new(&mut world.random);
        site.skew_ms = world.random.below(7 * 86_400_000) as i64 - 3 * 86_400_000;
        if world.random.permille(150) {
            site.commit_ms = 700; // a slow disk
        }
        world.sites.push(site);
    }
    // Everybody knows everybody, or a line of neighbours, or a star.
    let shape = world.random.below(4);
    for one in 0..sites {
        for other in one + 1..sites {
            let linked = match shape {
                0 | 1 => true,
                2 => other == one + 1,
                _ => one == 0,
            };
            if linked {
                let delay_ms = world.random.between(1, 80);
                let bytes_per_ms = if world.random.permille(150) { 20 } else { 0 };
                world.connect(one, other, delay_ms, bytes_per_ms);
            }
        }
    }
    let all: BTreeSet<NodeId> = world.sites.iter().map(|site| site.id).collect();
    let spaces: Vec<SpaceId> = (0..world.random.between(1, 3))
        .map(|_| SpaceId(world.random.bytes()))
        .collect();
    for space in &spaces {
        // Without all links, a space must be hosted by all to be connected.
        let mut hosts = all.clone();
        if shape < 2 {
            hosts.retain(|_| world.random.permille(700));
        }
        world.set_hosts(*space, &hosts, 500);
    }
    for site in 0..sites {
        world.start(site);
    }
    world.faults = match world.random.below(4) {
        0 => Faults::default(),
        1 => Faults {
            frame_breaks: 30,
            frame_late: 100,
            one_way: 5,
            ..Faults::default()
        },
        2 => Faults {
            frame_breaks: 200,
            ..Faults::default()
        },
        _ => Faults {
            one_way: 30,
            frame_late: 200,
            ..Faults::default()
        },
    };
    for _ in 0..world.random.between(10, 30) {
        let wait_ms = world.random.below(400);
        let until_ms = world.now_ms + wait_ms;
        world.run_until(until_ms);
        step(&mut world, &spaces, shape < 2);
    }
    world
}

/// Three sites that all host one space, with good lines and disks.
pub(crate) fn quiet(seed: u64) -> World {
    let mut world = World::new(seed);
    for _ in 0..3 {
        let site = Site::new(&mut world.random);
        world.sites.push(site);
    }
    for (one, other) in [(0, 1), (0, 2), (1, 2)] {
        let delay_ms = world.random.between(1, 40);
        world.connect(one, other, delay_ms, 0);
    }
    let all: BTreeSet<NodeId> = world.sites.iter().map(|site| site.id).collect();
    let space = SpaceId(world.random.bytes());
    world.set_hosts(space, &all, 100);
    for site in 0..3 {
        world.start(site);
    }
    let until_ms = world.now_ms + 2_000;
    world.run_until(until_ms);
    world
}

fn only_space(world: &World) -> SpaceId {
    let space = world.ever_hosts.keys().next();
    *space.expect("a quiet world has a space")
}

/// Everybody writes, for a while.
pub(crate) fn busy(world: &mut World, edits: usize) {
    let space = only_space(world);
    for _ in 0..edits {
        let at = world.random.pick(world.sites.len());
        write(world, at, space, 80);
        let until_ms = world.now_ms + world.random.below(600);
        world.run_until(until_ms);
    }
}

/// A site writes something that the others hear, and its disk goes back to before.
pub(crate) fn forget_and_write(world: &mut World, at: usize) {
    let space = only_space(world);
    write(world, at, space, 80);
    heal(world);
    backup(world, at);
    for _ in 0..3 {
        write(world, at, space, 80);
    }
    heal(world);
    restore(world, at, false);
}

fn step(world: &mut World, spaces: &[SpaceId], meshed: bool) {
    let sites = world.sites.len();
    let at = world.random.pick(sites);
    let space = spaces[world.random.pick(spaces.len())];
    match world.random.below(100) {
        0..60 => {
            let burst = if world.random.permille(100) { 20 } else { 2 };
            for _ in 0..world.random.between(1, burst) {
                write(world, at, space, 80);
            }
        }
        60..68 => {
            world.crash(at);
            if world.random.permille(700) {
                world.start(at);
            }
        }
        68..74 => {
            if world.sites[at].machine.is_none() {
                world.start(at);
            }
        }
        74..80 => {
            let other = world.random.pick(sites);
            if other != at {
                let link = world.link(at, other);
                link.cut = !link.cut;
                world.break_link(at, other);
            }
        }
        80..84 => {
            // A wall between two halves.
            let wall = world.random.pick(sites);
            let cut = world.random.permille(500);
            for one in 0..wall {
                for other in wall..sites {
                    world.link(one, other).cut = cut;
                    if cut {
                        world.break_link(one, other);
                    }
                }
            }
        }
        84..88 => backup(world, at),
        88..91 => restore(world, at, true),
        91..94 => {
            // Written after the image was taken, seen by others, and written otherwise again.
            backup(world, at);
            for _ in 0..world.random.between(1, 4) {
                write(world, at, space, 80);
            }
            let until_ms = world.now_ms + world.random.below(1_500);
            world.run_until(until_ms);
            restore(world, at, false);
            for _ in 0..world.random.below(4) {
                write(world, at, space, 80);
            }
        }
        94..97 if meshed => {
            let mut hosts: BTreeSet<NodeId> = world.sites.iter().map(|site| site.id).collect();
            hosts.retain(|_| world.random.permille(700));
            world.set_hosts(space, &hosts, 3_000);
        }
        _ => world.break_link(at, (at + 1) % sites),
    }
}

pub(crate) fn write(world: &mut World, at: usize, space: SpaceId, text: usize) {
    if world.sites[at].machine.is_none() || !world.sites[at].hosts.contains_key(&space) {
        return;
    }
    let wall_ms = (1_795_000_000_000 + world.now_ms) as i64 + world.sites[at].skew_ms;
    let length = world.random.between(1, text as u64) as usize;
    world.sites[at].write(space, &mut world.random, wall_ms.max(0) as u64, length);
    world.count.edits += 1;
    world.commit_soon(at);
}

fn backup(world: &mut World, at: usize) {
    let site = &mut world.sites[at];
    site.backup = Some((site.disk.clone(), site.certificate.clone()));
}

/// The disk goes back to a backup. By the rules with a new writer key; else as when the image of
/// a whole machine is brought back, and the site forks its own logs.
fn restore(world: &mut World, at: usize, by_the_rules: bool) {
    let Some((backup, certificate)) = world.sites[at].backup.clone() else {
        return;
    };
    world.crash(at);
    let site = &mut world.sites[at];
    let lost = site.disk.clone();
    site.disk = backup;
    if by_the_rules {
        site.certificate = certificate;
        site.new_writer(&mut world.random);
    }
    // What only this disk held is lost with it: no protocol can bring it back.
    let held_elsewhere = |id: &(SpaceId, EntryId)| {
        world.sites.iter().any(|site| {
            let ids = site.disk.settled_ids(&id.0);
            ids.values().any(|ids| ids.contains(&id.1))
        })
    };
    let mut gone = BTreeSet::new();
    for space in lost.spaces.keys() {
        for id in lost.ids(space).into_values().flatten() {
            if !held_elsewhere(&(*space, id)) {
                gone.insert((*space, id));
            }
        }
    }
    world.acknowledged.retain(|id| !gone.contains(id));
    world.start(at);
}

/// All faults end; within [`HEAL_MS`] all hosts must be equal, and nothing may be pending.
pub(crate) fn heal(world: &mut World) {
    world.faults = Faults::default();
    let sites = world.sites.len();
    for one in 0..sites {
        for other in one + 1..sites {
            world.link(one, other).cut = false;
        }
        if world.sites[one].machine.is_none() {
            world.start(one);
        }
    }
    let end_ms = world.now_ms + HEAL_MS;
    // Host changes on their way arrive first.
    let settled_ms = world.now_ms + 4_000;
    world.run_until(settled_ms);
    loop {
        let until_ms = world.now_ms + 1_000;
        world.run_until(until_ms);
        let difference = world.difference();
        let pending = pending(world);
        if difference.is_none() && pending.is_none() {
            break;
        }
        assert!(
            world.now_ms < end_ms,
            "not converged: {difference:?}, {pending:?}\n{}",
            world.describe()
        );
    }
    check_nothing_lost(world);
}

fn pending(world: &World) -> Option<String> {
    for (at, site) in world.sites.iter().enumerate() {
        let pending = site.machine.as_ref().map(|machine| machine.pending())?;
        let busy = pending.tickets + pending.asked + pending.serving + pending.unequal;
        if busy > 0 || !site.pending.is_empty() {
            return Some(format!("site {at}: {pending:?}"));
        }
    }
    None
}

fn check_nothing_lost(world: &World) {
    // A space that lost its hosts keeps its entries where they were.
    let mut stored: BTreeMap<SpaceId, BTreeSet<EntryId>> = BTreeMap::new();
    for site in &world.sites {
        for space in site.disk.spaces.keys() {
            let ids = site.disk.ids(space).into_values().flatten();
            stored.entry(*space).or_default().extend(ids);
        }
    }
    for (space, id) in &world.acknowledged {
        let held = stored.get(space).is_some_and(|ids| ids.contains(id));
        assert!(held, "acknowledged entry {id:?} of {space:?} is lost");
    }
    for site in &world.sites {
        for space in site.disk.spaces.keys() {
            assert!(world.ever_hosts[space].contains(&site.id));
        }
    }
}

fn run_seed(seed: u64) -> World {
    let mut world = small(seed, None);
    heal(&mut world);
    world
}

/// The same with a loss of power at one point of a commit; how many points the run had.
pub(crate) fn run_seed_crashing(seed: u64, crash_at: Option<u64>) -> u64 {
    let mut world = small(seed, crash_at);
    heal(&mut world);
    world.commit_points
}

/// Runs each seed from 0 on two threads, with what each thread gathers; or the one that
/// `BOCAGE_SEED` names. Fails with all seeds that failed.
pub(crate) fn each_seed<Sum: Default + Send + 'static>(
    usual: u64,
    run: fn(u64, &mut Sum),
) -> Vec<Sum> {
    if let Ok(seed) = std::env::var("BOCAGE_SEED") {
        let mut sum = Sum::default();
        run(seed.parse().expect("BOCAGE_SEED is a number"), &mut sum);
        return vec![sum];
    }
    let asked = std::env::var("BOCAGE_SEEDS").ok();
    let seeds = asked.map_or(usual, |count| {
        count.parse().expect("BOCAGE_SEEDS is a number")
    });
    let halves = [0, 1].map(|half| {
        std::thread::spawn(move || {
            let (mut failed, mut sum) = (Vec::new(), Sum::default());
            for seed in (0..seeds).filter(|seed| seed % 2 == half) {
                let one = AssertUnwindSafe(|| run(seed, &mut sum));
                if std::panic::catch_unwind(one).is_err() {
                    failed.push(seed);
                }
            }
            (failed, sum)
        })
    });
    let [(mut failed, one), (others, two)] = halves.map(|half| half.join().expect("caught above"));
    failed.extend(others);
    assert!(
        failed.is_empty(),
        "replay with BOCAGE_SEED= one of {failed:?}"
    );
    vec![one, two]
}

#[test]
fn a_thousand_seeds_converge_and_lose_nothing() {
    let sums = each_seed(SEEDS, |seed, sum: &mut (u64, u64, u64)| {
        let count = run_seed(seed).count;
        sum.0 += count.forks;
        sum.1 += count.crashes;
        sum.2 += count.edits;
    });
    let [one, two] = &sums[..] else {
        return; // one seed alone
    };
    let (forks, crashes, edits) = (one.0 + two.0, one.1 + two.1, one.2 + two.2);
    println!("forks {forks}, crashes {crashes}, edits {edits}");
    assert!(
        forks > 100 && crashes > 1_000 && edits > 10_000,
        "the runs do what they are for"
    );
}
