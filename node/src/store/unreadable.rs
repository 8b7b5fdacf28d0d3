//! Entries that the disk damaged, found by whoever read them. They are never served: to every reader
//! they are as if they were not there, until another site's copy has been written in their place.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::LogStore;
use super::rows::EntryPlace;

/// Which of them are known, and which of these nobody was told yet.
#[derive(Default)]
pub(super) struct Unreadable {
    now: Mutex<Places>,
}

#[derive(Default)]
struct Places {
    known: BTreeSet<EntryPlace>,
    untold: BTreeSet<EntryPlace>,
}

impl Unreadable {
    fn now(&self) -> MutexGuard<'_, Places> {
        // Two sets, each changed whole.
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn note(&self, at: EntryPlace, what: &str) {
        let mut now = self.now();
        if now.known.insert(at) {
            now.untold.insert(at);
            tracing::error!("entry {} of log {} is damaged: {what}", at.seq, at.log);
        }
    }

    pub(super) fn written(&self, places: &[EntryPlace]) {
        let mut now = self.now();
        if now.known.is_empty() {
            return;
        }
        for at in places {
            now.known.remove(at);
            now.untold.remove(at);
        }
    }
}

impl LogStore {
    /// Whether an entry was found damaged.
    pub fn is_unreadable(&self, at: EntryPlace) -> bool {
        self.unreadable.now().known.contains(&at)
    }

    /// Damaged entries that were found since the start and are not healed.
    pub fn unreadable(&self) -> BTreeSet<EntryPlace> {
        self.unreadable.now().known.clone()
    }

    /// Damaged entries that were found since the last call.
    pub fn take_unreadable(&self) -> BTreeSet<EntryPlace> {
        std::mem::take(&mut self.unreadable.now().untold)
    }
}
