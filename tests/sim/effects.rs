//! What a machine asks for is carried out on the simulated disks and links. What must hold at
//! every instant is checked on the way: what is sent to whom, and what an ack rests on.

use bocage_crdt::ids::{NodeId, SpaceId};
use bocage_protocol::machine::{Effect, Event};
use bocage_protocol::wire::frame::{Frame, SessionKey, log_key};

use crate::site::Write;
use crate::world::{Happening, World, pair};

impl World {
    pub(crate) fn carry_out(&mut self, at: usize, effect: Effect) {
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
                let place = self.site_of(&peer);
                self.known.insert((at, place, space, log), height);
                let other = &self.sites[place];
                let durable = other.ever_durable.get(&(space, log)).copied().unwrap_or(0);
                let sound = height <= durable || self.count.lies > 0;
                assert!(sound, "ack of {height} rests on {durable}");
                self.note_received(at, &space, &log, height);
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
            Effect::SpaceEqual { peer, space } => {
                self.count.equal += 1;
                let other = self.site_of(&peer);
                let all = self.sites[at].ever_durable.iter();
                let all = all.filter(|((of, _), _)| *of == space);
                let all = all.map(|((_, log), height)| ((at, other, space, *log), *height));
                self.known.extend(all);
            }
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

    fn send(&mut self, from: usize, peer: &NodeId, mut bytes: Vec<u8>) {
        let to = self.site_of(peer);
        self.check_sent(from, to, &bytes);
        let lies = self.random.permille(self.faults.lies);
        if lies && let Some(lie) = self.lie(from, to, &bytes) {
            bytes = lie;
            self.count.lies += 1;
        }
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

    /// The frame with more of the receiver's own log than there is, or with another end of it.
    fn lie(&mut self, from: usize, to: usize, bytes: &[u8]) -> Option<Vec<u8>> {
        let Ok(Frame::Have(mut have)) = Frame::decode(bytes) else {
            return None;
        };
        let space = self.space_of_tag(from, to, &have.space)?;
        let own = log_key(&self.sites[to].own_log(&space));
        let told = have.logs.iter_mut().find(|told| told.log == own)?;
        if self.random.permille(500) {
            told.height += 1 + self.random.below(9);
        }
        told.head = [self.random.below(256) as u8; 8];
        Some(Frame::Have(have).encode())
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
            // That its last words are kept is told to a site that has just left the space.
            assert!(
                matches!(frame, Frame::Ack(_))
                    || knows.is_some_and(|hosts| hosts.contains(&receiver)),
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
}
