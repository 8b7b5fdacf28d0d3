//! One large world: 50 sites in seven territories, 1,000 spaces, a fifth of all frames taking
//! their connection down, random walls. It must converge, and what an edit costs is asserted.

use std::collections::BTreeSet;

use bocage_crdt::ids::{NodeId, SpaceId};

use crate::runs::{heal, write};
use crate::site::Site;
use crate::world::{Count, Faults, World};

const SITES: usize = 50;
const SPACES: usize = 1_000;
const TERRITORIES: usize = 7;
/// Edits of the calm and of the disturbed phase, 20 s of virtual time each.
const EDITS: u64 = 1_000;
const PHASE_MS: u64 = 20_000;

/// What an edit may cost.
struct Costs {
    /// For each receiver of an edit.
    bytes_per_delivery: u64,
    /// Questions, each of which is a round trip.
    wants_per_delivery_permille: u64,
    /// Sites that an entry travels over.
    hops: u64,
    /// The same in the mean.
    hops_mean_permille: u64,
}

/// While nothing is broken: the pushed entry, its ack, and its share of what hosts tell each other
/// (text of up to 100 letters). Pushes suffice, nearly nothing is asked for; all hosts of a space
/// are connected, so a go-between is faster only beside a slow line.
const CALM: Costs = Costs {
    bytes_per_delivery: 500,
    wants_per_delivery_permille: 10,
    hops: 2,
    hops_mean_permille: 1_005,
};
/// With a fifth of all frames breaking their connection, three quarters of the bytes are Hellos,
/// listings and what was lost on the way. Several entries come with one question, and may travel
/// through other hosts while the direct line is down.
const ROUGH: Costs = Costs {
    bytes_per_delivery: 4_000,
    wants_per_delivery_permille: 1_500,
    hops: 6,
    hops_mean_permille: 1_500,
};

fn build() -> (World, Vec<SpaceId>) {
    let mut world = World::new(2);
    for _ in 0..SITES {
        let site = Site::new(&mut world.random);
        world.sites.push(site);
    }
    let mut spaces = Vec::new();
    let mut neighbours = BTreeSet::new();
    for number in 0..SPACES {
        let space = SpaceId(world.random.bytes());
        let territory = number % TERRITORIES;
        let mut hosts = BTreeSet::from([territory]);
        if world.random.permille(500) {
            hosts.insert(0);
        }
        for _ in 0..world.random.between(1, 4) {
            let place = world.random.pick(SITES / TERRITORIES);
            hosts.insert(territory + place * TERRITORIES);
        }
        if world.random.permille(20) {
            hosts.insert(world.random.pick(SITES));
        }
        for one in &hosts {
            for other in &hosts {
                if one < other {
                    neighbours.insert((*one, *other));
                }
            }
        }
        let hosts: BTreeSet<NodeId> = hosts.iter().map(|at| world.sites[*at].id).collect();
        world.set_hosts(space, &hosts, 0);
        spaces.push(space);
    }
    for site in 0..SITES {
        world.start(site);
    }
    for (one, other) in neighbours {
        let delay_ms = world.random.between(2, 40);
        world.connect(one, other, delay_ms, 0);
    }
    (world, spaces)
}

/// Edits spread over time; returns what they cost.
fn phase(world: &mut World, spaces: &[SpaceId], walls: bool) -> Count {
    let before = world.count;
    for _ in 0..EDITS {
        let until_ms = world.now_ms + PHASE_MS / EDITS;
        world.run_until(until_ms);
        let space = spaces[world.random.pick(spaces.len())];
        let hosts: Vec<usize> = (0..SITES)
            .filter(|at| world.sites[*at].hosts.contains_key(&space))
            .collect();
        let at = hosts[world.random.pick(hosts.len())];
        write(world, at, space, 100);
        if walls && world.random.permille(10) {
            let wall = world.random.pick(SITES);
            let cut = world.random.permille(500);
            for one in 0..wall {
                for other in wall..SITES {
                    world.link(one, other).cut = cut;
                    if cut {
                        world.break_link(one, other);
                    }
                }
            }
        }
    }
    before
}

/// Prints what a phase cost, for people and for the bench, and checks it.
fn check_costs(phase: &str, before: Count, after: Count, most: Costs) {
    let deliveries = (after.deliveries - before.deliveries).max(1);
    let edits = (after.edits - before.edits).max(1);
    let bytes = (after.bytes - before.bytes) / deliveries;
    let wants = (after.wants - before.wants) * 1_000 / deliveries;
    let hops = after.hops_max;
    let hops_mean = (after.hops - before.hops) * 1_000 / deliveries;
    println!(
        "{} connections; hops {:.3} in the mean",
        after.connections - before.connections,
        hops_mean as f64 / 1_000.0,
    );
    println!(
        "figures {phase}: edits={edits} deliveries={deliveries} bytes={} bytes-each={bytes} \
         bytes-each-max={} round-trips={:.3} hops-most={hops} hops-max={}",
        (after.bytes - before.bytes) / edits,
        most.bytes_per_delivery,
        (after.wants - before.wants) as f64 / edits as f64,
        most.hops,
    );
    assert!(bytes <= most.bytes_per_delivery);
    assert!(wants <= most.wants_per_delivery_permille);
    assert!(hops <= most.hops);
    assert!(hops_mean <= most.hops_mean_permille);
}

#[test]
fn fifty_sites_and_a_thousand_spaces_converge() {
    let (mut world, spaces) = build();
    let settled_ms = world.now_ms + 3_000;
    world.run_until(settled_ms);

    let before = phase(&mut world, &spaces, false);
    heal(&mut world);
    check_costs("calm", before, world.count, CALM);

    world.faults = Faults {
        frame_breaks: 200,
        ..Faults::default()
    };
    let before = phase(&mut world, &spaces, true);
    heal(&mut world);
    check_costs("rough", before, world.count, ROUGH);
    assert_eq!(
        world.count.refused, 0,
        "honest sites refuse nothing of each other"
    );
}
