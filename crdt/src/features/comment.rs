//! Comments under a page or a post.

use serde_json::{Map, Value as Json};

use super::commands::CommentCommand;
use super::{
    Changer, Content, Feature, Invalid, Kind, Lookup, Needed, Payload, Plan, Policy, Verb, change,
    first_line, recorded, said_or_withdrawn, spoken, spoken_fields, withdrawn,
};
use crate::record::Record;

static KIND: Kind = Kind {
    name: "comment",
    number: 6,
    version: 1,
    payload: Payload::Record,
    policy: Policy {
        create: Needed::Commenter,
        change: Changer::Creator,
    },
    activity: Some(Verb::Wrote),
    counts_as_unread: false,
    lists_versions: true,
};

/// The feature.
pub struct Comment;

impl Feature for Comment {
    fn kind(&self) -> &'static Kind {
        &KIND
    }
    fn check_record(&self, record: &Record) -> Result<(), &'static str> {
        said_or_withdrawn(record)
    }
    fn title(&self, content: &Content) -> String {
        first_line(recorded(content, "text"))
    }
    fn fields(&self, content: &Content) -> Map<String, Json> {
        spoken_fields(content)
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
            change(lookup, item, &Comment, spoken(text, true)?)
        }
        CommentCommand::Withdraw { item, .. } => change(lookup, item, &Comment, withdrawn()),
    }
}
