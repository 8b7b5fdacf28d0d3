//! The payload `doc`: an automerge document in UTF-16 units that only checked changes may touch.
//!
//! Containers are made once, in a genesis change that every site computes for itself. Nothing
//! here judges a change (that is [`crate::gate`]) or knows a kind (that is its feature).

mod apply;
mod changing;
mod edit;
mod genesis;
pub(crate) mod index;
mod read;
pub(crate) mod staged;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::OnceLock;

use automerge::{Automerge, ReadDoc};

pub use apply::Applied;
pub use edit::{Edit, InvalidEdit, Scalar};
use genesis::begin;
pub(crate) use genesis::load;
pub use genesis::{Container, Genesis, LoadError};
pub(crate) use index::Index;
pub use read::Field;
pub(crate) use read::whole_number;

use crate::gate::{CheckedChange, Refusal};
use crate::ids::{ChangeHash, ItemId};

/// One item's automerge document.
#[derive(Debug, Clone)]
pub struct Document {
    item: ItemId,
    genesis: Genesis,
    genesis_hash: ChangeHash,
    automerge: Automerge,
    operations: u64,
    /// Built when first needed: reading a document never needs it.
    index: OnceLock<Result<Index, Refusal>>,
    /// The bytes last saved or loaded, and what was applied since: what the document is rebuilt
    /// from when automerge panics halfway through a change.
    saved: Vec<u8>,
    since_saved: Vec<automerge::Change>,
    /// Admitted, known to the index, not yet given to automerge.
    unsettled: Vec<CheckedChange>,
    /// Found broken while nobody asked; told by the next [`Self::settle`].
    broken: Vec<CheckedChange>,
}

impl Document {
    /// The document of a new item: its genesis and nothing else.
    pub fn new(item: ItemId, genesis: Genesis) -> Self {
        let (automerge, genesis_hash) = begin(item, genesis);
        Self {
            item,
            genesis,
            genesis_hash,
            operations: genesis.containers.len() as u64,
            index: OnceLock::new(),
            saved: automerge.save(),
            since_saved: Vec::new(),
            unsettled: Vec::new(),
            broken: Vec::new(),
            automerge,
        }
    }

    /// Reads what [`Self::save`] wrote.
    pub fn load(item: ItemId, genesis: Genesis, saved: &[u8]) -> Result<Self, LoadError> {
        let automerge = load(saved)?;
        let (_, genesis_hash) = begin(item, genesis);
        if !has(&automerge, &genesis_hash) {
            return Err(LoadError::OtherGenesis);
        }
        let operations = automerge
            .get_changes_meta(&[])
            .iter()
            .map(|change| (change.max_op + 1).saturating_sub(change.start_op))
            .sum();
        Ok(Self {
            item,
            genesis,
            genesis_hash,
            automerge,
            operations,
            index: OnceLock::new(),
            saved: saved.to_vec(),
            since_saved: Vec::new(),
            unsettled: Vec::new(),
            broken: Vec::new(),
        })
    }

    /// All changes in one compressed block, the genesis included. Settles first.
    pub fn save(&mut self) -> Vec<u8> {
        self.broken = self.settle();
        if !self.since_saved.is_empty() {
            self.remember();
        }
        self.saved.clone()
    }

    /// The same without the price of writing it: what was saved or loaded last, and the bytes of
    /// what was applied since, parents first. Settles first.
    pub fn parts(&mut self) -> (Vec<u8>, Vec<Vec<u8>>) {
        self.broken = self.settle();
        let since = self.since_saved.iter();
        let since = since.map(|change| change.raw_bytes().to_vec());
        (self.saved.clone(), since.collect())
    }

    /// The item this is.
    pub fn item(&self) -> ItemId {
        self.item
    }

    /// The containers it was made with.
    pub fn genesis(&self) -> Genesis {
        self.genesis
    }

    /// The hash of its genesis change.
    pub fn genesis_hash(&self) -> ChangeHash {
        self.genesis_hash
    }

    /// The changes that no other builds on, ascending.
    pub fn heads(&self) -> Vec<ChangeHash> {
        let mut heads: BTreeSet<_> = self.automerge.get_heads().iter().map(hash).collect();
        for change in &self.unsettled {
            let parents = &change.outline().parents;
            parents.iter().for_each(|parent| {
                heads.remove(parent);
            });
            heads.insert(change.hash());
        }
        heads.into_iter().collect()
    }

    /// The hashes of all changes that were settled, the genesis left out.
    pub fn change_hashes(&self) -> BTreeSet<ChangeHash> {
        let changes = self.automerge.get_changes_meta(&[]);
        let hashes = changes.iter().map(|change| hash(&change.hash));
        hashes.filter(|hash| *hash != self.genesis_hash).collect()
    }

