//! The decoders, each with samples, the memory it may hold, and how it is read.

use std::sync::OnceLock;

use bocage_crdt::blocks::{Block, BlockKind, Marks, Run};
use bocage_crdt::document::Document;
use bocage_crdt::features::{self, Payload};
use bocage_crdt::gate::{self, ActorExpectation, Verdict};
use bocage_crdt::html::html;
use bocage_crdt::ids::{
    ActorId, ActorNonce, CommandId, EntryId, ItemId, LogId, NodeId, PersonId, RealmId, SpaceId,
    WriterKey,
};
use bocage_crdt::record::{Record, Value};
use bocage_node::api::command::CommandEnvelope;
use bocage_node::api::live::BrowserMessage;
use bocage_node::store::{AccountRow, LiveRow, LogRow};
use bocage_node::trial::TrialRequest;
use bocage_node::{config, decoders};
use bocage_protocol::certificate::NodeCertificate;
use bocage_protocol::entry::{
    ActorOrigin, ChangesPayload, Creation, Entry, EntryKind, Header, ItemKind,
};
use bocage_protocol::limits::{FRAME_BYTES_MAX, PROTOCOL_VERSION};
use bocage_protocol::log::LogState;
use bocage_protocol::rights::{Cut, CutPoint, Operation, Role, RootKeys, SpaceKind, Subject};
use bocage_protocol::ticket::{self, RedeemAnswer, RedeemRequest, Ticket, TicketRole};
use bocage_protocol::wire::compress::Codec;
use bocage_protocol::wire::frame::Frame;
use bocage_protocol::wire::pack::{pack, unpack};
use ed25519_dalek::SigningKey;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What a decoder made of its input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// Turned away, by name.
    Refused(String),
    /// Read; these bytes say the same.
    As(Vec<u8>),
    /// Read; there is no way back to bytes.
    Done,
}

/// One decoder.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    pub(crate) samples: fn() -> Vec<Vec<u8>>,
    pub(crate) read: fn(&[u8]) -> Read,
    /// Memory held at once, at most: so much, and so much more for each byte of the input.
    pub(crate) bytes_max: usize,
    pub(crate) bytes_per_byte: usize,
    /// What a text is made of, for texts.
    pub(crate) words: &'static [&'static str],
}

/// What a decoder that holds nothing large may hold besides its input.
const LITTLE: usize = 64 << 10;
/// A list entry of one byte is at most a list of lists' header in memory, doubled while it grows.
const PER_BYTE: usize = 80;

const fn binary(
    name: &'static str,
    samples: fn() -> Vec<Vec<u8>>,
    read: fn(&[u8]) -> Read,
) -> Target {
    Target {
        name,
        samples,
        read,
        bytes_max: LITTLE,
        bytes_per_byte: PER_BYTE,
        words: &[],
    }
}

const JSON: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    ",",
    ":",
    "null",
    "true",
    "1e999",
    "-1",
    "\\u0000",
    "\\ud800",
    "{\"t\":",
    "[[",
    "{\"a\":",
    "\"do\":",
    "18446744073709551616",
];
const TOML: &[&str] = &[
    "[",
    "]",
    "[[",
    "]]",
    "=",
    "\"",
    "\n",
    "'''",
    "{",
    "}",
    "web.",
    "listen",
    "\\uD800",
    "1e999",
    "[peers]\n",
    "a.b.c=1\n",
    "#",
];

