//! The task that owns the swarm: handles its events and our commands, dials who is missing, opens
//! and ends links. It waits on nothing but its own select, and frames do not pass through it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bocage_crdt::ids::NodeId;
use libp2p::futures::StreamExt;
use libp2p::swarm::ConnectionId;
use libp2p::{PeerId, Stream, Swarm};
use libp2p_stream::{Control, IncomingStreams};
use tokio::sync::{mpsc, oneshot, watch};

use super::behaviour::{self, ASK, Behaviour, PRESENCE};
use super::boots::{Boot, Greeting};
use super::link::{Link, Outcome, Source};
use super::neighbours::{Connection, LinkState, Neighbour};
use super::queue::{Queues, Refusals};
use super::{
    CLOSE_WAIT, Command, JoinError, NetConfig, NetError, NetEvent, Plane, Transport, address, join,
};

mod dialling;
mod doubled;
pub(crate) mod events;

/// Signs of life to the whole realm.
const BEACON_EVERY: Duration = Duration::from_secs(10);
/// Outcomes and streams waiting for the driver: several per peer of a large realm.
const INTERNAL_MAX: usize = 256;
/// Presence streams waiting for a link to take them: a replacement beside the current one.
const PRESENCE_STREAMS_MAX: usize = 2;
/// A stranger's connection: the time of a join, and a little for its last packets.
const STRANGER_MAX: Duration = join::JOIN_TIME_MAX.saturating_add(Duration::from_secs(2));
/// After the last link ended, for the transports to say goodbye.
const GOODBYE_WAIT: Duration = Duration::from_millis(500);

/// A join request of ours on its way to the issuer.
struct Asking {
    peer_id: PeerId,
    addresses: Vec<SocketAddr>,
    request: Vec<u8>,
    answer: oneshot::Sender<Result<Vec<u8>, JoinError>>,
    tcp_at: Option<Instant>,
    attempts: BTreeSet<ConnectionId>,
    until: Instant,
    last_error: String,
    /// Somebody else than the issuer answered at an address.
    other_site: bool,
}

/// Whose names were looked up, the names, and what was found.
type Found = (NodeId, Vec<String>, Vec<SocketAddr>);

struct Closing {
    done: oneshot::Sender<()>,
    until: Instant,
}

struct Driver {
    node: NodeId,
    boot: Boot,
    config: NetConfig,
    swarm: Swarm<Behaviour>,
    control: Control,
    queues: Queues,
    refusals: Refusals,
    events: mpsc::Sender<NetEvent>,
    commands: mpsc::Receiver<Command>,
    outcomes: mpsc::Receiver<(NodeId, u64, Outcome)>,
    outcome_sender: mpsc::Sender<(NodeId, u64, Outcome)>,
    sync_streams: mpsc::Receiver<(PeerId, Stream)>,
    presence_streams: mpsc::Receiver<(PeerId, Stream)>,
    found: mpsc::Receiver<Found>,
    found_sender: mpsc::Sender<Found>,
    joined: mpsc::Receiver<NodeId>,
    joined_sender: mpsc::Sender<NodeId>,
    neighbours: BTreeMap<NodeId, Neighbour>,
    /// Their keys, for those who serve them.
    members: watch::Sender<BTreeSet<NodeId>>,
    connections: Vec<Connection>,
    asking: BTreeMap<NodeId, Asking>,
    /// Issuers that hold our request and have not answered yet, and the sync stream of one that
    /// takes us for a member already. It is kept open meanwhile, unanswered: refusing it would have
    /// the issuer close the connection on which its answer comes.
    joining: BTreeMap<NodeId, Option<Stream>>,
    generation: u64,
    beacon_at: Instant,
    closing: Option<Closing>,
}

