//! The wire's promises: golden samples and the table of refusals are those of `docs/wire.md`.

use bocage_crdt::ids::{
    ActorNonce, CommandId, EntryId, ItemId, LogId, NodeId, PersonId, RealmId, SpaceId, WriterKey,
};
use ed25519_dalek::SigningKey;

use super::compress::Codec;
use super::frame::*;
use super::pack::{pack, unpack};
use super::refusal::Refusal;
use crate::certificate::NodeCertificate;
use crate::entry::{ActorOrigin, Creation, Entry, EntryKind, Header, ItemKind};
use crate::limits::{FRAME_BYTES_MAX, PROTOCOL_VERSION};
use crate::log::{ForkProof, SignedHeader};

const DOCUMENT: &str = include_str!("../../../docs/wire.md");
const SPACE: SpaceId = SpaceId([1; 32]);

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn writer() -> WriterKey {
    WriterKey(key(7).verifying_key().to_bytes())
}

fn certificate() -> NodeCertificate {
    NodeCertificate::sign(&key(6), vec![writer()])
}

fn log() -> LogId {
    LogId::of(&writer(), &SPACE)
}

fn entry(text: &str) -> Entry {
    let header = Header {
        version: PROTOCOL_VERSION,
        kind: EntryKind::Record,
        space: SPACE,
        log: log(),
        seq: 1,
        prev: EntryId::default(),
        lamport: 300,
        wall_ms: 1_795_000_000_000,
        rights_heads: vec![EntryId([2; 32])],
        author: PersonId([3; 16]),
        item: ItemId::of(&SPACE, &PersonId([3; 16]), &CommandId([4; 16])),
        creation: Some(Creation {
            kind: ItemKind {
                number: 5,
                version: 1,
            },
            parent: ItemId([6; 16]),
        }),
        command: CommandId([4; 16]),
        origin: None,
        carried: Vec::new(),
        payload_hash: [0; 32],
        payload_length: 0,
    };
    Entry::sign(header, text.as_bytes().to_vec(), &key(7))
}

/// One of each kind, named as in the document.
fn samples() -> Vec<(&'static str, Frame)> {
    let session = SessionKey::new((&NodeId([1; 32]), &[2; 16]), (&NodeId([3; 32]), &[4; 16]));
    let space = session.tag(&SPACE);
    let entries = |whose, certificate| Entries {
        space,
        writer: whose,
        certificate,
        packed: pack(&mut Codec::default(), &SPACE, &log(), &[entry("oui")]),
    };
    let (one, other) = (entry("oui"), entry("non"));
    vec![
        (
            "hello",
            Frame::Hello(Hello {
                realm: realm_mark(&RealmId([9; 32])),
                certificate: certificate(),
                name: "Châteaubriant".into(),
                wall_ms: 1_795_000_000_000,
                nonce: [2; 16],
            }),
        ),
        (
            "spaces",
            Frame::Spaces(Spaces {
                more: false,
                answer: false,
                spaces: vec![(space, [8; 8])],
            }),
        ),
        (
            "have",
            Frame::Have(Have {
                space,
                whole: true,
                logs: vec![HaveLog {
                    log: log_key(&log()),
                    height: 300,
                    head: [5; 8],
                    above: vec![(305, 310)],
                    tips: None,
                }],
            }),
        ),
        (
            "have, forked",
            Frame::Have(Have {
                space,
                whole: false,
                logs: vec![HaveLog {
                    log: log_key(&log()),
                    height: 2,
                    head: [0; 8],
                    above: Vec::new(),
                    tips: Some(vec![EntryId([1; 32]), EntryId([2; 32])]),
                }],
            }),
        ),
        (
            "want",
            Frame::Want(Want {
                space,
                logs: vec![WantLog {
                    log: log_key(&log()),
                    from: 301,
                    to: 304,
                    tip: None,
                }],
            }),
        ),
        (
            "entries",
            Frame::Entries(entries(Whose::Key(writer()), Some(certificate()))),
        ),
        (
            "push",
            Frame::Push(entries(Whose::Log(log_key(&log())), None)),
        ),
        (
            "live",
            Frame::Live(Live {
                space,
                item: ItemId([4; 16]),
                author: PersonId([3; 16]),
                origin: ActorOrigin {
                    site: NodeId([6; 32]),
                    nonce: ActorNonce([5; 16]),
                },
                changes: vec![vec![1, 2, 3]],
            }),
        ),
        (
            "ack",
            Frame::Ack(Ack {
                space,
                heights: vec![(log_key(&log()), 301)],
            }),
        ),
        (
            "fork",
            Frame::Fork(Fork {
                space,
                writer: writer(),
                certificate: certificate(),
                proof: ForkProof::new(SignedHeader::of(&one), SignedHeader::of(&other)),
            }),
        ),
        ("credit", Frame::Credit(65_536)),
        ("certificate", Frame::Certificate(certificate())),
        ("bye", Frame::Bye("hello-wrong-realm".into())),
    ]
}

