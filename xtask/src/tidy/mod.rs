//! `cargo xtask tidy`: what a compiler does not check, read from the files in seconds.
//!
//! Each check is one function from the project's files to problems, listed in [`CHECKS`]; each
//! problem says what to do. What must not live here: anything that builds, downloads or rewrites.

mod code;
mod documents;
mod licences;
mod rooms;
mod sources;
mod texts;

use crate::project::{Project, metadata};
use crate::stamp;
use anyhow::{Result, bail};
use serde_json::Value;
use std::collections::BTreeMap;

/// Folders that hold no source of ours: made by a build, installed, or the version control's own.
const NOT_OURS: [&str; 4] = ["target", "node_modules", "dist", ".git"];

/// All that the checks read. Samples in the unit tests are built by hand.
#[derive(Default)]
struct Sources {
    /// Text files by their path from the project's root, with `/` between folders.
    files: BTreeMap<String, String>,
    /// The workspace's own manifests, from `cargo metadata --no-deps`.
    manifests: Value,
    /// Every package the lock file brings to Linux, from `cargo metadata`.
    packages: Value,
}

/// Where something is wrong and what to do about it.
#[derive(Debug, PartialEq)]
struct Problem {
    path: String,
    /// Counted from 1; 0 when the whole file is meant.
    line: usize,
    sentence: String,
}

type Check = fn(&Sources, &mut Vec<Problem>);

/// Every check, with the rule it holds, in the order they are run.
const CHECKS: [(&str, Check); 17] = [
    ("arrows between the crates point one way", rooms::arrows),
    (
        "the pure crates depend on nothing that waits",
        rooms::pure_dependencies,
    ),
    (
        "the pure crates read no clock, disk, socket or random order",
        rooms::pure_sources,
    ),
    (
        "protocol knows no feature of crdt",
        rooms::protocol_knows_no_feature,
    ),
    (
        "the pure crates' clippy.toml hold the bans",
        rooms::clippy_files,
    ),
    ("versions and lints are stated once", rooms::stated_once),
    ("panics unwind", sources::panics_unwind),
    ("no path of one machine", sources::no_machine_paths),
    ("files and lines of a readable size", sources::sizes),
    ("every module begins with its head comment", sources::heads),
    (
        "nothing is ignored, skipped or left to do",
        sources::nothing_left_undone,
    ),
    ("plain words on the screen", texts::plain_words),
    ("French and English say the same things", texts::same_keys),
    (
        "the documents exist and name every room",
        documents::present,
    ),
    (
        "decision records are numbered and listed",
        documents::decisions,
    ),
    ("licences and banned crates", licences::licences),
    (
        "everything comes from the public registries",
        licences::registries,
    ),
];

/// Runs every check and prints every problem before failing.
pub(crate) fn tidy(project: &Project) -> Result<()> {
    let sources = read(project)?;
    let mut count = 0;
    for (rule, check) in CHECKS {
        let mut problems = Vec::new();
        check(&sources, &mut problems);
        println!("  {} {rule}", if problems.is_empty() { "✔" } else { "✘" });
        for Problem {
            path,
            line,
            sentence,
        } in &problems
        {
            let place = if *line == 0 {
                path.clone()
            } else {
                format!("{path}:{line}")
            };
            println!("      {place}: {sentence}");
        }
        count += problems.len();
    }
    println!("  {} checks on {} files", CHECKS.len(), sources.files.len());
    match count {
        0 => Ok(()),
        1 => bail!("tidy found one problem; it is named above with what to do"),
        _ => bail!("tidy found {count} problems; they are named above with what to do"),
    }
}

fn read(project: &Project) -> Result<Sources> {
    let mut files = BTreeMap::new();
    for path in stamp::files(&project.root, &NOT_OURS)? {
        // Pictures, fonts and golden bytes are not text and hold nothing that is checked here.
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        let name = path.strip_prefix(&project.root).unwrap_or(&path);
        let parts: Vec<_> = name.iter().map(|part| part.to_string_lossy()).collect();
        files.insert(parts.join("/"), text);
    }
    let linux = ["x86_64", "aarch64"].map(|machine| format!("{machine}-unknown-linux-gnu"));
    let platforms = [
        "--filter-platform",
        &linux[0],
        "--filter-platform",
        &linux[1],
    ];
    Ok(Sources {
        files,
        manifests: metadata(&project.root, &["--no-deps"])?,
        packages: metadata(&project.root, &platforms)?,
    })
}

impl Sources {
    /// Files whose name ends in one of these, with their text.
    fn ending<'a>(&'a self, endings: &'a [&str]) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files
            .iter()
            .filter(|(path, _)| endings.iter().any(|ending| path.ends_with(ending)))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The text of one file.
    fn file(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// The workspace's members: folder, package name, manifest.
    fn members(&self) -> Vec<(String, &str, &Value)> {
        let root = self.manifests["workspace_root"]
            .as_str()
            .unwrap_or_default();
        let packages = self.manifests["packages"].as_array();
        let mut members = Vec::new();
        for package in packages.into_iter().flatten() {
            let manifest = package["manifest_path"].as_str().unwrap_or_default();
            let folder = manifest
                .trim_start_matches(root)
                .trim_end_matches("Cargo.toml");
            let folder = folder.replace('\\', "/").trim_matches('/').to_owned();
            members.push((
                folder,
                package["name"].as_str().unwrap_or_default(),
                package,
            ));
        }
        members
    }
}

/// Adds a problem; `line` counts from 1, or is 0 for the whole file.
fn report(problems: &mut Vec<Problem>, path: &str, line: usize, sentence: impl Into<String>) {
    problems.push(Problem {
        path: path.to_owned(),
        line,
        sentence: sentence.into(),
    });
}

/// Helpers for the unit tests of the checks: samples in, places of problems out.
#[cfg(test)]
mod samples {
    use super::{Check, Problem, Sources};
    use serde_json::Value;

    /// Files by path and text.
    pub(super) fn files(samples: &[(&str, &str)]) -> Sources {
        let files = samples
            .iter()
            .map(|(path, text)| (path.to_string(), text.to_string()));
        Sources {
            files: files.collect(),
            ..Sources::default()
        }
    }

    /// The same with the manifests `cargo metadata` would report.
    pub(super) fn with_manifests(samples: &[(&str, &str)], manifests: Value) -> Sources {
        Sources {
            manifests,
            ..files(samples)
        }
    }

    pub(super) fn problems(check: Check, sources: &Sources) -> Vec<Problem> {
        let mut problems = Vec::new();
        check(sources, &mut problems);
        problems
    }

    /// Places as `path:line`, in the order found.
    pub(super) fn places(check: Check, sources: &Sources) -> Vec<String> {
        let places = problems(check, sources);
        places
            .iter()
            .map(|problem| format!("{}:{}", problem.path, problem.line))
            .collect()
    }
}
