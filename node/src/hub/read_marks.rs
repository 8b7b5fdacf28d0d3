//! Read marks: how far a person has read, kept in a private space of hers on this site.

use super::Hub;
use super::commands::Done;
use super::opening::numbered;
use super::rows::kind;
use crate::api::ApiError;
use bocage_crdt::features::commands::ReadMarkCommand;
use bocage_crdt::features::read_mark::{Mark, Order};
use bocage_crdt::ids::{CommandId, ItemId, PersonId, SpaceId};
use bocage_protocol::rights::SpaceKind;

impl Hub {
    pub(super) fn read_command(
        &mut self,
        person: PersonId,
        id: CommandId,
        command: &ReadMarkCommand,
    ) -> Result<Done, ApiError> {
        match command {
            ReadMarkCommand::Set { space, item, up_to } => {
                let up_to = Order::parse(up_to).ok_or_else(|| ApiError::value("upTo"))?;
                self.space(space)?;
                if !self.may_read(space, &person) {
                    return Err(ApiError::not_found());
                }
                if !self.space(space)?.items.contains_key(item) {
                    return Err(ApiError::not_found());
                }
                self.set_mark(
                    person,
                    id,
                    Mark {
                        space: *space,
                        item: *item,
                        up_to,
                    },
                )?;
            }
            ReadMarkCommand::SetAll { space } => {
                let spaces = match space {
                    Some(space) => vec![*space],
                    None => self.spaces_of(&person),
                };
                let mut number = 0;
                for space in spaces {
                    self.space(&space)?;
                    for (item, up_to) in self.unread_ends(&space, &person) {
                        number += 1;
                        let part = numbered(&id, number);
                        self.set_mark(person, part, Mark { space, item, up_to })?;
                    }
                }
            }
        }
        Ok(Done::default())
    }

    /// What a person has to mark in a space to have read all of it.
    fn unread_ends(&self, space: &SpaceId, person: &PersonId) -> Vec<(ItemId, Order)> {
        let Some(loaded) = self.spaces.get(space) else {
            return Vec::new();
        };
        let mut ends = Vec::new();
        for (_, channel) in loaded.children(ItemId::root(space), kind("channel")) {
            if loaded
                .unread(&channel, self.seen(person, &channel), person)
                .is_empty()
            {
                continue;
            }
            let last = loaded.children(channel, kind("message")).next_back();
            ends.extend(last.map(|(order, _)| (channel, order)));
        }
        for post in self.unread_posts(space, person) {
            ends.extend(loaded.items.get(&post).map(|row| (post, row.created)));
        }
        ends
    }

    /// Sets a read mark in the person's private space, unless a later one stands.
    fn set_mark(
        &mut self,
        person: PersonId,
        command: CommandId,
        mark: Mark,
    ) -> Result<(), ApiError> {
        let known = self
            .marks
            .get(&person)
            .and_then(|marks| marks.get(&mark.item));
        let unread_after = known.is_some_and(|(order, _)| *order > mark.up_to);
        if unread_after {
            return Ok(());
        }
        let space = self.private_space(person)?;
        let number = kind("readMark");
        // One mark per channel or post: its id follows from what it marks.
        let slot = CommandId(bocage_crdt::ids::derive(
            "bocage 1 read mark",
            &[&mark.space.0, &mark.item.0],
        ));
        let item = ItemId::of(&space, &person, &slot);
        let exists = self.space(&space)?.items.contains_key(&item);
        let parent = (!exists).then(|| ItemId::root(&space));
        self.write_item(
            space,
            person,
            command,
            item,
            number,
            parent,
            mark.to_content(),
        )
    }

    /// The person's own space on this site, made when first needed.
    fn private_space(&mut self, person: PersonId) -> Result<SpaceId, ApiError> {
        let (nonce, command) = self.private_founding(&person);
        self.found_space(SpaceKind::Private, nonce, person, command)
    }

    /// What founds a person's private space here. Bound to this site: read marks of a second site
    /// of hers stay apart until her home site's space is carried there.
    fn private_founding(&self, person: &PersonId) -> ([u8; 32], CommandId) {
        let secret = &self.me.secret;
        let nonce =
            bocage_crdt::ids::derive("bocage 1 private space of a site", &[secret, &person.0]);
        let command = bocage_crdt::ids::derive("bocage 1 private founding", &[&person.0]);
        (nonce, CommandId(command))
    }

    /// Where the read marks of somebody are, if there are any.
    pub(super) fn private_space_of(&self, person: &PersonId) -> SpaceId {
        SpaceId::private(&self.private_founding(person).0, person)
    }

    /// Reads a person's marks when she first asks for something after a start.
    pub(super) fn know_marks(&mut self, person: &PersonId) {
        if !self.marks_read.insert(*person) {
            return;
        }
        let space = self.private_space_of(person);
        if self.catalog.space_number(&space).is_none() || self.space(&space).is_err() {
            return;
        }
        let number = kind("readMark");
        let marks: Vec<ItemId> = match self.spaces.get(&space) {
            Some(loaded) => loaded.of_kind(number).map(|(item, _)| *item).collect(),
            None => Vec::new(),
        };
        for mark in marks {
            self.read_mark_came(&space, &mark);
        }
    }
}
