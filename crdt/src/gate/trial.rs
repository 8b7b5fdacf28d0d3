//! Trial apply: what the gate let pass is applied to a copy, read, saved, loaded again and
//! compared. It may panic, run without end or exhaust memory, so it belongs in a process that may
//! die of it. Its answer is no verdict: replicas never decide by it what counts.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{Automerge, Change};

use crate::document::{Document, Genesis, Index, load};
use crate::features::DocumentContent;
use crate::ids::{ChangeHash, ItemId};

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

/// The document on which changes are tried, as [`Document::parts`] and [`Document::heads`] tell it.
#[derive(Debug, Clone, Copy)]
pub struct Base<'a> {
    /// Whose it is.
    pub item: ItemId,
    /// The containers of its kind.
    pub genesis: Genesis,
    /// Its heads: they name all its changes, so whoever has a document with these has this one.
    pub heads: &'a [ChangeHash],
    /// The bytes last saved.
    pub saved: &'a [u8],
    /// The changes since.
    pub since: &'a [Vec<u8>],
}

/// Tries one batch of changes after the other. The document that a sound batch left, as it was
/// read back from its bytes, is kept: who goes on writing there spares the next trial a loading.
#[derive(Debug, Default)]
pub struct Trier {
    kept: Option<Document>,
}

impl Trier {
    /// Tries the changes, in their order, on a document.
    pub fn run(&mut self, base: &Base<'_>, changes: &[Vec<u8>]) -> Result<(), Unsound> {
        // Forgotten first: a document on which something goes wrong is not used again.
        let (original, index) = match self.kept.take() {
            Some(kept) if kept.heads() == base.heads => kept.into_automerge(),
            _ => (loaded(base).ok_or(Unsound::Snapshot)?, None),
        };
        self.kept = Some(try_on(original, index, base, changes)?);
        Ok(())
    }

    /// Whether the next trial on this document needs no loading.
    #[cfg(test)]
    pub(crate) fn keeps(&self, document: &Document) -> bool {
        let kept = self.kept.as_ref();
        kept.is_some_and(|kept| kept.heads() == document.heads())
    }
}

fn loaded(base: &Base<'_>) -> Option<Automerge> {
    let mut automerge = load(base.saved).ok()?;
    let applied = guarded(Unsound::Snapshot, || {
        let since: Result<Vec<_>, _> = base.since.iter().map(|bytes| change(bytes)).collect();
        let applied = automerge.apply_changes(since?);
        applied.map_err(|_| Unsound::Snapshot)
    });
    applied.ok()?;
    let heads: BTreeSet<_> = automerge.get_heads().iter().map(|head| head.0).collect();
    let told: BTreeSet<_> = base.heads.iter().map(|head| head.0).collect();
    (heads == told).then_some(automerge)
}

fn change(bytes: &[u8]) -> Result<Change, Unsound> {
    Change::try_from(bytes).map_err(|_| Unsound::Decode)
}

fn try_on(
    original: Automerge,
    index: Option<Index>,
    base: &Base<'_>,
    changes: &[Vec<u8>],
) -> Result<Document, Unsound> {
    let parsed: Vec<_> = guarded(Unsound::Decode, || {
        changes.iter().map(|bytes| change(bytes)).collect()
    })?;
    let hashes: Vec<_> = parsed.iter().map(Change::hash).collect();
    // The copy: who gave the document has its own, in another process.
    let mut copy = original;
    guarded(Unsound::Apply, || {
        let applied = copy.apply_changes(parsed);
        applied.map_err(|_| Unsound::Apply)
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
        let again = Document::load(base.item, base.genesis, &written);
        let mut again = again.map_err(|_| Unsound::Reload)?;
        let verified = match index {
            // Loading compares the hashes of the heads: what was there before is the same.
            Some(index) => again.verify_since(base.heads, index),
            None => again.verify(),
        };
        verified.map_err(|_| Unsound::Reload)?;
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
    })?;
    Ok(again)
}

/// A panic is an answer like any other.
fn guarded<T>(otherwise: Unsound, work: impl FnOnce() -> Result<T, Unsound>) -> Result<T, Unsound> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(otherwise))
}
