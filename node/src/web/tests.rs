//! Through real HTTP on loopback.
