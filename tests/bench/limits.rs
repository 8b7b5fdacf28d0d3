//! The raw operations that bound ours, measured here and now: nothing of Bocage is in them.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use bocage_tests::clients::{Doing, Outcome};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::stats::{median, ms};

/// A message between sites, more or less.
const FRAME_BYTES: usize = 300;
/// Enough for a median.
const ROUNDS: usize = 1_000;
/// Durable commits cost milliseconds on some disks.
const COMMITS: usize = 200;

/// Milliseconds; none where it could not be measured.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    /// There and back over TCP on the loopback.
    pub tcp_round_trip: Option<f64>,
    /// There and back over one QUIC stream on the loopback.
    pub quic_round_trip: Option<f64>,
    /// One durable commit of a small value.
    pub commit: Option<f64>,
}

impl fmt::Display for Limits {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown =
            |value: Option<f64>| value.map_or("missing".to_owned(), |ms| format!("{ms:.3} ms"));
        let (tcp, quic) = (shown(self.tcp_round_trip), shown(self.quic_round_trip));
        let commit = shown(self.commit);
        write!(
            out,
            "loopback round trip: TCP {tcp}, QUIC {quic}; durable commit: {commit}"
        )
    }
}

pub(crate) async fn measure() -> Limits {
    let told = |what: &str, measured: Outcome<f64>| {
        measured
            .map_err(|error| eprintln!("  {what} is missing: {error}"))
            .ok()
    };
    Limits {
        tcp_round_trip: told("TCP", tcp().await),
        quic_round_trip: told("QUIC", quic().await),
        commit: told(
            "the commit",
            tokio::task::spawn_blocking(commit)
                .await
                .unwrap_or_else(|error| Err(error.to_string())),
        ),
    }
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
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).doing("QUIC")?;
    let certificate = made.cert.der().clone();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    // Named here: with more than one provider in the program rustls would not choose by itself.
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let server = rustls::ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .doing("QUIC")?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key.into())
        .doing("QUIC")?;
    let server = quinn::crypto::rustls::QuicServerConfig::try_from(server).doing("QUIC")?;
    let server = quinn::ServerConfig::with_crypto(Arc::new(server));
    let local: SocketAddr = (Ipv4Addr::LOCALHOST, 0).into();
    let listening = quinn::Endpoint::server(server, local).doing("QUIC")?;
    let address = listening.local_addr().doing("QUIC")?;
    tokio::spawn(async move {
        let Some(incoming) = listening.accept().await else {
            return;
        };
        let Ok(connection) = incoming.await else {
            return;
        };
        let Ok((mut send, mut receive)) = connection.accept_bi().await else {
            return;
        };
        let mut frame = [0; FRAME_BYTES];
        while receive.read_exact(&mut frame).await.is_ok() {
            if send.write_all(&frame).await.is_err() {
                return;
            }
        }
    });
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate).doing("QUIC")?;
    let client = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .doing("QUIC")?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = quinn::crypto::rustls::QuicClientConfig::try_from(client).doing("QUIC")?;
    let mut dialling = quinn::Endpoint::client(local).doing("QUIC")?;
    dialling.set_default_client_config(quinn::ClientConfig::new(Arc::new(client)));
    let connection = dialling
        .connect(address, "localhost")
        .doing("QUIC")?
        .await
        .doing("QUIC")?;
    let (mut send, mut receive) = connection.open_bi().await.doing("QUIC")?;
    let mut frame = [7; FRAME_BYTES];
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        send.write_all(&frame).await.doing("QUIC")?;
        receive.read_exact(&mut frame).await.doing("QUIC")?;
        times.push(ms(begun.elapsed()));
    }
    median(&times).ok_or_else(|| "no rounds".to_owned())
}

fn commit() -> Outcome<f64> {
    let folder = tempfile::tempdir().doing("a folder")?;
    let database = redb::Database::create(folder.path().join("limit.redb")).doing("redb")?;
    let table = redb::TableDefinition::<u64, &[u8]>::new("limit");
    let mut times = Vec::with_capacity(COMMITS);
    for key in 0..COMMITS as u64 {
        let begun = Instant::now();
        let write = database.begin_write().doing("redb")?;
        write
            .open_table(table)
            .doing("redb")?
            .insert(key, [7; FRAME_BYTES].as_slice())
            .doing("redb")?;
        write.commit().doing("redb")?;
        times.push(ms(begun.elapsed()));
    }
    median(&times).ok_or_else(|| "no commits".to_owned())
}
