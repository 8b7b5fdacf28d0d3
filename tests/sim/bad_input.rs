//! Frames no honest site sends: each is refused by its name, the connection ends or goes on as
//! `docs/wire.md` says, nothing is stored, and honest entries still get through afterwards.

use std::collections::BTreeSet;

use bocage_crdt::ids::{EntryId, ItemId, LogId, NodeId, PersonId, RealmId, SpaceId};
use bocage_protocol::certificate::NodeCertificate;
use bocage_protocol::entry::{Entry, EntryKind};
use bocage_protocol::limits::{FRAME_BYTES_MAX, LOGS_PER_FRAME_MAX, PROTOCOL_VERSION};
use bocage_protocol::log::{ForkProof, SignedHeader};
use bocage_protocol::machine::{Effect, Event, LogReader};
use bocage_protocol::wire::compress::Codec;
use bocage_protocol::wire::frame::{
    Ack, Fork, Frame, Have, Hello, Live, SessionKey, Want, Whose, realm_mark,
};
use bocage_protocol::wire::pack::pack;

use crate::victim::{NONCE, SPACE, Victim, certificate, chain, hello, key, writer};

/// Bytes that a hostile site sends after its Hello, made for the victim's connection.
type Attack = fn(&Victim) -> Vec<Vec<u8>>;

