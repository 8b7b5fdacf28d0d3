//! Packed ranges: exact, small, and never trusted.

use bocage_crdt::ids::{ActorNonce, ChangeHash, NodeId, WriterKey};
use ed25519_dalek::SigningKey;

use super::*;
use crate::entry::verify_range;

const SPACE: SpaceId = SpaceId([1; 32]);

fn writer() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn writer_key() -> WriterKey {
    WriterKey(writer().verifying_key().to_bytes())
}

fn log() -> LogId {
    LogId::of(&writer_key(), &SPACE)
}

/// Bytes that no compressor foresees, the same in every run.
fn noise<const N: usize>(seed: u64) -> [u8; N] {
    bocage_crdt::ids::derive("test noise", &[&seed.to_le_bytes()])
}

/// Messages of a channel as people write them: a few authors, 60 to 100 bytes of text.
fn messages(count: u64) -> Vec<Entry> {
    let words = [
        "réunion", "chantier", "demain", "cantine", "plan", "merci", "route", "école",
    ];
    let mut entries: Vec<Entry> = Vec::new();
    for seq in 1..=count {
        let author = PersonId(noise(seq % 5));
        let command = CommandId(noise(1_000 + seq));
        let mut text = format!("{}h{} ", seq % 24, seq % 60);
        let mut pick = u64::from_le_bytes(noise(seq));
        while text.len() < 60 + (seq % 40) as usize {
            text.push_str(words[(pick % 8) as usize]);
            text.push(' ');
            pick = pick.rotate_left(3).wrapping_mul(31);
        }
        let header = Header {
            version: PROTOCOL_VERSION,
            kind: EntryKind::Record,
            space: SPACE,
            log: log(),
            seq,
            prev: entries.last().map_or(EntryId::default(), |entry| entry.id),
            lamport: seq * 3,
            wall_ms: 1_795_000_000_000 + seq * 977,
            rights_heads: vec![EntryId(noise(seq / 50))],
            author,
            item: ItemId::of(&SPACE, &author, &command),
            creation: Some(Creation {
                kind: ItemKind {
                    number: 5,
                    version: 1,
                },
                parent: ItemId(noise(99)),
            }),
            command,
            origin: None,
            carried: Vec::new(),
            payload_hash: [0; 32],
            payload_length: 0,
        };
        let payload = [b"\x01\x04text\x02".as_slice(), text.as_bytes()].concat();
        entries.push(Entry::sign(header, payload, &writer()));
    }
    entries
}

fn there_and_back(entries: &[Entry]) -> usize {
    let mut codec = Codec::default();
    let packed = pack(&mut codec, &SPACE, &log(), entries);
    let back = unpack(&mut codec, &SPACE, &log(), &packed).expect("own ranges are readable");
    assert!(back == entries, "every byte is as it was");
    packed.len()
}

#[test]
fn a_range_of_messages_comes_back_exactly_and_costs_little() {
    let entries = messages(1_000);
    let bytes = there_and_back(&entries) / entries.len();
    println!("catch-up: {bytes} bytes per message");
    assert!(bytes <= 230, "{bytes} bytes per message");
    let one = there_and_back(&entries[500..501]);
    println!("one message: {one} bytes");
    assert!(one <= 360, "{one} bytes for one message");
}

#[test]
fn all_shapes_of_headers_come_back_exactly() {
    let origin = |n: u8| ActorOrigin {
        site: NodeId([n; 32]),
        nonce: ActorNonce([n; 16]),
    };
    let shapes: [fn(&mut Header); 6] = [
        |h| h.kind = EntryKind::Unknown(200),
        |h| h.item = ItemId([9; 16]),
        |h| h.creation = None,
        |h| h.rights_heads = Vec::new(),
        |h| h.wall_ms = 3,
        |h| h.lamport += crate::limits::LAMPORT_STEP_MAX - 1,
    ];
    let mut header = messages(1)[0].header.clone();
    let mut entries: Vec<Entry> = Vec::new();
    for shape in shapes {
        header.seq = entries.len() as u64 + 1;
        header.prev = entries.last().map_or(EntryId::default(), |entry| entry.id);
        header.lamport += 1;
        let mut shaped = header.clone();
        shape(&mut shaped);
        header.lamport = shaped.lamport;
        entries.push(Entry::sign(shaped, vec![1, 2], &writer()));
    }
    header.seq += 1;
    header.prev = entries[5].id;
    header.lamport += 1;
    header.origin = Some(origin(4));
    header.carried = vec![Carried {
        author: PersonId([5; 16]),
        origin: origin(6),
        hash: ChangeHash([7; 32]),
    }];
    entries.push(Entry::sign(header, Vec::new(), &writer()));
    entries[3].payload = None;
    there_and_back(&entries);
    assert_eq!(verify_range(&entries, &SPACE, &writer_key(), None), Ok(()));
}

#[test]
fn what_cannot_be_derived_is_sent_raw_and_judged_by_the_receiver() {
    let entries = messages(4);
    let broken = [entries[0].clone(), entries[3].clone()];
    there_and_back(&broken);
    let mut codec = Codec::default();
    let elsewhere = SpaceId([2; 32]);
    let packed = pack(&mut codec, &elsewhere, &log(), &entries);
    let back = unpack(&mut codec, &elsewhere, &log(), &packed).expect("raw rows are readable");
    assert!(back == entries);
}

#[test]
fn a_changed_byte_never_makes_another_valid_range() {
    let entries = messages(3);
    let mut codec = Codec::default();
    // Small enough to stay uncompressed would hide rows; take the plain form by hand.
    let packed = pack(&mut codec, &SPACE, &log(), &entries[..1]);
    for place in 0..packed.len() {
        for bit in [0, 3, 7] {
            let mut changed = packed.clone();
            changed[place] ^= 1 << bit;
            if let Ok(read) = unpack(&mut codec, &SPACE, &log(), &changed) {
                assert!(
                    read == entries[..1]
                        || verify_range(&read, &SPACE, &writer_key(), None).is_err(),
                    "byte {place} bit {bit}"
                );
            }
        }
    }
}

#[test]
fn frames_are_filled_but_not_over() {
    let entries = messages(10);
    assert_eq!(fitting(&entries, 0), 1, "one always goes");
    assert_eq!(fitting(&entries, 1 << 20), 10);
    let three: usize = entries[..3]
        .iter()
        .map(|e| e.bytes.len() + 64 + e.payload.as_ref().map_or(0, Vec::len))
        .sum();
    assert_eq!(fitting(&entries, three), 3);
    assert_eq!(fitting(&[], 10), 0);
}
