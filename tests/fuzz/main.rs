//! Every decoder of bytes that come from outside, under damage: nothing panics, nothing holds
//! more memory than is stated for it, what is read encodes to what reads the same, and what is
//! refused has a name.
//!
//! Reading order: [`targets`] lists the decoders with their caps; [`wire`], [`content`], [`rows`]
//! and [`trust`] have samples and readers; [`mutate`] damages.
//! `corpus/<target>.txt` is kept: a sample a line, in hex. `BOCAGE_UPDATE=1` adds the samples that
//! `targets` makes; a line that once failed stays for good.
//!
//! A run is the same every time. `BOCAGE_FUZZ_ROUNDS=1000` makes it a thousand times as long, from
//! another seed each round; a failure prints its input, which is a line for the corpus.

mod content;
mod mutate;
mod rows;
mod targets;
mod trust;
mod wire;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Mutex;

use peak_alloc::PeakAlloc;

use mutate::Dice;
use targets::{Read, TARGETS, Target};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// One target at a time: what is held at most belongs to all threads together.
static ALONE: Mutex<()> = Mutex::new(());

/// Damaged inputs of each target in one round.
const INPUTS: u64 = 4_000;

fn corpus_file(target: &Target) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    folder.join(format!("{}.txt", target.name))
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(line: &str) -> Option<Vec<u8>> {
    let pairs = line.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

/// The kept lines, oldest first.
fn corpus(target: &Target) -> Vec<Vec<u8>> {
    let file = corpus_file(target);
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    let lines = text.lines().map(|line| {
        from_hex(line).unwrap_or_else(|| panic!("{}: a line is no hex: {line}", file.display()))
    });
    lines.collect()
}

/// Reads one input and holds the properties. Says what does not.
fn holds(target: &Target, input: &[u8]) -> Result<bool, String> {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let read = catch_unwind(AssertUnwindSafe(|| (target.read)(input)));
    let held = MEMORY.peak_usage().saturating_sub(before);
    let most = target.bytes_max + target.bytes_per_byte * input.len();
    if held > most {
        return Err(format!("{held} bytes were held at once, more than {most}"));
    }
    match read {
        Err(_) => Err("it panicked".to_owned()),
        Ok(Read::Refused(name)) if name.is_empty() => Err("a refusal without a name".to_owned()),
        Ok(Read::Refused(_)) => Ok(false),
        Ok(Read::Done) => Ok(true),
        Ok(Read::As(again)) => match (target.read)(&again) {
            Read::As(third) if third == again => Ok(true),
            other => Err(format!(
                "it reads as {}, and that as {other:?}",
                to_hex(&again)
            )),
        },
    }
}

fn check(target: &Target, input: &[u8]) -> bool {
    holds(target, input).unwrap_or_else(|wrong| {
        panic!(
            "{}: {wrong}\nkeep this line in {}:\n{}",
            target.name,
            corpus_file(target).display(),
            to_hex(input)
        )
    })
}

fn rounds() -> u64 {
    let asked = std::env::var("BOCAGE_FUZZ_ROUNDS").ok();
    asked.map_or(1, |rounds| rounds.parse().expect("a number of rounds"))
}

/// Panics that a barrier catches are answers; printing them by the thousand helps nobody.
fn quiet() {
    static HOOK: std::sync::Once = std::sync::Once::new();
    HOOK.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let caught = |file: &str| file.contains("automerge") || file.contains("hexane");
            if !info.location().is_some_and(|place| caught(place.file())) {
                usual(info);
            }
        }));
    });
}

fn run(name: &str) {
    quiet();
    let _alone = ALONE.lock().unwrap_or_else(|lock| lock.into_inner());
    let found = TARGETS.iter().find(|target| target.name == name);
    let target = found.unwrap_or_else(|| panic!("no target «{name}»"));
    let samples = (target.samples)();
    assert!(!samples.is_empty(), "{name} has no sample");
    let mut kept = corpus(target);
    let known: BTreeSet<Vec<u8>> = kept.iter().cloned().collect();
    let missing: Vec<_> = samples.iter().filter(|one| !known.contains(*one)).collect();
    if !missing.is_empty() {
        assert!(
            std::env::var_os("BOCAGE_UPDATE").is_some(),
            "{} samples of «{name}» are not in the corpus: run the test with BOCAGE_UPDATE=1",
            missing.len()
        );
        kept.extend(missing.into_iter().cloned());
        let text: String = kept.iter().map(|one| to_hex(one) + "\n").collect();
        std::fs::write(corpus_file(target), text).expect("the corpus can be written");
    }
    for sample in &samples {
        assert!(check(target, sample), "{name}: a sample is refused");
    }
    kept.iter().for_each(|input| {
        check(target, input);
    });
    let (mut read, mut refused) = (0_u64, 0_u64);
    for round in 0..rounds() {
        let mut dice = Dice::new(round);
        for _ in 0..INPUTS {
            let input = mutate::damaged(&mut dice, &kept, target.words);
            match check(target, &input) {
                true => read += 1,
                false => refused += 1,
            }
        }
    }
    println!("{name}: {read} damaged inputs read, {refused} refused");
    assert!(
        refused > 0,
        "{name}: nothing was refused, so nothing was damaged"
    );
}

macro_rules! targets {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            run(stringify!($name));
        })*

        #[test]
        fn every_target_is_run() {
            let run: BTreeSet<&str> = [$(stringify!($name)),*].into();
            let listed: BTreeSet<&str> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(run, listed);
        }
    };
}

targets! {
    frame range compressed header operation certificate ticket redeem_request redeem_answer
    record changes gate blocks command browser_message log_row live_row account_row side_frame
    beacon config greeting trial_request order admission guest_welcome home_question home_answer
    sealed_value backup_record archive_manifest archive
}
