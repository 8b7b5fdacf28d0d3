//! People away from home: which site is asked about them, what is kept of their accounts here, and
//! when it is forgotten.

use bocage_crdt::features::by_name;
use bocage_crdt::features::person::Card;
use bocage_crdt::features::residence::NOWHERE;
use bocage_crdt::ids::{ItemId, NodeId, PersonId, SpaceId};
use tokio::sync::oneshot;

use super::Hub;
use crate::net::NetHandle;
use crate::store::{AccountRow, StoreWrite};
use crate::web::home::Asked;
use crate::web::site::{Account, AccountKey};

/// Where to ask about somebody.
pub(crate) struct Route {
    pub net: NetHandle,
    pub home: NodeId,
    pub person: PersonId,
    /// The name under which her home knows her.
    pub login: String,
}

impl Hub {
    /// All people of the directory, once the realm is loaded.
    pub(super) fn read_people(&mut self, space: &SpaceId) {
        let number = by_name("person").map_or(0, |feature| feature.number());
        let Some(space) = self.spaces.get(space) else {
            return;
        };
        let cards: Vec<(PersonId, Card)> = space
            .of_kind(number)
            .filter_map(|(_, item)| Some((item.creator, Card::of(item.record()?)?)))
            .collect();
        for (author, card) in cards {
            self.directory.set_card(&author, card);
        }
        self.read_moves();
    }

    /// One card or move of the realm, as it comes.
    pub(super) fn read_person(&mut self, space: &SpaceId, item: &ItemId) {
        let moves = by_name("residence").map_or(0, |feature| feature.number());
        let row = self
            .spaces
            .get(space)
            .and_then(|space| space.items.get(item));
        let card = row.and_then(|row| Some((row.creator, Card::of(row.record()?)?)));
        let moved = row.is_some_and(|row| row.kind.number == moves);
        if let Some((author, card)) = card {
            let person = card.person;
            self.directory.set_card(&author, card);
            self.settle_account(&person);
            if self.groups.has(&person) {
                // A group may have known of her before her card was here.
                self.duties.look_again();
            }
            if self.directory.is_deleted(&person) {
                self.duties.look_again();
                self.deletions.look_again();
            }
        }
        if moved {
            self.read_moves();
        }
    }

    /// Another site asks about a person: only sites of the realm are heard.
    pub(super) fn home_question(
        &mut self,
        by: NodeId,
        question: Vec<u8>,
        answer: oneshot::Sender<Vec<u8>>,
    ) {
        if !self.hosts_of(&self.realm()).contains(&by) {
            return self.count_refused("question-of-a-stranger");
        }
        let asked = Asked {
            by,
            question,
            answer,
        };
        if self.questions.try_send(asked).is_err() {
            self.count_refused("questions-full");
        }
    }

    /// The home of the one person away from home who has this login; `None` if nobody has, or
    /// several.
    pub(crate) fn route(&self, typed: &str) -> Option<Route> {
        let away = self.directory.named(typed).into_iter();
        let mut away = away.filter(|person| {
            let home = self.directory.home_of(person);
            home.is_some_and(|home| home != self.me.node && home != NOWHERE)
        });
        let (Some(person), None) = (away.next(), away.next()) else {
            return None;
        };
        self.route_of(&person)
    }

    /// The home of a person who is not at home here.
    pub(crate) fn route_of(&self, person: &PersonId) -> Option<Route> {
        let known = self.directory.person(person)?;
        (known.site != self.me.node && known.site != NOWHERE).then_some(())?;
        Some(Route {
            net: self.net.clone()?,
            home: known.site,
            person: *person,
            login: known.login.clone(),
        })
    }

    /// Keeps the account of somebody whose home said that she is who she says.
    pub(crate) fn remember_account(
        &mut self,
        person: PersonId,
        verifier: String,
        changed_ms: u64,
    ) -> Option<Account> {
        let key = self.directory.account_key(&person)?;
        let account = AccountRow {
            person,
            verifier,
            reserved: [0; 2],
            changed_ms,
        };
        self.batch
            .push(StoreWrite::Account(key.clone(), account.clone()));
        self.directory.set_account(key, account);
        self.directory.account(&AccountKey::Person(person))
    }

    /// Forgets what is kept here of a person whose password was changed at her home since, and
    /// gives an account its name where somebody moved: with it her sessions here end, or go on.
    pub(super) fn settle_account(&mut self, person: &PersonId) {
        let Some((key, account)) = self.directory.account_of(person) else {
            return;
        };
        let (Some(known), Some(right_key)) = (
            self.directory.person(person),
            self.directory.account_key(person),
        ) else {
            return;
        };
        let ended = known.site == NOWHERE;
        let outdated = ended || known.site != self.me.node && known.changed_ms > account.changed_ms;
        if !outdated && key == right_key {
            return;
        }
        self.directory.forget_account(&key);
        self.batch.push(StoreWrite::AccountGone(key));
        if ended {
            self.forget_sessions(person);
            tracing::info!(
                "{} has left: she signs in no more",
                known_name(self, person)
            );
            return;
        }
        if outdated {
            tracing::info!(
                "{} changed her password: asked anew at her home",
                known_name(self, person)
            );
            return;
        }
        self.batch
            .push(StoreWrite::Account(right_key.clone(), account.clone()));
        self.directory.set_account(right_key, account);
    }

    /// The same for everybody with an account here.
    pub(super) fn settle_accounts(&mut self) {
        for person in self.directory.account_people() {
            self.settle_account(&person);
        }
    }
}

fn known_name(hub: &Hub, person: &PersonId) -> String {
    hub.directory.person_ref(person).name
}
