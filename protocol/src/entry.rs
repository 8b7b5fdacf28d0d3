//! One signed record of a log: the header whose exact bytes are kept for good, and its payload
//! beside it, so that a payload can be erased while the chain still verifies.
//!
//! Encoding is postcard (its specification, version 1) and canonical: bytes that decode but do
//! not re-encode to themselves are refused. `docs/wire.md` draws the layout; golden samples hold it.

use std::fmt;

use bocage_crdt::ids::{
    ActorId, ActorNonce, ChangeHash, CommandId, EntryId, ItemId, LogId, NodeId, PersonId, SpaceId,
    WriterKey,
};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::certificate::verifying_key;
use crate::limits::{
    CARRIED_PER_ENTRY_MAX, CHANGES_PER_ENTRY_MAX, ENTRY_BYTES_MAX, HEADER_BYTES_MAX,
    LAMPORT_STEP_MAX, PROTOCOL_VERSION, RIGHTS_HEADS_MAX,
};

const SIGN_CONTEXT: &[u8] = b"bocage 1 entry\0";
const ID_CONTEXT: &str = "bocage 1 entry id";
const PAYLOAD_CONTEXT: &str = "bocage 1 payload";

/// What an entry carries. The number is on the wire; unknown ones are kept, forwarded and void.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "u8", into = "u8")]
pub enum EntryKind {
    /// Changes of one document item: [`ChangesPayload`].
    Changes,
    /// A record, whole: [`bocage_crdt::record::Record`].
    Record,
    /// One rights operation of the space.
    Rights,
    /// What a sponsor site lets count of guests' logs: [`crate::rights::Admission`].
    Admission,
    /// Of a later version.
    Unknown(u8),
}

impl EntryKind {
    /// Whether [`crate::rights::Rights`] takes it in: what others are judged by.
    pub fn is_of_rights(self) -> bool {
        matches!(self, Self::Rights | Self::Admission)
    }
}

impl From<u8> for EntryKind {
    fn from(number: u8) -> Self {
        match number {
            1 => Self::Changes,
            2 => Self::Record,
            3 => Self::Rights,
            4 => Self::Admission,
            other => Self::Unknown(other),
        }
    }
}

impl From<EntryKind> for u8 {
    fn from(kind: EntryKind) -> u8 {
        match kind {
            EntryKind::Changes => 1,
            EntryKind::Record => 2,
            EntryKind::Rights => 3,
            EntryKind::Admission => 4,
            EntryKind::Unknown(other) => other,
        }
    }
}

/// A kind of item and its version, as numbers of the feature registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ItemKind {
    /// Number of the kind in the registry.
    pub number: u16,
    /// Version of the kind: new containers need a new one.
    pub version: u16,
}

/// Stands in the entry that makes an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Creation {
    /// What is made.
    pub kind: ItemKind,
    /// Where it stands.
    pub parent: ItemId,
}

/// Who made a document change: enough to recompute the change's actor id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ActorOrigin {
    /// The site whose page the tab had open.
    pub site: NodeId,
    /// The tab's nonce.
    pub nonce: ActorNonce,
}

/// A change of somebody else that this entry's changes rest on and that had no entry yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Carried {
    /// Its author.
    pub author: PersonId,
    /// Its tab.
    pub origin: ActorOrigin,
    /// The change.
    pub hash: ChangeHash,
}

/// The signed part of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// [`PROTOCOL_VERSION`] of the writer.
    pub version: u8,
    /// What the payload is.
    pub kind: EntryKind,
    /// The space.
    pub space: SpaceId,
    /// The log: [`LogId::of`] the writer key in the space.
    pub log: LogId,
    /// Place in the log, from 1.
    pub seq: u64,
    /// The entry before it in the log; zero for the first.
    pub prev: EntryId,
    /// Larger than the predecessor's by 1 to 2^32; orders what is shown, with the entry id.
    pub lamport: u64,
    /// The writer's clock, milliseconds since 1970 UTC. Advisory: judges nothing.
    pub wall_ms: u64,
    /// Ids of the rights operations that had no successor at the writer, sorted; empty only in
    /// the entry that creates the space.
    pub rights_heads: Vec<EntryId>,
    /// The author.
    pub author: PersonId,
    /// The item; the space's root for rights operations.
    pub item: ItemId,
    /// Present when this entry makes the item.
    pub creation: Option<Creation>,
    /// The command that asked for it.
    pub command: CommandId,
    /// The tab that made the changes; only with [`EntryKind::Changes`].
    pub origin: Option<ActorOrigin>,
    /// Origins of the carried changes, in the order of the payload.
    pub carried: Vec<Carried>,
    /// [`payload_hash`] of the payload.
    pub payload_hash: [u8; 32],
    /// Length of the payload in bytes.
    pub payload_length: u32,
}

