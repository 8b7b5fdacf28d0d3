//! What a document promises its users: genesis, reading, the site's own edits, batches.

use super::*;
use crate::blocks::{BODY, Block, BlockKind, Marks, TITLE};
use crate::gate::{self, ActorExpectation, Verdict};
use crate::ids::ActorId;
use crate::record::Value;

const PAGE: Genesis = Genesis {
    containers: &[(TITLE, Container::Text), (BODY, Container::Text)],
};
const ITEM: ItemId = ItemId(*b"0123456789abcdef");
const ANNE: ActorId = ActorId([0xa; 16]);
const BEN: ActorId = ActorId([0xb; 16]);

fn page() -> Document {
    Document::new(ITEM, PAGE)
}

/// Gives a change made at another copy to this one.
fn receive(document: &mut Document, actor: ActorId, bytes: &[u8]) -> Applied {
    match gate::check(bytes, &ActorExpectation { actor }, document) {
        Verdict::Accepted(checked) => document.apply(vec![checked]),
        other => panic!("not accepted: {other:?}"),
    }
}

fn all_kinds() -> Vec<Block> {
    let mut rich = Block::paragraph("Un ");
    let link = Some("https://a.example/".to_owned());
    rich.push(
        "gras",
        Marks {
            strong: true,
            ..Marks::default()
        },
    );
    rich.push(" et 🇫🇷", Marks::default());
    rich.push(
        "lien",
        Marks {
            link,
            em: true,
            ..Marks::default()
        },
    );
    vec![
        Block::heading(2, "Matin"),
        rich,
        Block::new(BlockKind::Bullet { indent: 1 }, "cafe\u{301}"),
        Block::new(BlockKind::Ordered { indent: 0 }, "un"),
        Block::new(
            BlockKind::Todo {
                indent: 0,
                done: true,
            },
            "fait",
        ),
        Block::new(BlockKind::Quote, ""),
        Block::new(BlockKind::Code, "a\n  b"),
        Block::new(BlockKind::Divider, ""),
        Block::new(
            BlockKind::Unknown {
                name: "table".into(),
            },
            "gardé",
        ),
    ]
}

#[test]
fn the_genesis_of_a_page_is_golden() {
    let document = page();
    let bytes = document
        .change_bytes(&document.genesis_hash())
        .expect("the genesis is there");
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    // Every site computes these bytes for itself: they may never change for this kind version.
    let golden = "856f4a83b33672b201350010303132333435363738396162636465660101000000\
                  05150c34014202560270027e057469746c6504626f647902020402000200";
    assert_eq!(hex, golden);
    assert_eq!(document.heads(), [document.genesis_hash()]);
    assert_eq!(document.changes_since(&[]), []);
    assert_eq!(document.operations(), 2);
}

#[test]
fn another_item_or_kind_is_not_loaded() {
    let saved = page().save();
    assert!(Document::load(ITEM, PAGE, &saved).is_ok());
    let other = Document::load(ItemId([1; 16]), PAGE, &saved);
    assert_eq!(other.err(), Some(LoadError::OtherGenesis));
    let task = Genesis {
        containers: &[(TITLE, Container::Text)],
    };
    assert_eq!(
        Document::load(ITEM, task, &saved).err(),
        Some(LoadError::OtherGenesis)
    );
    let empty = Genesis { containers: &[] };
    let mut settings = Document::new(ITEM, empty);
    assert_eq!(settings.operations(), 0);
    assert!(Document::load(ITEM, empty, &settings.save()).is_ok());
    let set = settings.edit(ANNE, |edit| edit.set("language", "fr"));
    assert!(matches!(set, Ok(Some(_))), "{set:?}");
    assert!(matches!(
        settings.edit(BEN, |edit| edit.set("zone", 1)),
        Ok(Some(_))
    ));
    assert!(Document::load(ITEM, empty, &settings.save()).is_ok());
    assert!(matches!(
        Document::load(ITEM, PAGE, b"x"),
        Err(LoadError::Malformed(_))
    ));
}

#[test]
fn blocks_are_read_back_here_and_elsewhere() {
    let mut here = page();
    let mut there = page();
    assert_eq!(here.blocks(BODY), [Block::paragraph("")]);
    assert_eq!(here.blocks("none"), []);
    let blocks = all_kinds();
    let bytes = here
        .edit(ANNE, |edit| {
            edit.set_text(TITLE, "Ménage d’été")?;
            edit.set_blocks(BODY, &blocks)
        })
        .expect("the edit is allowed")
        .expect("the edit changes something");
    receive(&mut there, ANNE, &bytes);
    for mut document in [here, there] {
        assert_eq!(document.blocks(BODY), blocks);
        assert_eq!(document.text(TITLE), "Ménage d’été");
        let loaded = Document::load(ITEM, PAGE, &document.save()).expect("it loads");
        assert_eq!(loaded.verify(), Ok(()));
        assert_eq!(loaded.blocks(BODY), blocks);
        assert_eq!(loaded.operations(), document.operations());
    }
}

#[test]
fn text_before_the_first_marker_is_a_paragraph() {
    let mut document = page();
    let edit = document.edit(ANNE, |edit| edit.set_text(BODY, "sans marque"));
    assert!(matches!(edit, Ok(Some(_))));
    assert_eq!(document.blocks(BODY), [Block::paragraph("sans marque")]);
    let edit = document.edit(ANNE, |edit| edit.append_paragraphs(BODY, &["avec"]));
    assert!(matches!(edit, Ok(Some(_))));
    assert_eq!(
        document.blocks(BODY),
        [Block::paragraph("sans marque"), Block::paragraph("avec")]
    );
}

