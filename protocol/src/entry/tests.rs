//! Entries: exact bytes, chain, signatures.

use super::*;

fn writer() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn writer_key() -> WriterKey {
    WriterKey(writer().verifying_key().to_bytes())
}

fn header(seq: u64, prev: EntryId, lamport: u64) -> Header {
    let space = SpaceId([1; 32]);
    Header {
        version: PROTOCOL_VERSION,
        kind: EntryKind::Record,
        space,
        log: LogId::of(&writer_key(), &space),
        seq,
        prev,
        lamport,
        wall_ms: 1_795_000_000_000,
        rights_heads: vec![EntryId([2; 32])],
        author: PersonId([3; 16]),
        item: ItemId([4; 16]),
        creation: Some(Creation {
            kind: ItemKind {
                number: 5,
                version: 1,
            },
            parent: ItemId([6; 16]),
        }),
        command: CommandId([8; 16]),
        origin: None,
        carried: Vec::new(),
        payload_hash: [0; 32],
        payload_length: 0,
    }
}

fn chain(length: u64) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for seq in 1..=length {
        let prev = entries.last().map_or(EntryId::default(), |entry| entry.id);
        entries.push(Entry::sign(
            header(seq, prev, seq * 2),
            vec![seq as u8],
            &writer(),
        ));
    }
    entries
}

fn verify(entries: &[Entry], previous: Option<&LogHead>) -> Result<(), InvalidEntry> {
    verify_range(entries, &SpaceId([1; 32]), &writer_key(), previous)
}

#[test]
fn header_bytes_are_golden() {
    let entry = &chain(1)[0];
    assert_eq!(
        entry.id.to_string(),
        "afd7a66282ed9d2aad47ce33a4ac94719f4007391043462121385a84721cad68"
    );
    assert_eq!(entry.bytes.len(), 241);
    assert_eq!(Header::decode(&entry.bytes).as_ref(), Ok(&entry.header));
}

#[test]
fn a_range_is_checked_by_chain_and_last_signature() {
    let entries = chain(5);
    assert_eq!(verify(&entries, None), Ok(()));
    assert_eq!(verify(&entries[2..], Some(&entries[1].head())), Ok(()));
    assert_eq!(verify(&entries[2..], None), Err(InvalidEntry::BrokenChain));
    assert_eq!(
        verify(&[entries[0].clone(), entries[2].clone()], None),
        Err(InvalidEntry::BrokenChain)
    );
    let mut forged = entries.clone();
    forged[4].signature[0] ^= 1;
    assert_eq!(verify(&forged, None), Err(InvalidEntry::WrongSignature));
    let mut early = entries;
    early[0].signature[0] ^= 1;
    assert_eq!(
        verify(&early, None),
        Ok(()),
        "covered by the chain; checked when served alone"
    );
}

#[test]
fn lamport_must_rise_by_one_to_two_to_the_32() {
    let first = &chain(1)[0];
    for (lamport, holds) in [
        (2, false),
        (3, true),
        (2 + LAMPORT_STEP_MAX, true),
        (3 + LAMPORT_STEP_MAX, false),
        (u64::MAX, false),
    ] {
        let second = header(2, first.id, lamport);
        assert_eq!(second.follows(Some(&first.head())), holds, "{lamport}");
    }
}

#[test]
fn every_flipped_bit_of_a_header_is_noticed() {
    let entry = &chain(1)[0];
    for bit in 0..entry.bytes.len() * 8 {
        let mut bytes = entry.bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let read = Entry::read(bytes, entry.signature, entry.payload.clone());
        assert!(
            read.is_err() || read.is_ok_and(|read| !read.signature_holds(&writer_key())),
            "bit {bit}"
        );
    }
}

#[test]
fn bad_headers_are_refused_by_name() {
    let good = header(1, EntryId::default(), 1);
    let with = |change: fn(&mut Header)| {
        let mut header = good.clone();
        change(&mut header);
        Header::decode(&header.encode())
    };
    assert_eq!(with(|h| h.version = 2), Err(InvalidEntry::UnknownVersion));
    assert_eq!(
        with(|h| h.rights_heads = vec![EntryId([2; 32]); 2]),
        Err(InvalidEntry::BadLists)
    );
    assert_eq!(
        with(|h| h.rights_heads = (0..33).map(|n| EntryId([n; 32])).collect()),
        Err(InvalidEntry::BadLists)
    );
    assert_eq!(
        with(|h| h.payload_length = 1 << 20),
        Err(InvalidEntry::TooLarge)
    );
    assert_eq!(Header::decode(&[]), Err(InvalidEntry::Malformed));
    let longer = [good.encode(), vec![0]].concat();
    assert_eq!(Header::decode(&longer), Err(InvalidEntry::Malformed));
}
