//! What peers ask for is streamed to them within their window.

use bocage_crdt::ids::{LogId, NodeId, WriterKey};

use super::state::{Peer, Serve};
use super::{Effect, LogReader, Machine, StoredEntry, Turn};
use crate::certificate::NodeCertificate;
use crate::entry::Entry;
use crate::limits::{
    CHUNKS_PER_TICK_MAX, ENTRIES_CHUNK_BYTES, PEER_WINDOW_BYTES, SERVING_PER_PEER_MAX,
};
use crate::wire::frame::{Entries, Frame, Want, Whose};
use crate::wire::pack::{fitting, pack};
use crate::wire::refusal::Refusal;

impl Machine {
    pub(super) fn want(&mut self, turn: &mut Turn, from: NodeId, want: Want) {
        let Some(id) = self.shared(&from, &want.space) else {
            return self.refuse(turn, from, Refusal::NotShared);
        };
        for wanted in want.logs {
            let (Some(peer), Some(space)) = (self.peers.get_mut(&from), self.spaces.get(&id))
            else {
                return;
            };
            if peer.serving.len() >= SERVING_PER_PEER_MAX {
                return self.refuse(turn, from, Refusal::TooManyWants);
            }
            if let Some(place) = space.places.get(&wanted.log) {
                peer.serving.push_back(Serve {
                    space: id,
                    place: *place,
                    next: wanted.from.max(1),
                    to: wanted.to,
                    tip: wanted.tip,
                });
            }
        }
    }

    pub(super) fn credit(&mut self, from: NodeId, bytes: u64) {
        if let Some(peer) = self.peers.get_mut(&from) {
            // Nobody can raise our window above its size.
            let room = peer.window.saturating_add_unsigned(bytes);
            peer.window = room.min(PEER_WINDOW_BYTES as i64);
        }
    }

    /// Serves all peers that wait for something, each its share.
    pub(super) fn serve_all(&mut self, turn: &mut Turn) {
        let waits = |(id, peer): (&NodeId, &Peer)| peer.can_be_served().then_some(*id);
        let waiting: Vec<NodeId> = self.peers.iter().filter_map(waits).collect();
        for peer in waiting {
            self.serve(turn, &peer);
        }
    }

    /// Streams what the peer asked for, in turns between logs, while there is room.
    fn serve(&mut self, turn: &mut Turn, to: &NodeId) {
        for _ in 0..CHUNKS_PER_TICK_MAX {
            let peer = self.peers.get_mut(to).filter(|peer| peer.has_room());
            let Some(serve) = peer.and_then(|peer| peer.serving.pop_front()) else {
                return;
            };
            if let Some(rest) = self.serve_chunk(turn, to, serve)
                && let Some(peer) = self.peers.get_mut(to)
            {
                peer.serving.push_back(rest);
            }
        }
    }

    /// Sends one chunk; what is left of the range comes back.
    fn serve_chunk(&mut self, turn: &mut Turn, to: &NodeId, mut serve: Serve) -> Option<Serve> {
        let tag = self.tag(to, &serve.space)?;
        let log = self.spaces.get(&serve.space)?.logs.get(serve.place)?;
        let (log_id, writer) = (log.id?, log.durable.writer);
        let key = self.key_of(&writer)?;
        let log = self.spaces.get(&serve.space)?.logs.get(serve.place)?;
        let stored = match &serve.tip {
            None if serve.next > serve.to => Vec::new(),
            None => read(turn.logs, &serve, &log_id),
            Some(tip) => {
                let chunk = ENTRIES_CHUNK_BYTES;
                let logs = turn.logs;
                logs.branch(&serve.space, &log_id, tip, serve.next, chunk)
            }
        };
        let mut entries = sound(stored, serve.next);
        let wanted = serve.to.saturating_sub(serve.next).saturating_add(1);
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
        let mut count = fitting(&entries, ENTRIES_CHUNK_BYTES).min(wanted);
        // The receiver checks the last signature only: end where one holds. The head's does, it
        // was checked when it came.
        let head = log.durable.head.map(|head| head.id);
        let holds = |entry: &Entry| Some(entry.id) == head || entry.signature_holds_by(&key);
        while count > 0 && count < entries.len() && !holds(&entries[count - 1]) {
            count += 1;
        }
        while count > 0 && !holds(&entries[count - 1]) {
            count -= 1;
        }
        entries.truncate(count);
        let certificate = self.certificate_for(to, &writer);
        let packed = pack(&mut self.codec, &serve.space, &log_id, &entries);
        let frame = Frame::Entries(Entries {
            space: tag,
            writer: Whose::Key(writer),
            certificate,
            packed,
        });
        self.send_data(turn, to, frame.encode());
        let last = entries.last()?;
        serve.next = last.header.seq + 1;
        let done = match &serve.tip {
            Some(tip) => last.id == *tip,
            None => serve.next > serve.to,
        };
        (!done).then_some(serve)
    }

    /// The certificate of the writer's site, if the peer was not told it on this connection.
    pub(super) fn certificate_for(
        &mut self,
        to: &NodeId,
        writer: &WriterKey,
    ) -> Option<NodeCertificate> {
        let node = self.writers.get(writer)?;
        let certificate = self.certificates.get(node)?;
        let peer = self.peers.get_mut(to)?;
        let told = peer.told_writers.entry(*node).or_insert(0);
        if certificate.writers.len() <= *told {
            return None;
        }
        *told = certificate.writers.len();
        Some(certificate.clone())
    }

    /// Sends a frame that counts against the peer's window.
    pub(super) fn send_data(&mut self, turn: &mut Turn, to: &NodeId, bytes: Vec<u8>) {
        if let Some(peer) = self.peers.get_mut(to) {
            peer.window -= bytes.len() as i64;
            turn.out.push(Effect::Send { peer: *to, bytes });
        }
    }
}

fn read(logs: &dyn LogReader, serve: &Serve, log: &LogId) -> Vec<StoredEntry> {
    logs.entries(&serve.space, log, serve.next, ENTRIES_CHUNK_BYTES)
}

/// The leading entries that are what their headers say and follow each other from `next` on.
fn sound(stored: Vec<StoredEntry>, next: u64) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::with_capacity(stored.len());
    for stored in stored {
        let Ok(entry) = Entry::read(stored.bytes, stored.signature, stored.payload) else {
            break;
        };
        let follows = match entries.last() {
            Some(last) => entry.header.follows(Some(&last.head())),
            None => entry.header.seq == next,
        };
        if !follows {
            break;
        }
        entries.push(entry);
    }
    entries
}
