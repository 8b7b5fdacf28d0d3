//! What peers say of a site's own log, and of what they have at all: believed as far as it is
//! shown. A claim costs a peer nothing, a new writer key is one of few.

use std::collections::BTreeSet;

use bocage_crdt::ids::{CommandId, EntryId, ItemId, LogId, NodeId, PersonId, WriterKey};
use bocage_protocol::certificate::NodeCertificate;
use bocage_protocol::entry::{Entry, EntryKind, Header};
use bocage_protocol::limits::{
    ASK_WAIT_MAX_MS, MISSING_PER_LOG_MAX, PROTOCOL_VERSION, WANT_WAIT_MS,
};
use bocage_protocol::log::LogState;
use bocage_protocol::machine::{Effect, Event, Machine, MachineConfig};
use bocage_protocol::wire::compress::Codec;
use bocage_protocol::wire::frame::{
    Entries, Frame, Have, HaveLog, Hello, Live, SessionKey, Spaces, WantLog, Whose, log_key,
    realm_mark,
};
use bocage_protocol::wire::pack::pack;
use ed25519_dalek::SigningKey;

use crate::disk::Disk;
use crate::runs;
use crate::site::REALM;
use crate::victim::{SPACE, key, writer};
use crate::world::Faults;

/// Node and writer keys of the site itself, of a peer that lies, of one that does not, and of a
/// site whose log both peers show.
const ME: (u8, u8) = (10, 11);
const LIAR: (u8, u8) = (20, 21);
const HONEST: (u8, u8) = (30, 31);
const THIRD: (u8, u8) = (40, 41);

fn certificate((node, seed): (u8, u8)) -> NodeCertificate {
    NodeCertificate::sign(&key(node), vec![writer(seed)])
}

fn log(seed: u8) -> LogId {
    LogId::of(&writer(seed), &SPACE)
}

