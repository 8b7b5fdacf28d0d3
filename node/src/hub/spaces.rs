//! Spaces in memory: loaded when first needed, judged, saved, put away when idle.

use std::collections::{BTreeMap, BTreeSet};

use bocage_crdt::ids::{EntryId, ItemId, NodeId, PersonId, SpaceId};
use bocage_protocol::entry::Entry;
use bocage_protocol::machine::Event;
use bocage_protocol::rights::Admission;
use serde::{Deserialize, Serialize};

use super::Hub;
use super::guests::{GuestSite, admission_of};
use super::item::Item;
use super::space::{Outcome, Space};
use crate::api::{ApiError, ErrorCode};
use crate::store::{AppliedRow, EntryPlace, LogNumber, SpaceNumber, StoreError};

/// What is known of a space before its rows are loaded.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Summary {
    /// Sites that carry it.
    pub hosts: BTreeSet<NodeId>,
    /// Guest sites among them.
    pub guest_sites: BTreeMap<NodeId, GuestSite>,
    /// Who may read it as a member.
    pub members: BTreeSet<PersonId>,
    /// Shown in lists of spaces: neither the realm nor somebody's private space.
    pub people_space: bool,
    /// Everybody of the realm finds it, to enter or to ask: every site carries it.
    pub found: bool,
    /// Entries with rights operations.
    pub rights: Vec<EntryPlace>,
    /// Entries that do not count (yet).
    pub pending: Vec<EntryPlace>,
    /// Entries held by removals that count for the sake of others.
    pub vouched: BTreeSet<EntryId>,
    /// Highest lamport seen.
    pub lamport: u64,
    /// Items, for the status page.
    pub items: u64,
    /// Items under a standing erasure.
    pub erased: BTreeSet<ItemId>,
    /// People who manage it.
    pub managers: u32,
    /// A group has, or had, something to say.
    pub grouped: bool,
}

impl Hub {
    /// Reads the summaries; a space that is behind its logs is brought up at once.
    pub(crate) fn load_summaries(&mut self) -> Result<(), StoreError> {
        let mut behind = Vec::new();
        let applied: BTreeMap<_, _> = self.state_store.applied()?.into_iter().collect();
        let spaces: Vec<_> = self.catalog.spaces().collect();
        for (space, number) in &spaces {
            let row = applied.get(number);
            let row = row.filter(|row| self.is_behind_log(space, row));
            let summary = row.and_then(|row| postcard::from_bytes::<Summary>(&row.summary).ok());
            let heights = row.map(|row| &row.heights);
            let runs = self
                .catalog
                .logs_of(space)
                .iter()
                .flat_map(|log| log.runs());
            let mut runs = runs.filter(|(_, until)| *until > 0);
            let current = runs.all(|run| heights.is_some_and(|rows| rows.contains(&run)));
            match summary {
                Some(summary) if current => {
                    self.summaries.insert(*space, summary);
                }
                _ => behind.push(*space),
            }
        }
        // The realm first: it tells who people and sites are.
        let realm = SpaceId(self.me.realm.0);
        behind.retain(|space| *space != realm);
        if self.catalog.space_number(&realm).is_some() {
            self.load_space(&realm)?;
        }
        for space in behind {
            self.load_space(&space)?;
            self.put_away_idle();
        }
        for (space, _) in spaces {
            let hosts = self.hosts_of(&space);
            self.machine_event(Event::SpaceChanged { space, hosts });
            self.tell_erased(&space);
        }
        Ok(())
    }

    /// Makes room for a space that is new here; its first entry comes with the same batch.
    pub(crate) fn register_space(&mut self, id: SpaceId) {
        let number = self.catalog.add_space(id, &mut self.batch);
        if !self.spaces.contains_key(&id) {
            let space = self.empty_space(id, number);
            self.spaces.insert(id, space);
        }
    }

    pub(super) fn empty_space(&self, id: SpaceId, number: SpaceNumber) -> Space {
        let mut space = Space::new(id, number);
        space.guest = self.me.guest.then_some(self.me.node);
        space
    }

    pub(crate) fn hosts_of(&self, space: &SpaceId) -> BTreeSet<NodeId> {
        let known = match (self.spaces.get(space), self.summaries.get(space)) {
            (Some(space), _) => space.hosts(),
            (None, Some(summary)) => summary.hosts.clone(),
            (None, None) => BTreeSet::new(),
        };
        let mut hosts = match self.provisional.get(space) {
            // The entry that names us comes after others: until then the offer stands.
            Some(provisional) if !known.contains(&self.me.node) => &known | provisional,
            _ => known,
        };
        for node in self.guests_shut_out(space) {
            hosts.remove(&node);
        }
        hosts
    }

