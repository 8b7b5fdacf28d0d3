//! How a connection begins and ends: Hello, certificates, goodbye.

use bocage_crdt::ids::{NodeId, SpaceId, WriterKey};
use ed25519_dalek::VerifyingKey;

use super::state::{Peer, PeerLog, PeerSpace};
use super::{Effect, Machine, Turn};
use crate::certificate::{NodeCertificate, verifying_key};
use crate::limits::{PEER_WINDOW_BYTES, SITES_KNOWN_MAX};
use crate::wire::frame::{Frame, Hello, SessionKey, realm_mark};
use crate::wire::refusal::Refusal;

impl Machine {
    pub(super) fn peer_up(&mut self, turn: &mut Turn, id: NodeId, nonce: [u8; 16], wall_ms: u64) {
        self.peer_down(turn, &id);
        if self.is_shut_out(turn.now_ms, &id) {
            return self.refuse(turn, id, Refusal::TooManyRefusals);
        }
        let peer = Peer {
            nonce,
            up_at_ms: turn.now_ms,
            key: None,
            spaces: Default::default(),
            tags: Default::default(),
            // As in the Hello below: a later certificate goes with the first entries.
            told_writers: [(self.config.me, self.config.certificate.writers.len())].into(),
            window: PEER_WINDOW_BYTES as i64,
            held_bytes: 0,
            credit_bytes: 0,
            serving: Default::default(),
            asked: 0,
            unproven: self.announced_by(&id),
            slow: false,
            queue_full: false,
            listed: false,
            unequal: 0,
            caught_up: false,
            progress_at_ms: turn.now_ms,
            compared_at_ms: turn.now_ms,
            news_at_ms: None,
        };
        self.peers.insert(id, peer);
        let hello = Hello {
            realm: realm_mark(&self.config.realm),
            certificate: self.config.certificate.clone(),
            name: self.config.name.clone(),
            wall_ms,
            nonce,
        };
        turn.send(id, &Frame::Hello(hello));
    }

    /// Logs that the peer announced on earlier connections and nobody has proven since.
    fn announced_by(&self, id: &NodeId) -> usize {
        let logs = self.spaces.values().flat_map(|space| &space.logs);
        logs.filter(|log| log.announced_by == Some(*id)).count()
    }

    /// Forgets the connection; what was asked of the peer is asked of others.
    pub(super) fn peer_down(&mut self, turn: &mut Turn, id: &NodeId) {
        if self.peers.remove(id).is_none() {
            return;
        }
        self.wants.retain(|(peer, _), _| peer != id);
        self.acks.retain(|(peer, _), _| peer != id);
        for store in self.tickets.values_mut().filter(|store| store.peer == *id) {
            store.tag = None;
        }
        let mut orphans = Vec::new();
        for (space_id, space) in &mut self.spaces {
            for (place, log) in space.logs.iter_mut().enumerate() {
                if log.search.is_some_and(|search| search.peer == *id) {
                    log.search = None;
                }
                if log.asked.is_some_and(|asked| asked.peer == *id) {
                    orphans.push((*space_id, place));
                }
            }
        }
        for (space, place) in orphans {
            self.end_ask(&space, place);
            self.ask(turn, &space, place);
        }
    }

    pub(super) fn goodbye(&mut self, turn: &mut Turn, id: NodeId) {
        turn.out.push(Effect::Disconnect {
            peer: id,
            reason: "bye",
        });
        self.peer_down(turn, &id);
    }

    pub(super) fn hello(&mut self, turn: &mut Turn, from: NodeId, hello: Hello) {
        let Some(peer) = self.peers.get_mut(&from) else {
            return;
        };
        if peer.key.is_some() {
            return self.refuse(turn, from, Refusal::HelloRepeated);
        }
        if hello.realm != realm_mark(&self.config.realm) {
            return self.refuse(turn, from, Refusal::HelloWrongRealm);
        }
        if hello.certificate.node != from {
            return self.refuse(turn, from, Refusal::HelloInvalid);
        }
        let key = SessionKey::new((&self.config.me, &peer.nonce), (&from, &hello.nonce));
        peer.key = Some(key);
        peer.told_writers
            .insert(from, hello.certificate.writers.len());
        match self.learn_certificate(turn, from, hello.certificate) {
            Ok(()) => self.stands_itself(&from),
            Err(Refusal::CertificateInvalid) => {
                return self.refuse(turn, from, Refusal::HelloInvalid);
            }
            Err(refusal) => {
                // A site restored from an old backup does not know all its lives: remind it.
                if let Some(known) = self.certificates.get(&from) {
                    turn.send(from, &Frame::Certificate(known.clone()));
                }
                return self.refuse(turn, from, refusal);
            }
        }
        turn.out.push(Effect::PeerHello {
            peer: from,
            name: hello.name,
            wall_ms: hello.wall_ms,
        });
        let shared: Vec<SpaceId> = self
            .spaces
            .iter()
            .filter(|(_, space)| space.hosts.contains(&from))
            .map(|(id, _)| *id)
            .collect();
        for space in &shared {
            self.enter(&from, space);
        }
        self.list(turn, from, &shared, false);
    }

