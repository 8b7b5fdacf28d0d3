//! Three people edit at once; their changes arrive in any order, in any bundles. All replicas
//! must show the same, and every honest change must pass the gate.

use automerge::ReadDoc;
use automerge::marks::{ExpandMark, Mark};
use automerge::transaction::Transactable;
use automerge::{ROOT, Value as AutomergeValue};
use proptest::prelude::*;

use super::*;
use crate::document::Edit;
use crate::gate::check_batch;
use crate::ids::ChangeHash;

/// One thing one person does. Places are taken modulo what is there.
#[derive(Debug, Clone)]
enum Act {
    Type(usize, &'static str),
    Delete(usize, usize),
    Block(usize, &'static str),
    Mark(usize, usize, &'static str, bool),
    Set(&'static str, i64),
    /// Takes in what another person has done so far.
    Meet(usize),
}

fn acts() -> impl Strategy<Value = Vec<(usize, Act)>> {
    let snippet = prop::sample::select(vec![
        "a",
        "cafe\u{301}",
        "🇫🇷",
        "🇫",
        "🇷🇪",
        "👩🏽‍🍳",
        "\u{301}",
        "مطبخ",
        "\n",
        "un mot ",
    ]);
    let kind = prop::sample::select(vec!["paragraph", "heading", "todo", "table"]);
    let mark = prop::sample::select(vec!["strong", "link", "later"]);
    let field = prop::sample::select(vec!["due", "step/1/done"]);
    let act = prop_oneof![
        6 => (any::<usize>(), snippet).prop_map(|(at, text)| Act::Type(at, text)),
        3 => (any::<usize>(), 1..6_usize).prop_map(|(at, length)| Act::Delete(at, length)),
        2 => (any::<usize>(), kind).prop_map(|(at, kind)| Act::Block(at, kind)),
        3 => (any::<usize>(), any::<usize>(), mark, any::<bool>())
            .prop_map(|(from, to, name, on)| Act::Mark(from, to, name, on)),
        1 => (field, any::<i64>()).prop_map(|(name, value)| Act::Set(name, value)),
        3 => (0..3_usize).prop_map(Act::Meet),
    ];
    prop::collection::vec((0..3_usize, act), 1..40)
}

fn perform(edit: &mut Edit<'_, '_>, act: &Act) -> Result<(), automerge::AutomergeError> {
    let transaction = edit.transaction();
    let body = match transaction.get(ROOT, "body")? {
        Some((AutomergeValue::Object(_), body)) => body,
        other => panic!("no body: {other:?}"),
    };
    let length = transaction.length(&body);
    match act {
        Act::Type(at, text) => transaction.splice_text(&body, at % (length + 1), 0, text),
        Act::Delete(at, count) => {
            let at = at % (length + 1);
            let count = (*count).min(length - at);
            transaction.splice_text(&body, at, count as isize, "")
        }
        Act::Block(at, kind) => {
            let marker = transaction.split_block(&body, at % (length + 1))?;
            transaction.put(&marker, "type", *kind)
        }
        Act::Mark(from, to, name, on) => {
            let (from, to) = (from % (length + 1), to % (length + 1));
            let value = if *on {
                ScalarValue::Boolean(true)
            } else {
                ScalarValue::Null
            };
            let mark = Mark::new((*name).to_owned(), value, from.min(to), from.max(to));
            transaction.mark(&body, mark, ExpandMark::After)
        }
        Act::Set(name, value) => transaction.put(ROOT, *name, *value),
        Act::Meet(_) => Ok(()),
    }
}

/// Gives the changes to a replica in the order given, `bundle` at a time, until all are in.
fn deliver(document: &mut Document, changes: &[(ChangeHash, Vec<u8>)], bundle: usize) {
    let mut left: Vec<&(ChangeHash, Vec<u8>)> = changes.iter().collect();
    for _ in 0..=changes.len() {
        let mut still = Vec::new();
        for bundle in left.chunks(bundle) {
            let offers: Vec<(&[u8], ActorExpectation)> = bundle
                .iter()
                .map(|(_, bytes)| {
                    let outline = crate::gate::Outline::read(bytes).expect("an honest change");
                    let actor = outline.actor;
                    (bytes.as_slice(), ActorExpectation { actor })
                })
                .collect();
            let mut checked = Vec::new();
            for (verdict, change) in check_batch(&offers, document).into_iter().zip(bundle) {
                match verdict {
                    Verdict::Accepted(accepted) => checked.push(accepted),
                    Verdict::Pending(_) => still.push(*change),
                    Verdict::Refused(refusal) => panic!("{refusal}"),
                }
            }
            let applied = document.apply(checked);
            assert!(applied.broken.is_empty() && applied.forked.is_empty());
        }
        left = still;
        if left.is_empty() {
            return;
        }
    }
    panic!("{} changes never found their parents", left.len());
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 96,
        // A failing case is shown whole; one worth keeping becomes a test of its own.
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn replicas_agree_whatever_the_order(
        acts in acts(),
        order in any::<u64>(),
        bundle in 1..5_usize,
    ) {
        let actors = [ANNE, BEN, ActorId([0xcc; 16])];
        let mut replicas = [(); 3].map(|()| Document::new(ITEM, KIND));
        for (who, act) in &acts {
            if let Act::Meet(other) = act {
                let theirs = replicas[*other].changes_since(&[]);
                deliver(&mut replicas[*who], &theirs, 1000);
            } else {
                let made = replicas[*who].edit(actors[*who], |edit| {
                    perform(edit, act).map_err(Into::into)
                });
                prop_assert!(made.is_ok(), "{act:?}: {made:?}");
            }
        }
        let made = replicas.iter().flat_map(|replica| replica.changes_since(&[]));
        let mut all: Vec<_> = made.collect();
        all.sort();
        all.dedup();
        // A cheap shuffle: by a hash of the order and the change.
        all.sort_by_key(|(hash, _)| {
            *blake3::hash(&[&order.to_le_bytes()[..], &hash.0].concat()).as_bytes()
        });
        let mut late = Document::new(ITEM, KIND);
        deliver(&mut late, &all, bundle);
        for mut replica in replicas {
            deliver(&mut replica, &all, bundle);
            prop_assert_eq!(replica.heads(), late.heads());
            prop_assert_eq!(replica.blocks("body"), late.blocks("body"));
            prop_assert_eq!(replica.scalars(), late.scalars());
            prop_assert_eq!(replica.operations(), late.operations());
            prop_assert_eq!(automerge(&replica).hydrate(None), automerge(&late).hydrate(None));
            let loaded = Document::load(ITEM, KIND, &replica.save()).expect("it loads");
            prop_assert_eq!(loaded.blocks("body"), late.blocks("body"));
        }
    }
}
