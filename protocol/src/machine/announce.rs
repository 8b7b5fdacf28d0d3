//! Telling what changed: heights learned from one peer go to the others after a short wait, and
//! sites that have differed for long compare again.

use std::collections::BTreeSet;

use bocage_crdt::ids::{NodeId, SpaceId};

use super::state::Peer;
use super::{Machine, Turn};
use crate::limits::RESYNC_WAIT_MS;

impl Machine {
    /// A durable state changed: peers are to be told at `at_ms`, and stand apart until they say
    /// that they have it.
    pub(super) fn moved(&mut self, id: &SpaceId, place: usize, rest_changed: bool, at_ms: u64) {
        let Some(space) = self.spaces.get_mut(id) else {
            return;
        };
        space.digest = None;
        space.untold.insert(place);
        let sooner = space.announce_at_ms.is_none_or(|due_ms| at_ms < due_ms);
        if sooner {
            if let Some(due_ms) = space.announce_at_ms.replace(at_ms) {
                self.announcements.remove(&(due_ms, *id));
            }
            self.announcements.insert((at_ms, *id));
        }
        for peer in self.peers.values_mut() {
            if let Some(shared) = peer.spaces.get_mut(id) {
                shared.logs[place].untold_rest |= rest_changed;
                shared.weigh(place, &space.logs[place]);
                peer.recount(id);
            }
        }
    }

    /// Tells all hosts what they were not told. Also those that have shown as much themselves: they
    /// know otherwise only what they sent, not who has it by now, and would not say «partout».
    pub(super) fn announce(&mut self, turn: &mut Turn, id: &SpaceId) {
        let Some(space) = self.spaces.get_mut(id) else {
            return;
        };
        space.announce_at_ms = None;
        let places = std::mem::take(&mut space.untold);
        let peers: Vec<NodeId> = self.peers.keys().copied().collect();
        for peer in peers {
            self.tell(turn, &peer, id, places.clone());
        }
    }

    pub(super) fn tell(
        &mut self,
        turn: &mut Turn,
        to: &NodeId,
        id: &SpaceId,
        mut places: BTreeSet<usize>,
    ) {
        let (Some(peer), Some(space)) = (self.peers.get(to), self.spaces.get(id)) else {
            return;
        };
        let Some(shared) = peer.spaces.get(id) else {
            return;
        };
        // A full queue is repaired by comparing again once it has drained.
        if !shared.listed || peer.queue_full {
            return;
        }
        places.retain(|place| {
            let theirs = &shared.logs[*place];
            theirs.untold_rest || theirs.told < space.logs[*place].durable.height()
        });
        if !places.is_empty() {
            self.send_have(turn, to, id, Some(&places));
        }
    }

    /// Compares again with peers that have differed for long without progress.
    pub(super) fn compare_again(&mut self, turn: &mut Turn) {
        let stuck = |peer: &&Peer| {
            peer.unequal > 0
                && !peer.queue_full
                && turn.now_ms >= peer.compared_at_ms.max(peer.progress_at_ms) + RESYNC_WAIT_MS
        };
        let due: Vec<NodeId> = self
            .peers
            .iter()
            .filter(|(_, peer)| stuck(peer))
            .map(|(id, _)| *id)
            .collect();
        for id in due {
            self.compare_with(turn, &id, false);
        }
        for peer in self.peers.values_mut() {
            // Progress put the comparison off.
            peer.compared_at_ms = peer.compared_at_ms.max(peer.progress_at_ms);
        }
    }

    /// Lists spaces anew: all of them, or those that differ.
    pub(super) fn compare_with(&mut self, turn: &mut Turn, id: &NodeId, all: bool) {
        let Some(peer) = self.peers.get_mut(id) else {
            return;
        };
        peer.compared_at_ms = turn.now_ms;
        let spaces: Vec<SpaceId> = peer
            .spaces
            .iter()
            .filter(|(_, shared)| all || shared.counted)
            .map(|(space, _)| *space)
            .collect();
        if !spaces.is_empty() {
            self.list(turn, *id, &spaces, false);
        }
    }

    /// The shell's queue to a peer filled up or drained.
    pub(super) fn send_queue(&mut self, turn: &mut Turn, id: &NodeId, full: bool) {
        let Some(peer) = self.peers.get_mut(id) else {
            return;
        };
        let drained = peer.queue_full && !full;
        peer.queue_full = full;
        if drained && peer.key.is_some() {
            self.compare_with(turn, id, true);
        }
    }
}
