//! The commit thread: takes what waits, writes it in one transaction, says so. One serves
//! `log.redb`, a second one `state.redb`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use super::StoreError;

/// Batches that may wait for the disk. At 1,000 the hub waits for the disk as well, which slows
/// the senders down instead of growing memory.
const BATCHES_WAITING_MAX: usize = 1_000;
/// Batches joined into one transaction: bounds the time one commit takes.
const BATCHES_PER_COMMIT_MAX: usize = 2_000;

/// Counts batches from 1; all up to a durable one are durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Ticket(pub u64);

/// What the commit thread reports.
#[derive(Debug)]
pub enum Durable {
    /// Every batch up to this one is on disk.
    UpTo(Ticket),
    /// The disk failed: nothing after the last `UpTo` may be acknowledged, the process must end.
    Failed(StoreError),
}

/// Handle of the commit thread.
pub struct Committer<W> {
    batches: Option<SyncSender<(Ticket, Vec<W>)>>,
    thread: Option<JoinHandle<()>>,
    last: Ticket,
    commits: Arc<AtomicU64>,
}

impl<W: Send + 'static> Committer<W> {
    /// Starts the thread. It calls `commit` with what waits, then `report`.
    pub fn start(
        name: &'static str,
        commit: impl Fn(Vec<W>) -> Result<(), StoreError> + Send + 'static,
        report: impl Fn(Durable) + Send + 'static,
    ) -> Self {
        let (sender, receiver) = sync_channel(BATCHES_WAITING_MAX);
        let commits = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&commits);
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || run(&receiver, &counter, commit, report))
            .expect("the system starts threads while a site starts");
        Self {
            batches: Some(sender),
            thread: Some(thread),
            last: Ticket(0),
            commits,
        }
    }

    /// Queues a batch, written whole or not at all. Waits when the disk is far behind.
    pub fn write(&mut self, writes: Vec<W>) -> Ticket {
        self.last.0 += 1;
        let Some(batches) = &self.batches else {
            return self.last;
        };
        if let Err(TrySendError::Full(batch)) = batches.try_send((self.last, writes)) {
            tracing::warn!("the disk is slow: {BATCHES_WAITING_MAX} writes wait");
            // A closed channel means the thread reported `Failed`: the hub is about to end.
            let _ = batches.send(batch);
        }
        self.last
    }

    /// How many transactions were committed.
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// Writes all that waits and ends the thread.
    pub fn close(&mut self) {
        self.batches = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the commit thread panicked");
        }
    }
}

impl<W> Drop for Committer<W> {
    fn drop(&mut self) {
        self.batches = None;
        if let Some(thread) = self.thread.take() {
            // A panic there was reported when it happened; a second one here would abort.
            let _ = thread.join();
        }
    }
}

fn run<W>(
    batches: &Receiver<(Ticket, Vec<W>)>,
    commits: &AtomicU64,
    commit: impl Fn(Vec<W>) -> Result<(), StoreError>,
    report: impl Fn(Durable),
) {
    while let Ok(first) = batches.recv() {
        let (mut last, mut waiting) = first;
        for _ in 1..BATCHES_PER_COMMIT_MAX {
            let Ok((ticket, writes)) = batches.try_recv() else {
                break;
            };
            last = ticket;
            waiting.extend(writes);
        }
        match commit(waiting) {
            Ok(()) => {
                commits.fetch_add(1, Ordering::Relaxed);
                report(Durable::UpTo(last));
            }
            Err(error) => return report(Durable::Failed(error)),
        }
    }
}
