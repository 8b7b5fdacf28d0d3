//! The site: sockets, disk, clock and randomness; everything that waits.

pub mod api;
pub mod store;
pub mod web;
