//! Odd changes typed in a tab of this site: tried before they are stored or told to anybody. Until
//! the answer the tab's words wait here, and nothing of them is called saved; a tab that goes away
//! meanwhile sends them again.

use std::collections::VecDeque;

use bocage_crdt::ids::{ChangeHash, ItemId};

use super::Hub;
use super::trying::{AGAIN_AFTER_MS, What};
use crate::api::live::{Base64, SiteMessage};
use crate::api::texts::Text;
use crate::api::{ApiError, ErrorCode};
use crate::trial::{TrialBase, TrialRequest};
use crate::web::site::AttachmentId;

/// Bytes of a tab's changes that wait behind one that is tried: a paste of a thousand pages, or an
/// hour of typing. Beyond, the tab is refused, and keeps its words.
pub(super) const TYPED_WAITING_BYTES_MAX: usize = 4 << 20;

/// Changes of a tab that wait for a trial of the first of them.
pub(super) struct Waiting {
    /// What is tried.
    hash: ChangeHash,
    /// Edits as the tab numbered them, the tried change first.
    edits: VecDeque<(u64, Vec<Base64>)>,
    bytes: usize,
    /// When it is tried, if no trial is on its way.
    due_ms: Option<u64>,
}

impl Waiting {
    pub(super) fn new(hash: ChangeHash) -> Self {
        Self {
            hash,
            edits: VecDeque::new(),
            bytes: 0,
            due_ms: Some(0),
        }
    }

    /// Puts an edit behind the others; false if there is no room.
    pub(super) fn push(&mut self, n: u64, changes: Vec<Base64>) -> bool {
        let bytes: usize = changes.iter().map(|change| change.0.len()).sum();
        let fits = self.bytes.saturating_add(bytes) <= TYPED_WAITING_BYTES_MAX;
        if fits {
            self.bytes += bytes;
            self.edits.push_back((n, changes));
        }
        fits
    }
}

/// The refusal of a change that failed its trial.
pub(super) fn failed_its_trial() -> ApiError {
    ApiError::new(ErrorCode::Conflict).with_text(Text::FailedTrial)
}

impl Hub {
    /// Whether an edit goes behind others of its tab that wait; an error if they are too many.
    pub(super) fn waits_behind(
        &mut self,
        tab: AttachmentId,
        item: &ItemId,
        n: u64,
        changes: &[Base64],
    ) -> Result<bool, ApiError> {
        let tab = self.documents.tab_mut(item, tab);
        let Some(waiting) = tab.and_then(|tab| tab.waiting.as_mut()) else {
            return Ok(false);
        };
        if waiting.push(n, changes.to_vec()) {
            return Ok(true);
        }
        self.count_refused("typed-waiting-full");
        Err(ApiError::new(ErrorCode::TooLarge).with_limit(TYPED_WAITING_BYTES_MAX as u64))
    }

    /// Tries what is typed in the tabs and waits, as soon as there is room.
    pub(super) fn typed_tick(&mut self, now_ms: u64) {
        let mut due = Vec::new();
        for (item, open) in &self.documents.open {
            for (tab, of) in &open.tabs {
                let waiting = of.waiting.as_ref();
                if waiting.is_some_and(|waiting| waiting.due_ms.is_some_and(|at| at <= now_ms)) {
                    due.push((*item, *tab));
                }
            }
        }
        for (item, tab) in due {
            self.try_typed(&item, tab);
        }
    }

    pub(super) fn try_typed(&mut self, item: &ItemId, tab: AttachmentId) {
        let now_ms = self.clock.now_ms();
        let Some(open) = self.documents.open.get_mut(item) else {
            return;
        };
        let space = open.space;
        let row = self.spaces.get(&space);
        let Some(kind) = row.and_then(|space| Some(space.items.get(item)?.kind.number)) else {
            return;
        };
        let waiting = open.tabs.get(&tab).and_then(|tab| tab.waiting.as_ref());
        let first = waiting.and_then(|waiting| waiting.edits.front());
        let Some(change) = first.and_then(|(_, changes)| changes.first()) else {
            return;
        };
        let request = TrialRequest {
            kind,
            item: *item,
            changes: vec![change.0.clone()],
            base: TrialBase::of(&mut open.document),
        };
        let sent = self.try_changes(space, What::Typed(tab), &request);
        let tab = self.documents.tab_mut(item, tab);
        if let Some(waiting) = tab.and_then(|tab| tab.waiting.as_mut()) {
            waiting.due_ms = (!sent).then_some(now_ms + AGAIN_AFTER_MS);
        }
    }

    /// No trial was made: nothing is known, and nothing is stored. It is tried again.
    pub(super) fn typed_not_tried(
        &mut self,
        item: &ItemId,
        tab: AttachmentId,
        tried: &[ChangeHash],
    ) {
        let due_ms = self.clock.now_ms() + AGAIN_AFTER_MS;
        let tab = self.documents.tab_mut(item, tab);
        let waiting = tab.and_then(|tab| tab.waiting.as_mut());
        if let Some(waiting) = waiting.filter(|waiting| tried.contains(&waiting.hash)) {
            waiting.due_ms = Some(due_ms);
        }
    }

    /// A trial of what a tab typed has ended, and what it said is remembered: the tab's edits go on
    /// from there, or are refused.
    pub(super) fn typed_tried(&mut self, item: &ItemId, tab: AttachmentId, tried: &[ChangeHash]) {
        let entry = self.documents.tab_mut(item, tab);
        // The page may have been opened anew meanwhile, and something else wait in it.
        let waiting = entry.and_then(|tab| {
            let waits = tab.waiting.as_ref();
            waits.filter(|waiting| tried.contains(&waiting.hash))?;
            tab.waiting.take()
        });
        for (n, changes) in waiting.into_iter().flat_map(|waiting| waiting.edits) {
            self.tab_edits(tab, *item, n, changes);
        }
    }

    /// Tells a tab that an edit is refused: once, since later ones build on it.
    pub(super) fn refuse_tab(&mut self, tab: AttachmentId, item: ItemId, n: u64, error: &ApiError) {
        let Some(entry) = self.documents.tab_mut(&item, tab) else {
            return;
        };
        entry.waiting = None;
        if std::mem::replace(&mut entry.refused, true) {
            return;
        }
        let error = error.body(entry.language);
        self.browsers
            .say(tab, &SiteMessage::Refused { item, n, error });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_bounded() {
        let mut waiting = Waiting::new(ChangeHash([1; 32]));
        let half = || vec![Base64(vec![0; TYPED_WAITING_BYTES_MAX / 2])];
        assert!(waiting.push(1, half()) && waiting.push(2, half()));
        assert!(!waiting.push(3, vec![Base64(vec![0])]));
        assert!(waiting.push(4, Vec::new()), "no bytes, no room taken");
        let numbers: Vec<u64> = waiting.edits.iter().map(|(n, _)| *n).collect();
        assert_eq!(numbers, [1, 2, 4]);
    }
}
