//! Who is who: the realm's people and sites as the realm space tells them, and the accounts that
//! sign in here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, RwLock};

use bocage_crdt::features::person::{Card, login};
use bocage_crdt::features::read_mark::Order;
use bocage_crdt::features::residence::{Move, NOWHERE};
use bocage_crdt::ids::{CommandId, ItemId, NodeId, PersonId};
use bocage_crdt::text::fold;
use bocage_protocol::rights::Role;

use crate::api::rows::PersonRef;
use crate::api::session::{DoneToMe, MyRights};
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
    /// Her home site, by now.
    pub site: NodeId,
    /// Of another organisation: not in the directory.
    pub guest: bool,
    /// Rights that her site asks for her, by name.
    pub asks: Vec<String>,
    /// When her password was last changed.
    pub changed_ms: u64,
    /// Who let her back in, and when.
    pub readmitted: Option<(PersonId, u64)>,
    /// Who gave her another home site, and when.
    pub moved: Option<(PersonId, u64)>,
    /// She deleted her account.
    pub deleted: bool,
}

/// What stands where the name of a deleted account stood; interfaces say it in their language.
pub(crate) const DELETED_NAME: &str = "Compte supprimé";

/// One living gift of rights of the realm: what, and for which territory; everywhere without.
pub(crate) type Gift = (Role, Option<ItemId>);

/// A registrar's word on where somebody is at home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moved {
    pub order: Order,
    pub by: PersonId,
    pub at_ms: u64,
    pub told: Move,
}

impl Known {
    /// All that is known of who deleted her account.
    fn deleted() -> Self {
        Self {
            name: String::new(),
            login: String::new(),
            job: String::new(),
            site: NOWHERE,
            guest: false,
            asks: Vec::new(),
            changed_ms: 0,
            readmitted: None,
            moved: None,
            deleted: true,
        }
    }
}

