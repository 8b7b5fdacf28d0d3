//! What the command line may do on the site's own machine, with the token from the data folder.
//!
//! Sessions have no part in it: a technician signed in through a browser manages no accounts here.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::Request;
use axum::http::header::{self, HeaderMap};

use super::guard::{self, Answer};
use super::serve::Peer;
use super::site::{GivenRights, NewPerson, SetBy, Site};
use super::{App, account, password};
use crate::api::ApiError;
use crate::api::admin::{AddPerson, Fingerprints, GiveRights, PersonReady, ResetPassword};
use crate::api::command::parse;
use crate::api::session::MyRights;
use crate::api::texts::Text;

/// Whether a request comes from this machine and shows the token of the data folder.
pub fn is_local<S>(app: &App<S>, headers: &HeaderMap, peer: Peer) -> bool {
    // A proxy on this machine makes strangers look local: it says so in one of these.
    let forwarded = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];
    let local = peer.address.ip().to_canonical().is_loopback()
        && !forwarded.iter().any(|name| headers.contains_key(*name));
    let shown = headers.get(header::AUTHORIZATION);
    let shown = shown.and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    match (&app.settings.admin_token, shown) {
        (Some(token), Some(shown)) if local && !token.is_empty() => {
            // Hashes are compared in constant time.
            blake3::hash(token.as_bytes()) == blake3::hash(shown)
        }
        _ => false,
    }
}

fn local_only<S>(app: &App<S>, request: &Request<Body>) -> Result<(), ApiError> {
    if is_local(app, request.headers(), account::peer(request)) {
        return Ok(());
    }
    Err(ApiError::forbidden().with_text(Text::OnlyLocal))
}

pub(super) fn name(field: &'static str, raw: &str) -> Result<String, ApiError> {
    use bocage_crdt::text::{InvalidName, NAME_BYTES_MAX, name};
    name(raw).map_err(|why| match why {
        InvalidName::Empty => ApiError::value(field).with_text(Text::Empty),
        InvalidName::TooLong => ApiError::too_long(field, NAME_BYTES_MAX),
        InvalidName::Unprintable => ApiError::value(field).with_text(Text::Unprintable),
    })
}

/// `POST /admin/people`
pub async fn add_person<S: Site>(State(app): State<Arc<App<S>>>, request: Request<Body>) -> Answer {
    local_only(&app, &request)?;
    let given: AddPerson = parse(&guard::body(request).await?)?;
    let login = name("login", &given.login)?;
    let shown_name = name("name", &given.name)?;
    let job = given.job.map(|job| name("job", &job)).transpose()?;
    let password = given.password.unwrap_or_else(password::invent);
    let verifier = app.passwords.make(password.clone()).await?;
    let person = NewPerson {
        login: login.clone(),
        name: shown_name,
        job,
        verifier,
        rights: MyRights {
            open_spaces: given.open_spaces,
            technician: given.technician,
            registrar: false,
        },
    };
    let person = app.site.add_person(person).await?;
    Ok(guard::json_of(&PersonReady {
        person,
        login,
        password,
    }))
}

/// `POST /admin/people/{login}/password`
pub async fn reset_password<S: Site>(
    State(app): State<Arc<App<S>>>,
    Path(login): Path<String>,
    request: Request<Body>,
) -> Answer {
    local_only(&app, &request)?;
    let given: ResetPassword = parse(&guard::body(request).await?)?;
    let login = name("login", &login)?;
    let password = given.password.unwrap_or_else(password::invent);
    let verifier = app.passwords.make(password.clone()).await?;
    let person = app
        .site
        .set_verifier(login.clone(), verifier, SetBy::Machine)
        .await?;
    Ok(guard::json_of(&PersonReady {
        person,
        login,
        password,
    }))
}

/// `POST /admin/people/{login}/rights`
pub async fn give_rights<S: Site>(
    State(app): State<Arc<App<S>>>,
    Path(login): Path<String>,
    request: Request<Body>,
) -> Answer {
    local_only(&app, &request)?;
    let given: GiveRights = parse(&guard::body(request).await?)?;
    let given = GivenRights {
        login: name("login", &login)?,
        open_spaces: given.open_spaces,
        technician: given.technician,
        territory: given.territory,
    };
    app.site.give_rights(given).await?;
    Ok(guard::no_content())
}

/// `GET /admin/fingerprints`
pub async fn fingerprints<S: Site>(
    State(app): State<Arc<App<S>>>,
    request: Request<Body>,
) -> Answer {
    local_only(&app, &request)?;
    let spaces = app.site.fingerprints().await?;
    Ok(guard::json_of(&Fingerprints { spaces }))
}

/// `GET /site` with the token: the status without a session.
pub async fn status<S: Site>(app: &App<S>) -> Answer {
    Ok(guard::json(app.site.status().await?))
}

/// `GET /admin/counters`
pub async fn counters<S: Site>(State(app): State<Arc<App<S>>>, request: Request<Body>) -> Answer {
    local_only(&app, &request)?;
    Ok(guard::json_of(&app.site.counters().await?))
}
