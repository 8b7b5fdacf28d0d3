//! Open browsers: what they watch, and what they are told. A browser that reads too slowly is let
//! go; it asks again when it comes back.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::ws::Utf8Bytes;
use bocage_crdt::features::by_name;
use bocage_crdt::ids::{ItemId, PersonId, SpaceId};

use super::Hub;
use crate::api::BrowserMessage;
use crate::api::live::{ChangedTopic, KeptRow, SiteLink, SiteMessage, Topic};
use crate::store::LogNumber;
use crate::web::site::{AttachmentId, Outbox, Viewer};

/// How long changed lists are gathered before browsers are told to ask again.
const CHANGED_EVERY_MS: u64 = 250;
/// Lists that show all of a person's spaces.
const LISTS: [ChangedTopic; 3] = [
    ChangedTopic::Today,
    ChangedTopic::Spaces,
    ChangedTopic::Channels,
];
/// Rows whose reach is told in one message.
const KEPT_ROWS_MAX: usize = 200;

struct Browser {
    viewer: Viewer,
    outbox: Outbox,
    topics: Vec<Topic>,
}

/// All open browsers.
#[derive(Default)]
pub(crate) struct Browsers {
    open: BTreeMap<AttachmentId, Browser>,
    /// What each browser is to ask again.
    changed_for: BTreeMap<AttachmentId, BTreeSet<ChangedTopic>>,
    /// Attachments whose queue overflowed: let go at the end of the turn.
    gone: BTreeSet<AttachmentId>,
    changed: BTreeSet<ChangedTopic>,
    changed_due_ms: u64,
    links_changed: bool,
}

fn text(message: &SiteMessage) -> Utf8Bytes {
    serde_json::to_string(message)
        .expect("messages of plain values always encode")
        .into()
}

impl Browsers {
    pub(super) fn say(&mut self, to: AttachmentId, message: &SiteMessage) {
        self.say_all(std::iter::once(to), message);
    }

    /// Encodes once, sends to each.
    pub(super) fn say_all(
        &mut self,
        to: impl Iterator<Item = AttachmentId>,
        message: &SiteMessage,
    ) {
        let mut encoded = None;
        for id in to {
            let Some(browser) = self.open.get(&id) else {
                continue;
            };
            let encoded = encoded.get_or_insert_with(|| text(message));
            if browser.outbox.push(encoded.clone()).is_err() {
                self.gone.insert(id);
            }
        }
    }

    pub(super) fn watches(&self, space: &SpaceId) -> bool {
        self.open.values().any(|browser| {
            browser.topics.iter().any(|topic| match topic {
                Topic::Space(watched) | Topic::Channel(watched, _) => watched == space,
                Topic::Mine | Topic::Site => false,
            })
        })
    }

    pub(super) fn changed(&mut self, topic: ChangedTopic) {
        self.changed.insert(topic);
    }
}

impl Hub {
    pub(crate) fn attach(&mut self, id: AttachmentId, viewer: Viewer, outbox: Outbox) {
        self.browsers.open.insert(
            id,
            Browser {
                viewer,
                outbox,
                topics: Vec::new(),
            },
        );
        let hello = SiteMessage::Hello {
            site: self.site_ref(),
            person: self.directory.person_ref(&viewer.person),
            now_ms: self.clock.wall_ms(),
        };
        self.browsers.say(id, &hello);
        let links = self.links_message();
        self.browsers.say(id, &links);
    }

    pub(crate) fn detach(&mut self, id: AttachmentId) {
        self.browsers.open.remove(&id);
        self.browsers.changed_for.remove(&id);
        for item in self.documents.tabs_of(id) {
            self.tab_closes(id, &item);
        }
    }

