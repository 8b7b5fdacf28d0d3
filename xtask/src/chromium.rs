//! Finding a Chromium for the end-to-end test, else installing one, else saying what to do.

use crate::project::Project;
use crate::shell::{first_line, is_root, on_path, succeed};
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

const NAMES: [&str; 5] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
];

/// A Chromium that answers when asked for its version.
pub(crate) fn find_or_install(project: &Project) -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM").filter(|value| !value.is_empty()) {
        let path = PathBuf::from(named);
        if answers(&path) {
            return Ok(path);
        }
        bail!(
            "CHROMIUM names {}, which does not start. Name the right program, or unset CHROMIUM",
            path.display()
        );
    }
    if let Some(path) = find() {
        return Ok(path);
    }
    println!("  no Chromium on this machine");
    let mut tried = Vec::new();
    if is_root() && on_path("apt-get").is_some() {
        println!("  installing Chromium with apt");
        match with_apt() {
            Ok(()) => {
                if let Some(path) = find() {
                    return Ok(path);
                }
                tried.push("apt installed a Chromium that does not start".to_owned());
            }
            Err(error) => tried.push(format!("apt: {error:#}")),
        }
    }
    println!("  installing Chromium with Playwright");
    match with_playwright(project) {
        Ok(()) => {
            if let Some(path) = find() {
                return Ok(path);
            }
            tried.push("Playwright installed a Chromium that does not start".to_owned());
        }
        Err(error) => tried.push(format!("Playwright: {error:#}")),
    }
    bail!(
        "no Chromium was found and none could be installed ({}).\n\
         Install one (Debian: sudo apt-get install chromium; Fedora: sudo dnf install chromium; \
         elsewhere: any Chrome or Chromium), or set CHROMIUM to the program's path",
        tried.join("; ")
    )
}

fn find() -> Option<PathBuf> {
    let on_path = NAMES.iter().filter_map(|name| on_path(name));
    on_path
        .chain(in_playwright_cache(&playwright_caches()))
        .find(|path| answers(path))
}

/// Ubuntu's `chromium-browser` can be a script that only asks to install a snap: a file on PATH is
/// not yet a browser.
fn answers(path: &Path) -> bool {
    first_line(path, &["--version"]).is_some_and(|line| line.contains("Chrom"))
}

fn playwright_caches() -> Vec<PathBuf> {
    if let Some(folder) = std::env::var_os("PLAYWRIGHT_BROWSERS_PATH") {
        return vec![PathBuf::from(folder)];
    }
    let home = std::env::var_os("HOME")
        .map(PathBuf::from)
        .unwrap_or_default();
    vec![
        home.join(".cache/ms-playwright"),
        home.join("Library/Caches/ms-playwright"),
    ]
}

/// Playwright keeps `<cache>/chromium-<revision>/<platform folder>/<program>`; newest first.
fn in_playwright_cache(caches: &[PathBuf]) -> Vec<PathBuf> {
    let programs = [
        "chrome-linux64/chrome",
        "chrome-linux/chrome",
        "chrome-mac/Chromium.app/Contents/MacOS/Chromium",
        "chrome-win/chrome.exe",
    ];
    let mut found = Vec::new();
    for folder in caches
        .iter()
        .filter_map(|cache| std::fs::read_dir(cache).ok())
        .flatten()
    {
        let Ok(folder) = folder else { continue };
        let name = folder.file_name().to_string_lossy().into_owned();
        let Some(revision) = name
            .strip_prefix("chromium-")
            .and_then(|text| text.parse().ok())
        else {
            continue;
        };
        for program in programs.map(|program| folder.path().join(program)) {
            if program.is_file() {
                found.push((revision, program));
            }
        }
    }
    found.sort_by_key(|(revision, _): &(u64, PathBuf)| std::cmp::Reverse(*revision));
    found.into_iter().map(|(_, program)| program).collect()
}

fn with_apt() -> Result<()> {
    succeed(Command::new("apt-get").args(["update", "-qq"]))?;
    succeed(
        Command::new("apt-get")
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args(["install", "-y", "-qq", "chromium"]),
    )
}

fn with_playwright(project: &Project) -> Result<()> {
    // The package's own program, at the version of our lock file; never a download of another one.
    let program = project.web().join("node_modules/playwright-core/cli.js");
    if !program.is_file() {
        bail!("playwright-core is not installed in web-ui; run `npm ci` there first");
    }
    succeed(
        Command::new("node")
            .current_dir(project.web())
            .arg(program)
            .args(["install", "chromium"]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_browser_of_playwrights_cache_comes_first() {
        let name = format!("bocage-xtask-{}-playwright", std::process::id());
        let cache = std::env::temp_dir().join(name);
        for place in [
            "chromium-999/chrome-linux",
            "chromium-1187/chrome-linux64",
            "firefox-1490/chrome-linux",
            "chromium_headless_shell-1187/chrome-linux",
        ] {
            std::fs::create_dir_all(cache.join(place)).unwrap();
            std::fs::write(cache.join(place).join("chrome"), "").unwrap();
        }
        let found = in_playwright_cache(std::slice::from_ref(&cache));
        let expected = [
            "chromium-1187/chrome-linux64/chrome",
            "chromium-999/chrome-linux/chrome",
        ];
        assert_eq!(found, expected.map(|path| cache.join(path)));
        std::fs::remove_dir_all(cache).unwrap();
    }

    #[test]
    fn a_file_that_is_no_browser_is_not_taken_for_one() {
        assert!(!answers(Path::new("cargo")));
        assert!(!answers(Path::new("no-such-browser")));
    }
}
