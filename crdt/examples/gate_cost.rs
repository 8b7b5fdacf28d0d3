//! What a keystroke costs at a site: one check by the gate, one apply. Prints microseconds for
//! documents of several sizes.
//!
//! Run with `cargo run --release -p bocage-crdt --example gate_cost`.

use std::time::{Duration, Instant};

use bocage_crdt::document::{Container, Document, Genesis};
use bocage_crdt::gate::{ActorExpectation, CheckedChange, Verdict, check, check_batch};
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
    let mut applies = Vec::new();
    for _ in 0..KEYSTROKES {
        text.insert(text.len() / 2, 'y');
        let bytes = write(&mut browser, &text);
        let (verdict, taken) = timed(|| check(&bytes, &expected, &site));
        checks.push(taken);
        let checked = verdict.accepted().expect("typing is allowed");
        let (applied, taken) = timed(|| site.apply(vec![checked]));
        assert_eq!(applied.applied.len(), 1);
        applies.push(taken);
    }
    let bundle: Vec<_> = (0..50)
        .map(|_| {
            text.insert(text.len() / 3, 'z');
            write(&mut browser, &text)
        })
        .collect();
    let offers: Vec<_> = bundle
        .iter()
        .map(|bytes| (bytes.as_slice(), expected))
        .collect();
    let (verdicts, check_50) = timed(|| check_batch(&offers, &site));
    let checked: Vec<CheckedChange> = verdicts.into_iter().filter_map(Verdict::accepted).collect();
    let (applied, apply_50) = timed(|| site.apply(checked));
    assert_eq!(applied.applied.len(), 50);
    let (_, read) = timed(|| site.blocks("body"));
    let (saved, save) = timed(|| site.save());
    println!(
        "{operations:>6} operations: check {:?}, apply {:?} a keystroke (median); 50 at once: \
         check {check_50:?}, apply {apply_50:?}; load {load:?}, index {index:?}, read {read:?}, \
         save {save:?} ({} bytes)",
        median(checks),
        median(applies),
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
