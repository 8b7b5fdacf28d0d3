//! Everything a client can get wrong: refused by name, and the server goes on.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::client::{start, start_with};
use crate::api::describe::{Access, CALLS, DOWNLOADS};
use crate::web::{BODY_BYTES_MAX, Patience, Server, Settings, StartError};

const ID: &str = "00112233445566778899aabbccddeeff";

#[tokio::test]
async fn commands_are_refused_by_code_and_field() {
    let running = start(Settings::default()).await;
    let browser = running.sign_in("yann").await;
    let command = |rest: &str| format!("{{\"id\":\"{ID}\",{rest}}}");
    let send = |text: &str| {
        let (space, channel) = ("1".repeat(64), "2".repeat(32));
        command(&format!(
            r#""feature":"message","do":"send","space":"{space}","channel":"{channel}","text":"{text}""#
        ))
    };
    let cases = [
        (send(&"é".repeat(8_193)), 400, "too-long", Some("text")),
        (send(""), 400, "unknown-field-value", Some("text")),
        (
            send("a\",\"colour\":\"haie"),
            400,
            "bad-request",
            Some("colour"),
        ),
        (send("\\ud800"), 400, "bad-request", None),
        ("{".into(), 400, "bad-request", None),
        ("[]".into(), 400, "bad-request", None),
        ("null".into(), 400, "bad-request", None),
        (
            command(r#""feature":"weather","do":"rain""#),
            400,
            "unknown-field-value",
            Some("feature"),
        ),
        (
            command(r#""feature":"space","do":"join""#),
            400,
            "bad-request",
            Some("space"),
        ),
        (send(&"x".repeat(BODY_BYTES_MAX)), 413, "too-large", None),
        (
            format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)),
            400,
            "bad-request",
            None,
        ),
    ];
    for (body, status, code, field) in cases {
        let reply = running
            .call("POST /api/v1/commands", &browser.changes(), &body)
            .await;
        let expected = (status, code.to_owned(), field.map(str::to_owned));
        assert_eq!(reply.refusal(), expected, "{:.120}", body);
    }
    // Exactly at the bound, an emoji flag and all, it is kept exactly.
    let text = format!("{}🇫🇷", "é".repeat(8_188));
    let reply = running
        .call("POST /api/v1/commands", &browser.changes(), &send(&text))
        .await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let commands = running.site.0.commands.lock().expect("whole");
    let kept = serde_json::to_value(&commands[0].1).expect("encodes");
    assert_eq!(kept["text"], text);
}

#[tokio::test]
async fn bodies_of_unknown_length_bad_utf8_or_another_type_are_refused() {
    let running = start(Settings::default()).await;
    let browser = running.sign_in("yann").await;
    let head = format!(
        "POST /api/v1/commands HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{}",
        browser.changes()
    );
    let json = "content-type: application/json\r\n";
    let form = format!("{head}content-type: text/plain\r\ncontent-length: 2\r\n\r\n{{}}");
    assert_eq!(
        running.raw(form.as_bytes()).await.refusal().2.as_deref(),
        Some("content-type")
    );
    let mut bad = format!("{head}{json}content-length: 10\r\n\r\n").into_bytes();
    bad.extend_from_slice(b"{\"id\":\"\xff\"}");
    assert_eq!(
        running.raw(&bad).await.refusal(),
        (400, "bad-request".into(), None)
    );
    let mut chunked = format!("{head}{json}transfer-encoding: chunked\r\n\r\n").into_bytes();
    for _ in 0..=(BODY_BYTES_MAX >> 16) {
        chunked.extend_from_slice(b"10000\r\n");
        chunked.extend_from_slice(&[b' '; 1 << 16]);
        chunked.extend_from_slice(b"\r\n");
    }
    assert_eq!(
        running.raw(&chunked).await.refusal(),
        (413, "too-large".into(), None)
    );
}

