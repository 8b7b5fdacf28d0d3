//! `cargo xtask bench [NAME…] [--peers]`: the table of speed and size.
//!
//! Each workload is one file, starts its own sites as real processes and returns its rows; a row
//! that could not be measured says why and holds nothing. Peers and raw limits come from the same
//! run where they can, and say so where they do not.
//!
//! BOCAGE_BIN: the program, built for release. BOCAGE_SIM: the simulator's tests, likewise.
//! BOCAGE_TARGET: where bench.json is written.

mod catch_up;
mod cleaning;
mod gate;
mod keystrokes;
mod limits;
mod messages;
mod opening;
mod peers;
mod resources;
mod rights;
mod simulator;
mod spaces;
mod stats;
mod storing;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use limits::Limits;
use peers::Peers;
use table::Row;

/// What every workload is given.
pub(crate) struct Bench {
    pub binary: PathBuf,
    pub simulator: PathBuf,
    pub project: PathBuf,
    pub target: PathBuf,
    pub limits: Limits,
    pub peers: Peers,
}

type Rows = Result<Vec<Row>, String>;
type Workload = (
    &'static str,
    u64,
    fn(&Bench) -> futures_util::future::BoxFuture<'_, Rows>,
);

/// Name, seconds it may take at most, what it does.
const WORKLOADS: [Workload; 15] = [
    ("size", 60, |bench| Box::pin(resources::size(bench))),
    ("keystroke", 120, |bench| {
        Box::pin(keystrokes::keystrokes(bench))
    }),
    ("message", 90, |bench| Box::pin(messages::latency(bench))),
    ("throughput", 90, |bench| {
        Box::pin(messages::throughput(bench))
    }),
    ("absence", 180, |bench| Box::pin(catch_up::absence(bench))),
    ("join", 90, |bench| Box::pin(catch_up::join(bench))),
    ("equal-spaces", 170, |bench| {
        Box::pin(spaces::equal_spaces(bench))
    }),
    ("pages", 170, |bench| Box::pin(spaces::pages(bench))),
    ("long-page", 90, |bench| Box::pin(opening::long_page(bench))),
    ("rights", 60, |bench| Box::pin(rights::rights(bench))),
    ("gate", 120, |bench| Box::pin(gate::gate(bench))),
    ("storing", 120, |bench| Box::pin(storing::storing(bench))),
    ("cleaning", 120, |bench| Box::pin(cleaning::cleaning(bench))),
    ("memory", 240, |bench| Box::pin(resources::memory(bench))),
    ("simulator", 120, |bench| {
        Box::pin(simulator::simulator(bench))
    }),
];

fn main() -> ExitCode {
    let mut names = Vec::new();
    let mut with_peers = false;
    for word in std::env::args().skip(1) {
        match word.as_str() {
            "--peers" => with_peers = true,
            name if WORKLOADS.iter().any(|(known, ..)| *known == name) => names.push(word),
            other => {
                let known: Vec<&str> = WORKLOADS.iter().map(|(name, ..)| *name).collect();
                eprintln!(
                    "there is no workload «{other}»; there are: {}",
                    known.join(", ")
                );
                return ExitCode::from(2);
            }
        }
    }
    match run(&names, with_peers) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn setting(name: &str) -> Result<PathBuf, String> {
    let value = std::env::var_os(name).map(PathBuf::from);
    value.ok_or_else(|| format!("{name} is not set: run `cargo xtask bench`"))
}

fn run(names: &[String], with_peers: bool) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let target = setting("BOCAGE_TARGET")?;
    let project = std::env::current_dir().map_err(|error| error.to_string())?;
    let peers = runtime.block_on(peers::measure(with_peers, &target));
    let mut bench = Bench {
        binary: setting("BOCAGE_BIN")?,
        simulator: setting("BOCAGE_SIM")?,
        project,
        target,
        limits: Limits::default(),
        peers,
    };
    let all = Instant::now();
    let mut rows = Vec::new();
    for (name, seconds, workload) in WORKLOADS {
        if !names.is_empty() && !names.iter().any(|wanted| wanted == name) {
            continue;
        }
        println!("Measuring «{name}» (at most {seconds} s)");
        bench.limits = runtime.block_on(limits::measure());
        println!("  raw: {}", bench.limits);
        let begun = Instant::now();
        let limited =
            async { tokio::time::timeout(Duration::from_secs(seconds), workload(&bench)).await };
        let done = runtime.block_on(limited);
        let done = done.unwrap_or_else(|_| Err(format!("took longer than {seconds} s")));
        match done {
            Ok(measured) => rows.extend(measured),
            Err(reason) => rows.push(Row::missing(name, reason)),
        }
        println!("  done in {:.0} s", begun.elapsed().as_secs_f64());
    }
    print!("{}", table::text(&rows));
    let file = bench.target.join("bench.json");
    let json = serde_json::to_vec_pretty(&rows).map_err(|error| error.to_string())?;
    std::fs::write(&file, json).map_err(|error| format!("{}: {error}", file.display()))?;
    println!(
        "\nMeasured in {:.0} s. Written to {}",
        all.elapsed().as_secs_f64(),
        file.display()
    );
    Ok(())
}
