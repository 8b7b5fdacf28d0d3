//! Sites of one realm as processes on this machine: founded, joined, started, killed.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use tempfile::TempDir;

use super::client::{self, Answer, PASSWORD, Person};
use super::program::{COMMAND_TIME_MAX, Ended, Process, run, until};

/// From the start of a process until it is open.
const START_TIME_MAX: Duration = Duration::from_secs(30);
/// For what one site has to be at another. Sites that differ without progress, after a line was
/// exchanged for another in the middle of a question, compare again after 30 s.
pub(crate) const ARRIVAL_TIME_MAX: Duration = Duration::from_secs(75);

/// Prints a ticket, and nothing that a test does not read.
pub(crate) const INVITE: [&str; 3] = ["invite", "--no-wait", "--no-qr"];

/// One site.
#[derive(Debug)]
pub(crate) struct Place {
    /// Its name; in lower case the login of its first person.
    pub name: &'static str,
    /// Its data directory.
    pub data: PathBuf,
    /// Port for browsers.
    pub web: u16,
    /// Port for other sites.
    pub line: u16,
    process: Option<Process>,
}

/// Sites of one realm, the first of which founded it. The data goes when it is dropped.
#[derive(Debug)]
pub(crate) struct Realm {
    folder: TempDir,
    places: Vec<Place>,
}

/// A port that is free for TCP and UDP, and given to nobody else in this run.
pub(crate) fn free_port() -> u16 {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    loop {
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = tcp.local_addr().expect("a bound address").port();
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, port));
        let mut given = GIVEN.lock().unwrap_or_else(|lock| lock.into_inner());
        if udp.is_ok() && given.insert(port) {
            return port;
        }
    }
}

impl Place {
    /// An empty data directory with its settings.
    pub(crate) fn prepare(folder: &Path, name: &'static str) -> Self {
        let data = folder.join(name);
        std::fs::create_dir(&data).expect("a fresh folder");
        let (web, line) = (free_port(), free_port());
        let settings = format!(
            "[web]\nlisten = \"127.0.0.1:{web}\"\n[peers]\nlisten = [\"127.0.0.1:{line}\"]\n"
        );
        std::fs::write(data.join("bocage.toml"), settings).expect("a fresh folder");
        Self {
            name,
            data,
            web,
            line,
            process: None,
        }
    }

    /// Login of its first person.
    pub(crate) fn login(&self) -> String {
        self.name.to_lowercase()
    }

    /// Runs a command on its data directory.
    pub(crate) fn run(&self, words: &[&str], input: &str) -> Ended {
        run(&self.data, words, input)
    }

    /// A ticket that this site issues.
    pub(crate) fn ticket(&self) -> String {
        ticket_in(&self.run(&INVITE, "").succeeded())
    }

    /// `bocage init`
    pub(crate) fn init(&self) -> Ended {
        let login = self.login();
        let words = [
            "init", "--realm", "Loire", "--site", self.name, "--name", self.name,
        ];
        let more = ["--login", &login, "--password-stdin", "--no-qr"];
        self.run(&[&words[..], &more].concat(), &format!("{PASSWORD}\n"))
    }

    /// Starts the site and waits until it is open.
    pub(crate) fn start(&mut self) {
        self.start_with(&[]);
    }

    /// The same, with variables of the environment.
    pub(crate) fn start_with(&mut self, settings: &[(&str, OsString)]) {
        // Logged in full, shown only when a test fails.
        let words = ["--log", "info,bocage_node=debug", "run"];
        let mut process = Process::start(&self.data, &words, settings);
        until("a site to open", START_TIME_MAX, || {
            let said = process.err();
            assert!(process.runs(), "{} ended: {said}", self.name);
            said.contains(" is open at ").then_some(())
        });
        self.process = Some(process);
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.process.take().expect("the site runs").kill();
    }

    /// The running process.
    pub(crate) fn process(&self) -> &Process {
        self.process.as_ref().expect("the site runs")
    }

    /// `bocage status --json`
    pub(crate) fn status(&self) -> serde_json::Value {
        let told = self.run(&["status", "--json"], "").succeeded();
        serde_json::from_str(&told).expect("JSON")
    }

    /// SIGTERM, and a clean end.
    pub(crate) fn stop(&mut self) {
        let process = self.process.take().expect("the site runs");
        process.terminate();
        process.ended(COMMAND_TIME_MAX).succeeded();
    }

    /// Waits for an end that the site comes to by itself.
    pub(crate) fn ends(&mut self) -> Ended {
        let process = self.process.take().expect("the site runs");
        process.ended(COMMAND_TIME_MAX)
    }

    /// A person of this site, signed in.
    pub(crate) fn sign_in(&self, login: &str) -> Person {
        Person::sign_in(self.web, login, PASSWORD).expect("the password is right")
    }

    /// The site's first person, signed in.
    pub(crate) fn person(&self) -> Person {
        self.sign_in(&self.login())
    }

