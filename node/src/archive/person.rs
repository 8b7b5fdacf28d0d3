//! Fills an archive with what one person wrote and what is kept about her, space after space. Runs
//! beside the hub like the archive of a space.

use std::fs::File;
use std::io::{BufWriter, Write};

use bocage_crdt::ids::{PersonId, SpaceId};
use serde_json::{Value, json};

use super::collect::{FREE, List, PIECE_ROWS, Writer, failed, put_json};
use super::texts::{moment, slug};
use super::{FORMAT, PersonManifest, write::ArchiveWriter};
use crate::api::ApiError;
use crate::hub::own_data::{OwnPlan, OwnRecord, OwnSpace};
use crate::hub::{Hub, HubHandle};

/// Said in the archive itself, to whoever opens it.
const README: &str = "\
# Mes données

- `account.json` : votre compte, et les appareils connectés à ce site.
- `spaces.json` : vos espaces, votre rôle, et les fichiers de chacun.
- `spaces/…/written.json` et `written.md` : vos messages, commentaires et remerciements.
- `spaces/…/pages.json` : les pages et articles où vous avez écrit ; le texte est joint (`pages/`) quand
  personne d’autre n’y a écrit.
- `held.json` : ce que vous avez écrit et qui attend un responsable.
- `read-marks.json` : jusqu’où vous avez lu.

Ce que d’autres ont écrit n’y est pas. Seul ce que ce site connaît y est : un espace qu’il ne porte pas
manque. Le mot de passe n’est connu de personne. `bocage verify` vérifie ce fichier.

# My data

- `account.json`: your account, and the devices signed in at this site.
- `spaces.json`: your spaces, your role, and the files of each.
- `spaces/…/written.json` and `written.md`: your messages, comments and thanks.
- `spaces/…/pages.json`: pages and posts in which you wrote; with the text (`pages/`) where nobody else
  wrote.
- `held.json`: what you wrote and waits for a manager.
- `read-marks.json`: how far you have read.

What others wrote is not here. Only what this site knows is: a space that it does not carry is missing.
Nobody knows the password. `bocage verify` checks this file.
";

/// What is asked of the hub, one piece at a time.
struct Source {
    hub: HubHandle,
    person: PersonId,
    runtime: tokio::runtime::Handle,
}

impl Source {
    fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&mut Hub, &PersonId) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let person = self.person;
        self.runtime
            .block_on(self.hub.act(move |hub| ask(hub, &person)))
    }
}

/// Writes somebody's own data into a file that is empty.
pub(crate) async fn own_data(
    hub: HubHandle,
    person: PersonId,
    file: File,
) -> Result<File, ApiError> {
    let _one = FREE.try_acquire().map_err(|_| ApiError::busy())?;
    let runtime = tokio::runtime::Handle::current();
    let work = tokio::task::spawn_blocking(move || {
        let source = Source {
            hub,
            person,
            runtime,
        };
        fill(&source, file)
    });
    // A panic in it was reported; nothing of the site depends on it.
    work.await.unwrap_or_else(|_| Err(ApiError::busy()))
}

fn fill(source: &Source, file: File) -> Result<File, ApiError> {
    let plan = source.ask(|hub, person| hub.own_plan(person))?;
    let mut writer = ArchiveWriter::new(BufWriter::new(file));
    let readme = writer.file("README.md", README.as_bytes());
    readme.map_err(failed)?;
    put_json(&mut writer, "account.json", &plan.account)?;
    put_json(&mut writer, "read-marks.json", &plan.read_marks)?;
    put_json(&mut writer, "held.json", &plan.held)?;
    let mut list = Vec::new();
    for space in &plan.spaces {
        list.extend(one_space(source, *space, list.len() + 1, &mut writer)?);
    }
    put_json(&mut writer, "spaces.json", &list)?;
    finish(source, plan, writer)
}

