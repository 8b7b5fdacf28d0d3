//! What several kinds do alike: reading fields, planning a change, lines that people say. What one
//! kind alone does stands in its own file.

use serde_json::{Map, Value as Json, json};

use super::commands::MESSAGE_TEXT_BYTES_MAX as MESSAGE_BYTES_MAX;
use super::{Content, Feature, Invalid, Lookup, NewContent, Plan, by_name};
use crate::blocks::Block;
use crate::ids::{ItemId, PersonId};
use crate::record::{Record, Value};
use crate::text;

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

/// Plans new content for an item of this kind.
pub(crate) fn change(
    lookup: &dyn Lookup,
    item: &ItemId,
    feature: &dyn Feature,
    content: NewContent,
) -> Result<Plan, Invalid> {
    existing(lookup, item, feature)?;
    Ok(Plan::Change {
        item: *item,
        content,
    })
}

/// A text field of a record; empty for documents.
pub(crate) fn recorded<'a>(content: &'a Content, field: &str) -> &'a str {
    content.record().map_or("", |record| record.text(field))
}

/// The title of a document; empty for records.
pub(crate) fn document_title(content: &Content) -> String {
    content
        .document()
        .map_or_else(String::new, |document| document.title.clone())
}

/// A message or comment either says something within the limit or is withdrawn.
pub(crate) fn said_or_withdrawn(record: &Record) -> Result<(), &'static str> {
    record.replaces()?;
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
