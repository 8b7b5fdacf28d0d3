//! The data keys: one for what belongs to no space, one per space, wrapped by the site key in the
//! table `keys`. A value names its key, so that old and new keys live side by side while a
//! rotation walks through the file.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, Nonce, UnboundKey};
use bocage_crdt::ids::{SpaceId, derive};
use chacha20poly1305::aead::inout::InOutBuf;
use chacha20poly1305::{AeadInOut, KeyInit, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::{LogNumber, OTHER_BRANCHES, SpaceNumber};
use crate::keys::SiteKey;

/// What belongs to no space. Spaces are numbered from 1.
pub(crate) const SITE: SpaceNumber = 0;
/// Number of a data key in its store.
pub(crate) type KeyNumber = u32;

/// The longest nonce of any cipher.
pub(super) const NONCE: usize = 24;
pub(super) const TAG: usize = 16;
const GCM_SIV_NONCE: usize = 12;
const WRAPPED: usize = 1 + NONCE + 4 + 32 + TAG;

/// What seals with a data key. It is the format of the wrapped key: a key drawn before there was
/// another cipher opens what it sealed for as long as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum CipherKind {
    XChaCha = 1,
    GcmSiv = 2,
}

impl CipherKind {
    /// Of the keys drawn now: the fastest here that forgives a nonce that comes twice (ADR 0016).
    pub(super) const NOW: Self = Self::GcmSiv;

    fn of(format: u8) -> Option<Self> {
        [Self::XChaCha, Self::GcmSiv]
            .into_iter()
            .find(|kind| *kind as u8 == format)
    }
}

/// Either wipes its key when it is dropped. The schedule of a key is made once, not per value.
enum Cipher {
    XChaCha(XChaCha20Poly1305),
    GcmSiv(LessSafeKey),
}

/// A cipher with its key.
pub(super) struct DataKey {
    pub(super) number: KeyNumber,
    pub(super) space: SpaceNumber,
    cipher: Cipher,
}

impl DataKey {
    fn new(number: KeyNumber, space: SpaceNumber, kind: CipherKind, key: &[u8; 32]) -> Self {
        let cipher = match kind {
            CipherKind::XChaCha => Cipher::XChaCha(XChaCha20Poly1305::new(key.into())),
            CipherKind::GcmSiv => {
                let key = UnboundKey::new(&AES_256_GCM_SIV, key);
                Cipher::GcmSiv(LessSafeKey::new(key.expect("it takes keys of 32 bytes")))
            }
        };
        Self {
            number,
            space,
            cipher,
        }
    }

    /// How long the nonce is that stands before a value.
    pub(super) fn nonce_length(&self) -> usize {
        match self.cipher {
            Cipher::XChaCha(_) => NONCE,
            Cipher::GcmSiv(_) => GCM_SIV_NONCE,
        }
    }

    /// Seals in place, after a nonce drawn for this value.
    pub(super) fn seal(&self, about: &[u8], nonce: &[u8], value: &mut [u8]) -> [u8; TAG] {
        match &self.cipher {
            Cipher::XChaCha(cipher) => {
                let nonce = nonce.try_into().expect("as long as the cipher says");
                seal(cipher, about, nonce, value)
            }
            Cipher::GcmSiv(key) => {
                let nonce = Nonce::try_assume_unique_for_key(nonce);
                let nonce = nonce.expect("as long as the cipher says");
                let tag = key.seal_in_place_separate_tag(nonce, Aad::from(about), value);
                let tag = tag.expect("values are far below the cipher's limit of 64 GiB");
                tag.as_ref().try_into().expect("a tag of 16 bytes")
            }
        }
    }

    /// The value, if all is as it was sealed.
    pub(super) fn open(
        &self,
        about: &[u8],
        nonce: &[u8],
        sealed: &[u8],
        tag: &[u8],
    ) -> Option<Vec<u8>> {
        match &self.cipher {
            Cipher::XChaCha(cipher) => {
                let mut value = sealed.to_vec();
                open(cipher, about, nonce, &mut value, tag).then_some(value)
            }
            Cipher::GcmSiv(key) => {
                let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
                let mut value = vec![0; sealed.len()];
                key.open_separate_gather(nonce, Aad::from(about), sealed, tag, &mut value)
                    .ok()?;
                Some(value)
            }
        }
    }
}

