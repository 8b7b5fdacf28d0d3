//! What happens should the gate let pass what breaks automerge: changes forged past it.

use super::*;
use crate::gate::Outline;
use crate::ids::ChangeHash;

/// A change declared checked without being so.
fn forged(change: ExpandedChange) -> CheckedChange {
    let change = automerge::Change::from(change);
    CheckedChange {
        outline: Outline::read(change.raw_bytes()).expect("it has an outline"),
        hash: ChangeHash(change.hash().0),
        expanded: change.decode(),
        change,
    }
}

/// Anne's line in the title, Ben's broken change, what rests on it, and Ann's second line.
fn batch(document: &Document) -> Vec<CheckedChange> {
    let first = forged(craft(
        document,
        ANNE,
        vec![insert(genesis(TITLE), front(), text("a"))],
    ));
    let mut second = craft(
        document,
        ANNE,
        vec![insert(genesis(TITLE), front(), text("b"))],
    );
    second.seq += 1;
    second.deps = vec![automerge::ChangeHash(first.hash().0)];
    second.start_op = second.start_op.saturating_add(1);
    // automerge panics when a change skips numbers of its actor.
    let mut skipping = craft(
        document,
        BEN,
        vec![insert(genesis(TITLE), front(), text("x"))],
    );
    skipping.seq += 3;
    let skipping = forged(skipping);
    let mut resting = craft(
        document,
        ActorId([0xcc; 16]),
        vec![insert(genesis(TITLE), front(), text("y"))],
    );
    resting.deps = vec![automerge::ChangeHash(skipping.hash().0)];
    resting.start_op = resting.start_op.saturating_add(1);
    vec![first, skipping, forged(resting), forged(second)]
}

#[test]
fn a_change_that_breaks_automerge_leaves_the_document_whole() {
    let mut document = written();
    let operations = document.operations();
    let batch = batch(&document);
    let hashes: Vec<ChangeHash> = batch.iter().map(CheckedChange::hash).collect();
    let applied = document.apply(batch);
    assert_eq!(applied.applied, [hashes[0], hashes[3]]);
    let broken: Vec<ChangeHash> = applied.broken.iter().map(CheckedChange::hash).collect();
    assert_eq!(broken, [hashes[1], hashes[2]]);
    assert_eq!(document.text("title"), "ba");
    assert_eq!(document.operations(), operations + 2);
    assert_eq!(document.heads(), [hashes[3]]);
    assert!(!document.has_change(&hashes[1]));
    let loaded = Document::load(ITEM, KIND, &document.save()).expect("it loads");
    assert_eq!(loaded.heads(), document.heads());
    // The gate has forgotten the broken change too.
    apply(
        &mut document,
        BEN,
        vec![insert(genesis(TITLE), front(), text("c"))],
    );
    assert_eq!(document.text("title"), "cba");
}

#[test]
fn an_admitted_change_counts_before_it_is_shown() {
    let mut document = written();
    let mut settled = document.clone();
    let mut sent = Vec::new();
    for (number, letter) in ["a", "b", "c"].into_iter().enumerate() {
        // Each on top of the one before, which is not settled.
        let place = match number as u64 {
            0 => front(),
            number => after(NEXT + number - 1, BEN),
        };
        let change = craft(
            &settled,
            BEN,
            vec![insert(genesis(TITLE), place, text(letter))],
        );
        let bytes = encode(change);
        let checked = accept(&bytes, BEN, &document);
        assert_eq!(
            document.admit(vec![checked.clone()]).applied,
            [checked.hash()]
        );
        assert_eq!(
            document.admit(vec![checked.clone()]).known,
            [checked.hash()]
        );
        settled.apply(vec![checked.clone()]);
        assert_eq!(document.heads(), settled.heads());
        assert_eq!(document.operations(), settled.operations());
        assert!(document.has_change(&checked.hash()));
        assert_eq!(document.change_bytes(&checked.hash()), Some(bytes.clone()));
        sent.push((checked.hash(), bytes));
    }
    assert!(!document.is_settled());
    assert_eq!(document.text("title"), "");
    assert_eq!(document.changes_since(&[]), settled.changes_since(&[]));
    assert_eq!(document.changes_since(&[sent[0].0]), sent[1..]);
    assert_eq!(document.changes_since(&document.heads()), []);
    assert!(document.settle().is_empty());
    assert_eq!(document.text("title"), "abc");
    assert_eq!(document.changes_since(&[sent[0].0]), sent[1..]);
    assert_eq!(document.save(), settled.save());
}

#[test]
fn a_broken_change_found_while_nobody_asked_is_told_later() {
    let mut document = written();
    let batch = batch(&document);
    assert_eq!(document.admit(batch).applied.len(), 4);
    let saved = document.save();
    assert!(Document::load(ITEM, KIND, &saved).is_ok());
    assert_eq!(document.settle().len(), 2);
    assert_eq!(document.settle().len(), 0);
}

#[test]
fn documents_and_checked_changes_may_go_to_another_thread() {
    fn sendable<T: Send + Sync + 'static>() {}
    sendable::<Document>();
    sendable::<CheckedChange>();
    sendable::<Verdict>();
}