/// Payload of [`EntryKind::Changes`]: whole automerge change chunks, uncompressed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ChangesPayload {
    /// The author's own changes, oldest first.
    pub own: Vec<Vec<u8>>,
    /// Changes of others, as named by the header's carried list.
    pub carried: Vec<Vec<u8>>,
}

/// Why bytes are not an entry. These are refused at the door; everything else is stored and judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum InvalidEntry {
    /// Header or entry over its limit.
    TooLarge,
    /// The header does not decode, or not canonically.
    Malformed,
    /// A version this program cannot read.
    UnknownVersion,
    /// The payload is not the one the header names.
    WrongPayload,
    /// The log id is not that of the writer key in this space.
    WrongLog,
    /// `seq`, `prev` or `lamport` do not follow the entry before.
    BrokenChain,
    /// The signature does not verify.
    WrongSignature,
    /// The heads are unsorted, doubled or too many; or the carried list is too long.
    BadLists,
}

impl InvalidEntry {
    /// The name under which refusals are counted.
    pub fn name(self) -> &'static str {
        match self {
            Self::TooLarge => "entry-too-large",
            Self::Malformed => "entry-malformed",
            Self::UnknownVersion => "entry-unknown-version",
            Self::WrongPayload => "entry-wrong-payload",
            Self::WrongLog => "entry-wrong-log",
            Self::BrokenChain => "entry-broken-chain",
            Self::WrongSignature => "entry-wrong-signature",
            Self::BadLists => "entry-bad-lists",
        }
    }
}

impl fmt::Display for InvalidEntry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl std::error::Error for InvalidEntry {}

/// The hash by which a header names its payload.
pub fn payload_hash(payload: &[u8]) -> [u8; 32] {
    blake3::Hasher::new_derive_key(PAYLOAD_CONTEXT)
        .update(payload)
        .finalize()
        .into()
}

impl Header {
    /// The exact bytes.
    pub fn encode(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("headers of plain values always encode")
    }

    /// Reads exact bytes: canonical, of a known version, within limits, with sound lists.
    pub fn decode(bytes: &[u8]) -> Result<Self, InvalidEntry> {
        if bytes.len() > HEADER_BYTES_MAX {
            return Err(InvalidEntry::TooLarge);
        }
        match bytes.first() {
            Some(&PROTOCOL_VERSION) => {}
            Some(_) => return Err(InvalidEntry::UnknownVersion),
            None => return Err(InvalidEntry::Malformed),
        }
        let (header, rest): (Self, _) =
            postcard::take_from_bytes(bytes).map_err(|_| InvalidEntry::Malformed)?;
        if !rest.is_empty() || header.encode() != bytes {
            return Err(InvalidEntry::Malformed);
        }
        header.check(bytes.len())?;
        Ok(header)
    }

    /// What decoding alone does not show: sizes and lists.
    fn check(&self, encoded_length: usize) -> Result<(), InvalidEntry> {
        if encoded_length > HEADER_BYTES_MAX
            || encoded_length + self.payload_length as usize > ENTRY_BYTES_MAX
        {
            return Err(InvalidEntry::TooLarge);
        }
        let sorted = self.rights_heads.windows(2).all(|pair| pair[0] < pair[1]);
        if !sorted
            || self.rights_heads.len() > RIGHTS_HEADS_MAX
            || self.carried.len() > CARRIED_PER_ENTRY_MAX
        {
            return Err(InvalidEntry::BadLists);
        }
        Ok(())
    }

    /// The id: a hash of the exact bytes.
    pub fn id_of(bytes: &[u8]) -> EntryId {
        EntryId(
            blake3::Hasher::new_derive_key(ID_CONTEXT)
                .update(bytes)
                .finalize()
                .into(),
        )
    }

    /// The actor of the entry's own changes.
    pub fn actor(&self) -> Option<ActorId> {
        self.origin
            .map(|origin| ActorId::of(&origin.site, &self.author, &origin.nonce))
    }

    /// Whether this header may follow `previous` (`None` before the first) in its log.
    pub fn follows(&self, previous: Option<&LogHead>) -> bool {
        match previous {
            None => {
                self.seq == 1
                    && self.prev == EntryId::default()
                    && self.lamport >= 1
                    && self.lamport <= LAMPORT_STEP_MAX
            }
            Some(head) => {
                self.seq == head.seq + 1
                    && self.prev == head.id
                    && self
                        .lamport
                        .checked_sub(head.lamport)
                        .is_some_and(|step| (1..=LAMPORT_STEP_MAX).contains(&step))
            }
        }
    }
}

