//! Payloads of rights entries: what was asked for, and its canonical bytes. What it does, and
//! whether it counts, is decided elsewhere. All formats are fixed by golden bytes; operations of
//! later versions are read as [`Operation::Unknown`], kept, forwarded and without effect.

use bocage_crdt::ids::{CommandId, EntryId, ItemId, LogId, NodeId, PersonId, SpaceId, derive};
use ed25519_dalek::{Signer, SigningKey};
use serde::{Deserialize, Serialize};

use super::role::Role;
pub use super::root::{RootKeys, RootProof, RootSignature, root_message};
use crate::limits::{
    APPOINT_SITES_MAX, ENTRY_BYTES_MAX, GUEST_SPONSORS_MAX, HOST_ADDRESS_BYTES_MAX,
    HOST_ADDRESSES_MAX, HOST_NAME_BYTES_MAX, PERSON_NAME_BYTES_MAX, REASON_BYTES_MAX,
    ROOT_KEYS_MAX,
};

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
        /// The root: in a realm its own keys, elsewhere the realm's if they are to count there.
        root: Option<RootKeys>,
    },
    /// 1: gives a role, never takes one away. Gives a person no authority: that is
    /// [`Operation::Appoint`].
    Grant {
        /// To whom.
        subject: Subject,
        /// What.
        role: Role,
        /// The territory the right is for, and whose registrar may end it; everywhere without.
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
        /// The registrar's order on which this one rests: an [`super::Order`]'s bytes.
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
    /// 14: as [`Operation::Grant`], and the only way to give a person authority, which counts
    /// only in the logs of these sites; what else the role allows counts from any host.
    Appoint {
        /// To whom.
        subject: Subject,
        /// What.
        role: Role,
        /// As in [`Operation::Grant`].
        territory: Option<ItemId>,
        /// Home site and deputies, sorted.
        sites: Vec<NodeId>,
    },
    /// 15: realm, root only: version n + 1 of the keys, signed under version n.
    Rekey {
        /// The keys from now on.
        keys: RootKeys,
    },
    /// 16: lets a partner's node write in a log of its own; again to renew.
    GuestAdd {
        /// The partner's node.
        node: NodeId,
        /// Its name on the screen.
        name: String,
        /// What its people may do: at most contributor.
        role: Role,
        /// The sites that admit what it writes, sorted.
        sponsors: Vec<NodeId>,
        /// Where it is reached: multiaddresses as text.
        addresses: Vec<String>,
        /// Its last moment, ms since 1970 UTC; shown, never judged.
        end_ms: Option<u64>,
    },
    /// 17: a guest site names one of its people: [`PersonId::of`] the node and this entry's command.
    Introduce {
        /// The person's name.
        name: String,
    },
    /// 18: a registrar's order names a manager where none is left.
    Deputise {
        /// Whom.
        subject: Subject,
        /// Where her authority counts, sorted.
        sites: Vec<NodeId>,
        /// An [`super::Order`]'s bytes.
        order: Vec<u8>,
    },
    /// Of a later version.
    #[serde(skip)]
    Unknown {
        /// All the bytes.
        bytes: Vec<u8>,
    },
}

const KNOWN_OPERATIONS: u8 = 19;

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
            } => is_reachable(name, addresses),
            Self::Appoint { sites, .. } | Self::Deputise { sites, .. } => {
                is_set(sites) && sites.len() <= APPOINT_SITES_MAX
            }
            Self::Rekey { keys } => keys.is_valid(),
            Self::GuestAdd {
                name,
                sponsors,
                addresses,
                ..
            } => {
                is_set(sponsors)
                    && sponsors.len() <= GUEST_SPONSORS_MAX
                    && is_reachable(name, addresses)
            }
            Self::Introduce { name } => name.len() <= PERSON_NAME_BYTES_MAX,
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

fn is_reachable(name: &str, addresses: &[String]) -> bool {
    name.len() <= HOST_NAME_BYTES_MAX
        && addresses.len() <= HOST_ADDRESSES_MAX
        && addresses
            .iter()
            .all(|address| address.len() <= HOST_ADDRESS_BYTES_MAX)
}

fn is_set<T: Ord>(list: &[T]) -> bool {
    !list.is_empty() && list.windows(2).all(|pair| pair[0] < pair[1])
}
