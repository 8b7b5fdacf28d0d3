//! Rows as people see them: names for ids, reach for places, unread for arrivals.

use std::collections::BTreeMap;

use bocage_crdt::features::commands as words;
use bocage_crdt::features::read_mark::{Mark, Order};
use bocage_crdt::features::{Verb as FeatureVerb, by_name};
use bocage_crdt::ids::{ItemId, NodeId, PersonId, SpaceId};
use bocage_crdt::record::{Record, Value};
use bocage_protocol::rights::{Role, SpaceKind};
use serde_json::{Value as Json, json};

use super::Hub;
use super::item::{Body, Item};
use crate::api::rows::{
    ActivityLine, ItemCounts, ItemMine, ItemRow, Kept, LateSite, OtherVersion, Reach, SiteRef,
    SpaceRow, Verb,
};

/// A host not heard for this long is named as late.
pub(crate) const LATE_SITE_MS: u64 = 60_000;

/// Number of a kind by its name; every name here is in the registry.
pub(crate) fn kind(name: &str) -> u16 {
    by_name(name).map_or(0, |feature| feature.number())
}

fn json_value(value: &Value) -> Json {
    match value {
        Value::Flag(flag) => json!(flag),
        Value::Number(number) => json!(number),
        Value::Text(text) => json!(text),
        Value::Texts(texts) => json!(texts),
        Value::Bytes(bytes) => {
            json!(
                bytes
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect::<String>()
            )
        }
    }
}

/// The API's word for a role; `None` for no role of a space.
pub(crate) fn role_word(role: Role) -> Option<words::Role> {
    match role.space_role() {
        Role::MANAGER => Some(words::Role::Manager),
        Role::CONTRIBUTOR => Some(words::Role::Contributor),
        Role::COMMENTER => Some(words::Role::Commenter),
        Role::VIEWER => Some(words::Role::Viewer),
        _ => None,
    }
}

/// The role of an API word.
pub(crate) fn role_of(word: words::Role) -> Role {
    match word {
        words::Role::Manager => Role::MANAGER,
        words::Role::Contributor => Role::CONTRIBUTOR,
        words::Role::Commenter => Role::COMMENTER,
        words::Role::Viewer => Role::VIEWER,
    }
}

/// The API's word for a kind of space that people see.
pub(crate) fn kind_word(kind: SpaceKind) -> Option<words::SpaceKind> {
    match kind {
        SpaceKind::Project => Some(words::SpaceKind::Project),
        SpaceKind::Team => Some(words::SpaceKind::Team),
        SpaceKind::Practice => Some(words::SpaceKind::Practice),
        SpaceKind::Sandbox => Some(words::SpaceKind::Sandbox),
        SpaceKind::Private | SpaceKind::Realm | SpaceKind::Unknown(_) => None,
    }
}

/// The kind of an API word.
pub(crate) fn kind_of(word: words::SpaceKind) -> SpaceKind {
    match word {
        words::SpaceKind::Project => SpaceKind::Project,
        words::SpaceKind::Team => SpaceKind::Team,
        words::SpaceKind::Practice => SpaceKind::Practice,
        words::SpaceKind::Sandbox => SpaceKind::Sandbox,
    }
}

impl Hub {
    pub(crate) fn site_ref(&self) -> SiteRef {
        SiteRef {
            id: self.me.node,
            name: self.me.name.clone(),
        }
    }

    /// On which hosts the last change of an item is durable.
    pub(crate) fn kept(&self, space: &SpaceId, item: &ItemId) -> Kept {
        let place = self
            .spaces
            .get(space)
            .and_then(|space| space.items.get(item));
        let Some(place) = place.map(|item| item.place) else {
            return Kept {
                state: Reach::Here,
                sites: vec![self.me.name.clone()],
            };
        };
        let writer = self.node_of(place.log);
        let hosts = self.lasting_hosts(space);
        let acked = self.acked_place(place);
        let holds = |node: &NodeId| {
            *node == writer
                || self
                    .acks
                    .get(node)
                    .and_then(|heights| heights.get(&acked.log))
                    .is_some_and(|height| *height >= acked.seq)
        };
        let kept = self.kept_by(&hosts, holds);
        let waits = self
            .spaces
            .get(space)
            .and_then(|space| Some(space.is_unadmitted(space.items.get(item)?)));
        match kept.state {
            Reach::Some | Reach::Everywhere if waits == Some(true) => Kept {
                state: Reach::Received,
                ..kept
            },
            _ => kept,
        }
    }

