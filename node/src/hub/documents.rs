//! Open documents: the gate before every change, the live lane to other tabs and sites, and the
//! entries into which changes are logged within a second.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bocage_crdt::document::Document;
use bocage_crdt::features::{Changer, DocumentContent, Payload};
use bocage_crdt::gate::{self, ActorExpectation, Verdict};
use bocage_crdt::ids::{ActorId, ChangeHash, ItemId, PersonId, SpaceId};
use bocage_protocol::entry::{ActorOrigin, ChangesPayload, Creation, Entry};
use bocage_protocol::rights::Role;

use super::Hub;
use super::doubles::FORKED;
use super::item::{Body, Shown};
use super::listing::Waiting;
use super::refusals::{Counted, Refused};
use super::snapshots::SNAPSHOT_CHANGES;
use super::trying::Odd;
use crate::api::{ApiError, ErrorCode, Language};
use crate::store::{LiveRow, StoreError};
use crate::web::site::AttachmentId;

/// How long changes are gathered before they are signed into an entry.
pub(super) const LOG_AFTER_MS: u64 = 800;
/// How often a document being written changes its row in lists.
pub(super) const ROW_EVERY_MS: u64 = 500;
/// Bytes of changes after which an entry is made at once: half of what an entry holds.
pub(super) const LOG_BYTES: usize = 100 << 10;
/// Documents kept in memory after their last tab closed, for the next reader.
const IDLE_DOCUMENTS_MAX: usize = 32;

/// A tab that has the document open.
pub(crate) struct Tab {
    pub person: PersonId,
    pub language: Language,
    pub origin: ActorOrigin,
    pub anchor: Option<String>,
    pub head: Option<String>,
    pub refused: bool,
    /// What it sent since an odd change that is being tried.
    pub waiting: Option<super::typed::Waiting>,
}

/// A change that no entry here holds yet.
pub(super) struct Unlogged {
    pub number: u64,
    pub row: LiveRow,
    pub hash: ChangeHash,
    pub parents: Vec<ChangeHash>,
    pub since_ms: u64,
}

/// A document in memory.
pub(crate) struct OpenDocument {
    pub space: SpaceId,
    pub document: Document,
    pub tabs: BTreeMap<AttachmentId, Tab>,
    pub own: Vec<Unlogged>,
    pub foreign: BTreeMap<ChangeHash, Unlogged>,
    /// Live changes whose parents are not here yet.
    pub early: Vec<(Option<u64>, LiveRow)>,
    /// Changes of entries that rest on entries still on their way.
    pub unready: Vec<Claimed>,
    /// Changes that others say were typed in a tab that is open here, and that it never sent.
    pub claimed: Vec<Claimed>,
    /// When what waits for a foreign entry is tried again.
    pub retry_ms: Option<u64>,
    pub logged: BTreeSet<ChangeHash>,
    pub row_due_ms: Option<u64>,
    pub used_ms: u64,
}

/// A document with the hashes of its logged changes, and changes whose parents are not here.
pub(super) type ReadDocument = (Document, BTreeSet<ChangeHash>, Vec<Claimed>);

/// All open documents.
#[derive(Default)]
pub(crate) struct Documents {
    pub open: BTreeMap<ItemId, OpenDocument>,
    /// Live rows of documents that nobody has open here.
    pub sleeping: BTreeMap<ItemId, Vec<(u64, LiveRow)>>,
    pub sleeping_count: usize,
    pub next_live: u64,
    pub(super) refused: Counted,
    /// Lists that wait until documents are read.
    pub lists: VecDeque<Waiting>,
}

impl Documents {
    pub(super) fn get(&self, item: &ItemId) -> Option<&OpenDocument> {
        self.open.get(item)
    }

    pub(super) fn has_open(&self, space: &SpaceId) -> bool {
        self.open
            .values()
            .any(|open| open.space == *space && !open.is_idle())
    }

    pub(super) fn of_space(&self, space: &SpaceId) -> Vec<ItemId> {
        let open = self.open.iter().filter(|(_, open)| open.space == *space);
        open.map(|(item, _)| *item).collect()
    }

    pub(super) fn tab_mut(&mut self, item: &ItemId, tab: AttachmentId) -> Option<&mut Tab> {
        self.open.get_mut(item)?.tabs.get_mut(&tab)
    }

    pub(super) fn with_tabs(&self) -> Vec<ItemId> {
        let open = self.open.iter().filter(|(_, open)| !open.tabs.is_empty());
        open.map(|(item, _)| *item).collect()
    }

