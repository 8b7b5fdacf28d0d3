//! Checks the contents of an archive against the signed entries in it: every readable file is made
//! again from what its entries give, and must be the same. What is proven: each text is its
//! author's site's, of the moment that its entry says; the members are those that the decisions
//! give; no file stands without entries. What is not: that the site that made the archive put
//! every item in, that a site signed for the person it names, and the names of people and sites.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Seek};

use bocage_crdt::features::{Content, Feature};
use bocage_crdt::html::html;
use bocage_crdt::ids::{EntryId, ItemId, PersonId};
use bocage_crdt::markdown::markdown;
use bocage_protocol::entry::{Entry, EntryKind};
use bocage_protocol::rights::{Rights, Writer};
use serde::de::DeserializeOwned;
use zip::ZipArchive;

use super::report::{Listed, Proven, Report, Settled};
use super::signed::{SignedEntry, Signers};
use super::texts::{PAGE_END, document_page, index_page, members_table, page_start, spoken};
use super::verify::Fault;
use super::{File, MANIFEST_BYTES_MAX, Manifest, REPLAYED_BYTES_MAX, ROW_BYTES_MAX, replay};
use crate::api::oversight::AuditRow;
use crate::api::rows::Member;
use crate::hub::archive::{Facts, Spoken};
use crate::hub::role_word;
use crate::web::exports::{TRAIL_HEAD, trail_row};

/// Makes a file again without keeping it.
struct Again {
    bytes: u64,
    hasher: blake3::Hasher,
}

impl Again {
    fn of(text: &str) -> Self {
        let mut again = Self {
            bytes: 0,
            hasher: blake3::Hasher::new(),
        };
        again.add(text);
        again
    }

    fn add(&mut self, text: &str) {
        self.bytes += text.len() as u64;
        self.hasher.update(text.as_bytes());
    }
}

struct Prover<'a, R> {
    zip: &'a mut ZipArchive<R>,
    manifest: &'a Manifest,
    files: BTreeMap<&'a str, &'a File>,
    signers: Signers,
    /// Files that were checked against entries.
    explained: BTreeSet<String>,
    entries: u64,
}

fn not_as_signed(file: &str, what: &str) -> Fault {
    Fault::NotAsSigned {
        file: file.to_owned(),
        what: what.to_owned(),
    }
}

/// Checks what [`super::verify`] found whole.
pub(super) fn prove<R: Read + Seek>(
    zip: &mut ZipArchive<R>,
    manifest: Manifest,
) -> Result<Report, Fault> {
    let mut prover = Prover {
        zip,
        manifest: &manifest,
        files: manifest.files.iter().map(|it| (&*it.name, it)).collect(),
        signers: Signers::of(&manifest),
        explained: BTreeSet::new(),
        entries: 0,
    };
    let (decisions, members) = prover.rights()?;
    let settled = prover.space()?;
    let contents: Vec<Listed> = prover.whole("contents.json", MANIFEST_BYTES_MAX)?;
    let mut items = Vec::with_capacity(contents.len());
    for row in &contents {
        items.push(prover.item(row)?);
    }
    let has_loose = prover.files.contains_key("loose.json");
    if has_loose {
        prover.lines("loose.json", None, |_| ())?;
    }
    let told = (&*settled.name, &*settled.description);
    let page = index_page(told, &manifest, &contents, has_loose);
    prover.same("index.html", &Again::of(&page))?;
    let files = manifest.files.iter().map(|file| &file.name);
    for name in files {
        if !prover.explained.contains(name) {
            return Err(not_as_signed(name, "no entry gives it"));
        }
    }
    let entries = prover.entries;
    Ok(Report {
        items,
        decisions,
        members,
        entries,
        manifest,
    })
}