/// The end of a contiguous run of a log: what the next header must follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogHead {
    /// Place of the last entry.
    pub seq: u64,
    /// Its id.
    pub id: EntryId,
    /// Its lamport.
    pub lamport: u64,
}

/// A header with its exact bytes, id, signature and, unless erased, its payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The decoded header.
    pub header: Header,
    /// BLAKE3 of `bytes`.
    pub id: EntryId,
    /// The header's exact bytes.
    pub bytes: Vec<u8>,
    /// The writer's signature over `bytes`.
    pub signature: [u8; 64],
    /// The payload; `None` once erased.
    pub payload: Option<Vec<u8>>,
}

impl Entry {
    /// Signs a header over its payload. The header's hash and length are set here.
    pub fn sign(mut header: Header, payload: Vec<u8>, writer: &SigningKey) -> Self {
        header.payload_hash = payload_hash(&payload);
        header.payload_length = payload.len() as u32;
        let bytes = header.encode();
        let signature = writer.sign(&signed_message(&bytes)).to_bytes();
        Self {
            id: Header::id_of(&bytes),
            header,
            bytes,
            signature,
            payload: Some(payload),
        }
    }

    /// Reads an entry from what a peer or the disk holds. The signature is *not* checked here:
    /// a contiguous range is checked by its chain and its last signature ([`verify_range`]).
    pub fn read(
        bytes: Vec<u8>,
        signature: [u8; 64],
        payload: Option<Vec<u8>>,
    ) -> Result<Self, InvalidEntry> {
        let header = Header::decode(&bytes)?;
        if let Some(payload) = &payload
            && (payload.len() != header.payload_length as usize
                || payload_hash(payload) != header.payload_hash)
        {
            return Err(InvalidEntry::WrongPayload);
        }
        Ok(Self {
            id: Header::id_of(&bytes),
            header,
            bytes,
            signature,
            payload,
        })
    }

    /// The entry of a header that was rebuilt from its parts, its payload hash already set. As
    /// with [`Self::read`], the signature is not checked.
    pub fn rebuild(
        header: Header,
        signature: [u8; 64],
        payload: Option<Vec<u8>>,
    ) -> Result<Self, InvalidEntry> {
        if header.version != PROTOCOL_VERSION {
            return Err(InvalidEntry::UnknownVersion);
        }
        let bytes = header.encode();
        header.check(bytes.len())?;
        Ok(Self {
            id: Header::id_of(&bytes),
            header,
            bytes,
            signature,
            payload,
        })
    }

    /// What the next entry of the log must follow.
    pub fn head(&self) -> LogHead {
        LogHead {
            seq: self.header.seq,
            id: self.id,
            lamport: self.header.lamport,
        }
    }

    /// Whether the writer signed exactly these bytes.
    pub fn signature_holds(&self, writer: &WriterKey) -> bool {
        verifying_key(&writer.0).is_some_and(|key| self.signature_holds_by(&key))
    }

    /// The same with a key that passed [`verifying_key`] before: checking the key itself costs as
    /// much as checking a signature.
    pub fn signature_holds_by(&self, key: &VerifyingKey) -> bool {
        let signature = Signature::from_bytes(&self.signature);
        key.verify_strict(&signed_message(&self.bytes), &signature)
            .is_ok()
    }
}

fn signed_message(header_bytes: &[u8]) -> Vec<u8> {
    [SIGN_CONTEXT, header_bytes].concat()
}

/// Checks a contiguous range: same log of `writer` in `space`, unbroken chain from `previous`,
/// and the last signature, which covers all before it through the chain.
pub fn verify_range(
    entries: &[Entry],
    space: &SpaceId,
    writer: &WriterKey,
    previous: Option<&LogHead>,
) -> Result<(), InvalidEntry> {
    let log = LogId::of(writer, space);
    let mut head = previous.copied();
    for entry in entries {
        if entry.header.log != log || entry.header.space != *space {
            return Err(InvalidEntry::WrongLog);
        }
        if !entry.header.follows(head.as_ref()) {
            return Err(InvalidEntry::BrokenChain);
        }
        head = Some(entry.head());
    }
    match entries.last() {
        Some(last) if !last.signature_holds(writer) => Err(InvalidEntry::WrongSignature),
        _ => Ok(()),
    }
}

impl ChangesPayload {
    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("lists of bytes always encode")
    }

    /// Reads canonical bytes with at most [`CHANGES_PER_ENTRY_MAX`] changes.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (payload, rest): (Self, _) = postcard::take_from_bytes(bytes).ok()?;
        (rest.is_empty()
            && payload.own.len() + payload.carried.len() <= CHANGES_PER_ENTRY_MAX
            && payload.encode() == bytes)
            .then_some(payload)
    }
}

#[cfg(test)]
mod tests;
