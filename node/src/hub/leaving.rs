//! Sites that leave the realm or join it, and people who get another home site: decided in the realm,
//! and done in each space by a site that carries it, in the name of somebody who may.

use std::collections::{BTreeMap, BTreeSet};

use bocage_crdt::features::Feature;
use bocage_crdt::features::residence::{Move, NOWHERE, Residence};
use bocage_crdt::ids::{CommandId, ItemId, NodeId, PersonId, SpaceId};
use bocage_crdt::text::fold;
use bocage_protocol::rights::{Members, Operation, Role, Subject};
use serde::{Deserialize, Serialize};

use super::Hub;
use super::admitting::NotNamed;
use crate::api::ApiError;
use crate::recovery::Signing;

/// Between two hosts of a space that do there what the realm decided: the first does it, and the
/// next finds it done unless the first is out of reach.
pub(super) const TURN_MS: u64 = 1_500;
/// Spaces of which the settings are read in one turn: a few milliseconds each. After the views were
/// lost, those of all spaces are due at once.
const SETTINGS_PER_TURN: usize = 20;

/// What the realm decided, and every space is still to follow.
#[derive(Debug, Default)]
pub(super) struct Duties {
    /// To be looked for again in all spaces.
    look: bool,
    /// When a space is due here.
    due_ms: BTreeMap<SpaceId, u64>,
    /// Spaces in which nobody here may do it.
    nobody: BTreeSet<SpaceId>,
    /// Spaces whose settings changed since they were last read.
    settings: BTreeSet<SpaceId>,
}

impl Duties {
    /// Whether everybody finds the space is to be read anew.
    pub(super) fn settings_changed(&mut self, id: SpaceId) {
        self.settings.insert(id);
    }

    pub(super) fn look_again(&mut self) {
        self.look = true;
    }

    pub(super) fn nobody(&self) -> impl Iterator<Item = &SpaceId> {
        self.nobody.iter()
    }
}

/// What the realm decided and a space does not follow yet.
#[derive(Debug, Default)]
struct Due {
    /// Sites that left the realm.
    gone: Vec<NodeId>,
    /// New homes of members.
    homes: BTreeSet<NodeId>,
    /// Members who left the realm.
    left: Vec<PersonId>,
    /// Sites that joined since the space was made to be found by everybody.
    newcomers: BTreeSet<NodeId>,
}

impl Due {
    fn is_empty(&self) -> bool {
        self.gone.is_empty()
            && self.homes.is_empty()
            && self.left.is_empty()
            && self.newcomers.is_empty()
    }
}

/// A site was taken from the realm.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RemovedSite {
    pub name: String,
    /// People who are still at home there.
    pub people: Vec<String>,
}

/// People got another home site.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Rehomed {
    pub names: Vec<String>,
    pub by: String,
}

fn refused(error: ApiError) -> NotNamed {
    NotNamed::Refused(error.to_string())
}

/// Where a site stands, or stood when it was taken from the realm.
pub(super) fn territory_of(now: &Members, node: &NodeId) -> Option<ItemId> {
    match now.hosts.get(node) {
        Some(host) => host.territory,
        None => now.removed.get(node).and_then(|host| host.territory),
    }
}

impl Hub {
    /// The site of this name, also one that was taken from the realm.
    fn site_ever_named(&mut self, name: &str) -> Result<NodeId, NotNamed> {
        match self.site_named(name) {
            Err(NotNamed::NoSuchSite) => {}
            known => return known,
        }
        let removed = self.realm_now()?.removed;
        let wanted = fold(name.trim());
        let named: Vec<NodeId> = removed
            .into_iter()
            .filter(|(_, host)| fold(&host.name) == wanted)
            .map(|(node, _)| node)
            .collect();
        match named[..] {
            [node] => Ok(node),
            [] => Err(NotNamed::NoSuchSite),
            _ => Err(NotNamed::SeveralSites),
        }
    }

