//! Trial apply: what the gate let pass is applied to a copy, read, saved, loaded again and
//! compared. It may panic, run without end or exhaust memory, so it belongs in a process that may
//! die of it. Its answer is no verdict: replicas never decide by it what counts.

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::Change;

use crate::document::{Document, Genesis, load};
use crate::features::DocumentContent;
use crate::ids::ItemId;

/// What went wrong with changes that passed the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unsound {
    /// The document's own saved bytes do not load: nothing is said about the changes.
    Snapshot,
    /// A change does not decode.
    Decode,
    /// automerge refuses to apply it, or panics.
    Apply,
    /// Applied without an error, and not in the document: a parent is missing.
    Missing,
    /// The document cannot be written any more.
    Save,
    /// What was written does not load.
    Reload,
    /// What was written and loaded again says something else.
    Differs,
    /// The document cannot be read as its kind reads it.
    Read,
}

impl Unsound {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Snapshot,
        Self::Decode,
        Self::Apply,
        Self::Missing,
        Self::Save,
        Self::Reload,
        Self::Differs,
        Self::Read,
    ];

    /// A short name for counters and logs; it never changes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Snapshot => "trial-snapshot",
            Self::Decode => "trial-decode",
            Self::Apply => "trial-apply",
            Self::Missing => "trial-missing",
            Self::Save => "trial-save",
            Self::Reload => "trial-reload",
            Self::Differs => "trial-differs",
            Self::Read => "trial-read",
        }
    }
}

/// Tries the changes, in their order, on the document that `saved` holds.
pub fn run(
    item: ItemId,
    genesis: Genesis,
    saved: &[u8],
    changes: &[Vec<u8>],
) -> Result<(), Unsound> {
    let original = load(saved).map_err(|_| Unsound::Snapshot)?;
    let parsed = guarded(Unsound::Decode, || {
        let parsed: Result<Vec<_>, _> = changes
            .iter()
            .map(|bytes| Change::try_from(bytes.as_slice()))
            .collect();
        parsed.map_err(|_| Unsound::Decode)
    })?;
    let hashes: Vec<_> = parsed.iter().map(Change::hash).collect();
    let copy = guarded(Unsound::Apply, || {
        let mut copy = original.clone();
        copy.apply_changes(parsed).map_err(|_| Unsound::Apply)?;
        Ok(copy)
    })?;
    let there = |hash| copy.get_change_meta_by_hash(hash).is_some();
    if !hashes.iter().all(there) {
        return Err(Unsound::Missing);
    }
    let said = guarded(Unsound::Read, || Ok(copy.hydrate(None)))?;
    // Uncompressed: compression is the larger half of the cost and says nothing of the changes.
    let written = guarded(Unsound::Save, || Ok(copy.save_nocompress()))?;
    // As the site itself will open, check and show it.
    let again = guarded(Unsound::Reload, || {
        let again = Document::load(item, genesis, &written).map_err(|_| Unsound::Reload)?;
        again.verify().map_err(|_| Unsound::Reload)?;
        Ok(again)
    })?;
    let same = guarded(Unsound::Differs, || {
        let loaded = again.automerge();
        Ok(loaded.get_heads() == copy.get_heads() && loaded.hydrate(None) == said)
    })?;
    if !same {
        return Err(Unsound::Differs);
    }
    guarded(Unsound::Read, || {
        std::hint::black_box(DocumentContent::of(&again));
        Ok(())
    })
}

/// A panic is an answer like any other.
fn guarded<T>(otherwise: Unsound, work: impl FnOnce() -> Result<T, Unsound>) -> Result<T, Unsound> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(otherwise))
}
