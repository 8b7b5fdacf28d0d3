//! What the web server asks of the site behind it.
//!
//! The hub implements [`Site`]; tests implement it in memory. Answers are ready JSON, so that a
//! view serialised once is sent to everybody. Nothing here knows HTTP.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Bytes;
use axum::extract::ws::Utf8Bytes;
use bocage_crdt::ids::{PersonId, SpaceId};
use tokio::sync::mpsc;

use super::home::{Asked, AtHome};
use crate::api::admin::Counters;
use crate::api::guests::{GuestPersonReady, GuestTicketReady, InviteGuestPerson, InviteGuestSite};
use crate::api::own_data::OwnData;
use crate::api::rows::{PersonRef, SiteRef};
use crate::api::session::{DoneToMe, MyRights};
use crate::api::{ApiError, BrowserMessage, CommandEnvelope, Language, Query, SessionId, Theme};

/// Messages queued for one browser: a burst of a thousand rows passes, a browser that sleeps does
/// not hold more. When full its socket is closed and it asks again.
pub const OUTBOX_MESSAGES_MAX: usize = 1_024;
/// Bytes queued for one browser: two documents of 100,000 operations, or many rows.
pub const OUTBOX_BYTES_MAX: usize = 8 << 20;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewer {
    /// The person signed in.
    pub person: PersonId,
    /// Her language in this session.
    pub language: Language,
}

/// What the site says of itself to everybody.
#[derive(Debug, Clone)]
pub struct SiteFacts {
    /// Id and name.
    pub site: SiteRef,
    /// Name of the realm.
    pub realm: String,
    /// Whom to ask for help, in the technician's own words.
    pub contact: Option<String>,
    /// Language of people whose browser asks for neither French nor English.
    pub language: Language,
}

/// How an account is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountKey {
    /// By the sign-in name as typed, trimmed; compared after `text::fold`.
    Login(String),
    /// By the person.
    Person(PersonId),
}

/// An account that may sign in here.
#[derive(Debug, Clone)]
pub struct Account {
    /// As others see her.
    pub person: PersonRef,
    /// The name she signs in with.
    pub login: String,
    /// Password verifier: an argon2id PHC string.
    pub verifier: String,
    /// What she may do.
    pub rights: MyRights,
    /// Whether this site is her home: elsewhere only her home says that a password is wrong.
    pub at_home: bool,
    /// Who gave her another home site.
    pub moved: Option<DoneToMe>,
    /// Who let her in again with a new password.
    pub let_in: Option<DoneToMe>,
}

/// A session as it is kept: a durable row. The token itself is known to the browser only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Derived from the token.
    pub id: SessionId,
    /// Who signed in.
    pub person: PersonId,
    /// When, in milliseconds since 1970 UTC.
    pub started_ms: u64,
    /// When last used, to the hour.
    pub last_seen_ms: u64,
    /// What the browser calls itself, cut to `USER_AGENT_BYTES_MAX`.
    pub user_agent: String,
    /// Language chosen.
    pub language: Language,
    /// Theme chosen.
    pub theme: Theme,
}

/// A person to be added; her password is already a verifier.
#[derive(Debug, Clone)]
pub struct NewPerson {
    /// The name to sign in with, in the form in which names are kept.
    pub login: String,
    /// Her name, likewise.
    pub name: String,
    /// Her trade, likewise.
    pub job: Option<String>,
    /// Password verifier: an argon2id PHC string.
    pub verifier: String,
    /// What she may do.
    pub rights: MyRights,
}

/// Who sets a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetBy {
    /// The person, with her present one.
    Herself,
    /// Whoever looks after the site's machine.
    Machine,
}

/// Rights of the realm to be given to a person by a registrar of this site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenRights {
    /// Whose: her sign-in name, with `@` and her site where several people have it.
    pub login: String,
    /// Open spaces.
    pub open_spaces: bool,
    /// Look after sites.
    pub technician: bool,
    /// For the territory of this name; everywhere without.
    pub territory: Option<String>,
}

/// One browser's live connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttachmentId(pub u64);

/// A new live connection: what the hub wants to say comes out of `outgoing`.
#[derive(Debug)]
pub struct Attachment {
    /// Names it in later calls.
    pub id: AttachmentId,
    /// Made by [`outbox`].
    pub outgoing: Outgoing,
}

/// The hub's end of a browser's queue. Dropping it closes the socket («going away»).
#[derive(Debug)]
pub struct Outbox {
    sender: mpsc::Sender<Utf8Bytes>,
    queued_bytes: Arc<AtomicUsize>,
}