    pub(crate) fn browser(&mut self, id: AttachmentId, message: BrowserMessage) {
        let Some(viewer) = self.browsers.open.get(&id).map(|browser| browser.viewer) else {
            return;
        };
        match message {
            BrowserMessage::Watch { topics } => {
                let allowed = topics
                    .into_iter()
                    .filter(|topic| self.may_watch(topic, &viewer));
                let allowed: Vec<Topic> = allowed.collect();
                if let Some(browser) = self.browsers.open.get_mut(&id) {
                    browser.topics = allowed;
                }
            }
            BrowserMessage::Open { space, item, nonce } => {
                let opened = self.tab_opens(id, viewer.person, viewer.language, space, item, nonce);
                if let Err(error) = opened {
                    let error = error.body(viewer.language);
                    self.browsers
                        .say(id, &SiteMessage::Refused { item, n: 0, error });
                }
            }
            BrowserMessage::Edit { item, n, changes } => self.tab_edits(id, item, n, changes),
            BrowserMessage::Here { item, anchor, head } => self.tab_moves(id, &item, anchor, head),
            BrowserMessage::Close { item } => self.tab_closes(id, &item),
            BrowserMessage::Ping => self.browsers.say(id, &SiteMessage::Pong),
        }
    }

    /// A topic of a space that the person may not read is dropped without a word: its existence
    /// is nobody's business.
    fn may_watch(&mut self, topic: &Topic, viewer: &Viewer) -> bool {
        match topic {
            Topic::Mine => true,
            Topic::Site => self.directory.rights(&viewer.person).technician,
            Topic::Space(space) | Topic::Channel(space, _) => {
                self.space(space).is_ok() && self.may_read(space, &viewer.person)
            }
        }
    }

    pub(crate) fn tab_saved(&mut self, tab: AttachmentId, item: ItemId, n: u64) {
        self.browsers.say(tab, &SiteMessage::Saved { item, n });
    }

    /// Tells what changed in this turn, and lets overflowed browsers go.
    pub(crate) fn tell_browsers(&mut self) {
        for (space, items) in std::mem::take(&mut self.touched) {
            self.tell_rows(&space, &items);
            self.people_changed(&space);
        }
        for id in std::mem::take(&mut self.browsers.gone) {
            self.count_refused("browser-too-slow");
            self.detach(id);
        }
    }

    fn tell_rows(&mut self, space: &SpaceId, items: &BTreeSet<ItemId>) {
        let mut told: BTreeMap<(PersonId, Topic), Vec<AttachmentId>> = BTreeMap::new();
        for (id, browser) in &self.browsers.open {
            for topic in &browser.topics {
                let (Topic::Space(watched) | Topic::Channel(watched, _)) = topic else {
                    continue;
                };
                if watched == space {
                    told.entry((browser.viewer.person, *topic))
                        .or_default()
                        .push(*id);
                }
            }
        }
        let message_kind = by_name("message").map_or(0, |feature| feature.number());
        for ((person, topic), attachments) in told {
            if !self.may_read(space, &person) {
                continue;
            }
            let chosen: Vec<ItemId> = items
                .iter()
                .filter(|item| {
                    let row = self
                        .spaces
                        .get(space)
                        .and_then(|space| space.items.get(item));
                    match (&topic, row) {
                        (Topic::Channel(_, channel), Some(row)) => {
                            row.kind.number == message_kind && row.parent == *channel
                        }
                        (Topic::Space(_), Some(row)) => row.kind.number != message_kind,
                        _ => false,
                    }
                })
                .copied()
                .collect();
            let mut put = Vec::with_capacity(chosen.len());
            for item in chosen {
                self.show(space, &item);
                put.extend(self.item_row(space, &item, &person));
            }
            // Rows are named for deletion to whoever watches: the browser knows where it had them.
            let hidden = |item: &&ItemId| {
                let loaded = self.spaces.get(space);
                loaded.is_some_and(|space| space.erasures.hides(item))
            };
            let del: Vec<ItemId> = items.iter().filter(hidden).copied().collect();
            if !put.is_empty() || !del.is_empty() {
                put.sort_by(|one, other| one.order.cmp(&other.order));
                let message = SiteMessage::Rows { topic, put, del };
                self.browsers.say_all(attachments.into_iter(), &message);
            }
        }
    }