pub(crate) static TARGETS: &[Target] = &[
    binary("frame", frames, frame),
    // A range of 1 MiB unpacked, in which one byte may stand for a row or a list.
    Target {
        bytes_max: FRAME_BYTES_MAX * (1 + PER_BYTE),
        ..binary("range", ranges, range)
    },
    Target {
        bytes_max: 2 * FRAME_BYTES_MAX,
        ..binary("compressed", compressed_samples, compressed)
    },
    binary("header", headers, header),
    binary("operation", operations, operation),
    binary("certificate", certificates, row::<NodeCertificate>),
    binary("ticket", tickets, ticket_text),
    binary("redeem_request", redeem_requests, redeem_request),
    binary("redeem_answer", redeem_answers, redeem_answer),
    binary("record", records, record),
    binary("changes", changes, changes_payload),
    // Ten thousand operations decoded, twice, and the index of the document.
    Target {
        bytes_max: 16 << 20,
        ..binary("gate", gate_samples, through_gate)
    },
    Target {
        words: JSON,
        ..binary("blocks", blocks, as_html)
    },
    Target {
        words: JSON,
        bytes_per_byte: 4 * PER_BYTE, // an object's fields, left out one by one to find the wrong one
        ..binary("command", commands, command)
    },
    Target {
        words: JSON,
        bytes_per_byte: 4 * PER_BYTE,
        ..binary("browser_message", browser_messages, browser_message)
    },
    binary("log_row", log_rows, row::<LogRow>),
    binary("live_row", live_rows, row::<LiveRow>),
    binary("account_row", account_rows, row::<AccountRow>),
    binary("side_frame", side_frames, |bytes| {
        encoded(decoders::side_frame(bytes), "presence-malformed")
    }),
    binary("beacon", beacons, |bytes| {
        encoded(decoders::beacon(bytes), "beacon-malformed")
    }),
    Target {
        words: TOML,
        bytes_max: 1 << 20,
        bytes_per_byte: 40 * PER_BYTE, // a tree of values with the place of each, and a copy
        ..binary("config", configurations, configuration)
    },
    binary("trial_request", trial_requests, row::<TrialRequest>),
];

fn encoded(read: Option<Vec<u8>>, refusal: &str) -> Read {
    read.map_or_else(|| Read::Refused(refusal.to_owned()), Read::As)
}

fn refused(reason: impl ToString) -> Read {
    Read::Refused(reason.to_string())
}

fn row<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Read {
    match postcard::from_bytes::<T>(bytes) {
        Ok(row) => Read::As(stored(&row)),
        Err(error) => refused(error),
    }
}