/// Starts listening and the driver's task; must be called inside a tokio runtime.
pub(crate) fn spawn(
    config: &NetConfig,
    listen: &[SocketAddr],
    queues: Queues,
    refusals: Refusals,
    events: mpsc::Sender<NetEvent>,
    commands: mpsc::Receiver<Command>,
) -> Result<NodeId, NetError> {
    let mut swarm = behaviour::swarm(config)?;
    for socket in listen {
        let transports = [(config.quic, Transport::Quic), (config.tcp, Transport::Tcp)];
        for (_, transport) in transports.into_iter().filter(|(wanted, _)| *wanted) {
            swarm
                .listen_on(address::multiaddr(socket, transport))
                .map_err(|error| NetError::Listen(*socket, std::io::Error::other(error)))?;
        }
    }
    let node = address::node_of(swarm.local_peer_id())
        .ok_or_else(|| NetError::Setup("the site's key is not an ed25519 key".into()))?;
    let mut control = swarm.behaviour().streams.new_control();
    let mut accept = |protocol| {
        control
            .accept(protocol)
            .map_err(|error| NetError::Setup(error.to_string()))
    };
    let plane = config.plane;
    let joins = accept(plane.join())?;
    let (members, known) = watch::channel(BTreeSet::new());
    let mut served = vec![(joins, join::joins(plane), None)];
    if plane == Plane::Core {
        // Nobody's sign-in is asked about on the edge.
        served.push((accept(ASK)?, &join::ASKS, Some(known)));
    }
    for (incoming, served, members) in served {
        let (events, refusals) = (events.clone(), refusals.clone());
        tokio::spawn(join::serve(incoming, served, members, events, refusals));
    }
    let sync_streams = forward(accept(plane.sync())?);
    let presence_streams = match plane {
        Plane::Core => forward(accept(PRESENCE)?),
        // Nobody is told who is where: a channel without a sender.
        Plane::Edge => mpsc::channel(1).1,
    };
    let (outcome_sender, outcomes) = mpsc::channel(INTERNAL_MAX);
    let (joined_sender, joined) = mpsc::channel(INTERNAL_MAX);
    let (found_sender, found) = mpsc::channel(INTERNAL_MAX);
    let driver = Driver {
        node,
        boot: Boot::now(),
        config: config.clone(),
        swarm,
        control,
        queues,
        refusals,
        events,
        commands,
        outcomes,
        outcome_sender,
        sync_streams,
        presence_streams,
        found,
        found_sender,
        joined,
        joined_sender,
        neighbours: BTreeMap::new(),
        members,
        connections: Vec::new(),
        asking: BTreeMap::new(),
        joining: BTreeMap::new(),
        generation: 0,
        beacon_at: Instant::now() + BEACON_EVERY,
        closing: None,
    };
    tokio::spawn(driver.run());
    Ok(node)
}

/// Accepts in a task of its own: libp2p-stream drops streams that are not taken at once.
fn forward(mut incoming: IncomingStreams) -> mpsc::Receiver<(PeerId, Stream)> {
    let (sender, receiver) = mpsc::channel(INTERNAL_MAX);
    tokio::spawn(async move {
        while let Some(stream) = incoming.next().await {
            if sender.send(stream).await.is_err() {
                break;
            }
        }
    });
    receiver
}

impl Driver {
    async fn run(mut self) {
        loop {
            let now = Instant::now();
            if self.is_closed(now) {
                break;
            }
            let wake = self.act(now);
            tokio::select! {
                // Connections are known before the streams opened on them.
                biased;
                event = self.swarm.select_next_some() => self.on_swarm(event),
                Some((peer, generation, outcome)) = self.outcomes.recv() => {
                    self.on_outcome(peer, generation, outcome);
                }
                Some((peer_id, stream)) = self.sync_streams.recv() => {
                    self.on_sync_stream(&peer_id, stream);
                }
                Some((peer_id, stream)) = self.presence_streams.recv() => {
                    self.on_presence_stream(&peer_id, stream);
                }
                Some(issuer) = self.joined.recv() => self.on_joined(issuer),
                Some((peer, names, found)) = self.found.recv() => {
                    if let Some(neighbour) = self.neighbours.get_mut(&peer) {
                        neighbour.looked_up(&names, found, Instant::now());
                    }
                }
                command = self.commands.recv(), if self.closing.is_none() => match command {
                    Some(command) => self.on_command(command),
                    // Every handle is gone: nobody can close us any more.
                    None => self.on_command(Command::Close(oneshot::channel().0)),
                },
                () = tokio::time::sleep_until(wake.into()) => {}
            }
        }
        self.say_goodbye().await;
        let closing = self.closing.take();
        // Ports and queues are free before anyone is told so.
        drop(self);
        if let Some(closing) = closing {
            let _ = closing.done.send(());
        }
    }

    fn is_closed(&self, now: Instant) -> bool {
        self.closing.as_ref().is_some_and(|closing| {
            closing.until <= now || self.neighbours.values().all(|one| one.link.is_none())
        })
    }

    /// Lets the transports tell the other sites, so that they need not wait for a timeout.
    async fn say_goodbye(&mut self) {
        let peers: Vec<PeerId> = self.swarm.connected_peers().copied().collect();
        for peer in peers {
            // An error means that it is no longer connected.
            let _ = self.swarm.disconnect_peer_id(peer);
        }
        let emptied = async {
            while self.swarm.connected_peers().next().is_some() {
                self.swarm.select_next_some().await;
            }
        };
        // Too long: the other sites notice by themselves within seconds.
        let _ = tokio::time::timeout(GOODBYE_WAIT, emptied).await;
    }

