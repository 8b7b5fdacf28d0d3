//! Groups of people: kept in the realm by registrars, given a role in a space by its managers. What
//! spaces make of them is in `following`.

use std::collections::{BTreeMap, BTreeSet};

use bocage_crdt::features::commands::{GroupCommand, Role as RoleWord};
use bocage_crdt::features::group::{self, GROUP_PEOPLE_MAX, GROUPS_MAX, Said, Standing, Word};
use bocage_crdt::features::group_role::{Given, RoleOfGroup, SPACE_GROUPS_MAX};
use bocage_crdt::features::residence::NOWHERE;
use bocage_crdt::features::{NewContent, Plan};
use bocage_crdt::ids::{CommandId, ItemId, PersonId, SpaceId};
use bocage_crdt::text::fold;
use bocage_protocol::rights::Role;

use super::Hub;
use super::commands::Done;
use super::following::{follows, giving, taking};
use super::rows::{kind, kind_word};
use crate::api::groups::{GroupList, GroupPlace, GroupRow, SpaceGroup};
use crate::api::rows::Member;
use crate::api::texts::Text;
use crate::api::{ApiError, ErrorCode};

/// The groups of the realm.
#[derive(Debug, Default)]
pub(super) struct Groups {
    all: BTreeMap<ItemId, Standing>,
    /// Every word that ever brought somebody into a group: what the trail names.
    joined: BTreeMap<(ItemId, PersonId), Vec<ItemId>>,
}

impl Groups {
    /// Who is in a group, each with the word that brought her in.
    pub(super) fn people_of(&self, group: &ItemId) -> impl Iterator<Item = (&PersonId, &ItemId)> {
        self.all.get(group).into_iter().flat_map(|it| &it.people)
    }

    fn standing(&self) -> impl Iterator<Item = (&ItemId, &Standing)> {
        self.all.iter().filter(|(_, group)| !group.ended)
    }

    /// Whether a group is there and not ended.
    fn stands(&self, group: &ItemId) -> Option<&Standing> {
        self.all.get(group).filter(|group| !group.ended)
    }

    fn name(&self, group: &ItemId) -> String {
        self.all
            .get(group)
            .map_or_else(String::new, |it| it.name.clone())
    }

    /// Whether somebody is in any group.
    pub(super) fn has(&self, person: &PersonId) -> bool {
        self.all
            .values()
            .any(|group| group.people.contains_key(person))
    }
}

fn too_many(field: &'static str, limit: usize) -> ApiError {
    let error = ApiError::new(ErrorCode::TooLarge).with_field(field);
    error.with_limit(limit as u64)
}

fn given(role: RoleWord) -> Result<Given, ApiError> {
    match role {
        RoleWord::Viewer => Ok(Given::Viewer),
        RoleWord::Commenter => Ok(Given::Commenter),
        RoleWord::Contributor => Ok(Given::Contributor),
        // Managers are named one by one: see the kind.
        RoleWord::Manager => Err(ApiError::value("role")),
    }
}

fn role_word(given: Given) -> RoleWord {
    match given {
        Given::Viewer => RoleWord::Viewer,
        Given::Commenter => RoleWord::Commenter,
        Given::Contributor => RoleWord::Contributor,
    }
}

impl Hub {
    /// Reads all groups anew, once the realm's words or registrars changed.
    pub(super) fn read_groups(&mut self) {
        let Some(realm) = self.spaces.get(&self.realm()) else {
            return;
        };
        let (mut words, mut joined) = (Vec::new(), BTreeMap::new());
        for (id, item) in realm.of_kind(kind("group")) {
            let Some(word) = item.record().and_then(Word::of) else {
                continue;
            };
            if let Word::Person {
                person,
                inside: true,
            } = word
            {
                let all: &mut Vec<ItemId> = joined.entry((item.parent, person)).or_default();
                all.push(*id);
            }
            words.push(Said {
                id: *id,
                under: item.parent,
                order: (item.created.lamport, item.created.entry),
                by: item.creator,
                word,
            });
        }
        let registrars = &realm.rights.now().registrars;
        let reach = |by: &PersonId| registrars.get(by).cloned().unwrap_or_default();
        let all = group::read(ItemId::root(&realm.id), words, reach);
        self.groups.joined = joined;
        if self.groups.all != all {
            self.groups.all = all;
            self.duties.look_again();
            self.groups_changed();
        }
    }

