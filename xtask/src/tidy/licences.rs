//! Which licences, crates and registries may enter: deny.toml, applied without cargo-deny.
//!
//! cargo-deny reads licence files too and knows advisories; `cargo xtask test` runs it where it is
//! installed. What is here needs nothing but the lock files, so it is never left out.

use super::{Problem, Sources, report};
use serde_json::Value;

/// Allowed in the web interface only: the letters of the fonts.
const WEB_ALSO: [&str; 1] = ["OFL-1.1"];

pub(super) fn licences(sources: &Sources, problems: &mut Vec<Problem>) {
    let settings = sources.file("deny.toml").unwrap_or_default();
    let mut allowed = list(settings, "licenses", "allow");
    let banned = list(settings, "bans", "deny");
    if allowed.is_empty() || banned.is_empty() {
        report(
            problems,
            "deny.toml",
            0,
            "[licenses] allow and [bans] deny must name something",
        );
        return;
    }
    for package in sources.packages["packages"]
        .as_array()
        .into_iter()
        .flatten()
    {
        let name = package["name"].as_str().unwrap_or_default();
        if banned.iter().any(|banned| banned == name) {
            report(
                problems,
                "Cargo.lock",
                0,
                format!("{name} is banned; deny.toml says why"),
            );
        }
        judge(
            "Cargo.lock",
            name,
            package["license"].as_str(),
            &allowed,
            problems,
        );
    }
    allowed.extend(WEB_ALSO.map(str::to_owned));
    let lock = sources.file("web-ui/package-lock.json").unwrap_or("{}");
    let lock: Value = serde_json::from_str(lock).unwrap_or_default();
    for (path, package) in lock["packages"].as_object().into_iter().flatten() {
        // What only builds or tests the interface is not handed on, so its licence binds nobody.
        if package["dev"] != Value::Bool(true) {
            let name = path.rsplit("node_modules/").next().unwrap_or(path);
            let licence = package["license"].as_str();
            judge(
                "web-ui/package-lock.json",
                name,
                licence,
                &allowed,
                problems,
            );
        }
    }
}

fn judge(
    path: &str,
    name: &str,
    licence: Option<&str>,
    allowed: &[String],
    problems: &mut Vec<Problem>,
) {
    let sentence = match licence {
        None => {
            format!("{name} states no licence: read its files, then replace it or ask its author")
        }
        Some(licence) if !holds(licence, allowed) => format!(
            "{name} is under «{licence}», which deny.toml does not allow: choose another package, \
             or add the licence there with a decision record"
        ),
        Some(_) => return,
    };
    report(problems, path, 0, sentence);
}

/// The strings of `key = [ … ]` in one section of a TOML file: the strings themselves, or what
/// stands after `crate =` when they are tables. Enough for deny.toml; a unit test reads the real one.
fn list(text: &str, section: &str, key: &str) -> Vec<String> {
    let mut found = Vec::new();
    let (mut in_section, mut in_list) = (false, false);
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.starts_with('[') && !in_list {
            in_section = line == format!("[{section}]");
        } else if in_section && !in_list {
            let value = line.strip_prefix(key).map(|rest| rest.trim_start());
            in_list = value.is_some_and(|rest| rest.starts_with('='));
        }
        if in_list {
            let value = line.split_once('[').map_or(line, |(_, rest)| rest);
            let value = value.split_once("crate").map_or(value, |(_, rest)| rest);
            let table = line.contains('{');
            let strings = value.split('"').skip(1).step_by(2);
            found.extend(
                strings
                    .take(if table { 1 } else { usize::MAX })
                    .map(str::to_owned),
            );
            in_list = !line.ends_with(']');
        }
    }
    found
}

/// Whether an SPDX expression can be met with the allowed licences: of `OR` one side is enough, of
/// `AND` both are needed, `AND` binds closer, and `/` is the old way to write `OR`.
fn holds(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut place = 0;
    either(&words, &mut place, allowed) && place == words.len()
}

fn either(words: &[&str], place: &mut usize, allowed: &[String]) -> bool {
    let mut holds = both(words, place, allowed);
    while words.get(*place) == Some(&"OR") {
        *place += 1;
        holds |= both(words, place, allowed);
    }
    holds
}

fn both(words: &[&str], place: &mut usize, allowed: &[String]) -> bool {
    let mut holds = one(words, place, allowed);
    while words.get(*place) == Some(&"AND") {
        *place += 1;
        holds &= one(words, place, allowed);
    }
    holds
}

fn one(words: &[&str], place: &mut usize, allowed: &[String]) -> bool {
    let Some(word) = words.get(*place) else {
        return false;
    };
    *place += 1;
    if *word == "(" {
        let holds = either(words, place, allowed);
        let closed = words.get(*place) == Some(&")");
        *place += 1;
        return holds && closed;
    }
    if words.get(*place) == Some(&"WITH") {
        let exception = words.get(*place + 1).copied().unwrap_or_default();
        *place += 2;
        return allowed.contains(&format!("{word} WITH {exception}"));
    }
    allowed.iter().any(|allowed| allowed == word)
}

pub(super) fn registries(sources: &Sources, problems: &mut Vec<Problem>) {
    const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";
    for (path, text) in &sources.files {
        let name = path.rsplit('/').next().unwrap_or(path);
        for (number, line) in text.lines().enumerate() {
            let bare = line.trim();
            let sentence = match name {
                "Cargo.lock" if bare.starts_with("source = ") && !bare.contains(CRATES_IO) => {
                    "this crate comes from elsewhere than crates.io: use a published version"
                }
                "package-lock.json" if bare.starts_with("\"resolved\"") && bare.contains("://") => {
                    "the lock names a registry, which breaks it behind another one: \
                     npm install --omit-lockfile-registry-resolved"
                }
                ".npmrc" if bare.contains("registry") && bare.contains("://") => {
                    "registries are the machine's matter: put this in your own .npmrc"
                }
                // .cargo/config.toml: where crates come from is the machine's matter, too.
                "config.toml" if bare.starts_with("[source") || bare.starts_with("[registr") => {
                    "registries are the machine's matter: put this in your own cargo settings"
                }
                _ => continue,
            };
            report(problems, path, number + 1, sentence);
        }
    }
}

#[cfg(test)]
#[path = "licences_tests.rs"]
mod tests;
