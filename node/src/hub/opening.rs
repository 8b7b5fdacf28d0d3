//! Opening spaces: founding, settings, what the template holds, and who keeps the door.

use super::Hub;
use super::commands::{Done, invalid};
use super::rows::{kind, kind_of};
use super::templates;
use crate::api::{ApiError, ErrorCode};
use crate::web::site::Viewer;
use bocage_crdt::features::commands::{Section, SpaceCommand};
use bocage_crdt::features::{self, DocumentEdit, NewContent, Plan};
use bocage_crdt::ids::{CommandId, ItemId, PersonId, SpaceId};
use bocage_crdt::record::Record;
use bocage_protocol::rights::{Operation, Role, RootKeys, SpaceKind, Subject};

impl Hub {
    pub(super) fn space_command(
        &mut self,
        viewer: Viewer,
        id: CommandId,
        command: &SpaceCommand,
    ) -> Result<Done, ApiError> {
        let person = viewer.person;
        let space = match command {
            SpaceCommand::Open { .. } => return self.open_space(viewer, id, command),
            SpaceCommand::Change {
                space, visibility, ..
            } => {
                let done = self.planned(*space, person, id, |lookup| {
                    features::settings::plan_change(command, lookup.root())
                })?;
                if let Some(visibility) = visibility {
                    self.make_found(*space, person, id, *visibility)?;
                }
                return Ok(done);
            }
            SpaceCommand::AddMember {
                space,
                person: member,
                role,
            } => {
                self.add_member(*space, person, id, *member, *role)?;
                *space
            }
            SpaceCommand::SetRole {
                space,
                person: member,
                role,
            } => {
                self.set_role(*space, person, id, *member, *role)?;
                *space
            }
            SpaceCommand::RemoveMember {
                space,
                person: member,
            } => {
                self.remove_member(*space, person, id, *member)?;
                *space
            }
            SpaceCommand::Join { space } => {
                self.join_space(*space, person, id)?;
                *space
            }
            SpaceCommand::RenewGuest {
                space,
                person: guest,
                end_ms,
            } => {
                self.renew_guest(*space, person, *guest, *end_ms)?;
                *space
            }
            SpaceCommand::RenewGuestSite {
                space,
                site,
                end_ms,
            } => {
                self.renew_guest_site(*space, person, id, *site, *end_ms)?;
                *space
            }
            SpaceCommand::EndGuestSite { space, site } => {
                self.end_guest_site(*space, person, id, *site)?;
                *space
            }
            SpaceCommand::CopyItems { space, from, items } => {
                self.copy_items(*space, person, id, *from, items)?;
                *space
            }
            SpaceCommand::UpdateCopies { space, items } => {
                self.update_copies(*space, person, id, items)?;
                *space
            }
            SpaceCommand::SetSponsor {
                space,
                person: member,
                sponsor,
            } => {
                self.set_sponsor(*space, person, id, *member, *sponsor)?;
                *space
            }
            SpaceCommand::Readmit { space, entries } => {
                self.readmit(*space, person, id, entries)?;
                *space
            }
            SpaceCommand::SetAside {
                space,
                entries,
                aside,
            } => {
                self.set_aside(*space, person, id, entries, *aside)?;
                *space
            }
            SpaceCommand::Quarantine {
                space,
                item,
                reason,
            } => {
                self.quarantine(*space, person, id, item, reason)?;
                *space
            }
            SpaceCommand::Close { space } => {
                self.close_space(*space, person, id)?;
                *space
            }
            SpaceCommand::Reopen { space } => {
                self.reopen_space(*space, person, id)?;
                *space
            }
            SpaceCommand::AskToEnter { space, reason } => {
                self.ask_to_enter(*space, person, id, reason)?;
                *space
            }
            SpaceCommand::AnswerRequest {
                space,
                request,
                accept,
                role,
            } => {
                let role = role.unwrap_or(features::commands::Role::Contributor);
                self.answer_request(*space, person, id, request, accept.then_some(role))?;
                *space
            }
        };
        Ok(Done {
            space: Some(space),
            item: None,
        })
    }

    /// Opens a space from a built-in template.
    fn open_space(
        &mut self,
        viewer: Viewer,
        id: CommandId,
        command: &SpaceCommand,
    ) -> Result<Done, ApiError> {
        let SpaceCommand::Open {
            kind: word,
            template,
            name,
            colour,
            symbol,
            visibility,
            description,
        } = command
        else {
            return Err(ApiError::not_found());
        };
        let person = viewer.person;
        if !self.directory.rights(&person).open_spaces {
            return Err(ApiError::forbidden());
        }
        let template = templates::find(template).ok_or_else(|| ApiError::value("template"))?;
        if template.kind != *word {
            return Err(ApiError::value("template"));
        }
        let edits = features::settings::edits(&features::settings::Change {
            name: Some(name),
            description: Some(description),
            colour: Some(*colour),
            symbol: Some(symbol),
            visibility: Some(*visibility),
            sections: Some(&[Section::Wall, Section::Pages, Section::Messages]),
        })
        .map_err(invalid)?;
        // The nonce follows from the command: a retry founds the same space, not a second one.
        let nonce = bocage_crdt::ids::derive(
            "bocage 1 nonce of a space",
            &[&self.me.secret, &person.0, &id.0],
        );
        let space = self.found_space(kind_of(*word), nonce, person, id)?;
        let root = ItemId::root(&space);
        // Each step below is left out when it stands: a command cut short is finished by its retry.
        if !self.space(&space)?.items.contains_key(&root) {
            let content = NewContent::Document(edits);
            self.write_item(
                space,
                person,
                id,
                root,
                kind("settings"),
                Some(root),
                content,
            )?;
        }
        self.make_found(space, person, id, *visibility)?;
        self.fill_from_template(space, viewer, id, template)?;
        Ok(Done {
            space: Some(space),
            item: None,
        })
    }

