//! Posts on the wall of a space: a title and a short text, with comments and thanks under it.

use serde_json::{Map, Value as Json, json};

use super::commands::PostCommand;
use super::{
    Changer, Content, DocumentEdit, Feature, Invalid, Kind, Lookup, Needed, NewContent,
    POST_BYTES_MAX, Payload, Plan, Policy, Verb, change, document_title, name_field, paragraphs,
    text_field,
};
use crate::blocks::{self, Block};
use crate::document::{Container, Genesis};
use crate::html;

static GENESIS: Genesis = Genesis {
    containers: &[("title", Container::Text), ("body", Container::Text)],
};

static KIND: Kind = Kind {
    name: "post",
    number: 3,
    version: 1,
    payload: Payload::Document(&GENESIS),
    policy: Policy {
        create: Needed::Contributor,
        change: Changer::Creator,
    },
    activity: Some(Verb::Created),
    counts_as_unread: true,
    lists_versions: false,
};

/// The feature.
pub struct Post;

impl Feature for Post {
    fn kind(&self) -> &'static Kind {
        &KIND
    }
    fn title(&self, content: &Content) -> String {
        document_title(content)
    }
    fn fields(&self, content: &Content) -> Map<String, Json> {
        let Some(document) = content.document() else {
            return Map::new();
        };
        Map::from_iter([
            ("text".to_owned(), json!(blocks::plain_text(&document.body))),
            ("html".to_owned(), json!(html::html(&document.body))),
        ])
    }
}

fn body(text: &str) -> Result<Vec<Block>, Invalid> {
    text_field("text", text, POST_BYTES_MAX).map(|text| paragraphs(&text))
}

/// Plans a command on posts.
pub fn plan(command: &PostCommand, lookup: &dyn Lookup) -> Result<Plan, Invalid> {
    match command {
        PostCommand::Create { title, text, .. } => Ok(Plan::Create {
            kind: Post.number(),
            parent: lookup.root(),
            content: NewContent::Document(vec![
                DocumentEdit::SetText("title", name_field("title", title)?),
                DocumentEdit::SetBlocks("body", body(text)?),
            ]),
        }),
        PostCommand::Change {
            item, title, text, ..
        } => {
            let mut edits = Vec::new();
            if let Some(title) = title {
                edits.push(DocumentEdit::SetText("title", name_field("title", title)?));
            }
            if let Some(text) = text {
                edits.push(DocumentEdit::SetBlocks("body", body(text)?));
            }
            change(lookup, item, &Post, NewContent::Document(edits))
        }
    }
}
