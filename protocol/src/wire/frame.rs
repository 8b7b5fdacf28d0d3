//! The frames of the sync stream.
//!
//! Spaces are named by 8-byte tags keyed by both Hello nonces, so a peer that does not share a
//! space learns nothing from its tag; logs by the first 8 bytes of their id, which only hosts see.

use bocage_crdt::ids::{EntryId, ItemId, LogId, NodeId, PersonId, RealmId, SpaceId, WriterKey};
use serde::{Deserialize, Serialize};

use super::bytes;
use super::refusal::Refusal;
use crate::certificate::NodeCertificate;
use crate::entry::ActorOrigin;
use crate::limits::{
    CHANGES_PER_ENTRY_MAX, FORK_BRANCHES_MAX, FRAME_BYTES_MAX, GAPS_PER_LOG_MAX,
    LOGS_PER_FRAME_MAX, PROTOCOL_VERSION, SITE_NAME_BYTES_MAX, SPACES_PER_FRAME_MAX,
};
use crate::log::ForkProof;

/// Names a space on one connection: [`SessionKey::tag`].
pub type SpaceTag = [u8; 8];
/// Names a log within a space: the first bytes of its id.
pub type LogKey = [u8; 8];
/// Hash of all that is stored of a space.
pub type SpaceDigest = [u8; 8];

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// First frame, both ways at once.
    Hello(Hello),
    /// Spaces shared with the peer as the sender sees it, with what is stored of each.
    Spaces(Spaces),
    /// What is stored of one space's logs.
    Have(Have),
    /// Asks for entries.
    Want(Want),
    /// Entries that were asked for.
    Entries(Entries),
    /// New entries of the sender's own log, unasked.
    Push(Entries),
    /// Document changes ahead of their entry.
    Live(Live),
    /// Durable heights.
    Ack(Ack),
    /// A writer's two entries for one place.
    Fork(Fork),
    /// Data bytes digested: the other side may send as many more.
    Credit(u64),
    /// What is known of the receiver's own writer keys, when it contradicts its Hello.
    Certificate(NodeCertificate),
    /// Last frame: why the connection ends. A name listed in `docs/wire.md`.
    Bye(String),
}

/// Who speaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`realm_mark`] of the realm.
    pub realm: [u8; 16],
    /// The sender's writer keys.
    pub certificate: NodeCertificate,
    /// The site's name.
    pub name: String,
    /// The sender's wall clock.
    pub wall_ms: u64,
    /// Random: keys the tags of this connection together with the receiver's.
    pub nonce: [u8; 16],
}

/// Tag and digest of shared spaces; adds to what was said before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spaces {
    /// Whether the rest of this listing follows.
    pub more: bool,
    /// Whether this answers a listing: it is not answered again.
    pub answer: bool,
    /// One per space.
    pub spaces: Vec<(SpaceTag, SpaceDigest)>,
}

/// What is stored of a space.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Have {
    /// The space.
    pub space: SpaceTag,
    /// Whether all logs are listed; else those not listed are as before.
    pub whole: bool,
    /// The logs.
    pub logs: Vec<HaveLog>,
}

/// What is stored of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HaveLog {
    /// The log.
    pub log: LogKey,
    /// Contiguous durable height; below the fork, if forked.
    pub height: u64,
    /// First bytes of the id of the entry at `height`; zero at 0.
    pub head: [u8; 8],
    /// Ranges stored above a gap, first and last place.
    pub above: Vec<(u64, u64)>,
    /// If forked: last entries of all stored branches, ascending.
    pub tips: Option<Vec<EntryId>>,
}

/// Asks for ranges of logs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Want {
    /// The space.
    pub space: SpaceTag,
    /// What of which logs.
    pub logs: Vec<WantLog>,
}

/// Asks for one range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WantLog {
    /// The log.
    pub log: LogKey,
    /// First place.
    pub from: u64,
    /// Last place; with a tip, ignored.
    pub to: u64,
    /// The end of the branch that is wanted, in a forked log.
    pub tip: Option<EntryId>,
}

/// Names the writer of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Whose {
    /// By its key.
    Key(WriterKey),
    /// By its log, of which entries came under the key before on this connection, or are stored
    /// at the receiver: 24 bytes less in each message.
    Log(LogKey),
}

/// One contiguous range of one log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entries {
    /// The space.
    pub space: SpaceTag,
    /// Whose log.
    pub writer: Whose,
    /// The writer's site and its keys: with the first of its entries on a connection.
    pub certificate: Option<NodeCertificate>,
    /// A packed range; empty when the sender cannot serve what was asked.
    #[serde(with = "bytes")]
    pub packed: Vec<u8>,
}

/// Changes ahead of their entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    /// The space.
    pub space: SpaceTag,
    /// The document.
    pub item: ItemId,
    /// Who typed.
    pub author: PersonId,
    /// In which tab.
    pub origin: ActorOrigin,
    /// Whole change chunks.
    pub changes: Vec<Vec<u8>>,
}

/// Durable heights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack {
    /// The space.
    pub space: SpaceTag,
    /// Log and contiguous durable height.
    pub heights: Vec<(LogKey, u64)>,
}

/// A writer's two entries for one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fork {
    /// The space.
    pub space: SpaceTag,
    /// Whose log.
    pub writer: WriterKey,
    /// The writer's site and its keys.
    pub certificate: NodeCertificate,
    /// Both entries.
    pub proof: ForkProof,
}

