//! Forked logs: a site that wrote two histories of one log, as a restored or copied machine does.
//! All sites hold both from the doubled place on; the site's next log takes them up again with one
//! `adopt`, which this site writes by itself when the log was its own.

use bocage_crdt::ids::{CommandId, EntryId, LogId, NodeId, SpaceId, derive};
use bocage_protocol::certificate::NodeCertificate;
use bocage_protocol::entry::Entry;
use bocage_protocol::machine::Event;
use bocage_protocol::rights::{Operation, Writer};

use super::Hub;
use super::catalog::KnownLog;
use super::space::Space;
use crate::api::rows::SiteRef;
use crate::api::status::ForkLine;
use crate::store::{EntryPlace, LogNumber, OTHER_BRANCHES, StoreError, StoreWrite};

/// From the last news of a fork until it is adopted: the branches come in several frames, and one
/// adoption is to name their ends.
const ADOPT_WAIT_MS: u64 = 1_000;
/// Between two looks whether a neighbour has all above a fork, doubled each time up to the longest;
/// then the next link tells. Acknowledgements end below a fork, so only comparing tells.
const COMPARE_WAIT_MS: u64 = 2_000;
const COMPARE_WAIT_MS_MAX: u64 = 64_000;

/// Entries above a fork, on all branches stored here.
fn above_fork(known: &KnownLog) -> u64 {
    let fork = known.state.fork.as_ref();
    fork.map_or(0, |fork| {
        known.branches + (known.state.reach() + 1).saturating_sub(fork.at)
    })
}

impl Hub {
    /// A writer was proven to have written two entries at one place.
    pub(super) fn fork_proven(&mut self, space: SpaceId, log: LogId) {
        let site = self.catalog.log(&log).map(|known| known.state.node);
        let name = site.map(|site| self.directory.site_name(&site));
        tracing::error!(
            "{} wrote two histories of one log ({log:?}), as a restored or copied machine does: its \
             entries from there on are held until it takes them up",
            name.unwrap_or_default()
        );
        self.count_refused("log-forked");
        self.rejudge.due.insert(space);
    }

    /// Keeps entries of another branch than the main line.
    pub(super) fn store_branch(&mut self, space: SpaceId, log: &LogId, entries: Vec<Entry>) {
        for entry in entries {
            let Some(place) = self.catalog.add_branch(log) else {
                return;
            };
            self.recent.insert(place, entry.clone());
            self.batch.push(StoreWrite::Entry(place, Box::new(entry)));
        }
        self.rejudge.due.insert(space);
    }

    /// Tells the rights of a space all that is stored above the forks of its logs.
    pub(super) fn state_forks(&self, space: &mut Space) -> Result<(), StoreError> {
        for known in self.catalog.logs_of(&space.id) {
            let Some(fork) = &known.state.fork else {
                continue;
            };
            // The proof stands for the doubled place also where a branch is not stored yet.
            let mut links = fork.proof.links();
            let [(main, reach), (others, count)] = known.runs();
            let places = (fork.at..=reach).map(|seq| EntryPlace { log: main, seq });
            let places = places.chain((1..=count).map(|seq| EntryPlace { log: others, seq }));
            for place in places {
                if let Some(entry) = self.stored_entry(place)? {
                    links.push((entry.header.seq, entry.id, entry.header.prev));
                }
            }
            space.rights.fork(known.log, &links);
            // Says in the saved row that its verdicts know of the fork.
            space.heights.entry(others).or_insert(0);
        }
        Ok(())
    }

    /// Entries of other branches above the applied ones, beside those of the main lines.
    pub(super) fn read_branches(
        &self,
        id: &SpaceId,
        rights: &mut Vec<(EntryPlace, Writer, Entry)>,
        content: &mut Vec<(u64, EntryId, EntryPlace)>,
        heights: &mut Vec<(LogNumber, u64)>,
    ) -> Result<(), StoreError> {
        let applied = self.spaces.get(id).map(|space| &space.heights);
        for known in self.catalog.logs_of(id) {
            let [_, (others, count)] = known.runs();
            let applied = applied.and_then(|heights| heights.get(&others).copied());
            let applied = applied.unwrap_or(0);
            for seq in applied + 1..=count {
                let place = EntryPlace { log: others, seq };
                let Some(entry) = self.stored_entry(place)? else {
                    continue;
                };
                if entry.header.kind.is_of_rights() {
                    rights.push((place, self.catalog.writer_of(others), entry));
                } else {
                    content.push((entry.header.lamport, entry.id, place));
                }
            }
            if count > applied {
                heights.push((others, count));
            }
        }
        Ok(())
    }

