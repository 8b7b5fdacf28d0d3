//! Fills an archive from the hub: asks for one piece, writes it, asks for the next. Runs beside
//! the hub on a thread that may wait for the disk.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufWriter, Read, Seek, Write};

use bocage_crdt::features::DocumentContent;
use bocage_crdt::features::read_mark::Order;
use bocage_crdt::html::html;
use bocage_crdt::ids::{EntryId, ItemId, SpaceId};
use bocage_crdt::markdown::markdown;
use bocage_protocol::entry::Entry;
use tokio::sync::Semaphore;

use super::report::{Listed, Settled};
use super::signed::SignedEntry;
use super::texts::{PAGE_END, document_page, index_page, members_table, page_start, slug, spoken};
use super::write::{ArchiveWriter, WriteError};
use super::{FORMAT, Manifest, replay};
use crate::api::{ApiError, ErrorCode};
use crate::hub::archive::{Plan, Spoken, Written};
use crate::hub::archived::Sources;
use crate::hub::{Hub, HubHandle};
use crate::store::EntryPlace;
use crate::web::exports::{TRAIL_HEAD, trail_row};

/// Archives made at a time: each reads a whole space; others are told to come back.
const AT_A_TIME: usize = 2;
/// Messages, decisions, or rows of the trail, in one piece: each with its entry from the disk.
pub(super) const PIECE_ROWS: usize = 200;
/// Bytes copied at a time.
const PIECE_BYTES: usize = 64 << 10;
/// Pages and posts in one piece: each may be as large as a document may be.
const PIECE_DOCUMENTS: usize = 4;

pub(super) static FREE: Semaphore = Semaphore::const_new(AT_A_TIME);

pub(super) type Writer = ArchiveWriter<BufWriter<File>>;

/// What is asked of the hub, one piece at a time.
struct Source {
    hub: HubHandle,
    space: SpaceId,
    runtime: tokio::runtime::Handle,
}

impl Source {
    fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&mut Hub, &SpaceId) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let space = self.space;
        self.runtime
            .block_on(self.hub.act(move |hub| ask(hub, &space)))
    }
}

pub(super) fn failed(error: WriteError) -> ApiError {
    tracing::warn!("{error}");
    match error {
        WriteError::TooLarge => ApiError::new(ErrorCode::TooLarge),
        WriteError::Io(_) => ApiError::busy(),
    }
}

/// Writes the archive of a space into a file that is empty.
pub(crate) async fn archive(hub: HubHandle, space: SpaceId, file: File) -> Result<File, ApiError> {
    let _one = FREE.try_acquire().map_err(|_| ApiError::busy())?;
    let runtime = tokio::runtime::Handle::current();
    let work = tokio::task::spawn_blocking(move || {
        let source = Source {
            hub,
            space,
            runtime,
        };
        fill(&source, file)
    });
    // A panic in it was reported; nothing of the site depends on it.
    work.await.unwrap_or_else(|_| Err(ApiError::busy()))
}

fn fill(source: &Source, file: File) -> Result<File, ApiError> {
    let plan = source.ask(|hub, space| hub.archive_plan(space))?;
    let mut making = Making {
        source,
        writer: ArchiveWriter::new(BufWriter::new(file)),
        contents: Vec::new(),
        made: BTreeMap::new(),
    };
    making.find(plan.made.clone())?;
    making.documents(&plan)?;
    making.channels(&plan)?;
    making.loose(&plan)?;
    // The decisions last: what members and trail rest on is then among them.
    making.trail()?;
    making.rights()?;
    let space = making.space()?;
    let contents = std::mem::take(&mut making.contents);
    put_json(&mut making.writer, "contents.json", &contents)?;
    let heads = source.ask(|hub, space| hub.archive_heads(space))?;
    let mut manifest = Manifest {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        space: source.space,
        space_name: space.name.clone(),
        realm_name: plan.realm_name.clone(),
        site: plan.site.id,
        site_name: plan.site.name.clone(),
        made_ms: plan.made_ms,
        written_meanwhile: heads != plan.heads,
        heads,
        files: Vec::new(),
    };
    let told = (&*space.name, &*space.description);
    let page = index_page(told, &manifest, &contents, !plan.loose.is_empty());
    let mut writer = making.writer;
    writer.file("index.html", page.as_bytes()).map_err(failed)?;
    let manifest = |files| {
        manifest.files = files;
        manifest
    };
    let mut buffer = writer.finish(manifest, &plan.key).map_err(failed)?;
    let flushed = buffer.flush().and_then(|()| buffer.get_ref().sync_all());
    flushed.map_err(|error| failed(error.into()))?;
    let file = buffer.into_inner();
    file.map_err(|error| failed(error.into_error().into()))
}

