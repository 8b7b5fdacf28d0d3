//! Channels: a named thread of messages in a space.

use serde_json::{Map, Value as Json};

use super::commands::ChannelCommand;
use super::{
    Changer, Content, Feature, Invalid, Kind, Lookup, Needed, NewContent, Payload, Plan, Policy,
    change, name_field, recorded,
};
use crate::record::Record;

static KIND: Kind = Kind {
    name: "channel",
    number: 4,
    version: 1,
    payload: Payload::Record,
    policy: Policy {
        create: Needed::Contributor,
        change: Changer::Creator,
    },
    activity: None,
    counts_as_unread: false,
    lists_versions: false,
};

/// The feature.
pub struct Channel;

impl Feature for Channel {
    fn kind(&self) -> &'static Kind {
        &KIND
    }
    fn check_record(&self, record: &Record) -> Result<(), &'static str> {
        match name_field("name", record.text("name")) {
            Ok(_) => Ok(()),
            Err(_) => Err("a channel has a name"),
        }
    }
    fn title(&self, content: &Content) -> String {
        recorded(content, "name").to_owned()
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
        ChannelCommand::Rename { item, name, .. } => change(lookup, item, &Channel, named(name)?),
    }
}
