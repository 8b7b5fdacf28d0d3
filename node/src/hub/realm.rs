//! The realm's own matters: territories, who names whom, and in whose name the command line of a site
//! speaks. Decided by the realm's rights, which are the same at every site.

use std::collections::{BTreeMap, BTreeSet};

use bocage_crdt::features::residence::Move;
use bocage_crdt::features::{Feature, by_name, territory};
use bocage_crdt::ids::{CommandId, ItemId, NodeId, PersonId, SpaceId};
use bocage_crdt::text::fold;
use bocage_protocol::rights::{Members, Operation, Role, Subject};
use serde::{Deserialize, Serialize};

use super::Hub;
use super::admitting::NotNamed;
use super::directory::Moved;
use crate::api::texts::Text;
use crate::api::{ApiError, ErrorCode};
use crate::net::Plane;
use crate::recovery::Signing;

/// Who stands behind an operation of the realm that a command asks for.
pub(crate) enum Authority {
    /// A registrar who is at home at this site: the one of this login, or whoever may.
    Registrar(Option<String>),
    /// The realm's root.
    Root(Signing),
}

/// What one person may in the realm, for people to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RightsLine {
    pub name: String,
    pub login: String,
    pub site: String,
    /// A right, and the territory's name if it is for one only.
    pub rights: Vec<(String, Option<String>)>,
    /// Asked for, and not given.
    pub asks: Vec<String>,
}

impl From<NotNamed> for ApiError {
    fn from(why: NotNamed) -> Self {
        match why {
            NotNamed::RealmNotHere => Self::busy(),
            NotNamed::NoSuchPerson | NotNamed::NoSuchSite | NotNamed::NoSuchTerritory => {
                Self::not_found()
            }
            NotNamed::SeveralPersons(_) | NotNamed::SeveralSites | NotNamed::TerritoryThere => {
                Self::new(ErrorCode::Conflict)
            }
            _ => Self::forbidden().with_text(Text::AskRegistrar),
        }
    }
}

fn refused(error: ApiError) -> NotNamed {
    match error.code {
        ErrorCode::Busy => NotNamed::RealmNotHere,
        _ => NotNamed::Refused(error.to_string()),
    }
}

impl Hub {
    /// Sites of the realm: names, addresses, and whom the network may talk to.
    pub(super) fn read_sites(&mut self) {
        let realm = SpaceId(self.me.realm.0);
        let Some(space) = self.spaces.get(&realm) else {
            return;
        };
        let hosts = &space.rights.now().hosts;
        let sites: Vec<_> = hosts
            .iter()
            .map(|(node, host)| {
                let addresses = Self::core_addresses(&host.addresses);
                (*node, host.name.clone(), addresses)
            })
            .collect();
        let hosts: BTreeSet<NodeId> = sites.iter().map(|(node, ..)| *node).collect();
        if !hosts.is_empty() {
            self.links
                .retain(|node, link| link.plane == Plane::Edge || hosts.contains(node));
            self.forget_tellers();
        }
        for (node, name, addresses) in sites {
            if !name.is_empty() {
                self.directory.set_site(node, name);
            }
            if node != self.me.node {
                let link = self.links.entry(node).or_default();
                link.addresses = addresses;
            }
        }
        self.read_realm_rights();
        self.set_neighbours();
        if !self.me.edge_addresses.is_empty() {
            self.announce_edge();
        }
    }

    pub(super) fn realm(&self) -> SpaceId {
        SpaceId(self.me.realm.0)
    }

    /// The realm's state, once this site has heard of it.
    pub(super) fn realm_now(&mut self) -> Result<Members, NotNamed> {
        let realm = self.realm();
        let now = self.space(&realm).map_err(refused)?.rights.now().clone();
        let heard = now.root.is_some() && now.hosts.contains_key(&self.me.node);
        heard.then_some(now).ok_or(NotNamed::RealmNotHere)
    }

