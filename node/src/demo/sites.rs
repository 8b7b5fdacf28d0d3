//! The three sites as processes: founding, joining, starting, watching, stopping.
//!
//! All of it goes through the command line of this same program. What is asked of it:
//! `init`, `invite` (the ticket alone on standard output), `join`, `run`; `run` ends cleanly on
//! SIGTERM; the data directory holds `admin-token` while the site runs.

use std::fs::File;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

use super::client;

/// From the start of a process to its first answer. A second is usual; a loaded machine is not.
const START_TIME_MAX: Duration = Duration::from_secs(30);
/// Between two looks at a site that starts.
const START_LOOK_EVERY: Duration = Duration::from_millis(50);
/// From SIGTERM to the end of a process, which may have to write what it holds.
const STOP_TIME_MAX: Duration = Duration::from_secs(15);
/// For founding and joining, key derivation and network included.
const COMMAND_TIME_MAX: Duration = Duration::from_secs(60);
/// The lines between sites use ports this far above the web addresses.
const LINE_PORT_OFFSET: u16 = 10;
/// Lines of a dead site's log that are shown.
const LOG_LINES_SHOWN: usize = 8;

/// One site of the demo.
#[derive(Debug, Clone)]
pub(super) struct Site {
    /// Name of its folder and of its people's home in `people`.
    pub key: &'static str,
    /// As shown.
    pub name: &'static str,
    /// Its data directory.
    pub directory: PathBuf,
    /// Where browsers find it.
    pub web: SocketAddr,
    /// Where other sites find it.
    pub line: SocketAddr,
}

impl Site {
    /// Whether it was founded or has joined.
    pub(super) fn exists(&self) -> bool {
        self.directory.join("log.redb").is_file()
    }

    pub(super) fn address(&self) -> String {
        format!("http://localhost:{}", self.web.port())
    }

    /// The token that shows a program on this machine may manage accounts.
    pub(super) fn admin_token(&self) -> Result<String> {
        let path = self.directory.join("admin-token");
        let text = std::fs::read_to_string(&path);
        let text = text.with_context(|| format!("{} cannot be read", path.display()))?;
        Ok(text.trim().to_owned())
    }

    fn log(&self) -> PathBuf {
        self.directory.with_extension("log")
    }
}

/// Headquarters first.
pub(super) fn all(directory: &Path, ports_from: u16) -> Result<Vec<Site>> {
    let names = [
        ("nantes", "Nantes"),
        ("chateaubriant", "Châteaubriant"),
        ("ancenis", "Ancenis"),
    ];
    let ports = ports_from.checked_add(LINE_PORT_OFFSET + names.len() as u16);
    if ports.is_none() || ports_from == 0 {
        bail!(
            "--ports-from must be between 1 and {}",
            u16::MAX - LINE_PORT_OFFSET - 3
        );
    }
    let sites = names
        .into_iter()
        .zip(ports_from..)
        .map(|((key, name), port)| Site {
            key,
            name,
            directory: directory.join(key),
            web: (Ipv4Addr::LOCALHOST, port).into(),
            line: (Ipv4Addr::LOCALHOST, port + LINE_PORT_OFFSET).into(),
        });
    Ok(sites.collect())
}

/// A clear word before anything is started, instead of a dead process after.
pub(super) fn check_ports(site: &Site) -> Result<()> {
    let tried = [
        (site.web, TcpListener::bind(site.web).err()),
        (site.line, TcpListener::bind(site.line).err()),
        (site.line, UdpSocket::bind(site.line).err()),
    ];
    for (address, error) in tried {
        match error {
            None => {}
            Some(error) if error.kind() == ErrorKind::AddrInUse => bail!(
                "port {} is taken, and {} needs it: does the demo run already? Else choose other \
                 ports, for example --fresh --ports-from 9080",
                address.port(),
                site.name
            ),
            Some(error) => bail!("{} cannot use {address}: {error}", site.name),
        }
    }
    Ok(())
}

fn bocage(words: &[&str], site: &Site) -> Result<Command> {
    let program = std::env::current_exe().context("the program cannot find itself")?;
    let mut command = Command::new(program);
    command
        .args(words)
        .arg("--data-dir")
        .arg(&site.directory)
        .stdin(Stdio::null());
    // Settings of the person who starts the demo are not meant for all three sites at once.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("BOCAGE_") {
            command.env_remove(name);
        }
    }
    Ok(command)
}