    /// The space with its rows, loaded when it is not.
    pub(crate) fn space(&mut self, space: &SpaceId) -> Result<&mut Space, ApiError> {
        if !self.spaces.contains_key(space) {
            if self.catalog.space_number(space).is_none() {
                return Err(ApiError::not_found());
            }
            if let Err(error) = self.load_space(space) {
                tracing::error!("{error}");
                self.failed = Some(error);
                return Err(ApiError::new(ErrorCode::Busy));
            }
        }
        let loaded = self.spaces.get_mut(space).ok_or_else(ApiError::not_found)?;
        loaded.used_ms = self.clock.now_ms();
        Ok(loaded)
    }

    /// Whether rows include nothing that the log does not hold: a crash may have kept the rows
    /// and not the entries, and then the log is right. Rows from before a fork, or before more of
    /// its branches came, were judged otherwise.
    fn is_behind_log(&self, space: &SpaceId, row: &AppliedRow) -> bool {
        let knows_forks = self.catalog.logs_of(space).iter().all(|known| {
            let [_, branches] = known.runs();
            known.state.fork.is_none() || row.heights.contains(&branches)
        });
        let heights = &row.heights;
        knows_forks
            && heights.iter().all(|(number, height)| {
                let known = self.catalog.log_by_number(*number);
                let mut runs = known.into_iter().flat_map(|known| known.runs());
                runs.any(|(run, until)| run == *number && *height <= until)
            })
    }

    /// The rows of a space as they were saved; none if any of them is damaged: then it is judged anew
    /// from its logs.
    fn saved_rows(&self, number: SpaceNumber) -> Result<Option<Vec<(ItemId, Item)>>, StoreError> {
        let rows = match self.state_store.rows(number) {
            Err(StoreError::Damaged { file, what }) => {
                let file = file.display();
                tracing::error!("{file} is damaged ({what}): a space is judged anew from its logs");
                return Ok(None);
            }
            rows => rows?,
        };
        let decoded = rows.into_iter().map(|(item, bytes)| {
            let row = postcard::from_bytes::<Item>(&bytes);
            row.map(|row| (item, row))
        });
        Ok(decoded.collect::<Result<_, _>>().ok())
    }

    fn load_space(&mut self, id: &SpaceId) -> Result<(), StoreError> {
        let Some(number) = self.catalog.space_number(id) else {
            return Ok(());
        };
        let mut space = self.empty_space(*id, number);
        self.state_forks(&mut space)?;
        let applied = self.state_store.applied_of(number)?;
        let applied = applied.filter(|row| self.is_behind_log(id, row));
        let rows = match &applied {
            Some(_) => self.saved_rows(number)?,
            None => None,
        };
        let summary = applied
            .as_ref()
            .and_then(|row| postcard::from_bytes::<Summary>(&row.summary).ok());
        let saved = applied.zip(summary).zip(rows);
        space.cleared = saved.is_none();
        if let Some(((applied, summary), rows)) = saved {
            let mut rights = Vec::new();
            for place in &summary.rights {
                if let Some(entry) = self.stored_entry(*place)? {
                    rights.push((*place, self.catalog.writer_of(place.log), entry));
                }
            }
            space.apply_rights(&rights);
            space.restore(rows);
            space.heights = applied.heights.into_iter().collect();
            space.last_arrival = applied.arrivals;
            space.found = summary.found;
            space.lamport = summary.lamport;
            space.vouched = summary.vouched;
            self.spaces.insert(*id, space);
            self.judge_places(id, summary.pending)?;
        } else {
            self.spaces.insert(*id, space);
        }
        // When these came nobody knows any more: calling them late now would be wrong.
        self.catch_up(id, None)?;
        self.vouch(id)?;
        self.after_rights(id);
        if *id == SpaceId(self.me.realm.0) || self.me.guest {
            self.read_people(id);
        }
        Ok(())
    }

    pub(crate) fn node_of(&self, log: LogNumber) -> NodeId {
        self.catalog
            .log_by_number(log)
            .map_or(NodeId::default(), |known| known.state.node)
    }

