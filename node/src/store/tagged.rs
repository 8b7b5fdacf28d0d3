//! Values in clear with a tag: format version, 16 bytes of keyed BLAKE3 over key and value, then the
//! value. So lie the few that must be read before there is a key, and all of format 1.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Length of what precedes the value.
const PREFIX: usize = 17;
const CONTEXT: &str = "bocage 1 stored value";

fn tag(key: &[u8], value: &[u8]) -> [u8; 16] {
    bocage_crdt::ids::derive(CONTEXT, &[&(key.len() as u32).to_le_bytes(), key, value])
}

/// The bytes to store under `key`.
pub(super) fn seal(version: u8, key: &[u8], value: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(PREFIX + value.len());
    sealed.push(version);
    sealed.extend_from_slice(&tag(key, value));
    sealed.extend_from_slice(value);
    sealed
}

/// The value stored under `key`, or what is wrong with it.
pub(super) fn open<'a>(version: u8, key: &[u8], sealed: &'a [u8]) -> Result<&'a [u8], String> {
    let Some((prefix, value)) = sealed.split_at_checked(PREFIX) else {
        return Err("a stored value is cut short".to_owned());
    };
    if prefix[1..] != tag(key, value) {
        return Err("a stored value does not match its tag".to_owned());
    }
    if prefix[0] != version {
        return Err(format!(
            "a stored value has format {}, not {version}",
            prefix[0]
        ));
    }
    Ok(value)
}

/// [`seal`] of a row's postcard bytes.
pub(super) fn seal_row<T: Serialize>(version: u8, key: &[u8], row: &T) -> Vec<u8> {
    let value = postcard::to_stdvec(row).expect("rows of plain values always encode");
    seal(version, key, &value)
}

/// [`open`] and decode a row.
pub(super) fn open_row<T: DeserializeOwned>(
    version: u8,
    key: &[u8],
    sealed: &[u8],
) -> Result<T, String> {
    postcard::from_bytes(open(version, key, sealed)?)
        .map_err(|error| format!("a stored row does not decode: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_and_a_wrong_place_are_noticed() {
        let sealed = seal(1, b"key", b"value");
        assert_eq!(open(1, b"key", &sealed), Ok(&b"value"[..]));
        assert!(open(1, b"kez", &sealed).is_err());
        for bit in 8..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(open(1, b"key", &flipped).is_err(), "bit {bit}");
        }
        assert!(open(2, b"key", &sealed).is_err());
        assert!(open(1, b"key", &sealed[..PREFIX - 1]).is_err());
    }
}
