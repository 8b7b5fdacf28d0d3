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
mod copies;
mod cut;
mod damage;
mod destroyed;
mod disk_full;
mod elsewhere;
mod erased;
mod erased_twice;
mod falsified;
mod found_later;
mod frozen;
mod groups;
mod guest_people;
mod guests;
mod healed;
mod held;
mod hostile;
mod joining;
mod killed;
mod leaving;
mod long_page;
mod members;
mod names;
mod odd;
mod own_data;
mod rebuilt;
mod recovery;
mod registrars;
mod removed;
mod restored;
mod retired;
mod sealed;
mod sponsors;
mod stolen;
mod stolen_founder;
mod trials;
mod twice;
mod typed;
mod undone;
mod versions;
mod vouched;