impl<R: Read + Seek> Prover<'_, R> {
    fn listed(&self, name: &str) -> Result<&File, Fault> {
        let found = self.files.get(name).copied();
        found.ok_or_else(|| Fault::Missing(name.to_owned()))
    }

    /// A small file, read.
    fn whole<T: DeserializeOwned>(&mut self, name: &str, bytes_max: u64) -> Result<T, Fault> {
        if self.listed(name)?.bytes > bytes_max {
            return Err(Fault::TooLarge(name.to_owned()));
        }
        let file = self.zip.by_name(name);
        let file = file.map_err(|_| Fault::Missing(name.to_owned()))?;
        self.explained.insert(name.to_owned());
        serde_json::from_reader(BufReader::new(file))
            .map_err(|error| not_as_signed(name, &format!("it does not read: {error}")))
    }

    /// Hands over each row of a list, which stands on a line of its own.
    fn rows<T: DeserializeOwned>(
        &mut self,
        name: &str,
        mut take: impl FnMut(&Signers, T) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.listed(name)?;
        let file = self.zip.by_name(name);
        let file = file.map_err(|_| Fault::Missing(name.to_owned()))?;
        self.explained.insert(name.to_owned());
        let mut reader = BufReader::new(file);
        let mut line = Vec::new();
        loop {
            line.clear();
            let most = ROW_BYTES_MAX as u64 + 1;
            let read = (&mut reader).take(most).read_until(b'\n', &mut line);
            read.map_err(|_| Fault::Changed(name.to_owned()))?;
            if line.len() > ROW_BYTES_MAX {
                return Err(Fault::TooLarge(name.to_owned()));
            }
            let row = line.strip_suffix(b"\n").unwrap_or(&line);
            let row = row.strip_suffix(b",").unwrap_or(row);
            match row {
                b"" => return Ok(()),
                b"[" | b"]" => {}
                row => {
                    let row = serde_json::from_slice(row);
                    let wrong = |error| not_as_signed(name, &format!("a row: {error}"));
                    take(&self.signers, row.map_err(wrong)?)?;
                }
            }
        }
    }

    /// The entries in a file, each signed by the site that keeps its log.
    fn entries(&mut self, name: &str) -> Result<Vec<Entry>, Fault> {
        if self.listed(name)?.bytes > REPLAYED_BYTES_MAX {
            return Err(Fault::TooLarge(name.to_owned()));
        }
        let mut entries = Vec::new();
        self.rows(name, |signers, signed: SignedEntry| {
            entries.push(opened(signers, name, &signed)?);
            Ok(())
        })?;
        self.entries += entries.len() as u64;
        Ok(entries)
    }

    /// Whether a file is what was made again.
    fn same(&mut self, name: &str, again: &Again) -> Result<(), Fault> {
        let file = self.listed(name)?;
        let hash = again.hasher.finalize();
        let same = file.bytes == again.bytes && file.blake3 == hash.to_hex().as_str();
        self.explained.insert(name.to_owned());
        match same {
            true => Ok(()),
            false => Err(not_as_signed(name, "its entries give another text")),
        }
    }

    fn rights(&mut self) -> Result<(u64, u64), Fault> {
        const NAME: &str = "rights.entries.json";
        let entries = self.entries(NAME)?;
        if let Some(other) = entries.iter().find(|it| !it.header.kind.is_of_rights()) {
            return Err(wrong_entry(NAME, other.id, "it decides nothing"));
        }
        let writer = |entry: &Entry| -> Option<Writer> {
            let signer = self.signers.signer(&entry.header.log);
            signer.map(|it| it.writer)
        };
        let with_writers = entries.iter().filter_map(|it| Some((it, writer(it)?)));
        let rights = Rights::of(self.manifest.space, with_writers);
        let by_id: BTreeMap<EntryId, &Entry> = entries.iter().map(|it| (it.id, it)).collect();
        let members: Vec<Member> = self.whole("members.json", MANIFEST_BYTES_MAX)?;
        let now = rights.now();
        let given: BTreeSet<_> = now
            .persons
            .iter()
            .filter(|(person, _)| !now.hosts.values().any(|host| host.person == **person))
            .filter_map(|(person, member)| {
                let since = by_id.get(&member.since).map_or(0, |it| it.header.wall_ms);
                let by = (member.added_by != *person).then_some(member.added_by);
                Some((*person, role_word(member.role)?, since, by))
            })
            .collect();
        let said = members.iter().map(|it| {
            let by = it.added_by.as_ref().map(|by| by.id);
            (it.person.id, it.role, it.since_ms, by)
        });
        if said.collect::<BTreeSet<_>>() != given || given.len() != members.len() {
            let why = "the decisions give other members";
            return Err(not_as_signed("members.json", why));
        }
        self.same("members.csv", &Again::of(&members_table(&members)))?;
        let mut table = Again::of(TRAIL_HEAD);
        self.rows("audit.json", |signers, row: AuditRow| {
            let header = by_id.get(&row.id).map(|it| &it.header);
            let same = header.is_some_and(|header| {
                (header.author, header.wall_ms) == (row.by.id, row.at_ms)
                    && signers.node_of(&header.log) == Some(row.site.id)
            });
            if !same {
                let why = format!("no decision is row {}", row.id);
                return Err(not_as_signed("audit.json", &why));
            }
            table.add(&trail_row(&row));
            Ok(())
        })?;
        self.same("audit.csv", &table)?;
        Ok((entries.len() as u64, members.len() as u64))
    }

    fn space(&mut self) -> Result<Settled, Fault> {
        const NAME: &str = "space.json";
        let settled: Settled = self.whole(NAME, MANIFEST_BYTES_MAX)?;
        let entries = self.entries("space.entries.json")?;
        let root = ItemId::root(&self.manifest.space);
        let (_, content) = self.document("space.entries.json", root, &entries)?;
        let said = [
            ("name", &settled.name),
            ("description", &settled.description),
            ("colour", &settled.colour),
            ("symbol", &settled.symbol),
            ("visibility", &settled.visibility),
        ];
        for (key, value) in said {
            if content.scalar_text(key) != value {
                return Err(not_as_signed(NAME, key));
            }
        }
        let named = settled.name == self.manifest.space_name;
        if settled.id != self.manifest.space || !named {
            return Err(not_as_signed(NAME, "the manifest names another space"));
        }
        Ok(settled)
    }

    /// What the entries of a document give together.
    fn document(
        &self,
        file: &str,
        item: ItemId,
        entries: &[Entry],
    ) -> Result<(&'static dyn Feature, bocage_crdt::features::DocumentContent), Fault> {
        let made = replay::making(entries).and_then(replay::feature);
        let known = made.and_then(|feature| Some((feature, replay::genesis(feature)?)));
        let (feature, genesis) =
            known.ok_or_else(|| not_as_signed(file, "no entry makes such an item"))?;
        for entry in entries {
            let fits = entry.header.item == item
                && entry.header.kind == EntryKind::Changes
                && entry.payload.is_some();
            if !fits {
                return Err(wrong_entry(file, entry.id, "it does not belong here"));
            }
        }
        let node_of = |log: &_| self.signers.node_of(log);
        Ok((feature, replay::document(item, genesis, entries, node_of)))
    }

    fn item(&mut self, row: &Listed) -> Result<Proven, Fault> {
        let facts = &row.facts;
        let unlisted = || not_as_signed("contents.json", &format!("the files of {}", facts.id));
        let [first, page, entries_file, more @ ..] = &row.files[..] else {
            return Err(unlisted());
        };
        let entries = self.entries(entries_file)?;
        let (own, thanks): (Vec<Entry>, Vec<Entry>) = entries
            .into_iter()
            .partition(|it| it.header.item == facts.id);
        self.thanks(entries_file, facts, &thanks)?;
        if replay::making(&own).is_none() {
            return Err(not_as_signed(entries_file, "no entry makes such an item"));
        }
        if !is_by(facts, &own) {
            let what = format!("who wrote {}, or when", facts.id);
            return Err(not_as_signed("contents.json", &what));
        }
        let sites = own.iter();
        let sites = sites.filter_map(|it| self.signers.signer(&it.header.log));
        let sites = sites.map(|it| it.site_name.clone()).collect();
        let count = (own.len() + thanks.len()) as u64;
        let before = self.entries;
        let (feature, title, said) = match more {
            [] | [_] if facts.kind != "channel" => {
                let comments: Vec<Spoken> = match more {
                    [said] => {
                        let said_max = REPLAYED_BYTES_MAX;
                        let comments: Vec<Spoken> = self.whole(said, said_max)?;
                        for line in &comments {
                            self.entries += check_line(&self.signers, said, line, Some(facts.id))?;
                        }
                        comments
                    }
                    _ => Vec::new(),
                };
                let (feature, content) = self.document(entries_file, facts.id, &own)?;
                if row.local {
                    // Named in the report: its text is not what all its entries give.
                    self.explained.extend([first.clone(), page.clone()]);
                } else {
                    let text = markdown(&content.title, &content.body);
                    self.same(first, &Again::of(&text))?;
                    let shown = document_page(facts, &html(&content.body), &comments);
                    self.same(page, &Again::of(&shown))?;
                }
                let title = feature.title(&Content::Document(content));
                (feature, title, comments.len() as u64)
            }
            [] => {
                let (feature, title) = record_title(&own).ok_or_else(unlisted)?;
                let mut again = Again::of(&page_start(&facts.title));
                let said = self.lines(first, Some(facts.id), |line| again.add(&spoken(line)))?;
                again.add(PAGE_END);
                self.same(page, &again)?;
                (feature, title, said)
            }
            _ => return Err(unlisted()),
        };
        let title_holds = title == facts.title || row.local;
        if feature.name() != facts.kind || !title_holds {
            let what = format!("kind or title of {}", facts.id);
            return Err(not_as_signed("contents.json", &what));
        }
        Ok(Proven {
            kind: facts.kind.clone(),
            title: facts.title.clone(),
            file: page.clone(),
            author: facts.author.clone(),
            created_ms: facts.created_ms,
            changed_by: facts.changed_by.clone(),
            changed_ms: facts.changed_ms,
            sites,
            entries: count + (self.entries - before),
            said,
            local: row.local,
        })
    }

    fn thanks(&self, file: &str, facts: &Facts, entries: &[Entry]) -> Result<(), Fault> {
        let mut by_item: BTreeMap<ItemId, Vec<Entry>> = BTreeMap::new();
        for entry in entries {
            let of = by_item.entry(entry.header.item).or_default();
            of.push(entry.clone());
        }
        let mut people = BTreeSet::new();
        for entries in by_item.values() {
            let made = replay::making(entries);
            let stands = made.is_some_and(|made| {
                let on = made.header.creation.map(|it| it.parent);
                let feature = replay::feature(made).filter(|it| it.name() == "thanks");
                let versions = feature.and_then(|it| replay::versions(it, entries));
                let shown = versions.and_then(|mut it| it.pop());
                on == Some(facts.id) && shown.is_some_and(|(_, it)| !it.flag("withdrawn"))
            });
            match made.filter(|_| stands) {
                Some(made) => people.insert(made.header.author),
                None => return Err(wrong_entry(file, entries[0].id, "it does not belong here")),
            };
        }
        let said: BTreeSet<PersonId> = facts.thanks.iter().map(|it| it.id).collect();
        match said == people {
            true => Ok(()),
            false => Err(not_as_signed("contents.json", "who thanked")),
        }
    }

    /// A list of messages or comments.
    fn lines(
        &mut self,
        name: &str,
        on: Option<ItemId>,
        mut each: impl FnMut(&Spoken),
    ) -> Result<u64, Fault> {
        let (mut said, mut entries) = (0, 0);
        self.rows(name, |signers, line: Spoken| {
            entries += check_line(signers, name, &line, on)?;
            said += 1;
            each(&line);
            Ok(())
        })?;
        self.entries += entries;
        Ok(said)
    }
}

