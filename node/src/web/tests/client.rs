//! A server on an ephemeral port and the plainest of HTTP clients: what it sends is what one reads
//! in the test.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::fake::{FakeSite, PASSWORD};
use crate::web::{Server, Settings};

pub(super) struct Running {
    pub(super) server: Server,
    pub(super) site: FakeSite,
}

#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
}

/// A signed-in browser.
pub(super) struct Browser {
    pub(super) cookie: String,
    pub(super) csrf: String,
}

pub(super) async fn start(settings: Settings) -> Running {
    start_with(FakeSite::new(), settings).await
}

pub(super) async fn start_with(site: FakeSite, settings: Settings) -> Running {
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = Server::start(site.clone(), settings, address)
        .await
        .expect("starts");
    Running { server, site }
}

/// Sends bytes as they are and reads until the server closes.
pub(super) async fn exchange(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    bytes: &[u8],
) -> Reply {
    // A server that has refused may close before it has read everything.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let mut chunk = [0; 4_096];
    while let Ok(length @ 1..) = stream.read(&mut chunk).await {
        answer.extend_from_slice(&chunk[..length]);
    }
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    Reply {
        status: status.unwrap_or(0),
        head: head.to_lowercase(),
        body: body.to_owned(),
    }
}

impl Running {
    pub(super) async fn raw(&self, bytes: &[u8]) -> Reply {
        let stream = TcpStream::connect(self.server.address)
            .await
            .expect("connects");
        exchange(stream, bytes).await
    }

    /// `headers` are whole lines, each with its line end.
    pub(super) async fn call(&self, call: &str, headers: &str, body: &str) -> Reply {
        let declared = match body.is_empty() {
            true => String::new(),
            false => format!(
                "content-type: application/json\r\ncontent-length: {}\r\n",
                body.len()
            ),
        };
        let address = self.server.address;
        let request = format!(
            "{call} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{declared}{headers}\r\n{body}"
        );
        self.raw(request.as_bytes()).await
    }

    pub(super) async fn try_sign_in(&self, login: &str, password: &str, headers: &str) -> Reply {
        let body = serde_json::json!({ "login": login, "password": password }).to_string();
        self.call("POST /api/v1/session", headers, &body).await
    }

    pub(super) async fn sign_in(&self, login: &str) -> Browser {
        let reply = self.try_sign_in(login, PASSWORD, "").await;
        assert_eq!(reply.status, 200, "{reply:?}");
        let (cookie, _) = reply
            .header("set-cookie")
            .split_once(';')
            .expect("attributes");
        Browser {
            cookie: cookie.to_owned(),
            csrf: reply.json()["csrf"].as_str().expect("a token").to_owned(),
        }
    }
}

impl Reply {
    pub(super) fn header(&self, name: &str) -> &str {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .filter(|(key, _)| *key == name)
            .map(|(_, value)| value)
            .next()
            .unwrap_or("")
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Code and field of a refusal.
    pub(super) fn refusal(&self) -> (u16, String, Option<String>) {
        let error = &self.json()["error"];
        assert!(
            error["message"]
                .as_str()
                .is_some_and(|message| message.len() > 10),
            "{self:?}"
        );
        let code = error["code"].as_str().unwrap_or("").to_owned();
        (
            self.status,
            code,
            error["field"].as_str().map(str::to_owned),
        )
    }
}

impl Browser {
    /// Header lines of a question.
    pub(super) fn asks(&self) -> String {
        format!("cookie: other=1; {}\r\n", self.cookie)
    }

    /// Header lines of a change.
    pub(super) fn changes(&self) -> String {
        format!("{}x-bocage-csrf: {}\r\n", self.asks(), self.csrf)
    }
}
