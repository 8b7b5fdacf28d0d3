//! Who may what, and what sites say to each other. Pure: time, randomness and stored bytes are
//! arguments; effects are returned, never performed. Knows no kind of item.
//!
//! Reading order: [`limits`] states every bound, [`certificate`] says who writes, [`entry`] is one
//! signed record of a log, [`rights`] decides which of them count, [`log`] how a site stands with
//! a log, [`wire`] what sites say, [`machine`] when they say it.

pub mod certificate;
pub mod entry;
pub mod limits;
pub mod log;
pub mod machine;
pub mod rights;
pub mod ticket;
pub mod wire;
