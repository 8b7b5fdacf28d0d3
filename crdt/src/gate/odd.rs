//! Which changes are odd: sound by every rule, and yet of a make that typing, pasting and the
//! site's own commands never produce. They are worth a trial. A property of the change alone,
//! and no verdict: what counts does not depend on it.

use automerge::legacy::OpType;

use super::CheckedChange;

/// More other tabs than this in one change: a selection of a whole page deleted.
pub const ODD_ACTORS: usize = 64;
/// More parents than this: many tabs that typed in the same instant, or someone gathering heads.
pub const ODD_PARENTS: usize = 8;
/// More operations than this in one change: a paste of thirty pages.
pub const ODD_OPERATIONS: usize = 5_000;
/// More marks than this in one change: a pasted text in which every other word is bold.
pub const ODD_MARKS: usize = 100;
/// More predecessors of one operation than this: that many people set one field at once.
pub const ODD_PREDECESSORS: usize = 8;

/// Why a change is odd.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Oddity {
    /// Over [`ODD_ACTORS`].
    Actors,
    /// Over [`ODD_PARENTS`].
    Parents,
    /// Over [`ODD_OPERATIONS`].
    Operations,
    /// Over [`ODD_MARKS`].
    Marks,
    /// Over [`ODD_PREDECESSORS`].
    Predecessors,
    /// Makes a list or a text outside the genesis: no kind of item does.
    Nested,
}

impl Oddity {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Actors,
        Self::Parents,
        Self::Operations,
        Self::Marks,
        Self::Predecessors,
        Self::Nested,
    ];

    /// A short name for counters and logs; it never changes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Actors => "odd-actors",
            Self::Parents => "odd-parents",
            Self::Operations => "odd-operations",
            Self::Marks => "odd-marks",
            Self::Predecessors => "odd-predecessors",
            Self::Nested => "odd-nested",
        }
    }
}

/// The first oddity of a change, in the order of [`Oddity::ALL`].
pub(super) fn oddity(checked: &CheckedChange) -> Option<Oddity> {
    let outline = &checked.outline;
    if outline.other_actors > ODD_ACTORS {
        return Some(Oddity::Actors);
    }
    if outline.parents.len() > ODD_PARENTS {
        return Some(Oddity::Parents);
    }
    if outline.operations > ODD_OPERATIONS {
        return Some(Oddity::Operations);
    }
    let operations = &checked.expanded.operations;
    let marks = operations
        .iter()
        .filter(|operation| matches!(operation.action, OpType::MarkBegin(_)));
    if marks.count() > ODD_MARKS {
        return Some(Oddity::Marks);
    }
    if operations
        .iter()
        .any(|operation| operation.pred.iter().count() > ODD_PREDECESSORS)
    {
        return Some(Oddity::Predecessors);
    }
    let nested = |action: &OpType| match action {
        OpType::Make(kind) => !matches!(kind, automerge::ObjType::Map),
        _ => false,
    };
    operations
        .iter()
        .any(|operation| nested(&operation.action))
        .then_some(Oddity::Nested)
}
