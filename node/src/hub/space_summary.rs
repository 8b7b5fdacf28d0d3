//! What a space amounts to: members, summary for lists, rows to save, fingerprint to compare.

use super::guests::GuestSite;
use super::item::{Body, order};
use super::space::Space;
use super::spaces::Summary;
use crate::store::{AppliedRow, EntryPlace, StateWrite};
use bocage_crdt::ids::{ItemId, NodeId, PersonId};
use bocage_protocol::entry::{Entry, EntryKind};
use bocage_protocol::rights::{Inserted, Role, SpaceKind, Writer};
use std::collections::{BTreeMap, BTreeSet};

/// Rights operations that came together and are taken in one by one, each in about a millisecond: what
/// they leave as it was need not be judged anew.
const FEW: usize = 16;

impl Space {
    /// Whether any content was judged yet.
    pub(crate) fn has_verdicts(&self) -> bool {
        !self.items.is_empty() || !self.pending.is_empty() || !self.orphans.is_empty()
    }

    /// Sites that carry the space.
    pub(crate) fn hosts(&self) -> BTreeSet<NodeId> {
        let now = self.rights.now();
        now.hosts.keys().chain(now.guests.keys()).copied().collect()
    }

    /// Guest sites, also those whose time is over.
    pub(crate) fn guest_sites(&self) -> BTreeMap<NodeId, GuestSite> {
        let guests = self.rights.now().guests.iter();
        guests
            .map(|(node, guest)| {
                let site = GuestSite {
                    name: guest.name.clone(),
                    role: guest.role,
                    sponsors: guest.sponsors.clone(),
                    addresses: guest.addresses.clone(),
                    end_ms: guest.end_ms,
                };
                (*node, site)
            })
            .collect()
    }

    /// People whom guest sites named: person, site, name.
    pub(crate) fn introduced(&self) -> Vec<(PersonId, NodeId, String)> {
        let guests = self.rights.now().guests.iter();
        guests
            .flat_map(|(node, guest)| {
                let people = guest.persons.iter();
                people.map(|(person, name)| (*person, *node, name.clone()))
            })
            .collect()
    }

    /// Members and guests among them; sites that hold rights are not people.
    pub(crate) fn audience(&self) -> (u32, u32) {
        let now = self.rights.now();
        let people = now.persons.iter().filter(|(person, member)| {
            member.role.allows(Role::VIEWER)
                && !now.hosts.values().any(|host| host.person == **person)
        });
        let (mut all, mut guests) = (0, 0);
        for (_, member) in people {
            all += 1;
            guests += u32::from(member.sponsor.is_some());
        }
        (all, guests)
    }

    /// The one child of a kind that a person made under `parent`.
    pub(crate) fn own_child(
        &self,
        parent: &ItemId,
        kind: u16,
        person: &PersonId,
    ) -> Option<ItemId> {
        self.children(*parent, kind)
            .find(|(_, id)| {
                self.items
                    .get(id)
                    .is_some_and(|item| item.creator == *person)
            })
            .map(|(_, id)| id)
    }

