//! The site's web server: the public API, the WebSocket and the interface's files.
//!
//! It knows HTTP, passwords, sessions and TLS. What the site holds and who may see it is behind
//! [`site::Site`]; nothing here decides about content.

pub mod site;
