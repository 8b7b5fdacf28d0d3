//! Items of a space as its views hold them: light rows, bodies only where a list shows them.

use std::collections::BTreeMap;

use bocage_crdt::features::read_mark::Order;
use bocage_crdt::features::{Content, DocumentContent, Feature, by_number};
use bocage_crdt::ids::{EntryId, ItemId, PersonId};
use bocage_crdt::record::{Record, Value};
use bocage_protocol::entry::{Creation, ItemKind};
use serde::{Deserialize, Serialize};

use crate::store::EntryPlace;

/// One item. Serialised as a view row; its shape is covered by the state file's format number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Item {
    pub kind: ItemKind,
    pub parent: ItemId,
    pub creator: PersonId,
    /// The creating entry: where the item stands in the shown order.
    pub created: Order,
    pub created_ms: u64,
    /// Running number of arrival at this site: unread is counted by it.
    pub arrival: u64,
    /// Set when the item came here well after it was written.
    pub arrived_ms: Option<u64>,
    pub changed: Order,
    pub changed_ms: u64,
    pub changed_by: PersonId,
    /// The entry of the last change shown: tells on which sites the item is.
    pub place: EntryPlace,
    pub body: Body,
}

/// What an item holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Body {
    /// The record with the highest (lamport, entry id).
    Record(Record),
    /// Entries with changes, in the order of their arrival, and what they say when it is known.
    Document {
        entries: Vec<EntryPlace>,
        /// Boxed: most items are records, and each pays for the largest body.
        shown: Option<Box<Shown>>,
    },
}

/// What a list shows of a document.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Shown {
    pub title: String,
    /// The row's fields as JSON text: postcard cannot hold JSON values.
    pub fields: String,
    pub scalars: BTreeMap<String, Value>,
    pub conflicts: BTreeMap<String, Vec<Value>>,
}

impl Shown {
    pub fn of(feature: &dyn Feature, content: DocumentContent) -> Self {
        let conflicts = content
            .scalars
            .iter()
            .filter(|(_, field)| !field.conflicts.is_empty())
            .map(|(name, field)| (name.clone(), field.conflicts.clone()))
            .collect();
        let scalars = content
            .scalars
            .iter()
            .map(|(name, field)| (name.clone(), field.value.clone()))
            .collect();
        let content = Content::Document(content);
        Self {
            title: feature.title(&content),
            fields: serde_json::Value::Object(feature.fields(&content)).to_string(),
            scalars,
            conflicts,
        }
    }
}

impl Item {
    pub fn new(creation: &Creation, created: Order, place: EntryPlace, body: Body) -> Self {
        Self {
            kind: creation.kind,
            parent: creation.parent,
            creator: PersonId::default(),
            created,
            created_ms: 0,
            arrival: 0,
            arrived_ms: None,
            changed: created,
            changed_ms: 0,
            changed_by: PersonId::default(),
            place,
            body,
        }
    }

    /// The feature of the item's kind, when this program knows that version.
    pub fn feature(&self) -> Option<&'static dyn Feature> {
        by_number(self.kind.number).filter(|feature| feature.version() == self.kind.version)
    }

    /// Title and fields, when they are known.
    pub fn title(&self) -> String {
        match &self.body {
            Body::Record(record) => self.feature().map_or_else(String::new, |feature| {
                feature.title(&Content::Record(record.clone()))
            }),
            Body::Document { shown, .. } => shown
                .as_ref()
                .map_or_else(String::new, |shown| shown.title.clone()),
        }
    }

    /// The fields of the row.
    pub fn fields(&self) -> serde_json::Map<String, serde_json::Value> {
        match &self.body {
            Body::Record(record) => self.feature().map_or_else(serde_json::Map::new, |feature| {
                feature.fields(&Content::Record(record.clone()))
            }),
            Body::Document {
                shown: Some(shown), ..
            } => {
                match serde_json::from_str(&shown.fields) {
                    Ok(serde_json::Value::Object(fields)) => fields,
                    // Written by `Shown::of` as an object; an older row is made anew on rebuild.
                    _ => serde_json::Map::new(),
                }
            }
            Body::Document { shown: None, .. } => serde_json::Map::new(),
        }
    }

    /// Whether a document's entries are not all in what is shown.
    pub fn is_stale(&self) -> bool {
        matches!(self.body, Body::Document { shown: None, .. })
    }

    pub fn record(&self) -> Option<&Record> {
        match &self.body {
            Body::Record(record) => Some(record),
            Body::Document { .. } => None,
        }
    }
}

/// The order of an entry.
pub(crate) fn order(lamport: u64, entry: EntryId) -> Order {
    Order { lamport, entry }
}