#[tokio::test]
async fn heads_that_are_too_large_malformed_or_slow_end_the_connection() {
    let settings = Settings {
        patience: Patience {
            headers: Duration::from_millis(200),
            ..Patience::default()
        },
        ..Settings::default()
    };
    let running = start(settings).await;
    let long = format!(
        "GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n",
        "x".repeat(20 << 10)
    );
    assert_eq!(running.raw(long.as_bytes()).await.status, 431);
    let many = format!(
        "GET / HTTP/1.1\r\nhost: x\r\n{}\r\n",
        "x: y\r\n".repeat(100)
    );
    assert_eq!(running.raw(many.as_bytes()).await.status, 431);
    assert_eq!(
        running
            .raw(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n")
            .await
            .status,
        400
    );

    // One byte now and then: the whole head has to come in time.
    let mut stream = TcpStream::connect(running.server.address)
        .await
        .expect("connects");
    let closed = tokio::time::timeout(Duration::from_secs(10), async {
        stream
            .write_all(b"GET / HTTP/1.1\r\nhost: x\r\n")
            .await
            .expect("open");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
    });
    closed.await.expect("the server hangs up");
    assert_eq!(
        running.call("GET /api/v1/welcome", "", "").await.status,
        200
    );
}

#[tokio::test]
async fn a_panic_or_a_standstill_ends_one_request_only() {
    let running = start(Settings::default()).await;
    let browser = running.sign_in("yann").await;
    // Signing in may take its time on a busy machine; only what follows is short of patience.
    let impatient = Settings {
        patience: Patience {
            request: Duration::from_secs(1),
            ..Patience::default()
        },
        ..Settings::default()
    };
    let running = start_with(running.site.clone(), impatient).await;
    for q in ["panic", "slow"] {
        let reply = running
            .call(&format!("GET /api/v1/search?q={q}"), &browser.asks(), "")
            .await;
        assert_eq!(reply.refusal(), (503, "busy".into(), None), "{q}");
    }
    let reply = running
        .call("GET /api/v1/search?q=calm", &browser.asks(), "")
        .await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn every_described_file_is_there_for_people_who_are_signed_in() {
    let running = start(Settings::default()).await;
    for file in DOWNLOADS {
        let path = file.path.replace("{space}", &"1".repeat(64));
        let line = format!("GET /api/v1{path}");
        assert_eq!(running.call(&line, "", "").await.status, 401, "{line}");
        let other = running.call(&format!("{line}x"), "", "").await;
        assert_eq!(other.status, 404, "{line}x");
    }
}

#[tokio::test]
async fn every_described_call_is_there_and_asks_for_what_it_says() {
    let running = start(Settings::default()).await;
    let browser = running.sign_in("yann").await;
    let (space, item) = ("1".repeat(64), "2".repeat(32));
    for call in CALLS {
        let path = call
            .path
            .replace("{space}", &space)
            .replace("{item}", &item);
        let path = path.replace("{id}", &item).replace("{login}", "yann");
        let line = format!("{} /api/v1{path}", call.method.to_uppercase());
        let body = if call.body.is_some() { "{}" } else { "" };
        let anonymous = running.call(&line, "", body).await;
        let expected = match call.access {
            Access::Open if call.method == "get" => 200,
            // An empty sign-in is told what is missing.
            Access::Open => 400,
            Access::Session | Access::Change | Access::Technician => 401,
            Access::Local => 403,
        };
        assert_eq!(anonymous.status, expected, "{line} {anonymous:?}");
        if call.access == Access::Change {
            let reply = running.call(&line, &browser.asks(), body).await;
            assert_eq!(reply.status, 403, "{line} without csrf");
        }
        if call.access == Access::Session {
            let reply = running.call(&line, &browser.asks(), "").await;
            let known = call.path == "/spaces/{space}";
            assert_eq!(
                reply.status,
                if known { 404 } else { 200 },
                "{line} {reply:?}"
            );
            let reply = running
                .call(&format!("{line}?x=1"), &browser.asks(), "")
                .await;
            // Answered by the web server itself; the others are questions, read strictly.
            let own = call.path.starts_with("/me") && call.path != "/me/held";
            assert_eq!(reply.status, if own { 200 } else { 400 }, "{line}?x=1");
        }
    }
    for (line, status) in [
        ("GET /api/v1/weather", 404),
        ("GET /api/v2/today", 404),
        ("DELETE /api/v1/today", 405),
        ("GET /api/v1/commands", 405),
    ] {
        let reply = running.call(line, &browser.changes(), "").await;
        assert_eq!(reply.refusal().0, status, "{line}");
    }
}

#[tokio::test]
async fn starting_fails_with_a_reason() {
    let running = start(Settings::default()).await;
    let address = running.server.address;
    let again = Server::start(running.site.clone(), Settings::default(), address).await;
    assert!(
        matches!(again, Err(StartError::PortTaken(taken)) if taken == address),
        "{again:?}"
    );
    let open = "0.0.0.0:0".parse().expect("an address");
    let open = Server::start(running.site.clone(), Settings::default(), open).await;
    assert!(
        matches!(open, Err(StartError::PlainBeyondLoopback(_))),
        "{open:?}"
    );
}
