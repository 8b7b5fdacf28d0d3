//! Change chunks as automerge writes them, put together by hand.

use bocage_crdt::gate;

/// An unsigned number, seven bits a byte.
pub(crate) fn number(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// What stands behind the length.
pub(crate) fn body_of(chunk: &[u8]) -> Vec<u8> {
    let digits = chunk[9..].iter().take_while(|byte| **byte >= 0x80).count();
    chunk[9 + digits + 1..].to_vec()
}

/// A chunk with the right length and checksum.
pub(crate) fn seal(body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0, 1];
    number(body.len() as u64, &mut bytes);
    bytes.extend(body);
    let hash = gate::hash_of(&bytes).expect("a whole chunk");
    bytes[4..8].copy_from_slice(&hash.0[..4]);
    bytes
}
