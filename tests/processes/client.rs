//! A person signed in at a site, speaking the public API in plain JSON.

use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

use serde_json::{Value, json};

use super::program::until;
use super::realm::ARRIVAL_TIME_MAX;

/// The password of everybody here.
pub(crate) const PASSWORD: &str = "mot-de-passe-d-essai";
/// The site itself gives up after 30 s.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(35);

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    /// 200 and so on.
    pub status: u16,
    /// JSON, or null.
    pub body: Value,
    cookie: Option<String>,
}

impl Answer {
    /// The body of a success.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        self.body
    }

    /// The code for programs of a refusal.
    pub(crate) fn refusal(&self) -> (u16, &str) {
        let code = self.body["error"]["code"].as_str();
        (self.status, code.unwrap_or_default())
    }
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(REQUEST_TIME_MAX));
    // Settings for the way to the internet do not concern this machine.
    config.proxy(None).build().new_agent()
}

fn send(
    agent: &ureq::Agent,
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: Option<&Value>,
) -> Result<Answer, ureq::Error> {
    let mut request = ureq::http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut response = match body {
        Some(body) => {
            let request = request.header("content-type", "application/json");
            agent.run(request.body(body.to_string())?)?
        }
        None => agent.run(request.body(())?)?,
    };
    let cookie = response.headers().get("set-cookie");
    let cookie = cookie.and_then(|value| value.to_str().ok()?.split(';').next());
    let cookie = cookie.map(str::to_owned);
    let text = response.body_mut().read_to_string()?;
    Ok(Answer {
        status: response.status().as_u16(),
        body: serde_json::from_str(&text).unwrap_or_default(),
        cookie,
    })
}

fn base(web: u16) -> String {
    format!("http://localhost:{web}/api/v1")
}

/// Asks with the token of the data directory.
pub(crate) fn local(web: u16, path: &str, token: &str) -> Result<Answer, ureq::Error> {
    let bearer = format!("Bearer {token}");
    let url = format!("{}{path}", base(web));
    send(&agent(), "GET", &url, &[("authorization", &bearer)], None)
}

/// A 16-byte id as commands carry it. Two people may use the same number.
pub(crate) fn command_id(number: u32) -> String {
    format!("{:032x}", 0xB0CA_6E00_0000_0000_u64 + u64::from(number))
}

/// A person signed in, on connections of her own.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    agent: ureq::Agent,
    base: String,
    cookie: String,
    csrf: String,
    /// Her id.
    pub id: String,
}

impl Person {
    /// Signs in; the refusal when that is not possible.
    pub(crate) fn sign_in(web: u16, login: &str, password: &str) -> Result<Self, Answer> {
        let agent = agent();
        let base = base(web);
        let body = json!({ "login": login, "password": password });
        let url = format!("{base}/session");
        let answer = send(&agent, "POST", &url, &[], Some(&body)).expect("the site answers");
        let Some(cookie) = answer.cookie.clone().filter(|_| answer.status == 200) else {
            return Err(answer);
        };
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        Ok(Self {
            agent,
            base,
            cookie,
            csrf: text(&answer.body["csrf"]),
            id: text(&answer.body["person"]["id"]),
        })
    }

    /// The same session with connections of its own.
    pub(crate) fn another(&self) -> Self {
        Self {
            agent: agent(),
            ..self.clone()
        }
    }

    /// Asks; an error when the site is not there.
    pub(crate) fn try_get(&self, path: &str) -> Result<Answer, ureq::Error> {
        let url = format!("{}{path}", self.base);
        send(&self.agent, "GET", &url, &[("cookie", &self.cookie)], None)
    }

