//! A small client of the public API: signs in, asks, commands, with waiting where two sites meet.

use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use bocage_crdt::features::Command;
use bocage_crdt::ids::{CommandId, PersonId};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::PASSWORD;
use super::people::Person;
use super::sites::Site;
use crate::api::CommandEnvelope;
use crate::api::command::CommandAnswer;
use crate::api::session::Me;

/// For one request; the site itself gives up after 30 s.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(35);
/// For what one site wrote to be usable at another: usually a few milliseconds.
const ARRIVAL_TIME_MAX: Duration = Duration::from_secs(30);
/// Between two tries.
const TRY_EVERY: Duration = Duration::from_millis(20);
/// What a site may answer at most.
const ANSWER_BYTES_MAX: u64 = 16 << 20;

/// Whether a site's web server answers at this address.
pub(super) fn answers(web: SocketAddr) -> bool {
    let patience = Duration::from_millis(500);
    // Looked at first: an HTTP client would try again and again by itself.
    TcpStream::connect_timeout(&web, patience).is_ok()
        && agent()
            .get(format!("http://localhost:{}/api/v1/welcome", web.port()))
            .call()
            .is_ok_and(|response| response.status().is_success())
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder();
    let config = config
        .http_status_as_error(false)
        .timeout_global(Some(REQUEST_TIME_MAX));
    // Settings for the way to the internet do not concern this machine.
    config.proxy(None).build().new_agent()
}

/// What came back.
struct Answer {
    status: u16,
    cookie: Option<String>,
    body: Vec<u8>,
}

impl Answer {
    fn json<T: DeserializeOwned>(&self, what: &str) -> Result<T> {
        if self.status >= 300 {
            bail!("{what}: the site answered {} {}", self.status, self.words());
        }
        serde_json::from_slice(&self.body)
            .with_context(|| format!("{what}: an unexpected answer: {}", self.words()))
    }

    fn words(&self) -> String {
        String::from_utf8_lossy(&self.body)
            .chars()
            .take(400)
            .collect()
    }
}

fn send(
    agent: &ureq::Agent,
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: Option<Vec<u8>>,
) -> Result<Answer> {
    let mut request = ureq::http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = match body {
        Some(body) => agent.run(
            request
                .header("content-type", "application/json")
                .body(body)?,
        ),
        None => agent.run(request.body(())?),
    };
    let mut response = response.with_context(|| format!("{method} {url}"))?;
    let cookie = response
        .headers()
        .get("set-cookie")
        .and_then(|value| value.to_str().ok());
    // The attributes after the first semicolon are for browsers.
    let cookie = cookie.and_then(|value| Some(value.split(';').next()?.to_owned()));
    Ok(Answer {
        status: response.status().as_u16(),
        cookie,
        body: response
            .body_mut()
            .with_config()
            .limit(ANSWER_BYTES_MAX)
            .read_to_vec()?,
    })
}

/// Adds an account, unless its site has it already. A site that has just joined may add people
/// once it has heard the realm's rights.
pub(super) fn add_person(site: &Site, person: &Person) -> Result<()> {
    let body = json!({
        "login": person.login, "name": person.name, "job": person.job, "password": PASSWORD,
        "openSpaces": person.opens_spaces, "technician": person.technician,
    });
    let body = serde_json::to_vec(&body)?;
    let url = format!("{}/api/v1/admin/people", site.address());
    let token = format!("Bearer {}", site.admin_token()?);
    let headers = [("authorization", &*token)];
    let what = format!("adding {}", person.name);
    let agent = agent();
    let answer = arrived(&what, || {
        send(&agent, "POST", &url, &headers, Some(body.clone()))
    })?;
    match answer.status {
        409 => Ok(()),
        _ => answer.json::<Value>(&what).map(drop),
    }
}

