//! Closing a space and opening it again, and what managers decide about held work.

use bocage_crdt::features::set_aside::Mark;
use bocage_crdt::features::{NewContent, Plan};
use bocage_crdt::ids::{CommandId, EntryId, ItemId, PersonId, SpaceId};
use bocage_protocol::entry::Creation;
use bocage_protocol::rights::{Operation, Role, Subject};

use super::Hub;
use super::opening::numbered;
use super::rows::kind;
use super::writing::{Draft, DraftContent};
use crate::api::oversight::Closed;
use crate::api::{ApiError, ErrorCode};

/// What a manager may put aside from its menu: what people say. Channels and settings stay, or
/// what stands in them would be without a place.
const PUT_ASIDE: [&str; 4] = ["page", "post", "message", "comment"];

impl Hub {
    /// Whether a space can only be read.
    pub(crate) fn is_closed(&self, space: &SpaceId) -> bool {
        let space = self.spaces.get(space);
        space.is_some_and(|space| space.rights.now().closed.is_some())
    }

    /// Whether a person may write now: she has the right, and the space is open.
    pub(crate) fn may_write(&self, space: &SpaceId, person: &PersonId, needed: Role) -> bool {
        self.may(space, person, needed) && !self.is_closed(space)
    }

    /// Who closed a space, and when.
    pub(super) fn closed(&mut self, space: &SpaceId) -> Option<Closed> {
        let by = self.space(space).ok()?.rights.now().closed?;
        let (person, at_ms) = self.decided(space, &by)?;
        Some(Closed {
            by: self.directory.person_ref(&person),
            at_ms,
        })
    }

    /// Makes a space read-only. Guests go first; what was typed here until now still counts.
    pub(super) fn close_space(
        &mut self,
        space: SpaceId,
        author: PersonId,
        command: CommandId,
    ) -> Result<(), ApiError> {
        self.require(&space, &author, Role::MANAGER)?;
        if self.is_closed(&space) {
            return Ok(());
        }
        for item in self.documents.of_space(&space) {
            self.log_now(&item);
        }
        let members = &self.space(&space)?.rights.now().persons;
        let guests = members
            .iter()
            .filter(|(_, member)| member.sponsor.is_some());
        let guests: Vec<PersonId> = guests.map(|(person, _)| *person).collect();
        for (guest, number) in guests.into_iter().zip(1..) {
            let operation = Operation::Revoke {
                subject: Subject::Person(guest),
                cut: self.cut_here(&space),
                order: None,
            };
            self.write_operation(space, author, numbered(&command, number), operation)?;
        }
        let sites: Vec<_> = self.guest_sites(&space).into_keys().collect();
        for (node, number) in sites.into_iter().zip(1..) {
            let part = numbered(&numbered(&command, 0), number);
            self.end_guest_site(space, author, part, node)?;
        }
        let cut = self.cut_here(&space);
        self.write_operation(space, author, command, Operation::Close { cut })?;
        // Tabs that have a page open for writing read it anew, and find it closed.
        self.documents_rebase(&space);
        Ok(())
    }

    /// Lets people write again. Guests are not brought back: each needs her sponsor.
    pub(super) fn reopen_space(
        &mut self,
        space: SpaceId,
        author: PersonId,
        command: CommandId,
    ) -> Result<(), ApiError> {
        self.require(&space, &author, Role::MANAGER)?;
        if !self.is_closed(&space) {
            return Ok(());
        }
        self.write_operation(space, author, command, Operation::Reopen)?;
        Ok(())
    }

    /// Lets held entries count, whoever holds them.
    pub(super) fn readmit(
        &mut self,
        space: SpaceId,
        author: PersonId,
        command: CommandId,
        entries: &[EntryId],
    ) -> Result<(), ApiError> {
        self.require(&space, &author, Role::MANAGER)?;
        let mut entries = entries.to_vec();
        entries.sort_unstable();
        entries.dedup();
        let held = &self.space(&space)?.held;
        let is_held =
            |held: &super::held_index::Held| entries.binary_search(&held.at.entry).is_ok();
        if !held.values().any(is_held) {
            // Another manager was first, or it is a decision about rights: nobody readmits those.
            return Err(ApiError::new(ErrorCode::Conflict).with_field("entries"));
        }
        self.write_operation(space, author, command, Operation::Readmit { entries })?;
        Ok(())
    }

    /// Leaves held entries aside for all managers, or brings them back into the inbox.
    pub(super) fn set_aside(
        &mut self,
        space: SpaceId,
        author: PersonId,
        command: CommandId,
        entries: &[EntryId],
        aside: bool,
    ) -> Result<(), ApiError> {
        self.require(&space, &author, Role::MANAGER)?;
        let mark = Mark {
            entries: entries.to_vec(),
            aside,
            reason: String::new(),
        };
        self.mark(space, author, command, mark.to_content())
    }

    fn mark(
        &mut self,
        space: SpaceId,
        author: PersonId,
        command: CommandId,
        content: NewContent,
    ) -> Result<(), ApiError> {
        let made = ItemId::of(&space, &author, &command);
        if self.space(&space)?.items.contains_key(&made) {
            return Ok(());
        }
        let parent = ItemId::root(&space);
        match self.is_closed(&space) {
            true => {
                let creation = Self::creation_of(kind("setAside"), parent);
                self.decide_while_closed(space, author, command, made, creation, content)?;
            }
            false => {
                let plan = Plan::Create {
                    kind: kind("setAside"),
                    parent,
                    content,
                };
                self.carry_out(space, author, command, plan)?;
            }
        }
        // A mark is nobody's news, but the inbox counts otherwise now.
        self.people_changed(&space);
        Ok(())
    }

    /// A manager's decision in the inbox of a closed space. Closing holds it as it holds all
    /// content; the same manager takes it up at once, as she may take up anything that is held.
    pub(super) fn decide_while_closed(
        &mut self,
        space: SpaceId,
        author: PersonId,
        command: CommandId,
        item: ItemId,
        creation: Option<Creation>,
        content: NewContent,
    ) -> Result<(), ApiError> {
        let NewContent::Record(record) = content else {
            return Err(ApiError::new(ErrorCode::ReadOnly));
        };
        let part = numbered(&command, 2);
        let decision = self.write_entry(Draft {
            space,
            author,
            item,
            command,
            creation,
            content: DraftContent::WhileClosed(record),
        })?;
        let entries = vec![decision.id];
        self.write_operation(space, author, part, Operation::Readmit { entries })?;
        Ok(())
    }

    /// Holds an item everywhere: its creation, and with it everything that rests on it.
    pub(super) fn quarantine(
        &mut self,
        space: SpaceId,
        author: PersonId,
        command: CommandId,
        item: &ItemId,
        reason: &str,
    ) -> Result<(), ApiError> {
        self.require(&space, &author, Role::MANAGER)?;
        let row = self.space(&space)?.items.get(item);
        let row = row.ok_or_else(ApiError::not_found)?;
        let entry = row.created.entry;
        let named = row.feature().map(|feature| feature.name());
        if !named.is_some_and(|name| PUT_ASIDE.contains(&name)) {
            return Err(ApiError::value("item"));
        }
        if self.is_closed(&space) {
            return Err(ApiError::new(ErrorCode::ReadOnly));
        }
        // What is typed in it and not logged yet is part of it.
        self.log_now(item);
        self.write_operation(space, author, command, Operation::Quarantine { entry })?;
        let mark = Mark {
            entries: vec![entry],
            aside: true,
            reason: reason.trim().to_owned(),
        };
        self.mark(space, author, numbered(&command, 1), mark.to_content())
    }
}
