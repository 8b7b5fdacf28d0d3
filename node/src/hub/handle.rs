//! The hub as the web server and the command line see it: a handle whose calls become wakes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use axum::body::Bytes;
use bocage_crdt::ids::{PersonId, SpaceId};
use bocage_protocol::rights::Role;
use tokio::sync::{mpsc, oneshot};

use super::directory::Admitted;
use super::home::Route;
use super::{Authority, Hub, Wake};
use crate::api::admin::Counters;
use crate::api::guests::{GuestPersonReady, GuestTicketReady, InviteGuestPerson, InviteGuestSite};
use crate::api::own_data::OwnData;
use crate::api::rows::PersonRef;
use crate::api::{ApiError, BrowserMessage, CommandEnvelope, Query, SessionId};
use crate::net::NetHandle;
use crate::web::home::{Asked, AtHome, HomeAnswer, HomeQuestion};
use crate::web::site::{
    Account, AccountKey, Attachment, AttachmentId, GivenRights, NewPerson, Session, SetBy, Site,
    SiteFacts, Viewer, outbox,
};

/// Cheap to clone.
#[derive(Clone)]
pub struct HubHandle {
    wakes: mpsc::Sender<Wake>,
    facts: Arc<SiteFacts>,
    admitted: Admitted,
    next_attachment: Arc<AtomicU64>,
    /// Taken by the web server, which checks passwords.
    asked: Arc<Mutex<Option<mpsc::Receiver<Asked>>>>,
    away: Arc<AtomicBool>,
}

impl HubHandle {
    pub(crate) fn new(
        wakes: mpsc::Sender<Wake>,
        facts: Arc<SiteFacts>,
        admitted: Admitted,
        asked: mpsc::Receiver<Asked>,
        away: Arc<AtomicBool>,
    ) -> Self {
        Self {
            wakes,
            facts,
            admitted,
            next_attachment: Arc::new(AtomicU64::new(1)),
            asked: Arc::new(Mutex::new(Some(asked))),
            away,
        }
    }

    /// Sends a request and waits for its answer; a hub that is full says «busy».
    async fn ask<T>(
        &self,
        wake: impl FnOnce(oneshot::Sender<Result<T, ApiError>>) -> Wake,
    ) -> Result<T, ApiError> {
        let (reply, answer) = oneshot::channel();
        self.wakes
            .try_send(wake(reply))
            .map_err(|_| ApiError::busy())?;
        answer.await.unwrap_or_else(|_| Err(ApiError::busy()))
    }

    async fn get<T>(&self, wake: impl FnOnce(oneshot::Sender<T>) -> Wake) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.wakes.send(wake(reply)).await.ok()?;
        answer.await.ok()
    }

    /// Puts a question to somebody's home, and keeps what it says of her.
    async fn at_home(&self, route: Route, question: HomeQuestion) -> Result<AtHome, ApiError> {
        let bytes = postcard::to_stdvec(&question).expect("plain values always encode");
        let Ok(said) = route.net.ask(route.home, bytes).await else {
            return Ok(AtHome::Away);
        };
        match postcard::from_bytes(&said) {
            Ok(HomeAnswer::Right {
                person,
                verifier,
                changed_ms,
            }) if person == route.person => {
                let kept = self.act(move |hub| {
                    let kept = hub.remember_account(person, verifier, changed_ms);
                    kept.ok_or_else(ApiError::not_found)
                });
                Ok(AtHome::Right(Box::new(kept.await?)))
            }
            Ok(HomeAnswer::Right { .. } | HomeAnswer::Wrong) => Ok(AtHome::Wrong),
            Ok(HomeAnswer::TooMany(seconds)) => Ok(AtHome::TooMany(seconds)),
            Ok(HomeAnswer::Busy) | Err(_) => Ok(AtHome::Away),
        }
    }

    /// Hands over the network once it listens.
    pub(crate) async fn start_net(&self, net: NetHandle) {
        // A hub that ended meanwhile has reported why.
        let _ = self.wakes.send(Wake::Net(net)).await;
    }

    /// Ends the hub: everything is written when it returns.
    pub(crate) async fn close(&self) {
        self.get(Wake::Close).await;
    }

    /// One hash per space over its canonical rows.
    pub(crate) async fn prints(&self) -> Option<BTreeMap<SpaceId, String>> {
        self.get(Wake::Fingerprints).await
    }

    /// Runs something in the hub's turn and waits until it is durable.
    pub(crate) async fn act<T: Send + 'static>(
        &self,
        action: impl FnOnce(&mut Hub) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let (reply, answer) = oneshot::channel();
        let (done, durable) = oneshot::channel();
        let boxed = Box::new(move |hub: &mut Hub| {
            // The caller may have given up: the action stands all the same.
            let _ = reply.send(action(hub));
        });
        self.wakes
            .send(Wake::Act(boxed, done))
            .await
            .map_err(|_| ApiError::busy())?;
        let answer = answer.await.unwrap_or_else(|_| Err(ApiError::busy()))?;
        durable.await.unwrap_or_else(|_| Err(ApiError::busy()))?;
        Ok(answer)
    }
}

