//! Proofs that a writer wrote two entries at one place: checked, noted, passed on at once.

use bocage_crdt::ids::{LogId, NodeId, SpaceId};

use super::event::Place;
use super::{Effect, Machine, Turn};
use crate::wire::frame::{Fork, Frame};
use crate::wire::refusal::Refusal;

impl Machine {
    /// A peer proves that a writer wrote two entries at one place.
    pub(super) fn fork(&mut self, turn: &mut Turn, from: NodeId, fork: Fork) {
        let Some(id) = self.shared(&from, &fork.space) else {
            return self.refuse(turn, from, Refusal::NotShared);
        };
        if let Err(refusal) = self.learn_certificate(turn, from, fork.certificate) {
            return self.refuse(turn, from, refusal);
        }
        // Keys that are checked are remembered: only those of known sites, or memory would grow.
        if !self.writers.contains_key(&fork.writer) {
            return self.refuse(turn, from, Refusal::WriterUnknown);
        }
        let log_id = LogId::of(&fork.writer, &id);
        let at = self
            .key_of(&fork.writer)
            .and_then(|key| fork.proof.proven_at(&log_id, &key));
        let Some(at) = at else {
            return self.refuse(turn, from, Refusal::ForkUnproven);
        };
        let place = match self.place_of_writer(&id, &fork.writer) {
            Ok(place) => place,
            Err(refusal) => return self.refuse(turn, from, refusal),
        };
        let Some(space) = self.spaces.get_mut(&id) else {
            return;
        };
        let log = &mut space.logs[place];
        if log.state.mark_forked(at, fork.proof) {
            log.search = None;
            self.store(turn, from, &id, place, Place::Branch, Vec::new(), 0);
            self.alarm(turn, &id, place);
        } else if log.state.fork.as_ref().is_some_and(|known| known.at < at) {
            self.send_proof(turn, &from, &id, place);
        }
    }

    /// A fork was just proven here: everybody is told at once.
    pub(super) fn alarm(&mut self, turn: &mut Turn, id: &SpaceId, place: usize) {
        let own = self.own_log(id);
        let Some(log) = self.spaces.get(id).map(|space| &space.logs[place]) else {
            return;
        };
        let (Some(log_id), Some(fork)) = (log.id, &log.state.fork) else {
            return;
        };
        turn.out.push(Effect::Fork {
            space: *id,
            log: log_id,
            proof: fork.proof.clone(),
        });
        if log_id == own {
            self.burn(turn, id);
        }
        let peers: Vec<NodeId> = self.peers.keys().copied().collect();
        for peer in &peers {
            if let Some(peer) = self.peers.get_mut(peer)
                && let Some(shared) = peer.spaces.get_mut(id)
            {
                shared.logs[place].proof_sent = false;
            }
            self.send_proof(turn, peer, id, place);
        }
    }

    /// Sends the proof of a log's fork, once per connection and fork.
    pub(super) fn send_proof(&mut self, turn: &mut Turn, to: &NodeId, id: &SpaceId, place: usize) {
        let (Some(peer), Some(space)) = (self.peers.get_mut(to), self.spaces.get(id)) else {
            return;
        };
        let log = &space.logs[place];
        let certificate = self.certificates.get(&log.state.node);
        let (Some(shared), Some(fork), Some(certificate)) =
            (peer.spaces.get_mut(id), &log.state.fork, certificate)
        else {
            return;
        };
        if !shared.listed || std::mem::replace(&mut shared.logs[place].proof_sent, true) {
            return;
        }
        let fork = Fork {
            space: shared.tag,
            writer: log.state.writer,
            certificate: certificate.clone(),
            proof: fork.proof.clone(),
        };
        turn.send(*to, &Frame::Fork(fork));
    }
}