/// The socket's end of the queue.
#[derive(Debug)]
pub struct Outgoing {
    receiver: mpsc::Receiver<Utf8Bytes>,
    queued_bytes: Arc<AtomicUsize>,
}

/// The queue of one browser is full: drop its [`Outbox`]; the socket says «relire» and closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overflow;

/// Set in `queued_bytes` once a message found no room: the socket closes with «relire».
const OVERFLOWED: usize = usize::MAX / 2;

/// A bounded queue towards one browser.
pub fn outbox() -> (Outbox, Outgoing) {
    let (sender, receiver) = mpsc::channel(OUTBOX_MESSAGES_MAX);
    let queued_bytes = Arc::new(AtomicUsize::new(0));
    let outgoing = Outgoing {
        receiver,
        queued_bytes: queued_bytes.clone(),
    };
    (
        Outbox {
            sender,
            queued_bytes,
        },
        outgoing,
    )
}

impl Outbox {
    /// Queues a message; never waits. After an [`Overflow`] nothing is taken any more.
    pub fn push(&self, message: Utf8Bytes) -> Result<(), Overflow> {
        let length = message.len();
        let before = self.queued_bytes.fetch_add(length, Ordering::AcqRel);
        // One message alone always passes: a document may be larger than the bound.
        let fits = before == 0 || before.saturating_add(length) <= OUTBOX_BYTES_MAX;
        if fits && self.sender.try_send(message).is_ok() {
            return Ok(());
        }
        self.queued_bytes.store(OVERFLOWED, Ordering::Release);
        Err(Overflow)
    }

    /// Whether the browser is gone.
    pub fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }
}

impl Outgoing {
    /// The next message; `None` when the hub let go.
    pub async fn next(&mut self) -> Option<Utf8Bytes> {
        let message = self.receiver.recv().await?;
        self.taken(&message);
        Some(message)
    }

    /// The next message if one waits.
    pub fn ready(&mut self) -> Option<Utf8Bytes> {
        let message = self.receiver.try_recv().ok()?;
        self.taken(&message);
        Some(message)
    }

    fn taken(&self, message: &Utf8Bytes) {
        self.queued_bytes.fetch_sub(message.len(), Ordering::AcqRel);
    }

    /// Whether a message found no room.
    pub fn overflowed(&self) -> bool {
        // Taking messages out lowers the mark by at most what was queued.
        self.queued_bytes.load(Ordering::Acquire) > OVERFLOWED / 2
    }
}

