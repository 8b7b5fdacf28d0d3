//! Trials of changes in the child process: what guests wrote before a sponsor admits it, and odd
//! changes of anybody before they reach a document here. The hub never waits for an answer; it
//! comes as a report. An answer is no verdict: it withholds an admission, or leaves a change out of
//! this site's copy with an alarm until a signed quarantine decides for everybody.

use std::collections::{BTreeMap, BTreeSet};

use bocage_crdt::document::Document;
use bocage_crdt::gate::CheckedChange;
use bocage_crdt::ids::{ActorId, ChangeHash, ItemId, SpaceId};

use super::Hub;
use super::documents::{Claimed, change_hash};
use super::item::Body;
use super::wakes::Report;
use crate::api::status::FrozenLine;
use crate::store::EntryPlace;
use crate::trial::{Trial, TrialBase, TrialRequest, Trials};
use crate::web::site::AttachmentId;

/// Trials on their way at once: each holds a page, four megabytes at its hard limit.
const TRIALS_AT_ONCE_MAX: usize = 8;
/// Beyond these, for what people are typing here: guests' entries do not make them wait.
const TYPED_AT_ONCE_MORE: usize = 4;
/// Changes remembered as sound; beyond, all are forgotten and tried again when they are read.
const SOUND_MAX: usize = 10_000;
/// Changes remembered as unsound, likewise.
const UNSOUND_MAX: usize = 10_000;
/// Items remembered as to be tried singly, likewise.
const SINGLY_MAX: usize = 1_000;
/// How long after a trial that was not made it is made again.
pub(super) const AGAIN_AFTER_MS: u64 = 2_000;

/// What is tried.
pub(super) enum What {
    /// Entries of a guest, for their admission.
    Guest(Vec<EntryPlace>),
    /// Odd changes, for this site's own document.
    Odd,
    /// An odd change that a tab of this site typed, before it is stored.
    Typed(AttachmentId),
}

struct Running {
    space: SpaceId,
    item: ItemId,
    what: What,
    hashes: Vec<ChangeHash>,
}

/// What trials said. Of this run of the program: whatever is read again is tried again.
#[derive(Default)]
pub(super) struct Said {
    sound: BTreeSet<ChangeHash>,
    unsound: BTreeSet<ChangeHash>,
}

/// Odd changes met while changes are admitted.
pub(super) struct Odd<'a> {
    said: &'a Said,
    /// Actors of this very site: what they made was tried before it was stored.
    own: BTreeSet<ActorId>,
    /// To be tried, in the order in which they were met.
    met: Vec<(ChangeHash, Vec<u8>)>,
}

/// Odd changes, and the document without them.
pub(super) struct ToTry {
    base: TrialBase,
    changes: Vec<Vec<u8>>,
}

impl Said {
    /// Of an odd change whether it is sound, as far as that is known.
    pub(super) fn of(&self, checked: &CheckedChange) -> Option<Option<bool>> {
        checked.oddity()?;
        let hash = checked.hash();
        let sound = self.sound.contains(&hash).then_some(true);
        Some(sound.or(self.unsound.contains(&hash).then_some(false)))
    }

    fn failed(&mut self, hashes: &[ChangeHash]) {
        if self.unsound.len() + hashes.len() > UNSOUND_MAX {
            self.unsound.clear();
        }
        self.unsound.extend(hashes);
    }
}

impl<'a> Odd<'a> {
    pub(super) fn new(said: &'a Said, own: BTreeSet<ActorId>) -> Self {
        Self {
            said,
            own,
            met: Vec::new(),
        }
    }

    /// What is to be tried of them on the document that they would reach.
    pub(super) fn into_trial(self, document: &mut Document) -> Option<ToTry> {
        (!self.met.is_empty()).then(|| ToTry {
            base: TrialBase::of(document),
            changes: self.met.into_iter().map(|(_, bytes)| bytes).collect(),
        })
    }

    /// Whether a change that passed the gate stays out for now: it is odd, and no trial has
    /// called it sound.
    pub(super) fn keeps_out(&mut self, checked: &CheckedChange) -> bool {
        if checked.oddity().is_none() || self.own.contains(&checked.outline().actor) {
            return false;
        }
        let hash = checked.hash();
        if self.said.sound.contains(&hash) {
            return false;
        }
        if !self.said.unsound.contains(&hash) && self.met.iter().all(|(met, _)| *met != hash) {
            self.met.push((hash, checked.bytes().to_vec()));
        }
        true
    }
}