pub(super) fn put_json(
    writer: &mut Writer,
    name: &str,
    value: &impl serde::Serialize,
) -> Result<(), ApiError> {
    let text = serde_json::to_vec_pretty(value).expect("plain values always encode");
    writer.file(name, &text).map_err(failed)
}

/// A JSON list that is written row by row.
pub(super) struct List {
    begun: bool,
}

impl List {
    pub(super) fn begin(writer: &mut Writer, name: &str) -> Result<Self, ApiError> {
        writer.file(name, b"[").map_err(failed)?;
        Ok(Self { begun: false })
    }

    pub(super) fn add(
        &mut self,
        writer: &mut Writer,
        row: &impl serde::Serialize,
    ) -> Result<(), ApiError> {
        let mark: &[u8] = if self.begun { b",\n" } else { b"\n" };
        self.begun = true;
        writer.add(mark).map_err(failed)?;
        let row = serde_json::to_vec(row).expect("plain values always encode");
        writer.add(&row).map_err(failed)
    }

    pub(super) fn end(self, writer: &mut Writer) -> Result<(), ApiError> {
        writer.add(b"\n]\n").map_err(failed)
    }
}

/// A second file that is written beside the one that is open, from the same rows; its place in the
/// archive is behind that one.
struct Beside {
    file: BufWriter<File>,
}

impl Beside {
    fn begin(source: &Source) -> Result<Self, ApiError> {
        let file = source.ask(|hub, _| hub.unnamed_file())?;
        Ok(Self {
            file: BufWriter::new(file),
        })
    }

    fn add(&mut self, text: &str) -> Result<(), ApiError> {
        let written = self.file.write_all(text.as_bytes());
        written.map_err(|error| failed(error.into()))
    }

    fn end(mut self, writer: &mut Writer, name: &str) -> Result<(), ApiError> {
        let io = |error: std::io::Error| failed(error.into());
        self.file.flush().map_err(io)?;
        let mut file = self.file.get_ref();
        file.rewind().map_err(io)?;
        writer.begin(name).map_err(failed)?;
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            match file.read(&mut piece).map_err(io)? {
                0 => return Ok(()),
                read => writer.add(&piece[..read]).map_err(failed)?,
            }
        }
    }
}

/// An archive being filled.
struct Making<'a> {
    source: &'a Source,
    writer: Writer,
    contents: Vec<Listed>,
    /// Where the entries lie that made what was changed since.
    made: BTreeMap<EntryId, EntryPlace>,
}

