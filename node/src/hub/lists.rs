//! Lists: spaces, channels, the first screen, and what a search finds.

use super::Hub;
use super::rows::kind;
use crate::api::oversight::ToCheck;
use crate::api::query::SpaceFilter;
use crate::api::rows::{
    ActivityLine, ChannelRow, ItemInSpace, SearchRow, SpaceChanges, SpaceCounts, SpaceList,
    SpaceRow, Today,
};
use bocage_crdt::features::commands::Visibility;
use bocage_crdt::ids::{ItemId, PersonId, SpaceId};
use bocage_crdt::text::fold;
use bocage_protocol::rights::Role;

impl Hub {
    /// Spaces of which a person is a member, in order of their ids.
    pub(crate) fn spaces_of(&self, person: &PersonId) -> Vec<SpaceId> {
        self.summaries
            .iter()
            .filter(|(_, summary)| summary.people_space && summary.members.contains(person))
            .map(|(space, _)| *space)
            .collect()
    }

    pub(super) fn rows_of(&mut self, spaces: Vec<SpaceId>, person: &PersonId) -> Vec<SpaceRow> {
        let mut rows = Vec::with_capacity(spaces.len());
        for space in spaces {
            rows.extend(self.space_row(&space, person));
            // A person may have hundreds: they are not all in memory at once.
            self.put_away_idle();
        }
        sort_rows(&mut rows);
        rows
    }

    pub(super) fn space_list(
        &mut self,
        person: &PersonId,
        filter: SpaceFilter,
        q: &str,
    ) -> SpaceList {
        let mine = self.spaces_of(person);
        let seen: Vec<SpaceId> = self
            .summaries
            .iter()
            .filter(|(_, summary)| summary.people_space)
            .map(|(space, _)| *space)
            .collect();
        let mut others: Vec<SpaceId> = seen
            .into_iter()
            .filter(|space| !mine.contains(space))
            .collect();
        others.retain(|space| {
            let readable = self.readable(space, person).is_ok();
            let found = readable || self.is_found(space, person);
            self.put_away_idle();
            found
        });
        let mut rows = self.rows_of(mine, person);
        let unread = rows.iter().filter(|row| row.unread > 0).count() as u32;
        let counts = SpaceCounts {
            mine: rows.len() as u32,
            all: (rows.len() + others.len()) as u32,
            unread,
        };
        match filter {
            SpaceFilter::Mine => {}
            SpaceFilter::Unread => rows.retain(|row| row.unread > 0),
            SpaceFilter::All => {
                let others = self.rows_of(others, person).into_iter();
                rows.extend(others.map(|row| match row.visibility {
                    Visibility::Open => row,
                    _ => super::queries::from_outside(row),
                }));
            }
        }
        let wanted = fold(q);
        let words: Vec<&str> = wanted.split_whitespace().collect();
        rows.retain(|row| {
            let text = fold(&format!("{} {}", row.name, row.description));
            words.iter().all(|word| text.contains(word))
        });
        SpaceList { rows, counts }
    }

    pub(super) fn channels(&mut self, person: &PersonId) -> Vec<ChannelRow> {
        let mut rows = Vec::new();
        for space in self.spaces_of(person) {
            let Some(space_row) = self.space_row(&space, person) else {
                continue;
            };
            let Some(loaded) = self.spaces.get(&space) else {
                continue;
            };
            for (_, channel) in loaded.children(ItemId::root(&space), kind("channel")) {
                let last = loaded.children(channel, kind("message")).next_back();
                let Some(row) = self.item_row(&space, &channel, person) else {
                    continue;
                };
                let unread = loaded
                    .unread(&channel, self.seen(person, &channel), person)
                    .len();
                rows.push(ChannelRow {
                    channel: row,
                    space: space_row.clone(),
                    unread: unread as u32,
                    last: last.and_then(|(_, id)| self.item_row(&space, &id, person)),
                });
            }
            self.put_away_idle();
        }
        let latest = |row: &ChannelRow| row.last.as_ref().map_or(0, |last| last.created_ms);
        rows.sort_by_key(|row| std::cmp::Reverse(latest(row)));
        rows
    }

