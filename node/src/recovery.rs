//! What the holders of the realm's recovery keys sign. A site prepares a request in a file; the file
//! travels to each holder, who signs it with her words on any machine; a site then carries it. The
//! file holds no secret, and a signature is good for this one operation only.

use std::path::{Path, PathBuf};

use bocage_crdt::ids::{EntryId, SpaceId};
use bocage_protocol::entry::payload_hash;
use bocage_protocol::limits::{ENTRY_BYTES_MAX, ROOT_KEYS_MAX};
use bocage_protocol::rights::{Operation, RootKeys, RootProof, RootSignature, root_message};
use ed25519_dalek::{Signer, SigningKey};
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Kind};

/// Begins every request file.
const MAGIC: &[u8] = b"bocage request 1\n";
/// What a request adds to the operation that it carries: names, heads and signatures.
const MORE_BYTES_MAX: usize = 64 << 10;

/// How an operation of the realm's root comes to its signatures.
#[derive(Clone, Serialize, Deserialize)]
pub enum Signing {
    /// By the one key that is enough. It signs and is not kept.
    Words([u8; 32]),
    /// By several holders: a request is written into this file, and nothing is done yet.
    Request(PathBuf),
}

impl Signing {
    /// The key, where there is one.
    pub fn key(&self) -> Option<SigningKey> {
        match self {
            Self::Words(key) => Some(SigningKey::from_bytes(key)),
            Self::Request(_) => None,
        }
    }
}

/// The public half of a recovery key.
pub fn public(key: &[u8; 32]) -> [u8; 32] {
    SigningKey::from_bytes(key).verifying_key().to_bytes()
}

/// By which people tell keys apart: eight digits of the public half.
pub fn short_name(public: &[u8; 32]) -> String {
    public[..4]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A set of keys of which `threshold` sign together.
pub fn key_set(
    version: u32,
    threshold: u8,
    mut keys: Vec<[u8; 32]>,
) -> Result<RootKeys, &'static str> {
    keys.sort_unstable();
    let set = RootKeys {
        version,
        threshold,
        keys,
    };
    if set.keys.len() > ROOT_KEYS_MAX {
        return Err("there are at most 16 recovery keys");
    }
    set.is_valid()
        .then_some(set)
        .ok_or("more than half of the keys must sign together: 1 of 1, 2 of 3, 3 of 5")
}

/// An operation that waits for signatures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootRequest {
    /// The realm's name, as the asking site knows it.
    pub realm_name: String,
    /// The realm.
    pub realm: SpaceId,
    /// What it is about, in the words of the asking site.
    pub says: String,
    /// The keys that are asked.
    pub keys: RootKeys,
    /// What the operation cites.
    pub rights_heads: Vec<EntryId>,
    /// Its bytes.
    pub operation: Vec<u8>,
    /// Those given so far, sorted by key.
    pub signatures: Vec<RootSignature>,
}

/// Why a request was not signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSigned {
    /// Not one of the keys that are asked.
    AnotherKey,
    /// This key has signed already.
    Already,
}

impl RootRequest {
    /// The file's bytes.
    pub fn encode(&self) -> Vec<u8> {
        let body = postcard::to_stdvec(self).expect("plain values always encode");
        // Not for safety, which is the signatures': a damaged copy is told before anybody signs it.
        [MAGIC, &payload_hash(&body), &body].concat()
    }