    /// Takes a lost or stolen site from the realm: from what is known of it here on, nothing of its
    /// logs counts in the realm, and every site ends its links with it as soon as it hears. Where a
    /// registrar at home here may, she orders it too: that every host can carry into its spaces.
    pub(crate) fn remove_site(
        &mut self,
        name: &str,
        root: Option<&Signing>,
        by: Option<&str>,
    ) -> Result<RemovedSite, NotNamed> {
        let node = match by {
            // Also afterwards, where spaces do not follow without her.
            Some(_) => self.site_ever_named(name)?,
            None => self.site_named(name)?,
        };
        if node == self.me.node {
            return Err(NotNamed::ThisSite);
        }
        let name = self.directory.site_name(&node);
        let realm = self.realm();
        let operation = Operation::HostRemove {
            node,
            cut: self.cut_here(&realm),
            order: None,
        };
        match root {
            _ if by.is_some() => self.order_site_out(node, by)?,
            Some(signing) => {
                let says = format!("{name} is taken from the realm");
                self.write_as_root(&operation, &says, signing)?;
            }
            None => {
                if !self.may_admit() {
                    return Err(NotNamed::NotAdmitting);
                }
                let site = self.me.person;
                self.write_operation(realm, site, CommandId(rand::random()), operation)
                    .map_err(refused)?;
                self.after_rights(&realm);
            }
        }
        if self.realm_now()?.hosts.contains_key(&node) {
            // It is senior to this one: only the root reaches it.
            return Err(NotNamed::RootOnly);
        }
        tracing::warn!("{name} was taken from the realm");
        if by.is_none() {
            match self.order_site_out(node, None) {
                // Managers in the spaces do it, or a registrar later.
                Ok(()) | Err(NotNamed::NoRegistrarHere) => {}
                Err(why) => return Err(why),
            }
        }
        let people = self.directory.everybody();
        let people = people.filter(|(_, known)| known.site == node);
        Ok(RemovedSite {
            people: people.map(|(_, known)| known.login.clone()).collect(),
            name,
        })
    }

    /// A registrar's word that a site has to go. Of a territory it does for the spaces, once the site
    /// is out of the realm.
    fn order_site_out(&mut self, node: NodeId, by: Option<&str>) -> Result<(), NotNamed> {
        let now = self.realm_now()?;
        let territory = match now.removed.get(&node) {
            Some(host) => host.territory,
            None => None,
        };
        let registrar = self.registrar_here(by, territory)?;
        let realm = self.realm();
        let operation = Operation::HostRemove {
            node,
            cut: self.cut_here(&realm),
            order: None,
        };
        self.write_operation(realm, registrar, CommandId(rand::random()), operation)
            .map_err(refused)?;
        self.after_rights(&realm);
        Ok(())
    }

    /// Gives a person, or everybody of a site, another home site; in the name of a registrar at home
    /// here who may for the territory that they leave.
    pub(crate) fn rehome(
        &mut self,
        login: Option<&str>,
        all_of: Option<&str>,
        to: &str,
        by: Option<&str>,
    ) -> Result<Rehomed, NotNamed> {
        let to = self.site_named(to)?;
        let people: Vec<PersonId> = match (login, all_of) {
            (Some(login), _) => vec![self.person_named(login)?],
            (None, Some(site)) => {
                let node = self.site_ever_named(site)?;
                let everybody = self.directory.everybody();
                let there = everybody.filter(|(_, known)| known.site == node);
                there.map(|(person, _)| *person).collect()
            }
            (None, None) => Vec::new(),
        };
        let now = self.realm_now()?;
        let (realm, mut rehomed) = (self.realm(), Vec::new());
        let mut name = String::new();
        for person in people {
            let Some(known) = self.directory.person(&person).cloned() else {
                continue;
            };
            if known.site == to {
                continue;
            }
            let taken = self
                .directory
                .everybody()
                .any(|(other, at)| *other != person && at.site == to && at.login == known.login);
            if taken {
                return Err(NotNamed::LoginThere(known.login));
            }
            let registrar = self.registrar_here(by, territory_of(&now, &known.site))?;
            let content = Move {
                person,
                from: known.site,
                to,
            }
            .to_content();
            let command = CommandId(rand::random());
            let item = ItemId::of(&realm, &registrar, &command);
            let parent = Some(ItemId::root(&realm));
            let number = Residence.number();
            self.write_item(realm, registrar, command, item, number, parent, content)
                .map_err(refused)?;
            name = self.directory.person_ref(&registrar).name;
            tracing::info!(
                "{} is at home at {} from now on, by {name}",
                known.login,
                self.directory.site_name(&to)
            );
            rehomed.push(known.login);
        }
        Ok(Rehomed {
            names: rehomed,
            by: name,
        })
    }

