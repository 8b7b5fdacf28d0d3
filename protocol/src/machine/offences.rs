//! What a peer may do wrong before it is cut off, and how many sites it may make up. Counted by
//! site, not by connection: connecting anew forgets nothing.

use bocage_crdt::ids::NodeId;

use super::Machine;
use crate::limits::{REFUSALS_PER_MINUTE_MAX, SHUT_OUT_MS, SITES_TOLD_PER_PEER_MAX};

const MINUTE_MS: u64 = 60_000;

/// Refusals of one peer.
pub(super) struct Offences {
    since_ms: u64,
    count: usize,
    /// Not listened to before then.
    until_ms: u64,
}

impl Machine {
    /// Counts a refusal; true when the peer is to be cut off for it.
    pub(super) fn is_one_too_many(&mut self, now_ms: u64, peer: NodeId) -> bool {
        // Only peers that were refused something lately have a place here.
        self.offences.retain(|_, offences| {
            now_ms < offences.since_ms + MINUTE_MS || now_ms < offences.until_ms
        });
        let offences = self.offences.entry(peer).or_insert(Offences {
            since_ms: now_ms,
            count: 0,
            until_ms: 0,
        });
        if now_ms >= offences.since_ms + MINUTE_MS {
            (offences.since_ms, offences.count) = (now_ms, 0);
        }
        offences.count += 1;
        let cut_off = offences.count >= REFUSALS_PER_MINUTE_MAX;
        if cut_off {
            offences.until_ms = now_ms + SHUT_OUT_MS;
        }
        cut_off
    }

    pub(super) fn is_shut_out(&self, now_ms: u64, peer: &NodeId) -> bool {
        let offences = self.offences.get(peer);
        offences.is_some_and(|offences| now_ms < offences.until_ms)
    }

    /// Whether the peer may tell of no further site.
    pub(super) fn has_told_enough(&self, from: &NodeId, node: &NodeId) -> bool {
        let told = self.told.get(from).copied().unwrap_or(0);
        from != node && told >= SITES_TOLD_PER_PEER_MAX
    }

    /// Notes who told of a site that was not known before.
    pub(super) fn note_told(&mut self, from: NodeId, node: NodeId) {
        if from != node && !self.certificates.contains_key(&node) {
            self.told_by.insert(node, from);
            *self.told.entry(from).or_insert(0) += 1;
        }
    }

    /// A site that stands there itself counts against nobody.
    pub(super) fn stands_itself(&mut self, node: &NodeId) {
        if let Some(teller) = self.told_by.remove(node)
            && let Some(told) = self.told.get_mut(&teller)
        {
            *told -= 1;
        }
    }
}