fn finish(source: &Source, plan: OwnPlan, writer: Writer) -> Result<File, ApiError> {
    let manifest = |files| PersonManifest {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        person: source.person,
        person_name: plan.name.clone(),
        realm_name: plan.realm_name.clone(),
        site: plan.site.id,
        site_name: plan.site.name.clone(),
        made_ms: plan.made_ms,
        files,
    };
    let mut buffer = writer.finish(manifest, &plan.key).map_err(failed)?;
    let flushed = buffer.flush().and_then(|()| buffer.get_ref().sync_all());
    flushed.map_err(|error| failed(error.into()))?;
    let file = buffer.into_inner();
    file.map_err(|error| failed(error.into_error().into()))
}

/// One space; nothing when it does not concern her.
fn one_space(
    source: &Source,
    space: SpaceId,
    number: usize,
    writer: &mut Writer,
) -> Result<Option<Value>, ApiError> {
    let OwnSpace {
        mut facts,
        name,
        records,
        mut pages,
    } = source.ask(move |hub, person| hub.own_space(&space, person))?;
    while !pages.is_done() {
        let search = std::mem::take(&mut pages);
        pages = source.ask(move |hub, person| hub.own_pages(&space, person, search))?;
    }
    let mut files = Vec::new();
    let concerns = !facts["role"].is_null() || !records.is_empty() || !pages.found.is_empty();
    if concerns {
        let folder = format!("spaces/{number:05}-{}", slug(&name));
        if !records.is_empty() {
            files.extend(written(source, space, &records, &folder, writer)?);
        }
        if !pages.found.is_empty() {
            files.extend(texts(source, space, &pages.found, &folder, writer)?);
        }
        facts["files"] = json!(files);
    }
    source.ask(|hub, _| {
        hub.own_space_read();
        Ok(())
    })?;
    Ok(concerns.then_some(facts))
}

fn each_record(
    source: &Source,
    space: SpaceId,
    records: &[bocage_crdt::ids::ItemId],
    mut each: impl FnMut(&OwnRecord) -> Result<(), ApiError>,
) -> Result<(), ApiError> {
    for piece in records.chunks(PIECE_ROWS) {
        let piece = piece.to_vec();
        let found = source.ask(move |hub, person| hub.own_records(&space, person, &piece))?;
        found.iter().try_for_each(&mut each)?;
    }
    Ok(())
}

/// What she said, as data and to be read.
fn written(
    source: &Source,
    space: SpaceId,
    records: &[bocage_crdt::ids::ItemId],
    folder: &str,
    writer: &mut Writer,
) -> Result<[String; 2], ApiError> {
    let (data, page) = (
        format!("{folder}/written.json"),
        format!("{folder}/written.md"),
    );
    let mut list = List::begin(writer, &data)?;
    each_record(source, space, records, |record| {
        list.add(writer, &record.facts)
    })?;
    list.end(writer)?;
    writer.begin(&page).map_err(failed)?;
    each_record(source, space, records, |record| {
        for (place, ms, text) in &record.texts {
            let line = match place.as_str() {
                "" => format!("## {}\n\n{text}\n\n", moment(*ms)),
                place => format!("## {place}, {}\n\n{text}\n\n", moment(*ms)),
            };
            writer.add(line.as_bytes()).map_err(failed)?;
        }
        Ok(())
    })?;
    Ok([data, page])
}

/// Pages and posts in which she wrote.
fn texts(
    source: &Source,
    space: SpaceId,
    found: &[(bocage_crdt::ids::ItemId, bool)],
    folder: &str,
    writer: &mut Writer,
) -> Result<Vec<String>, ApiError> {
    let (mut rows, mut files) = (Vec::new(), Vec::new());
    for (item, alone) in found.iter().copied() {
        let page = source.ask(move |hub, person| hub.own_page(&space, person, &item, alone))?;
        let Some(mut page) = page else { continue };
        if let Some(text) = page.markdown {
            let number = rows.len() + 1;
            let file = format!("{folder}/pages/{number:05}-{}.md", slug(&page.title));
            writer.file(&file, text.as_bytes()).map_err(failed)?;
            page.facts["file"] = json!(file);
            files.push(file);
        }
        rows.push(page.facts);
    }
    let list = format!("{folder}/pages.json");
    put_json(writer, &list, &rows)?;
    files.push(list);
    Ok(files)
}
