//! What the operations of a change may do, each rule once. All of it is a function of the change
//! and its ancestors; nothing here decodes bytes or touches automerge's documents.

use automerge::ScalarValue;
use automerge::legacy::{Op, OpType};

use super::limits::{
    DEPTH_MAX, ITEM_OPERATIONS_MAX, KEY_BYTES_MAX, MARK_NAME_BYTES_MAX, MARKS_PER_CHANGE_MAX,
};
use super::{CheckedChange, Refusal};
use crate::document::index::{Ancestors, Index, Kind, Operation, Place, Position};
use crate::document::staged::Staged;
use crate::document::whole_number;

/// Checks numbers, then every operation in its order.
pub(super) fn check(
    checked: &CheckedChange,
    index: &Index,
    ancestors: &Ancestors,
) -> Result<(), Refusal> {
    let outline = &checked.outline;
    if ancestors.operations >= ITEM_OPERATIONS_MAX {
        return Err(Refusal::ItemFull);
    }
    if outline.seq != index.last_sequence(&outline.actor, ancestors) + 1 {
        return Err(Refusal::Sequence);
    }
    // The highest number is at most the count of operations, so this also keeps far from u32.
    if outline.start_operation != u64::from(ancestors.highest) + 1 {
        return Err(Refusal::StartOperation);
    }
    let mut staged = Staged::new(index, ancestors, outline.actor, ancestors.highest + 1);
    let mut marks = 0;
    let mut open_mark: Option<Position> = None;
    for operation in &checked.expanded.operations {
        let resolved = staged.resolve(operation)?;
        predecessors(operation, &resolved, &staged)?;
        let begun = open_mark.take();
        match resolved.kind {
            Kind::Map | Kind::List | Kind::Text => object(&resolved, &staged)?,
            Kind::Put => put(operation, &resolved, &staged)?,
            Kind::Delete => delete(operation, &resolved)?,
            Kind::MarkBegin => {
                mark_begin(operation, &resolved, &staged)?;
                marks += 1;
                open_mark = Some(staged.next());
            }
            Kind::MarkEnd => mark_end(&resolved, begun, &staged)?,
            Kind::Other => return Err(Refusal::Action),
        }
        if begun.is_some() && resolved.kind != Kind::MarkEnd {
            return Err(Refusal::Mark);
        }
        if let automerge::legacy::Key::Map(key) = &operation.key
            && (key.is_empty() || key.len() > KEY_BYTES_MAX)
        {
            return Err(Refusal::Key);
        }
        if marks > MARKS_PER_CHANGE_MAX {
            return Err(Refusal::Marks);
        }
        staged.add(resolved);
    }
    match open_mark {
        Some(_) => Err(Refusal::Mark),
        None => Ok(()),
    }
}

/// The type of the object the operation stands in; the root is a map.
fn object_kind(resolved: &Operation, staged: &Staged<'_>) -> Kind {
    resolved
        .object
        .map_or(Kind::Map, |object| staged.get(object).kind)
}

/// Each predecessor is a value at the same place, named once, in order; a new element has none.
fn predecessors(operation: &Op, resolved: &Operation, staged: &Staged<'_>) -> Result<(), Refusal> {
    let mut last: Option<(u64, &[u8])> = None;
    for id in operation.pred.iter() {
        let found = staged.get(staged.find(id).ok_or(Refusal::Predecessor)?);
        let own_place = match found.place {
            Place::After(_) => Place::At(staged.find(id).ok_or(Refusal::Predecessor)?),
            other => other,
        };
        let is_value = matches!(found.kind, Kind::Map | Kind::List | Kind::Text | Kind::Put);
        if found.object != resolved.object || own_place != resolved.place || !is_value {
            return Err(Refusal::Predecessor);
        }
        // What the item was made with stays: a container replaced would take its text with it.
        if resolved.object.is_none() && found.kind != Kind::Put {
            return Err(Refusal::Container);
        }
        let this = (id.counter(), id.actor().to_bytes());
        if last.is_some_and(|last| last >= this) {
            return Err(Refusal::Predecessor);
        }
        last = Some(this);
    }
    Ok(())
}

