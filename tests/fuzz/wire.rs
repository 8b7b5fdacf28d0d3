//! What sites say to one another: frames, ranges, headers, operations, tickets. Samples and readers.

use bocage_crdt::ids::{
    ActorId, ActorNonce, CommandId, EntryId, ItemId, LogId, NodeId, PersonId, RealmId, SpaceId,
    WriterKey,
};
use bocage_protocol::certificate::NodeCertificate;
use bocage_protocol::entry::{ActorOrigin, Creation, Entry, EntryKind, Header, ItemKind};
use bocage_protocol::limits::PROTOCOL_VERSION;
use bocage_protocol::rights::{Cut, CutPoint, Operation, Role, RootKeys, SpaceKind, Subject};
use bocage_protocol::ticket::{self, RedeemAnswer, RedeemRequest, Ticket, TicketRole};
use bocage_protocol::wire::compress::Codec;
use bocage_protocol::wire::frame::Frame;
use bocage_protocol::wire::pack::{pack, unpack};
use ed25519_dalek::SigningKey;

use super::targets::{Read, refused, stored};

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub(crate) fn node(seed: u8) -> NodeId {
    NodeId(key(seed).verifying_key().to_bytes())
}

pub(crate) const SPACE: SpaceId = SpaceId([1; 32]);
pub(crate) const ITEM: ItemId = ItemId([3; 16]);
pub(crate) const ANNE: ActorId = ActorId([0xaa; 16]);

/// Writer key of the golden samples.
pub(crate) fn log() -> LogId {
    LogId::of(&WriterKey(key(7).verifying_key().to_bytes()), &SPACE)
}

/// The golden samples of `docs/wire.md` whose title begins like this.
pub(crate) fn golden(title: &str) -> Vec<Vec<u8>> {
    const DOCUMENT: &str = include_str!("../../docs/wire.md");
    let samples = DOCUMENT.split("\n### Sample: ").skip(1);
    samples
        .filter(|sample| sample.starts_with(title))
        .filter_map(|sample| {
            let hex = sample.split("```").nth(1)?;
            let hex: String = hex.split_whitespace().collect();
            crate::from_hex(&hex)
        })
        .collect()
}

pub(crate) fn frames() -> Vec<Vec<u8>> {
    // Every golden sample is a frame, but for these.
    let mut frames = golden("");
    frames.retain(|sample| Frame::decode(sample).is_ok());
    assert!(frames.len() >= 12, "one of each kind");
    frames
}

pub(crate) fn frame(bytes: &[u8]) -> Read {
    match Frame::decode(bytes) {
        Ok(frame) => {
            let again = frame.encode();
            assert_eq!(Frame::decode(&again), Ok(frame), "another frame");
            Read::As(again)
        }
        Err(refusal) => refused(refusal),
    }
}

pub(crate) fn an_entry(seq: u64, prev: EntryId) -> Entry {
    let header = Header {
        version: PROTOCOL_VERSION,
        kind: EntryKind::Record,
        space: SPACE,
        log: log(),
        seq,
        prev,
        lamport: seq,
        wall_ms: 1_795_000_000_000 + seq,
        rights_heads: vec![EntryId([2; 32])],
        author: PersonId([3; 16]),
        item: ItemId([seq as u8; 16]),
        creation: Some(Creation {
            kind: ItemKind {
                number: 5,
                version: 1,
            },
            parent: ITEM,
        }),
        command: CommandId([4; 16]),
        origin: Some(ActorOrigin {
            site: node(6),
            nonce: ActorNonce([5; 16]),
        }),
        carried: Vec::new(),
        payload_hash: [0; 32],
        payload_length: 0,
    };
    Entry::sign(header, format!("bonjour {seq}").into_bytes(), &key(7))
}

pub(crate) fn a_chain() -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for seq in 1..=20 {
        let prev = entries.last().map_or(EntryId::default(), |entry| entry.id);
        entries.push(an_entry(seq, prev));
    }
    entries
}

pub(crate) fn ranges() -> Vec<Vec<u8>> {
    let mut ranges = golden("packed range");
    let mut erased = a_chain();
    erased[3].payload = None;
    // Does not follow: sent raw.
    erased[7] = an_entry(40, EntryId([8; 32]));
    for entries in [a_chain(), erased] {
        ranges.push(pack(&mut Codec::default(), &SPACE, &log(), &entries));
    }
    ranges
}

pub(crate) fn range(bytes: &[u8]) -> Read {
    let mut codec = Codec::default();
    match unpack(&mut codec, &SPACE, &log(), bytes) {
        Ok(entries) => {
            let again = pack(&mut codec, &SPACE, &log(), &entries);
            let third = unpack(&mut codec, &SPACE, &log(), &again);
            assert_eq!(third, Ok(entries), "other entries");
            Read::As(again)
        }
        Err(refusal) => refused(refusal),
    }
}

pub(crate) fn compressed_samples() -> Vec<Vec<u8>> {
    let text: Vec<u8> = (0..200_u32)
        .flat_map(|line| format!("ligne {line} ").into_bytes())
        .collect();
    let mut codec = Codec::default();
    vec![codec.wrap(b"bonjour"), codec.wrap(&text)]
}

