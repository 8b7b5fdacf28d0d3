//! Signing in and out, the person signed in, her settings and her devices.
//!
//! Passwords and tries are next door; whether a person may be here at all is the site's decision.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::{Request, Response};

use super::guard::{self, Answer, Origin};
use super::home::AtHome;
use super::password::{self, PASSWORD_BYTES_MAX};
use super::serve::Peer;
use super::sessions::{IDLE_MS_MAX, LiveSession, Token, USER_AGENT_BYTES_MAX};
use super::site::{Account, AccountKey, Session, SetBy, Site};
use super::{App, now_ms};
use crate::api::command::parse;
use crate::api::rows::Rows;
use crate::api::session::{
    ChangePassword, Me, MyPerson, Preferences, RealmRef, SessionRow, SignIn, Welcome,
};
use crate::api::texts::Text;
use crate::api::{ApiError, ErrorCode, SessionId, Theme};

/// Longest sign-in name, as names elsewhere.
const LOGIN_BYTES_MAX: usize = bocage_crdt::text::NAME_BYTES_MAX;

/// Longest wait for the disk while a password is changed; the site answers within 30 s or not.
const CHANGE_MS_MAX: u64 = 60_000;

type Shared<S> = State<Arc<App<S>>>;

/// The connection that a request came by; `guard::handle` puts it there.
pub(super) fn peer(request: &Request<Body>) -> Peer {
    let peer = request.extensions().get::<Peer>();
    *peer.expect("guard::handle gives every request its peer")
}

/// What the site says before anyone has signed in.
pub fn welcome_of<S: Site>(app: &Arc<App<S>>, headers: &HeaderMap) -> Welcome {
    let facts = app.site.facts();
    Welcome {
        site: facts.site,
        realm: RealmRef { name: facts.realm },
        contact: facts.contact,
        language: guard::language(app, headers),
        signed_in: guard::session(app, headers).is_some(),
    }
}

/// `GET /welcome`
pub async fn welcome<S: Site>(State(app): Shared<S>, headers: HeaderMap) -> Answer {
    Ok(guard::json_of(&welcome_of(&app, &headers)))
}

fn me_of<S: Site>(app: &App<S>, account: Account, row: &Session, csrf: String) -> Me {
    Me {
        person: MyPerson {
            person: account.person,
            login: account.login,
        },
        rights: account.rights,
        site: app.site.facts().site,
        language: row.language,
        theme: row.theme,
        csrf,
        moved: account.moved,
        let_in: account.let_in,
    }
}

/// The person of a session, with the token for her pages.
pub async fn me_in<S: Site>(
    app: &App<S>,
    session: &LiveSession,
    csrf: String,
) -> Result<Me, ApiError> {
    let row = session.row();
    let account = app.site.account(AccountKey::Person(row.person)).await;
    let account = account.ok_or(ApiError::new(ErrorCode::NotSignedIn))?;
    Ok(me_of(app, account, &row, csrf))
}

/// `GET /me`
pub async fn me<S: Site>(State(app): Shared<S>, headers: HeaderMap) -> Answer {
    let signed_in = guard::signed_in(&app, &headers)?;
    let me = me_in(&app, &signed_in.session, signed_in.csrf).await?;
    Ok(guard::json_of(&me))
}

fn cookie(name: &str, value: &str, seconds: u64, tls: bool) -> HeaderValue {
    let secure = if tls { "; Secure" } else { "" };
    let cookie =
        format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    HeaderValue::try_from(cookie).expect("hex digits and attributes are plain ASCII")
}

fn cut(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}

