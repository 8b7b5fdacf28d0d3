//! Accounts and sessions: durable rows beside the logs, for this site only.

use bocage_crdt::features::person::{Card, login as login_form};
use bocage_crdt::ids::{CommandId, PersonId, SpaceId, derive};
use serde::{Deserialize, Serialize};

use super::{After, Hub, Reply};
use crate::api::rows::PersonRef;
use crate::api::texts::Text;
use crate::api::{ApiError, ErrorCode, Language, SessionId, Theme};
use crate::store::{AccountRow, SessionRow, StoreWrite};
use crate::web::site::{NewPerson, Session};

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
        if self.directory.account_row(&login).is_some() {
            return Err(ApiError::new(ErrorCode::Conflict).with_text(Text::LoginTaken));
        }
        // Named by her login at this site: a card is written once however often this is tried.
        let command = CommandId(derive(
            "bocage 1 person added",
            &[&self.me.secret, login.as_bytes()],
        ));
        let person = PersonId::of(&self.me.node, &command);
        let job = new.job.unwrap_or_default();
        let card = Card {
            person,
            name: new.name,
            login: login.clone(),
            job,
            guest,
        };
        if self.me.guest {
            self.add_own_person(&card, command)?;
        } else {
            self.write_card(&card, command)?;
        }
        let account = AccountRow {
            person,
            verifier: new.verifier,
            technician: new.rights.technician,
            open_spaces: new.rights.open_spaces,
            changed_ms: 0,
        };
        self.batch
            .push(StoreWrite::Account(login.clone(), account.clone()));
        self.directory.set_account(login, account);
        Ok(self.directory.person_ref(&person))
    }

    pub(crate) fn set_verifier(&mut self, login: &str, verifier: String, reply: Reply<PersonRef>) {
        let known = login_form(login).ok().and_then(|login| {
            let account = self.directory.account_row(&login)?.clone();
            Some((login, account))
        });
        let Some((login, account)) = known else {
            return drop(reply.send(Err(ApiError::not_found())));
        };
        let person = account.person;
        let account = AccountRow {
            verifier,
            changed_ms: self.clock.wall_ms(),
            ..account
        };
        self.batch
            .push(StoreWrite::Account(login.clone(), account.clone()));
        self.directory.set_account(login, account);
        self.after
            .push(After::Person(reply, self.directory.person_ref(&person)));
    }
}
