//! One's own data: taking it away, and deleting one's account.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::Request;

use super::guard::{self, Answer};
use super::password::PASSWORD_BYTES_MAX;
use super::site::{AccountKey, Site};
use super::{App, account, exports, now_ms};
use crate::api::command::parse;
use crate::api::own_data::DeleteAccount;
use crate::api::texts::Text;
use crate::api::{ApiError, ErrorCode};

type Shared<S> = State<Arc<App<S>>>;

/// `GET /me/data`
pub async fn about<S: Site>(State(app): Shared<S>, request: Request<Body>) -> Answer {
    let viewer = guard::signed_in(&app, request.headers())?.session.viewer();
    Ok(guard::json_of(&app.site.own_data(viewer.person).await?))
}

/// `GET /me/data.zip`
pub async fn take<S: Site>(State(app): Shared<S>, request: Request<Body>) -> Answer {
    let viewer = guard::signed_in(&app, request.headers())?.session.viewer();
    let made = async move { app.site.own_archive(viewer.person).await };
    Ok(exports::made(made, "bocage-mes-donnees.zip"))
}

/// `POST /me/deletion`
pub async fn delete<S: Site>(State(app): Shared<S>, request: Request<Body>) -> Answer {
    let peer = account::peer(&request);
    let own = guard::signed_in_to_change(&app, request.headers(), peer)?;
    let person = own.session.row().person;
    let given: DeleteAccount = parse(&guard::body(request).await?)?;
    if given.password.len() > PASSWORD_BYTES_MAX {
        return Err(ApiError::too_long("password", PASSWORD_BYTES_MAX));
    }
    let known = app.site.account(AccountKey::Person(person)).await;
    let known = known.ok_or(ApiError::new(ErrorCode::NotSignedIn))?;
    // Counted with the tries to sign in, as for a new password.
    let address = peer.address.ip();
    app.tries
        .begin(&known.login, address, now_ms())
        .map_err(|seconds| ApiError::new(ErrorCode::TooManyTries).with_retry_after(seconds))?;
    let right = app.passwords.verify(given.password, Some(known.verifier));
    if !right.await? {
        let error = ApiError::new(ErrorCode::WrongPassword).with_text(Text::WrongCurrentPassword);
        return Err(error.with_field("password"));
    }
    app.tries.succeeded(&known.login, address);
    app.site.delete_account(person).await?;
    let open = app.sessions.of(person).into_iter();
    app.sessions
        .end(&open.map(|row| row.id).collect::<Vec<_>>());
    Ok(account::without_cookie(&app, peer))
}
