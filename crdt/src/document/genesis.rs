//! Where a document comes from: the genesis change that every site computes for itself, and the
//! saved bytes it is read from. Knows nothing of what is done with it afterwards.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{Automerge, LoadOptions, ObjType, ROOT, TextEncoding};

use super::hash;
use crate::gate::Refusal;
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

pub(super) fn options() -> CommitOptions {
    CommitOptions::default().with_time(0)
}

/// Reads a whole document; a panic of automerge is an error like any other.
pub(crate) fn load(saved: &[u8]) -> Result<Automerge, LoadError> {
    let options = LoadOptions::new().text_encoding(TextEncoding::Utf16CodeUnit);
    catch_unwind(AssertUnwindSafe(|| {
        Automerge::load_with_options(saved, options)
    }))
    .map_err(|_| LoadError::Malformed("automerge panicked".to_owned()))?
    .map_err(|error| LoadError::Malformed(error.to_string()))
}

/// The genesis change: actor = item id, sequence number 1, time 0, one operation a container.
pub(super) fn begin(item: ItemId, genesis: Genesis) -> (Automerge, ChangeHash) {
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
