//! The simulated world: virtual time, links that break, sites that crash. Every step is drawn
//! from the seed. How much is pending is checked after each event.

use std::collections::{BTreeMap, BTreeSet};

use bocage_crdt::ids::{EntryId, LogId, NodeId, SpaceId};
use bocage_protocol::limits::{FRAME_BYTES_MAX, PEER_WINDOW_BYTES, SERVING_PER_PEER_MAX};
use bocage_protocol::machine::{Event, LiveChanges};
use bocage_protocol::wire::frame::SessionKey;

use crate::minds::Mind;
use crate::random::Random;
use crate::site::Site;

/// Longest time without power after a crash at a commit.
const DARK_MS_MAX: u64 = 3_000;

/// What may go wrong, in thousandths.
#[derive(Clone, Copy, Default)]
pub(crate) struct Faults {
    /// A frame takes its connection down with it.
    pub(crate) frame_breaks: u64,
    /// A frame is lost on the way and all after it wait for its repetition.
    pub(crate) frame_late: u64,
    /// A frame and all after it in that direction never arrive, until both notice.
    pub(crate) one_way: u64,
    /// Heights of the receiver's own logs are overstated.
    pub(crate) lies: u64,
}

pub(crate) struct World {
    pub(crate) random: Random,
    pub(crate) now_ms: u64,
    pub(crate) sites: Vec<Site>,
    pub(crate) faults: Faults,
    queue: BTreeMap<(u64, u64), Happening>,
    sequence: u64,
    hosts_version: u64,
    pub(crate) links: BTreeMap<(usize, usize), Link>,
    /// Who hosts what, ever: only these may learn a byte of it.
    pub(crate) ever_hosts: BTreeMap<SpaceId, BTreeSet<NodeId>>,
    /// What some site acknowledged to its user.
    pub(crate) acknowledged: BTreeSet<(SpaceId, EntryId)>,
    pub(crate) count: Count,
    /// When which site noticed that it is up to date with a peer.
    pub(crate) caught_up_ms: Vec<(usize, u64)>,
    /// Live changes that came to a site.
    pub(crate) live: Vec<(usize, LiveChanges)>,
    /// When the last connection opened.
    pub(crate) dialled_ms: u64,
    /// Print what happens: when one seed is replayed.
    pub(crate) tells: bool,
    /// Over how many sites an entry came.
    pub(crate) hops: BTreeMap<(EntryId, usize), u64>,
    /// How far a site (first) knows another to have a log durably.
    pub(crate) known: BTreeMap<(usize, usize, SpaceId, LogId), u64>,
    /// What each site makes of what it stores, where hosts follow from rights; else empty.
    pub(crate) minds: Vec<Mind>,
    /// Guests' entries that an honest sponsor admitted or a manager took in.
    pub(crate) admitted: BTreeSet<EntryId>,
    /// Own entries that a host said it stores: its answer «reçu».
    pub(crate) received: BTreeSet<(SpaceId, EntryId)>,
    /// Commit points so far: before each write of each commit, and after its last.
    pub(crate) commit_points: u64,
    /// Power goes at this one.
    pub(crate) crash_at_point: Option<u64>,
}

/// What a run cost.
#[derive(Default, Clone, Copy, Debug)]
pub(crate) struct Count {
    pub(crate) bytes: u64,
    pub(crate) frames: u64,
    pub(crate) wants: u64,
    pub(crate) pushes: u64,
    pub(crate) connections: u64,
    pub(crate) edits: u64,
    pub(crate) deliveries: u64,
    pub(crate) hops: u64,
    pub(crate) hops_max: u64,
    pub(crate) refused: u64,
    pub(crate) lies: u64,
    pub(crate) forks: u64,
    pub(crate) crashes: u64,
    pub(crate) equal: u64,
}

pub(crate) enum Happening {
    Deliver {
        from: usize,
        to: usize,
        epoch: u64,
        bytes: Vec<u8>,
    },
    Down {
        at: usize,
        other: usize,
        epoch: u64,
    },
    Dial(usize, usize),
    /// A connection that carried nothing one way for long.
    Silence(usize, usize, u64),
    Commit(usize, u64),
    Tick(usize, u64),
    /// A site that lost its power has it again.
    Start(usize),
    /// A site looks at what its guests wrote, and at its clock.
    Look(usize, u64),
    /// Who hosts a space, as of a version: rights converge, so later ones stand.
    Hosts(usize, u64, SpaceId, BTreeSet<NodeId>),
}

#[derive(Default)]
pub(crate) struct Link {
    /// Sites may connect: they are in each other's list of addresses.
    pub(crate) exists: bool,
    pub(crate) cut: bool,
    pub(crate) up: bool,
    pub(crate) epoch: u64,
    pub(crate) delay_ms: u64,
    /// 0: as fast as it comes.
    pub(crate) bytes_per_ms: u64,
    pub(crate) free_at_ms: [u64; 2],
    pub(crate) stalled: [bool; 2],
    pub(crate) nonces: [[u8; 16]; 2],
    pub(crate) tags: BTreeMap<[u8; 8], SpaceId>,
    /// Sites that have been told that the connection of this epoch is up.
    pub(crate) open: [bool; 2],
}

