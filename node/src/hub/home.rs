//! People away from home: which site is asked about them, what is kept of their accounts here, and
//! when it is forgotten.

use std::collections::{BTreeMap, BTreeSet};

use bocage_crdt::features::by_name;
use bocage_crdt::features::person::Card;
use bocage_crdt::features::residence::NOWHERE;
use bocage_crdt::ids::{CommandId, ItemId, NodeId, PersonId, SpaceId};
use bocage_protocol::entry::Entry;
use tokio::sync::oneshot;

use super::Hub;
use crate::net::NetHandle;
use crate::store::{AccountRow, StoreError, StoreWrite};
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
        let Some(loaded) = self.spaces.get(space) else {
            return;
        };
        let cards: Vec<(ItemId, PersonId, Card)> = loaded
            .of_kind(number)
            .filter_map(|(id, item)| Some((*id, item.creator, Card::of(item.record()?)?)))
            .collect();
        let mut named: BTreeMap<PersonId, BTreeSet<PersonId>> = BTreeMap::new();
        for (_, author, card) in &cards {
            named.entry(card.person).or_default().insert(*author);
        }
        // Of whom several sites have cards: those who moved, and whom somebody claims falsely.
        let several = cards
            .iter()
            .filter(|(.., card)| named[&card.person].len() > 1);
        let several = several.map(|(item, author, _)| (*item, *author)).collect();
        let made = match self.made_by(space, &several) {
            Ok(made) => made,
            Err(error) => return drop(self.cannot_read(error)),
        };
        for (item, author, card) in cards {
            let command = made.get(&item).copied();
            self.directory.set_card(&author, card, command);
        }
        self.read_moves();
    }

    /// The commands by which sites made these items of theirs.
    fn made_by(
        &self,
        space: &SpaceId,
        items: &BTreeMap<ItemId, PersonId>,
    ) -> Result<BTreeMap<ItemId, CommandId>, StoreError> {
        let mut made = BTreeMap::new();
        if items.is_empty() {
            return Ok(made);
        }
        for known in self.catalog.logs_of(space) {
            let site = PersonId::of_site(&known.state.node);
            self.log_store.scan(known.number, 1, |entry| {
                let header = &entry.header;
                let own = header.author == site && items.get(&header.item) == Some(&site);
                if own && header.creation.is_some() {
                    made.entry(header.item).or_insert(header.command);
                }
                true
            })?;
        }
        Ok(made)
    }

    /// One card or move of the realm, as it comes.
    pub(super) fn read_person(&mut self, space: &SpaceId, item: &ItemId, entry: &Entry) {
        let moves = by_name("residence").map_or(0, |feature| feature.number());
        let row = self
            .spaces
            .get(space)
            .and_then(|space| space.items.get(item));
        let card = row.and_then(|row| Some((row.creator, Card::of(row.record()?)?)));
        let moved = row.is_some_and(|row| row.kind.number == moves);
        if let Some((author, card)) = card {
            let person = card.person;
            let made = entry.header.creation.map(|_| entry.header.command);
            self.directory.set_card(&author, card, made);
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

#[cfg(test)]
mod tests {
    use super::super::directory::Directory;
    use super::*;
    use std::sync::Arc;

    #[test]
    fn who_added_somebody_is_her_home_whoever_names_her_first() {
        let [me, home, liar] = [1, 2, 3].map(|byte| NodeId([byte; 32]));
        let (command, other) = (CommandId([7; 16]), CommandId([8; 16]));
        let person = PersonId::of(&home, &command);
        let card = |name: &str| Card {
            person,
            name: name.to_owned(),
            login: "lena".to_owned(),
            ..Card::default()
        };
        let said = [
            (liar, card("Faux"), Some(other)),
            (liar, card("Faux"), Some(command)),
            (liar, card("Faux"), None),
            (home, card("Lena"), Some(command)),
            (home, card("Lena"), None),
        ];
        for turn in 0..said.len() {
            let mut directory = Directory::new(me, "Nantes".to_owned(), Vec::new(), Arc::default());
            directory.set_site(home, "Ancenis".to_owned());
            directory.set_site(liar, "Vitre".to_owned());
            let mut said = said.clone();
            said.rotate_left(turn);
            for (site, card, command) in said {
                directory.set_card(&PersonId::of_site(&site), card, command);
            }
            assert_eq!(directory.home_of(&person), Some(home), "turn {turn}");
            assert_eq!(directory.person_ref(&person).name, "Lena", "turn {turn}");
        }
    }
}
