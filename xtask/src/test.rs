//! `cargo xtask test`: everything that must hold before a change enters, cheapest first.
//!
//! What lives here: the list of steps and how they are told. What must not: any step that may be
//! left out in silence. A step that cannot run says what is missing, and fails.
//!
//! The order was measured on 2 cores with nothing cached, for the dependencies alone (other work ran
//! beside it): lints 2 min 50 s, then the build of all tests 2 min 26 s. `cargo clippy` keeps its own
//! metadata of every dependency. That part alone is 172 s of one core, about 90 s on two, while C
//! code, build scripts and macros (165 s) are shared with the build. Linting first is worth its 90 s:
//! a lint is found minutes before the first test could run. One clippy-driver build for both would
//! save them, but then every test would run on code compiled in another way than the program.
//! `cargo build --workspace --bins` chooses the same features as the tests: 0.5 s, nothing rebuilt.

use crate::project::{Project, cargo};
use crate::shell::{clock, on_path, step, succeed};
use crate::{chromium, requirements, tidy, web};
use anyhow::{Result, bail};
use std::process::Command;
use std::time::{Duration, Instant};

/// One step: the name for `--only`, the sentence people read, the work.
struct Step {
    name: &'static str,
    sentence: &'static str,
    action: fn(&Project) -> Result<()>,
}

/// Cheapest first, except that what builds on another step comes after it: the site's crate embeds
/// web-ui/dist, and the real-process tests drive the built program.
const STEPS: [Step; 13] = [
    Step {
        name: "requirements",
        sentence: "what the machine has",
        action: |_| requirements::check(),
    },
    Step {
        name: "tidy",
        sentence: "files and manifests",
        action: tidy::tidy,
    },
    Step {
        name: "format",
        sentence: "Rust format",
        action: format,
    },
    Step {
        name: "licences",
        sentence: "licences and bans, by cargo-deny",
        action: deny,
    },
    Step {
        name: "web-install",
        sentence: "the web interface's packages",
        action: web::install,
    },
    Step {
        name: "web-lint",
        sentence: "web lints and format",
        action: web_lint,
    },
    Step {
        name: "web-types",
        sentence: "web types",
        action: web_types,
    },
    Step {
        name: "web-test",
        sentence: "web unit tests",
        action: web_test,
    },
    Step {
        name: "web-build",
        sentence: "web build and its size limits",
        action: web::build,
    },
    Step {
        name: "lint",
        sentence: "Rust lints, as errors",
        action: lint,
    },
    Step {
        name: "build",
        sentence: "the programs",
        action: build,
    },
    Step {
        name: "rust",
        sentence: "Rust tests",
        action: rust,
    },
    Step {
        name: "e2e",
        sentence: "end to end, in Chromium",
        action: end_to_end,
    },
];

/// What became of a step, for the table at the end.
enum Outcome {
    Passed(Duration),
    Failed(Duration),
    NotReached,
}

/// Runs the steps asked for and prints the table, whatever happened.
pub(crate) fn test(project: &Project, arguments: &[String]) -> Result<()> {
    let Some(steps) = chosen(arguments)? else {
        for step in &STEPS {
            println!("{:<14}{}", step.name, step.sentence);
        }
        return Ok(());
    };
    let begun = Instant::now();
    let mut failure = None;
    let mut outcomes = Vec::new();
    for (
        number,
        Step {
            name,
            sentence,
            action,
        },
    ) in steps.iter().enumerate()
    {
        if failure.is_some() {
            outcomes.push(Outcome::NotReached);
            continue;
        }
        let started = Instant::now();
        let title = format!("{}/{} {name}: {sentence}", number + 1, steps.len());
        match step(&title, || action(project)) {
            Ok(()) => outcomes.push(Outcome::Passed(started.elapsed())),
            Err(error) => {
                failure = Some((*name, error));
                outcomes.push(Outcome::Failed(started.elapsed()));
            }
        }
    }
    println!("\n{}", table(&steps, &outcomes));
    match failure {
        None => {
            println!(
                "{}, in {}",
                what_passed(steps.len()),
                clock(begun.elapsed())
            );
            Ok(())
        }
        Some((name, error)) => {
            bail!(
                "the step «{name}» failed: {error:#}\n\nRun it alone: cargo xtask test --only {name}"
            )
        }
    }
}

/// A part is never told as the whole.
fn what_passed(count: usize) -> String {
    if count == STEPS.len() {
        "Everything holds".to_owned()
    } else {
        format!(
            "{count} of {} steps hold; the others were not asked for",
            STEPS.len()
        )
    }
}

/// The steps named with `--only` in their own order, all without it, none for `--list`.
fn chosen(arguments: &[String]) -> Result<Option<Vec<&'static Step>>> {
    let mut names = Vec::new();
    let mut words = arguments.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "--list" => return Ok(None),
            "--only" => match words.next() {
                Some(name) if STEPS.iter().any(|step| step.name == name) => names.push(name),
                other => bail!(
                    "--only wants the name of a step, not «{}»; `cargo xtask test --list` names them",
                    other.unwrap_or("nothing")
                ),
            },
            other => bail!("`cargo xtask test` has no option «{other}» (only --list, --only STEP)"),
        }
    }
    let all = names.is_empty();
    Ok(Some(
        STEPS
            .iter()
            .filter(|step| all || names.contains(&step.name))
            .collect(),
    ))
}

