//! The live lane: keystrokes go to the other tabs at once, to other sites as soon as they are
//! durable here, and pass the gate at each stop.

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
use super::documents::{
    LOG_AFTER_MS, LOG_BYTES, OpenDocument, ROW_EVERY_MS, Tab, Unlogged, apply_all, change_hash, entry_changes,
};
use super::item::{Body, Shown};
use super::writing::{Draft, DraftContent};
use super::{After, Hub};
use crate::api::live::{Base64, SiteMessage};
use crate::api::{ApiError, ErrorCode, Language};
use crate::store::{LiveRow, StoreError, StoreWrite};
use crate::web::site::AttachmentId;

impl Hub {
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
    pub(super) fn edited(&mut self, item: &ItemId, from: Option<AttachmentId>, changes: &[Base64]) {
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
    pub(super) fn live_change(&mut self, number: u64, row: LiveRow) {
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

    pub(super) fn retry_early(&mut self, item: &ItemId) {
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
}
