//! Guest sites: a partner's own machine that carries one of our spaces. It writes into its own log,
//! any host keeps what it wrote, and what it wrote counts once a sponsor site has looked at it and
//! said so in an admission. End dates are this machine's clock's business, never a verdict's.

use std::collections::{BTreeMap, BTreeSet};

use bocage_crdt::features::person::Card;
use bocage_crdt::ids::{CommandId, ItemId, NodeId, PersonId, SpaceId, derive};
use bocage_protocol::entry::{Entry, EntryKind};
use bocage_protocol::machine::Event;
use bocage_protocol::rights::{Admission, Operation, Role};
use serde::{Deserialize, Serialize};

use super::Hub;
use super::looking::Looked;
use super::rows::kind;
use super::space::Outcome;
use crate::api::ApiError;
use crate::net::Plane;
use crate::store::{EntryPlace, OTHER_BRANCHES, StoreError};

/// What stands before the address at which guests reach a site, in its own realm entry.
const EDGE_MARK: &str = "edge:";
/// Between two looks at what guests wrote: one admission then holds what came meanwhile.
const LOOK_EVERY_MS: u64 = 200;
/// After an answer to a trial: others come within this.
const LOOK_AGAIN_MS: u64 = 20;
/// How often end dates are compared with the clock.
const ENDS_EVERY_MS: u64 = 1_000;
/// Entries of one guest in one space that do not count: beyond, the space is not exchanged with it
/// until half of them do. A busy partner's week without a sponsor in reach.
pub(crate) const GUEST_UNADMITTED_MAX: usize = 5_000;

/// A guest site of a space.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GuestSite {
    /// Its name on the screen.
    pub name: String,
    /// What its people may do.
    pub role: Role,
    /// Sites that admit what it writes, sorted.
    pub sponsors: Vec<NodeId>,
    /// Where it may be reached; guests usually call themselves.
    pub addresses: Vec<String>,
    /// Its last moment.
    pub end_ms: Option<u64>,
}

/// An admission, with its ranges if it is sound.
pub(super) fn admission_of(entry: &Entry) -> Option<Admission> {
    let read = || entry.payload.as_deref().and_then(Admission::decode);
    (entry.header.kind == EntryKind::Admission).then(|| read().unwrap_or_default())
}

/// What the hub remembers of guests between turns.
#[derive(Default)]
pub(crate) struct Guests {
    look_due_ms: u64,
    pub(super) ends_due_ms: u64,
    /// Spaces in which something of a guest may wait for this site, since when.
    pub(super) waiting: BTreeMap<SpaceId, u64>,
    pub(super) looked: Looked,
    /// Guests that wrote more than may wait, by space.
    pub(super) paused: BTreeSet<(SpaceId, NodeId)>,
}

impl Hub {
    /// Guest sites of a space, also of those whose time is over.
    pub(crate) fn guest_sites(&self, space: &SpaceId) -> BTreeMap<NodeId, GuestSite> {
        match (self.spaces.get(space), self.summaries.get(space)) {
            (Some(space), _) => space.guest_sites(),
            (None, Some(summary)) => summary.guest_sites.clone(),
            (None, None) => BTreeMap::new(),
        }
    }

    /// Guests with which a space is not exchanged now: their time is over by this clock, or they
    /// wrote more than may wait.
    pub(super) fn guests_shut_out(&self, space: &SpaceId) -> BTreeSet<NodeId> {
        let now = self.clock.wall_ms();
        let sites = self.guest_sites(space).into_iter();
        sites
            .filter(|(node, guest)| {
                *node != self.me.node
                    && (guest.end_ms.is_some_and(|end| end <= now)
                        || self.guests.paused.contains(&(*space, *node)))
            })
            .map(|(node, _)| node)
            .collect()
    }

    /// Hosts whose copies count for «everywhere»: what a partner holds is the partner's.
    pub(super) fn lasting_hosts(&self, space: &SpaceId) -> BTreeSet<NodeId> {
        let mut hosts = self.hosts_of(space);
        if !self.me.guest {
            for node in self.guest_sites(space).keys() {
                hosts.remove(node);
            }
        }
        hosts
    }

    /// Where guests reach a site, as it says in the realm.
    pub(super) fn edge_addresses_of(&self, node: &NodeId) -> Vec<String> {
        if *node == self.me.node {
            return self.me.edge_addresses.clone();
        }
        let realm = SpaceId(self.me.realm.0);
        let host = self
            .spaces
            .get(&realm)
            .and_then(|space| space.rights.now().hosts.get(node));
        let marked = host.iter().flat_map(|host| &host.addresses);
        marked
            .filter_map(|address| address.strip_prefix(EDGE_MARK))
            .map(str::to_owned)
            .collect()
    }

