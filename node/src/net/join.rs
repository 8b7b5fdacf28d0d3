//! Asking to join, and being asked: one frame each way on a stream of its own. The only thing that
//! is done for strangers, so every bound is tight.

use std::sync::Arc;
use std::time::Duration;

use bocage_crdt::ids::NodeId;
use libp2p::futures::{AsyncRead, AsyncReadExt, AsyncWriteExt, StreamExt};
use libp2p::{PeerId, Stream};
use libp2p_stream::{Control, IncomingStreams};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::timeout;

use super::frame::{self, Frames};
use super::queue::Refusals;
use super::{JoinError, NetEvent, Plane, address};

/// Requests handled at once: sites join one by one, by hand.
const JOINS_MAX: usize = 4;
/// A request holds a certificate and some names; an answer, the realm's sites and their addresses.
pub(crate) const JOIN_BYTES_MAX: usize = 64 << 10;
/// From the first byte to the last.
pub(crate) const JOIN_TIME_MAX: Duration = Duration::from_secs(10);

/// Serves join requests until the swarm is gone.
pub(crate) async fn serve(
    mut incoming: IncomingStreams,
    plane: Plane,
    events: mpsc::Sender<NetEvent>,
    refusals: Refusals,
) {
    let slots = Arc::new(Semaphore::new(JOINS_MAX));
    while let Some((peer_id, stream)) = incoming.next().await {
        let Some(peer) = address::node_of(&peer_id) else {
            continue;
        };
        let (events, refusals) = (events.clone(), refusals.clone());
        let slot = slots.clone().try_acquire_owned();
        tokio::spawn(async move {
            let outcome = match slot {
                Ok(_slot) => timeout(JOIN_TIME_MAX, answer(peer, plane, stream, &events))
                    .await
                    .unwrap_or(Err("join-too-slow")),
                Err(_) => Err("join-busy"),
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
    plane: Plane,
    stream: Stream,
    events: &mpsc::Sender<NetEvent>,
) -> Result<(), &'static str> {
    let (mut reader, mut writer) = stream.split();
    let request = read_one(&mut reader).await?;
    let (answer, receiver) = oneshot::channel();
    let event = NetEvent::Join {
        peer,
        plane,
        request,
        answer,
    };
    events.send(event).await.map_err(|_| "join-refused")?;
    let bytes = receiver.await.map_err(|_| "join-refused")?;
    if bytes.is_empty() || bytes.len() > JOIN_BYTES_MAX {
        return Err("join-answer-size");
    }
    let mut wire = Vec::new();
    frame::append(&mut wire, &bytes);
    let sent = async {
        writer.write_all(&wire).await?;
        writer.close().await
    };
    sent.await.map_err(|_| "join-cut")?;
    // The stranger closes after reading: only then is the answer known to have arrived.
    let mut rest = [0; 1];
    let _ = reader.read(&mut rest).await;
    Ok(())
}

async fn read_one(reader: &mut (impl AsyncRead + Unpin)) -> Result<Vec<u8>, &'static str> {
    let mut frames = Frames::new(JOIN_BYTES_MAX);
    let mut buffer = [0; 4 << 10];
    loop {
        match reader.read(&mut buffer).await {
            Ok(length @ 1..) => frames.feed(&buffer[..length]),
            Ok(0) | Err(_) => return Err("join-cut"),
        }
        match frames.next() {
            Ok(Some(bytes)) => return Ok(bytes),
            Ok(None) => {}
            Err(bad) => return Err(bad.reason()),
        }
    }
}

/// The other side: hands over one request and waits for the answer.
pub(crate) async fn ask(
    mut control: Control,
    plane: Plane,
    issuer: PeerId,
    request: Vec<u8>,
) -> Result<Vec<u8>, JoinError> {
    let exchange = async {
        let mut stream = control.open_stream(issuer, plane.join()).await.ok()?;
        let mut wire = Vec::new();
        frame::append(&mut wire, &request);
        stream.write_all(&wire).await.ok()?;
        stream.flush().await.ok()?;
        let answer = read_one(&mut stream).await.ok()?;
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