    /// Begins to share a space with a connected peer that hosts it.
    pub(super) fn enter(&mut self, id: &NodeId, space_id: &SpaceId) -> bool {
        let (Some(peer), Some(space)) = (self.peers.get_mut(id), self.spaces.get(space_id)) else {
            return false;
        };
        let Some(key) = peer.key else {
            return false;
        };
        if peer.spaces.contains_key(space_id) {
            return false;
        }
        let mut shared = PeerSpace {
            tag: key.tag(space_id),
            listed: false,
            said: None,
            known: false,
            unequal: 0,
            counted: false,
            logs: vec![PeerLog::default(); space.logs.len()],
        };
        for (place, log) in space.logs.iter().enumerate() {
            shared.weigh(place, log);
        }
        peer.tags.insert(shared.tag, *space_id);
        peer.spaces.insert(*space_id, shared);
        true
    }

    /// Checks a certificate and keeps the longer of it and the known one.
    pub(super) fn learn_certificate(
        &mut self,
        turn: &mut Turn,
        from: NodeId,
        certificate: NodeCertificate,
    ) -> Result<(), Refusal> {
        if certificate.node == self.config.me {
            // Ours is ours to say: an older copy is no news, another list is a reminder.
            if certificate.is_valid()
                && !names_all_of(&self.config.certificate.writers, &certificate.writers)
            {
                turn.out.push(Effect::OwnCertificate { certificate });
            }
            return Ok(());
        }
        if let Some(known) = self.certificates.get(&certificate.node) {
            if known == &certificate {
                return Ok(());
            }
            if !certificate.is_valid() {
                return Err(Refusal::CertificateInvalid);
            }
            if names_all_of(&known.writers, &certificate.writers) {
                return Ok(());
            }
            if !names_all_of(&certificate.writers, &known.writers) {
                return Err(Refusal::CertificateConflict);
            }
        } else if self.certificates.len() >= SITES_KNOWN_MAX && certificate.node != from {
            // Made-up sites that others told of must not keep out one that stands there itself.
            return Err(Refusal::TooManyLogs);
        } else if self.has_told_enough(&from, &certificate.node) {
            return Err(Refusal::TooManySites);
        } else if !certificate.is_valid() {
            return Err(Refusal::CertificateInvalid);
        }
        // A key may speak for one site only, else its logs would have two owners.
        let owner = |writer| self.writers.get(writer);
        let mut owners = certificate.writers.iter().filter_map(owner);
        if owners.any(|owner| *owner != certificate.node) {
            return Err(Refusal::CertificateConflict);
        }
        self.note_told(from, certificate.node);
        self.note_certificate(certificate.clone());
        turn.out.push(Effect::StoreCertificate { certificate });
        Ok(())
    }

    /// A peer knows another list of our own writer keys.
    pub(super) fn reminded(&mut self, turn: &mut Turn, from: NodeId, certificate: NodeCertificate) {
        if certificate.node != self.config.me || !certificate.is_valid() {
            return self.refuse(turn, from, Refusal::CertificateInvalid);
        }
        if !names_all_of(&self.config.certificate.writers, &certificate.writers) {
            turn.out.push(Effect::OwnCertificate { certificate });
        }
    }

    pub(super) fn note_certificate(&mut self, certificate: NodeCertificate) {
        for writer in &certificate.writers {
            self.writers.insert(*writer, certificate.node);
        }
        self.certificates.insert(certificate.node, certificate);
    }

    /// The writer's key, checked once.
    pub(super) fn key_of(&mut self, writer: &WriterKey) -> Option<VerifyingKey> {
        if let Some(key) = self.keys.get(writer) {
            return Some(*key);
        }
        let key = verifying_key(&writer.0)?;
        self.keys.insert(*writer, key);
        Some(key)
    }
}

/// Whether `longer` names all of `shorter`. Order does not count here: a site that was restored
/// from old backups gathers its former lives from peers, in whatever order they remind it.
fn names_all_of(longer: &[WriterKey], shorter: &[WriterKey]) -> bool {
    shorter.iter().all(|writer| longer.contains(writer))
}