/// `POST /session`
pub async fn sign_in<S: Site>(State(app): Shared<S>, request: Request<Body>) -> Answer {
    let peer = peer(&request);
    let headers = request.headers().clone();
    if guard::origin(&app, &headers, peer) == Origin::Foreign {
        return Err(ApiError::new(ErrorCode::Csrf));
    }
    let given: SignIn = parse(&guard::body(request).await?)?;
    for (field, text, limit) in [
        ("login", &given.login, LOGIN_BYTES_MAX),
        ("password", &given.password, PASSWORD_BYTES_MAX),
    ] {
        if text.len() > limit {
            return Err(ApiError::too_long(field, limit));
        }
    }
    let login = given.login.trim().to_owned();
    let too_many = |seconds| ApiError::new(ErrorCode::TooManyTries).with_retry_after(seconds);
    let address = peer.address.ip();
    let begun = tokio::time::Instant::now();
    app.tries
        .begin(&login, address, now_ms())
        .map_err(too_many)?;
    let account = match proven(&app, &login, given.password).await {
        Ok(account) => account,
        Err(error) => {
            // However far the answer came from: only then does its time say nothing.
            tokio::time::sleep_until(begun + app.settings.patience.refusal).await;
            return Err(error);
        }
    };
    app.tries.succeeded(&login, address);
    let now_ms = now_ms();

    // Signing in again on a device ends what was open there.
    if let Some(before) = guard::session(&app, &headers) {
        end(&app, vec![before.session.row().id]).await?;
    }
    let token = Token::fresh();
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok());
    let row = Session {
        id: SessionId::of(&token.0),
        person: account.person.id,
        started_ms: now_ms,
        last_seen_ms: now_ms,
        user_agent: cut(agent.unwrap_or(""), USER_AGENT_BYTES_MAX).to_owned(),
        language: guard::language(&app, &headers),
        theme: Theme::Auto,
    };
    app.site.put_session(row.clone()).await?;
    let over = app.sessions.begin(row.clone());
    if !over.is_empty() {
        app.site.drop_sessions(over).await?;
    }
    let mut response = guard::json_of(&me_of(&app, account, &row, token.csrf()));
    let cookie = cookie(&app.cookie, &token.to_hex(), IDLE_MS_MAX / 1_000, peer.tls);
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

/// The account that a name and password open: one of this site, else of another, which is asked.
async fn proven<S: Site>(app: &App<S>, login: &str, password: String) -> Result<Account, ApiError> {
    let account = app.site.account(AccountKey::Login(login.to_owned())).await;
    let verifier = account.as_ref().map(|account| account.verifier.clone());
    // An unknown name takes as long as a known one, and hears the same words.
    let right = app.passwords.verify(password.clone(), verifier).await?;
    let at_home = account.as_ref().is_some_and(|account| account.at_home);
    let account = if right {
        account
    } else if at_home {
        None
    } else {
        match app.site.sign_in_at_home(login.to_owned(), password).await? {
            AtHome::Right(account) => Some(*account),
            AtHome::Wrong | AtHome::Away => None,
            AtHome::TooMany(seconds) => {
                return Err(ApiError::new(ErrorCode::TooManyTries).with_retry_after(seconds));
            }
        }
    };
    let now_ms = now_ms();
    let account = account.filter(|account| {
        let since = app.site.admitted_since(account.person.id);
        since.is_some_and(|since| since <= now_ms)
    });
    match account {
        Some(account) => Ok(account),
        // Whoever it was: a site that does not answer may be anybody's home.
        None if app.site.some_site_is_away() => {
            let error = ApiError::new(ErrorCode::WrongPassword);
            Err(error.with_text(Text::WrongPasswordOrAway))
        }
        None => Err(ApiError::new(ErrorCode::WrongPassword)),
    }
}

async fn end<S: Site>(app: &App<S>, ids: Vec<SessionId>) -> Result<(), ApiError> {
    app.sessions.end(&ids);
    app.site.drop_sessions(ids).await
}

pub(super) fn without_cookie<S>(app: &App<S>, peer: Peer) -> Response<Body> {
    let mut response = guard::no_content();
    let cookie = cookie(&app.cookie, "", 0, peer.tls);
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    response
}

/// `DELETE /session`
pub async fn sign_out<S: Site>(State(app): Shared<S>, request: Request<Body>) -> Answer {
    let peer = peer(&request);
    let signed_in = guard::signed_in_to_change(&app, request.headers(), peer)?;
    end(&app, vec![signed_in.session.row().id]).await?;
    Ok(without_cookie(&app, peer))
}

/// `PUT /me/preferences`
pub async fn preferences<S: Site>(State(app): Shared<S>, request: Request<Body>) -> Answer {
    let peer = peer(&request);
    let signed_in = guard::signed_in_to_change(&app, request.headers(), peer)?;
    let wanted: Preferences = parse(&guard::body(request).await?)?;
    let row = signed_in.session.change(|row| {
        row.language = wanted.language.unwrap_or(row.language);
        row.theme = wanted.theme.unwrap_or(row.theme);
    });
    app.site.put_session(row).await?;
    let me = me_in(&app, &signed_in.session, signed_in.csrf).await?;
    Ok(guard::json_of(&me))
}

