//! Taking checked changes in: admitting them, which is cheap, and settling them, which is not.
//! A panic of automerge ends here, and the document is rebuilt without the change that caused it.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use super::genesis::load;
use super::{Document, has};
use crate::gate::CheckedChange;
use crate::ids::ChangeHash;

/// Most changes kept beside the saved bytes before these are written anew: a rebuild applies them
/// all, and each is held in memory.
const SINCE_SAVED_MAX: usize = 1_000;

/// Most changes admitted before they are settled unasked, for the sake of memory.
const UNSETTLED_MAX: usize = 1_000;

/// What became of the changes given to [`Document::apply`] or [`Document::admit`]. Each is in
/// exactly one list.
#[derive(Debug, Clone, Default)]
pub struct Applied {
    /// New in the document. After `admit` it is shown from the next [`Document::settle`] on.
    pub applied: Vec<ChangeHash>,
    /// Already there.
    pub known: Vec<ChangeHash>,
    /// Not applied: a parent is missing here. Give it again when the parent came.
    pub waiting: Vec<CheckedChange>,
    /// Not applied: another change of the same actor has this number.
    pub forked: Vec<CheckedChange>,
    /// Not applied: automerge failed on it although the gate let it pass. Raise an alarm and
    /// freeze the item; the document is as it was before.
    pub broken: Vec<CheckedChange>,
}

impl Document {
    /// Admits the changes and settles at once: for a change or a batch whose effect is wanted now.
    pub fn apply(&mut self, changes: Vec<CheckedChange>) -> Applied {
        let mut result = self.admit(changes);
        result.broken.extend(self.settle());
        let broken = &result.broken;
        let held = |hash: &ChangeHash| broken.iter().any(|change| change.hash() == *hash);
        result.applied.retain(|hash| !held(hash));
        result
    }

    /// Takes changes in without showing them: from now on others may build on them, they count as
    /// here, and are saved and sent. It costs microseconds however long the document is, while
    /// [`Self::settle`] walks over all of it; so a site admits every keystroke as it comes and
    /// settles when someone looks.
    pub fn admit(&mut self, changes: Vec<CheckedChange>) -> Applied {
        let mut result = Applied::default();
        if self.index().is_err() {
            result.broken = changes;
            return result;
        }
        for change in changes {
            let Some(Ok(index)) = self.index.get_mut() else {
                result.broken.push(change); // never: it was asked for above
                continue;
            };
            let hash = change.hash();
            let outline = change.outline();
            if index.contains(&hash) {
                result.known.push(hash);
            } else if outline.parents.iter().any(|parent| !index.contains(parent)) {
                result.waiting.push(change);
            } else if index.has_sequence(&outline.actor, outline.seq) {
                result.forked.push(change);
            } else if index.push(hash, &change.expanded).is_err() {
                // Checked against another document than this one.
                result.broken.push(change);
            } else {
                self.operations += outline.operations as u64;
                result.applied.push(hash);
                self.unsettled.push(change);
            }
        }
        if self.unsettled.len() > UNSETTLED_MAX {
            let broken = self.settle();
            self.broken.extend(broken);
        }
        result
    }

    /// Shows what was admitted, all in one step, which costs little more than one change alone.
    /// Returns what automerge failed on although the gate let it pass, and what rests on that:
    /// raise an alarm and freeze the item; the document is whole, without them.
    pub fn settle(&mut self) -> Vec<CheckedChange> {
        let mut broken = std::mem::take(&mut self.broken);
        let changes = std::mem::take(&mut self.unsettled);
        if !changes.is_empty() {
            if self.apply_together(&changes) {
                let changes = changes.into_iter().map(|change| change.change);
                self.since_saved.extend(changes);
            } else {
                broken.extend(self.apply_each(changes));
            }
        }
        if self.since_saved.len() > SINCE_SAVED_MAX {
            self.remember();
        }
        broken
    }

    /// Writes the bytes anew from which the document would be rebuilt.
    pub(super) fn remember(&mut self) {
        self.saved = self.automerge.save();
        self.since_saved.clear();
    }

    /// Whether reading shows everything admitted.
    pub fn is_settled(&self) -> bool {
        self.unsettled.is_empty()
    }

    /// One call into automerge; false leaves a document that must be rebuilt.
    fn apply_together(&mut self, changes: &[CheckedChange]) -> bool {
        let batch: Vec<_> = changes.iter().map(|change| change.change.clone()).collect();
        let automerge = &mut self.automerge;
        // Whatever a panic leaves half done is thrown away by the caller.
        catch_unwind(AssertUnwindSafe(|| automerge.apply_changes(batch).is_ok())).unwrap_or(false)
            && changes
                .iter()
                .all(|change| has(&self.automerge, &change.hash()))
    }

    /// Finds the change that broke a batch: each alone, on a document known to be whole.
    fn apply_each(&mut self, changes: Vec<CheckedChange>) -> Vec<CheckedChange> {
        self.rebuild();
        let mut broken: Vec<CheckedChange> = Vec::new();
        let mut held = BTreeSet::new();
        for change in changes {
            let parents = &change.outline().parents;
            let rests_on_broken = parents.iter().any(|parent| held.contains(parent));
            if rests_on_broken || !self.apply_together(std::slice::from_ref(&change)) {
                held.insert(change.hash());
                self.operations -= change.outline().operations as u64;
                broken.push(change);
                if !rests_on_broken {
                    self.rebuild();
                }
            } else {
                self.since_saved.push(change.change);
            }
        }
        self.index = OnceLock::new();
        broken
    }

    /// The document as it was after the last change that was applied whole.
    fn rebuild(&mut self) {
        // Both were read or written by automerge before: that they fail now is a broken memory,
        // and then the process is better ended than its documents guessed at.
        let mut automerge = load(&self.saved).expect("a document that was saved loads");
        automerge
            .apply_changes(self.since_saved.iter().cloned())
            .expect("changes that were applied apply");
        self.automerge = automerge;
    }
}
