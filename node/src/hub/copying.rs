//! Copies of pages and posts in another space, mostly a partner's: made, remembered, and brought up to
//! date. The original stays where it is and knows nothing of them.

use std::collections::BTreeMap;

use bocage_crdt::document::{Edit, InvalidEdit};
use bocage_crdt::features::copy::{Copied, origin};
use bocage_crdt::features::{DocumentContent, DocumentEdit, NewContent, Plan};
use bocage_crdt::gate::{self, ActorExpectation, Verdict};
use bocage_crdt::ids::{ActorId, ActorNonce, ChangeHash, CommandId, ItemId, PersonId, SpaceId};
use bocage_protocol::entry::{ActorOrigin, ChangesPayload};
use bocage_protocol::rights::Role;

use super::Hub;
use super::documents::change_hash;
use super::item::Body;
use super::opening::numbered;
use super::rows::kind;
use super::writing::{Draft, DraftContent};
use crate::api::guests::{COPIED_ITEMS_MAX, CopyList, CopyOriginal, CopyRow, CopyState};
use crate::api::texts::Text;
use crate::api::{ApiError, ErrorCode};

/// What a command for copies asks for is named by.
const FIELD: &str = "items";

/// The original as it is now.
struct Original {
    kind: u16,
    parent: ItemId,
    content: DocumentContent,
    /// Entries read: see [`Copied::entries`].
    entries: u32,
}

/// A copy and what it remembers.
struct Remembered {
    note: ItemId,
    copied: Copied,
    by: PersonId,
    at_ms: u64,
}

/// Entries of a page or post; `None` for everything else.
fn entries_of(kind_number: u16, body: &Body) -> Option<u32> {
    match body {
        Body::Document { entries, .. }
            if kind_number == kind("page") || kind_number == kind("post") =>
        {
            Some(entries.len() as u32)
        }
        _ => None,
    }
}

fn bounded(items: &[ItemId]) -> Result<(), ApiError> {
    if items.len() <= COPIED_ITEMS_MAX {
        return Ok(());
    }
    let error = ApiError::new(ErrorCode::TooLarge).with_field(FIELD);
    Err(error.with_limit(COPIED_ITEMS_MAX as u64))
}

impl Hub {
    /// Copies pages and posts, as they are now, into another space. All are looked at first; asked
    /// again after a failure, it does what is left.
    pub(super) fn copy_items(
        &mut self,
        space: SpaceId,
        author: PersonId,
        command: CommandId,
        from: SpaceId,
        items: &[ItemId],
    ) -> Result<(), ApiError> {
        bounded(items)?;
        self.require(&space, &author, Role::MANAGER)?;
        self.readable(&from, &author)?;
        for item in items {
            self.look_at_original(&from, item)?;
        }
        let mut copies: BTreeMap<ItemId, ItemId> = BTreeMap::new();
        for (number, item) in items.iter().enumerate() {
            let part = numbered(&command, number as u32 + 1);
            copies.insert(*item, ItemId::of(&space, &author, &part));
        }
        for (number, item) in items.iter().enumerate() {
            let made = copies[item];
            if self.space(&space)?.items.contains_key(&made) {
                continue;
            }
            let original = self.original(&from, item)?;
            let plan = Plan::Create {
                kind: original.kind,
                // A page stays below its page when that one goes along.
                parent: copies
                    .get(&original.parent)
                    .copied()
                    .unwrap_or_else(|| ItemId::root(&space)),
                content: NewContent::Document(vec![
                    DocumentEdit::SetText("title", original.content.title),
                    DocumentEdit::SetBlocks("body", original.content.body),
                ]),
            };
            let part = numbered(&command, number as u32 + 1);
            self.carry_out(space, author, part, plan)?;
            self.open_document(&space, &made)?;
            let heads = self.documents.get(&made).map(|open| open.document.heads());
            let Some([change]) = heads.as_deref() else {
                return Err(ApiError::new(ErrorCode::Conflict));
            };
            let note = Copied {
                origin: origin(&from, &space),
                item: *item,
                change: *change,
                times: 1,
                entries: original.entries,
            };
            let part = numbered(&command, (COPIED_ITEMS_MAX + number) as u32 + 1);
            let plan = Plan::Create {
                kind: kind("copy"),
                parent: made,
                content: note.to_content(),
            };
            self.carry_out(space, author, part, plan)?;
        }
        Ok(())
    }

