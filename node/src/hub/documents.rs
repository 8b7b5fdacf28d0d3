//! Open documents: the gate before every change, the live lane to other tabs and sites, and the
//! entries into which changes are logged within a second.

use std::collections::{BTreeMap, BTreeSet};

use bocage_crdt::document::Document;
use bocage_crdt::features::{Changer, DocumentContent, Payload};
use bocage_crdt::gate::{self, ActorExpectation, Verdict};
use bocage_crdt::ids::{ActorId, ActorNonce, ChangeHash, CommandId, ItemId, PersonId, SpaceId};
use bocage_protocol::entry::{ActorOrigin, Carried, ChangesPayload, Creation, Entry, EntryKind};
use bocage_protocol::limits::{
    CARRIED_PER_ENTRY_MAX, CHANGES_PER_ENTRY_MAX, LIVE_ENTRY_WAIT, LIVE_PENDING_MAX,
};
use bocage_protocol::machine::LiveChanges;
use bocage_protocol::rights::Role;

use super::item::{Body, Shown};
use super::writing::{Draft, DraftContent};
use super::{After, Hub};
use crate::api::live::{Base64, SiteMessage};
use crate::api::{ApiError, ErrorCode, Language};
use crate::store::{LiveRow, StoreError, StoreWrite};
use crate::web::site::AttachmentId;

/// How long changes are gathered before they are signed into an entry.
const LOG_AFTER_MS: u64 = 800;
/// How often a document being written changes its row in lists.
const ROW_EVERY_MS: u64 = 500;
/// Bytes of changes after which an entry is made at once: half of what an entry holds.
const LOG_BYTES: usize = 100 << 10;
/// Documents kept in memory after their last tab closed, for the next reader.
const IDLE_DOCUMENTS_MAX: usize = 32;

/// A tab that has the document open.
pub(crate) struct Tab {
    pub person: PersonId,
    pub language: Language,
    pub origin: ActorOrigin,
    pub anchor: Option<String>,
    pub head: Option<String>,
    refused: bool,
}

/// A change that no entry here holds yet.
struct Unlogged {
    number: u64,
    row: LiveRow,
    hash: ChangeHash,
    parents: Vec<ChangeHash>,
    since_ms: u64,
}

/// A document in memory.
pub(crate) struct OpenDocument {
    pub space: SpaceId,
    pub document: Document,
    pub tabs: BTreeMap<AttachmentId, Tab>,
    own: Vec<Unlogged>,
    foreign: BTreeMap<ChangeHash, Unlogged>,
    /// Live changes whose parents are not here yet.
    early: Vec<LiveRow>,
    logged: BTreeSet<ChangeHash>,
    row_due_ms: Option<u64>,
    used_ms: u64,
}

/// All open documents.
#[derive(Default)]
pub(crate) struct Documents {
    open: BTreeMap<ItemId, OpenDocument>,
    /// Live rows of documents that nobody has open here.
    sleeping: BTreeMap<ItemId, Vec<(u64, LiveRow)>>,
    sleeping_count: usize,
    next_live: u64,
}

impl Documents {
    pub fn get(&self, item: &ItemId) -> Option<&OpenDocument> {
        self.open.get(item)
    }

    pub fn has_open(&self, space: &SpaceId) -> bool {
        self.open
            .values()
            .any(|open| open.space == *space && !open.is_idle())
    }

    pub fn tab_mut(&mut self, item: &ItemId, tab: AttachmentId) -> Option<&mut Tab> {
        self.open.get_mut(item)?.tabs.get_mut(&tab)
    }

    pub fn with_tabs(&self) -> Vec<ItemId> {
        let open = self.open.iter().filter(|(_, open)| !open.tabs.is_empty());
        open.map(|(item, _)| *item).collect()
    }

    pub fn tabs_of(&self, attachment: AttachmentId) -> Vec<ItemId> {
        let open = self
            .open
            .iter()
            .filter(|(_, open)| open.tabs.contains_key(&attachment));
        open.map(|(item, _)| *item).collect()
    }

    /// When something falls due: an entry to make or a row to tell.
    pub fn next_due_ms(&self) -> Option<u64> {
        let due = |open: &OpenDocument| {
            let log = open.own.first().map(|first| first.since_ms + LOG_AFTER_MS);
            [log, open.row_due_ms].into_iter().flatten().min()
        };
        self.open.values().filter_map(due).min()
    }