    fn on_command(&mut self, command: Command) {
        match command {
            Command::Neighbours(list) => self.set_neighbours(list),
            Command::Gossip(bytes) => self.publish(events::Message::Realm, &bytes),
            Command::RedialNow => self.hurry_all(),
            Command::Disconnect(peer) => {
                self.stop_link(&peer, "closed here");
            }
            Command::Join {
                issuer,
                addresses,
                request,
                answer,
            } => self.ask(issuer, addresses, request, answer),
            Command::Ask {
                peer,
                request,
                answer,
            } => self.ask_neighbour(peer, request, answer),
            Command::Close(done) => {
                // Links write what they hold, then end; nothing new is dialled.
                self.queues.close_all();
                for neighbour in self.neighbours.values_mut() {
                    neighbour.next_stream = None;
                    let linked = neighbour.link.as_mut();
                    if let Some(link) = linked.filter(|link| !link.up) {
                        link.stop("closed here");
                    }
                }
                self.closing = Some(Closing {
                    done,
                    until: Instant::now() + CLOSE_WAIT + GOODBYE_WAIT,
                });
            }
        }
    }

    fn set_neighbours(&mut self, list: Vec<super::Neighbour>) {
        let now = Instant::now();
        let mut old = std::mem::take(&mut self.neighbours);
        for (node, written) in list {
            let Some(peer_id) = address::peer_of(&node).filter(|_| node != self.node) else {
                continue;
            };
            let neighbour = match old.remove(&node) {
                Some(mut known) => {
                    if known.written != written {
                        known.rewrite(written, now);
                    }
                    known
                }
                None => Neighbour::new(peer_id, written, now),
            };
            self.neighbours.insert(node, neighbour);
        }
        let keys = self.neighbours.keys().copied().collect();
        self.members.send_replace(keys);
        let members = self.neighbours.values().map(|one| one.peer_id).collect();
        self.swarm.behaviour_mut().gossip.set(members);
        for (node, mut removed) in old {
            if let Some(link) = &mut removed.link {
                link.stop("no longer a neighbour");
            }
            self.queues.close(&node);
            self.close_connections(&node, |_| true);
        }
    }

    /// A link for `peer` on a stream that is being opened, or was accepted.
    fn start_link(&mut self, peer: NodeId, source: Source) {
        let latest = self
            .connections
            .iter()
            .rev()
            .find(|one| one.peer == peer && one.serves_members());
        let address = latest.and_then(|one| one.address);
        let up = NetEvent::Up {
            peer,
            address,
            transport: latest.map_or(Transport::Quic, |one| one.transport),
            dialled: latest.is_some_and(|one| one.dialled),
        };
        let Some(neighbour) = self.neighbours.get_mut(&peer) else {
            return;
        };
        self.generation += 1;
        let greeting = Greeting {
            boot: self.boot,
            runs: neighbour.boots.runs(Instant::now()),
        };
        let (stop, stopped) = oneshot::channel();
        let (presence, presence_streams) = mpsc::channel(PRESENCE_STREAMS_MAX);
        neighbour.link = Some(LinkState {
            generation: self.generation,
            since: Instant::now(),
            up: false,
            address,
            told: !greeting.runs.is_empty(),
            stop: Some(stop),
            presence,
        });
        let link = Link {
            peer,
            peer_id: neighbour.peer_id,
            generation: self.generation,
            plane: self.config.plane,
            up,
            greeting,
            control: self.control.clone(),
            queues: self.queues.clone(),
            refusals: self.refusals.clone(),
            events: self.events.clone(),
            outcomes: self.outcome_sender.clone(),
            presence: presence_streams,
            stop: stopped,
        };
        tokio::spawn(link.run(source));
    }

    /// Ends the link, if there is one. Over TCP its streams do not hear that their connection is
    /// closed from this side.
    fn stop_link(&mut self, peer: &NodeId, reason: &'static str) {
        let neighbour = self.neighbours.get_mut(peer);
        if let Some(link) = neighbour.and_then(|one| one.link.as_mut()) {
            link.stop(reason);
        }
    }

    fn close_connections(&mut self, peer: &NodeId, which: impl Fn(&Connection) -> bool) {
        let wanted = |one: &&mut Connection| one.peer == *peer && !one.closing && which(one);
        for connection in self.connections.iter_mut().filter(wanted) {
            connection.closing = true;
            self.swarm.close_connection(connection.id);
        }
    }

    /// Told to the site as far as it listens, counted in any case: the driver never waits.
    fn refuse(&self, peer: Option<NodeId>, reason: &'static str) {
        self.refusals.count(reason);
        self.tell(NetEvent::Refused { peer, reason });
    }

    fn tell(&self, event: NetEvent) {
        if self.events.try_send(event).is_err() {
            self.refusals.count("event-not-heard");
        }
    }
}
