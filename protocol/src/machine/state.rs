//! What the machine remembers of spaces, logs and peers. Small on purpose: hundreds of idle
//! spaces must fit a small computer, so logs are addressed by their place in a list.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bocage_crdt::ids::{EntryId, ItemId, LogId, NodeId, SpaceId, WriterKey};

use super::event::{LogReader, Ticket};
use crate::entry::LogHead;
use crate::limits::MISSING_PER_LOG_MAX;
use crate::log::{Accepted, Known, LogState, SignedHeader};
use crate::wire::frame::{HaveLog, LogKey, SessionKey, SpaceDigest, SpaceTag, log_key};

/// One space that this site hosts.
#[derive(Default)]
pub(super) struct Space {
    pub(super) hosts: BTreeSet<NodeId>,
    pub(super) erased: BTreeSet<ItemId>,
    pub(super) logs: Vec<Log>,
    pub(super) places: BTreeMap<LogKey, usize>,
    /// `None` after a durable change.
    pub(super) digest: Option<SpaceDigest>,
    /// Logs whose durable state not all hosts were told.
    pub(super) untold: BTreeSet<usize>,
    pub(super) announce_at_ms: Option<u64>,
}

/// One log of a space.
pub(super) struct Log {
    pub(super) key: LogKey,
    /// Set with the first entries; before, a peer only announced the key.
    pub(super) id: Option<LogId>,
    /// With what was verified and is on its way to the disk.
    pub(super) state: LogState,
    /// As on disk: what peers are told.
    pub(super) durable: LogState,
    pub(super) asked: Option<Asked>,
    /// Who announced it, while nothing proves that it exists.
    pub(super) announced_by: Option<NodeId>,
    /// Bisection for the first place at which a peer's log differs.
    pub(super) search: Option<Search>,
}

/// A range asked of one peer: nobody else is asked for this log meanwhile.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) peer: NodeId,
    pub(super) to: u64,
    pub(super) tip: Option<EntryId>,
    /// Whether anything asked for came that was new.
    pub(super) progress: bool,
    /// When others are asked, whatever else this peer delivers.
    pub(super) due_ms: u64,
}

/// Equal at `low` (or 0), different at `high`.
#[derive(Clone, Copy)]
pub(super) struct Search {
    pub(super) peer: NodeId,
    pub(super) low: u64,
    pub(super) high: u64,
}

/// One connection.
pub(super) struct Peer {
    pub(super) nonce: [u8; 16],
    pub(super) up_at_ms: u64,
    /// Set by the peer's Hello.
    pub(super) key: Option<SessionKey>,
    pub(super) spaces: BTreeMap<SpaceId, PeerSpace>,
    pub(super) tags: BTreeMap<SpaceTag, SpaceId>,
    /// How many writer keys of which site the peer was told.
    pub(super) told_writers: BTreeMap<NodeId, usize>,
    /// Data bytes we may still send.
    pub(super) window: i64,
    /// Data bytes received and not yet given back as credit.
    pub(super) held_bytes: usize,
    /// Data bytes digested and not yet given back as credit.
    pub(super) credit_bytes: usize,
    pub(super) serving: VecDeque<Serve>,
    pub(super) asked: usize,
    pub(super) unproven: usize,
    /// Delivered nothing for too long: asked last.
    pub(super) slow: bool,
    pub(super) queue_full: bool,
    /// The peer's first listing is complete.
    pub(super) listed: bool,
    /// Spaces that differ or whose heights are not known yet.
    pub(super) unequal: usize,
    pub(super) caught_up: bool,
    pub(super) progress_at_ms: u64,
    pub(super) compared_at_ms: u64,
    pub(super) news_at_ms: Option<u64>,
}

/// A range that a peer asked for.
pub(super) struct Serve {
    pub(super) space: SpaceId,
    pub(super) place: usize,
    pub(super) next: u64,
    pub(super) to: u64,
    pub(super) tip: Option<EntryId>,
}