pub(crate) fn pair(one: usize, other: usize) -> (usize, usize) {
    (one.min(other), one.max(other))
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            now_ms: 1_000,
            sites: Vec::new(),
            faults: Faults::default(),
            queue: BTreeMap::new(),
            sequence: 0,
            hosts_version: 0,
            links: BTreeMap::new(),
            ever_hosts: BTreeMap::new(),
            acknowledged: BTreeSet::new(),
            count: Count::default(),
            caught_up_ms: Vec::new(),
            live: Vec::new(),
            dialled_ms: 0,
            tells: std::env::var("BOCAGE_SEED").is_ok(),
            hops: BTreeMap::new(),
            known: BTreeMap::new(),
            minds: Vec::new(),
            admitted: BTreeSet::new(),
            received: BTreeSet::new(),
            commit_points: 0,
            crash_at_point: None,
        }
    }

    pub(crate) fn later(&mut self, wait_ms: u64, happening: Happening) {
        self.sequence += 1;
        let key = (self.now_ms + wait_ms, self.sequence);
        self.queue.insert(key, happening);
    }

    pub(crate) fn link(&mut self, one: usize, other: usize) -> &mut Link {
        self.links.entry(pair(one, other)).or_default()
    }

    /// Lets two sites know each other's address.
    pub(crate) fn connect(&mut self, one: usize, other: usize, delay_ms: u64, bytes_per_ms: u64) {
        let link = self.link(one, other);
        link.exists = true;
        link.delay_ms = delay_ms;
        link.bytes_per_ms = bytes_per_ms;
        let wait_ms = self.random.below(50);
        self.later(wait_ms, Happening::Dial(one, other));
    }

    /// Tells one site, or all, who hosts a space; the truth for the check of who may know.
    pub(crate) fn set_hosts(&mut self, space: SpaceId, hosts: &BTreeSet<NodeId>, delay_ms: u64) {
        let ever = self.ever_hosts.entry(space).or_default();
        ever.extend(hosts);
        let ever = ever.clone();
        self.hosts_version += 1;
        let version = self.hosts_version;
        for site in 0..self.sites.len() {
            if ever.contains(&self.sites[site].id) {
                let wait_ms = self.random.below(delay_ms + 1);
                let news = Happening::Hosts(site, version, space, hosts.clone());
                self.later(wait_ms, news);
            }
        }
    }

    pub(crate) fn start(&mut self, site: usize) {
        let now_ms = self.now_ms;
        self.remember(site);
        let machine = self.sites[site].boot(now_ms);
        self.sites[site].machine = Some(machine);
        for other in 0..self.sites.len() {
            if other != site && self.links.get(&pair(site, other)).is_some_and(|l| l.exists) {
                let wait_ms = self.random.between(1, 300);
                self.later(wait_ms, Happening::Dial(site, other));
            }
        }
    }

    /// Power off: what is not committed is gone, connections break.
    pub(crate) fn crash(&mut self, site: usize) {
        self.count.crashes += 1;
        self.sites[site].machine = None;
        self.sites[site].pending.clear();
        self.sites[site].commit_due = false;
        for other in 0..self.sites.len() {
            if other != site {
                self.break_link(site, other);
            }
        }
    }

    pub(crate) fn break_link(&mut self, one: usize, other: usize) {
        let notice_ms = [self.random.below(400), self.random.below(400)];
        let redial_ms = self.random.between(100, 1_000);
        let (low, high) = pair(one, other);
        let Some(link) = self.links.get_mut(&(low, high)) else {
            return;
        };
        if !link.up {
            return;
        }
        link.up = false;
        let epoch = link.epoch;
        self.later(
            notice_ms[0],
            Happening::Down {
                at: low,
                other: high,
                epoch,
            },
        );
        self.later(
            notice_ms[1],
            Happening::Down {
                at: high,
                other: low,
                epoch,
            },
        );
        self.later(redial_ms, Happening::Dial(low, high));
    }

    /// Runs until `until_ms`, or until nothing is left to happen.
    pub(crate) fn run_until(&mut self, until_ms: u64) {
        while let Some(entry) = self.queue.first_entry() {
            let at_ms = entry.key().0;
            if at_ms > until_ms {
                break;
            }
            let happening = entry.remove();
            self.now_ms = self.now_ms.max(at_ms);
            self.happen(happening);
        }
        self.now_ms = self.now_ms.max(until_ms);
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Deliver {
                from,
                to,
                epoch,
                bytes,
            } => {
                let link = self.link(from, to);
                if link.up && link.epoch == epoch && link.open[usize::from(to > from)] {
                    let peer = self.sites[from].id;
                    self.handle(to, Event::Frame { peer, bytes });
                }
            }
            Happening::Down { at, other, epoch } => {
                let link = self.link(at, other);
                if link.epoch == epoch {
                    link.open[usize::from(at > other)] = false;
                    let peer = self.sites[other].id;
                    self.handle(at, Event::PeerDown { peer });
                }
            }
            Happening::Dial(one, other) => self.dial(one, other),
            Happening::Silence(one, other, epoch) => {
                if self.link(one, other).epoch == epoch {
                    self.break_link(one, other);
                }
            }
            Happening::Commit(site, life) => {
                if self.sites[site].lives == life && self.sites[site].machine.is_some() {
                    self.commit(site);
                }
            }
            Happening::Start(site) => {
                if self.sites[site].machine.is_none() {
                    self.start(site);
                }
            }
            Happening::Look(site, life) => {
                if self.sites[site].lives == life && self.sites[site].machine.is_some() {
                    self.look(site);
                }
            }
            Happening::Tick(site, life) => {
                if self.sites[site].lives == life {
                    self.sites[site].tick_at_ms = None;
                    self.handle(site, Event::Tick);
                }
            }
            Happening::Hosts(site, version, space, hosts) => {
                let known = self.sites[site].hosts_versions.entry(space).or_default();
                if version <= *known {
                    return;
                }
                *known = version;
                if hosts.contains(&self.sites[site].id) {
                    self.sites[site].hosts.insert(space, hosts.clone());
                } else {
                    self.sites[site].hosts.remove(&space);
                }
                self.handle(site, Event::SpaceChanged { space, hosts });
            }
        }
    }

    /// What is pending becomes durable, if the power stays, and everybody is told.
    fn commit(&mut self, at: usize) {
        let pending = self.sites[at].pending.len();
        let first = self.commit_points;
        self.commit_points += pending as u64 + 1;
        let durable = self
            .crash_at_point
            .and_then(|point| point.checked_sub(first));
        if let Some(durable) = durable.filter(|durable| *durable <= pending as u64) {
            self.sites[at].commit_in_vain(durable as usize);
            self.crash(at);
            let wait_ms = self.random.between(1, DARK_MS_MAX);
            return self.later(wait_ms, Happening::Start(at));
        }
        let committed = self.sites[at].commit();
        for (space, id) in committed.written {
            self.acknowledged.insert((space, id));
            self.hops.insert((id, at), 0);
        }
        self.learn(at, &committed.stored);
        for event in committed.events {
            self.handle(at, event);
        }
        self.think(at);
    }

    fn dial(&mut self, one: usize, other: usize) {
        let alive = self.sites[one].machine.is_some() && self.sites[other].machine.is_some();
        let (low, high) = pair(one, other);
        let nonces = [self.random.bytes(), self.random.bytes()];
        let ids = [self.sites[low].id, self.sites[high].id];
        let spaces: Vec<SpaceId> = self.sites[low].hosts.keys().copied().collect();
        let link = self.link(low, high);
        if !link.exists || link.up {
            return;
        }
        if !alive || link.cut {
            let wait_ms = self.random.between(300, 1_000);
            return self.later(wait_ms, Happening::Dial(one, other));
        }
        link.up = true;
        link.epoch += 1;
        link.free_at_ms = [0; 2];
        link.stalled = [false; 2];
        link.open = [true; 2];
        link.nonces = nonces;
        let key = SessionKey::new((&ids[0], &nonces[0]), (&ids[1], &nonces[1]));
        link.tags = spaces
            .iter()
            .map(|space| (key.tag(space), *space))
            .collect();
        self.count.connections += 1;
        self.dialled_ms = self.now_ms;
        for (at, peer, nonce) in [(low, ids[1], nonces[0]), (high, ids[0], nonces[1])] {
            let skewed = self.now_ms as i64 + self.sites[at].skew_ms;
            let event = Event::PeerUp {
                peer,
                dialled: at == one,
                nonce,
                wall_ms: skewed.max(0) as u64,
            };
            self.handle(at, event);
        }
    }

    /// Hands one event to a site's machine and carries out what it asks for.
    pub(crate) fn handle(&mut self, at: usize, event: Event) {
        let site = &mut self.sites[at];
        let Some(machine) = &mut site.machine else {
            return;
        };
        let mut out = Vec::new();
        let local_ms = self.now_ms - site.booted_at_ms;
        machine.handle(local_ms, event, &site.disk, &mut out);
        let pending = machine.pending();
        assert!(
            pending.held_bytes <= 2 * PEER_WINDOW_BYTES + 2 * FRAME_BYTES_MAX,
            "held {} bytes",
            pending.held_bytes
        );
        assert!(pending.serving <= SERVING_PER_PEER_MAX * 50);
        if let Some(wake_ms) = machine.next_wake_ms() {
            let life = site.lives;
            let wait_ms = wake_ms.saturating_sub(local_ms).max(1);
            let due_ms = self.now_ms + wait_ms;
            if site.tick_at_ms.is_none_or(|at_ms| due_ms < at_ms) {
                site.tick_at_ms = Some(due_ms);
                self.later(wait_ms, Happening::Tick(at, life));
            }
        }
        for effect in out {
            self.carry_out(at, effect);
        }
    }
}