    /// Whether the change was admitted.
    pub fn has_change(&self, change: &ChangeHash) -> bool {
        has(&self.automerge, change) || self.unsettled(change).is_some()
    }

    fn unsettled(&self, change: &ChangeHash) -> Option<&CheckedChange> {
        let mut unsettled = self.unsettled.iter();
        unsettled.find(|unsettled| unsettled.hash() == *change)
    }

    /// How many operations its changes have together: compare with
    /// [`crate::gate::limits::ITEM_OPERATIONS_SOFT`].
    pub fn operations(&self) -> usize {
        usize::try_from(self.operations).unwrap_or(usize::MAX)
    }

    /// The exact bytes of a change.
    pub fn change_bytes(&self, change: &ChangeHash) -> Option<Vec<u8>> {
        if let Some(unsettled) = self.unsettled(change) {
            return Some(unsettled.bytes().to_vec());
        }
        self.automerge
            .get_change_by_hash(&automerge::ChangeHash(change.0))
            .map(|change| change.raw_bytes().to_vec())
    }

    /// The bytes of all changes that are neither among `heads` nor their ancestors, parents
    /// first; heads that are not here count as nothing. The genesis is never among them.
    pub fn changes_since(&self, heads: &[ChangeHash]) -> Vec<(ChangeHash, Vec<u8>)> {
        let mut known = BTreeSet::new();
        let mut settled = Vec::new();
        let mut left = heads.to_vec();
        while let Some(head) = left.pop() {
            if let Some(change) = self.unsettled(&head) {
                if known.insert(head) {
                    left.extend(&change.outline().parents);
                }
            } else if has(&self.automerge, &head) {
                settled.push(automerge::ChangeHash(head.0));
            }
        }
        let changes = self.automerge.get_changes(&settled);
        let changes = changes
            .iter()
            .map(|change| (hash(&change.hash()), change.raw_bytes()))
            .filter(|(hash, _)| *hash != self.genesis_hash);
        let unsettled = self
            .unsettled
            .iter()
            .map(|change| (change.hash(), change.bytes()))
            .filter(|(hash, _)| !known.contains(hash));
        changes
            .chain(unsettled)
            .map(|(hash, bytes)| (hash, bytes.to_vec()))
            .collect()
    }

    /// The document as it was right after one of its changes, with what that rests on and nothing
    /// that came beside it. What is edited there is made beside all the rest. Settles first;
    /// `None` when the change is not here.
    pub fn at(&mut self, change: &ChangeHash) -> Option<Self> {
        self.broken = self.settle();
        let fork = self.automerge.fork_at(&[automerge::ChangeHash(change.0)]);
        Self::load(self.item, self.genesis, &fork.ok()?.save()).ok()
    }

    pub(crate) fn automerge(&self) -> &Automerge {
        &self.automerge
    }

    pub(crate) fn into_automerge(self) -> (Automerge, Option<Index>) {
        (self.automerge, self.index.into_inner().and_then(Result::ok))
    }

    pub(crate) fn index(&self) -> Result<&Index, Refusal> {
        let index = self.index.get_or_init(|| {
            let mut index = Index::default();
            // Nothing is admitted before the index is there, so automerge has all of it.
            for change in self.automerge.get_changes(&[]) {
                index.push(hash(&change.hash()), &change.decode())?;
            }
            Ok(index)
        });
        index.as_ref().map_err(|refusal| *refusal)
    }

    /// As [`Self::verify`], for whoever has the index of this very document when these were its
    /// heads: looks at what came since.
    pub(crate) fn verify_since(
        &mut self,
        heads: &[ChangeHash],
        mut index: Index,
    ) -> Result<(), LoadError> {
        let heads: Vec<_> = heads
            .iter()
            .map(|head| automerge::ChangeHash(head.0))
            .collect();
        for change in self.automerge.get_changes(&heads) {
            let pushed = index.push(hash(&change.hash()), &change.decode());
            pushed.map_err(LoadError::Refused)?;
        }
        self.index = OnceLock::from(Ok(index));
        Ok(())
    }

    /// Looks at every change now rather than when the first one is checked.
    pub fn verify(&self) -> Result<(), LoadError> {
        self.index().map(|_| ()).map_err(LoadError::Refused)
    }
}

fn has(automerge: &Automerge, change: &ChangeHash) -> bool {
    let change = automerge::ChangeHash(change.0);
    automerge.get_change_meta_by_hash(&change).is_some()
}

fn hash(hash: &automerge::ChangeHash) -> ChangeHash {
    ChangeHash(hash.0)
}
