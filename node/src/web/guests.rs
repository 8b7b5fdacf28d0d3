//! Inviting partners: the two calls whose answer is shown once and kept nowhere.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::Request;
use bocage_crdt::ids::SpaceId;

use super::guard::{self, Answer};
use super::site::{Site, Viewer};
use super::{App, account, admin, password};
use crate::api::ApiError;
use crate::api::command::parse;
use crate::api::guests::{InviteGuestPerson, InviteGuestSite};

fn asked<S: Site>(
    app: &Arc<App<S>>,
    space: &str,
    request: &Request<Body>,
) -> Result<(Viewer, SpaceId), ApiError> {
    let peer = account::peer(request);
    let signed_in = guard::signed_in_to_change(app, request.headers(), peer)?;
    // An id that cannot exist is answered like one that does not.
    let space = space.parse().map_err(|_| ApiError::not_found())?;
    Ok((signed_in.session.viewer(), space))
}

/// `POST /spaces/{space}/guest-people`
pub async fn person<S: Site>(
    State(app): State<Arc<App<S>>>,
    Path(space): Path<String>,
    request: Request<Body>,
) -> Answer {
    let (viewer, space) = asked(&app, &space, &request)?;
    let mut given: InviteGuestPerson = parse(&guard::body(request).await?)?;
    given.login = admin::name("login", &given.login)?;
    given.name = admin::name("name", &given.name)?;
    given.organisation = admin::name("organisation", &given.organisation)?;
    let password = password::invent();
    let verifier = app.passwords.make(password.clone()).await?;
    let ready = app
        .site
        .invite_guest_person(viewer, space, given, password, verifier)
        .await?;
    Ok(guard::json_of(&ready))
}

/// `POST /spaces/{space}/guest-sites`
pub async fn site<S: Site>(
    State(app): State<Arc<App<S>>>,
    Path(space): Path<String>,
    request: Request<Body>,
) -> Answer {
    let (viewer, space) = asked(&app, &space, &request)?;
    let given: InviteGuestSite = parse(&guard::body(request).await?)?;
    let ready = app.site.invite_guest_site(viewer, space, given).await?;
    Ok(guard::json_of(&ready))
}