    /// What is to be done in a space: sites to take from it, homes of members to bring it to.
    fn duties_in(&self, id: &SpaceId) -> Due {
        let none = Due::default();
        let realm = self.realm();
        let (Some(realm_space), Some(summary)) = (self.spaces.get(&realm), self.summaries.get(id))
        else {
            return none;
        };
        if *id == realm || !summary.hosts.contains(&self.me.node) {
            return none;
        }
        let now = realm_space.rights.now();
        let removed = now.removed.keys();
        let gone = removed.filter(|node| summary.hosts.contains(node));
        let members = summary.members.iter();
        let homes = members.filter_map(|person| {
            let known = self.directory.person(person)?;
            known.moved?;
            let missing = !summary.hosts.contains(&known.site);
            (missing && now.hosts.contains_key(&known.site)).then_some(known.site)
        });
        // A private space is its person's for good: there is nobody to take her out of it for.
        let members = summary.members.iter().filter(|_| summary.people_space);
        let left = members.filter(|person| self.directory.home_of(person) == Some(NOWHERE));
        let is_found = summary.people_space && summary.found;
        let newcomers = now.hosts.keys();
        let newcomers = newcomers.filter(|node| is_found && !summary.hosts.contains(node));
        Due {
            newcomers: newcomers.copied().collect(),
            gone: gone.copied().collect(),
            homes: homes.collect(),
            left: left.copied().collect(),
        }
    }

    /// Somebody at this site in whose name it may be done: the site where it is a manager itself,
    /// else a manager who is at home here.
    pub(super) fn manager_here(&self, id: &SpaceId) -> Option<PersonId> {
        let now = self.spaces.get(id)?.rights.now();
        if now.role(&self.me.person).allows(Role::MANAGER) {
            return Some(self.me.person);
        }
        let mut managers = now
            .persons
            .iter()
            .filter(|(_, member)| member.role.allows(Role::MANAGER));
        // One who moved away still manages here what she managed from here.
        let found = managers.find(|(_, member)| member.sites.contains(&self.me.node));
        found.map(|(person, _)| *person)
    }

    /// Managers who got another home manage from there, once it carries the space.
    pub(super) fn appoint_moved(&mut self, id: &SpaceId) {
        let Some(space) = self.spaces.get(id) else {
            return;
        };
        let now = space.rights.now();
        let managers = now.persons.iter();
        let managers = managers.filter(|(_, member)| member.role.allows(Role::MANAGER));
        let due: Vec<(PersonId, NodeId)> = managers
            .filter_map(|(person, member)| {
                let known = self.directory.person(person)?;
                known.moved?;
                let carried = now.hosts.contains_key(&known.site);
                let missing = carried && !member.sites.contains(&known.site);
                missing.then_some((*person, known.site))
            })
            .collect();
        for (person, home) in due {
            let Some(author) = self.manager_here(id) else {
                return;
            };
            let appoint = Operation::Appoint {
                subject: Subject::Person(person),
                role: Role::MANAGER,
                territory: None,
                sites: vec![home],
            };
            let command = CommandId(rand::random());
            if let Err(error) = self.write_operation(*id, author, command, appoint) {
                tracing::error!("a manager who moved cannot manage from her new home: {error}");
            }
        }
    }

    /// When this site does in a space what the realm decided, if anything is left to do. Asked again
    /// when the hosts or members of the space change: the right to do it may arrive after the decision.
    pub(super) fn look_for_duties(&mut self, id: &SpaceId, now_ms: u64) {
        self.look_after_groups(id);
        let due = self.duties_in(id);
        if due.is_empty() {
            self.duties.due_ms.remove(id);
            self.duties.nobody.remove(id);
            return;
        }
        let hosts = self.hosts_of(id);
        let before = hosts
            .iter()
            .filter(|node| **node < self.me.node && !due.gone.contains(node))
            .count() as u64;
        let at_ms = now_ms + before * TURN_MS;
        self.duties.due_ms.entry(*id).or_insert(at_ms);
    }

