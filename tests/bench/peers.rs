//! The programs we compare with: run here on request, else their figures as measured before.

use std::path::Path;
use std::time::Duration;

use bocage_tests::clients::{Doing, Outcome};
use serde::Deserialize;
use tokio::process::Command;
use tokio::time::timeout;

/// Installing from npm over a slow line, and one peer's run.
const INSTALL_TIME_MAX: Duration = Duration::from_secs(240);
const RUN_TIME_MAX: Duration = Duration::from_secs(150);
/// Pinned: a figure without a version says nothing.
const PACKAGES: [&str; 9] = [
    "@automerge/automerge-repo@2",
    "@automerge/automerge-repo-network-websocket@2",
    "@hocuspocus/provider@3",
    "@hocuspocus/server@3",
    "lodash.debounce@4",
    "ws@8",
    "y-protocols@1",
    "y-websocket@2",
    "yjs@13",
];
/// What they share, and one script for each: the same keys at the same pace, both clients in one
/// process and the server in another, as ours are.
const COMMON: (&str, &str) = ("common.mjs", include_str!("peers/common.mjs"));
const SCRIPTS: [(&str, &str, &str); 3] = [
    (
        "Hocuspocus",
        "hocuspocus.mjs",
        include_str!("peers/hocuspocus.mjs"),
    ),
    (
        "y-websocket",
        "y-websocket.mjs",
        include_str!("peers/y-websocket.mjs"),
    ),
    (
        "automerge-repo",
        "automerge-repo.mjs",
        include_str!("peers/automerge-repo.mjs"),
    ),
];

/// The fastest peer of each workload, and in words all of them.
#[derive(Debug)]
pub(crate) struct Peers {
    pub keystroke: String,
    pub keystroke_p50: Option<f64>,
    pub keystroke_p99: Option<f64>,
    pub pages: String,
    pub pages_s: Option<f64>,
}

#[derive(Deserialize)]
struct Measured {
    version: String,
    p50: f64,
    p99: f64,
    /// Seconds for 10,000 pages; none where it cannot do it, or did not within half a minute.
    pages: Option<f64>,
}

impl Peers {
    /// On a quiet machine of two cores, with clients on the same cores.
    fn measured_before() -> Self {
        Self {
            keystroke: "Hocuspocus, measured before on a quiet machine (y-websocket 1.6 / 5.2, \
                        automerge-repo 83 / 146)"
                .to_owned(),
            keystroke_p50: Some(1.5),
            keystroke_p99: Some(6.0),
            pages: "Hocuspocus, measured before with 1 KiB each (automerge-repo did not finish)"
                .to_owned(),
            pages_s: Some(8.4),
        }
    }

    fn of(measured: &[Measured]) -> Self {
        let fastest = measured
            .iter()
            .min_by(|one, other| one.p50.total_cmp(&other.p50));
        let all: Vec<String> = measured
            .iter()
            .map(|peer| format!("{} {:.1} / {:.1} ms", peer.version, peer.p50, peer.p99))
            .collect();
        let pages: Vec<String> = measured
            .iter()
            .filter_map(|peer| Some(format!("{} {:.1} s", peer.version, peer.pages?)))
            .collect();
        Self {
            keystroke: format!("the fastest of, in this run: {}", all.join(", ")),
            keystroke_p50: fastest.map(|peer| peer.p50),
            keystroke_p99: fastest.map(|peer| peer.p99),
            pages: format!(
                "in this run, the same text: {}; automerge-repo and y-websocket: none within 30 s",
                pages.join(", ")
            ),
            pages_s: measured
                .iter()
                .filter_map(|peer| peer.pages)
                .min_by(f64::total_cmp),
        }
    }
}

pub(crate) async fn measure(run: bool, target: &Path) -> Peers {
    if !run {
        return Peers::measured_before();
    }
    let folder = target.join("peers");
    println!("Installing the peers into {}", folder.display());
    if let Err(reason) = install(&folder).await {
        println!("  not installed: {reason}; figures measured before stand instead");
        return Peers::measured_before();
    }
    let mut measured = Vec::new();
    for (name, file, _) in SCRIPTS {
        println!("Running {name}");
        match one(&folder, file).await {
            Ok(peer) => {
                let pages = match peer.pages {
                    Some(seconds) => format!("10,000 pages {seconds:.1} s"),
                    None => "10,000 pages not measured, or not done within 30 s".to_owned(),
                };
                println!("  p50 {:.2} ms, p99 {:.2} ms; {pages}", peer.p50, peer.p99);
                measured.push(peer);
            }
            Err(reason) => println!("  not measured here: {reason}"),
        }
    }
    match measured.is_empty() {
        true => Peers::measured_before(),
        false => Peers::of(&measured),
    }
}

async fn install(folder: &Path) -> Outcome<()> {
    std::fs::create_dir_all(folder).doing("a folder for peers")?;
    let package = "{\"private\":true,\"type\":\"module\"}";
    std::fs::write(folder.join("package.json"), package).doing("peers")?;
    std::fs::write(folder.join(COMMON.0), COMMON.1).doing("peers")?;
    for (_, file, script) in SCRIPTS {
        std::fs::write(folder.join(file), script).doing("peers")?;
    }
    let mut install = Command::new("npm");
    install
        .current_dir(folder)
        .args(["install", "--no-audit", "--no-fund", "--loglevel=error"])
        .args(PACKAGES)
        .kill_on_drop(true);
    let installed = timeout(INSTALL_TIME_MAX, install.status()).await;
    let installed = installed.doing("npm install")?.doing("npm install")?;
    match installed.success() {
        true => Ok(()),
        false => Err(format!("npm install ended with {installed}")),
    }
}

async fn one(folder: &Path, script: &str) -> Outcome<Measured> {
    let mut run = Command::new("node");
    run.current_dir(folder).arg(script).kill_on_drop(true);
    let output = timeout(RUN_TIME_MAX, run.output()).await;
    let output = output.doing(script)?.doing(script)?;
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    let last = words.lines().last().unwrap_or_default();
    serde_json::from_str(last).map_err(|error| {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        format!("{script} said no figures ({error}): {}", said.trim())
    })
}
