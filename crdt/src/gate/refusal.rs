//! Why a change is refused: one variant per rule, a name for counters, a sentence for people.

use std::fmt;

use super::limits;

/// Why a change may not touch any document. The verdict rests on the change and its ancestors
/// only, so every site finds the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// Over [`limits::CHANGE_BYTES_MAX`].
    Bytes,
    /// Not exactly one uncompressed change chunk.
    NotOneChange,
    /// The header or a column does not decode.
    Malformed,
    /// A column no version of this format has, or one in the wrong place.
    UnknownColumn,
    /// Another encoding of the same change is the canonical one.
    NotCanonical,
    /// Decoding it made automerge panic.
    Panicked,
    /// An actor that is not 16 bytes, or not the one the sender may use.
    Actor,
    /// Over [`limits::ACTORS_PER_CHANGE_MAX`].
    Actors,
    /// A message, extra bytes or a time: what says nothing here must not be said.
    Extra,
    /// No operation at all.
    Empty,
    /// Over [`limits::OPERATIONS_PER_CHANGE_MAX`].
    Operations,
    /// Over [`limits::PREDECESSORS_PER_CHANGE_MAX`].
    Predecessors,
    /// No parent, over [`limits::PARENTS_MAX`], not in order, or one named twice.
    Parents,
    /// The item already has [`limits::ITEM_OPERATIONS_MAX`] operations.
    ItemFull,
    /// Not the actor's next number.
    Sequence,
    /// Does not begin right after the highest operation of its ancestors.
    StartOperation,
    /// An object that is not among the ancestors, or no object.
    Object,
    /// An element that is not among the ancestors, or of another object.
    Element,
    /// A predecessor that is not among the ancestors, of another place, or no value.
    Predecessor,
    /// A key of the wrong type for its object, empty, or over [`limits::KEY_BYTES_MAX`].
    Key,
    /// A value that replicas could print differently or add up (fraction, counter), or one that
    /// does not belong there.
    Value,
    /// An operation this protocol does not have: table, increment, overwriting an element.
    Action,
    /// A container made outside the genesis change, or an old one replaced.
    Container,
    /// Over [`limits::DEPTH_MAX`].
    Depth,
    /// A mark without its end, with its end before its beginning, or outside a text.
    Mark,
    /// Over [`limits::MARKS_PER_CHANGE_MAX`].
    Marks,
}

impl Refusal {
    /// All of them, for counters that start at zero.
    pub const ALL: [Self; 26] = [
        Self::Bytes,
        Self::NotOneChange,
        Self::Malformed,
        Self::UnknownColumn,
        Self::NotCanonical,
        Self::Panicked,
        Self::Actor,
        Self::Actors,
        Self::Extra,
        Self::Empty,
        Self::Operations,
        Self::Predecessors,
        Self::Parents,
        Self::ItemFull,
        Self::Sequence,
        Self::StartOperation,
        Self::Object,
        Self::Element,
        Self::Predecessor,
        Self::Key,
        Self::Value,
        Self::Action,
        Self::Container,
        Self::Depth,
        Self::Mark,
        Self::Marks,
    ];

    /// A short name for counters and logs; it never changes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::NotOneChange => "not_one_change",
            Self::Malformed => "malformed",
            Self::UnknownColumn => "unknown_column",
            Self::NotCanonical => "not_canonical",
            Self::Panicked => "panicked",
            Self::Actor => "actor",
            Self::Actors => "actors",
            Self::Extra => "extra",
            Self::Empty => "empty",
            Self::Operations => "operations",
            Self::Predecessors => "predecessors",
            Self::Parents => "parents",
            Self::ItemFull => "item_full",
            Self::Sequence => "sequence",
            Self::StartOperation => "start_operation",
            Self::Object => "object",
            Self::Element => "element",
            Self::Predecessor => "predecessor",
            Self::Key => "key",
            Self::Value => "value",
            Self::Action => "action",
            Self::Container => "container",
            Self::Depth => "depth",
            Self::Mark => "mark",
            Self::Marks => "marks",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let too_many = |out: &mut fmt::Formatter<'_>, what, most| {
            write!(
                out,
                "the change has too many {what}: at most {most}, send several changes"
            )
        };
        match self {
            Self::Bytes => write!(
                out,
                "the change is too large: at most {} bytes, send several changes",
                limits::CHANGE_BYTES_MAX
            ),
            Self::Operations => too_many(out, "operations", limits::OPERATIONS_PER_CHANGE_MAX),
            Self::Predecessors => {
                too_many(out, "predecessors", limits::PREDECESSORS_PER_CHANGE_MAX)
            }
            Self::Actors => too_many(out, "actors", limits::ACTORS_PER_CHANGE_MAX),
            Self::Marks => too_many(out, "marks", limits::MARKS_PER_CHANGE_MAX),
            Self::ItemFull => write!(
                out,
                "the text has reached {} operations: continue in a new page",
                limits::ITEM_OPERATIONS_MAX
            ),
            Self::Parents => write!(
                out,
                "the change must name 1 to {} parents, in order",
                limits::PARENTS_MAX
            ),
            Self::Depth => write!(out, "objects are nested deeper than {}", limits::DEPTH_MAX),
            Self::NotOneChange => out.write_str("the bytes are not one uncompressed change"),
            Self::Malformed => out.write_str("the change does not decode"),
            Self::UnknownColumn => out.write_str("the change has a column of an unknown kind"),
            Self::NotCanonical => out.write_str("the change is not in its canonical encoding"),
            Self::Panicked => out.write_str("the change breaks the decoder"),
            Self::Actor => out.write_str("the change names an actor its sender may not use"),
            Self::Extra => out.write_str("the change carries a message, a time or extra bytes"),
            Self::Empty => out.write_str("the change has no operation"),
            Self::Sequence => out.write_str("the change is not the next one of its actor"),
            Self::StartOperation => {
                out.write_str("the change does not begin after its ancestors' operations")
            }
            Self::Object => out.write_str("the change names an object its ancestors do not have"),
            Self::Element => {
                out.write_str("the change names a place in a text its ancestors do not have")
            }
            Self::Predecessor => {
                out.write_str("the change replaces a value its ancestors do not have")
            }
            Self::Key => out.write_str("the change uses a key its object cannot have"),
            Self::Value => out.write_str("the change sets a value that is not allowed there"),
            Self::Action => out.write_str("the change holds an operation this version refuses"),
            Self::Container => {
                out.write_str("the change makes or replaces a container of the item")
            }
            Self::Mark => out.write_str("the change holds a mark without beginning or end"),
        }
    }
}

impl std::error::Error for Refusal {}
