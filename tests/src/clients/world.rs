//! A realm of real sites on this machine: founded, joined, running, with one person each.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bocage_node::api::admin::Counters;
use tempfile::TempDir;

use super::http::Http;
use super::person::PASSWORD;
use super::{Doing, Live, Outcome, Person, Process, Relay, process, until};

/// From the start of a process to its first answer.
const START_TIME_MAX: Duration = Duration::from_secs(30);

/// One site.
#[derive(Debug)]
pub struct Place {
    /// Its name, which is also the login of its person.
    pub name: &'static str,
    /// Its data directory.
    pub data: PathBuf,
    /// Where browsers find it.
    pub web: SocketAddr,
    /// The line to it, where one was asked for.
    pub relay: Option<Relay>,
    /// The process while it runs.
    pub process: Option<Process>,
}

/// All sites of one realm, headquarters first. The data goes when it is dropped.
#[derive(Debug)]
pub struct World {
    binary: PathBuf,
    folder: TempDir,
    with_relay: bool,
    /// The sites.
    pub places: Vec<Place>,
}

fn free_port() -> Outcome<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).doing("a free port")?;
    Ok(listener.local_addr().doing("a free port")?.port())
}

impl World {
    /// Founds a realm at the first site; the others join. All run when it returns.
    pub async fn new(binary: &Path, names: &[&'static str], with_relay: bool) -> Outcome<Self> {
        // Short: a site's control socket lies in it, and Unix bounds the length of such a path.
        let folder = TempDir::with_prefix("bocage-").doing("a folder")?;
        let places = Vec::new();
        let mut world = Self {
            binary: binary.to_owned(),
            folder,
            with_relay,
            places,
        };
        for name in names {
            world.add_site(name).await?;
        }
        Ok(world)
    }

    /// One more site: the first founds the realm, every other one joins.
    pub async fn add_site(&mut self, name: &'static str) -> Outcome<()> {
        let data = self.folder.path().join(name);
        std::fs::create_dir(&data).doing("a folder")?;
        let localhost = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let (web, line) = (localhost(free_port()?), localhost(free_port()?));
        let relay = match self.with_relay {
            true => Some(Relay::start(line).await?),
            false => None,
        };
        let known = relay.as_ref().map_or(line, Relay::address);
        let public = format!("http://localhost:{}", web.port());
        let settings = format!(
            "[web]\nlisten = \"{web}\"\npublic_address = \"{public}\"\n\
             [peers]\nlisten = [\"{line}\"]\naddresses = [\"{known}\"]\n[log]\nlevel = \"warn\"\n"
        );
        std::fs::write(data.join("bocage.toml"), settings).doing("the settings")?;
        let password = format!("{PASSWORD}\n");
        let binary = self.binary.clone();
        let run = async |data: &Path, words: &[&str], input: &str| {
            process::run(&binary, data, words, input).await
        };
        let first = self.places.first();
        if let Some(first) = first {
            let told = run(&first.data, &["invite", "--no-wait", "--no-qr"], "").await?;
            // The ticket is the paragraph that begins with its name, in lines or not.
            let ticket = told
                .split("\n\n")
                .find(|part| part.trim().starts_with("bocage-"));
            let ticket = ticket.ok_or_else(|| format!("no ticket in: {told}"))?;
            let ticket: String = ticket.split_whitespace().collect();
            run(&data, &["join", &ticket, "--site", name], "").await?;
        } else {
            let person = [
                "--name",
                name,
                "--login",
                name,
                "--password-stdin",
                "--no-qr",
            ];
            let found = [
                ["init", "--realm", "Banc", "--site", name].as_slice(),
                &person,
            ]
            .concat();
            run(&data, &found, &password).await?;
        }
        let founded = first.is_none();
        self.places.push(Place {
            name,
            data: data.clone(),
            web,
            relay,
            process: None,
        });
        let place = self.places.len() - 1;
        self.start(place).await?;
        if !founded {
            self.add_person(place).await?;
        }
        Ok(())
    }

    /// The site's person; waits until the new site has heard that it may add people.
    async fn add_person(&self, place: usize) -> Outcome<()> {
        let Place {
            name, web, data, ..
        } = &self.places[place];
        let token = std::fs::read_to_string(data.join("admin-token")).doing("the token")?;
        let header = format!("authorization: Bearer {}\r\n", token.trim());
        let person = serde_json::json!({
            "login": name, "name": name, "password": PASSWORD, "openSpaces": true,
        });
        let (body, header) = (person.to_string(), &header);
        let added = until("a new site to add its person", START_TIME_MAX, || async {
            let mut http = Http::connect(*web).await.ok()?;
            let path = "/api/v1/admin/people";
            let response = http
                .send("POST", path, header, body.as_bytes())
                .await
                .ok()?;
            match response.status {
                200 => Some(Ok(())),
                // The realm's rights are on their way.
                403 | 503 => None,
                status => {
                    let words = String::from_utf8_lossy(&response.body).into_owned();
                    Some(Err(format!("adding a person: {status} {words}")))
                }
            }
        });
        added.await??;
        self.let_open_spaces(place).await
    }

    /// The first site's person is the realm's registrar, and lets the new one open spaces.
    async fn let_open_spaces(&self, place: usize) -> Outcome<()> {
        let (first, new) = (&self.places[0], &self.places[place]);
        let token = std::fs::read_to_string(first.data.join("admin-token")).doing("the token")?;
        let header = format!("authorization: Bearer {}\r\n", token.trim());
        let path = format!("/api/v1/admin/people/{}/rights", new.name);
        let (path, header) = (&path, &header);
        until("a new person to be known", START_TIME_MAX, || async {
            let mut http = Http::connect(first.web).await.ok()?;
            let body = b"{\"openSpaces\":true}";
            let response = http.send("POST", path, header, body).await.ok()?;
            (response.status == 204).then_some(())
        })
        .await?;
        let sign_in = serde_json::json!({ "login": new.name, "password": PASSWORD }).to_string();
        let sign_in = &sign_in;
        until("her right to come to her site", START_TIME_MAX, || async {
            let mut http = Http::connect(new.web).await.ok()?;
            let path = "/api/v1/session";
            let sent = http.send("POST", path, "", sign_in.as_bytes());
            let body = sent.await.ok()?.body;
            let me: serde_json::Value = serde_json::from_slice(&body).ok()?;
            (me["rights"]["openSpaces"] == true).then_some(())
        })
        .await
    }

    /// Starts a site and waits until it answers.
    pub async fn start(&mut self, place: usize) -> Outcome<()> {
        let process = Process::start(&self.binary, &self.places[place].data)?;
        self.places[place].process = Some(process);
        let web = self.places[place].web;
        until("a site to answer", START_TIME_MAX, || async move {
            let mut http = Http::connect(web).await.ok()?;
            let response = http.send("GET", "/api/v1/welcome", "", b"").await.ok()?;
            (response.status == 200).then_some(())
        })
        .await
        .map_err(|error| {
            let log = self.places[place].data.with_extension("log");
            format!(
                "{error}: {}",
                std::fs::read_to_string(log).unwrap_or_default()
            )
        })
    }

    /// Stops a site cleanly.
    pub async fn stop(&mut self, place: usize) -> Outcome<()> {
        match self.places[place].process.take() {
            Some(process) => process.stop().await,
            None => Ok(()),
        }
    }

    /// Stops all sites cleanly.
    pub async fn end(mut self) -> Outcome<()> {
        for place in 0..self.places.len() {
            self.stop(place).await?;
        }
        Ok(())
    }

    /// The site's person, signed in there.
    pub async fn person(&self, place: usize) -> Outcome<Person> {
        Person::sign_in(self.places[place].web, self.places[place].name).await
    }

    /// The site's process.
    pub fn process(&self, place: usize) -> Outcome<&Process> {
        let process = self.places[place].process.as_ref();
        process.ok_or_else(|| format!("{} does not run", self.places[place].name))
    }

    /// What a site counted since its start.
    pub async fn counters(&self, place: usize) -> Outcome<Counters> {
        let place = &self.places[place];
        let token = std::fs::read_to_string(place.data.join("admin-token"));
        let token = token.doing("the token of the site's owner")?;
        let header = format!("authorization: Bearer {}\r\n", token.trim());
        let mut http = Http::connect(place.web).await?;
        let path = "/api/v1/admin/counters";
        let response = http.send("GET", path, &header, b"").await?;
        serde_json::from_slice(&response.body).doing(path)
    }

    /// Waits until a site has its lines to all others.
    pub async fn linked(&self, place: usize) -> Outcome<()> {
        let person = self.person(place).await?;
        Live::open(&person).await?.links(true).await
    }

    /// Bytes that passed between the sites so far; 0 without relays.
    pub fn bytes(&self) -> u64 {
        self.places
            .iter()
            .filter_map(|place| place.relay.as_ref())
            .map(Relay::bytes)
            .sum()
    }

    /// Datagrams that passed between the sites so far; 0 without relays.
    pub fn datagrams(&self) -> u64 {
        let relays = self.places.iter().filter_map(|place| place.relay.as_ref());
        relays.map(Relay::datagrams).sum()
    }

    /// When, since the lines were joined again, a site first answered another one.
    pub fn answered(&self) -> Option<Instant> {
        let relays = self.places.iter().filter_map(|place| place.relay.as_ref());
        relays.filter_map(Relay::answered).min()
    }

    /// Cuts all lines, or joins them again.
    pub fn cut(&self, cut: bool) {
        self.places
            .iter()
            .filter_map(|place| place.relay.as_ref())
            .for_each(|relay| relay.cut(cut));
    }
}
