//! Read marks: how far one person has read a channel or post. They live in the person's private
//! space, so nobody sees who read what.

use serde_json::{Map, Value as Json, json};

use super::{Changer, Content, Feature, Kind, Needed, NewContent, Payload, Policy};
use crate::ids::{EntryId, ItemId, SpaceId};
use crate::record::{Record, Value};

static KIND: Kind = Kind {
    name: "readMark",
    number: 8,
    version: 1,
    payload: Payload::Record,
    policy: Policy {
        create: Needed::Viewer,
        change: Changer::Creator,
    },
    activity: None,
    counts_as_unread: false,
    lists_versions: false,
};

/// The feature.
pub struct ReadMark;

/// A point in the shown order: everything up to it is read.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct Order {
    /// Lamport of the creating entry.
    pub lamport: u64,
    /// Its id.
    pub entry: EntryId,
}

impl Order {
    /// Fixed-width text that sorts like the order itself.
    pub fn to_text(self) -> String {
        format!("{:016x}{}", self.lamport, self.entry)
    }

    /// Reads [`Order::to_text`].
    pub fn parse(text: &str) -> Option<Self> {
        let (lamport, entry) = text.split_at_checked(16)?;
        let lamport = u64::from_str_radix(lamport, 16).ok()?;
        let order = Self {
            lamport,
            entry: entry.parse().ok()?,
        };
        // Upper-case digits or a sign would be a second spelling of the same order.
        (order.to_text() == text).then_some(order)
    }
}

/// One mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Space of what was read.
    pub space: SpaceId,
    /// Channel or post.
    pub item: ItemId,
    /// How far.
    pub up_to: Order,
}

impl Mark {
    /// The mark as a record.
    pub fn to_content(self) -> NewContent {
        NewContent::Record(
            Record::new()
                .with("space", Value::Bytes(self.space.0.to_vec()))
                .with("item", Value::Bytes(self.item.0.to_vec()))
                .with_text("upTo", self.up_to.to_text()),
        )
    }

    /// Reads a record; `None` when a field is missing or malformed.
    pub fn of(record: &Record) -> Option<Self> {
        let bytes = |name: &str| match record.get(name) {
            Some(Value::Bytes(bytes)) => Some(bytes.as_slice()),
            _ => None,
        };
        Some(Self {
            space: SpaceId::from_slice(bytes("space")?)?,
            item: ItemId::from_slice(bytes("item")?)?,
            up_to: Order::parse(record.text("upTo"))?,
        })
    }
}

impl Feature for ReadMark {
    fn kind(&self) -> &'static Kind {
        &KIND
    }
    fn check_record(&self, record: &Record) -> Result<(), &'static str> {
        Mark::of(record)
            .map(drop)
            .ok_or("a read mark names a space, an item and an order")
    }
    fn title(&self, _content: &Content) -> String {
        String::new()
    }
    fn fields(&self, content: &Content) -> Map<String, Json> {
        let Some(mark) = content.record().and_then(Mark::of) else {
            return Map::new();
        };
        Map::from_iter([
            ("item".to_owned(), json!(mark.item)),
            ("upTo".to_owned(), json!(mark.up_to.to_text())),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_sort_as_texts_and_have_one_spelling() {
        let order = |lamport, byte| Order {
            lamport,
            entry: EntryId([byte; 32]),
        };
        let mut orders = [order(256, 1), order(2, 9), order(2, 3), order(u64::MAX, 0)];
        orders.sort();
        assert!(orders.is_sorted_by_key(|order| order.to_text()));
        for order in orders {
            let text = order.to_text();
            assert_eq!(Order::parse(&text), Some(order));
            assert_eq!(Order::parse(&format!("+{}", &text[1..])), None);
        }
        assert_eq!(Order::parse(""), None);
        assert_eq!(Order::parse("é"), None);
    }

    #[test]
    fn a_mark_is_read_back_from_its_record() {
        let mark = Mark {
            space: SpaceId([1; 32]),
            item: ItemId([2; 16]),
            up_to: Order {
                lamport: 7,
                entry: EntryId([3; 32]),
            },
        };
        let NewContent::Record(record) = mark.to_content() else {
            panic!("marks are records")
        };
        assert_eq!(Mark::of(&record), Some(mark));
        assert_eq!(ReadMark.check_record(&record), Ok(()));
        assert!(ReadMark.check_record(&Record::new()).is_err());
    }
}
