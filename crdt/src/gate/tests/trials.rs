//! What a trial finds in changes that the gate would have refused, and which changes are odd.

use std::collections::BTreeSet;

use super::*;
use crate::gate::odd::{
    ODD_ACTORS, ODD_MARKS, ODD_OPERATIONS, ODD_PARENTS, ODD_PREDECESSORS, Oddity,
};
use crate::gate::trial::{Base, Trier, Unsound};
use crate::ids::ChangeHash;

fn tried(document: &Document, changes: &[Vec<u8>]) -> Result<(), Unsound> {
    tried_by(&mut Trier::default(), document, changes)
}

fn tried_by(trier: &mut Trier, document: &Document, changes: &[Vec<u8>]) -> Result<(), Unsound> {
    let (saved, since) = document.clone().parts();
    let base = Base {
        item: ITEM,
        genesis: KIND,
        heads: &document.heads(),
        saved: &saved,
        since: &since,
    };
    super::mutants::quietly(|| trier.run(&base, changes))
}

fn letter() -> Op {
    insert(genesis(BODY), after(5, ANNE), text("x"))
}

#[test]
fn a_trial_names_what_is_wrong() {
    let document = written();
    let honest = craft(&document, BEN, vec![letter()]);
    assert_eq!(tried(&document, &[encode(honest.clone())]), Ok(()));
    assert_eq!(tried(&document, &[]), Ok(()));

    let mut skipping = honest.clone();
    skipping.seq += 3;
    let mut orphan = honest.clone();
    orphan.deps = vec![automerge::ChangeHash([7; 32])];
    let backwards = vec![
        insert(genesis(BODY), after(7, ANNE), begin("em")),
        insert(genesis(BODY), after(5, ANNE), OpType::MarkEnd(true)),
    ];
    let cases = [
        ("a skipped number", encode(skipping), Unsound::Apply),
        ("an unknown parent", encode(orphan), Unsound::Missing),
        ("no change", vec![1, 2, 3], Unsound::Decode),
        (
            "a mark that ends before it begins",
            encode(craft(&document, BEN, backwards)),
            Unsound::Reload,
        ),
    ];
    for (name, bytes, expected) in cases {
        assert_eq!(tried(&document, &[bytes]), Err(expected), "{name}");
    }
}

#[test]
fn a_base_that_is_not_what_it_says_is_no_fault_of_the_changes() {
    let document = written();
    let (saved, since) = document.clone().parts();
    let heads = document.heads();
    let other = [ChangeHash([7; 32])];
    let damaged = vec![vec![1, 2, 3]];
    let good = Base {
        item: ITEM,
        genesis: KIND,
        heads: &heads,
        saved: &saved,
        since: &since,
    };
    let cases = [
        (
            "no document",
            Base {
                saved: b"no document",
                ..good
            },
        ),
        (
            "other heads",
            Base {
                heads: &other,
                ..good
            },
        ),
        (
            "a damaged change",
            Base {
                since: &damaged,
                ..good
            },
        ),
    ];
    for (name, base) in cases {
        let said = super::mutants::quietly(|| Trier::default().run(&base, &[]));
        assert_eq!(said, Err(Unsound::Snapshot), "{name}");
    }
    assert_eq!(Trier::default().run(&good, &[]), Ok(()));
}

/// One who tries many keeps what a sound batch left, and says the same as one who loads anew.
#[test]
fn what_is_kept_between_trials_changes_no_answer() {
    let mut document = written();
    let mut trier = Trier::default();
    let backwards = || {
        vec![
            insert(genesis(BODY), after(7, ANNE), begin("em")),
            insert(genesis(BODY), after(5, ANNE), OpType::MarkEnd(true)),
        ]
    };
    let mut loads = 0;
    for round in 0..6 {
        let sound = encode(craft(&document, BEN, vec![letter()]));
        let unsound = encode(craft(&document, BEN, backwards()));
        if round % 3 == 2 {
            let said = tried_by(&mut trier, &document, std::slice::from_ref(&unsound));
            assert_eq!(said, Err(Unsound::Reload), "round {round}");
            assert!(!trier.keeps(&document), "kept after a failure");
        }
        loads += usize::from(!trier.keeps(&document));
        for trier in [&mut trier, &mut Trier::default()] {
            let said = tried_by(trier, &document, std::slice::from_ref(&sound));
            assert_eq!(said, Ok(()), "round {round}");
        }
        let checked = accept(&sound, BEN, &document);
        assert_eq!(document.apply(vec![checked]).applied.len(), 1);
        assert!(trier.keeps(&document), "round {round}");
    }
    assert_eq!(loads, 3, "the first, and one after each failure");
    // Of another document nothing is taken for this one.
    let other = crowd(2, letter);
    assert!(!trier.keeps(&other));
    let change = encode(craft(&other, BEN, vec![letter()]));
    assert_eq!(tried_by(&mut trier, &other, &[change]), Ok(()));
}