fn wrong_entry(file: &str, entry: EntryId, what: &str) -> Fault {
    Fault::WrongEntry {
        file: file.to_owned(),
        entry: Some(entry),
        what: what.to_owned(),
    }
}

fn opened(signers: &Signers, file: &str, signed: &SignedEntry) -> Result<Entry, Fault> {
    signers.open(signed).map_err(|what| Fault::WrongEntry {
        file: file.to_owned(),
        entry: super::from_hex(&signed.header)
            .map(|bytes| bocage_protocol::entry::Header::id_of(&bytes)),
        what: what.to_owned(),
    })
}

/// The title that a record's entries give.
fn record_title(entries: &[Entry]) -> Option<(&'static dyn Feature, String)> {
    let feature = replay::feature(replay::making(entries)?)?;
    let (_, record) = replay::versions(feature, entries)?.pop()?;
    let title = feature.title(&Content::Record(record));
    Some((feature, title))
}

/// Whether an item was made and changed by whom, and when, its entries say.
fn is_by(facts: &Facts, entries: &[Entry]) -> bool {
    let (Some(made), Some(last)) = (replay::making(entries), replay::last(entries)) else {
        return false;
    };
    let (made, last) = (&made.header, &last.header);
    (made.author, made.wall_ms) == (facts.author.id, facts.created_ms)
        && (last.author, last.wall_ms) == (facts.changed_by.id, facts.changed_ms)
}

