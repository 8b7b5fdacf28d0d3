//! What a document's changes and operations are, for looking up one in constant or logarithmic
//! time: the gate asks it for every keystroke. It stores no text and no value, and judges nothing.
//!
//! Changes stand in the order they were applied here, which differs between sites; every answer
//! given to the gate is about ancestors only, so it does not.

use std::collections::{BTreeMap, BTreeSet};

use automerge::ObjType;
use automerge::legacy::{ElementId, Key, ObjectId, Op, OpType};

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
    fn makes_object(self) -> bool {
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
            let highest = change.start_operation + change.operations.saturating_sub(1);
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

    /// Who made the operation, and its number.
    fn id(&self, position: Position) -> (u64, ActorId) {
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
        let Staged {
            operations, keys, ..
        } = staged;
        for operation in &operations {
            if let (None, Place::Key(key)) = (operation.object, operation.place)
                && operation.kind.makes_object()
            {
                self.containers.insert(key);
            }
        }
        let number = self.changes.len() as u32; // each has an operation, and those fit u32
        let parents: Vec<u32> = parents.iter().map(|parent| self.numbers[parent]).collect();
        for parent in &parents {
            self.heads.remove(parent);
        }
        let count = operations.len() as u32;
        let highest = start + count.saturating_sub(1);
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

/// The operations of one change on top of its ancestors, before any of it is in the index.
pub(crate) struct Staged<'a> {
    index: &'a Index,
    ancestors: &'a Ancestors,
    actor: ActorId,
    start_operation: u32,
    operations: Vec<Operation>,
    keys: BTreeMap<String, u32>,
}

impl<'a> Staged<'a> {
    pub(crate) fn new(
        index: &'a Index,
        ancestors: &'a Ancestors,
        actor: ActorId,
        start_operation: u32,
    ) -> Self {
        Self {
            index,
            ancestors,
            actor,
            start_operation,
            operations: Vec::new(),
            keys: BTreeMap::new(),
        }
    }

    /// Where the operation stands, if all it names is among the ancestors or earlier here.
    pub(crate) fn resolve(&mut self, operation: &Op) -> Result<Operation, Refusal> {
        let object = match &operation.obj {
            ObjectId::Root => None,
            ObjectId::Id(id) => Some(self.find(id).ok_or(Refusal::Object)?),
        };
        let (in_map, depth) = match object {
            None => (true, 0),
            Some(position) => {
                let maker = self.get(position);
                match maker.kind {
                    Kind::Map => (true, maker.depth),
                    Kind::List | Kind::Text => (false, maker.depth),
                    _ => return Err(Refusal::Object),
                }
            }
        };
        let place = match (&operation.key, operation.insert) {
            (Key::Map(key), false) if in_map => Place::Key(self.key(key)),
            (Key::Seq(ElementId::Head), true) if !in_map => Place::After(None),
            (Key::Seq(ElementId::Id(id)), insert) if !in_map => {
                let element = self.find(id).ok_or(Refusal::Element)?;
                let found = self.get(element);
                if found.object != object || !matches!(found.place, Place::After(_)) {
                    return Err(Refusal::Element);
                }
                if insert {
                    Place::After(Some(element))
                } else {
                    Place::At(element)
                }
            }
            _ => return Err(Refusal::Key),
        };
        let kind = match &operation.action {
            OpType::Make(ObjType::Map) => Kind::Map,
            OpType::Make(ObjType::List) => Kind::List,
            OpType::Make(ObjType::Text) => Kind::Text,
            OpType::Make(ObjType::Table) | OpType::Increment(_) => Kind::Other,
            OpType::Put(_) => Kind::Put,
            OpType::Delete => Kind::Delete,
            OpType::MarkBegin(_) => Kind::MarkBegin,
            OpType::MarkEnd(_) => Kind::MarkEnd,
        };
        Ok(Operation {
            object,
            place,
            kind,
            depth: if kind.makes_object() {
                depth.saturating_add(1)
            } else {
                0
            },
        })
    }

    pub(crate) fn add(&mut self, operation: Operation) {
        self.operations.push(operation);
    }

    /// The position of an operation among the ancestors or earlier in this change.
    pub(crate) fn find(&self, id: &automerge::legacy::OpId) -> Option<Position> {
        let actor = actor_id(id.actor()).ok()?;
        let number = u32::try_from(id.counter()).ok()?;
        if actor == self.actor && number >= self.start_operation {
            let offset = number - self.start_operation;
            return ((offset as usize) < self.operations.len())
                .then_some(self.index.operations.len() as u32 + offset);
        }
        let changes = self.index.actors.get(&actor)?;
        let after = changes.partition_point(|change| {
            self.index.changes[*change as usize].start_operation <= number
        });
        let change_number = *changes.get(after.checked_sub(1)?)?;
        let change = &self.index.changes[change_number as usize];
        let offset = number - change.start_operation;
        (offset < change.operations && self.ancestors.contains(change_number))
            .then_some(change.first + offset)
    }

    /// An operation that [`Self::find`] found.
    pub(crate) fn get(&self, position: Position) -> Operation {
        match self.own(position) {
            Some(offset) => self.operations[offset],
            None => self.index.operations[position as usize],
        }
    }

    /// Whether this change made it.
    pub(crate) fn is_own(&self, position: Position) -> bool {
        self.own(position).is_some()
    }

    /// Whether the place is a key of the root map that holds a container of the item.
    pub(crate) fn is_container(&self, place: Place) -> bool {
        matches!(place, Place::Key(key) if self.index.containers.contains(&key))
    }

    /// The position the next operation added will have.
    pub(crate) fn next(&self) -> Position {
        (self.index.operations.len() + self.operations.len()) as u32
    }

    fn own(&self, position: Position) -> Option<usize> {
        (position as usize).checked_sub(self.index.operations.len())
    }

    fn id(&self, position: Position) -> (u64, ActorId) {
        match self.own(position) {
            Some(offset) => (u64::from(self.start_operation) + offset as u64, self.actor),
            None => self.index.id(position),
        }
    }

    fn key(&mut self, key: &str) -> u32 {
        if let Some(number) = self.index.keys.get(key).or_else(|| self.keys.get(key)) {
            return *number;
        }
        let number = (self.index.keys.len() + self.keys.len()) as u32;
        self.keys.insert(key.to_owned(), number);
        number
    }

    /// Whether element `first` stands before element `second` of the same sequence. Elements form
    /// a tree: each hangs below the one it was inserted after, the latest sibling first; the
    /// sequence is that tree read parents first (RGA). A parent has a lower position than its
    /// child, so stepping up from the higher one meets where the two paths join.
    pub(crate) fn is_before(&self, first: Position, second: Position) -> bool {
        // `None` is the front of the sequence, the root of the tree.
        let mut one = Some(first);
        let mut other = Some(second);
        let mut branch_one = None;
        let mut branch_other = None;
        while one != other {
            let (moving, branch) = if one > other {
                (&mut one, &mut branch_one)
            } else {
                (&mut other, &mut branch_other)
            };
            *branch = *moving;
            *moving = moving.and_then(|position| match self.get(position).place {
                Place::After(parent) => parent,
                Place::At(_) | Place::Key(_) => None,
            });
        }
        match (branch_one, branch_other) {
            (Some(one), Some(other)) => self.id(one) > self.id(other),
            // The one that needed no step is the ancestor of the other.
            (branch_one, _) => branch_one.is_none() && first != second,
        }
    }
}
