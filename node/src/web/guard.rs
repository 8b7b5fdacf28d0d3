//! What every request passes: a number, a time limit, a barrier against panics, the headers that
//! protect browsers; and who asks, from which page, in which language.
//!
//! No call is known by name here.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Request, Response, StatusCode};
use axum::response::IntoResponse;
use bocage_crdt::ids::PersonId;
use futures_util::FutureExt as _;
use hyper::body::Incoming;
use tower::Service as _;

use super::serve::{Alive, Peer};
use super::sessions::{Found, LiveSession, Token};
use super::site::Site;
use super::{App, BODY_BYTES_MAX, now_ms};
use crate::api::error::Failure;
use crate::api::texts::Text;
use crate::api::{ApiError, ErrorCode, Language};

/// What pages send back with every change.
pub const CSRF_HEADER: HeaderName = HeaderName::from_static("x-bocage-csrf");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Of everything that is not a page: nothing may be loaded or shown by it.
const POLICY_OF_DATA: HeaderValue =
    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox");

/// Numbers requests since the start, for logs and reports of users.
static REQUESTS: AtomicU64 = AtomicU64::new(0);

/// The answer of a handler; an [`ApiError`] becomes JSON in the right language in [`handle`].
pub type Answer = Result<Response<Body>, ApiError>;

impl IntoResponse for ApiError {
    fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::empty());
        *response.status_mut() =
            StatusCode::from_u16(self.code.status()).expect("codes have valid statuses");
        response.extensions_mut().insert(self);
        response
    }
}

/// One request, from the connection to the connection.
pub async fn handle<S: Site>(
    app: Arc<App<S>>,
    mut router: Router,
    request: Request<Incoming>,
    peer: Peer,
    alive: Alive,
) -> Result<Response<Body>, Infallible> {
    let number = REQUESTS.fetch_add(1, Ordering::Relaxed);
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(peer);
    request.extensions_mut().insert(alive);
    // Kept for the language of an error; header values are shared, not copied.
    let kept = [header::COOKIE, header::ACCEPT_LANGUAGE].map(|name| {
        let value = request.headers().get(&name).cloned();
        (name, value)
    });
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let patience = app.settings.patience.request;
    let work = AssertUnwindSafe(async { router.call(request).await });
    let response = tokio::time::timeout(patience, work.catch_unwind()).await;
    let mut response = match response {
        Ok(Ok(Ok(response))) => response,
        Ok(Ok(Err(never))) => match never {},
        Ok(Err(_)) => {
            tracing::error!(number, %method, path, "a request panicked; only it was ended");
            ApiError::busy().into_response()
        }
        Err(_) => {
            tracing::warn!(number, %method, path, "a request took too long");
            ApiError::busy().into_response()
        }
    };
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        let headers = kept
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        let language = language(&app, &headers.collect());
        fill(&mut response, &error, language);
    }
    tracing::debug!(number, %method, path, status = response.status().as_u16(), "request");
    protect(response.headers_mut(), number);
    Ok(response)
}

fn fill(response: &mut Response<Body>, error: &ApiError, language: Language) {
    let body = Failure {
        error: error.body(language),
    };
    let body = serde_json::to_vec(&body).expect("texts and numbers always encode");
    if let Some(seconds) = error.retry_after_seconds {
        let headers = response.headers_mut();
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, JSON);
    headers.insert(header::CACHE_CONTROL, PRIVATE);
    // The router has measured the empty body that stood for the error.
    headers.remove(header::CONTENT_LENGTH);
    *response.body_mut() = Body::from(body);
}

fn protect(headers: &mut HeaderMap, number: u64) {
    headers.insert(REQUEST_ID, HeaderValue::from(number));
    let usual = [
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("same-origin"),
        ),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (header::CONTENT_SECURITY_POLICY, POLICY_OF_DATA),
    ];
    for (name, value) in usual {
        headers.entry(name).or_insert(value);
    }
    // No strict-transport-security: it counts for every port of a host name, and would shut out
    // other services of the same machine. Nothing is served in clear beyond this machine anyway.
}

/// `content-type` of every answer of the API.
pub const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// `cache-control` of every answer that belongs to one person: machines are shared.
pub const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-store");

/// An answer of ready JSON.
pub fn json(body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, JSON);
    headers.insert(header::CACHE_CONTROL, PRIVATE);
    response
}

/// An answer of one of the API's types.
pub fn json_of(value: &impl serde::Serialize) -> Response<Body> {
    json(serde_json::to_vec(value).expect("plain rows with text keys always encode"))
}

