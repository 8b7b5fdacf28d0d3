//! The payload `doc`: an automerge document in UTF-16 units that only checked changes may touch.
//!
//! Containers are made once, in a genesis change that every site computes for itself. Nothing
//! here judges a change (that is [`crate::gate`]) or knows a kind (that is its feature).

mod edit;
pub(crate) mod index;
mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{Automerge, LoadOptions, ObjType, ROOT, ReadDoc, TextEncoding};

pub use edit::{Edit, InvalidEdit, Scalar};
pub(crate) use index::Index;
pub use read::Field;

use crate::gate::{CheckedChange, Refusal};
use crate::ids::{ActorId, ChangeHash, ItemId};

/// The containers a kind and version of item is made with, under keys of the root map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Genesis {
    /// Name and type, in an order that never changes: the genesis change depends on it.
    pub containers: &'static [(&'static str, Container)],
}

/// The type of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// Characters, marks and block markers.
    Text,
    /// Elements in order.
    List,
    /// Values by key.
    Map,
}

/// Why saved bytes are not this document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadError {
    /// automerge could not read them.
    Malformed(String),
    /// They are a document, but not of this item or not of this kind and version.
    OtherGenesis,
    /// They hold a change that cannot have passed the gate.
    Refused(Refusal),
}

impl fmt::Display for LoadError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(reason) => write!(
                out,
                "the saved document does not load ({reason}): rebuild it from the log"
            ),
            Self::OtherGenesis => {
                out.write_str("the saved document is of another item, kind or version")
            }
            Self::Refused(refusal) => write!(
                out,
                "the saved document holds a refused change ({refusal}): rebuild it from the log"
            ),
        }
    }
}

impl std::error::Error for LoadError {}