    /// People who can let others in: at a site that carries the space. Sites that keep the door are not
    /// among them.
    pub(crate) fn managers(&self) -> impl Iterator<Item = PersonId> + '_ {
        let now = self.rights.now();
        let people = now.persons.iter().filter(|(person, member)| {
            member.role.allows(Role::MANAGER)
                && member.sites.iter().any(|site| now.hosts.contains_key(site))
                && !now.hosts.values().any(|host| host.person == **person)
        });
        people.map(|(person, _)| *person)
    }

    /// The site that founded the space: the host of the earliest operation.
    pub(crate) fn home(&self) -> Option<NodeId> {
        self.founder
    }

    /// Members with role, since when, and who added them.
    pub(crate) fn member_list(&self) -> Vec<(PersonId, Role, u64, Option<PersonId>)> {
        let now = self.rights.now();
        now.persons
            .iter()
            .filter(|(person, _)| !now.hosts.values().any(|host| host.person == **person))
            .map(|(person, member)| {
                let since = self.rights_times.get(&member.since).copied().unwrap_or(0);
                let by = (member.added_by != *person).then_some(member.added_by);
                (*person, member.role, since, by)
            })
            .collect()
    }

    /// What is kept of the space when its rows are put away.
    pub(crate) fn summary(&self) -> Summary {
        let now = self.rights.now();
        let members = now
            .persons
            .iter()
            .filter(|(_, member)| member.role.allows(Role::VIEWER));
        Summary {
            hosts: self.hosts(),
            guest_sites: self.guest_sites(),
            members: members
                .map(|(person, _)| *person)
                .chain(self.introduced().into_iter().map(|(person, ..)| person))
                .collect(),
            people_space: !matches!(
                now.kind,
                None | Some(SpaceKind::Private | SpaceKind::Realm | SpaceKind::Unknown(_))
            ),
            found: self.found,
            rights: self.rights_places.iter().copied().collect(),
            pending: self.pending.keys().copied().collect(),
            vouched: self.vouched.clone(),
            lamport: self.lamport,
            items: self.items.len() as u64,
            erased: self.erasures.items().copied().collect(),
            managers: self.managers().count() as u32,
            grouped: self.is_grouped(),
        }
    }

    /// Rows, heights and summary for the state file; false when nothing changed.
    pub(crate) fn save(&mut self, writes: &mut Vec<StateWrite>) -> bool {
        if !self.changed && self.dirty.is_empty() {
            return false;
        }
        if std::mem::take(&mut self.cleared) {
            writes.push(StateWrite::Clear(self.number));
            self.dirty.extend(self.items.keys().copied());
        }
        for id in std::mem::take(&mut self.dirty) {
            let row = self
                .items
                .get(&id)
                .map(|item| postcard::to_stdvec(item).expect("rows of plain values always encode"));
            writes.push(StateWrite::Row(self.number, id, row));
        }
        self.changed = false;
        let row = AppliedRow {
            heights: self.heights.iter().map(|(log, seq)| (*log, *seq)).collect(),
            arrivals: self.last_arrival,
            summary: postcard::to_stdvec(&self.summary())
                .expect("summaries of plain values always encode"),
        };
        writes.push(StateWrite::Applied(self.number, row));
        true
    }

    /// After judging anew: what was here before keeps its number of arrival, so that nothing
    /// read becomes unread.
    pub(crate) fn keep_arrivals(&mut self, old: &Self) {
        let mut next = old.last_arrival;
        let mut order: Vec<(u64, ItemId)> = self
            .items
            .iter()
            .map(|(id, item)| (item.arrival, *id))
            .collect();
        order.sort_unstable();
        for (_, id) in order {
            let Some(item) = self.items.get_mut(&id) else {
                continue;
            };
            match old.items.get(&id) {
                Some(before) => {
                    item.arrival = before.arrival;
                    item.arrived_ms = before.arrived_ms;
                    item.keep_shown(before);
                }
                None => {
                    next += 1;
                    item.arrival = next;
                }
            }
        }
        self.last_arrival = next;
        for arrivals in self.arrivals.values_mut() {
            for (arrival, id) in arrivals.iter_mut() {
                *arrival = self.items.get(id).map_or(0, |item| item.arrival);
            }
            arrivals.sort_unstable();
        }
    }

    /// Hash over the canonical rows: what every site must show alike, and nothing else.
    pub(crate) fn fingerprint(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for (id, item) in &self.items {
            let row = serde_json::json!({
                "id": id,
                "kind": item.kind,
                "parent": item.parent,
                "creator": item.creator,
                "created": item.created.to_text(),
                "changed": item.changed.to_text(),
                "changedBy": item.changed_by,
                "title": item.title(),
                "fields": item.fields(),
                "others": item.others().iter().map(|other| (other.at.to_text(), &other.record)).collect::<Vec<_>>(),
                "body": match &item.body {
                    Body::Record(record) => serde_json::json!(record),
                    Body::Document { shown, .. } => serde_json::json!(shown),
                },
            });
            hasher.update(row.to_string().as_bytes());
            hasher.update(b"\n");
        }
        let members = serde_json::json!(
            self.member_list()
                .iter()
                .map(|(person, role, _, _)| (*person, role.names().collect::<Vec<_>>()))
                .collect::<Vec<_>>()
        );
        hasher.update(members.to_string().as_bytes());
        hasher.finalize().to_hex().to_string()
    }

    /// Items with the newest activity, newest first.
    pub(crate) fn newest_activity(&self, most: usize) -> Vec<ItemId> {
        let mut newest: Vec<(u64, ItemId)> = Vec::new();
        for (id, item) in &self.items {
            if item
                .feature()
                .is_none_or(|feature| feature.activity().is_none())
            {
                continue;
            }
            let at = newest.partition_point(|(ms, _)| *ms >= item.changed_ms);
            if at < most {
                newest.insert(at, (item.changed_ms, *id));
                newest.truncate(most);
            }
        }
        newest.into_iter().map(|(_, id)| id).collect()
    }

    /// Takes rights operations in at once; `true` when verdicts given before may have changed.
    pub(crate) fn apply_rights(&mut self, entries: &[(EntryPlace, Writer, Entry)]) -> bool {
        for (place, writer, entry) in entries {
            self.lamport = self.lamport.max(entry.header.lamport);
            self.rights_places.insert(*place);
            if entry.header.kind != EntryKind::Rights {
                continue;
            }
            self.rights_times.insert(entry.id, entry.header.wall_ms);
            self.rights_authors.insert(entry.id, entry.header.author);
            self.grouped |= super::following::follows(&self.id, &entry.header.command);
            let at = order(entry.header.lamport, entry.id);
            self.trail.insert((at, *place));
            if entry.header.rights_heads.is_empty() {
                self.founder = Some(writer.node);
            }
        }
        self.changed |= !entries.is_empty();
        let (few, rest) = entries.split_at(entries.len() * usize::from(entries.len() <= FEW));
        let mut rejudge = false;
        for (_, writer, entry) in few {
            rejudge |= self.rights.insert(entry, *writer) == Inserted::Rejudge;
        }
        let rest = rest.iter().map(|(_, writer, entry)| (entry, *writer));
        rejudge |= self.rights.insert_all(rest) == Inserted::Rejudge;
        let ids = entries.iter().map(|(_, _, entry)| entry.id);
        self.erasures_moved(ids) || rejudge
    }
}
