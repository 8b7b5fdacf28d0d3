//! Pages: a title and a rich text that several people write at once.

use serde_json::{Map, Value as Json};

use super::commands::PageCommand;
use super::{
    Changer, Content, DocumentEdit, Feature, Invalid, Kind, Lookup, Needed, NewContent,
    POST_BYTES_MAX, Payload, Plan, Policy, Verb, change, document_title, existing, name_field,
    paragraphs, text_field,
};
use crate::document::{Container, Genesis};

static GENESIS: Genesis = Genesis {
    containers: &[("title", Container::Text), ("body", Container::Text)],
};

static KIND: Kind = Kind {
    name: "page",
    number: 2,
    version: 1,
    payload: Payload::Document(&GENESIS),
    policy: Policy {
        create: Needed::Contributor,
        change: Changer::Contributor,
    },
    activity: Some(Verb::Changed),
    counts_as_unread: false,
    lists_versions: false,
};

/// The feature.
pub struct Page;

impl Feature for Page {
    fn kind(&self) -> &'static Kind {
        &KIND
    }
    fn title(&self, content: &Content) -> String {
        document_title(content)
    }
    fn fields(&self, _content: &Content) -> Map<String, Json> {
        Map::new()
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
            let edit = DocumentEdit::SetText("title", name_field("title", title)?);
            change(lookup, item, &Page, NewContent::Document(vec![edit]))
        }
    }
}
