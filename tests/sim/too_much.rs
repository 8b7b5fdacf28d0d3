//! More than is served: a peer that floods, asks for all, or makes things up finds a bound with a
//! name, and everybody else goes on beside it.

use std::collections::BTreeSet;

use bocage_crdt::ids::{EntryId, LogId, SpaceId, derive};
use bocage_protocol::certificate::NodeCertificate;
use bocage_protocol::entry::Entry;
use bocage_protocol::limits::{
    CHUNKS_PER_TICK_MAX, FRAME_BYTES_MAX, LOGS_PER_FRAME_MAX, PEER_QUEUE_FRAMES_MAX,
    PEER_WINDOW_BYTES, PROTOCOL_VERSION, REFUSALS_PER_MINUTE_MAX, SERVING_PER_PEER_MAX,
    SHUT_OUT_MS, SITES_TOLD_PER_PEER_MAX, SPACES_PER_FRAME_MAX,
};
use bocage_protocol::log::{ForkProof, SignedHeader};
use bocage_protocol::machine::{Effect, Event};
use bocage_protocol::wire::frame::{Ack, Fork, Frame, Have, HaveLog, Spaces, Want, WantLog};

use crate::victim::{SPACE, Victim, certificate, chain, key, writer};

#[test]
fn a_peer_that_ignores_its_window_is_cut_off() {
    // Nothing becomes durable: the disk hangs.
    let mut victim = Victim::greeted();
    let mut seq = 0;
    let mut sent = 0;
    let big = |seq: u64, prev: EntryId| {
        let mut header = chain(1)[0].header.clone();
        header.seq = seq;
        header.prev = prev;
        header.lamport = seq;
        let noise: Vec<u8> = (0..200_000u64)
            .map(|n| (n.wrapping_mul(seq).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8)
            .collect();
        Entry::sign(header, noise, &key(21))
    };
    let mut prev = EntryId::default();
    let mut reason = None;
    while reason.is_none() && sent < 10 * PEER_WINDOW_BYTES {
        seq += 1;
        let entry = big(seq, prev);
        prev = entry.id;
        let frame = Frame::Push(victim.push(&[entry])).encode();
        sent += frame.len();
        let event = Event::Frame {
            peer: victim.peer,
            bytes: frame,
        };
        let mut out = Vec::new();
        victim.machine.handle(1, event, &victim.disk, &mut out);
        reason = out.iter().find_map(|effect| match effect {
            Effect::Disconnect { reason, .. } => Some(*reason),
            _ => None,
        });
    }
    assert_eq!(reason, Some("window-exceeded"));
    assert!(
        sent <= 3 * PEER_WINDOW_BYTES + FRAME_BYTES_MAX,
        "{sent} bytes"
    );
}

#[test]
fn a_peer_that_asks_for_too_much_is_refused_and_served_the_rest() {
    let mut victim = Victim::greeted();
    let entries = chain(2);
    let push = Frame::Push(victim.push(&entries));
    victim.frame(&push);
    // Its queue is full, so nothing is served while it asks.
    let peer = victim.peer;
    victim.event(Event::SendQueue { peer, full: true });
    let log = LogId::of(&writer(21), &SPACE);
    let want = WantLog {
        log: bocage_protocol::wire::frame::log_key(&log),
        from: 1,
        to: 2,
        tip: None,
    };
    let frame = Frame::Want(Want {
        space: victim.tag,
        logs: vec![want; SERVING_PER_PEER_MAX],
    });
    victim.frame(&frame);
    assert!(victim.refused.is_empty());
    victim.frame(&frame);
    assert_eq!(victim.refused, ["too-many-wants"]);
    assert_eq!(victim.machine.pending().serving, SERVING_PER_PEER_MAX);
    victim.event(Event::SendQueue { peer, full: false });
    // A share in each tick: the rest of the site goes on beside it.
    assert_eq!(victim.machine.next_wake_ms(), Some(0));
    victim.event(Event::Tick);
    let served = SERVING_PER_PEER_MAX - victim.machine.pending().serving;
    assert!((1..=CHUNKS_PER_TICK_MAX).contains(&served), "{served}");
    while victim.machine.pending().serving > 0 {
        let before = victim.machine.pending().serving;
        victim.event(Event::Tick);
        victim.frame(&Frame::Credit(PEER_WINDOW_BYTES as u64));
        assert!(victim.machine.pending().serving < before);
    }
    assert_ne!(victim.machine.next_wake_ms(), Some(0));
}

#[test]
fn made_up_logs_and_sites_leave_room_for_real_ones() {
    let mut victim = Victim::greeted();
    let mut made_up = 0u64;
    let mut reconnected = 0;
    // As many as it likes, on as many connections as it likes.
    while reconnected < 4 {
        let logs = (0..LOGS_PER_FRAME_MAX as u64).map(|number| HaveLog {
            log: (made_up + number).to_le_bytes(),
            height: 1,
            head: [7; 8],
            above: Vec::new(),
            tips: None,
        });
        let have = Have {
            space: victim.tag,
            whole: false,
            logs: logs.collect(),
        };
        victim.frame(&Frame::Have(have));
        made_up += LOGS_PER_FRAME_MAX as u64;
        victim.meet_again();
        reconnected += 1;
    }
    assert_eq!(victim.refused, ["too-many-logs"; 4]);
    victim.refused.clear();
    // A proof of a fork by a writer nobody knows is not even looked at.
    let entries = chain(2);
    let proof = ForkProof::new(SignedHeader::of(&entries[0]), SignedHeader::of(&entries[1]));
    let fork = Fork {
        space: victim.tag,
        writer: writer(99),
        certificate: certificate(),
        proof,
    };
    victim.frame(&Frame::Fork(fork));
    assert_eq!(victim.refused, ["writer-unknown"]);
    victim.refused.clear();
}

/// A site that nobody ever saw, made up by whoever needs one.
fn made_up_site(number: u64) -> NodeCertificate {
    let mut seed = [99; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    let node = ed25519_dalek::SigningKey::from_bytes(&seed);
    // One key for both: each is another point of the curve.
    let key = bocage_crdt::ids::WriterKey(node.verifying_key().to_bytes());
    NodeCertificate::sign(&node, vec![key])
}

/// Each peer has its share of made-up sites; when all lie, a site that stands there itself and its
/// log still have a place.
#[test]
fn one_liar_leaves_room_for_the_sites_that_others_tell_of() {
    // The first one's log is what they all push, with another made-up site each time.
    let others = (1..5).map(|seed| NodeCertificate::sign(&key(60 + seed), vec![writer(70 + seed)]));
    let liars: Vec<NodeCertificate> = [certificate()].into_iter().chain(others).collect();
    let mut victim = Victim::new();
    let nodes = liars.iter().map(|liar| liar.node);
    let hosts = nodes.chain([victim.me()]).collect();
    victim.event(Event::SpaceChanged {
        space: SPACE,
        hosts,
    });
    let mut number = 0;
    for (at, liar) in liars.iter().enumerate() {
        victim.peer = liar.node;
        victim.meet(liar);
        let tag = victim.tag_of(&SPACE);
        victim.frame(&Frame::Spaces(Spaces {
            more: false,
            answer: false,
            spaces: vec![(tag, [0; 8])],
        }));
        let mut push = victim.push(&chain(1));
        push.space = tag;
        for _ in 0..SITES_TOLD_PER_PEER_MAX + 3 {
            if victim.refused.len() == 3 {
                break;
            }
            push.certificate = Some(made_up_site(number));
            number += 1;
            victim.frame(&Frame::Push(push.clone()));
        }
        // Three have the whole of their share. Then all places are taken, a little sooner: the
        // liars themselves have some.
        let reason = match at {
            0..3 => "too-many-sites",
            _ => "too-many-logs",
        };
        let refused = std::mem::take(&mut victim.refused);
        assert_eq!(refused, [reason; 3], "liar {at}");
        assert!(!victim.closed);
    }
    let newcomer = NodeCertificate::sign(&key(50), vec![writer(51)]);
    victim.meet(&newcomer);
    assert_eq!(victim.refused, [""; 0]);
}

/// Refused again and again, a peer is cut off by name, is not heard for a while on any connection,
/// and then may begin anew.
#[test]
fn a_peer_that_is_refused_without_end_is_cut_off() {
    let mut victim = Victim::greeted();
    let nobody = Frame::Ack(Ack {
        space: [9; 8],
        heights: Vec::new(),
    });
    let later = vec![PROTOCOL_VERSION, 99];
    for _ in 0..REFUSALS_PER_MINUTE_MAX - 1 {
        victim.frame(&nobody);
        // What a later program says is no fault.
        victim.bytes(later.clone());
    }
    assert!(!victim.closed);
    let count = |victim: &Victim, name: &str| {
        let refused = victim.refused.iter();
        refused.filter(|reason| **reason == name).count()
    };
    assert_eq!(count(&victim, "not-shared"), REFUSALS_PER_MINUTE_MAX - 1);
    assert_eq!(
        count(&victim, "frame-unknown-kind"),
        REFUSALS_PER_MINUTE_MAX - 1
    );
    victim.frame(&nobody);
    assert!(victim.closed);
    assert_eq!(count(&victim, "too-many-refusals"), 1);

    // At once and until the end of the minute: not heard.
    for wait_ms in [0, 1, SHUT_OUT_MS - 2] {
        victim.now_ms += wait_ms;
        victim.refused.clear();
        victim.meet_again();
        victim.frame(&Frame::Push(victim.push(&chain(1))));
        assert_eq!(victim.refused, ["too-many-refusals"], "after {wait_ms} ms");
        assert_eq!(victim.stored, BTreeSet::new());
    }
    victim.now_ms += 1;
    victim.refused.clear();
    victim.closed = false;
    victim.meet_again();
    victim.frame(&Frame::Push(victim.push(&chain(1))));
    assert_eq!(victim.refused, [""; 0]);
    assert_eq!(victim.stored, BTreeSet::from([1]));
    // Nothing of before is held against it, and slowly is no flood.
    for _ in 0..2 {
        for _ in 0..REFUSALS_PER_MINUTE_MAX - 1 {
            victim.frame(&nobody);
        }
        victim.now_ms += SHUT_OUT_MS;
    }
    assert!(!victim.closed);
}

/// After a long absence every space differs: what is said then fits the queue to the peer, else
/// the link would begin anew, and again, for ever.
#[test]
fn a_listing_of_many_spaces_is_answered_within_the_queue() {
    let mut victim = Victim::greeted();
    let hosts = BTreeSet::from([victim.me(), victim.peer]);
    let spaces: Vec<SpaceId> = (0..3_000u32)
        .map(|number| SpaceId(derive("test space", &[&number.to_le_bytes()])))
        .collect();
    for space in &spaces {
        victim.event(Event::SpaceChanged {
            space: *space,
            hosts: hosts.clone(),
        });
    }
    let listing = Spaces {
        more: false,
        answer: false,
        spaces: spaces
            .iter()
            .map(|space| (victim.tag_of(space), [3; 8]))
            .collect(),
    };
    let bytes = Frame::Spaces(listing).encode();
    let peer = victim.peer;
    let mut out = Vec::new();
    let event = Event::Frame { peer, bytes };
    victim.machine.handle(1, event, &victim.disk, &mut out);
    let sent = out
        .iter()
        .filter(|effect| matches!(effect, Effect::Send { .. }));
    let sent = sent.count();
    assert!(
        sent >= spaces.len() && sent <= 2 * spaces.len(),
        "{sent} frames"
    );
    const { assert!(2 * SPACES_PER_FRAME_MAX <= PEER_QUEUE_FRAMES_MAX) };
}
