//! Payloads of rights entries: what was asked for, and its canonical bytes. What it does, and
//! whether it counts, is decided elsewhere. All formats are fixed by golden bytes; operations of
//! later versions are read as [`Operation::Unknown`], kept, forwarded and without effect.

use bocage_crdt::ids::{CommandId, EntryId, ItemId, LogId, NodeId, PersonId, SpaceId, derive};
use ed25519_dalek::{Signature, Signer, SigningKey};
use serde::{Deserialize, Serialize};

use super::role::Role;
use crate::certificate::verifying_key;
use crate::limits::{
    ENTRY_BYTES_MAX, HOST_ADDRESS_BYTES_MAX, HOST_ADDRESSES_MAX, HOST_NAME_BYTES_MAX,
    REASON_BYTES_MAX, ROOT_KEYS_MAX,
};

const ROOT_CONTEXT: &[u8] = b"bocage 1 root operation\0";
const SPACE_SECRET_CONTEXT: &str = "bocage 1 space founding";

/// The kinds of space. The number is on the wire; a space of an unknown kind cannot be founded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "u8", into = "u8")]
pub enum SpaceKind {
    /// Work with an end.
    Project,
    /// People who work together.
    Team,
    /// People of one trade.
    Practice,
    /// To try things.
    Sandbox,
    /// One person's own: drafts, read marks, settings.
    Private,
    /// The organisation: sites, persons, territories.
    Realm,
    /// Of a later version.
    Unknown(u8),
}

impl From<u8> for SpaceKind {
    fn from(number: u8) -> Self {
        match number {
            1 => Self::Project,
            2 => Self::Team,
            3 => Self::Practice,
            4 => Self::Sandbox,
            5 => Self::Private,
            6 => Self::Realm,
            other => Self::Unknown(other),
        }
    }
}

impl From<SpaceKind> for u8 {
    fn from(kind: SpaceKind) -> u8 {
        match kind {
            SpaceKind::Project => 1,
            SpaceKind::Team => 2,
            SpaceKind::Practice => 3,
            SpaceKind::Sandbox => 4,
            SpaceKind::Private => 5,
            SpaceKind::Realm => 6,
            SpaceKind::Unknown(other) => other,
        }
    }
}

/// Whom an operation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Subject {
    /// A person.
    Person(PersonId),
    /// A site, speaking for itself.
    Site(NodeId),
}

impl Subject {
    /// The author under which the subject writes.
    pub fn person(&self) -> PersonId {
        match self {
            Self::Person(person) => *person,
            Self::Site(node) => PersonId::of_site(node),
        }
    }
}

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

/// Last entry of a log that still counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CutPoint {
    /// The log.
    pub log: LogId,
    /// Place of the entry.
    pub seq: u64,
    /// The entry: in a forked log it names the branch.
    pub entry: EntryId,
}

/// Where a removal falls: per log the last entry that still counts; a log that is not named
/// counts nothing that the remover had not seen. Sorted by log, each log once.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cut(pub Vec<CutPoint>);

impl Cut {
    /// A cut at these points; of two for one log the lower stays.
    pub fn new(mut points: Vec<CutPoint>) -> Self {
        points.sort();
        points.dedup_by_key(|point| point.log);
        Self(points)
    }

    /// Whether an entry is at or below the cut.
    pub fn covers(&self, log: &LogId, seq: u64, entry: &EntryId) -> bool {
        self.0
            .binary_search_by(|point| point.log.cmp(log))
            .is_ok_and(|place| {
                let point = &self.0[place];
                seq < point.seq || (seq == point.seq && *entry == point.entry)
            })
    }

    fn is_sorted(&self) -> bool {
        self.0.windows(2).all(|pair| pair[0].log < pair[1].log)
    }
}

