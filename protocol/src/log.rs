//! The state of one log at one site: how far it reaches without a gap, what is held above a gap,
//! and, when its writer wrote two different entries at one place, all branches from there on.
//!
//! Nothing here reads a disk or judges rights: verdicts on held branches belong to the rights of
//! the space. Entries are verified here, and only here, before they are stored.

use bocage_crdt::ids::{EntryId, ItemId, LogId, NodeId, SpaceId, WriterKey};
use ed25519_dalek::VerifyingKey;
use serde::{Deserialize, Serialize};

use crate::entry::{Entry, Header, InvalidEntry, LogHead};
use crate::limits::{ENTRIES_ABOVE_GAP_MAX, GAPS_PER_LOG_MAX, LAMPORT_STEP_MAX};

mod accept;
mod fork;
mod lost;
mod naked;

pub use lost::Lost;
pub use naked::Naked;

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
    /// Entries that came without payload and that no erasure covers yet, ascending.
    #[allow(
        clippy::box_collection,
        reason = "one word instead of three in each of thousands of idle logs"
    )]
    pub naked: Option<Box<Vec<Naked>>>,
    /// Entries of the main line that the disk damaged, ascending.
    #[allow(clippy::box_collection, reason = "as above")]
    pub lost: Option<Box<Vec<Lost>>>,
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
            naked: None,
            lost: None,
        }
    }

    /// The log's id in `space`.
    pub fn id(&self, space: &SpaceId) -> LogId {
        LogId::of(&self.writer, space)
    }

    /// Whether nothing of it is stored.
    pub fn is_empty(&self) -> bool {
        self.head.is_none() && self.above.is_empty() && self.fork.is_none()
    }

    /// Place of the last contiguous main entry, in doubt or not.
    pub fn reach(&self) -> u64 {
        self.head.map_or(0, |head| head.seq)
    }

    /// What is acknowledged: contiguous entries up to here are stored whole and not in doubt.
    pub fn height(&self) -> u64 {
        let certain = match &self.fork {
            Some(fork) => self.reach().min(fork.at - 1),
            None => self.reach(),
        };
        self.whole(certain)
    }

    /// Ids of the branches' ends, ascending; `None` if not forked.
    pub fn tips(&self) -> Option<Vec<EntryId>> {
        let fork = self.fork.as_ref()?;
        Some(fork.tips.iter().map(|tip| tip.id).collect())
    }

    /// Stored ranges above the gap, first and last place.
    pub fn above_ranges(&self) -> Vec<(u64, u64)> {
        self.above
            .iter()
            .map(|run| (run.from, run.head.seq))
            .collect()
    }

    /// The first range of `offered` (ascending, not overlapping) that is not stored and may be
    /// stored now; in a forked log, below the fork only.
    pub fn missing(&self, offered: &[(u64, u64)]) -> Option<(u64, u64)> {
        let end = self.fork.as_ref().map_or(u64::MAX, |fork| fork.at - 1);
        let mut stored = vec![(1, self.reach())];
        stored.extend(self.above_ranges());
        for &(from, to) in offered {
            let (mut from, mut to) = (from.max(1), to.min(end));
            for &(first, last) in &stored {
                if first <= from && from <= last {
                    from = last.saturating_add(1);
                } else if from < first {
                    to = to.min(first - 1);
                    break;
                }
            }
            if from <= to && (from == self.reach() + 1 || self.has_room_above()) {
                return Some((from, to));
            }
        }
        self.wanted_lost(offered)
            .or_else(|| self.wanted_payload(offered))
    }

    fn has_room_above(&self) -> bool {
        let held: u64 = self
            .above
            .iter()
            .map(|run| run.head.seq - run.from + 1)
            .sum();
        self.above.len() < GAPS_PER_LOG_MAX && held < ENTRIES_ABOVE_GAP_MAX as u64
    }
}

/// What [`LogState::accept`] may ask of the disk: durable entries of this one log.
pub trait Known {
    /// The main entry at `seq`.
    fn at(&self, seq: u64) -> Option<SignedHeader>;
    /// The entry with this id, main or branch.
    fn find(&self, id: &EntryId) -> Option<LogHead>;
    /// Whether a standing erase covers the item.
    fn is_erased(&self, item: &ItemId) -> bool;
}

/// What became of a range of entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accepted {
    /// Store these in the main log, at the head or above a gap.
    Main(Vec<Entry>),
    /// Store these as a branch of a forked log.
    Branch(Vec<Entry>),
    /// The writer's fork was just proven: alarm, and store these as a branch.
    Forked(Vec<Entry>),
    /// All known.
    Duplicate,
    /// Sound, but nothing here to attach it to, or no room: ask again later.
    Gap,
    /// Sound, but the writer named another entry than ours at this place or below: search.
    Suspect {
        /// The place at which the sender's log differs from ours.
        at: u64,
    },
    /// Not an entry of this log.
    Refused(InvalidEntry),
    /// A payload is missing that no standing erase covers.
    WithoutPayload,
    /// As many branches as are kept.
    TooManyBranches,
}

impl SignedHeader {
    /// The header and signature of an entry.
    pub fn of(entry: &Entry) -> Self {
        Self {
            bytes: entry.bytes.clone(),
            signature: entry.signature.to_vec(),
        }
    }

    /// The entry's id.
    pub fn id(&self) -> EntryId {
        Header::id_of(&self.bytes)
    }
}

impl ForkProof {
    /// Orders two entries into a proof.
    pub fn new(one: SignedHeader, other: SignedHeader) -> Self {
        if one.id() <= other.id() {
            Self { one, other }
        } else {
            Self {
                one: other,
                other: one,
            }
        }
    }

    /// Place, id and predecessor of both entries; of a checked proof, both are there.
    pub fn links(&self) -> Vec<(u64, EntryId, EntryId)> {
        [&self.one, &self.other]
            .into_iter()
            .filter_map(|signed| {
                let header = Header::decode(&signed.bytes).ok()?;
                Some((header.seq, signed.id(), header.prev))
            })
            .collect()
    }

    /// The place with two entries, if both headers are sound, signed, of this log, and differ.
    pub fn proven_at(&self, log: &LogId, key: &VerifyingKey) -> Option<u64> {
        let read = |signed: &SignedHeader| {
            let signature = signed.signature.as_slice().try_into().ok()?;
            let entry = Entry::read(signed.bytes.clone(), signature, None).ok()?;
            (entry.header.log == *log && entry.signature_holds_by(key)).then_some(entry)
        };
        let (one, other) = (read(&self.one)?, read(&self.other)?);
        (one.header.seq == other.header.seq && one.header.seq >= 1 && one.id < other.id)
            .then_some(one.header.seq)
    }
}

/// Whether an entry of place `seq` with `prev` and `lamport` may follow `head`.
fn joins(head: Option<&LogHead>, seq: u64, prev: &EntryId, lamport: u64) -> bool {
    let (head_seq, head_id, head_lamport) =
        head.map_or((0, EntryId::default(), 0), |h| (h.seq, h.id, h.lamport));
    seq.checked_sub(1) == Some(head_seq)
        && *prev == head_id
        && lamport
            .checked_sub(head_lamport)
            .is_some_and(|step| (1..=LAMPORT_STEP_MAX).contains(&step))
}

#[cfg(test)]
mod tests;
