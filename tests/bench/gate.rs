//! The gate: how many small changes a second one core lets pass, alone and with a trial in the
//! child process.

use std::time::Instant;

use automerge::Automerge;
use bocage_crdt::document::Document;
use bocage_crdt::features::{self, Payload};
use bocage_crdt::gate::trial::{Base, Trier};
use bocage_crdt::gate::{ActorExpectation, check};
use bocage_crdt::ids::{ActorId, ItemId};
use bocage_node::trial::{Caps, Trial, TrialBase, TrialRequest, Trials};
use bocage_tests::clients::{Doing, Outcome};

use crate::stats::median;
use crate::table::Row;
use crate::{Bench, Rows};

/// Letters typed one by one: each a change.
const CHANGES: usize = 5_000;
const TRIALS: usize = 600;
/// A page of a screenful or two: what most trials are made on.
const PAGE_LETTERS: usize = 2_000;
const ROUNDS: usize = 5;
const ITEM: ItemId = ItemId([1; 16]);
const ANNE: ActorId = ActorId([0xa; 16]);

struct Typed {
    kind: u16,
    document: Document,
    changes: Vec<Vec<u8>>,
}

/// A page of some length, and letters typed into its middle.
fn typed(count: usize) -> Outcome<Typed> {
    let page = features::by_name("page").ok_or("no kind «page»")?;
    let Payload::Document(genesis) = page.payload() else {
        return Err("a page is a document".to_owned());
    };
    let mut browser = Document::new(ITEM, *genesis);
    let mut text = "x".repeat(PAGE_LETTERS);
    let write = |browser: &mut Document, text: &str| {
        let made = browser.edit(ANNE, |edit| edit.set_text("title", text));
        made.doing("an edit")?.ok_or_else(|| "nothing".to_owned())
    };
    write(&mut browser, &text)?;
    let saved = browser.save();
    let document = Document::load(ITEM, *genesis, &saved).doing("a document")?;
    let mut changes = Vec::with_capacity(count);
    for _ in 0..count {
        text.insert(PAGE_LETTERS / 2, 'y');
        changes.push(write(&mut browser, &text)?);
    }
    Ok(Typed {
        kind: page.number(),
        document,
        changes,
    })
}

/// Changes a second through the gate, admitted one by one and shown once at the end.
fn through_the_gate(typed: &Typed) -> Outcome<f64> {
    let mut document = typed.document.clone();
    document.verify().doing("an index")?;
    let expected = ActorExpectation { actor: ANNE };
    let begun = Instant::now();
    for bytes in &typed.changes {
        let checked = check(bytes, &expected, &document).accepted();
        let checked = checked.ok_or("the gate refused what was typed")?;
        if document.admit(vec![checked]).applied.len() != 1 {
            return Err("a change was not admitted".to_owned());
        }
    }
    if !document.settle().is_empty() {
        return Err("a change broke its document".to_owned());
    }
    Ok(typed.changes.len() as f64 / begun.elapsed().as_secs_f64())
}

/// The same changes into automerge in one call, nothing asked.
fn ungated(typed: &Typed) -> Outcome<f64> {
    let saved = typed.document.clone().save();
    let options = automerge::LoadOptions::new();
    let options = options.text_encoding(automerge::TextEncoding::Utf16CodeUnit);
    let mut automerge = Automerge::load_with_options(&saved, options).doing("a document")?;
    let begun = Instant::now();
    let changes: Result<Vec<_>, _> = typed
        .changes
        .iter()
        .map(|bytes| automerge::Change::try_from(bytes.as_slice()))
        .collect();
    automerge
        .apply_changes(changes.doing("a change")?)
        .doing("automerge")?;
    Ok(typed.changes.len() as f64 / begun.elapsed().as_secs_f64())
}

