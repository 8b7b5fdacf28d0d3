//! Values as they lie on the disk: format, number of the data key, nonce, sealed value, tag. How
//! long the nonce is follows from the key's cipher. The tag covers table, key and format too: a value
//! at another's place is noticed like a flipped bit.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::SpaceNumber;
use super::keyring::{CipherKind, KeyNumber, Keys, NONCE, TAG};

/// What precedes the nonce.
const PREFIX: usize = 1 + 4;

/// Where a value lies: what its tag is bound to.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) format: u8,
    pub(super) table: &'static str,
    pub(super) key: &'a [u8],
}

impl Place<'_> {
    fn about(&self, number: [u8; 4]) -> Vec<u8> {
        let mut about = Vec::with_capacity(16 + 2 + 4 + self.table.len() + self.key.len());
        about.extend_from_slice(b"bocage value");
        about.push(self.format);
        about.extend_from_slice(&number);
        // No table's name is another's beginning together with a key: its length says where it ends.
        about.push(self.table.len() as u8);
        about.extend_from_slice(self.table.as_bytes());
        about.extend_from_slice(self.key);
        about
    }
}

/// The bytes to store, sealed with the space's key.
pub(super) fn seal(keys: &Keys, space: SpaceNumber, place: Place<'_>, value: &[u8]) -> Vec<u8> {
    seal_after(keys, space, place, value, rand::random())
}

fn seal_after(
    keys: &Keys,
    space: SpaceNumber,
    place: Place<'_>,
    value: &[u8],
    nonce: [u8; NONCE],
) -> Vec<u8> {
    let key = keys.sealing(space);
    let number = key.number.to_le_bytes();
    let nonce = &nonce[..key.nonce_length()];
    keys.work.count(value);
    let mut sealed = Vec::with_capacity(PREFIX + nonce.len() + value.len() + TAG);
    sealed.push(place.format);
    sealed.extend_from_slice(&number);
    sealed.extend_from_slice(nonce);
    sealed.extend_from_slice(value);
    let tag = key.seal(
        &place.about(number),
        nonce,
        &mut sealed[PREFIX + nonce.len()..],
    );
    sealed.extend_from_slice(&tag);
    sealed
}

/// The number of the key that opens a value.
pub(super) fn key_of(sealed: &[u8]) -> Option<KeyNumber> {
    let number = sealed.get(1..5)?.try_into().ok()?;
    Some(u32::from_le_bytes(number))
}

/// The value, or what is wrong with it.
pub(super) fn open(keys: &Keys, place: Place<'_>, sealed: &[u8]) -> Result<Vec<u8>, String> {
    let cut = || "a stored value is cut short".to_owned();
    let (prefix, rest) = sealed.split_at_checked(PREFIX).ok_or_else(cut)?;
    if prefix[0] != place.format {
        return Err(format!(
            "a stored value has format {}, not {}",
            prefix[0], place.format
        ));
    }
    let number = [prefix[1], prefix[2], prefix[3], prefix[4]];
    let key = keys
        .opening(u32::from_le_bytes(number))
        .ok_or("a stored value names a key that is not here")?;
    let (nonce, rest) = rest.split_at_checked(key.nonce_length()).ok_or_else(cut)?;
    let length = rest.len().checked_sub(TAG).ok_or_else(cut)?;
    let (value, tag) = rest.split_at(length);
    keys.work.count(value);
    key.open(&place.about(number), nonce, value, tag)
        .ok_or_else(|| "a stored value does not match its tag".to_owned())
}

/// Seals values as entries of one space, and opens them: what at-rest encryption adds to storing
/// and reading. For measurements; the key is drawn here and nothing is kept.
pub fn seal_and_open<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Result<(), String> {
    const SPACE: SpaceNumber = 1;
    let mut keys = Keys::default();
    keys.draw(SPACE);
    for (number, value) in values.into_iter().enumerate() {
        let key = (number as u64).to_le_bytes();
        let place = Place {
            format: 2,
            table: "entries",
            key: &key,
        };
        let sealed = seal(&keys, SPACE, place, value);
        if open(&keys, place, &sealed)? != value {
            return Err("a value opened as another".to_owned());
        }
    }
    Ok(())
}

/// Where samples for the fuzz tests lie.
const SAMPLE: Place<'static> = Place {
    format: 2,
    table: "entries",
    key: b"sample",
};