/// The site behind the web server. Cloning is cheap: a handle.
pub trait Site: Clone + Send + Sync + 'static {
    /// What everybody may know.
    fn facts(&self) -> SiteFacts;

    /// Answers a question: ready JSON of the type named in [`Query`].
    fn query(
        &self,
        viewer: Viewer,
        query: Query,
    ) -> impl Future<Output = Result<Bytes, ApiError>> + Send;

    /// Does a command: ready JSON of a `CommandAnswer`, once it is durable and in its item's view.
    /// Doing the same command again answers the same.
    fn command(
        &self,
        viewer: Viewer,
        envelope: CommandEnvelope,
    ) -> impl Future<Output = Result<Bytes, ApiError>> + Send;

    /// A browser connected; the hub's first message is `hello`.
    fn attach(&self, viewer: Viewer) -> Attachment;

    /// A browser said something. While this waits, nothing more is read from that browser: so a
    /// full queue behind it slows the browser down and loses nothing.
    fn browser(
        &self,
        attachment: AttachmentId,
        message: BrowserMessage,
    ) -> impl Future<Output = ()> + Send;

    /// A browser is gone.
    fn detach(&self, attachment: AttachmentId);

    /// An account that may sign in here, or `None`.
    fn account(&self, key: AccountKey) -> impl Future<Output = Option<Account>> + Send;

    /// Sessions of this person that started before this time (milliseconds since 1970 UTC) are
    /// over: the time of her last password change, else 0. `None`: she may not be here. Asked on
    /// every request, so it must be a look-up in memory.
    fn admitted_since(&self, person: PersonId) -> Option<u64>;

    /// All kept sessions, at start.
    fn sessions(&self) -> impl Future<Output = Result<Vec<Session>, ApiError>> + Send;

    /// Keeps a session, new or changed; durable when it returns.
    fn put_session(&self, session: Session) -> impl Future<Output = Result<(), ApiError>> + Send;

    /// Forgets sessions; durable when it returns.
    fn drop_sessions(
        &self,
        sessions: Vec<SessionId>,
    ) -> impl Future<Output = Result<(), ApiError>> + Send;

    /// The site's status for the command line: ready JSON of a `SiteStatus`.
    fn status(&self) -> impl Future<Output = Result<Bytes, ApiError>> + Send;

    /// One hash per space over what the site shows of it, for comparing sites.
    fn fingerprints(
        &self,
    ) -> impl Future<Output = Result<BTreeMap<String, String>, ApiError>> + Send;

    /// Whether a person may take a space away as an archive.
    fn may_archive(
        &self,
        viewer: Viewer,
        space: SpaceId,
    ) -> impl Future<Output = Result<(), ApiError>> + Send;

    /// The archive of a space: a file that is complete, and that nothing else has open.
    fn archive(
        &self,
        space: SpaceId,
    ) -> impl Future<Output = Result<std::fs::File, ApiError>> + Send;

    /// What a person may do with her data here, and what stands in the way.
    fn own_data(&self, person: PersonId) -> impl Future<Output = Result<OwnData, ApiError>> + Send;

    /// Her own data: a file that is complete, and that nothing else has open.
    fn own_archive(
        &self,
        person: PersonId,
    ) -> impl Future<Output = Result<std::fs::File, ApiError>> + Send;

    /// Deletes the account of a person whose home is this site; durable when it returns.
    fn delete_account(&self, person: PersonId)
    -> impl Future<Output = Result<(), ApiError>> + Send;

    /// What the site did since its start.
    fn counters(&self) -> impl Future<Output = Result<Counters, ApiError>> + Send;

    /// Adds a person whose home is this site; `conflict` with `Text::LoginTaken` if the name is.
    fn add_person(
        &self,
        person: NewPerson,
    ) -> impl Future<Output = Result<PersonRef, ApiError>> + Send;

    /// Lets a partner's person, with this first password, into a space; durable when it returns.
    fn invite_guest_person(
        &self,
        viewer: Viewer,
        space: SpaceId,
        asked: InviteGuestPerson,
        password: String,
        verifier: String,
    ) -> impl Future<Output = Result<GuestPersonReady, ApiError>> + Send;

    /// Issues a ticket for a partner's site; durable when it returns.
    fn invite_guest_site(
        &self,
        viewer: Viewer,
        space: SpaceId,
        asked: InviteGuestSite,
    ) -> impl Future<Output = Result<GuestTicketReady, ApiError>> + Send;

    /// Replaces a person's verifier and ends her sessions; `not-found` if nobody has this login.
    fn set_verifier(
        &self,
        login: String,
        verifier: String,
        by: SetBy,
    ) -> impl Future<Output = Result<PersonRef, ApiError>> + Send;

    /// Asks the home site of somebody who is not at home here. Once she was right, her account is
    /// kept here, so that it works while her home cannot be asked.
    fn sign_in_at_home(
        &self,
        login: String,
        password: String,
    ) -> impl Future<Output = Result<AtHome, ApiError>> + Send;

    /// Has her home site change the password of somebody who is not at home here.
    fn change_at_home(
        &self,
        person: PersonId,
        current: String,
        verifier: String,
    ) -> impl Future<Output = Result<AtHome, ApiError>> + Send;

    /// Whether a site of the realm does not answer at the moment.
    fn some_site_is_away(&self) -> bool;

    /// What other sites ask about people at home here; given once.
    fn questions(&self) -> Option<mpsc::Receiver<Asked>>;

    /// Gives rights of the realm in the name of a registrar who is at home here.
    fn give_rights(&self, given: GivenRights) -> impl Future<Output = Result<(), ApiError>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_says_so_and_stays_shut() {
        let (outbox, mut outgoing) = outbox();
        for n in 0..OUTBOX_MESSAGES_MAX {
            assert_eq!(outbox.push(Utf8Bytes::from_static("x")), Ok(()), "{n}");
        }
        assert!(!outgoing.overflowed());
        assert_eq!(outbox.push(Utf8Bytes::from_static("x")), Err(Overflow));
        while outgoing.ready().is_some() {}
        assert!(outgoing.overflowed());
        assert_eq!(outbox.push(Utf8Bytes::from_static("x")), Err(Overflow));
    }

    #[test]
    fn bytes_are_bounded_but_one_large_message_passes() {
        let (outbox, mut outgoing) = outbox();
        let large = Utf8Bytes::from("x".repeat(OUTBOX_BYTES_MAX + 1));
        assert_eq!(outbox.push(large.clone()), Ok(()));
        assert_eq!(
            outgoing.ready().map(|message| message.len()),
            Some(large.len())
        );
        let half = Utf8Bytes::from("x".repeat(OUTBOX_BYTES_MAX / 2 + 1));
        assert_eq!(outbox.push(half.clone()), Ok(()));
        assert_eq!(outbox.push(half), Err(Overflow));
    }
}
