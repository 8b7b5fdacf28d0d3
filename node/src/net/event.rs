//! What goes into the network and what comes out: settings, events and errors. No behaviour.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use bocage_crdt::ids::NodeId;
use tokio::sync::oneshot;

use super::boots::Run;

/// Whom a swarm is for. Each plane has ports, protocols and bounds of its own, so that what a
/// partner's machine does can neither reach nor crowd out what the sites of the realm say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Plane {
    /// The realm's own sites: sync, presence, gossip, tickets of sites.
    #[default]
    Core,
    /// Guest sites and those who carry spaces with them: sync and tickets of guests, tight bounds.
    Edge,
}

/// What a site needs to be reached and to reach others.
#[derive(Clone)]
pub struct NetConfig {
    /// Whom it is for.
    pub plane: Plane,
    /// Seed of the site's ed25519 key.
    pub key: [u8; 32],
    /// Where to listen; port 0 picks a free one, the same number for UDP and TCP.
    pub listen: Vec<SocketAddr>,
    /// Own addresses told to the realm in the beacon, so that others find a site that moved.
    pub announce: Vec<SocketAddr>,
    /// QUIC over UDP, tried first.
    pub quic: bool,
    /// TCP with Noise and yamux, tried when QUIC has not answered.
    pub tcp: bool,
    /// Whether to look for the realm's sites on the local network (mDNS).
    pub lan_discovery: bool,
}

impl NetConfig {
    /// Both transports, no discovery.
    pub fn new(key: [u8; 32], listen: Vec<SocketAddr>) -> Self {
        Self {
            plane: Plane::Core,
            key,
            listen,
            announce: Vec::new(),
            quic: true,
            tcp: true,
            lan_discovery: false,
        }
    }

    /// For guests.
    pub fn edge(key: [u8; 32], listen: Vec<SocketAddr>) -> Self {
        Self {
            plane: Plane::Edge,
            ..Self::new(key, listen)
        }
    }
}

/// Which way bytes travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// QUIC over UDP.
    Quic,
    /// TCP with Noise and yamux.
    Tcp,
}

/// What the network tells the site. Per peer, `Up` comes before its frames and `Down` after them.
#[derive(Debug)]
pub enum NetEvent {
    /// Other sites can reach us here.
    Listening {
        /// A local address; one event for each interface.
        address: SocketAddr,
        /// The transport that listens.
        transport: Transport,
    },
    /// The link to a neighbour stands; frames may be sent.
    Up {
        /// The neighbour.
        peer: NodeId,
        /// Its address, as seen here.
        address: Option<SocketAddr>,
        /// The transport of the link.
        transport: Transport,
        /// Whether this site dialled.
        dialled: bool,
    },
    /// The link is gone; what was queued and not yet read by the neighbour is lost.
    Down {
        /// The neighbour.
        peer: NodeId,
        /// Why, in words for a log.
        reason: String,
    },
    /// A site's key runs twice, or no more: nothing named then.
    Twice {
        /// Whose: this site's own, if the neighbour `by` says it of us.
        site: NodeId,
        /// Who noticed: this site itself of a neighbour.
        by: NodeId,
        /// The copies.
        runs: Vec<Run>,
    },
    /// A frame of the sync stream, in the order sent.
    Frame {
        /// Who sent it.
        peer: NodeId,
        /// The bytes given to [`NetHandle::send`].
        bytes: Vec<u8>,
    },
    /// A frame of the presence stream; some may have been replaced by later ones.
    Presence {
        /// Who sent it.
        peer: NodeId,
        /// The bytes given to [`NetHandle::send_presence`].
        bytes: Vec<u8>,
    },
    /// Gossip of the realm, signed by its author.
    Gossip {
        /// Who wrote it, not who passed it on.
        peer: NodeId,
        /// The bytes given to [`NetHandle::gossip`].
        bytes: Vec<u8>,
    },
    /// A stranger asks to join. Dropping `answer` refuses without a word.
    Join {
        /// The stranger, proven by the connection.
        peer: NodeId,
        /// Where it knocked: a guest's ticket is good on the edge only, a site's in the core only.
        plane: Plane,
        /// The request, at most 64 KiB.
        request: Vec<u8>,
        /// The answer, at most 64 KiB, within ten seconds of the stranger's connecting.
        answer: oneshot::Sender<Vec<u8>>,
    },
    /// A site has a question. Dropping `answer` refuses without a word.
    Ask {
        /// Who asks, proven by the connection; whether it is a site of the realm is to be looked at.
        peer: NodeId,
        /// The question, at most 64 KiB.
        request: Vec<u8>,
        /// The answer, at most 64 KiB, within ten seconds.
        answer: oneshot::Sender<Vec<u8>>,
    },
    /// Something was refused; counted for `bocage status`.
    Refused {
        /// Who sent it, when known.
        peer: Option<NodeId>,
        /// A fixed name, explained in `docs/operate.md`.
        reason: &'static str,
    },
    /// The round trip to a neighbour was measured.
    RoundTrip {
        /// The neighbour.
        peer: NodeId,
        /// From ping to pong.
        time: Duration,
    },
}

/// Why the network does not start.
#[derive(Debug)]
pub enum NetError {
    /// `SSLKEYLOGFILE` is set: the TLS library would write every session key to that file.
    KeyLogging,
    /// Another program listens on the address.
    PortTaken(SocketAddr),
    /// The address cannot be listened on.
    Listen(SocketAddr, std::io::Error),
    /// A part of libp2p does not start.
    Setup(String),
}

impl fmt::Display for NetError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyLogging => out.write_str(
                "the environment variable SSLKEYLOGFILE is set: the keys of every connection \
                 would be written to that file; unset it and start again",
            ),
            Self::PortTaken(address) => write!(
                out,
                "another program listens on {address}; stop it, or choose another port with \
                 peers.listen"
            ),
            Self::Listen(address, error) => write!(
                out,
                "cannot listen on {address}: {error}; check peers.listen"
            ),
            Self::Setup(reason) => write!(out, "the network does not start: {reason}"),
        }
    }
}

impl std::error::Error for NetError {}

/// Why a request to join got no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JoinError {
    /// None of the addresses led to the issuing site.
    Unreachable(String),
    /// Another site than the issuing one answers there.
    OtherSite,
    /// The site was reached and gave no answer: it is busy, or the line broke.
    NoAnswer,
    /// No answer within the time allowed.
    TooLate,
    /// The request is larger than 64 KiB, or the network is closed.
    NotSent,
}

impl fmt::Display for JoinError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(reason) => write!(
                out,
                "the issuing site was not reached at any address of the ticket ({reason}); check \
                 that it runs and that its port is open"
            ),
            Self::OtherSite => out.write_str(
                "another site than the one that issued the ticket answers at its address; ask for \
                 a new ticket",
            ),
            Self::NoAnswer => out.write_str(
                "the issuing site was reached and did not answer the ticket: it is busy, or the \
                 line broke",
            ),
            Self::TooLate => {
                out.write_str("the issuing site was reached and took too long to answer")
            }
            Self::NotSent => out.write_str("the request was not sent"),
        }
    }
}

impl std::error::Error for JoinError {}
