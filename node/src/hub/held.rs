//! Held work of a space: what waits for a manager, as rows that say who, what and why.
//!
//! `held_index` says what there is; a row is read from the disk when it is shown. Held
//! text leaves here as plain text only, documents through the gate like everything else.

use std::collections::{BTreeMap, BTreeSet};

use bocage_crdt::blocks::plain_text;
use bocage_crdt::document::Document;
use bocage_crdt::features::read_mark::Order;
use bocage_crdt::features::{self, Content, DocumentContent, Feature, Payload};
use bocage_crdt::ids::{EntryId, ItemId, NodeId, PersonId, SpaceId};
use bocage_crdt::record::Record;
use bocage_protocol::entry::Entry;
use bocage_protocol::rights::{HeldReason, Role};

use super::Hub;
use super::documents::{admit_all, entry_changes};
use super::held_index::{ENTRIES_PER_ROW_MAX, Group, Said};
use super::trying::Odd;
use crate::api::ApiError;
use crate::api::oversight::{HeldPage, HeldRow, HeldWhy};
use crate::api::rows::SiteRef;
use crate::store::EntryPlace;

/// Characters of held text in a row: two screens; what is longer is read once it counts.
const TEXT_SHOWN: usize = 4_000;

/// The word of a reason, and the operation behind it.
pub(super) fn why(reason: HeldReason) -> (HeldWhy, Option<EntryId>) {
    match reason {
        HeldReason::NoRight => (HeldWhy::NoRight, None),
        HeldReason::Removed(by) => (HeldWhy::Removed, Some(by)),
        HeldReason::NotHost => (HeldWhy::NotHost, None),
        HeldReason::HostRemoved(by) => (HeldWhy::HostRemoved, Some(by)),
        HeldReason::Closed(by) => (HeldWhy::Closed, Some(by)),
        HeldReason::Quarantined(by) => (HeldWhy::Quarantined, Some(by)),
        HeldReason::Forked => (HeldWhy::Forked, None),
        HeldReason::NotDescended => (HeldWhy::NotDescended, None),
        HeldReason::NotAdmitted => (HeldWhy::NotAdmitted, None),
    }
}

/// What a held row says of its content.
#[derive(Default)]
struct Read {
    title: String,
    text: Option<String>,
    words: Option<u32>,
}

fn cut(text: &str) -> String {
    text.chars().take(TEXT_SHOWN).collect()
}

fn words(text: &str) -> u32 {
    text.split_whitespace().count() as u32
}

/// Lines that are not among those of `before`, and the number of words that are new.
fn added(before: &str, after: &str) -> (Vec<String>, Vec<String>) {
    let known: BTreeSet<&str> = before.lines().collect();
    let lines = after.lines().filter(|line| !known.contains(line));
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for word in before.split_whitespace() {
        *left.entry(word).or_default() += 1;
    }
    let new = after
        .split_whitespace()
        .filter(|word| match left.get_mut(word) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        });
    (
        lines.map(str::to_owned).collect(),
        new.map(str::to_owned).collect(),
    )
}

fn whole_text(content: &DocumentContent) -> String {
    format!("{}\n{}", content.title, plain_text(&content.body))
}

