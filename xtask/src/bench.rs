//! `cargo xtask bench` and `cargo xtask types`: hand over to the package `tests`, which knows both.

use crate::project::{Project, cargo};
use crate::shell::{step, succeed};
use crate::{requirements, web};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;

/// Builds the site and the measuring program for release, then measures.
///
/// Both are built by one cargo call: two calls would choose different features for the libraries
/// they share and build those twice.
pub(crate) fn bench(project: &Project, arguments: &[String]) -> Result<()> {
    step("Checking what the machine has", requirements::check)?;
    step("Installing the web interface's packages", || {
        web::install(project)
    })?;
    step("Building the web interface", || web::build(project))?;
    step("Building for release", || {
        let packages = ["-p", "bocage-node", "-p", "bocage-tests", "--bins"];
        succeed(
            cargo()
                .current_dir(&project.root)
                .args(["build", "--release"])
                .args(packages),
        )
    })?;
    let simulator = step("Building the simulator for release", || {
        build_simulator(project)
    })?;
    step("Measuring", || {
        succeed(
            Command::new(project.binary("release", "bench"))
                .current_dir(&project.root)
                .env("BOCAGE_BIN", project.binary("release", "bocage"))
                .env("BOCAGE_SIM", &simulator)
                .env("BOCAGE_TARGET", &project.target)
                .args(arguments),
        )
    })
}

/// Builds the simulator's tests and finds them: cargo alone knows the name of a test's file.
fn build_simulator(project: &Project) -> Result<PathBuf> {
    let output = cargo()
        .current_dir(&project.root)
        .args(["test", "--release", "--no-run", "-p", "bocage-tests"])
        .args(["--test", "sim", "--message-format", "json"])
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("cargo does not start")?;
    if !output.status.success() {
        bail!("the simulator does not build: see above");
    }
    let messages = String::from_utf8_lossy(&output.stdout).into_owned();
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == "sim")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .context("cargo named no file for the simulator")
}

/// Writes docs/openapi.json and web-ui/src/api/generated.ts from the Rust types.
///
/// The test `generated` fails when these files are stale; told to update, it writes them.
pub(crate) fn types(project: &Project) -> Result<()> {
    let written = ["docs/openapi.json", "web-ui/src/api/generated.ts"];
    // The node's crate embeds this folder and does not compile without it, whatever is in it.
    std::fs::create_dir_all(project.web().join("dist"))?;
    step(
        "Writing the API's description and the TypeScript types",
        || {
            succeed(
                cargo()
                    .current_dir(&project.root)
                    .env("BOCAGE_UPDATE", "1")
                    .args(["test", "-p", "bocage-tests", "--test", "generated"]),
            )
        },
    )?;
    for path in written {
        if !project.root.join(path).is_file() {
            bail!("{path} was not written: the test `generated` of bocage-tests must write it");
        }
        println!("  {path}");
    }
    Ok(())
}