/// A space on one connection.
pub(super) struct PeerSpace {
    pub(super) tag: SpaceTag,
    /// The peer named it too.
    pub(super) listed: bool,
    /// The digest that we listed last: the peer compared with this one.
    pub(super) said: Option<SpaceDigest>,
    /// The peer's heights are known.
    pub(super) known: bool,
    /// Logs that differ from ours.
    pub(super) unequal: usize,
    /// Whether this space is in [`Peer::unequal`].
    pub(super) counted: bool,
    pub(super) logs: Vec<PeerLog>,
}

/// A log on one connection.
#[derive(Clone, Default)]
pub(super) struct PeerLog {
    /// The peer's durable height as it last said.
    pub(super) shown: u64,
    /// First bytes of its last entry's id, if it said that too.
    pub(super) head: Option<[u8; 8]>,
    /// The height we last told, or pushed.
    pub(super) told: u64,
    /// Entries were pushed under the writer's key: its log's short name is enough from now on.
    pub(super) named: bool,
    pub(super) above: Vec<(u64, u64)>,
    #[allow(
        clippy::box_collection,
        reason = "one word instead of three in each of thousands of idle logs"
    )]
    pub(super) tips: Option<Box<Vec<EntryId>>>,
    /// Runs above, or tips, changed here since the last Have.
    pub(super) untold_rest: bool,
    pub(super) differs: bool,
    pub(super) distrust: Distrust,
    pub(super) proof_sent: bool,
}

/// Whether to ask this peer for this log.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Distrust {
    #[default]
    None,
    /// It could not serve what it showed: not before it says something new.
    UntilHave,
    /// It sent what no honest host stores: not on this connection.
    Always,
}

/// A Store on its way to the disk.
pub(super) struct InFlight {
    pub(super) peer: NodeId,
    pub(super) space: SpaceId,
    /// What the space is called on the peer's connection; none when that has ended.
    pub(super) tag: Option<SpaceTag>,
    pub(super) place: usize,
    pub(super) state: LogState,
    /// Of the entries: a branch may rest on what is not on disk yet.
    pub(super) heads: Vec<LogHead>,
    pub(super) bytes: usize,
}

/// All Stores on their way.
pub(super) type Tickets = BTreeMap<Ticket, InFlight>;

impl Log {
    pub(super) fn announced(key: LogKey, by: Option<NodeId>) -> Self {
        let state = LogState::new(WriterKey::default(), NodeId::default());
        Self {
            key,
            id: None,
            durable: state.clone(),
            state,
            asked: None,
            announced_by: by,
            search: None,
        }
    }

    pub(super) fn known(state: LogState, space: &SpaceId) -> Self {
        let id = state.id(space);
        Self {
            id: Some(id),
            durable: state.clone(),
            state,
            ..Self::announced(log_key(&id), None)
        }
    }

    /// A range of `from` was compared with this log: narrows the search for the first difference,
    /// begins one, or ends it. What was asked of `from` made progress if anything came of it.
    pub(super) fn compare_search(&mut self, from: NodeId, last_seq: u64, accepted: &Accepted) {
        let ours = self.search.filter(|search| search.peer == from);
        let stored = matches!(
            accepted,
            Accepted::Main(_) | Accepted::Branch(_) | Accepted::Forked(_)
        );
        match (ours, accepted) {
            (Some(search), Accepted::Duplicate) if last_seq < search.high => {
                let low = last_seq.max(search.low);
                self.search = Some(Search { low, ..search });
            }
            (Some(search), Accepted::Suspect { at })
                if (search.low + 1..search.high).contains(at) =>
            {
                let high = *at;
                self.search = Some(Search { high, ..search });
            }
            (Some(_), Accepted::Main(_) | Accepted::Branch(_)) => {}
            (Some(_), _) => self.search = None,
            (None, Accepted::Suspect { at }) => {
                self.search = Some(Search {
                    peer: from,
                    low: 0,
                    high: *at,
                });
            }
            (None, _) => {}
        }
        let searching = self.search.is_some_and(|search| search.peer == from);
        if let Some(asked) = self.asked.as_mut().filter(|asked| asked.peer == from) {
            asked.progress |= stored || searching;
        }
    }

