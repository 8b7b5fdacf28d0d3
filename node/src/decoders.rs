//! Decoders of bytes from outside that are private to their rooms, for the fuzz tests of
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

/// What both sides of a link say first.
pub fn greeting(bytes: &[u8]) -> Option<Vec<u8>> {
    crate::net::boots::Greeting::decode(bytes).map(|greeting| greeting.encode())
}

/// What a guest is told when its ticket is redeemed.
pub fn guest_welcome(bytes: &[u8]) -> Option<Vec<u8>> {
    let welcome: crate::hub::GuestWelcome = postcard::from_bytes(bytes).ok()?;
    Some(postcard::to_stdvec(&welcome).expect("plain values always encode"))
}

/// A record of a backup, with its length before it.
pub fn backup_record(bytes: &[u8]) -> Option<Vec<u8>> {
    crate::backup::read_again(bytes)
}

/// A value as it lies on the disk, under a fixed key: opened, or why not.
pub fn sealed_value(bytes: &[u8]) -> Result<Vec<u8>, String> {
    crate::store::open_sample(bytes)
}

/// A value sealed so that [`sealed_value`] opens it.
pub fn a_sealed_value(value: &[u8]) -> Vec<u8> {
    crate::store::seal_sample(value)
}
