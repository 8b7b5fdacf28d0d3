//! A guest site's own side: it knows the sites that sponsor it and the spaces it was let into, and
//! nothing of the realm. Its people are its own; it introduces them in each space.

use std::collections::BTreeSet;

use bocage_crdt::features::person::{Card, login as login_form};
use bocage_crdt::ids::{CommandId, ItemId, NodeId, PersonId, SpaceId};
use bocage_protocol::rights::Operation;
use serde::{Deserialize, Serialize};

use super::Hub;
use super::admitting::NotNamed;
use crate::api::ApiError;
use crate::net::Plane;
use crate::store::{StoreError, StoreWrite};

/// Name of the row with the guest's spaces in the store's `meta`.
pub(crate) const GUEST_META: &str = "guest";
/// Name of the row with the guest's people.
const PEOPLE_META: &str = "guest-people";
/// Name of the row with those of them whose accounts were removed.
const LEFT_META: &str = "guest-people-left";
/// Between two looks whether somebody is to be introduced somewhere.
const INTRODUCE_EVERY_MS: u64 = 500;

/// A site that carries a space with a guest: who, how it is called, where it is reached.
pub(crate) type Sponsor = (NodeId, String, Vec<String>);

/// What a guest site starts from: the spaces it was let into, and with whom.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct GuestRecord {
    pub spaces: Vec<(SpaceId, Vec<Sponsor>)>,
}

impl GuestRecord {
    /// One more space, or newer words about one.
    pub(crate) fn add(&mut self, space: SpaceId, sponsors: Vec<Sponsor>) {
        self.spaces.retain(|(known, _)| *known != space);
        self.spaces.push((space, sponsors));
    }

    pub(crate) fn write(&self) -> StoreWrite {
        let bytes = postcard::to_stdvec(self).expect("plain values always encode");
        StoreWrite::Meta(GUEST_META, bytes)
    }

    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        postcard::from_bytes(bytes).ok()
    }
}

/// What a guest is told when its ticket is redeemed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct GuestWelcome {
    /// The organisation's name.
    pub realm_name: String,
    /// The space it may carry.
    pub space: SpaceId,
    /// With whom, the issuer first.
    pub sponsors: Vec<Sponsor>,
}

/// One of the guest's own people: whom it introduces. The command names her for ever.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct OwnPerson {
    command: CommandId,
    name: String,
    login: String,
    job: String,
}

/// The people of a guest site.
#[derive(Default)]
pub(crate) struct OwnPeople {
    people: Vec<OwnPerson>,
    /// Whose accounts were removed: nobody becomes one of them again.
    left: BTreeSet<PersonId>,
    introduce_due_ms: u64,
}

impl OwnPeople {
    pub(super) fn has_left(&self, person: &PersonId) -> bool {
        self.left.contains(person)
    }

    fn write(&self) -> [StoreWrite; 2] {
        let people = postcard::to_stdvec(&self.people);
        let left = postcard::to_stdvec(&self.left);
        [(PEOPLE_META, people), (LEFT_META, left)]
            .map(|(name, bytes)| StoreWrite::Meta(name, bytes.expect("plain values always encode")))
    }
}

impl Hub {
    /// Whether this is a partner's own site, without a realm.
    pub(crate) fn is_guest_site(&self) -> bool {
        self.me.guest
    }

    /// At the start of a guest site: its spaces, whom it works with, its people.
    pub(crate) fn load_guest(&mut self) -> Result<(), StoreError> {
        if let Some(bytes) = self.log_store.meta(PEOPLE_META)?
            && let Ok(people) = postcard::from_bytes::<Vec<OwnPerson>>(&bytes)
        {
            self.own_people.people = people;
        }
        if let Some(bytes) = self.log_store.meta(LEFT_META)?
            && let Ok(left) = postcard::from_bytes(&bytes)
        {
            self.own_people.left = left;
        }
        for own in self.own_people.people.clone() {
            self.know_own(&own);
        }
        let record = self.log_store.meta(GUEST_META)?;
        let record = record.as_deref().and_then(GuestRecord::read);
        for (space, sponsors) in record.unwrap_or_default().spaces {
            self.carry_as_guest(space, sponsors);
        }
        Ok(())
    }

    fn know_own(&mut self, own: &OwnPerson) {
        let card = Card {
            person: PersonId::of(&self.me.node, &own.command),
            name: own.name.clone(),
            login: own.login.clone(),
            job: own.job.clone(),
            ..Card::default()
        };
        let site = self.me.person;
        self.directory.set_card(&site, card, None);
    }

    fn carry_as_guest(&mut self, space: SpaceId, sponsors: Vec<Sponsor>) {
        let nodes = sponsors.iter().map(|(node, ..)| *node);
        let hosts: BTreeSet<NodeId> = nodes.chain([self.me.node]).collect();
        self.provisional.insert(space, hosts);
        for (node, name, addresses) in sponsors {
            self.directory.set_site(node, name);
            let link = self.links.entry(node).or_default();
            link.plane = Plane::Edge;
            for address in addresses {
                if !link.addresses.contains(&address) {
                    link.addresses.push(address);
                }
            }
        }
        if self.catalog.space_number(&space).is_none() {
            self.register_space(space);
        }
    }

