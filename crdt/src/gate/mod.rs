//! The gate: decides whether a change may touch a document. automerge is a data type, not a
//! validator; what passes here can be applied, saved and loaded without a thought.
//!
//! A verdict rests on the change and its ancestors only, and on constants of the protocol
//! version ([`limits`]): never on what else the document holds, on time or on memory, because
//! replicas must agree. Who may change an item is not asked here.
//!
//! Order: [`chunk`] bounds the cost before anything is expanded, then automerge decodes behind
//! a panic barrier and must encode to the same bytes again, then [`rules`] checks each operation.

mod chunk;
pub mod limits;
pub mod odd;
mod refusal;
mod rules;
#[cfg(test)]
mod tests;
pub mod trial;

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::ExpandedChange;

pub use chunk::Outline;
pub use refusal::Refusal;

use crate::document::{Document, Index};
use crate::ids::{ActorId, ChangeHash, ItemId};

/// Whose change this must be, as the entry or the live session says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActorExpectation {
    /// The one actor the sender may use, from its site, person and nonce ([`ActorId::of`]).
    pub actor: ActorId,
}

/// What the gate says.
#[derive(Debug, Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every verdict is `Accepted`, moved once; a box would be an allocation per change"
)]
pub enum Verdict {
    /// May be applied to any document that has its parents.
    Accepted(CheckedChange),
    /// Not judged: these parents are not in the document.
    Pending(Vec<ChangeHash>),
    /// Never to be applied anywhere.
    Refused(Refusal),
}

impl Verdict {
    /// The checked change, if accepted.
    pub fn accepted(self) -> Option<CheckedChange> {
        match self {
            Self::Accepted(change) => Some(change),
            Self::Pending(_) | Self::Refused(_) => None,
        }
    }
}

/// A change that passed the gate. Nothing else makes one.
#[derive(Debug, Clone)]
pub struct CheckedChange {
    pub(crate) change: automerge::Change,
    pub(crate) expanded: ExpandedChange,
    outline: Outline,
    hash: ChangeHash,
}

impl CheckedChange {
    /// Its hash.
    pub fn hash(&self) -> ChangeHash {
        self.hash
    }

    /// What it says about itself.
    pub fn outline(&self) -> &Outline {
        &self.outline
    }

    /// Why the change is odd, if it is: worth a [`trial`], never a verdict.
    pub fn oddity(&self) -> Option<odd::Oddity> {
        odd::oddity(self)
    }

    /// The exact bytes that were checked.
    pub fn bytes(&self) -> &[u8] {
        self.change.raw_bytes()
    }
}

/// The hash by which automerge names a change, from its plain chunk: SHA-256 of everything after
/// magic and checksum. Says nothing about whether the change may be applied.
pub fn hash_of(bytes: &[u8]) -> Option<ChangeHash> {
    use sha2::Digest;
    let hashed = bytes.get(8..)?;
    Some(ChangeHash(sha2::Sha256::digest(hashed).into()))
}

/// Judges one change against its ancestors in the document.
pub fn check(bytes: &[u8], expected: &ActorExpectation, document: &Document) -> Verdict {
    match document.index() {
        Ok(index) => judge(bytes, expected, document.item(), index),
        Err(refusal) => Verdict::Refused(refusal),
    }
}

/// Judges changes of which later ones may build on earlier ones, in the order given, and leaves
/// the document alone. The price of more than one is a copy of its index, about 30 bytes for each
/// operation: who means to apply them rather checks and [admits](Document::admit) one by one.
pub fn check_batch(changes: &[(&[u8], ActorExpectation)], document: &Document) -> Vec<Verdict> {
    let index = match document.index() {
        Ok(index) => index,
        Err(refusal) => return vec![Verdict::Refused(refusal); changes.len()],
    };
    let mut staged: Option<Index> = None;
    let mut verdicts = Vec::with_capacity(changes.len());
    for (number, (bytes, expected)) in changes.iter().enumerate() {
        let current = staged.as_ref().unwrap_or(index);
        let verdict = judge(bytes, expected, document.item(), current);
        if let Verdict::Accepted(checked) = &verdict
            && number + 1 < changes.len()
            && !current.contains(&checked.hash)
            && !current.has_sequence(&checked.outline.actor, checked.outline.seq)
        {
            // The change was just resolved against this very index, so this cannot fail; should
            // it, later changes that build on it are pending, which is what they are.
            let _ = staged
                .get_or_insert_with(|| index.clone())
                .push(checked.hash, &checked.expanded);
        }
        verdicts.push(verdict);
    }
    verdicts
}

fn judge(bytes: &[u8], expected: &ActorExpectation, item: ItemId, index: &Index) -> Verdict {
    let checked = match decode(bytes, expected, item) {
        Ok(checked) => checked,
        Err(refusal) => return Verdict::Refused(refusal),
    };
    let ancestors = match index.ancestors(&checked.outline.parents) {
        Ok(ancestors) => ancestors,
        Err(missing) => return Verdict::Pending(missing),
    };
    match rules::check(&checked, index, &ancestors) {
        Ok(()) => Verdict::Accepted(checked),
        Err(refusal) => Verdict::Refused(refusal),
    }
}

/// What can be said without the ancestors.
fn decode(
    bytes: &[u8],
    expected: &ActorExpectation,
    item: ItemId,
) -> Result<CheckedChange, Refusal> {
    let outline = Outline::read(bytes)?;
    if outline.actor != expected.actor || outline.actor == ActorId::genesis(&item) {
        return Err(Refusal::Actor);
    }
    // No lock is held here and nothing of ours is changed: a panic leaves no trace but the text
    // that the process's panic hook prints.
    let decoded = catch_unwind(AssertUnwindSafe(|| {
        let change = automerge::Change::try_from(bytes).map_err(|_| Refusal::Malformed)?;
        let expanded = change.decode();
        let again = automerge::Change::from(expanded.clone());
        if again.raw_bytes() != bytes || expanded.operations.len() != outline.operations {
            return Err(Refusal::NotCanonical);
        }
        Ok((change, expanded))
    }));
    let (change, expanded) = decoded.map_err(|_| Refusal::Panicked)??;
    Ok(CheckedChange {
        hash: ChangeHash(change.hash().0),
        change,
        expanded,
        outline,
    })
}
