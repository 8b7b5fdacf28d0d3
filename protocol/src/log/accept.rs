//! Taking a range of entries into a log that is not forked: dup, contiguous, above a gap, or the
//! first sight of a fork. Forked logs go on in [`super::fork`].

use super::{Accepted, Known, LogState, Run, joins};
use crate::entry::{Entry, InvalidEntry};
use crate::limits::LAMPORT_STEP_MAX;
use bocage_crdt::ids::SpaceId;
use ed25519_dalek::VerifyingKey;

impl LogState {
    /// Verifies a contiguous range of this log and takes it in: the state moves on, and the
    /// answer says what to store. One signature is checked, the last, which covers the others
    /// through the chain. A refused range leaves the state as it was.
    pub fn accept(
        &mut self,
        space: &SpaceId,
        key: &VerifyingKey,
        entries: Vec<Entry>,
        known: &dyn Known,
    ) -> Accepted {
        let Some(last) = entries.last() else {
            return Accepted::Duplicate;
        };
        if let Err(invalid) = self.check_chain(space, &entries) {
            return Accepted::Refused(invalid);
        }
        // Old news is recognised by its id, without the cost of a signature.
        let old = self.fork.is_none()
            && last.header.seq <= self.reach()
            && self.id_at(last.header.seq, known) == Some(last.id);
        if old || self.was_lost(last) {
            return self.take_again(entries, known);
        }
        if !last.signature_holds_by(key) {
            return Accepted::Refused(InvalidEntry::WrongSignature);
        }
        let missing =
            |entry: &&Entry| entry.payload.is_none() && !known.is_erased(&entry.header.item);
        let naked: Vec<&Entry> = entries.iter().filter(missing).collect();
        if !self.takes_naked(&naked) {
            return Accepted::WithoutPayload;
        }
        let before = (!naked.is_empty()).then(|| self.clone());
        let accepted = self.accept_signed(entries, known);
        match (&accepted, before) {
            (Accepted::Main(taken), _) => self.note_naked(taken, known),
            // A branch is taken whole or not at all.
            (Accepted::Branch(_) | Accepted::Forked(_), Some(before)) => {
                *self = before;
                return Accepted::WithoutPayload;
            }
            _ => {}
        }
        accepted
    }

