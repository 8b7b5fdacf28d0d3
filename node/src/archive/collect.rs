//! Fills an archive from the hub: asks for one piece, writes it, asks for the next. Runs beside
//! the hub on a thread that may wait for the disk.

use std::fs::File;
use std::io::{BufWriter, Write};

use bocage_crdt::features::read_mark::Order;
use bocage_crdt::ids::{ItemId, SpaceId};
use serde_json::json;
use tokio::sync::Semaphore;

use super::texts::{PAGE_END, csv_row, escaped, made, page_start, slug, spoken};
use super::write::{ArchiveWriter, WriteError};
use super::{FORMAT, Manifest};
use crate::api::oversight::AuditRow;
use crate::api::{ApiError, ErrorCode};
use crate::hub::archive::{Facts, Plan, Spoken};
use crate::hub::{Hub, HubHandle};

/// Archives made at a time: each reads a whole space; others are told to come back.
const AT_A_TIME: usize = 2;
/// Messages, or rows of the trail, in one piece.
pub(super) const PIECE_ROWS: usize = 500;
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
    let mut writer = ArchiveWriter::new(BufWriter::new(file));
    let mut index = Index::default();
    documents(source, &plan, &mut writer, &mut index)?;
    channels(source, &plan, &mut writer, &mut index)?;
    loose(source, &plan, &mut writer, &mut index)?;
    members(source, &mut writer)?;
    trail(source, &mut writer)?;
    let settings = json!({
        "id": plan.row.id, "kind": plan.row.kind, "name": plan.row.name,
        "description": plan.row.description, "colour": plan.row.colour,
        "symbol": plan.row.symbol, "visibility": plan.row.visibility, "closed": plan.row.closed,
    });
    put_json(&mut writer, "space.json", &settings)?;
    put_json(&mut writer, "contents.json", &index.contents)?;
    let page = index.page(&plan);
    writer.file("index.html", page.as_bytes()).map_err(failed)?;
    let heads = source.ask(|hub, space| hub.archive_heads(space))?;
    let manifest = |files| Manifest {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        space: source.space,
        space_name: plan.row.name.clone(),
        realm_name: plan.realm_name.clone(),
        site: plan.site.id,
        site_name: plan.site.name.clone(),
        made_ms: plan.made_ms,
        written_meanwhile: heads != plan.heads,
        heads,
        files,
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

/// What is in the archive, for the page that one opens first.
#[derive(Default)]
struct Index {
    contents: Vec<serde_json::Value>,
    lines: String,
}

impl Index {
    fn add(&mut self, facts: &Facts, files: &[String], readable: &str) {
        let mut row = json!(facts);
        row["files"] = json!(files);
        self.contents.push(row);
        let (title, author) = (escaped(&facts.title), escaped(&facts.author.name));
        self.lines.push_str(&format!(
            "<li><a href=\"{readable}\">{title}</a> <span class=\"meta\">{author}</span></li>\n"
        ));
    }

    fn page(&self, plan: &Plan) -> String {
        let description = escaped(&plan.row.description);
        format!(
            "{}<p>{description}</p>\n<ul>\n{}</ul>\n<p class=\"meta\">{}, {}. bocage verify</p>\n{PAGE_END}",
            page_start(&plan.row.name),
            self.lines,
            escaped(&plan.realm_name),
            escaped(&plan.site.name),
        )
    }
}

fn documents(
    source: &Source,
    plan: &Plan,
    writer: &mut Writer,
    index: &mut Index,
) -> Result<(), ApiError> {
    let mut number = 0;
    for piece in plan.documents.chunks(PIECE_DOCUMENTS) {
        let piece = piece.to_vec();
        let written = source.ask(move |hub, space| hub.archive_documents(space, &piece))?;
        for one in written {
            number += 1;
            let folder = match &*one.facts.kind {
                "post" => "posts",
                _ => "pages",
            };
            let stem = format!("{folder}/{number:05}-{}", slug(&one.facts.title));
            let (text, page, said) = (
                format!("{stem}.md"),
                format!("{stem}.html"),
                format!("{stem}.comments.json"),
            );
            let mut shown = page_start(&one.facts.title);
            shown.push_str(&made(&one.facts));
            shown.push_str(&one.html);
            one.comments
                .iter()
                .for_each(|line| shown.push_str(&spoken(line)));
            shown.push_str(PAGE_END);
            writer
                .file(&text, one.markdown.as_bytes())
                .map_err(failed)?;
            writer.file(&page, shown.as_bytes()).map_err(failed)?;
            let mut files = vec![text, page.clone()];
            if !one.comments.is_empty() {
                put_json(writer, &said, &one.comments)?;
                files.push(said);
            }
            index.add(&one.facts, &files, &page);
        }
    }
    Ok(())
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

fn channels(
    source: &Source,
    plan: &Plan,
    writer: &mut Writer,
    index: &mut Index,
) -> Result<(), ApiError> {
    for (number, channel) in plan.channels.iter().enumerate() {
        let channel = *channel;
        let facts = source.ask(move |hub, space| {
            hub.space(space)?;
            hub.facts(space, &channel).ok_or_else(ApiError::not_found)
        });
        // Put aside meanwhile: then it is not in the archive.
        let Ok(facts) = facts else { continue };
        let stem = format!("messages/{:05}-{}", number + 1, slug(&facts.title));
        let (data, page) = (format!("{stem}.json"), format!("{stem}.html"));
        let mut list = List::begin(writer, &data)?;
        messages(source, channel, |line| list.add(writer, line))?;
        list.end(writer)?;
        let start = page_start(&facts.title);
        writer.file(&page, start.as_bytes()).map_err(failed)?;
        messages(source, channel, |line| {
            writer.add(spoken(line).as_bytes()).map_err(failed)
        })?;
        writer.add(PAGE_END.as_bytes()).map_err(failed)?;
        index.add(&facts, &[data, page.clone()], &page);
    }
    Ok(())
}

fn messages(
    source: &Source,
    channel: ItemId,
    mut each: impl FnMut(&Spoken) -> Result<(), ApiError>,
) -> Result<(), ApiError> {
    let mut after: Option<Order> = None;
    loop {
        let piece = source
            .ask(move |hub, space| hub.archive_messages(space, &channel, after, PIECE_ROWS))?;
        let Some(last) = piece.last().and_then(|line| line.order) else {
            return Ok(());
        };
        after = Some(last);
        piece.iter().try_for_each(&mut each)?;
    }
}

/// Messages and comments whose channel or page is held or erased: they count, so they are kept.
fn loose(
    source: &Source,
    plan: &Plan,
    writer: &mut Writer,
    index: &mut Index,
) -> Result<(), ApiError> {
    if plan.loose.is_empty() {
        return Ok(());
    }
    let mut list = List::begin(writer, "loose.json")?;
    for piece in plan.loose.chunks(PIECE_ROWS) {
        let piece = piece.to_vec();
        let lines = source.ask(move |hub, space| {
            hub.space(space)?;
            Ok(hub.spoken(space, &piece))
        })?;
        for line in &lines {
            list.add(writer, line)?;
        }
    }
    list.end(writer)?;
    index
        .lines
        .push_str("<li><a href=\"loose.json\">…</a></li>\n");
    Ok(())
}

fn members(source: &Source, writer: &mut Writer) -> Result<(), ApiError> {
    let rows = source.ask(|hub, space| hub.member_rows(space))?;
    put_json(writer, "members.json", &rows)?;
    let head = ["name", "site", "job", "role", "sinceMs", "addedBy"];
    let mut table = csv_row(head);
    for row in &rows {
        let role = serde_json::to_value(row.role).unwrap_or_default();
        let since = row.since_ms.to_string();
        table.push_str(&csv_row([
            &*row.person.name,
            &row.person.site,
            row.person.job.as_deref().unwrap_or(""),
            role.as_str().unwrap_or(""),
            &since,
            row.added_by.as_ref().map_or("", |by| &by.name),
        ]));
    }
    writer.file("members.csv", table.as_bytes()).map_err(failed)
}

fn trail(source: &Source, writer: &mut Writer) -> Result<(), ApiError> {
    let mut list = List::begin(writer, "audit.json")?;
    trail_rows(source, |row| list.add(writer, row))?;
    list.end(writer)?;
    writer
        .file("audit.csv", crate::web::exports::TRAIL_HEAD.as_bytes())
        .map_err(failed)?;
    trail_rows(source, |row| {
        let row = crate::web::exports::trail_row(row);
        writer.add(row.as_bytes()).map_err(failed)
    })
}

fn trail_rows(
    source: &Source,
    mut each: impl FnMut(&AuditRow) -> Result<(), ApiError>,
) -> Result<(), ApiError> {
    let mut after: Option<String> = None;
    loop {
        let cursor = after.take();
        let page = source
            .ask(move |hub, space| hub.trail_page(*space, None, cursor.as_deref(), PIECE_ROWS))?;
        page.rows.iter().try_for_each(&mut each)?;
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}
