//! Sessions: random tokens in cookies, rows kept by the site, all of them in memory while it runs.
//!
//! The site keeps a hash of the token; a stolen copy of its disk signs nobody in. Which cookie
//! carries the token is the business of `guard`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, RwLock};

use bocage_crdt::ids::PersonId;
use rand::RngExt as _;
use tokio::sync::watch;

use super::site::{Session, Viewer};
use crate::api::SessionId;

/// A session unused for this long is over; each use starts it anew.
pub const IDLE_MS_MAX: u64 = 30 * 24 * 3_600 * 1_000;
/// How often «last seen» is written to disk: an hour is enough to tell devices apart.
pub const SEEN_MS_STEP: u64 = 3_600 * 1_000;
/// Sessions of one person: the longest unused one makes room.
pub const SESSIONS_PER_PERSON_MAX: usize = 50;
/// Longest name of a browser that is kept.
pub const USER_AGENT_BYTES_MAX: usize = 255;

/// What the browser holds: 256 random bits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Token(pub [u8; 32]);

impl Token {
    /// A new one, from a generator that the operating system seeds.
    pub fn fresh() -> Self {
        Self(rand::rng().random())
    }

    /// As it stands in the cookie.
    pub fn to_hex(self) -> String {
        bocage_crdt::ids::LogId(self.0).to_string()
    }

    /// Reads a cookie's value.
    pub fn from_hex(text: &str) -> Option<Self> {
        // One reader of hex is enough: identifiers of this size have it.
        text.parse::<bocage_crdt::ids::LogId>()
            .ok()
            .map(|id| Self(id.0))
    }

    /// What pages send back with every change. Derived, so that it needs no place of its own, and
    /// one-way, so that a page that shows it does not show the token.
    pub fn csrf(&self) -> String {
        let bytes: [u8; 16] = bocage_crdt::ids::derive("bocage 1 csrf token", &[&self.0]);
        bocage_crdt::ids::ItemId(bytes).to_string()
    }
}

/// A session in use.
#[derive(Debug)]
pub struct LiveSession {
    row: Mutex<Session>,
    ended: watch::Sender<bool>,
}

impl LiveSession {
    fn new(row: Session) -> Arc<Self> {
        let (ended, _) = watch::channel(false);
        let row = Mutex::new(row);
        Arc::new(Self { row, ended })
    }

    fn lock(&self) -> MutexGuard<'_, Session> {
        // Every change of a row is one assignment: a panic leaves it whole.
        self.row.lock().unwrap_or_else(|lock| lock.into_inner())
    }

    /// The row as it is now.
    pub fn row(&self) -> Session {
        self.lock().clone()
    }

    /// Who asks when this session asks.
    pub fn viewer(&self) -> Viewer {
        let row = self.lock();
        let (person, language) = (row.person, row.language);
        Viewer { person, language }
    }

    /// Changes the row; gives it back to be kept.
    pub fn change(&self, change: impl FnOnce(&mut Session)) -> Session {
        let mut row = self.lock();
        change(&mut row);
        row.clone()
    }

    /// Becomes true when the session is over.
    pub fn ended(&self) -> watch::Receiver<bool> {
        self.ended.subscribe()
    }

    /// Whether it still counts for a person whose sessions count since `admitted_since_ms`.
    pub fn counts(&self, admitted_since_ms: Option<u64>, now_ms: u64) -> bool {
        let row = self.lock();
        let admitted = admitted_since_ms.is_some_and(|since| row.started_ms >= since);
        admitted && now_ms < row.last_seen_ms.saturating_add(IDLE_MS_MAX)
    }
}

/// All sessions of the site.
#[derive(Debug, Default)]
pub struct Sessions {
    live: RwLock<HashMap<SessionId, Arc<LiveSession>>>,
}

/// What came of looking for a session.
#[derive(Debug)]
pub enum Found {
    /// In use.
    Live(Arc<LiveSession>),
    /// In use, and its «last seen» is to be written.
    Seen(Arc<LiveSession>),
    /// Over, and to be forgotten on disk.
    Over(SessionId),
    /// Never heard of.
    Unknown,
}

