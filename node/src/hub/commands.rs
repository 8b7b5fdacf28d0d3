//! Commands of people: planned by the kind's feature, allowed by the rights, written as entries.

use bocage_crdt::document::{Document, Scalar};
use bocage_crdt::features::{
    self, Command, DocumentEdit, Invalid, Lookup, NewContent, Payload, Plan,
};
use bocage_crdt::ids::{ActorId, ActorNonce, CommandId, ItemId, PersonId, SpaceId};
use bocage_crdt::record::{Record, Value};
use bocage_protocol::entry::{ActorOrigin, ChangesPayload};
use bocage_protocol::rights::Role;

use super::rows::kind;
use super::space::{Space, role_for};
use super::writing::{Draft, DraftContent};
use super::{After, Hub, Reply};
use crate::api::{ApiError, CommandAnswer, CommandEnvelope, ErrorCode};
use crate::web::site::Viewer;
use axum::body::Bytes;

/// Commands remembered for retries: a client tries again within minutes, not days. Creating
/// again is noticed for ever, by the item's id.
const ANSWERS_KEPT: usize = 10_000;

/// What a command did, before it is put into JSON.
#[derive(Default, Clone, Copy)]
pub(super) struct Done {
    pub space: Option<SpaceId>,
    pub item: Option<ItemId>,
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

pub(super) fn invalid(invalid: Invalid) -> ApiError {
    match invalid {
        Invalid::TooLong { field, limit } => ApiError::too_long(field, limit),
        Invalid::Value { field, .. } => ApiError::value(field),
        Invalid::NoSuchItem => ApiError::not_found(),
    }
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
        if let Some(done) = self.done.get(&key).copied() {
            let answer = self.answer(viewer, &done);
            // Perhaps not durable yet: answered after the batch that follows it.
            self.after.push(After::Answer(reply, answer));
            return;
        }
        match self.do_command(viewer, &envelope) {
            Ok(done) => {
                let answer = self.answer(viewer, &done);
                self.done.insert(key, done);
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
            Command::Erasure(command) => self.erasure_command(person, id, command),
            Command::Group(command) => self.group_command(person, id, command),
        }
    }

    pub(super) fn planned(
        &mut self,
        space: SpaceId,
        person: PersonId,
        id: CommandId,
        plan: impl FnOnce(&dyn Lookup) -> Result<Plan, Invalid>,
    ) -> Result<Done, ApiError> {
        self.space(&space)?;
        if !self.may_read(&space, &person) {
            return Err(ApiError::not_found());
        }
        let loaded = self.space(&space)?;
        let made = ItemId::of(&space, &person, &id);
        if loaded.items.contains_key(&made) {
            // Done before, here or at another site.
            return Ok(Done {
                space: Some(space),
                item: Some(made),
            });
        }
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
    pub(super) fn carry_out(
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
    pub(super) fn write_item(
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
        if self.is_closed(&space) {
            return Err(ApiError::new(ErrorCode::ReadOnly));
        }
        if needed != Role::HOST && !self.may(&space, &person, needed) {
            return Err(ApiError::forbidden());
        }
        let creation = parent.and_then(|parent| Self::creation_of(number, parent));
        let content = match content {
            NewContent::Record(record) if feature.lists_versions() && parent.is_none() => {
                let row = self.space(&space)?.items.get(&item);
                let replaced = row.map_or_else(Vec::new, |item| item.standing());
                DraftContent::Record(record.replacing(replaced))
            }
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
        let body = document.blocks("body");
        let made = document.edit(actor, |edit| {
            for change in &edits {
                match change {
                    DocumentEdit::Set(key, value) => edit.set(key, scalar(value))?,
                    DocumentEdit::SetText(name, text) => edit.set_text(name, text)?,
                    DocumentEdit::SetBlocks("body", blocks) => {
                        edit.change_blocks("body", &body, blocks)?;
                    }
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
