//! Who is writing where: told to tabs at once, to other sites on the presence stream. Never stored.

use std::collections::BTreeMap;

use bocage_crdt::ids::{ItemId, NodeId, PersonId, SpaceId};
use serde::{Deserialize, Serialize};

use super::Hub;
use crate::api::live::{Presence, SiteMessage};
use crate::api::rows::PersonRef;
use crate::web::site::AttachmentId;

/// A site repeats who writes at this pace; what was not repeated twice is gone.
const REPEAT_MS: u64 = 5_000;
/// Remote presence older than this is dropped.
const EXPIRE_MS: u64 = 12_000;
/// Items whose remote presence is kept per site: more people do not write at once in one office.
const ITEMS_PER_SITE_MAX: usize = 1_000;
/// Presence about no item: the offers.
const OFFERS_ABOUT: u64 = 0;
/// Spaces offered in one frame: 16 KiB.
const OFFERS_PER_FRAME: usize = 500;
/// People told per item: a list of more is no help to anybody.
const PEOPLE_PER_ITEM_MAX: usize = 50;

/// One tab at another site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct RemoteTab {
    tab: u64,
    person: PersonId,
    anchor: Option<String>,
    head: Option<String>,
}

/// What travels beside the sync stream: repeated until it is old news, never stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SideFrame {
    /// Who writes in an item at the sender.
    Writing(PresenceFrame),
    /// Spaces that the receiver is to carry and has nothing of.
    Carry(Vec<SpaceId>),
}

impl SideFrame {
    /// Reads one frame within its bounds.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let frame = postcard::from_bytes(bytes).ok()?;
        match &frame {
            Self::Carry(spaces) if spaces.len() > OFFERS_PER_FRAME => None,
            _ => Some(frame),
        }
    }
}

/// All tabs of one site in one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PresenceFrame {
    space: SpaceId,
    item: ItemId,
    tabs: Vec<RemoteTab>,
}

/// Presence told by other sites.
#[derive(Default)]
pub(crate) struct RemotePresence {
    items: BTreeMap<ItemId, BTreeMap<NodeId, (u64, Vec<RemoteTab>)>>,
    repeat_due_ms: u64,
}

impl RemotePresence {
    pub(super) fn forget(&mut self, node: &NodeId) {
        for sites in self.items.values_mut() {
            sites.remove(node);
        }
        self.items.retain(|_, sites| !sites.is_empty());
    }

    /// Nobody is said to be in an item that is hidden.
    pub(super) fn forget_item(&mut self, item: &ItemId) {
        self.items.remove(item);
    }

    fn count_of(&self, node: &NodeId) -> usize {
        self.items
            .values()
            .filter(|sites| sites.contains_key(node))
            .count()
    }
}

impl Hub {
    /// A tab's selection moved.
    pub(crate) fn tab_moves(
        &mut self,
        tab: AttachmentId,
        item: &ItemId,
        anchor: Option<String>,
        head: Option<String>,
    ) {
        let Some(entry) = self.documents.tab_mut(item, tab) else {
            return;
        };
        entry.anchor = anchor;
        entry.head = head;
        self.tell_people(item);
    }

    /// Everybody who has an item open, except one tab.
    pub(crate) fn people_in(&self, item: &ItemId, except: Option<AttachmentId>) -> Vec<Presence> {
        let mut people = Vec::new();
        if let Some(open) = self.documents.get(item) {
            for (id, tab) in open.tabs.iter().filter(|(id, _)| Some(**id) != except) {
                people.push(Presence {
                    id: format!("{:?}-{}", self.me.node, id.0),
                    person: self.writing_here(&tab.person, &self.me.name),
                    anchor: tab.anchor.clone(),
                    head: tab.head.clone(),
                });
            }
        }
        for (node, (_, tabs)) in self.presence.items.get(item).into_iter().flatten() {
            let site = self.directory.site_name(node);
            for tab in tabs {
                people.push(Presence {
                    id: format!("{node:?}-{}", tab.tab),
                    person: self.writing_here(&tab.person, &site),
                    anchor: tab.anchor.clone(),
                    head: tab.head.clone(),
                });
            }
        }
        people.truncate(PEOPLE_PER_ITEM_MAX);
        people
    }

    /// A person named with the site where she writes now.
    fn writing_here(&self, person: &PersonId, site: &str) -> PersonRef {
        PersonRef {
            deleted: false,
            site: site.to_owned(),
            ..self.directory.person_ref(person)
        }
    }

    /// Tells the tabs of an item, and the other hosts, who writes in it.
    pub(crate) fn tell_people(&mut self, item: &ItemId) {
        self.tell_tabs(item);
        self.send_presence(item);
    }

