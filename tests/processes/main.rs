//! Real `bocage` processes on this machine: what a person or a technician meets when something goes
//! wrong, and what must hold all the same.
//!
//! Reading order: [`program`] runs the program, [`realm`] makes sites of it, [`client`] is a person
//! signed in; then one file per story. Ports are given by the system, data lies in temporary
//! folders, and nothing waits without a bound. The program is built apart:
//! `cargo build -p bocage-node && cargo test -p bocage-tests --test processes`.

mod chunk;
mod client;
mod program;
mod realm;

mod admitting;
mod archive;
mod backup;
mod bad_input;
mod closing;
mod command_line;
mod cut;
mod damage;
mod disk_full;
mod elsewhere;
mod erased;
mod frozen;
mod guests;
mod held;
mod hostile;
mod joining;
mod killed;
mod leaving;
mod long_page;
mod members;
mod names;
mod odd;
mod recovery;
mod registrars;
mod removed;
mod restored;
mod retired;
mod sealed;
mod stolen;
mod stolen_founder;
mod trials;
mod twice;
mod versions;
mod vouched;
