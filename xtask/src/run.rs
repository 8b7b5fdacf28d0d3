//! `cargo xtask run`: from a fresh clone to three running sites, one command.
//!
//! The order is the promise: the web interface is built before the binary, so a binary never
//! silently lacks it. The demo itself (sites, data, addresses, accounts) is `bocage demo`.

use crate::project::{Project, cargo};
use crate::shell::{clock, step, succeed};
use crate::{requirements, web};
use anyhow::{Context, Result, bail};
use std::process::Command;
use std::time::Instant;

/// Builds all that is needed, then becomes the demo.
pub(crate) fn run(project: &Project, arguments: &[String]) -> Result<()> {
    let (ours, handed_on) = split(arguments);
    let mut profile = "demo";
    for argument in ours {
        profile = match argument.as_str() {
            "--debug" => "debug",
            "--release" => "release",
            other => bail!(
                "`cargo xtask run` has no option «{other}» (only --release, --debug, and -- ARGS)"
            ),
        }
    }
    let begun = Instant::now();
    println!("Bocage: building the demo. The first time takes several minutes.");
    step("1/5 Checking what the machine has", requirements::check)?;
    step("2/5 Installing the web interface's packages", || {
        web::install(project)
    })?;
    step("3/5 Building the web interface", || web::build(project))?;
    let sentence = format!("4/5 Building the site program ({profile})");
    step(&sentence, || {
        let mut command = cargo();
        command
            .current_dir(&project.root)
            .args(["build", "-p", "bocage-node", "--bin", "bocage"]);
        if profile != "debug" {
            command.args(["--profile", profile]);
        }
        succeed(&mut command)
    })?;
    println!(
        "\n▶ 5/5 Starting three sites (built in {})",
        clock(begun.elapsed())
    );
    let mut demo = Command::new(project.binary(profile, "bocage"));
    demo.current_dir(&project.root).arg("demo").args(handed_on);
    become_program(&mut demo)
}

/// Arguments before `--` are ours, those after it are handed on.
fn split(arguments: &[String]) -> (&[String], &[String]) {
    match arguments.iter().position(|argument| argument == "--") {
        Some(place) => (&arguments[..place], &arguments[place + 1..]),
        None => (arguments, &[]),
    }
}

/// This process turns into the demo, as cargo turned into us: Ctrl-C and SIGTERM reach it directly,
/// the terminal waits until it has closed its sites, and its exit code is the command's.
#[cfg(unix)]
fn become_program(command: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    let error = command.exec(); // returns only when it failed
    Err(error).context("the demo could not be started")
}

/// Without `exec` the demo runs as a child; the console sends Ctrl-C to both.
#[cfg(not(unix))]
fn become_program(command: &mut Command) -> Result<()> {
    let status = command.status().context("the demo could not be started")?;
    std::process::exit(status.code().unwrap_or(1));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_after_the_dashes_go_to_the_demo() {
        let words = |text: &str| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        for (given, ours, handed_on) in [
            ("--debug", "--debug", ""),
            ("--debug -- --port 9000", "--debug", "--port 9000"),
            ("-- -- x", "", "-- x"),
            ("", "", ""),
        ] {
            let given = words(given);
            let (first, second) = split(&given);
            assert_eq!((first, second), (&words(ours)[..], &words(handed_on)[..]));
        }
    }
}
