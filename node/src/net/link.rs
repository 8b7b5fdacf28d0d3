//! One pair of sites talking: the sync stream in order and without loss, the presence stream beside
//! it. One task per link; it says `Up` first, then frames, then `Down`.

use std::time::{Duration, Instant};

use bocage_crdt::ids::NodeId;
use bocage_protocol::limits::FRAME_BYTES_MAX;
use libp2p::futures::io::{ReadHalf, WriteHalf};
use libp2p::futures::{AsyncReadExt, AsyncWriteExt};
use libp2p::{PeerId, Stream};
use libp2p_stream::{Control, OpenStreamError};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::behaviour::PRESENCE;
use super::boots::{GREETING_BYTES_MAX, Greeting};
use super::frame::{self, Frames, WELCOME};
use super::pace::Pace;
use super::queue::{PRESENCE_BYTES_MAX, Queues, Refusals, Waiting};
use super::{CLOSE_WAIT, NetEvent, Plane};

/// Opening a stream and being welcomed: longer than any round trip, shorter than patience.
const OPEN_MAX: Duration = Duration::from_secs(5);
/// Before a lost presence stream is opened again: presence is never urgent enough to spin.
const PRESENCE_WAIT: Duration = Duration::from_secs(1);
/// Bytes gathered into one write. More would only wait in the transport instead.
const BATCH_BYTES: usize = 256 << 10;
/// Frames taken from the queue at once.
const BATCH_FRAMES: usize = 64;
/// Bytes read at once: a few QUIC packets.
const READ_BYTES: usize = 32 << 10;

/// An outgoing stream still being opened.
pub(crate) type Opening =
    std::pin::Pin<Box<dyn Future<Output = Result<Stream, OpenStreamError>> + Send>>;

/// Where the sync stream comes from.
pub(crate) enum Source {
    /// This site opens it, and the presence stream too.
    Opening(Opening),
    /// The other site opened it.
    Accepted(Stream),
}

/// What the driver hears of a link.
pub(crate) enum Outcome {
    /// Frames flow; what the other side said first.
    Up(Greeting),
    /// The task is done. `was_up` tells a lost link from one that never stood.
    Ended { was_up: bool },
}

/// What a link needs.
pub(crate) struct Link {
    pub(crate) peer: NodeId,
    pub(crate) peer_id: PeerId,
    pub(crate) generation: u64,
    pub(crate) plane: Plane,
    pub(crate) up: NetEvent,
    pub(crate) greeting: Greeting,
    pub(crate) control: Control,
    pub(crate) queues: Queues,
    pub(crate) refusals: Refusals,
    pub(crate) events: mpsc::Sender<NetEvent>,
    pub(crate) outcomes: mpsc::Sender<(NodeId, u64, Outcome)>,
    pub(crate) presence: mpsc::Receiver<Stream>,
    pub(crate) stop: oneshot::Receiver<&'static str>,
}

impl Link {
    pub(crate) async fn run(mut self, source: Source) {
        let opens = matches!(source, Source::Opening(_));
        let opened = tokio::select! {
            opened = timeout(OPEN_MAX, open(source, &self.greeting)) => match opened {
                Ok(opened) => opened,
                Err(_) => Err("no answer".into()),
            },
            stopped = &mut self.stop => Err(stopped.unwrap_or("closed here").into()),
        };
        let was_up = match opened {
            Ok((reader, writer, greeting)) => {
                self.talk(reader, writer, greeting, opens).await;
                true
            }
            Err(reason) => {
                tracing::debug!(peer = %self.peer, reason, "a link did not come up");
                false
            }
        };
        // Errors below mean that the driver or the site is gone, and with them the need to know.
        let outcome = Outcome::Ended { was_up };
        let _ = self
            .outcomes
            .send((self.peer, self.generation, outcome))
            .await;
    }

