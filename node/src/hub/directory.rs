//! Who is who: the realm's people and sites as the realm space tells them, and the accounts that
//! sign in here.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use bocage_crdt::features::person::{Card, login};
use bocage_crdt::ids::{NodeId, PersonId};
use bocage_crdt::text::fold;

use crate::api::rows::PersonRef;
use crate::api::session::MyRights;
use crate::store::AccountRow;
use crate::web::site::{Account, AccountKey};

/// Since when sessions of each person count; shared with the web server, which asks per request.
pub(crate) type Admitted = Arc<RwLock<BTreeMap<PersonId, u64>>>;

/// A person as the directory knows her.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pub name: String,
    pub login: String,
    pub job: String,
    pub site: NodeId,
    /// Of another organisation: not in the directory.
    pub guest: bool,
}

/// People, sites and accounts.
pub(crate) struct Directory {
    people: BTreeMap<PersonId, Known>,
    sites: BTreeMap<NodeId, String>,
    site_people: BTreeMap<PersonId, NodeId>,
    accounts: BTreeMap<String, AccountRow>,
    admitted: Admitted,
}

impl Directory {
    pub(super) fn new(
        me: NodeId,
        name: String,
        accounts: Vec<(String, AccountRow)>,
        admitted: Admitted,
    ) -> Self {
        let mut directory = Self {
            people: BTreeMap::new(),
            sites: BTreeMap::new(),
            site_people: BTreeMap::new(),
            accounts: BTreeMap::new(),
            admitted,
        };
        directory.set_site(me, name);
        for (login, account) in accounts {
            directory.set_account(login, account);
        }
        directory
    }

    pub(super) fn set_site(&mut self, node: NodeId, name: String) {
        self.site_people.insert(PersonId::of_site(&node), node);
        self.sites.insert(node, name);
    }

    pub(super) fn site_name(&self, node: &NodeId) -> String {
        self.sites
            .get(node)
            .cloned()
            .unwrap_or_else(|| format!("site {:?}", node))
    }

    /// A person of a guest site, as that site calls her. Nobody of the realm can be renamed so: the
    /// id is the guest's own.
    pub(super) fn set_guest(&mut self, person: PersonId, site: NodeId, name: String) {
        let known = Known {
            name,
            login: String::new(),
            job: String::new(),
            site,
            guest: true,
        };
        self.people.insert(person, known);
    }

    /// Takes a card that the site of `author` wrote; a card by anybody else changes nothing.
    pub(super) fn set_card(&mut self, author: &PersonId, card: Card) {
        let Some(site) = self.site_people.get(author).copied() else {
            return;
        };
        // The home site that named a person first stays her home: another site cannot take her.
        if self
            .people
            .get(&card.person)
            .is_some_and(|known| known.site != site)
        {
            return;
        }
        let known = Known {
            name: card.name,
            login: card.login,
            job: card.job,
            site,
            guest: card.guest,
        };
        self.people.insert(card.person, known);
    }

    /// Whether a person is of another organisation. Who is not known is not.
    pub(super) fn is_guest(&self, person: &PersonId) -> bool {
        self.people.get(person).is_some_and(|known| known.guest)
    }

    pub(super) fn person(&self, person: &PersonId) -> Option<&Known> {
        self.people.get(person)
    }

    pub(super) fn home_of(&self, person: &PersonId) -> Option<NodeId> {
        self.people.get(person).map(|known| known.site)
    }

    /// A person as shown; one not known here (yet) is named by the start of her id.
    pub(super) fn person_ref(&self, person: &PersonId) -> PersonRef {
        if let Some(known) = self.people.get(person) {
            return PersonRef {
                id: *person,
                name: known.name.clone(),
                site: self.site_name(&known.site),
                job: (!known.job.is_empty()).then(|| known.job.clone()),
            };
        }
        let (name, site) = match self.site_people.get(person) {
            Some(node) => (self.site_name(node), self.site_name(node)),
            None => (format!("{person:?}"), String::new()),
        };
        PersonRef {
            id: *person,
            name,
            site,
            job: None,
        }
    }

    /// People whose name or trade holds every word of `q`, by name.
    pub(super) fn find(&self, q: &str, limit: usize) -> Vec<PersonRef> {
        let folded = fold(q);
        let words: Vec<&str> = folded.split_whitespace().collect();
        let mut found: Vec<(String, PersonId)> = self
            .people
            .iter()
            .filter(|(_, known)| !known.guest)
            .map(|(id, known)| (fold(&format!("{} {}", known.name, known.job)), *id))
            .filter(|(text, _)| words.iter().all(|word| text.contains(word)))
            .collect();
        found.sort();
        found.truncate(limit);
        found.iter().map(|(_, id)| self.person_ref(id)).collect()
    }

    pub(super) fn set_account(&mut self, login: String, account: AccountRow) {
        if let Ok(mut admitted) = self.admitted.write() {
            admitted.insert(account.person, account.changed_ms);
        }
        self.accounts.insert(login, account);
    }

    pub(super) fn account_row(&self, login: &str) -> Option<&AccountRow> {
        self.accounts.get(login)
    }

    pub(super) fn rights(&self, person: &PersonId) -> MyRights {
        self.accounts
            .values()
            .find(|account| account.person == *person)
            .map_or_else(MyRights::default, |account| MyRights {
                open_spaces: account.open_spaces,
                technician: account.technician,
            })
    }

    pub(super) fn account(&self, key: &AccountKey) -> Option<Account> {
        let found = match key {
            AccountKey::Login(typed) => {
                let login = login(typed).ok()?;
                self.accounts.get_key_value(&login)
            }
            AccountKey::Person(person) => self
                .accounts
                .iter()
                .find(|(_, account)| account.person == *person),
        };
        let (login, account) = found?;
        Some(Account {
            person: self.person_ref(&account.person),
            login: login.clone(),
            verifier: account.verifier.clone(),
            rights: MyRights {
                open_spaces: account.open_spaces,
                technician: account.technician,
            },
        })
    }
}
