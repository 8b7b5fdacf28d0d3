//! The raw operations that bound ours, measured here and now: nothing of Bocage is in them.

mod quic;

use std::fmt;
use std::net::Ipv4Addr;
use std::time::Instant;

use bocage_tests::clients::{Doing, Outcome};
use ed25519_dalek::Signer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::stats::{median, ms};

/// A message between sites, more or less.
const FRAME_BYTES: usize = 300;
/// Enough for a median.
const ROUNDS: usize = 1_000;
/// Durable commits cost milliseconds on some disks.
const COMMITS: usize = 200;
/// Rounds of [`carry`]: each takes a noticeable time.
const CARRIES: usize = 5;

const TABLE: redb::TableDefinition<u64, &[u8]> = redb::TableDefinition::new("limit");

/// Milliseconds; none where it could not be measured.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    /// There and back over TCP on the loopback.
    pub tcp_round_trip: Option<f64>,
    /// There and back over one QUIC stream on the loopback.
    pub quic_round_trip: Option<f64>,
    /// One durable commit of a small value, in two phases as the sites do.
    pub commit: Option<f64>,
    /// Making one signature.
    pub sign: Option<f64>,
    /// Checking one, strictly.
    pub verify: Option<f64>,
}

impl fmt::Display for Limits {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown =
            |value: Option<f64>| value.map_or("missing".to_owned(), |ms| format!("{ms:.3} ms"));
        let (tcp, quic) = (shown(self.tcp_round_trip), shown(self.quic_round_trip));
        let (commit, sign, verify) = (shown(self.commit), shown(self.sign), shown(self.verify));
        write!(
            out,
            "loopback round trip: TCP {tcp}, QUIC {quic}; durable commit {commit}; \
             signature made {sign}, checked {verify}"
        )
    }
}

/// Measures all of them. Called before each workload: a disk and a processor that others use as
/// well change from minute to minute.
pub(crate) async fn measure() -> Limits {
    let told = |what: &str, measured: Outcome<f64>| {
        measured
            .map_err(|error| eprintln!("  {what} is missing: {error}"))
            .ok()
    };
    let signatures = signatures();
    Limits {
        tcp_round_trip: told("TCP", tcp().await),
        quic_round_trip: told("QUIC", quic().await),
        commit: told("the commit", blocking(commit).await),
        sign: told("signing", signatures.clone().map(|(sign, _)| sign)),
        verify: told("checking", signatures.map(|(_, verify)| verify)),
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Outcome<T> + Send + 'static,
) -> Outcome<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(error.to_string()))
}

/// Seconds to bring `count` values of `bytes` each over one QUIC stream and to write them in one
/// durable commit: what a site that missed them cannot do without. Signatures come on top.
pub(crate) async fn carry(count: usize, bytes: usize) -> Outcome<f64> {
    let mut times = Vec::with_capacity(CARRIES);
    for _ in 0..CARRIES {
        let mut line = quic::Line::open().await?;
        let folder = tempfile::tempdir().doing("a folder")?;
        let file = folder.path().join("limit.redb");
        let database = redb::Database::create(file).doing("redb")?;
        let begun = Instant::now();
        line.exchange(count * bytes, 1).await?;
        blocking(move || write_values(&database, count, bytes)).await?;
        times.push(begun.elapsed().as_secs_f64());
    }
    median(&times).ok_or_else(|| "no rounds".to_owned())
}

/// Writes `count` values in one durable commit.
pub(crate) fn write_values(database: &redb::Database, count: usize, bytes: usize) -> Outcome<()> {
    let mut write = database.begin_write().doing("redb")?;
    write.set_two_phase_commit(true);
    {
        let mut table = write.open_table(TABLE).doing("redb")?;
        let value = vec![7; bytes];
        for key in 0..count as u64 {
            table.insert(key, value.as_slice()).doing("redb")?;
        }
    }
    write.commit().doing("redb")
}

fn commit() -> Outcome<f64> {
    let folder = tempfile::tempdir().doing("a folder")?;
    let database = redb::Database::create(folder.path().join("limit.redb")).doing("redb")?;
    let mut times = Vec::with_capacity(COMMITS);
    for _ in 0..COMMITS {
        let begun = Instant::now();
        write_values(&database, 1, FRAME_BYTES)?;
        times.push(ms(begun.elapsed()));
    }
    median(&times).ok_or_else(|| "no commits".to_owned())
}

/// Milliseconds to make and to check one signature.
fn signatures() -> Outcome<(f64, f64)> {
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let public = key.verifying_key();
    let (mut made, mut checked) = (Vec::new(), Vec::new());
    for number in 0..ROUNDS {
        let message = [number as u8; FRAME_BYTES];
        let begun = Instant::now();
        let signature = key.sign(&message);
        made.push(ms(begun.elapsed()));
        let begun = Instant::now();
        public
            .verify_strict(&message, &signature)
            .doing("a signature")?;
        checked.push(ms(begun.elapsed()));
    }
    let both = median(&made).zip(median(&checked));
    both.ok_or_else(|| "no signatures".to_owned())
}

async fn tcp() -> Outcome<f64> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .doing("TCP")?;
    let address = listener.local_addr().doing("TCP")?;
    tokio::spawn(async move {
        let Ok((mut stream, _)) = listener.accept().await else {
            return;
        };
        // Without delay, as in both sides of every real connection here.
        let _ = stream.set_nodelay(true);
        let mut frame = [0; FRAME_BYTES];
        while stream.read_exact(&mut frame).await.is_ok() {
            if stream.write_all(&frame).await.is_err() {
                return;
            }
        }
    });
    let mut stream = TcpStream::connect(address).await.doing("TCP")?;
    stream.set_nodelay(true).doing("TCP")?;
    let mut frame = [7; FRAME_BYTES];
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        stream.write_all(&frame).await.doing("TCP")?;
        stream.read_exact(&mut frame).await.doing("TCP")?;
        times.push(ms(begun.elapsed()));
    }
    median(&times).ok_or_else(|| "no rounds".to_owned())
}

async fn quic() -> Outcome<f64> {
    let mut line = quic::Line::open().await?;
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        line.exchange(FRAME_BYTES, FRAME_BYTES).await?;
        times.push(ms(begun.elapsed()));
    }
    median(&times).ok_or_else(|| "no rounds".to_owned())
}
