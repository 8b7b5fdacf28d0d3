//! What the machine must have before anything is built, each with the way to get it.

use crate::shell::{first_line, on_path};
use anyhow::{Result, bail};

/// Vite 8 and Vitest 4 refuse anything older.
const NODE_MAJOR_MIN: u32 = 20;

/// Checks everything, then says all that is missing at once.
pub(crate) fn check() -> Result<()> {
    let mut missing = Vec::new();
    for check in [node, npm, c_compiler] {
        match check() {
            Ok(found) => println!("  {found}"),
            Err(error) => missing.push(error.to_string()),
        }
    }
    if !missing.is_empty() {
        bail!(
            "this machine lacks something:\n\n  - {}",
            missing.join("\n  - ")
        );
    }
    Ok(())
}

fn node() -> Result<String> {
    let Some(version) = first_line("node", &["--version"]) else {
        bail!("Node.js {NODE_MAJOR_MIN} or newer (it builds the web interface). {HOW_NODE}");
    };
    match major(&version) {
        Some(number) if number >= NODE_MAJOR_MIN => Ok(format!("Node.js {version}")),
        _ => bail!("Node.js is {version}, but {NODE_MAJOR_MIN} or newer is needed. {HOW_NODE}"),
    }
}

const HOW_NODE: &str = "Install it from https://nodejs.org/en/download (choose an LTS version); \
     on Debian 13 or Ubuntu 25.04 and later: sudo apt-get install nodejs npm";

fn npm() -> Result<String> {
    match first_line(npm_program(), &["--version"]) {
        Some(version) => Ok(format!("npm {version}")),
        None => bail!("npm (it comes with Node.js; on Debian: sudo apt-get install npm)"),
    }
}

/// npm is a script on Windows, and `Command` wants its full name there.
pub(crate) fn npm_program() -> &'static str {
    if cfg!(windows) { "npm.cmd" } else { "npm" }
}

fn c_compiler() -> Result<String> {
    // The crates that hold C code (aws-lc, zstd, ring) ask for CC first, then for cc.
    let named = std::env::var("CC")
        .ok()
        .filter(|name| !name.trim().is_empty());
    let candidates = named
        .iter()
        .map(String::as_str)
        .chain(["cc", "gcc", "clang"]);
    for name in candidates {
        // CC may carry arguments, or a wrapper in front: "ccache gcc".
        let mut words = name.split_whitespace();
        let Some(program) = words.next() else {
            continue;
        };
        let arguments: Vec<&str> = words.chain(["--version"]).collect();
        if let Some(version) = first_line(program, &arguments) {
            return Ok(format!("C compiler {version}"));
        }
    }
    if cfg!(windows) && on_path("cl").is_some() {
        return Ok("C compiler cl".to_owned());
    }
    bail!(
        "a C compiler (the cryptography and compression libraries need one). \
         On Debian or Ubuntu: sudo apt-get install build-essential; \
         on Fedora: sudo dnf install gcc; on macOS: xcode-select --install"
    )
}

/// The first number of a version such as `v20.20.2`.
fn major(version: &str) -> Option<u32> {
    version
        .trim_start_matches('v')
        .split('.')
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_number_is_read() {
        for (version, expected) in [
            ("v20.20.2", Some(20)),
            ("v8.1.0", Some(8)),
            ("22", Some(22)),
            ("?", None),
            ("", None),
        ] {
            assert_eq!(major(version), expected, "{version}");
        }
    }
}
