//! Accounts and sessions: durable rows beside the logs, for this site only.

use bocage_crdt::features::person::{Card, login as login_form};
use bocage_crdt::ids::{CommandId, PersonId, SpaceId, derive};
use bocage_protocol::rights::Role;
use serde::{Deserialize, Serialize};

use super::{After, Hub, Reply};
use crate::api::rows::PersonRef;
use crate::api::texts::Text;
use crate::api::{ApiError, ErrorCode, Language, SessionId, Theme};
use crate::store::{AccountRow, SessionRow, StoreWrite};
use crate::web::site::{NewPerson, Session, SetBy};

/// A session as it lies on disk.
#[derive(Serialize, Deserialize)]
struct Kept {
    person: PersonId,
    started_ms: u64,
    last_seen_ms: u64,
    user_agent: String,
    english: bool,
    theme: u8,
}

fn keep(session: &Session) -> SessionRow {
    let kept = Kept {
        person: session.person,
        started_ms: session.started_ms,
        last_seen_ms: session.last_seen_ms,
        user_agent: session.user_agent.clone(),
        english: session.language == Language::En,
        theme: match session.theme {
            Theme::Auto => 0,
            Theme::Light => 1,
            Theme::Dark => 2,
        },
    };
    SessionRow {
        bytes: postcard::to_stdvec(&kept).expect("plain values always encode"),
    }
}

fn read(id: SessionId, row: &SessionRow) -> Option<Session> {
    let kept: Kept = postcard::from_bytes(&row.bytes).ok()?;
    Some(Session {
        id,
        person: kept.person,
        started_ms: kept.started_ms,
        last_seen_ms: kept.last_seen_ms,
        user_agent: kept.user_agent,
        language: if kept.english {
            Language::En
        } else {
            Language::Fr
        },
        theme: match kept.theme {
            1 => Theme::Light,
            2 => Theme::Dark,
            _ => Theme::Auto,
        },
    })
}

impl Hub {
    pub(crate) fn load_sessions(&mut self, rows: Vec<([u8; 16], SessionRow)>) {
        let sessions = rows.iter().filter_map(|(id, row)| {
            let id = SessionId(*id);
            Some((id, read(id, row)?))
        });
        self.sessions = sessions.collect();
    }

    pub(crate) fn put_session(&mut self, session: Session, reply: Reply<()>) {
        self.batch
            .push(StoreWrite::Session(session.id.0, Some(keep(&session))));
        self.sessions.insert(session.id, session);
        self.after.push(After::Done(reply));
    }

    pub(crate) fn drop_sessions(&mut self, ids: &[SessionId], reply: Reply<()>) {
        for id in ids {
            self.sessions.remove(id);
            self.batch.push(StoreWrite::Session(id.0, None));
        }
        self.after.push(After::Done(reply));
    }

    pub(crate) fn add_person(&mut self, person: NewPerson, reply: Reply<PersonRef>) {
        match self.try_add_person(person, false) {
            Ok(person) => self.after.push(After::Person(reply, person)),
            Err(error) => drop(reply.send(Err(error))),
        }
    }

    pub(super) fn try_add_person(
        &mut self,
        new: NewPerson,
        guest: bool,
    ) -> Result<PersonRef, ApiError> {
        let realm = SpaceId(self.me.realm.0);
        if !self.me.guest && !self.space(&realm)?.hosts().contains(&self.me.node) {
            // Joined a moment ago: the realm's own words are still on their way.
            return Err(ApiError::busy());
        }
        let login = login_form(&new.login).map_err(|_| ApiError::value("login"))?;
        let (command, person) = self.new_card(&login);
        // One name, one person, in the whole realm as far as it is known here.
        let others = self.directory.named(&login).into_iter();
        let taken = others.filter(|other| *other != person).count() > 0;
        if taken || self.directory.account_row(&login).is_some() {
            return Err(ApiError::new(ErrorCode::Conflict).with_text(Text::LoginTaken));
        }
        let wanted: Vec<Role> = [
            (new.rights.open_spaces, Role::CREATOR),
            (new.rights.technician, Role::TECHNICIAN),
        ]
        .into_iter()
        .filter_map(|(wanted, role)| wanted.then_some(role))
        .collect();
        let mut card = Card {
            person,
            name: new.name,
            login: login.clone(),
            job: new.job.unwrap_or_default(),
            asks: Vec::new(),
            changed_ms: 0,
            readmitted: None,
            deleted: false,
            guest,
        };
        // Nothing is given for a card that cannot be written.
        card.to_content().map_err(super::commands::invalid)?;
        if self.me.guest {
            self.add_own_person(&card, command)?;
        } else {
            card.asks = self.give_or_ask(person, &wanted);
            self.write_card(&card, command)?;
        }
        let account = AccountRow {
            person,
            verifier: new.verifier,
            reserved: [0; 2],
            changed_ms: 0,
        };
        self.batch
            .push(StoreWrite::Account(login.clone(), account.clone()));
        self.directory.set_account(login, account);
        Ok(self.directory.person_ref(&person))
    }