    /// Whether it can be copied; the answer says what stands in the way.
    fn look_at_original(&mut self, from: &SpaceId, item: &ItemId) -> Result<(), ApiError> {
        let loaded = self.space(from)?;
        let Some(row) = loaded.items.get(item) else {
            return Err(match loaded.missing(item).code {
                ErrorCode::Erased => ApiError::new(ErrorCode::Erased).with_field(FIELD),
                _ => ApiError::value(FIELD),
            });
        };
        match entries_of(row.kind.number, &row.body) {
            Some(_) => Ok(()),
            None => Err(ApiError::value(FIELD)),
        }
    }

    fn original(&mut self, from: &SpaceId, item: &ItemId) -> Result<Original, ApiError> {
        self.open_document(from, item)?;
        // What is being typed goes along.
        self.log_now(item);
        let content = self.settled(item).ok_or_else(ApiError::not_found)?;
        let row = self.space(from)?.items.get(item);
        let row = row.ok_or_else(ApiError::not_found)?;
        let entries = entries_of(row.kind.number, &row.body).ok_or_else(ApiError::not_found)?;
        Ok(Original {
            kind: row.kind.number,
            parent: row.parent,
            content,
            entries,
        })
    }

    /// The copies of a space, by item.
    fn copies_of(&mut self, space: &SpaceId) -> Result<BTreeMap<ItemId, Remembered>, ApiError> {
        let loaded = self.space(space)?;
        let mut copies = BTreeMap::new();
        for (note, row) in loaded.of_kind(kind("copy")) {
            let Some(copied) = row.record().and_then(Copied::of) else {
                continue;
            };
            if loaded.items.contains_key(&row.parent) {
                let (by, at_ms) = (row.changed_by, row.changed_ms);
                copies.insert(
                    row.parent,
                    Remembered {
                        note: *note,
                        copied,
                        by,
                        at_ms,
                    },
                );
            }
        }
        Ok(copies)
    }

    /// Spaces of this site by how copies in `space` name them.
    fn origins(&self, space: &SpaceId) -> BTreeMap<[u8; 32], SpaceId> {
        let known = self.summaries.keys().chain(self.spaces.keys());
        known.map(|from| (origin(from, space), *from)).collect()
    }

    /// How many copies a space holds.
    pub(super) fn count_copies(&mut self, space: &SpaceId) -> u32 {
        self.copies_of(space)
            .map_or(0, |copies| copies.len() as u32)
    }

    /// What was copied into a space, whence, and what was written there since; for its managers.
    pub(super) fn copy_list(
        &mut self,
        space: &SpaceId,
        reader: &PersonId,
    ) -> Result<CopyList, ApiError> {
        self.require(space, reader, Role::MANAGER)?;
        let origins = self.origins(space);
        let mut rows = Vec::new();
        for (item, copy) in self.copies_of(space)? {
            self.show(space, &item);
            let Some(row) = self.space(space)?.items.get(&item) else {
                continue;
            };
            let here = entries_of(row.kind.number, &row.body).unwrap_or(0);
            let (title, row_kind) = (row.title(), row.feature().map_or("", |it| it.name()));
            let from = origins.get(&copy.copied.origin).copied();
            let (state, original) = self.state_of_original(from, &copy.copied, reader)?;
            rows.push(CopyRow {
                item,
                kind: row_kind.to_owned(),
                title,
                by: self.directory.person_ref(&copy.by),
                at_ms: copy.at_ms,
                written_here: here > copy.copied.times,
                state,
                original,
            });
        }
        rows.sort_by(|one, other| (one.kind.cmp(&other.kind)).then(one.title.cmp(&other.title)));
        Ok(CopyList { rows })
    }

    /// Whether the original says more than was copied, as far as this reader may know.
    fn state_of_original(
        &mut self,
        from: Option<SpaceId>,
        copied: &Copied,
        reader: &PersonId,
    ) -> Result<(CopyState, Option<CopyOriginal>), ApiError> {
        let Some(from) = from.filter(|from| self.readable(from, reader).is_ok()) else {
            return Ok((CopyState::Unreadable, None));
        };
        self.show(&from, &copied.item);
        let space_name = self.setting(&from, "name");
        let loaded = self.space(&from)?;
        let Some(row) = loaded.items.get(&copied.item) else {
            let erased = loaded.missing(&copied.item).code == ErrorCode::Erased;
            return Ok(match erased {
                true => (CopyState::Erased, None),
                false => (CopyState::Unreadable, None),
            });
        };
        let state = match entries_of(row.kind.number, &row.body) {
            Some(entries) if entries == copied.entries => CopyState::Current,
            Some(_) => CopyState::Changed,
            None => CopyState::Unreadable,
        };
        let (title, changed_ms, changed_by) = (row.title(), row.changed_ms, row.changed_by);
        let original = CopyOriginal {
            space: from,
            space_name,
            item: copied.item,
            title,
            changed_ms,
            changed_by: self.directory.person_ref(&changed_by),
        };
        Ok((state, Some(original)))
    }

