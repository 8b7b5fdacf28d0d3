//! Commands of people: planned by the kind's feature, allowed by the rights, written as entries.

use bocage_crdt::document::{Document, Scalar};
use bocage_crdt::features::commands::{ReadMarkCommand, Section, SpaceCommand};
use bocage_crdt::features::read_mark::{Mark, Order};
use bocage_crdt::features::{
    self, Command, DocumentEdit, Invalid, Lookup, NewContent, Payload, Plan,
};
use bocage_crdt::ids::{ActorId, ActorNonce, CommandId, ItemId, PersonId, SpaceId};
use bocage_crdt::record::{Record, Value};
use bocage_protocol::entry::{ActorOrigin, ChangesPayload};
use bocage_protocol::rights::{Operation, Role, SpaceKind, Subject};

use super::rows::{kind, kind_of};
use super::space::{Space, role_for};
use super::templates;
use super::writing::{Draft, DraftContent};
use super::{After, Hub, Reply};
use crate::api::{ApiError, CommandAnswer, CommandEnvelope, ErrorCode};
use crate::web::site::Viewer;
use axum::body::Bytes;

/// Answers remembered for retries: a client tries again within minutes, not days.
const ANSWERS_KEPT: usize = 10_000;

/// What a command did, before it is put into JSON.
#[derive(Default)]
struct Done {
    space: Option<SpaceId>,
    item: Option<ItemId>,
}

/// The present state of a space, as features look at it.
struct SpaceLookup<'a> {
    space: &'a Space,
    person: PersonId,
}

impl Lookup for SpaceLookup<'_> {
    fn item(&self, item: &ItemId) -> Option<(u16, PersonId)> {
        self.space
            .items
            .get(item)
            .map(|row| (row.kind.number, row.creator))
    }

    fn record(&self, item: &ItemId) -> Option<Record> {
        self.space
            .items
            .get(item)
            .and_then(|row| row.record().cloned())
    }

    fn own_child(&self, parent: &ItemId, kind: u16) -> Option<ItemId> {
        self.space.own_child(parent, kind, &self.person)
    }

    fn root(&self) -> ItemId {
        ItemId::root(&self.space.id)
    }
}

fn invalid(invalid: Invalid) -> ApiError {
    match invalid {
        Invalid::TooLong { field, limit } => ApiError::too_long(field, limit),
        Invalid::Value { field, .. } => ApiError::value(field),
        Invalid::NoSuchItem => ApiError::not_found(),
    }
}

/// A command's own number for one of several entries that it leads to.
fn numbered(command: &CommandId, number: u32) -> CommandId {
    CommandId(bocage_crdt::ids::derive(
        "bocage 1 part of a command",
        &[&command.0, &number.to_le_bytes()],
    ))
}

impl Hub {
    /// Does a command once; answers when it is durable.
    pub(crate) fn command(
        &mut self,
        viewer: Viewer,
        envelope: CommandEnvelope,
        reply: Reply<Bytes>,
    ) {
        let key = (viewer.person, envelope.id);
        if let Some(answer) = self.done.get(&key) {
            // Perhaps not durable yet: answered after the batch that follows it.
            self.after.push(After::Answer(reply, answer.clone()));
            return;
        }
        match self.do_command(viewer, &envelope) {
            Ok(done) => {
                let answer = self.answer(viewer, &done);
                self.done.insert(key, answer.clone());
                self.done_order.push_back(key);
                if self.done_order.len() > ANSWERS_KEPT
                    && let Some(oldest) = self.done_order.pop_front()
                {
                    self.done.remove(&oldest);
                }
                self.after.push(After::Answer(reply, answer));
            }
            Err(error) => drop(reply.send(Err(error))),
        }
    }

    fn answer(&mut self, viewer: Viewer, done: &Done) -> Bytes {
        let row = match (&done.space, &done.item) {
            (Some(space), Some(item)) => {
                self.show(space, item);
                self.item_row(space, item, &viewer.person)
            }
            _ => None,
        };
        let answer = CommandAnswer {
            space: done.space,
            item: done.item,
            order: row.as_ref().map(|row| row.order.clone()),
            row,
        };
        serde_json::to_vec(&answer)
            .expect("answers of plain values always encode")
            .into()
    }

