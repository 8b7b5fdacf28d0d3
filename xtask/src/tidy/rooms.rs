//! The rooms of the house: which crate may know which, and what the pure ones must not touch.

use super::code::{has_word, is_word, only_code};
use super::{Problem, Sources, report};

/// Each member and the members it may depend on, in any way. `tests` and `examples` see all.
const ARROWS: [(&str, &[&str]); 6] = [
    ("crdt", &[]),
    ("protocol", &["crdt"]),
    ("node", &["crdt", "protocol"]),
    ("tests", &["crdt", "protocol", "node", "examples"]),
    ("examples", &["crdt", "protocol", "node"]),
    ("xtask", &[]),
];

/// Crates that decide. Everything in them is a function of its arguments.
const PURE: [&str; 2] = ["crdt", "protocol"];

/// All that xtask may use: it is built before the first word is said on a fresh machine.
const XTASK_MAY_USE: [&str; 4] = ["anyhow", "serde", "serde_json", "toml"];

/// What waits, reads a clock, makes threads or draws at random. A `*` stands for any ending.
const WAITING: [&str; 45] = [
    "async-*",
    "axum*",
    "chrono",
    "crossbeam*",
    "dirs",
    "fastrand",
    "figment",
    "fs-*",
    "futures*",
    "getrandom",
    "hyper*",
    "jiff",
    "libc",
    "libp2p*",
    "memmap*",
    "mio",
    "nix",
    "notify",
    "num_cpus",
    "object_store",
    "oorandom",
    "parking_lot",
    "quinn*",
    "rand",
    "rand_*",
    "rayon",
    "rcgen",
    "redb",
    "reqwest",
    "rust-embed",
    "rustix",
    "rustls*",
    "smol*",
    "socket2",
    "tantivy*",
    "tempfile",
    "time",
    "tokio*",
    "tower*",
    "tracing-subscriber",
    "tungstenite",
    "ureq",
    "uuid",
    "walkdir",
    "web-time",
];

pub(super) fn arrows(sources: &Sources, problems: &mut Vec<Problem>) {
    let members = sources.members();
    for (folder, _, package) in &members {
        let path = format!("{folder}/Cargo.toml");
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| name == folder) else {
            let sentence = "a new member: give it its place in ARROWS, xtask/src/tidy/rooms.rs, \
                            and in ARCHITECTURE.md";
            report(problems, &path, 0, sentence);
            continue;
        };
        for dependency in dependencies(package) {
            let target = members.iter().find(|(_, name, _)| *name == dependency);
            let Some((target, _, _)) = target else {
                continue;
            };
            if !allowed.contains(&target.as_str()) && target != folder {
                let sentence = format!(
                    "{folder} must not know {target} (crdt <- protocol <- node; tests and examples \
                     see all): move the shared part down, or hand it over as an argument"
                );
                report(problems, &path, 0, sentence);
            }
        }
    }
}

pub(super) fn pure_dependencies(sources: &Sources, problems: &mut Vec<Problem>) {
    for (folder, _, package) in sources.members() {
        let path = format!("{folder}/Cargo.toml");
        for dependency in dependencies(package) {
            if PURE.contains(&folder.as_str()) && WAITING.iter().any(|name| fits(dependency, name))
            {
                let sentence = format!(
                    "{dependency} waits, draws at random or reads the machine: keep it in node and \
                     give {folder} the result as an argument"
                );
                report(problems, &path, 0, sentence);
            }
            if folder == "xtask" && !XTASK_MAY_USE.contains(&dependency) {
                let sentence = format!(
                    "xtask must build in seconds on a fresh machine: do without {dependency}"
                );
                report(problems, &path, 0, sentence);
            }
        }
    }
}

/// Words no pure source may hold, with what to do instead.
const IMPURE: [(&str, &str); 21] = [
    (
        "SystemTime",
        "no clock is read here: take the time as an argument",
    ),
    (
        "Instant",
        "no clock is read here: take the time as an argument",
    ),
    ("std::net", "sockets belong to node: return an effect"),
    ("TcpStream", "sockets belong to node: return an effect"),
    ("UdpSocket", "sockets belong to node: return an effect"),
    (
        "std::fs",
        "the disk belongs to node: take the bytes, or return an effect",
    ),
    ("std::thread", "threads belong to node: nothing waits here"),
    ("std::process", "processes belong to node: return an effect"),
    (
        "std::env",
        "settings are arguments: the environment belongs to node",
    ),
    (
        "std::sync::mpsc",
        "effects go out as values, never through channels",
    ),
    (
        "thread_local!",
        "no hidden state: hand it over as an argument",
    ),
    (
        "AtomicUsize",
        "no counter of the process: keep it in the machine's own state",
    ),
    (
        "AtomicU64",
        "no counter of the process: keep it in the machine's own state",
    ),
    (
        "AtomicU32",
        "no counter of the process: keep it in the machine's own state",
    ),
    ("rand::", "randomness is an argument"),
    ("rand_core::", "randomness is an argument"),
    ("getrandom", "randomness is an argument"),
    ("OsRng", "randomness is an argument"),
    (
        "RandomState",
        "its order differs from run to run: use an ordered map",
    ),
    (
        "HashMap",
        "its order differs from run to run, so two sites would differ: use BTreeMap",
    ),
    (
        "HashSet",
        "its order differs from run to run, so two sites would differ: use BTreeSet",
    ),
];