fn hex_lines(bytes: &[u8]) -> String {
    let line = |row: &[u8]| -> String { row.iter().map(|byte| format!("{byte:02x}")).collect() };
    let lines: Vec<String> = bytes.chunks(48).map(line).collect();
    lines.join("\n")
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().collect();
    let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).expect("hex digits");
    (0..digits.len()).step_by(2).map(byte).collect()
}

/// The block that follows a sample's title in the document.
fn documented(name: &str) -> &'static str {
    let title = format!("### Sample: {name}\n```\n");
    let rest = DOCUMENT.split_once(&title).map(|(_, rest)| rest);
    let block = rest.and_then(|rest| rest.split_once("\n```"));
    block.map_or("", |(block, _)| block)
}

/// Compares a sample with the document; what the document should say comes back.
fn compare(name: &str, bytes: &[u8]) -> String {
    let hex = hex_lines(bytes);
    if documented(name) == hex {
        return String::new();
    }
    format!("### Sample: {name}\n```\n{hex}\n```\n\n")
}

#[test]
fn golden_samples_are_those_of_the_document() {
    let mut codec = Codec::default();
    let one = entry("oui");
    let plain = pack(&mut codec, &SPACE, &log(), std::slice::from_ref(&one));
    let long = entry(&"le plan de la route ".repeat(60));
    let packed = pack(&mut codec, &SPACE, &log(), std::slice::from_ref(&long));
    // What another version of zstd writes may differ; what was written once must stay readable.
    let golden = unhex(documented("packed range, compressed"));
    let read = unpack(&mut codec, &SPACE, &log(), &golden);

    let mut wrong = compare("header", &one.bytes) + &compare("packed range", &plain);
    if golden.first() != Some(&1) || read != Ok(vec![long]) {
        wrong += &compare("packed range, compressed", &packed);
    }
    for (name, frame) in samples() {
        wrong += &compare(name, &frame.encode());
    }
    assert!(wrong.is_empty(), "docs/wire.md should say:\n{wrong}");
    for (name, frame) in samples() {
        assert_eq!(Frame::decode(&unhex(documented(name))), Ok(frame), "{name}");
    }
}

#[test]
fn every_refusal_stands_in_the_document_with_its_outcome() {
    for refusal in Refusal::all() {
        let outcome = if refusal.closes() { "ends" } else { "goes on" };
        let row = format!("| `{}` | {outcome} |", refusal.name());
        assert!(
            DOCUMENT.contains(&row),
            "docs/wire.md should have a row: {row}"
        );
    }
}

#[test]
fn every_cut_and_every_flipped_bit_is_a_refusal_or_another_frame_never_a_panic() {
    for (name, frame) in samples() {
        let bytes = frame.encode();
        for end in 0..bytes.len() {
            assert!(Frame::decode(&bytes[..end]).is_err(), "{name} cut at {end}");
        }
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            match Frame::decode(&changed) {
                Ok(Frame::Entries(entries) | Frame::Push(entries)) => {
                    let _ = unpack(&mut Codec::default(), &SPACE, &log(), &entries.packed);
                }
                Ok(other) => assert_ne!(other, frame, "{name} bit {bit}"),
                Err(_) => {}
            }
        }
    }
    assert_eq!(
        Frame::decode(&vec![1; FRAME_BYTES_MAX + 1]),
        Err(Refusal::FrameTooLarge)
    );
}

#[test]
fn tags_tell_nothing_to_those_who_do_not_know_the_space() {
    let (a, b) = (NodeId([1; 32]), NodeId([2; 32]));
    let one = SessionKey::new((&a, &[1; 16]), (&b, &[2; 16]));
    let other_end = SessionKey::new((&b, &[2; 16]), (&a, &[1; 16]));
    let next = SessionKey::new((&a, &[1; 16]), (&b, &[3; 16]));
    assert_eq!(one.tag(&SPACE), other_end.tag(&SPACE));
    assert_ne!(
        one.tag(&SPACE),
        next.tag(&SPACE),
        "no connection can be linked to another"
    );
    assert_ne!(realm_mark(&RealmId([9; 32]))[..], [9; 16]);
}
