//! Items of a space as its views hold them: light rows, bodies only where a list shows them.

use std::collections::{BTreeMap, BTreeSet};

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
    /// Of a record that was changed by one which says what it replaces.
    pub versions: Option<Box<Versions>>,
}

/// The versions of a record beside the one shown. Boxed: few items have any.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Versions {
    /// Those that no known version replaces, in the shown order.
    pub others: Vec<Version>,
    /// Entries that known versions replace.
    pub replaced: BTreeSet<EntryId>,
    /// The highest version that does not say what it replaces, and replaces all below it.
    pub floor: Order,
}

/// One version of a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Version {
    pub at: Order,
    pub ms: u64,
    pub by: PersonId,
    pub place: EntryPlace,
    pub record: Record,
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
    pub(crate) fn of(feature: &dyn Feature, content: DocumentContent) -> Self {
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
    pub(crate) fn new(creation: &Creation, created: Order, place: EntryPlace, body: Body) -> Self {
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
            versions: None,
        }
    }

    /// Takes a version of a record in; the same set gives the same versions in whatever order they
    /// come. `false` when nothing shown changed.
    pub(crate) fn take_version(&mut self, version: Version) -> bool {
        let Body::Record(shown) = &self.body else {
            return false;
        };
        let shown = Version {
            at: self.changed,
            ms: self.changed_ms,
            by: self.changed_by,
            place: self.place,
            record: shown.clone(),
        };
        let replaces = version.record.replaces().unwrap_or(None);
        if replaces.is_none() && self.versions.is_none() {
            // Nothing was ever concurrent: the highest is all there is.
            let newer = version.at > shown.at;
            if newer {
                self.show(version);
            }
            return newer;
        }
        let new = version.at;
        let mut state = self.versions.take().unwrap_or_else(|| {
            Box::new(Versions {
                others: Vec::new(),
                replaced: BTreeSet::new(),
                floor: shown.at,
            })
        });
        let before = (shown.at, state.others.len());
        match replaces {
            Some(entries) => state.replaced.extend(entries),
            None => state.floor = state.floor.max(new),
        }
        let known = new == shown.at || state.others.iter().any(|other| other.at == new);
        let mut all = std::mem::take(&mut state.others);
        all.push(shown.clone());
        if !known {
            all.push(version);
        }
        let replaced = &state.replaced;
        all.retain(|one| one.at >= state.floor && !replaced.contains(&one.at.entry));
        all.sort_by_key(|one| one.at);
        // Entries cannot name each other in a circle: somewhere is one that nobody replaces.
        let top = all.pop().unwrap_or(shown);
        self.show(top);
        state.others = all;
        let listed = state.others.iter().any(|one| one.at == new);
        let changed = (self.changed, state.others.len()) != before || listed;
        self.versions = Some(state);
        changed
    }

    fn show(&mut self, version: Version) {
        (self.changed, self.changed_ms, self.changed_by) = (version.at, version.ms, version.by);
        self.place = version.place;
        self.body = Body::Record(version.record);
    }

    /// Versions that no known one replaces, beside the one shown.
    pub(crate) fn others(&self) -> &[Version] {
        self.versions.as_ref().map_or(&[], |state| &state.others)
    }

    /// Every version of a record that stands, by entry: what the next one replaces.
    pub(crate) fn standing(&self) -> Vec<EntryId> {
        let others = self.others().iter().map(|one| one.at.entry);
        others.chain([self.changed.entry]).collect()
    }

    /// The feature of the item's kind, when this program knows that version.
    pub(crate) fn feature(&self) -> Option<&'static dyn Feature> {
        by_number(self.kind.number).filter(|feature| feature.version() == self.kind.version)
    }

    /// Title and fields, when they are known.
    pub(crate) fn title(&self) -> String {
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
    pub(crate) fn fields(&self) -> serde_json::Map<String, serde_json::Value> {
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
    pub(crate) fn is_stale(&self) -> bool {
        matches!(self.body, Body::Document { shown: None, .. })
    }

    /// After judging anew: what the same entries say is known already.
    pub(crate) fn keep_shown(&mut self, before: &Self) {
        if let Body::Document { entries, shown } = &mut self.body
            && let Body::Document {
                entries: same,
                shown: known,
            } = &before.body
        {
            let sorted = |entries: &[EntryPlace]| {
                let mut entries = entries.to_vec();
                entries.sort_unstable();
                entries
            };
            if shown.is_none() && sorted(entries) == sorted(same) {
                shown.clone_from(known);
            }
        }
    }

    pub(crate) fn record(&self) -> Option<&Record> {
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

#[cfg(test)]
mod tests;
