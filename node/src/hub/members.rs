//! Who may what in a space, and the commands that change it.

use std::collections::BTreeSet;

use bocage_crdt::features::commands as words;
use bocage_crdt::ids::{CommandId, ItemId, NodeId, PersonId, SpaceId};
use bocage_protocol::rights::{self, Operation, Role, Subject};

use super::Hub;
use super::rows::{role_of, role_word};
use crate::api::rows::Member;
use crate::api::{ApiError, ErrorCode};
use crate::net::Plane;

impl Hub {
    /// Whether a person holds a right in a space, as far as is known here.
    pub(crate) fn may(&self, space: &SpaceId, person: &PersonId, needed: Role) -> bool {
        let Some(space) = self.spaces.get(space) else {
            return false;
        };
        let now = space.rights.now();
        now.role_at_home(person).allows(needed) && !self.is_over(now.persons.get(person))
    }

    /// Whether a guest's time is over by this clock: her rights stand, and nobody serves her.
    pub(super) fn is_over(&self, member: Option<&rights::Member>) -> bool {
        let end_ms = member.and_then(|member| member.end_ms);
        end_ms.is_some_and(|end| end <= self.clock.wall_ms())
    }

    /// Members read; everybody of the realm reads an open space, guests do not.
    pub(crate) fn may_read(&self, space: &SpaceId, person: &PersonId) -> bool {
        self.may(space, person, Role::VIEWER)
            || (self.is_open(space) && !self.directory.is_guest(person))
    }

    /// Whether everybody of the realm finds a space and may enter it.
    pub(crate) fn is_open(&self, space: &SpaceId) -> bool {
        let seen_by_people = self.spaces.get(space).is_some_and(|space| {
            space
                .rights
                .now()
                .kind
                .and_then(super::rows::kind_word)
                .is_some()
        });
        seen_by_people && self.setting(space, "visibility") == "open"
    }

    pub(super) fn require(
        &mut self,
        space: &SpaceId,
        person: &PersonId,
        needed: Role,
    ) -> Result<(), ApiError> {
        self.space(space)?;
        if !self.may_read(space, person) {
            return Err(ApiError::not_found());
        }
        if !self.may(space, person, needed) {
            return Err(ApiError::forbidden());
        }
        Ok(())
    }

    /// Adds a member, and her home site as a host when it is not one.
    pub(crate) fn add_member(
        &mut self,
        space: SpaceId,
        author: PersonId,
        command: CommandId,
        person: PersonId,
        role: words::Role,
    ) -> Result<(), ApiError> {
        self.require(&space, &author, Role::MANAGER)?;
        // A guest needs somebody who answers for her, and an end: she is invited instead.
        if self.directory.person(&person).is_none() || self.directory.is_guest(&person) {
            return Err(ApiError::value("person"));
        }
        let members = self.space(&space)?.rights.now().persons.len();
        if members >= bocage_protocol::limits::MEMBERS_PER_SPACE_MAX {
            let limit = bocage_protocol::limits::MEMBERS_PER_SPACE_MAX as u64;
            return Err(ApiError::new(ErrorCode::TooLarge)
                .with_field("person")
                .with_limit(limit));
        }
        self.grant(space, author, command, person, role_of(role))
    }

    fn grant(
        &mut self,
        space: SpaceId,
        author: PersonId,
        command: CommandId,
        person: PersonId,
        role: Role,
    ) -> Result<(), ApiError> {
        // What a group gave her goes with the group: who names her means her to stay.
        if !self.space(&space)?.named_role(&person).allows(role) {
            return self.give(space, author, command, person, role);
        }
        let home = self.directory.home_of(&person);
        self.add_hosts(space, author, command, home.into_iter().collect())
    }

    /// Gives a person a role, and lets her home site carry the space.
    pub(super) fn give(
        &mut self,
        space: SpaceId,
        author: PersonId,
        command: CommandId,
        person: PersonId,
        role: Role,
    ) -> Result<(), ApiError> {
        let home = self.directory.home_of(&person);
        let territory = home.and_then(|home| self.stands_in(&home));
        let operation = self.giving(person, role, territory);
        self.write_operation(space, author, command, operation)?;
        self.add_hosts(space, author, command, home.into_iter().collect())
    }

