//! The web interface's packages and build, done only when their inputs changed.

use crate::project::Project;
use crate::requirements::npm_program;
use crate::shell::{first_line, succeed};
use crate::stamp::{Fingerprint, is_current, write};
use anyhow::{Result, bail};
use std::process::Command;

/// Folders below web-ui that the build does not read: what it makes, what it installs, the tests
/// beside the sources, and the end-to-end test, which drives the finished program.
const NOT_INPUTS: [&str; 5] = ["node_modules", "dist", "tests", "e2e", ".vite"];

/// `npm` in the web interface's folder.
pub(crate) fn npm(project: &Project, arguments: &[&str]) -> Command {
    let mut command = Command::new(npm_program());
    command.current_dir(project.web()).args(arguments);
    command
}

/// Installs the packages exactly as the lock file names them, if it changed since the last time.
pub(crate) fn install(project: &Project) -> Result<()> {
    let mut fingerprint = Fingerprint::new("npm ci");
    // Two checkouts may share one target folder, and some packages hold a binary per Node version.
    fingerprint.add(project.web().to_string_lossy().as_bytes());
    fingerprint.add(
        first_line("node", &["--version"])
            .unwrap_or_default()
            .as_bytes(),
    );
    for name in ["package.json", "package-lock.json"] {
        fingerprint.add_files(&project.web().join(name), &[])?;
    }
    let stamp = project.notes().join("npm-ci.stamp");
    // npm writes this file last, so it is absent when an installation was cut short.
    let installed = project
        .web()
        .join("node_modules/.package-lock.json")
        .is_file();
    if installed && is_current(&stamp, &fingerprint) {
        println!("  unchanged since the last time");
        return Ok(());
    }
    succeed(&mut npm(project, &["ci", "--no-audit", "--no-fund"]))?;
    write(&stamp, &fingerprint)
}

/// Builds web-ui/dist, which the binary carries, if anything it is made of changed.
pub(crate) fn build(project: &Project) -> Result<()> {
    let mut fingerprint = Fingerprint::new("npm run build");
    fingerprint.add(project.web().to_string_lossy().as_bytes());
    fingerprint.add_files(&project.web(), &NOT_INPUTS)?;
    let stamp = project.notes().join("web-build.stamp");
    let page = project.web().join("dist/index.html");
    if page.is_file() && is_current(&stamp, &fingerprint) {
        println!("  unchanged since the last time");
        return Ok(());
    }
    succeed(&mut npm(project, &["run", "build"]))?;
    if !page.is_file() {
        bail!("the build of the web interface said it succeeded, but made no dist/index.html");
    }
    write(&stamp, &fingerprint)
}
