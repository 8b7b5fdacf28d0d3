//! What people write, and what browsers say: records, changes, blocks, commands. Samples and readers.

use std::sync::OnceLock;

use bocage_crdt::blocks::{Block, BlockKind, Marks, Run};
use bocage_crdt::document::Document;
use bocage_crdt::features::{self, Payload};
use bocage_crdt::gate::{self, ActorExpectation, Verdict};
use bocage_crdt::html::html;
use bocage_crdt::ids::EntryId;
use bocage_crdt::record::{Record, Value};
use bocage_node::api::command::CommandEnvelope;
use bocage_node::api::live::BrowserMessage;
use bocage_protocol::entry::ChangesPayload;

use super::targets::{Read, refused};
use super::wire::{ANNE, ITEM, SPACE};

pub(crate) fn records() -> Vec<Vec<u8>> {
    let record = Record::new()
        .with_text("text", "Élagueuse sur place 🇫🇷")
        .with("done", Value::Flag(true))
        .with("at", Value::Number(-3))
        .replacing(vec![EntryId([1; 32])]);
    vec![record.encode(), Record::new().encode()]
}

pub(crate) fn record(bytes: &[u8]) -> Read {
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

pub(crate) fn changes() -> Vec<Vec<u8>> {
    let payload = ChangesPayload {
        own: gate_samples(),
        carried: vec![vec![1, 2, 3]],
    };
    vec![payload.encode()]
}

pub(crate) fn changes_payload(bytes: &[u8]) -> Read {
    match ChangesPayload::decode(bytes) {
        Some(payload) => Read::As(payload.encode()),
        None => refused("changes-malformed"),
    }
}

/// An empty page.
pub(crate) fn page() -> &'static Document {
    static PAGE: OnceLock<Document> = OnceLock::new();
    PAGE.get_or_init(|| {
        let page = features::by_name("page").expect("there are pages");
        let Payload::Document(genesis) = page.payload() else {
            panic!("a page is a document");
        };
        Document::new(ITEM, *genesis)
    })
}

pub(crate) fn gate_samples() -> Vec<Vec<u8>> {
    let mut document = page().clone();
    let mut made = Vec::new();
    for text in ["Bonjour", "Bonsoir à tous 🇫🇷", ""] {
        let change = document.edit(ANNE, |edit| edit.set_text("title", text));
        made.extend(change.expect("an edit"));
    }
    made
}

pub(crate) fn through_gate(bytes: &[u8]) -> Read {
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

pub(crate) fn blocks() -> Vec<Vec<u8>> {
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
pub(crate) const TAGS: [&str; 22] = [
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

pub(crate) fn as_html(bytes: &[u8]) -> Read {
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

pub(crate) fn commands() -> Vec<Vec<u8>> {
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

pub(crate) fn command(bytes: &[u8]) -> Read {
    match CommandEnvelope::parse(bytes) {
        Ok(envelope) => Read::As(serde_json::to_vec(&envelope).expect("JSON")),
        Err(error) => refused(format!("{error:?}")),
    }
}

pub(crate) fn browser_messages() -> Vec<Vec<u8>> {
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

pub(crate) fn browser_message(bytes: &[u8]) -> Read {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return refused("not-text"); // the socket ends with its own code
    };
    match BrowserMessage::parse(text) {
        Ok(message) => Read::As(serde_json::to_vec(&message).expect("JSON")),
        Err(reason) => refused(reason),
    }
}
