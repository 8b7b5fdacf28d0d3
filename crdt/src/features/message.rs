//! Messages of a channel.

use serde_json::{Map, Value as Json};

use super::commands::MessageCommand;
use super::{
    Changer, Content, Feature, Invalid, Kind, Lookup, Needed, Payload, Plan, Policy, Verb, change,
    existing_named, first_line, recorded, said_or_withdrawn, spoken, spoken_fields, withdrawn,
};
use crate::record::Record;

static KIND: Kind = Kind {
    name: "message",
    number: 5,
    version: 1,
    payload: Payload::Record,
    policy: Policy {
        create: Needed::Contributor,
        change: Changer::Creator,
    },
    activity: Some(Verb::Wrote),
    counts_as_unread: true,
    lists_versions: true,
};

/// The feature.
pub struct Message;

impl Feature for Message {
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
            change(lookup, item, &Message, spoken(text, true)?)
        }
        MessageCommand::Withdraw { item, .. } => change(lookup, item, &Message, withdrawn()),
    }
}