    fn next_number(&mut self) -> u64 {
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
fn entry_changes(entry: &Entry) -> Option<Vec<(Vec<u8>, ActorExpectation)>> {
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

/// Applies changes in any order; what rests on missing parents is given back. Refused changes are
/// named. Returns the bytes that were new.
fn apply_all(
    document: &mut Document,
    mut changes: Vec<(Vec<u8>, ActorExpectation)>,
    refused: &mut Vec<&'static str>,
) -> (Vec<Vec<u8>>, Vec<(Vec<u8>, ActorExpectation)>) {
    let mut new = Vec::new();
    loop {
        let mut waiting = Vec::new();
        let before = new.len();
        for (bytes, expected) in changes {
            match gate::check(&bytes, &expected, document) {
                Verdict::Accepted(checked) => {
                    let applied = document.apply(vec![checked]);
                    if !applied.applied.is_empty() {
                        new.push(bytes);
                    } else if !applied.forked.is_empty() {
                        refused.push("change-forked");
                    } else if !applied.broken.is_empty() {
                        refused.push("change-broken");
                    }
                }
                Verdict::Pending(_) => waiting.push((bytes, expected)),
                Verdict::Refused(refusal) => refused.push(refusal.name()),
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
    fn read_document(
        &mut self,
        space: &SpaceId,
        item: &ItemId,
    ) -> Result<(Document, BTreeSet<ChangeHash>), ApiError> {
        let loaded = self.space(space)?;
        let row = loaded.items.get(item).ok_or_else(ApiError::not_found)?;
        let Some(Payload::Document(genesis)) = row.feature().map(|feature| feature.payload())
        else {
            return Err(ApiError::not_found());
        };
        let Body::Document { entries, .. } = &row.body else {
            return Err(ApiError::not_found());
        };
        let places = entries.clone();
        let mut document = Document::new(*item, *genesis);
        let mut changes = Vec::new();
        for place in places {
            match self.log_store.entry(place) {
                Ok(Some(entry)) => changes.extend(entry_changes(&entry).unwrap_or_default()),
                Ok(None) => {
                    // Not durable yet: it waits in this turn's or an earlier batch.
                    if let Some(entry) = self.unwritten(place) {
                        changes.extend(entry_changes(&entry).unwrap_or_default());
                    }
                }
                Err(error) => {
                    tracing::error!("{error}");
                    self.failed = Some(error);
                    return Err(ApiError::new(ErrorCode::Busy));
                }
            }
        }
        let mut refused = Vec::new();
        let (new, _) = apply_all(&mut document, changes, &mut refused);
        for reason in refused {
            self.count_refused(reason);
        }
        let logged = new.iter().filter_map(|bytes| change_hash(bytes)).collect();
        Ok((document, logged))
    }

    /// Opens a document, or finds it open.
    pub(crate) fn open_document(&mut self, space: &SpaceId, item: &ItemId) -> Result<(), ApiError> {
        let now = self.clock.now_ms();
        if let Some(open) = self.documents.open.get_mut(item) {
            open.used_ms = now;
            return Ok(());
        }
        let (document, logged) = self.read_document(space, item)?;
        let open = OpenDocument {
            space: *space,
            document,
            tabs: BTreeMap::new(),
            own: Vec::new(),
            foreign: BTreeMap::new(),
            early: Vec::new(),
            logged,
            row_due_ms: None,
            used_ms: now,
        };
        self.documents.open.insert(*item, open);
        let rows = self.documents.sleeping.remove(item).unwrap_or_default();
        self.documents.sleeping_count -= rows.len();
        for (number, row) in rows {
            self.live_change(number, row);
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

    /// A tab opens an item for writing.
    pub(crate) fn tab_opens(
        &mut self,
        tab: AttachmentId,
        person: PersonId,
        language: Language,
        space: SpaceId,
        item: ItemId,
        nonce: ActorNonce,
    ) -> Result<(), ApiError> {
        self.space(&space)?;
        if !self.may_read(&space, &person) {
            return Err(ApiError::not_found());
        }
        self.open_document(&space, &item)?;
        let origin = ActorOrigin {
            site: self.me.node,
            nonce,
        };
        let Some(open) = self.documents.open.get_mut(&item) else {
            return Ok(());
        };
        let saved = open.document.save();
        open.tabs.insert(
            tab,
            Tab {
                person,
                language,
                origin,
                anchor: None,
                head: None,
                refused: false,
            },
        );
        let message = SiteMessage::Doc {
            item,
            actor: ActorId::of(&origin.site, &person, &nonce),
            saved: Base64(saved),
            people: self.people_in(&item, Some(tab)),
        };
        self.browsers.say(tab, &message);
        self.tell_people(&item);
        Ok(())
    }

    /// A tab closes an item, or is gone.
    pub(crate) fn tab_closes(&mut self, tab: AttachmentId, item: &ItemId) {
        let Some(open) = self.documents.open.get_mut(item) else {
            return;
        };
        if open.tabs.remove(&tab).is_none() {
            return;
        }
        self.log_document(item, u64::MAX);
        self.tell_people(item);
        self.close_idle_documents();
    }

    fn close_idle_documents(&mut self) {
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

    /// Forgets an open document; live changes without an entry wait on disk.
    fn put_to_sleep(&mut self, item: &ItemId) {
        let Some(open) = self.documents.open.remove(item) else {
            return;
        };
        let rows: Vec<_> = open
            .foreign
            .into_values()
            .chain(open.own)
            .map(|live| (live.number, live.row))
            .collect();
        if !rows.is_empty() {
            self.documents.sleeping_count += rows.len();
            self.documents
                .sleeping
                .entry(*item)
                .or_default()
                .extend(rows);
        }
    }

    /// Changes typed in a tab.
    pub(crate) fn tab_edits(
        &mut self,
        tab: AttachmentId,
        item: ItemId,
        n: u64,
        changes: Vec<Base64>,
    ) {
        let result = self.try_tab_edits(tab, item, &changes);
        let Some(open) = self.documents.open.get_mut(&item) else {
            return;
        };
        let Some(entry) = open.tabs.get_mut(&tab) else {
            return;
        };
        match result {
            Ok(()) => self.after.push(After::TabSaved(tab, item, n)),
            // Later edits build on the refused one: one answer is enough.
            Err(_) if entry.refused => {}
            Err(error) => {
                entry.refused = true;
                let error = error.body(entry.language);
                self.browsers
                    .say(tab, &SiteMessage::Refused { item, n, error });
            }
        }
    }

    fn try_tab_edits(
        &mut self,
        tab: AttachmentId,
        item: ItemId,
        changes: &[Base64],
    ) -> Result<(), ApiError> {
        let open = self
            .documents
            .open
            .get(&item)
            .ok_or_else(ApiError::not_found)?;
        let space = open.space;
        let from = open.tabs.get(&tab).ok_or_else(ApiError::not_found)?;
        if from.refused {
            return Err(ApiError::new(ErrorCode::Conflict));
        }
        let (person, origin) = (from.person, from.origin);
        let needed = self
            .role_to_change(&space, &item, &person)
            .ok_or_else(ApiError::not_found)?;
        if !self.may(&space, &person, needed) {
            return Err(ApiError::forbidden());
        }
        let now_ms = self.clock.now_ms();
        let expected = ActorExpectation {
            actor: ActorId::of(&origin.site, &person, &origin.nonce),
        };
        let mut sent = Vec::with_capacity(changes.len());
        let mut failure = None;
        for change in changes {
            let number = self.documents.next_number();
            let Some(open) = self.documents.open.get_mut(&item) else {
                break;
            };
            match gate::check(&change.0, &expected, &open.document) {
                Verdict::Accepted(checked) => {
                    let hash = checked.hash();
                    let parents = checked.outline().parents.clone();
                    let applied = open.document.admit(vec![checked]);
                    if !applied.known.is_empty() {
                        continue;
                    }
                    if applied.applied.is_empty() {
                        failure = Some("change-not-applied");
                        break;
                    }
                    let row = LiveRow {
                        space,
                        item,
                        author: person,
                        origin,
                        change: change.0.clone(),
                    };
                    self.batch
                        .push(StoreWrite::Live(number, Box::new(row.clone())));
                    open.own.push(Unlogged {
                        number,
                        row,
                        hash,
                        parents,
                        since_ms: now_ms,
                    });
                    sent.push(change.clone());
                }
                Verdict::Pending(_) => {
                    failure = Some("change-without-parents");
                    break;
                }
                Verdict::Refused(refusal) => {
                    failure = Some(refusal.name());
                    break;
                }
            }
        }
        if !sent.is_empty() {
            self.edited(&item, Some(tab), &sent);
            let changes = sent.into_iter().map(|change| change.0).collect();
            let live = LiveChanges {
                space,
                item,
                author: person,
                origin,
                changes,
            };
            self.after.push(After::SendLive(live));
        }
        match failure {
            None => Ok(()),
            Some(reason) => {
                self.count_refused(reason);
                Err(ApiError::new(ErrorCode::Conflict))
            }
        }
    }

    /// New changes of a document: to the other tabs at once, to the lists soon.
    fn edited(&mut self, item: &ItemId, from: Option<AttachmentId>, changes: &[Base64]) {
        let now_ms = self.clock.now_ms();
        let Some(open) = self.documents.open.get_mut(item) else {
            return;
        };
        open.row_due_ms.get_or_insert(now_ms + ROW_EVERY_MS);
        open.used_ms = now_ms;
        let message = SiteMessage::Edit {
            item: *item,
            changes: changes.to_vec(),
        };
        let tabs = open.tabs.keys().copied().filter(|tab| Some(*tab) != from);
        self.browsers.say_all(tabs, &message);
    }

    /// Live changes that came from another site.
    pub(crate) fn live_came(&mut self, live: LiveChanges) {
        if self.spaces.get(&live.space).is_none() && self.space(&live.space).is_err() {
            return;
        }
        for change in live.changes {
            let row = LiveRow {
                space: live.space,
                item: live.item,
                author: live.author,
                origin: live.origin,
                change,
            };
            if self.documents.sleeping_count >= LIVE_PENDING_MAX {
                // Its entry comes within a second and holds the same change.
                self.count_refused("live-full");
                return;
            }
            let number = self.documents.next_number();
            self.batch
                .push(StoreWrite::Live(number, Box::new(row.clone())));
            if self.documents.open.contains_key(&row.item) {
                self.live_change(number, row);
            } else {
                self.documents.sleeping_count += 1;
                self.documents
                    .sleeping
                    .entry(row.item)
                    .or_default()
                    .push((number, row));
            }
        }
    }

    /// One live change for an open document.
    fn live_change(&mut self, number: u64, row: LiveRow) {
        let now_ms = self.clock.now_ms();
        let needed = self.role_to_change(&row.space, &row.item, &row.author);
        let allowed = needed.is_some_and(|needed| self.may(&row.space, &row.author, needed));
        let Some(open) = self.documents.open.get_mut(&row.item) else {
            return;
        };
        let actor = ActorId::of(&row.origin.site, &row.author, &row.origin.nonce);
        if !allowed {
            // Not judged here for good: its entry will be, with the rights it cites.
            self.batch.push(StoreWrite::LiveDone(number));
            return;
        }
        match gate::check(&row.change, &ActorExpectation { actor }, &open.document) {
            Verdict::Accepted(checked) => {
                let hash = checked.hash();
                let parents = checked.outline().parents.clone();
                let own = row.origin.site == self.me.node;
                let applied = open.document.admit(vec![checked]);
                if open.logged.contains(&hash)
                    || (applied.applied.is_empty() && applied.known.is_empty())
                {
                    self.batch.push(StoreWrite::LiveDone(number));
                    return;
                }
                let item = row.item;
                let change = Base64(row.change.clone());
                let unlogged = Unlogged {
                    number,
                    row,
                    hash,
                    parents,
                    since_ms: now_ms,
                };
                if own {
                    open.own.push(unlogged);
                } else {
                    open.foreign.insert(hash, unlogged);
                }
                if !applied.applied.is_empty() {
                    self.edited(&item, None, &[change]);
                }
                self.retry_early(&item);
            }
            Verdict::Pending(_) if open.early.len() < CHANGES_PER_ENTRY_MAX => {
                self.batch.push(StoreWrite::LiveDone(number));
                open.early.push(row);
            }
            Verdict::Pending(_) => {
                self.batch.push(StoreWrite::LiveDone(number));
                self.count_refused("live-too-early");
            }
            Verdict::Refused(refusal) => {
                self.batch.push(StoreWrite::LiveDone(number));
                self.count_refused(refusal.name());
            }
        }
    }

    fn retry_early(&mut self, item: &ItemId) {
        let Some(open) = self.documents.open.get_mut(item) else {
            return;
        };
        let early = std::mem::take(&mut open.early);
        for row in early {
            let number = self.documents.next_number();
            self.live_change(number, row);
        }
    }

    /// An entry with changes of this item counts now: bring an open document up.
    pub(crate) fn document_grew(&mut self, space: &SpaceId, item: &ItemId, entry: &Entry) {
        if entry.header.kind != EntryKind::Changes {
            return;
        }
        let Some(changes) = entry_changes(entry) else {
            return;
        };
        let hashes: BTreeSet<ChangeHash> = changes
            .iter()
            .filter_map(|(bytes, _)| change_hash(bytes))
            .collect();
        if let Some(rows) = self.documents.sleeping.get_mut(item) {
            let before = rows.len();
            rows.retain(|(number, row)| {
                let logged = change_hash(&row.change).is_some_and(|hash| hashes.contains(&hash));
                if logged {
                    self.batch.push(StoreWrite::LiveDone(*number));
                }
                !logged
            });
            self.documents.sleeping_count -= before - rows.len();
        }
        let Some(open) = self
            .documents
            .open
            .get_mut(item)
            .filter(|open| open.space == *space)
        else {
            return;
        };
        let mut refused = Vec::new();
        let (new, _) = apply_all(&mut open.document, changes, &mut refused);
        for hash in &hashes {
            if let Some(live) = open.foreign.remove(hash) {
                self.batch.push(StoreWrite::LiveDone(live.number));
            }
        }
        open.logged.extend(hashes);
        for reason in refused {
            self.count_refused(reason);
        }
        if !new.is_empty() {
            let new: Vec<Base64> = new.into_iter().map(Base64).collect();
            self.edited(item, None, &new);
            self.retry_early(item);
        }
    }

    pub(crate) fn documents_tick(&mut self, now_ms: u64) {
        let due: Vec<ItemId> = self
            .documents
            .open
            .iter()
            .filter(|(_, open)| {
                open.own
                    .first()
                    .is_some_and(|first| first.since_ms + LOG_AFTER_MS <= now_ms)
                    || open
                        .own
                        .iter()
                        .map(|live| live.row.change.len())
                        .sum::<usize>()
                        >= LOG_BYTES
            })
            .map(|(item, _)| *item)
            .collect();
        for item in due {
            self.log_document(&item, now_ms);
        }
        let rows: Vec<(SpaceId, ItemId)> = self
            .documents
            .open
            .iter_mut()
            .filter(|(_, open)| open.row_due_ms.is_some_and(|due| due <= now_ms))
            .map(|(item, open)| {
                open.row_due_ms = None;
                (open.space, *item)
            })
            .collect();
        for (space, item) in rows {
            if let Some(row) = self
                .spaces
                .get_mut(&space)
                .and_then(|space| space.items.get_mut(&item))
                && let Body::Document { shown, .. } = &mut row.body
            {
                *shown = None;
            }
            self.show(&space, &item);
            self.touch(space, item);
        }
    }

    /// Logs what was typed so far in a document, waiting for nothing.
    pub(crate) fn log_now(&mut self, item: &ItemId) {
        self.log_document(item, u64::MAX);
    }

    pub(crate) fn log_all_documents(&mut self) {
        let items: Vec<ItemId> = self.documents.open.keys().copied().collect();
        for item in items {
            self.log_document(&item, u64::MAX);
        }
    }

    /// Signs what was typed here into entries: one per run of changes of one tab. A change that
    /// rests on a live change of another site waits for its entry up to [`LIVE_ENTRY_WAIT`], then
    /// carries it. `now_ms` of `u64::MAX` waits for nothing.
    fn log_document(&mut self, item: &ItemId, now_ms: u64) {
        loop {
            let Some(open) = self.documents.open.get_mut(item) else {
                return;
            };
            let Some(first) = open.own.first() else {
                return;
            };
            let (space, author, origin) = (open.space, first.row.author, first.row.origin);
            let mut payload = ChangesPayload::default();
            let mut carried = Vec::new();
            let mut taken: BTreeSet<ChangeHash> = BTreeSet::new();
            let mut bytes = 0;
            let mut count = 0;
            for live in &open.own {
                let same = (live.row.author, live.row.origin) == (author, origin);
                if !same || count == CHANGES_PER_ENTRY_MAX / 2 || bytes > LOG_BYTES {
                    break;
                }
                let Some(needs) = foreign_needs(open, live, &taken, now_ms) else {
                    break;
                };
                if carried.len() + needs.len() > CARRIED_PER_ENTRY_MAX {
                    break;
                }
                for hash in needs {
                    let Some(foreign) = open.foreign.get(&hash) else {
                        continue;
                    };
                    let row = &foreign.row;
                    carried.push(Carried {
                        author: row.author,
                        origin: row.origin,
                        hash,
                    });
                    bytes += row.change.len();
                    payload.carried.push(row.change.clone());
                    taken.insert(hash);
                }
                taken.insert(live.hash);
                bytes += live.row.change.len();
                payload.own.push(live.row.change.clone());
                count += 1;
            }
            if count == 0 {
                return;
            }
            let rest = open.own.split_off(count);
            let logged = std::mem::replace(&mut open.own, rest);
            open.logged.extend(taken.iter().copied());
            let done: Vec<u64> = logged
                .iter()
                .map(|live| live.number)
                .chain(
                    taken
                        .iter()
                        .filter_map(|hash| open.foreign.remove(hash).map(|live| live.number)),
                )
                .collect();
            // The first change of the entry names it: logging again after a crash is the same.
            let command = CommandId(bocage_crdt::ids::derive(
                "bocage 1 command of changes",
                &[&logged[0].hash.0],
            ));
            let draft = Draft {
                space,
                author,
                item: *item,
                command,
                creation: None,
                content: DraftContent::Changes {
                    origin,
                    payload,
                    carried,
                },
            };
            match self.write_entry(draft) {
                Ok(_) => self
                    .batch
                    .extend(done.into_iter().map(StoreWrite::LiveDone)),
                Err(error) => {
                    // Rights went while it was typed: the rows stay, the tab is told to reopen.
                    tracing::warn!("changes of {item:?} are not logged: {error}");
                    self.rebase_document(item);
                    return;
                }
            }
        }
    }

    /// Rights of a space changed backwards: its open documents are read anew.
    pub(crate) fn documents_rebase(&mut self, space: &SpaceId) {
        let open = self
            .documents
            .open
            .iter()
            .filter(|(_, open)| open.space == *space);
        let items: Vec<ItemId> = open.map(|(item, _)| *item).collect();
        for item in items {
            self.rebase_document(&item);
        }
    }

    fn rebase_document(&mut self, item: &ItemId) {
        let Some(open) = self.documents.open.get(item) else {
            return;
        };
        self.browsers.say_all(
            open.tabs.keys().copied(),
            &SiteMessage::Rebase { item: *item },
        );
        self.put_to_sleep(item);
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
                Ok((document, _)) => DocumentContent::of(&document),
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
            *shown = Some(shown_now);
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

/// Foreign live changes that `live` rests on and that are to be carried; `None` while one of them
/// may still get its entry.
fn foreign_needs(
    open: &OpenDocument,
    live: &Unlogged,
    taken: &BTreeSet<ChangeHash>,
    now_ms: u64,
) -> Option<Vec<ChangeHash>> {
    let wait_ms = LIVE_ENTRY_WAIT.as_millis() as u64;
    let mut needs = Vec::new();
    let mut ask: Vec<ChangeHash> = live.parents.clone();
    while let Some(hash) = ask.pop() {
        let Some(foreign) = open.foreign.get(&hash) else {
            continue;
        };
        if taken.contains(&hash) || needs.contains(&hash) {
            continue;
        }
        if now_ms != u64::MAX && foreign.since_ms + wait_ms > now_ms {
            return None;
        }
        needs.push(hash);
        ask.extend(foreign.parents.iter().copied());
    }
    needs.reverse();
    Some(needs)
}

/// The hash of a change chunk, from its bytes: automerge's SHA-256 is in the chunk's checksum only
/// in part, so the change is parsed.
pub(crate) fn change_hash(bytes: &[u8]) -> Option<ChangeHash> {
    gate::hash_of(bytes)
}
