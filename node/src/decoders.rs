//! Two decoders of bytes from other sites that are private to their rooms, for the fuzz tests of
//! the package `tests`. Each reads, and writes again what it read. The program does not call them
//! here.

/// A frame beside the sync stream: who writes where, and offers.
pub fn side_frame(bytes: &[u8]) -> Option<Vec<u8>> {
    let frame = crate::hub::presence::SideFrame::read(bytes)?;
    Some(postcard::to_stdvec(&frame).expect("frames of plain values always encode"))
}

/// The addresses in a beacon.
pub fn beacon(bytes: &[u8]) -> Option<Vec<u8>> {
    let addresses = crate::net::driver::events::read_beacon(bytes)?;
    Some(postcard::to_stdvec(&addresses).expect("addresses always encode"))
}
