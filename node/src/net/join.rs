//! One question and one answer, a frame each way on a stream of its own: asking to join, which is
//! the only thing done for strangers, and sites asking each other about people. Every bound is tight.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bocage_crdt::ids::NodeId;
use libp2p::futures::{AsyncRead, AsyncReadExt, AsyncWriteExt, StreamExt};
use libp2p::{PeerId, Stream, StreamProtocol};
use libp2p_stream::{Control, IncomingStreams};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;

use super::behaviour::ASK;
use super::frame::{self, Frames};
use super::queue::Refusals;
use super::{JoinError, NetEvent, Plane, address};

/// Requests to join handled at once: sites join one by one, by hand.
const JOINS_MAX: usize = 4;
/// Questions of other sites at once: each may cost a password hash, of which two run at a time.
const ASKS_MAX: usize = 16;
/// Of these by one site: one that opens streams and says nothing leaves the others half.
const ASKS_PER_PEER_MAX: usize = 8;
/// Of requests to join by one stranger: it may ask again while an answer got lost.
const JOINS_PER_PEER_MAX: usize = 2;
/// A request holds a certificate and some names; an answer, the realm's sites and their addresses.
pub(crate) const JOIN_BYTES_MAX: usize = 64 << 10;
/// From the first byte to the last.
pub(crate) const JOIN_TIME_MAX: Duration = Duration::from_secs(10);

/// What is served: how much at once, what refusals are called, and what the site is told.
pub(crate) struct Served {
    at_once: usize,
    per_peer: usize,
    busy: &'static str,
    too_slow: &'static str,
    cut: &'static str,
    refused: &'static str,
    answer_size: &'static str,
    event: fn(NodeId, Vec<u8>, oneshot::Sender<Vec<u8>>) -> NetEvent,
}

/// Strangers with a ticket.
const fn with_ticket(event: fn(NodeId, Vec<u8>, oneshot::Sender<Vec<u8>>) -> NetEvent) -> Served {
    Served {
        at_once: JOINS_MAX,
        per_peer: JOINS_PER_PEER_MAX,
        busy: "join-busy",
        too_slow: "join-too-slow",
        cut: "join-cut",
        refused: "join-refused",
        answer_size: "join-answer-size",
        event,
    }
}

static CORE_JOINS: Served = with_ticket(|peer, request, answer| NetEvent::Join {
    peer,
    plane: Plane::Core,
    request,
    answer,
});

static EDGE_JOINS: Served = with_ticket(|peer, request, answer| NetEvent::Join {
    peer,
    plane: Plane::Edge,
    request,
    answer,
});

/// What is done for strangers on a plane.
pub(crate) fn joins(plane: Plane) -> &'static Served {
    match plane {
        Plane::Core => &CORE_JOINS,
        Plane::Edge => &EDGE_JOINS,
    }
}

/// Sites with a question. Whether the peer may ask it is for the site to say; strangers are not heard.
pub(crate) static ASKS: Served = Served {
    at_once: ASKS_MAX,
    per_peer: ASKS_PER_PEER_MAX,
    busy: "ask-busy",
    too_slow: "ask-too-slow",
    cut: "ask-cut",
    refused: "ask-refused",
    answer_size: "ask-answer-size",
    event: |peer, request, answer| NetEvent::Ask {
        peer,
        request,
        answer,
    },
};

/// Sites that are linked with, as the driver was told.
pub(crate) type Members = watch::Receiver<BTreeSet<NodeId>>;

/// Who is being served, and how often.
#[derive(Clone, Default)]
struct Slots(Arc<Mutex<BTreeMap<NodeId, usize>>>);

/// One request being served.
struct Slot {
    slots: Slots,
    peer: NodeId,
}

impl Slots {
    fn take(&self, peer: NodeId, served: &Served) -> Option<Slot> {
        // A panic cannot leave half a number behind.
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.get(&peer).copied().unwrap_or(0);
        if own >= served.per_peer || taken.values().sum::<usize>() >= served.at_once {
            return None;
        }
        taken.insert(peer, own + 1);
        let slots = self.clone();
        Some(Slot { slots, peer })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = (self.slots.0.lock()).unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = taken.get_mut(&self.peer) {
            *own -= 1;
        }
        taken.retain(|_, own| *own > 0);
    }
}