/// One rights operation. The order of the variants is their number on the wire: append only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operation {
    /// 0: founds the space; the entry cites no heads. See [`Operation::found`].
    Create {
        /// What is founded.
        kind: SpaceKind,
        /// Binds the space id to this founding; unguessable.
        nonce: [u8; 32],
        /// The root, in a realm only.
        root: Option<RootKeys>,
    },
    /// 1: gives a role, never takes one away.
    Grant {
        /// To whom.
        subject: Subject,
        /// What.
        role: Role,
        /// Realm: the territory the right is for; everywhere without.
        territory: Option<ItemId>,
        /// Who answers for a guest; makes the subject a guest.
        sponsor: Option<PersonId>,
        /// A guest's last moment, ms since 1970 UTC. Hosts stop sending by their own clock.
        end_ms: Option<u64>,
    },
    /// 2: sets the role: what exceeds it is removed as by a revoke.
    SetRole {
        /// Whose.
        subject: Subject,
        /// The role from now on.
        role: Role,
        /// Where the lowering falls.
        cut: Cut,
    },
    /// 3: removes a person. Anybody may remove herself.
    Revoke {
        /// Whom.
        subject: Subject,
        /// Where the removal falls.
        cut: Cut,
        /// A realm operation's entry on which this one rests. Void in this version when present.
        order: Option<Vec<u8>>,
    },
    /// 4: lets a site carry the space; again for new addresses, also by the site itself.
    HostAdd {
        /// The site.
        node: NodeId,
        /// Its name on the screen.
        name: String,
        /// Where it is reached: multiaddresses as text.
        addresses: Vec<String>,
        /// Realm: the territory it stands in.
        territory: Option<ItemId>,
    },
    /// 5: takes the space from a site. A site may retire itself.
    HostRemove {
        /// The site.
        node: NodeId,
        /// Where the removal falls.
        cut: Cut,
        /// As in [`Operation::Revoke`].
        order: Option<Vec<u8>>,
    },
    /// 6: lets held content entries count.
    Readmit {
        /// Which, sorted.
        entries: Vec<EntryId>,
    },
    /// 7: holds one content entry everywhere.
    Quarantine {
        /// Which.
        entry: EntryId,
    },
    /// 8: makes the space read-only.
    Close {
        /// Where the closing falls.
        cut: Cut,
    },
    /// 9: undoes the closings that it saw.
    Reopen,
    /// 10: hides items at once; their bytes are destroyed later.
    Erase {
        /// Which, sorted; children are named, never implied.
        items: Vec<ItemId>,
        /// Why, for people.
        reason: String,
    },
    /// 11: a site takes up the branches of one of its own forked logs.
    Adopt {
        /// The forked log.
        log: LogId,
        /// Last entry of each branch, sorted.
        heads: Vec<EntryId>,
    },
    /// 12: no effect; gathers heads.
    Join,
    /// 13: an operation under the root's signatures, whoever carries it.
    Root {
        /// The operation's own bytes.
        operation: Vec<u8>,
        /// Signatures over [`root_message`], sorted by key.
        signatures: Vec<RootSignature>,
    },
    /// Of a later version.
    #[serde(skip)]
    Unknown {
        /// All the bytes.
        bytes: Vec<u8>,
    },
}

const KNOWN_OPERATIONS: u8 = 14;

/// Why bytes are not an operation: the entry is stored and void.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MalformedOperation;

impl Operation {
    /// Founds a space: its id and the operation that proves it. Write it as entry 1 of the log
    /// of `node`, without heads, with this author and command. `None` for a private space, whose
    /// id is [`SpaceId::private`] of `nonce` (the realm's secret) and the person.
    pub fn found(
        kind: SpaceKind,
        nonce: [u8; 32],
        root: Option<RootKeys>,
        node: &NodeId,
        author: &PersonId,
        command: &CommandId,
    ) -> (SpaceId, Self) {
        let operation = Self::Create { kind, nonce, root };
        let space = operation
            .founded_space(node, author, command)
            .expect("a create operation founds a space");
        (space, operation)
    }