    /// Reads in changed settings whether everybody finds a space now.
    fn read_settings(&mut self) {
        let due = self.duties.settings.iter();
        let due = due.filter(|id| !self.rejudge.is_running(id));
        let due: Vec<SpaceId> = due.take(SETTINGS_PER_TURN).copied().collect();
        for id in due {
            self.duties.settings.remove(&id);
            if self.space(&id).is_err() {
                continue;
            }
            let root = ItemId::root(&id);
            self.show(&id, &root);
            let row = self
                .spaces
                .get(&id)
                .and_then(|space| space.items.get(&root));
            if row.is_none_or(|row| row.is_stale()) {
                // Not here, or not to be read: what was known before stands.
                continue;
            }
            let found = self.is_open(&id) || self.is_on_request(&id);
            if let Some(space) = self.spaces.get_mut(&id)
                && space.found != found
            {
                space.found = found;
                space.changed = true;
                self.after_rights(&id);
            }
        }
    }

    /// Does in spaces, each in its turn, what the realm decided.
    pub(super) fn leaving_tick(&mut self, now_ms: u64) {
        self.read_settings();
        if std::mem::take(&mut self.duties.look) {
            let spaces: Vec<SpaceId> = self.summaries.keys().copied().collect();
            self.duties.nobody.clear();
            for id in spaces {
                self.look_for_duties(&id, now_ms);
            }
        }
        let due = self.duties.due_ms.iter();
        let due: Vec<SpaceId> = due
            .filter(|(_, at)| **at <= now_ms)
            .map(|(id, _)| *id)
            .collect();
        for id in due {
            self.duties.due_ms.remove(&id);
            self.duties.nobody.remove(&id);
            if let Err(error) = self.follow_realm(&id) {
                tracing::warn!("a space does not follow the realm yet: {error}");
                self.duties.nobody.insert(id);
            }
        }
    }

    fn follow_realm(&mut self, id: &SpaceId) -> Result<(), ApiError> {
        self.space(id)?;
        let Due {
            gone,
            homes,
            left,
            newcomers,
        } = self.duties_in(id);
        let manager = self.manager_here(id);
        if let Some(author) = manager {
            self.let_newcomers_find(id, author, newcomers)?;
        }
        for person in left {
            let name = self.directory.person_ref(&person).name;
            match self.take_out(id, manager, person) {
                true => tracing::warn!("{name}, who left the realm, was taken out of a space"),
                false => drop(self.duties.nobody.insert(*id)),
            }
        }
        for node in gone {
            let name = self.directory.site_name(&node);
            match self.take_site_out(id, manager, node) {
                true => tracing::warn!("{name} was taken from a space, as the realm decided"),
                false => drop(self.duties.nobody.insert(*id)),
            }
        }
        match manager {
            _ if homes.is_empty() => {}
            Some(author) => {
                self.add_hosts(*id, author, CommandId(rand::random()), homes)?;
                self.appoint_moved(id);
            }
            None => drop(self.duties.nobody.insert(*id)),
        }
        self.after_rights(id);
        Ok(())
    }

    /// A space that everybody finds is carried by sites that joined since it was made so, and where
    /// everybody may enter, they keep the door too.
    fn let_newcomers_find(
        &mut self,
        id: &SpaceId,
        author: PersonId,
        mut newcomers: BTreeSet<NodeId>,
    ) -> Result<(), ApiError> {
        // One that retires leaves the spaces first, and the realm last.
        let removed = &self.space(id)?.rights.now().removed;
        newcomers.retain(|node| !removed.contains_key(node));
        if newcomers.is_empty() {
            return Ok(());
        }
        let command = CommandId(rand::random());
        self.add_hosts(*id, author, command, newcomers)?;
        self.show(id, &ItemId::root(id));
        if self.is_open(id) {
            self.name_doorkeepers(*id, author, command)?;
        }
        Ok(())
    }
}
