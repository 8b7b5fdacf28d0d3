//! Trial apply: changes are tried in a child process that may die of them. The program starts
//! itself again under a hidden command; requests and answers go through a pipe, never through a
//! shell or a path.
//!
//! [`Trials`] is the parent's side, [`child`] what the child does. At most one child runs; it is
//! started when first needed, ends after a quiet minute, and is replaced when it dies. An answer
//! is no verdict: replicas never decide by it what counts.

pub mod child;

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use bocage_crdt::document::Document;
use bocage_crdt::gate::trial::Unsound;
use bocage_crdt::ids::{ChangeHash, ItemId};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// The hidden command under which the program tries changes.
pub const COMMAND: &str = "trial-apply";
/// Memory the child may map. A page at its hard limit is opened in tens of megabytes, and a trial
/// holds it four times over; the program itself maps about a tenth.
pub const MEMORY_BYTES_MAX: u64 = 768 << 20;
/// Processor time of one trial: the longest page takes a tenth of it.
pub const CPU_SECONDS_MAX: u64 = 5;
/// Time of one trial by the clock on the wall, when the machine is busy with other things.
pub const WALL_TIME_MAX: Duration = Duration::from_secs(20);
/// Largest request: four times what a page at its hard limit takes when saved.
pub const REQUEST_BYTES_MAX: usize = 16 << 20;
/// Requests that may wait: at the slowest pace accepted, three hundred a second, a fifth of a
/// second. Who asks for more waits or holds the change.
pub const WAITING_MAX: usize = 64;
/// A child that had nothing to try for so long ends: memory on a small machine is for people.
const IDLE_TIME_MAX: Duration = Duration::from_secs(60);

/// What is to be tried.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TrialRequest {
    /// Number of the item's kind: it names the containers.
    pub kind: u16,
    /// The item.
    pub item: ItemId,
    /// The document without them.
    pub base: TrialBase,
    /// The changes in their order, each through the gate already.
    pub changes: Vec<Vec<u8>>,
}

/// The document that changes would reach, as [`Document::parts`] tells it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TrialBase {
    /// Its bytes when it was last saved.
    pub snapshot: Vec<u8>,
    /// The changes since then.
    pub since: Vec<Vec<u8>>,
    /// The heads of both together: a child that has this document already does not load it.
    pub heads: Vec<ChangeHash>,
}

impl TrialBase {
    /// The document as it is now.
    pub fn of(document: &mut Document) -> Self {
        let (snapshot, since) = document.parts();
        Self {
            snapshot,
            since,
            heads: document.heads(),
        }
    }
}

/// What a trial says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trial {
    /// Applied, saved, loaded again and read: all alike.
    Sound,
    /// Something went wrong, by name.
    Unsound(&'static str),
    /// It took more memory or time than a trial may.
    TooCostly(&'static str),
    /// Nothing was tried: no child could be started. Says nothing about the changes.
    NotTried(&'static str),
}

/// Why a request was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTaken {
    /// [`WAITING_MAX`] wait already.
    Full,
    /// Over [`REQUEST_BYTES_MAX`].
    TooLarge,
}

/// Bounds of one child.
#[derive(Debug, Clone, Copy)]
pub struct Caps {
    /// Memory it may map.
    pub memory_bytes: u64,
    /// Processor time of one trial.
    pub cpu_seconds: u64,
    /// Time of one trial by the clock on the wall.
    pub wall_time: Duration,
    /// How long it stays without anything to try.
    pub idle_time: Duration,
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            memory_bytes: MEMORY_BYTES_MAX,
            cpu_seconds: CPU_SECONDS_MAX,
            wall_time: WALL_TIME_MAX,
            idle_time: IDLE_TIME_MAX,
        }
    }
}

type Job = (Vec<u8>, oneshot::Sender<Trial>);

/// The queue before the child. Cheap to clone; the last one dropped ends the child.
#[derive(Debug, Clone)]
pub struct Trials {
    jobs: mpsc::Sender<Job>,
}

impl Trials {
    /// Starts the queue for this very program; the child comes with the first request. Must be
    /// called within a tokio runtime.
    pub fn start(caps: Caps) -> Self {
        Self::of(own_program(), caps)
    }

    /// The same for a named program.
    pub fn of(program: PathBuf, caps: Caps) -> Self {
        let (jobs, waiting) = mpsc::channel(WAITING_MAX);
        tokio::spawn(serve(program, caps, waiting));
        Self { jobs }
    }

