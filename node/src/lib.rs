//! The site: sockets, disk, clock and randomness; everything that waits.

pub mod api;
pub mod demo;
pub mod hub;
pub mod net;
pub mod store;
pub mod web;
