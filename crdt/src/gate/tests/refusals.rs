//! Every rule for operations as data: what is offered, and what is said. The rules for bytes are
//! in [`super::refused_bytes`], those about ancestors in [`super::ancestors`].

use std::collections::BTreeSet;

use super::*;
use crate::gate::limits::*;

/// One more character in the body, as honest as can be.
pub(super) fn honest() -> Op {
    insert(genesis(BODY), after(5, ANNE), text("x"))
}

#[test]
fn honest_changes_pass() {
    let document = written();
    let cases: Vec<Vec<Op>> = vec![
        vec![honest()],
        // A new block with its type and a list inside it, made at once.
        vec![
            insert(genesis(BODY), front(), OpType::Make(ObjType::Map)),
            set(object(NEXT, BEN), key("type"), text("table")),
            set(object(NEXT, BEN), key("rows"), OpType::Make(ObjType::List)),
            insert(
                object(NEXT + 2, BEN),
                front(),
                OpType::Put(ScalarValue::Null),
            ),
        ],
        // The block marker becomes another kind, then goes.
        vec![
            over(
                set(object(8, ANNE), key("type"), text("code")),
                &[id(9, ANNE)],
            ),
            over(
                set(genesis(BODY), after(8, ANNE), OpType::Delete),
                &[id(8, ANNE)],
            ),
        ],
        // A mark over one character, one over nothing, one taken away.
        vec![
            insert(genesis(BODY), front(), begin("em")),
            insert(genesis(BODY), after(5, ANNE), OpType::MarkEnd(false)),
            insert(genesis(BODY), after(5, ANNE), begin("link")),
            insert(genesis(BODY), after(NEXT + 2, BEN), OpType::MarkEnd(true)),
        ],
        // Behind a deleted character, and a field over the old one.
        vec![
            insert(genesis(BODY), after(6, ANNE), text("🇫")),
            over(
                set(ObjectId::Root, key("due"), text("mardi")),
                &[id(13, ANNE)],
            ),
        ],
        vec![over(
            set(
                object(15, ANNE),
                after(16, ANNE),
                OpType::Put(ScalarValue::Int(2)),
            ),
            &[id(16, ANNE)],
        )],
    ];
    for operations in cases {
        let mut document = document.clone();
        let bytes = encode(craft(&document, BEN, operations.clone()));
        assert_eq!(refusal(&bytes, BEN, &document), None, "{operations:?}");
        assert_eq!(
            Raw::of(&bytes).bytes(),
            bytes,
            "the kit takes apart and joins"
        );
        apply(&mut document, BEN, operations);
    }
}