    async fn talk(
        &mut self,
        reader: ReadHalf<Stream>,
        writer: WriteHalf<Stream>,
        greeting: Greeting,
        opens: bool,
    ) {
        let (queue, waiting) = self.queues.open(self.peer);
        let up = std::mem::replace(
            &mut self.up,
            NetEvent::Down {
                peer: self.peer,
                reason: String::new(),
            },
        );
        let _ = self
            .outcomes
            .send((self.peer, self.generation, Outcome::Up(greeting)))
            .await;
        let _ = self.events.send(up).await;
        let reason = {
            let presence = Presence {
                peer: self.peer,
                events: &self.events,
                refusals: &self.refusals,
                waiting: &waiting,
            };
            let (control, streams) = (&mut self.control, &mut self.presence);
            let speaks = self.plane == Plane::Core;
            let (drained, drain) = oneshot::channel();
            let reading = read(self.peer, self.plane, reader, &self.events, &self.refusals);
            tokio::select! {
                reason = reading => reason,
                reason = write(writer, queue, &waiting, drained) => reason,
                reason = presence.open(control, self.peer_id), if opens && speaks => reason,
                reason = presence.accept(streams), if !opens && speaks => reason,
                reason = too_long(drain) => reason,
                stopped = &mut self.stop => stopped.unwrap_or("closed here").into(),
            }
        };
        self.queues.close(&self.peer);
        let down = NetEvent::Down {
            peer: self.peer,
            reason,
        };
        let _ = self.events.send(down).await;
    }
}

/// The welcome makes both sides agree that the stream is in use before either calls it up: a site
/// that does not know us yet drops the stream instead.
async fn open(
    source: Source,
    ours: &Greeting,
) -> Result<(ReadHalf<Stream>, WriteHalf<Stream>, Greeting), String> {
    let mut said = Vec::new();
    match source {
        Source::Opening(opening) => {
            let stream = opening.await.map_err(|error| error.to_string())?;
            let (mut reader, mut writer) = stream.split();
            frame::append(&mut said, &ours.encode());
            send(&mut writer, &said).await?;
            let mut welcome = WELCOME;
            reader
                .read_exact(&mut welcome)
                .await
                .map_err(|_| "not taken by the other site".to_owned())?;
            if welcome != WELCOME {
                return Err("no welcome".into());
            }
            let theirs = greeting(&mut reader).await?;
            Ok((reader, writer, theirs))
        }
        Source::Accepted(stream) => {
            let (mut reader, mut writer) = stream.split();
            said.extend_from_slice(&WELCOME);
            frame::append(&mut said, &ours.encode());
            send(&mut writer, &said).await?;
            let theirs = greeting(&mut reader).await?;
            Ok((reader, writer, theirs))
        }
    }
}

async fn send(writer: &mut WriteHalf<Stream>, bytes: &[u8]) -> Result<(), String> {
    let sent = async {
        writer.write_all(bytes).await?;
        writer.flush().await
    };
    sent.await.map_err(|error| error.to_string())
}

/// What the other side says first, and not a byte more.
async fn greeting(reader: &mut ReadHalf<Stream>) -> Result<Greeting, String> {
    let mut length = [0; frame::LENGTH_BYTES];
    let read = reader.read_exact(&mut length).await;
    read.map_err(|_| "no greeting".to_owned())?;
    let length = u32::from_le_bytes(length) as usize;
    if length > GREETING_BYTES_MAX {
        return Err("a greeting that is too long".into());
    }
    let mut bytes = vec![0; length];
    let read = reader.read_exact(&mut bytes).await;
    read.map_err(|_| "no greeting".to_owned())?;
    Greeting::decode(&bytes).ok_or_else(|| "no greeting".into())
}

async fn read(
    peer: NodeId,
    plane: Plane,
    mut reader: ReadHalf<Stream>,
    events: &mpsc::Sender<NetEvent>,
    refusals: &Refusals,
) -> String {
    let mut frames = Frames::new(FRAME_BYTES_MAX);
    let mut buffer = vec![0; READ_BYTES];
    let mut pace = Pace::of(plane);
    loop {
        if let Some(wait) = pace.wait(Instant::now()) {
            // Not reading holds the other site back, through the transport's window.
            tokio::time::sleep(wait).await;
        }
        let length = match reader.read(&mut buffer).await {
            Ok(0) if frames.is_cut() => {
                refuse(peer, "frame-cut", events, refusals).await;
                return "the other site cut a frame".into();
            }
            Ok(0) => return "closed by the other site".into(),
            Ok(length) => length,
            Err(error) => return format!("the connection broke: {error}"),
        };
        frames.feed(&buffer[..length]);
        loop {
            match frames.next() {
                Ok(Some(bytes)) => {
                    pace.took(bytes.len());
                    // Waiting here holds the other site back, through the transport's window.
                    if events.send(NetEvent::Frame { peer, bytes }).await.is_err() {
                        return "this site is stopping".into();
                    }
                }
                Ok(None) => break,
                Err(bad) => {
                    refuse(peer, bad.reason(), events, refusals).await;
                    return format!("refused: {}", bad.reason());
                }
            }
        }
    }
}

