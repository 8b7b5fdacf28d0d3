//! The site: the only room with sockets, disk, clock and randomness.

pub mod store;
