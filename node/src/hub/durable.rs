//! What follows once the disk has a batch: answers, frames to other sites, acknowledgements. And the
//! hub's end, when all of it must be there.

use std::collections::BTreeMap;

use bocage_crdt::ids::{LogId, SpaceId};
use bocage_protocol::entry::Entry;
use bocage_protocol::machine::Event;

use super::wakes::Report;
use super::{After, Hub};
use crate::store::{Durable, Ticket};

/// Entries of this site's own logs, by log.
type OwnEntries = BTreeMap<(SpaceId, LogId), Vec<Entry>>;

impl Hub {
    pub(super) fn on_report(&mut self, report: Report) {
        match report {
            Report::Log(Durable::UpTo(ticket)) => self.on_durable(ticket),
            Report::State(Durable::UpTo(ticket)) => self.saved(ticket),
            Report::Trial(number, trial) => self.on_trial(number, trial),
            Report::Log(Durable::Failed(error)) | Report::State(Durable::Failed(error)) => {
                self.failed = Some(error);
            }
        }
    }

    fn on_durable(&mut self, ticket: Ticket) {
        let mut entries = OwnEntries::new();
        let mut stored = Vec::new();
        let mut later = Vec::new();
        while self.durable.front().is_some_and(|(due, _)| *due <= ticket) {
            for after in self
                .durable
                .pop_front()
                .into_iter()
                .flat_map(|(_, after)| after)
            {
                match after {
                    After::Publish(space, entry) => {
                        let run = entries.entry((space, entry.header.log)).or_default();
                        run.push(entry);
                    }
                    // Before the exchange hears of it: what it then says of a peer is of this.
                    After::Readable(places) => {
                        for place in places {
                            self.recent.remove(&place);
                        }
                    }
                    After::MachineStored(machine_ticket) => stored.push(machine_ticket),
                    After::Renewed(certificate) => {
                        // The last entries of the former log first: the exchange must know them
                        // before that log is to it like anybody's.
                        self.publish(std::mem::take(&mut entries));
                        self.catalog.former = None;
                        self.machine_event(Event::Certificate { certificate });
                    }
                    other => later.push(other),
                }
            }
        }
        self.publish(entries);
        if !stored.is_empty() {
            self.machine_event(Event::Stored { tickets: stored });
        }
        for after in later {
            match after {
                After::Answer(reply, answer) => drop(reply.send(Ok(answer))),
                After::Done(reply) => drop(reply.send(Ok(()))),
                After::Person(reply, person) => drop(reply.send(Ok(person))),
                After::SendLive(live) => self.machine_event(Event::LocalLive(live)),
                After::TabSaved(tab, item, n) => self.tab_saved(tab, item, n),
                After::LogCompacted => self.log_compacted(),
                After::JoinAnswer(reply, answer) => drop(reply.send(answer)),
                After::CatchUp(space) => {
                    let now_ms = self.clock.wall_ms();
                    self.report(|hub| hub.catch_up(&space, Some(now_ms)));
                    self.after_rights(&space);
                }
                After::Healed(space) => {
                    if self.space(&space).is_ok() {
                        self.report(|hub| hub.rebuild_space(&space));
                        self.after_rights(&space);
                    }
                }
                After::Save(writes, round) => {
                    let ticket = self.saves.write(writes);
                    self.rounds_sent.extend(round.map(|round| (ticket, round)));
                }
                After::Publish(..)
                | After::MachineStored(_)
                | After::Renewed(_)
                | After::Readable(_) => {
                    unreachable!("sorted out above")
                }
            }
        }
    }

    /// Own entries that are durable go to the other hosts.
    fn publish(&mut self, entries: OwnEntries) {
        for ((space, log), entries) in entries {
            if let Some(last) = entries.last() {
                self.catalog.set_durable(&log, last.head());
            }
            self.machine_event(Event::LocalEntries { space, entries });
        }
    }

    /// Logs what is not logged yet, writes everything, ends the commit threads.
    pub(super) fn close(&mut self) {
        self.log_all_documents();
        self.ask_again(true);
        self.end_turn();
        self.commits.close();
        // Everything is durable now, or the thread has said why not.
        while let Ok(report) = self.reports.try_recv() {
            self.on_report(report);
        }
        self.finish_rebuilds();
        if self.failed.is_none() {
            let writes = self.rows_to_save();
            self.saves.write(writes);
        }
        self.saves.close();
    }
}
