//! The operations of a change that is being checked or added, on top of what the index holds of
//! its ancestors. Finds what they name; judges nothing beyond that.

use std::collections::BTreeMap;

use automerge::ObjType;
use automerge::legacy::{ElementId, Key, ObjectId, Op, OpType};

use super::index::{Ancestors, Index, Kind, Operation, Place, Position, actor_id};
use crate::gate::Refusal;
use crate::ids::ActorId;

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

    /// What to add to the index: operations and new keys.
    pub(super) fn finish(self) -> (Vec<Operation>, BTreeMap<String, u32>) {
        (self.operations, self.keys)
    }

    /// The position of an operation among the ancestors or earlier in this change.
    pub(crate) fn find(&self, id: &automerge::legacy::OpId) -> Option<Position> {
        let actor = actor_id(id.actor()).ok()?;
        let number = u32::try_from(id.counter()).ok()?;
        if actor == self.actor && number >= self.start_operation {
            let offset = number - self.start_operation;
            return ((offset as usize) < self.operations.len())
                .then_some(self.index.end() + offset);
        }
        self.index.find(&actor, number, self.ancestors)
    }

    /// An operation that [`Self::find`] found.
    pub(crate) fn get(&self, position: Position) -> Operation {
        match self.own(position) {
            Some(offset) => self.operations[offset],
            None => self.index.get(position),
        }
    }

    /// Whether this change made it.
    pub(crate) fn is_own(&self, position: Position) -> bool {
        self.own(position).is_some()
    }

    /// Whether the place is a key of the root map that holds a container of the item.
    pub(crate) fn is_container(&self, place: Place) -> bool {
        matches!(place, Place::Key(key) if self.index.is_container(key))
    }

    /// The position the next operation added will have.
    pub(crate) fn next(&self) -> Position {
        self.index.end() + self.operations.len() as u32
    }

    fn own(&self, position: Position) -> Option<usize> {
        position
            .checked_sub(self.index.end())
            .map(|offset| offset as usize)
    }

    fn id(&self, position: Position) -> (u64, ActorId) {
        match self.own(position) {
            Some(offset) => (u64::from(self.start_operation) + offset as u64, self.actor),
            None => self.index.id(position),
        }
    }

    fn key(&mut self, key: &str) -> u32 {
        let found = self.index.key(key);
        if let Some(number) = found.or_else(|| self.keys.get(key).copied()) {
            return number;
        }
        let number = self.index.keys_end() + self.keys.len() as u32;
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
