//! The missing is asked for, of one peer at a time per log; elsewhere when a peer is gone or
//! delivers nothing.

use bocage_crdt::ids::{EntryId, NodeId, SpaceId};

use super::state::{Asked, Distrust, OnDisk, Peer};
use super::{Effect, Machine, Turn};
use crate::limits::{ASK_WAIT_MAX_MS, WANT_WAIT_MS, WANTS_PER_PEER_MAX};
use crate::log::Known;
use crate::wire::frame::WantLog;
use crate::wire::refusal::Refusal;

/// What to ask of whom; ordered by preference.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Offer {
    slow: bool,
    from: u64,
    asked: usize,
    peer: NodeId,
    to: u64,
    tip: Option<EntryId>,
}

impl Machine {
    /// Asks for the next missing range of a log, if somebody offers one and nothing is under way.
    pub(super) fn ask(&mut self, turn: &mut Turn, id: &SpaceId, place: usize) {
        let own = self.own_log(id);
        let Some(space) = self.spaces.get(id) else {
            return;
        };
        let log = &space.logs[place];
        if log.asked.is_some() {
            return;
        }
        if log.id == Some(own) {
            return self.check_own(turn, id, place);
        }
        let offer = match log.search {
            Some(search) => self.peers.get(&search.peer).map(|peer| {
                let middle = search.low + (search.high - search.low).div_ceil(2);
                Offer {
                    slow: peer.slow,
                    from: middle,
                    asked: peer.asked,
                    peer: search.peer,
                    to: middle,
                    tip: None,
                }
            }),
            None => self.best_offer(turn, id, place),
        };
        let Some(offer) = offer else {
            self.backlog.remove(&(*id, place));
            return;
        };
        self.want_of(turn, id, place, offer);
    }

    /// Asks one peer, or lets the log wait until fewer ranges are under way from it.
    fn want_of(&mut self, turn: &mut Turn, id: &SpaceId, place: usize, offer: Offer) {
        let own = self.own_log(id);
        let (Some(peer), Some(space)) = (self.peers.get_mut(&offer.peer), self.spaces.get_mut(id))
        else {
            return;
        };
        if peer.asked >= WANTS_PER_PEER_MAX {
            self.backlog.insert((*id, place));
            return;
        }
        self.backlog.remove(&(*id, place));
        if peer.asked == 0 {
            peer.progress_at_ms = turn.now_ms;
        }
        peer.asked += 1;
        let log = &mut space.logs[place];
        let wait_ms = if log.id == Some(own) {
            WANT_WAIT_MS
        } else {
            ASK_WAIT_MAX_MS
        };
        let due_ms = turn.now_ms + wait_ms;
        self.asks_due.insert((due_ms, *id, place));
        log.asked = Some(Asked {
            peer: offer.peer,
            to: offer.to,
            tip: offer.tip,
            progress: false,
            due_ms,
        });
        let want = WantLog {
            log: log.key,
            from: offer.from,
            to: offer.to,
            tip: offer.tip,
        };
        self.wants.entry((offer.peer, *id)).or_default().push(want);
    }

    fn best_offer(&self, turn: &Turn, id: &SpaceId, place: usize) -> Option<Offer> {
        let offers = self
            .peers
            .iter()
            .filter_map(|(peer, state)| self.offer(turn, id, place, *peer, state));
        offers.min()
    }

    fn offer(
        &self,
        turn: &Turn,
        id: &SpaceId,
        place: usize,
        peer: NodeId,
        state: &Peer,
    ) -> Option<Offer> {
        let space = self.spaces.get(id)?;
        let log = &space.logs[place];
        let theirs = state.spaces.get(id)?.logs.get(place)?;
        if theirs.distrust != Distrust::None {
            return None;
        }
        let offer = |from, to, tip| Offer {
            slow: state.slow,
            from,
            asked: state.asked,
            peer,
            to,
            tip,
        };
        if let Some((from, to)) = log.state.missing(&theirs.offered()) {
            return Some(offer(from, to, None));
        }
        // Branches attach to the common part: that comes first.
        let fork = log.state.fork.as_ref()?;
        if log.state.reach() + 1 < fork.at {
            return None;
        }
        let disk = OnDisk {
            logs: turn.logs,
            space: *id,
            log: log.id?,
            erased: &space.erased,
            in_flight: &self.tickets,
        };
        let ours = |tip: &EntryId| {
            fork.tips.iter().any(|known| known.id == *tip) || disk.find(tip).is_some()
        };
        let tip = theirs.tips.as_ref()?.iter().find(|tip| !ours(tip))?;
        Some(offer(fork.at, u64::MAX, Some(*tip)))
    }

    /// Our own current log is written here only: a peer that shows more of it, or another entry at
    /// its end, means that our disk went back in time. Or it lies: saying so costs nothing, and each
    /// new writer key is one of few. So one entry that we lack is asked for, and our own signature
    /// on it decides, see [`Machine::verify`].
    fn check_own(&mut self, turn: &mut Turn, id: &SpaceId, place: usize) {
        let Some(space) = self.spaces.get(id) else {
            return;
        };
        let log = &space.logs[place];
        if self.burnt.contains(id) {
            return;
        }
        if log.state.fork.is_some() {
            // The proof is on our own disk.
            return self.burn(turn, id);
        }
        let reach = log.durable.reach();
        let search = log.search;
        let claims = self.peers.iter().filter_map(|(peer, state)| {
            let theirs = state.spaces.get(id)?.logs.get(place)?;
            let offered = theirs.offered();
            let beyond = offered.iter().find(|(_, to)| *to > reach);
            let lost = log.state.wanted_lost(&offered);
            let lost = lost.or_else(|| log.state.wanted_payload(&offered));
            let lost = lost.map(|(seq, _)| seq);
            let claimed = match search.filter(|search| search.peer == *peer) {
                Some(search) => search.high,
                None => lost.or_else(|| Some(beyond?.0.max(reach + 1)))?,
            };
            (theirs.distrust == Distrust::None).then_some(Offer {
                slow: state.slow,
                from: claimed,
                asked: state.asked,
                peer: *peer,
                to: claimed,
                tip: None,
            })
        });
        match claims.min() {
            Some(claim) => self.want_of(turn, id, place, claim),
            None => {
                self.backlog.remove(&(*id, place));
            }
        }
    }