/// Serves requests until the swarm is gone; of members only, if they are given.
pub(crate) async fn serve(
    mut incoming: IncomingStreams,
    served: &'static Served,
    members: Option<Members>,
    events: mpsc::Sender<NetEvent>,
    refusals: Refusals,
) {
    let slots = Slots::default();
    while let Some((peer_id, stream)) = incoming.next().await {
        let Some(peer) = address::node_of(&peer_id) else {
            continue;
        };
        let stranger = (members.as_ref()).is_some_and(|members| !members.borrow().contains(&peer));
        let slot = slots.take(peer, served).filter(|_| !stranger);
        let (events, refusals) = (events.clone(), refusals.clone());
        tokio::spawn(async move {
            let outcome = match slot {
                Some(_slot) => timeout(JOIN_TIME_MAX, answer(peer, stream, served, &events))
                    .await
                    .unwrap_or(Err(served.too_slow)),
                None if stranger => Err("ask-of-a-stranger"),
                None => Err(served.busy),
            };
            if let Err(reason) = outcome {
                refusals.count(reason);
                let peer = Some(peer);
                // When the site is too busy to hear of a refused stranger, the count is enough.
                let _ = events.try_send(NetEvent::Refused { peer, reason });
            }
        });
    }
}

async fn answer(
    peer: NodeId,
    stream: Stream,
    served: &Served,
    events: &mpsc::Sender<NetEvent>,
) -> Result<(), &'static str> {
    let (mut reader, mut writer) = stream.split();
    let request = read_one(&mut reader, served.cut).await?;
    let (answer, receiver) = oneshot::channel();
    let event = (served.event)(peer, request, answer);
    events.send(event).await.map_err(|_| served.refused)?;
    let bytes = receiver.await.map_err(|_| served.refused)?;
    if bytes.is_empty() || bytes.len() > JOIN_BYTES_MAX {
        return Err(served.answer_size);
    }
    let mut wire = Vec::new();
    frame::append(&mut wire, &bytes);
    let sent = async {
        writer.write_all(&wire).await?;
        writer.close().await
    };
    sent.await.map_err(|_| served.cut)?;
    // The other side closes after reading: only then is the answer known to have arrived.
    let mut rest = [0; 1];
    let _ = reader.read(&mut rest).await;
    Ok(())
}

async fn read_one(
    reader: &mut (impl AsyncRead + Unpin),
    cut: &'static str,
) -> Result<Vec<u8>, &'static str> {
    let mut frames = Frames::new(JOIN_BYTES_MAX);
    let mut buffer = [0; 4 << 10];
    loop {
        match reader.read(&mut buffer).await {
            Ok(length @ 1..) => frames.feed(&buffer[..length]),
            Ok(0) | Err(_) => return Err(cut),
        }
        match frames.next() {
            Ok(Some(bytes)) => return Ok(bytes),
            Ok(None) => {}
            Err(bad) => return Err(bad.reason()),
        }
    }
}

/// The other side: hands over one request to join and waits for the answer.
pub(crate) async fn ask(
    control: Control,
    plane: Plane,
    issuer: PeerId,
    request: Vec<u8>,
) -> Result<Vec<u8>, JoinError> {
    exchange(control, issuer, plane.join(), request).await
}

/// Puts a question to a site that a link stands with.
pub(crate) async fn ask_neighbour(
    control: Control,
    peer: PeerId,
    request: Vec<u8>,
) -> Result<Vec<u8>, JoinError> {
    exchange(control, peer, ASK, request).await
}

async fn exchange(
    mut control: Control,
    peer: PeerId,
    protocol: StreamProtocol,
    request: Vec<u8>,
) -> Result<Vec<u8>, JoinError> {
    let exchange = async {
        let mut stream = control.open_stream(peer, protocol).await.ok()?;
        let mut wire = Vec::new();
        frame::append(&mut wire, &request);
        stream.write_all(&wire).await.ok()?;
        stream.flush().await.ok()?;
        let answer = read_one(&mut stream, "cut").await.ok()?;
        // The answer is here; a failing close changes nothing.
        let _ = stream.close().await;
        Some(answer)
    };
    match timeout(JOIN_TIME_MAX, exchange).await {
        Ok(Some(answer)) => Ok(answer),
        Ok(None) => Err(JoinError::NoAnswer),
        Err(_) => Err(JoinError::TooLate),
    }
}