    /// The space that this create operation founds: nobody can found a space of the same id as
    /// another kind, with another root, at another site or for another person.
    pub fn founded_space(
        &self,
        node: &NodeId,
        author: &PersonId,
        command: &CommandId,
    ) -> Option<SpaceId> {
        let Self::Create { kind, nonce, root } = self else {
            return None;
        };
        if *kind == SpaceKind::Private {
            return Some(SpaceId::private(nonce, author));
        }
        let root = postcard::to_stdvec(root).expect("plain values always encode");
        let secret: [u8; 32] = derive(
            SPACE_SECRET_CONTEXT,
            &[nonce, &[u8::from(*kind)], &node.0, &root],
        );
        Some(SpaceId::of(&secret, author, command))
    }

    /// The operation under the signatures of root keys, to be written with exactly these heads.
    pub fn sign_as_root(
        &self,
        space: &SpaceId,
        rights_heads: &[EntryId],
        signers: &[(u8, &SigningKey)],
    ) -> Self {
        let operation = self.encode();
        let message = root_message(space, rights_heads, &operation);
        let mut signatures: Vec<_> = signers
            .iter()
            .map(|(key, signer)| RootSignature {
                key: *key,
                signature: signer.sign(&message).to_bytes().to_vec(),
            })
            .collect();
        signatures.sort_by_key(|signature| signature.key);
        Self::Root {
            operation,
            signatures,
        }
    }

    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Unknown { bytes } => bytes.clone(),
            known => postcard::to_stdvec(known).expect("known operations always encode"),
        }
    }

    /// Reads canonical bytes; of a later version when the number is not known.
    pub fn decode(bytes: &[u8]) -> Result<Self, MalformedOperation> {
        match bytes.first() {
            None => return Err(MalformedOperation),
            _ if bytes.len() > ENTRY_BYTES_MAX => return Err(MalformedOperation),
            Some(&number) if number >= KNOWN_OPERATIONS => {
                return Ok(Self::Unknown {
                    bytes: bytes.to_vec(),
                });
            }
            Some(_) => {}
        }
        let (operation, rest): (Self, _) =
            postcard::take_from_bytes(bytes).map_err(|_| MalformedOperation)?;
        (rest.is_empty() && operation.is_well_formed() && operation.encode() == bytes)
            .then_some(operation)
            .ok_or(MalformedOperation)
    }

    /// Lists sorted and within limits, whatever the space.
    fn is_well_formed(&self) -> bool {
        match self {
            Self::Create { root, .. } => root.as_ref().is_none_or(RootKeys::is_valid),
            Self::SetRole { cut, .. }
            | Self::Revoke { cut, .. }
            | Self::HostRemove { cut, .. }
            | Self::Close { cut } => cut.is_sorted(),
            Self::HostAdd {
                name, addresses, ..
            } => {
                name.len() <= HOST_NAME_BYTES_MAX
                    && addresses.len() <= HOST_ADDRESSES_MAX
                    && addresses
                        .iter()
                        .all(|address| address.len() <= HOST_ADDRESS_BYTES_MAX)
            }
            Self::Readmit { entries } => is_set(entries),
            Self::Erase { items, reason } => is_set(items) && reason.len() <= REASON_BYTES_MAX,
            Self::Adopt { heads, .. } => is_set(heads),
            Self::Root { signatures, .. } => {
                signatures.len() <= ROOT_KEYS_MAX
                    && signatures.windows(2).all(|pair| pair[0].key < pair[1].key)
            }
            Self::Grant { .. }
            | Self::Quarantine { .. }
            | Self::Reopen
            | Self::Join
            | Self::Unknown { .. } => true,
        }
    }
}

fn is_set<T: Ord>(list: &[T]) -> bool {
    !list.is_empty() && list.windows(2).all(|pair| pair[0] < pair[1])
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
    let sound = signatures
        .iter()
        .filter(|signature| {
            let key = keys
                .keys
                .get(usize::from(signature.key))
                .and_then(verifying_key);
            let bytes = Signature::from_slice(&signature.signature);
            matches!((key, bytes), (Some(key), Ok(bytes))
                if key.verify_strict(message, &bytes).is_ok())
        })
        .count();
    sound >= usize::from(keys.threshold)
}
