//! Every rule for bytes and numbers as data: changes taken apart and put together wrongly.

use super::refusals::honest;
use super::*;
use crate::gate::limits::{ACTORS_PER_CHANGE_MAX, CHANGE_BYTES_MAX, PARENTS_MAX};

fn honest_raw(document: &Document) -> Raw {
    Raw::of(&encode(craft(document, BEN, vec![honest()])))
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
