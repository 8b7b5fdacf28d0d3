//! The kinds of items. One file per kind, one line in [`REGISTRY`]; a kind never imports a sibling.
//!
//! A feature answers: number and version, payload, policy, what a record must hold, title, fields
//! of the view, activity line. What a command writes is planned by the feature of its name
//! ([`plan`]); who may do it is decided by the rights machine from the [`Policy`] alone.

pub mod bounds;
pub mod channel;
pub mod commands;
pub mod comment;
pub mod message;
pub mod page;
pub mod person;
pub mod post;
pub mod read_mark;
pub mod settings;
pub mod thanks;
pub mod words;

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use crate::blocks::Block;
use crate::document::{Document, Field, Genesis};
use crate::ids::{ItemId, PersonId};
use crate::record::{Record, Value};
use crate::text;

pub use commands::Command;
use commands::{
    MESSAGE_TEXT_BYTES_MAX as MESSAGE_BYTES_MAX, POST_TEXT_BYTES_MAX as POST_BYTES_MAX,
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

/// One kind of item.
pub trait Feature: Sync {
    /// The name, in the API and in file names.
    fn name(&self) -> &'static str;
    /// The number in headers: never reused.
    fn number(&self) -> u16;
    /// The version: new containers need a new one.
    fn version(&self) -> u16 {
        1
    }
    /// What its entries carry.
    fn payload(&self) -> Payload;
    /// Who may create and change.
    fn policy(&self) -> Policy;
    /// Whether a record of this kind holds what it must. The text names the fault.
    fn check_record(&self, _record: &Record) -> Result<(), &'static str> {
        Ok(())
    }
    /// One line that names the item.
    fn title(&self, content: &Content) -> String;
    /// The fields of the view's row.
    fn fields(&self, content: &Content) -> Map<String, Json>;
    /// How the space's activity tells of it; `None` for what is nobody's news.
    fn activity(&self) -> Option<Verb> {
        None
    }
    /// Whether new items of this kind count as unread under their parent.
    fn counts_as_unread(&self) -> bool {
        false
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

/// A name field in its kept form.
pub(crate) fn name_field(field: &'static str, raw: &str) -> Result<String, Invalid> {
    text::name(raw).map_err(|error| match error {
        text::InvalidName::TooLong => Invalid::TooLong {
            field,
            limit: text::NAME_BYTES_MAX,
        },
        other => Invalid::Value {
            field,
            why: other.to_string(),
        },
    })
}

/// A text field, kept exactly.
pub(crate) fn text_field(field: &'static str, raw: &str, limit: usize) -> Result<String, Invalid> {
    if raw.len() > limit {
        return Err(Invalid::TooLong { field, limit });
    }
    if raw.trim().is_empty() {
        return Err(Invalid::Value {
            field,
            why: "the text is empty".to_owned(),
        });
    }
    let kept = |character: char| !character.is_control() || matches!(character, '\n' | '\t');
    if !raw.chars().all(kept) {
        return Err(Invalid::Value {
            field,
            why: "the text holds a control character".to_owned(),
        });
    }
    Ok(raw.to_owned())
}

/// An item of the right kind, else [`Invalid::NoSuchItem`].
pub(crate) fn existing(
    lookup: &dyn Lookup,
    item: &ItemId,
    feature: &dyn Feature,
) -> Result<PersonId, Invalid> {
    match lookup.item(item) {
        Some((number, creator)) if number == feature.number() => Ok(creator),
        _ => Err(Invalid::NoSuchItem),
    }
}

/// As [`existing`], for a kind named: kinds never import each other.
pub(crate) fn existing_named(
    lookup: &dyn Lookup,
    item: &ItemId,
    name: &str,
) -> Result<PersonId, Invalid> {
    existing(lookup, item, by_name(name).ok_or(Invalid::NoSuchItem)?)
}

/// A message or comment either says something within the limit or is withdrawn.
pub(crate) fn said_or_withdrawn(record: &Record) -> Result<(), &'static str> {
    if record.flag("withdrawn") && record.text("text").is_empty() {
        return Ok(());
    }
    text_field("text", record.text("text"), MESSAGE_BYTES_MAX)
        .map(drop)
        .map_err(|_| "a message has a text within the limit")
}

/// The fields of whatever is said in lines: messages and comments.
pub(crate) fn spoken_fields(content: &Content) -> Map<String, Json> {
    let Some(record) = content.record() else {
        return Map::new();
    };
    Map::from_iter([
        ("text".to_owned(), json!(record.text("text"))),
        ("edited".to_owned(), json!(record.flag("edited"))),
        ("withdrawn".to_owned(), json!(record.flag("withdrawn"))),
    ])
}

/// The start of a text, for a list row.
pub(crate) fn first_line(text: &str) -> String {
    const SHOWN: usize = 120;
    text.lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(SHOWN)
        .collect()
}

/// A record that says `text`.
pub(crate) fn spoken(text: &str, edited: bool) -> Result<NewContent, Invalid> {
    let record = Record::new().with_text("text", text_field("text", text, MESSAGE_BYTES_MAX)?);
    Ok(NewContent::Record(if edited {
        record.with("edited", Value::Flag(true))
    } else {
        record
    }))
}

/// A record of what was taken back.
pub(crate) fn withdrawn() -> NewContent {
    NewContent::Record(Record::new().with("withdrawn", Value::Flag(true)))
}

/// Paragraph blocks of a plain text: one per non-empty line.
pub(crate) fn paragraphs(text: &str) -> Vec<Block> {
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(Block::paragraph)
        .collect()
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

    #[test]
    fn texts_are_kept_exactly_or_refused() {
        let flag = "🇫🇷 ligne 1\nligne 2\tfin";
        assert_eq!(text_field("text", flag, 100).as_deref(), Ok(flag));
        assert_eq!(
            text_field("text", "aé", 2),
            Err(Invalid::TooLong {
                field: "text",
                limit: 2
            })
        );
        assert!(matches!(
            text_field("text", " \n", 9),
            Err(Invalid::Value { .. })
        ));
        assert!(matches!(
            text_field("text", "a\u{7}", 9),
            Err(Invalid::Value { .. })
        ));
    }
}
