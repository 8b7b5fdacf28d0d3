//! The programs we compare with: run here on request, else their figures as measured before.

use std::path::Path;
use std::time::Duration;

use bocage_tests::clients::{Doing, Outcome};
use serde::Deserialize;
use tokio::process::Command;
use tokio::time::timeout;

/// Installing from npm over a slow line, and the run itself.
const INSTALL_TIME_MAX: Duration = Duration::from_secs(180);
const RUN_TIME_MAX: Duration = Duration::from_secs(60);
/// Pinned: a figure without a version says nothing.
const PACKAGES: [&str; 5] = [
    "@hocuspocus/server@3",
    "@hocuspocus/provider@3",
    "yjs@13",
    "ws@8",
    "y-protocols@1",
];
/// Plays the same keys at the same pace, both clients in one process as ours are.
const SCRIPT: &str = include_str!("peers/hocuspocus.mjs");

/// The fastest peer of each workload that can run here.
#[derive(Debug)]
pub(crate) struct Peers {
    pub keystroke: String,
    pub keystroke_p50: Option<f64>,
    pub keystroke_p99: Option<f64>,
}

#[derive(Deserialize)]
struct Measured {
    version: String,
    p50: f64,
    p99: f64,
}

pub(crate) async fn measure(run: bool, target: &Path) -> Peers {
    let mut peers = Peers {
        keystroke: "Hocuspocus, measured before (y-websocket 1.6 / 5.2, automerge-repo 83 / 146)"
            .to_owned(),
        keystroke_p50: Some(1.5),
        keystroke_p99: Some(6.0),
    };
    if !run {
        return peers;
    }
    println!("Installing and running Hocuspocus");
    match hocuspocus(&target.join("peers")).await {
        Ok(measured) => {
            println!("  p50 {:.2} ms, p99 {:.2} ms", measured.p50, measured.p99);
            peers.keystroke = format!("Hocuspocus {}, in this run", measured.version);
            peers.keystroke_p50 = Some(measured.p50);
            peers.keystroke_p99 = Some(measured.p99);
        }
        Err(reason) => println!("  not measured here: {reason}"),
    }
    peers
}

async fn hocuspocus(folder: &Path) -> Outcome<Measured> {
    std::fs::create_dir_all(folder).doing("a folder for peers")?;
    std::fs::write(
        folder.join("package.json"),
        "{\"private\":true,\"type\":\"module\"}",
    )
    .doing("peers")?;
    std::fs::write(folder.join("hocuspocus.mjs"), SCRIPT).doing("peers")?;
    let mut install = Command::new("npm");
    install
        .current_dir(folder)
        .args(["install", "--no-audit", "--no-fund", "--loglevel=error"]);
    install.args(PACKAGES).kill_on_drop(true);
    let installed = timeout(INSTALL_TIME_MAX, install.status()).await;
    let installed = installed.doing("npm install")?.doing("npm install")?;
    if !installed.success() {
        return Err(format!("npm install ended with {installed}"));
    }
    let mut run = Command::new("node");
    run.current_dir(folder)
        .arg("hocuspocus.mjs")
        .kill_on_drop(true);
    let output = timeout(RUN_TIME_MAX, run.output()).await;
    let output = output.doing("hocuspocus.mjs")?.doing("hocuspocus.mjs")?;
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    let last = words.lines().last().unwrap_or_default();
    serde_json::from_str(last).map_err(|error| {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        format!("hocuspocus.mjs said no figures ({error}): {}", said.trim())
    })
}
