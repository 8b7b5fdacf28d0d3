//! A site in memory: two people, canned answers, and a record of what it was asked.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use axum::body::Bytes;
use axum::extract::ws::Utf8Bytes;
use bocage_crdt::ids::{NodeId, PersonId, SpaceId};
use tokio::sync::mpsc;

use crate::api::admin::Counters;
use crate::api::guests::{GuestPersonReady, GuestTicketReady, InviteGuestPerson, InviteGuestSite};
use crate::api::own_data::OwnData;
use crate::api::rows::{PersonRef, SiteRef};
use crate::api::session::MyRights;
use crate::api::texts::Text;
use crate::api::{
    ApiError, BrowserMessage, CommandEnvelope, ErrorCode, Language, Query, SessionId,
};
use crate::web::home::{Asked, AtHome};
use crate::web::password;
use crate::web::site::{
    Account, AccountKey, Attachment, AttachmentId, GivenRights, NewPerson, Outbox, Session, SetBy,
    Site, SiteFacts, Viewer, outbox,
};

/// Everybody's password.
pub(super) const PASSWORD: &str = "le marais breton";
/// A name that tries to leave the script element it is put into.
pub(super) const EVIL_NAME: &str = "</script><script>alert('Œuf')</script><!--";

static VERIFIER: LazyLock<String> = LazyLock::new(|| password::verifier(PASSWORD));

#[derive(Debug, Default)]
pub(super) struct Inner {
    pub(super) accounts: Mutex<Vec<Account>>,
    /// Since when sessions count; people not named here: since ever.
    pub(super) admitted_since: Mutex<BTreeMap<PersonId, Option<u64>>>,
    pub(super) sessions: Mutex<BTreeMap<SessionId, Session>>,
    pub(super) commands: Mutex<Vec<(Viewer, CommandEnvelope)>>,
    pub(super) outboxes: Mutex<BTreeMap<u64, Outbox>>,
    pub(super) heard: Mutex<Vec<BrowserMessage>>,
    pub(super) detached: Mutex<Vec<AttachmentId>>,
    attached: AtomicU64,
}

#[derive(Debug, Clone)]
pub(super) struct FakeSite(pub(super) Arc<Inner>);

pub(super) fn person(n: u8) -> PersonId {
    PersonId([n; 16])
}

impl FakeSite {
    pub(super) fn new() -> Self {
        let account = |n, login: &str, name: &str| Account {
            person: PersonRef {
                id: person(n),
                name: name.into(),
                site: "Nantes".into(),
                job: None,
                partner: None,
                deleted: false,
            },
            login: login.into(),
            verifier: VERIFIER.clone(),
            rights: MyRights::default(),
            at_home: true,
            moved: None,
            let_in: None,
        };
        let accounts = vec![account(1, "yann", EVIL_NAME), account(2, "maud", "Maud")];
        let accounts = Mutex::new(accounts);
        Self(Arc::new(Inner {
            accounts,
            ..Inner::default()
        }))
    }
}

impl Site for FakeSite {
    fn facts(&self) -> SiteFacts {
        SiteFacts {
            contact: Some("poste 4455".to_owned()),
            site: SiteRef {
                id: NodeId([0xab; 32]),
                name: "Nantes".into(),
            },
            realm: "Loire".into(),
            language: Language::Fr,
        }
    }

    async fn query(&self, viewer: Viewer, query: Query) -> Result<Bytes, ApiError> {
        match query {
            Query::Search { q } if q == "panic" => panic!("asked to"),
            Query::Search { q } if q == "slow" => std::future::pending().await,
            Query::Search { q } if q == "long" => Ok("[0]".repeat(10_000).into()),
            Query::Space { .. } => Err(ApiError::not_found()),
            Query::Site => Err(ApiError::forbidden().with_text(Text::OnlyTechnicians)),
            query => {
                let text = format!("{query:?} {} {EVIL_NAME}", viewer.person);
                Ok(serde_json::to_vec(&text).expect("a text").into())
            }
        }
    }

    async fn command(&self, viewer: Viewer, envelope: CommandEnvelope) -> Result<Bytes, ApiError> {
        self.0
            .commands
            .lock()
            .expect("whole")
            .push((viewer, envelope));
        Ok(Bytes::from_static(b"{}"))
    }

    fn attach(&self, viewer: Viewer) -> Attachment {
        let id = self.0.attached.fetch_add(1, Ordering::Relaxed);
        let (outbox, outgoing) = outbox();
        let hello = Utf8Bytes::from(format!("hello {}", viewer.person));
        outbox.push(hello).expect("empty");
        self.0.outboxes.lock().expect("whole").insert(id, outbox);
        let id = AttachmentId(id);
        Attachment { id, outgoing }
    }

    async fn browser(&self, attachment: AttachmentId, message: BrowserMessage) {
        self.0.heard.lock().expect("whole").push(message);
        let outboxes = self.0.outboxes.lock().expect("whole");
        let pong = Utf8Bytes::from_static("heard");
        let _ = outboxes[&attachment.0].push(pong);
    }

    fn detach(&self, attachment: AttachmentId) {
        self.0.detached.lock().expect("whole").push(attachment);
    }

    async fn account(&self, key: AccountKey) -> Option<Account> {
        let accounts = self.0.accounts.lock().expect("whole");
        let found = accounts.iter().find(|account| match &key {
            AccountKey::Login(login) => {
                bocage_crdt::text::fold(login) == bocage_crdt::text::fold(&account.login)
            }
            AccountKey::Person(person) => *person == account.person.id,
        });
        found.cloned()
    }

    fn admitted_since(&self, person: PersonId) -> Option<u64> {
        let known = self.0.admitted_since.lock().expect("whole");
        known.get(&person).copied().unwrap_or(Some(0))
    }