impl Site for HubHandle {
    fn facts(&self) -> SiteFacts {
        (*self.facts).clone()
    }

    async fn query(&self, viewer: Viewer, query: Query) -> Result<Bytes, ApiError> {
        self.ask(|reply| Wake::Query(viewer, query, reply)).await
    }

    async fn command(&self, viewer: Viewer, envelope: CommandEnvelope) -> Result<Bytes, ApiError> {
        self.ask(|reply| Wake::Command(viewer, Box::new(envelope), reply))
            .await
    }

    fn attach(&self, viewer: Viewer) -> Attachment {
        let id = AttachmentId(self.next_attachment.fetch_add(1, Ordering::Relaxed));
        let (sender, outgoing) = outbox();
        // A hub too busy to take a browser drops its outbox: the socket closes and comes back.
        let _ = self.wakes.try_send(Wake::Attach(id, viewer, sender));
        Attachment { id, outgoing }
    }

    async fn browser(&self, attachment: AttachmentId, message: BrowserMessage) {
        // A hub that ended meanwhile closes every socket.
        let _ = self.wakes.send(Wake::Browser(attachment, message)).await;
    }

    fn detach(&self, attachment: AttachmentId) {
        let wakes = self.wakes.clone();
        if let Err(mpsc::error::TrySendError::Full(wake)) =
            self.wakes.try_send(Wake::Detach(attachment))
        {
            tokio::spawn(async move { drop(wakes.send(wake).await) });
        }
    }

    async fn account(&self, key: AccountKey) -> Option<Account> {
        self.get(|reply| Wake::Account(key, reply)).await.flatten()
    }

    fn admitted_since(&self, person: PersonId) -> Option<u64> {
        self.admitted.read().ok()?.get(&person).copied()
    }

    async fn sessions(&self) -> Result<Vec<Session>, ApiError> {
        self.get(Wake::Sessions).await.ok_or_else(ApiError::busy)
    }

    async fn put_session(&self, session: Session) -> Result<(), ApiError> {
        self.ask(|reply| Wake::PutSession(session, reply)).await
    }

    async fn drop_sessions(&self, sessions: Vec<SessionId>) -> Result<(), ApiError> {
        self.ask(|reply| Wake::DropSessions(sessions, reply)).await
    }

    async fn status(&self) -> Result<Bytes, ApiError> {
        self.ask(Wake::Status).await
    }

    async fn fingerprints(&self) -> Result<BTreeMap<String, String>, ApiError> {
        let prints = self.prints().await.ok_or_else(ApiError::busy)?;
        Ok(prints
            .into_iter()
            .map(|(space, print)| (space.to_string(), print))
            .collect())
    }

    async fn may_archive(&self, viewer: Viewer, space: SpaceId) -> Result<(), ApiError> {
        self.act(move |hub| hub.may_archive(&space, &viewer.person))
            .await
    }

