//! One's own data, piece by piece, for the archive that a person takes away: what she wrote, and of
//! what others wrote only the titles that say where. The hub does other work between pieces.

use bocage_crdt::features::DocumentContent;
use bocage_crdt::ids::{ItemId, PersonId, SpaceId};
use bocage_crdt::markdown::markdown;
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};

use super::Hub;
use super::admitting::NotNamed;
use super::item::{Body, Item};
use super::rows::{kind, role_word};
use crate::api::ApiError;
use crate::api::rows::SiteRef;

/// Entries read in one piece when it is asked who wrote in a page: about 10 ms.
const ENTRIES_PER_PIECE: usize = 500;

/// What is in it beside the spaces.
pub(crate) struct OwnPlan {
    pub name: String,
    pub account: Value,
    pub read_marks: Vec<Value>,
    pub held: Vec<Value>,
    pub spaces: Vec<SpaceId>,
    pub site: SiteRef,
    pub realm_name: String,
    pub made_ms: u64,
    pub key: SigningKey,
}

/// One space, before its content is read.
pub(crate) struct OwnSpace {
    /// As the list of spaces says it; without a name where she may not read any more.
    pub facts: Value,
    pub name: String,
    /// Messages, comments and the like that she wrote.
    pub records: Vec<ItemId>,
    pub pages: PageSearch,
}

/// A message, a comment, a word of thanks.
pub(crate) struct OwnRecord {
    pub facts: Value,
    /// Where and when, and her words; several where she wrote at two places at once.
    pub texts: Vec<(String, u64, String)>,
}

/// A page or post in which she wrote.
pub(crate) struct OwnPage {
    pub title: String,
    pub facts: Value,
    /// Where nobody else wrote.
    pub markdown: Option<String>,
}

/// The search for pages and posts in which somebody wrote: as far as it is.
#[derive(Default)]
pub(crate) struct PageSearch {
    all: Vec<ItemId>,
    next_item: usize,
    next_entry: usize,
    hers: bool,
    others: bool,
    /// Those found, and whether nobody else wrote in them.
    pub found: Vec<(ItemId, bool)>,
}

impl PageSearch {
    pub(crate) fn is_done(&self) -> bool {
        self.next_item == self.all.len()
    }
}

fn wrote_record(item: &Item, person: &PersonId) -> bool {
    let others = item.others().iter();
    item.record().is_some()
        && (item.creator == *person
            || item.changed_by == *person
            || others.into_iter().any(|other| other.by == *person))
}

impl Hub {
    /// The person of a login, for the command line.
    pub(crate) fn person_to_export(&mut self, login: &str) -> Result<PersonId, NotNamed> {
        self.person_named(login)
    }

    /// What there is.
    pub(crate) fn own_plan(&mut self, person: &PersonId) -> Result<OwnPlan, ApiError> {
        let known = self.directory.person(person).filter(|it| !it.deleted);
        let known = known.cloned().ok_or_else(ApiError::not_found)?;
        self.know_marks(person);
        let shown = self.directory.person_ref(person);
        let devices = self.sessions.values().filter(|it| it.person == *person);
        let devices: Vec<Value> = devices
            .map(|it| {
                json!({ "startedMs": it.started_ms, "lastSeenMs": it.last_seen_ms,
                    "userAgent": it.user_agent, "language": it.language, "theme": it.theme })
            })
            .collect();
        let told = |told: Option<(PersonId, u64)>| {
            told.map(|(by, at)| json!({ "by": self.directory.person_ref(&by).name, "atMs": at }))
        };
        let account = json!({
            "id": person, "name": known.name, "login": known.login, "job": known.job,
            "homeSite": shown.site, "partner": shown.partner,
            "passwordChangedMs": known.changed_ms, "moved": told(known.moved),
            "letIn": told(known.readmitted), "rights": self.directory.rights(person),
            "devicesAtThisSite": devices,
        });
        let marks = self.marks.get(person).into_iter().flatten();
        let read_marks = marks
            .map(|(item, (up_to, _))| json!({ "item": item, "upTo": up_to.to_text() }))
            .collect();
        let held = self.own_held_page(person).rows.into_iter();
        let held = held
            .map(|row| {
                json!({ "space": row.space, "item": row.item, "kind": row.kind,
                    "title": row.title, "text": row.text, "fromMs": row.from_ms, "toMs": row.to_ms })
            })
            .collect();
        let spaces = self.summaries.iter();
        let spaces = spaces.filter(|(_, summary)| summary.people_space);
        Ok(OwnPlan {
            name: known.name,
            account,
            read_marks,
            held,
            spaces: spaces.map(|(space, _)| *space).collect(),
            site: self.site_ref(),
            realm_name: self.me.realm_name.clone(),
            made_ms: self.clock.wall_ms(),
            key: self.me.node_key.clone(),
        })
    }