    fn kept_by(
        &self,
        hosts: &std::collections::BTreeSet<NodeId>,
        holds: impl Fn(&NodeId) -> bool,
    ) -> Kept {
        let mut sites = vec![self.me.name.clone()];
        let others: Vec<&NodeId> = hosts.iter().filter(|node| **node != self.me.node).collect();
        let holding: Vec<&NodeId> = others.iter().copied().filter(|node| holds(node)).collect();
        sites.extend(holding.iter().map(|node| self.directory.site_name(node)));
        let state = match (holding.len(), others.len()) {
            (holding, others) if holding == others => Reach::Everywhere,
            (0, _) => Reach::Here,
            _ => Reach::Some,
        };
        Kept { state, sites }
    }

    /// Hosts that have everything that is here.
    fn space_kept(&self, space: &SpaceId) -> Kept {
        let hosts = self.lasting_hosts(space);
        let logs = self.catalog.logs_of(space);
        self.kept_by(&hosts, |node| {
            logs.iter().all(|log| {
                log.state.node == *node
                    || self
                        .acks
                        .get(node)
                        .and_then(|heights| heights.get(&log.number))
                        .is_some_and(|height| *height >= log.state.height())
            })
        })
    }

    /// The row of an item for one reader; `None` when it is not here or of an unknown kind.
    pub(crate) fn item_row(
        &self,
        space: &SpaceId,
        item: &ItemId,
        reader: &PersonId,
    ) -> Option<ItemRow> {
        let loaded = self.spaces.get(space)?;
        let row = loaded.items.get(item)?;
        let feature = row.feature()?;
        let thanks = kind("thanks");
        let comments = loaded.count_children(*item, kind("comment"));
        let has_children = matches!(feature.name(), "page" | "post" | "comment");
        let standing = |id: &ItemId| {
            loaded
                .items
                .get(id)
                .and_then(|it| it.record())
                .is_some_and(|it| !it.flag("withdrawn"))
        };
        let (mut given, mut thanked) = (0, false);
        if has_children {
            for (_, id) in loaded
                .children(*item, thanks)
                .filter(|(_, id)| standing(id))
            {
                given += 1;
                thanked |= loaded
                    .items
                    .get(&id)
                    .is_some_and(|it| it.creator == *reader);
            }
        }
        let needed = self.role_to_change(space, item, reader);
        let conflicts: BTreeMap<String, Vec<Json>> = match &row.body {
            Body::Document {
                shown: Some(shown), ..
            } => shown
                .conflicts
                .iter()
                .map(|(name, values)| (name.clone(), values.iter().map(json_value).collect()))
                .collect(),
            _ => BTreeMap::new(),
        };
        Some(ItemRow {
            id: *item,
            space: *space,
            kind: feature.name().to_owned(),
            parent: self.shown_parent(space, item),
            title: row.title(),
            author: self.directory.person_ref(&row.creator),
            created_ms: row.created_ms,
            changed_ms: row.changed_ms,
            changed_by: self.directory.person_ref(&row.changed_by),
            arrived_ms: row.arrived_ms,
            order: row.created.to_text(),
            kept: self.kept(space, item),
            counts: ItemCounts {
                comments: comments as u32,
                thanks: given,
            },
            mine: ItemMine {
                thanked,
                unread: self.is_unread(space, item, row, reader),
                can_change: needed.is_some_and(|needed| self.may_write(space, reader, needed)),
            },
            conflicts,
            others: self.other_versions(row),
            fields: row.fields().into_iter().collect(),
        })
    }

    /// Versions written at the same time as the one shown, newest first. What was taken back is
    /// not brought back this way.
    pub(super) fn other_versions(&self, row: &Item) -> Vec<OtherVersion> {
        let is_gone = |record: &Record| record.flag("withdrawn");
        if row.record().is_none_or(is_gone) {
            return Vec::new();
        }
        let others = row.others().iter().rev();
        others
            .filter(|other| !is_gone(&other.record))
            .map(|other| OtherVersion {
                text: other.record.text("text").to_owned(),
                by: self.directory.person_ref(&other.by),
                at_ms: other.ms,
            })
            .collect()
    }

