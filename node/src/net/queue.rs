//! What waits to be sent, per linked peer, and the count of what was refused. Bounded: a full
//! queue is told to the sender at once.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use bocage_crdt::ids::NodeId;
use bocage_protocol::limits::{FRAME_BYTES_MAX, PEER_QUEUE_FRAMES_MAX};
use tokio::sync::{Notify, mpsc};

/// Bytes queued per peer: eight of the largest frames, so that thirty peers cannot fill 512 MiB.
const QUEUE_BYTES_MAX: usize = 8 * FRAME_BYTES_MAX;
/// Largest presence frame: a selection and a name are some hundred bytes.
pub(crate) const PRESENCE_BYTES_MAX: usize = 16 << 10;
/// Presence waiting per peer: more people than type at once on one site.
const PRESENCE_SLOTS_MAX: usize = 256;

/// Why bytes were not queued. Nothing of them is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSent {
    /// The queue is full: stop pushing to this peer until it asks again.
    Full,
    /// There is no link to the peer, or the network is closed.
    Down,
    /// Empty, or larger than the limit of the lane.
    TooLarge,
}

impl fmt::Display for NotSent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Full => "the queue to this site is full",
            Self::Down => "there is no link to this site",
            Self::TooLarge => "the frame is empty or larger than the limit",
        })
    }
}

impl std::error::Error for NotSent {}

/// The sending side of every link that is up.
#[derive(Clone, Default)]
pub(crate) struct Queues(Arc<RwLock<BTreeMap<NodeId, Sending>>>);

struct Sending {
    /// The only sender: dropping it lets the link write what is left, then end.
    frames: mpsc::Sender<Vec<u8>>,
    waiting: Arc<Waiting>,
}

/// Shared by the queue and its link.
#[derive(Default)]
pub(crate) struct Waiting {
    bytes: AtomicUsize,
    presence: Mutex<VecDeque<(u64, Vec<u8>)>>,
    presence_ready: Notify,
}

impl Waiting {
    /// The link has taken `bytes` from the queue.
    pub(crate) fn taken(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Waits for presence and takes all of it.
    pub(crate) async fn presence(&self) -> Vec<Vec<u8>> {
        loop {
            let taken: Vec<_> = lock(&self.presence)
                .drain(..)
                .map(|(_, bytes)| bytes)
                .collect();
            if !taken.is_empty() {
                return taken;
            }
            self.presence_ready.notified().await;
        }
    }
}

impl Queues {
    /// Opens the queue of a link that is now up; of two links the later one keeps it.
    pub(crate) fn open(&self, peer: NodeId) -> (mpsc::Receiver<Vec<u8>>, Arc<Waiting>) {
        let (frames, receiver) = mpsc::channel(PEER_QUEUE_FRAMES_MAX);
        let waiting = Arc::<Waiting>::default();
        let sending = Sending {
            frames,
            waiting: waiting.clone(),
        };
        self.write().insert(peer, sending);
        (receiver, waiting)
    }

    /// Takes no more frames for this peer. What is queued may still be written.
    pub(crate) fn close(&self, peer: &NodeId) {
        self.write().remove(peer);
    }

    pub(crate) fn close_all(&self) {
        self.write().clear();
    }

    pub(crate) fn linked(&self) -> Vec<NodeId> {
        self.read().keys().copied().collect()
    }

