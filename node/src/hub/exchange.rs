//! The shell of the machine that keeps sites in step: network events in, effects out.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use bocage_crdt::ids::{LogId, NodeId, SpaceId};
use bocage_protocol::entry::Entry;
use bocage_protocol::log::LogState;
use bocage_protocol::machine::{Effect, Event, Place};

use super::space::Outcome;
use super::{After, Hub};
use crate::net::{NetEvent, NetHandle, NotSent, Plane, Transport};
use crate::store::{EntryPlace, StoreWrite};

/// A line to another site.
#[derive(Debug, Clone, Default)]
pub(crate) struct Link {
    /// Guests, and for a guest the sites it works with, are on the edge.
    pub plane: Plane,
    pub connected: bool,
    pub last_news_ms: Option<u64>,
    pub clock_skew_ms: Option<i64>,
    pub addresses: Vec<String>,
    /// Of the link that is up.
    pub line: Option<Line>,
}

/// What bytes to another site travel on now.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub address: Option<SocketAddr>,
    pub transport: Transport,
    /// As last measured.
    pub round_trip: Option<Duration>,
}

impl Hub {
    pub(crate) fn count_refused(&mut self, reason: &str) {
        match self.refused.get_mut(reason) {
            Some(count) => *count += 1,
            None => {
                self.refused.insert(reason.to_owned(), 1);
            }
        }
    }

    pub(crate) fn start_net(&mut self, net: NetHandle) {
        match net.plane() {
            Plane::Core => self.net = Some(net),
            Plane::Edge => self.edge = Some(net),
        }
        self.set_neighbours();
    }

    /// Whom the networks may talk to, at their announced addresses: the realm's sites in the core,
    /// guests on the edge.
    pub(crate) fn set_neighbours(&mut self) {
        for net in self.net.iter().chain(&self.edge) {
            let neighbours = self
                .links
                .iter()
                .filter(|(_, link)| link.plane == net.plane())
                .map(|(node, link)| (*node, link.addresses.clone()))
                .collect();
            if let Err(error) = net.set_neighbours(neighbours) {
                tracing::error!("the network did not take the list of sites: {error:?}");
            }
        }
    }

    /// The network that a site is reached on.
    pub(super) fn net_to(&self, peer: &NodeId) -> Option<&NetHandle> {
        match self.links.get(peer)?.plane {
            Plane::Core => self.net.as_ref(),
            Plane::Edge => self.edge.as_ref(),
        }
    }

    pub(crate) fn net_event(&mut self, event: NetEvent) {
        let wall_ms = self.clock.wall_ms();
        match event {
            NetEvent::Up {
                peer,
                dialled,
                address,
                transport,
            } => {
                tracing::info!(
                    "{} is connected ({address:?})",
                    self.directory.site_name(&peer)
                );
                let nonce = rand::random();
                let link = self.links.entry(peer).or_default();
                link.connected = true;
                link.last_news_ms = Some(wall_ms);
                link.line = Some(Line {
                    address,
                    transport,
                    round_trip: None,
                });
                self.machine_event(Event::PeerUp {
                    peer,
                    dialled,
                    nonce,
                    wall_ms,
                });
                self.send_offers(&peer);
                self.tell_links();
            }
            NetEvent::Down { peer, reason } => {
                tracing::info!("{} is gone: {reason}", self.directory.site_name(&peer));
                if let Some(link) = self.links.get_mut(&peer) {
                    // The news were before: this is when their absence was noticed.
                    link.connected = false;
                    link.line = None;
                }
                self.presence.forget(&peer);
                self.machine_event(Event::PeerDown { peer });
                self.tell_links();
            }
            NetEvent::Twice { site, by, runs } => self.runs_twice(site, by, runs),
            NetEvent::Frame { peer, bytes } => {
                self.bytes_received += bytes.len() as u64;
                self.machine_event(Event::Frame { peer, bytes });
            }
            NetEvent::Presence { peer, bytes } => self.presence_came(peer, &bytes),
            NetEvent::Join {
                peer,
                plane,
                request,
                answer,
            } => self.join_request(peer, plane, &request, answer),
            NetEvent::Ask {
                peer,
                request,
                answer,
            } => self.home_question(peer, request, answer),
            // The network counts these itself, also those that are not told here.
            NetEvent::Refused { peer, reason } => {
                tracing::debug!(?peer, reason, "the network refused something");
            }
            NetEvent::Listening { address, transport } => {
                tracing::debug!("listening on {address} ({transport:?})");
            }
            // The beacon's content is nothing but «here»; a site that writes it is in reach.
            NetEvent::Gossip { peer, .. } => {
                if let Some(link) = self.links.get_mut(&peer) {
                    link.last_news_ms = Some(wall_ms);
                }
            }
            NetEvent::RoundTrip { peer, time } => {
                if let Some(link) = self.links.get_mut(&peer) {
                    link.last_news_ms = Some(wall_ms);
                    if let Some(line) = &mut link.line {
                        line.round_trip = Some(time);
                    }
                }
            }
        }
    }