    fn accept_signed(&mut self, entries: Vec<Entry>, known: &dyn Known) -> Accepted {
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
            return Accepted::Duplicate;
        };
        if self.fork.is_some() {
            return self.accept_forked(entries, known);
        }
        let reach = self.reach();
        if last.header.seq <= reach {
            return match self.id_at(last.header.seq, known) {
                Some(_) => self.differs(entries, known),
                // Verified a moment ago and not yet durable: the digests compare it later.
                None => Accepted::Duplicate,
            };
        }
        if first.header.seq > reach + 1 {
            return self.accept_above(entries);
        }
        let fresh = (reach + 1 - first.header.seq) as usize;
        let next = &entries[fresh].header;
        if !joins(self.head.as_ref(), next.seq, &next.prev, next.lamport) {
            let head = self.head.map(|head| head.id).unwrap_or_default();
            return if next.prev == head {
                Accepted::Refused(InvalidEntry::BrokenChain)
            } else if fresh > 0 {
                self.differs(entries, known)
            } else {
                Accepted::Suspect { at: reach }
            };
        }
        self.extend(entries.into_iter().skip(fresh).collect())
    }

    /// Takes in entries of our own log, durable already: nothing to verify.
    pub fn append_own(&mut self, entries: &[Entry]) -> bool {
        let follows = entries.first().is_some_and(|first| {
            let header = &first.header;
            joins(self.head.as_ref(), header.seq, &header.prev, header.lamport)
        });
        if follows {
            let (before, head) = (self.head, entries.last().map(Entry::head));
            let tips = self.fork.as_mut().map(|fork| &mut fork.tips);
            for tip in tips.into_iter().flatten() {
                if Some(*tip) == before {
                    *tip = head.unwrap_or(*tip);
                }
            }
            if let Some(fork) = &mut self.fork {
                fork.tips.sort_unstable_by_key(|tip| tip.id);
            }
            self.head = head;
        }
        follows
    }

    fn check_chain(&self, space: &SpaceId, entries: &[Entry]) -> Result<(), InvalidEntry> {
        let log = self.id(space);
        let mut previous: Option<&Entry> = None;
        for entry in entries {
            let header = &entry.header;
            if header.log != log || header.space != *space {
                return Err(InvalidEntry::WrongLog);
            }
            let follows = match previous {
                Some(previous) => header.follows(Some(&previous.head())),
                None if header.seq == 1 => header.follows(None),
                None => header.seq > 1 && header.seq < u64::MAX - LAMPORT_STEP_MAX,
            };
            if !follows {
                return Err(InvalidEntry::BrokenChain);
            }
            previous = Some(entry);
        }
        Ok(())
    }

    /// The id of the main entry at `seq`, from memory where it is the head.
    pub(super) fn id_at(&self, seq: u64, known: &dyn Known) -> Option<bocage_crdt::ids::EntryId> {
        match &self.head {
            Some(head) if head.seq == seq => Some(head.id),
            _ => known.at(seq).map(|signed| signed.id()),
        }
    }

    /// A signed range overlaps ours and ends or goes on otherwise: find the first difference in
    /// it, or say where to search.
    fn differs(&mut self, entries: Vec<Entry>, known: &dyn Known) -> Accepted {
        let reach = self.reach();
        let first_other = entries.iter().position(|entry| {
            entry.header.seq <= reach
                && known
                    .at(entry.header.seq)
                    .is_some_and(|ours| ours.id() != entry.id)
        });
        let Some(place) = first_other else {
            return Accepted::Gap;
        };
        let other = &entries[place];
        let seq = other.header.seq;
        let meets_ours_before = place > 0
            || seq == 1
            || known
                .at(seq - 1)
                .is_some_and(|ours| ours.id() == other.header.prev);
        if !meets_ours_before {
            return Accepted::Suspect { at: seq - 1 };
        }
        self.declare_fork(entries, place, known)
    }

    /// Appends verified entries that join the head, then any runs that they reach.
    fn extend(&mut self, mut entries: Vec<Entry>) -> Accepted {
        // What is stored above already is not stored twice.
        if let Some(run) = self.above.first() {
            let overlapping = entries
                .iter()
                .position(|entry| entry.header.seq >= run.from);
            if let Some(place) = overlapping {
                let meets = entries[place].header.prev == run.prev;
                let inside = entries
                    .last()
                    .is_some_and(|last| last.header.seq <= run.head.seq);
                if meets && inside {
                    entries.truncate(place);
                } else {
                    // A longer range, or another branch: it replaces the run, which no ack named.
                    let last = entries.last().map_or(0, |last| last.header.seq);
                    self.above.retain(|run| run.from > last);
                }
            }
        }
        if let Some(last) = entries.last() {
            self.head = Some(last.head());
        }
        while let Some(run) = self.above.first() {
            if run.from > self.reach() + 1 {
                break;
            }
            let run = self.above.remove(0);
            if joins(self.head.as_ref(), run.from, &run.prev, run.from_lamport) {
                self.head = Some(run.head);
            }
            // A run that does not join is of another branch: the heights tell, and the search
            // that follows fetches it again as one.
        }
        Accepted::Main(entries)
    }

    fn accept_above(&mut self, mut entries: Vec<Entry>) -> Accepted {
        // Cut to what lies in no run; a range that spans one is cut before it.
        let held = |seq: u64| {
            self.above
                .iter()
                .find(|run| run.from <= seq && seq <= run.head.seq)
        };
        let Some(start) = entries
            .iter()
            .position(|entry| held(entry.header.seq).is_none())
        else {
            return Accepted::Duplicate;
        };
        entries.drain(..start);
        if let Some(end) = entries
            .iter()
            .position(|entry| held(entry.header.seq).is_some())
        {
            entries.truncate(end);
        }
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
            return Accepted::Duplicate;
        };
        let before = self
            .above
            .iter()
            .position(|run| run.head.seq + 1 == first.header.seq);
        let joined = before.is_some_and(|place| {
            let header = &first.header;
            let head = Some(&self.above[place].head);
            joins(head, header.seq, &header.prev, header.lamport)
        });
        if !self.has_room_above() || (before.is_some() && !joined) {
            return Accepted::Gap;
        }
        let mut run = Run {
            from: first.header.seq,
            prev: first.header.prev,
            from_lamport: first.header.lamport,
            head: last.head(),
        };
        if let Some(place) = before {
            let lower = self.above.remove(place);
            run = Run {
                head: run.head,
                ..lower
            };
        }
        let place = self.above.partition_point(|other| other.from < run.from);
        let joins_next = self
            .above
            .get(place)
            .is_some_and(|next| joins(Some(&run.head), next.from, &next.prev, next.from_lamport));
        if joins_next {
            self.above[place] = Run {
                head: self.above[place].head,
                ..run
            };
        } else {
            self.above.insert(place, run);
        }
        Accepted::Main(entries)
    }
}