    /// What gives a person a role. Authority counts at her home site only: a machine stolen from
    /// another office cannot speak for her.
    pub(super) fn giving(
        &self,
        person: PersonId,
        role: Role,
        territory: Option<ItemId>,
    ) -> Operation {
        let subject = Subject::Person(person);
        if role.has_authority() {
            let home = self.directory.home_of(&person).unwrap_or(self.me.node);
            return Operation::Appoint {
                subject,
                role,
                territory,
                sites: vec![home],
            };
        }
        Operation::Grant {
            subject,
            role,
            territory,
            sponsor: None,
            end_ms: None,
        }
    }

    /// Lets sites carry a space.
    pub(crate) fn add_hosts(
        &mut self,
        space: SpaceId,
        author: PersonId,
        command: CommandId,
        nodes: BTreeSet<NodeId>,
    ) -> Result<(), ApiError> {
        let present = self.space(&space)?.hosts();
        for node in nodes.difference(&present) {
            let operation = Operation::HostAdd {
                node: *node,
                name: self.directory.site_name(node),
                addresses: Vec::new(),
                territory: self.stands_in(node),
            };
            self.write_operation(space, author, command, operation)?;
        }
        Ok(())
    }

    /// The territory of a site: with it rights and sites of a space are in the reach of that one's
    /// registrars.
    fn stands_in(&self, node: &NodeId) -> Option<ItemId> {
        let realm = self.spaces.get(&self.realm())?;
        super::leaving::territory_of(realm.rights.now(), node)
    }

    /// Every site of the realm.
    pub(crate) fn all_sites(&self) -> BTreeSet<NodeId> {
        let others = self.links.iter();
        others
            .filter(|(_, link)| link.plane == Plane::Core)
            .map(|(node, _)| *node)
            .chain([self.me.node])
            .collect()
    }

    /// Gives a member another role; what exceeds it is removed as of now.
    pub(crate) fn set_role(
        &mut self,
        space: SpaceId,
        author: PersonId,
        command: CommandId,
        person: PersonId,
        role: words::Role,
    ) -> Result<(), ApiError> {
        self.require(&space, &author, Role::MANAGER)?;
        let now = self.space(&space)?.rights.now().role(&person);
        if role_word(now).is_none() {
            return Err(ApiError::value("person"));
        }
        let role = role_of(role);
        if self.directory.is_guest(&person) && role.allows(Role::MANAGER) {
            return Err(ApiError::value("role"));
        }
        if now.space_role() == role {
            return Ok(());
        }
        self.keep_a_manager(&space, &person, role)?;
        let member = self.space(&space)?.rights.now().persons.get(&person);
        let stay = member.and_then(|member| Some((member.sponsor?, member.end_ms)));
        let operation = if role.has_authority() {
            self.giving(person, role, None)
        } else {
            let cut = self.cut_here(&space);
            Operation::SetRole {
                subject: Subject::Person(person),
                role,
                cut,
            }
        };
        self.write_operation(space, author, command, operation)?;
        if let Some((sponsor, end_ms)) = stay {
            // A guest in another role stays a guest: her sponsor and her end are said again.
            let operation = Operation::Grant {
                subject: Subject::Person(person),
                role,
                territory: None,
                sponsor: Some(sponsor),
                end_ms,
            };
            let part = super::opening::numbered(&command, 1);
            self.write_operation(space, author, part, operation)?;
        }
        Ok(())
    }

