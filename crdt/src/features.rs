//! The kinds of items and what can be asked of them. A feature never imports a sibling.
//!
//! [`commands`] states every command in the exact shape in which clients send it.

pub mod commands;

pub use commands::Command;
