//! A bot that says one sentence in a channel: signs in like a person, finds the channel by its
//! name, posts, signs out. Everything it does is a documented call of the public API (docs/api.md).
//!
//! `BOCAGE_PASSWORD=… bocage-bot http://127.0.0.1:8601 yann "Chantiers" "La RD 178 est rouverte."`

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use rand::RngExt as _;
use serde_json::{Value, json};
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};

const USAGE: &str = "\
usage: bocage-bot <site> <login> <channel> <text>

  <site>     its address, such as http://127.0.0.1:8601 or https://nantes.example:8443
  <login>    the name to sign in with
  <channel>  the name of a channel in a space that this person is a member of
  <text>     what to say

environment
  BOCAGE_PASSWORD   the password: not an argument, because others can list those
  BOCAGE_AUTHORITY  for https: a file with the certificate to trust, in PEM
                    (`openssl x509 -inform der` of <site>/confiance/autorite.crt)";

/// How often a command is sent again when the site is busy or does not answer.
const TRIES: u32 = 5;

/// A signed-in bot.
struct Bot {
    agent: ureq::Agent,
    site: String,
    cookie: String,
    csrf: String,
}

/// What came back: the status and the JSON, `null` without a body.
struct Reply {
    status: u16,
    cookie: Option<String>,
    body: Value,
}

fn agent() -> Result<ureq::Agent> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = Vec::new();
    if let Ok(path) = std::env::var("BOCAGE_AUTHORITY") {
        let pem = std::fs::read(&path).with_context(|| format!("cannot read {path}"))?;
        roots.push(Certificate::from_pem(&pem).with_context(|| format!("{path} is not PEM"))?);
    }
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(provider)
        .root_certs(RootCerts::Specific(Arc::new(roots)))
        .build();
    let config = ureq::Agent::config_builder()
        // A refusal is an answer, too: its JSON says what to do.
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(30)))
        .tls_config(tls)
        .build();
    Ok(config.into())
}

fn reply(response: ureq::http::Response<ureq::Body>) -> Result<Reply> {
    let status = response.status().as_u16();
    let cookie = response.headers().get("set-cookie");
    let cookie = cookie.and_then(|value| value.to_str().ok()?.split(';').next());
    let cookie = cookie.map(str::to_owned);
    let text = response.into_body().read_to_string()?;
    let body = if text.is_empty() {
        Value::Null
    } else {
        serde_json::from_str(&text).context("the answer is not JSON: is this a Bocage site?")?
    };
    Ok(Reply {
        status,
        cookie,
        body,
    })
}

/// The body of a success, or the site's own words.
fn success(reply: Reply) -> Result<Value> {
    if reply.status < 300 {
        return Ok(reply.body);
    }
    let error = &reply.body["error"];
    let message = error["message"].as_str().unwrap_or("no reason given");
    bail!(
        "{} ({}, {})",
        message,
        error["code"].as_str().unwrap_or("?"),
        reply.status
    )
}

impl Bot {
    /// Signs in: the cookie is the session, `csrf` goes with every change.
    fn sign_in(site: &str, login: &str, password: &str) -> Result<Self> {
        let site = site.trim_end_matches('/').to_owned();
        let agent = agent()?;
        let body = json!({ "login": login, "password": password }).to_string();
        let response = agent
            .post(format!("{site}/api/v1/session"))
            .header("content-type", "application/json")
            .send(&body)
            .with_context(|| format!("{site} does not answer"))?;
        let reply = reply(response)?;
        let cookie = reply.cookie.clone();
        let me = success(reply)?;
        Ok(Self {
            agent,
            site,
            cookie: cookie.context("the site gave no session")?,
            csrf: me["csrf"]
                .as_str()
                .context("the site gave no csrf token")?
                .to_owned(),
        })
    }

    fn ask(&self, path: &str) -> Result<Value> {
        let request = self.agent.get(format!("{}/api/v1{path}", self.site));
        success(reply(request.header("cookie", &self.cookie).call()?)?)
    }

    /// Space and item of the channel with this name.
    fn channel(&self, name: &str) -> Result<(String, String)> {
        let answer = self.ask("/channels")?;
        let rows = answer["rows"].as_array().context("no rows")?;
        let Some(row) = rows.iter().find(|row| row["channel"]["title"] == name) else {
            let known = rows
                .iter()
                .filter_map(|row| row["channel"]["title"].as_str());
            bail!(
                "no channel “{name}”; there are: {}",
                known.collect::<Vec<_>>().join(", ")
            );
        };
        let text = |value: &Value| value.as_str().map(str::to_owned).context("no id");
        Ok((
            text(&row["channel"]["space"])?,
            text(&row["channel"]["id"])?,
        ))
    }

    /// Sends a command. Its id is made here, so sending it again does it once.
    fn command(&self, mut command: Value) -> Result<Value> {
        let id: u128 = rand::rng().random();
        command["id"] = format!("{id:032x}").into();
        let body = command.to_string();
        for attempt in 1.. {
            let answer = self
                .agent
                .post(format!("{}/api/v1/commands", self.site))
                .header("cookie", &self.cookie)
                .header("x-bocage-csrf", &self.csrf)
                .header("content-type", "application/json")
                .send(&body);
            match answer.map_err(Into::into).and_then(reply) {
                Ok(reply) if reply.status != 503 || attempt == TRIES => return success(reply),
                Err(error) if attempt == TRIES => return Err(error),
                _ => std::thread::sleep(Duration::from_secs(1)),
            }
        }
        unreachable!("the last attempt returns")
    }

    fn sign_out(self) -> Result<()> {
        let request = self.agent.delete(format!("{}/api/v1/session", self.site));
        let request = request.header("cookie", &self.cookie);
        success(reply(request.header("x-bocage-csrf", &self.csrf).call()?)?).map(drop)
    }
}

fn run() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [site, login, channel, text] = &arguments[..] else {
        bail!("{USAGE}");
    };
    let password = std::env::var("BOCAGE_PASSWORD").map_err(|_| anyhow!("{USAGE}"))?;
    let bot = Bot::sign_in(site, login, &password)?;
    let said = bot.channel(channel).and_then(|(space, channel)| {
        bot.command(json!({
            "feature": "message", "do": "send",
            "space": space, "channel": channel, "text": text,
        }))
    });
    // The session is ended also when the channel was not found or the message refused.
    bot.sign_out()?;
    println!("{}", serde_json::to_string_pretty(&said?)?);
    Ok(())
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