    /// Applies what is stored above the applied heights: rights first, then content in the order
    /// of lamport, so that a rebuild numbers arrivals alike. `received_ms` is when they came.
    pub(crate) fn catch_up(
        &mut self,
        id: &SpaceId,
        received_ms: Option<u64>,
    ) -> Result<(), StoreError> {
        let mut content = Vec::new();
        let mut heights = Vec::new();
        let mut rejudge = false;
        let Some(space) = self.spaces.get_mut(id) else {
            return Ok(());
        };
        let judged = space.has_verdicts();
        let mut rights = Vec::new();
        // Damaged entries are passed over; once they are healed the space is judged anew.
        let unreadable = |log, seq| self.log_store.is_unreadable(EntryPlace { log, seq });
        for known in self.catalog.logs_of(id) {
            let applied = space.heights.get(&known.number).copied().unwrap_or(0);
            let until = known.state.reach();
            if applied >= until {
                continue;
            }
            let writer = self.catalog.writer_of(known.number);
            let mut read = applied;
            self.log_store.scan(known.number, applied + 1, |entry| {
                let place = EntryPlace {
                    log: known.number,
                    seq: entry.header.seq,
                };
                if place.seq > until {
                    return false;
                }
                while read + 1 < place.seq && unreadable(known.number, read + 1) {
                    read += 1;
                }
                if place.seq != read + 1 {
                    // What is stored but not durable yet comes with its own event.
                    return false;
                }
                read = place.seq;
                if entry.header.kind.is_of_rights() {
                    rights.push((place, writer, entry));
                } else {
                    content.push((entry.header.lamport, entry.id, place));
                }
                true
            })?;
            // What this turn or the last ones wrote may not be readable on the disk yet.
            loop {
                let next = EntryPlace {
                    log: known.number,
                    seq: read + 1,
                };
                let Some(entry) = self.recent.get(&next) else {
                    if read < until && unreadable(known.number, read + 1) {
                        read += 1;
                        continue;
                    }
                    break;
                };
                read += 1;
                let place = EntryPlace {
                    log: known.number,
                    seq: read,
                };
                if entry.header.kind.is_of_rights() {
                    rights.push((place, writer, entry.clone()));
                } else {
                    content.push((entry.header.lamport, entry.id, place));
                }
            }
            heights.push((known.number, read));
        }
        self.read_branches(id, &mut rights, &mut content, &mut heights)?;
        if heights.is_empty() {
            return Ok(());
        }
        let Some(space) = self.spaces.get_mut(id) else {
            return Ok(());
        };
        rejudge |= space.apply_rights(&rights);
        if judged && rejudge {
            return self.rebuild_received(id, received_ms);
        }
        let admissions = rights.iter().map(|(_, _, entry)| admission_of(entry));
        let admissions: Option<Vec<Admission>> = admissions.collect();
        content.sort_unstable();
        for (_, _, place) in content {
            let writer = self.catalog.writer_of(place.log);
            let Some(entry) = self.stored_entry(place)? else {
                continue;
            };
            let Some(space) = self.spaces.get_mut(id) else {
                return Ok(());
            };
            let outcome = space.apply(place, writer, &entry, received_ms.unwrap_or(0));
            self.after_outcome(*id, place, outcome, &entry);
        }
        if let Some(space) = self.spaces.get_mut(id) {
            space.heights.extend(heights);
            space.changed = true;
        }
        match admissions {
            Some(admissions) => self.judge_admitted(id, &admissions),
            None => self.judge_pending(id),
        }
    }

    /// A stored entry; what still waits for the disk stands before what it replaces there.
    pub(crate) fn stored_entry(&self, place: EntryPlace) -> Result<Option<Entry>, StoreError> {
        match self.unwritten(place) {
            Some(entry) => Ok(Some(entry)),
            None => self.log_store.entry(place),
        }
    }

    pub(super) fn judge_places(
        &mut self,
        id: &SpaceId,
        places: Vec<EntryPlace>,
    ) -> Result<(), StoreError> {
        for place in places {
            let writer = self.catalog.writer_of(place.log);
            let Some(entry) = self.stored_entry(place)? else {
                continue;
            };
            let wall = self.clock.wall_ms();
            let Some(space) = self.spaces.get_mut(id) else {
                return Ok(());
            };
            let outcome = space.apply(place, writer, &entry, wall);
            if !matches!(
                outcome,
                Outcome::Waiting | Outcome::Held(_) | Outcome::Void(_)
            ) {
                self.after_outcome(*id, place, outcome, &entry);
            }
        }
        Ok(())
    }

