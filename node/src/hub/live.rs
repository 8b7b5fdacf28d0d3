//! The live lane: keystrokes go to the other tabs at once, to other sites as soon as they are
//! durable here, and pass the gate at each stop.

use super::documents::{ROW_EVERY_MS, Tab, Unlogged, admit_all, change_hash, entry_changes};
use super::doubles::FORKED;
use super::trying::Odd;
use super::typed::{Waiting, failed_its_trial};
use super::{After, Hub};
use crate::api::live::{Base64, SiteMessage};
use crate::api::{ApiError, ErrorCode, Language};
use crate::store::{LiveRow, StoreWrite};
use crate::web::site::AttachmentId;
use bocage_crdt::gate::{self, ActorExpectation, Verdict};
use bocage_crdt::ids::{ActorId, ActorNonce, ChangeHash, ItemId, NodeId, PersonId, SpaceId};
use bocage_protocol::entry::{ActorOrigin, Entry, EntryKind};
use bocage_protocol::limits::CHANGES_PER_ENTRY_MAX;
use bocage_protocol::machine::LiveChanges;
use std::collections::BTreeSet;

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
                waiting: None,
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
        self.let_claimed_in(item);
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
        let result = match self.waits_behind(tab, &item, n, &changes) {
            Ok(true) => return,
            Ok(false) => self.try_tab_edits(tab, item, n, &changes),
            Err(error) => Err(error),
        };
        match result {
            Ok(true) => self.after.push(After::TabSaved(tab, item, n)),
            Ok(false) => self.try_typed(&item, tab),
            Err(error) => self.refuse_tab(tab, item, n, &error),
        }
    }

    /// False: some wait for a trial.
    fn try_tab_edits(
        &mut self,
        tab: AttachmentId,
        item: ItemId,
        n: u64,
        changes: &[Base64],
    ) -> Result<bool, ApiError> {
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
        if self.is_closed(&space) {
            return Err(ApiError::new(ErrorCode::ReadOnly));
        }
        if !self.may(&space, &person, needed) {
            return Err(ApiError::forbidden());
        }
        let now_ms = self.clock.now_ms();
        let expected = ActorExpectation {
            actor: ActorId::of(&origin.site, &person, &origin.nonce),
        };
        let mut sent = Vec::with_capacity(changes.len());
        let mut failure = None;
        let mut waits = false;
        for (at, change) in changes.iter().enumerate() {
            let number = self.documents.next_number();
            let Some(open) = self.documents.open.get_mut(&item) else {
                break;
            };
            match gate::check(&change.0, &expected, &open.document) {
                Verdict::Accepted(checked) => {
                    let hash = checked.hash();
                    let known = open.document.has_change(&hash);
                    match self.trying.said.of(&checked).filter(|_| !known) {
                        None | Some(Some(true)) => {}
                        Some(Some(false)) => {
                            failure = Some("typed-unsound");
                            break;
                        }
                        Some(None) => {
                            let mut waiting = Waiting::new(hash);
                            waits = waiting.push(n, changes[at..].to_vec());
                            if let Some(tab) = open.tabs.get_mut(&tab) {
                                tab.waiting = waits.then_some(waiting);
                            }
                            failure = (!waits).then_some("typed-waiting-full");
                            break;
                        }
                    }
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
            None => Ok(!waits),
            Some(reason) => {
                self.count_refused(reason);
                Err(match reason {
                    "typed-unsound" => failed_its_trial(),
                    _ => ApiError::new(ErrorCode::Conflict),
                })
            }
        }
    }

    /// New changes of a document: to the other tabs at once, to the lists soon. A tab of somebody who
    /// may not read any more hears nothing of them: it is told to open the page anew, and finds out.
    pub(super) fn edited(&mut self, item: &ItemId, from: Option<AttachmentId>, changes: &[Base64]) {
        let now_ms = self.clock.now_ms();
        let Some(open) = self.documents.open.get(item) else {
            return;
        };
        let others = open.tabs.iter().filter(|(id, _)| Some(**id) != from);
        let (told, gone): (Vec<_>, Vec<_>) =
            others.partition(|(_, tab)| self.may_read(&open.space, &tab.person));
        let ids = |tabs: Vec<(&AttachmentId, &Tab)>| -> Vec<AttachmentId> {
            tabs.into_iter().map(|(id, _)| *id).collect()
        };
        let (told, gone) = (ids(told), ids(gone));
        let message = SiteMessage::Edit {
            item: *item,
            changes: changes.to_vec(),
        };
        self.browsers.say_all(told.into_iter(), &message);
        if let Some(open) = self.documents.open.get_mut(item) {
            open.row_due_ms.get_or_insert(now_ms + ROW_EVERY_MS);
            open.used_ms = now_ms;
            open.tabs.retain(|id, _| !gone.contains(id));
        }
        let rebase = SiteMessage::Rebase { item: *item };
        self.browsers.say_all(gone.into_iter(), &rebase);
    }

    /// Live changes that came from another site. Only the tab's own site may tell them: whoever
    /// could speak for ours would have its words signed by us. What nobody reads here is left
    /// out: its entry comes within a second.
    pub(crate) fn live_came(&mut self, peer: NodeId, live: LiveChanges) {
        if live.origin.site != peer {
            self.count_refused("live-not-theirs");
            return;
        }
        if !self.me.guest && self.guest_sites(&live.space).contains_key(&peer) {
            // What a guest writes is shown once a sponsor has admitted it, never before.
            self.count_refused("live-of-guest");
            return;
        }
        let open = self.documents.open.get(&live.item);
        if open.is_none_or(|open| open.space != live.space) {
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
            self.live_change(None, row);
        }
    }

    /// One live change for an open document; `stored` is its number on disk, if it lies there.
    pub(super) fn live_change(&mut self, stored: Option<u64>, row: LiveRow) {
        let needed = self.role_to_change(&row.space, &row.item, &row.author);
        let allowed = needed.is_some_and(|needed| self.may(&row.space, &row.author, needed));
        let own = row.origin.site == self.me.node;
        let Some(open) = self.documents.open.get_mut(&row.item) else {
            return;
        };
        if !allowed {
            // Not judged here for good: of another site the entry will be, with the rights it
            // cites; what was typed here stays on disk for the day the right comes back.
            if let Some(number) = stored.filter(|_| !own) {
                self.batch.push(StoreWrite::LiveDone(number));
            }
            return;
        }
        let actor = ActorId::of(&row.origin.site, &row.author, &row.origin.nonce);
        match gate::check(&row.change, &ActorExpectation { actor }, &open.document) {
            Verdict::Accepted(checked) => {
                let mut odd = Odd::new(&self.trying.said, BTreeSet::new());
                if !own && odd.keeps_out(&checked) {
                    // Its entry comes within a second, and is tried.
                    self.drop_live(stored);
                    self.count_refused("live-odd");
                } else {
                    self.live_admitted(stored, row, own, checked);
                }
            }
            Verdict::Pending(_) if own || open.early.len() < CHANGES_PER_ENTRY_MAX => {
                open.early.push((stored, row));
            }
            Verdict::Pending(_) => {
                self.drop_live(stored);
                self.count_refused("live-too-early");
            }
            Verdict::Refused(refusal) => {
                self.drop_live(stored);
                self.count_refused(refusal.name());
            }
        }
    }

    fn live_admitted(
        &mut self,
        stored: Option<u64>,
        row: LiveRow,
        own: bool,
        checked: gate::CheckedChange,
    ) {
        let item = row.item;
        let Some(open) = self.documents.open.get_mut(&item) else {
            return;
        };
        let (hash, parents) = (checked.hash(), checked.outline().parents.clone());
        let applied = open.document.admit(vec![checked]);
        let nothing = applied.applied.is_empty() && applied.known.is_empty();
        if open.logged.contains(&hash) || open.foreign.contains_key(&hash) || nothing {
            self.drop_live(stored);
            return;
        }
        let number = stored.unwrap_or_else(|| self.documents.next_number());
        if stored.is_none() {
            self.batch
                .push(StoreWrite::Live(number, Box::new(row.clone())));
        }
        let change = Base64(row.change.clone());
        let unlogged = Unlogged {
            number,
            row,
            hash,
            parents,
            since_ms: self.clock.now_ms(),
        };
        let Some(open) = self.documents.open.get_mut(&item) else {
            return;
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

    fn drop_live(&mut self, stored: Option<u64>) {
        if let Some(number) = stored {
            self.batch.push(StoreWrite::LiveDone(number));
        }
    }

    pub(super) fn retry_early(&mut self, item: &ItemId) {
        let Some(open) = self.documents.open.get_mut(item) else {
            return;
        };
        for (stored, row) in std::mem::take(&mut open.early) {
            self.live_change(stored, row);
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
        let is_own = self.is_log_of(&self.me.node, space, &entry.header.log);
        let Some(open) = self
            .documents
            .open
            .get_mut(item)
            .filter(|open| open.space == *space)
        else {
            return;
        };
        let (claimed, changes): (Vec<_>, _) = match is_own {
            true => (Vec::new(), changes),
            false => changes.into_iter().partition(|one| open.is_claimed(one)),
        };
        open.unready.extend(changes);
        open.claimed.extend(claimed);
        for hash in &hashes {
            if let Some(live) = open.foreign.remove(hash) {
                self.batch.push(StoreWrite::LiveDone(live.number));
            }
        }
        self.admit_unready(item, &hashes);
    }

    /// Changes of an open document's entries that are not in it are looked at again; `came` with
    /// an entry just now.
    pub(super) fn admit_unready(&mut self, item: &ItemId, came: &BTreeSet<ChangeHash>) {
        let Some(open) = self.documents.open.get_mut(item) else {
            return;
        };
        let space = open.space;
        let mut refused = Vec::new();
        let waiting = std::mem::take(&mut open.unready);
        let mut odd = Odd::new(&self.trying.said, BTreeSet::new());
        // What rests on an entry that another host brings later is tried again then.
        let (new, unready) = admit_all(&mut open.document, waiting, &mut refused, Some(&mut odd));
        let odd = odd.into_trial(&mut open.document);
        open.logged
            .extend(new.iter().filter_map(|bytes| change_hash(bytes)));
        let applied = came.iter().filter(|hash| open.document.has_change(hash));
        open.logged.extend(applied);
        let doubled = refused.iter().any(|refused| refused.reason == FORKED);
        self.count_refused_changes(item, refused);
        self.left_out(&space, item, odd, &unready);
        if let Some(open) = self.documents.open.get_mut(item) {
            open.unready = unready;
        }
        if !new.is_empty() {
            let new: Vec<Base64> = new.into_iter().map(Base64).collect();
            self.edited(item, None, &new);
            self.retry_early(item);
        }
        if doubled {
            self.settle_doubles(&space, item, came);
        }
    }
}