#[test]
fn a_text_is_changed_only_where_it_differs() {
    let cases = [
        ("", "abc"),
        ("abc", ""),
        ("aXc", "aYc"),
        ("aa", "aaa"),
        ("👩🏽‍🍳 🇫🇷", "👩🏽‍🍳 🇫🇮"),
        ("cafe\u{301}", "cafe"),
        ("même", "même"),
    ];
    for (before, after) in cases {
        let mut document = page();
        let _ = document.edit(ANNE, |edit| edit.set_text(TITLE, before));
        let operations = document.operations();
        let made = document.edit(ANNE, |edit| edit.set_text(TITLE, after));
        assert_eq!(document.text(TITLE), after);
        assert_eq!(matches!(made, Ok(Some(_))), before != after);
        let touched = document.operations() - operations;
        assert!(touched <= before.chars().count() + after.chars().count());
    }
    let mut document = page();
    let _ = document.edit(ANNE, |edit| edit.set_text(TITLE, "un deux trois"));
    let operations = document.operations();
    let _ = document.edit(ANNE, |edit| edit.set_text(TITLE, "un DEUX trois"));
    assert_eq!(document.operations() - operations, 8);
}

#[test]
fn a_field_set_twice_at_once_shows_both_values_until_it_is_settled() {
    let (mut anne, mut ben) = (page(), page());
    let set = |document: &mut Document, actor, value: &str| {
        document
            .edit(actor, |edit| edit.set("due", value))
            .expect("the edit is allowed")
            .expect("the edit changes something")
    };
    let from_anne = set(&mut anne, ANNE, "lundi");
    let from_ben = set(&mut ben, BEN, "mardi");
    receive(&mut anne, BEN, &from_ben);
    receive(&mut ben, ANNE, &from_anne);
    let field = Field {
        value: Value::Text("mardi".into()),
        conflicts: vec![Value::Text("lundi".into())],
    };
    assert_eq!(anne.scalars().get("due"), Some(&field));
    assert_eq!(anne.scalars(), ben.scalars());
    assert_eq!(anne.heads(), ben.heads());
    assert_eq!(anne.heads().len(), 2);
    let settled = set(&mut anne, ANNE, "mardi");
    receive(&mut ben, ANNE, &settled);
    assert_eq!(ben.scalars()["due"].conflicts, []);
    assert_eq!(anne.edit(ANNE, |edit| edit.set("due", "mardi")), Ok(None));
    let gone = anne.edit(ANNE, |edit| edit.remove("due"));
    assert!(matches!(gone, Ok(Some(_))));
    assert_eq!(anne.scalar("due"), None);
    assert!(anne.scalars().is_empty());
}

#[test]
fn the_site_cannot_write_what_others_would_refuse() {
    let mut document = page();
    let heads = document.heads();
    let long = "x".repeat(gate::limits::OPERATIONS_PER_CHANGE_MAX + 1);
    let refused = document.edit(ANNE, |edit| edit.set_text(BODY, &long));
    assert_eq!(refused, Err(InvalidEdit::Refused(Refusal::Operations)));
    let key = document.edit(ANNE, |edit| edit.set(BODY, true));
    assert_eq!(key, Err(InvalidEdit::Key(BODY.into())));
    let text = document.edit(ANNE, |edit| edit.set_text("none", ""));
    assert_eq!(text, Err(InvalidEdit::NoText("none".into())));
    let half = document.edit(ANNE, |edit| {
        edit.set("a", 1)?;
        edit.set("", 1)
    });
    assert_eq!(half, Err(InvalidEdit::Key(String::new())));
    assert_eq!(document.heads(), heads);
    assert!(document.scalars().is_empty());
}

#[test]
fn changes_come_in_any_order_and_more_than_once() {
    let mut source = page();
    let mut sent = Vec::new();
    for text in ["a", "ab", "abc"] {
        let made = source.edit(ANNE, |edit| edit.set_text(TITLE, text));
        sent.push(made.expect("allowed").expect("changes something"));
    }
    let mut copy = page();
    let expected = ActorExpectation { actor: ANNE };
    let offers: Vec<_> = sent
        .iter()
        .map(|bytes| (bytes.as_slice(), expected))
        .collect();
    let checked: Vec<_> = gate::check_batch(&offers, &copy)
        .into_iter()
        .filter_map(Verdict::accepted)
        .collect();
    assert_eq!(checked.len(), 3);
    let late = copy.apply(vec![checked[2].clone()]);
    assert_eq!(late.waiting.len(), 1);
    let applied = copy.apply(checked.clone());
    assert_eq!(applied.applied.len(), 3);
    assert_eq!(copy.apply(checked).known.len(), 3);
    assert_eq!(copy.text(TITLE), "abc");
    assert_eq!(copy.heads(), source.heads());
    assert_eq!(copy.operations(), source.operations());
    let since: Vec<_> = source
        .changes_since(&[])
        .into_iter()
        .map(|(_, bytes)| bytes)
        .collect();
    assert_eq!(since, sent);
}

#[test]
fn of_two_changes_with_one_number_the_second_is_given_back() {
    let mut document = page();
    let first = page().edit(ANNE, |edit| edit.set("a", 1));
    let second = page().edit(ANNE, |edit| edit.set("a", 2));
    let bytes = [first, second].map(|made| made.expect("allowed").expect("changes something"));
    receive(&mut document, ANNE, &bytes[0]);
    let applied = receive(&mut document, ANNE, &bytes[1]);
    assert_eq!((applied.forked.len(), applied.applied.len()), (1, 0));
    assert_eq!(document.scalar("a"), Some(Value::Number(1)));
}
