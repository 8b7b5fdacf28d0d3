//! What the gate refused of stored entries, counted once each: documents are read again and again,
//! and each reading meets the same changes.

use std::collections::BTreeSet;

use bocage_crdt::gate::ActorExpectation;
use bocage_crdt::ids::{ChangeHash, ItemId, derive};

use super::Hub;
use super::documents::change_hash;

/// Refusals remembered as counted, 1 MB; beyond, all are forgotten and may be counted once more.
const COUNTED_MAX: usize = 10_000;

/// Refusals that were counted.
pub(super) type Counted = BTreeSet<(ItemId, Refused)>;

/// A change that was turned away, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Refused {
    pub reason: &'static str,
    change: [u8; 32],
}

impl Refused {
    /// Bytes of an entry that the gate refused: they may be no change at all.
    pub(super) fn claimed(reason: &'static str, bytes: &[u8], expected: &ActorExpectation) -> Self {
        let change = derive("bocage refused change", &[&expected.actor.0, bytes]);
        Self { reason, change }
    }

    /// The bytes of a change that passed the gate.
    pub(super) fn passed(reason: &'static str, bytes: &[u8]) -> Self {
        let hash = change_hash(bytes).unwrap_or(ChangeHash([0; 32]));
        Self::hashed(reason, &hash)
    }

    /// A change that passed the gate.
    pub(super) fn hashed(reason: &'static str, change: &ChangeHash) -> Self {
        let change = change.0;
        Self { reason, change }
    }
}

impl Hub {
    /// Counts refused changes of a document that were not counted before.
    pub(super) fn count_refused_changes(&mut self, item: &ItemId, refused: Vec<Refused>) {
        for refused in refused {
            if note(&mut self.documents.refused, (*item, refused)) {
                self.count_refused(refused.reason);
            }
        }
    }
}

fn note(counted: &mut Counted, one: (ItemId, Refused)) -> bool {
    if counted.len() >= COUNTED_MAX && !counted.contains(&one) {
        counted.clear();
    }
    counted.insert(one)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bocage_crdt::ids::ActorId;

    #[test]
    fn each_change_is_counted_once_and_what_is_remembered_has_a_bound() {
        let expected = |actor| ActorExpectation {
            actor: ActorId([actor; 16]),
        };
        let refused = |bytes: &[u8], actor| Refused::claimed("actor", bytes, &expected(actor));
        let item = ItemId([1; 16]);
        let mut counted = Counted::new();
        assert!(note(&mut counted, (item, refused(b"no change", 1))));
        assert!(!note(&mut counted, (item, refused(b"no change", 1))));
        assert!(note(&mut counted, (item, refused(b"no change", 2))));
        assert!(note(&mut counted, (item, refused(b"another", 1))));
        assert!(note(
            &mut counted,
            (ItemId([2; 16]), refused(b"another", 1))
        ));
        for number in 0..2 * COUNTED_MAX as u64 {
            let change = Refused::claimed("malformed", &number.to_le_bytes(), &expected(1));
            assert!(note(&mut counted, (item, change)));
            assert!(counted.len() <= COUNTED_MAX);
        }
    }
}