    /// The site of this name.
    pub(super) fn site_named(&mut self, name: &str) -> Result<NodeId, NotNamed> {
        let wanted = fold(name.trim());
        let hosts = self.realm_now()?.hosts;
        let named: Vec<NodeId> = hosts
            .into_keys()
            .filter(|node| fold(&self.directory.site_name(node)) == wanted)
            .collect();
        match named[..] {
            [node] => Ok(node),
            [] => Err(NotNamed::NoSuchSite),
            _ => Err(NotNamed::SeveralSites),
        }
    }

    /// The person of this login, or of this login at that site.
    pub(super) fn person_named(&mut self, typed: &str) -> Result<PersonId, NotNamed> {
        self.realm_now()?;
        let named = self.directory.named(typed);
        match named[..] {
            [person] => Ok(person),
            [] => Err(NotNamed::NoSuchPerson),
            _ => {
                let homes = named.iter().filter_map(|it| self.directory.home_of(it));
                let homes = homes.map(|node| self.directory.site_name(&node));
                Err(NotNamed::SeveralPersons(homes.collect()))
            }
        }
    }

    /// The realm's territories by name.
    pub(crate) fn territories(&mut self) -> Result<Vec<(ItemId, String)>, NotNamed> {
        self.realm_now()?;
        let number = territory::Territory.number();
        let realm = self.realm();
        let space = self.space(&realm).map_err(refused)?;
        let mut list: Vec<(ItemId, String)> = space
            .of_kind(number)
            .filter_map(|(id, item)| Some((*id, item.record()?.text("name").to_owned())))
            .collect();
        list.sort_by_key(|(id, name)| (fold(name), *id));
        Ok(list)
    }

    pub(super) fn territory_named(&mut self, name: &str) -> Result<ItemId, NotNamed> {
        let wanted = fold(name.trim());
        let list = self.territories()?.into_iter();
        let mut named = list.filter(|(_, name)| fold(name) == wanted);
        let (id, _) = named.next().ok_or(NotNamed::NoSuchTerritory)?;
        Ok(id)
    }

    /// A registrar at home here whose right reaches this territory; only one for all reaches what
    /// is for all.
    pub(super) fn registrar_here(
        &mut self,
        login: Option<&str>,
        place: Option<ItemId>,
    ) -> Result<PersonId, NotNamed> {
        let wanted = match login {
            Some(login) => Some(self.person_named(login)?),
            None => None,
        };
        let me = self.me.node;
        let mut people = self.directory.everybody().filter(|(person, known)| {
            known.site == me
                && wanted.is_none_or(|wanted| wanted == **person)
                && self.directory.holds(person, Role::REGISTRAR, place)
        });
        let found = people.next().map(|(person, _)| *person);
        found.ok_or(NotNamed::NoRegistrarHere)
    }

    /// Writes an operation of the realm in the name of whoever stands behind it; says who.
    fn write_for(
        &mut self,
        authority: &Authority,
        place: Option<ItemId>,
        says: &str,
        operations: Vec<Operation>,
    ) -> Result<String, NotNamed> {
        let login = match authority {
            Authority::Root(signing) => {
                for operation in operations {
                    self.write_as_root(&operation, says, signing)?;
                }
                return Ok("the realm's root".to_owned());
            }
            Authority::Registrar(login) => login.as_deref(),
        };
        let registrar = self.registrar_here(login, place)?;
        let realm = self.realm();
        for operation in operations {
            let command = CommandId(rand::random());
            self.write_operation(realm, registrar, command, operation)
                .map_err(refused)?;
        }
        self.after_rights(&realm);
        Ok(self.directory.person_ref(&registrar).name)
    }

    /// Adds a territory in the name of a registrar for all of them.
    pub(crate) fn add_territory(
        &mut self,
        name: &str,
        login: Option<&str>,
    ) -> Result<String, NotNamed> {
        let content = territory::named(name)
            .map_err(|error| NotNamed::Refused(super::commands::invalid(error).to_string()))?;
        if self.territory_named(name).is_ok() {
            return Err(NotNamed::TerritoryThere);
        }
        let registrar = self.registrar_here(login, None)?;
        let (realm, command) = (self.realm(), CommandId(rand::random()));
        let item = ItemId::of(&realm, &registrar, &command);
        let parent = Some(ItemId::root(&realm));
        let number = territory::Territory.number();
        self.write_item(realm, registrar, command, item, number, parent, content)
            .map_err(refused)?;
        Ok(self.directory.person_ref(&registrar).name)
    }

