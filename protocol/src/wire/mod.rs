//! What sites say to each other: frames, their exact bytes and how entries are packed in them.
//!
//! Pure encoding and decoding; who may say what is the machine's business. `docs/wire.md` draws
//! the layouts and golden samples hold them.

mod bytes;
pub mod compress;
pub mod frame;
pub mod pack;
pub mod refusal;

#[cfg(test)]
mod tests;
