//! The interface's files, built into the program, and its page with the first screen's data inside.
//!
//! What the interface does with them is its own business; what the data means is the API's.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::{Method, Request, Response, StatusCode};
use rand::RngExt as _;
use rust_embed::RustEmbed;

use super::guard::{self, PRIVATE};
use super::serve::Peer;
use super::site::Site;
use super::{App, account, pages};
use crate::api::Query;

#[derive(RustEmbed)]
#[folder = "../web-ui/dist"]
#[allow_missing = true]
struct Embedded;

/// Where files come from: by default from the program itself. Tests bring their own.
#[derive(Debug, Clone, Copy)]
pub struct FileSource(pub fn(&str) -> Option<Cow<'static, [u8]>>);

impl Default for FileSource {
    fn default() -> Self {
        Self(|path| Embedded::get(path).map(|file| file.data))
    }
}

/// Where the page takes the first screen's data from.
const PLACE_OF_DATA: &str = "id=\"bocage-first\">null<";

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or("") {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// Everything a page and its workers may load: only what this site serves.
///
/// `nonce` lets one kind of inline style in: what the parts library adds while it runs.
fn policy(host: Option<&str>, tls: bool, nonce: &str) -> HeaderValue {
    // Browsers older than CSP 3 do not count WebSockets of the own host as 'self'.
    let host = host.filter(|host| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".:-[]".contains(&byte);
        host.bytes().all(plain)
    });
    let scheme = if tls { "wss" } else { "ws" };
    let socket = host
        .map(|host| format!(" {scheme}://{host}"))
        .unwrap_or_default();
    let mut style = String::from("'self'");
    if !nonce.is_empty() {
        let _ = write!(style, " 'nonce-{nonce}'");
    }
    let policy = format!(
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src {style}; \
         img-src 'self' data:; connect-src 'self'{socket}; object-src 'none'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).expect("hosts were checked, all else is plain ASCII")
}

fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::HOST)?.to_str().ok()
}

/// The headers of a page that the site itself writes.
pub fn page(body: String, headers: &HeaderMap, peer: Peer, nonce: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    let own = response.headers_mut();
    own.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    own.insert(header::CACHE_CONTROL, PRIVATE);
    own.insert(
        header::CONTENT_SECURITY_POLICY,
        policy(host(headers), peer.tls, nonce),
    );
    response
}

/// 128 random bits for one page.
pub fn nonce() -> String {
    let bytes: [u8; 16] = rand::rng().random();
    bocage_crdt::ids::ItemId(bytes).to_string()
}

fn accepts(headers: &HeaderMap, coding: &str) -> bool {
    let lines = headers.get_all(header::ACCEPT_ENCODING).into_iter();
    let mut codings = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','));
    codings.any(|given| {
        let (name, weight) = given.split_once(';').unwrap_or((given, ""));
        name.trim() == coding && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

/// Whether a path is one of the interface's screens rather than a file.
fn is_screen(path: &str) -> bool {
    !path.rsplit('/').next().unwrap_or("").contains('.')
}

/// Everything that is not the API.
pub async fn file<S: Site>(
    State(app): State<Arc<App<S>>>,
    request: Request<Body>,
) -> Response<Body> {
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        return not_found();
    }
    let path = request.uri().path().trim_start_matches('/');
    if path.is_empty() || path == "index.html" || is_screen(path) {
        let home = request.uri().path() == "/";
        return screen(
            &app,
            request.headers().clone(),
            account::peer(&request),
            home,
        )
        .await;
    }
    // Packed copies are served under the name of the original only.
    if path.ends_with(".br") || path.ends_with(".gz") || path.starts_with('.') {
        return not_found();
    }
    let FileSource(source) = app.settings.files;
    let headers = request.headers();
    let packed = [("br", ".br"), ("gzip", ".gz")]
        .into_iter()
        .find_map(|(coding, ending)| {
            let wanted = accepts(headers, coding);
            let bytes = wanted
                .then(|| source(&format!("{path}{ending}")))
                .flatten()?;
            Some((bytes, coding))
        });
    let (bytes, coding) = match packed {
        Some((bytes, coding)) => (bytes, Some(coding)),
        None => match source(path) {
            Some(bytes) => (bytes, None),
            None => return not_found(),
        },
    };
    // Files under assets/ carry a hash of their content in their name.
    let lasting = path.starts_with("assets/");
    let tag = format!("\"{}\"", &blake3::hash(&bytes).to_hex()[..32]);
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    let known = known.is_some_and(|known| known.split(',').any(|known| known.trim() == tag));
    let policy = policy(host(headers), account::peer(&request).tls, "");
    let content_type = content_type(path);
    let mut response = match bytes {
        _ if known => Response::new(Body::empty()),
        Cow::Borrowed(bytes) => Response::new(Body::from(bytes)),
        Cow::Owned(bytes) => Response::new(Body::from(bytes)),
    };
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let own = response.headers_mut();
    own.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    own.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    let tag = HeaderValue::try_from(tag).expect("hex digits in quotes");
    own.insert(header::ETAG, tag);
    // Workers live by the policy of their own file.
    own.insert(header::CONTENT_SECURITY_POLICY, policy);
    own.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static(if lasting {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        }),
    );
    if let Some(coding) = coding {
        own.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    response
}

fn not_found() -> Response<Body> {
    let mut response = Response::new(Body::from("404\n"));
    *response.status_mut() = StatusCode::NOT_FOUND;
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, text);
    response
}

/// The page of every screen.
async fn screen<S: Site>(
    app: &Arc<App<S>>,
    headers: HeaderMap,
    peer: Peer,
    home: bool,
) -> Response<Body> {
    let headers = &headers;
    let nonce = nonce();
    let FileSource(source) = app.settings.files;
    let Some(shell) = source("index.html") else {
        return page(pages::not_built(&nonce), headers, peer, &nonce);
    };
    let shell = String::from_utf8_lossy(&shell);
    let data = first_data(app, headers, home).await;
    let data = format!("id=\"bocage-first\">{}<", inside_script(&data));
    let meta = format!("<head><meta property=\"csp-nonce\" nonce=\"{nonce}\">");
    // The head first: after that, foreign text is inside.
    let shell = shell
        .replacen("<head>", &meta, 1)
        .replacen(PLACE_OF_DATA, &data, 1);
    page(shell, headers, peer, &nonce)
}

/// JSON that cannot end the script element it stands in: a `<` is only ever inside a string.
fn inside_script(json: &str) -> String {
    json.replace('<', "\\u003c")
}

/// What the first screen would ask for, by path: `{"/welcome": …, "/me": …, "/today": …}`.
async fn first_data<S: Site>(app: &Arc<App<S>>, headers: &HeaderMap, home: bool) -> String {
    let welcome = account::welcome_of(app, headers);
    let mut data = format!("{{\"/welcome\":{}", encoded(&welcome));
    if let Some(signed_in) = guard::session(app, headers) {
        if let Ok(me) = account::me_in(app, &signed_in.session, signed_in.csrf).await {
            let _ = write!(data, ",\"/me\":{}", encoded(&me));
        }
        if home {
            let today = app
                .site
                .query(signed_in.session.viewer(), Query::Today)
                .await;
            if let Some(today) = today
                .ok()
                .and_then(|today| String::from_utf8(today.into()).ok())
            {
                let _ = write!(data, ",\"/today\":{today}");
            }
        }
    }
    data.push('}');
    data
}

fn encoded(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("plain rows with text keys always encode")
}