fn seal(
    cipher: &XChaCha20Poly1305,
    about: &[u8],
    nonce: &[u8; NONCE],
    value: &mut [u8],
) -> [u8; TAG] {
    cipher
        .encrypt_inout_detached(&XNonce::from(*nonce), about, InOutBuf::from(value))
        .expect("values are far below the cipher's limit of 256 GiB")
        .into()
}

fn open(
    cipher: &XChaCha20Poly1305,
    about: &[u8],
    nonce: &[u8],
    value: &mut [u8],
    tag: &[u8],
) -> bool {
    let (Ok(nonce), Ok(tag)) = (<[u8; NONCE]>::try_from(nonce), <[u8; TAG]>::try_from(tag)) else {
        return false;
    };
    cipher
        .decrypt_inout_detached(&nonce.into(), about, InOutBuf::from(value), &tag.into())
        .is_ok()
}

fn about(number: KeyNumber, kind: CipherKind) -> Vec<u8> {
    let mut about = b"bocage data key".to_vec();
    about.push(kind as u8);
    about.extend_from_slice(&number.to_be_bytes());
    about
}

/// A data key as it lies in the table: format, nonce, and sealed: space number, key.
pub(super) fn wrap(
    site: &SiteKey,
    number: KeyNumber,
    space: SpaceNumber,
    kind: CipherKind,
    key: &[u8; 32],
) -> Vec<u8> {
    let cipher = XChaCha20Poly1305::new(site.bytes().into());
    let nonce: [u8; NONCE] = rand::random();
    let mut body = Zeroizing::new([0; 36]);
    body[..4].copy_from_slice(&space.to_le_bytes());
    body[4..].copy_from_slice(key);
    let tag = seal(&cipher, &about(number, kind), &nonce, &mut *body);
    // What is left in `body` is sealed.
    let mut wrapped = Vec::with_capacity(WRAPPED);
    wrapped.push(kind as u8);
    wrapped.extend_from_slice(&nonce);
    wrapped.extend_from_slice(&*body);
    wrapped.extend_from_slice(&tag);
    wrapped
}

/// The space, cipher and key of a wrapped key.
pub(super) fn unwrap(
    site: &SiteKey,
    number: KeyNumber,
    wrapped: &[u8],
) -> Result<(SpaceNumber, CipherKind, Zeroizing<[u8; 32]>), String> {
    let damaged = || format!("data key {number} does not open with the site key");
    let kind = wrapped.first().copied().and_then(CipherKind::of);
    let kind = kind.filter(|_| wrapped.len() == WRAPPED);
    let kind = kind.ok_or_else(damaged)?;
    let cipher = XChaCha20Poly1305::new(site.bytes().into());
    let (nonce, rest) = wrapped[1..].split_at(NONCE);
    let (sealed, tag) = rest.split_at(36);
    let mut body = Zeroizing::new([0; 36]);
    body.copy_from_slice(sealed);
    if !open(&cipher, &about(number, kind), nonce, &mut *body, tag) {
        return Err(damaged());
    }
    let mut key = Zeroizing::new([0; 32]);
    key.copy_from_slice(&body[4..]);
    let space = u32::from_le_bytes([body[0], body[1], body[2], body[3]]);
    Ok((space, kind, key))
}

/// The keys as one commit sees them.
#[derive(Clone, Default)]
pub(super) struct Keys {
    by_number: HashMap<KeyNumber, Arc<DataKey>>,
    /// No longer on the disk. Kept in memory for whoever read a value just before.
    forgotten: HashSet<KeyNumber>,
    current: HashMap<SpaceNumber, Arc<DataKey>>,
    spaces: HashMap<SpaceId, SpaceNumber>,
    logs: HashMap<LogNumber, SpaceNumber>,
    /// Hides logins, which are keys of a table.
    logins: Zeroizing<[u8; 32]>,
    /// Of all snapshots of these keys together.
    pub(super) work: Arc<Work>,
}

/// What was sealed and opened since the start. What it costs is measured from it: a clock around
/// each value would cost as much as the value.
#[derive(Default)]
pub(super) struct Work {
    values: AtomicU64,
    bytes: AtomicU64,
}

impl Work {
    pub(super) fn count(&self, value: &[u8]) {
        self.values.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(value.len() as u64, Ordering::Relaxed);
    }
}

