//! What a manager decided about held work: looked at, and left aside. It stays kept, and every
//! manager sees the same; nothing here lets an entry count or hides one.

use serde_json::{Map, Value as Json, json};

use super::commands::{ENTRIES_PER_COMMAND_MAX, REASON_TEXT_BYTES_MAX};
use super::{Changer, Content, Feature, Kind, Needed, NewContent, Payload, Policy, recorded};
use crate::ids::EntryId;
use crate::record::{Record, Value};

static KIND: Kind = Kind {
    name: "setAside",
    number: 12,
    version: 1,
    payload: Payload::Record,
    policy: Policy {
        create: Needed::Manager,
        change: Changer::Manager,
    },
    activity: None,
    counts_as_unread: false,
    lists_versions: false,
};

/// The feature.
pub struct SetAside;

/// One decision about some entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The entries.
    pub entries: Vec<EntryId>,
    /// Whether they lie aside; the latest mark that names an entry decides.
    pub aside: bool,
    /// Why, when a manager set aside what counted until then; may be empty.
    pub reason: String,
}

impl Mark {
    /// The mark as a record.
    pub fn to_content(&self) -> NewContent {
        let bytes = self.entries.iter().flat_map(|entry| entry.0).collect();
        let record = Record::new()
            .with("entries", Value::Bytes(bytes))
            .with("aside", Value::Flag(self.aside));
        NewContent::Record(match self.reason.trim() {
            "" => record,
            reason => record.with_text("reason", reason),
        })
    }

    /// Reads a record; `None` when it is not a mark.
    pub fn of(record: &Record) -> Option<Self> {
        let Some(Value::Bytes(bytes)) = record.get("entries") else {
            return None;
        };
        let whole = bytes.len() % EntryId::SIZE == 0 && !bytes.is_empty();
        if !whole || bytes.len() / EntryId::SIZE > ENTRIES_PER_COMMAND_MAX {
            return None;
        }
        let reason = record.text("reason");
        if reason.len() > REASON_TEXT_BYTES_MAX {
            return None;
        }
        let entries = bytes.chunks_exact(EntryId::SIZE);
        Some(Self {
            entries: entries.filter_map(EntryId::from_slice).collect(),
            aside: record.flag("aside"),
            reason: reason.to_owned(),
        })
    }
}

impl Feature for SetAside {
    fn kind(&self) -> &'static Kind {
        &KIND
    }
    fn check_record(&self, record: &Record) -> Result<(), &'static str> {
        Mark::of(record)
            .map(drop)
            .ok_or("a mark names entries within the limit")
    }
    fn title(&self, content: &Content) -> String {
        recorded(content, "reason").to_owned()
    }
    fn fields(&self, content: &Content) -> Map<String, Json> {
        let aside = content.record().is_some_and(|record| record.flag("aside"));
        Map::from_iter([
            ("aside".to_owned(), json!(aside)),
            ("reason".to_owned(), json!(recorded(content, "reason"))),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_back_and_anything_else_is_not_one() {
        let mark = Mark {
            entries: vec![EntryId([1; 32]), EntryId([2; 32])],
            aside: true,
            reason: "hors sujet".into(),
        };
        let NewContent::Record(record) = mark.to_content() else {
            panic!("a record");
        };
        assert_eq!(Mark::of(&record), Some(mark));
        let bytes = |count: usize| Value::Bytes(vec![7; count]);
        let most = ENTRIES_PER_COMMAND_MAX * EntryId::SIZE;
        for (count, sound) in [
            (0, false),
            (31, false),
            (32, true),
            (33, false),
            (most, true),
            (most + 32, false),
        ] {
            let record = Record::new().with("entries", bytes(count));
            assert_eq!(SetAside.check_record(&record).is_ok(), sound, "{count}");
        }
        let long = "x".repeat(REASON_TEXT_BYTES_MAX + 1);
        let record = Record::new()
            .with("entries", bytes(32))
            .with_text("reason", long);
        assert!(SetAside.check_record(&record).is_err());
    }
}
