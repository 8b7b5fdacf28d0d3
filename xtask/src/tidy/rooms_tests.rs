//! Good and bad samples for the checks on rooms.

use super::*;
use crate::tidy::samples::{files, places, problems, with_manifests};
use serde_json::{Value, json};

/// Manifests as `cargo metadata` reports them: folder and dependencies of each member.
fn manifests(members: &[(&str, &[&str])]) -> Value {
    let packages: Vec<Value> = members
        .iter()
        .map(|(folder, dependencies)| {
            json!({
                "name": format!("bocage-{folder}"),
                "manifest_path": format!("/somewhere/{folder}/Cargo.toml"),
                "dependencies":
                    dependencies.iter().map(|name| json!({ "name": name })).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({ "workspace_root": "/somewhere", "packages": packages })
}

fn of_manifests(check: crate::tidy::Check, members: &[(&str, &[&str])]) -> Vec<String> {
    places(check, &with_manifests(&[], manifests(members)))
}

#[test]
fn arrows_that_point_down_pass_and_others_do_not() {
    let good: [(&str, &[&str]); 4] = [
        ("crdt", &["automerge"]),
        ("protocol", &["bocage-crdt", "blake3"]),
        ("node", &["bocage-crdt", "bocage-protocol", "tokio"]),
        ("tests", &["bocage-crdt", "bocage-protocol", "bocage-node"]),
    ];
    assert_eq!(of_manifests(arrows, &good), [""; 0]);
    for (bad, place) in [
        (
            [("crdt", &["bocage-protocol"][..]), ("protocol", &[])],
            "crdt/Cargo.toml:0",
        ),
        (
            [("protocol", &["bocage-node"]), ("node", &[])],
            "protocol/Cargo.toml:0",
        ),
        (
            [("node", &["bocage-tests"]), ("tests", &[])],
            "node/Cargo.toml:0",
        ),
        (
            [("crdt", &[]), ("stranger", &["bocage-crdt"])],
            "stranger/Cargo.toml:0",
        ),
    ] {
        assert_eq!(of_manifests(arrows, &bad), [place]);
    }
}

#[test]
fn pure_crates_depend_on_nothing_that_waits() {
    let good: [(&str, &[&str]); 3] = [
        (
            "crdt",
            &["automerge", "serde", "unicode-normalization", "timeless"],
        ),
        ("protocol", &["blake3", "ed25519-dalek", "zstd", "proptest"]),
        ("node", &["tokio", "rand", "libp2p", "libp2p-stream"]),
    ];
    assert_eq!(of_manifests(pure_dependencies, &good), [""; 0]);
    for name in [
        "tokio",
        "redb",
        "libp2p",
        "libp2p-stream",
        "axum",
        "rand",
        "rand_core",
        "time",
    ] {
        let place = ["protocol/Cargo.toml:0"];
        assert_eq!(
            of_manifests(pure_dependencies, &[("protocol", &[name])]),
            place,
            "{name}"
        );
    }
    assert_eq!(
        of_manifests(pure_dependencies, &[("xtask", &["clap"])]),
        ["xtask/Cargo.toml:0"]
    );
    assert_eq!(
        of_manifests(pure_dependencies, &[("xtask", &["anyhow"])]),
        [""; 0]
    );
}

#[test]
fn pure_sources_hold_no_clock_disk_socket_or_random_order() {
    let good = [
        (
            "crdt/src/good.rs",
            "//! A HashMap is never used.\nuse std::collections::BTreeMap;\n",
        ),
        (
            "crdt/src/text.rs",
            "const WORD: &str = \"std::fs\"; // nor SystemTime\n",
        ),
        (
            "crdt/src/duration.rs",
            "use std::time::Duration;\nuse std::{fmt, time::Duration};\n",
        ),
        ("node/src/clock.rs", "use std::time::SystemTime;\n"),
        ("protocol/tests/golden.rs", "std::fs::write(path, bytes)\n"),
    ];
    assert_eq!(places(pure_sources, &files(&good)), [""; 0]);
    for bad in [
        "use std::collections::HashMap;",
        "let now = std::time::Instant::now();",
        "use std::time::{Duration, SystemTime};",
        "use std::{collections::BTreeMap, fs};",
        "use std::{\n    fmt,\n    net::IpAddr,\n};",
        "std::thread::sleep(x);",
        "let x = rand::random::<u64>();",
        "static NEXT: AtomicU64 = AtomicU64::new(0);",
    ] {
        let found = problems(pure_sources, &files(&[("protocol/src/bad.rs", bad)]));
        assert!(!found.is_empty(), "{bad}");
        let line = if bad.contains("net::") { 3 } else { 1 };
        assert!(
            found.iter().all(|problem| problem.line == line),
            "{found:?}"
        );
    }
}

#[test]
fn protocol_names_no_feature() {
    let good = [
        (
            "protocol/src/good.rs",
            "//! Never crdt::features::page.\nlet my_features = 1;\n",
        ),
        ("node/src/web.rs", "use bocage_crdt::features::page;\n"),
    ];
    assert_eq!(places(protocol_knows_no_feature, &files(&good)), [""; 0]);
    for bad in [
        "use bocage_crdt::features::page;",
        "use bocage_crdt::features;",
        "use bocage_crdt::{ids, features};",
        "features::registry()",
    ] {
        let found = places(
            protocol_knows_no_feature,
            &files(&[("protocol/src/bad.rs", bad)]),
        );
        assert_eq!(found, ["protocol/src/bad.rs:1"], "{bad}");
    }
}

#[test]
fn the_pure_clippy_files_are_equal_and_whole() {
    let root = "# why\nallow-unwrap-in-tests = true\n";
    let bans =
        "std::collections::HashMap\" HashSet\" SystemTime\" Instant\" std::thread::sleep\"\n";
    let pure = format!("{root}{bans}");
    let good = [
        ("clippy.toml", root),
        ("crdt/clippy.toml", pure.as_str()),
        ("protocol/clippy.toml", pure.as_str()),
    ];
    assert_eq!(places(clippy_files, &files(&good)), [""; 0]);
    let different = [
        good[0],
        good[1],
        ("protocol/clippy.toml", &pure[..pure.len() - 1]),
    ];
    assert_eq!(
        places(clippy_files, &files(&different)),
        ["protocol/clippy.toml:0"]
    );
    let missing = [good[0], good[1]];
    assert_eq!(
        places(clippy_files, &files(&missing)),
        ["protocol/clippy.toml:0"]
    );
    let without_root = [
        good[0],
        ("crdt/clippy.toml", bans),
        ("protocol/clippy.toml", bans),
    ];
    let both = ["crdt/clippy.toml:0", "protocol/clippy.toml:0"];
    assert_eq!(places(clippy_files, &files(&without_root)), both);
    let weak = pure.replace("HashSet", "BTreeSet");
    let without_ban = [
        good[0],
        ("crdt/clippy.toml", &*weak),
        ("protocol/clippy.toml", &*weak),
    ];
    assert_eq!(places(clippy_files, &files(&without_ban)), both);
}

#[test]
fn members_state_no_version_and_take_the_lints() {
    let lints = "[lints]\nworkspace = true\n";
    let check = |manifest: &str| {
        let text = [("node/Cargo.toml", manifest)];
        places(
            stated_once,
            &with_manifests(&text, manifests(&[("node", &[])])),
        )
    };
    let good =
        "[dependencies]\nserde.workspace = true\nx = { workspace = true, optional = true }\n";
    assert_eq!(check(&format!("{lints}{good}")), [""; 0]);
    assert_eq!(check(good), ["node/Cargo.toml:0"]);
    assert_eq!(
        check(&format!("{lints}[dependencies]\nserde = \"1\"\n")),
        ["node/Cargo.toml:4"]
    );
    let table = format!("{lints}[dependencies.serde]\nversion = \"1\"\n");
    assert_eq!(check(&table), ["node/Cargo.toml:3"]);
}