    async fn sessions(&self) -> Result<Vec<Session>, ApiError> {
        Ok(self
            .0
            .sessions
            .lock()
            .expect("whole")
            .values()
            .cloned()
            .collect())
    }

    async fn put_session(&self, session: Session) -> Result<(), ApiError> {
        self.0
            .sessions
            .lock()
            .expect("whole")
            .insert(session.id, session);
        Ok(())
    }

    async fn drop_sessions(&self, sessions: Vec<SessionId>) -> Result<(), ApiError> {
        let mut kept = self.0.sessions.lock().expect("whole");
        kept.retain(|id, _| !sessions.contains(id));
        Ok(())
    }

    async fn status(&self) -> Result<Bytes, ApiError> {
        Ok(Bytes::from_static(b"{\"ok\":true}"))
    }

    async fn fingerprints(&self) -> Result<std::collections::BTreeMap<String, String>, ApiError> {
        Ok([("11".repeat(32), "22".repeat(32))].into())
    }

    async fn may_archive(&self, _: Viewer, _: SpaceId) -> Result<(), ApiError> {
        Err(ApiError::not_found())
    }

    async fn archive(&self, _: SpaceId) -> Result<std::fs::File, ApiError> {
        Err(ApiError::not_found())
    }

    async fn own_data(&self, _: PersonId) -> Result<OwnData, ApiError> {
        Ok(OwnData {
            contact: None,
            home: None,
            guest_site: false,
            spaces: Vec::new(),
            last_registrar: false,
            last_technician: false,
        })
    }

    async fn own_archive(&self, _: PersonId) -> Result<std::fs::File, ApiError> {
        Err(ApiError::not_found())
    }

    async fn delete_account(&self, person: PersonId) -> Result<(), ApiError> {
        let mut accounts = self.0.accounts.lock().expect("whole");
        accounts.retain(|account| account.person.id != person);
        let mut admitted = self.0.admitted_since.lock().expect("whole");
        admitted.insert(person, None);
        Ok(())
    }

    async fn counters(&self) -> Result<Counters, ApiError> {
        Ok(Counters {
            bytes_sent: 1,
            bytes_received: 2,
            commits: 3,
            sealed_values: 5,
            sealed_bytes: 6,
            refused: [("bad-signature".to_owned(), 4)].into(),
        })
    }

    async fn add_person(&self, new: NewPerson) -> Result<PersonRef, ApiError> {
        let mut accounts = self.0.accounts.lock().expect("whole");
        if accounts.iter().any(|account| account.login == new.login) {
            return Err(ApiError::new(ErrorCode::Conflict).with_text(Text::LoginTaken));
        }
        let person = PersonRef {
            id: person(accounts.len() as u8 + 1),
            name: new.name,
            site: "Nantes".into(),
            job: new.job,
            partner: None,
            deleted: false,
        };
        accounts.push(Account {
            person: person.clone(),
            login: new.login,
            verifier: new.verifier,
            rights: new.rights,
            at_home: true,
            moved: None,
            let_in: None,
        });
        Ok(person)
    }

    async fn invite_guest_person(
        &self,
        _: crate::web::site::Viewer,
        _: bocage_crdt::ids::SpaceId,
        asked: InviteGuestPerson,
        password: String,
        _: String,
    ) -> Result<GuestPersonReady, ApiError> {
        Ok(GuestPersonReady {
            person: PersonRef {
                id: person(99),
                name: asked.name,
                site: "Nantes".into(),
                job: None,
                partner: Some(asked.organisation),
                deleted: false,
            },
            login: asked.login,
            password: Some(password),
        })
    }

    async fn invite_guest_site(
        &self,
        _: crate::web::site::Viewer,
        _: bocage_crdt::ids::SpaceId,
        asked: InviteGuestSite,
    ) -> Result<GuestTicketReady, ApiError> {
        Ok(GuestTicketReady {
            ticket: "bocage-xyz".into(),
            site: crate::api::rows::SiteRef {
                id: bocage_crdt::ids::NodeId([7; 32]),
                name: "Nantes".into(),
            },
            qr_svg: None,
            expires_ms: asked.end_ms,
        })
    }

    async fn set_verifier(
        &self,
        login: String,
        verifier: String,
        _by: SetBy,
    ) -> Result<PersonRef, ApiError> {
        let mut accounts = self.0.accounts.lock().expect("whole");
        let account = accounts.iter_mut().find(|account| account.login == login);
        let account = account.ok_or(ApiError::not_found())?;
        account.verifier = verifier;
        let since = Some(crate::web::now_ms() + 1);
        self.0
            .admitted_since
            .lock()
            .expect("whole")
            .insert(account.person.id, since);
        Ok(account.person.clone())
    }

    async fn give_rights(&self, given: GivenRights) -> Result<(), ApiError> {
        let mut accounts = self.0.accounts.lock().expect("whole");
        let account = accounts
            .iter_mut()
            .find(|account| account.login == given.login);
        let account = account.ok_or(ApiError::not_found())?;
        account.rights.open_spaces |= given.open_spaces;
        account.rights.technician |= given.technician;
        Ok(())
    }

    async fn sign_in_at_home(&self, _: String, _: String) -> Result<AtHome, ApiError> {
        Ok(AtHome::Wrong)
    }

    async fn change_at_home(&self, _: PersonId, _: String, _: String) -> Result<AtHome, ApiError> {
        Ok(AtHome::Away)
    }

    fn some_site_is_away(&self) -> bool {
        false
    }

    fn questions(&self) -> Option<mpsc::Receiver<Asked>> {
        None
    }
}
