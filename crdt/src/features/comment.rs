//! Comments under a page or a post.

use serde_json::{Map, Value as Json};

use super::commands::CommentCommand;
use super::{
    Changer, Content, Feature, Invalid, Lookup, Needed, Payload, Plan, Policy, Verb,
    existing_named, first_line, said_or_withdrawn, spoken, spoken_fields, withdrawn,
};
use crate::record::Record;

/// The feature.
pub struct Comment;

impl Feature for Comment {
    fn name(&self) -> &'static str {
        "comment"
    }
    fn number(&self) -> u16 {
        6
    }
    fn payload(&self) -> Payload {
        Payload::Record
    }
    fn policy(&self) -> Policy {
        Policy {
            create: Needed::Commenter,
            change: Changer::Creator,
        }
    }
    fn check_record(&self, record: &Record) -> Result<(), &'static str> {
        said_or_withdrawn(record)
    }
    fn title(&self, content: &Content) -> String {
        content
            .record()
            .map_or_else(String::new, |record| first_line(record.text("text")))
    }
    fn fields(&self, content: &Content) -> Map<String, Json> {
        spoken_fields(content)
    }
    fn activity(&self) -> Option<Verb> {
        Some(Verb::Wrote)
    }
}

/// Plans a command on comments.
pub fn plan(command: &CommentCommand, lookup: &dyn Lookup) -> Result<Plan, Invalid> {
    match command {
        CommentCommand::Write { on, text, .. } => {
            lookup.item(on).ok_or(Invalid::NoSuchItem)?;
            let content = spoken(text, false)?;
            Ok(Plan::Create {
                kind: Comment.number(),
                parent: *on,
                content,
            })
        }
        CommentCommand::Change { item, text, .. } => {
            existing_named(lookup, item, "comment")?;
            Ok(Plan::Change {
                item: *item,
                content: spoken(text, true)?,
            })
        }
        CommentCommand::Withdraw { item, .. } => {
            existing_named(lookup, item, "comment")?;
            Ok(Plan::Change {
                item: *item,
                content: withdrawn(),
            })
        }
    }
}
