//! What a document's changes and operations are, for looking up one in constant or logarithmic
//! time: the gate asks it for every keystroke. It stores no text and no value, and judges nothing.
//!
//! Changes stand in the order they were applied here, which differs between sites; every answer
//! given to the gate is about ancestors only, so it does not.

use std::collections::{BTreeMap, BTreeSet};

use super::staged::Staged;
use crate::gate::Refusal;
use crate::ids::{ActorId, ChangeHash};

/// One operation, without its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Operation {
    /// The object it stands in: the operation that made it, or none for the root map.
    pub(crate) object: Option<Position>,
    /// Where in that object.
    pub(crate) place: Place,
    pub(crate) kind: Kind,
    /// How deep the object it makes lies; 0 when it makes none.
    pub(crate) depth: u8,
}

/// The number of an operation in the index, in the order applied here.
pub(crate) type Position = u32;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// A key of a map, by its number in the index.
    Key(u32),
    /// A new element, after that one, or at the front.
    After(Option<Position>),
    /// An element there is.
    At(Position),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Map,
    List,
    Text,
    Put,
    Delete,
    MarkBegin,
    MarkEnd,
    /// What the gate refuses: tables and increments.
    Other,
}

impl Kind {
    pub(super) fn makes_object(self) -> bool {
        matches!(self, Self::Map | Self::List | Self::Text)
    }
}

#[derive(Debug, Clone)]
struct Change {
    parents: Vec<u32>,
    actor: ActorId,
    start_operation: u32,
    operations: u32,
    /// The position of its first operation.
    first: Position,
    /// Highest operation number of this and all changes before it in the index.
    highest_so_far: u32,
    /// Every change before it in the index is among its ancestors.
    joins_all: bool,
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub(crate) struct Index {
    changes: Vec<Change>,
    numbers: BTreeMap<ChangeHash, u32>,
    heads: BTreeSet<u32>,
    /// The changes of each actor, by sequence number less one.
    actors: BTreeMap<ActorId, Vec<u32>>,
    operations: Vec<Operation>,
    keys: BTreeMap<String, u32>,
    /// The keys of the root map under which the genesis put a container.
    containers: BTreeSet<u32>,
}

/// The ancestors of a change that is not in the index yet.
#[derive(Debug)]
pub(crate) struct Ancestors {
    /// All changes before this number, and those marked from there on.
    all_before: usize,
    marked: Vec<bool>,
    pub(crate) operations: u64,
    pub(crate) highest: u32,
}

impl Ancestors {
    fn contains(&self, change: u32) -> bool {
        let change = change as usize;
        change < self.all_before || self.marked.get(change).copied().unwrap_or(false)
    }
}

impl Index {
    pub(crate) fn contains(&self, hash: &ChangeHash) -> bool {
        self.numbers.contains_key(hash)
    }

    /// Whether another change already has this number of this actor.
    pub(crate) fn has_sequence(&self, actor: &ActorId, seq: u64) -> bool {
        self.actors
            .get(actor)
            .is_some_and(|changes| changes.len() as u64 >= seq)
    }

    /// The ancestors of a change with these parents, or the parents that are not here.
    pub(crate) fn ancestors(&self, parents: &[ChangeHash]) -> Result<Ancestors, Vec<ChangeHash>> {
        let mut numbers = Vec::new();
        let mut missing = Vec::new();
        for parent in parents {
            match self.numbers.get(parent) {
                Some(number) => numbers.push(*number),
                None => missing.push(*parent),
            }
        }
        if !missing.is_empty() {
            return Err(missing);
        }
        let end = numbers.iter().max().map_or(0, |last| *last as usize + 1);
        let mut ancestors = Ancestors {
            all_before: 0,
            marked: vec![false; end],
            operations: 0,
            highest: 0,
        };
        for number in numbers {
            ancestors.marked[number as usize] = true;
        }
        // Backwards, as parents stand before their children, down to the first change that knew
        // all before it: in a document being typed that is a few steps away.
        for number in (0..end).rev() {
            if !ancestors.marked[number] {
                continue;
            }
            let change = &self.changes[number];
            ancestors.operations += u64::from(change.operations);
            if change.joins_all {
                ancestors.all_before = number;
                ancestors.operations += u64::from(change.first);
                ancestors.highest = ancestors.highest.max(change.highest_so_far);
                break;
            }
            let highest = change.start_operation + change.operations - 1;
            ancestors.highest = ancestors.highest.max(highest);
            for parent in &change.parents {
                ancestors.marked[*parent as usize] = true;
            }
        }
        Ok(ancestors)
    }