    /// The parent under which an item is shown: the space's root when the parent is not here or
    /// when parents go in a circle, in which case the greatest id of the circle moves up.
    pub(crate) fn shown_parent(&self, space: &SpaceId, item: &ItemId) -> ItemId {
        let root = ItemId::root(space);
        let Some(loaded) = self.spaces.get(space) else {
            return root;
        };
        let Some(parent) = loaded.items.get(item).map(|row| row.parent) else {
            return root;
        };
        if parent == root || !loaded.items.contains_key(&parent) {
            return root;
        }
        let mut greatest = *item;
        let mut at = parent;
        let mut steps = 0;
        while at != *item {
            greatest = greatest.max(at);
            let Some(row) = loaded.items.get(&at) else {
                return parent;
            };
            at = row.parent;
            steps += 1;
            if at == root || steps > loaded.items.len() {
                return parent;
            }
        }
        if greatest == *item { root } else { parent }
    }

    fn is_unread(&self, space: &SpaceId, id: &ItemId, row: &Item, reader: &PersonId) -> bool {
        let counts = row
            .feature()
            .is_some_and(|feature| feature.counts_as_unread());
        if !counts || row.creator == *reader {
            return false;
        }
        let under = self.read_under(space, id, row);
        row.arrival > self.seen(reader, &under)
    }

    /// What a read mark for this item is set on: its channel, or the post itself.
    fn read_under(&self, space: &SpaceId, id: &ItemId, row: &Item) -> ItemId {
        let channel = self
            .spaces
            .get(space)
            .and_then(|space| space.items.get(&row.parent));
        if channel.is_some_and(|parent| parent.kind.number == kind("channel")) {
            row.parent
        } else {
            *id
        }
    }

    /// Arrival number up to which a person has read under an item.
    pub(crate) fn seen(&self, person: &PersonId, item: &ItemId) -> u64 {
        let mark: Option<&(Order, u64)> = self.marks.get(person).and_then(|marks| marks.get(item));
        mark.map_or(0, |(_, arrival)| *arrival)
    }

    /// Reads a mark that came into a private space.
    pub(crate) fn read_mark_came(&mut self, id: &SpaceId, item: &ItemId) {
        let Some(row) = self.spaces.get(id).and_then(|space| space.items.get(item)) else {
            return;
        };
        if row.kind.number != kind("readMark") {
            return;
        }
        let (person, mark) = (row.creator, row.record().and_then(Mark::of));
        let Some(mark) = mark else { return };
        if self.space(&mark.space).is_err() {
            return;
        }
        let Some(space) = self.spaces.get(&mark.space) else {
            return;
        };
        let own = space
            .items
            .get(&mark.item)
            .filter(|row| row.kind.number == kind("post"));
        let arrival = match own {
            Some(post) => post.arrival,
            None => space.arrival_of(&mark.item, mark.up_to),
        };
        let marks = self.marks.entry(person).or_default();
        let entry = marks.entry(mark.item).or_insert((mark.up_to, arrival));
        if mark.up_to >= entry.0 {
            *entry = (mark.up_to, arrival.max(entry.1));
        }
        self.lists_changed(&person);
    }

    /// Unread messages and posts of a space.
    pub(crate) fn unread_of(&self, space: &SpaceId, person: &PersonId) -> u32 {
        let Some(loaded) = self.spaces.get(space) else {
            return 0;
        };
        let mut unread = 0;
        for (_, channel) in loaded.children(ItemId::root(space), kind("channel")) {
            unread += loaded
                .unread(&channel, self.seen(person, &channel), person)
                .len();
        }
        unread += self.unread_posts(space, person).len();
        unread as u32
    }

    /// Posts of a space that a person has not read, newest first.
    pub(crate) fn unread_posts(&self, space: &SpaceId, person: &PersonId) -> Vec<ItemId> {
        let Some(loaded) = self.spaces.get(space) else {
            return Vec::new();
        };
        loaded
            .children(ItemId::root(space), kind("post"))
            .rev()
            .filter(|(_, id)| {
                loaded
                    .items
                    .get(id)
                    .is_some_and(|row| self.is_unread(space, id, row, person))
            })
            .map(|(_, id)| id)
            .collect()
    }