/// Containers are made in the genesis only. Elsewhere an object may be an element of a sequence,
/// or stand under a key of a map made in this same change: two people who each make an object
/// under one key would swallow one another's.
fn object(resolved: &Operation, staged: &Staged<'_>) -> Result<(), Refusal> {
    if resolved.depth > DEPTH_MAX {
        return Err(Refusal::Depth);
    }
    match resolved.place {
        Place::Key(_) => match resolved.object {
            Some(object) if staged.is_own(object) => Ok(()),
            _ => Err(Refusal::Container),
        },
        // In a text the only object is a block marker, which is a map.
        Place::After(_) => match (object_kind(resolved, staged), resolved.kind) {
            (Kind::Text, Kind::Map) | (Kind::List, _) => Ok(()),
            _ => Err(Refusal::Value),
        },
        Place::At(_) => Err(Refusal::Action),
    }
}

fn put(operation: &Op, resolved: &Operation, staged: &Staged<'_>) -> Result<(), Refusal> {
    let OpType::Put(value) = &operation.action else {
        return Err(Refusal::Action);
    };
    match (object_kind(resolved, staged), resolved.place) {
        (Kind::Text, Place::After(_)) => match value {
            // One character each: a mark could otherwise begin inside an element.
            ScalarValue::Str(text) if text.chars().count() == 1 => Ok(()),
            _ => Err(Refusal::Value),
        },
        // A character is replaced by deleting it and inserting another.
        (Kind::Text, _) => Err(Refusal::Action),
        (Kind::Map, _) if resolved.object.is_none() => {
            if staged.is_container(resolved.place) {
                return Err(Refusal::Container);
            }
            scalar(value)
        }
        _ => scalar(value),
    }
}

/// Values that every site prints alike and a later value replaces: no fractions, no counters, and
/// no type of a later automerge.
fn scalar(value: &ScalarValue) -> Result<(), Refusal> {
    match value {
        ScalarValue::Bytes(_)
        | ScalarValue::Str(_)
        | ScalarValue::Int(_)
        | ScalarValue::Boolean(_)
        | ScalarValue::Null => Ok(()),
        ScalarValue::F64(_) if whole_number(value).is_some() => Ok(()),
        ScalarValue::Uint(_)
        | ScalarValue::F64(_)
        | ScalarValue::Counter(_)
        | ScalarValue::Timestamp(_)
        | ScalarValue::Unknown { .. } => Err(Refusal::Value),
    }
}

/// A deletion takes away values it names.
fn delete(operation: &Op, resolved: &Operation) -> Result<(), Refusal> {
    match resolved.place {
        Place::After(_) => Err(Refusal::Action),
        _ if operation.pred.is_empty() => Err(Refusal::Predecessor),
        _ => Ok(()),
    }
}

fn mark_begin(operation: &Op, resolved: &Operation, staged: &Staged<'_>) -> Result<(), Refusal> {
    let OpType::MarkBegin(mark) = &operation.action else {
        return Err(Refusal::Action);
    };
    let in_text = object_kind(resolved, staged) == Kind::Text;
    if !in_text || !matches!(resolved.place, Place::After(_)) {
        return Err(Refusal::Mark);
    }
    if mark.name.is_empty() || mark.name.len() > MARK_NAME_BYTES_MAX {
        return Err(Refusal::Mark);
    }
    scalar(&mark.value)
}

/// An end follows its beginning at once among the operations (automerge pairs them by number) and
/// stands behind it in the text: the other way round is accepted and can never be loaded again.
fn mark_end(
    resolved: &Operation,
    begun: Option<Position>,
    staged: &Staged<'_>,
) -> Result<(), Refusal> {
    let begin = begun.ok_or(Refusal::Mark)?;
    if staged.get(begin).object != resolved.object {
        return Err(Refusal::Mark);
    }
    match resolved.place {
        // The end stands right after this element: that must be the beginning or behind it.
        Place::After(Some(element)) if element == begin || staged.is_before(begin, element) => {
            Ok(())
        }
        _ => Err(Refusal::Mark),
    }
}