impl Hub {
    /// What waits for a manager of a space; a person who is none gets her own held work.
    pub(super) fn held_page(
        &mut self,
        space: &SpaceId,
        person: &PersonId,
        aside: bool,
        after: Option<&str>,
        limit: usize,
    ) -> Result<HeldPage, ApiError> {
        self.space(space)?;
        let manages = self.may(space, person, Role::MANAGER);
        let readable = self.readable(space, person).is_ok();
        let after = match after {
            Some(text) => Some(Order::parse(text).ok_or_else(|| ApiError::value("after"))?),
            None => None,
        };
        let loaded = self.space(space)?;
        if !manages && !readable && loaded.count_own_held(person) == 0 {
            return Err(ApiError::not_found());
        }
        let said = loaded.said_of_held();
        let below = |at: Order| after.is_none_or(|after| at < after);
        let mut groups = loaded.held_groups();
        let mut operations = loaded.held_operations();
        if !manages {
            groups.retain(|group| group.author() == *person);
            operations.clear();
        }
        let left = groups.iter().filter(|group| !group.waits(&said)).count();
        if manages {
            groups.retain(|group| group.waits(&said) != aside);
            operations
                .retain(|(at, ..)| said.get(&at.entry).is_some_and(|said| said.aside) == aside);
        }
        groups.retain(|group| below(group.at));
        operations.retain(|(at, ..)| below(*at));
        let mut order: Vec<Order> = groups.iter().map(|group| group.at).collect();
        order.extend(operations.iter().map(|(at, ..)| *at));
        order.sort_unstable_by_key(|at| std::cmp::Reverse(*at));
        let more = order.len() > limit;
        order.truncate(limit);
        let mut rows = Vec::with_capacity(order.len());
        for at in &order {
            if let Some(group) = groups.iter().find(|group| group.at == *at) {
                rows.push(self.held_row(space, group, &said, readable || manages)?);
            } else if let Some(held) = operations.iter().find(|(held, ..)| held == at) {
                rows.extend(self.held_operation_row(space, held, &said));
            }
        }
        let requests = match manages && after.is_none() && !aside {
            true => self.request_rows(space),
            false => Vec::new(),
        };
        Ok(HeldPage {
            rows,
            next: order.last().filter(|_| more).map(|at| at.to_text()),
            requests,
            aside: if aside || !manages { 0 } else { left as u32 },
        })
    }

    /// A person's own held work, in every space here that has any.
    pub(super) fn own_held_page(&mut self, person: &PersonId) -> HeldPage {
        let mut rows = Vec::new();
        for space in self.spaces_with_own_held(person) {
            let limit = crate::api::query::PAGE_ROWS_MAX as usize;
            let (Ok(loaded), limit) = (self.space(&space), limit) else {
                continue;
            };
            let mut groups = loaded.held_groups();
            groups.retain(|group| group.author() == *person);
            groups.truncate(limit);
            let readable = self.readable(&space, person).is_ok();
            for group in groups {
                // Her own work stays in her list, whatever a manager left aside.
                rows.extend(self.held_row(&space, &group, &BTreeMap::new(), readable));
            }
            self.put_away_idle();
        }
        rows.sort_by_key(|row| std::cmp::Reverse(row.to_ms));
        HeldPage {
            rows,
            next: None,
            requests: Vec::new(),
            aside: 0,
        }
    }

    /// Spaces in which a person has held work. Few spaces hold anything: only those are looked at.
    pub(super) fn spaces_with_own_held(&mut self, person: &PersonId) -> Vec<SpaceId> {
        let pending = self.summaries.iter().filter(|(space, summary)| {
            let waiting = match self.spaces.get(space) {
                Some(loaded) => !loaded.held.is_empty(),
                None => !summary.pending.is_empty(),
            };
            summary.people_space && waiting
        });
        let spaces: Vec<SpaceId> = pending.map(|(space, _)| *space).collect();
        let own = |hub: &mut Self, space: &SpaceId| {
            let count = hub.space(space).map(|space| space.count_own_held(person));
            count.is_ok_and(|count| count > 0)
        };
        spaces
            .into_iter()
            .filter(|space| own(self, space))
            .collect()
    }