    fn fill_from_template(
        &mut self,
        space: SpaceId,
        viewer: Viewer,
        id: CommandId,
        template: &templates::BuiltIn,
    ) -> Result<(), ApiError> {
        let language = viewer.language;
        let root = ItemId::root(&space);
        let mut number = 0;
        let mut next = || {
            number += 1;
            numbered(&id, number)
        };
        for name in template.channels {
            let content = NewContent::Record(Record::new().with_text("name", name.get(language)));
            let part = next();
            let plan = Plan::Create {
                kind: kind("channel"),
                parent: root,
                content,
            };
            self.carry_out_once(space, viewer.person, part, plan)?;
        }
        for page in template.pages {
            let edits = vec![
                DocumentEdit::SetText("title", page.title.get(language).to_owned()),
                DocumentEdit::SetBlocks("body", templates::blocks(page.body.get(language))),
            ];
            let content = NewContent::Document(edits);
            let part = next();
            let plan = Plan::Create {
                kind: kind("page"),
                parent: root,
                content,
            };
            self.carry_out_once(space, viewer.person, part, plan)?;
        }
        Ok(())
    }

    fn carry_out_once(
        &mut self,
        space: SpaceId,
        person: PersonId,
        part: CommandId,
        plan: Plan,
    ) -> Result<(), ApiError> {
        let made = ItemId::of(&space, &person, &part);
        if self.space(&space)?.items.contains_key(&made) {
            return Ok(());
        }
        self.carry_out(space, person, part, plan).map(drop)
    }

    /// Founds a space in this site's log; the founder is its manager. Finds it when it stands.
    pub(crate) fn found_space(
        &mut self,
        kind: SpaceKind,
        nonce: [u8; 32],
        author: PersonId,
        command: CommandId,
    ) -> Result<SpaceId, ApiError> {
        // The realm's keys can help out later, and prove what its registrars order.
        let root = match kind {
            SpaceKind::Private | SpaceKind::Realm => None,
            _ => self.realm_root(),
        };
        let operation = Operation::Create { kind, nonce, root };
        let space = operation
            .founded_space(&self.me.node, &author, &command)
            .ok_or_else(|| ApiError::new(ErrorCode::Conflict))?;
        if self.catalog.space_number(&space).is_some() {
            return Ok(space);
        }
        self.register_space(space);
        self.write_operation(space, author, command, operation)?;
        Ok(space)
    }

    /// The realm's root keys, as far as they are known here.
    fn realm_root(&mut self) -> Option<RootKeys> {
        let realm = SpaceId(self.me.realm.0);
        self.space(&realm).ok()?.rights.now().root.clone()
    }

    /// Every host of an open space may let people of the realm in, as its managers wish.
    pub(super) fn name_doorkeepers(
        &mut self,
        space: SpaceId,
        author: PersonId,
        command: CommandId,
    ) -> Result<(), ApiError> {
        for node in self.all_sites() {
            let doorkeeper = PersonId::of_site(&node);
            if self.may(&space, &doorkeeper, Role::DOORKEEPER) {
                continue;
            }
            let operation = Operation::Grant {
                subject: Subject::Site(node),
                role: Role::DOORKEEPER,
                territory: None,
                sponsor: None,
                end_ms: None,
            };
            self.write_operation(space, author, command, operation)?;
        }
        Ok(())
    }

    /// The site lets a person of the realm into an open space.
    pub(crate) fn enter_open_space(
        &mut self,
        space: SpaceId,
        person: PersonId,
        command: CommandId,
    ) -> Result<(), ApiError> {
        let site = self.me.person;
        let operation = Operation::Grant {
            subject: Subject::Person(person),
            role: Role::CONTRIBUTOR,
            territory: None,
            sponsor: None,
            end_ms: None,
        };
        self.write_operation(space, site, command, operation)?;
        self.after_rights(&space);
        Ok(())
    }
}

/// A command's own number for one of several entries that it leads to.
pub(super) fn numbered(command: &CommandId, number: u32) -> CommandId {
    CommandId(bocage_crdt::ids::derive(
        "bocage 1 part of a command",
        &[&command.0, &number.to_le_bytes()],
    ))
}
