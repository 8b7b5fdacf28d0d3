//! The interface's files and the pages that the site writes itself.

use std::borrow::Cow;

use super::client::start;
use super::fake::EVIL_NAME;
use crate::web::Settings;
use crate::web::files::FileSource;

fn interface() -> Settings {
    let files = FileSource(|path| {
        let bytes: &'static [u8] = match path {
            "index.html" => {
                b"<!doctype html><html><head><title>B</title>\
                <script type=\"application/json\" id=\"bocage-first\">null</script></head></html>"
            }
            "assets/main-abc123.js" => b"plain",
            "assets/main-abc123.js.br" => b"brotli",
            "assets/main-abc123.js.gz" => b"gzip",
            "sw.js" => b"worker",
            _ => return None,
        };
        Some(Cow::Borrowed(bytes))
    });
    Settings {
        files,
        ..Settings::default()
    }
}

/// What stands in the page's data element.
fn data(page: &str) -> &str {
    let (_, rest) = page
        .split_once("id=\"bocage-first\">")
        .expect("the element");
    rest.split_once("</script>").expect("its end").0
}

#[tokio::test]
async fn the_page_carries_the_first_screen_and_no_name_leaves_its_element() {
    let running = start(interface()).await;
    let anonymous = running.call("GET /", "", "").await;
    let first: serde_json::Value = serde_json::from_str(data(&anonymous.body)).expect("JSON");
    assert_eq!(first["/welcome"]["signedIn"], false);
    assert!(first.get("/me").is_none());

    let browser = running.sign_in("yann").await;
    let page = running.call("GET /", &browser.asks(), "").await;
    assert_eq!(page.header("cache-control"), "private, no-store");
    let first: serde_json::Value = serde_json::from_str(data(&page.body)).expect("JSON");
    assert_eq!(first["/me"]["person"]["name"], EVIL_NAME);
    assert!(
        first["/today"]
            .as_str()
            .is_some_and(|today| today.contains(EVIL_NAME))
    );
    assert_eq!(page.body.matches("<script").count(), 1, "{}", page.body);

    let other = running.call("GET /spaces/abc", &browser.asks(), "").await;
    let first: serde_json::Value = serde_json::from_str(data(&other.body)).expect("JSON");
    assert_eq!(other.status, 200);
    assert!(first.get("/me").is_some() && first.get("/today").is_none());
}

#[tokio::test]
async fn pages_may_load_what_this_site_serves_and_nothing_else() {
    let running = start(interface()).await;
    let page = running.call("GET /", "", "").await;
    let policy = page.header("content-security-policy");
    let (_, nonce) = page.body.split_once("nonce=\"").expect("a nonce");
    let nonce = &nonce[..32];
    let host = running.server.address;
    for part in [
        "default-src 'self';",
        "script-src 'self' 'wasm-unsafe-eval';",
        &format!("style-src 'self' 'nonce-{nonce}';"),
        &format!("connect-src 'self' ws://{host};"),
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(part), "{policy} lacks {part}");
    }
    assert!(!policy.contains("unsafe-inline"));
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(page.header("referrer-policy"), "same-origin");
    assert_ne!(page.header("x-request-id"), "");
    let next = running.call("GET /", "", "").await;
    assert!(!next.body.contains(nonce), "a nonce serves once");
    let strange = running
        .raw(b"GET / HTTP/1.1\r\nhost: a;b\r\nconnection: close\r\n\r\n")
        .await;
    assert!(!strange.header("content-security-policy").contains("a;b"));
}

#[tokio::test]
async fn files_are_served_packed_and_cached() {
    let running = start(interface()).await;
    let cases = [
        ("", "plain", ""),
        ("accept-encoding: gzip, br\r\n", "brotli", "br"),
        ("accept-encoding: gzip, br;q=0\r\n", "gzip", "gzip"),
    ];
    for (headers, body, coding) in cases {
        let reply = running
            .call("GET /assets/main-abc123.js", headers, "")
            .await;
        assert_eq!(
            (reply.body.as_str(), reply.header("content-encoding")),
            (body, coding)
        );
        assert_eq!(
            reply.header("content-type"),
            "text/javascript; charset=utf-8"
        );
        assert_eq!(
            reply.header("cache-control"),
            "public, max-age=31536000, immutable"
        );
    }
    let worker = running.call("GET /sw.js", "", "").await;
    assert_eq!(worker.header("cache-control"), "no-cache");
    assert!(
        worker
            .header("content-security-policy")
            .contains("connect-src 'self'")
    );
    let known = format!("if-none-match: {}\r\n", worker.header("etag"));
    let again = running.call("GET /sw.js", &known, "").await;
    assert_eq!((again.status, again.body.as_str()), (304, ""));
    for path in [
        "/missing.js",
        "/assets/main-abc123.js.br",
        "/../Cargo.toml",
        "/assets/../../x.js",
    ] {
        assert_eq!(
            running.call(&format!("GET {path}"), "", "").await.status,
            404,
            "{path}"
        );
    }
    let head = running.call("HEAD /assets/main-abc123.js", "", "").await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
}

#[tokio::test]
async fn long_answers_are_compressed_for_those_who_ask() {
    let running = start(interface()).await;
    let browser = running.sign_in("yann").await;
    let asks = format!("{}accept-encoding: gzip\r\n", browser.asks());
    let long = running.call("GET /api/v1/search?q=long", &asks, "").await;
    assert_eq!(long.header("content-encoding"), "gzip");
    let short = running.call("GET /api/v1/search?q=short", &asks, "").await;
    assert_eq!(short.header("content-encoding"), "");
    // The page that holds the csrf token beside foreign text is not (BREACH).
    let page = running.call("GET /", &asks, "").await;
    assert_eq!(page.header("content-encoding"), "");
}

#[tokio::test]
async fn without_the_interface_the_page_says_how_to_build_it() {
    let settings = Settings {
        files: FileSource(|_| None),
        ..Settings::default()
    };
    let running = start(settings).await;
    let page = running.call("GET /", "", "").await;
    assert!(page.body.contains("npm run build"), "{page:?}");
    let reference = running.call("GET /api/v1/", "", "").await;
    assert!(reference.body.contains("POST /commands"), "{reference:?}");
    assert!(!reference.body.contains("http://") || !reference.body.contains("<script"));
    let description = running.call("GET /api/v1/openapi.json", "", "").await;
    assert_eq!(description.json()["info"]["title"], "Bocage");
    let trust = running
        .call("GET /confiance", "accept-language: en\r\n", "")
        .await;
    assert!(trust.body.contains("nothing to do"), "{trust:?}");
    assert_eq!(
        running
            .call("GET /confiance/autorite.crt", "", "")
            .await
            .status,
        404
    );
}