    /// The last sequence number of the actor among the ancestors.
    pub(crate) fn last_sequence(&self, actor: &ActorId, ancestors: &Ancestors) -> u64 {
        let changes = self.actors.get(actor).map_or(&[][..], Vec::as_slice);
        changes
            .iter()
            .rposition(|change| ancestors.contains(*change))
            .map_or(0, |position| position as u64 + 1)
    }

    /// The position of an operation among the ancestors, by its maker and number.
    pub(super) fn find(
        &self,
        actor: &ActorId,
        number: u32,
        ancestors: &Ancestors,
    ) -> Option<Position> {
        let changes = self.actors.get(actor)?;
        // The last change of the actor that begins at or before the number.
        let after = changes
            .partition_point(|change| self.changes[*change as usize].start_operation <= number);
        let change_number = *changes.get(after.checked_sub(1)?)?;
        let change = &self.changes[change_number as usize];
        let offset = number - change.start_operation;
        (offset < change.operations && ancestors.contains(change_number))
            .then_some(change.first + offset)
    }

    /// An operation by its position, which must be below [`Self::end`].
    pub(super) fn get(&self, position: Position) -> Operation {
        self.operations[position as usize]
    }

    /// The position the next operation will have.
    pub(super) fn end(&self) -> Position {
        self.operations.len() as u32
    }

    pub(super) fn key(&self, key: &str) -> Option<u32> {
        self.keys.get(key).copied()
    }

    pub(super) fn keys_end(&self) -> u32 {
        self.keys.len() as u32
    }

    pub(super) fn is_container(&self, key: u32) -> bool {
        self.containers.contains(&key)
    }

    /// Who made the operation, and its number.
    pub(super) fn id(&self, position: Position) -> (u64, ActorId) {
        let after = self
            .changes
            .partition_point(|change| change.first <= position);
        // The first change begins at position 0, so there is one at or before any position.
        let change = &self.changes[after - 1];
        let number = change.start_operation + (position - change.first);
        (number.into(), change.actor)
    }

    /// Adds a change whose parents are here and which is its actor's next.
    pub(crate) fn push(
        &mut self,
        hash: ChangeHash,
        change: &automerge::ExpandedChange,
    ) -> Result<(), Refusal> {
        let parents: Vec<ChangeHash> = change
            .deps
            .iter()
            .map(|parent| ChangeHash(parent.0))
            .collect();
        let ancestors = self.ancestors(&parents).map_err(|_| Refusal::Parents)?;
        let actor = actor_id(&change.actor_id)?;
        let start = u32::try_from(change.start_op.get()).map_err(|_| Refusal::StartOperation)?;
        let mut staged = Staged::new(self, &ancestors, actor, start);
        for operation in &change.operations {
            let resolved = staged.resolve(operation)?;
            staged.add(resolved);
        }
        let (operations, keys) = staged.finish();
        let count = operations.len() as u32;
        // A start is at least 1, and a genesis without containers ends before its start.
        let highest = (start.checked_add(count)).ok_or(Refusal::StartOperation)? - 1;
        // From here on nothing can fail, so the index is never half changed.
        for operation in &operations {
            if let (None, Place::Key(key)) = (operation.object, operation.place)
                && operation.kind.makes_object()
            {
                self.containers.insert(key);
            }
        }
        let number = self.changes.len() as u32; // far fewer than operations, and those fit u32
        let parents: Vec<u32> = parents.iter().map(|parent| self.numbers[parent]).collect();
        for parent in &parents {
            self.heads.remove(parent);
        }
        let before = self.changes.last().map_or(0, |last| last.highest_so_far);
        self.changes.push(Change {
            parents,
            actor,
            start_operation: start,
            operations: count,
            first: self.operations.len() as u32,
            highest_so_far: highest.max(before),
            joins_all: self.heads.is_empty(),
        });
        self.heads.insert(number);
        self.numbers.insert(hash, number);
        self.actors.entry(actor).or_default().push(number);
        self.operations.extend(operations);
        self.keys.extend(keys);
        Ok(())
    }
}

/// An actor of this protocol from automerge's, which may have any length.
pub(crate) fn actor_id(actor: &automerge::ActorId) -> Result<ActorId, Refusal> {
    ActorId::from_slice(actor.to_bytes()).ok_or(Refusal::Actor)
}