    /// Asks.
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.try_get(path).expect("the site answers")
    }

    /// Whether the realm gives her this right here.
    pub(crate) fn may(&self, right: &str) -> bool {
        self.get("/me").ok()["rights"][right] == true
    }

    /// Asks for another password.
    pub(crate) fn change_password(&self, current: &str, password: &str) -> Answer {
        let headers = [("cookie", &*self.cookie), ("x-bocage-csrf", &*self.csrf)];
        let url = format!("{}/me/password", self.base);
        let body = json!({ "current": current, "password": password });
        send(&self.agent, "POST", &url, &headers, Some(&body)).expect("the site answers")
    }

    /// A file.
    #[track_caller]
    pub(crate) fn download(&self, path: &str) -> Vec<u8> {
        let url = format!("{}{path}", self.base);
        let request = self.agent.get(&url).header("cookie", &self.cookie);
        let mut response = request.call().expect("the site answers");
        assert_eq!(response.status().as_u16(), 200, "{path}");
        response.body_mut().read_to_vec().expect("a whole body")
    }

    /// Does a command under an id; an error when the site went away meanwhile.
    pub(crate) fn try_command(&self, id: &str, mut command: Value) -> Result<Answer, ureq::Error> {
        command["id"] = id.into();
        let headers = [("cookie", &*self.cookie), ("x-bocage-csrf", &*self.csrf)];
        let url = format!("{}/commands", self.base);
        send(&self.agent, "POST", &url, &headers, Some(&command))
    }

    /// Does a command under an id of its own.
    #[track_caller]
    pub(crate) fn command(&self, command: Value) -> Answer {
        // The standard library's seeds for hash maps differ between processes and calls.
        let seed = || std::hash::RandomState::new().build_hasher().finish();
        let answer = self.try_command(&format!("{:016x}{:016x}", seed(), seed()), command);
        answer.expect("the site answers")
    }

    /// Sends a body to a call that changes something.
    #[track_caller]
    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        let headers = [("cookie", &*self.cookie), ("x-bocage-csrf", &*self.csrf)];
        let url = format!("{}{path}", self.base);
        send(&self.agent, "POST", &url, &headers, Some(body)).expect("the site answers")
    }

    /// Opens a team's space.
    #[track_caller]
    pub(crate) fn open_space(&self, name: &str, visibility: &str) -> String {
        let answer = self.command(json!({
            "feature": "space", "do": "open", "kind": "team", "template": "team", "name": name,
            "colour": "loire", "symbol": "house", "visibility": visibility, "description": ""
        }));
        answer.ok()["space"].as_str().expect("a space").to_owned()
    }

    /// Opens a channel.
    #[track_caller]
    pub(crate) fn open_channel(&self, space: &str, name: &str) -> String {
        let create = json!({ "feature": "channel", "do": "create", "space": space, "name": name });
        let answer = self.command(create).ok();
        answer["item"].as_str().expect("an item").to_owned()
    }

    /// Lets somebody in, once the site knows of her.
    pub(crate) fn add_member(&self, space: &str, person: &str, role: &str) {
        until("a person to be known here", ARRIVAL_TIME_MAX, || {
            let answer = self.command(json!({
                "feature": "space", "do": "addMember", "space": space, "person": person,
                "role": role
            }));
            match answer.refusal() {
                (200, _) => Some(()),
                (400, "unknown-field-value") => None,
                _ => panic!("{answer:?}"),
            }
        });
    }

    /// Sends a message; when it returns, the site has it on its disk.
    #[track_caller]
    pub(crate) fn say(&self, space: &str, channel: &str, text: &str) -> Answer {
        self.command(message(space, channel, text))
    }

    /// All messages of a channel, oldest first.
    #[track_caller]
    pub(crate) fn messages(&self, space: &str, channel: &str) -> Vec<Value> {
        let mut all: Vec<Value> = Vec::new();
        let mut before = String::new();
        loop {
            let path =
                format!("/spaces/{space}/channels/{channel}/messages?limit=200&before={before}");
            let page = self.get(&path).ok();
            let mut rows = page["rows"].as_array().expect("rows").clone();
            rows.append(&mut all);
            all = rows;
            match page["before"].as_str() {
                Some(cursor) => before = cursor.to_owned(),
                None => return all,
            }
        }
    }

    /// Texts of the messages of a channel, oldest first.
    #[track_caller]
    pub(crate) fn texts(&self, space: &str, channel: &str) -> Vec<String> {
        let rows = self.messages(space, channel);
        rows.iter().map(text_of).collect()
    }

    /// Waits until the space is here with its channel and so many messages; gives their texts.
    pub(crate) fn sees(&self, space: &str, channel: &str, count: usize) -> Vec<String> {
        let path = format!("/spaces/{space}/channels/{channel}/messages?limit=200");
        until(&format!("{count} messages"), ARRIVAL_TIME_MAX, || {
            let answer = self.get(&path);
            let rows = answer.body["rows"].as_array()?;
            (answer.status == 200 && rows.len() >= count)
                .then(|| rows.iter().map(text_of).collect())
        })
    }

    /// Waits until the channel is here and shows these messages, and no others.
    pub(crate) fn shows(&self, space: &str, channel: &str, texts: &[&str]) {
        let path = format!("/spaces/{space}/channels/{channel}/messages?limit=200");
        until(&format!("{texts:?}"), ARRIVAL_TIME_MAX, || {
            let answer = self.get(&path);
            let rows = answer.body["rows"].as_array()?;
            let shown: Vec<String> = rows.iter().map(text_of).collect();
            (shown == texts).then_some(())
        });
    }

    /// Waits until every site that carries the space has the channel's messages on its disk.
    pub(crate) fn kept_everywhere(&self, space: &str, channel: &str) {
        until("the messages to be everywhere", ARRIVAL_TIME_MAX, || {
            let rows = self.messages(space, channel);
            let kept = |row: &Value| row["kept"]["state"] == "everywhere";
            rows.iter().all(kept).then_some(())
        });
    }

    /// How many messages of a channel she has not read.
    #[track_caller]
    pub(crate) fn unread(&self, channel: &str) -> u64 {
        let list = self.get("/channels").ok();
        let rows = list["rows"].as_array().expect("rows");
        let row = rows.iter().find(|row| row["channel"]["id"] == channel);
        let row = row.unwrap_or_else(|| panic!("no channel {channel} in {list}"));
        row["unread"].as_u64().expect("a number")
    }
}

/// The command that sends a message.
pub(crate) fn message(space: &str, channel: &str, text: &str) -> Value {
    json!({
        "feature": "message", "do": "send", "space": space, "channel": channel, "text": text
    })
}

/// The text of a message's row.
pub(crate) fn text_of(row: &Value) -> String {
    row["fields"]["text"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}
