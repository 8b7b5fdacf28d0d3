//! `cargo xtask bench` and `cargo xtask types`: hand over to the package `tests`, which knows both.

use crate::project::{Project, cargo};
use crate::shell::{step, succeed};
use crate::{requirements, web};
use anyhow::{Result, bail};
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
    step("Measuring", || {
        succeed(
            Command::new(project.binary("release", "bench"))
                .current_dir(&project.root)
                .env("BOCAGE_BIN", project.binary("release", "bocage"))
                .env("BOCAGE_TARGET", &project.target)
                .args(arguments),
        )
    })
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