    /// A peer acknowledged more of a log: tell authors whose rows travelled.
    pub(crate) fn kept_moved(&mut self, space: &SpaceId, log: LogNumber, from: u64, to: u64) {
        if !self.browsers.watches(space) {
            return;
        }
        let Some(loaded) = self.spaces.get(space) else {
            return;
        };
        let moved: Vec<(ItemId, PersonId)> = loaded
            .newest_in(log, from, to, KEPT_ROWS_MAX)
            .into_iter()
            .filter_map(|item| Some((item, loaded.items.get(&item)?.changed_by)))
            .collect();
        let viewers: Vec<(AttachmentId, PersonId)> = self
            .browsers
            .open
            .iter()
            .map(|(id, open)| (*id, open.viewer.person))
            .collect();
        for (id, person) in viewers {
            let rows: Vec<KeptRow> = moved
                .iter()
                .filter(|(_, author)| *author == person)
                .map(|(item, _)| KeptRow {
                    id: *item,
                    kept: self.kept(space, item),
                })
                .collect();
            if !rows.is_empty() {
                self.browsers.say(
                    id,
                    &SiteMessage::Kept {
                        space: *space,
                        rows,
                    },
                );
            }
        }
    }

    pub(crate) fn links_message(&self) -> SiteMessage {
        let sites = self
            .links
            .iter()
            .map(|(node, link)| SiteLink {
                name: self.directory.site_name(node),
                connected: link.connected,
                last_news_ms: link.last_news_ms,
            })
            .collect();
        SiteMessage::Links { sites }
    }

    /// The lines to other sites changed.
    pub(crate) fn tell_links(&mut self) {
        self.browsers.links_changed = true;
        self.browsers.changed(ChangedTopic::Site);
    }

    pub(crate) fn browsers_tick(&mut self, now_ms: u64) {
        if now_ms < self.browsers.changed_due_ms {
            return;
        }
        self.browsers.changed_due_ms = now_ms + CHANGED_EVERY_MS;
        if std::mem::take(&mut self.browsers.links_changed) {
            let links = self.links_message();
            let all: Vec<AttachmentId> = self.browsers.open.keys().copied().collect();
            self.browsers.say_all(all.into_iter(), &links);
        }
        let site = std::mem::take(&mut self.browsers.changed);
        let mut changed = std::mem::take(&mut self.browsers.changed_for);
        for (id, open) in &self.browsers.open {
            if open.topics.contains(&Topic::Site) {
                changed.entry(*id).or_default().extend(site.iter().copied());
            }
        }
        for (id, topics) in changed {
            if !topics.is_empty() {
                let topics = topics.into_iter().collect();
                self.browsers.say(id, &SiteMessage::Changed { topics });
            }
        }
    }

    /// The lists of a space's readers changed: they are told to ask again, soon.
    pub(crate) fn people_changed(&mut self, space: &SpaceId) {
        let members = self.summaries.get(space).map(|summary| &summary.members);
        for (id, open) in &self.browsers.open {
            let member = members.is_some_and(|members| members.contains(&open.viewer.person));
            let mine = open.topics.contains(&Topic::Mine);
            let watched = open.topics.contains(&Topic::Space(*space));
            let topics = self.browsers.changed_for.entry(*id).or_default();
            if member && mine {
                topics.extend(LISTS);
            }
            if watched {
                topics.insert(ChangedTopic::Space(*space));
            }
        }
    }

    /// Groups of people changed: everybody may be looking at them.
    pub(crate) fn groups_changed(&mut self) {
        for (id, open) in &self.browsers.open {
            if open.topics.contains(&Topic::Mine) {
                let topics = self.browsers.changed_for.entry(*id).or_default();
                topics.insert(ChangedTopic::Spaces);
            }
        }
    }

    /// The lists of one person changed.
    pub(crate) fn lists_changed(&mut self, person: &PersonId) {
        for (id, open) in &self.browsers.open {
            if open.viewer.person == *person && open.topics.contains(&Topic::Mine) {
                self.browsers
                    .changed_for
                    .entry(*id)
                    .or_default()
                    .extend(LISTS);
            }
        }
    }
}