pub(crate) fn compressed(bytes: &[u8]) -> Read {
    let mut codec = Codec::default();
    match codec.unwrap(bytes) {
        Ok(plain) => {
            let again = codec.wrap(&plain);
            assert_eq!(codec.unwrap(&again), Ok(plain), "other bytes");
            Read::As(again)
        }
        Err(refusal) => refused(refusal),
    }
}

pub(crate) fn headers() -> Vec<Vec<u8>> {
    let mut headers = golden("header");
    headers.push(an_entry(1, EntryId::default()).bytes);
    headers
}

pub(crate) fn header(bytes: &[u8]) -> Read {
    match Entry::read(bytes.to_vec(), [0; 64], None) {
        Ok(entry) => {
            assert_eq!(entry.header.encode(), bytes, "one encoding only");
            Read::As(entry.header.encode())
        }
        Err(invalid) => refused(invalid),
    }
}

pub(crate) fn operations() -> Vec<Vec<u8>> {
    let person = Subject::Person(PersonId([3; 16]));
    let cut = Cut::new(vec![CutPoint {
        log: log(),
        seq: 7,
        entry: EntryId([9; 32]),
    }]);
    let root = RootKeys {
        version: 1,
        threshold: 1,
        keys: vec![key(8).verifying_key().to_bytes()],
    };
    let inner = Operation::Reopen;
    let signed = Operation::sign_as_root(&inner, &SPACE, &[EntryId([2; 32])], &[(0, &key(8))]);
    let operations = [
        Operation::Create {
            kind: SpaceKind::Realm,
            nonce: [5; 32],
            root: Some(root),
        },
        Operation::Grant {
            subject: person,
            role: Role::CONTRIBUTOR,
            territory: None,
            sponsor: None,
            end_ms: Some(1_795_000_000_000),
        },
        Operation::Revoke {
            subject: person,
            cut: cut.clone(),
            order: None,
        },
        Operation::HostAdd {
            node: node(6),
            name: "Ancenis".into(),
            addresses: vec!["192.0.2.7:7000".into()],
            territory: None,
        },
        Operation::Readmit {
            entries: vec![EntryId([1; 32]), EntryId([2; 32])],
        },
        Operation::Quarantine {
            entry: EntryId([1; 32]),
        },
        Operation::Close { cut },
        Operation::Join,
        signed,
    ];
    let trust = super::trust::of_trust();
    operations
        .iter()
        .chain(&trust)
        .map(Operation::encode)
        .collect()
}

pub(crate) fn operation(bytes: &[u8]) -> Read {
    match Operation::decode(bytes) {
        Ok(operation) => {
            assert_eq!(operation.encode(), bytes, "one encoding only");
            Read::As(operation.encode())
        }
        Err(_) => refused("malformed-operation"),
    }
}

pub(crate) fn certificates() -> Vec<Vec<u8>> {
    let writers = [7, 8].map(|seed| WriterKey(key(seed).verifying_key().to_bytes()));
    vec![stored(&NodeCertificate::sign(&key(6), writers.to_vec()))]
}

pub(crate) fn a_ticket() -> Ticket {
    Ticket {
        realm: RealmId([2; 32]),
        issuer: node(6),
        addresses: vec!["nantes.example:7000".into(), "[2001:db8::1]:7000".into()],
        secret: [7; 16],
        role: TicketRole::Site,
        expires_ms: 1_795_000_000_000,
    }
}

pub(crate) fn tickets() -> Vec<Vec<u8>> {
    let ticket = a_ticket();
    vec![
        ticket.to_string().into_bytes(),
        ticket.to_qr_text().into_bytes(),
    ]
}

pub(crate) fn ticket_text(bytes: &[u8]) -> Read {
    match String::from_utf8_lossy(bytes).parse::<Ticket>() {
        Ok(ticket) => Read::As(ticket.to_string().into_bytes()),
        Err(error) => refused(error),
    }
}

pub(crate) fn redeem_requests() -> Vec<Vec<u8>> {
    let certificate = NodeCertificate::sign(&key(9), vec![WriterKey([7; 32])]);
    let addresses = vec!["192.0.2.7:7000".into()];
    let request = RedeemRequest::new(&a_ticket(), certificate, "Ancenis".into(), addresses);
    vec![request.to_bytes()]
}

pub(crate) fn redeem_request(bytes: &[u8]) -> Read {
    match RedeemRequest::from_bytes(bytes) {
        Ok(request) => {
            // Whatever is read is judged next.
            let _ = request.check(&a_ticket(), &node(9), 1_794_990_000_000);
            Read::As(request.to_bytes())
        }
        Err(refusal) => refused(refusal),
    }
}

pub(crate) fn redeem_answers() -> Vec<Vec<u8>> {
    let refusal = RedeemAnswer::Refused(ticket::Refusal::Expired);
    vec![
        RedeemAnswer::Admitted(vec![1, 2, 3]).to_bytes(),
        refusal.to_bytes(),
    ]
}

pub(crate) fn redeem_answer(bytes: &[u8]) -> Read {
    match RedeemAnswer::from_bytes(bytes) {
        Ok(answer) => Read::As(answer.to_bytes()),
        Err(refusal) => refused(refusal),
    }
}