async fn refuse(
    peer: NodeId,
    reason: &'static str,
    events: &mpsc::Sender<NetEvent>,
    refusals: &Refusals,
) {
    refusals.count(reason);
    let peer = Some(peer);
    let _ = events.send(NetEvent::Refused { peer, reason }).await;
}

/// Writes what is queued, all that waits in one write and without a timer. Once the queue is closed
/// and empty, ends the sending half and leaves the reader to see the other site do the same.
async fn write(
    mut writer: WriteHalf<Stream>,
    mut queue: mpsc::Receiver<Vec<u8>>,
    waiting: &Waiting,
    drained: oneshot::Sender<()>,
) -> String {
    let mut taken = Vec::with_capacity(BATCH_FRAMES);
    let mut batch = Vec::new();
    while queue.recv_many(&mut taken, BATCH_FRAMES).await > 0 {
        for bytes in taken.drain(..) {
            frame::append(&mut batch, &bytes);
            waiting.taken(bytes.len());
            if batch.len() >= BATCH_BYTES {
                if let Err(error) = writer.write_all(&batch).await {
                    return format!("the connection broke: {error}");
                }
                batch.clear();
            }
        }
        let written = async {
            writer.write_all(&batch).await?;
            writer.flush().await
        };
        if let Err(error) = written.await {
            return format!("the connection broke: {error}");
        }
        batch.clear();
        // One large burst must not keep its memory for the life of the link.
        batch.shrink_to(BATCH_BYTES);
    }
    // The other side of the channel is in the same task and waits for this.
    let _ = drained.send(());
    match writer.close().await {
        Ok(()) => std::future::pending().await,
        Err(error) => format!("the connection broke: {error}"),
    }
}

/// Ends a link whose other site does not answer our closing.
async fn too_long(drain: oneshot::Receiver<()>) -> String {
    if drain.await.is_err() {
        // The writer ended otherwise; its own reason counts.
        return std::future::pending().await;
    }
    tokio::time::sleep(CLOSE_WAIT).await;
    "closed here, without the other site's answer".into()
}

struct Presence<'link> {
    peer: NodeId,
    events: &'link mpsc::Sender<NetEvent>,
    refusals: &'link Refusals,
    waiting: &'link Waiting,
}

impl Presence<'_> {
    /// Keeps a presence stream open for the life of the link; its loss is not the link's.
    async fn open(&self, control: &mut Control, peer_id: PeerId) -> String {
        loop {
            let opening = control.open_stream(peer_id, PRESENCE);
            if let Ok(Ok(stream)) = timeout(OPEN_MAX, opening).await {
                self.exchange(stream).await;
            }
            tokio::time::sleep(PRESENCE_WAIT).await;
        }
    }

    /// The other side of [`Self::open`]: the latest stream counts.
    async fn accept(&self, streams: &mut mpsc::Receiver<Stream>) -> String {
        let mut stream = streams.recv().await;
        while let Some(current) = stream.take() {
            let next = tokio::select! {
                () = self.exchange(current) => None,
                next = streams.recv() => next,
            };
            stream = match next {
                Some(next) => Some(next),
                None => streams.recv().await,
            };
        }
        // The driver dropped its end: the link itself is about to be stopped.
        std::future::pending().await
    }

    async fn exchange(&self, stream: Stream) {
        let (peer, events, refusals) = (self.peer, self.events, self.refusals);
        let (mut reader, mut writer) = stream.split();
        let receive = async {
            let mut frames = Frames::new(PRESENCE_BYTES_MAX);
            let mut buffer = vec![0; PRESENCE_BYTES_MAX / 4];
            while let Ok(length @ 1..) = reader.read(&mut buffer).await {
                frames.feed(&buffer[..length]);
                loop {
                    match frames.next() {
                        // Dropped when this site is busy: presence is the first to go.
                        Ok(Some(bytes)) => {
                            drop(events.try_send(NetEvent::Presence { peer, bytes }))
                        }
                        Ok(None) => break,
                        Err(bad) => {
                            refuse(peer, bad.reason(), events, refusals).await;
                            return;
                        }
                    }
                }
            }
        };
        let transmit = async {
            // Tells the other site of the stream, before there is anything to say.
            let mut open = writer.flush().await.is_ok();
            while open {
                let mut batch = Vec::new();
                for bytes in self.waiting.presence().await {
                    frame::append(&mut batch, &bytes);
                }
                open = writer.write_all(&batch).await.is_ok() && writer.flush().await.is_ok();
            }
        };
        tokio::select! {
            () = receive => {}
            () = transmit => {}
        }
    }
}
