//! The kinds of items. One file per kind, one line in [`REGISTRY`]; a kind never imports a sibling.
//!
//! A feature says what it is ([`Kind`]), what a record must hold, title and fields of the view. What a
//! command writes is planned by the feature of its name (`plan`); who may do it is decided by the
//! rights machine from the [`Policy`] alone.

pub mod bounds;
pub mod channel;
pub mod commands;
pub mod comment;
pub mod copy;
pub mod entry_request;
pub mod erasure_receipt;
pub mod group;
mod group_commands;
pub mod group_role;
pub mod message;
pub mod page;
pub mod person;
pub mod post;
pub mod read_mark;
pub mod residence;
pub mod set_aside;
pub mod settings;
mod shared;
pub mod territory;
pub mod thanks;
pub mod words;

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use crate::blocks::Block;
use crate::document::{Document, Field, Genesis};
use crate::ids::{ItemId, PersonId};
use crate::record::{Record, Value};

pub use commands::Command;
use commands::POST_TEXT_BYTES_MAX as POST_BYTES_MAX;
pub(crate) use shared::{
    change, document_title, existing, existing_named, first_line, name_field, paragraphs, recorded,
    said_or_withdrawn, spoken, spoken_fields, text_field, withdrawn,
};

/// What an item's entries carry.
#[derive(Debug, Clone, Copy)]
pub enum Payload {
    /// Whole records; the highest (lamport, id) is shown.
    Record,
    /// automerge changes on top of this genesis.
    Document(&'static Genesis),
}

/// What a person must be in the space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needed {
    /// Any member: marks of one's own.
    Viewer,
    /// May comment and thank.
    Commenter,
    /// May write pages and messages.
    Contributor,
    /// May change the space itself.
    Manager,
    /// A site speaking for itself in the realm space.
    Site,
    /// A registrar of the realm.
    Registrar,
}

/// Who may change an item that stands, beside its managers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changer {
    /// Its creator and managers.
    Creator,
    /// Every contributor.
    Contributor,
    /// Managers only.
    Manager,
}

/// Who may create and change items of a kind. Judged from the header alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Role needed to create.
    pub create: Needed,
    /// Who may change.
    pub change: Changer,
}

/// The present content of an item, as a feature reads it.
#[derive(Debug, Clone)]
pub enum Content {
    /// The record shown.
    Record(Record),
    /// What the document says.
    Document(DocumentContent),
}

/// A document's readable content, detached from automerge.
#[derive(Debug, Clone, Default)]
pub struct DocumentContent {
    /// Root scalars with their conflicts.
    pub scalars: BTreeMap<String, Field>,
    /// The `title` text.
    pub title: String,
    /// The `body` blocks.
    pub body: Vec<Block>,
}

impl DocumentContent {
    /// Reads a document.
    pub fn of(document: &Document) -> Self {
        Self {
            scalars: document.scalars(),
            title: document.text("title"),
            body: document.blocks("body"),
        }
    }

    /// A root scalar as text; empty when missing or of another type.
    pub fn scalar_text(&self, key: &str) -> &str {
        match self.scalars.get(key).map(|field| &field.value) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }
}

impl Content {
    /// The record's fields; empty for documents.
    pub fn record(&self) -> Option<&Record> {
        match self {
            Self::Record(record) => Some(record),
            Self::Document(_) => None,
        }
    }

    /// The document's content.
    pub fn document(&self) -> Option<&DocumentContent> {
        match self {
            Self::Document(document) => Some(document),
            Self::Record(_) => None,
        }
    }
}

/// How the activity line of a space speaks of a new entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// A thing was made.
    Created,
    /// A thing was changed.
    Changed,
    /// Somebody said something.
    Wrote,
    /// Somebody was thanked.
    Thanked,
}

impl Verb {
    /// The word in the API.
    pub fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Wrote => "wrote",
            Self::Thanked => "thanked",
        }
    }
}

/// What a kind of item is, before any content.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// The name, in the API and in file names.
    pub name: &'static str,
    /// The number in headers: never reused.
    pub number: u16,
    /// The version: new containers need a new one.
    pub version: u16,
    /// What its entries carry.
    pub payload: Payload,
    /// Who may create and change.
    pub policy: Policy,
    /// How the space's activity tells of it; `None` for what is nobody's news.
    pub activity: Option<Verb>,
    /// Whether new items of this kind count as unread under their parent.
    pub counts_as_unread: bool,
    /// Whether a record that changes another names it, so that concurrent ones are listed.
    pub lists_versions: bool,
}