    fn do_command(&mut self, viewer: Viewer, envelope: &CommandEnvelope) -> Result<Done, ApiError> {
        let (person, id) = (viewer.person, envelope.id);
        match &envelope.command {
            Command::Space(command) => self.space_command(viewer, id, command),
            Command::Page(command) => {
                let space = command.space();
                self.planned(space, person, id, |lookup| {
                    features::page::plan(command, lookup)
                })
            }
            Command::Post(command) => {
                let space = command.space();
                self.planned(space, person, id, |lookup| {
                    features::post::plan(command, lookup)
                })
            }
            Command::Channel(command) => {
                let space = command.space();
                self.planned(space, person, id, |lookup| {
                    features::channel::plan(command, lookup)
                })
            }
            Command::Message(command) => {
                let space = command.space();
                self.planned(space, person, id, |lookup| {
                    features::message::plan(command, lookup)
                })
            }
            Command::Comment(command) => {
                let space = command.space();
                self.planned(space, person, id, |lookup| {
                    features::comment::plan(command, lookup)
                })
            }
            Command::Thanks(command) => {
                let space = command.space();
                self.planned(space, person, id, |lookup| {
                    features::thanks::plan(command, lookup)
                })
            }
            Command::ReadMark(command) => self.read_command(person, id, command),
        }
    }

    fn planned(
        &mut self,
        space: SpaceId,
        person: PersonId,
        id: CommandId,
        plan: impl FnOnce(&dyn Lookup) -> Result<Plan, Invalid>,
    ) -> Result<Done, ApiError> {
        let loaded = self.space(&space)?;
        let made = ItemId::of(&space, &person, &id);
        if loaded.items.contains_key(&made) {
            // Done before, here or at another site.
            return Ok(Done {
                space: Some(space),
                item: Some(made),
            });
        }
        if !self.may_read(&space, &person) {
            return Err(ApiError::not_found());
        }
        let loaded = self.space(&space)?;
        let plan = plan(&SpaceLookup {
            space: loaded,
            person,
        })
        .map_err(invalid)?;
        let item = self.carry_out(space, person, id, plan)?;
        Ok(Done {
            space: Some(space),
            item: Some(item),
        })
    }

    /// Writes what a plan says, if the person may.
    fn carry_out(
        &mut self,
        space: SpaceId,
        person: PersonId,
        command: CommandId,
        plan: Plan,
    ) -> Result<ItemId, ApiError> {
        let (item, number, parent, content) = match plan {
            Plan::Create {
                kind,
                parent,
                content,
            } => (
                ItemId::of(&space, &person, &command),
                kind,
                Some(parent),
                content,
            ),
            Plan::Change { item, content } => {
                let row = self
                    .space(&space)?
                    .items
                    .get(&item)
                    .ok_or_else(ApiError::not_found)?;
                (item, row.kind.number, None, content)
            }
        };
        self.write_item(space, person, command, item, number, parent, content)?;
        Ok(item)
    }

    #[allow(clippy::too_many_arguments)] // one per field of the entry it writes
    fn write_item(
        &mut self,
        space: SpaceId,
        person: PersonId,
        command: CommandId,
        item: ItemId,
        number: u16,
        parent: Option<ItemId>,
        content: NewContent,
    ) -> Result<(), ApiError> {
        let feature = features::by_number(number).ok_or_else(ApiError::not_found)?;
        let needed = match parent {
            Some(_) => role_for(feature.policy().create),
            None => self
                .role_to_change(&space, &item, &person)
                .ok_or_else(ApiError::not_found)?,
        };
        if needed != Role::HOST && !self.may(&space, &person, needed) {
            return Err(ApiError::forbidden());
        }
        let creation = parent.and_then(|parent| Self::creation_of(number, parent));
        let content = match content {
            NewContent::Record(record) => DraftContent::Record(record),
            NewContent::Document(edits) => {
                let origin = ActorOrigin {
                    site: self.me.node,
                    nonce: ActorNonce(command.0),
                };
                let actor = ActorId::of(&origin.site, &person, &origin.nonce);
                let Some(change) = self.make_change(
                    &space,
                    &item,
                    feature.payload(),
                    actor,
                    edits,
                    parent.is_some(),
                )?
                else {
                    return Ok(());
                };
                let payload = ChangesPayload {
                    own: vec![change],
                    carried: Vec::new(),
                };
                DraftContent::Changes {
                    origin,
                    payload,
                    carried: Vec::new(),
                }
            }
        };
        self.write_entry(Draft {
            space,
            author: person,
            item,
            command,
            creation,
            content,
        })?;
        Ok(())
    }

