//! The signed entries that the rows of an archive come from.

use std::collections::BTreeSet;

use bocage_crdt::features::DocumentContent;
use bocage_crdt::ids::{EntryId, ItemId, NodeId, PersonId, SpaceId};
use bocage_protocol::entry::Entry;

use super::Hub;
use super::item::{Body, Item};
use super::rows::kind;
use crate::api::ApiError;
use crate::api::rows::{Member, SpaceRow};
use crate::store::{EntryPlace, LogNumber, OTHER_BRANCHES};

/// Bytes of a log looked through in one piece.
const LOOKED_THROUGH_BYTES: usize = 1 << 20;

/// An entry that something in the archive comes from, and the site that keeps its log.
#[derive(Debug, Clone)]
pub(crate) struct Sourced {
    pub entry: Entry,
    pub node: NodeId,
}

/// What one item comes from.
#[derive(Debug, Clone)]
pub(crate) struct Sources {
    /// The entry that made it: among `entries` unless the item was changed since.
    pub made: EntryId,
    /// What stands: of a page all its entries, of a record each version.
    pub entries: Vec<Sourced>,
}

/// The space itself, with what its settings come from.
pub(crate) struct SpaceWritten {
    pub row: SpaceRow,
    pub content: DocumentContent,
    pub sources: Sources,
}

/// Members, and where the decisions lie that made them.
pub(crate) struct Decided {
    pub members: Vec<Member>,
    pub places: Vec<EntryPlace>,
}

/// Where a search through logs goes on.
pub(crate) type Cursor = (LogNumber, u64);
/// What a stretch of logs held of what was wanted, and where the next begins.
pub(crate) type Stretch = (Vec<(EntryId, EntryPlace)>, Option<Cursor>);

/// The entries of a row that stand. Versions that were taken back are not brought back this way.
fn standing(item: &Item) -> Vec<EntryPlace> {
    match &item.body {
        Body::Document { entries, .. } => entries.clone(),
        Body::Record(shown) => {
            let others = item.others().iter().rev();
            let others =
                others.filter(|it| !shown.flag("withdrawn") && !it.record.flag("withdrawn"));
            std::iter::once(item.place)
                .chain(others.map(|it| it.place))
                .collect()
        }
    }
}

impl Hub {
    fn read_sources(&mut self, item: &Item) -> Result<Sources, ApiError> {
        let made = item.created.entry;
        let entries = self.archive_entries(&standing(item))?;
        Ok(Sources { made, entries })
    }

    /// What an item of a loaded space comes from; `None` when it is gone.
    pub(super) fn sources(
        &mut self,
        space: &SpaceId,
        item: &ItemId,
    ) -> Result<Option<Sources>, ApiError> {
        let row = self.spaces.get(space).and_then(|it| it.items.get(item));
        let Some(row) = row.cloned() else {
            return Ok(None);
        };
        self.read_sources(&row).map(Some)
    }

    /// What an item and each thanks for it come from.
    pub(crate) fn sources_of(
        &mut self,
        space: &SpaceId,
        item: &ItemId,
    ) -> Result<Vec<Sources>, ApiError> {
        let loaded = self.space(space)?;
        let thanks = loaded.children(*item, kind("thanks"));
        let rows = std::iter::once(*item).chain(thanks.map(|(_, id)| id));
        let rows = rows.filter_map(|id| loaded.items.get(&id));
        let rows = rows.filter(|it| it.record().is_none_or(|it| !it.flag("withdrawn")));
        let rows: Vec<Item> = rows.map(|row| (**row).clone()).collect();
        rows.iter().map(|row| self.read_sources(row)).collect()
    }

    /// Stored entries, with the sites that keep them.
    pub(crate) fn archive_entries(
        &mut self,
        places: &[EntryPlace],
    ) -> Result<Vec<Sourced>, ApiError> {
        let mut found = Vec::with_capacity(places.len());
        for place in places {
            let stored = self.stored_entry(*place);
            let entry = stored.map_err(|error| self.cannot_read(error))?;
            // What is in a row was stored; gone since, it is erased, and the archive begins anew.
            let entry = entry.ok_or_else(ApiError::busy)?;
            let node = self.catalog.writer_of(place.log & !OTHER_BRANCHES).node;
            found.push(Sourced { entry, node });
        }
        Ok(found)
    }

    /// The space's own row, as its entries tell it.
    pub(crate) fn archive_space(&mut self, space: &SpaceId) -> Result<SpaceWritten, ApiError> {
        let row = self.space_row(space, &PersonId::default());
        let row = row.ok_or_else(ApiError::not_found)?;
        let root = ItemId::root(space);
        let (mut document, _, _) = self.read_document(space, &root)?;
        document.settle();
        let sources = self.sources(space, &root)?;
        Ok(SpaceWritten {
            row,
            content: DocumentContent::of(&document),
            sources: sources.ok_or_else(ApiError::not_found)?,
        })
    }

    /// Members, and every decision about rights, at one moment.
    pub(crate) fn archive_rights(&mut self, space: &SpaceId) -> Result<Decided, ApiError> {
        let members = self.member_rows(space)?;
        let places = self.space(space)?.rights_places.iter().copied().collect();
        Ok(Decided { members, places })
    }

    /// Looks through a stretch of the logs for entries by their ids.
    pub(crate) fn archive_find(
        &mut self,
        space: &SpaceId,
        wanted: &BTreeSet<EntryId>,
        from: Option<Cursor>,
    ) -> Result<Stretch, ApiError> {
        let logs = self.catalog.logs_of(space).iter().map(|known| known.number);
        let logs: BTreeSet<LogNumber> = logs.flat_map(|log| [log, log | OTHER_BRANCHES]).collect();
        let first = logs.first().map(|log| (*log, 0));
        let Some((log, from)) = from.or(first) else {
            return Ok((Vec::new(), None));
        };
        let mut found = Vec::new();
        let (mut bytes, mut last) = (0, 0);
        let scanned = self.log_store.scan_stored(log, from, |seq, entry| {
            bytes += entry.bytes.len() + entry.payload.as_ref().map_or(0, Vec::len);
            if wanted.contains(&entry.id) {
                found.push((entry.id, EntryPlace { log, seq }));
            }
            last = seq;
            bytes < LOOKED_THROUGH_BYTES
        });
        scanned.map_err(|error| self.cannot_read(error))?;
        let next = match bytes < LOOKED_THROUGH_BYTES {
            true => logs.range(log + 1..).next().map(|log| (*log, 0)),
            false => Some((log, last + 1)),
        };
        Ok((found, next))
    }
}
