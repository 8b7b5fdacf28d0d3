//! What signed entries give, worked out by the same code as at a site, from the entries alone.

use bocage_crdt::document::Genesis;
use bocage_crdt::features::{Feature, Payload, by_number};
use bocage_crdt::record::Record;
use bocage_protocol::entry::{Entry, EntryKind};

pub(super) use crate::hub::replayed as document;

/// The entry that made the item, as it says itself.
pub(super) fn making(entries: &[Entry]) -> Option<&Entry> {
    let made = entries.iter().filter(|it| it.header.creation.is_some());
    made.min_by_key(|it| (it.header.lamport, it.id))
}

/// The entry of the last change.
pub(super) fn last(entries: &[Entry]) -> Option<&Entry> {
    entries.iter().max_by_key(|it| (it.header.lamport, it.id))
}

/// The kind that the making entry names, when this program knows it.
pub(super) fn feature(made: &Entry) -> Option<&'static dyn Feature> {
    let kind = made.header.creation?.kind;
    by_number(kind.number).filter(|feature| feature.version() == kind.version)
}

/// The genesis of a kind that is a document.
pub(super) fn genesis(feature: &dyn Feature) -> Option<Genesis> {
    match feature.payload() {
        Payload::Document(genesis) => Some(*genesis),
        Payload::Record => None,
    }
}

/// The versions of a record that stand, the one shown last. `None` when one is no record of its
/// kind, or is replaced by another that is here too.
pub(super) fn versions<'a>(
    feature: &dyn Feature,
    entries: &'a [Entry],
) -> Option<Vec<(&'a Entry, Record)>> {
    let mut versions = Vec::new();
    for entry in entries {
        let Some(payload) = &entry.payload else {
            continue;
        };
        let record = Record::decode(payload).ok()?;
        if entry.header.kind != EntryKind::Record || feature.check_record(&record).is_err() {
            return None;
        }
        versions.push((entry, record));
    }
    versions.sort_by_key(|(entry, _)| (entry.header.lamport, entry.id));
    let replaced = |id| {
        let mut lists = versions.iter().filter_map(|(_, it)| it.replaces().ok()?);
        lists.any(|list| list.contains(id))
    };
    // One that does not say what it replaces, replaces all below it.
    let whole = |(_, it): &(&Entry, Record)| matches!(it.replaces(), Ok(None));
    let floor = versions.iter().rposition(whole).unwrap_or(0);
    if floor > 0 || versions.iter().any(|(entry, _)| replaced(&entry.id)) {
        return None;
    }
    Some(versions)
}
