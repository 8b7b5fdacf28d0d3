//! A verdict rests on the ancestors of a change, on all of them, and on nothing else.

use super::refusals::honest;
use super::*;
use crate::gate::limits::{ITEM_OPERATIONS_MAX, OPERATIONS_PER_CHANGE_MAX};
use crate::gate::{Outline, check_batch};

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
