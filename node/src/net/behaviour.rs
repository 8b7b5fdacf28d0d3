//! The swarm: transports, their timeouts and windows, and the protocols spoken on a connection.

use std::time::Duration;

use libp2p::connection_limits::{self, ConnectionLimits};
use libp2p::gossipsub::{self, IdentTopic, MessageAuthenticity, ValidationMode};
use libp2p::swarm::NetworkBehaviour;
use libp2p::swarm::behaviour::toggle::Toggle;
use libp2p::{StreamProtocol, Swarm, SwarmBuilder, Transport, mdns, noise, ping, tcp, yamux};

use super::closing::Bounded;
use super::members::Members;
use super::{NetConfig, NetError, Plane, address};

/// Who is where, latest wins: one long-lived stream per pair, in the core only.
pub(crate) const PRESENCE: StreamProtocol = StreamProtocol::new("/bocage/presence/1");
/// One question and one answer between sites of the realm, beside the link.
pub(crate) const ASK: StreamProtocol = StreamProtocol::new("/bocage/ask/1");
/// Gossip among all sites of the realm: beacons and realm changes.
pub(crate) const CORE_TOPIC: &str = "/bocage/core/1";

/// Largest gossip: a realm change is some hundred bytes, and each site passes it on to several.
pub(crate) const GOSSIP_BYTES_MAX: usize = 32 << 10;
impl Plane {
    /// Entries, heights and acks: one long-lived stream per pair.
    pub(crate) fn sync(self) -> StreamProtocol {
        StreamProtocol::new(match self {
            Self::Core => "/bocage/sync/1",
            Self::Edge => "/bocage/edge-sync/1",
        })
    }

    /// One request and one answer; the only protocol served to strangers.
    pub(crate) fn join(self) -> StreamProtocol {
        StreamProtocol::new(match self {
            Self::Core => "/bocage/join/1",
            Self::Edge => "/bocage/edge-join/1",
        })
    }

    fn bounds(self) -> Bounds {
        match self {
            Self::Core => CORE_BOUNDS,
            Self::Edge => EDGE_BOUNDS,
        }
    }
}

/// What one plane lets others take of this machine.
struct Bounds {
    /// Bytes under way on one stream.
    stream_window: u32,
    /// Bytes under way on one connection.
    connection_window: u32,
    /// Streams one peer may open at once.
    streams: u32,
    /// Handshakes under way from outside.
    pending_incoming: u32,
    /// Connections per peer: overlapping attempts of both sides over both transports.
    per_peer: u32,
    /// Connections in all.
    connections: u32,
}

/// 4 MiB under way fill 300 Mbit/s at 100 ms, and thirty links cannot fill memory. Streams: sync,
/// presence, join, ping, gossip, with replacements. A flood of handshakes must not starve the
/// neighbours. More connections than sites one site is linked with.
const CORE_BOUNDS: Bounds = Bounds {
    stream_window: 4 << 20,
    connection_window: 8 << 20,
    streams: 32,
    pending_incoming: 64,
    per_peer: 16,
    connections: 1_024,
};

/// Guests: 500 partners with a few sites each, of which a site serves those of its own spaces. In
/// all at most 128 MiB of windows, should every connection be hostile at once.
const EDGE_BOUNDS: Bounds = Bounds {
    stream_window: 512 << 10,
    connection_window: 512 << 10,
    streams: 8,
    pending_incoming: 16,
    per_peer: 6,
    connections: 256,
};

/// A link that is silent for this long is dead. With keep-alives every 1.5 s three may be lost.
const IDLE_MAX: Duration = Duration::from_secs(5);
const KEEP_ALIVE: Duration = Duration::from_millis(1_500);
/// Longest handshake, also the life of one dialling attempt; new attempts do not wait for it.
const HANDSHAKE_MAX: Duration = Duration::from_secs(3);
/// The same over TCP, which takes five round trips: some hundred milliseconds each by satellite.
const TCP_HANDSHAKE_MAX: Duration = Duration::from_secs(5);
/// TCP has no keep-alive of its own: two pings without an answer, one after the other, end the
/// connection. With the wait before the first that is 10 s at most: a line that loses packets must
/// not be given up for one late answer, and a screen must not call a frozen site current for long.
const PING_EVERY: Duration = Duration::from_secs(2);
const PING_WAIT: Duration = Duration::from_secs(3);
/// A connection nobody opens a stream on.
const UNUSED_MAX: Duration = Duration::from_secs(10);

