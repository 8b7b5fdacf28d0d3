//! The simulated world: virtual time, links that break, sites that crash. Every step is drawn
//! from the seed. The checks that hold at every instant stand here too: what is sent to whom,
//! what an ack rests on, how much is pending.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bocage_crdt::ids::{EntryId, NodeId, SpaceId};
use bocage_protocol::limits::{FRAME_BYTES_MAX, PEER_WINDOW_BYTES, SERVING_PER_PEER_MAX};
use bocage_protocol::machine::{Effect, Event, LiveChanges};
use bocage_protocol::wire::frame::{Frame, SessionKey};

use crate::disk::Disk;
use crate::random::Random;
use crate::site::{Site, Write};

/// What may go wrong, in thousandths.
#[derive(Clone, Copy, Default)]
pub(crate) struct Faults {
    /// A frame takes its connection down with it.
    pub(crate) frame_breaks: u64,
    /// A frame is lost on the way and all after it wait for its repetition.
    pub(crate) frame_late: u64,
    /// A frame and all after it in that direction never arrive, until both notice.
    pub(crate) one_way: u64,
}

pub(crate) struct World {
    pub(crate) random: Random,
    pub(crate) now_ms: u64,
    pub(crate) sites: Vec<Site>,
    pub(crate) faults: Faults,
    queue: BTreeMap<(u64, u64), Happening>,
    sequence: u64,
    hosts_version: u64,
    links: BTreeMap<(usize, usize), Link>,
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
    hops: BTreeMap<(EntryId, usize), u64>,
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
    /// Who hosts a space, as of a version: rights converge, so later ones stand.
    Hosts(usize, u64, SpaceId, BTreeSet<NodeId>),
}

#[derive(Default)]
pub(crate) struct Link {
    /// Sites may connect: they are in each other's list of addresses.
    pub(crate) exists: bool,
    pub(crate) cut: bool,
    up: bool,
    epoch: u64,
    delay_ms: u64,
    /// 0: as fast as it comes.
    bytes_per_ms: u64,
    free_at_ms: [u64; 2],
    stalled: [bool; 2],
    nonces: [[u8; 16]; 2],
    tags: BTreeMap<[u8; 8], SpaceId>,
    /// Sites that have been told that the connection of this epoch is up.
    open: [bool; 2],
}