    /// Adds a person and signs her in.
    pub(crate) fn add_person(&self, login: &str) -> Person {
        let words = ["person", "add", "--name", login, "--login", login];
        let more = ["--opens-spaces", "--password-stdin"];
        self.run(&[&words[..], &more].concat(), &format!("{PASSWORD}\n"))
            .succeeded();
        self.sign_in(login)
    }

    /// Something the site tells on its own machine only.
    pub(crate) fn admin(&self, path: &str) -> serde_json::Value {
        self.try_admin(path).expect("the site answers").ok()
    }

    /// The same, whatever it answers.
    pub(crate) fn try_admin(&self, path: &str) -> Result<Answer, ureq::Error> {
        let token = std::fs::read_to_string(self.data.join("admin-token")).unwrap_or_default();
        client::local(self.web, path, token.trim())
    }

    /// One hash per space over its rows.
    pub(crate) fn fingerprints(&self) -> BTreeMap<String, String> {
        let mut prints = self.admin("/admin/fingerprints");
        let prints = prints["spaces"].take();
        serde_json::from_value(prints).expect("a map of hashes")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let (true, Some(process)) = (std::thread::panicking(), &self.process) {
            eprintln!("--- {} said:\n{}", self.name, process.err());
            // A site that hangs would hide why the test failed.
            let told = ["/site", "/admin/counters"].map(|path| self.try_admin(path));
            eprintln!("--- {} tells: {told:?}", self.name);
        }
    }
}

impl Realm {
    /// A realm whose first site runs.
    pub(crate) fn found(name: &'static str) -> Self {
        let mut realm = Self::prepare(name);
        realm.places[0].init().succeeded();
        realm.places[0].start();
        realm
    }

    /// A folder with the settings of a site that is still to be founded.
    pub(crate) fn prepare(name: &'static str) -> Self {
        // Short: a site's control socket lies in it, and Unix bounds the length of such a path.
        let folder = TempDir::with_prefix("bocage-").expect("a temporary folder");
        let place = Place::prepare(folder.path(), name);
        Self {
            folder,
            places: vec![place],
        }
    }

    /// One more site joins; it runs, and its first person has an account.
    pub(crate) fn join(&mut self, name: &'static str) {
        let ticket = self.ticket();
        self.join_with(name, &ticket);
    }

    /// The same, with a ticket that any site issued.
    pub(crate) fn join_with(&mut self, name: &'static str, ticket: &str) {
        let place = Place::prepare(self.folder.path(), name);
        self.join_at(place, ticket);
    }

    /// The same, at a place with settings of its own.
    pub(crate) fn join_at(&mut self, mut place: Place, ticket: &str) {
        place
            .run(&["join", ticket, "--site", place.name], "")
            .succeeded();
        place.start();
        let person = place.add_person(&place.login());
        let first = &self.places[0];
        if first.process.is_some() {
            // The first site's person is the realm's registrar.
            let words = ["person", "grant", &place.login(), "--opens-spaces"];
            until("the new person to be known", ARRIVAL_TIME_MAX, || {
                (first.run(&words, "").code == 0).then_some(())
            });
            until("her right to come to her site", ARRIVAL_TIME_MAX, || {
                person.may("openSpaces").then_some(())
            });
        }
        self.places.push(place);
    }

    /// All places but one, and that one.
    pub(crate) fn all_but(&self, at: usize) -> (Vec<&Place>, &Place) {
        let others = self.places.iter().enumerate();
        let others = others.filter(|(other, _)| *other != at);
        (others.map(|(_, place)| place).collect(), &self.places[at])
    }

    /// A ticket of the first site.
    pub(crate) fn ticket(&self) -> String {
        self.places[0].ticket()
    }

    /// Where the data lies.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A site.
    pub(crate) fn place(&mut self, at: usize) -> &mut Place {
        &mut self.places[at]
    }

    /// Waits until both sites hold the same rows of a space, and says which.
    pub(crate) fn equal(&self, space: &str) -> String {
        until("equal fingerprints", ARRIVAL_TIME_MAX, || {
            let prints = self.places.iter().map(|place| {
                let mut prints = place.fingerprints();
                prints.remove(space)
            });
            let prints: BTreeSet<Option<String>> = prints.collect();
            match (prints.len(), prints.into_iter().next()) {
                (1, Some(print)) => print,
                _ => None,
            }
        })
    }
}

/// The recovery key in what `bocage init` printed.
pub(crate) fn recovery_words(told: &str) -> Vec<String> {
    let numbered = told.split_whitespace().collect::<Vec<_>>();
    let words: Vec<String> = (1..=24)
        .filter_map(|number| {
            let number = format!("{number}.");
            let at = numbered.iter().position(|word| **word == number)?;
            Some((*numbered.get(at + 1)?).to_owned())
        })
        .collect();
    assert_eq!(words.len(), 24, "no recovery key in: {told}");
    words
}

/// The ticket in what `bocage invite` printed.
pub(crate) fn ticket_in(told: &str) -> String {
    let ticket = told
        .split("\n\n")
        .find(|part| part.trim().starts_with("bocage-"));
    let ticket = ticket.unwrap_or_else(|| panic!("no ticket in: {told}"));
    ticket.split_whitespace().collect()
}