#[derive(NetworkBehaviour)]
pub(crate) struct Behaviour {
    limits: connection_limits::Behaviour,
    pub(crate) gossip: Members<gossipsub::Behaviour>,
    pub(crate) streams: libp2p_stream::Behaviour,
    ping: ping::Behaviour,
    discovery: Toggle<mdns::tokio::Behaviour>,
}

pub(crate) fn topic() -> IdentTopic {
    IdentTopic::new(CORE_TOPIC)
}

pub(crate) fn swarm(config: &NetConfig) -> Result<Swarm<Behaviour>, NetError> {
    fn setup(error: impl std::fmt::Display) -> NetError {
        NetError::Setup(error.to_string())
    }
    let keypair = address::keypair(&config.key);
    let bounds = config.plane.bounds();
    let behaviour = behaviour(config, &keypair).map_err(setup)?;
    let swarm = SwarmBuilder::with_existing_identity(keypair)
        .with_tokio()
        .with_quic_config(move |mut quic| {
            quic.handshake_timeout = HANDSHAKE_MAX;
            // Milliseconds; five seconds fit.
            quic.max_idle_timeout = IDLE_MAX.as_millis() as u32;
            quic.keep_alive_interval = KEEP_ALIVE;
            quic.max_concurrent_stream_limit = bounds.streams;
            quic.max_stream_data = bounds.stream_window;
            quic.max_connection_data = bounds.connection_window;
            quic
        })
        // By hand, because closing has to be bounded.
        .with_other_transport(|keypair| {
            let secure = noise::Config::new(keypair)?;
            let transport = tcp::tokio::Transport::new(tcp::Config::default().nodelay(true))
                .upgrade(libp2p::core::upgrade::Version::V1Lazy)
                .authenticate(secure)
                .multiplex(yamux::Config::default())
                .map(|(peer, muxer), _| (peer, Bounded::new(muxer)));
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(transport)
        })
        .map_err(setup)?
        .with_behaviour(|_| behaviour)
        .map_err(setup)?
        .with_swarm_config(|swarm| {
            swarm
                .with_idle_connection_timeout(UNUSED_MAX)
                // Saves the round trip of negotiation: our streams have one version each.
                .with_substream_upgrade_protocol_override(libp2p::core::upgrade::Version::V1Lazy)
        })
        .with_connection_timeout(TCP_HANDSHAKE_MAX)
        .build();
    Ok(swarm)
}

fn behaviour(
    config: &NetConfig,
    keypair: &libp2p::identity::Keypair,
) -> Result<Behaviour, Box<dyn std::error::Error + Send + Sync>> {
    let gossip_config = gossipsub::ConfigBuilder::default()
        .validation_mode(ValidationMode::Strict)
        // A message is passed on only after its author was found to be a member.
        .validate_messages()
        .max_transmit_size(GOSSIP_BYTES_MAX + (4 << 10))
        .build()?;
    let mut gossip =
        gossipsub::Behaviour::new(MessageAuthenticity::Signed(keypair.clone()), gossip_config)?;
    let core = config.plane == Plane::Core;
    if core {
        gossip.subscribe(&topic())?;
    }
    let discovery = (config.lan_discovery && core)
        .then(|| {
            mdns::tokio::Behaviour::new(mdns::Config::default(), keypair.public().to_peer_id())
        })
        .transpose()?;
    let bounds = config.plane.bounds();
    let limits = ConnectionLimits::default()
        .with_max_pending_incoming(Some(bounds.pending_incoming))
        .with_max_established_per_peer(Some(bounds.per_peer))
        .with_max_established(Some(bounds.connections));
    Ok(Behaviour {
        limits: connection_limits::Behaviour::new(limits),
        gossip: Members::new(gossip, core),
        streams: libp2p_stream::Behaviour::new(),
        ping: ping::Behaviour::new(
            ping::Config::new()
                .with_interval(PING_EVERY)
                .with_timeout(PING_WAIT),
        ),
        discovery: discovery.into(),
    })
}
