//! Thanks: one per person and item, with a reason if one likes, taken back at will.

use serde_json::{Map, Value as Json, json};

use super::commands::ThanksCommand;
use super::{
    Changer, Content, Feature, Invalid, Kind, Lookup, Needed, NewContent, Payload, Plan, Policy,
    Verb, recorded, text_field,
};
use crate::record::{Record, Value};

/// Longest reason, bytes: a sentence.
pub const REASON_BYTES_MAX: usize = 500;

static KIND: Kind = Kind {
    name: "thanks",
    number: 7,
    version: 1,
    payload: Payload::Record,
    policy: Policy {
        create: Needed::Commenter,
        change: Changer::Creator,
    },
    activity: Some(Verb::Thanked),
    counts_as_unread: false,
    lists_versions: false,
};

/// The feature.
pub struct Thanks;

impl Feature for Thanks {
    fn kind(&self) -> &'static Kind {
        &KIND
    }
    fn check_record(&self, record: &Record) -> Result<(), &'static str> {
        if record.text("reason").len() > REASON_BYTES_MAX {
            return Err("the reason is too long");
        }
        Ok(())
    }
    fn title(&self, content: &Content) -> String {
        recorded(content, "reason").to_owned()
    }
    fn fields(&self, content: &Content) -> Map<String, Json> {
        let Some(record) = content.record() else {
            return Map::new();
        };
        Map::from_iter([
            ("reason".to_owned(), json!(record.text("reason"))),
            ("withdrawn".to_owned(), json!(record.flag("withdrawn"))),
        ])
    }
}

/// Plans a command on thanks.
pub fn plan(command: &ThanksCommand, lookup: &dyn Lookup) -> Result<Plan, Invalid> {
    match command {
        ThanksCommand::Give { on, reason, .. } => {
            lookup.item(on).ok_or(Invalid::NoSuchItem)?;
            let record = match reason.as_deref().filter(|reason| !reason.trim().is_empty()) {
                Some(reason) => Record::new()
                    .with_text("reason", text_field("reason", reason, REASON_BYTES_MAX)?),
                None => Record::new(),
            };
            let content = NewContent::Record(record);
            Ok(match lookup.own_child(on, Thanks.number()) {
                Some(item) => Plan::Change { item, content },
                None => Plan::Create {
                    kind: Thanks.number(),
                    parent: *on,
                    content,
                },
            })
        }
        ThanksCommand::TakeBack { on, .. } => {
            let item = lookup
                .own_child(on, Thanks.number())
                .ok_or(Invalid::NoSuchItem)?;
            let record = Record::new().with("withdrawn", Value::Flag(true));
            Ok(Plan::Change {
                item,
                content: NewContent::Record(record),
            })
        }
    }
}
