//! Real `bocage` processes on this machine: what a person or a technician meets when something goes
//! wrong, and what must hold all the same.
//!
//! Reading order: [`program`] runs the program, [`realm`] makes sites of it, [`client`] is a person
//! signed in; then one file per story. Ports are given by the system, data lies in temporary
//! folders, and nothing waits without a bound. The program is built apart:
//! `cargo build -p bocage-node && cargo test -p bocage-tests --test processes`.

mod client;
mod program;
mod realm;

mod admitting;
mod bad_input;
mod command_line;
mod cut;
mod damage;
mod disk_full;
mod erased;
mod frozen;
mod joining;
mod killed;
mod long_page;
mod members;
mod names;
mod removed;
mod restored;
mod versions;