/// What became of the changes given to [`Document::apply`]. Each is in exactly one list.
#[derive(Debug, Clone, Default)]
pub struct Applied {
    /// New in the document.
    pub applied: Vec<ChangeHash>,
    /// Already there.
    pub known: Vec<ChangeHash>,
    /// Not applied: a parent is missing here. Give it again when the parent came.
    pub waiting: Vec<CheckedChange>,
    /// Not applied: another change of the same actor has this number.
    pub forked: Vec<CheckedChange>,
    /// Not applied: automerge failed on it although the gate let it pass. Raise an alarm and
    /// freeze the item; the document is as it was before.
    pub broken: Vec<CheckedChange>,
}

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
            automerge,
        }
    }

    /// Reads what [`Self::save`] wrote.
    pub fn load(item: ItemId, genesis: Genesis, saved: &[u8]) -> Result<Self, LoadError> {
        let automerge = load(saved)?;
        let (_, genesis_hash) = begin(item, genesis);
        if automerge
            .get_change_meta_by_hash(&automerge::ChangeHash(genesis_hash.0))
            .is_none()
        {
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
        })
    }

    /// All changes in one compressed block, the genesis included.
    pub fn save(&mut self) -> Vec<u8> {
        self.saved = self.automerge.save();
        self.since_saved.clear();
        self.saved.clone()
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
        let mut heads: Vec<ChangeHash> = self.automerge.get_heads().iter().map(hash).collect();
        heads.sort_unstable();
        heads
    }

    /// Whether the change was applied.
    pub fn has_change(&self, change: &ChangeHash) -> bool {
        self.automerge
            .get_change_meta_by_hash(&automerge::ChangeHash(change.0))
            .is_some()
    }

    /// How many operations its changes have together: compare with
    /// [`crate::gate::limits::ITEM_OPERATIONS_SOFT`].
    pub fn operations(&self) -> usize {
        usize::try_from(self.operations).unwrap_or(usize::MAX)
    }

    /// The exact bytes of a change.
    pub fn change_bytes(&self, change: &ChangeHash) -> Option<Vec<u8>> {
        self.automerge
            .get_change_by_hash(&automerge::ChangeHash(change.0))
            .map(|change| change.raw_bytes().to_vec())
    }

    /// The bytes of all changes that are not ancestors of `heads`, parents first; heads that are
    /// not here count as nothing. The genesis is never among them.
    pub fn changes_since(&self, heads: &[ChangeHash]) -> Vec<(ChangeHash, Vec<u8>)> {
        let heads: Vec<_> = heads
            .iter()
            .filter(|head| self.has_change(head))
            .map(|head| automerge::ChangeHash(head.0))
            .collect();
        self.automerge
            .get_changes(&heads)
            .iter()
            .filter(|change| hash(&change.hash()) != self.genesis_hash)
            .map(|change| (hash(&change.hash()), change.raw_bytes().to_vec()))
            .collect()
    }

    /// Applies all of them in one step, which costs little more than applying one.
    pub fn apply(&mut self, changes: Vec<CheckedChange>) -> Applied {
        let mut result = Applied::default();
        let mut accepted: Vec<CheckedChange> = Vec::new();
        let mut new = BTreeSet::new();
        if self.index().is_err() {
            result.broken = changes;
            return result;
        }
        for change in changes {
            let hash = change.hash();
            let outline = change.outline();
            let (actor, seq) = (outline.actor, outline.seq);
            let Some(Ok(index)) = self.index.get_mut() else {
                result.broken.push(change); // never: asked for above
                continue;
            };
            if index.contains(&hash) {
                result.known.push(hash);
            } else if outline.parents.iter().any(|parent| !index.contains(parent)) {
                result.waiting.push(change);
            } else if index.has_sequence(&actor, seq) {
                result.forked.push(change);
            } else if index.push(hash, &change.expanded).is_err() {
                // Checked against another document than this one.
                result.broken.push(change);
            } else if new.insert(hash) {
                accepted.push(change);
            }
        }
        if accepted.is_empty() {
            return result;
        }
        if self.apply_together(&accepted) {
            for change in accepted {
                self.applied(change, &mut result);
            }
        } else {
            self.apply_each(accepted, &mut result);
        }
        result
    }

    /// One call into automerge; false leaves a document that must be rebuilt.
    fn apply_together(&mut self, changes: &[CheckedChange]) -> bool {
        let batch: Vec<_> = changes.iter().map(|change| change.change.clone()).collect();
        let automerge = &mut self.automerge;
        // Whatever a panic leaves half done is thrown away by the caller.
        catch_unwind(AssertUnwindSafe(|| automerge.apply_changes(batch).is_ok())).unwrap_or(false)
            && changes.iter().all(|change| self.has_change(&change.hash()))
    }

    /// Finds the change that broke a batch: each alone, on a document known to be whole.
    fn apply_each(&mut self, changes: Vec<CheckedChange>, result: &mut Applied) {
        self.rebuild();
        let mut broken = BTreeSet::new();
        for change in changes {
            let rests_on_broken = change
                .outline()
                .parents
                .iter()
                .any(|parent| broken.contains(parent));
            if rests_on_broken || !self.apply_together(std::slice::from_ref(&change)) {
                broken.insert(change.hash());
                result.broken.push(change);
                self.rebuild();
            } else {
                self.applied(change, result);
            }
        }
        self.index = OnceLock::new();
    }

    fn applied(&mut self, change: CheckedChange, result: &mut Applied) {
        result.applied.push(change.hash());
        self.operations += change.outline().operations as u64;
        self.since_saved.push(change.change);
    }

    /// The document as it was after the last change that was applied whole.
    fn rebuild(&mut self) {
        // Both were read or written by automerge before: that they fail now is a broken memory,
        // and then the process is better ended than its documents guessed at.
        let mut automerge = load(&self.saved).expect("a document that was saved loads");
        automerge
            .apply_changes(self.since_saved.iter().cloned())
            .expect("changes that were applied apply");
        self.automerge = automerge;
    }

    pub(crate) fn index(&self) -> Result<&Index, Refusal> {
        let index = self.index.get_or_init(|| {
            let mut index = Index::default();
            for change in self.automerge.get_changes(&[]) {
                index.push(hash(&change.hash()), &change.decode())?;
            }
            Ok(index)
        });
        index.as_ref().map_err(|refusal| *refusal)
    }

    /// Looks at every change now rather than when the first one is checked.
    pub fn verify(&self) -> Result<(), LoadError> {
        self.index().map(|_| ()).map_err(LoadError::Refused)
    }
}

fn hash(hash: &automerge::ChangeHash) -> ChangeHash {
    ChangeHash(hash.0)
}

fn options() -> CommitOptions {
    CommitOptions::default().with_time(0)
}

fn load(saved: &[u8]) -> Result<Automerge, LoadError> {
    let options = LoadOptions::new().text_encoding(TextEncoding::Utf16CodeUnit);
    catch_unwind(AssertUnwindSafe(|| {
        Automerge::load_with_options(saved, options)
    }))
    .map_err(|_| LoadError::Malformed("automerge panicked".to_owned()))?
    .map_err(|error| LoadError::Malformed(error.to_string()))
}

/// The genesis change: actor = item id, sequence number 1, time 0, one operation a container.
fn begin(item: ItemId, genesis: Genesis) -> (Automerge, ChangeHash) {
    let mut automerge = Automerge::new_with_encoding(TextEncoding::Utf16CodeUnit);
    automerge.set_actor(automerge::ActorId::from(ActorId::genesis(&item).0));
    let mut transaction = automerge.transaction();
    for (name, container) in genesis.containers {
        let kind = match container {
            Container::Text => ObjType::Text,
            Container::List => ObjType::List,
            Container::Map => ObjType::Map,
        };
        transaction
            .put_object(ROOT, *name, kind)
            .expect("the root of a new document takes any named container");
    }
    let genesis_hash = match transaction.commit_with(options()).0 {
        Some(hash) => hash,
        None => automerge.empty_commit(options()),
    };
    (automerge, hash(&genesis_hash))
}
