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

/// The figures of docs/adr/0017: what a host of three items would have to be given of a space's other
/// entries. A log is a chain, so every header goes along; to judge any entry, so do the rights.
#[test]
fn a_part_of_a_space_would_take_all_headers_and_members_along() {
    use crate::rights::{Operation, Role, Subject};
    const ENTRIES: u64 = 10_000;
    const SITES: u64 = 6;
    const MEMBERS: u16 = 40;
    const ITEMS: u64 = 2_000;
    const GRANTED: u64 = 3;
    let person = |number: u16| PersonId([number as u8; 16]);
    let grants = (0..MEMBERS).map(|number| Operation::Grant {
        subject: Subject::Person(person(number)),
        role: Role::CONTRIBUTOR,
        territory: None,
        sponsor: None,
        end_ms: None,
    });
    let hosts = (0..SITES).map(|number| Operation::HostAdd {
        node: NodeId([number as u8; 32]),
        name: format!("Pays de Châteaubriant {number}"),
        addresses: vec![format!("site-{number}.example.org:4470")],
        territory: None,
    });
    let rights: Vec<Vec<u8>> = grants.chain(hosts).map(|one| one.encode()).collect();
    let (mut headers, mut foreign, mut items) = (0, 0, std::collections::BTreeSet::new());
    for number in 0..ENTRIES - rights.len() as u64 {
        let item = number % ITEMS;
        if item < GRANTED {
            continue;
        }
        let one = Header {
            item: ItemId(u128::from(item).to_be_bytes()),
            author: person((number % u64::from(MEMBERS)) as u16),
            creation: header(1, EntryId::default(), 1)
                .creation
                .filter(|_| number < ITEMS),
            payload_length: 300,
            ..header(1 + number / SITES, EntryId([9; 32]), number)
        };
        headers += one.encode().len();
        foreign += 1;
        items.insert(item);
    }
    let plain = Header {
        creation: None,
        ..header(9, EntryId([9; 32]), 9)
    };
    let of_rights: usize = rights
        .iter()
        .map(|payload| plain.encode().len() + payload.len())
        .sum();
    assert_eq!((foreign, items.len()), (9_939, 1_997));
    assert!((2_270_000..2_290_000).contains(&headers), "{headers}");
    assert!((10_000..13_000).contains(&of_rights), "{of_rights}");
}
