//! Pages: a title and a rich text that several people write at once.

use serde_json::{Map, Value as Json};

use super::commands::PageCommand;
use super::{
    Changer, Content, DocumentEdit, Feature, Invalid, Lookup, Needed, NewContent, POST_BYTES_MAX,
    Payload, Plan, Policy, Verb, existing, name_field, paragraphs, text_field,
};
use crate::document::{Container, Genesis};

static GENESIS: Genesis = Genesis {
    containers: &[("title", Container::Text), ("body", Container::Text)],
};

/// The feature.
pub struct Page;

impl Feature for Page {
    fn name(&self) -> &'static str {
        "page"
    }
    fn number(&self) -> u16 {
        2
    }
    fn payload(&self) -> Payload {
        Payload::Document(&GENESIS)
    }
    fn policy(&self) -> Policy {
        Policy {
            create: Needed::Contributor,
            change: Changer::Contributor,
        }
    }
    fn title(&self, content: &Content) -> String {
        content
            .document()
            .map_or_else(String::new, |document| document.title.clone())
    }
    fn fields(&self, _content: &Content) -> Map<String, Json> {
        Map::new()
    }
    fn activity(&self) -> Option<Verb> {
        Some(Verb::Changed)
    }
}

/// Plans a command on pages.
pub fn plan(command: &PageCommand, lookup: &dyn Lookup) -> Result<Plan, Invalid> {
    match command {
        PageCommand::Create {
            parent,
            title,
            text,
            ..
        } => {
            let mut edits = vec![DocumentEdit::SetText("title", name_field("title", title)?)];
            if let Some(text) = text.as_deref().filter(|text| !text.trim().is_empty()) {
                let text = text_field("text", text, POST_BYTES_MAX)?;
                edits.push(DocumentEdit::SetBlocks("body", paragraphs(&text)));
            }
            if let Some(parent) = parent {
                existing(lookup, parent, &Page)?;
            }
            Ok(Plan::Create {
                kind: Page.number(),
                parent: parent.unwrap_or_else(|| lookup.root()),
                content: NewContent::Document(edits),
            })
        }
        PageCommand::Rename { item, title, .. } => {
            existing(lookup, item, &Page)?;
            let edit = DocumentEdit::SetText("title", name_field("title", title)?);
            Ok(Plan::Change {
                item: *item,
                content: NewContent::Document(vec![edit]),
            })
        }
    }
}