    /// Judges anew where forks or lives moved, and takes up branches of this site's own logs.
    pub(super) fn forks_tick(&mut self, now_ms: u64) {
        self.rebuild_tick();
        for id in std::mem::take(&mut self.rejudge.due) {
            self.report(|hub| hub.rebuild_space(&id));
            self.after_rights(&id);
            self.adoptions.insert(id, now_ms + ADOPT_WAIT_MS);
            self.fork_compare = Some((now_ms + COMPARE_WAIT_MS, COMPARE_WAIT_MS));
        }
        if let Some((due_ms, wait_ms)) = self.fork_compare.filter(|(due_ms, _)| *due_ms <= now_ms) {
            let again = self.lacks_above_fork() && wait_ms < COMPARE_WAIT_MS_MAX;
            self.fork_compare = again.then_some((due_ms + 2 * wait_ms, 2 * wait_ms));
            if again {
                self.compare_all();
            }
        }
        let due = self.adoptions.iter().filter(|(_, at)| **at <= now_ms);
        let due: Vec<SpaceId> = due.map(|(id, _)| *id).collect();
        for id in due {
            self.adoptions.remove(&id);
            self.adopt_branches(&id);
        }
    }

    /// Own logs of earlier lives with branches that no adoption has taken up: their ends.
    fn not_adopted(&self, space: &SpaceId) -> Vec<(LogId, Vec<EntryId>)> {
        let (me, writer) = (self.me.node, self.writer_key());
        let rights = self.spaces.get(space).map(|space| &space.rights);
        let own = self.catalog.logs_of(space).iter().filter(|known| {
            known.state.node == me && known.state.writer != writer && known.state.fork.is_some()
        });
        own.filter_map(|known| {
            let tips = &known.state.fork.as_ref()?.tips;
            let held = |rights: &bocage_protocol::rights::Rights| {
                let mut tips = tips.iter();
                tips.any(|tip| rights.is_above_fork(&known.log, &me, tip.seq, &tip.id))
            };
            let mut heads: Vec<EntryId> = tips.iter().map(|tip| tip.id).collect();
            heads.sort();
            rights.is_some_and(held).then_some((known.log, heads))
        })
        .collect()
    }

    /// What was refused for want of a right may be possible now.
    pub(super) fn look_for_adoptions(&mut self, space: &SpaceId) {
        if self.catalog.has_fork(space)
            && !self.adoptions.contains_key(space)
            && !self.not_adopted(space).is_empty()
        {
            let due_ms = self.clock.now_ms() + ADOPT_WAIT_MS;
            self.adoptions.insert(*space, due_ms);
        }
    }

    /// Writes that both histories of our earlier logs count.
    fn adopt_branches(&mut self, space: &SpaceId) {
        if self.space(space).is_err() {
            return;
        }
        for (log, heads) in self.not_adopted(space) {
            let mut parts: Vec<&[u8]> = vec![&log.0];
            parts.extend(heads.iter().map(|head| &head.0[..]));
            let command = CommandId(derive("bocage 1 adoption", &parts));
            let count = heads.len();
            let adopt = Operation::Adopt { log, heads };
            match self.write_operation(*space, self.me.person, command, adopt) {
                Ok(_) => tracing::warn!(
                    "{count} histories of log {log:?}, written before this life of the site, count \
                     again"
                ),
                Err(error) => {
                    tracing::error!("the histories of log {log:?} stay held: {error}");
                    self.count_refused("log-not-adopted");
                }
            }
        }
    }

    /// What an acknowledgement must cover for this entry. Heights end below a fork: above it a
    /// peer is known to have all once it is known to have the same.
    pub(super) fn acked_place(&self, place: EntryPlace) -> EntryPlace {
        let known = self.catalog.log_by_number(place.log);
        let forked = known.filter(|known| {
            let fork = known.state.fork.as_ref();
            fork.is_some_and(|fork| place.log != known.number || place.seq >= fork.at)
        });
        forked.map_or(place, |known| EntryPlace {
            log: known.number | OTHER_BRANCHES,
            seq: above_fork(known),
        })
    }