    /// Judges again what waited or was held.
    pub(crate) fn judge_pending(&mut self, id: &SpaceId) -> Result<(), StoreError> {
        let places = self
            .spaces
            .get(id)
            .map_or_else(Vec::new, Space::pending_places);
        self.judge_places(id, places)?;
        self.vouch(id)
    }

    /// What follows from one applied entry: rows to tell, orphans to judge, hosts, people.
    pub(crate) fn after_outcome(
        &mut self,
        id: SpaceId,
        place: EntryPlace,
        outcome: Outcome,
        entry: &Entry,
    ) {
        match outcome {
            Outcome::Rights(rejudge) => {
                let judged = self
                    .spaces
                    .get(&id)
                    .is_some_and(|space| space.has_verdicts());
                self.report(|hub| match admission_of(entry) {
                    _ if rejudge && judged => hub.rebuild_space(&id),
                    Some(admission) => hub.judge_admitted(&id, &[admission]),
                    None => hub.judge_pending(&id),
                });
                self.after_rights(&id);
            }
            Outcome::Shown(item) | Outcome::Unadmitted(item) => {
                self.touch(id, item);
                let Some(space) = self.spaces.get_mut(&id) else {
                    return;
                };
                let orphans = space.take_orphans(&item);
                if !orphans.is_empty() {
                    self.report(|hub| hub.judge_places(&id, orphans));
                }
                self.document_grew(&id, &item, entry);
                let names_people = id == SpaceId(self.me.realm.0) || self.me.guest;
                if names_people && !self.rejudge.is_at_work(&id) {
                    self.read_person(&id, &item, entry);
                }
                self.read_mark_came(&id, &item);
                self.receipt_came(&id, &item);
                if !self.rejudge.is_at_work(&id) {
                    self.group_word_came(&id, &item);
                }
            }
            Outcome::Superseded | Outcome::Erased => {}
            Outcome::Waiting => self.notice_guest(&id, place, outcome),
            Outcome::Held(_) => {
                self.notice_guest(&id, place, outcome);
                self.guest_is_awaited(&id, place, outcome);
                self.people_changed(&id); // managers are told
            }
            Outcome::Void(reason) => self.count_refused(&format!("void-{reason}")),
        }
    }

    /// Runs something that reads the disk; damage ends the site with its message.
    pub(crate) fn report(&mut self, action: impl FnOnce(&mut Self) -> Result<(), StoreError>) {
        if let Err(error) = action(self) {
            tracing::error!("{error}");
            self.failed = Some(error);
        }
    }

    /// Marks a row as changed, and the rows that count it.
    pub(crate) fn touch(&mut self, id: SpaceId, item: ItemId) {
        let parent = self.spaces.get(&id).and_then(|space| {
            let row = space.items.get(&item)?;
            space.items.contains_key(&row.parent).then_some(row.parent)
        });
        if parent == Some(item) {
            self.duties.settings_changed(id);
        }
        let touched = self.touched.entry(id).or_default();
        touched.insert(item);
        touched.extend(parent);
    }

    /// Hosts or members may have changed: tell the exchange, the network and the lists.
    pub(crate) fn after_rights(&mut self, id: &SpaceId) {
        let Some(space) = self.spaces.get_mut(id) else {
            return;
        };
        let summary = space.summary();
        let before = self.summaries.insert(*id, summary.clone());
        let hosts = self.hosts_to_tell(id);
        if !hosts.is_empty() && self.told_hosts.get(id) != Some(&hosts) {
            self.told_hosts.insert(*id, hosts.clone());
            self.machine_event(Event::SpaceChanged {
                space: *id,
                hosts: hosts.clone(),
            });
            self.tell_erased(id);
            for peer in hosts {
                if self.links.get(&peer).is_some_and(|link| link.connected) {
                    self.send_offers(&peer);
                }
            }
        }
        if before.as_ref() != Some(&summary) {
            self.people_changed(id);
            let now_ms = self.clock.now_ms();
            self.look_for_duties(id, now_ms);
        }
        self.erasures_changed(id);
        let had = before.is_some_and(|before| !before.guest_sites.is_empty());
        if self.me.guest || had || !summary.guest_sites.is_empty() {
            self.guests_changed(id);
        }
        self.look_for_adoptions(id);
        if *id == SpaceId(self.me.realm.0) {
            self.read_sites();
        }
    }
}