fn pair(one: usize, other: usize) -> (usize, usize) {
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
                    let (events, written) = self.sites[site].commit();
                    for (space, id) in written {
                        self.acknowledged.insert((space, id));
                        self.hops.insert((id, site), 0);
                    }
                    for event in events {
                        self.handle(site, event);
                    }
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
        let mut effects = VecDeque::from(out);
        while let Some(effect) = effects.pop_front() {
            self.carry_out(at, effect);
        }
    }

    fn carry_out(&mut self, at: usize, effect: Effect) {
        match effect {
            Effect::Send { peer, bytes } => self.send(at, &peer, bytes),
            Effect::Store {
                ticket,
                peer,
                space,
                log,
                state,
                place,
                entries,
            } => {
                let me = self.sites[at].id;
                let may = self.ever_hosts.get(&space);
                assert!(
                    may.is_some_and(|hosts| hosts.contains(&me)),
                    "no host stores it"
                );
                let from = self.site_of(&peer);
                for entry in &entries {
                    let hops = 1 + self.hops.get(&(entry.id, from)).copied().unwrap_or(0);
                    self.hops.entry((entry.id, at)).or_insert(hops);
                    self.count.deliveries += 1;
                    self.count.hops += hops;
                    self.count.hops_max = self.count.hops_max.max(hops);
                }
                self.sites[at].pending.push(Write::Store {
                    ticket,
                    space,
                    log,
                    state,
                    place,
                    entries,
                });
                self.commit_soon(at);
            }
            Effect::StoreCertificate { certificate } => {
                self.sites[at].pending.push(Write::Certificate(certificate));
                self.commit_soon(at);
            }
            Effect::Acked {
                peer,
                space,
                log,
                height,
            } => {
                let other = &self.sites[self.site_of(&peer)];
                let durable = other.ever_durable.get(&(space, log)).copied().unwrap_or(0);
                assert!(height <= durable, "ack of {height} rests on {durable}");
            }
            Effect::OwnLogAhead { .. } => {
                let site = &mut self.sites[at];
                site.new_writer(&mut self.random);
                let certificate = site.certificate.clone();
                self.handle(at, Event::Certificate { certificate });
            }
            Effect::OwnCertificate { certificate } => {
                self.sites[at].recall(&certificate);
                let certificate = self.sites[at].certificate.clone();
                self.handle(at, Event::Certificate { certificate });
            }
            Effect::Disconnect { peer, .. } => {
                // What is queued still goes out: the peer shall read why.
                let other = self.site_of(&peer);
                let link = self.link(at, other);
                let (epoch, wait_ms) = (link.epoch, link.delay_ms + 10);
                self.later(wait_ms, Happening::Silence(at, other, epoch));
            }
            Effect::Refused { peer, reason } => {
                self.count.refused += 1;
                if self.tells {
                    let from = self.site_of(&peer);
                    println!("{} ms: site {at} refuses {reason} of {from}", self.now_ms);
                }
            }
            Effect::Fork { .. } => self.count.forks += 1,
            Effect::CaughtUp { .. } => self.caught_up_ms.push((at, self.now_ms)),
            Effect::Live { live, .. } => self.live.push((at, live)),
            Effect::SpaceEqual { .. } => self.count.equal += 1,
            Effect::PeerHello { .. } | Effect::PeerNews { .. } => {}
        }
    }

    pub(crate) fn commit_soon(&mut self, at: usize) {
        let site = &mut self.sites[at];
        if !site.commit_due {
            site.commit_due = true;
            let (life, wait_ms) = (site.lives, site.commit_ms);
            self.later(wait_ms, Happening::Commit(at, life));
        }
    }

    pub(crate) fn site_of(&self, id: &NodeId) -> usize {
        let place = self.sites.iter().position(|site| site.id == *id);
        place.expect("peers are sites of this world")
    }

    fn send(&mut self, from: usize, peer: &NodeId, bytes: Vec<u8>) {
        let to = self.site_of(peer);
        self.check_sent(from, to, &bytes);
        self.count.frames += 1;
        self.count.bytes += bytes.len() as u64 + 4;
        let faults = self.faults;
        if self.random.permille(faults.frame_breaks) {
            return self.break_link(from, to);
        }
        let late_ms = if self.random.permille(faults.frame_late) {
            200
        } else {
            0
        };
        let stalls = self.random.permille(faults.one_way);
        let now_ms = self.now_ms;
        let link = self.link(from, to);
        let direction = usize::from(from > to);
        if !link.up || !link.open[direction] {
            return;
        }
        let epoch = link.epoch;
        if stalls && !link.stalled[direction] {
            link.stalled[direction] = true;
            // Both ends give up after their keep-alive.
            return self.later(15_000, Happening::Silence(from, to, epoch));
        }
        if link.stalled[direction] {
            return;
        }
        let transfer_ms = (bytes.len() as u64)
            .checked_div(link.bytes_per_ms)
            .unwrap_or(0);
        let free_at_ms = link.free_at_ms[direction].max(now_ms) + transfer_ms + late_ms;
        link.free_at_ms[direction] = free_at_ms;
        let wait_ms = free_at_ms + link.delay_ms - now_ms;
        self.later(
            wait_ms,
            Happening::Deliver {
                from,
                to,
                epoch,
                bytes,
            },
        );
    }

    /// Nothing about a space goes to a site that does not host it, and no id of a space at all.
    fn check_sent(&mut self, from: usize, to: usize, bytes: &[u8]) {
        let receiver = self.sites[to].id;
        let frame = Frame::decode(bytes).expect("own frames are readable");
        let tag = match &frame {
            Frame::Have(have) => Some(have.space),
            Frame::Want(want) => {
                self.count.wants += 1;
                Some(want.space)
            }
            Frame::Push(entries) => {
                self.count.pushes += 1;
                Some(entries.space)
            }
            Frame::Entries(entries) => Some(entries.space),
            Frame::Live(live) => Some(live.space),
            Frame::Ack(ack) => Some(ack.space),
            Frame::Fork(fork) => Some(fork.space),
            Frame::Hello(_)
            | Frame::Spaces(_)
            | Frame::Credit(_)
            | Frame::Certificate(_)
            | Frame::Bye(_) => None,
        };
        if let Some(tag) = tag {
            let space = self.link(from, to).tags.get(&tag).copied();
            // A space that came to be after the connection is not in its list of tags.
            let space = space.or_else(|| self.space_of_tag(from, to, &tag));
            let space = space.expect("tags are of known spaces");
            let knows = self.sites[from].hosts.get(&space);
            assert!(
                knows.is_some_and(|hosts| hosts.contains(&receiver)),
                "sent to a site that the sender does not know as a host"
            );
            assert!(self.ever_hosts[&space].contains(&receiver));
        }
    }

    fn space_of_tag(&mut self, from: usize, to: usize, tag: &[u8; 8]) -> Option<SpaceId> {
        let (low, high) = pair(from, to);
        let ids = [self.sites[low].id, self.sites[high].id];
        let nonces = self.link(low, high).nonces;
        let key = SessionKey::new((&ids[0], &nonces[0]), (&ids[1], &nonces[1]));
        let spaces = self.ever_hosts.keys().copied();
        let found = spaces.into_iter().find(|space| key.tag(space) == *tag)?;
        self.link(low, high).tags.insert(*tag, found);
        Some(found)
    }

    /// What differs between the hosts of a space, if anything.
    pub(crate) fn difference(&self) -> Option<String> {
        for space in self.ever_hosts.keys() {
            let hosts: Vec<usize> = (0..self.sites.len())
                .filter(|at| self.sites[*at].hosts.contains_key(space))
                .collect();
            let Some((first, rest)) = hosts.split_first() else {
                continue;
            };
            let ids = self.sites[*first].disk.ids(space);
            for other in rest {
                if self.sites[*other].disk.ids(space) != ids {
                    return Some(format!("space {space:?}: sites {first} and {other} differ"));
                }
                let heights = |disk: &Disk| -> BTreeMap<_, _> {
                    let logs = disk.spaces.get(space).into_iter().flatten();
                    logs.map(|(id, log)| (*id, (log.state.height(), log.state.tips())))
                        .filter(|(_, (height, tips))| *height > 0 || tips.is_some())
                        .collect()
                };
                let (one, two) = (&self.sites[*first].disk, &self.sites[*other].disk);
                if heights(one) != heights(two) {
                    return Some(format!("space {space:?}: heights of {first} and {other}"));
                }
            }
        }
        None
    }

    /// States of all logs at all sites, for the reader of a failed run.
    pub(crate) fn describe(&self) -> String {
        let mut text = String::new();
        for space in self.ever_hosts.keys() {
            for (at, site) in self.sites.iter().enumerate() {
                let hosts = site.hosts.get(space).map(|hosts| {
                    let hosts = hosts.iter().map(|host| self.site_of(host));
                    hosts.collect::<Vec<_>>()
                });
                let own = site.own_log(space);
                text += &format!("space {space:?} site {at} hosts {hosts:?} own {own:?}\n");
                for (id, log) in site.disk.spaces.get(space).into_iter().flatten() {
                    let state = &log.state;
                    let tips = state.fork.as_ref().map(|fork| (fork.at, &fork.tips));
                    let above = state.above_ranges();
                    let writer = self.site_of(&state.node);
                    text += &format!(
                        "  log {id:?} of {writer}: height {} reach {} above {above:?} fork {tips:?}\n",
                        state.height(),
                        state.reach()
                    );
                }
            }
        }
        text
    }
}
