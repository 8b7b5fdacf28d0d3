//! A person signed in at a site.

use std::net::SocketAddr;

use bocage_crdt::features::Command;
use bocage_crdt::features::commands::{
    ChannelCommand, Colour, MessageCommand, PageCommand, Role, SpaceCommand, SpaceKind, Visibility,
};
use bocage_crdt::ids::{CommandId, ItemId, PersonId, SpaceId};
use bocage_node::api::CommandEnvelope;
use bocage_node::api::command::CommandAnswer;
use bocage_node::api::session::Me;
use serde::de::DeserializeOwned;

use super::http::Http;
use super::{Doing, Outcome};

/// The password of everybody in a test.
pub const PASSWORD: &str = "mot-de-passe-de-banc";

/// A person signed in, on one connection.
#[derive(Debug)]
pub struct Person {
    http: Http,
    web: SocketAddr,
    cookie: String,
    me: Me,
    headers: String,
    next: u128,
}

impl Person {
    /// Signs in.
    pub async fn sign_in(web: SocketAddr, login: &str) -> Outcome<Self> {
        Self::sign_in_with(web, login, PASSWORD).await
    }

    /// The same with a password of one's own.
    pub async fn sign_in_with(web: SocketAddr, login: &str, password: &str) -> Outcome<Self> {
        let mut http = Http::connect(web).await?;
        let body = format!("{{\"login\":\"{login}\",\"password\":\"{password}\"}}");
        let response = http
            .send("POST", "/api/v1/session", "", body.as_bytes())
            .await?;
        if response.status != 200 {
            let words = String::from_utf8_lossy(&response.body).into_owned();
            return Err(format!(
                "signing in as {login}: {} {words}",
                response.status
            ));
        }
        let me = serde_json::from_slice(&response.body).doing("signing in")?;
        let cookie = response.cookie.ok_or("signing in: no cookie")?;
        Ok(Self::with(http, web, cookie, me))
    }

    fn with(http: Http, web: SocketAddr, cookie: String, me: Me) -> Self {
        let headers = format!("cookie: {cookie}\r\nx-bocage-csrf: {}\r\n", me.csrf);
        // Ids of commands must differ between connections and runs, and cost nothing to make.
        let seed = blake3::hash(format!("{:?}", std::time::Instant::now()).as_bytes());
        let mut start = [0; 16];
        start.copy_from_slice(&seed.as_bytes()[..16]);
        Self {
            http,
            web,
            cookie,
            me,
            headers,
            next: u128::from_be_bytes(start),
        }
    }

    /// The same session over a connection of its own.
    pub async fn another(&self) -> Outcome<Self> {
        let http = Http::connect(self.web).await?;
        let mut other = Self::with(http, self.web, self.cookie.clone(), self.me.clone());
        // Two clocks read at the same moment must not make equal ids.
        other.next ^= self.next.rotate_left(64) ^ u128::from(std::process::id());
        Ok(other)
    }

    /// Who it is.
    pub fn id(&self) -> PersonId {
        self.me.person.person.id
    }

    /// Where the site is.
    pub fn web(&self) -> SocketAddr {
        self.web
    }

    /// What shows the session.
    pub fn cookie(&self) -> &str {
        &self.cookie
    }

    /// A question's answer as it came.
    pub async fn get_bytes(&mut self, path: &str) -> Outcome<Vec<u8>> {
        let path = format!("/api/v1{path}");
        let response = self.http.send("GET", &path, &self.headers, b"").await?;
        match response.status {
            200 => Ok(response.body),
            status => Err(format!(
                "{path}: {status} {}",
                String::from_utf8_lossy(&response.body)
            )),
        }
    }

    /// A question's answer.
    pub async fn get<T: DeserializeOwned>(&mut self, path: &str) -> Outcome<T> {
        serde_json::from_slice(&self.get_bytes(path).await?).doing(path)
    }

    /// Does a command, with an id of its own.
    pub async fn command(&mut self, command: Command) -> Outcome<CommandAnswer> {
        self.next = self.next.wrapping_add(1);
        let id = CommandId(self.next.to_be_bytes());
        let body = serde_json::to_vec(&CommandEnvelope { id, command }).doing("a command")?;
        let response = self
            .http
            .send("POST", "/api/v1/commands", &self.headers, &body)
            .await?;
        if response.status != 200 {
            let (sent, words) = (
                String::from_utf8_lossy(&body),
                String::from_utf8_lossy(&response.body),
            );
            return Err(format!("{sent}: {} {words}", response.status));
        }
        serde_json::from_slice(&response.body).doing("a command's answer")
    }

    /// Opens a team's space.
    pub async fn open_space(&mut self, name: &str) -> Outcome<SpaceId> {
        let open = SpaceCommand::Open {
            kind: SpaceKind::Team,
            template: "team".to_owned(),
            name: name.to_owned(),
            colour: Colour::Loire,
            symbol: "house".to_owned(),
            visibility: Visibility::Hidden,
            description: String::new(),
        };
        let answer = self.command(Command::Space(open)).await?;
        answer.space.ok_or_else(|| "no space was opened".to_owned())
    }

    /// Lets somebody in.
    pub async fn add_member(&mut self, space: SpaceId, person: PersonId) -> Outcome<()> {
        let add = SpaceCommand::AddMember {
            space,
            person,
            role: Role::Contributor,
        };
        self.command(Command::Space(add)).await.map(drop)
    }

    /// Opens a channel.
    pub async fn open_channel(&mut self, space: SpaceId, name: &str) -> Outcome<ItemId> {
        let create = ChannelCommand::Create {
            space,
            name: name.to_owned(),
        };
        let answer = self.command(Command::Channel(create)).await?;
        answer
            .item
            .ok_or_else(|| "no channel was opened".to_owned())
    }

    /// Makes a page.
    pub async fn make_page(
        &mut self,
        space: SpaceId,
        title: &str,
        text: Option<&str>,
    ) -> Outcome<ItemId> {
        let create = PageCommand::Create {
            space,
            parent: None,
            title: title.to_owned(),
            text: text.map(str::to_owned),
        };
        let answer = self.command(Command::Page(create)).await?;
        answer.item.ok_or_else(|| "no page was made".to_owned())
    }

    /// Sends a message; when it returns, the message is durable at the site.
    pub async fn send(&mut self, space: SpaceId, channel: ItemId, text: &str) -> Outcome<ItemId> {
        let send = MessageCommand::Send {
            space,
            channel,
            text: text.to_owned(),
        };
        let answer = self.command(Command::Message(send)).await?;
        answer.item.ok_or_else(|| "no message was sent".to_owned())
    }
}
