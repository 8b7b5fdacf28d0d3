//! What a keystroke costs at a site: one check by the gate, admitting it, and showing it (alone,
//! or fifty at once). Prints medians for documents of several sizes.
//!
//! Run with `cargo run --release -p bocage-crdt --example gate_cost`.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "it measures time; the pure crate beside it is not allowed to"
)]

use std::time::{Duration, Instant};

use bocage_crdt::document::{Container, Document, Genesis};
use bocage_crdt::gate::{ActorExpectation, check};
use bocage_crdt::ids::{ActorId, ItemId};

const PAGE: Genesis = Genesis {
    containers: &[("title", Container::Text), ("body", Container::Text)],
};
const ANNE: ActorId = ActorId([0xa; 16]);
const KEYSTROKES: usize = 200;

fn main() {
    for operations in [100, 10_000, 90_000] {
        measure(operations);
    }
}

fn measure(operations: usize) {
    let item = ItemId([1; 16]);
    let mut browser = Document::new(item, PAGE);
    let mut text = String::new();
    while text.len() < operations {
        text.push_str(&"x".repeat((operations - text.len()).min(5_000)));
        write(&mut browser, &text);
    }
    let saved = browser.save();
    let (mut site, load) = timed(|| Document::load(item, PAGE, &saved).expect("it loads"));
    let (_, index) = timed(|| site.verify().expect("every change passed the gate"));
    let expected = ActorExpectation { actor: ANNE };
    let mut checks = Vec::new();
    let mut admits = Vec::new();
    let mut settles = Vec::new();
    for _ in 0..KEYSTROKES {
        text.insert(text.len() / 2, 'y');
        let bytes = write(&mut browser, &text);
        let (verdict, taken) = timed(|| check(&bytes, &expected, &site));
        checks.push(taken);
        let checked = verdict.accepted().expect("typing is allowed");
        let (applied, taken) = timed(|| site.admit(vec![checked]));
        assert_eq!(applied.applied.len(), 1);
        admits.push(taken);
        let (broken, taken) = timed(|| site.settle());
        assert!(broken.is_empty());
        settles.push(taken);
    }
    let bundle: Vec<_> = (0..50)
        .map(|_| {
            text.insert(text.len() / 3, 'z');
            write(&mut browser, &text)
        })
        .collect();
    let (_, take_50) = timed(|| {
        for bytes in &bundle {
            let verdict = check(bytes, &expected, &site);
            let checked = verdict.accepted().expect("typing is allowed");
            assert_eq!(site.admit(vec![checked]).applied.len(), 1);
        }
    });
    let (broken, settle_50) = timed(|| site.settle());
    assert!(broken.is_empty());
    let (_, read) = timed(|| site.blocks("body"));
    let (saved, save) = timed(|| site.save());
    println!(
        "{operations:>6} operations: check {:?}, admit {:?}, settle {:?} a keystroke; 50 of them: \
         check and admit {take_50:?}, settle {settle_50:?}; load {load:?}, index {index:?}, \
         read {read:?}, save {save:?} ({} bytes)",
        median(checks),
        median(admits),
        median(settles),
        saved.len(),
    );
}

fn write(document: &mut Document, text: &str) -> Vec<u8> {
    document
        .edit(ANNE, |edit| edit.set_text("body", text))
        .expect("the edit is allowed")
        .expect("the text differs")
}

fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let begin = Instant::now();
    let result = run();
    (result, begin.elapsed())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