    pub(super) fn tabs_of(&self, attachment: AttachmentId) -> Vec<ItemId> {
        let open = self
            .open
            .iter()
            .filter(|(_, open)| open.tabs.contains_key(&attachment));
        open.map(|(item, _)| *item).collect()
    }

    /// When something falls due: an entry to make or a row to tell.
    pub(super) fn next_due_ms(&self) -> Option<u64> {
        let due = |open: &OpenDocument| {
            let first = open.own.first().map(|first| first.since_ms + LOG_AFTER_MS);
            let log = first.map(|due| due.max(open.retry_ms.unwrap_or(0)));
            [log, open.row_due_ms].into_iter().flatten().min()
        };
        let lists = (!self.lists.is_empty()).then_some(0);
        self.open.values().filter_map(due).chain(lists).min()
    }

    pub(super) fn next_number(&mut self) -> u64 {
        self.next_live += 1;
        self.next_live
    }
}

impl OpenDocument {
    fn is_idle(&self) -> bool {
        self.tabs.is_empty() && self.own.is_empty() && self.row_due_ms.is_none()
    }
}

/// Changes of an entry with the actors that may have made them.
pub(super) fn entry_changes(entry: &Entry) -> Option<Vec<(Vec<u8>, ActorExpectation)>> {
    let header = &entry.header;
    let payload = ChangesPayload::decode(entry.payload.as_deref()?)?;
    if payload.carried.len() != header.carried.len() {
        return None;
    }
    let own = ActorExpectation {
        actor: header.actor()?,
    };
    let carried = header.carried.iter().map(|carried| ActorExpectation {
        actor: ActorId::of(&carried.origin.site, &carried.author, &carried.origin.nonce),
    });
    // Carried changes first: the own ones rest on them.
    let mut changes: Vec<_> = payload.carried.into_iter().zip(carried).collect();
    changes.extend(payload.own.into_iter().map(|change| (change, own)));
    Some(changes)
}

/// A change's bytes, and who must have made it.
pub(super) type Claimed = (Vec<u8>, ActorExpectation);

/// Admits changes in any order; what rests on missing parents is given back. Refused changes are
/// named, odd ones without a trial wait too. Returns the bytes that were new. Nothing is settled:
/// one step for each change of a long page would cost the square of its length.
pub(super) fn admit_all(
    document: &mut Document,
    mut changes: Vec<Claimed>,
    refused: &mut Vec<Refused>,
    mut odd: Option<&mut Odd<'_>>,
) -> (Vec<Vec<u8>>, Vec<Claimed>) {
    let mut new = Vec::new();
    loop {
        let mut waiting = Vec::new();
        let before = new.len();
        for (bytes, expected) in changes {
            match gate::check(&bytes, &expected, document) {
                Verdict::Accepted(checked)
                    if odd.as_mut().is_some_and(|odd| odd.keeps_out(&checked)) =>
                {
                    waiting.push((bytes, expected));
                }
                Verdict::Accepted(checked) => {
                    let applied = document.admit(vec![checked]);
                    if !applied.applied.is_empty() {
                        new.push(bytes);
                    } else if !applied.forked.is_empty() {
                        refused.push(Refused::passed(FORKED, &bytes));
                    } else if !applied.broken.is_empty() {
                        refused.push(Refused::passed("change-broken", &bytes));
                    }
                }
                Verdict::Pending(_) => waiting.push((bytes, expected)),
                Verdict::Refused(refusal) => {
                    refused.push(Refused::claimed(refusal.name(), &bytes, &expected));
                }
            }
        }
        if waiting.is_empty() || new.len() == before {
            return (new, waiting);
        }
        changes = waiting;
    }
}

impl Hub {
    /// Live rows found at the start: own ones are logged at once, others wait for their entry.
    pub(crate) fn load_live(&mut self, rows: Vec<(u64, LiveRow)>) -> Result<(), StoreError> {
        let mut own = BTreeSet::new();
        for (number, row) in rows {
            self.documents.next_live = self.documents.next_live.max(number);
            if row.origin.site == self.me.node {
                own.insert((row.space, row.item));
            }
            self.documents.sleeping_count += 1;
            self.documents
                .sleeping
                .entry(row.item)
                .or_default()
                .push((number, row));
        }
        for (space, item) in own {
            if self.open_document(&space, &item).is_ok() {
                self.log_document(&item, u64::MAX);
            }
        }
        Ok(())
    }