impl Frame {
    /// The kind's number on the wire.
    pub fn kind(&self) -> u8 {
        match self {
            Self::Hello(_) => 1,
            Self::Spaces(_) => 2,
            Self::Have(_) => 3,
            Self::Want(_) => 4,
            Self::Entries(_) => 5,
            Self::Push(_) => 6,
            Self::Live(_) => 7,
            Self::Ack(_) => 8,
            Self::Fork(_) => 9,
            Self::Credit(_) => 10,
            Self::Bye(_) => 11,
            Self::Certificate(_) => 12,
        }
    }

    /// Version, kind, then the body in postcard.
    pub fn encode(&self) -> Vec<u8> {
        let start = vec![PROTOCOL_VERSION, self.kind()];
        let encoded = match self {
            Self::Hello(body) => postcard::to_extend(body, start),
            Self::Spaces(body) => postcard::to_extend(body, start),
            Self::Have(body) => postcard::to_extend(body, start),
            Self::Want(body) => postcard::to_extend(body, start),
            Self::Entries(body) | Self::Push(body) => postcard::to_extend(body, start),
            Self::Live(body) => postcard::to_extend(body, start),
            Self::Ack(body) => postcard::to_extend(body, start),
            Self::Fork(body) => postcard::to_extend(body, start),
            Self::Credit(body) => postcard::to_extend(body, start),
            Self::Bye(body) => postcard::to_extend(body, start),
            Self::Certificate(body) => postcard::to_extend(body, start),
        };
        encoded.expect("plain values always encode")
    }

    /// Reads one frame, whole, within the limits of its kind.
    pub fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        if bytes.len() > FRAME_BYTES_MAX {
            return Err(Refusal::FrameTooLarge);
        }
        let (&version, rest) = bytes.split_first().ok_or(Refusal::FrameMalformed)?;
        if version != PROTOCOL_VERSION {
            return Err(Refusal::FrameUnknownVersion);
        }
        let (&kind, body) = rest.split_first().ok_or(Refusal::FrameMalformed)?;
        let frame = match kind {
            1 => Self::Hello(whole(body)?),
            2 => Self::Spaces(whole(body)?),
            3 => Self::Have(whole(body)?),
            4 => Self::Want(whole(body)?),
            5 => Self::Entries(whole(body)?),
            6 => Self::Push(whole(body)?),
            7 => Self::Live(whole(body)?),
            8 => Self::Ack(whole(body)?),
            9 => Self::Fork(whole(body)?),
            10 => Self::Credit(whole(body)?),
            11 => Self::Bye(whole(body)?),
            12 => Self::Certificate(whole(body)?),
            _ => return Err(Refusal::FrameUnknownKind),
        };
        let within = match &frame {
            Self::Hello(hello) => hello.name.len() <= SITE_NAME_BYTES_MAX,
            Self::Spaces(spaces) => spaces.spaces.len() <= SPACES_PER_FRAME_MAX,
            Self::Have(have) => {
                have.logs.len() <= LOGS_PER_FRAME_MAX
                    && have.logs.iter().all(|log| {
                        log.above.len() <= GAPS_PER_LOG_MAX
                            && log
                                .tips
                                .as_ref()
                                .is_none_or(|tips| tips.len() <= FORK_BRANCHES_MAX)
                    })
            }
            Self::Want(want) => want.logs.len() <= LOGS_PER_FRAME_MAX,
            Self::Live(live) => live.changes.len() <= CHANGES_PER_ENTRY_MAX,
            Self::Ack(ack) => ack.heights.len() <= LOGS_PER_FRAME_MAX,
            Self::Bye(reason) => reason.len() <= SITE_NAME_BYTES_MAX,
            Self::Entries(_)
            | Self::Push(_)
            | Self::Fork(_)
            | Self::Credit(_)
            | Self::Certificate(_) => true,
        };
        within.then_some(frame).ok_or(Refusal::FrameTooMany)
    }
}

fn whole<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Result<T, Refusal> {
    match postcard::take_from_bytes(body) {
        Ok((value, [])) => Ok(value),
        _ => Err(Refusal::FrameMalformed),
    }
}

/// A mark of the realm that does not give away its id.
pub fn realm_mark(realm: &RealmId) -> [u8; 16] {
    bocage_crdt::ids::derive("bocage 1 realm mark", &[&realm.0])
}

/// How a log is named within its space.
pub fn log_key(log: &LogId) -> LogKey {
    let mut key = [0; 8];
    key.copy_from_slice(&log.0[..8]);
    key
}

/// What both ends of a connection, and nobody else, name spaces by.
#[derive(Clone, Copy)]
pub struct SessionKey([u8; 32]);

impl SessionKey {
    /// From both sites and the nonces of their Hellos; the same at both ends.
    pub fn new(one: (&NodeId, &[u8; 16]), other: (&NodeId, &[u8; 16])) -> Self {
        let (low, high) = if one.0 < other.0 {
            (one, other)
        } else {
            (other, one)
        };
        let parts: [&[u8]; 4] = [&low.0.0, low.1, &high.0.0, high.1];
        Self(bocage_crdt::ids::derive("bocage 1 session key", &parts))
    }

    /// The space's tag on this connection.
    pub fn tag(&self, space: &SpaceId) -> SpaceTag {
        let hash = blake3::keyed_hash(&self.0, &space.0);
        let mut tag = [0; 8];
        tag.copy_from_slice(&hash.as_bytes()[..8]);
        tag
    }
}