    /// Carries out what the machine asked for, in order: what an effect leads to comes after all
    /// that was asked before.
    pub(crate) fn run_effects(&mut self) {
        if std::mem::replace(&mut self.running_effects, true) {
            return;
        }
        while let Some(effect) = self.effects.pop_front() {
            self.run_effect(effect);
        }
        self.running_effects = false;
    }

    fn run_effect(&mut self, effect: Effect) {
        match effect {
            Effect::Send { peer, bytes } => self.send(peer, bytes),
            Effect::Store {
                ticket,
                space,
                log,
                state,
                place,
                entries,
                ..
            } => {
                self.store(ticket, space, log, state, place, entries);
            }
            Effect::StoreCertificate { certificate } => {
                self.certificate_came(certificate);
            }
            Effect::Live { peer, live } => self.live_came(peer, live),
            Effect::Acked {
                peer,
                space,
                log,
                height,
            } => self.acked(peer, space, log, height),
            Effect::SpaceEqual { peer, space } => self.equal(peer, space),
            Effect::CaughtUp { .. } => self.tell_links(),
            Effect::PeerHello {
                peer,
                name,
                wall_ms,
            } => {
                let skew = wall_ms as i64 - self.clock.wall_ms() as i64;
                self.links.entry(peer).or_default().clock_skew_ms = Some(skew);
                let limit = bocage_protocol::limits::CLOCK_SKEW_SHOWN.as_millis() as i64;
                if skew.abs() > limit {
                    tracing::warn!(
                        "the clock of {name} differs from ours by {} s",
                        skew / 1_000
                    );
                }
            }
            Effect::PeerNews { peer, .. } => {
                let wall_ms = self.clock.wall_ms();
                self.links.entry(peer).or_default().last_news_ms = Some(wall_ms);
            }
            Effect::Refused { reason, .. } => self.count_refused(reason),
            Effect::Fork { space, log, .. } => self.fork_proven(space, log),
            Effect::OwnLogAhead { space, log } => self.own_log_ahead(&space, &log),
            Effect::OwnCertificate { certificate } => self.adopt_lives(&certificate),
            Effect::Disconnect { peer, reason } => {
                // What the machine turned away is counted already; a goodbye is the other's.
                if reason == "bye" {
                    self.count_refused(reason);
                }
                if let Some(net) = self.net_to(&peer)
                    && let Err(error) = net.disconnect(peer)
                {
                    tracing::error!("{peer:?} is not disconnected: {error:?}");
                }
            }
        }
    }

    fn send(&mut self, peer: NodeId, bytes: Vec<u8>) {
        let Some(net) = self.net_to(&peer) else {
            return;
        };
        let length = bytes.len() as u64;
        let sent = net.send(peer, bytes);
        self.bytes_sent += length;
        match sent {
            Ok(()) => {}
            Err(NotSent::Full) => {
                // A lost frame would leave both machines with different beliefs: a new link
                // compares heights from the start.
                let told = self
                    .net_to(&peer)
                    .map_or(Ok(()), |net| net.disconnect(peer));
                self.count_refused("queue-full");
                if told.is_err() {
                    self.count_refused("frame-not-sent");
                }
            }
            // A link that just went: `Down` follows and heights repair what was not sent.
            Err(NotSent::Down) => {}
            Err(error) => {
                tracing::error!("a frame to {peer:?} was not sent: {error:?}");
                self.count_refused("frame-not-sent");
            }
        }
    }

