//! Channels: a named thread of messages in a space.

use serde_json::{Map, Value as Json};

use super::commands::ChannelCommand;
use super::{
    Changer, Content, Feature, Invalid, Lookup, Needed, NewContent, Payload, Plan, Policy,
    existing, name_field,
};
use crate::record::Record;

/// The feature.
pub struct Channel;

impl Feature for Channel {
    fn name(&self) -> &'static str {
        "channel"
    }
    fn number(&self) -> u16 {
        4
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
        match name_field("name", record.text("name")) {
            Ok(_) => Ok(()),
            Err(_) => Err("a channel has a name"),
        }
    }
    fn title(&self, content: &Content) -> String {
        content
            .record()
            .map_or_else(String::new, |record| record.text("name").to_owned())
    }
    fn fields(&self, _content: &Content) -> Map<String, Json> {
        Map::new()
    }
}

/// Plans a command on channels.
pub fn plan(command: &ChannelCommand, lookup: &dyn Lookup) -> Result<Plan, Invalid> {
    let named = |name: &str| {
        let record = Record::new().with_text("name", name_field("name", name)?);
        Ok(NewContent::Record(record))
    };
    match command {
        ChannelCommand::Create { name, .. } => Ok(Plan::Create {
            kind: Channel.number(),
            parent: lookup.root(),
            content: named(name)?,
        }),
        ChannelCommand::Rename { item, name, .. } => {
            existing(lookup, item, &Channel)?;
            Ok(Plan::Change {
                item: *item,
                content: named(name)?,
            })
        }
    }
}