    /// Addresses of a realm entry without those that are for guests.
    pub(super) fn core_addresses(addresses: &[String]) -> Vec<String> {
        let core = addresses.iter();
        core.filter(|address| !address.starts_with(EDGE_MARK))
            .cloned()
            .collect()
    }

    /// The realm is told where guests reach this site, so that others can name it a sponsor.
    pub(super) fn announce_edge(&mut self) {
        let realm = SpaceId(self.me.realm.0);
        let (me, site) = (self.me.node, self.me.person);
        let Some(host) = self
            .spaces
            .get(&realm)
            .and_then(|space| space.rights.now().hosts.get(&me))
        else {
            return;
        };
        let edge = self.me.edge_addresses.iter();
        let mut addresses = Self::core_addresses(&host.addresses);
        addresses.extend(edge.map(|address| format!("{EDGE_MARK}{address}")));
        addresses.truncate(bocage_protocol::limits::HOST_ADDRESSES_MAX);
        if addresses == host.addresses {
            return;
        }
        let operation = Operation::HostAdd {
            node: me,
            name: host.name.clone(),
            addresses,
            territory: host.territory,
        };
        let command = CommandId(rand::random());
        if let Err(error) = self.write_operation(realm, site, command, operation) {
            tracing::warn!("the realm is not told where guests reach this site: {error}");
        }
    }

    /// Guests changed in a space: links, names, cards.
    pub(super) fn guests_changed(&mut self, space: &SpaceId) {
        let sites = self.guest_sites(space);
        if self.me.guest {
            return self.sponsors_changed(space);
        }
        let mut news = false;
        for (node, guest) in &sites {
            self.directory.set_site(*node, guest.name.clone());
            news |= !self.links.contains_key(node);
            let link = self.links.entry(*node).or_default();
            if link.plane == Plane::Edge && link.addresses != guest.addresses {
                link.addresses = guest.addresses.clone();
                news = true;
            }
            if !link.connected && link.last_news_ms.is_none() {
                link.plane = Plane::Edge;
                link.addresses = guest.addresses.clone();
            }
        }
        for (person, node, name) in self.introduced(space) {
            self.directory.set_guest(person, node, name);
        }
        news |= self.forget_guests();
        if news {
            self.set_neighbours();
        }
        if !sites.is_empty() {
            self.guests.waiting.entry(*space).or_insert(0);
            self.write_cards(space);
        }
    }

    /// Links to guests that no space names any more end.
    fn forget_guests(&mut self) -> bool {
        let spaces: Vec<SpaceId> = self.summaries.keys().copied().collect();
        let named: BTreeSet<NodeId> = spaces
            .iter()
            .flat_map(|space| {
                let shut_out = self.guests_shut_out(space);
                let sites = self.guest_sites(space).into_keys();
                sites.filter(move |node| !shut_out.contains(node))
            })
            .collect();
        let before = self.links.len();
        self.links
            .retain(|node, link| link.plane == Plane::Core || named.contains(node));
        self.links.len() != before
    }

    /// People whom guest sites named in a space.
    fn introduced(&self, space: &SpaceId) -> Vec<(PersonId, NodeId, String)> {
        self.spaces
            .get(space)
            .map_or_else(Vec::new, |space| space.introduced())
    }

    /// A guest has no directory: the first sponsor in reach writes the names of the members into
    /// the space itself, and nothing else about them.
    fn write_cards(&mut self, space: &SpaceId) {
        let me = self.me.node;
        let first = |guest: &GuestSite| guest.sponsors.first() == Some(&me);
        if !self.guest_sites(space).values().any(first) {
            return;
        }
        let number = kind("person");
        let Some(loaded) = self.spaces.get(space) else {
            return;
        };
        let known: BTreeMap<PersonId, Card> = loaded
            .of_kind(number)
            .filter_map(|(_, item)| Card::of(item.record()?))
            .map(|card| (card.person, card))
            .collect();
        let members: Vec<PersonId> = loaded
            .member_list()
            .into_iter()
            .map(|(person, ..)| person)
            .collect();
        for person in members {
            let Some(there) = self.directory.person(&person) else {
                continue;
            };
            let card = Card {
                person,
                name: there.name.clone(),
                login: String::new(),
                job: there.job.clone(),
                guest: there.guest,
                ..Card::default()
            };
            if there.site != me && self.guest_sites(space).contains_key(&there.site)
                || known.get(&person) == Some(&card)
            {
                continue;
            }
            let Ok(content) = card.to_content() else {
                continue;
            };
            let site = self.me.person;
            let named = CommandId(derive("bocage 1 card in a space", &[&space.0, &person.0]));
            let item = ItemId::of(space, &site, &named);
            let parent = (!known.contains_key(&person)).then(|| ItemId::root(space));
            let command = match parent {
                Some(_) => named,
                None => CommandId(rand::random()),
            };
            let written = self.write_item(*space, site, command, item, number, parent, content);
            if let Err(error) = written {
                tracing::warn!("a guest will not see a name: {error}");
            }
        }
    }

