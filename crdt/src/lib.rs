//! What items mean. Pure: no socket, no disk, no clock, no randomness lives here.
//!
//! Reading order: [`ids`] names things, [`text`] says which strings are kept, [`record`] and
//! [`document`] are the two payloads of an item, [`gate`] decides which automerge changes may
//! touch a document, [`features`] gives each kind its commands and its view.

pub mod blocks;
pub mod document;
pub mod features;
pub mod gate;
pub mod html;
pub mod ids;
pub mod markdown;
pub mod record;
pub mod text;