    /// Our writer key has signed something that our disk does not know.
    pub(super) fn burn(&mut self, turn: &mut Turn, id: &SpaceId) {
        if self.burnt.insert(*id) {
            turn.out.push(Effect::OwnLogAhead {
                space: *id,
                log: self.own_log(id),
            });
        }
    }

    /// Nothing is under way for this log any more.
    pub(super) fn end_ask(&mut self, id: &SpaceId, place: usize) -> Option<Asked> {
        let log = self.spaces.get_mut(id)?.logs.get_mut(place)?;
        let asked = log.asked.take()?;
        self.asks_due.remove(&(asked.due_ms, *id, place));
        if let Some(peer) = self.peers.get_mut(&asked.peer) {
            peer.asked = peer.asked.saturating_sub(1);
        }
        Some(asked)
    }

    /// What was asked was delivered, or cannot be: goes on with what is missing next.
    pub(super) fn asked_done(&mut self, turn: &mut Turn, id: &SpaceId, place: usize) {
        if let Some(asked) = self.end_ask(id, place)
            && !asked.progress
        {
            self.asked_for_nothing(turn, asked.peer, id, place);
        }
        self.ask(turn, id, place);
        // As much as just ended may begin.
        if let Some((space, place)) = self.backlog.pop_first() {
            self.ask(turn, &space, place);
        }
    }

    /// Without progress the same would be asked of the peer again, and again in vain.
    fn asked_for_nothing(&mut self, turn: &mut Turn, from: NodeId, id: &SpaceId, place: usize) {
        let own = self.is_own(id, place);
        if own && self.burnt.contains(id) {
            return;
        }
        let peer = self.peers.get_mut(&from);
        let Some(shared) = peer.and_then(|peer| peer.spaces.get_mut(id)) else {
            return;
        };
        let distrust = &mut shared.logs[place].distrust;
        if *distrust == Distrust::Always {
            return;
        }
        if own {
            // Not believed in this again as long as it is connected; should the entry come late,
            // it still counts.
            self.distrust(&from, id, place);
            return self.refuse(turn, from, Refusal::OwnClaimUnproven);
        }
        *distrust = Distrust::UntilHave;
        self.end_search(&from, id, place);
    }

    fn is_own(&self, id: &SpaceId, place: usize) -> bool {
        let own = self.own_log(id);
        self.spaces
            .get(id)
            .is_some_and(|space| space.logs[place].id == Some(own))
    }

    /// The peer does not help with the search for the first difference: others may.
    pub(super) fn end_search(&mut self, from: &NodeId, id: &SpaceId, place: usize) {
        if let Some(log) = self.spaces.get_mut(id).map(|space| &mut space.logs[place])
            && log.search.is_some_and(|search| search.peer == *from)
        {
            log.search = None;
        }
    }

    /// Something came of what was asked, and more is to come.
    pub(super) fn ask_goes_on(&mut self, turn: &Turn, id: &SpaceId, place: usize) {
        let log = self.spaces.get_mut(id).map(|space| &mut space.logs[place]);
        if let Some(asked) = log.and_then(|log| log.asked.as_mut()) {
            self.asks_due.remove(&(asked.due_ms, *id, place));
            asked.due_ms = turn.now_ms + ASK_WAIT_MAX_MS;
            self.asks_due.insert((asked.due_ms, *id, place));
        }
    }

    /// Peers that were asked and deliver nothing: others are asked, if there are any.
    pub(super) fn ask_elsewhere(&mut self, turn: &mut Turn) {
        // A peer that delivers other things all the time must not keep this log waiting for ever.
        while let Some((due_ms, id, place)) = self.asks_due.first().copied() {
            if due_ms > turn.now_ms {
                break;
            }
            self.asks_due.pop_first();
            if let Some(asked) = self.end_ask(&id, place) {
                self.asked_for_nothing(turn, asked.peer, &id, place);
                self.ask(turn, &id, place);
            }
        }
        let late: Vec<NodeId> = self
            .peers
            .iter()
            .filter(|(_, peer)| peer.asked > 0 && turn.now_ms >= peer.progress_at_ms + WANT_WAIT_MS)
            .map(|(id, _)| *id)
            .collect();
        for id in late {
            if let Some(peer) = self.peers.get_mut(&id) {
                peer.slow = true;
                peer.progress_at_ms = turn.now_ms;
            }
            let mut waiting = Vec::new();
            for (space_id, space) in &self.spaces {
                for (place, log) in space.logs.iter().enumerate() {
                    if log.asked.is_some_and(|asked| asked.peer == id) {
                        waiting.push((*space_id, place));
                    }
                }
            }
            for (space, place) in waiting {
                let better = self.best_offer(turn, &space, place);
                let elsewhere = better.is_some_and(|offer| offer.peer != id && !offer.slow);
                if elsewhere && !self.is_own(&space, place) {
                    self.end_ask(&space, place);
                    self.end_search(&id, &space, place);
                    self.ask(turn, &space, place);
                }
            }
        }
    }
}