    /// What of a space is hers; nothing where she is no member and wrote nothing. What was typed
    /// until now is logged first.
    pub(crate) fn own_space(
        &mut self,
        space: &SpaceId,
        person: &PersonId,
    ) -> Result<OwnSpace, ApiError> {
        self.space(space)?;
        for item in self.documents.of_space(space) {
            self.log_now(&item);
        }
        self.show(space, &ItemId::root(space));
        let member = self.space(space)?.rights.now().persons.get(person);
        let member = member.map(|member| (member.role, member.since));
        let readable = self.may_read(space, person);
        let name = match readable {
            true => self.setting(space, "name"),
            false => String::new(),
        };
        let loaded = self.space(space)?;
        let since = member.and_then(|(_, since)| loaded.rights_times.get(&since));
        let facts = json!({
            "id": space, "name": name, "role": member.and_then(|(role, _)| role_word(role)),
            "sinceMs": since,
        });
        let mut records: Vec<_> = loaded
            .items
            .iter()
            .filter(|(_, row)| wrote_record(row, person))
            .map(|(id, row)| (row.created, *id))
            .collect();
        records.sort_unstable();
        let pages = ["page", "post"].into_iter();
        let pages = pages.flat_map(|name| loaded.of_kind(kind(name)));
        let mut pages: Vec<_> = pages.map(|(id, row)| (row.created, *id)).collect();
        pages.sort_unstable();
        Ok(OwnSpace {
            facts,
            name,
            records: records.into_iter().map(|(_, id)| id).collect(),
            pages: PageSearch {
                all: pages.into_iter().map(|(_, id)| id).collect(),
                ..PageSearch::default()
            },
        })
    }

    /// Her words among these items.
    pub(crate) fn own_records(
        &mut self,
        space: &SpaceId,
        person: &PersonId,
        items: &[ItemId],
    ) -> Result<Vec<OwnRecord>, ApiError> {
        self.space(space)?;
        let readable = self.may_read(space, person);
        let parents = items.iter().map(|item| self.shown_parent(space, item));
        for parent in parents.collect::<Vec<_>>() {
            self.show(space, &parent);
        }
        let loaded = self.space(space)?;
        let mut found = Vec::with_capacity(items.len());
        for id in items {
            let (Some(row), Some(feature)) = (
                loaded.items.get(id),
                loaded.items.get(id).and_then(|row| row.feature()),
            ) else {
                // Erased meanwhile.
                continue;
            };
            let place = loaded.items.get(&row.parent).filter(|_| readable);
            let place = place.map_or_else(String::new, |parent| parent.title());
            let hers = row.changed_by == *person;
            let shown = (row.changed_ms, row.record().filter(|_| hers));
            let others = row.others().iter().filter(|other| other.by == *person);
            let versions = others.map(|other| (other.ms, Some(&other.record)));
            let texts = std::iter::once(shown)
                .chain(versions)
                .filter_map(|(ms, record)| Some((ms, record?.text("text").to_owned())))
                .filter(|(_, text)| !text.is_empty())
                .map(|(ms, text)| (place.clone(), ms, text))
                .collect();
            let facts = json!({
                "id": id, "kind": feature.name(), "in": row.parent, "inTitle": place,
                "created": row.creator == *person, "createdMs": row.created_ms,
                // Of what others changed since, their words are not hers.
                "changedMs": hers.then_some(row.changed_ms),
                "fields": hers.then(|| row.fields()),
            });
            found.push(OwnRecord { facts, texts });
        }
        Ok(found)
    }

    /// Goes on with the search for pages in which she wrote.
    pub(crate) fn own_pages(
        &mut self,
        space: &SpaceId,
        person: &PersonId,
        mut search: PageSearch,
    ) -> Result<PageSearch, ApiError> {
        let mut left = ENTRIES_PER_PIECE;
        while let Some(item) = search.all.get(search.next_item).copied() {
            let places = match self.space(space)?.items.get(&item).map(|row| &row.body) {
                Some(Body::Document { entries, .. }) => {
                    let rest = entries.iter().skip(search.next_entry);
                    rest.take(left).copied().collect()
                }
                _ => Vec::new(),
            };
            if places.is_empty() {
                if search.hers {
                    search.found.push((item, !search.others));
                }
                (search.hers, search.others) = (false, false);
                (search.next_item, search.next_entry) = (search.next_item + 1, 0);
                continue;
            }
            left -= places.len();
            search.next_entry += places.len();
            for place in places {
                let stored = self.stored_entry(place);
                let Some(entry) = stored.map_err(|error| self.cannot_read(error))? else {
                    continue;
                };
                let carried = entry.header.carried.iter().map(|carried| carried.author);
                for author in carried.chain([entry.header.author]) {
                    match author == *person {
                        true => search.hers = true,
                        false => search.others = true,
                    }
                }
            }
            if left == 0 {
                break;
            }
        }
        Ok(search)
    }

    /// A page or post in which she wrote; its text where nobody else did.
    pub(crate) fn own_page(
        &mut self,
        space: &SpaceId,
        person: &PersonId,
        item: &ItemId,
        alone: bool,
    ) -> Result<Option<OwnPage>, ApiError> {
        self.space(space)?;
        self.show(space, item);
        let shown = alone || self.may_read(space, person);
        let Some(facts) = self.facts(space, item) else {
            return Ok(None);
        };
        let markdown = match alone {
            true => {
                let (mut document, _, _) = self.read_document(space, item)?;
                document.settle();
                let content = DocumentContent::of(&document);
                Some(markdown(&content.title, &content.body))
            }
            false => None,
        };
        let title = match shown {
            true => facts.title,
            false => String::new(),
        };
        let changed = facts.changed_by.id == *person;
        Ok(Some(OwnPage {
            facts: json!({
                "id": item, "kind": facts.kind, "title": title,
                "created": facts.author.id == *person, "createdMs": facts.created_ms,
                "lastChangedMs": changed.then_some(facts.changed_ms), "alone": alone,
            }),
            title,
            markdown,
        }))
    }

    /// A space was read: the least used ones may be put away.
    pub(crate) fn own_space_read(&mut self) {
        self.put_away_idle();
    }
}