    fn held_row(
        &mut self,
        space: &SpaceId,
        group: &Group,
        said: &BTreeMap<EntryId, Said>,
        readable: bool,
    ) -> Result<HeldRow, ApiError> {
        let first = *group.first();
        let mut entries = Vec::with_capacity(group.entries.len());
        for (_, place) in &group.entries {
            entries.extend(self.stored(*place)?);
        }
        let creation = group.entries.iter().find_map(|(held, _)| held.creation);
        if creation.is_some() {
            // Changes of an item that is not here wait for it: they are the same work.
            for entry in self.waiting_for(space, &first.item)? {
                let same = entry.header.author == first.author;
                if same && entries.len() < ENTRIES_PER_ROW_MAX {
                    entries.push(entry);
                }
            }
        }
        let shown = self.space(space)?.items.get(&first.item);
        let number = creation.map(|creation| creation.kind.number);
        let number = number.or(shown.map(|row| row.kind.number));
        let feature = number.and_then(features::by_number);
        let read = match feature {
            // What failed its trial is not opened here either, not even to be looked at.
            Some(_)
                if group
                    .entries
                    .iter()
                    .any(|(_, place)| self.is_declined(place)) =>
            {
                Read::default()
            }
            Some(feature) => self.read_held(space, &first.item, feature, &entries, readable)?,
            None => Read::default(),
        };
        let (why, by) = why(first.reason);
        let by = by.and_then(|by| self.rights_entry(space, &by));
        let latest = |entry: &Entry| said.get(&entry.id);
        let noted = entries.iter().filter_map(latest).next_back();
        let to_ms = group.entries.iter().map(|(held, _)| held.wall_ms).max();
        Ok(HeldRow {
            id: group.at.entry,
            space: *space,
            space_name: self.setting(space, "name"),
            entries: entries.iter().map(|entry| entry.id).collect(),
            item: Some(first.item),
            kind: feature.map_or("unknown", Feature::name).to_owned(),
            title: read.title,
            text: read.text,
            words: read.words,
            person: self.directory.person_ref(&first.author),
            site: self.site_of(&first.node),
            from_ms: first.wall_ms,
            to_ms: to_ms.unwrap_or(first.wall_ms),
            why,
            by: by
                .as_ref()
                .map(|entry| self.directory.person_ref(&entry.header.author)),
            by_ms: by.map(|entry| entry.header.wall_ms),
            note: noted.map_or_else(String::new, |said| said.reason.clone()),
            aside: noted
                .filter(|said| said.aside)
                .map(|said| self.directory.person_ref(&said.by)),
            decision: None,
        })
    }

    fn held_operation_row(
        &mut self,
        space: &SpaceId,
        (at, place, reason): &(Order, EntryPlace, HeldReason),
        said: &BTreeMap<EntryId, Said>,
    ) -> Option<HeldRow> {
        let entry = self.stored(*place).ok()??;
        let node = self.node_of(place.log);
        let decision = self.audit_row(space, *place, &entry)?;
        let (why, _) = why(*reason);
        let aside = said.get(&at.entry).filter(|said| said.aside);
        Some(HeldRow {
            id: at.entry,
            space: *space,
            space_name: self.setting(space, "name"),
            entries: vec![at.entry],
            item: None,
            kind: "rights".to_owned(),
            title: String::new(),
            text: None,
            words: None,
            person: self.directory.person_ref(&entry.header.author),
            site: self.site_of(&node),
            from_ms: entry.header.wall_ms,
            to_ms: entry.header.wall_ms,
            why,
            by: None,
            by_ms: None,
            note: String::new(),
            aside: aside.map(|said| self.directory.person_ref(&said.by)),
            decision: Some(decision),
        })
    }