    fn store(
        &mut self,
        ticket: u64,
        id: SpaceId,
        log: LogId,
        state: LogState,
        place: Place,
        mut entries: Vec<Entry>,
    ) {
        for entry in &mut entries {
            self.strip_destroyed(&id, entry);
        }
        // What rests on an entry without payload is judged, though not acknowledged.
        let height = match state.fork {
            Some(_) => state.height(),
            None => state.reach(),
        };
        let lost = self.lost_of(&log);
        let number = self.catalog.set_state(id, log, state, &mut self.batch);
        let from = self.catalog.writer_of(number);
        let wall_ms = self.clock.wall_ms();
        self.after.push(After::MachineStored(ticket));
        let loaded = self.space(&id).is_ok();
        if place == Place::Branch {
            return self.store_branch(id, &log, entries);
        }
        if entries.iter().any(|entry| entry.header.kind.is_of_rights()) {
            // What was typed before this site knew says so.
            self.log_space(&id);
        }
        let mut healed = false;
        for entry in entries {
            let at = EntryPlace {
                log: number,
                seq: entry.header.seq,
            };
            if lost.contains(&at.seq) {
                // Rows may include it already, or what rests on it: judged anew once it can be read.
                self.recent.insert(at, entry.clone());
                self.batch.push(StoreWrite::Entry(at, Box::new(entry)));
                healed = true;
                continue;
            }
            let next = self
                .spaces
                .get(&id)
                .and_then(|space| space.heights.get(&number).copied())
                .unwrap_or(0)
                + 1;
            if loaded
                && at.seq == next
                && at.seq <= height
                && let Some(space) = self.spaces.get_mut(&id)
            {
                let outcome = space.apply(at, from, &entry, wall_ms);
                space.heights.insert(number, at.seq);
                self.recent.insert(at, entry.clone());
                if !matches!(outcome, Outcome::Superseded) {
                    self.after_outcome(id, at, outcome, &entry);
                }
            } else if at.seq < next {
                // It waited for its payload, which another host had: as with what was damaged.
                self.recent.insert(at, entry.clone());
                healed = true;
            }
            self.batch.push(StoreWrite::Entry(at, Box::new(entry)));
        }
        if healed {
            self.after.push(After::Healed(id));
        }
        self.report(|hub| hub.vouch(&id));
        let applied = self
            .spaces
            .get(&id)
            .and_then(|space| space.heights.get(&number));
        if applied.copied().unwrap_or(0) < height {
            // A gap closed below entries that are on disk already: read them once this is durable.
            self.after.push(After::CatchUp(id));
        }
    }

    pub(super) fn acked(&mut self, peer: NodeId, space: SpaceId, log: LogId, height: u64) {
        let Some(number) = self.catalog.log(&log).map(|known| known.number) else {
            return;
        };
        let heights = self.acks.entry(peer).or_default();
        let before = heights.insert(number, height).unwrap_or(0);
        self.acks_dirty.insert(peer);
        if height > before {
            self.kept_moved(&space, number, before, height);
        }
    }

    /// A peer stores exactly what is here: all heights of the space are its own.
    fn equal(&mut self, peer: NodeId, space: SpaceId) {
        let heights: BTreeMap<LogId, u64> = self
            .catalog
            .logs_of(&space)
            .iter()
            .map(|known| {
                let waiting = (known.number, 0)..=(known.number, u64::MAX);
                let first = self.recent.keys().map(|place| (place.log, place.seq));
                let first = first
                    .filter(|place| waiting.contains(place))
                    .map(|(_, seq)| seq)
                    .min();
                // Only what is durable here was compared.
                let durable = first.map_or(u64::MAX, |seq| seq - 1);
                (known.log, known.state.height().min(durable))
            })
            .collect();
        for (log, height) in heights {
            self.acked(peer, space, log, height);
        }
        self.equal_above_forks(peer, space);
    }

    pub(crate) fn load_acks(&mut self) -> Result<(), crate::store::StoreError> {
        for (node, heights) in self.state_store.acks()? {
            self.acks.insert(node, heights.into_iter().collect());
        }
        Ok(())
    }

    /// An entry that waits for the disk, or came in this turn.
    pub(crate) fn unwritten(&self, place: EntryPlace) -> Option<Entry> {
        self.recent.get(&place).cloned()
    }
}
