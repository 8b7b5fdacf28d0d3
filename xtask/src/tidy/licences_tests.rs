//! Good and bad samples for the checks on licences and registries.

use super::*;
use crate::tidy::samples::{files, places, problems};
use serde_json::json;

const SETTINGS: &str = "[licenses]\nallow = [\n  \"MIT\", # why\n  \"Apache-2.0\",\n\
    \x20 \"Apache-2.0 WITH LLVM-exception\",\n]\n[bans]\ndeny = [\n\
    \x20 { crate = \"native-tls\", reason = \"one \\\"TLS\\\"\" },\n]\n";

fn words(text: &[&str]) -> Vec<String> {
    text.iter().map(|word| word.to_string()).collect()
}

#[test]
fn lists_are_read_from_the_settings() {
    let allowed = words(&["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"]);
    assert_eq!(list(SETTINGS, "licenses", "allow"), allowed);
    assert_eq!(list(SETTINGS, "bans", "deny"), ["native-tls"]);
    assert_eq!(
        list(
            "[licenses]\nallow = [\"MIT\"]\nx = 1\n",
            "licenses",
            "allow"
        ),
        ["MIT"]
    );
}

#[test]
fn the_projects_own_settings_are_understood() {
    let real = include_str!("../../../deny.toml");
    let allowed = list(real, "licenses", "allow");
    assert!(allowed.contains(&"EUPL-1.2".to_owned()), "{allowed:?}");
    assert!(
        allowed.contains(&"Apache-2.0 WITH LLVM-exception".to_owned()),
        "{allowed:?}"
    );
    assert!(
        !allowed.iter().any(|licence| licence.contains("GPL-3")),
        "{allowed:?}"
    );
    assert_eq!(list(real, "bans", "deny"), ["native-tls", "openssl-sys"]);
}

#[test]
fn expressions_hold_or_not() {
    let allowed = words(&["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "ISC"]);
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0-only", false),
        ("MIT OR GPL-3.0-only", true),
        ("MIT/GPL-3.0", true),
        ("MIT AND GPL-3.0-only", false),
        ("MIT AND ISC", true),
        ("GPL-3.0-only OR MIT AND ISC", true),
        ("(GPL-3.0-only OR MIT) AND LGPL-3.0-only", false),
        ("(MIT OR GPL-2.0-only) AND ISC", true),
        ("Apache-2.0 WITH LLVM-exception OR GPL-3.0-only", true),
        ("MIT WITH Classpath-exception-2.0", false),
        ("", false),
        ("MIT OR", true),
        ("MIT)", false),
        ("(MIT", false),
    ] {
        assert_eq!(holds(expression, &allowed), expected, "{expression}");
    }
}

#[test]
fn packages_are_judged_in_both_lock_files() {
    let lock = r#"{ "packages": {
        "": { "license": "MIT" },
        "node_modules/font": { "license": "OFL-1.1" },
        "node_modules/tool": { "license": "GPL-3.0", "dev": true },
        "node_modules/bad": { "license": "GPL-3.0" }
    } }"#;
    let mut sources = files(&[("deny.toml", SETTINGS), ("web-ui/package-lock.json", lock)]);
    sources.packages = json!({ "packages": [
        { "name": "good", "license": "MIT OR Apache-2.0" },
        { "name": "strict", "license": "AGPL-3.0-only" },
        { "name": "silent", "license": null },
        { "name": "native-tls", "license": "MIT" },
    ] });
    let found = problems(licences, &sources);
    let sentences: Vec<&str> = found
        .iter()
        .map(|problem| problem.sentence.as_str())
        .collect();
    let starts = [
        "strict is under",
        "silent states no licence",
        "native-tls is banned",
        "bad is under",
    ];
    assert_eq!(sentences.len(), starts.len(), "{sentences:?}");
    for (sentence, start) in sentences.iter().zip(starts) {
        assert!(sentence.starts_with(start), "{sentence}");
    }
    sources.files.remove("deny.toml");
    assert_eq!(places(licences, &sources), ["deny.toml:0"]);
}

#[test]
fn only_the_public_registries_are_named() {
    let index = "source = \"registry+https://github.com/rust-lang/crates.io-index\"\n";
    let good = [
        ("Cargo.lock", index),
        ("web-ui/package-lock.json", "\"integrity\": \"x\"\n"),
    ];
    assert_eq!(places(registries, &files(&good)), [""; 0]);
    for (path, bad) in [
        ("Cargo.lock", "source = \"git+https://example.org/x\"\n"),
        (
            "Cargo.lock",
            "source = \"registry+https://crates.example.org/index\"\n",
        ),
        (
            "web-ui/package-lock.json",
            "  \"resolved\": \"https://registry.example.org/x.tgz\",\n",
        ),
        ("web-ui/.npmrc", "registry=https://registry.example.org\n"),
        (".cargo/config.toml", "[source.crates-io]\n"),
    ] {
        assert_eq!(
            places(registries, &files(&[(path, bad)])),
            [format!("{path}:1")]
        );
    }
}