/// The hub's side of trials.
pub(super) struct Trying {
    trials: Trials,
    running: BTreeMap<u64, Running>,
    next: u64,
    pub said: Said,
    /// Items of which a trial of several changes failed: one at a time, to know which.
    pub singly: BTreeSet<ItemId>,
    /// Items whose odd changes are to be tried again, and when.
    again: BTreeMap<ItemId, (SpaceId, u64)>,
    /// Items of which something is left out here, and why.
    frozen: BTreeMap<ItemId, (SpaceId, &'static str)>,
}

impl Trying {
    pub(super) fn new(trials: Trials) -> Self {
        Self {
            trials,
            running: BTreeMap::new(),
            next: 0,
            said: Said::default(),
            singly: BTreeSet::new(),
            again: BTreeMap::new(),
            frozen: BTreeMap::new(),
        }
    }

    pub(super) fn has_room(&self) -> bool {
        self.running.len() < TRIALS_AT_ONCE_MAX
    }

    /// Whether changes of an item are being tried for an admission, or for this site.
    pub(super) fn is_busy(&self, item: &ItemId, for_guest: bool) -> bool {
        let same = |what: &What| match what {
            What::Guest(_) => for_guest,
            What::Odd => !for_guest,
            What::Typed(_) => false,
        };
        let mut running = self.running.values();
        running.any(|running| running.item == *item && same(&running.what))
    }
}

impl Hub {
    /// Sends changes to the child; false: not now.
    pub(super) fn try_changes(
        &mut self,
        space: SpaceId,
        what: What,
        request: &TrialRequest,
    ) -> bool {
        let trying = &mut self.trying;
        let more = match what {
            What::Typed(_) => TYPED_AT_ONCE_MORE,
            _ => 0,
        };
        if trying.running.len() >= TRIALS_AT_ONCE_MAX + more {
            return false;
        }
        let Ok(answer) = trying.trials.submit(request) else {
            return false;
        };
        trying.next += 1;
        let number = trying.next;
        let hashes = request.changes.iter();
        let running = Running {
            space,
            item: request.item,
            what,
            hashes: hashes.filter_map(|bytes| change_hash(bytes)).collect(),
        };
        trying.running.insert(number, running);
        let reports = self.report.clone();
        tokio::spawn(async move {
            let said = answer.await.unwrap_or(Trial::NotTried("trial-no-answer"));
            // A hub that ended meanwhile needs no answer.
            let _ = reports.send(Report::Trial(number, said));
        });
        true
    }

    /// A trial has ended.
    pub(super) fn on_trial(&mut self, number: u64, trial: Trial) {
        let Some(running) = self.trying.running.remove(&number) else {
            return;
        };
        let Running {
            space,
            item,
            what,
            hashes,
        } = running;
        let reason = match trial {
            Trial::Sound => {
                if self.trying.said.sound.len() + hashes.len() > SOUND_MAX {
                    self.trying.said.sound.clear();
                }
                self.trying.said.sound.extend(&hashes);
                match what {
                    What::Guest(places) => self.guest_entries_sound(&space, places),
                    What::Odd => self.let_in(&space, &item),
                    What::Typed(tab) => self.typed_tried(&item, tab, &hashes),
                }
                return;
            }
            Trial::NotTried(reason) => {
                self.count_refused(reason);
                tracing::warn!("a trial was not made: {reason}");
                let due = self.clock.now_ms() + AGAIN_AFTER_MS;
                match what {
                    What::Guest(_) => self.look_at_guests_at(due),
                    What::Odd => drop(self.trying.again.insert(item, (space, due))),
                    What::Typed(tab) => self.typed_not_tried(&item, tab, &hashes),
                }
                return;
            }
            Trial::Unsound(reason) | Trial::TooCostly(reason) => reason,
        };
        let several = match &what {
            What::Guest(places) => places.len() > 1,
            What::Odd => hashes.len() > 1,
            What::Typed(_) => false,
        };
        if several {
            if self.trying.singly.len() >= SINGLY_MAX {
                self.trying.singly.clear();
            }
            self.trying.singly.insert(item);
            match what {
                What::Guest(_) => self.look_at_guests_at(0),
                What::Odd | What::Typed(_) => self.let_in(&space, &item),
            }
            return;
        }
        self.count_refused(reason);
        match what {
            What::Guest(places) => {
                self.trying.singly.remove(&item);
                self.guest_entries_declined(&space, &places, reason);
            }
            What::Typed(tab) => {
                self.trying.said.failed(&hashes);
                tracing::warn!("what was typed in {item:?} failed its trial ({reason}): refused");
                self.typed_tried(&item, tab, &hashes);
            }
            What::Odd => {
                self.trying.singly.remove(&item);
                self.trying.said.failed(&hashes);
                tracing::error!(
                    "a change of {item:?} failed its trial ({reason}): the item stays as it was"
                );
                self.count_refused("item-frozen");
                self.trying.frozen.insert(item, (space, reason));
                // Others beside it may be sound.
                self.let_in(&space, &item);
            }
        }
    }

