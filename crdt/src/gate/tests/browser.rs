//! What the automerge of the web editor really sends: every change must pass, in its order, and
//! both ends must read the same text. The fixture is made by `browser/make.mjs`.

use serde::Deserialize;

use super::*;
use crate::blocks::BlockKind;

const PAGE: Genesis = Genesis {
    containers: &[("title", Container::Text), ("body", Container::Text)],
};

#[derive(Deserialize)]
struct Fixture {
    changes: Vec<Sent>,
    title: String,
    /// A line end for each block marker.
    body: String,
}

#[derive(Deserialize)]
struct Sent {
    actor: ActorId,
    bytes: String,
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    let pairs = digits.map(|pair| std::str::from_utf8(pair).expect("hex is ASCII"));
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).expect("hex"))
        .collect()
}

#[test]
fn browser_changes_pass() {
    let mut document = Document::new(ITEM, PAGE);
    let saved = document.save();
    let hex: String = saved.iter().map(|byte| format!("{byte:02x}")).collect();
    let fixture: Fixture = serde_json::from_str(include_str!("browser/changes.json"))
        .unwrap_or_else(|error| panic!("{error}; the genesis is {hex}"));
    for (number, sent) in fixture.changes.iter().enumerate() {
        let expected = ActorExpectation { actor: sent.actor };
        match check(&bytes(&sent.bytes), &expected, &document) {
            Verdict::Accepted(checked) => {
                assert_eq!(document.apply(vec![checked]).applied.len(), 1);
            }
            other => panic!("change {number}: {other:?}"),
        }
    }
    assert_eq!(document.text("title"), fixture.title);
    let mut blocks = document.blocks("body");
    let lines: Vec<String> = blocks.iter().map(|block| block.text()).collect();
    assert_eq!(lines.join("\n"), fixture.body);
    let last = blocks.pop().expect("there is a block");
    assert_eq!(
        last.kind,
        BlockKind::Todo {
            indent: 0,
            done: true
        }
    );
}
