//! Logging documents: what was typed is signed into entries within a second.

use super::Hub;
use super::documents::{LOG_AFTER_MS, LOG_BYTES, OpenDocument, Unlogged};
use super::item::Body;
use super::writing::{Draft, DraftContent};
use crate::api::live::SiteMessage;
use crate::store::StoreWrite;
use bocage_crdt::ids::{ChangeHash, CommandId, ItemId, SpaceId};
use bocage_protocol::entry::{Carried, ChangesPayload};
use bocage_protocol::limits::{CARRIED_PER_ENTRY_MAX, CHANGES_PER_ENTRY_MAX, LIVE_ENTRY_WAIT};
use std::collections::BTreeSet;

impl Hub {
    pub(crate) fn documents_tick(&mut self, now_ms: u64) {
        self.lists_tick();
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
        // Reading a page opens it as well, and nobody closes what was only read.
        self.close_idle_documents();
    }

    /// Logs what was typed so far in a document, waiting for nothing.
    pub(crate) fn log_now(&mut self, item: &ItemId) {
        self.log_document(item, u64::MAX);
    }

    /// Logs what was typed so far in a space.
    pub(super) fn log_space(&mut self, space: &SpaceId) {
        for item in self.documents.of_space(space) {
            self.log_document(&item, u64::MAX);
        }
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
    pub(super) fn log_document(&mut self, item: &ItemId, now_ms: u64) {
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
            let mut retry_ms = None;
            for live in &open.own {
                let same = (live.row.author, live.row.origin) == (author, origin);
                if !same || count == CHANGES_PER_ENTRY_MAX / 2 || bytes > LOG_BYTES {
                    break;
                }
                let Some(needs) = foreign_needs(open, live, &taken, now_ms) else {
                    retry_ms = Some(live.since_ms + LIVE_ENTRY_WAIT.as_millis() as u64);
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
            open.retry_ms = retry_ms;
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
                    if let Some(open) = self.documents.open.get_mut(item) {
                        open.own.splice(..0, logged);
                    }
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

    pub(super) fn rebase_document(&mut self, item: &ItemId) {
        let Some(open) = self.documents.open.get(item) else {
            return;
        };
        self.browsers.say_all(
            open.tabs.keys().copied(),
            &SiteMessage::Rebase { item: *item },
        );
        self.put_to_sleep(item);
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
