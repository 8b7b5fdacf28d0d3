//! The site: sockets, disk, clock and randomness; everything that waits.

pub mod api;
pub mod archive;
pub mod backup;
pub mod cli;
pub mod clock;
pub mod config;
#[doc(hidden)]
pub mod decoders;
pub mod demo;
pub mod failure;
pub mod hub;
pub mod identity;
pub mod keys;
pub mod net;
pub mod recovery;
pub mod secret;
pub mod site;
pub mod store;
pub mod trial;
pub mod web;
