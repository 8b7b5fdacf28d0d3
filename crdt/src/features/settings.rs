//! The settings of a space: its name and look. One document per space, at the root.

use serde_json::{Map, Value as Json, json};

use super::commands::{Colour, DESCRIPTION_BYTES_MAX, Section, SpaceCommand, Visibility};
use super::{
    Changer, Content, DocumentEdit, Feature, Invalid, Kind, Needed, NewContent, Payload, Plan,
    Policy, Verb, name_field, text_field,
};
use crate::document::Genesis;
use crate::ids::ItemId;
use crate::record::Value;

static GENESIS: Genesis = Genesis { containers: &[] };

static KIND: Kind = Kind {
    name: "settings",
    number: 1,
    version: 1,
    payload: Payload::Document(&GENESIS),
    policy: Policy {
        create: Needed::Manager,
        change: Changer::Manager,
    },
    activity: Some(Verb::Changed),
    counts_as_unread: false,
    lists_versions: false,
};

/// The feature.
pub struct Settings;

impl Feature for Settings {
    fn kind(&self) -> &'static Kind {
        &KIND
    }
    fn title(&self, content: &Content) -> String {
        content
            .document()
            .map_or_else(String::new, |body| body.scalar_text("name").to_owned())
    }
    fn fields(&self, content: &Content) -> Map<String, Json> {
        let Some(document) = content.document() else {
            return Map::new();
        };
        [
            "name",
            "description",
            "colour",
            "symbol",
            "visibility",
            "sections",
        ]
        .into_iter()
        .map(|key| (key.to_owned(), json!(document.scalar_text(key))))
        .collect()
    }
}

/// The word that an enumeration has in the API.
fn word<T: serde::Serialize>(value: &T) -> Value {
    match serde_json::to_value(value) {
        Ok(Json::String(word)) => Value::Text(word),
        // Only unit variants are given here; they are words.
        _ => Value::Text(String::new()),
    }
}

/// What may be set of a space.
#[derive(Debug, Clone, Default)]
pub struct Change<'a> {
    /// Its name.
    pub name: Option<&'a str>,
    /// One sentence for the list; may be empty.
    pub description: Option<&'a str>,
    /// Its colour.
    pub colour: Option<Colour>,
    /// Name of one of the shipped symbols.
    pub symbol: Option<&'a str>,
    /// Who finds it.
    pub visibility: Option<Visibility>,
    /// Sections switched on, in order.
    pub sections: Option<&'a [Section]>,
}

/// The settings that a command names, as edits of the root document.
pub fn edits(change: &Change<'_>) -> Result<Vec<DocumentEdit>, Invalid> {
    let mut edits = Vec::new();
    if let Some(name) = change.name {
        edits.push(DocumentEdit::Set(
            "name",
            Value::Text(name_field("name", name)?),
        ));
    }
    if let Some(description) = change.description {
        let kept = match description.trim() {
            "" => String::new(),
            _ => text_field("description", description, DESCRIPTION_BYTES_MAX)?,
        };
        edits.push(DocumentEdit::Set("description", Value::Text(kept)));
    }
    if let Some(colour) = &change.colour {
        edits.push(DocumentEdit::Set("colour", word(colour)));
    }
    if let Some(symbol) = change.symbol {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if symbol.is_empty() || !symbol.bytes().all(plain) {
            let why = "it is the name of a symbol: small letters, digits and hyphens".to_owned();
            return Err(Invalid::Value {
                field: "symbol",
                why,
            });
        }
        edits.push(DocumentEdit::Set("symbol", Value::Text(symbol.to_owned())));
    }
    if let Some(visibility) = &change.visibility {
        edits.push(DocumentEdit::Set("visibility", word(visibility)));
    }
    if let Some(sections) = change.sections {
        let words: Vec<String> = sections
            .iter()
            .filter_map(|section| match word(section) {
                Value::Text(word) => Some(word),
                _ => None,
            })
            .collect();
        edits.push(DocumentEdit::Set("sections", Value::Text(words.join(","))));
    }
    Ok(edits)
}

/// Plans `space change`; the other commands of the feature are rights operations.
pub fn plan_change(command: &SpaceCommand, root: ItemId) -> Result<Plan, Invalid> {
    let SpaceCommand::Change {
        name,
        description,
        colour,
        symbol,
        visibility,
        sections,
        ..
    } = command
    else {
        return Err(Invalid::NoSuchItem);
    };
    let edits = edits(&Change {
        name: name.as_deref(),
        description: description.as_deref(),
        colour: *colour,
        symbol: symbol.as_deref(),
        visibility: *visibility,
        sections: sections.as_deref(),
    })?;
    Ok(Plan::Change {
        item: root,
        content: NewContent::Document(edits),
    })
}
