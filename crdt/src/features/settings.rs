//! The settings of a space: its name and look. One document per space, at the root.

use serde_json::{Map, Value as Json, json};

use super::commands::SpaceCommand;
use super::{
    Changer, Content, DocumentEdit, Feature, Invalid, Needed, NewContent, Payload, Plan, Policy,
    Verb, name_field, text_field,
};
use crate::document::Genesis;
use crate::ids::ItemId;
use crate::record::Value;

/// Longest description of a space, bytes: three sentences.
pub const DESCRIPTION_BYTES_MAX: usize = 2_000;
/// The colours a space may have.
pub const COLOURS: [&str; 8] = [
    "haie", "ajonc", "brique", "pommier", "bruyere", "loire", "ardoise", "sarrasin",
];
/// Who may find a space.
pub const VISIBILITIES: [&str; 3] = ["open", "request", "hidden"];
/// The sections a space may show.
pub const SECTIONS: [&str; 3] = ["wall", "pages", "messages"];
/// Longest name of a symbol, bytes.
const SYMBOL_BYTES_MAX: usize = 40;

static GENESIS: Genesis = Genesis { containers: &[] };

/// The feature.
pub struct Settings;

impl Feature for Settings {
    fn name(&self) -> &'static str {
        "settings"
    }
    fn number(&self) -> u16 {
        1
    }
    fn payload(&self) -> Payload {
        Payload::Document(&GENESIS)
    }
    fn policy(&self) -> Policy {
        Policy {
            create: Needed::Manager,
            change: Changer::Manager,
        }
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
    fn activity(&self) -> Option<Verb> {
        Some(Verb::Changed)
    }
}

fn one_of(field: &'static str, value: &str, known: &[&str]) -> Result<Value, Invalid> {
    if known.contains(&value) {
        return Ok(Value::Text(value.to_owned()));
    }
    Err(Invalid::Value {
        field,
        why: format!("it is one of: {}", known.join(", ")),
    })
}

/// The settings that a command names, as edits of the root document.
pub fn edits(
    name: Option<&str>,
    description: Option<&str>,
    colour: Option<&str>,
    symbol: Option<&str>,
    visibility: Option<&str>,
    sections: Option<&[String]>,
) -> Result<Vec<DocumentEdit>, Invalid> {
    let mut edits = Vec::new();
    if let Some(name) = name {
        edits.push(DocumentEdit::Set(
            "name",
            Value::Text(name_field("name", name)?),
        ));
    }
    if let Some(description) = description {
        let kept = match description.trim() {
            "" => String::new(),
            _ => text_field("description", description, DESCRIPTION_BYTES_MAX)?,
        };
        edits.push(DocumentEdit::Set("description", Value::Text(kept)));
    }
    if let Some(colour) = colour {
        edits.push(DocumentEdit::Set(
            "colour",
            one_of("colour", colour, &COLOURS)?,
        ));
    }
    if let Some(symbol) = symbol {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if symbol.len() > SYMBOL_BYTES_MAX {
            return Err(Invalid::TooLong {
                field: "symbol",
                limit: SYMBOL_BYTES_MAX,
            });
        }
        if symbol.is_empty() || !symbol.bytes().all(plain) {
            let why = "it is the name of a symbol: small letters, digits and hyphens".to_owned();
            return Err(Invalid::Value {
                field: "symbol",
                why,
            });
        }
        edits.push(DocumentEdit::Set("symbol", Value::Text(symbol.to_owned())));
    }
    if let Some(visibility) = visibility {
        edits.push(DocumentEdit::Set(
            "visibility",
            one_of("visibility", visibility, &VISIBILITIES)?,
        ));
    }
    if let Some(sections) = sections {
        for section in sections {
            one_of("sections", section, &SECTIONS)?;
        }
        edits.push(DocumentEdit::Set(
            "sections",
            Value::Text(sections.join(",")),
        ));
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
    let edits = edits(
        name.as_deref(),
        description.as_deref(),
        colour.as_deref(),
        symbol.as_deref(),
        visibility.as_deref(),
        sections.as_deref(),
    )?;
    Ok(Plan::Change {
        item: root,
        content: NewContent::Document(edits),
    })
}