    /// Named by her login at this site: a card is written once however often this is tried. The
    /// name of a deleted account may be given again, to a new person: then it counts on.
    fn card_command(&self, login: &str, again: u32) -> CommandId {
        let parts: [&[u8]; 3] = [&self.me.secret, login.as_bytes(), &again.to_be_bytes()];
        let parts = match again {
            0 => &parts[..2],
            _ => &parts[..],
        };
        CommandId(derive("bocage 1 person added", parts))
    }

    fn new_card(&self, login: &str) -> (CommandId, PersonId) {
        let mut again = 0;
        loop {
            let command = self.card_command(login, again);
            let person = PersonId::of(&self.me.node, &command);
            if !self.directory.is_deleted(&person) && !self.own_people.has_left(&person) {
                return (command, person);
            }
            again += 1;
        }
    }

    /// Writes what this site says of a person at home here: in the card it began, or in its own of
    /// somebody whom another site named first.
    fn rewrite_card(&mut self, card: &Card) -> Result<(), ApiError> {
        let (mut command, person) = self.new_card(&card.login);
        if person != card.person {
            command = CommandId(derive(
                "bocage 1 card of a person who moved here",
                &[&self.me.secret, &card.person.0],
            ));
        }
        self.write_card(card, command)
    }

    pub(crate) fn set_verifier(
        &mut self,
        login: &str,
        verifier: String,
        by: SetBy,
        reply: Reply<PersonRef>,
    ) {
        match self.try_set_verifier(login, verifier, by) {
            Ok(person) => self.after.push(After::Person(reply, person)),
            Err(error) => drop(reply.send(Err(error))),
        }
    }

    fn try_set_verifier(
        &mut self,
        login: &str,
        verifier: String,
        by: SetBy,
    ) -> Result<PersonRef, ApiError> {
        let login = login_form(login).map_err(|_| ApiError::not_found())?;
        let me = self.me.node;
        let known = self.directory.account_row(&login);
        let known = known.map(|account| account.person);
        // Somebody who moved here has no account yet: her first password makes it.
        let moved = || {
            let mut named = self.directory.named(&login).into_iter();
            named.find(|person| self.directory.home_of(person) == Some(me))
        };
        let person = known.or_else(moved).ok_or_else(ApiError::not_found)?;
        if self
            .directory
            .home_of(&person)
            .is_some_and(|home| home != me)
        {
            return Err(ApiError::not_found());
        }
        let changed_ms = self.clock.wall_ms();
        if let Some(mut card) = self.directory.card(&person) {
            card.changed_ms = changed_ms;
            card.readmitted = match by {
                SetBy::Herself => card.readmitted,
                SetBy::Machine => Some((self.me.person, changed_ms)),
            };
            // Other sites forget what they keep of the old password when they read it.
            self.rewrite_card(&card)?;
        }
        let account = AccountRow {
            person,
            verifier,
            reserved: [0; 2],
            changed_ms,
        };
        self.batch
            .push(StoreWrite::Account(login.clone(), account.clone()));
        self.directory.set_account(login, account);
        Ok(self.directory.person_ref(&person))
    }
}