    pub(super) fn have(&self) -> HaveLog {
        let durable = &self.durable;
        HaveLog {
            log: self.key,
            height: durable.height(),
            head: self.head(),
            above: durable.above_ranges(),
            tips: durable.tips(),
        }
    }

    /// First bytes of the last durable entry's id; zero for none, and in a forked log, where
    /// sites differ in which branch is their main run.
    fn head(&self) -> [u8; 8] {
        let mut head = [0; 8];
        if let (None, Some(last)) = (&self.durable.fork, self.durable.last_whole()) {
            head.copy_from_slice(&last.0[..8]);
        }
        head
    }

    pub(super) fn is_empty(&self) -> bool {
        let durable = &self.durable;
        durable.head.is_none() && durable.above.is_empty() && durable.fork.is_none()
    }
}

impl Space {
    pub(super) fn add(&mut self, log: Log) -> usize {
        let place = self.logs.len();
        self.places.insert(log.key, place);
        self.logs.push(log);
        place
    }

    /// A hash over everything durable, equal at two hosts that store the same.
    pub(super) fn digest(&mut self) -> SpaceDigest {
        if let Some(digest) = self.digest {
            return digest;
        }
        let mut hasher = blake3::Hasher::new_derive_key("bocage 1 space digest");
        for place in self.places.values() {
            let log = &self.logs[*place];
            if log.is_empty() {
                continue;
            }
            // Which branch of a forked log is its main run differs from site to site.
            let head = match (&log.durable.fork, log.durable.last_whole()) {
                (None, Some(last)) => last,
                _ => EntryId::default(),
            };
            hasher.update(&log.key);
            hasher.update(&log.durable.height().to_le_bytes());
            hasher.update(&head.0);
            let above = log.durable.above_ranges();
            hasher.update(&(above.len() as u64).to_le_bytes());
            for (from, to) in above {
                hasher.update(&from.to_le_bytes());
                hasher.update(&to.to_le_bytes());
            }
            let tips = log.durable.tips();
            let count = tips.as_ref().map_or(0, |tips| 1 + tips.len() as u64);
            hasher.update(&count.to_le_bytes());
            for tip in tips.unwrap_or_default() {
                hasher.update(&tip.0);
            }
        }
        let mut digest = [0; 8];
        digest.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        self.digest = Some(digest);
        digest
    }
}

impl Peer {
    /// Brings the count of unequal spaces in line with one space's state.
    pub(super) fn recount(&mut self, space: &SpaceId) {
        if let Some(shared) = self.spaces.get_mut(space) {
            let counts = shared.listed && (!shared.known || shared.unequal > 0);
            if counts != shared.counted {
                shared.counted = counts;
                if counts {
                    self.unequal += 1;
                    self.caught_up = false;
                } else {
                    self.unequal -= 1;
                }
            }
        }
    }

    pub(super) fn leave(&mut self, space: &SpaceId) {
        if let Some(shared) = self.spaces.remove(space) {
            self.tags.remove(&shared.tag);
            if shared.counted {
                self.unequal -= 1;
            }
        }
    }

    /// Whether something it asked for can be sent now.
    pub(super) fn can_be_served(&self) -> bool {
        self.has_room() && !self.serving.is_empty()
    }

    /// Whether data may be sent now.
    pub(super) fn has_room(&self) -> bool {
        self.window > 0 && !self.queue_full
    }
}

impl PeerLog {
    /// All ranges that the peer shows.
    pub(super) fn offered(&self) -> Vec<(u64, u64)> {
        let mut ranges = Vec::with_capacity(1 + self.above.len());
        if self.shown > 0 {
            ranges.push((1, self.shown));
        }
        ranges.extend_from_slice(&self.above);
        ranges
    }