    /// Makes a contributor answer for guests whom she invites, at her home site; or no longer.
    pub(crate) fn set_sponsor(
        &mut self,
        space: SpaceId,
        author: PersonId,
        command: CommandId,
        person: PersonId,
        sponsor: bool,
    ) -> Result<(), ApiError> {
        self.require(&space, &author, Role::MANAGER)?;
        let now = self.space(&space)?.rights.now().role(&person);
        if now.allows(Role::SPONSOR) == sponsor {
            return Ok(());
        }
        let operation = if !sponsor {
            Operation::SetRole {
                subject: Subject::Person(person),
                role: now.space_role(),
                cut: self.cut_here(&space),
            }
        } else if now.space_role() == Role::CONTRIBUTOR && !self.directory.is_guest(&person) {
            self.giving(person, now.with(Role::SPONSOR), None)
        } else {
            // Managers may already; who may not write cannot answer for one who does.
            let error = ApiError::new(ErrorCode::Conflict).with_field("person");
            return Err(error.with_text(crate::api::texts::Text::SponsorContributes));
        };
        self.write_operation(space, author, command, operation)
            .map(drop)
    }

    /// Ends a membership. Anybody may leave; only managers remove others.
    pub(crate) fn remove_member(
        &mut self,
        space: SpaceId,
        author: PersonId,
        command: CommandId,
        person: PersonId,
    ) -> Result<(), ApiError> {
        let needed = if author == person {
            Role::VIEWER
        } else {
            Role::MANAGER
        };
        self.require(&space, &author, needed)?;
        if role_word(self.space(&space)?.rights.now().role(&person)).is_none() {
            return Ok(());
        }
        self.keep_a_manager(&space, &person, Role::NONE)?;
        let cut = self.cut_here(&space);
        let operation = Operation::Revoke {
            subject: Subject::Person(person),
            cut,
            order: None,
        };
        self.write_operation(space, author, command, operation)
            .map(drop)
    }

    /// A space without a manager could let nobody in or out any more.
    fn keep_a_manager(
        &self,
        space: &SpaceId,
        person: &PersonId,
        role: Role,
    ) -> Result<(), ApiError> {
        let Some(loaded) = self.spaces.get(space) else {
            return Ok(());
        };
        // A site that keeps the door of an open space looks after nothing else.
        let mut managers = loaded.managers();
        let other = managers.any(|member| member != *person);
        if role.allows(Role::MANAGER) || other {
            Ok(())
        } else {
            Err(ApiError::new(ErrorCode::Conflict).with_text(crate::api::texts::Text::LastManager))
        }
    }

    /// A person enters an open space: the site lets her in on the standing wish of its managers.
    pub(crate) fn join_space(
        &mut self,
        space: SpaceId,
        author: PersonId,
        command: CommandId,
    ) -> Result<(), ApiError> {
        self.space(&space)?;
        if self.may(&space, &author, Role::VIEWER) {
            return Ok(());
        }
        if !self.is_open(&space) || self.directory.is_guest(&author) {
            return Err(ApiError::not_found());
        }
        if self.is_closed(&space) {
            return Err(ApiError::new(ErrorCode::ReadOnly));
        }
        self.enter_open_space(space, author, command)
    }

    /// The members of a space as rows, managers first, then by name.
    pub(crate) fn member_rows(&mut self, space: &SpaceId) -> Result<Vec<Member>, ApiError> {
        let members: Vec<_> = self.space(space)?.member_list();
        let mut rows: Vec<Member> = members
            .into_iter()
            .filter_map(|(person, role, since_ms, added_by)| {
                Some(Member {
                    person: self.directory.person_ref(&person),
                    role: role_word(role)?,
                    since_ms,
                    added_by: added_by.map(|by| self.directory.person_ref(&by)),
                    manager: role.allows(Role::MANAGER),
                    sponsor: role.allows(Role::SPONSOR) && !role.allows(Role::MANAGER),
                    groups: Vec::new(),
                    by_name: true,
                })
            })
            .collect();
        self.name_groups(space, &mut rows);
        rows.sort_by(|one, other| {
            other.role.cmp(&one.role).then_with(|| {
                bocage_crdt::text::fold(&one.person.name)
                    .cmp(&bocage_crdt::text::fold(&other.person.name))
            })
        });
        Ok(rows)
    }
}
