//! Admissions: what a sponsor site lets count of a guest's log, after the gate and a trial apply.
//! Kept beside the log, never a rights operation: nothing but content rests on one.

use bocage_crdt::ids::{EntryId, LogId};
use serde::{Deserialize, Serialize};

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