    /// What held entries of one item say, beside what is shown of it.
    fn read_held(
        &mut self,
        space: &SpaceId,
        item: &ItemId,
        feature: &'static dyn Feature,
        entries: &[Entry],
        readable: bool,
    ) -> Result<Read, ApiError> {
        let genesis = match feature.payload() {
            Payload::Document(genesis) => genesis,
            Payload::Record => return Ok(read_record(feature, entries)),
        };
        let is_shown = self.space(space)?.items.contains_key(item);
        let mut document = match is_shown {
            true => self.read_document(space, item)?.0,
            false => Document::new(*item, *genesis),
        };
        document.settle();
        let before = DocumentContent::of(&document);
        let changes = entries.iter().filter_map(entry_changes).flatten().collect();
        let mut refused = Vec::new();
        // Shown by itself only: what is odd and not tried stays out of sight.
        let mut odd = Odd::new(&self.trying.said, BTreeSet::new());
        let (new, _) = admit_all(&mut document, changes, &mut refused, Some(&mut odd));
        document.settle();
        let after = DocumentContent::of(&document);
        let title = match (&*before.title, readable) {
            ("", _) => after.title.clone(),
            (title, true) => title.to_owned(),
            (_, false) => String::new(),
        };
        if new.is_empty() {
            return Ok(Read {
                title,
                ..Read::default()
            });
        }
        let (lines, new_words) = added(&whole_text(&before), &whole_text(&after));
        // Who may not read the space (any more) sees the words only, not the lines around them.
        let text = match readable {
            true => lines.join("\n"),
            false => new_words.join(" "),
        };
        Ok(Read {
            title,
            text: Some(cut(&text)),
            words: Some(new_words.len() as u32),
        })
    }

    fn stored(&mut self, place: EntryPlace) -> Result<Option<Entry>, ApiError> {
        self.stored_entry(place)
            .map_err(|error| self.cannot_read(error))
    }

    /// Entries that wait for the creation of an item.
    fn waiting_for(&mut self, space: &SpaceId, item: &ItemId) -> Result<Vec<Entry>, ApiError> {
        let places: Vec<EntryPlace> = self
            .space(space)?
            .orphans
            .get(item)
            .into_iter()
            .flatten()
            .take(ENTRIES_PER_ROW_MAX)
            .copied()
            .collect();
        let mut found = Vec::with_capacity(places.len());
        for place in places {
            found.extend(self.stored(place)?);
        }
        Ok(found)
    }

    /// The stored entry of a rights operation.
    pub(super) fn rights_entry(&mut self, space: &SpaceId, id: &EntryId) -> Option<Entry> {
        let trail = &self.space(space).ok()?.trail;
        let place = trail.iter().rev().find(|(at, _)| at.entry == *id)?.1;
        self.stored(place).ok()?
    }

    pub(super) fn site_of(&self, node: &NodeId) -> SiteRef {
        SiteRef {
            id: *node,
            name: self.directory.site_name(node),
        }
    }
}

fn read_record(feature: &dyn Feature, entries: &[Entry]) -> Read {
    let payloads = entries
        .iter()
        .rev()
        .filter_map(|entry| entry.payload.as_deref());
    let mut records = payloads.filter_map(|payload| Record::decode(payload).ok());
    // A record of another make is not shown: its fields are anybody's.
    let record = records.find(|record| feature.check_record(record).is_ok());
    let Some(record) = record else {
        return Read::default();
    };
    let text = match record.text("text") {
        "" => record.text("reason"),
        text => text,
    };
    Read {
        text: Some(cut(text)),
        words: Some(words(text)),
        title: feature.title(&Content::Record(record)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_words_are_counted_and_known_lines_left_out() {
        let before = "Titre\nUn deux trois\nFin";
        let cases: [(&str, &str, &[&str], u32); 4] = [
            ("the same", before, &[], 0),
            (
                "a word within a line",
                "Titre\nUn deux quatre trois\nFin",
                &["Un deux quatre trois"],
                1,
            ),
            (
                "a word that stood elsewhere, written again",
                "Titre\nUn deux trois\nFin\nFin Un",
                &["Fin Un"],
                2,
            ),
            ("words taken away", "Titre\nUn trois\nFin", &["Un trois"], 0),
        ];
        for (what, after, lines, count) in cases {
            let (found, new) = added(before, after);
            assert_eq!(
                (found, new.len() as u32),
                (lines.iter().map(|line| (*line).to_owned()).collect(), count),
                "{what}"
            );
        }
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let long = "é".repeat(TEXT_SHOWN + 1);
        assert_eq!(cut(&long).chars().count(), TEXT_SHOWN);
    }
}