    pub(super) fn today(&mut self, person: &PersonId) -> Today {
        let mut rows = Vec::new();
        let (mut to_read, mut to_check) = (Vec::new(), Vec::new());
        let mut unread_messages = 0;
        for id in self.spaces_of(person) {
            let Some(space) = self.space_row(&id, person) else {
                continue;
            };
            let posts = self.unread_posts(&id, person);
            unread_messages += space.unread - (posts.len() as u32).min(space.unread);
            for post in posts {
                self.show(&id, &post);
                let item = self.item_row(&id, &post, person);
                to_read.extend(item.map(|item| ItemInSpace {
                    item,
                    space: space.clone(),
                }));
            }
            let count = self.count_to_check(&id, person);
            if count > 0 {
                let space = space.clone();
                to_check.push(ToCheck { space, count });
            }
            rows.push(space);
            self.put_away_idle();
        }
        sort_rows(&mut rows);
        to_read.sort_by_key(|one| std::cmp::Reverse(one.item.created_ms));
        to_read.truncate(POSTS_TODAY);
        let changes = rows
            .into_iter()
            .take(SPACES_TODAY)
            .map(|space| SpaceChanges {
                lines: self.activity(&space.id),
                space,
            })
            .collect();
        Today {
            date_ms: self.clock.wall_ms(),
            to_read,
            changes,
            unread_messages,
            to_check,
            own_held: self.count_own_held(person),
        }
    }

    /// What waits for a manager of a space; nothing for anybody else.
    pub(super) fn count_to_check(&mut self, space: &SpaceId, person: &PersonId) -> u32 {
        if !self.may(space, person, Role::MANAGER) {
            return 0;
        }
        let loaded = self.space(space);
        loaded.map_or(0, |space| space.count_held() + space.open_requests())
    }

    fn count_own_held(&mut self, person: &PersonId) -> u32 {
        let mut count = 0;
        for space in self.spaces_with_own_held(person) {
            count += self
                .space(&space)
                .map_or(0, |space| space.count_own_held(person));
        }
        self.put_away_idle();
        count
    }

    /// The newest activity of a space.
    fn activity(&mut self, space: &SpaceId) -> Vec<ActivityLine> {
        let Ok(loaded) = self.space(space) else {
            return Vec::new();
        };
        let newest = loaded.newest_activity(LINES_PER_SPACE);
        for item in &newest {
            self.show(space, item);
        }
        newest
            .iter()
            .filter_map(|item| self.activity_line(space, item))
            .collect()
    }

    pub(super) fn search(&mut self, person: &PersonId, q: &str) -> Vec<SearchRow> {
        let wanted = fold(q);
        let words: Vec<&str> = wanted.split_whitespace().collect();
        if words.is_empty() {
            return Vec::new();
        }
        let matches = |text: &str| {
            let text = fold(text);
            words.iter().all(|word| text.contains(word))
        };
        let mut found = Vec::new();
        for space in self.rows_of(self.spaces_of(person), person) {
            if matches(&format!("{} {}", space.name, space.description)) {
                found.push(SearchRow {
                    space: space.clone(),
                    item: None,
                });
            }
            if self.space(&space.id).is_err() {
                continue;
            }
            self.show_stale(&space.id, usize::MAX);
            let Some(loaded) = self.spaces.get(&space.id) else {
                continue;
            };
            let hits: Vec<ItemId> = loaded
                .items
                .iter()
                .filter(|(_, row)| {
                    let named = row.feature().map(|feature| feature.name());
                    matches!(named, Some("page" | "post" | "channel" | "message"))
                        && matches(&row.title())
                })
                .map(|(id, _)| *id)
                .take(FOUND_MAX)
                .collect();
            for item in hits {
                let item = self.item_row(&space.id, &item, person);
                found.push(SearchRow {
                    space: space.clone(),
                    item,
                });
            }
            self.put_away_idle();
        }
        found.truncate(FOUND_MAX);
        found
    }
}

/// The latest change first.
fn sort_rows(rows: &mut [SpaceRow]) {
    rows.sort_by(|one, other| {
        other
            .changed_ms
            .cmp(&one.changed_ms)
            .then_with(|| fold(&one.name).cmp(&fold(&other.name)))
    });
}

/// Activity lines shown for one space on the first screen.
const LINES_PER_SPACE: usize = 3;

/// Spaces on the first screen.
const SPACES_TODAY: usize = 12;

/// Posts to read on the first screen.
const POSTS_TODAY: usize = 8;

/// Things a search answers with.
const FOUND_MAX: usize = 60;