    /// Reads a file's bytes; `None` if they are no sound request. Signatures that do not verify make
    /// it unsound: a damaged file is told from one that lacks a holder.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > ENTRY_BYTES_MAX + MORE_BYTES_MAX {
            return None;
        }
        let (hash, body) = bytes.strip_prefix(MAGIC)?.split_first_chunk::<32>()?;
        if *hash != payload_hash(body) {
            return None;
        }
        let (request, rest): (Self, _) = postcard::take_from_bytes(body).ok()?;
        let once = request.signatures.windows(2);
        let sound = rest.is_empty()
            && request.keys.is_valid()
            && !request.rights_heads.is_empty()
            && request.encode() == bytes
            && Operation::decode(&request.operation).is_ok()
            && { once }.all(|pair| pair[0].key < pair[1].key)
            && (request.signatures.iter()).all(|one| request.verifies(one));
        sound.then_some(request)
    }

    fn verifies(&self, signature: &RootSignature) -> bool {
        let Some(key) = self.keys.keys.get(usize::from(signature.key)) else {
            return false;
        };
        let alone = RootProof {
            rights_heads: self.rights_heads.clone(),
            operation: self.operation.clone(),
            signatures: vec![RootSignature {
                key: 0,
                signature: signature.signature.clone(),
            }],
        };
        let only = RootKeys {
            version: self.keys.version,
            threshold: 1,
            keys: vec![*key],
        };
        alone.holds(&only, &self.realm)
    }

    /// Signs with one holder's key; says the key's number, from 1.
    pub fn sign(&mut self, key: &[u8; 32]) -> Result<usize, NotSigned> {
        let key = SigningKey::from_bytes(key);
        let public = key.verifying_key().to_bytes();
        let place = self.keys.keys.iter().position(|known| *known == public);
        let place = place.ok_or(NotSigned::AnotherKey)?;
        if { self.signatures.iter() }.any(|one| usize::from(one.key) == place) {
            return Err(NotSigned::Already);
        }
        let message = root_message(&self.realm, &self.rights_heads, &self.operation);
        self.signatures.push(RootSignature {
            key: place as u8,
            signature: key.sign(&message).to_bytes().to_vec(),
        });
        self.signatures.sort_by_key(|one| one.key);
        Ok(place + 1)
    }

    /// Takes the signatures of another copy; false if it asks for something else.
    pub fn merge(&mut self, other: Self) -> bool {
        let unsigned = |request: &Self| Self {
            signatures: Vec::new(),
            ..request.clone()
        };
        if unsigned(self) != unsigned(&other) {
            return false;
        }
        self.signatures.extend(other.signatures);
        self.signatures.sort_by_key(|one| one.key);
        self.signatures.dedup_by_key(|one| one.key);
        true
    }

    /// Signatures that are still to be given.
    pub fn missing(&self) -> usize {
        usize::from(self.keys.threshold).saturating_sub(self.signatures.len())
    }

    /// What is signed, read from its own bytes: whoever prepared the file cannot make it say
    /// something else. People and sites stand in it by their ids.
    pub fn describe(&self) -> String {
        match Operation::decode(&self.operation) {
            Ok(Operation::Rekey { keys }) => {
                let names: Vec<String> = keys.keys.iter().map(short_name).collect();
                format!(
                    "new recovery keys (version {}): {} of {}: {}",
                    keys.version,
                    keys.threshold,
                    keys.keys.len(),
                    names.join(", ")
                )
            }
            Ok(
                Operation::Grant { subject, role, .. } | Operation::Appoint { subject, role, .. },
            ) => {
                format!("give {role:?} to {subject:?}")
            }
            Ok(Operation::Revoke { subject, .. }) => format!("take all rights from {subject:?}"),
            Ok(Operation::HostRemove { node, .. }) => format!("take the site {node} out"),
            Ok(Operation::HostAdd {
                node,
                name,
                territory,
                ..
            }) => format!("the site {node} is called \"{name}\" and stands in {territory:?}"),
            Ok(other) => format!("{other:?}"),
            Err(_) => "not readable".to_owned(),
        }
    }

    /// Reads a request file.
    pub fn read(file: &Path) -> Result<Self, Failure> {
        let bytes = std::fs::read(file).map_err(|error| Failure::file("read", file, &error))?;
        Self::decode(&bytes).ok_or_else(|| {
            Failure::new(
                Kind::Usage,
                format!(
                    "{} is no request of a realm, or was changed: fetch it again from where it was \
                     prepared",
                    file.display()
                ),
            )
        })
    }

    /// Writes it in the place of the file that it was read from; whole, or not at all.
    pub fn replace(&self, file: &Path) -> Result<(), Failure> {
        let mut beside = file.as_os_str().to_owned();
        beside.push(".part");
        let beside = PathBuf::from(beside);
        let written = std::fs::write(&beside, self.encode());
        written
            .and_then(|()| std::fs::rename(&beside, file))
            .map_err(|error| Failure::file("write", file, &error))
    }

    /// Writes it into a new file.
    pub fn write_new(&self, file: &Path) -> Result<(), Failure> {
        use std::io::Write;
        let mut options = std::fs::File::options();
        let made = options.write(true).create_new(true).open(file);
        made.and_then(|mut open| open.write_all(&self.encode()))
            .map_err(|error| Failure::file("make", file, &error))
    }
}