/// One kind of item.
pub trait Feature: Sync {
    /// What it is.
    fn kind(&self) -> &'static Kind;
    /// Whether a record of this kind holds what it must. The text names the fault.
    fn check_record(&self, _record: &Record) -> Result<(), &'static str> {
        Ok(())
    }
    /// One line that names the item.
    fn title(&self, content: &Content) -> String;
    /// The fields of the view's row.
    fn fields(&self, content: &Content) -> Map<String, Json>;
    /// [`Kind::name`].
    fn name(&self) -> &'static str {
        self.kind().name
    }
    /// [`Kind::number`].
    fn number(&self) -> u16 {
        self.kind().number
    }
    /// [`Kind::version`].
    fn version(&self) -> u16 {
        self.kind().version
    }
    /// [`Kind::payload`].
    fn payload(&self) -> Payload {
        self.kind().payload
    }
    /// [`Kind::policy`].
    fn policy(&self) -> Policy {
        self.kind().policy
    }
    /// [`Kind::activity`].
    fn activity(&self) -> Option<Verb> {
        self.kind().activity
    }
    /// [`Kind::counts_as_unread`].
    fn counts_as_unread(&self) -> bool {
        self.kind().counts_as_unread
    }
    /// [`Kind::lists_versions`].
    fn lists_versions(&self) -> bool {
        self.kind().lists_versions
    }
}

/// Every kind, in the order of their numbers.
pub static REGISTRY: &[&dyn Feature] = &[
    &settings::Settings,
    &page::Page,
    &post::Post,
    &channel::Channel,
    &message::Message,
    &comment::Comment,
    &thanks::Thanks,
    &read_mark::ReadMark,
    &person::Person,
    &territory::Territory,
    &residence::Residence,
    &set_aside::SetAside,
    &entry_request::EntryRequest,
    &erasure_receipt::ErasureReceipt,
    &copy::Copy,
    &group::Group,
    &group_role::GroupRole,
];

/// The kind with a number; `None` when this program does not know it (yet).
pub fn by_number(number: u16) -> Option<&'static dyn Feature> {
    // Numbers are dense from 1: the registry's order is a test.
    REGISTRY.get(usize::from(number).checked_sub(1)?).copied()
}

/// The kind with a name.
pub fn by_name(name: &str) -> Option<&'static dyn Feature> {
    REGISTRY
        .iter()
        .find(|feature| feature.name() == name)
        .copied()
}

/// What a command reads of the present state, to plan what it writes.
pub trait Lookup {
    /// Kind number and creator of an item; `None` when it is not shown here.
    fn item(&self, item: &ItemId) -> Option<(u16, PersonId)>;
    /// The record shown of an item.
    fn record(&self, item: &ItemId) -> Option<Record>;
    /// The item of `kind` by this person under `parent`, if any (thanks, read marks).
    fn own_child(&self, parent: &ItemId, kind: u16) -> Option<ItemId>;
    /// The root item of the space.
    fn root(&self) -> ItemId;
}

/// One change of a document that a command asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum DocumentEdit {
    /// Sets a root scalar.
    Set(&'static str, Value),
    /// Replaces a text by the smallest difference.
    SetText(&'static str, String),
    /// Replaces the blocks of a rich text by the smallest difference.
    SetBlocks(&'static str, Vec<Block>),
}

/// What an item becomes.
#[derive(Debug, Clone, PartialEq)]
pub enum NewContent {
    /// This record.
    Record(Record),
    /// The document after these edits.
    Document(Vec<DocumentEdit>),
}

/// What a command writes: one item, made or changed.
#[derive(Debug, Clone, PartialEq)]
pub enum Plan {
    /// A new item, whose id follows from the command.
    Create {
        /// Its kind.
        kind: u16,
        /// Where it stands.
        parent: ItemId,
        /// What it holds.
        content: NewContent,
    },
    /// An item that stands.
    Change {
        /// Which one.
        item: ItemId,
        /// What it will hold.
        content: NewContent,
    },
}

/// Why a command is refused, before any right is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Invalid {
    /// A field's text is too long.
    TooLong {
        /// The field.
        field: &'static str,
        /// Its limit in bytes.
        limit: usize,
    },
    /// A field's value cannot be.
    Value {
        /// The field.
        field: &'static str,
        /// What is wrong, in plain English.
        why: String,
    },
    /// The item named is not there, or not of the kind the command is for.
    NoSuchItem,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_dense_and_names_unique() {
        for (index, feature) in REGISTRY.iter().enumerate() {
            assert_eq!(
                usize::from(feature.number()),
                index + 1,
                "{}",
                feature.name()
            );
            assert_eq!(
                by_name(feature.name()).map(Feature::number),
                Some(feature.number())
            );
        }
        assert!(by_number(0).is_none());
        assert!(by_number(REGISTRY.len() as u16 + 1).is_none());
    }
}