/// Runs a command to its end and gives its standard output.
async fn output(command: &mut Command, what: &str) -> Result<String> {
    let run = command.kill_on_drop(true).output();
    let output = timeout(COMMAND_TIME_MAX, run).await;
    let output = output.with_context(|| format!("{what} took longer than a minute"))??;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        bail!("{what} failed ({}):\n{}", output.status, words.trim_end());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The first site makes the realm.
pub(super) async fn found(site: &Site, realm: &str) -> Result<()> {
    let mut command = bocage(&["init", "--realm", realm, "--name", site.name], site)?;
    command.args([
        "--web",
        &site.web.to_string(),
        "--listen",
        &site.line.to_string(),
    ]);
    output(&mut command, "founding the organisation")
        .await
        .map(drop)
}

/// A ticket from a running site.
pub(super) async fn invite(site: &Site) -> Result<String> {
    let text = output(&mut bocage(&["invite"], site)?, "making a ticket").await?;
    let ticket = text.split_whitespace().last().unwrap_or_default();
    if ticket.is_empty() {
        bail!("`bocage invite` printed no ticket");
    }
    Ok(ticket.to_owned())
}

/// A new site joins with a ticket; the site that made the ticket runs.
pub(super) async fn join(site: &Site, ticket: &str) -> Result<()> {
    let mut command = bocage(&["join", ticket, "--name", site.name], site)?;
    command.args([
        "--web",
        &site.web.to_string(),
        "--listen",
        &site.line.to_string(),
    ]);
    output(&mut command, &format!("{}'s joining", site.name))
        .await
        .map(drop)
}

/// A site's process.
pub(super) struct Running {
    pub site: Site,
    child: Child,
    ended: Option<ExitStatus>,
}

/// Starts a site; what it says goes to a file beside its folder.
pub(super) fn start(site: &Site) -> Result<Running> {
    let path = site.log();
    let log = File::create(&path);
    let log = log.with_context(|| format!("{} cannot be written", path.display()))?;
    let mut command = bocage(&["run"], site)?;
    command
        .stdout(log.try_clone()?)
        .stderr(log)
        .kill_on_drop(true);
    // Ctrl-C in a terminal reaches a whole process group: the demo alone decides who stops.
    #[cfg(unix)]
    command.process_group(0);
    let child = command
        .spawn()
        .with_context(|| format!("{} does not start", site.name))?;
    Ok(Running {
        site: site.clone(),
        child,
        ended: None,
    })
}

impl Running {
    pub(super) fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// What is said of a site that ended by itself.
    pub(super) fn obituary(&self) -> String {
        let how = self
            .ended
            .map_or_else(String::new, |status| format!(" ({status})"));
        let mut text = format!("\n{} has ended{how}. The others go on.", self.site.name);
        let log = std::fs::read_to_string(self.site.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        for line in &lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..] {
            text.push_str("\n  | ");
            text.push_str(line);
        }
        let directory = self.site.directory.display();
        text.push_str(&format!(
            "\n  Start it again: bocage run --data-dir '{directory}'"
        ));
        text
    }
}

/// Waits until the last one started answers.
pub(super) async fn wait_ready(running: &mut [Running], site: &Site) -> Result<()> {
    let begun = Instant::now();
    let web = site.web;
    loop {
        let asked = tokio::task::spawn_blocking(move || client::answers(web));
        if asked.await.unwrap_or(false) {
            return Ok(());
        }
        for one in running.iter_mut() {
            if let Some(status) = one.child.try_wait()? {
                one.ended = Some(status);
                bail!("{}", one.obituary().trim_start());
            }
        }
        if begun.elapsed() > START_TIME_MAX {
            bail!(
                "{} did not answer within {} s; its words are in {}",
                site.name,
                START_TIME_MAX.as_secs(),
                site.log().display()
            );
        }
        sleep(START_LOOK_EVERY).await;
    }
}

/// Waits until one of them has ended, and gives its place.
pub(super) async fn one_ends(running: &mut [Running]) -> usize {
    loop {
        for (place, one) in running.iter_mut().enumerate() {
            if let Ok(Some(status)) = one.child.try_wait() {
                one.ended = Some(status);
                return place;
            }
        }
        sleep(Duration::from_millis(200)).await;
    }
}

/// Asks all to stop, at once, and waits; territories and headquarters alike write first.
pub(super) async fn stop(running: Vec<Running>) -> Result<()> {
    for one in &running {
        if let Some(pid) = one.pid() {
            terminate(pid).await;
        }
    }
    let mut late = Vec::new();
    for mut one in running {
        match timeout(STOP_TIME_MAX, one.child.wait()).await {
            Ok(Ok(status)) if status.success() => {}
            Ok(Ok(status)) => late.push(format!("{} ended with {status}", one.site.name)),
            Ok(Err(error)) => late.push(format!("{}: {error}", one.site.name)),
            Err(_) => {
                late.push(format!(
                    "{} did not stop in time and was ended",
                    one.site.name
                ));
                // It is gone already, or will be: either way nothing is left to do.
                let _ = one.child.kill().await;
            }
        }
    }
    if late.is_empty() {
        return Ok(());
    }
    bail!("{}", late.join("\n"))
}

/// SIGTERM through the shell, which every Unix has: the system call itself needs `unsafe`.
async fn terminate(pid: u32) {
    let kill = format!("kill -TERM {pid}");
    let sent = Command::new("sh")
        .args(["-c", &kill])
        .stderr(Stdio::null())
        .status()
        .await;
    if let Err(error) = sent {
        eprintln!("the process {pid} cannot be told to stop: {error}");
    }
}

/// Ctrl-C or SIGTERM.
pub(super) struct StopSignal {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl StopSignal {
    pub(super) fn new() -> Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?,
        })
    }

    /// Returns when one of them came.
    pub(super) async fn wait(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_follow_each_other_and_have_an_end() {
        let sites = all(Path::new("demo"), 8080).expect("in range");
        let ports = |site: &Site| (site.web.port(), site.line.port());
        let ports: Vec<_> = sites.iter().map(ports).collect();
        assert_eq!(ports, [(8080, 8090), (8081, 8091), (8082, 8092)]);
        for wrong in [0, 65_530] {
            assert!(all(Path::new("demo"), wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_taken_port_is_named() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = taken.local_addr().expect("bound").port();
        let mut site = all(Path::new("demo"), 8080).expect("in range").remove(0);
        site.web.set_port(port);
        let error = check_ports(&site).expect_err("taken");
        assert!(error.to_string().contains(&port.to_string()), "{error}");
    }
}