    /// Queues a trial; its answer comes on the channel. A channel that closes without one is a
    /// trial that was not made.
    pub fn submit(&self, request: &TrialRequest) -> Result<oneshot::Receiver<Trial>, NotTaken> {
        let bytes = postcard::to_stdvec(request).expect("plain values always encode");
        if bytes.len() > REQUEST_BYTES_MAX {
            return Err(NotTaken::TooLarge);
        }
        let (answer, answered) = oneshot::channel();
        match self.jobs.try_send((bytes, answer)) {
            Ok(()) => Ok(answered),
            Err(_) => Err(NotTaken::Full),
        }
    }
}

/// The file this process was started from, also after an upgrade has replaced it.
fn own_program() -> PathBuf {
    if cfg!(target_os = "linux") {
        return PathBuf::from("/proc/self/exe");
    }
    std::env::current_exe().unwrap_or_default()
}

async fn serve(program: PathBuf, caps: Caps, mut waiting: mpsc::Receiver<Job>) {
    let mut running: Option<Running> = None;
    loop {
        let next = match &running {
            Some(_) => timeout(caps.idle_time, waiting.recv()).await,
            None => Ok(waiting.recv().await),
        };
        let (request, answer) = match next {
            Ok(Some(job)) => job,
            Ok(None) => break,
            Err(_) => {
                // Dropped: killed and reaped.
                running = None;
                continue;
            }
        };
        let mut child = match running
            .take()
            .map_or_else(|| Running::start(&program, caps), Ok)
        {
            Ok(child) => child,
            Err(error) => {
                tracing::error!("no process for trials: {error}");
                let _ = answer.send(Trial::NotTried("trial-no-process"));
                continue;
            }
        };
        let trial = match timeout(caps.wall_time, child.ask(&request)).await {
            Ok(Some(trial)) => {
                running = Some(child);
                trial
            }
            Ok(None) => child.died().await,
            Err(_) => {
                child.end().await;
                Trial::TooCostly("trial-wall-time")
            }
        };
        // Nobody waits for it any more: nothing to say.
        let _ = answer.send(trial);
    }
}

struct Running {
    child: Child,
    requests: ChildStdin,
    answers: ChildStdout,
}

impl Running {
    fn start(program: &PathBuf, caps: Caps) -> std::io::Result<Self> {
        let mut child = Command::new(program)
            .arg(COMMAND)
            .arg(caps.memory_bytes.to_string())
            .arg(caps.cpu_seconds.to_string())
            // Nothing of ours reaches it: no variable, no directory, no file.
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let missing = || std::io::Error::other("a pipe is missing");
        let requests = child.stdin.take().ok_or_else(missing)?;
        let answers = child.stdout.take().ok_or_else(missing)?;
        Ok(Self {
            child,
            requests,
            answers,
        })
    }

    /// None: it died.
    async fn ask(&mut self, request: &[u8]) -> Option<Trial> {
        let length = u32::try_from(request.len()).ok()?;
        self.requests.write_all(&length.to_le_bytes()).await.ok()?;
        self.requests.write_all(request).await.ok()?;
        self.requests.flush().await.ok()?;
        let answer = self.answers.read_u8().await.ok()?;
        Some(match answer {
            child::SOUND => Trial::Sound,
            child::UNREADABLE => Trial::NotTried("trial-request"),
            number => {
                let unsound = Unsound::ALL.get(usize::from(number - child::UNSOUND));
                unsound.map_or(Trial::NotTried("trial-answer"), |unsound| match unsound {
                    Unsound::Snapshot => Trial::NotTried(unsound.name()),
                    _ => Trial::Unsound(unsound.name()),
                })
            }
        })
    }

    /// Why it died, as far as it left a trace.
    async fn died(mut self) -> Trial {
        use std::os::unix::process::ExitStatusExt;
        let mut said = Vec::new();
        if let Some(errors) = self.child.stderr.take() {
            // What it printed lies in the pipe; it writes no more.
            let _ = timeout(
                Duration::from_secs(1),
                errors.take(LAST_WORDS_BYTES_MAX).read_to_end(&mut said),
            )
            .await;
        }
        let signal = match timeout(Duration::from_secs(1), self.child.wait()).await {
            Ok(Ok(status)) => status.signal(),
            _ => None,
        };
        let said = String::from_utf8_lossy(&said);
        match signal {
            Some(signal) if signal == rustix::process::Signal::XCPU.as_raw() => {
                Trial::TooCostly("trial-processor-time")
            }
            // The allocator's own words before it aborts.
            _ if said.contains("memory allocation of") => Trial::TooCostly("trial-memory"),
            _ => Trial::Unsound("trial-died"),
        }
    }

    async fn end(mut self) {
        // It may be gone already.
        let _ = self.child.kill().await;
    }
}

/// What a dying child may say.
const LAST_WORDS_BYTES_MAX: u64 = 64 << 10;
