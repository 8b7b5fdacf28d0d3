//! Power is lost at every point of every commit of a run: before each single write becomes durable,
//! and after the last has, when nobody was told. Whatever is durable by then, all that
//! must hold after any run holds after this one.

use crate::{guests, runs};

/// Runs of each kind whose every commit point is tried; `BOCAGE_SEEDS` asks for more.
const SEEDS: u64 = 4;
/// Steps of a world with guests here: each commit point is a run of its own.
const GUEST_STEPS: u64 = 12;

#[test]
fn members_survive_a_crash_at_every_commit_point() {
    let points = runs::each_seed(SEEDS, |seed, sum: &mut u64| {
        let points = runs::run_seed_crashing(seed, None);
        for point in 0..points {
            runs::run_seed_crashing(seed, Some(point));
        }
        *sum += points;
    });
    println!("{points:?} commit points of members");
    assert!(points.iter().sum::<u64>() > 50);
}

#[test]
fn guests_survive_a_crash_at_every_commit_point() {
    let points = runs::each_seed(SEEDS, |seed, sum: &mut u64| {
        let points = guests::run_seed(seed, None, GUEST_STEPS);
        for point in 0..points {
            guests::run_seed(seed, Some(point), GUEST_STEPS);
        }
        *sum += points;
    });
    println!("{points:?} commit points of guests and members");
    assert!(points.iter().sum::<u64>() > 50);
}