    async fn archive(&self, space: SpaceId) -> Result<std::fs::File, ApiError> {
        let file = self.act(|hub| hub.unnamed_file()).await?;
        let mut file = crate::archive::collect::archive(self.clone(), space, file).await?;
        let rewound = std::io::Seek::rewind(&mut file);
        rewound.map_err(|_| ApiError::busy())?;
        Ok(file)
    }

    async fn own_data(&self, person: PersonId) -> Result<OwnData, ApiError> {
        self.act(move |hub| hub.own_data(&person)).await
    }

    async fn own_archive(&self, person: PersonId) -> Result<std::fs::File, ApiError> {
        let file = self.act(|hub| hub.unnamed_file()).await?;
        let mut file = crate::archive::person::own_data(self.clone(), person, file).await?;
        let rewound = std::io::Seek::rewind(&mut file);
        rewound.map_err(|_| ApiError::busy())?;
        Ok(file)
    }

    async fn delete_account(&self, person: PersonId) -> Result<(), ApiError> {
        self.act(move |hub| hub.delete_account(person)).await
    }

    async fn counters(&self) -> Result<Counters, ApiError> {
        self.get(Wake::Counters).await.ok_or_else(ApiError::busy)
    }

    async fn add_person(&self, person: NewPerson) -> Result<PersonRef, ApiError> {
        self.ask(|reply| Wake::AddPerson(Box::new(person), reply))
            .await
    }

    async fn invite_guest_person(
        &self,
        viewer: Viewer,
        space: SpaceId,
        asked: InviteGuestPerson,
        password: String,
        verifier: String,
    ) -> Result<GuestPersonReady, ApiError> {
        self.act(move |hub| {
            hub.invite_guest_person(space, viewer.person, &asked, password, verifier)
        })
        .await
    }

    async fn invite_guest_site(
        &self,
        viewer: Viewer,
        space: SpaceId,
        asked: InviteGuestSite,
    ) -> Result<GuestTicketReady, ApiError> {
        self.act(move |hub| hub.invite_guest_site(space, viewer.person, &asked))
            .await
    }

    async fn set_verifier(
        &self,
        login: String,
        verifier: String,
        by: SetBy,
    ) -> Result<PersonRef, ApiError> {
        self.ask(|reply| Wake::SetVerifier(login, verifier, by, reply))
            .await
    }

    async fn sign_in_at_home(&self, login: String, password: String) -> Result<AtHome, ApiError> {
        let Some(route) = self.act(move |hub| Ok(hub.route(&login))).await? else {
            return Ok(AtHome::Wrong);
        };
        let login = route.login.clone();
        self.at_home(route, HomeQuestion::SignIn { login, password })
            .await
    }

    async fn change_at_home(
        &self,
        person: PersonId,
        current: String,
        verifier: String,
    ) -> Result<AtHome, ApiError> {
        let Some(route) = self.act(move |hub| Ok(hub.route_of(&person))).await? else {
            return Ok(AtHome::Away);
        };
        let question = HomeQuestion::ChangePassword {
            login: route.login.clone(),
            current,
            verifier,
        };
        self.at_home(route, question).await
    }

    fn some_site_is_away(&self) -> bool {
        self.away.load(Ordering::Relaxed)
    }

    fn questions(&self) -> Option<mpsc::Receiver<Asked>> {
        self.asked.lock().ok()?.take()
    }

    async fn give_rights(&self, given: GivenRights) -> Result<(), ApiError> {
        self.act(move |hub| {
            let role = role_of(given.open_spaces, given.technician);
            let authority = Authority::Registrar(None);
            let territory = given.territory.as_deref();
            hub.give_rights(&given.login, role, territory, &authority)?;
            Ok(())
        })
        .await
    }
}

/// The rights of the realm that registrars give.
pub(crate) fn role_of(open_spaces: bool, technician: bool) -> Role {
    let wanted = [(open_spaces, Role::CREATOR), (technician, Role::TECHNICIAN)];
    let wanted = wanted.into_iter().filter(|(wanted, _)| *wanted);
    wanted.fold(Role::NONE, |all, (_, role)| all.with(role))
}