    /// Lets a site stand in a territory, or in none; by an admitting site, or by the root. Of itself
    /// no site says where it stands.
    pub(crate) fn set_site_territory(
        &mut self,
        site: &str,
        territory: Option<&str>,
        root: Option<&Signing>,
    ) -> Result<String, NotNamed> {
        let node = self.site_named(site)?;
        let territory_name = territory;
        let territory = territory.map(|name| self.territory_named(name));
        let territory = territory.transpose()?;
        let now = self.realm_now()?;
        let host = now.hosts.get(&node).ok_or(NotNamed::NoSuchSite)?;
        let name = self.directory.site_name(&node);
        if host.territory == territory {
            return Ok(name);
        }
        let operation = Operation::HostAdd {
            node,
            name: name.clone(),
            addresses: host.addresses.clone(),
            territory,
        };
        match root {
            Some(signing) => {
                let stands = territory_name.unwrap_or("no territory");
                let says = format!("{name} stands in {stands}");
                self.write_as_root(&operation, &says, signing)?;
            }
            None if node == self.me.node => return Err(NotNamed::RootOnly),
            None => {
                let (realm, site) = (self.realm(), self.me.person);
                self.write_operation(realm, site, CommandId(rand::random()), operation)
                    .map_err(refused)?;
                self.after_rights(&realm);
            }
        }
        Ok(name)
    }

    /// Gives a person rights of the realm, for a territory or everywhere. Says in whose name.
    pub(crate) fn give_rights(
        &mut self,
        login: &str,
        role: Role,
        territory: Option<&str>,
        authority: &Authority,
    ) -> Result<String, NotNamed> {
        let person = self.person_named(login)?;
        let place = territory.map(|name| self.territory_named(name));
        let place = place.transpose()?;
        let operation = self.giving(person, role, place);
        let says = format!(
            "{login} may be {} in {}",
            role.names().collect::<Vec<_>>().join(" and "),
            territory.unwrap_or("the whole realm")
        );
        let by = self.write_for(authority, place, &says, vec![operation])?;
        tracing::info!("{login} may now {role:?} in the realm, by {by}");
        Ok(by)
    }

    /// Takes rights of the realm from a person, everywhere; what else she had stays.
    pub(crate) fn take_rights(
        &mut self,
        login: &str,
        role: Role,
        authority: &Authority,
    ) -> Result<String, NotNamed> {
        let person = self.person_named(login)?;
        let gifts = self.directory.gifts(&person).to_vec();
        let named_by_root = gifts.iter().any(|(had, _)| had.has_authority());
        if named_by_root && matches!(authority, Authority::Registrar(_)) {
            return Err(NotNamed::RootOnly);
        }
        if gifts.iter().all(|(had, _)| had.within(role) == Role::NONE) {
            return Ok(String::new());
        }
        let realm = self.realm();
        let subject = Subject::Person(person);
        let mut operations = vec![Operation::Revoke {
            subject,
            cut: self.cut_here(&realm),
            order: None,
        }];
        // A removal takes everything: what she keeps is given anew after it.
        operations.extend(gifts.iter().filter_map(|(had, territory)| {
            let kept = had.without(role);
            (kept != Role::NONE).then_some(Operation::Grant {
                subject,
                role: kept,
                territory: *territory,
                sponsor: None,
                end_ms: None,
            })
        }));
        let mut says = format!("{login} loses every right of the realm");
        if operations.len() > 1 {
            // Several signatures cannot be asked for at once: what follows cites what went before.
            says.push_str(", also those to be given again afterwards");
        }
        let by = self.write_for(authority, None, &says, operations)?;
        tracing::info!("{login} may no longer {role:?} in the realm, by {by}");
        Ok(by)
    }