/// People, sites and accounts.
pub(crate) struct Directory {
    me: NodeId,
    people: BTreeMap<PersonId, Known>,
    /// By person: the site that added her, which her id proves; until it is heard, who named her first.
    origins: BTreeMap<PersonId, NodeId>,
    cards: BTreeMap<(PersonId, NodeId), Card>,
    /// Sites that say that somebody deleted her account: it is so once one of them was her home.
    deleted: BTreeMap<PersonId, BTreeSet<NodeId>>,
    /// In their order, of each person.
    moves: BTreeMap<PersonId, Vec<Moved>>,
    sites: BTreeMap<NodeId, String>,
    site_people: BTreeMap<PersonId, NodeId>,
    /// Of people at home here by their login, and of others who signed in here by their id.
    accounts: BTreeMap<String, AccountRow>,
    /// What the realm's rights give each person.
    gifts: BTreeMap<PersonId, Vec<Gift>>,
    /// Where this site stands.
    pub(super) territory: Option<ItemId>,
    /// Of a guest site, which has no realm.
    pub(super) guest: bool,
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
            me,
            people: BTreeMap::new(),
            origins: BTreeMap::new(),
            cards: BTreeMap::new(),
            deleted: BTreeMap::new(),
            moves: BTreeMap::new(),
            sites: BTreeMap::new(),
            site_people: BTreeMap::new(),
            accounts: BTreeMap::new(),
            gifts: BTreeMap::new(),
            territory: None,
            guest: false,
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
            asks: Vec::new(),
            changed_ms: 0,
            readmitted: None,
            moved: None,
            deleted: false,
        };
        self.people.insert(person, known);
    }

    /// Takes a card that the site of `author` wrote, made by this command as far as that is known. It
    /// says something once that site is the person's home; who added her stays her home until a
    /// registrar says otherwise, whoever else names her before.
    pub(super) fn set_card(&mut self, author: &PersonId, card: Card, command: Option<CommandId>) {
        let Some(site) = self.site_people.get(author).copied() else {
            return;
        };
        let person = card.person;
        if card.deleted {
            self.deleted.entry(person).or_default().insert(site);
        } else {
            match command.is_some_and(|command| PersonId::of(&site, &command) == person) {
                true => drop(self.origins.insert(person, site)),
                false => drop(self.origins.entry(person).or_insert(site)),
            }
            self.cards.insert((person, site), card);
        }
        self.settle(&person);
    }

    /// Replaces all that registrars said about homes; each list in its order.
    pub(super) fn set_moves(&mut self, moves: BTreeMap<PersonId, Vec<Moved>>) {
        let before = std::mem::replace(&mut self.moves, moves);
        let people: BTreeSet<_> = before.keys().chain(self.moves.keys()).copied().collect();
        for person in people {
            self.settle(&person);
        }
    }

    /// Where somebody is at home by now, and her card: each move counts that begins where she was.
    fn settle(&mut self, person: &PersonId) {
        let ended = self.deleted.get(person);
        let Some(origin) = self.origins.get(person).copied() else {
            if ended.is_some() {
                // Her cards are erased: nothing says any more where she was.
                self.people.insert(*person, Known::deleted());
            }
            return;
        };
        let (mut site, mut moved) = (origin, None);
        let mut homes = BTreeSet::from([origin]);
        for told in self.moves.get(person).into_iter().flatten() {
            if told.told.from == site {
                site = told.told.to;
                moved = Some((told.by, told.at_ms));
                homes.insert(site);
            }
        }
        // Of a move and a deletion that did not know each other, the deletion stands. A guest has no
        // directory: it hears of the partner's people from any of its sponsors.
        let told = self.guest && origin != self.me;
        if ended.is_some_and(|ended| told || !ended.is_disjoint(&homes)) {
            self.people.insert(*person, Known::deleted());
            return;
        }
        let card = self.cards.get(&(*person, site));
        let Some(card) = card.or_else(|| self.cards.get(&(*person, origin))) else {
            return;
        };
        let known = Known {
            name: card.name.clone(),
            login: card.login.clone(),
            job: card.job.clone(),
            site,
            guest: card.guest,
            asks: card.asks.clone(),
            changed_ms: card.changed_ms,
            readmitted: card.readmitted,
            moved,
            deleted: false,
        };
        self.people.insert(*person, known);
    }

    /// Whether somebody deleted her account.
    pub(super) fn is_deleted(&self, person: &PersonId) -> bool {
        self.people.get(person).is_some_and(|known| known.deleted)
    }

    /// Everybody who did.
    pub(super) fn deleted(&self) -> Vec<PersonId> {
        let said = self.deleted.keys();
        said.filter(|person| self.is_deleted(person))
            .copied()
            .collect()
    }

    /// What a site that is the person's home by now says of her: its own card, else the last one.
    pub(super) fn card(&self, person: &PersonId) -> Option<Card> {
        let known = self.people.get(person)?;
        let origin = self.origins.get(person)?;
        let card = self.cards.get(&(*person, known.site));
        card.or_else(|| self.cards.get(&(*person, *origin)))
            .cloned()
    }

    /// People with this login; «login@site» names one of several.
    pub(super) fn named(&self, typed: &str) -> Vec<PersonId> {
        let (name, site) = match typed.split_once('@') {
            Some((name, site)) => (name, Some(fold(site.trim()))),
            None => (typed, None),
        };
        let Ok(name) = login(name) else {
            return Vec::new();
        };
        let named = self.people.iter().filter(|(_, known)| {
            let here = |site: &String| fold(&self.site_name(&known.site)) == *site;
            known.login == name && site.as_ref().is_none_or(here)
        });
        named.map(|(person, _)| *person).collect()
    }

    pub(super) fn everybody(&self) -> impl Iterator<Item = (&PersonId, &Known)> {
        self.people.iter()
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
            if known.deleted {
                return PersonRef {
                    id: *person,
                    name: DELETED_NAME.to_owned(),
                    site: String::new(),
                    job: None,
                    partner: None,
                    deleted: true,
                };
            }
            // Who left is still known by where she was.
            let left = self.origins.get(person).filter(|_| known.site == NOWHERE);
            let site = self.site_name(left.unwrap_or(&known.site));
            let job = (!known.job.is_empty()).then(|| known.job.clone());
            // The card of a guest with an account says her organisation where others say a trade.
            let (job, partner) = match known.guest {
                true => (None, Some(job.unwrap_or_else(|| site.clone()))),
                false => (job, None),
            };
            return PersonRef {
                id: *person,
                name: known.name.clone(),
                site,
                job,
                partner,
                deleted: false,
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
            partner: None,
            deleted: false,
        }
    }

    /// People whose name or trade holds every word of `q`, by name.
    pub(super) fn find(&self, q: &str, limit: usize) -> Vec<PersonRef> {
        let folded = fold(q);
        let words: Vec<&str> = folded.split_whitespace().collect();
        let mut found: Vec<(String, PersonId)> = self
            .people
            .iter()
            .filter(|(_, known)| !known.guest && known.site != NOWHERE)
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

    /// What the realm's rights give each person, and where this site stands.
    pub(super) fn set_gifts(
        &mut self,
        gifts: BTreeMap<PersonId, Vec<Gift>>,
        territory: Option<ItemId>,
    ) {
        self.gifts = gifts;
        self.territory = territory;
    }

    pub(super) fn gifts(&self, person: &PersonId) -> &[Gift] {
        self.gifts.get(person).map_or(&[], Vec::as_slice)
    }

    /// Whether the realm gives a person this right for a territory, or everywhere.
    pub(super) fn holds(&self, person: &PersonId, right: Role, place: Option<ItemId>) -> bool {
        let mut gifts = self.gifts(person).iter();
        gifts.any(|(role, territory)| {
            role.allows(right) && (territory.is_none() || *territory == place)
        })
    }

    /// What a person may do at this site, beyond her spaces: the same at every site of a territory.
    pub(super) fn rights(&self, person: &PersonId) -> MyRights {
        if self.guest {
            // A partner's own machine: its people look after it, and there is no realm to ask.
            return MyRights {
                technician: self.accounts.values().any(|row| row.person == *person),
                ..MyRights::default()
            };
        }
        let mut gifts = self.gifts(person).iter();
        MyRights {
            open_spaces: self.holds(person, Role::CREATOR, self.territory),
            technician: self.holds(person, Role::TECHNICIAN, self.territory),
            registrar: gifts.any(|(role, _)| role.allows(Role::REGISTRAR)),
        }
    }

    /// Under which key an account of this person is kept: her login at home, her id elsewhere, so
    /// that people of one name do not meet.
    pub(super) fn account_key(&self, person: &PersonId) -> Option<String> {
        let known = self.people.get(person)?;
        Some(if known.site == self.me {
            known.login.clone()
        } else {
            format!("@{person}")
        })
    }

    pub(super) fn account_of(&self, person: &PersonId) -> Option<(String, AccountRow)> {
        let mut rows = self.accounts.iter();
        let found = rows.find(|(_, account)| account.person == *person)?;
        Some((found.0.clone(), found.1.clone()))
    }

    pub(super) fn account_people(&self) -> Vec<PersonId> {
        self.accounts.values().map(|row| row.person).collect()
    }

    pub(super) fn forget_account(&mut self, key: &str) {
        if let Some(account) = self.accounts.remove(key)
            && let Ok(mut admitted) = self.admitted.write()
        {
            admitted.remove(&account.person);
        }
    }

    /// Whether this site is where somebody is at home; of one not in the directory yet it is.
    fn is_at_home(&self, person: &PersonId) -> bool {
        self.home_of(person).is_none_or(|home| home == self.me)
    }

    /// The account of a name: of somebody at home here, else of the one person of that name whose
    /// account is kept here.
    fn account_named(&self, typed: &str) -> Option<(&String, &AccountRow)> {
        if let Ok(own) = login(typed)
            && let Some(row) = self.accounts.get_key_value(&own)
        {
            return Some(row);
        }
        let named = self.named(typed);
        let mut kept = self
            .accounts
            .iter()
            .filter(|(_, account)| named.contains(&account.person));
        match (kept.next(), kept.next()) {
            (Some(one), None) => Some(one),
            _ => None,
        }
    }

    fn done(&self, told: Option<(PersonId, u64)>) -> Option<DoneToMe> {
        told.map(|(by, at_ms)| DoneToMe {
            by: self.person_ref(&by).name,
            at_ms,
        })
    }

    pub(super) fn account(&self, key: &AccountKey) -> Option<Account> {
        let (key, account) = match key {
            AccountKey::Login(typed) => self.account_named(typed),
            AccountKey::Person(person) => self
                .accounts
                .iter()
                .find(|(_, account)| account.person == *person),
        }?;
        let person = &account.person;
        let login = self.people.get(person).map(|known| known.login.clone());
        Some(Account {
            person: self.person_ref(person),
            login: login.unwrap_or_else(|| key.clone()),
            verifier: account.verifier.clone(),
            rights: self.rights(person),
            at_home: self.is_at_home(person),
            moved: self
                .people
                .get(person)
                .and_then(|known| self.done(known.moved)),
            let_in: self
                .people
                .get(person)
                .and_then(|known| self.done(known.readmitted)),
        })
    }
}