#[test]
fn names_are_their_own() {
    let names: BTreeSet<_> = Unsound::ALL
        .iter()
        .map(|unsound| unsound.name())
        .chain(Oddity::ALL.iter().map(|oddity| oddity.name()))
        .collect();
    assert_eq!(names.len(), Unsound::ALL.len() + Oddity::ALL.len());
}

/// Oddity of these operations by Ben on top of the document.
fn oddity(document: &Document, operations: Vec<Op>) -> Option<Oddity> {
    let bytes = encode(craft(document, BEN, operations));
    accept(&bytes, BEN, document).oddity()
}

/// Documents whose title many tabs wrote, each one letter beside the others.
fn crowd(count: usize, operation: impl Fn() -> Op) -> Document {
    let mut document = written();
    let changes: Vec<_> = (0..count)
        .map(|number| {
            let mut name = [0x30; 16];
            name[0] = number as u8;
            let actor = ActorId(name);
            accept(
                &encode(craft(&document, actor, vec![operation()])),
                actor,
                &document,
            )
        })
        .collect();
    assert_eq!(document.apply(changes).applied.len(), count);
    document
}

fn heads_of(document: &Document) -> Vec<OpId> {
    let copy = automerge(document);
    let changes = copy.get_changes_meta(&[]);
    let mut made: Vec<_> = changes
        .iter()
        .filter(|change| change.actor.to_bytes()[1] == 0x30)
        .map(|change| OpId(change.start_op, change.actor.clone().into_owned()))
        .collect();
    made.sort_by(|one, other| (one.0, one.1.to_bytes()).cmp(&(other.0, other.1.to_bytes())));
    made
}

#[test]
fn what_is_odd_is_a_rule_of_the_change() {
    let document = written();
    let mark = || {
        [
            insert(genesis(BODY), front(), begin("em")),
            insert(genesis(BODY), after(5, ANNE), OpType::MarkEnd(true)),
        ]
    };
    let marks = |count: usize| (0..count).flat_map(|_| mark()).collect::<Vec<_>>();
    let nested = || vec![insert(genesis(LIST), front(), OpType::Make(ObjType::Text))];
    let block = || vec![insert(genesis(BODY), front(), OpType::Make(ObjType::Map))];
    let cases = [
        ("a letter", vec![letter()], None),
        ("a new block", block(), None),
        ("a long paste", vec![letter(); ODD_OPERATIONS], None),
        (
            "more than that",
            vec![letter(); ODD_OPERATIONS + 1],
            Some(Oddity::Operations),
        ),
        ("many marks", marks(ODD_MARKS), None),
        ("more than that", marks(ODD_MARKS + 1), Some(Oddity::Marks)),
        ("a text in a list", nested(), Some(Oddity::Nested)),
    ];
    for (name, operations, expected) in cases {
        assert_eq!(oddity(&document, operations), expected, "{name}");
    }

    let field = || set(ObjectId::Root, key("who"), text("x"));
    for (count, expected) in [
        (ODD_PARENTS, None),
        (ODD_PARENTS + 1, Some(Oddity::Parents)),
    ] {
        let document = crowd(count, field);
        assert_eq!(
            oddity(&document, vec![letter()]),
            expected,
            "{count} parents"
        );
    }
    for (count, expected) in [
        (ODD_PREDECESSORS, None),
        (ODD_PREDECESSORS + 1, Some(Oddity::Predecessors)),
    ] {
        let mut document = crowd(count, field);
        let values = heads_of(&document);
        assert_eq!(values.len(), count);
        // One parent from here on.
        apply(&mut document, ANNE, vec![letter()]);
        let replaced = over(set(ObjectId::Root, key("who"), text("y")), &values);
        assert_eq!(
            oddity(&document, vec![replaced]),
            expected,
            "{count} values"
        );
    }
}

/// A page that many tabs wrote one after the other, and one selects it all.
#[test]
fn a_change_that_names_many_tabs_is_odd() {
    for (count, expected) in [(ODD_ACTORS, None), (ODD_ACTORS + 1, Some(Oddity::Actors))] {
        let mut document = Document::new(ITEM, KIND);
        let mut letters = Vec::new();
        for number in 0..count {
            let mut name = [0x40; 16];
            name[0] = number as u8;
            let actor = ActorId(name);
            apply(
                &mut document,
                actor,
                vec![insert(genesis(BODY), front(), text("x"))],
            );
            letters.push((5 + number as u64, actor));
        }
        let all = letters.iter().map(|(at, actor)| {
            let gone = set(genesis(BODY), after(*at, *actor), OpType::Delete);
            over(gone, &[id(*at, *actor)])
        });
        // The genesis itself is one of those named.
        let most = all.take(count - 1).collect();
        assert_eq!(oddity(&document, most), expected, "{count} tabs");
    }
}
