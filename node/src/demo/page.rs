//! Writing a page's text as a browser does: over the live line, as automerge changes.

use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bocage_crdt::blocks::BODY;
use bocage_crdt::document::Document;
use bocage_crdt::features::{Payload, by_name};
use bocage_crdt::ids::{ActorNonce, ItemId, SpaceId};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message, WebSocket};

use super::client::Client;
use crate::api::live::{Base64, BrowserMessage, SiteMessage};
use crate::hub::templates;

/// For the site to say what one waits for.
const WORD_TIME_MAX: Duration = Duration::from_secs(20);

/// Writes `body` (in the notation of templates) into a page that is still empty.
pub(super) fn write(
    client: &Client,
    space: SpaceId,
    item: ItemId,
    nonce: ActorNonce,
    body: &str,
) -> Result<()> {
    let mut line = Line::open(client)?;
    line.say(&BrowserMessage::Open { space, item, nonce })?;
    let (actor, saved) = line.hear(|message| match message {
        SiteMessage::Doc {
            item: of,
            actor,
            saved,
            ..
        } if of == item => Some((actor, saved)),
        _ => None,
    })?;
    let Some(Payload::Document(genesis)) = by_name("page").map(|feature| feature.payload()) else {
        bail!("pages are no documents any more");
    };
    let mut document = Document::load(item, *genesis, &saved.0)?;
    let written = document
        .blocks(BODY)
        .iter()
        .any(|block| !block.text().is_empty());
    if !written {
        let blocks = templates::blocks(body);
        let change = document.edit(actor, |edit| edit.set_blocks(BODY, &blocks))?;
        let changes = change.into_iter().map(Base64).collect();
        line.say(&BrowserMessage::Edit {
            item,
            n: 1,
            changes,
        })?;
        line.hear(|message| match message {
            SiteMessage::Saved { item: of, n: 1 } if of == item => Some(Ok(())),
            SiteMessage::Refused {
                item: of, error, ..
            } if of == item => Some(Err(error)),
            _ => None,
        })?
        .map_err(|error| anyhow::anyhow!("the page's text is refused: {error:?}"))?;
    }
    line.say(&BrowserMessage::Close { item })?;
    line.close()
}

struct Line {
    socket: WebSocket<TcpStream>,
}

impl Line {
    fn open(client: &Client) -> Result<Self> {
        let stream = TcpStream::connect(client.web()).context("the live line")?;
        stream.set_read_timeout(Some(WORD_TIME_MAX))?;
        stream.set_nodelay(true)?;
        let host = format!("localhost:{}", client.web().port());
        let mut request = format!("ws://{host}/api/v1/ws").into_client_request()?;
        let headers = request.headers_mut();
        headers.insert("origin", format!("http://{host}").parse()?);
        headers.insert("cookie", client.cookie().parse()?);
        let (socket, _) = tungstenite::client(request, stream)
            .map_err(|error| anyhow::anyhow!("the live line is refused: {error}"))?;
        Ok(Self { socket })
    }

    fn say(&mut self, message: &BrowserMessage) -> Result<()> {
        Ok(self
            .socket
            .send(Message::text(serde_json::to_string(message)?))?)
    }

    fn hear<T>(&mut self, mut wanted: impl FnMut(SiteMessage) -> Option<T>) -> Result<T> {
        loop {
            let message = self
                .socket
                .read()
                .context("the site said nothing for 20 s")?;
            if let Message::Text(text) = message
                && let Some(found) = wanted(serde_json::from_str(&text)?)
            {
                return Ok(found);
            }
        }
    }

    fn close(mut self) -> Result<()> {
        self.socket.close(None)?;
        loop {
            match self.socket.read() {
                Ok(_) => {}
                Err(tungstenite::Error::ConnectionClosed) => return Ok(()),
                Err(error) => return Err(error).context("closing the live line"),
            }
        }
    }
}
