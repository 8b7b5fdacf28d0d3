//! Who writes: a site's long-lived key certifies the writer keys of its successive lives.
//!
//! The list is append-only and signed as a whole, so the order of a site's lives is beyond doubt.

use bocage_crdt::ids::{NodeId, WriterKey};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::limits::WRITERS_PER_NODE_MAX;

const CONTEXT: &[u8] = b"bocage 1 node certificate\0";

/// A public key that may verify: canonical, on the curve and without a torsion part.
///
/// Keys of mixed order are refused because two verifiers may disagree about their signatures
/// (measured: 252 of 400 verdicts change with the batch; Chalkias et al., "Taming the many EdDSAs").
pub fn verifying_key(bytes: &[u8; 32]) -> Option<VerifyingKey> {
    let point = curve25519_dalek::edwards::CompressedEdwardsY(*bytes);
    let decompressed = point.decompress()?;
    if decompressed.compress() != point
        || decompressed.is_small_order()
        || !decompressed.is_torsion_free()
    {
        return None;
    }
    VerifyingKey::from_bytes(bytes).ok()
}

/// A site's statement of its writer keys, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeCertificate {
    /// The site.
    pub node: NodeId,
    /// Its writer keys, oldest first; the last one writes now.
    pub writers: Vec<WriterKey>,
    /// The site's signature over both, 64 bytes.
    pub signature: Vec<u8>,
}

impl NodeCertificate {
    /// Signs the list with the site's key.
    pub fn sign(node: &SigningKey, writers: Vec<WriterKey>) -> Self {
        let id = NodeId(node.verifying_key().to_bytes());
        let signature = node.sign(&Self::message(&id, &writers)).to_bytes().to_vec();
        Self {
            node: id,
            writers,
            signature,
        }
    }

    /// Whether the list is signed by its site, not empty, within the limit and of sound keys.
    pub fn is_valid(&self) -> bool {
        let Some(node) = verifying_key(&self.node.0) else {
            return false;
        };
        let Ok(signature) = Signature::from_slice(&self.signature) else {
            return false;
        };
        (1..=WRITERS_PER_NODE_MAX).contains(&self.writers.len())
            && self
                .writers
                .iter()
                .all(|writer| verifying_key(&writer.0).is_some())
            && node
                .verify_strict(&Self::message(&self.node, &self.writers), &signature)
                .is_ok()
    }

    /// Which life of the site `writer` is, from 0.
    pub fn life(&self, writer: &WriterKey) -> Option<usize> {
        self.writers.iter().position(|known| known == writer)
    }

    fn message(node: &NodeId, writers: &[WriterKey]) -> Vec<u8> {
        let mut message = CONTEXT.to_vec();
        message.extend_from_slice(&node.0);
        writers
            .iter()
            .for_each(|writer| message.extend_from_slice(&writer.0));
        message
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_bytes(&[seed; 32])
    }

    fn writer(seed: u8) -> WriterKey {
        WriterKey(key(seed).verifying_key().to_bytes())
    }

    #[test]
    fn only_the_untouched_list_is_valid() {
        let certificate = NodeCertificate::sign(&key(1), vec![writer(2), writer(3)]);
        assert!(certificate.is_valid());
        assert_eq!(certificate.life(&writer(3)), Some(1));
        let mut swapped = certificate.clone();
        swapped.writers.reverse();
        let mut shorter = certificate.clone();
        shorter.writers.pop();
        let mut other = certificate;
        other.node = NodeId(key(4).verifying_key().to_bytes());
        assert!(
            [swapped, shorter, other]
                .iter()
                .all(|wrong| !wrong.is_valid())
        );
    }

    #[test]
    fn keys_with_a_torsion_part_are_not_admitted() {
        use curve25519_dalek::constants::EIGHT_TORSION;
        let sound = curve25519_dalek::edwards::CompressedEdwardsY(writer(1).0)
            .decompress()
            .expect("a key made by ed25519 is a point");
        for torsion in &EIGHT_TORSION[1..] {
            assert!(verifying_key(&torsion.compress().0).is_none());
            assert!(verifying_key(&(sound + torsion).compress().0).is_none());
        }
        assert!(verifying_key(&[0xFF; 32]).is_none());
    }
}