pub(super) fn pure_sources(sources: &Sources, problems: &mut Vec<Problem>) {
    for (path, text) in pure_files(sources, &PURE) {
        let code = with_paths_spelled_out(&only_code(text), "std::");
        for (number, line) in code.lines().enumerate() {
            for (word, instead) in IMPURE {
                if has_word(line, word) {
                    report(problems, path, number + 1, format!("{word}: {instead}"));
                }
            }
        }
    }
}

pub(super) fn protocol_knows_no_feature(sources: &Sources, problems: &mut Vec<Problem>) {
    for (path, text) in pure_files(sources, &["protocol"]) {
        let code = with_paths_spelled_out(&only_code(text), "bocage_crdt::");
        for (number, line) in code.lines().enumerate() {
            if has_word(line, "features::") || has_word(line, "bocage_crdt::features") {
                let sentence = "protocol moves items of any kind and knows none: ask through the \
                                header or a trait of crdt outside crdt::features";
                report(problems, path, number + 1, sentence);
            }
        }
    }
}

pub(super) fn clippy_files(sources: &Sources, problems: &mut Vec<Problem>) {
    let root = sources.file("clippy.toml").unwrap_or_default();
    if root.is_empty() {
        report(
            problems,
            "clippy.toml",
            0,
            "it is missing: the lint settings belong there",
        );
    }
    let first = sources.file("crdt/clippy.toml").unwrap_or_default();
    for room in PURE {
        let path = format!("{room}/clippy.toml");
        let Some(text) = sources.file(&path) else {
            report(
                problems,
                &path,
                0,
                "it is missing: without it clocks and hash maps pass",
            );
            continue;
        };
        if text != first {
            report(
                problems,
                &path,
                0,
                "it must be the same file as crdt/clippy.toml: copy it",
            );
        }
        // Clippy reads the nearest file only, so the root's settings must be repeated.
        for setting in root
            .lines()
            .filter(|line| line.contains('=') && !line.starts_with('#'))
        {
            if !text.lines().any(|line| line == setting) {
                let sentence = format!("it lacks a line of the root's clippy.toml: {setting}");
                report(problems, &path, 0, sentence);
            }
        }
        for word in [
            "HashMap",
            "HashSet",
            "SystemTime",
            "Instant",
            "std::thread::sleep",
        ] {
            if !text.contains(&format!("{word}\"")) && !text.contains(&format!("::{word}")) {
                report(
                    problems,
                    &path,
                    0,
                    format!("it no longer bans {word}: put the ban back"),
                );
            }
        }
    }
}

pub(super) fn stated_once(sources: &Sources, problems: &mut Vec<Problem>) {
    for (folder, _, _) in sources.members() {
        let path = format!("{folder}/Cargo.toml");
        let Some(text) = sources.file(&path) else {
            continue;
        };
        let (mut section, mut lints) = (String::new(), false);
        for (number, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.starts_with('[') {
                section = line.trim_matches(['[', ']']).to_owned();
                if section.contains("dependencies.") {
                    let sentence = "write the dependency on one line: name.workspace = true";
                    report(problems, &path, number + 1, sentence);
                }
            } else if section.ends_with("dependencies") && line.contains('=') {
                if !line.replace(' ', "").contains("workspace=true") {
                    let sentence = "state version and features in the root's Cargo.toml \
                                    ([workspace.dependencies]) and write workspace = true here";
                    report(problems, &path, number + 1, sentence);
                }
            } else if section == "lints" && line.replace(' ', "") == "workspace=true" {
                lints = true;
            }
        }
        if !lints {
            report(
                problems,
                &path,
                0,
                "it must take the workspace's lints: [lints] workspace = true",
            );
        }
    }
}

/// Names of all dependencies of a manifest: normal, build and dev alike.
fn dependencies(package: &serde_json::Value) -> Vec<&str> {
    let list = package["dependencies"].as_array();
    list.into_iter()
        .flatten()
        .filter_map(|dependency| dependency["name"].as_str())
        .collect()
}

fn fits(name: &str, pattern: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    }
}

fn pure_files<'a>(
    sources: &'a Sources,
    rooms: &'a [&str],
) -> impl Iterator<Item = (&'a str, &'a str)> {
    sources.ending(&[".rs"]).filter(|(path, _)| {
        rooms
            .iter()
            .any(|room| path.starts_with(&format!("{room}/src/")))
    })
}

/// `use std::{fs, net::TcpStream}` names `std::fs` without spelling it: puts the prefix `std::`
/// before each first word of such a group. Lines stay where they are.
fn with_paths_spelled_out(code: &str, prefix: &str) -> String {
    let group = format!("{prefix}{{");
    let mut spelled = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(start) = rest.find(&group) {
        let inside = start + group.len();
        spelled.push_str(&rest[..inside]);
        let mut depth = 1;
        let mut first = true;
        let mut end = inside;
        for (place, character) in rest[inside..].char_indices() {
            match character {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => first = true,
                _ if first && is_word(character) => {
                    spelled.push_str(prefix);
                    first = false;
                }
                _ => {}
            }
            end = inside + place + character.len_utf8();
            spelled.push(character);
            if depth == 0 {
                break;
            }
        }
        rest = &rest[end..];
    }
    spelled.push_str(rest);
    spelled
}

#[cfg(test)]
#[path = "rooms_tests.rs"]
mod tests;