impl Making<'_> {
    /// Looks for entries by their ids, through all logs of the space, once.
    fn find(&mut self, mut wanted: BTreeSet<EntryId>) -> Result<(), ApiError> {
        let mut from = None;
        while !wanted.is_empty() {
            let looked_for = wanted.clone();
            let look =
                move |hub: &mut Hub, space: &SpaceId| hub.archive_find(space, &looked_for, from);
            let (found, next) = self.source.ask(look)?;
            for (entry, place) in found {
                wanted.remove(&entry);
                self.made.insert(entry, place);
            }
            if next.is_none() {
                break;
            }
            from = next;
        }
        Ok(())
    }

    /// The entry that made an item, signed; its payload was replaced by a newer version.
    fn making_entry(&mut self, made: EntryId) -> Result<Entry, ApiError> {
        if !self.made.contains_key(&made) {
            // Changed since the plan was made: then it is on the disk by now.
            self.find([made].into())?;
        }
        let place = *self.made.get(&made).ok_or_else(ApiError::busy)?;
        let found = self
            .source
            .ask(move |hub, _| hub.archive_entries(&[place]))?;
        let found = found.into_iter().next().ok_or_else(ApiError::busy)?;
        Ok(found.entry)
    }

    /// The entries behind one item, as they go into the archive.
    fn signed(&mut self, sources: &Sources) -> Result<Vec<SignedEntry>, ApiError> {
        let mut signed = Vec::with_capacity(sources.entries.len() + 1);
        if !sources.entries.iter().any(|it| it.entry.id == sources.made) {
            signed.push(SignedEntry::of(&self.making_entry(sources.made)?, false));
        }
        let stands = sources.entries.iter();
        signed.extend(stands.map(|it| SignedEntry::of(&it.entry, true)));
        Ok(signed)
    }

    fn put_entries(&mut self, name: &str, sources: &[Sources]) -> Result<(), ApiError> {
        let mut list = List::begin(&mut self.writer, name)?;
        for one in sources {
            for entry in self.signed(one)? {
                list.add(&mut self.writer, &entry)?;
            }
        }
        list.end(&mut self.writer)
    }

    fn sign(&mut self, line: &mut Spoken) -> Result<(), ApiError> {
        let sources = line.sources.take().ok_or_else(ApiError::busy)?;
        line.entries = self.signed(&sources)?;
        Ok(())
    }

    fn documents(&mut self, plan: &Plan) -> Result<(), ApiError> {
        let mut number = 0;
        for piece in plan.documents.chunks(PIECE_DOCUMENTS) {
            let piece = piece.to_vec();
            let written = self
                .source
                .ask(move |hub, space| hub.archive_documents(space, &piece))?;
            for one in written {
                number += 1;
                self.document(number, one)?;
            }
        }
        Ok(())
    }

    fn document(&mut self, number: usize, one: Written) -> Result<(), ApiError> {
        let folder = match &*one.facts.kind {
            "post" => "posts",
            _ => "pages",
        };
        let stem = format!("{folder}/{number:05}-{}", slug(&one.facts.title));
        let ends = ["md", "html", "entries.json", "comments.json"];
        let mut files: Vec<String> = ends.map(|end| format!("{stem}.{end}")).into();
        let mut comments = one.comments;
        for line in &mut comments {
            self.sign(line)?;
        }
        let local = !is_replayed(&one.facts.id, &one.content, &one.sources[0]);
        let text = markdown(&one.content.title, &one.content.body);
        let page = document_page(&one.facts, &html(&one.content.body), &comments);
        let [text_file, page_file, entries_file, said_file] = &files[..] else {
            return Err(ApiError::busy());
        };
        let writer = &mut self.writer;
        writer.file(text_file, text.as_bytes()).map_err(failed)?;
        writer.file(page_file, page.as_bytes()).map_err(failed)?;
        if !comments.is_empty() {
            put_json(writer, said_file, &comments)?;
        }
        self.put_entries(entries_file, &one.sources)?;
        if comments.is_empty() {
            files.pop();
        }
        let facts = one.facts;
        self.contents.push(Listed {
            facts,
            files,
            local,
        });
        Ok(())
    }

    fn channels(&mut self, plan: &Plan) -> Result<(), ApiError> {
        for (number, channel) in plan.channels.iter().enumerate() {
            let channel = *channel;
            let facts = self.source.ask(move |hub, space| {
                hub.space(space)?;
                let facts = hub.facts(space, &channel);
                let facts = facts.ok_or_else(ApiError::not_found)?;
                Ok((facts, hub.sources_of(space, &channel)?))
            });
            // Put aside meanwhile: then it is not in the archive.
            let (facts, sources) = match facts {
                Ok(found) => found,
                Err(error) if error.code == ErrorCode::NotFound => continue,
                Err(error) => return Err(error),
            };
            let stem = format!("messages/{:05}-{}", number + 1, slug(&facts.title));
            let files = ["json", "html", "entries.json"].map(|end| format!("{stem}.{end}"));
            let mut page = Beside::begin(self.source)?;
            page.add(&page_start(&facts.title))?;
            let mut list = List::begin(&mut self.writer, &files[0])?;
            let mut after: Option<Order> = None;
            loop {
                let piece = self.source.ask(move |hub, space| {
                    hub.archive_messages(space, &channel, after, PIECE_ROWS)
                })?;
                let Some(last) = piece.last().and_then(|line| line.order) else {
                    break;
                };
                after = Some(last);
                for mut line in piece {
                    self.sign(&mut line)?;
                    list.add(&mut self.writer, &line)?;
                    page.add(&spoken(&line))?;
                }
            }
            list.end(&mut self.writer)?;
            page.add(PAGE_END)?;
            page.end(&mut self.writer, &files[1])?;
            self.put_entries(&files[2], &sources)?;
            self.contents.push(Listed {
                facts,
                files: files.into(),
                local: false,
            });
        }
        Ok(())
    }

    /// Messages and comments whose channel or page is held or erased: they count, so they are kept.
    fn loose(&mut self, plan: &Plan) -> Result<(), ApiError> {
        if plan.loose.is_empty() {
            return Ok(());
        }
        let mut list = List::begin(&mut self.writer, "loose.json")?;
        for piece in plan.loose.chunks(PIECE_ROWS) {
            let piece = piece.to_vec();
            let lines = self.source.ask(move |hub, space| {
                hub.space(space)?;
                hub.spoken(space, &piece)
            })?;
            for mut line in lines {
                self.sign(&mut line)?;
                list.add(&mut self.writer, &line)?;
            }
        }
        list.end(&mut self.writer)
    }

    fn trail(&mut self) -> Result<(), ApiError> {
        let mut table = Beside::begin(self.source)?;
        table.add(TRAIL_HEAD)?;
        let mut list = List::begin(&mut self.writer, "audit.json")?;
        let mut after: Option<String> = None;
        loop {
            let cursor = after.take();
            let page = self.source.ask(move |hub, space| {
                hub.trail_page(*space, None, cursor.as_deref(), PIECE_ROWS)
            })?;
            for row in &page.rows {
                list.add(&mut self.writer, row)?;
                table.add(&trail_row(row))?;
            }
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        list.end(&mut self.writer)?;
        table.end(&mut self.writer, "audit.csv")
    }

    fn rights(&mut self) -> Result<(), ApiError> {
        let decided = self.source.ask(|hub, space| hub.archive_rights(space))?;
        put_json(&mut self.writer, "members.json", &decided.members)?;
        let table = members_table(&decided.members);
        let table = self.writer.file("members.csv", table.as_bytes());
        table.map_err(failed)?;
        let mut list = List::begin(&mut self.writer, "rights.entries.json")?;
        for piece in decided.places.chunks(PIECE_ROWS) {
            let piece = piece.to_vec();
            let found = self.source.ask(move |hub, _| hub.archive_entries(&piece))?;
            for one in found {
                list.add(&mut self.writer, &SignedEntry::of(&one.entry, true))?;
            }
        }
        list.end(&mut self.writer)
    }

    fn space(&mut self) -> Result<Settled, ApiError> {
        let written = self.source.ask(|hub, space| hub.archive_space(space))?;
        let said = |key| written.content.scalar_text(key).to_owned();
        let settled = Settled {
            id: written.row.id,
            kind: written.row.kind,
            name: said("name"),
            description: said("description"),
            colour: said("colour"),
            symbol: said("symbol"),
            visibility: said("visibility"),
            closed: written.row.closed,
        };
        put_json(&mut self.writer, "space.json", &settled)?;
        self.put_entries("space.entries.json", &[written.sources])?;
        Ok(settled)
    }
}

/// Whether a page's entries give what is shown here. What a site does not show before it was tried
/// (a change that could stop a program) is in its entries all the same.
fn is_replayed(item: &ItemId, shown: &DocumentContent, sources: &Sources) -> bool {
    let entries: Vec<Entry> = sources.entries.iter().map(|it| it.entry.clone()).collect();
    let nodes: BTreeMap<_, _> = sources
        .entries
        .iter()
        .map(|it| (it.entry.header.log, it.node))
        .collect();
    let made = replay::making(&entries).and_then(replay::feature);
    let Some(genesis) = made.and_then(replay::genesis) else {
        return false;
    };
    let given = replay::document(*item, genesis, &entries, |log| nodes.get(log).copied());
    given.title == shown.title && given.body == shown.body
}
