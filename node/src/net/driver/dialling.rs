//! Whom to dial and when: QUIC first, TCP a moment later, again and again until a link stands.

use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};

use super::super::neighbours::ATTEMPTS_MAX;
use super::*;

/// How long QUIC has the line to itself. A handshake takes one round trip: most are done by then.
const TCP_AFTER: Duration = Duration::from_millis(250);
/// The longest sleep of the driver, when nothing is due.
const IDLE: Duration = Duration::from_secs(3_600);

impl Driver {
    /// Does what is due, and says when to come back.
    pub(super) fn act(&mut self, now: Instant) -> Instant {
        if let Some(closing) = &self.closing {
            return closing.until;
        }
        if self.beacon_at <= now {
            self.beacon_at = now + BEACON_EVERY;
            self.send_beacon();
        }
        let mut wake = self.beacon_at.min(now + IDLE);
        wake = wake.min(self.look_for_ends(now).unwrap_or(wake));
        wake = wake.min(self.dial_neighbours(now));
        wake = wake.min(self.pursue_asking(now));
        wake.min(self.close_strangers(now))
    }

    fn dial_neighbours(&mut self, now: Instant) -> Instant {
        let mut wake = now + IDLE;
        let missing: Vec<NodeId> = self
            .neighbours
            .iter()
            .filter(|(node, one)| {
                one.link.is_none() && !self.connections.iter().any(|c| c.peer == **node)
            })
            .map(|(node, _)| *node)
            .collect();
        for node in missing {
            let (quic, tcp) = (self.config.quic, self.config.tcp);
            let Some(neighbour) = self.neighbours.get_mut(&node) else {
                continue;
            };
            if neighbour.redial.due_at() <= now
                && let Some(names) = neighbour.take_lookup(now)
            {
                let sender = self.found_sender.clone();
                tokio::spawn(async move {
                    let found = address::resolve(&names).await;
                    // An error means that the driver is gone.
                    let _ = sender.send((node, names, found)).await;
                });
            }
            let addresses = neighbour.addresses();
            if addresses.is_empty() {
                if neighbour.lookup_at.is_some() && !neighbour.written.is_empty() {
                    // Nothing was found yet: the names are tried again like addresses.
                    if neighbour.redial.due_at() <= now {
                        neighbour.redial.attempt(now, rand::random());
                    }
                    wake = wake.min(neighbour.redial.due_at());
                }
                continue;
            }
            let mut transports = Vec::new();
            if neighbour.redial.due_at() <= now {
                neighbour.redial.attempt(now, rand::random());
                if quic {
                    transports.push(Transport::Quic);
                }
                // A running delay goes on: attempts closer together must not push TCP away.
                let after = if quic { TCP_AFTER } else { Duration::ZERO };
                if tcp && neighbour.tcp_at.is_none() {
                    neighbour.tcp_at = Some(now + after);
                }
            }
            if neighbour.tcp_at.is_some_and(|at| at <= now) {
                neighbour.tcp_at = None;
                transports.push(Transport::Tcp);
            }
            let room = ATTEMPTS_MAX.saturating_sub(neighbour.attempts.len());
            let peer_id = neighbour.peer_id;
            let next = neighbour.redial.due_at();
            wake = wake.min(neighbour.tcp_at.map_or(next, |at| at.min(next)));
            for transport in transports.into_iter().take(room) {
                if let Some(attempt) = self.dial(peer_id, &addresses, transport)
                    && let Some(neighbour) = self.neighbours.get_mut(&node)
                {
                    neighbour.attempts.insert(attempt);
                }
            }
        }
        wake
    }

    fn dial(
        &mut self,
        peer_id: PeerId,
        addresses: &[SocketAddr],
        transport: Transport,
    ) -> Option<ConnectionId> {
        let addresses = addresses
            .iter()
            .map(|one| address::multiaddr(one, transport))
            .collect();
        let options = DialOpts::peer_id(peer_id)
            .condition(PeerCondition::Always)
            .addresses(addresses);
        let options = match transport {
            // From the listening port: a firewall that lets us out there lets answers in.
            Transport::Quic => options.build(),
            // From a new port: two sites dialling each other between the same two ports would
            // make one connection that both believe to have opened.
            Transport::Tcp => options.allocate_new_port().build(),
        };
        let id = options.connection_id();
        match self.swarm.dial(options) {
            Ok(()) => Some(id),
            Err(error) => {
                tracing::debug!(%peer_id, %error, "dialling failed at once");
                None
            }
        }
    }