#[cfg(test)]
mod tests {
    use bocage_crdt::ids::NodeId;

    use super::*;

    fn seed(number: u8) -> [u8; 32] {
        [number; 32]
    }

    fn request() -> RootRequest {
        let publics = (1..=3).map(|number| public(&seed(number))).collect();
        RootRequest {
            realm_name: "Loire".into(),
            realm: SpaceId([7; 32]),
            says: "takes Blain out".into(),
            keys: key_set(2, 2, publics).expect("2 of 3"),
            rights_heads: vec![EntryId([3; 32])],
            operation: Operation::HostRemove {
                node: NodeId([5; 32]),
                cut: bocage_protocol::rights::Cut::default(),
                order: None,
            }
            .encode(),
            signatures: Vec::new(),
        }
    }

    #[test]
    fn two_copies_signed_by_two_holders_make_one_that_holds() {
        let (mut one, mut other) = (request(), request());
        assert_eq!(one.missing(), 2);
        let first = one.sign(&seed(1)).expect("her key is asked");
        let second = other.sign(&seed(2)).expect("so is hers");
        assert_ne!(first, second);
        assert_eq!(one.sign(&seed(1)), Err(NotSigned::Already));
        assert_eq!(one.sign(&seed(9)), Err(NotSigned::AnotherKey));
        assert_eq!(one.missing(), 1);
        let proof = |request: &RootRequest| RootProof {
            rights_heads: request.rights_heads.clone(),
            operation: request.operation.clone(),
            signatures: request.signatures.clone(),
        };
        assert!(!proof(&one).holds(&one.keys, &one.realm));
        assert!(one.merge(other.clone()));
        assert!(one.merge(other), "a second time adds nothing");
        assert_eq!((one.missing(), one.signatures.len()), (0, 2));
        assert!(proof(&one).holds(&one.keys, &one.realm));
        let mut elsewhere = request();
        elsewhere.says = "something else".into();
        assert!(!one.merge(elsewhere));
    }

    #[test]
    fn a_file_reads_back_and_no_changed_byte_passes() {
        let mut signed = request();
        signed.sign(&seed(3)).expect("her key is asked");
        let bytes = signed.encode();
        assert_eq!(RootRequest::decode(&bytes), Some(signed));
        assert_eq!(RootRequest::decode(&bytes[..bytes.len() - 1]), None);
        assert_eq!(RootRequest::decode(&[&bytes[..], b"x"].concat()), None);
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            assert_eq!(RootRequest::decode(&changed), None, "byte {place}");
        }
        // Nor does a changed operation under somebody's signature, whatever the hash says.
        let mut forged = RootRequest::decode(&bytes).expect("a sound file");
        forged.operation = Operation::Reopen.encode();
        assert_eq!(RootRequest::decode(&forged.encode()), None);
    }

    #[test]
    fn half_of_the_keys_is_not_enough() {
        let publics = |count: u8| (1..=count).map(|number| public(&seed(number))).collect();
        assert!(key_set(1, 1, publics(2)).is_err());
        assert!(key_set(1, 3, publics(2)).is_err());
        assert!(key_set(1, 0, publics(1)).is_err());
        assert!(key_set(1, 2, publics(2)).is_ok());
        assert!(key_set(1, 12, publics(17)).is_err());
        assert!(key_set(1, 2, vec![public(&seed(1)); 2]).is_err());
    }
}