/// Checks a message or comment against its own entries; gives their number.
fn check_line(
    signers: &Signers,
    file: &str,
    line: &Spoken,
    on: Option<ItemId>,
) -> Result<u64, Fault> {
    let mut entries = Vec::with_capacity(line.entries.len());
    for signed in &line.entries {
        let entry = opened(signers, file, signed)?;
        if entry.header.item != line.id {
            return Err(wrong_entry(file, entry.id, "it does not belong here"));
        }
        entries.push(entry);
    }
    let holds = (|| {
        let made = replay::making(&entries)?;
        let feature = replay::feature(made)?;
        let mut versions = replay::versions(feature, &entries)?;
        let (_, shown) = versions.pop()?;
        versions.reverse();
        let others = versions
            .iter()
            .zip(&line.others)
            .all(|((entry, it), other)| {
                let header = &entry.header;
                it.text("text") == other.text
                    && (header.author, header.wall_ms) == (other.by.id, other.at_ms)
            });
        let parent = made.header.creation.map(|it| it.parent);
        let same = ["message", "comment"].contains(&feature.name())
            && (on.is_none() || on == parent)
            && (made.header.author, made.header.wall_ms) == (line.author.id, line.at_ms)
            && shown.text("text") == line.text
            && shown.flag("edited") == line.edited
            && shown.flag("withdrawn") == line.withdrawn
            && versions.len() == line.others.len()
            && others;
        same.then_some(())
    })();
    match holds {
        Some(()) => Ok(entries.len() as u64),
        None => Err(not_as_signed(
            file,
            &format!("{}: not what its entries give", line.id),
        )),
    }
}
