//! Links between sites: the only module that knows libp2p. Whole frames of opaque bytes go in and
//! come out; what they mean, and what is stored, is decided elsewhere.
//!
//! Reading order: this file and [`event`] are the interface; [`driver`] holds the swarm and decides
//! whom to dial;
//! [`link`] is one pair of sites talking; [`join`] serves strangers who hold a ticket, and
//! questions of sites; [`redial`] is the waiting policy; [`members`] keeps strangers out of the gossip.
//!
//! One link per pair: the site with the smaller id chooses the connection, opens the streams on it
//! and closes every other connection of the pair. The other side only answers, so that two sites
//! that dial each other at once agree without a word.

mod address;
mod behaviour;
pub(crate) mod boots;
mod closing;
pub(crate) mod driver;
mod event;
mod frame;
mod join;
mod link;
mod members;
mod neighbours;
mod pace;
mod queue;
mod redial;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bocage_crdt::ids::NodeId;
use tokio::sync::{mpsc, oneshot};

pub use address::resolve;
pub use boots::Run;
pub use event::{JoinError, NetConfig, NetError, NetEvent, Plane, Transport};
use queue::Queues;
pub use queue::{NotSent, Refusals};

/// How long [`NetHandle::close`] waits for what is queued to reach the other side.
const CLOSE_WAIT: Duration = Duration::from_secs(3);
/// Commands waiting for the driver: each is small, and a driver this far behind is stuck.
const COMMANDS_MAX: usize = 256;

/// A neighbour: a site that may connect, and where it is dialled: host names or IP addresses with
/// ports. Names are looked up for each attempt, because they move.
pub type Neighbour = (NodeId, Vec<String>);

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
    Ask {
        peer: NodeId,
        request: Vec<u8>,
        answer: oneshot::Sender<Result<Vec<u8>, JoinError>>,
    },
    Close(oneshot::Sender<()>),
}

/// The site's hand on its links. Cheap to clone; no call waits except [`Self::join`],
/// [`Self::ask`] and [`Self::close`].
#[derive(Clone)]
pub struct NetHandle {
    node: NodeId,
    plane: Plane,
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
        plane: config.plane,
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

    /// Whom it is for.
    pub fn plane(&self) -> Plane {
        self.plane
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

    /// Puts a question to a neighbour that a link stands with and waits for its answer, 10 s at most.
    pub async fn ask(&self, peer: NodeId, request: Vec<u8>) -> Result<Vec<u8>, JoinError> {
        let (answer, receiver) = oneshot::channel();
        let command = Command::Ask {
            peer,
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