/// Name of the refusal (each once or more), whether the connection ends, what is sent.
const AFTER_HELLO: &[(&str, bool, Attack)] = &[
    ("frame-malformed", true, |_| vec![vec![]]),
    ("frame-malformed", true, |_| vec![vec![PROTOCOL_VERSION]]),
    ("frame-malformed", true, |_| {
        vec![vec![PROTOCOL_VERSION, 3, 0xFF, 0xFF]]
    }),
    ("frame-malformed", true, |v| {
        let mut longer = Frame::Push(v.push(&chain(1))).encode();
        longer.push(0);
        vec![longer]
    }),
    ("frame-malformed", true, |v| {
        let mut cut = Frame::Push(v.push(&chain(1))).encode();
        cut.truncate(cut.len() - 9);
        vec![cut]
    }),
    ("frame-malformed", true, |v| {
        let mut push = v.push(&chain(1));
        push.packed[0] = 7;
        vec![Frame::Push(push).encode()]
    }),
    ("frame-too-large", true, |_| {
        vec![vec![PROTOCOL_VERSION; FRAME_BYTES_MAX + 1]]
    }),
    ("frame-too-large", true, |v| {
        let mut push = v.push(&chain(1));
        push.packed = [vec![1], u32::MAX.to_le_bytes().to_vec(), vec![0; 50]].concat();
        vec![Frame::Push(push).encode()]
    }),
    ("frame-expansion", true, |v| {
        let mut push = v.push(&chain(1));
        push.packed = [vec![1], 900_000u32.to_le_bytes().to_vec(), vec![0; 50]].concat();
        vec![Frame::Push(push).encode()]
    }),
    ("frame-unknown-version", true, |_| {
        vec![vec![PROTOCOL_VERSION + 1, 10, 0]]
    }),
    ("frame-unknown-kind", false, |_| {
        vec![vec![PROTOCOL_VERSION, 200, 1, 2, 3]]
    }),
    ("frame-too-many", true, |v| {
        let ack = Ack {
            space: v.tag,
            heights: vec![([0; 8], 1); LOGS_PER_FRAME_MAX + 1],
        };
        vec![Frame::Ack(ack).encode()]
    }),
    ("hello-repeated", true, |_| {
        vec![Frame::Hello(hello()).encode()]
    }),
    ("not-shared", false, |v| {
        let mut push = v.push(&chain(1));
        push.space = [9; 8];
        vec![Frame::Push(push).encode()]
    }),
    ("not-shared", false, |_| {
        let want = Want {
            space: [9; 8],
            logs: Vec::new(),
        };
        let have = Have {
            space: [9; 8],
            whole: true,
            logs: Vec::new(),
        };
        let ack = Ack {
            space: [9; 8],
            heights: Vec::new(),
        };
        vec![
            Frame::Want(want).encode(),
            Frame::Have(have).encode(),
            Frame::Ack(ack).encode(),
        ]
    }),
    ("not-shared", false, |_| {
        let live = Live {
            space: [9; 8],
            item: ItemId([1; 16]),
            author: PersonId([1; 16]),
            origin: bocage_protocol::entry::ActorOrigin {
                site: NodeId([1; 32]),
                nonce: bocage_crdt::ids::ActorNonce([1; 16]),
            },
            changes: vec![vec![1]],
        };
        vec![Frame::Live(live).encode()]
    }),
    ("writer-unknown", false, |v| {
        vec![v.push_as(Whose::Key(writer(77)), &chain(1))]
    }),
    ("writer-unknown", false, |v| {
        vec![v.push_as(Whose::Log([77; 8]), &chain(1))]
    }),
    ("certificate-invalid", false, |v| {
        let mut push = v.push(&chain(1));
        let mut certificate = NodeCertificate::sign(&key(30), vec![writer(31)]);
        certificate.writers.push(writer(32));
        push.certificate = Some(certificate);
        vec![Frame::Push(push).encode()]
    }),
    ("certificate-conflict", true, |v| {
        // Another site claims the hostile site's own writer key.
        let mut push = v.push(&chain(1));
        push.certificate = Some(NodeCertificate::sign(&key(30), vec![writer(21)]));
        vec![Frame::Push(push).encode()]
    }),
    ("certificate-conflict", true, |v| {
        let mut push = v.push(&chain(1));
        push.certificate = Some(NodeCertificate::sign(&key(20), vec![writer(22)]));
        vec![Frame::Push(push).encode()]
    }),
    ("entry-wrong-signature", false, |v| {
        let mut entries = chain(3);
        entries[2].signature[5] ^= 1;
        vec![Frame::Push(v.push(&entries)).encode()]
    }),
    ("entry-broken-chain", false, |v| {
        let entries = chain(3);
        let broken = [entries[0].clone(), entries[2].clone()];
        vec![Frame::Push(v.push(&broken)).encode()]
    }),
    ("entry-broken-chain", false, |v| {
        let mut header = chain(1)[0].header.clone();
        header.lamport = 0;
        let entry = Entry::sign(header, vec![1], &key(21));
        vec![Frame::Push(v.push(&[entry])).encode()]
    }),
    ("entry-wrong-log", false, |v| {
        let mut header = chain(1)[0].header.clone();
        header.space = SpaceId([2; 32]);
        let entry = Entry::sign(header, vec![1], &key(21));
        vec![Frame::Push(v.push(&[entry])).encode()]
    }),
    ("entry-unknown-version", false, |v| {
        let mut header = chain(1)[0].header.clone();
        header.version = 2;
        let entry = Entry::sign(header, vec![1], &key(21));
        vec![Frame::Push(v.push(&[entry])).encode()]
    }),
    ("entry-bad-lists", false, |v| {
        let mut header = chain(1)[0].header.clone();
        header.rights_heads = vec![EntryId([2; 32]), EntryId([1; 32])];
        let entry = Entry::sign(header, vec![1], &key(21));
        vec![Frame::Push(v.push(&[entry])).encode()]
    }),
    ("entry-wrong-payload", false, |v| {
        // Raw rows keep what does not follow; here with another payload.
        let mut entries = vec![chain(1).remove(0), chain(3).remove(2)];
        entries[1].payload = Some(vec![9; 40]);
        vec![Frame::Push(v.push(&entries)).encode()]
    }),
    ("entry-too-large", false, |v| {
        let header = chain(1)[0].header.clone();
        let entry = Entry::sign(header, vec![7; 300 << 10], &key(21));
        let mut push = v.push(&[]);
        let log = LogId::of(&writer(21), &SPACE);
        push.packed = pack(&mut Codec::default(), &SPACE, &log, &[entry]);
        vec![Frame::Push(push).encode()]
    }),
    ("entry-without-payload", false, |v| {
        // An operation is never without its bytes.
        let mut header = chain(1).remove(0).header;
        header.kind = EntryKind::Rights;
        let mut operation = Entry::sign(header, vec![1], &key(21));
        operation.payload = None;
        vec![Frame::Push(v.push(&[operation])).encode()]
    }),
    ("fork-unproven", false, |v| {
        let entries = chain(2);
        let proof = ForkProof::new(SignedHeader::of(&entries[0]), SignedHeader::of(&entries[1]));
        vec![
            Frame::Fork(Fork {
                space: v.tag,
                writer: writer(21),
                certificate: certificate(),
                proof,
            })
            .encode(),
        ]
    }),
];