fn table(steps: &[&Step], outcomes: &[Outcome]) -> String {
    let lines = steps.iter().zip(outcomes).map(|(step, outcome)| {
        let (mark, time) = match outcome {
            Outcome::Passed(time) => ("✔", clock(*time)),
            Outcome::Failed(time) => ("✘", clock(*time)),
            Outcome::NotReached => ("·", "not reached".to_owned()),
        };
        format!(
            "  {mark} {:<14}{:<40}{time:>13}\n",
            step.name, step.sentence
        )
    });
    lines.collect()
}

fn format(project: &Project) -> Result<()> {
    succeed(
        cargo()
            .current_dir(&project.root)
            .args(["fmt", "--all", "--check"]),
    )
}

/// Our own check of licences and bans is part of `tidy` and always runs; cargo-deny sees more.
fn deny(project: &Project) -> Result<()> {
    if on_path("cargo-deny").is_none() {
        println!(
            "  cargo-deny is not installed (cargo install cargo-deny): licences and bans were \
             checked by `tidy` from the lock files, licence texts were not read"
        );
        return Ok(());
    }
    let checks = ["deny", "check", "licenses", "bans", "sources"];
    succeed(cargo().current_dir(&project.root).args(checks))
}

fn web_lint(project: &Project) -> Result<()> {
    succeed(&mut web::npm(project, &["run", "lint"]))
}

fn web_types(project: &Project) -> Result<()> {
    succeed(&mut web::npm(project, &["run", "check"]))
}

fn web_test(project: &Project) -> Result<()> {
    succeed(&mut web::npm(project, &["test"]))
}

fn lint(project: &Project) -> Result<()> {
    let clippy = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ];
    succeed(cargo().current_dir(&project.root).args(clippy))
}

fn build(project: &Project) -> Result<()> {
    let build = ["build", "--workspace", "--bins", "--locked"];
    succeed(cargo().current_dir(&project.root).args(build))
}

fn rust(project: &Project) -> Result<()> {
    succeed(
        cargo()
            .current_dir(&project.root)
            .env("BOCAGE_BIN", built(project)?)
            .args(["test", "--workspace", "--locked"]),
    )
}

/// Chromium against real sites. The script starts and stops them itself; its pictures go to
/// target/screens.
fn end_to_end(project: &Project) -> Result<()> {
    build(project)?;
    let chromium = chromium::find_or_install(project)?;
    println!("  Chromium: {}", chromium.display());
    succeed(
        Command::new("node")
            .current_dir(&project.root)
            .env("BOCAGE_BIN", built(project)?)
            .env("CHROMIUM", chromium)
            .env("BOCAGE_TARGET", &project.target)
            .arg("web-ui/e2e/run.mjs"),
    )
}

/// The program that the `build` step made.
fn built(project: &Project) -> Result<std::path::PathBuf> {
    let binary = project.binary("debug", "bocage");
    if !binary.is_file() {
        bail!(
            "{} is not built yet: cargo xtask test --only build",
            binary.display()
        );
    }
    Ok(binary)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    fn names(text: &str) -> Option<Vec<&'static str>> {
        let steps = chosen(&words(text)).unwrap();
        steps.map(|steps| steps.iter().map(|step| step.name).collect())
    }

    #[test]
    fn steps_are_chosen_by_name_and_kept_in_order() {
        assert_eq!(names("").unwrap().len(), STEPS.len());
        assert_eq!(names("--only rust --only tidy").unwrap(), ["tidy", "rust"]);
        assert_eq!(names("--list"), None);
        for wrong in ["--only", "--only nothing", "--fast", "rust"] {
            assert!(chosen(&words(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_web_interface_is_built_before_anything_embeds_it() {
        let place = |name: &str| STEPS.iter().position(|step| step.name == name).unwrap();
        for embeds in ["lint", "build", "rust", "e2e"] {
            assert!(place("web-build") < place(embeds), "{embeds}");
        }
        assert!(
            place("build") < place("rust"),
            "real-process tests drive the built program"
        );
    }

    #[test]
    fn the_table_tells_what_was_not_reached() {
        let steps: Vec<&Step> = STEPS.iter().take(3).collect();
        let second = Duration::from_secs(1);
        let outcomes = [
            Outcome::Passed(second),
            Outcome::Failed(second),
            Outcome::NotReached,
        ];
        let table = table(&steps, &outcomes);
        let marks: Vec<&str> = table
            .lines()
            .filter_map(|line| line.split_whitespace().next())
            .collect();
        assert_eq!(marks, ["✔", "✘", "·"]);
        assert!(table.contains("not reached"), "{table}");
        assert!(
            what_passed(3).starts_with("3 of"),
            "a part is not told as the whole"
        );
    }
}
