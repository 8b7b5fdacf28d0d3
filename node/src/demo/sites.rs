//! The three sites as processes: founding, joining, starting, watching, stopping.
//!
//! Founding, inviting, joining and adding people are the calls behind the command line; a site runs
//! as `bocage run` in a process of its own, which ends cleanly on SIGTERM.

use std::fs::File;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bocage_protocol::ticket::Ticket;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

use super::people::{PEOPLE, Person};
use super::{PASSWORD, client};
use crate::cli::operations::{FoundRequest, InviteRequest, JoinRequest, PersonRequest, Place};
use crate::config;
use crate::failure::{Failure, Kind};
use crate::site;

/// From the start of a process to its first answer. A second is usual; a loaded machine is not.
const START_TIME_MAX: Duration = Duration::from_secs(30);
/// Between two looks at a site that starts.
const START_LOOK_EVERY: Duration = Duration::from_millis(50);
/// From SIGTERM to the end of a process, which may have to write what it holds.
const STOP_TIME_MAX: Duration = Duration::from_secs(15);
/// Life of the demo's tickets, which are used at once.
const TICKET_HOURS: u8 = 1;
/// Name and key of the sites, headquarters first. A key names a folder, and a home in `people`.
const SITES: [(&str, &str); 3] = [
    ("nantes", "Nantes"),
    ("chateaubriant", "Châteaubriant"),
    ("ancenis", "Ancenis"),
];
/// The sites' own lines use the ports after the web addresses.
const LINE_PORT_OFFSET: u16 = SITES.len() as u16;
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
    pub(super) fn address(&self) -> String {
        format!("http://localhost:{}", self.web.port())
    }

    /// As the command line sees it.
    fn place(&self) -> Result<Place> {
        let (config, _) = config::load(&self.directory.join(config::FILE), true)?;
        Ok(Place {
            data_directory: self.directory.clone(),
            config,
        })
    }

    /// The token that shows that a program on this machine may manage accounts.
    pub(super) fn admin_token(&self) -> Result<String> {
        let path = self.directory.join("admin-token");
        let text = std::fs::read_to_string(&path);
        let text = text.map_err(|error| Failure::file("read", &path, &error))?;
        Ok(text.trim().to_owned())
    }

    fn log(&self) -> PathBuf {
        self.directory.with_extension("log")
    }
}

/// Headquarters first.
pub(super) fn all(directory: &Path, first_port: u16) -> Result<Vec<Site>> {
    if first_port == 0 || first_port.checked_add(2 * LINE_PORT_OFFSET).is_none() {
        let most = u16::MAX - 2 * LINE_PORT_OFFSET;
        let message = format!("--first-port must be between 1 and {most}");
        return Err(Failure::new(Kind::Usage, message).into());
    }
    let sites = SITES
        .into_iter()
        .zip(first_port..)
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
        let message = match error {
            None => continue,
            Some(error) if error.kind() == ErrorKind::AddrInUse => format!(
                "port {} is taken, and {} needs it: does the demo run already? Else choose other \
                 ports, for example --fresh --first-port 9480",
                address.port(),
                site.name
            ),
            Some(error) => format!("{} cannot use {address}: {error}", site.name),
        };
        return Err(Failure::new(Kind::PortTaken, message).into());
    }
    Ok(())
}

/// An empty folder with the settings of the site; what an interrupted founding left goes.
pub(super) fn prepare(site: &Site) -> Result<()> {
    let directory = &site.directory;
    if directory.exists() {
        std::fs::remove_dir_all(directory)
            .map_err(|error| Failure::file("delete", directory, &error))?;
    }
    std::fs::create_dir_all(directory)
        .map_err(|error| Failure::file("create", directory, &error))?;
    let (web, line) = (site.web, site.line);
    let settings = format!(
        "# Written by `bocage demo`: this machine only.\n\
         [web]\nlisten = \"{web}\"\npublic_address = \"{}\"\n\n\
         [peers]\nlisten = [\"{line}\"]\naddresses = [\"{line}\"]\n",
        site.address()
    );
    let file = directory.join(config::FILE);
    Ok(std::fs::write(&file, settings).map_err(|error| Failure::file("write", &file, &error))?)
}

/// The first site makes the realm.
pub(super) async fn found(site: &Site, realm: &str) -> Result<()> {
    let first = PEOPLE
        .iter()
        .find(|person| person.site == site.key && person.technician);
    let first = first.with_context(|| format!("{} has no technician", site.name))?;
    let request = FoundRequest {
        realm_name: realm.to_owned(),
        site_name: site.name.to_owned(),
        person: account(first),
    };
    site::found(&site.place()?, request).await?;
    Ok(())
}

/// A ticket from a running site.
pub(super) async fn invite(site: &Site) -> Result<Ticket> {
    let request = InviteRequest {
        hours: TICKET_HOURS,
        addresses: Vec::new(),
    };
    Ok(site::invite(&site.place()?, request).await?.ticket)
}

/// A new site joins with a ticket; the site that made the ticket runs.
pub(super) async fn join(site: &Site, ticket: Ticket) -> Result<()> {
    let request = JoinRequest {
        ticket,
        site_name: site.name.to_owned(),
    };
    site::join(&site.place()?, request).await?;
    Ok(())
}

fn account(person: &Person) -> PersonRequest {
    PersonRequest {
        name: person.name.to_owned(),
        login: person.login.to_owned(),
        job: Some(person.job.to_owned()),
        opens_spaces: person.opens_spaces,
        technician: person.technician,
        password: Some(PASSWORD.to_owned()),
    }
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
    let program = std::env::current_exe().context("the program cannot find itself")?;
    let mut command = Command::new(program);
    command.arg("run").arg("--data-dir").arg(&site.directory);
    // Settings of the person who starts the demo are not meant for all three sites at once.
    for (name, _) in std::env::vars_os() {
        if name
            .to_string_lossy()
            .starts_with(config::ENVIRONMENT_PREFIX)
        {
            command.env_remove(name);
        }
    }
    command
        .stdin(Stdio::null())
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
            "\n  Start it again: {} run --data-dir '{directory}'",
            program()
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

/// This program as one types it from here: it need not be on the search path.
pub(super) fn program() -> String {
    let Ok(program) = std::env::current_exe() else {
        return "bocage".to_owned();
    };
    let here = std::env::current_dir().unwrap_or_default();
    let typed = program.strip_prefix(&here).unwrap_or(&program);
    typed.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_follow_each_other_and_have_an_end() {
        let sites = all(Path::new("demo"), 8080).expect("in range");
        let ports = |site: &Site| (site.web.port(), site.line.port());
        let ports: Vec<_> = sites.iter().map(ports).collect();
        assert_eq!(ports, [(8080, 8083), (8081, 8084), (8082, 8085)]);
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