#[test]
fn every_bad_frame_is_refused_by_name_and_harms_nothing() {
    for (number, (name, closes, attack)) in AFTER_HELLO.iter().enumerate() {
        let mut victim = Victim::greeted();
        let frames = attack(&victim);
        let count = frames.len();
        for frame in frames {
            victim.bytes(frame);
        }
        assert_eq!(victim.refused, vec![*name; count], "row {number}");
        assert_eq!(victim.closed, *closes, "row {number}: {name}");
        assert!(victim.stored.is_empty(), "row {number}: {name}");
        if !closes {
            let push = Frame::Push(victim.push(&chain(3)));
            victim.frame(&push);
            assert_eq!(
                victim.stored,
                BTreeSet::from([1, 2, 3]),
                "row {number}: {name}"
            );
        }
    }
}

#[test]
fn bad_hellos_end_the_connection() {
    let with = |change: fn(&mut Hello)| {
        let mut changed = hello();
        change(&mut changed);
        Frame::Hello(changed).encode()
    };
    let rows = [
        ("hello-missing", Frame::Credit(1).encode()),
        ("frame-unknown-version", vec![9, 1, 0]),
        ("frame-malformed", vec![PROTOCOL_VERSION, 1, 0]),
        ("frame-too-many", with(|hello| hello.name = "x".repeat(256))),
        (
            "hello-wrong-realm",
            with(|hello| hello.realm = realm_mark(&RealmId([1; 32]))),
        ),
        (
            "hello-invalid",
            with(|hello| hello.certificate = NodeCertificate::sign(&key(33), vec![writer(34)])),
        ),
        (
            "hello-invalid",
            with(|hello| hello.certificate.writers.push(writer(34))),
        ),
        (
            "certificate-conflict",
            with(|hello| hello.certificate = NodeCertificate::sign(&key(20), vec![writer(11)])),
        ),
    ];
    for (name, bytes) in rows {
        let mut victim = Victim::new();
        victim.bytes(bytes);
        assert_eq!(victim.refused, [name]);
        assert!(victim.closed, "{name}");
        victim.refused.clear();
        victim.frame(&Frame::Hello(hello()));
        assert!(victim.refused.is_empty(), "nothing is heard after {name}");
    }
    let mut late = Victim::new();
    let wake_ms = late.machine.next_wake_ms().expect("waits for a Hello");
    let mut out = Vec::new();
    late.machine
        .handle(wake_ms, Event::Tick, &late.disk, &mut out);
    let reason = "hello-late";
    assert!(
        out.iter()
            .any(|effect| matches!(effect, Effect::Disconnect { reason: r, .. } if *r == reason))
    );
}

#[test]
fn replayed_and_doubled_frames_change_nothing() {
    let mut victim = Victim::greeted();
    let entries = chain(6);
    let first = Frame::Push(victim.push(&entries[..3])).encode();
    let second = Frame::Push(victim.push(&entries[3..])).encode();
    // Out of order, doubled, replayed.
    for bytes in [&second, &first, &first, &second, &second, &first] {
        victim.bytes(bytes.clone());
    }
    assert_eq!(victim.stored, (1..=6).collect());
    assert!(victim.refused.is_empty() && !victim.closed);
    assert_eq!(victim.disk.ids(&SPACE).len(), 1);
    assert_eq!(victim.machine.pending().tickets, 0);
    // A push recorded on another connection has another tag.
    let mut later = Victim::greeted();
    let mut foreign = later.push(&entries);
    foreign.space =
        SessionKey::new((&certificate().node, &[8; 16]), (&later.peer, &NONCE)).tag(&SPACE);
    later.frame(&Frame::Push(foreign));
    assert_eq!(later.refused, ["not-shared"]);
}

#[test]
fn an_entry_without_its_payload_is_acknowledged_once_an_erase_covers_it() {
    let mut victim = Victim::greeted();
    let mut entries = chain(2);
    entries[1].payload = None;
    let push = Frame::Push(victim.push(&entries));
    victim.frame(&push);
    let height = |victim: &Victim| victim.disk.logs(&SPACE)[0].height();
    assert_eq!(victim.stored, BTreeSet::from([1, 2]));
    assert_eq!(
        height(&victim),
        1,
        "its header is kept, nothing is said of it"
    );
    victim.frame(&push);
    assert_eq!(victim.refused, ["entry-without-payload"]);
    victim.event(Event::Erased {
        space: SPACE,
        items: BTreeSet::from([entries[1].header.item]),
    });
    assert_eq!(height(&victim), 2);
}