    /// What a space is called, also one that nobody looked at since the start.
    pub(super) fn name_of(&mut self, space: &SpaceId) -> String {
        // Its settings lie on the disk; what is not readable has no name.
        let _ = self.space(space);
        self.show(space, &ItemId::root(space));
        self.setting(space, "name")
    }

    /// A setting of a space, as text; empty when it was never set.
    pub(crate) fn setting(&self, space: &SpaceId, key: &str) -> String {
        let root = ItemId::root(space);
        let row = self
            .spaces
            .get(space)
            .and_then(|space| space.items.get(&root));
        match row.map(|row| &row.body) {
            Some(Body::Document {
                shown: Some(shown), ..
            }) => match shown.scalars.get(key) {
                Some(Value::Text(text)) => text.clone(),
                _ => String::new(),
            },
            _ => String::new(),
        }
    }

    /// The row of a space for one reader; `None` for spaces that nobody sees in a list.
    pub(crate) fn space_row(&mut self, space: &SpaceId, reader: &PersonId) -> Option<SpaceRow> {
        self.space(space).ok()?;
        self.show(space, &ItemId::root(space));
        let loaded = self.spaces.get(space)?;
        let kind = kind_word(loaded.rights.now().kind?)?;
        let role = role_word(loaded.rights.now().role_at_home(reader));
        let (people, guests) = loaded.audience();
        let newest = loaded.newest;
        let changed_ms = loaded.newest_ms;
        if let Some(newest) = newest {
            self.show(space, &newest);
        }
        let enumerated = |key: &str| Json::String(self.setting(space, key));
        let home = self.spaces.get(space)?.home().unwrap_or(self.me.node);
        Some(SpaceRow {
            id: *space,
            kind,
            name: self.setting(space, "name"),
            description: self.setting(space, "description"),
            colour: serde_json::from_value(enumerated("colour")).unwrap_or(words::Colour::Ardoise),
            symbol: match self.setting(space, "symbol").as_str() {
                "" => "map".to_owned(),
                symbol => symbol.to_owned(),
            },
            visibility: serde_json::from_value(enumerated("visibility"))
                .unwrap_or(words::Visibility::Hidden),
            people,
            guests,
            member: role.is_some(),
            role,
            territory: self.directory.site_name(&home),
            unread: self.unread_of(space, reader),
            changed_ms,
            last: newest.and_then(|item| self.activity_line(space, &item)),
            kept: self.space_kept(space),
            late_sites: self.late_sites(space),
            closed: self.is_closed(space),
        })
    }

    fn late_sites(&self, space: &SpaceId) -> Vec<LateSite> {
        let now = self.clock.wall_ms();
        self.lasting_hosts(space)
            .iter()
            .filter(|node| **node != self.me.node)
            .filter_map(|node| {
                let link = self.links.get(node);
                let last = link.and_then(|link| link.last_news_ms);
                let late = !link.is_some_and(|link| link.connected)
                    && last.is_none_or(|last| last + LATE_SITE_MS < now);
                late.then(|| LateSite {
                    name: self.directory.site_name(node),
                    last_news_ms: last,
                })
            })
            .collect()
    }

    /// What happened last to an item, in one line.
    pub(crate) fn activity_line(&self, space: &SpaceId, item: &ItemId) -> Option<ActivityLine> {
        let row = self.spaces.get(space)?.items.get(item)?;
        let feature = row.feature()?;
        let verb = match feature.activity()? {
            FeatureVerb::Created => Verb::Created,
            FeatureVerb::Wrote => Verb::Wrote,
            FeatureVerb::Thanked => Verb::Thanked,
            FeatureVerb::Changed if row.changed == row.created => Verb::Created,
            FeatureVerb::Changed => Verb::Changed,
        };
        // Thanks without a reason are named by what they are for.
        let title = match row.title() {
            title if title.is_empty() => {
                let parent = self
                    .spaces
                    .get(space)
                    .and_then(|space| space.items.get(&row.parent));
                parent.map_or(title, |it| it.title())
            }
            title => title,
        };
        Some(ActivityLine {
            kind: feature.name().to_owned(),
            verb,
            item: *item,
            title,
            person: self.directory.person_ref(&row.changed_by),
            at_ms: row.changed_ms,
        })
    }
}
