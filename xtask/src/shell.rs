//! Starting other programs and saying so: one sentence before, the time it took after.
//!
//! No step is silent and none hides the other program's output.

use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Says what begins, does it, says how long it took.
pub(crate) fn step<T>(sentence: &str, action: impl FnOnce() -> Result<T>) -> Result<T> {
    let begun = Instant::now();
    println!("\n▶ {sentence}");
    let result = action();
    let time = clock(begun.elapsed());
    match &result {
        Ok(_) => println!("✔ {sentence}: done in {time}"),
        Err(_) => println!("✘ {sentence}: failed after {time}"),
    }
    result
}

/// Runs a command with our own input and output; its failure is ours.
pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    let shown = show(command);
    println!("  $ {shown}");
    let status = command
        .status()
        .with_context(|| format!("`{shown}` could not be started"))?;
    if !status.success() {
        bail!("`{shown}` failed ({status}); its own words are above");
    }
    Ok(())
}

/// The first line a command prints, or nothing when it is absent or fails.
pub(crate) fn first_line(program: impl AsRef<OsStr>, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    if !output.status.success() {
        return None;
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Some(text.lines().next().unwrap_or_default().trim().to_owned())
}

/// A program's full path, searched on PATH.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&path)
        .map(|folder| folder.join(&name))
        .find(|file| file.is_file())
}

/// Whether this process may install system packages. Read from the owner of our own process folder,
/// because asking the system call needs `unsafe`; elsewhere than on Linux the answer is no.
pub(crate) fn is_root() -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        std::fs::metadata(Path::new("/proc/self")).is_ok_and(|metadata| metadata.uid() == 0)
    }
    #[cfg(not(unix))]
    false
}

/// A duration as people read it: `0.4 s`, `12 s`, `3 min 05 s`.
pub(crate) fn clock(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds >= 60 {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    } else if seconds >= 10 {
        format!("{seconds} s")
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}

fn show(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let mut shown: Vec<String> = words
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    // The full path of cargo is noise; every other program was named by us.
    if let Some(name) = Path::new(&shown[0]).file_name() {
        shown[0] = name.to_string_lossy().into_owned();
    }
    shown.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        for (milliseconds, expected) in [
            (420, "0.4 s"),
            (9_960, "10.0 s"),
            (12_900, "12 s"),
            (185_000, "3 min 05 s"),
        ] {
            assert_eq!(clock(Duration::from_millis(milliseconds)), expected);
        }
    }

    #[test]
    fn a_failing_program_is_an_error_that_names_it() {
        let error = succeed(Command::new("cargo").arg("no-such-command-here")).unwrap_err();
        assert!(
            error.to_string().contains("cargo no-such-command-here"),
            "{error}"
        );
    }

    #[test]
    fn a_program_that_is_absent_answers_nothing() {
        assert_eq!(first_line("no-such-program-here", &["--version"]), None);
        assert_eq!(on_path("no-such-program-here"), None);
        assert!(first_line("cargo", &["--version"]).is_some_and(|line| line.starts_with("cargo")));
    }
}
