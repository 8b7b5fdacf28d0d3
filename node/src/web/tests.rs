//! The web server through real HTTP on loopback, in front of a site in memory.

mod bad_input;
mod client;
mod fake;
mod pages;
mod session;
mod socket;
mod tls;
