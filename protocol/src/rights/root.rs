//! The keys that stand above everybody, and what they sign.

use bocage_crdt::ids::{EntryId, SpaceId};
use ed25519_dalek::Signature;
use serde::{Deserialize, Serialize};

use crate::certificate::verifying_key;
use crate::limits::ROOT_KEYS_MAX;

const ROOT_CONTEXT: &[u8] = b"bocage 1 root operation\0";

/// The keys that stand above everybody in the realm: `threshold` of them sign a root operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootKeys {
    /// 1 at the founding.
    pub version: u32,
    /// How many must sign: more than half.
    pub threshold: u8,
    /// ed25519 public keys, sorted.
    pub keys: Vec<[u8; 32]>,
}

impl RootKeys {
    /// Whether the set is sorted, within the limit, of sound keys and with a majority threshold.
    pub fn is_valid(&self) -> bool {
        (1..=ROOT_KEYS_MAX).contains(&self.keys.len())
            && self.keys.windows(2).all(|pair| pair[0] < pair[1])
            && usize::from(self.threshold) <= self.keys.len()
            && 2 * usize::from(self.threshold) > self.keys.len()
            && self.keys.iter().all(|key| verifying_key(key).is_some())
    }
}

/// One root key's signature over a root operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootSignature {
    /// Place of the key in [`RootKeys::keys`].
    pub key: u8,
    /// 64 bytes.
    pub signature: Vec<u8>,
}

/// An operation under the root's signatures, apart from the log that carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootProof {
    /// What the operation cites: signed with it.
    pub rights_heads: Vec<EntryId>,
    /// The operation's own bytes.
    pub operation: Vec<u8>,
    /// Over [`root_message`], sorted by key.
    pub signatures: Vec<RootSignature>,
}

impl RootProof {
    /// Whether enough of these keys signed it for this space.
    pub fn holds(&self, keys: &RootKeys, space: &SpaceId) -> bool {
        let once = self.signatures.len() <= ROOT_KEYS_MAX
            && (self.signatures.windows(2)).all(|pair| pair[0].key < pair[1].key);
        let message = root_message(space, &self.rights_heads, &self.operation);
        once && root_signatures_hold(keys, &message, &self.signatures)
    }
}

/// What root keys sign: the operation, its space and its place in the history, so that a copy
/// can never be played again later.
pub fn root_message(space: &SpaceId, rights_heads: &[EntryId], operation: &[u8]) -> Vec<u8> {
    let mut message = ROOT_CONTEXT.to_vec();
    message.extend_from_slice(&space.0);
    message.extend_from_slice(&(rights_heads.len() as u64).to_le_bytes());
    for head in rights_heads {
        message.extend_from_slice(&head.0);
    }
    message.extend_from_slice(operation);
    message
}

/// Whether enough root keys signed.
pub(crate) fn root_signatures_hold(
    keys: &RootKeys,
    message: &[u8],
    signatures: &[RootSignature],
) -> bool {
    root_signers(keys, message, signatures).count() >= usize::from(keys.threshold)
}

/// The keys whose signatures verify.
pub(super) fn root_signers<'a>(
    keys: &'a RootKeys,
    message: &'a [u8],
    signatures: &'a [RootSignature],
) -> impl Iterator<Item = [u8; 32]> + 'a {
    signatures.iter().filter_map(move |signature| {
        let key = keys.keys.get(usize::from(signature.key))?;
        let bytes = Signature::from_slice(&signature.signature).ok()?;
        let verified = verifying_key(key)?.verify_strict(message, &bytes);
        verified.is_ok().then_some(*key)
    })
}