fn sample_keys() -> Keys {
    let mut keys = Keys::default();
    keys.add(1, 1, CipherKind::NOW, &[7; 32]);
    keys
}

/// Opens a sample.
pub(crate) fn open_sample(sealed: &[u8]) -> Result<Vec<u8>, String> {
    open(&sample_keys(), SAMPLE, sealed)
}

/// Seals a sample; always after the same nonce, which no key in use is.
pub(crate) fn seal_sample(value: &[u8]) -> Vec<u8> {
    seal_after(&sample_keys(), 1, SAMPLE, value, [9; NONCE])
}

/// [`seal`] of a row's postcard bytes.
pub(super) fn seal_row<T: Serialize>(
    keys: &Keys,
    space: SpaceNumber,
    place: Place<'_>,
    row: &T,
) -> Vec<u8> {
    let value = postcard::to_stdvec(row).expect("rows of plain values always encode");
    seal(keys, space, place, &value)
}

/// [`open`] and decode a row.
pub(super) fn open_row<T: DeserializeOwned>(
    keys: &Keys,
    place: Place<'_>,
    sealed: &[u8],
) -> Result<T, String> {
    postcard::from_bytes(&open(keys, place, sealed)?)
        .map_err(|error| format!("a stored row does not decode: {error}"))
}

#[cfg(test)]
mod tests {
    use super::super::keyring::SITE;
    use super::*;

    fn place(table: &'static str, key: &'static [u8]) -> Place<'static> {
        Place {
            format: 2,
            table,
            key,
        }
    }

    #[test]
    fn every_flipped_bit_and_a_wrong_place_are_noticed() {
        let mut keys = Keys::default();
        keys.draw(SITE);
        keys.draw(7);
        let here = place("rows", b"key");
        let sealed = seal(&keys, 7, here, b"value");
        assert_eq!(open(&keys, here, &sealed).as_deref(), Ok(&b"value"[..]));
        assert_eq!(key_of(&sealed), Some(2));
        assert!(!sealed.windows(5).any(|part| part == b"value"));
        for elsewhere in [
            place("rows", b"kez"),
            place("row", b"skey"),
            Place { format: 3, ..here },
        ] {
            assert!(open(&keys, elsewhere, &sealed).is_err());
        }
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&keys, here, &flipped).is_err(), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert!(open(&keys, here, &sealed[..length]).is_err());
        }
        // Another store's key of the same number.
        let mut others = Keys::default();
        others.draw(SITE);
        others.draw(7);
        assert!(open(&others, here, &sealed).is_err());
    }

    #[test]
    fn a_key_of_the_former_cipher_opens_what_it_sealed() {
        let here = place("rows", b"key");
        let mut former = Keys::default();
        former.add(1, SITE, CipherKind::XChaCha, &[5; 32]);
        let old = seal(&former, SITE, here, b"old");
        let mut keys = former.clone();
        keys.draw(SITE);
        let new = seal(&keys, SITE, here, b"new");
        assert_eq!(open(&keys, here, &old).as_deref(), Ok(&b"old"[..]));
        assert_eq!(open(&keys, here, &new).as_deref(), Ok(&b"new"[..]));
        assert_eq!(old.len() - new.len(), 12, "a shorter nonce");
        // The same bytes as a key of the other cipher: the tag decides.
        let mut other = Keys::default();
        other.add(1, SITE, CipherKind::GcmSiv, &[5; 32]);
        assert!(open(&other, here, &old).is_err());
    }

    #[test]
    fn the_newest_key_seals_and_the_older_one_opens() {
        let mut keys = Keys::default();
        keys.draw(SITE);
        let here = place("rows", b"key");
        let old = seal(&keys, SITE, here, b"old");
        keys.draw(SITE);
        let new = seal(&keys, SITE, here, b"new");
        assert_eq!((key_of(&old), key_of(&new)), (Some(1), Some(2)));
        assert_eq!(open(&keys, here, &old).as_deref(), Ok(&b"old"[..]));
        assert_eq!(keys.list(), [(1, SITE, false), (2, SITE, true)]);
        assert_eq!((keys.newer(1), keys.newer(2)), (Some(SITE), None));
        keys.forget(1);
        assert_eq!(keys.list(), [(2, SITE, true)]);
        assert_eq!(open(&keys, here, &new).as_deref(), Ok(&b"new"[..]));
    }
}
