//! How people come into a space that they are not in: by themselves, or by asking a manager.

use std::collections::BTreeMap;

use bocage_crdt::features::commands as words;
use bocage_crdt::features::commands::Visibility;
use bocage_crdt::features::entry_request::Request;
use bocage_crdt::features::{NewContent, Plan};
use bocage_crdt::ids::{CommandId, ItemId, PersonId, SpaceId};
use bocage_protocol::rights::Role;

use super::Hub;
use super::commands::invalid;
use super::rows::{kind, role_word};
use super::space::Space;
use crate::api::oversight::EntryRequestRow;
use crate::api::{ApiError, ErrorCode};

/// Requests of one space that nobody answered: more than a manager would ever read.
const OPEN_REQUESTS_MAX: usize = 500;

impl Space {
    /// The latest request of each person who is no member, in the order of their coming.
    fn requests(&self) -> Vec<(ItemId, Request, u64)> {
        let root = ItemId::root(&self.id);
        let mut latest: BTreeMap<PersonId, (ItemId, Request, u64)> = BTreeMap::new();
        for (_, id) in self.children(root, kind("entryRequest")) {
            let row = self.items.get(&id);
            let request = row.and_then(|row| Some((Request::of(row.record()?)?, row.created_ms)));
            let Some((request, at_ms)) = request else {
                continue;
            };
            if role_word(self.rights.now().role(&request.person)).is_none() {
                latest.insert(request.person, (id, request, at_ms));
            }
        }
        let mut requests: Vec<_> = latest.into_values().collect();
        requests.sort_by_key(|(id, _, at_ms)| (*at_ms, *id));
        requests
    }

    /// How many people wait for an answer.
    pub(super) fn open_requests(&self) -> u32 {
        let requests = self.requests();
        requests.iter().filter(|(_, it, _)| !it.declined).count() as u32
    }
}

impl Hub {
    /// Whether a person finds a space in lists without being in it: everybody of the realm does what
    /// is open or on request, guests nothing.
    pub(crate) fn is_found(&self, space: &SpaceId, person: &PersonId) -> bool {
        !self.directory.is_guest(person) && (self.is_open(space) || self.is_on_request(space))
    }

    /// Whether people ask a manager to be let in.
    pub(crate) fn is_on_request(&self, space: &SpaceId) -> bool {
        let seen = self
            .spaces
            .get(space)
            .and_then(|space| space.rights.now().kind);
        seen.and_then(super::rows::kind_word).is_some()
            && self.setting(space, "visibility") == "request"
    }

    /// A space that everybody finds is carried by every site; where everybody may enter, every
    /// site may let her in.
    pub(super) fn make_found(
        &mut self,
        space: SpaceId,
        author: PersonId,
        command: CommandId,
        visibility: Visibility,
    ) -> Result<(), ApiError> {
        if visibility == Visibility::Hidden {
            return Ok(());
        }
        let sites = self.all_sites();
        self.add_hosts(space, author, command, sites)?;
        if visibility == Visibility::Open {
            self.name_doorkeepers(space, author, command)?;
        }
        Ok(())
    }

    /// Asks the managers in a person's name: she has no right there, so her site says it.
    pub(super) fn ask_to_enter(
        &mut self,
        space: SpaceId,
        person: PersonId,
        command: CommandId,
        reason: &str,
    ) -> Result<(), ApiError> {
        self.space(&space)?;
        self.show(&space, &ItemId::root(&space));
        if self.may(&space, &person, Role::VIEWER) {
            return Ok(());
        }
        if !self.is_on_request(&space) || self.directory.is_guest(&person) {
            return Err(ApiError::not_found());
        }
        if self.is_closed(&space) {
            return Err(ApiError::new(ErrorCode::ReadOnly));
        }
        let requests = self.space(&space)?.requests();
        let waits = |it: &&(ItemId, Request, u64)| !it.1.declined;
        if requests
            .iter()
            .filter(waits)
            .any(|(_, it, _)| it.person == person)
        {
            return Ok(());
        }
        if requests.iter().filter(waits).count() >= OPEN_REQUESTS_MAX {
            let full = ApiError::new(ErrorCode::TooLarge).with_field("space");
            return Err(full.with_limit(OPEN_REQUESTS_MAX as u64));
        }
        let request = Request {
            person,
            reason: reason.to_owned(),
            declined: false,
        };
        let plan = Plan::Create {
            kind: kind("entryRequest"),
            parent: ItemId::root(&space),
            content: request.to_content().map_err(invalid)?,
        };
        let site = self.me.person;
        self.carry_out(space, site, command, plan)?;
        self.people_changed(&space);
        Ok(())
    }

    /// A manager lets somebody in who asked, or says no.
    pub(super) fn answer_request(
        &mut self,
        space: SpaceId,
        author: PersonId,
        command: CommandId,
        request: &ItemId,
        role: Option<words::Role>,
    ) -> Result<(), ApiError> {
        self.require(&space, &author, Role::MANAGER)?;
        let row = self.space(&space)?.items.get(request);
        let asked = row.and_then(|row| Request::of(row.record()?));
        let asked = asked.ok_or_else(ApiError::not_found)?;
        if let Some(role) = role {
            return self.add_member(space, author, command, asked.person, role);
        }
        let declined = Request {
            declined: true,
            ..asked
        };
        let content: NewContent = declined.to_content().map_err(invalid)?;
        let item = *request;
        match self.is_closed(&space) {
            true => self.decide_while_closed(space, author, command, item, None, content)?,
            false => {
                let plan = Plan::Change { item, content };
                self.carry_out(space, author, command, plan)?;
            }
        }
        self.people_changed(&space);
        Ok(())
    }

    /// People who wait for an answer, the first to ask first.
    pub(super) fn request_rows(&mut self, space: &SpaceId) -> Vec<EntryRequestRow> {
        let Ok(loaded) = self.space(space) else {
            return Vec::new();
        };
        let requests = loaded.requests();
        let open = requests.into_iter().filter(|(_, it, _)| !it.declined);
        open.map(|request| self.request_row(request)).collect()
    }

    /// What became of a person's own request.
    pub(super) fn own_request(
        &mut self,
        space: &SpaceId,
        person: &PersonId,
    ) -> Option<EntryRequestRow> {
        let mut requests = self.space(space).ok()?.requests().into_iter();
        let own = requests.find(|(_, request, _)| request.person == *person)?;
        Some(self.request_row(own))
    }

    fn request_row(&self, (id, request, at_ms): (ItemId, Request, u64)) -> EntryRequestRow {
        EntryRequestRow {
            id,
            person: self.directory.person_ref(&request.person),
            reason: request.reason,
            at_ms,
            declined: request.declined,
        }
    }
}