fn stored(row: &impl Serialize) -> Vec<u8> {
    postcard::to_stdvec(row).expect("plain values always encode")
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn node(seed: u8) -> NodeId {
    NodeId(key(seed).verifying_key().to_bytes())
}

const SPACE: SpaceId = SpaceId([1; 32]);
const ITEM: ItemId = ItemId([3; 16]);
const ANNE: ActorId = ActorId([0xaa; 16]);

/// Writer key of the golden samples.
fn log() -> LogId {
    LogId::of(&WriterKey(key(7).verifying_key().to_bytes()), &SPACE)
}

/// The golden samples of `docs/wire.md` whose title begins like this.
fn golden(title: &str) -> Vec<Vec<u8>> {
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

fn frames() -> Vec<Vec<u8>> {
    // Every golden sample is a frame, but for these.
    let mut frames = golden("");
    frames.retain(|sample| Frame::decode(sample).is_ok());
    assert!(frames.len() >= 12, "one of each kind");
    frames
}

fn frame(bytes: &[u8]) -> Read {
    match Frame::decode(bytes) {
        Ok(frame) => {
            let again = frame.encode();
            assert_eq!(Frame::decode(&again), Ok(frame), "another frame");
            Read::As(again)
        }
        Err(refusal) => refused(refusal),
    }
}

fn an_entry(seq: u64, prev: EntryId) -> Entry {
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

fn a_chain() -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for seq in 1..=20 {
        let prev = entries.last().map_or(EntryId::default(), |entry| entry.id);
        entries.push(an_entry(seq, prev));
    }
    entries
}

fn ranges() -> Vec<Vec<u8>> {
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

fn range(bytes: &[u8]) -> Read {
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

fn compressed_samples() -> Vec<Vec<u8>> {
    let text: Vec<u8> = (0..200_u32)
        .flat_map(|line| format!("ligne {line} ").into_bytes())
        .collect();
    let mut codec = Codec::default();
    vec![codec.wrap(b"bonjour"), codec.wrap(&text)]
}

fn compressed(bytes: &[u8]) -> Read {
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

fn headers() -> Vec<Vec<u8>> {
    let mut headers = golden("header");
    headers.push(an_entry(1, EntryId::default()).bytes);
    headers
}

fn header(bytes: &[u8]) -> Read {
    match Entry::read(bytes.to_vec(), [0; 64], None) {
        Ok(entry) => {
            assert_eq!(entry.header.encode(), bytes, "one encoding only");
            Read::As(entry.header.encode())
        }
        Err(invalid) => refused(invalid),
    }
}

fn operations() -> Vec<Vec<u8>> {
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
    operations.iter().map(Operation::encode).collect()
}

fn operation(bytes: &[u8]) -> Read {
    match Operation::decode(bytes) {
        Ok(operation) => {
            assert_eq!(operation.encode(), bytes, "one encoding only");
            Read::As(operation.encode())
        }
        Err(_) => refused("malformed-operation"),
    }
}

fn certificates() -> Vec<Vec<u8>> {
    let writers = [7, 8].map(|seed| WriterKey(key(seed).verifying_key().to_bytes()));
    vec![stored(&NodeCertificate::sign(&key(6), writers.to_vec()))]
}

fn a_ticket() -> Ticket {
    Ticket {
        realm: RealmId([2; 32]),
        issuer: node(6),
        addresses: vec!["nantes.example:7000".into(), "[2001:db8::1]:7000".into()],
        secret: [7; 16],
        role: TicketRole::Site,
        expires_ms: 1_795_000_000_000,
    }
}

fn tickets() -> Vec<Vec<u8>> {
    let ticket = a_ticket();
    vec![
        ticket.to_string().into_bytes(),
        ticket.to_qr_text().into_bytes(),
    ]
}

fn ticket_text(bytes: &[u8]) -> Read {
    match String::from_utf8_lossy(bytes).parse::<Ticket>() {
        Ok(ticket) => Read::As(ticket.to_string().into_bytes()),
        Err(error) => refused(error),
    }
}

fn redeem_requests() -> Vec<Vec<u8>> {
    let certificate = NodeCertificate::sign(&key(9), vec![WriterKey([7; 32])]);
    let addresses = vec!["192.0.2.7:7000".into()];
    let request = RedeemRequest::new(&a_ticket(), certificate, "Ancenis".into(), addresses);
    vec![request.to_bytes()]
}

fn redeem_request(bytes: &[u8]) -> Read {
    match RedeemRequest::from_bytes(bytes) {
        Ok(request) => {
            // Whatever is read is judged next.
            let _ = request.check(&a_ticket(), &node(9), 1_794_990_000_000);
            Read::As(request.to_bytes())
        }
        Err(refusal) => refused(refusal),
    }
}

fn redeem_answers() -> Vec<Vec<u8>> {
    let refusal = RedeemAnswer::Refused(ticket::Refusal::Expired);
    vec![
        RedeemAnswer::Admitted(vec![1, 2, 3]).to_bytes(),
        refusal.to_bytes(),
    ]
}

fn redeem_answer(bytes: &[u8]) -> Read {
    match RedeemAnswer::from_bytes(bytes) {
        Ok(answer) => Read::As(answer.to_bytes()),
        Err(refusal) => refused(refusal),
    }
}

fn records() -> Vec<Vec<u8>> {
    let record = Record::new()
        .with_text("text", "Élagueuse sur place 🇫🇷")
        .with("done", Value::Flag(true))
        .with("at", Value::Number(-3))
        .replacing(vec![EntryId([1; 32])]);
    vec![record.encode(), Record::new().encode()]
}

fn record(bytes: &[u8]) -> Read {
    match Record::decode(bytes) {
        Ok(record) => {
            assert_eq!(record.encode(), bytes, "one encoding only");
            // What is asked of each record of a channel.
            let _ = record.replaces();
            Read::As(record.encode())
        }
        Err(invalid) => refused(invalid),
    }
}

fn changes() -> Vec<Vec<u8>> {
    let payload = ChangesPayload {
        own: gate_samples(),
        carried: vec![vec![1, 2, 3]],
    };
    vec![payload.encode()]
}

fn changes_payload(bytes: &[u8]) -> Read {
    match ChangesPayload::decode(bytes) {
        Some(payload) => Read::As(payload.encode()),
        None => refused("changes-malformed"),
    }
}

/// An empty page.
fn page() -> &'static Document {
    static PAGE: OnceLock<Document> = OnceLock::new();
    PAGE.get_or_init(|| {
        let page = features::by_name("page").expect("there are pages");
        let Payload::Document(genesis) = page.payload() else {
            panic!("a page is a document");
        };
        Document::new(ITEM, *genesis)
    })
}

fn gate_samples() -> Vec<Vec<u8>> {
    let mut document = page().clone();
    let mut made = Vec::new();
    for text in ["Bonjour", "Bonsoir à tous 🇫🇷", ""] {
        let change = document.edit(ANNE, |edit| edit.set_text("title", text));
        made.extend(change.expect("an edit"));
    }
    made
}

fn through_gate(bytes: &[u8]) -> Read {
    let mut document = page().clone();
    for change in gate_samples() {
        let known = gate::check(&change, &ActorExpectation { actor: ANNE }, &document);
        document.apply(known.accepted().into_iter().collect());
    }
    match gate::check(bytes, &ActorExpectation { actor: ANNE }, &document) {
        Verdict::Accepted(checked) => {
            let again = checked.bytes().to_vec();
            assert_eq!(again, bytes, "one encoding only");
            assert!(document.apply(vec![checked]).broken.is_empty());
            let saved = document.save();
            let loaded = Document::load(ITEM, document.genesis(), &saved).expect("it loads");
            assert_eq!(loaded.heads(), document.heads());
            Read::As(again)
        }
        Verdict::Pending(missing) => {
            assert!(!missing.is_empty());
            Read::Done
        }
        Verdict::Refused(refusal) => refused(refusal.name()),
    }
}

fn blocks() -> Vec<Vec<u8>> {
    let link = |link: &str| Run {
        text: "ici".into(),
        marks: Marks {
            strong: true,
            link: Some(link.into()),
            ..Marks::default()
        },
    };
    let mut blocks = vec![
        Block::heading(2, "Tournée <d'hiver>"),
        Block::new(BlockKind::Bullet { indent: 2 }, "sel & sable"),
        Block::new(
            BlockKind::Todo {
                indent: 0,
                done: true,
            },
            "lame",
        ),
        Block::new(BlockKind::Code, "a < b"),
        Block::new(BlockKind::Divider, ""),
    ];
    blocks[0].runs.push(link("https://example.org/?a=1&b=2"));
    blocks[1].runs.push(link("javascript:alert(1)"));
    vec![serde_json::to_vec(&blocks).expect("JSON")]
}

/// Tags and attributes that the site writes itself.
const TAGS: [&str; 22] = [
    "p",
    "h2",
    "h3",
    "h4",
    "ul",
    "ol",
    "li",
    "blockquote",
    "pre",
    "code",
    "hr",
    "strong",
    "em",
    "s",
    "a",
    "del",
    "br",
    "input",
    "label",
    "span",
    "div",
    "b",
];

fn as_html(bytes: &[u8]) -> Read {
    let blocks: Vec<Block> = match serde_json::from_slice(bytes) {
        Ok(blocks) => blocks,
        Err(error) => return refused(error),
    };
    let html = html(&blocks);
    for piece in html.split('<').skip(1) {
        let (tag, _) = piece.split_once('>').expect("every tag ends");
        let name = tag.trim_start_matches('/');
        let name = name.split(' ').next().unwrap_or_default();
        assert!(TAGS.contains(&name), "a tag of someone else's: <{tag}>");
        let lower = tag.to_ascii_lowercase();
        assert!(
            !lower.contains("=\"javascript:") && !lower.contains(" on"),
            "<{tag}>"
        );
    }
    Read::Done
}

fn commands() -> Vec<Vec<u8>> {
    let id = "00".repeat(16);
    let (space, item) = (SPACE.to_string(), ITEM.to_string());
    let lines = [
        format!(
            r#"{{"id":"{id}","feature":"message","do":"send","space":"{space}","channel":"{item}","text":"Bonjour"}}"#
        ),
        format!(
            r#"{{"id":"{id}","feature":"page","do":"create","space":"{space}","title":"Tournée","text":"a\nb"}}"#
        ),
        format!(r#"{{"id":"{id}","feature":"space","do":"join","space":"{space}"}}"#),
    ];
    lines.into_iter().map(String::into_bytes).collect()
}

fn command(bytes: &[u8]) -> Read {
    match CommandEnvelope::parse(bytes) {
        Ok(envelope) => Read::As(serde_json::to_vec(&envelope).expect("JSON")),
        Err(error) => refused(format!("{error:?}")),
    }
}

fn browser_messages() -> Vec<Vec<u8>> {
    let (space, item) = (SPACE.to_string(), ITEM.to_string());
    let nonce = "05".repeat(16);
    let lines = [
        r#"{"t":"ping"}"#.to_owned(),
        format!(r#"{{"t":"open","space":"{space}","item":"{item}","nonce":"{nonce}"}}"#),
        format!(r#"{{"t":"edit","item":"{item}","n":1,"changes":["AQID"]}}"#),
        format!(r#"{{"t":"here","item":"{item}","anchor":"2@aa","head":null}}"#),
    ];
    lines.into_iter().map(String::into_bytes).collect()
}

fn browser_message(bytes: &[u8]) -> Read {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return refused("not-text"); // the socket ends with its own code
    };
    match BrowserMessage::parse(text) {
        Ok(message) => Read::As(serde_json::to_vec(&message).expect("JSON")),
        Err(reason) => refused(reason),
    }
}

fn log_rows() -> Vec<Vec<u8>> {
    let mut state = LogState::new(WriterKey(key(7).verifying_key().to_bytes()), node(6));
    state.head = a_chain().last().map(Entry::head);
    let row = LogRow {
        space: 1,
        log: log(),
        state,
    };
    vec![stored(&row)]
}

fn live_rows() -> Vec<Vec<u8>> {
    let row = LiveRow {
        space: SPACE,
        item: ITEM,
        author: PersonId([3; 16]),
        origin: ActorOrigin {
            site: node(6),
            nonce: ActorNonce([5; 16]),
        },
        change: gate_samples().remove(0),
    };
    vec![stored(&row)]
}

fn account_rows() -> Vec<Vec<u8>> {
    let row = AccountRow {
        person: PersonId([3; 16]),
        verifier: "$argon2id$v=19$m=19456,t=2,p=1$AAAA$BBBB".into(),
        technician: true,
        open_spaces: false,
        changed_ms: 1_795_000_000_000,
    };
    vec![stored(&row)]
}

fn side_frames() -> Vec<Vec<u8>> {
    // As the enum of the hub is written: 0 who writes where, 1 offers.
    let tabs = vec![(7_u64, PersonId([3; 16]), Some("2@aa"), None::<String>)];
    let writing = stored(&(0_u8, SPACE, ITEM, tabs));
    let offers = stored(&(1_u8, vec![SPACE, SpaceId([9; 32])]));
    vec![writing, offers]
}

fn beacons() -> Vec<Vec<u8>> {
    let addresses = ["192.0.2.7:7000", "[2001:db8::1]:7000"];
    let addresses: Vec<std::net::SocketAddr> = addresses
        .iter()
        .map(|address| address.parse().expect("an address"))
        .collect();
    vec![stored(&addresses)]
}

fn configurations() -> Vec<Vec<u8>> {
    let text = "[web]\nlisten = \"127.0.0.1:8080\"\n[peers]\nlisten = [\"127.0.0.1:7000\"]\n\
                [log]\nlevel = \"info\"\nformat = \"json\"\n";
    vec![text.as_bytes().to_vec(), Vec::new()]
}

fn configuration(bytes: &[u8]) -> Read {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| tempfile::tempdir().expect("a folder"));
    let file = folder.path().join("bocage.toml");
    std::fs::write(&file, bytes).expect("the folder is ours");
    match config::load(&file, true) {
        Ok(_) => Read::Done,
        Err(failure) => refused(failure),
    }
}

fn trial_requests() -> Vec<Vec<u8>> {
    let request = TrialRequest {
        kind: 2,
        item: ITEM,
        snapshot: page().clone().save(),
        changes: gate_samples(),
    };
    vec![stored(&request)]
}
