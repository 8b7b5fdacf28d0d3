//! A forked log: the branches from the first doubled place on, kept side by side. Which of them
//! count is for the rights of the space to say.

use super::{Accepted, ForkProof, ForkState, Known, LogState, SignedHeader, joins};
use crate::entry::{Entry, LogHead};
use crate::limits::FORK_BRANCHES_MAX;

impl LogState {
    /// Marks the log as forked where `entries[place]` differs from our main entry, and takes the
    /// rest of the range in as a branch.
    pub(super) fn declare_fork(
        &mut self,
        entries: Vec<Entry>,
        place: usize,
        known: &dyn Known,
    ) -> Accepted {
        let other = &entries[place];
        let Some(ours) = known.at(other.header.seq) else {
            return Accepted::Gap;
        };
        let proof = ForkProof::new(ours, SignedHeader::of(other));
        self.mark_forked(other.header.seq, proof);
        match self.accept_forked(entries, known) {
            Accepted::Branch(branch) => Accepted::Forked(branch),
            _ => Accepted::Forked(Vec::new()),
        }
    }

    /// Notes a proof (already checked) for place `at`. False if a lower or equal one is known.
    pub fn mark_forked(&mut self, at: u64, proof: ForkProof) -> bool {
        let mut tips = match &mut self.fork {
            Some(fork) if fork.at <= at => return false,
            Some(fork) => std::mem::take(&mut fork.tips),
            None => Vec::new(),
        };
        if tips.is_empty()
            && let Some(head) = self.head
            && head.seq >= at
        {
            tips.push(head);
        }
        // Runs above the gap may be of any branch: they come again, as branches.
        self.above.clear();
        self.fork = Some(Box::new(ForkState { at, tips, proof }));
        true
    }

    /// Takes in a verified range of a forked log: below the fork it extends the main run, from
    /// there on it is a branch.
    pub(super) fn accept_forked(&mut self, mut entries: Vec<Entry>, known: &dyn Known) -> Accepted {
        let Some(fork) = self.fork.as_deref() else {
            return Accepted::Gap;
        };
        let at = fork.at;
        if self.reach() + 1 < at {
            let reach = self.reach();
            entries.retain(|entry| entry.header.seq > reach && entry.header.seq < at);
            let joined = entries.first().is_some_and(|first| {
                let header = &first.header;
                joins(self.head.as_ref(), header.seq, &header.prev, header.lamport)
            });
            if !joined {
                return Accepted::Gap;
            }
            self.head = entries.last().map(Entry::head);
            return Accepted::Main(entries);
        }
        let head_of = |id: &_| -> Option<LogHead> {
            let tip = fork.tips.iter().find(|tip| tip.id == *id).copied();
            let main = self.head.filter(|head| head.id == *id);
            tip.or(main).or_else(|| known.find(id))
        };
        let Some(start) = entries
            .iter()
            .position(|entry| head_of(&entry.id).is_none())
        else {
            return Accepted::Duplicate;
        };
        entries.drain(..start);
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
            return Accepted::Duplicate;
        };
        let header = &first.header;
        let before = head_of(&header.prev);
        if (header.seq > 1 && before.is_none())
            || !joins(before.as_ref(), header.seq, &header.prev, header.lamport)
        {
            return Accepted::Gap;
        }
        // A branch that leaves the main run below the known fork is a lower fork.
        let lower = (header.seq < at)
            .then(|| known.at(header.seq))
            .flatten()
            .map(|ours| (header.seq, ForkProof::new(ours, SignedHeader::of(first))));
        let (prev, tip) = (header.prev, last.head());
        if header.seq < at && lower.is_none() {
            return Accepted::Gap;
        }
        let full =
            fork.tips.len() >= FORK_BRANCHES_MAX && !fork.tips.iter().any(|tip| tip.id == prev);
        if full {
            return Accepted::TooManyBranches;
        }
        let was_lower = lower.is_some();
        if let Some((seq, proof)) = lower {
            self.mark_forked(seq, proof);
        }
        if let Some(fork) = &mut self.fork {
            fork.tips.retain(|known| known.id != prev);
            let place = fork.tips.partition_point(|known| known.id < tip.id);
            fork.tips.insert(place, tip);
        }
        if was_lower {
            Accepted::Forked(entries)
        } else {
            Accepted::Branch(entries)
        }
    }
}