    fn tell_tabs(&mut self, item: &ItemId) {
        let Some(open) = self.documents.get(item) else {
            return;
        };
        let tabs: Vec<AttachmentId> = open.tabs.keys().copied().collect();
        for tab in tabs {
            let people = self.people_in(item, Some(tab));
            self.browsers.say(
                tab,
                &SiteMessage::People {
                    item: *item,
                    people,
                },
            );
        }
    }

    fn send_presence(&self, item: &ItemId) {
        let (Some(net), Some(open)) = (&self.net, self.documents.get(item)) else {
            return;
        };
        let tabs = open
            .tabs
            .iter()
            .take(PEOPLE_PER_ITEM_MAX)
            .map(|(id, tab)| RemoteTab {
                tab: id.0,
                person: tab.person,
                anchor: tab.anchor.clone(),
                head: tab.head.clone(),
            });
        let frame = PresenceFrame {
            space: open.space,
            item: *item,
            tabs: tabs.collect(),
        };
        let bytes = postcard::to_stdvec(&SideFrame::Writing(frame))
            .expect("presence of plain values always encodes");
        let about = u64::from_le_bytes(item.0[..8].try_into().expect("an item id has 16 bytes"));
        for host in self.hosts_of(&open.space) {
            if host != self.me.node {
                net.send_presence(host, about, bytes.clone());
            }
        }
    }

    /// Presence of another site arrived.
    pub(crate) fn presence_came(&mut self, peer: NodeId, bytes: &[u8]) {
        let frame = match SideFrame::read(bytes) {
            Some(SideFrame::Writing(frame)) => frame,
            Some(SideFrame::Carry(spaces)) => return self.offered(peer, spaces),
            None => {
                self.count_refused("presence-malformed");
                return;
            }
        };
        let long = |cursor: &Option<String>| {
            cursor.as_deref().map_or(0, str::len) > crate::api::live::CURSOR_BYTES_MAX
        };
        if self.hosts_of(&frame.space).is_empty() {
            // Its first entries are on their way: presence is told again in seconds.
            return;
        }
        if !self.me.guest && self.guest_sites(&frame.space).contains_key(&peer) {
            // Nothing of a guest is shown before a sponsor has admitted it, a cursor neither.
            self.count_refused("presence-of-guest");
            return;
        }
        let open = self.documents.get(&frame.item);
        if !self.hosts_of(&frame.space).contains(&peer)
            || open.is_some_and(|open| open.space != frame.space)
            || frame.tabs.len() > PEOPLE_PER_ITEM_MAX
            || frame
                .tabs
                .iter()
                .any(|tab| long(&tab.anchor) || long(&tab.head))
            || self.presence.count_of(&peer) >= ITEMS_PER_SITE_MAX
        {
            self.count_refused("presence-refused");
            return;
        }
        let sites = self.presence.items.entry(frame.item).or_default();
        if frame.tabs.is_empty() {
            sites.remove(&peer);
        } else {
            sites.insert(peer, (self.clock.now_ms(), frame.tabs));
        }
        self.tell_tabs(&frame.item);
    }

    pub(crate) fn presence_tick(&mut self, now_ms: u64) {
        if now_ms < self.presence.repeat_due_ms {
            return;
        }
        self.presence.repeat_due_ms = now_ms + REPEAT_MS;
        let mut faded = Vec::new();
        for (item, sites) in &mut self.presence.items {
            let before = sites.len();
            sites.retain(|_, (at, _)| *at + EXPIRE_MS > now_ms);
            if sites.len() < before {
                faded.push(*item);
            }
        }
        self.presence.items.retain(|_, sites| !sites.is_empty());
        for item in faded {
            self.tell_tabs(&item);
        }
        for item in self.documents.with_tabs() {
            self.send_presence(&item);
        }
        let linked: Vec<NodeId> = self
            .links
            .iter()
            .filter(|(_, link)| link.connected)
            .map(|(node, _)| *node)
            .collect();
        for peer in linked {
            self.send_offers(&peer);
        }
    }

    /// Tells a site which spaces it is to carry, as long as it has nothing of them.
    pub(crate) fn send_offers(&self, peer: &NodeId) {
        let Some(net) = &self.net else { return };
        for (number, spaces) in self.offers_for(peer).chunks(OFFERS_PER_FRAME).enumerate() {
            tracing::debug!("{peer:?} is offered {} spaces", spaces.len());
            let bytes = postcard::to_stdvec(&SideFrame::Carry(spaces.to_vec()))
                .expect("lists of ids always encode");
            net.send_presence(*peer, OFFERS_ABOUT + number as u64, bytes);
        }
    }
}