    pub(super) fn hurry_all(&mut self) {
        let now = Instant::now();
        for neighbour in self.neighbours.values_mut() {
            neighbour.redial.hurry(now);
        }
    }

    /// A question travels on the connection of the link: without one there is nobody to ask.
    pub(super) fn ask_neighbour(
        &mut self,
        peer: NodeId,
        request: Vec<u8>,
        answer: oneshot::Sender<Result<Vec<u8>, JoinError>>,
    ) {
        let sound = (1..=join::JOIN_BYTES_MAX).contains(&request.len());
        let linked = self.neighbours.get(&peer).and_then(|one| one.link.as_ref());
        let linked = linked.is_some_and(|link| link.up);
        let (Some(peer_id), true, true) = (address::peer_of(&peer), sound, linked) else {
            let _ = answer.send(Err(JoinError::NotSent));
            return;
        };
        let control = self.control.clone();
        tokio::spawn(async move {
            // The caller may have given up waiting.
            let _ = answer.send(join::ask_neighbour(control, peer_id, request).await);
        });
    }

    pub(super) fn ask(
        &mut self,
        issuer: NodeId,
        addresses: Vec<SocketAddr>,
        request: Vec<u8>,
        answer: oneshot::Sender<Result<Vec<u8>, JoinError>>,
    ) {
        let now = Instant::now();
        let sound = (1..=join::JOIN_BYTES_MAX).contains(&request.len());
        let (Some(peer_id), true) = (address::peer_of(&issuer), sound) else {
            let _ = answer.send(Err(JoinError::NotSent));
            return;
        };
        let quic = self
            .config
            .quic
            .then(|| self.dial(peer_id, &addresses, Transport::Quic))
            .flatten();
        let after = if quic.is_some() {
            TCP_AFTER
        } else {
            Duration::ZERO
        };
        let asking = Asking {
            peer_id,
            addresses,
            request,
            answer,
            tcp_at: self.config.tcp.then_some(now + after),
            attempts: quic.into_iter().collect(),
            until: now + join::JOIN_TIME_MAX,
            last_error: "no address answered".into(),
            other_site: false,
        };
        self.asking.insert(issuer, asking);
    }

    fn pursue_asking(&mut self, now: Instant) -> Instant {
        let mut wake = now + IDLE;
        let issuers: Vec<NodeId> = self.asking.keys().copied().collect();
        for issuer in issuers {
            let Some(mut asking) = self.asking.remove(&issuer) else {
                continue;
            };
            if asking.tcp_at.is_some_and(|at| at <= now) {
                asking.tcp_at = None;
                let addresses = asking.addresses.clone();
                asking
                    .attempts
                    .extend(self.dial(asking.peer_id, &addresses, Transport::Tcp));
            }
            let failed = asking.attempts.is_empty() && asking.tcp_at.is_none();
            if failed || asking.until <= now {
                let error = match asking.other_site {
                    true => JoinError::OtherSite,
                    false => JoinError::Unreachable(asking.last_error),
                };
                // Nobody waits any more when the command was ended meanwhile.
                let _ = asking.answer.send(Err(error));
                continue;
            }
            wake = wake.min(asking.tcp_at.unwrap_or(asking.until));
            self.asking.insert(issuer, asking);
        }
        wake
    }

    fn close_strangers(&mut self, now: Instant) -> Instant {
        let mut wake = now + IDLE;
        for connection in &mut self.connections {
            let Some(until) = connection.stranger_until.filter(|_| !connection.closing) else {
                continue;
            };
            if until <= now {
                connection.closing = true;
                self.swarm.close_connection(connection.id);
            } else {
                wake = wake.min(until);
            }
        }
        wake
    }
}
