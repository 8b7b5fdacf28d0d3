//! The program as a process: run to its end, or as a site with what the kernel says of it.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::{Doing, Outcome};

/// For `init` and `join`, key derivation and network included.
const COMMAND_TIME_MAX: Duration = Duration::from_secs(60);
/// From SIGTERM to the end.
const STOP_TIME_MAX: Duration = Duration::from_secs(20);
/// Clock ticks per second in /proc: 100 on every Linux of the last twenty years.
const TICKS_PER_SECOND: f64 = 100.0;

fn command(binary: &Path, data: &Path) -> Command {
    let mut command = Command::new(binary);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("BOCAGE_") {
            command.env_remove(name);
        }
    }
    command.arg("--data-dir").arg(data).kill_on_drop(true);
    command
}

/// Runs a command to its end and gives its standard output.
pub async fn run(binary: &Path, data: &Path, words: &[&str], input: &str) -> Outcome<String> {
    let what = format!("bocage {}", words.first().unwrap_or(&""));
    let mut command = command(binary, data);
    command
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().doing(&what)?;
    if let Some(mut stdin) = child.stdin.take() {
        // A command that asks for nothing may be gone already.
        let _ = stdin.write_all(input.as_bytes()).await;
    }
    let output = timeout(COMMAND_TIME_MAX, child.wait_with_output()).await;
    let output = output.doing(&what)?.doing(&what)?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(format!("{what} ({}): {}", output.status, words.trim()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A site that runs.
#[derive(Debug)]
pub struct Process {
    child: Child,
}

impl Process {
    /// Starts `bocage run`; its words go to a file beside the data.
    pub fn start(binary: &Path, data: &Path) -> Outcome<Self> {
        let log = data.with_extension("log");
        let log = std::fs::File::options().create(true).append(true).open(log);
        let log = log.doing("a log file")?;
        let mut command = command(binary, data);
        command.arg("run").stdin(Stdio::null());
        command
            .stdout(log.try_clone().doing("a log file")?)
            .stderr(log);
        let child = command.spawn().doing("bocage run")?;
        Ok(Self { child })
    }

    fn proc(&self, file: &str) -> Outcome<String> {
        let pid = self.child.id().ok_or("the site has ended")?;
        std::fs::read_to_string(format!("/proc/{pid}/{file}")).doing("reading /proc")
    }

    /// Seconds of processor time used so far, in both modes.
    pub fn cpu_seconds(&self) -> Outcome<f64> {
        let stat = self.proc("stat")?;
        // The name may hold spaces; the numbers follow its closing bracket, from field 3 on.
        let numbers = stat.rsplit(')').next().unwrap_or_default();
        let field = |at: usize| numbers.split_whitespace().nth(at - 3)?.parse::<f64>().ok();
        match (field(14), field(15)) {
            (Some(user), Some(system)) => Ok((user + system) / TICKS_PER_SECOND),
            _ => Err(format!("/proc stat is not as expected: {stat}")),
        }
    }

    /// Megabytes of memory in use, shared pages of the program included.
    pub fn memory_mb(&self) -> Outcome<f64> {
        let status = self.proc("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
        kilobytes
            .map(|kilobytes| kilobytes / 1024.0)
            .ok_or_else(|| "no VmRSS".to_owned())
    }

    /// Asks it to end and waits.
    pub async fn stop(mut self) -> Outcome<()> {
        let pid = self.child.id().ok_or("the site has ended by itself")?;
        let kill = format!("kill -TERM {pid}");
        Command::new("sh")
            .args(["-c", &kill])
            .status()
            .await
            .doing("kill")?;
        let status = timeout(STOP_TIME_MAX, self.child.wait()).await;
        let status = status.doing("stopping a site")?.doing("stopping a site")?;
        if !status.success() {
            return Err(format!("the site ended with {status}"));
        }
        Ok(())
    }
}