/// A chain of `count` entries whose payloads are `text`.
fn chain(signer: &SigningKey, count: u64, text: u8) -> Vec<Entry> {
    let writer = WriterKey(signer.verifying_key().to_bytes());
    let mut entries: Vec<Entry> = Vec::new();
    for seq in 1..=count {
        let header = Header {
            version: PROTOCOL_VERSION,
            kind: EntryKind::Record,
            space: SPACE,
            log: LogId::of(&writer, &SPACE),
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
        entries.push(Entry::sign(header, vec![text; 40], signer));
    }
    entries
}

/// A site between a liar and an honest peer.
struct Lab {
    machine: Machine,
    disk: Disk,
    now_ms: u64,
    ahead: usize,
    refused: Vec<(NodeId, &'static str)>,
    wants: Vec<(NodeId, WantLog)>,
    stored: BTreeSet<u64>,
}

impl Lab {
    /// With `own` entries of its own log on disk.
    fn new(own: u64) -> Self {
        let mut disk = Disk::default();
        if own > 0 {
            let state = LogState::new(writer(ME.1), certificate(ME).node);
            disk.append_own(&SPACE, state, &chain(&key(ME.1), own, 1));
        }
        let config = MachineConfig {
            me: certificate(ME).node,
            certificate: certificate(ME),
            realm: REALM,
            name: "Nantes".into(),
        };
        let mut lab = Self {
            machine: Machine::new(config, &disk),
            disk,
            now_ms: 1_000,
            ahead: 0,
            refused: Vec::new(),
            wants: Vec::new(),
            stored: BTreeSet::new(),
        };
        let hosts = [ME, LIAR, HONEST].map(|keys| certificate(keys).node);
        lab.event(Event::SpaceChanged {
            space: SPACE,
            hosts: BTreeSet::from(hosts),
        });
        lab
    }

    fn event(&mut self, event: Event) {
        let mut out = Vec::new();
        self.machine
            .handle(self.now_ms, event, &self.disk, &mut out);
        for effect in out {
            match effect {
                Effect::OwnLogAhead { .. } => self.ahead += 1,
                Effect::Refused { peer, reason } => self.refused.push((peer, reason)),
                Effect::Send { peer, bytes } => {
                    if let Ok(Frame::Want(want)) = Frame::decode(&bytes) {
                        self.wants
                            .extend(want.logs.into_iter().map(|log| (peer, log)));
                    }
                }
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

    fn meet(&mut self, keys: (u8, u8)) -> Peer {
        let certificate = certificate(keys);
        let peer = Peer {
            id: certificate.node,
            tag: SessionKey::new((&self.me(), &[6; 16]), (&certificate.node, &[5; 16])).tag(&SPACE),
        };
        self.event(Event::PeerUp {
            peer: peer.id,
            dialled: false,
            nonce: [6; 16],
            wall_ms: 0,
        });
        let hello = Hello {
            realm: realm_mark(&REALM),
            certificate,
            name: "Ancenis".into(),
            wall_ms: 1,
            nonce: [5; 16],
        };
        self.frame(&peer, &Frame::Hello(hello));
        let listing = Spaces {
            more: false,
            answer: false,
            spaces: vec![(peer.tag, [0; 8])],
        };
        self.frame(&peer, &Frame::Spaces(listing));
        peer
    }

    fn me(&self) -> NodeId {
        certificate(ME).node
    }

    fn frame(&mut self, peer: &Peer, frame: &Frame) {
        self.event(Event::Frame {
            peer: peer.id,
            bytes: frame.encode(),
        });
    }

    /// The peer says that its copy of a log ends in `head` at `height`.
    fn claim(&mut self, peer: &Peer, of: LogId, height: u64, head: [u8; 8]) {
        let have = Have {
            space: peer.tag,
            whole: false,
            logs: vec![HaveLog {
                log: log_key(&of),
                height,
                head,
                above: Vec::new(),
                tips: None,
            }],
        };
        self.frame(peer, &Frame::Have(have));
    }

    /// The peer answers what it was asked last with these entries; none: it cannot.
    fn answer(&mut self, peer: &Peer, (node, seed): (u8, u8), entries: &[Entry]) {
        let packed = pack(&mut Codec::default(), &SPACE, &log(seed), entries);
        let entries = Entries {
            space: peer.tag,
            writer: Whose::Key(writer(seed)),
            certificate: Some(certificate((node, seed))),
            packed,
        };
        self.frame(peer, &Frame::Entries(entries));
    }

    fn wait(&mut self, wait_ms: u64) {
        let until_ms = self.now_ms + wait_ms;
        while let Some(wake_ms) = self.machine.next_wake_ms().filter(|at| *at <= until_ms) {
            self.now_ms = wake_ms.max(self.now_ms);
            self.event(Event::Tick);
        }
        self.now_ms = until_ms;
    }

    /// Places asked of a peer since the last look.
    fn asked_of(&mut self, peer: &Peer) -> Vec<(u64, u64)> {
        let wants = self.wants.iter().filter(|(to, _)| *to == peer.id);
        let wants = wants.map(|(_, want)| (want.from, want.to)).collect();
        self.wants.retain(|(to, _)| *to != peer.id);
        wants
    }
}

struct Peer {
    id: NodeId,
    tag: [u8; 8],
}

fn head_of(entries: &[Entry]) -> [u8; 8] {
    let mut head = [0; 8];
    if let Some(last) = entries.last() {
        head.copy_from_slice(&last.id.0[..8]);
    }
    head
}

#[test]
fn a_claim_of_our_own_log_without_an_entry_costs_nothing() {
    let forged = chain(&key(LIAR.1), 3, 9);
    let answers: [(&str, Option<&[Entry]>); 3] = [
        ("own-claim-unproven", Some(&[])),
        ("own-claim-unproven", None),
        ("entry-wrong-log", Some(&forged[2..])),
    ];
    for (reason, answer) in answers {
        let mut lab = Lab::new(2);
        let liar = lab.meet(LIAR);
        lab.claim(&liar, log(ME.1), 5, [7; 8]);
        assert_eq!(lab.asked_of(&liar), [(3, 3)], "one entry is asked for");
        match answer {
            Some(entries) => lab.answer(&liar, ME, entries),
            None => lab.wait(WANT_WAIT_MS),
        }
        assert_eq!(lab.refused, [(liar.id, reason)]);
        // Said again and again, higher and higher, also with another end: not heard.
        for more in 0..300 {
            lab.claim(&liar, log(ME.1), 6 + more, [more as u8; 8]);
            lab.claim(&liar, log(ME.1), 2, [more as u8; 8]);
        }
        assert_eq!(lab.asked_of(&liar), []);
        assert_eq!((lab.refused.len(), lab.ahead), (1, 0), "{reason}");
        assert_eq!(lab.machine.pending().asked, 0);
        assert_eq!(lab.machine.missing_from(&liar.id), 0);
        // A new connection may prove it.
        lab.event(Event::PeerDown { peer: liar.id });
        let peer = lab.meet(LIAR);
        let entries = chain(&key(ME.1), 5, 1);
        lab.claim(&peer, log(ME.1), 5, head_of(&entries));
        assert_eq!(lab.asked_of(&peer), [(3, 3)]);
        lab.answer(&peer, ME, &entries[2..3]);
        assert_eq!(lab.ahead, 1);
    }
}

#[test]
fn another_end_of_our_own_log_is_a_claim_like_any() {
    let mut lab = Lab::new(4);
    let liar = lab.meet(LIAR);
    lab.claim(&liar, log(ME.1), 3, [7; 8]);
    assert_eq!(lab.asked_of(&liar), [(3, 3)]);
    // Our own entry again proves nothing.
    lab.answer(&liar, ME, &chain(&key(ME.1), 3, 1)[2..]);
    assert_eq!(lab.refused, [(liar.id, "own-claim-unproven")]);
    assert_eq!(lab.ahead, 0);

    // What the same key signed otherwise does.
    let honest = lab.meet(HONEST);
    let other = chain(&key(ME.1), 3, 8);
    lab.claim(&honest, log(ME.1), 3, head_of(&other));
    assert_eq!(lab.asked_of(&honest), [(3, 3)]);
    lab.answer(&honest, ME, &other[2..]);
    assert_eq!((lab.ahead, lab.refused.len()), (1, 1));
}

#[test]
fn our_own_entries_prove_that_the_disk_went_back() {
    for (own, first_asked) in [(0, 1), (2, 3)] {
        let mut lab = Lab::new(own);
        let honest = lab.meet(HONEST);
        let entries = chain(&key(ME.1), 7, 1);
        lab.claim(&honest, log(ME.1), 7, head_of(&entries));
        let asked = lab.asked_of(&honest);
        assert_eq!(asked[0].0, first_asked);
        assert_eq!(lab.ahead, 0, "nothing is shown yet");
        let (from, to) = asked[0];
        lab.answer(&honest, ME, &entries[from as usize - 1..to as usize]);
        assert_eq!(lab.ahead, 1);
        // Reported once, and what was lost comes back as the log of a former life.
        lab.claim(&honest, log(ME.1), 7, head_of(&entries));
        assert_eq!((lab.ahead, lab.asked_of(&honest).len()), (1, 0));
        let renewed = NodeCertificate::sign(&key(ME.0), vec![writer(ME.1), writer(12)]);
        lab.event(Event::Certificate {
            certificate: renewed,
        });
        lab.claim(&honest, log(ME.1), 7, head_of(&entries));
        assert_eq!(lab.asked_of(&honest), [(own + 1, 7)]);
        lab.answer(&honest, ME, &entries[own as usize..]);
        assert_eq!(lab.stored, (own + 1..=7).collect());
        assert_eq!(lab.refused, []);
    }
}

#[test]
fn a_liar_does_not_hide_what_an_honest_peer_can_prove() {
    let mut lab = Lab::new(2);
    let liar = lab.meet(LIAR);
    lab.claim(&liar, log(ME.1), 900, [7; 8]);
    assert_eq!(lab.asked_of(&liar), [(3, 3)]);
    let honest = lab.meet(HONEST);
    let entries = chain(&key(ME.1), 5, 1);
    lab.claim(&honest, log(ME.1), 5, head_of(&entries));
    // The liar keeps talking, about other things.
    for _ in 0..5 {
        lab.wait(WANT_WAIT_MS / 5);
        lab.frame(&liar, &chatter(&liar));
    }
    assert_eq!(lab.refused, [(liar.id, "own-claim-unproven")]);
    assert_eq!(lab.asked_of(&honest), [(3, 3)]);
    lab.answer(&honest, ME, &entries[2..3]);
    assert_eq!(lab.ahead, 1);

    // A proof that comes too late is a proof.
    let mut lab = Lab::new(2);
    let slow = lab.meet(HONEST);
    lab.claim(&slow, log(ME.1), 5, head_of(&entries));
    lab.wait(WANT_WAIT_MS);
    assert_eq!((lab.refused.len(), lab.ahead), (1, 0));
    lab.answer(&slow, ME, &entries[2..3]);
    assert_eq!(lab.ahead, 1);
    lab.event(Event::Certificate {
        certificate: NodeCertificate::sign(&key(ME.0), vec![writer(ME.1), writer(12)]),
    });
    lab.wants.clear();
    lab.claim(&slow, log(ME.1), 5, head_of(&entries));
    assert_eq!(lab.asked_of(&slow), [(3, 5)], "asked like anybody again");
}

/// Something that is sound and helps nobody.
fn chatter(peer: &Peer) -> Frame {
    Frame::Live(Live {
        space: peer.tag,
        item: ItemId([1; 16]),
        author: PersonId([1; 16]),
        origin: bocage_protocol::entry::ActorOrigin {
            site: peer.id,
            nonce: bocage_crdt::ids::ActorNonce([1; 16]),
        },
        changes: vec![vec![1]],
    })
}

#[test]
fn a_peer_that_shows_and_never_serves_keeps_no_log_waiting() {
    let mut lab = Lab::new(0);
    let entries = chain(&key(THIRD.1), 4, 3);
    let liar = lab.meet(LIAR);
    lab.claim(&liar, log(THIRD.1), 400, [7; 8]);
    assert_eq!(lab.asked_of(&liar), [(1, 400)]);
    // A height without one entry of the log is no more than a word.
    assert_eq!(lab.machine.missing_from(&liar.id), 0);
    let honest = lab.meet(HONEST);
    lab.claim(&honest, log(THIRD.1), 4, head_of(&entries));
    assert_eq!(lab.asked_of(&honest), []);
    let mut waited_ms = 0;
    while lab.asked_of(&honest).is_empty() {
        assert!(waited_ms <= ASK_WAIT_MAX_MS, "still waits for the liar");
        lab.wait(1_000);
        waited_ms += 1_000;
        lab.frame(&liar, &chatter(&liar));
    }
    lab.answer(&honest, THIRD, &entries[..3]);
    assert_eq!(lab.machine.missing_from(&honest.id), 1);
    lab.answer(&honest, THIRD, &entries[3..]);
    assert_eq!(lab.stored, (1..=4).collect());
    assert_eq!(lab.machine.missing_from(&honest.id), 0);
}

/// What a status page says is missing rests on what came, within a bound.
#[test]
fn made_up_heights_are_not_missing_here() {
    let mut lab = Lab::new(0);
    let entries = chain(&key(THIRD.1), 4, 3);
    let liar = lab.meet(LIAR);
    for number in 0..100 {
        lab.claim(&liar, LogId([number; 32]), u64::MAX - 1, [7; 8]);
    }
    assert_eq!(lab.machine.missing_from(&liar.id), 0);
    // Of a log that exists it may boast, up to the bound, and until it must serve.
    let honest = lab.meet(HONEST);
    lab.claim(&honest, log(THIRD.1), 4, head_of(&entries));
    lab.answer(&honest, THIRD, &entries);
    lab.claim(&liar, log(THIRD.1), u64::MAX, [7; 8]);
    assert!(lab.machine.missing_from(&liar.id) <= MISSING_PER_LOG_MAX);
    for _ in 0..=ASK_WAIT_MAX_MS / WANT_WAIT_MS {
        lab.wait(WANT_WAIT_MS);
        lab.answer(&liar, THIRD, &[]);
    }
    assert_eq!(lab.machine.missing_from(&liar.id), 0);
    assert_eq!(lab.machine.missing_from(&honest.id), 0);
}

#[test]
fn a_peer_that_cannot_show_where_logs_part_is_not_asked_in_a_circle() {
    let mut lab = Lab::new(0);
    let entries = chain(&key(THIRD.1), 4, 3);
    let honest = lab.meet(HONEST);
    lab.claim(&honest, log(THIRD.1), 4, head_of(&entries));
    lab.answer(&honest, THIRD, &entries);
    let liar = lab.meet(LIAR);
    lab.claim(&liar, log(THIRD.1), 4, [7; 8]);
    for round in 0..=3 {
        let asked = lab.asked_of(&liar);
        if asked.is_empty() {
            break;
        }
        assert!(round < 3, "asked again and again: {asked:?}");
        lab.answer(&liar, THIRD, &[]);
    }
    assert_eq!(lab.machine.pending().asked, 0);
}

/// Sites that are told lies about their own logs, in worlds where no disk goes back.
#[test]
fn lies_on_the_way_cost_no_site_a_writer_key() {
    let mut lies = 0;
    for seed in 0..40 {
        let mut world = runs::quiet(seed);
        world.faults = Faults {
            lies: 300,
            frame_breaks: 20,
            ..Faults::default()
        };
        runs::busy(&mut world, 60);
        lies += world.count.lies;
        runs::heal(&mut world);
        for (at, site) in world.sites.iter().enumerate() {
            let lives = site.certificate.writers.len();
            assert_eq!(lives, 1, "seed {seed}: site {at} began {lives} lives");
        }
    }
    assert!(lies > 50, "only {lies} lies");
}

/// The image of a whole machine is brought back, writer key and all: the others show what it
/// forgot, and it begins a new life.
#[test]
fn a_disk_that_went_back_in_time_begins_a_new_life() {
    for seed in 0..40 {
        let mut world = runs::quiet(seed);
        runs::busy(&mut world, 10);
        runs::heal(&mut world);
        let before = world.sites[0].certificate.writers.len();
        runs::forget_and_write(&mut world, 0);
        runs::heal(&mut world);
        let after = world.sites[0].certificate.writers.len();
        assert_eq!(after, before + 1, "seed {seed}");
    }
}
