//! The live line: who may open it, what goes through, and how it ends.

use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::client::{Browser, Running, start};
use crate::api::BrowserMessage;
use crate::web::site::{AttachmentId, OUTBOX_MESSAGES_MAX, Overflow};
use crate::web::{SOCKET_MESSAGE_BYTES_MAX, Settings};

type Line = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Opens the line, or gives the status with which it was refused.
async fn open(running: &Running, cookie: &str, origin: Option<&str>) -> Result<Line, u16> {
    let address = running.server.address;
    let mut request = format!("ws://{address}/api/v1/ws")
        .into_client_request()
        .expect("a request");
    let headers = request.headers_mut();
    headers.insert("cookie", cookie.parse().expect("a header"));
    if let Some(origin) = origin {
        headers.insert("origin", origin.parse().expect("a header"));
    }
    match tokio_tungstenite::connect_async(request).await {
        Ok((line, _)) => Ok(line),
        Err(tokio_tungstenite::tungstenite::Error::Http(response)) => {
            Err(response.status().as_u16())
        }
        Err(error) => panic!("{error}"),
    }
}

async fn own(running: &Running, browser: &Browser) -> Line {
    let origin = running.server.url();
    let mut line = open(running, &browser.cookie, Some(&origin))
        .await
        .expect("opens");
    let hello = next(&mut line).await;
    assert!(
        matches!(&hello, Message::Text(text) if text.starts_with("hello")),
        "{hello:?}"
    );
    line
}

async fn next(line: &mut Line) -> Message {
    let next = tokio::time::timeout(Duration::from_secs(10), line.next()).await;
    next.expect("in time").expect("open").expect("well formed")
}

/// Code and reason of the server's goodbye, whatever came before it.
async fn goodbye(line: &mut Line) -> (u16, String) {
    loop {
        if let Message::Close(Some(CloseFrame { code, reason })) = next(line).await {
            return (code.into(), reason.to_string());
        }
    }
}

#[tokio::test]
async fn only_pages_of_this_site_with_a_session_open_it() {
    let running = start(Settings::default()).await;
    let browser = running.sign_in("yann").await;
    let own = running.server.url();
    let cases = [
        ("a=b", Some(own.as_str()), Some(401)),
        (&browser.cookie, None, Some(403)),
        (&browser.cookie, Some("http://evil.example"), Some(403)),
        (&browser.cookie, Some("null"), Some(403)),
        (&browser.cookie, Some(own.as_str()), None),
    ];
    for (cookie, origin, refused) in cases {
        let opened = open(&running, cookie, origin).await;
        assert_eq!(opened.err(), refused, "{cookie} {origin:?}");
    }
    let plain = running
        .call(
            "GET /api/v1/ws",
            &format!("{}origin: {own}\r\n", browser.asks()),
            "",
        )
        .await;
    assert_eq!(plain.refusal(), (400, "bad-request".into(), None));
}

#[tokio::test]
async fn messages_go_both_ways_and_leaving_is_told() {
    let running = start(Settings::default()).await;
    let browser = running.sign_in("yann").await;
    let mut line = own(&running, &browser).await;
    line.send(Message::text(r#"{"t":"ping"}"#))
        .await
        .expect("open");
    assert_eq!(next(&mut line).await, Message::text("heard"));
    let watch = r#"{"t":"watch","topics":["mine","channel:SPACE/ITEM"]}"#;
    let watch = watch
        .replace("SPACE", &"1".repeat(64))
        .replace("ITEM", &"2".repeat(32));
    line.send(Message::text(watch)).await.expect("open");
    assert_eq!(next(&mut line).await, Message::text("heard"));
    let heard = running.site.0.heard.lock().expect("whole").clone();
    assert_eq!(heard[0], BrowserMessage::Ping);
    assert!(matches!(&heard[1], BrowserMessage::Watch { topics } if topics.len() == 2));
    line.close(None).await.expect("open");
    while line.next().await.is_some() {}
    running.server.stop().await;
    assert_eq!(
        *running.site.0.detached.lock().expect("whole"),
        [AttachmentId(0)]
    );
}

#[tokio::test]
async fn what_is_not_a_message_closes_the_line() {
    let running = start(Settings::default()).await;
    let browser = running.sign_in("yann").await;
    let topics = format!(
        "{{\"t\":\"watch\",\"topics\":[{}\"site\"]}}",
        "\"mine\",".repeat(64)
    );
    for bad in [
        Message::text("{"),
        Message::text(r#"{"t":"shout"}"#),
        Message::text(r#"{"t":"watch","topics":[],"x":1}"#),
        Message::text(
            r#"{"t":"edit","item":"22222222222222222222222222222222","n":1,"changes":["%"]}"#,
        ),
        Message::text(topics),
        Message::binary(vec![0]),
        Message::text("x".repeat(SOCKET_MESSAGE_BYTES_MAX + 1)),
    ] {
        let mut line = own(&running, &browser).await;
        // The server may hang up while a message that is too long is still on its way.
        let _ = line.send(bad.clone()).await;
        assert_eq!(
            goodbye(&mut line).await,
            (1008, "message".into()),
            "{:.80}",
            bad.to_string()
        );
    }
    assert!(running.site.0.heard.lock().expect("whole").is_empty());
}

#[tokio::test]
async fn a_browser_that_does_not_keep_up_is_told_to_read_again() {
    let running = start(Settings::default()).await;
    let browser = running.sign_in("yann").await;
    let mut line = own(&running, &browser).await;
    let outbox = running
        .site
        .0
        .outboxes
        .lock()
        .expect("whole")
        .remove(&0)
        .expect("attached");
    // Nobody reads: first the kernel's buffers fill, then the queue.
    let row = Utf8Bytes::from("x".repeat(4_096));
    let burst = 2 * OUTBOX_MESSAGES_MAX;
    let overflow = (0..burst).find_map(|_| outbox.push(row.clone()).err());
    assert_eq!(overflow, Some(Overflow));
    assert_eq!(goodbye(&mut line).await, (1013, "relire".into()));
}

#[tokio::test]
async fn signing_out_letting_go_and_stopping_close_the_line() {
    let running = start(Settings::default()).await;
    let (yann, maud) = (running.sign_in("yann").await, running.sign_in("maud").await);
    let mut line = own(&running, &yann).await;
    running
        .call("DELETE /api/v1/session", &yann.changes(), "")
        .await;
    assert_eq!(goodbye(&mut line).await, (1008, "session".into()));

    let mut line = own(&running, &maud).await;
    running.site.0.outboxes.lock().expect("whole").remove(&1);
    assert_eq!(goodbye(&mut line).await, (1001, "au revoir".into()));

    let mut line = own(&running, &maud).await;
    let (goodbye, ()) = tokio::join!(goodbye(&mut line), running.server.stop());
    assert_eq!(goodbye, (1001, "au revoir".into()));
    let gone = running.site.0.detached.lock().expect("whole").len();
    assert_eq!(gone, 3);
}