    /// The document as its entries tell it, without live changes.
    pub(super) fn read_document(
        &mut self,
        space: &SpaceId,
        item: &ItemId,
    ) -> Result<ReadDocument, ApiError> {
        let loaded = self.space(space)?;
        let row = loaded.items.get(item).ok_or_else(|| loaded.missing(item))?;
        let Some(Payload::Document(genesis)) = row.feature().map(|feature| feature.payload())
        else {
            return Err(ApiError::not_found());
        };
        let Body::Document { entries, .. } = &row.body else {
            return Err(ApiError::not_found());
        };
        let (entries, genesis) = (entries.clone(), *genesis);
        let begun = self.begun(space, item, genesis, entries.clone());
        let (mut document, rest) = begun.map_err(|error| self.cannot_read(error))?;
        let mut logged = document.change_hashes();
        let mut changes = Vec::new();
        let mut claimed = Vec::new();
        let typed = self.sleeping_actors(space, item);
        let mut own = BTreeSet::new();
        for place in rest {
            // What is not durable yet waits in this turn's or an earlier batch, also where the disk
            // has the entry without its payload.
            let found = match self.stored_entry(place) {
                Ok(found) => found,
                Err(error) => return Err(self.cannot_read(error)),
            };
            if let Some(entry) = found {
                let origin = entry.header.origin;
                if origin.is_some_and(|origin| origin.site == self.me.node) {
                    own.extend(entry.header.actor());
                }
                let all = entry_changes(&entry).unwrap_or_default();
                let is_own = self.is_log_of(&self.me.node, space, &entry.header.log);
                let (kept, rest): (Vec<_>, Vec<_>) = { all.into_iter() }
                    .partition(|(_, expected)| !is_own && typed.contains(&expected.actor));
                claimed.extend(kept);
                changes.extend(rest);
            }
        }
        let mut refused = Vec::new();
        let mut odd = Odd::new(&self.trying.said, own);
        let (new, mut unready) = admit_all(&mut document, changes, &mut refused, Some(&mut odd));
        let odd = odd.into_trial(&mut document);
        if refused.iter().any(|refused| refused.reason == FORKED) {
            return self.read_without_doubles(space, item, genesis, &entries);
        }
        unready.extend(claimed);
        logged.extend(new.iter().filter_map(|bytes| change_hash(bytes)));
        for broken in document.settle() {
            logged.remove(&broken.hash());
            refused.push(Refused::hashed("change-broken", &broken.hash()));
        }
        if new.len() >= SNAPSHOT_CHANGES && refused.is_empty() && unready.is_empty() {
            self.keep_snapshot(space, item, &mut document, &entries);
        }
        self.count_refused_changes(item, refused);
        self.left_out(space, item, odd, &unready);
        Ok((document, logged, unready))
    }

    pub(super) fn cannot_read(&mut self, error: StoreError) -> ApiError {
        tracing::error!("{error}");
        self.failed = Some(error);
        ApiError::new(ErrorCode::Busy)
    }

    /// Opens a document, or finds it open.
    pub(crate) fn open_document(&mut self, space: &SpaceId, item: &ItemId) -> Result<(), ApiError> {
        let now = self.clock.now_ms();
        if let Some(open) = self.documents.open.get_mut(item) {
            if open.space != *space {
                // An item's id is no key to it: what counts is the space one may read.
                return Err(ApiError::not_found());
            }
            open.used_ms = now;
            return Ok(());
        }
        let (document, logged, unready) = self.read_document(space, item)?;
        let open = OpenDocument {
            space: *space,
            document,
            tabs: BTreeMap::new(),
            own: Vec::new(),
            foreign: BTreeMap::new(),
            early: Vec::new(),
            unready,
            claimed: Vec::new(),
            retry_ms: None,
            logged,
            row_due_ms: None,
            used_ms: now,
        };
        self.documents.open.insert(*item, open);
        let rows = self.documents.sleeping.remove(item).unwrap_or_default();
        self.documents.sleeping_count -= rows.len();
        for (number, row) in rows {
            self.live_change(Some(number), row);
        }
        Ok(())
    }

