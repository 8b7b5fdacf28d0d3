//! One site of a realm: everything that waits on sockets, disk and clock. What is decided is decided
//! in `bocage-protocol` and `bocage-crdt`.

pub mod net;
