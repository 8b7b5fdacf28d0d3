//! The WebSocket, as a browser speaks it.

use std::time::Duration;

use bocage_node::api::{BrowserMessage, SiteMessage};
use futures_util::{SinkExt, StreamExt};
use serde::de::DeserializeOwned;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use super::{Doing, Outcome, Person};

/// For the site to say anything one waits for.
const WORD_TIME_MAX: Duration = Duration::from_secs(60);

/// One live line.
#[derive(Debug)]
pub struct Live {
    socket: WebSocketStream<TcpStream>,
}

impl Live {
    /// Opens it with a person's session.
    pub async fn open(person: &Person) -> Outcome<Self> {
        let stream = TcpStream::connect(person.web())
            .await
            .doing("the live line")?;
        stream.set_nodelay(true).doing("the live line")?;
        let host = format!("localhost:{}", person.web().port());
        let url = format!("ws://{host}/api/v1/ws");
        let mut request = url.into_client_request().doing("the live line")?;
        let headers = request.headers_mut();
        let origin = format!("http://{host}").parse().doing("the live line")?;
        headers.insert("origin", origin);
        headers.insert("cookie", person.cookie().parse().doing("the live line")?);
        let opened = tokio_tungstenite::client_async(request, stream).await;
        let (socket, _) = opened.doing("the live line")?;
        Ok(Self { socket })
    }

    /// Says something.
    pub async fn say(&mut self, message: &BrowserMessage) -> Outcome<()> {
        let text = serde_json::to_string(message).doing("the live line")?;
        self.socket
            .send(Message::text(text))
            .await
            .doing("the live line")
    }

    /// The next message, as little of it as `T` asks for.
    pub async fn next<T: DeserializeOwned>(&mut self) -> Outcome<T> {
        loop {
            let waited = tokio::time::timeout(WORD_TIME_MAX, self.socket.next()).await;
            let message = waited.map_err(|_| "the site said nothing for a minute".to_owned())?;
            match message {
                Some(Ok(Message::Text(text))) => {
                    return serde_json::from_str(&text).doing("a live message");
                }
                Some(Ok(Message::Close(why))) => return Err(format!("closed: {why:?}")),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(format!("the live line: {error}")),
                None => return Err("the live line ended".to_owned()),
            }
        }
    }

    /// Waits for a message that is wanted.
    pub async fn hear<T>(
        &mut self,
        mut wanted: impl FnMut(SiteMessage) -> Option<T>,
    ) -> Outcome<T> {
        loop {
            if let Some(found) = wanted(self.next().await?) {
                return Ok(found);
            }
        }
    }

    /// Waits until the line to every other site is up (or, with `false`, down).
    pub async fn links(&mut self, up: bool) -> Outcome<()> {
        self.hear(|message| match message {
            SiteMessage::Links { sites } => {
                (!sites.is_empty() && sites.iter().all(|site| site.connected == up)).then_some(())
            }
            _ => None,
        })
        .await
    }
}