    /// How many entries it shows that are not durable here. A height is a claim: of a log of which
    /// nothing signed ever came, or that it did not serve when asked, it is none of ours to wait for.
    pub(super) fn missing_at(&self, ours: &Log) -> u64 {
        if self.distrust != Distrust::None || ours.id.is_none() || !self.differs {
            return 0;
        }
        let mut stored = vec![(1, ours.durable.height())];
        stored.extend(ours.durable.above_ranges());
        let mut missing = 0u64;
        for (from, to) in self.offered() {
            let here = stored.iter().map(|(first, last)| {
                let (first, last) = (from.max(*first), to.min(*last));
                (last + 1).saturating_sub(first)
            });
            let shown = (to - from).saturating_add(1);
            missing = missing.saturating_add(shown.saturating_sub(here.sum()));
        }
        missing.min(MISSING_PER_LOG_MAX)
    }
}

impl PeerSpace {
    /// Compares one log with ours, after either side moved.
    pub(super) fn weigh(&mut self, place: usize, log: &Log) {
        let peer_log = &mut self.logs[place];
        let differs = peer_log.shown != log.durable.height()
            || peer_log.head.is_some_and(|head| head != log.head())
            || peer_log.above != log.durable.above_ranges()
            || peer_log.tips.as_deref() != log.durable.tips().as_ref();
        if differs != peer_log.differs {
            peer_log.differs = differs;
            if differs {
                self.unequal += 1;
            } else {
                self.unequal -= 1;
            }
        }
    }

    /// Takes over that the peer stores exactly what we do.
    pub(super) fn set_equal(&mut self, logs: &[Log]) {
        for (peer_log, log) in self.logs.iter_mut().zip(logs) {
            peer_log.shown = log.durable.height();
            peer_log.head = Some(log.head());
            peer_log.told = peer_log.shown;
            peer_log.above = log.durable.above_ranges();
            peer_log.tips = log.durable.tips().map(Box::new);
            peer_log.untold_rest = false;
            peer_log.differs = false;
        }
        self.known = true;
        self.unequal = 0;
    }
}

/// One log on disk, as [`LogState::accept`] asks for it.
pub(super) struct OnDisk<'a> {
    pub(super) logs: &'a dyn LogReader,
    pub(super) space: SpaceId,
    pub(super) log: LogId,
    pub(super) erased: &'a BTreeSet<ItemId>,
    pub(super) in_flight: &'a Tickets,
}

impl Known for OnDisk<'_> {
    fn at(&self, seq: u64) -> Option<SignedHeader> {
        // A budget of one byte reads one entry.
        let entries = self.logs.entries(&self.space, &self.log, seq, 1);
        entries.into_iter().next().map(|stored| SignedHeader {
            bytes: stored.bytes,
            signature: stored.signature.to_vec(),
        })
    }

    fn find(&self, id: &EntryId) -> Option<LogHead> {
        let on_disk = self.logs.find(&self.space, &self.log, id);
        on_disk.or_else(|| {
            // Ids are unique among all logs: no need to look whose entries these are.
            let mut heads = self.in_flight.values().flat_map(|ticket| &ticket.heads);
            heads.find(|head| head.id == *id).copied()
        })
    }

    fn is_erased(&self, item: &ItemId) -> bool {
        self.erased.contains(item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 450 spaces of 7 logs: what one idle log may cost here, and on each connection. With 8
    /// peers that is 1.8 + 1.6 MB.
    const LOG_BYTES_MAX: usize = 576;
    const PEER_LOG_BYTES_MAX: usize = 64;

    #[test]
    fn idle_logs_are_small() {
        let (log, peer_log) = (size_of::<Log>(), size_of::<PeerLog>());
        println!("{log} bytes per log, {peer_log} more per connection");
        assert!(
            log <= LOG_BYTES_MAX && peer_log <= PEER_LOG_BYTES_MAX,
            "{log} {peer_log}"
        );
    }
    #[test]
    fn a_machine_may_move_to_the_thread_that_pumps_it() {
        fn sent<T: Send>(_: Option<T>) {}
        sent::<crate::machine::Machine>(None);
    }
}