impl Keys {
    /// Adds a key; the highest number of a space seals, all open.
    pub(super) fn add(
        &mut self,
        number: KeyNumber,
        space: SpaceNumber,
        kind: CipherKind,
        key: &[u8; 32],
    ) {
        let key = Arc::new(DataKey::new(number, space, kind, key));
        self.by_number.insert(number, Arc::clone(&key));
        let current = self
            .current
            .entry(space)
            .or_insert_with(|| Arc::clone(&key));
        if current.number < number {
            *current = key;
        }
    }

    /// Draws a key for a space: its number, and its bytes to be wrapped.
    pub(super) fn draw(&mut self, space: SpaceNumber) -> (KeyNumber, Zeroizing<[u8; 32]>) {
        let number = self.by_number.keys().max().map_or(1, |last| last + 1);
        let key = Zeroizing::new(rand::random());
        self.add(number, space, CipherKind::NOW, &key);
        (number, key)
    }

    pub(super) fn forget(&mut self, number: KeyNumber) {
        self.forgotten.insert(number);
    }

    pub(super) fn has_space(&self, space: SpaceNumber) -> bool {
        self.current.contains_key(&space)
    }

    pub(super) fn know_space(&mut self, number: SpaceNumber, space: SpaceId) {
        self.spaces.insert(space, number);
    }

    pub(super) fn knows_log(&self, log: LogNumber) -> bool {
        self.logs.contains_key(&log)
    }

    pub(super) fn know_log(&mut self, log: LogNumber, space: SpaceNumber) {
        self.logs.insert(log, space);
    }

    pub(super) fn set_logins(&mut self, key: Zeroizing<[u8; 32]>) {
        self.logins = key;
    }

    /// The key under which a login's account lies.
    pub(super) fn login(&self, login: &str) -> [u8; 16] {
        derive("bocage 1 login", &[&*self.logins, login.as_bytes()])
    }

    /// The space of an entry's log, main line or branch.
    pub(super) fn space_of_log(&self, log: LogNumber) -> SpaceNumber {
        self.logs
            .get(&(log & !OTHER_BRANCHES))
            .copied()
            .unwrap_or(SITE)
    }

    pub(super) fn number_of(&self, space: &SpaceId) -> SpaceNumber {
        self.spaces.get(space).copied().unwrap_or(SITE)
    }

    /// The key that seals a space's values now; the site's while the space has none of its own.
    pub(super) fn sealing(&self, space: SpaceNumber) -> &DataKey {
        self.current
            .get(&space)
            .or_else(|| self.current.get(&SITE))
            .expect("a store is opened with its site's data key")
    }

    pub(super) fn opening(&self, number: KeyNumber) -> Option<&DataKey> {
        self.by_number.get(&number).map(|key| &**key)
    }

    /// The space of a key that another one has taken the place of; `None` while it seals.
    pub(super) fn newer(&self, number: KeyNumber) -> Option<SpaceNumber> {
        let space = self.by_number.get(&number)?.space;
        let current = self.current.get(&space)?;
        (current.number != number).then_some(space)
    }

    /// Numbers of all keys, ascending, with their spaces; the last value says which seal.
    pub(super) fn list(&self) -> Vec<(KeyNumber, SpaceNumber, bool)> {
        let mut list: Vec<_> = self
            .by_number
            .values()
            .filter(|key| !self.forgotten.contains(&key.number))
            .map(|key| {
                let current = self.current.get(&key.space);
                let seals = current.is_some_and(|current| current.number == key.number);
                (key.number, key.space, seals)
            })
            .collect();
        list.sort_unstable();
        list
    }
}

/// The keys of an open store, shared by `log.redb`, which keeps them, and `state.redb`.
#[derive(Default)]
pub struct Keyring {
    keys: RwLock<Arc<Keys>>,
}

impl Keyring {
    /// The keys as they are now.
    pub(super) fn now(&self) -> Arc<Keys> {
        // Set whole or not at all: a panic elsewhere leaves nothing half.
        Arc::clone(&self.keys.read().unwrap_or_else(|held| held.into_inner()))
    }

    /// Values sealed and opened since the start, and their bytes.
    pub fn worked(&self) -> (u64, u64) {
        let work = &self.now().work;
        let (values, bytes) = (&work.values, &work.bytes);
        (
            values.load(Ordering::Relaxed),
            bytes.load(Ordering::Relaxed),
        )
    }

    /// Keys that are durable: from now on values may be sealed with them.
    pub(super) fn set(&self, keys: Arc<Keys>) {
        *self.keys.write().unwrap_or_else(|held| held.into_inner()) = keys;
    }
}
