//! Messages of a channel.

use serde_json::{Map, Value as Json};

use super::commands::MessageCommand;
use super::{
    Changer, Content, Feature, Invalid, Lookup, Needed, Payload, Plan, Policy, Verb,
    existing_named, first_line, said_or_withdrawn, spoken, spoken_fields, withdrawn,
};
use crate::record::Record;

/// The feature.
pub struct Message;

impl Feature for Message {
    fn name(&self) -> &'static str {
        "message"
    }
    fn number(&self) -> u16 {
        5
    }
    fn payload(&self) -> Payload {
        Payload::Record
    }
    fn policy(&self) -> Policy {
        Policy {
            create: Needed::Contributor,
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
    fn counts_as_unread(&self) -> bool {
        true
    }
}

/// Plans a command on messages.
pub fn plan(command: &MessageCommand, lookup: &dyn Lookup) -> Result<Plan, Invalid> {
    match command {
        MessageCommand::Send { channel, text, .. } => {
            existing_named(lookup, channel, "channel")?;
            let content = spoken(text, false)?;
            Ok(Plan::Create {
                kind: Message.number(),
                parent: *channel,
                content,
            })
        }
        MessageCommand::Change { item, text, .. } => {
            existing_named(lookup, item, "message")?;
            Ok(Plan::Change {
                item: *item,
                content: spoken(text, true)?,
            })
        }
        MessageCommand::Withdraw { item, .. } => {
            existing_named(lookup, item, "message")?;
            Ok(Plan::Change {
                item: *item,
                content: withdrawn(),
            })
        }
    }
}
