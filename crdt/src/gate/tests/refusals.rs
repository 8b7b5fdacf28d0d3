//! Every rule of the gate as data: what is offered, and what is said. Every variant of
//! [`Refusal`] but one is reached here; `Panicked` is what [`super::mutants`] looks for.

use std::collections::BTreeSet;

use super::*;
use crate::gate::limits::*;
use crate::gate::{Outline, check_batch};

/// One more character in the body, as honest as can be.
fn honest() -> Op {
    insert(genesis(BODY), after(5, ANNE), text("x"))
}

fn honest_raw(document: &Document) -> Raw {
    Raw::of(&encode(craft(document, BEN, vec![honest()])))
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
        ("a float", vec![set(root(), key("a"), put(ScalarValue::F64(0.5)))], Refusal::Value),
        ("a second kind of number", vec![set(root(), key("a"), put(ScalarValue::Uint(1)))],
            Refusal::Value),
        ("a counter", vec![set(root(), key("a"), put(ScalarValue::counter(1)))], Refusal::Value),
        ("a time", vec![set(root(), key("a"), put(ScalarValue::Timestamp(1)))], Refusal::Value),
        ("a float in a list", vec![insert(genesis(LIST), front(), put(ScalarValue::F64(0.5)))],
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
#[rustfmt::skip] // one line a case
fn bytes_that_break_a_rule_are_refused() {
    let document = written();
    let raw = honest_raw(&document);
    let good = raw.bytes();
    let with = |change: &dyn Fn(&mut Raw)| {
        let mut raw = raw.clone();
        change(&mut raw);
        raw.bytes()
    };
    let mut compressed = automerge::Change::from(craft(&document, BEN, vec![honest(); 300]));
    let mut saved = document.clone();
    let mut wrong_checksum = good.clone();
    wrong_checksum[5] ^= 1;
    let mut bundle = good.clone();
    bundle[8] = 3;
    let ten_million = [0x80, 0xad, 0xe2, 0x04, 1];
    let cases: Vec<(&str, Vec<u8>, Refusal)> = vec![
        ("nothing", vec![], Refusal::NotOneChange),
        ("a whole document", saved.save(), Refusal::NotOneChange),
        ("a compressed change", compressed.bytes().to_vec(), Refusal::NotOneChange),
        ("a bundle", bundle, Refusal::NotOneChange),
        ("two changes", [good.clone(), good.clone()].concat(), Refusal::NotOneChange),
        ("half a change", good[..good.len() / 2].to_vec(), Refusal::NotOneChange),
        ("zeros", vec![0; CHANGE_BYTES_MAX], Refusal::NotOneChange),
        ("zeros, too many", vec![0; CHANGE_BYTES_MAX + 1], Refusal::Bytes),
        ("a wrong checksum", wrong_checksum, Refusal::NotCanonical),
        ("a short actor", with(&|raw| raw.actor.truncate(15)), Refusal::Actor),
        ("a long actor", with(&|raw| raw.actor.push(0)), Refusal::Actor),
        ("another actor", with(&|raw| raw.actor = ANNE.0.to_vec()), Refusal::Actor),
        ("a short other actor", with(&|raw| raw.others[0].truncate(3)), Refusal::Actor),
        ("too many actors", with(&|raw| {
            raw.others = vec![vec![0; 16]; ACTORS_PER_CHANGE_MAX + 1];
        }), Refusal::Actors),
        ("an actor no operation names", with(&|raw| raw.others.push(vec![0xff; 16])),
            Refusal::NotCanonical),
        ("an actor that is not listed", with(&|raw| { raw.others.pop(); }), Refusal::Malformed),
        ("a message", with(&|raw| raw.message = b"hi".to_vec()), Refusal::Extra),
        ("a time", with(&|raw| raw.time = 1), Refusal::Extra),
        ("extra bytes", with(&|raw| raw.extra.push(0)), Refusal::Extra),
        ("no parent", with(&|raw| raw.parents.clear()), Refusal::Parents),
        ("a parent twice", with(&|raw| raw.parents.push(raw.parents[0])), Refusal::Parents),
        ("parents out of order", with(&|raw| raw.parents.push([0; 32])), Refusal::Parents),
        ("too many parents", with(&|raw| {
            raw.parents = (0..=PARENTS_MAX as u8).map(|n| [n; 32]).collect();
        }), Refusal::Parents),
        ("number 0 of the actor", with(&|raw| raw.seq = 0), Refusal::Sequence),
        ("number 2 of the actor", with(&|raw| raw.seq = 2), Refusal::Sequence),
        ("a first operation too late", with(&|raw| raw.start += 1), Refusal::StartOperation),
        ("a first operation too early", with(&|raw| raw.start -= 1), Refusal::StartOperation),
        ("a first operation near the end of numbers", with(&|raw| raw.start = (1 << 32) - 1),
            Refusal::StartOperation),
        ("an unknown column", raw.clone().column(0x65, &[1, 1]).bytes(), Refusal::UnknownColumn),
        ("a compressed column", raw.clone().column(0x4a, &[1, 1]).bytes(), Refusal::UnknownColumn),
        ("columns out of order", with(&|raw| raw.columns.reverse()), Refusal::UnknownColumn),
        ("ten million nothings", raw.clone().column(0x42, &ten_million).bytes(),
            Refusal::Operations),
        ("ten million flags", raw.clone().column(0x34, &ten_million[..4]).bytes(),
            Refusal::Operations),
        ("too many predecessors", raw.clone().column(0x70, &[1, 0xa1, 0x9c, 0x01]).bytes(),
            Refusal::Predecessors),
        ("a value longer than its bytes", raw.clone().column(0x56, &[1, 0x56]).bytes(),
            Refusal::Malformed),
        ("a key that is not text", raw.clone().column(0x15, &[0x7f, 1, 0xff]).bytes(),
            Refusal::Malformed),
        ("a run of one where a literal is due", raw.clone().column(0x42, &[1, 1]).bytes(),
            Refusal::NotCanonical),
        ("an unknown action", raw.clone().column(0x42, &[0x7f, 9]).bytes(), Refusal::Malformed),
    ];
    for (name, bytes, expected) in cases {
        assert_eq!(refusal(&bytes, BEN, &document), Some(expected), "{name}");
    }
    assert_eq!(refusal(&good, BEN, &document), None);
    let genesis = ActorId::genesis(&ITEM);
    let posing = encode(craft(&document, genesis, vec![honest()]));
    assert_eq!(refusal(&posing, genesis, &document), Some(Refusal::Actor));
}

/// What the decoder would do with the bytes that the outline keeps away from it.
#[test]
fn every_cut_and_every_flipped_bit_is_refused() {
    let document = written();
    let good = honest_raw(&document).bytes();
    for end in 0..good.len() {
        assert!(
            refusal(&good[..end], BEN, &document).is_some(),
            "cut at {end}"
        );
    }
    for bit in 0..good.len() * 8 {
        let mut bytes = good.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let verdict = check(&bytes, &ActorExpectation { actor: BEN }, &document);
        let judged = matches!(verdict, Verdict::Refused(_) | Verdict::Pending(_));
        assert!(judged, "bit {bit}");
    }
}

#[test]
fn what_is_not_among_the_ancestors_is_not_there() {
    let mut document = written();
    let before = document.clone();
    apply(
        &mut document,
        ANNE,
        vec![insert(genesis(BODY), front(), text("y"))],
    );
    // Ben has not seen Anne's last character, so he cannot name it, though it is here.
    let beside = vec![insert(genesis(BODY), after(NEXT, ANNE), text("x"))];
    let unseen = encode(craft(&before, BEN, beside));
    for document in [&before, &document] {
        assert_eq!(refusal(&unseen, BEN, document), Some(Refusal::Element));
    }
    // Nor does her operation count for his numbers.
    let honest = encode(craft(&before, BEN, vec![honest()]));
    for document in [&before, &document] {
        assert_eq!(refusal(&honest, BEN, document), None);
    }
}

#[test]
fn a_change_whose_parents_are_not_here_is_pending() {
    let mut document = written();
    let before = document.clone();
    apply(&mut document, ANNE, vec![honest()]);
    let bytes = encode(craft(&document, BEN, vec![honest()]));
    let missing = document.heads();
    let expected = ActorExpectation { actor: BEN };
    match check(&bytes, &expected, &before) {
        Verdict::Pending(parents) => assert_eq!(parents, missing),
        other => panic!("{other:?}"),
    }
    // In a batch with its parent it is judged.
    let parent = document.change_bytes(&missing[0]).expect("it is there");
    let batch = [
        (parent.as_slice(), ActorExpectation { actor: ANNE }),
        (bytes.as_slice(), expected),
    ];
    let verdicts = check_batch(&batch, &before);
    assert!(
        verdicts
            .iter()
            .all(|verdict| matches!(verdict, Verdict::Accepted(_)))
    );
    let backwards = [batch[1], batch[0]];
    let verdicts = check_batch(&backwards, &before);
    assert!(matches!(verdicts[0], Verdict::Pending(_)));
    assert!(matches!(verdicts[1], Verdict::Accepted(_)));
    assert_eq!(
        Outline::read(&bytes).map(|outline| outline.parents),
        Ok(missing)
    );
}

#[test]
fn a_full_item_takes_no_more() {
    let mut document = Document::new(ITEM, KIND);
    let body = genesis(BODY);
    while (document.operations() as u64) < ITEM_OPERATIONS_MAX {
        let first = document.operations() as u64 + 1;
        let count = OPERATIONS_PER_CHANGE_MAX as u64;
        let line = (0..count).map(|n| match n {
            0 => insert(body.clone(), front(), text("x")),
            n => insert(body.clone(), after(first + n - 1, ANNE), text("x")),
        });
        let line = line.collect();
        apply(&mut document, ANNE, line);
    }
    let more = vec![insert(body, front(), text("x"))];
    let bytes = encode(craft(&document, ANNE, more));
    assert_eq!(refusal(&bytes, ANNE, &document), Some(Refusal::ItemFull));
}

#[test]
fn refusals_have_names_and_sentences_of_their_own() {
    let names: BTreeSet<_> = Refusal::ALL.iter().map(|refusal| refusal.name()).collect();
    let sentences: BTreeSet<_> = Refusal::ALL.iter().map(ToString::to_string).collect();
    assert_eq!(names.len(), Refusal::ALL.len());
    assert_eq!(sentences.len(), Refusal::ALL.len());
}