/// An answer without a body.
pub fn no_content() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// Reads a JSON body within its bound.
pub async fn body(request: Request<Body>) -> Result<Bytes, ApiError> {
    let declared = request.headers().get(header::CONTENT_TYPE);
    let declared = declared.and_then(|value| value.to_str().ok()).unwrap_or("");
    let declared = declared.split(';').next().unwrap_or("").trim();
    if !declared.eq_ignore_ascii_case("application/json") {
        // Forms of other origins cannot send this type without asking first.
        let error = ApiError::new(ErrorCode::BadRequest).with_field("content-type");
        return Err(error.with_text(Text::NotDeclaredJson));
    }
    let large = || ApiError::new(ErrorCode::TooLarge).with_limit(BODY_BYTES_MAX as u64);
    let length = request.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > BODY_BYTES_MAX as u64) {
        return Err(large());
    }
    let read = axum::body::to_bytes(request.into_body(), BODY_BYTES_MAX).await;
    read.map_err(|_| large())
}

/// The session token among the cookies.
pub fn token(cookie_name: &str, headers: &HeaderMap) -> Option<Token> {
    let lines = headers.get_all(header::COOKIE).into_iter();
    let mut cookies = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    cookies.find_map(|cookie| {
        let (name, value) = cookie.trim().split_once('=')?;
        (name == cookie_name)
            .then(|| Token::from_hex(value))
            .flatten()
    })
}

/// Who is signed in.
#[derive(Debug)]
pub struct SignedIn {
    /// Her session.
    pub session: Arc<LiveSession>,
    /// What her pages send back with every change.
    pub csrf: String,
}

/// Finds the session of a request; «last seen» and forgetting are written in the background.
pub fn session<S: Site>(app: &Arc<App<S>>, headers: &HeaderMap) -> Option<SignedIn> {
    let token = token(&app.cookie, headers)?;
    let admitted_since = |person: PersonId| app.site.admitted_since(person);
    let session = match app.sessions.find(&token, admitted_since, now_ms()) {
        Found::Live(session) => session,
        Found::Seen(session) => {
            let (site, row) = (app.site.clone(), session.row());
            in_background("last seen", async move { site.put_session(row).await });
            session
        }
        Found::Over(id) => {
            let site = app.site.clone();
            in_background(
                "session over",
                async move { site.drop_sessions(vec![id]).await },
            );
            return None;
        }
        Found::Unknown => return None,
    };
    let csrf = token.csrf();
    Some(SignedIn { session, csrf })
}

fn in_background(
    what: &'static str,
    work: impl Future<Output = Result<(), ApiError>> + Send + 'static,
) {
    tokio::spawn(async move {
        if let Err(error) = work.await {
            tracing::warn!(%error, what, "could not be written");
        }
    });
}

/// The session of a request that needs one.
pub fn signed_in<S: Site>(app: &Arc<App<S>>, headers: &HeaderMap) -> Result<SignedIn, ApiError> {
    session(app, headers).ok_or(ApiError::new(ErrorCode::NotSignedIn))
}

/// The session of a request that changes something: it must come from our own page.
pub fn signed_in_to_change<S: Site>(
    app: &Arc<App<S>>,
    headers: &HeaderMap,
    peer: Peer,
) -> Result<SignedIn, ApiError> {
    let signed_in = signed_in(app, headers)?;
    let sent = headers
        .get(CSRF_HEADER)
        .map_or(&b""[..], HeaderValue::as_bytes);
    // Hashes are compared in constant time.
    let same = blake3::hash(sent) == blake3::hash(signed_in.csrf.as_bytes());
    if !same || origin(app, headers, peer) == Origin::Foreign {
        return Err(ApiError::new(ErrorCode::Csrf));
    }
    Ok(signed_in)
}

/// Which page a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A page of this site.
    Own,
    /// A page of another.
    Foreign,
    /// Not said: not a browser, or not a page.
    Unsaid,
}

/// Compares the `Origin` header with the site's own.
pub fn origin<S: Site>(app: &App<S>, headers: &HeaderMap, peer: Peer) -> Origin {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return Origin::Unsaid;
    };
    let origin = origin.to_str().unwrap_or("");
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let scheme = if peer.tls { "https://" } else { "http://" };
    let own = origin
        .strip_prefix(scheme)
        .is_some_and(|authority| host.is_some_and(|host| authority.eq_ignore_ascii_case(host)));
    let named = |named: &String| origin.eq_ignore_ascii_case(named.trim_end_matches('/'));
    if own || app.settings.origins.iter().any(named) {
        Origin::Own
    } else {
        Origin::Foreign
    }
}

/// The language of an answer: of the session, else of the browser, else of the site.
pub fn language<S: Site>(app: &Arc<App<S>>, headers: &HeaderMap) -> Language {
    if let Some(signed_in) = session(app, headers) {
        return signed_in.session.viewer().language;
    }
    let wanted = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    // Browsers list languages in order of preference; the weights only repeat it.
    let mut wanted = wanted
        .unwrap_or("")
        .split(',')
        .map(|tag| tag.trim().get(..2));
    let known = wanted.find_map(|tag| match tag {
        Some("fr") => Some(Language::Fr),
        Some("en") => Some(Language::En),
        _ => None,
    });
    known.unwrap_or_else(|| app.site.facts().language)
}