    /// Copies again what the originals say now. It is written beside what others wrote into the copies
    /// since, from where they were: both stay. All are looked at first; asked again after a failure, it
    /// does what is left.
    pub(super) fn update_copies(
        &mut self,
        space: SpaceId,
        author: PersonId,
        command: CommandId,
        items: &[ItemId],
    ) -> Result<(), ApiError> {
        bounded(items)?;
        self.require(&space, &author, Role::MANAGER)?;
        if self.is_closed(&space) {
            return Err(ApiError::new(ErrorCode::ReadOnly));
        }
        let origins = self.origins(&space);
        let mut copies = self.copies_of(&space)?;
        let mut chosen = Vec::new();
        for item in items {
            let copy = (copies.remove(item)).ok_or_else(|| ApiError::value(FIELD))?;
            let from = origins.get(&copy.copied.origin).copied();
            let from = from.filter(|from| self.readable(from, &author).is_ok());
            let unreadable = || ApiError::value(FIELD).with_text(Text::OriginalNotReadable);
            let from = from.ok_or_else(unreadable)?;
            match self.look_at_original(&from, &copy.copied.item) {
                Ok(()) => chosen.push((*item, from, copy)),
                Err(error) if error.code == ErrorCode::Erased => {
                    return Err(error.with_text(Text::OriginalErased));
                }
                Err(_) => return Err(unreadable()),
            }
        }
        for (number, (item, from, copy)) in chosen.into_iter().enumerate() {
            let original = self.original(&from, &copy.copied.item)?;
            let part = numbered(&command, number as u32 + 1);
            let made = self.copy_again(space, author, part, item, &copy.copied, &original)?;
            let note = Copied {
                change: made.unwrap_or(copy.copied.change),
                times: copy.copied.times + u32::from(made.is_some()),
                entries: original.entries,
                ..copy.copied
            };
            let part = numbered(&command, (COPIED_ITEMS_MAX + number) as u32 + 1);
            let plan = Plan::Change {
                item: copy.note,
                content: note.to_content(),
            };
            self.carry_out(space, author, part, plan)?;
        }
        Ok(())
    }

    /// One change of a copy; `None` when the original says what it said.
    fn copy_again(
        &mut self,
        space: SpaceId,
        author: PersonId,
        command: CommandId,
        item: ItemId,
        copied: &Copied,
        original: &Original,
    ) -> Result<Option<ChangeHash>, ApiError> {
        self.open_document(&space, &item)?;
        self.log_now(&item);
        self.settled(&item);
        let open = self.documents.open.get_mut(&item);
        let document = &mut open.ok_or_else(ApiError::not_found)?.document;
        // The last copying may still be on its way here.
        let not_here = || ApiError::new(ErrorCode::Conflict).with_text(Text::CopyNotHere);
        let mut then = document.at(&copied.change).ok_or_else(not_here)?;
        let origin = ActorOrigin {
            site: self.me.node,
            nonce: ActorNonce(command.0),
        };
        let actor = ActorId::of(&origin.site, &author, &origin.nonce);
        let before = then.blocks("body");
        let made = then.edit(actor, |edit| rewrite(edit, &before, &original.content));
        let made = made.map_err(|error| {
            tracing::warn!("a copy cannot be written anew: {error}");
            ApiError::new(ErrorCode::TooLarge)
        })?;
        let Some(change) = made else { return Ok(None) };
        // What was written into the copy counts towards its bounds, too.
        let expected = ActorExpectation { actor };
        if !matches!(
            gate::check(&change, &expected, document),
            Verdict::Accepted(_)
        ) {
            return Err(ApiError::new(ErrorCode::TooLarge));
        }
        let hash = change_hash(&change);
        let payload = ChangesPayload {
            own: vec![change],
            carried: Vec::new(),
        };
        self.write_entry(Draft {
            space,
            author,
            item,
            command,
            creation: None,
            content: DraftContent::Changes {
                origin,
                payload,
                carried: Vec::new(),
            },
        })?;
        Ok(hash)
    }
}

fn rewrite(
    edit: &mut Edit<'_, '_>,
    before: &[bocage_crdt::blocks::Block],
    now: &DocumentContent,
) -> Result<(), InvalidEdit> {
    edit.set_text("title", &now.title)?;
    edit.change_blocks("body", before, &now.body)
}