    /// Everybody with a right of the realm, or whose site asks for one.
    pub(crate) fn rights_lines(&mut self) -> Result<Vec<RightsLine>, NotNamed> {
        let names: BTreeMap<ItemId, String> = self.territories()?.into_iter().collect();
        let mut lines = Vec::new();
        for (person, known) in self.directory.everybody() {
            let gifts = self.directory.gifts(person);
            let mut rights: Vec<(String, Option<String>)> = gifts
                .iter()
                .flat_map(|(role, territory)| {
                    let place = territory.map(|id| names.get(&id).cloned().unwrap_or_default());
                    role.names()
                        .map(move |name| (name.to_owned(), place.clone()))
                })
                .collect();
            rights.sort();
            rights.dedup();
            let asks: Vec<String> = known
                .asks
                .iter()
                .filter(|ask| !rights.iter().any(|(right, _)| right == *ask))
                .cloned()
                .collect();
            if rights.is_empty() && asks.is_empty() {
                continue;
            }
            lines.push(RightsLine {
                name: known.name.clone(),
                login: known.login.clone(),
                site: self.directory.site_name(&known.site),
                rights,
                asks,
            });
        }
        lines.sort_by_key(|line| (fold(&line.name), line.login.clone()));
        Ok(lines)
    }

    /// Gives a person who is added here what was asked for her, where a registrar for it is at home
    /// here; says what is left to ask for.
    pub(super) fn give_or_ask(&mut self, person: PersonId, wanted: &[Role]) -> Vec<String> {
        let mut asks = Vec::new();
        for role in wanted {
            let name = role.names().next().unwrap_or_default().to_owned();
            // For all, where she may; else for the territory of this site.
            let places = [None, self.directory.territory];
            let given = places.into_iter().any(|place| {
                let authority = Authority::Registrar(None);
                let operation = self.giving(person, *role, place);
                self.write_for(&authority, place, "", vec![operation])
                    .is_ok()
            });
            if !given {
                asks.push(name);
            }
        }
        asks
    }

    /// What the realm's rights say of people and of this site's place.
    pub(super) fn read_realm_rights(&mut self) {
        let realm = self.realm();
        let Some(space) = self.spaces.get(&realm) else {
            return;
        };
        let now = space.rights.now();
        let gifts = now.persons.iter();
        let gifts = gifts.map(|(person, member)| (*person, member.rights.clone()));
        let own = now.hosts.get(&self.me.node);
        let territory = own.and_then(|host| host.territory);
        let removed: Vec<(NodeId, String)> = now
            .removed
            .iter()
            .map(|(node, host)| (*node, host.name.clone()))
            .collect();
        let gifts = gifts.collect();
        self.directory.set_gifts(gifts, territory);
        for (node, name) in removed {
            if !name.is_empty() {
                self.directory.set_site(node, name);
            }
        }
        self.read_moves();
    }

    /// Who is at home where by the word of registrars: one of a territory moves its people only.
    pub(super) fn read_moves(&mut self) {
        let number = by_name("residence").map_or(0, |feature| feature.number());
        let Some(space) = self.spaces.get(&self.realm()) else {
            return;
        };
        let now = space.rights.now();
        let territory_of = |node: &NodeId| {
            let removed = || now.removed.get(node).and_then(|host| host.territory);
            now.hosts
                .get(node)
                .map_or_else(removed, |host| host.territory)
        };
        let mut moves: BTreeMap<PersonId, Vec<Moved>> = BTreeMap::new();
        for (_, item) in space.of_kind(number) {
            let Some(told) = item.record().and_then(Move::of) else {
                continue;
            };
            let reach = now.registrars.get(&item.creator);
            let may = reach.is_some_and(|reach| {
                reach.contains(&None) || reach.contains(&territory_of(&told.from))
            });
            if may {
                moves.entry(told.person).or_default().push(Moved {
                    order: item.created,
                    by: item.creator,
                    at_ms: item.created_ms,
                    told,
                });
            }
        }
        for list in moves.values_mut() {
            list.sort_by_key(|moved| moved.order);
        }
        self.directory.set_moves(moves);
        self.read_groups();
        self.duties.look_again();
        self.deletions.look_again();
        self.settle_accounts();
    }
}
