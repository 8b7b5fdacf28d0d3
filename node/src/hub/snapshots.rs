//! Snapshots of documents in the state file: a long page opens from its last snapshot and the
//! entries that came since, not from all its history.
//!
//! A snapshot is used only while every entry in it counts; else the document is read from its
//! entries again. It holds nothing that did not pass the gate, and nothing that no durable entry
//! holds. See `docs/adr/0012-document-snapshots.md`.

use std::collections::BTreeSet;

use bocage_crdt::document::{Document, Genesis};
use bocage_crdt::ids::{ItemId, SpaceId};
use serde::{Deserialize, Serialize};

use super::space::Space;
use super::{After, Hub};
use crate::store::{EntryPlace, StateWrite, StoreError};

/// Changes read from entries at one opening after which a snapshot is kept: fewer cost about as
/// much as reading it.
pub(super) const SNAPSHOT_CHANGES: usize = 256;

/// A document as it lies in the state file.
#[derive(Serialize, Deserialize)]
struct Snapshot {
    /// The entries it includes.
    entries: Vec<EntryPlace>,
    /// What [`Document::save`] gave.
    saved: Vec<u8>,
}

fn write(document: &mut Document, entries: &[EntryPlace]) -> Vec<u8> {
    let snapshot = Snapshot {
        entries: entries.to_vec(),
        saved: document.save(),
    };
    postcard::to_stdvec(&snapshot).expect("snapshots of plain values always encode")
}

/// The document as it was, and the entries to be read on top of it; `None` when the snapshot holds
/// an entry that is not among `entries` any more, or does not read.
fn read(
    bytes: &[u8],
    item: ItemId,
    genesis: Genesis,
    entries: &[EntryPlace],
) -> Option<(Document, Vec<EntryPlace>)> {
    let snapshot: Snapshot = postcard::from_bytes(bytes).ok()?;
    let counting: BTreeSet<EntryPlace> = entries.iter().copied().collect();
    let included: BTreeSet<EntryPlace> = snapshot.entries.into_iter().collect();
    if !included.is_subset(&counting) {
        return None;
    }
    let document = match Document::load(item, genesis, &snapshot.saved) {
        Ok(document) => document,
        Err(error) => {
            // Its tag fits, so it is what was written: an earlier program's, perhaps.
            tracing::warn!("the snapshot of {item:?} is not used: {error}");
            return None;
        }
    };
    let rest = entries.iter().filter(|place| !included.contains(place));
    Some((document, rest.copied().collect()))
}

impl Hub {
    /// The document to read the rest of `entries` into.
    pub(super) fn begun(
        &self,
        space: &SpaceId,
        item: &ItemId,
        genesis: Genesis,
        entries: Vec<EntryPlace>,
    ) -> Result<(Document, Vec<EntryPlace>), StoreError> {
        let loaded = self.spaces.get(space);
        // While the rows of an earlier judging are being cleared, so are its snapshots.
        let current = loaded.filter(|space| {
            !space.cleared && space.cleared_in <= self.saved_round && entries.len() > 1
        });
        if let Some(space) = current
            && let Some(bytes) = self.state_store.snapshot(space.number, item)?
            && let Some(found) = read(&bytes, *item, genesis, &entries)
        {
            return Ok(found);
        }
        Ok((Document::new(*item, genesis), entries))
    }

    /// Keeps a snapshot of what was just read from `entries`, once all of them are durable.
    pub(super) fn keep_snapshot(
        &mut self,
        space: &SpaceId,
        item: &ItemId,
        document: &mut Document,
        entries: &[EntryPlace],
    ) {
        // A single entry is read as fast, and is never looked for as a snapshot.
        let current = |space: &&Space| !space.cleared && entries.len() > 1;
        let Some(space) = self.spaces.get(space).filter(current) else {
            return;
        };
        let bytes = write(document, entries);
        let write = StateWrite::Snapshot(space.number, *item, Some(bytes));
        self.after.push(After::Save(vec![write], None));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bocage_crdt::features::{Payload, by_name};
    use bocage_crdt::ids::{ActorId, ActorNonce, NodeId, PersonId};

    const ITEM: ItemId = ItemId([7; 16]);

    fn place(seq: u64) -> EntryPlace {
        EntryPlace { log: 3, seq }
    }

    fn genesis() -> Genesis {
        match by_name("page").map(|feature| feature.payload()) {
            Some(Payload::Document(genesis)) => *genesis,
            _ => panic!("pages are documents"),
        }
    }

    fn page(text: &str) -> Document {
        let mut document = Document::new(ITEM, genesis());
        let actor = ActorId::of(&NodeId([1; 32]), &PersonId([2; 16]), &ActorNonce([3; 16]));
        let made = document.edit(actor, |edit| edit.set_text("body", text));
        assert!(made.is_ok_and(|change| change.is_some()));
        document
    }

    #[test]
    fn a_snapshot_is_read_back_with_what_came_since() {
        let mut document = page("Chaussée rétrécie");
        let bytes = write(&mut document, &[place(1), place(2)]);
        let entries = [place(1), place(5), place(2)];
        let (found, rest) = read(&bytes, ITEM, genesis(), &entries).expect("it reads");
        assert_eq!(rest, [place(5)]);
        assert_eq!(found.heads(), document.heads());
        assert_eq!(found.change_hashes(), document.change_hashes());
        assert_eq!(found.change_hashes().len(), 1);
    }

    #[test]
    fn what_does_not_fit_is_not_used() {
        let bytes = write(&mut page("Chaussée rétrécie"), &[place(1), place(2)]);
        // One of its entries does not count any more.
        assert!(read(&bytes, ITEM, genesis(), &[place(1), place(5)]).is_none());
        // Another item's, cut short, empty.
        let other = ItemId([8; 16]);
        assert!(read(&bytes, other, genesis(), &[place(1), place(2)]).is_none());
        for end in 0..bytes.len() {
            let entries = [place(1), place(2)];
            assert!(read(&bytes[..end], ITEM, genesis(), &entries).is_none());
        }
    }
}
