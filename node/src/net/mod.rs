//! Links between sites: the only module that knows libp2p. Whole frames of opaque bytes go in and
//! come out; what they mean, and what is stored, is decided elsewhere.
//!
//! Reading order: this file is the interface; [`driver`] holds the swarm and decides whom to dial;
//! [`link`] is one pair of sites talking; [`join`] serves strangers who hold a ticket;
//! [`redial`] is the waiting policy; [`members`] keeps strangers out of the gossip.
//!
//! One link per pair: the site with the smaller id chooses the connection, opens the streams on it
//! and closes every other connection of the pair. The other side only answers, so that two sites
//! that dial each other at once agree without a word.

mod address;
mod behaviour;
mod driver;
mod frame;
mod join;
mod link;
mod members;
mod neighbours;
mod queue;
mod redial;
#[cfg(test)]
mod tests;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bocage_crdt::ids::NodeId;
use tokio::sync::{mpsc, oneshot};

use queue::Queues;
pub use queue::{NotSent, Refusals};

/// How long [`NetHandle::close`] waits for what is queued to reach the other side.
const CLOSE_WAIT: Duration = Duration::from_secs(3);
/// Commands waiting for the driver: each is small, and a driver this far behind is stuck.
const COMMANDS_MAX: usize = 256;

/// What a site needs to be reached and to reach others.
#[derive(Clone)]
pub struct NetConfig {
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
            key,
            listen,
            announce: Vec::new(),
            quic: true,
            tcp: true,
            lan_discovery: false,
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
        /// The request, at most 64 KiB.
        request: Vec<u8>,
        /// The answer, at most 64 KiB, within ten seconds of the stranger's connecting.
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
    /// The site was reached and gave no answer: the ticket is unknown there, or it is busy.
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
            Self::NoAnswer => out.write_str(
                "the issuing site did not answer the ticket; ask for a new one, or try again in a \
                 minute if it is busy",
            ),
            Self::TooLate => out.write_str("the issuing site took too long to answer; try again"),
            Self::NotSent => out.write_str("the request was not sent"),
        }
    }
}

impl std::error::Error for JoinError {}

/// A neighbour: a site that may connect, and the addresses where it is dialled.
pub type Neighbour = (NodeId, Vec<SocketAddr>);

pub(crate) enum Command {
    Neighbours(Vec<Neighbour>),
    Gossip(Vec<u8>),
    RedialNow,
    Disconnect(NodeId),
    Join {
        issuer: NodeId,
        addresses: Vec<SocketAddr>,
        request: Vec<u8>,
        answer: oneshot::Sender<Result<Vec<u8>, JoinError>>,
    },
    Close(oneshot::Sender<()>),
}

/// The site's hand on its links. Cheap to clone; no call waits except [`Self::join`] and
/// [`Self::close`].
#[derive(Clone)]
pub struct NetHandle {
    node: NodeId,
    listen: Arc<[SocketAddr]>,
    queues: Queues,
    refusals: Refusals,
    commands: mpsc::Sender<Command>,
}

/// Starts listening and, once neighbours are set, dialling.
///
/// Events must be read promptly: while they are not, neighbours are held back, nothing is lost.
pub async fn start(
    config: NetConfig,
    events: mpsc::Sender<NetEvent>,
) -> Result<NetHandle, NetError> {
    if std::env::var_os("SSLKEYLOGFILE").is_some() {
        return Err(NetError::KeyLogging);
    }
    let listen = address::reserve(&config)?;
    let (commands, receiver) = mpsc::channel(COMMANDS_MAX);
    let queues = Queues::default();
    let refusals = Refusals::default();
    let node = driver::spawn(
        &config,
        &listen,
        queues.clone(),
        refusals.clone(),
        events,
        receiver,
    )?;
    Ok(NetHandle {
        node,
        listen: listen.into(),
        queues,
        refusals,
        commands,
    })
}

impl NetHandle {
    /// This site.
    pub fn node(&self) -> NodeId {
        self.node
    }

    /// Where it listens: the configured addresses with their real ports.
    pub fn listen(&self) -> &[SocketAddr] {
        &self.listen
    }

    /// Queues a frame of 1 byte to `FRAME_BYTES_MAX` for a neighbour. Never waits, never drops:
    /// what cannot be queued is handed back as an error, and heights repair it later.
    pub fn send(&self, peer: NodeId, bytes: Vec<u8>) -> Result<(), NotSent> {
        self.queues.send(peer, bytes)
    }

    /// Replaces what was waiting under the same `about` (say, one person in one item). Best effort:
    /// nothing happens without a link, and the oldest goes first when too many wait.
    pub fn send_presence(&self, peer: NodeId, about: u64, bytes: Vec<u8>) {
        self.queues.send_presence(peer, about, bytes);
    }

    /// The neighbours now linked.
    pub fn linked(&self) -> Vec<NodeId> {
        self.queues.linked()
    }

    /// Refused things so far, by reason.
    pub fn refusals(&self) -> Vec<(&'static str, u64)> {
        self.refusals.counts()
    }

    /// Who may connect, and where to dial them. A site no longer named is disconnected.
    pub fn set_neighbours(&self, neighbours: Vec<Neighbour>) -> Result<(), NotSent> {
        self.command(Command::Neighbours(neighbours))
    }

    /// Tells all connected sites of the realm, through each other. At most 32 KiB.
    pub fn gossip(&self, bytes: Vec<u8>) -> Result<(), NotSent> {
        if bytes.len() > behaviour::GOSSIP_BYTES_MAX {
            return Err(NotSent::TooLarge);
        }
        self.command(Command::Gossip(bytes))
    }

    /// Dials every neighbour that is not linked, now.
    pub fn redial_now(&self) -> Result<(), NotSent> {
        self.command(Command::RedialNow)
    }

    /// Ends the link. A neighbour is dialled again; take it off the list to prevent that.
    pub fn disconnect(&self, peer: NodeId) -> Result<(), NotSent> {
        self.command(Command::Disconnect(peer))
    }

    /// Hands a request to the site that issued a ticket and waits for its answer, 10 s at most.
    pub async fn join(
        &self,
        issuer: NodeId,
        addresses: Vec<SocketAddr>,
        request: Vec<u8>,
    ) -> Result<Vec<u8>, JoinError> {
        let (answer, receiver) = oneshot::channel();
        let command = Command::Join {
            issuer,
            addresses,
            request,
            answer,
        };
        self.command(command).map_err(|_| JoinError::NotSent)?;
        receiver.await.unwrap_or(Err(JoinError::NotSent))
    }

    /// Sends what is queued, ends every link and frees the ports.
    pub async fn close(&self) {
        let (done, finished) = oneshot::channel();
        if self.commands.send(Command::Close(done)).await.is_ok() {
            // An error means that the driver ended otherwise, which is what was asked for.
            let _ = finished.await;
        }
    }

    fn command(&self, command: Command) -> Result<(), NotSent> {
        self.commands
            .try_send(command)
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => NotSent::Full,
                mpsc::error::TrySendError::Closed(_) => NotSent::Down,
            })
    }
}