impl Sessions {
    /// The kept sessions.
    pub fn load(rows: Vec<Session>) -> Self {
        let live = rows.into_iter().map(|row| (row.id, LiveSession::new(row)));
        let live = RwLock::new(live.collect());
        Self { live }
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, HashMap<SessionId, Arc<LiveSession>>> {
        self.live.read().unwrap_or_else(|lock| lock.into_inner())
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, HashMap<SessionId, Arc<LiveSession>>> {
        self.live.write().unwrap_or_else(|lock| lock.into_inner())
    }

    /// The session of a token. `admitted_since` answers from memory (see `Site`).
    pub fn find(
        &self,
        token: &Token,
        admitted_since: impl FnOnce(PersonId) -> Option<u64>,
        now_ms: u64,
    ) -> Found {
        let id = SessionId::of(&token.0);
        let Some(live) = self.read().get(&id).cloned() else {
            return Found::Unknown;
        };
        if !live.counts(admitted_since(live.viewer().person), now_ms) {
            self.end(&[id]);
            return Found::Over(id);
        }
        let mut row = live.lock();
        if now_ms < row.last_seen_ms.saturating_add(SEEN_MS_STEP) {
            drop(row);
            return Found::Live(live);
        }
        row.last_seen_ms = now_ms;
        drop(row);
        Found::Seen(live)
    }

    /// Takes a new session in; gives back those of the person that had to make room.
    pub fn begin(&self, row: Session) -> Vec<SessionId> {
        let person = row.person;
        self.write().insert(row.id, LiveSession::new(row));
        let mut rows = self.of(person);
        rows.sort_by_key(|row| std::cmp::Reverse((row.last_seen_ms, row.started_ms)));
        let over = rows.iter().skip(SESSIONS_PER_PERSON_MAX);
        let over: Vec<SessionId> = over.map(|row| row.id).collect();
        self.end(&over);
        over
    }

    /// The sessions of a person.
    pub fn of(&self, person: PersonId) -> Vec<Session> {
        let live = self.read();
        let rows = live.values().map(|session| session.row());
        rows.filter(|row| row.person == person).collect()
    }

    /// Ends sessions; their sockets close at once.
    pub fn end(&self, ids: &[SessionId]) {
        let mut live = self.write();
        for id in ids {
            if let Some(session) = live.remove(id) {
                session.ended.send_replace(true);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Language, Theme};

    const START: u64 = 1_000_000;

    fn row(token: &Token, last_seen_ms: u64) -> Session {
        Session {
            id: SessionId::of(&token.0),
            person: PersonId([1; 16]),
            started_ms: START,
            last_seen_ms,
            user_agent: "Firefox".into(),
            language: Language::Fr,
            theme: Theme::Auto,
        }
    }

    #[test]
    fn a_session_slides_for_thirty_days_and_ends_with_the_admission() {
        let token = Token([7; 32]);
        let cases = [
            (START + 1, Some(0), "live"),
            (START + SEEN_MS_STEP, Some(START), "seen"),
            (START + IDLE_MS_MAX - 1, Some(0), "seen"),
            (START + IDLE_MS_MAX, Some(0), "over"),
            (START + 1, Some(START + 1), "over"),
            (START + 1, None, "over"),
        ];
        for (now_ms, since, expected) in cases {
            let sessions = Sessions::load(vec![row(&token, START)]);
            let mut ended = sessions.read()[&SessionId::of(&token.0)].ended();
            let found = match sessions.find(&token, |_| since, now_ms) {
                Found::Live(_) => "live",
                Found::Seen(_) => "seen",
                Found::Over(_) => "over",
                Found::Unknown => "unknown",
            };
            assert_eq!(found, expected, "{now_ms} {since:?}");
            assert_eq!(*ended.borrow_and_update(), expected == "over");
        }
        let sessions = Sessions::load(vec![row(&token, START)]);
        let other = sessions.find(&Token([8; 32]), |_| Some(0), START);
        assert!(matches!(other, Found::Unknown));
    }

    #[test]
    fn the_longest_unused_session_makes_room() {
        let sessions = Sessions::default();
        for n in 0..SESSIONS_PER_PERSON_MAX as u8 {
            let over = sessions.begin(row(&Token([n; 32]), START + 100 - u64::from(n)));
            assert_eq!(over, [], "{n}");
        }
        let oldest = SessionId::of(&[SESSIONS_PER_PERSON_MAX as u8 - 1; 32]);
        assert_eq!(
            sessions.begin(row(&Token([200; 32]), START + 200)),
            [oldest]
        );
        assert_eq!(
            sessions.of(PersonId([1; 16])).len(),
            SESSIONS_PER_PERSON_MAX
        );
    }

    #[test]
    fn tokens_are_read_back_and_do_not_show_in_what_is_derived() {
        let token = Token::fresh();
        assert!(Token::from_hex(&token.to_hex()) == Some(token));
        assert!(Token::from_hex("zz").is_none());
        assert!(!token.to_hex().contains(&token.csrf()));
        assert_ne!(token.csrf(), SessionId::of(&token.0).to_string());
    }
}