    /// The role that changing an item of this kind needs.
    pub(crate) fn role_to_change(
        &self,
        space: &SpaceId,
        item: &ItemId,
        person: &PersonId,
    ) -> Option<Role> {
        let row = self.spaces.get(space)?.items.get(item)?;
        let policy = row.feature()?.policy();
        Some(match policy.change {
            Changer::Contributor => Role::CONTRIBUTOR,
            Changer::Creator if row.creator == *person => super::space::role_for(policy.create),
            Changer::Creator | Changer::Manager => Role::MANAGER,
        })
    }

    pub(super) fn close_idle_documents(&mut self) {
        while self.documents.open.len() > IDLE_DOCUMENTS_MAX {
            let idle = self
                .documents
                .open
                .iter()
                .filter(|(_, open)| open.is_idle());
            let Some(item) = idle
                .min_by_key(|(_, open)| open.used_ms)
                .map(|(item, _)| *item)
            else {
                return;
            };
            self.put_to_sleep(&item);
        }
    }

    /// Forgets an open document; live changes without an entry wait on disk, in their order.
    pub(super) fn put_to_sleep(&mut self, item: &ItemId) {
        let Some(open) = self.documents.open.remove(item) else {
            return;
        };
        let live = open.foreign.into_values().chain(open.own);
        let early = open.early.into_iter();
        let mut rows: Vec<(u64, LiveRow)> = live
            .map(|live| (live.number, live.row))
            .chain(early.filter_map(|(stored, row)| Some((stored?, row))))
            .collect();
        rows.sort_by_key(|(number, _)| *number);
        if !rows.is_empty() {
            self.documents.sleeping_count += rows.len();
            self.documents
                .sleeping
                .entry(*item)
                .or_default()
                .extend(rows);
            // What a list shows must not include what no entry holds.
            let row = self.spaces.get_mut(&open.space);
            if let Some(row) = row.and_then(|space| space.items.get_mut(item))
                && let Body::Document { shown, .. } = &mut row.body
            {
                *shown = None;
            }
        }
    }

    /// What an open document says, with everything admitted so far. A change on which automerge
    /// fails although the gate let it pass is an alarm: the item stays at its last good state.
    pub(crate) fn settled(&mut self, item: &ItemId) -> Option<DocumentContent> {
        let open = self.documents.open.get_mut(item)?;
        let broken = open.document.settle().len();
        let content = DocumentContent::of(&open.document);
        for _ in 0..broken {
            tracing::error!("a change of {item:?} broke its document and was left out");
            self.count_refused("change-broken");
        }
        Some(content)
    }

    /// Works out what a list shows of a document.
    pub(crate) fn show(&mut self, space: &SpaceId, item: &ItemId) {
        let Some(row) = self
            .spaces
            .get(space)
            .and_then(|space| space.items.get(item))
        else {
            return;
        };
        if !row.is_stale() {
            return;
        }
        let Some(feature) = row.feature() else { return };
        let content = match self.documents.open.get(item) {
            Some(_) => match self.settled(item) {
                Some(content) => content,
                None => return,
            },
            None => match self.read_document(space, item) {
                Ok((document, _, _)) => DocumentContent::of(&document),
                Err(_) => return,
            },
        };
        let shown_now = Shown::of(feature, content);
        let Some(loaded) = self.spaces.get_mut(space) else {
            return;
        };
        if let Some(row) = loaded.items.get_mut(item)
            && let Body::Document { shown, .. } = &mut row.body
        {
            *shown = Some(Box::new(shown_now));
            loaded.dirty.insert(*item);
        }
    }

    /// Works out stale rows of a space, at most `most`.
    pub(crate) fn show_stale(&mut self, space: &SpaceId, most: usize) {
        let Some(loaded) = self.spaces.get(space) else {
            return;
        };
        let stale: Vec<ItemId> = loaded
            .items
            .iter()
            .filter(|(_, item)| item.is_stale())
            .map(|(id, _)| *id)
            .take(most)
            .collect();
        for item in stale {
            self.show(space, &item);
        }
    }

    /// A change that the site makes for a command: the bytes, logged by the caller.
    pub(crate) fn creation_of(kind: u16, parent: ItemId) -> Option<Creation> {
        let feature = bocage_crdt::features::by_number(kind)?;
        Some(Creation {
            kind: bocage_protocol::entry::ItemKind {
                number: kind,
                version: feature.version(),
            },
            parent,
        })
    }
}

/// The hash of a change chunk, from its bytes: automerge's SHA-256 is in the chunk's checksum only
/// in part, so the change is parsed.
pub(crate) fn change_hash(bytes: &[u8]) -> Option<ChangeHash> {
    gate::hash_of(bytes)
}
