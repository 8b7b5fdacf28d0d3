//! The live line of one browser: frames in to the hub, frames out from its queue.
//!
//! One reader and one writer per browser. What the frames mean is the hub's business.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{FromRequestParts as _, State};
use axum::http::Request;
use axum::response::IntoResponse as _;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::sync::oneshot;
use tokio::time::{Instant, interval_at, timeout};

use super::guard::{self, Answer, Origin};
use super::serve::Alive;
use super::sessions::LiveSession;
use super::site::{Attachment, AttachmentId, Outgoing, Site};
use super::{App, Patience, SOCKET_MESSAGE_BYTES_MAX, account, now_ms, told};
use crate::api::{ApiError, BrowserMessage, ErrorCode};

/// Frames joined into one write when several wait: about what one TLS record holds.
const FRAMES_PER_FLUSH: usize = 16;
/// How long a closing browser may take to answer the close.
const CLOSE_WAIT: Duration = Duration::from_secs(2);

/// `GET /ws`
pub async fn open<S: Site>(State(app): State<Arc<App<S>>>, request: Request<Body>) -> Answer {
    let peer = account::peer(&request);
    let (mut parts, _) = request.into_parts();
    let signed_in = guard::signed_in(&app, &parts.headers)?;
    // Browsers send the cookie along with any page's WebSocket: only our own pages may open one.
    if guard::origin(&app, &parts.headers, peer) != Origin::Own {
        return Err(ApiError::new(ErrorCode::Csrf));
    }
    let alive = parts.extensions.get::<Alive>().cloned();
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &app).await;
    let upgrade = upgrade.map_err(|_| ApiError::new(ErrorCode::BadRequest))?;
    let upgrade = upgrade
        .max_message_size(SOCKET_MESSAGE_BYTES_MAX)
        .max_frame_size(SOCKET_MESSAGE_BYTES_MAX);
    let session = signed_in.session;
    Ok(upgrade
        .on_upgrade(move |socket| async move {
            let _alive = alive;
            serve(app, session, socket).await;
        })
        .into_response())
}

/// Why a socket ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The browser closed it, or the connection broke.
    Gone,
    /// The browser says nothing any more, or takes nothing any more.
    Silent,
    /// The hub let go, or the site stops.
    GoingAway,
    /// The browser did not keep up: it asks for everything again.
    Overflow,
    /// The session is over.
    SignedOut,
    /// A frame that is not a message.
    Malformed,
}

impl End {
    fn frame(self) -> Option<CloseFrame> {
        let (code, reason) = match self {
            Self::Gone | Self::Silent => return None,
            Self::GoingAway => (close_code::AWAY, "au revoir"),
            Self::Overflow => (close_code::AGAIN, "relire"),
            Self::SignedOut => (close_code::POLICY, "session"),
            Self::Malformed => (close_code::POLICY, "message"),
        };
        let reason = Utf8Bytes::from_static(reason);
        Some(CloseFrame { code, reason })
    }
}

/// Tells the hub when a browser is gone, also if the task is cut.
struct Attached<S: Site> {
    site: S,
    id: AttachmentId,
}

impl<S: Site> Drop for Attached<S> {
    fn drop(&mut self) {
        self.site.detach(self.id);
    }
}

async fn serve<S: Site>(app: Arc<App<S>>, session: Arc<LiveSession>, socket: WebSocket) {
    let (sink, mut stream) = socket.split();
    let Attachment { id, outgoing } = app.site.attach(session.viewer());
    let attached = Attached {
        site: app.site.clone(),
        id,
    };
    let (stop, stopped) = oneshot::channel();
    let patience = app.settings.patience;
    let mut writer = tokio::spawn(write(sink, outgoing, stopped, patience));
    tokio::select! {
        // The queue ran over, the hub let go, or the browser takes nothing any more.
        _ = &mut writer => {}
        end = read(&app, &session, id, &mut stream) => {
            tracing::debug!(?end, "socket");
            // The writer may have ended by itself just now.
            let _ = stop.send(end);
            if timeout(CLOSE_WAIT, &mut writer).await.is_err() {
                writer.abort();
            }
        }
    }
    drop(attached);
    // Closing before the browser has answered our goodbye could make it lose the goodbye.
    let rest = async { while let Some(Ok(_)) = stream.next().await {} };
    let _ = timeout(CLOSE_WAIT, rest).await;
}

async fn read<S: Site>(
    app: &Arc<App<S>>,
    session: &LiveSession,
    id: AttachmentId,
    stream: &mut SplitStream<WebSocket>,
) -> End {
    let (mut stopping, mut ended) = (app.stopping.clone(), session.ended());
    // Pongs come back by themselves, so silence means a dead line.
    let silence = app.settings.patience.ping * 5 / 2;
    loop {
        let frame = tokio::select! {
            _ = told(&mut stopping) => return End::GoingAway,
            _ = told(&mut ended) => return End::SignedOut,
            frame = timeout(silence, stream.next()) => frame,
        };
        match frame {
            Err(_) => return End::Silent,
            Ok(None | Some(Ok(Message::Close(_)))) => return End::Gone,
            // Too long, bad UTF-8, or a broken line, on which the goodbye is lost.
            Ok(Some(Err(_) | Ok(Message::Binary(_)))) => return End::Malformed,
            Ok(Some(Ok(Message::Text(text)))) => match BrowserMessage::parse(&text) {
                Ok(message) => app.site.browser(id, message).await,
                Err(reason) => {
                    tracing::debug!(reason, "a browser sent what is not a message");
                    return End::Malformed;
                }
            },
            Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => {
                let since = app.site.admitted_since(session.viewer().person);
                if !session.counts(since, now_ms()) {
                    return End::SignedOut;
                }
            }
        }
    }
}

async fn write(
    mut sink: SplitSink<WebSocket, Message>,
    mut outgoing: Outgoing,
    mut stopped: oneshot::Receiver<End>,
    patience: Patience,
) {
    let mut pings = interval_at(Instant::now() + patience.ping, patience.ping);
    let end = loop {
        let sent = tokio::select! {
            biased;
            end = &mut stopped => break end.unwrap_or(End::Gone),
            message = outgoing.next() => {
                if outgoing.overflowed() {
                    break End::Overflow;
                }
                let Some(message) = message else {
                    break End::GoingAway;
                };
                timeout(patience.write, send(&mut sink, message, &mut outgoing)).await
            }
            _ = pings.tick() => {
                let ping = Message::Ping(Default::default());
                timeout(patience.write, sink.send(ping)).await
            }
        };
        match sent {
            Ok(Ok(())) => {}
            Ok(Err(_)) => break End::Gone,
            Err(_) => {
                break if outgoing.overflowed() {
                    End::Overflow
                } else {
                    End::Silent
                };
            }
        }
    };
    if let Some(frame) = end.frame() {
        // A browser that takes nothing finds the line cut instead, and comes back likewise.
        let _ = timeout(CLOSE_WAIT, sink.send(Message::Close(Some(frame)))).await;
    }
}

/// Writes a message and those that wait behind it, then flushes once.
async fn send(
    sink: &mut SplitSink<WebSocket, Message>,
    first: Utf8Bytes,
    outgoing: &mut Outgoing,
) -> Result<(), axum::Error> {
    sink.feed(Message::Text(first)).await?;
    for _ in 1..FRAMES_PER_FLUSH {
        let Some(message) = outgoing.ready() else {
            break;
        };
        sink.feed(Message::Text(message)).await?;
    }
    sink.flush().await
}
