//! Which call goes where. The same calls are listed for readers and programs in `api::describe`;
//! a test asks each of them.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Query as Pairs, State};
use axum::http::{HeaderMap, Request, Response, StatusCode, Uri, header};
use axum::response::IntoResponse as _;
use axum::routing::{delete, get, post, put};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate as _, SizeAbove};

use super::guard::{self, Answer};
use super::site::Site;
use super::{App, account, admin, exports, files, guests, own_data, pages, socket};
use crate::api::{ApiError, CommandEnvelope, ErrorCode, Query};

/// Where the API begins.
pub const BASE: &str = "/api/v1";
/// Answers below this many bytes fit one packet: compressing them gains nothing.
const COMPRESSED_FROM: u64 = 1_400;

/// All calls.
pub fn router<S: Site>(app: Arc<App<S>>) -> Router {
    // Only answers to questions are compressed: they hold no secret beside foreign text.
    let compressed = SizeAbove::new(COMPRESSED_FROM).and(NotForContentType::IMAGES);
    let questions = Router::new()
        .route("/{*path}", get(query::<S>))
        .layer(CompressionLayer::new().compress_when(compressed));
    let api = Router::new()
        .route("/welcome", get(account::welcome::<S>))
        .route(
            "/session",
            post(account::sign_in::<S>).delete(account::sign_out::<S>),
        )
        .route("/me", get(account::me::<S>))
        .route("/me/preferences", put(account::preferences::<S>))
        .route("/me/password", post(account::change_password::<S>))
        .route("/me/sessions", get(account::devices::<S>))
        .route("/me/sessions/{id}", delete(account::end_device::<S>))
        .route("/me/data", get(own_data::about::<S>))
        .route("/me/data.zip", get(own_data::take::<S>))
        .route("/me/deletion", post(own_data::delete::<S>))
        .route("/commands", post(command::<S>))
        .route("/spaces/{space}/guest-people", post(guests::person::<S>))
        .route("/spaces/{space}/guest-sites", post(guests::site::<S>))
        .route("/ws", get(socket::open::<S>))
        .route("/admin/fingerprints", get(admin::fingerprints::<S>))
        .route("/admin/people", post(admin::add_person::<S>))
        .route(
            "/admin/people/{login}/password",
            post(admin::reset_password::<S>),
        )
        .route(
            "/admin/people/{login}/rights",
            post(admin::give_rights::<S>),
        )
        .route("/admin/counters", get(admin::counters::<S>))
        .route("/openapi.json", get(pages::openapi))
        .route("/spaces/{space}/audit.csv", get(exports::audit::<S>))
        .route("/spaces/{space}/audit.json", get(exports::audit::<S>))
        .route("/site/audit.csv", get(exports::audit::<S>))
        .route("/site/audit.json", get(exports::audit::<S>))
        .route("/spaces/{space}/archive.zip", get(exports::archive::<S>))
        .merge(questions)
        .method_not_allowed_fallback(wrong_method);
    Router::new()
        .route(BASE, get(pages::to_reference))
        .route(&format!("{BASE}/"), get(pages::reference))
        .nest(BASE, api)
        .route("/api/{*path}", axum::routing::any(no_such_call))
        .route("/confiance", get(pages::trust::<S>))
        .route("/confiance/autorite.crt", get(pages::authority::<S>))
        .fallback(files::file::<S>)
        .with_state(app)
}

async fn no_such_call() -> ApiError {
    ApiError::not_found()
}

async fn wrong_method() -> Response<Body> {
    let mut response = ApiError::new(ErrorCode::BadRequest).into_response();
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response
}

/// `POST /commands`: the hot path.
async fn command<S: Site>(State(app): State<Arc<App<S>>>, request: Request<Body>) -> Answer {
    let peer = account::peer(&request);
    let signed_in = guard::signed_in_to_change(&app, request.headers(), peer)?;
    let envelope = CommandEnvelope::parse(&guard::body(request).await?)?;
    let viewer = signed_in.session.viewer();
    Ok(guard::json(app.site.command(viewer, envelope).await?))
}

/// Every question.
async fn query<S: Site>(
    State(app): State<Arc<App<S>>>,
    uri: Uri,
    headers: HeaderMap,
    request: Request<Body>,
) -> Answer {
    let pairs = Pairs::<Vec<(String, String)>>::try_from_uri(&uri);
    let Pairs(pairs) = pairs.map_err(|_| ApiError::new(ErrorCode::BadRequest))?;
    // Nested routers see the path below the base.
    let query = Query::parse(uri.path(), pairs)?;
    let local = headers.contains_key(header::AUTHORIZATION)
        && admin::is_local(&app, &headers, account::peer(&request));
    if query == Query::Site && local {
        return admin::status(&app).await;
    }
    let viewer = guard::signed_in(&app, &headers)?.session.viewer();
    Ok(guard::json(app.site.query(viewer, query).await?))
}
