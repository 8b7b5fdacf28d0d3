//! What tests and benches share: clients of the public API, and sites as real processes.
//!
//! Nothing of this is published, and nothing here looks inside a site.

pub mod clients;