fn wrong_current() -> ApiError {
    let error = ApiError::new(ErrorCode::WrongPassword).with_text(Text::WrongCurrentPassword);
    error.with_field("current")
}

/// `POST /me/password`
pub async fn change_password<S: Site>(State(app): Shared<S>, request: Request<Body>) -> Answer {
    let peer = peer(&request);
    let own = guard::signed_in_to_change(&app, request.headers(), peer)?.session;
    let given: ChangePassword = parse(&guard::body(request).await?)?;
    if given.current.len() > PASSWORD_BYTES_MAX {
        return Err(ApiError::too_long("current", PASSWORD_BYTES_MAX));
    }
    password::acceptable(&given.password)?;
    let row = own.row();
    let account = app.site.account(AccountKey::Person(row.person)).await;
    let account = account.ok_or(ApiError::new(ErrorCode::NotSignedIn))?;
    // Counted with the tries to sign in: a device left open is no way around their limit.
    let address = peer.address.ip();
    let too_many = |seconds| ApiError::new(ErrorCode::TooManyTries).with_retry_after(seconds);
    app.tries
        .begin(&account.login, address, now_ms())
        .map_err(too_many)?;
    let old = Some(account.verifier.clone());
    if !app.passwords.verify(given.current.clone(), old).await? {
        return Err(wrong_current());
    }
    app.tries.succeeded(&account.login, address);
    let verifier = app.passwords.make(given.password).await?;
    // A new password ends what was open before it. This session is to go on without a break: until
    // the site has said since when the password counts, it counts as begun a little later.
    own.change(|row| row.started_ms = now_ms() + CHANGE_MS_MAX);
    let done = if account.at_home {
        let set = app
            .site
            .set_verifier(account.login, verifier, SetBy::Herself);
        set.await.map(drop)
    } else {
        let change = app.site.change_at_home(row.person, given.current, verifier);
        match change.await {
            Ok(AtHome::Right(_)) => Ok(()),
            Ok(AtHome::Wrong) => Err(wrong_current()),
            Ok(AtHome::TooMany(seconds)) => Err(too_many(seconds)),
            Ok(AtHome::Away) => Err(ApiError::busy().with_text(Text::HomeAway)),
            Err(error) => Err(error),
        }
    };
    let since = app.site.admitted_since(row.person);
    let row = own.change(|kept| {
        kept.started_ms = match done {
            Ok(_) => since.unwrap_or(row.started_ms),
            Err(_) => row.started_ms,
        };
    });
    done?;
    app.site.put_session(row.clone()).await?;
    let others = app.sessions.of(row.person).into_iter();
    let others = others.map(|other| other.id).filter(|id| *id != row.id);
    end(&app, others.collect()).await?;
    Ok(guard::no_content())
}

/// `GET /me/sessions`
pub async fn devices<S: Site>(State(app): Shared<S>, headers: HeaderMap) -> Answer {
    let own = guard::signed_in(&app, &headers)?.session.row();
    let mut rows = app.sessions.of(own.person);
    rows.sort_by_key(|row| std::cmp::Reverse((row.last_seen_ms, row.started_ms)));
    let rows = rows.into_iter().map(|row| SessionRow {
        id: row.id,
        current: row.id == own.id,
        started_ms: row.started_ms,
        last_seen_ms: row.last_seen_ms,
        user_agent: row.user_agent,
    });
    Ok(guard::json_of(&Rows {
        rows: rows.collect(),
    }))
}

/// `DELETE /me/sessions/{id}`
pub async fn end_device<S: Site>(
    State(app): Shared<S>,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Answer {
    let peer = peer(&request);
    let own = guard::signed_in_to_change(&app, request.headers(), peer)?;
    let own = own.session.row();
    let id: SessionId = id.parse().map_err(|_| ApiError::not_found())?;
    if !app.sessions.of(own.person).iter().any(|row| row.id == id) {
        return Err(ApiError::not_found());
    }
    end(&app, vec![id]).await?;
    Ok(if id == own.id {
        without_cookie(&app, peer)
    } else {
        guard::no_content()
    })
}