    /// One change with these edits on top of what is here; `None` when nothing changes.
    fn make_change(
        &mut self,
        space: &SpaceId,
        item: &ItemId,
        payload: Payload,
        actor: ActorId,
        edits: Vec<DocumentEdit>,
        new: bool,
    ) -> Result<Option<Vec<u8>>, ApiError> {
        let Payload::Document(genesis) = payload else {
            return Err(ApiError::not_found());
        };
        let mut document = if new {
            Document::new(*item, *genesis)
        } else {
            // What is typed and not logged yet goes first: the change may rest on it.
            self.open_document(space, item)?;
            self.log_now(item);
            self.settled(item);
            let open = self.documents.get(item).ok_or_else(ApiError::not_found)?;
            open.document.clone()
        };
        let made = document.edit(actor, |edit| {
            for change in &edits {
                match change {
                    DocumentEdit::Set(key, value) => edit.set(key, scalar(value))?,
                    DocumentEdit::SetText(name, text) => edit.set_text(name, text)?,
                    DocumentEdit::SetBlocks(name, blocks) => edit.set_blocks(name, blocks)?,
                }
            }
            Ok(())
        });
        made.map_err(|error| {
            tracing::warn!("a command's change was refused: {error}");
            ApiError::new(ErrorCode::TooLarge)
        })
    }

    fn space_command(
        &mut self,
        viewer: Viewer,
        id: CommandId,
        command: &SpaceCommand,
    ) -> Result<Done, ApiError> {
        let person = viewer.person;
        let space = match command {
            SpaceCommand::Open { .. } => return self.open_space(viewer, id, command),
            SpaceCommand::Change { space, .. } => {
                return self.planned(*space, person, id, |lookup| {
                    features::settings::plan_change(command, lookup.root())
                });
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
        if self
            .space(&space)?
            .items
            .contains_key(&ItemId::root(&space))
        {
            return Ok(Done {
                space: Some(space),
                item: None,
            });
        }
        let settings = kind("settings");
        let root = ItemId::root(&space);
        self.write_item(
            space,
            person,
            id,
            root,
            settings,
            Some(root),
            NewContent::Document(edits),
        )?;
        if *visibility == features::commands::Visibility::Open {
            let sites = self.all_sites();
            self.add_hosts(space, person, id, sites)?;
            self.name_doorkeepers(space, person, id)?;
        }
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
            self.carry_out(space, viewer.person, part, plan)?;
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
            self.carry_out(space, viewer.person, part, plan)?;
        }
        Ok(())
    }

    /// Founds a space in this site's log; the founder is its manager. Finds it when it stands.
    pub(crate) fn found_space(
        &mut self,
        kind: SpaceKind,
        nonce: [u8; 32],
        author: PersonId,
        command: CommandId,
    ) -> Result<SpaceId, ApiError> {
        let operation = Operation::Create {
            kind,
            nonce,
            root: None,
        };
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

    /// Every host of an open space may let people of the realm in, as its managers wish.
    fn name_doorkeepers(
        &mut self,
        space: SpaceId,
        author: PersonId,
        command: CommandId,
    ) -> Result<(), ApiError> {
        for node in self.all_sites() {
            let operation = Operation::Grant {
                subject: Subject::Site(node),
                role: Role::MANAGER,
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

    fn read_command(
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

    /// The person's own space on her site, made when first needed.
    fn private_space(&mut self, person: PersonId) -> Result<SpaceId, ApiError> {
        // Bound to this site too: read marks of a second site of hers stay apart until her home
        // site's space is carried there.
        let nonce = bocage_crdt::ids::derive(
            "bocage 1 private space of a site",
            &[&self.me.secret, &person.0],
        );
        let command = CommandId(bocage_crdt::ids::derive(
            "bocage 1 private founding",
            &[&person.0],
        ));
        self.found_space(SpaceKind::Private, nonce, person, command)
    }

    /// Adds a person whose home is this site to the directory.
    pub(crate) fn write_card(
        &mut self,
        card: &features::person::Card,
        command: CommandId,
    ) -> Result<(), ApiError> {
        let realm = SpaceId(self.me.realm.0);
        let site = self.me.person;
        let item = ItemId::of(&realm, &site, &command);
        let content = card.to_content().map_err(invalid)?;
        let exists = self.space(&realm)?.items.contains_key(&item);
        let parent = (!exists).then(|| ItemId::root(&realm));
        self.write_item(realm, site, command, item, kind("person"), parent, content)
    }
}

fn scalar(value: &Value) -> Scalar {
    match value {
        Value::Flag(flag) => Scalar::Flag(*flag),
        Value::Number(number) => Scalar::Number(*number),
        Value::Text(text) => Scalar::Text(text.clone()),
        Value::Bytes(bytes) => Scalar::Bytes(bytes.clone()),
        // Settings keep lists as one comma-separated text: see `features::settings`.
        Value::Texts(texts) => Scalar::Text(texts.join(",")),
    }
}
