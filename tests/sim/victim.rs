//! A machine that stands alone against a hostile peer, and what that peer can send.

use std::collections::BTreeSet;

use bocage_crdt::ids::{CommandId, EntryId, ItemId, LogId, NodeId, PersonId, SpaceId, WriterKey};
use bocage_protocol::certificate::NodeCertificate;
use bocage_protocol::entry::{Entry, EntryKind, Header};
use bocage_protocol::limits::PROTOCOL_VERSION;
use bocage_protocol::machine::{Effect, Event, Machine, MachineConfig};
use bocage_protocol::wire::compress::Codec;
use bocage_protocol::wire::frame::{Entries, Frame, Hello, SessionKey, Spaces, Whose, realm_mark};
use bocage_protocol::wire::pack::pack;
use ed25519_dalek::SigningKey;

use crate::disk::Disk;
use crate::site::REALM;

pub(super) const SPACE: SpaceId = SpaceId([1; 32]);
pub(super) const NONCE: [u8; 16] = [5; 16];

pub(super) fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub(super) fn writer(seed: u8) -> WriterKey {
    WriterKey(key(seed).verifying_key().to_bytes())
}

/// The hostile site: node key 20, writer key 21.
pub(super) fn certificate() -> NodeCertificate {
    NodeCertificate::sign(&key(20), vec![writer(21)])
}

pub(super) fn hello() -> Hello {
    Hello {
        realm: realm_mark(&REALM),
        certificate: certificate(),
        name: "Ancenis".into(),
        wall_ms: 1,
        nonce: NONCE,
    }
}

pub(super) fn chain(count: u64) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for seq in 1..=count {
        let header = Header {
            version: PROTOCOL_VERSION,
            kind: EntryKind::Record,
            space: SPACE,
            log: LogId::of(&writer(21), &SPACE),
            seq,
            prev: entries.last().map_or(EntryId::default(), |entry| entry.id),
            lamport: seq,
            wall_ms: 0,
            rights_heads: Vec::new(),
            author: PersonId([2; 16]),
            item: ItemId([3; 16]),
            creation: None,
            command: CommandId([4; 16]),
            origin: None,
            carried: Vec::new(),
            payload_hash: [0; 32],
            payload_length: 0,
        };
        entries.push(Entry::sign(header, vec![seq as u8; 40], &key(21)));
    }
    entries
}

pub(super) struct Victim {
    pub(super) machine: Machine,
    pub(super) disk: Disk,
    pub(super) peer: NodeId,
    pub(super) tag: [u8; 8],
    pub(super) now_ms: u64,
    pub(super) closed: bool,
    pub(super) refused: Vec<&'static str>,
    pub(super) stored: BTreeSet<u64>,
}

impl Victim {
    pub(super) fn new() -> Self {
        let me = NodeCertificate::sign(&key(10), vec![writer(11)]);
        let config = MachineConfig {
            me: me.node,
            certificate: me.clone(),
            realm: REALM,
            name: "Nantes".into(),
        };
        let disk = Disk::default();
        let peer = certificate().node;
        let tag = SessionKey::new((&me.node, &[6; 16]), (&peer, &NONCE)).tag(&SPACE);
        let mut victim = Self {
            machine: Machine::new(config, &disk),
            disk,
            peer,
            tag,
            now_ms: 1,
            closed: false,
            refused: Vec::new(),
            stored: BTreeSet::new(),
        };
        victim.event(Event::SpaceChanged {
            space: SPACE,
            hosts: BTreeSet::from([me.node, peer]),
        });
        victim.event(Event::PeerUp {
            peer,
            dialled: false,
            nonce: [6; 16],
            wall_ms: 0,
        });
        victim
    }

    pub(super) fn greeted() -> Self {
        let mut victim = Self::new();
        victim.frame(&Frame::Hello(hello()));
        let digest = [0; 8];
        let tag = victim.tag;
        victim.frame(&Frame::Spaces(Spaces {
            more: false,
            answer: false,
            spaces: vec![(tag, digest), ([9; 8], digest)],
        }));
        assert!(victim.refused.is_empty() && !victim.closed);
        victim
    }

    pub(super) fn me(&self) -> NodeId {
        NodeCertificate::sign(&key(10), vec![writer(11)]).node
    }

    /// What a space is called on this connection.
    pub(super) fn tag_of(&self, space: &SpaceId) -> [u8; 8] {
        SessionKey::new((&self.me(), &[6; 16]), (&self.peer, &NONCE)).tag(space)
    }

    /// The hostile site connects anew.
    pub(super) fn meet_again(&mut self) {
        let peer = self.peer;
        self.event(Event::PeerDown { peer });
        self.meet(&certificate());
        let listing = Spaces {
            more: false,
            answer: false,
            spaces: vec![(self.tag, [0; 8])],
        };
        self.frame(&Frame::Spaces(listing));
    }

    /// A site connects and says Hello.
    pub(super) fn meet(&mut self, certificate: &NodeCertificate) {
        let peer = certificate.node;
        self.event(Event::PeerUp {
            peer,
            dialled: false,
            nonce: [6; 16],
            wall_ms: 0,
        });
        let hello = Hello {
            certificate: certificate.clone(),
            ..hello()
        };
        let bytes = Frame::Hello(hello).encode();
        self.event(Event::Frame { peer, bytes });
    }

    pub(super) fn event(&mut self, event: Event) {
        let mut out = Vec::new();
        self.machine
            .handle(self.now_ms, event, &self.disk, &mut out);
        for effect in out {
            match effect {
                Effect::Refused { reason, .. } => self.refused.push(reason),
                Effect::Disconnect { .. } => self.closed = true,
                Effect::Store {
                    ticket,
                    space,
                    log,
                    state,
                    place,
                    entries,
                    ..
                } => {
                    self.stored
                        .extend(entries.iter().map(|entry| entry.header.seq));
                    self.disk.store(&space, &log, state, place, &entries, false);
                    self.event(Event::Stored {
                        tickets: vec![ticket],
                    });
                }
                _ => {}
            }
        }
    }

    pub(super) fn bytes(&mut self, bytes: Vec<u8>) {
        let peer = self.peer;
        self.event(Event::Frame { peer, bytes });
    }

    pub(super) fn frame(&mut self, frame: &Frame) {
        self.bytes(frame.encode());
    }

    /// A frame with these entries under another name: a key, or a log of which nothing came.
    pub(super) fn push_as(&self, writer: Whose, entries: &[Entry]) -> Vec<u8> {
        let push = self.push(entries);
        Frame::Push(Entries { writer, ..push }).encode()
    }

    pub(super) fn push(&self, entries: &[Entry]) -> Entries {
        let log = LogId::of(&writer(21), &SPACE);
        Entries {
            space: self.tag,
            writer: Whose::Key(writer(21)),
            certificate: None,
            packed: pack(&mut Codec::default(), &SPACE, &log, entries),
        }
    }
}