    /// Adds one of the guest's own people: known here, and by name in the spaces it is let into.
    pub(super) fn add_own_person(
        &mut self,
        card: &Card,
        command: CommandId,
    ) -> Result<(), ApiError> {
        let own = OwnPerson {
            command,
            name: card.name.clone(),
            login: card.login.clone(),
            job: card.job.clone(),
        };
        self.own_people
            .people
            .retain(|known| known.command != command);
        self.own_people.people.push(own.clone());
        self.batch.extend(self.own_people.write());
        self.know_own(&own);
        self.own_people.introduce_due_ms = 0;
        Ok(())
    }

    /// Removes the account of one of the guest's own people: she signs in no more, and is named in no
    /// further space. Those that were told her name keep it: says which they are.
    pub(crate) fn remove_own_person(&mut self, login: &str) -> Result<Vec<String>, NotNamed> {
        let login = login_form(login).map_err(|_| NotNamed::NoSuchPerson)?;
        let own = self.own_people.people.iter();
        let own = own.filter(|own| own.login == login).map(|own| own.command);
        let mut person = own.map(|command| PersonId::of(&self.me.node, &command));
        let person = person.next_back().ok_or(NotNamed::NoSuchPerson)?;
        if self.own_people.people.len() == 1 {
            let last = "she is the only one who signs in at this site: add somebody else first";
            return Err(NotNamed::Refused(last.to_owned()));
        }
        let refused = |error: ApiError| NotNamed::Refused(error.to_string());
        // What she typed until now is hers, and stays.
        self.log_all_documents();
        self.erase_private(&person).map_err(refused)?;
        let node = self.me.node;
        let people = &mut self.own_people.people;
        people.retain(|own| PersonId::of(&node, &own.command) != person);
        self.own_people.left.insert(person);
        self.batch.extend(self.own_people.write());
        if let Some((key, _)) = self.directory.account_of(&person) {
            self.directory.forget_account(&key);
            self.batch.push(StoreWrite::AccountGone(key));
        }
        self.forget_sessions(&person);
        let name = self.directory.person_ref(&person).name;
        self.directory.set_guest(person, node, name);
        let spaces: Vec<SpaceId> = self.summaries.keys().copied().collect();
        let mut named = Vec::new();
        for space in spaces {
            let Ok(loaded) = self.space(&space) else {
                continue;
            };
            if loaded
                .introduced()
                .iter()
                .any(|(known, ..)| *known == person)
            {
                self.show(&space, &ItemId::root(&space));
                named.push(self.setting(&space, "name"));
            }
            self.put_away_idle();
        }
        tracing::warn!("the account {login} was removed");
        Ok(named)
    }

    /// Names of sites and people come with the space: there is no directory to ask.
    pub(super) fn sponsors_changed(&mut self, space: &SpaceId) {
        let Some(loaded) = self.spaces.get(space) else {
            return;
        };
        let sites: Vec<(NodeId, String)> = loaded
            .rights
            .now()
            .hosts
            .iter()
            .map(|(node, host)| (*node, host.name.clone()))
            .collect();
        for (node, name) in sites {
            if node != self.me.node && !name.is_empty() {
                self.directory.set_site(node, name);
            }
        }
        let people = self
            .spaces
            .get(space)
            .map_or_else(Vec::new, |space| space.introduced());
        for (person, node, name) in people {
            if node != self.me.node || self.own_people.has_left(&person) {
                self.directory.set_guest(person, node, name);
            }
        }
        self.own_people.introduce_due_ms = 0;
    }

    pub(super) fn guest_site_tick(&mut self, now_ms: u64) {
        if now_ms < self.own_people.introduce_due_ms {
            return;
        }
        self.own_people.introduce_due_ms = now_ms + INTRODUCE_EVERY_MS;
        let spaces: Vec<SpaceId> = self.summaries.keys().copied().collect();
        for space in spaces {
            let is_guest_here = self.guest_sites(&space).contains_key(&self.me.node);
            if is_guest_here {
                self.introduce_in(&space);
            }
        }
    }

    fn introduce_in(&mut self, space: &SpaceId) {
        let Ok(loaded) = self.space(space) else {
            return;
        };
        let known: BTreeSet<PersonId> = loaded
            .introduced()
            .into_iter()
            .map(|(person, ..)| person)
            .collect();
        let (node, site) = (self.me.node, self.me.person);
        let missing = self.own_people.people.iter();
        let missing: Vec<OwnPerson> = missing
            .filter(|own| !known.contains(&PersonId::of(&node, &own.command)))
            .cloned()
            .collect();
        for own in missing {
            let operation = Operation::Introduce { name: own.name };
            match self.write_operation(*space, site, own.command, operation) {
                Ok(_) => tracing::info!("{} is introduced to the partner", own.login),
                Err(error) => {
                    tracing::debug!("nobody can be introduced yet: {error}");
                    return;
                }
            }
        }
    }
}
