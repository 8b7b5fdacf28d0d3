//! Signing in away from home: what one site asks another about a person, and the home's answers.
//!
//! The password travels once, on the encrypted link between two sites that proved who they are; the
//! home site checks it, counts the try with all others for that name, and hands over the verifier
//! only to a site where the right password was typed. See docs/adr/0013-signing-in-away-from-home.md.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use bocage_crdt::ids::{NodeId, PersonId};
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};

use super::password::PASSWORD_BYTES_MAX;
use super::site::{AccountKey, SetBy, Site};
use super::{App, now_ms};
use crate::api::ErrorCode;

/// Questions waiting for the web server: as many as other sites may have open at once.
pub const ASKED_MAX: usize = 16;

/// What the site where somebody is asks her home site.
#[derive(Serialize, Deserialize)]
pub enum HomeQuestion {
    /// Is this her password?
    SignIn {
        /// The name she signs in with.
        login: String,
        /// As typed.
        password: String,
    },
    /// She wants another password.
    ChangePassword {
        /// The name she signs in with.
        login: String,
        /// The present one, as typed.
        current: String,
        /// Verifier of the new one.
        verifier: String,
    },
}

/// What the home site answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum HomeAnswer {
    /// It was her password.
    Right {
        /// Who she is.
        person: PersonId,
        /// Her verifier from now on.
        verifier: String,
        /// When it was set.
        changed_ms: u64,
    },
    /// Unknown name or wrong password; never said which.
    Wrong,
    /// Too many tries for this name or from this site: seconds to wait.
    TooMany(u32),
    /// Not now.
    Busy,
}

/// A question and where its answer goes.
#[derive(Debug)]
pub struct Asked {
    /// The site that asks: one of the realm.
    pub by: NodeId,
    /// A [`HomeQuestion`].
    pub question: Vec<u8>,
    /// A [`HomeAnswer`].
    pub answer: oneshot::Sender<Vec<u8>>,
}

/// How a sign-in went at the person's home.
#[derive(Debug, Clone)]
pub enum AtHome {
    /// She is who she says, and this site may keep her verifier.
    Right(Box<super::site::Account>),
    /// Nobody of that name elsewhere, or another password.
    Wrong,
    /// Some site of the realm does not answer: it may be her home.
    Away,
    /// Her home counts too many tries.
    TooMany(u32),
}

/// Tries that come through another site are counted by that site, as by an address.
fn address_of(site: &NodeId) -> IpAddr {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&site.0[..16]);
    IpAddr::V6(Ipv6Addr::from(bytes))
}

/// Answers other sites until the site stops.
pub(super) async fn serve<S: Site>(app: Arc<App<S>>, mut asked: mpsc::Receiver<Asked>) {
    while let Some(one) = asked.recv().await {
        let app = app.clone();
        tokio::spawn(async move {
            let said = match postcard::from_bytes(&one.question) {
                Ok(question) => answer(&app, &one.by, question).await,
                Err(_) => HomeAnswer::Busy,
            };
            let bytes = postcard::to_stdvec(&said).expect("plain values always encode");
            // A site that went away needs no answer.
            let _ = one.answer.send(bytes);
        });
    }
}

async fn answer<S: Site>(app: &App<S>, by: &NodeId, question: HomeQuestion) -> HomeAnswer {
    let (login, password, fresh) = match question {
        HomeQuestion::SignIn { login, password } => (login, password, None),
        HomeQuestion::ChangePassword {
            login,
            current,
            verifier,
        } => (login, current, Some(verifier)),
    };
    if password.len() > PASSWORD_BYTES_MAX {
        return HomeAnswer::Wrong;
    }
    let address = address_of(by);
    if let Err(seconds) = app.tries.begin(&login, address, now_ms()) {
        return HomeAnswer::TooMany(seconds);
    }
    let account = app.site.account(AccountKey::Login(login.clone())).await;
    let account = account.filter(|account| account.at_home);
    let verifier = account.as_ref().map(|account| account.verifier.clone());
    let right = match app.passwords.verify(password, verifier).await {
        Ok(right) => right,
        Err(error) if error.code == ErrorCode::Busy => return HomeAnswer::Busy,
        Err(_) => return HomeAnswer::Wrong,
    };
    let Some(account) = account.filter(|_| right) else {
        return HomeAnswer::Wrong;
    };
    app.tries.succeeded(&login, address);
    let person = account.person.id;
    let verifier = match fresh {
        None => account.verifier,
        Some(verifier) => {
            let done = app
                .site
                .set_verifier(account.login, verifier.clone(), SetBy::Herself)
                .await;
            if done.is_err() {
                return HomeAnswer::Busy;
            }
            verifier
        }
    };
    match app.site.admitted_since(person) {
        Some(changed_ms) if changed_ms <= now_ms() => HomeAnswer::Right {
            person,
            verifier,
            changed_ms,
        },
        _ => HomeAnswer::Wrong,
    }
}