    pub(super) fn guests_tick(&mut self, now_ms: u64) {
        if self.me.guest {
            return self.guest_site_tick(now_ms);
        }
        if now_ms >= self.guests.ends_due_ms {
            self.guests.ends_due_ms = now_ms + ENDS_EVERY_MS;
            self.end_guests();
        }
        if now_ms >= self.guests.look_due_ms && !self.guests.waiting.is_empty() {
            self.guests.look_due_ms = now_ms + LOOK_EVERY_MS;
            let waiting: Vec<(SpaceId, u64)> = self
                .guests
                .waiting
                .iter()
                .map(|(space, since)| (*space, *since))
                .collect();
            for (space, since) in waiting {
                self.look_at_guests(&space, since, now_ms);
            }
        }
    }

    /// The next look at what guests wrote is then, or sooner.
    pub(super) fn look_at_guests_at(&mut self, due_ms: u64) {
        let due_ms = due_ms.max(self.clock.now_ms() + LOOK_AGAIN_MS);
        self.guests.look_due_ms = self.guests.look_due_ms.min(due_ms);
    }

    /// The exchange is told when a guest's time is over by this clock, or has come again.
    fn end_guests(&mut self) {
        let spaces: Vec<SpaceId> = self
            .summaries
            .iter()
            .filter(|(_, summary)| !summary.guest_sites.is_empty())
            .map(|(space, _)| *space)
            .collect();
        let mut changed = Vec::new();
        for space in spaces {
            let hosts = self.hosts_of(&space);
            if self.told_hosts.get(&space) != Some(&hosts) {
                changed.push(space);
                self.told_hosts.insert(space, hosts.clone());
                self.machine_event(Event::SpaceChanged { space, hosts });
            }
        }
        if !changed.is_empty() {
            // Whoever is let in again needs a link again.
            changed.iter().for_each(|space| self.guests_changed(space));
            self.forget_guests();
            self.set_neighbours();
        }
    }

    /// Something of a guest's log is here that does not count.
    pub(super) fn guest_wrote(&mut self, space: &SpaceId, place: EntryPlace) {
        let writer = self.catalog.writer_of(place.log);
        if !self.me.guest && self.guest_sites(space).contains_key(&writer.node) {
            let now = self.clock.now_ms();
            self.guests.waiting.entry(*space).or_insert(now);
        }
    }

    /// Judges again what waited, and of what is held only what was admitted: a guest may have left
    /// thousands of entries, and each admission is of some.
    pub(super) fn judge_admitted(
        &mut self,
        id: &SpaceId,
        admissions: &[Admission],
    ) -> Result<(), StoreError> {
        let Some(space) = self.spaces.get(id) else {
            return Ok(());
        };
        let ranges: Vec<_> = admissions.iter().flat_map(|one| &one.0).collect();
        let admitted = |place: &EntryPlace| {
            let log = self.catalog.log_by_number(place.log).map(|known| known.log);
            // Another branch's places are numbered apart.
            let branch = place.log & OTHER_BRANCHES != 0;
            ranges.iter().any(|range| {
                let within = (range.first..=range.last).contains(&place.seq);
                log == Some(range.log) && (branch || within)
            })
        };
        let again = |(place, outcome): &(&EntryPlace, &Outcome)| match outcome {
            Outcome::Waiting => true,
            Outcome::Held(_) | Outcome::Unadmitted(_) => admitted(place),
            _ => false,
        };
        let places = space.pending.iter().filter(again);
        let places = places.map(|(place, _)| *place).collect();
        self.judge_places(id, places)?;
        self.vouch(id)
    }

    /// Managers and sponsors may invite guests; guests may not.
    pub(super) fn may_sponsor(
        &mut self,
        space: &SpaceId,
        person: &PersonId,
    ) -> Result<(), ApiError> {
        self.space(space)?;
        if !self.may_read(space, person) {
            return Err(ApiError::not_found());
        }
        let now = self.space(space)?.rights.now().role(person);
        if now.allows(Role::MANAGER) || now.allows(Role::SPONSOR) {
            Ok(())
        } else {
            Err(ApiError::forbidden())
        }
    }

    /// Whether an outcome is one that a sponsor may have to look at.
    pub(super) fn notice_guest(&mut self, space: &SpaceId, place: EntryPlace, outcome: Outcome) {
        if matches!(
            outcome,
            Outcome::Held(_) | Outcome::Waiting | Outcome::Void(_)
        ) {
            self.guest_wrote(space, place);
        }
    }
}