    /// A word of a registrar or a manager about a group came.
    pub(super) fn group_word_came(&mut self, space: &SpaceId, item: &ItemId) {
        let row = self.spaces.get(space).and_then(|it| it.items.get(item));
        let number = row.map(|row| row.kind.number);
        if *space == self.realm() && number == Some(kind("group")) {
            self.read_groups();
        } else if number == Some(kind("groupRole")) {
            self.look_after_groups(space);
            self.people_changed(space);
        }
    }

    /// Whether somebody is of this organisation, and at home at one of its sites.
    pub(super) fn is_of_realm(&self, person: &PersonId) -> bool {
        let realm = self.spaces.get(&self.realm());
        let sites = realm.map(|realm| &realm.rights.now().hosts);
        self.directory.person(person).is_some_and(|known| {
            let home = sites.is_some_and(|sites| sites.contains_key(&known.site));
            !known.guest && !known.deleted && known.site != NOWHERE && home
        })
    }

    /// Territories for which a person who is at home here keeps groups; `None` is all of them.
    fn places_of(&self, person: &PersonId) -> BTreeSet<Option<ItemId>> {
        if self.directory.home_of(person) != Some(self.me.node) {
            // A registrar's word counts at her home site only.
            return BTreeSet::new();
        }
        let gifts = self.directory.gifts(person).iter();
        let gifts = gifts.filter(|(role, _)| role.allows(Role::REGISTRAR));
        gifts.map(|(_, territory)| *territory).collect()
    }

    fn keeps(&self, person: &PersonId, territory: Option<ItemId>) -> bool {
        let places = self.places_of(person);
        places.contains(&None) || places.contains(&territory)
    }

    pub(super) fn group_command(
        &mut self,
        person: PersonId,
        command: CommandId,
        asked: &GroupCommand,
    ) -> Result<Done, ApiError> {
        match asked {
            GroupCommand::Open { name, territory } => {
                let places = self.places_of(&person);
                let place = match (territory, places.len()) {
                    (Some(territory), _) => Some(*territory),
                    (None, 1) => places.first().copied().flatten(),
                    (None, _) => None,
                };
                if !self.keeps(&person, place) {
                    return Err(ApiError::forbidden().with_text(Text::AskRegistrar));
                }
                if self.is_said(&person, &command) {
                    return Ok(Done::default());
                }
                if self.groups.standing().count() >= GROUPS_MAX {
                    return Err(too_many("name", GROUPS_MAX));
                }
                self.require_free_name(name, None)?;
                let word = Word::Named {
                    name: name.clone(),
                    territory: place,
                };
                let root = ItemId::root(&self.realm());
                self.say_of_group(person, command, root, &word)?;
            }
            GroupCommand::Rename { group, name } => {
                if self.kept_group(&person, group)?.name != *name {
                    self.require_free_name(name, Some(group))?;
                    let word = Word::Named {
                        name: name.clone(),
                        territory: None,
                    };
                    self.say_of_group(person, command, *group, &word)?;
                }
            }
            GroupCommand::Add { group, person: who } => {
                let people = &self.kept_group(&person, group)?.people;
                let (inside, count) = (people.contains_key(who), people.len());
                if !self.is_of_realm(who) {
                    return Err(ApiError::value("person"));
                }
                if !inside {
                    if count >= GROUP_PEOPLE_MAX {
                        return Err(too_many("person", GROUP_PEOPLE_MAX));
                    }
                    let word = Word::Person {
                        person: *who,
                        inside: true,
                    };
                    self.say_of_group(person, command, *group, &word)?;
                }
            }
            GroupCommand::Remove { group, person: who } => {
                if self.kept_group(&person, group)?.people.contains_key(who) {
                    let word = Word::Person {
                        person: *who,
                        inside: false,
                    };
                    self.say_of_group(person, command, *group, &word)?;
                }
            }
            GroupCommand::End { group } => {
                self.kept_group(&person, group)?;
                self.say_of_group(person, command, *group, &Word::Ended)?;
            }
            GroupCommand::Give { space, group, role } => {
                self.require(space, &person, Role::MANAGER)?;
                let role = given(*role)?;
                self.groups.stands(group).ok_or_else(ApiError::not_found)?;
                self.set_group_role(*space, person, command, *group, Some(role))?;
                return Ok(Done {
                    space: Some(*space),
                    item: None,
                });
            }
            GroupCommand::Take { space, group } => {
                self.require(space, &person, Role::MANAGER)?;
                self.set_group_role(*space, person, command, *group, None)?;
                return Ok(Done {
                    space: Some(*space),
                    item: None,
                });
            }
        }
        Ok(Done::default())
    }

