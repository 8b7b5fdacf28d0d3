//! Admissions: what a sponsor site lets count of a guest's log, after the gate and a trial apply.
//! Kept beside the log, never a rights operation: nothing but content rests on one.

use std::collections::BTreeMap;
use std::sync::Arc;

use bocage_crdt::ids::{EntryId, LogId, NodeId};
use serde::{Deserialize, Serialize};

use super::operation::Operation;
use super::role::Role;
use super::then::Then;
use super::{Rights, Standing};
use crate::entry::{Entry, Header};
use crate::limits::{ADMITTED_RANGES_MAX, ENTRY_BYTES_MAX};

/// A contiguous range of a guest's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AdmittedRange {
    /// The guest's log.
    pub log: LogId,
    /// First place, from 1.
    pub first: u64,
    /// Last place.
    pub last: u64,
    /// The entry at `last`: in a forked log it names the branch.
    pub entry: EntryId,
}

/// Payload of [`crate::entry::EntryKind::Admission`]: sorted, at least one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Admission(pub Vec<AdmittedRange>);

impl Admission {
    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("plain values always encode")
    }

    /// Reads canonical bytes within the limits.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > ENTRY_BYTES_MAX {
            return None;
        }
        let (admission, rest): (Self, _) = postcard::take_from_bytes(bytes).ok()?;
        let ranges = &admission.0;
        let sound = rest.is_empty()
            && (1..=ADMITTED_RANGES_MAX).contains(&ranges.len())
            && ranges.windows(2).all(|pair| pair[0] < pair[1])
            && ranges
                .iter()
                .all(|range| 1 <= range.first && range.first <= range.last)
            && admission.encode() == bytes;
        sound.then_some(admission)
    }
}

/// One admission as stored.
#[derive(Debug)]
pub(super) struct Admitting {
    id: EntryId,
    header: Header,
    node: NodeId,
}

/// All admissions, by what they admit.
#[derive(Debug, Clone, Default)]
pub(super) struct Admissions {
    known: BTreeMap<EntryId, Arc<Admitting>>,
    /// Ranges of a log by their last place: (first, entry at the last, admission).
    ranges: BTreeMap<LogId, BTreeMap<(u64, EntryId, EntryId), u64>>,
    /// Those that cite what is not placed yet.
    waiting: Vec<Arc<Admitting>>,
}

impl Admissions {
    /// Keeps an admission; `None` if it is known or no admission.
    pub(super) fn store(&mut self, entry: &Entry, node: NodeId) -> Option<Arc<Admitting>> {
        let admission = Admission::decode(entry.payload.as_ref()?)?;
        if self.known.contains_key(&entry.id) {
            return None;
        }
        let admitting = Arc::new(Admitting {
            id: entry.id,
            header: entry.header.clone(),
            node,
        });
        self.known.insert(entry.id, admitting.clone());
        for range in admission.0 {
            let ranges = self.ranges.entry(range.log).or_default();
            // Of two ranges with one end in one admission the longer says it all.
            let first = (ranges.entry((range.last, range.entry, entry.id))).or_insert(range.first);
            *first = range.first.min(*first);
        }
        self.waiting.push(admitting.clone());
        Some(admitting)
    }

    /// Whether an admission waited until now and need not any more.
    pub(super) fn settle(&mut self, is_placed: impl Fn(&EntryId) -> bool) -> bool {
        let before = self.waiting.len();
        (self.waiting).retain(|waiting| !waiting.header.rights_heads.iter().all(&is_placed));
        self.waiting.len() < before
    }
}

impl Rights {
    /// Whether a sponsor site admitted an entry of a guest's log.
    pub(super) fn is_admitted(&self, id: &EntryId, header: &Header, guest: &NodeId) -> bool {
        let Some(ranges) = self.admissions.ranges.get(&header.log) else {
            return false;
        };
        let from = (header.seq, EntryId([0; 32]), EntryId([0; 32]));
        ranges
            .range(from..)
            .filter(|(_, first)| **first <= header.seq)
            .any(|((last, end, by), _)| {
                self.graph
                    .leads_to(&header.log, (header.seq, id), (*last, end))
                    && self.admits(by, guest)
            })
    }

    /// Whether an admission counts: its site spoke as a host that was a sponsor of the guest.
    fn admits(&self, by: &EntryId, guest: &NodeId) -> bool {
        let Some(admission) = self.admissions.known.get(by) else {
            return false;
        };
        let header = &admission.header;
        if self.judge_then(&admission.id, header, &admission.node, Role::HOST) != Standing::Counts {
            return false;
        }
        let (Ok(past), Some(host)) = (self.past_of(header), self.evaluation.hosts.get(guest))
        else {
            return false;
        };
        let then = Then {
            rights: self,
            past: &past,
            header,
            id: &admission.id,
            lifted: &|_| false,
        };
        then.guest_hostings(host).any(|added| {
            matches!(&self.graph.op(added).operation,
                Ok(Operation::GuestAdd { sponsors, .. }) if sponsors.contains(&admission.node))
        })
    }
}