    pub(crate) fn send(&self, peer: NodeId, bytes: Vec<u8>) -> Result<(), NotSent> {
        let length = bytes.len();
        if length == 0 || length > FRAME_BYTES_MAX {
            return Err(NotSent::TooLarge);
        }
        let queues = self.read();
        let sending = queues.get(&peer).ok_or(NotSent::Down)?;
        let before = sending.waiting.bytes.fetch_add(length, Ordering::Relaxed);
        let sent = if before + length > QUEUE_BYTES_MAX {
            Err(NotSent::Full)
        } else {
            sending.frames.try_send(bytes).map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => NotSent::Full,
                mpsc::error::TrySendError::Closed(_) => NotSent::Down,
            })
        };
        if sent.is_err() {
            sending.waiting.taken(length);
        }
        sent
    }

    pub(crate) fn send_presence(&self, peer: NodeId, about: u64, bytes: Vec<u8>) {
        if bytes.is_empty() || bytes.len() > PRESENCE_BYTES_MAX {
            return;
        }
        let queues = self.read();
        let Some(sending) = queues.get(&peer) else {
            return;
        };
        let mut slots = lock(&sending.waiting.presence);
        slots.retain(|(other, _)| *other != about);
        if slots.len() >= PRESENCE_SLOTS_MAX {
            slots.pop_front();
        }
        slots.push_back((about, bytes));
        drop(slots);
        sending.waiting.presence_ready.notify_one();
    }

    // A panic while one of these locks is held leaves whole maps behind: each change is one call.
    fn read(&self) -> std::sync::RwLockReadGuard<'_, BTreeMap<NodeId, Sending>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, BTreeMap<NodeId, Sending>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How often each thing was refused, since the start.
#[derive(Clone, Default)]
pub struct Refusals(Arc<Mutex<BTreeMap<&'static str, u64>>>);

impl Refusals {
    pub(crate) fn count(&self, reason: &'static str) {
        *lock(&self.0).entry(reason).or_default() += 1;
    }

    /// Every reason seen and its number.
    pub fn counts(&self) -> Vec<(&'static str, u64)> {
        lock(&self.0)
            .iter()
            .map(|(reason, count)| (*reason, *count))
            .collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: NodeId = NodeId([1; 32]);

    #[test]
    fn a_full_queue_is_told_and_loses_nothing() {
        let queues = Queues::default();
        assert_eq!(queues.send(PEER, vec![1]), Err(NotSent::Down));
        let (mut receiver, waiting) = queues.open(PEER);
        assert_eq!(queues.send(PEER, Vec::new()), Err(NotSent::TooLarge));
        assert_eq!(
            queues.send(PEER, vec![0; FRAME_BYTES_MAX + 1]),
            Err(NotSent::TooLarge)
        );
        let largest = || vec![7; FRAME_BYTES_MAX];
        for _ in 0..8 {
            assert_eq!(queues.send(PEER, largest()), Ok(()));
        }
        assert_eq!(queues.send(PEER, vec![1]), Err(NotSent::Full));
        let taken = receiver.try_recv().expect("queued");
        waiting.taken(taken.len());
        assert_eq!(queues.send(PEER, vec![1]), Ok(()));

        let (mut receiver, _) = queues.open(PEER);
        for number in 0..PEER_QUEUE_FRAMES_MAX {
            assert_eq!(queues.send(PEER, vec![number as u8]), Ok(()));
        }
        assert_eq!(queues.send(PEER, vec![1]), Err(NotSent::Full));
        queues.close(&PEER);
        assert_eq!(queues.send(PEER, vec![1]), Err(NotSent::Down));
        let left = std::iter::from_fn(|| receiver.try_recv().ok()).count();
        assert_eq!(left, PEER_QUEUE_FRAMES_MAX);
    }

    #[tokio::test]
    async fn of_presence_the_latest_wins_and_the_oldest_goes() {
        let queues = Queues::default();
        let (_receiver, waiting) = queues.open(PEER);
        queues.send_presence(PEER, 1, vec![1]);
        queues.send_presence(PEER, 2, vec![2]);
        queues.send_presence(PEER, 1, vec![3]);
        assert_eq!(waiting.presence().await, vec![vec![2], vec![3]]);
        for about in 0..=PRESENCE_SLOTS_MAX as u64 {
            queues.send_presence(PEER, about, about.to_le_bytes().to_vec());
        }
        let kept = waiting.presence().await;
        assert_eq!(kept.len(), PRESENCE_SLOTS_MAX);
        assert_eq!(kept[0], 1u64.to_le_bytes());
    }
}
