//! What the driver does about each event of the swarm, of its links and of incoming streams.

use libp2p::core::ConnectedPoint;
use libp2p::gossipsub::{self, MessageAcceptance};
use libp2p::swarm::{ConnectionError, DialError, ListenError, SwarmEvent};
use libp2p::{connection_limits, mdns, ping};

use super::super::behaviour::BehaviourEvent;
use super::super::members::TooManyStrangers;
use super::super::neighbours::{Verdict, verdict};
use super::*;

/// Own addresses in one beacon.
const BEACON_ADDRESSES_MAX: usize = 16;

/// First byte of a gossip message.
#[derive(Clone, Copy)]
pub(super) enum Message {
    /// A sign of life with the author's addresses.
    Beacon = 0,
    /// Bytes of the site.
    Realm = 1,
}

/// The addresses that a beacon names, after its first byte.
pub(crate) fn read_beacon(bytes: &[u8]) -> Option<Vec<SocketAddr>> {
    let addresses: Vec<SocketAddr> = postcard::from_bytes(bytes).ok()?;
    (addresses.len() <= BEACON_ADDRESSES_MAX).then_some(addresses)
}

impl Driver {
    pub(super) fn on_swarm(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(event) => self.on_behaviour(event),
            SwarmEvent::NewListenAddr { address: new, .. } => {
                if let Some((address, transport)) = address::socket(&new) {
                    self.tell(NetEvent::Listening { address, transport });
                }
                // A network came up: what could not be reached may be now.
                self.hurry_all();
            }
            SwarmEvent::ConnectionEstablished {
                peer_id,
                connection_id,
                endpoint,
                ..
            } => self.on_established(peer_id, connection_id, &endpoint),
            SwarmEvent::ConnectionClosed {
                peer_id,
                connection_id,
                cause,
                ..
            } => self.on_closed(&peer_id, connection_id, cause),
            SwarmEvent::OutgoingConnectionError {
                peer_id,
                connection_id,
                error,
            } => {
                tracing::debug!(?peer_id, %error, "dialling failed");
                let Some(node) = peer_id.as_ref().and_then(address::node_of) else {
                    return;
                };
                if let Some(neighbour) = self.neighbours.get_mut(&node) {
                    neighbour.attempts.remove(&connection_id);
                }
                if let Some(asking) = self.asking.get_mut(&node)
                    && asking.attempts.remove(&connection_id)
                {
                    asking.other_site |= matches!(error, DialError::WrongPeerId { .. });
                    asking.last_error = error.to_string();
                }
            }
            SwarmEvent::IncomingConnectionError { peer_id, error, .. } => {
                let reason = match &error {
                    ListenError::Denied { cause }
                        if cause.downcast_ref::<TooManyStrangers>().is_some() =>
                    {
                        "too-many-strangers"
                    }
                    ListenError::Denied { cause }
                        if cause
                            .downcast_ref::<connection_limits::Exceeded>()
                            .is_some() =>
                    {
                        "too-many-connections"
                    }
                    _ => "handshake-failed",
                };
                tracing::debug!(?peer_id, %error, reason, "a connection was refused");
                self.refuse(peer_id.as_ref().and_then(address::node_of), reason);
            }
            _ => {}
        }
    }

    fn on_established(&mut self, peer_id: PeerId, id: ConnectionId, endpoint: &ConnectedPoint) {
        let now = Instant::now();
        let Some(peer) = address::node_of(&peer_id).filter(|peer| *peer != self.node) else {
            self.swarm.close_connection(id);
            return;
        };
        let stranger = self.swarm.behaviour().gossip.is_stranger(id);
        let found = address::socket(endpoint.get_remote_address());
        self.connections.push(Connection {
            id,
            peer,
            address: found.map(|(address, _)| address),
            transport: found.map_or(Transport::Quic, |(_, transport)| transport),
            dialled: endpoint.is_dialer(),
            since: now,
            stranger_until: stranger.then_some(now + STRANGER_MAX),
            closing: false,
        });
        if let Some(neighbour) = self.neighbours.get_mut(&peer) {
            neighbour.attempts.remove(&id);
        }
        if let Some(asking) = self.asking.remove(&peer) {
            self.hand_over(peer, asking);
        }
        if stranger || self.closing.is_some() {
            return;
        }
        let Some(neighbour) = self.neighbours.get_mut(&peer) else {
            return self.close_connections(&peer, |_| true);
        };
        neighbour.tcp_at = None;
        let since = neighbour.link.as_ref().map(|link| link.since);
        let twice = neighbour.boots.is_settled(now);
        match verdict(self.node < peer, since, endpoint.is_dialer(), twice, now) {
            Verdict::Wait => {}
            Verdict::Open => self.open_if_free(peer),
            Verdict::Close => {
                neighbour.boots.knocked(now);
                self.close_connections(&peer, |one| one.id == id);
            }
            Verdict::Replace => {
                let other = |one: &Connection| one.id != id && one.stranger_until.is_none();
                self.close_connections(&peer, other);
                self.stop_link(&peer, "replaced by a newer connection");
            }
        }
    }

    /// Opens the sync stream if this site decides for the pair and nothing stands in the way. While
    /// an old connection closes, libp2p-stream might still choose that one.
    fn open_if_free(&mut self, peer: NodeId) {
        let mut connections = self.connections.iter().filter(|one| one.peer == peer);
        let ready = connections.clone().any(Connection::serves_members)
            && !connections.any(|one| one.closing);
        let Some(neighbour) = self.neighbours.get(&peer) else {
            return;
        };
        if !ready || self.node >= peer || neighbour.link.is_some() || self.closing.is_some() {
            return;
        }
        let (mut control, peer_id) = (self.control.clone(), neighbour.peer_id);
        let sync = self.config.plane.sync();
        let mut opening: super::super::link::Opening =
            Box::pin(async move { control.open_stream(peer_id, sync).await });
        // The first poll settles on the connection: it must happen before another one begins.
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match opening.as_mut().poll(&mut context) {
            std::task::Poll::Pending => self.start_link(peer, Source::Opening(opening)),
            std::task::Poll::Ready(done) => {
                let ready = Box::pin(std::future::ready(done));
                self.start_link(peer, Source::Opening(ready));
            }
        }
    }

    fn on_closed(&mut self, peer_id: &PeerId, id: ConnectionId, cause: Option<ConnectionError>) {
        self.connections.retain(|one| one.id != id);
        let closed_here = cause.is_none();
        if let Some(cause) = cause {
            tracing::debug!(%peer_id, %cause, "a connection ended");
        }
        let Some(peer) = address::node_of(peer_id) else {
            return;
        };
        let mut left = self.connections.iter().filter(|one| one.peer == peer);
        if closed_here && !left.any(Connection::serves_members) {
            self.stop_link(&peer, "its connection was closed here");
        }
        self.open_if_free(peer);
    }

    pub(super) fn on_outcome(&mut self, peer: NodeId, generation: u64, outcome: Outcome) {
        let now = Instant::now();
        let Some(neighbour) = self.neighbours.get_mut(&peer) else {
            return;
        };
        let current = neighbour.link.as_mut();
        let Some(link) = current.filter(|link| link.generation == generation) else {
            return;
        };
        match outcome {
            Outcome::Up(greeting) => {
                link.up = true;
                let (address, told) = (link.address, link.told);
                neighbour.redial.up(now);
                if self.closing.is_some() {
                    return self.queues.close(&peer);
                }
                self.greeted(peer, address, told, greeting, now);
            }
            Outcome::Ended { was_up } => {
                let since = link.since;
                neighbour.boots.down(now);
                neighbour.ended(since, was_up, now);
                let next = neighbour.next_stream.take();
                // Younger connections belong to the link that follows; a stranger's may carry the
                // answer that makes it a member, and ends by itself.
                let older = |one: &Connection| one.since <= since && one.stranger_until.is_none();
                self.close_connections(&peer, older);
                match next {
                    Some(stream) => self.start_link(peer, Source::Accepted(stream)),
                    None => self.open_if_free(peer),
                }
            }
        }
    }

    pub(super) fn on_sync_stream(&mut self, peer_id: &PeerId, stream: Stream) {
        let Some(peer) = address::node_of(peer_id) else {
            return;
        };
        let member = self
            .connections
            .iter()
            .any(|one| one.peer == peer && one.serves_members());
        if !self.neighbours.contains_key(&peer) || !member {
            match self.joining.get_mut(&peer) {
                Some(held) => *held = Some(stream),
                None => {
                    self.refuse(Some(peer), "unknown-peer");
                    self.close_connections(&peer, |_| true);
                }
            }
            return;
        }
        if self.node < peer {
            return self.refuse(Some(peer), "wrong-opener");
        }
        if self.closing.is_some() {
            return;
        }
        let Some(neighbour) = self.neighbours.get_mut(&peer) else {
            return;
        };
        let now = Instant::now();
        match &mut neighbour.link {
            // Not taken: of a site that runs twice the link that stands is kept.
            Some(link) if link.up && neighbour.boots.is_settled(now) => {
                neighbour.boots.knocked(now);
            }
            Some(link) => {
                link.stop("replaced by a newer connection");
                neighbour.next_stream = Some(stream);
                let own = |one: &&Connection| one.peer == peer && one.serves_members();
                if self.connections.iter().filter(own).count() == 1 {
                    // There is no newer one: a second stream beside the first ends both.
                    self.refuse(Some(peer), "sync-stream-twice");
                }
            }
            None => self.start_link(peer, Source::Accepted(stream)),
        }
    }

    pub(super) fn on_presence_stream(&mut self, peer_id: &PeerId, stream: Stream) {
        let link = address::node_of(peer_id)
            .and_then(|peer| self.neighbours.get(&peer))
            .and_then(|neighbour| neighbour.link.as_ref());
        if let Some(link) = link {
            // Full: the other site opens it again in a moment.
            let _ = link.presence.try_send(stream);
        }
    }

    /// The issuer is connected: hand over the request, then disconnect, so that what follows as a
    /// member begins on a connection of its own.
    fn hand_over(&mut self, issuer: NodeId, asking: Asking) {
        self.joining.insert(issuer, None);
        let (control, done) = (self.control.clone(), self.joined_sender.clone());
        let plane = self.config.plane;
        tokio::spawn(async move {
            let answer = join::ask(control, plane, asking.peer_id, asking.request).await;
            // Disconnected first: the caller may name the issuer a neighbour at once.
            let _ = done.send(issuer).await;
            let _ = asking.answer.send(answer);
        });
    }

    pub(super) fn on_joined(&mut self, issuer: NodeId) {
        self.joining.remove(&issuer);
        self.close_connections(&issuer, |one| one.stranger_until.is_some());
    }

    fn on_behaviour(&mut self, event: BehaviourEvent) {
        match event {
            BehaviourEvent::Ping(ping::Event {
                peer,
                connection,
                result,
            }) => match result {
                Ok(time) => {
                    let node = address::node_of(&peer);
                    if let Some(peer) = node.filter(|node| self.neighbours.contains_key(node)) {
                        self.tell(NetEvent::RoundTrip { peer, time });
                    }
                }
                Err(ping::Failure::Unsupported) => {}
                Err(error) => {
                    tracing::debug!(%peer, %error, "a connection does not answer");
                    if let Some(peer) = address::node_of(&peer) {
                        self.close_connections(&peer, |one| one.id == connection);
                        let mut left = self.connections.iter().filter(|one| one.peer == peer);
                        if !left.any(Connection::serves_members) {
                            self.stop_link(&peer, "the other site does not answer");
                        }
                    }
                }
            },
            BehaviourEvent::Gossip(gossipsub::Event::Message {
                propagation_source,
                message_id,
                message,
            }) => {
                let author = message.source.as_ref().and_then(address::node_of);
                let author = author.filter(|author| self.neighbours.contains_key(author));
                let acceptance = match author {
                    Some(_) => MessageAcceptance::Accept,
                    None => MessageAcceptance::Reject,
                };
                self.swarm
                    .behaviour_mut()
                    .gossip
                    .inner
                    .report_message_validation_result(&message_id, &propagation_source, acceptance);
                match author {
                    Some(author) => self.on_gossip(author, &message.data),
                    None => self.refuse(
                        address::node_of(&propagation_source),
                        "gossip-of-unknown-author",
                    ),
                }
            }
            BehaviourEvent::Discovery(mdns::Event::Discovered(found)) => {
                for (peer_id, found) in found {
                    if let (Some(peer), Some((address, _))) =
                        (address::node_of(&peer_id), address::socket(&found))
                    {
                        self.learned(peer, &[address]);
                    }
                }
            }
            _ => {}
        }
    }

    fn on_gossip(&mut self, peer: NodeId, data: &[u8]) {
        match data.split_first() {
            Some((kind, rest)) if *kind == Message::Beacon as u8 => match read_beacon(rest) {
                Some(addresses) => self.learned(peer, &addresses),
                None => self.refuse(Some(peer), "beacon-malformed"),
            },
            Some((kind, rest)) if *kind == Message::Realm as u8 => {
                let bytes = rest.to_vec();
                self.tell(NetEvent::Gossip { peer, bytes });
            }
            _ => self.refuse(Some(peer), "gossip-of-unknown-kind"),
        }
    }

    /// The peer is alive, perhaps at these addresses: if it is not linked, dial now.
    fn learned(&mut self, peer: NodeId, addresses: &[SocketAddr]) {
        if let Some(neighbour) = self.neighbours.get_mut(&peer) {
            addresses
                .iter()
                .for_each(|address| neighbour.learn(*address));
            neighbour.redial.hurry(Instant::now());
        }
    }

    pub(super) fn send_beacon(&mut self) {
        let count = self.config.announce.len().min(BEACON_ADDRESSES_MAX);
        // Socket addresses always encode.
        if let Ok(bytes) = postcard::to_stdvec(&self.config.announce[..count]) {
            self.publish(Message::Beacon, &bytes);
        }
    }

    pub(super) fn publish(&mut self, kind: Message, bytes: &[u8]) {
        if self.config.plane == Plane::Edge {
            return;
        }
        let mut data = vec![kind as u8];
        data.extend_from_slice(bytes);
        let gossip = &mut self.swarm.behaviour_mut().gossip.inner;
        if let Err(error) = gossip.publish(behaviour::topic(), data) {
            // With nobody to hear it this is ordinary; heights repair what was missed.
            tracing::debug!(%error, "gossip was not sent");
        }
    }
}
