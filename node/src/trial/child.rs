//! The child's side: bounds itself, then answers requests from its standard input until it ends.
//! One thread, no configuration, no log, no file.

use std::io::{Read, Write};
use std::process::ExitCode;

use bocage_crdt::features::{self, Payload};
use bocage_crdt::gate::trial::{Base, Trier, Unsound};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};

use super::{REQUEST_BYTES_MAX, TrialRequest};

/// Answers: one byte each. An unsound change is answered by its place in [`Unsound::ALL`], from
/// here on.
pub(super) const SOUND: u8 = 0;
pub(super) const UNREADABLE: u8 = 1;
pub(super) const UNSOUND: u8 = 2;

/// Runs as the child: `words` are the bounds, as the parent gives them. Ends with its input.
pub fn main(mut words: impl Iterator<Item = String>) -> ExitCode {
    let mut bound = || words.next()?.parse::<u64>().ok();
    let (Some(memory_bytes), Some(cpu_seconds)) = (bound(), bound()) else {
        eprintln!("this command is for the program itself");
        return ExitCode::from(2);
    };
    // Panics are answers here, told by name; a thousand messages would fill the pipe.
    std::panic::set_hook(Box::new(|_| {}));
    let fixed = [
        (Resource::As, memory_bytes),
        (Resource::Fsize, 0),
        (Resource::Core, 0),
        // What is open stays open; nothing more is opened.
        (Resource::Nofile, 3),
    ];
    for (resource, most) in fixed {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        if let Err(error) = setrlimit(resource, limit) {
            eprintln!("no trial without its bounds: {error}");
            return ExitCode::from(1);
        }
    }
    let mut trier = Trier::default();
    let (mut requests, mut answers) = (std::io::stdin().lock(), std::io::stdout().lock());
    loop {
        let mut length = [0; 4];
        if requests.read_exact(&mut length).is_err() {
            return ExitCode::SUCCESS;
        }
        let length = u32::from_le_bytes(length) as usize;
        if length > REQUEST_BYTES_MAX {
            return ExitCode::from(2);
        }
        let mut request = vec![0; length];
        if requests.read_exact(&mut request).is_err() {
            return ExitCode::SUCCESS;
        }
        if let Err(error) = allow_time(cpu_seconds) {
            eprintln!("no trial without its bounds: {error}");
            return ExitCode::from(1);
        }
        let answer = [answer(&mut trier, &request)];
        if answers
            .write_all(&answer)
            .and_then(|()| answers.flush())
            .is_err()
        {
            return ExitCode::SUCCESS;
        }
    }
}

/// The kernel counts a process's time from its start: the bound moves on with each trial.
fn allow_time(seconds: u64) -> rustix::io::Result<()> {
    let used = clock_gettime(ClockId::ProcessCPUTime).tv_sec as u64;
    let limit = Rlimit {
        // One more: what was begun of a second counts as a whole one.
        current: Some(used + seconds + 1),
        maximum: getrlimit(Resource::Cpu).maximum,
    };
    setrlimit(Resource::Cpu, limit)
}

fn answer(trier: &mut Trier, request: &[u8]) -> u8 {
    let Ok(request) = postcard::from_bytes::<TrialRequest>(request) else {
        return UNREADABLE;
    };
    let payload = features::by_number(request.kind).map(|feature| feature.payload());
    let Some(Payload::Document(genesis)) = payload else {
        return UNREADABLE;
    };
    let base = Base {
        item: request.item,
        genesis: *genesis,
        heads: &request.base.heads,
        saved: &request.base.snapshot,
        since: &request.base.since,
    };
    match trier.run(&base, &request.changes) {
        Ok(()) => SOUND,
        Err(unsound) => {
            let place = Unsound::ALL.iter().position(|one| *one == unsound);
            UNSOUND + place.unwrap_or(0) as u8
        }
    }
}
