//! What of a space goes into an archive, piece by piece: so that a large one is never in memory
//! as a whole, and the hub does other work between pieces.
//!
//! Only what counts is here. Held work is not in the items; erased items are left out.

use std::collections::BTreeSet;

use bocage_crdt::features::read_mark::Order;
use bocage_crdt::features::{Content, DocumentContent};
use bocage_crdt::ids::{EntryId, ItemId, PersonId, SpaceId};
use bocage_protocol::rights::Role;
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

use super::Hub;
use super::archived::Sources;
use super::rows::kind;
use crate::api::rows::{OtherVersion, PersonRef, SiteRef};
use crate::api::{ApiError, ErrorCode};
use crate::archive::signed::SignedEntry;
use crate::archive::{Head, hex};
use crate::store::EntryPlace;

/// What is in an archive, before any content is read.
pub(crate) struct Plan {
    pub realm_name: String,
    pub site: SiteRef,
    pub made_ms: u64,
    /// Pages, then posts, in the order of their making.
    pub documents: Vec<ItemId>,
    pub channels: Vec<ItemId>,
    /// Messages and comments whose place is not here.
    pub loose: Vec<ItemId>,
    pub heads: Vec<Head>,
    /// Entries that made what was changed since by others: their places are looked for.
    pub made: BTreeSet<EntryId>,
    pub key: SigningKey,
}

/// A message or comment.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Spoken {
    pub id: ItemId,
    pub author: PersonRef,
    pub at_ms: u64,
    pub text: String,
    pub edited: bool,
    pub withdrawn: bool,
    /// Versions written at the same time.
    pub others: Vec<OtherVersion>,
    /// What it comes from: the entry that made it, and each version that stands.
    pub entries: Vec<SignedEntry>,
    /// The same, as read.
    #[serde(skip)]
    pub sources: Option<Sources>,
    /// Where the next piece goes on.
    #[serde(skip)]
    pub order: Option<Order>,
}

/// A page or post with what belongs to it.
pub(crate) struct Written {
    pub facts: Facts,
    pub content: DocumentContent,
    /// Its own entries, then those of each thanks.
    pub sources: Vec<Sources>,
    pub comments: Vec<Spoken>,
}

/// What a list says of an item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Facts {
    pub id: ItemId,
    pub kind: String,
    pub title: String,
    pub parent: ItemId,
    pub author: PersonRef,
    pub created_ms: u64,
    pub changed_by: PersonRef,
    pub changed_ms: u64,
    /// Who thanked for it.
    pub thanks: Vec<PersonRef>,
}

impl Hub {
    /// The space that somebody names at the command line: by its id, or by its whole name.
    pub(crate) fn space_named(&mut self, named: &str) -> Result<SpaceId, ApiError> {
        if let Ok(space) = named.parse::<SpaceId>() {
            self.space(&space)?;
            return Ok(space);
        }
        let spaces = self.summaries.iter();
        let spaces = spaces.filter(|(_, summary)| summary.people_space);
        let spaces: Vec<SpaceId> = spaces.map(|(space, _)| *space).collect();
        let wanted = bocage_crdt::text::fold(named);
        let mut found = Vec::new();
        for space in spaces {
            self.space(&space)?;
            self.show(&space, &ItemId::root(&space));
            if bocage_crdt::text::fold(&self.setting(&space, "name")) == wanted {
                found.push(space);
            }
            self.put_away_idle();
        }
        match found[..] {
            [space] => Ok(space),
            [] => Err(ApiError::not_found()),
            _ => Err(ApiError::new(ErrorCode::Conflict)),
        }
    }

    /// Whether a person may take a space away as an archive.
    pub(crate) fn may_archive(
        &mut self,
        space: &SpaceId,
        person: &PersonId,
    ) -> Result<(), ApiError> {
        self.require(space, person, Role::MANAGER)
    }

