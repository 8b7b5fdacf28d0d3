//! The state of one log at one site: how far it reaches without a gap, what is held above a gap,
//! and, when its writer wrote two different entries at one place, all branches from there on.
//!
//! Nothing here reads a disk or judges rights: verdicts on held branches belong to the rights of
//! the space. Entries are verified here, and only here, before they are stored.

use bocage_crdt::ids::{EntryId, LogId, NodeId, SpaceId, WriterKey};
use serde::{Deserialize, Serialize};

use crate::entry::LogHead;

/// Everything a site must remember of a log besides its entries. The shell writes it in the same
/// transaction as the entries it describes and hands it back, unread, when it starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogState {
    /// The key that signs the log.
    pub writer: WriterKey,
    /// The site that certified the key.
    pub node: NodeId,
    /// Last entry of the contiguous run from 1; `None` before the first.
    pub head: Option<LogHead>,
    /// Runs stored above the head, ascending; the gaps lie before and between them.
    pub above: Vec<Run>,
    /// Set for good once the writer was seen to have written two entries at one place.
    pub fork: Option<Box<ForkState>>,
}

/// A contiguous run of stored entries above a gap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// First place.
    pub from: u64,
    /// What the first entry names as its predecessor: checked when the gap closes.
    pub prev: EntryId,
    /// The first entry's lamport: checked when the gap closes.
    pub from_lamport: u64,
    /// The last entry.
    pub head: LogHead,
}

/// All branches of a forked log. Entries from `at` on are held, on all sites alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForkState {
    /// The first place with two entries.
    pub at: u64,
    /// The last entry of each stored branch, ascending by id; one of them is the log's `head`.
    pub tips: Vec<LogHead>,
    /// Two headers for one place, both signed.
    pub proof: ForkProof,
}

/// A header and its signature: what a proof needs of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedHeader {
    /// The header's exact bytes.
    pub bytes: Vec<u8>,
    /// 64 bytes.
    pub signature: Vec<u8>,
}

/// Proof that a writer signed two different entries for one place of one log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForkProof {
    /// The entry with the lower id.
    pub one: SignedHeader,
    /// The other.
    pub other: SignedHeader,
}

impl LogState {
    /// A log of which nothing is stored yet.
    pub fn new(writer: WriterKey, node: NodeId) -> Self {
        Self {
            writer,
            node,
            head: None,
            above: Vec::new(),
            fork: None,
        }
    }

    /// The log's id in `space`.
    pub fn id(&self, space: &SpaceId) -> LogId {
        LogId::of(&self.writer, space)
    }

    /// What is acknowledged: contiguous entries up to here are stored and not in doubt.
    pub fn height(&self) -> u64 {
        match (&self.fork, &self.head) {
            (Some(fork), _) => fork.at - 1,
            (None, head) => head.map_or(0, |head| head.seq),
        }
    }
}
