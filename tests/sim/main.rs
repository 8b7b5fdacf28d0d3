//! The seeded simulator: the pure machine of `protocol` under crashes, cuts, one-way links, slow
//! peers, wrong clocks, restored backups and sites that fork their own logs, honest and hostile guests
//! beside them; and a loss of power at every single point of every commit.
//!
//! A failing run prints its seed; `BOCAGE_SEED=<seed> cargo test -p bocage-tests --test sim`
//! replays it alone.

mod bad_input;
mod commit_points;
mod costs;
mod disk;
mod effects;
mod equality;
mod forging;
mod guest_checks;
mod guests;
mod large;
mod minds;
mod own_claims;
mod random;
mod runs;
mod site;
mod too_much;
mod victim;
mod world;