    /// Odd changes of an item are tried, one trial of an item at a time.
    fn try_odd(&mut self, space: &SpaceId, item: &ItemId, mut odd: ToTry) {
        if self.trying.is_busy(item, false) {
            return; // Its answer looks again.
        }
        let row = self.spaces.get(space);
        let Some(row) = row.and_then(|space| space.items.get(item)) else {
            return;
        };
        if self.trying.singly.contains(item) {
            odd.changes.truncate(1);
        }
        let request = TrialRequest {
            kind: row.kind.number,
            item: *item,
            base: odd.base,
            changes: odd.changes,
        };
        if !self.try_changes(*space, What::Odd, &request) {
            let due = self.clock.now_ms() + AGAIN_AFTER_MS;
            self.trying.again.insert(*item, (*space, due));
        }
    }

    /// What was left out of a document is looked at again.
    fn let_in(&mut self, space: &SpaceId, item: &ItemId) {
        if self.documents.open.contains_key(item) {
            self.admit_unready(item, &BTreeSet::new());
        } else if let Some(row) = self.spaces.get_mut(space)
            && let Some(row) = row.items.get_mut(item)
            && let Body::Document { shown, .. } = &mut row.body
        {
            *shown = None;
            self.touched.entry(*space).or_default().insert(*item);
            self.show(space, item);
        }
    }

    pub(super) fn trying_tick(&mut self, now_ms: u64) {
        self.typed_tick(now_ms);
        let due = self.trying.again.iter();
        let due: Vec<(ItemId, SpaceId)> = due
            .filter(|(_, (_, due))| *due <= now_ms)
            .map(|(item, (space, _))| (*item, *space))
            .collect();
        for (item, space) in due {
            self.trying.again.remove(&item);
            self.let_in(&space, &item);
        }
    }

    /// A document was read or brought up: what is odd in it is tried, and whether something of it
    /// is still left out.
    pub(super) fn left_out(
        &mut self,
        space: &SpaceId,
        item: &ItemId,
        odd: Option<ToTry>,
        unready: &[Claimed],
    ) {
        let unsound = &self.trying.said.unsound;
        let failed =
            |(bytes, _): &Claimed| change_hash(bytes).is_some_and(|hash| unsound.contains(&hash));
        if self.trying.frozen.contains_key(item) && !unready.iter().any(failed) {
            self.trying.frozen.remove(item);
        }
        if let Some(odd) = odd {
            self.try_odd(space, item, odd);
        }
    }

    /// For the technician: items of which something is left out here.
    pub(super) fn frozen_lines(&mut self) -> Vec<FrozenLine> {
        let frozen = self.trying.frozen.clone();
        let lines = frozen.into_iter().map(|(item, (space, reason))| {
            // Named by its settings, which lie on the disk.
            let _ = self.readable(&space, &self.me.person.clone());
            let row = self.spaces.get(&space);
            let row = row.and_then(|space| space.items.get(&item));
            FrozenLine {
                space: self.setting(&space, "name"),
                title: row.map_or_else(String::new, |row| row.title()),
                item,
                reason: reason.to_owned(),
            }
        });
        lines.collect()
    }
}