    /// Whether a command's word is here already.
    fn is_said(&mut self, person: &PersonId, command: &CommandId) -> bool {
        let realm = self.realm();
        let item = ItemId::of(&realm, person, command);
        let loaded = self.space(&realm);
        loaded.is_ok_and(|realm| realm.items.contains_key(&item))
    }

    /// Two groups of one name could not be told apart where one is chosen.
    fn require_free_name(&self, name: &str, but: Option<&ItemId>) -> Result<(), ApiError> {
        let wanted = fold(name);
        let mut others = self.groups.standing().filter(|(id, _)| Some(*id) != but);
        match others.any(|(_, group)| fold(&group.name) == wanted) {
            true => Err(ApiError::new(ErrorCode::Conflict).with_field("name")),
            false => Ok(()),
        }
    }

    fn kept_group(&self, person: &PersonId, group: &ItemId) -> Result<&Standing, ApiError> {
        if self.directory.is_guest(person) {
            return Err(ApiError::not_found());
        }
        let group = self.groups.stands(group).ok_or_else(ApiError::not_found)?;
        match self.keeps(person, group.territory) {
            true => Ok(group),
            false => Err(ApiError::forbidden().with_text(Text::AskRegistrar)),
        }
    }

    fn say_of_group(
        &mut self,
        person: PersonId,
        command: CommandId,
        under: ItemId,
        word: &Word,
    ) -> Result<(), ApiError> {
        let plan = Plan::Create {
            kind: kind("group"),
            parent: under,
            content: word.to_content(),
        };
        let realm = self.realm();
        if !self.is_said(&person, &command) {
            self.carry_out(realm, person, command, plan)?;
        }
        Ok(())
    }

    fn set_group_role(
        &mut self,
        space: SpaceId,
        person: PersonId,
        command: CommandId,
        group: ItemId,
        role: Option<Given>,
    ) -> Result<(), ApiError> {
        let loaded = self.space(&space)?;
        if loaded.rights.now().kind.and_then(kind_word).is_none() {
            return Err(ApiError::not_found());
        }
        let present = loaded.group_roles();
        if present.get(&group).map(|(_, role)| *role) == role {
            return Ok(());
        }
        if !present.contains_key(&group) && present.len() >= SPACE_GROUPS_MAX {
            return Err(too_many("group", SPACE_GROUPS_MAX));
        }
        let content: NewContent = RoleOfGroup { group, role }.to_content();
        let plan = Plan::Create {
            kind: kind("groupRole"),
            parent: ItemId::root(&space),
            content,
        };
        self.carry_out(space, person, command, plan).map(drop)
    }