    /// An empty file beside the site's own, which goes when it is closed.
    pub(crate) fn unnamed_file(&mut self) -> Result<std::fs::File, ApiError> {
        let name = format!("archive-{:016x}.tmp", rand::random::<u64>());
        let path = self.me.directory.join(name);
        let made = std::fs::File::options()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path);
        let removed = made.and_then(|file| std::fs::remove_file(&path).map(|()| file));
        removed.map_err(|error| {
            tracing::warn!("no room for an archive: {error}");
            ApiError::busy()
        })
    }

    /// What there is. What was typed until now is logged first.
    pub(crate) fn archive_plan(&mut self, space: &SpaceId) -> Result<Plan, ApiError> {
        // The realm's own space and private ones are nobody's to take away.
        let row = self.space_row(space, &PersonId::default());
        row.ok_or_else(ApiError::not_found)?;
        for item in self.documents.of_space(space) {
            self.log_now(&item);
        }
        let heads = self.archive_heads(space)?;
        let loaded = self.space(space)?;
        let erased: BTreeSet<ItemId> = loaded.rights.erased().map(|(item, _)| *item).collect();
        let of = |name: &str| {
            let rows = loaded.of_kind(kind(name));
            let mut rows: Vec<_> = rows
                .filter(|(id, _)| !erased.contains(*id))
                .map(|(id, row)| (row.created, *id, row.parent))
                .collect();
            rows.sort_unstable();
            rows
        };
        let ids = |rows: Vec<(Order, ItemId, ItemId)>| -> Vec<ItemId> {
            rows.into_iter().map(|(_, id, _)| id).collect()
        };
        let is_gone =
            |parent: &ItemId| erased.contains(parent) || !loaded.items.contains_key(parent);
        let mut loose = of("message");
        loose.extend(of("comment"));
        loose.retain(|(_, _, parent)| is_gone(parent));
        let mut documents = ids(of("page"));
        documents.extend(ids(of("post")));
        let records = ["channel", "message", "comment", "thanks"].map(kind);
        let records = records.into_iter().flat_map(|kind| loaded.of_kind(kind));
        let changed = records.filter(|(_, row)| row.created.entry != row.changed.entry);
        let made = changed.map(|(_, row)| row.created.entry).collect();
        let (channels, loose) = (ids(of("channel")), ids(loose));
        Ok(Plan {
            realm_name: self.me.realm_name.clone(),
            made_ms: self.clock.wall_ms(),
            documents,
            channels,
            loose,
            heads,
            made,
            site: self.site_ref(),
            key: self.me.node_key.clone(),
        })
    }

    /// The last entry of each log of a space, with what proves who wrote it.
    pub(crate) fn archive_heads(&mut self, space: &SpaceId) -> Result<Vec<Head>, ApiError> {
        let logs = self.catalog.logs_of(space).to_vec();
        let mut heads = Vec::with_capacity(logs.len());
        for known in logs {
            let Some(head) = known.state.head else {
                continue;
            };
            let place = EntryPlace {
                log: known.number,
                seq: head.seq,
            };
            let stored = self.stored_entry(place);
            let entry = stored.map_err(|error| self.cannot_read(error))?;
            let certificate = match known.state.node == self.me.node {
                true => Some(self.me.certificate.clone()),
                false => self.catalog.certificate(&known.state.node).cloned(),
            };
            let (Some(entry), Some(certificate)) = (entry, certificate) else {
                // A log without its site's certificate is never taken in.
                return Err(ApiError::busy());
            };
            heads.push(Head {
                log: known.log,
                writer: known.state.writer,
                certificate,
                site_name: self.directory.site_name(&known.state.node),
                seq: head.seq,
                entry: entry.id,
                header: hex(&entry.bytes),
                signature: hex(&entry.signature),
                forked: known.state.fork.is_some(),
            });
        }
        heads.sort_by_key(|head| head.log);
        Ok(heads)
    }

    /// Pages or posts; those that are gone meanwhile are left out.
    pub(crate) fn archive_documents(
        &mut self,
        space: &SpaceId,
        items: &[ItemId],
    ) -> Result<Vec<Written>, ApiError> {
        let mut written = Vec::with_capacity(items.len());
        for item in items {
            self.space(space)?;
            let Some(mut facts) = self.facts(space, item) else {
                continue;
            };
            let (mut document, _, _) = self.read_document(space, item)?;
            document.settle();
            let content = DocumentContent::of(&document);
            let loaded = self.space(space)?;
            let feature = loaded.items.get(item).and_then(|row| row.feature());
            if let Some(feature) = feature {
                // Of the entries, not of what is being typed.
                facts.title = feature.title(&Content::Document(content.clone()));
            }
            let comments = loaded.children(*item, kind("comment"));
            let comments: Vec<ItemId> = comments.map(|(_, id)| id).collect();
            written.push(Written {
                comments: self.spoken(space, &comments)?,
                sources: self.sources_of(space, item)?,
                content,
                facts,
            });
        }
        Ok(written)
    }

    /// A stretch of a channel, oldest first.
    pub(crate) fn archive_messages(
        &mut self,
        space: &SpaceId,
        channel: &ItemId,
        after: Option<Order>,
        limit: usize,
    ) -> Result<Vec<Spoken>, ApiError> {
        let messages = self.space(space)?.children(*channel, kind("message"));
        let later = messages.skip_while(|(at, _)| after.is_some_and(|after| *at <= after));
        let ids: Vec<ItemId> = later.take(limit).map(|(_, id)| id).collect();
        self.spoken(space, &ids)
    }

    /// Messages and comments by their ids.
    pub(crate) fn spoken(
        &mut self,
        space: &SpaceId,
        items: &[ItemId],
    ) -> Result<Vec<Spoken>, ApiError> {
        let Some(loaded) = self.spaces.get(space) else {
            return Ok(Vec::new());
        };
        let erased: BTreeSet<&ItemId> = loaded.rights.erased().map(|(item, _)| item).collect();
        let rows = items.iter().filter(|item| !erased.contains(item));
        let mut lines: Vec<Spoken> = rows
            .filter_map(|id| {
                let row = loaded.items.get(id)?;
                let record = row.record()?;
                Some(Spoken {
                    id: *id,
                    author: self.directory.person_ref(&row.creator),
                    at_ms: row.created_ms,
                    text: record.text("text").to_owned(),
                    edited: record.flag("edited"),
                    withdrawn: record.flag("withdrawn"),
                    others: self.other_versions(row),
                    entries: Vec::new(),
                    sources: None,
                    order: Some(row.created),
                })
            })
            .collect();
        for line in &mut lines {
            line.sources = self.sources(space, &line.id)?;
        }
        Ok(lines)
    }

    /// What a list says of an item.
    pub(crate) fn facts(&self, space: &SpaceId, item: &ItemId) -> Option<Facts> {
        let loaded = self.spaces.get(space)?;
        let row = loaded.items.get(item)?;
        let thanks = loaded.children(*item, kind("thanks"));
        let thanks = thanks.filter_map(|(_, id)| loaded.items.get(&id));
        let thanks = thanks.filter(|it| it.record().is_some_and(|it| !it.flag("withdrawn")));
        Some(Facts {
            id: *item,
            kind: row.feature()?.name().to_owned(),
            title: row.title(),
            parent: self.shown_parent(space, item),
            author: self.directory.person_ref(&row.creator),
            created_ms: row.created_ms,
            changed_by: self.directory.person_ref(&row.changed_by),
            changed_ms: row.changed_ms,
            thanks: thanks
                .map(|it| self.directory.person_ref(&it.creator))
                .collect(),
        })
    }
}
