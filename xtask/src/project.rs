//! Where things are: the project's folder, cargo's target folder, the web interface.
//!
//! Nothing here depends on the folder the command was typed in.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folders every command needs.
pub(crate) struct Project {
    /// The folder of the workspace's Cargo.toml.
    pub(crate) root: PathBuf,
    /// Cargo's target folder, wherever the person's settings put it.
    pub(crate) target: PathBuf,
}

impl Project {
    /// Finds the project from this package's folder: as `cargo run` names it now, else as it was
    /// when this program was compiled (two checkouts may share one target folder).
    pub(crate) fn find() -> Result<Self> {
        let now = std::env::var_os("CARGO_MANIFEST_DIR");
        let here = now.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&here)
            .parent()
            .context("xtask has no parent folder: is the project complete?")?;
        let root = root.to_path_buf();
        let metadata = metadata(&root, &["--no-deps"])?;
        let target = metadata["target_directory"]
            .as_str()
            .context("`cargo metadata` named no target folder")?;
        Ok(Self {
            root,
            target: PathBuf::from(target),
        })
    }

    /// The web interface's folder.
    pub(crate) fn web(&self) -> PathBuf {
        self.root.join("web-ui")
    }

    /// The folder for this program's own notes; inside `target`, so that deleting it forgets all.
    pub(crate) fn notes(&self) -> PathBuf {
        self.target.join("xtask")
    }

    /// The built binary of the site. `profile` is cargo's folder name: `debug` or `release`.
    pub(crate) fn binary(&self, profile: &str, name: &str) -> PathBuf {
        self.target
            .join(profile)
            .join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }
}

/// The cargo that started us, so that toolchain overrides stay in force.
///
/// `cargo run` gives us variables about this package. They are not handed on: some build scripts
/// (ring's) ask for them, and would run again each time cargo is typed by hand, then by us.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&*name);
        }
    }
    command
}

/// The manifests, as `cargo metadata` reads them.
pub(crate) fn metadata(root: &Path, arguments: &[&str]) -> Result<Value> {
    let output = cargo()
        .current_dir(root)
        .args(["metadata", "--format-version", "1", "--locked"])
        .args(arguments)
        .output()
        .context("cargo could not be started")?;
    if !output.status.success() {
        bail!(
            "cargo cannot read the manifests:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    serde_json::from_slice(&output.stdout).context("`cargo metadata` did not answer with JSON")
}