    /// The groups of the realm, for everybody of it.
    pub(super) fn group_list(&mut self, viewer: &PersonId) -> Result<GroupList, ApiError> {
        if self.directory.is_guest(viewer) || self.me.guest {
            return Err(ApiError::forbidden());
        }
        let territories = self.territories().unwrap_or_default();
        let names: BTreeMap<ItemId, String> = territories.into_iter().collect();
        let name = |place: Option<ItemId>| place.and_then(|id| names.get(&id).cloned());
        let mut rows: Vec<GroupRow> = self
            .groups
            .standing()
            .map(|(id, group)| GroupRow {
                id: *id,
                name: group.name.clone(),
                territory: name(group.territory),
                people: self.people_in_order(group.people.keys()),
                may_change: self.keeps(viewer, group.territory),
            })
            .collect();
        rows.sort_by_key(|row| (fold(&row.name), row.id));
        let places = self.places_of(viewer).into_iter();
        let places = places.map(|place| GroupPlace {
            id: place,
            name: name(place),
        });
        Ok(GroupList {
            rows,
            places: places.collect(),
        })
    }

    fn people_in_order<'a>(
        &self,
        people: impl Iterator<Item = &'a PersonId>,
    ) -> Vec<crate::api::rows::PersonRef> {
        let people = people.filter(|person| self.is_of_realm(person));
        let mut people: Vec<_> = people.map(|it| self.directory.person_ref(it)).collect();
        people.sort_by_key(|person| (fold(&person.name), person.id));
        people
    }

    /// Groups with a role in a space, by name; guests hear of none.
    pub(super) fn space_groups(
        &mut self,
        space: &SpaceId,
        viewer: &PersonId,
    ) -> Result<Vec<SpaceGroup>, ApiError> {
        self.readable(space, viewer)?;
        if self.directory.is_guest(viewer) || self.me.guest {
            return Ok(Vec::new());
        }
        let loaded = self.space(space)?;
        let roles = loaded.group_roles();
        let said: BTreeMap<ItemId, (PersonId, u64)> = roles
            .values()
            .filter_map(|(word, _)| {
                let row = loaded.items.get(word)?;
                Some((*word, (row.creator, row.created_ms)))
            })
            .collect();
        let rows = roles.into_iter().filter_map(|(group, (word, role))| {
            let known = self.groups.all.get(&group)?;
            let (by, at_ms) = said.get(&word)?;
            Some(SpaceGroup {
                group,
                name: known.name.clone(),
                role: role_word(role),
                people: self.people_in_order(known.people.keys()).len() as u32,
                ended: known.ended,
                by: self.directory.person_ref(by),
                since_ms: *at_ms,
            })
        });
        let mut rows: Vec<SpaceGroup> = rows.collect();
        rows.sort_by_key(|row| (fold(&row.name), row.group));
        Ok(rows)
    }

    /// Says of members by which groups they are in the space, and whether they are by name.
    pub(super) fn name_groups(&self, id: &SpaceId, rows: &mut [Member]) {
        let Some(space) = self.spaces.get(id).filter(|space| space.is_grouped()) else {
            return;
        };
        let claims = self.claims_in(id);
        for row in rows {
            let person = row.person.id;
            row.by_name = space.named_role(&person) != Role::NONE;
            let gifts = space.rights.gifts(&person);
            let given = |command: &CommandId| {
                let mut given = gifts.iter().filter(|gift| gift.command == *command);
                given.any(|gift| gift.left() != Role::NONE)
            };
            let by = claims.iter().filter(|claim| claim.person == person);
            let by = by.filter(|claim| given(&claim.command));
            row.groups = by.map(|claim| self.groups.name(&claim.group)).collect();
            row.groups.sort();
        }
    }

    /// The group that an operation about a person followed, by name; empty when it is known of none
    /// any more. `None` for what people did by name.
    pub(super) fn group_behind(
        &self,
        id: &SpaceId,
        command: &CommandId,
        person: &PersonId,
    ) -> Option<String> {
        if !follows(id, command) {
            return None;
        }
        let space = self.spaces.get(id)?;
        for (word, said) in space.words_about_groups() {
            let joined = self.groups.joined.get(&(said.group, *person));
            for joined in joined.into_iter().flatten() {
                let given = giving(id, &word, joined);
                if given == *command || taking(id, &given) == *command {
                    return Some(self.groups.name(&said.group));
                }
            }
        }
        Some(String::new())
    }
}