/// Has a registrar at home at `by` give a person the rights that the story needs, and waits until her
/// own site knows.
pub(super) fn give_rights(by: &Site, person: &Person, client: &Client) -> Result<()> {
    let body = json!({ "openSpaces": person.opens_spaces, "technician": person.technician });
    let body = serde_json::to_vec(&body)?;
    let login = person.login;
    let url = format!("{}/api/v1/admin/people/{login}/rights", by.address());
    let token = format!("Bearer {}", by.admin_token()?);
    let headers = [("authorization", &*token)];
    let what = format!("rights for {}", person.name);
    let agent = agent();
    arrived(&what, || {
        send(&agent, "POST", &url, &headers, Some(body.clone()))
    })?;
    arrived(&what, || {
        let mut answer = client.try_get("/me")?;
        let me: Me = answer.json(&what)?;
        let here = me.rights.open_spaces >= person.opens_spaces
            && me.rights.technician >= person.technician;
        if !here {
            answer.status = 403;
        }
        Ok(answer)
    })?;
    Ok(())
}

/// A person signed in at a site.
pub(super) struct Client {
    agent: ureq::Agent,
    base: String,
    web: SocketAddr,
    cookie: String,
    me: Me,
}

impl Client {
    pub(super) fn sign_in(site: &Site, login: &str) -> Result<Self> {
        let agent = agent();
        let base = format!("{}/api/v1", site.address());
        let body = serde_json::to_vec(&json!({ "login": login, "password": PASSWORD }))?;
        let answer = send(&agent, "POST", &format!("{base}/session"), &[], Some(body))?;
        let me = answer.json(&format!("signing in as {login} at {}", site.name))?;
        let cookie = answer.cookie.context("the site gave no session")?;
        Ok(Self {
            agent,
            base,
            web: site.web,
            cookie,
            me,
        })
    }

    pub(super) fn person(&self) -> PersonId {
        self.me.person.person.id
    }

    pub(super) fn web(&self) -> SocketAddr {
        self.web
    }

    pub(super) fn cookie(&self) -> &str {
        &self.cookie
    }

    fn try_get(&self, path: &str) -> Result<Answer> {
        let headers = [("cookie", &*self.cookie)];
        send(
            &self.agent,
            "GET",
            &format!("{}{path}", self.base),
            &headers,
            None,
        )
    }

    /// Asks; waits for what is still on its way from another site.
    pub(super) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        arrived(path, || self.try_get(path))?.json(path)
    }

    /// Commands; waits likewise.
    pub(super) fn command(&self, id: CommandId, command: Command) -> Result<CommandAnswer> {
        let body = serde_json::to_vec(&CommandEnvelope { id, command })?;
        let what = String::from_utf8_lossy(&body).into_owned();
        let headers = [("cookie", &*self.cookie), ("x-bocage-csrf", &*self.me.csrf)];
        let url = format!("{}/commands", self.base);
        arrived(&what, || {
            send(&self.agent, "POST", &url, &headers, Some(body.clone()))
        })?
        .json(&what)
    }

    /// Signs out, so that the demo's own visits do not stay among «mes appareils».
    pub(super) fn sign_out(self) -> Result<()> {
        let headers = [("cookie", &*self.cookie), ("x-bocage-csrf", &*self.me.csrf)];
        let url = format!("{}/session", self.base);
        let answer = send(&self.agent, "DELETE", &url, &headers, None)?;
        if answer.status >= 300 {
            bail!("signing out: the site answered {}", answer.status);
        }
        Ok(())
    }
}

/// Tries again while the site does not know yet (404), or does not know of the right yet (403).
fn arrived(what: &str, mut request: impl FnMut() -> Result<Answer>) -> Result<Answer> {
    let begun = Instant::now();
    loop {
        let answer = request()?;
        if !matches!(answer.status, 403 | 404 | 503) {
            return Ok(answer);
        }
        if begun.elapsed() > ARRIVAL_TIME_MAX {
            let words = answer.words();
            return Err(anyhow!(
                "{what}: still refused after {} s: {} {words}",
                ARRIVAL_TIME_MAX.as_secs(),
                answer.status
            ));
        }
        std::thread::sleep(TRY_EVERY);
    }
}
