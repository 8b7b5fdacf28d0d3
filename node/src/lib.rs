//! The site: sockets, disk, clock and randomness; everything that waits.

pub mod cli;
pub mod clock;
pub mod config;
pub mod failure;
pub mod identity;
pub mod net;
pub mod secret;
pub mod site;