/// Each letter on what stood before it, as a sponsor tries what a guest goes on typing.
fn requests(typed: &Typed) -> Outcome<Vec<TrialRequest>> {
    let mut document = typed.document.clone();
    let expected = ActorExpectation { actor: ANNE };
    let mut requests = Vec::with_capacity(TRIALS);
    for bytes in &typed.changes[..TRIALS] {
        requests.push(TrialRequest {
            kind: typed.kind,
            item: ITEM,
            base: TrialBase::of(&mut document),
            changes: vec![bytes.clone()],
        });
        let checked = check(bytes, &expected, &document).accepted();
        document.apply(vec![checked.ok_or("the gate refused what was typed")?]);
    }
    Ok(requests)
}

/// Trials a second in this very process: what the pipe and the second process add to.
fn trials_here(requests: &[TrialRequest]) -> Outcome<f64> {
    let mut trier = Trier::default();
    let begun = Instant::now();
    for request in requests {
        let feature = features::by_number(request.kind).ok_or("a kind")?;
        let Payload::Document(genesis) = feature.payload() else {
            return Err("a page is a document".to_owned());
        };
        let base = Base {
            item: request.item,
            genesis: *genesis,
            heads: &request.base.heads,
            saved: &request.base.snapshot,
            since: &request.base.since,
        };
        trier
            .run(&base, &request.changes)
            .map_err(|unsound| unsound.name().to_owned())?;
    }
    Ok(requests.len() as f64 / begun.elapsed().as_secs_f64())
}

/// Gate and trial of one change after the other, each trial awaited: one core is busy at a time.
/// The site's own part, the gate and the telling of the document, is within the time.
async fn with_trial(bench: &Bench, typed: &Typed) -> Outcome<f64> {
    let trials = Trials::of(bench.binary.clone(), Caps::default());
    let expected = ActorExpectation { actor: ANNE };
    let mut document = typed.document.clone();
    let one = async |document: &mut Document, bytes: &Vec<u8>| {
        let checked = check(bytes, &expected, document).accepted();
        let checked = checked.ok_or("the gate refused what was typed")?;
        let request = TrialRequest {
            kind: typed.kind,
            item: ITEM,
            base: TrialBase::of(document),
            changes: vec![bytes.clone()],
        };
        let answer = trials
            .submit(&request)
            .map_err(|refused| format!("{refused:?}"))?;
        match answer.await.doing("a trial")? {
            Trial::Sound => {}
            other => return Err(format!("{other:?}")),
        }
        document.admit(vec![checked]);
        Ok(())
    };
    one(&mut document, &typed.changes[0]).await?; // the child's start
    let begun = Instant::now();
    for bytes in &typed.changes[1..=TRIALS] {
        one(&mut document, bytes).await?;
    }
    Ok(TRIALS as f64 / begun.elapsed().as_secs_f64())
}

fn several(mut one: impl FnMut() -> Outcome<f64>) -> Outcome<Option<f64>> {
    let runs: Outcome<Vec<f64>> = (0..ROUNDS).map(|_| one()).collect();
    Ok(median(&runs?))
}

pub(crate) async fn gate(bench: &Bench) -> Rows {
    let typed = typed(CHANGES)?;
    let requests = requests(&typed)?;
    let passed = several(|| through_the_gate(&typed))?;
    let raw = several(|| ungated(&typed))?;
    let here = several(|| trials_here(&requests))?;
    let mut tried = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        tried.push(with_trial(bench, &typed).await?);
    }
    let words = format!("median of {ROUNDS} runs; a page of {PAGE_LETTERS} letters");
    Ok(vec![
        Row::at_least("gate: small changes, one core", "1/s", passed, 5_000.0)
            .limit("automerge alone, all in one call, unchecked", raw)
            .note(format!(
                "{words}; {CHANGES} letters, checked, admitted, shown"
            )),
        Row::at_least("gate with trial in a child", "1/s", median(&tried), 300.0)
            .limit("the same trial in this process", here)
            .note(format!(
                "{words}; each trial awaited before the next, which is on top of it"
            )),
    ])
}