#[test]
#[rustfmt::skip] // one line a case
fn operations_that_break_a_rule_are_refused() {
    let document = written();
    let body = || genesis(BODY);
    let put = OpType::Put;
    let root = || ObjectId::Root;
    let make = OpType::Make;
    let cases: Vec<(&str, Vec<Op>, Refusal)> = vec![
        ("unknown object", vec![set(object(99, ANNE), key("a"), text("x"))], Refusal::Object),
        ("an element as object", vec![set(object(5, ANNE), key("a"), text("x"))], Refusal::Object),
        ("an object made later in the change", vec![
            insert(object(NEXT + 1, BEN), front(), text("x")),
            insert(genesis(LIST), front(), make(ObjType::List)),
        ], Refusal::Object),
        ("unknown element", vec![insert(body(), after(99, ANNE), text("x"))], Refusal::Element),
        ("itself as element", vec![insert(body(), after(NEXT, BEN), text("x"))], Refusal::Element),
        ("an element of another text", vec![
            insert(genesis(TITLE), after(5, ANNE), text("x")),
        ], Refusal::Element),
        ("a field as element", vec![insert(body(), after(13, ANNE), text("x"))], Refusal::Element),
        ("a deletion as element", vec![insert(body(), after(10, ANNE), text("x"))], Refusal::Element),
        ("unknown predecessor", vec![
            over(set(root(), key("due"), text("x")), &[id(99, ANNE)]),
        ], Refusal::Predecessor),
        ("a predecessor under another key", vec![
            over(set(root(), key("other"), text("x")), &[id(13, ANNE)]),
        ], Refusal::Predecessor),
        ("a predecessor in another object", vec![
            over(set(genesis(MAP), key("due"), text("x")), &[id(13, ANNE)]),
        ], Refusal::Predecessor),
        ("a predecessor at another element", vec![
            over(set(body(), after(5, ANNE), OpType::Delete), &[id(7, ANNE)]),
        ], Refusal::Predecessor),
        ("a deletion as predecessor", vec![
            over(set(body(), after(6, ANNE), OpType::Delete), &[id(10, ANNE)]),
        ], Refusal::Predecessor),
        ("a mark as predecessor", vec![
            over(set(body(), after(11, ANNE), OpType::Delete), &[id(11, ANNE)]),
        ], Refusal::Predecessor),
        ("a predecessor twice", vec![
            over(set(body(), after(5, ANNE), OpType::Delete), &[id(5, ANNE), id(5, ANNE)]),
        ], Refusal::Predecessor),
        ("a new element with a predecessor", vec![
            over(insert(body(), after(5, ANNE), text("x")), &[id(5, ANNE)]),
        ], Refusal::Predecessor),
        ("a deletion of nothing", vec![set(body(), after(5, ANNE), OpType::Delete)],
            Refusal::Predecessor),
        ("a key in a text", vec![set(body(), key("a"), text("x"))], Refusal::Key),
        ("an element in a map", vec![insert(root(), front(), text("x"))], Refusal::Key),
        ("the front overwritten", vec![set(body(), front(), text("x"))], Refusal::Key),
        ("an empty key", vec![set(root(), key(""), text("x"))], Refusal::Key),
        ("a long key", vec![set(root(), key(&"k".repeat(KEY_BYTES_MAX + 1)), text("x"))],
            Refusal::Key),
        ("a fraction", vec![set(root(), key("a"), put(ScalarValue::F64(0.5)))], Refusal::Value),
        ("no number", vec![set(root(), key("a"), put(ScalarValue::F64(f64::NAN)))], Refusal::Value),
        ("infinity", vec![set(root(), key("a"), put(ScalarValue::F64(f64::INFINITY)))],
            Refusal::Value),
        ("a number that is not exact", vec![
            set(root(), key("a"), put(ScalarValue::F64(18_014_398_509_481_984.0))),
        ], Refusal::Value),
        ("a second kind of number", vec![set(root(), key("a"), put(ScalarValue::Uint(1)))],
            Refusal::Value),
        ("a counter", vec![set(root(), key("a"), put(ScalarValue::counter(1)))], Refusal::Value),
        ("a time", vec![set(root(), key("a"), put(ScalarValue::Timestamp(1)))], Refusal::Value),
        ("a fraction in a list", vec![insert(genesis(LIST), front(), put(ScalarValue::F64(0.5)))],
            Refusal::Value),
        ("two characters at once", vec![insert(body(), front(), text("xy"))], Refusal::Value),
        ("no character", vec![insert(body(), front(), text(""))], Refusal::Value),
        ("a number in a text", vec![insert(body(), front(), put(ScalarValue::Int(1)))],
            Refusal::Value),
        ("a list in a text", vec![insert(body(), front(), make(ObjType::List))], Refusal::Value),
        ("a table", vec![insert(genesis(LIST), front(), make(ObjType::Table))], Refusal::Action),
        ("an increment", vec![
            over(set(root(), key("due"), OpType::Increment(1)), &[id(13, ANNE)]),
        ], Refusal::Action),
        ("a character overwritten", vec![
            over(set(body(), after(5, ANNE), text("x")), &[id(5, ANNE)]),
        ], Refusal::Action),
        ("an element overwritten by an object", vec![
            over(set(genesis(LIST), after(14, ANNE), make(ObjType::Map)), &[id(14, ANNE)]),
        ], Refusal::Action),
        ("a deletion as new element", vec![insert(body(), front(), OpType::Delete)],
            Refusal::Action),
        ("a container outside the genesis", vec![set(root(), key("a"), make(ObjType::Text))],
            Refusal::Container),
        ("an object in the map container", vec![set(genesis(MAP), key("a"), make(ObjType::Map))],
            Refusal::Container),
        ("an object in an older map", vec![set(object(8, ANNE), key("a"), make(ObjType::Map))],
            Refusal::Container),
        ("a container hidden by a value", vec![set(root(), key("body"), text("x"))],
            Refusal::Container),
        ("a container replaced by a value", vec![
            over(set(root(), key("body"), text("x")), &[id(BODY, ActorId::genesis(&ITEM))]),
        ], Refusal::Container),
        ("a container deleted", vec![
            over(set(root(), key("body"), OpType::Delete), &[id(BODY, ActorId::genesis(&ITEM))]),
        ], Refusal::Container),
        ("a mark without end", vec![insert(body(), front(), begin("em"))], Refusal::Mark),
        ("a mark whose end comes later", vec![
            insert(body(), front(), begin("em")),
            honest(),
            insert(body(), after(5, ANNE), OpType::MarkEnd(true)),
        ], Refusal::Mark),
        ("an end without a mark", vec![insert(body(), front(), OpType::MarkEnd(true))],
            Refusal::Mark),
        ("a second end", vec![
            insert(body(), front(), begin("em")),
            insert(body(), after(5, ANNE), OpType::MarkEnd(true)),
            insert(body(), after(5, ANNE), OpType::MarkEnd(true)),
        ], Refusal::Mark),
        ("an end before its beginning", vec![
            insert(body(), after(7, ANNE), begin("em")),
            insert(body(), after(5, ANNE), OpType::MarkEnd(true)),
        ], Refusal::Mark),
        ("an end at the place of its beginning, hence before it", vec![
            insert(body(), after(5, ANNE), begin("em")),
            insert(body(), after(5, ANNE), OpType::MarkEnd(true)),
        ], Refusal::Mark),
        ("an end at the front", vec![
            insert(body(), front(), begin("em")),
            insert(body(), front(), OpType::MarkEnd(true)),
        ], Refusal::Mark),
        ("an end in another text", vec![
            insert(body(), front(), begin("em")),
            insert(genesis(TITLE), front(), OpType::MarkEnd(true)),
        ], Refusal::Mark),
        ("a mark in a list", vec![insert(genesis(LIST), front(), begin("em"))], Refusal::Mark),
        ("a mark that is no new element", vec![set(body(), after(5, ANNE), begin("em"))],
            Refusal::Mark),
        ("a mark without a name", vec![insert(body(), front(), begin(""))], Refusal::Mark),
        ("a mark with a long name", vec![
            insert(body(), front(), begin(&"m".repeat(MARK_NAME_BYTES_MAX + 1))),
        ], Refusal::Mark),
        ("too many marks", marks(MARKS_PER_CHANGE_MAX + 1), Refusal::Marks),
        ("nested too deep", nested(usize::from(DEPTH_MAX)), Refusal::Depth),
        ("no operation", vec![], Refusal::Empty),
        ("too many operations", vec![honest(); OPERATIONS_PER_CHANGE_MAX + 1],
            Refusal::Operations),
        ("too many bytes", vec![
            set(root(), key("a"), text(&"x".repeat(CHANGE_BYTES_MAX))),
        ], Refusal::Bytes),
    ];
    for (name, operations, expected) in cases {
        let bytes = encode(craft(&document, BEN, operations));
        assert_eq!(refusal(&bytes, BEN, &document), Some(expected), "{name}");
    }
    for (name, operations) in [
        ("as many marks as allowed", marks(MARKS_PER_CHANGE_MAX)),
        ("as deep as allowed", nested(usize::from(DEPTH_MAX) - 1)),
        ("as many operations as allowed", vec![honest(); OPERATIONS_PER_CHANGE_MAX]),
    ] {
        let bytes = encode(craft(&document, BEN, operations));
        assert_eq!(refusal(&bytes, BEN, &document), None, "{name}");
    }
}

fn marks(count: usize) -> Vec<Op> {
    let pair = [
        insert(genesis(BODY), front(), begin("em")),
        insert(genesis(BODY), after(5, ANNE), OpType::MarkEnd(true)),
    ];
    vec![pair; count].concat()
}

/// Maps inside one another, `depth` of them below the list container, which is at depth 1.
fn nested(depth: usize) -> Vec<Op> {
    let first = insert(genesis(LIST), front(), OpType::Make(ObjType::Map));
    let deeper = (0..depth as u64 - 1).map(|level| {
        set(
            object(NEXT + level, BEN),
            key("in"),
            OpType::Make(ObjType::Map),
        )
    });
    std::iter::once(first).chain(deeper).collect()
}

#[test]
fn refusals_have_names_and_sentences_of_their_own() {
    let names: BTreeSet<_> = Refusal::ALL.iter().map(|refusal| refusal.name()).collect();
    let sentences: BTreeSet<_> = Refusal::ALL.iter().map(ToString::to_string).collect();
    assert_eq!(names.len(), Refusal::ALL.len());
    assert_eq!(sentences.len(), Refusal::ALL.len());
}