    /// A peer stores exactly what is here, above forks too.
    pub(super) fn equal_above_forks(&mut self, peer: NodeId, space: SpaceId) {
        let forked: Vec<_> = self
            .catalog
            .logs_of(&space)
            .iter()
            .filter(|known| above_fork(known) > 0)
            .map(|known| (known.number, known.state.height(), above_fork(known)))
            .collect();
        for (number, height, count) in forked {
            let others = number | OTHER_BRANCHES;
            let unwritten = |place: &EntryPlace| place.log == number || place.log == others;
            if self.recent.keys().any(unwritten) {
                continue;
            }
            let heights = self.acks.entry(peer).or_default();
            if heights.insert(others, count) != Some(count) {
                self.acks_dirty.insert(peer);
                self.kept_moved(&space, others, 0, u64::MAX);
                self.kept_moved(&space, number, height, u64::MAX);
            }
        }
    }

    /// Has the exchange compare all spaces with all neighbours: it does so for a list of our lives.
    fn compare_all(&mut self) {
        // Not before a life of ours that is on its way to the disk: it brings the same.
        if self.catalog.former.is_none() {
            let certificate = self.me.certificate.clone();
            self.machine_event(Event::Certificate { certificate });
        }
    }

    /// Whether a connected host is not known to have all that is here above a fork.
    fn lacks_above_fork(&self) -> bool {
        let spaces = self.catalog.spaces().map(|(space, _)| space);
        let mut forked = spaces.filter(|space| self.catalog.has_fork(space));
        forked.any(|space| {
            let hosts = self.hosts_of(&space);
            let connected = |node: &&NodeId| self.links.get(*node).is_some_and(|it| it.connected);
            let has = |node: &NodeId, known: &KnownLog| {
                let heights = self.acks.get(node);
                let others = known.number | OTHER_BRANCHES;
                let count = heights.and_then(|heights| heights.get(&others).copied());
                count.unwrap_or(0) == above_fork(known)
            };
            hosts.iter().filter(connected).any(|node| {
                let mut logs = self.catalog.logs_of(&space).iter();
                !logs.all(|known| has(node, known))
            })
        })
    }

    /// A site's list of writer keys, longer than before: its logs may be of other lives now, and
    /// what it acknowledged in its last life it may have lost.
    pub(super) fn certificate_came(&mut self, certificate: NodeCertificate) {
        let node = certificate.node;
        let before = self.catalog.certificate(&node);
        let new_life =
            before.is_some_and(|before| before.writers.last() != certificate.writers.last());
        self.batch
            .push(StoreWrite::Certificate(Box::new(certificate.clone())));
        self.rejudge
            .due
            .extend(self.catalog.set_certificate(certificate));
        if new_life && node != self.me.node {
            tracing::warn!("{} began a new life", self.directory.site_name(&node));
            self.acks.remove(&node);
            self.acks_dirty.insert(node);
            self.send_offers(&node);
            // What it still has it may have said just before: all is compared once more.
            self.compare_all();
        }
    }

    /// Forked logs, for the technician.
    pub(super) fn fork_lines(&mut self) -> Vec<ForkLine> {
        let spaces = self.catalog.spaces().map(|(space, _)| space);
        let forked: Vec<SpaceId> = spaces
            .filter(|space| self.catalog.has_fork(space))
            .collect();
        let mut lines = Vec::new();
        for id in forked {
            if self.space(&id).is_err() {
                continue;
            }
            let (name, rights) = (self.setting(&id, "name"), &self.spaces[&id].rights);
            for known in self.catalog.logs_of(&id) {
                let Some(fork) = &known.state.fork else {
                    continue;
                };
                let node = known.state.node;
                let held = |tip: &bocage_protocol::entry::LogHead| {
                    rights.is_above_fork(&known.log, &node, tip.seq, &tip.id)
                };
                lines.push(ForkLine {
                    site: SiteRef {
                        id: node,
                        name: self.directory.site_name(&node),
                    },
                    space: name.clone(),
                    held: fork.tips.is_empty() || fork.tips.iter().any(held),
                });
            }
        }
        lines
    }
}
