//! Connections: listening, TLS handshakes, HTTP/1.1, bounds on all of them, and stopping.
//!
//! What a request means is not known here; it goes to `guard`.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;

use super::site::Site;
use super::{
    App, CONNECTIONS_MAX, CONNECTIONS_PER_ADDRESS_MAX, HANDSHAKES_MAX, HEADER_BYTES_MAX,
    HEADER_LINES_MAX, StartError, guard, routes, told,
};

/// Connections the kernel keeps waiting for us: a building switching on its machines.
const BACKLOG: u32 = 1_024;
/// How long accepting rests after an error such as «too many open files».
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// Where a request comes from.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    /// The other end of the connection.
    pub address: SocketAddr,
    /// Whether the connection is encrypted.
    pub tls: bool,
}

/// Held as long as a connection or socket lives; the server waits until all are dropped.
#[derive(Debug, Clone)]
pub struct Alive(#[expect(dead_code, reason = "only its dropping is observed")] mpsc::Sender<()>);

/// Listens, or says why not.
pub fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AddrInUse => StartError::PortTaken(address),
        _ => StartError::Address(address, error),
    };
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    };
    let socket = socket.map_err(failed)?;
    // Restarting must not wait for the last connections' two minutes in TIME_WAIT.
    #[cfg(unix)]
    socket.set_reuseaddr(true).map_err(failed)?;
    socket.bind(address).map_err(failed)?;
    socket.listen(BACKLOG).map_err(failed)
}

/// Connections per address.
#[derive(Debug, Default)]
struct Crowd {
    counts: Mutex<HashMap<IpAddr, usize>>,
}

/// One connection's place in the crowd.
struct Place {
    crowd: Arc<Crowd>,
    address: IpAddr,
    _permit: OwnedSemaphorePermit,
}

impl Crowd {
    fn enter(self: &Arc<Self>, address: IpAddr, permit: OwnedSemaphorePermit) -> Option<Place> {
        let address = address.to_canonical();
        let mut counts = self.counts.lock().unwrap_or_else(|lock| lock.into_inner());
        let count = counts.entry(address).or_default();
        // Behind a proxy on this machine everybody comes from one address.
        if *count >= CONNECTIONS_PER_ADDRESS_MAX && !address.is_loopback() {
            return None;
        }
        *count += 1;
        let crowd = self.clone();
        Some(Place {
            crowd,
            address,
            _permit: permit,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self
            .crowd
            .counts
            .lock()
            .unwrap_or_else(|lock| lock.into_inner());
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

/// Serves until the site stops.
pub async fn run<S: Site>(app: Arc<App<S>>, listener: TcpListener, acceptor: Option<TlsAcceptor>) {
    let router = routes::router(app.clone());
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let handshakes = Arc::new(Semaphore::new(HANDSHAKES_MAX));
    let crowd = Arc::new(Crowd::default());
    let (alive, mut all_gone) = mpsc::channel(1);
    let alive = Alive(alive);
    let mut stopping = app.stopping.clone();
    loop {
        let next = async {
            let permit = room.clone().acquire_owned().await;
            let permit = permit.expect("the semaphore is never closed");
            let handshake = handshakes.clone().acquire_owned().await;
            let handshake = handshake.expect("the semaphore is never closed");
            (listener.accept().await, permit, handshake)
        };
        let (accepted, permit, handshake) = tokio::select! {
            biased;
            _ = told(&mut stopping) => break,
            next = next => next,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_REST).await;
                continue;
            }
        };
        let Some(place) = crowd.enter(address.ip(), permit) else {
            tracing::debug!(%address, "too many connections from this address");
            continue;
        };
        let (app, router) = (app.clone(), router.clone());
        let (acceptor, alive) = (acceptor.clone(), alive.clone());
        tokio::spawn(async move {
            let _place = place;
            welcome(app, router, stream, address, acceptor, handshake, alive).await;
        });
    }
    drop((listener, alive, router));
    let closing = app.settings.patience.closing;
    // What has not ended by then is cut: its client sees a closed connection and asks again.
    let _ = tokio::time::timeout(closing, all_gone.recv()).await;
}

async fn welcome<S: Site>(
    app: Arc<App<S>>,
    router: Router,
    stream: TcpStream,
    address: SocketAddr,
    acceptor: Option<TlsAcceptor>,
    handshake: OwnedSemaphorePermit,
    alive: Alive,
) {
    // Keystrokes are small frames: waiting to fill packets would cost 40 ms.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY");
    }
    let Some(acceptor) = acceptor else {
        drop(handshake);
        let peer = Peer {
            address,
            tls: false,
        };
        return talk(app, router, stream, peer, alive).await;
    };
    let patience = app.settings.patience.handshake;
    match tokio::time::timeout(patience, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => {
            drop(handshake);
            let peer = Peer { address, tls: true };
            talk(app, router, stream, peer, alive).await;
        }
        Ok(Err(error)) => tracing::debug!(%address, %error, "TLS handshake failed"),
        Err(_) => tracing::debug!(%address, "TLS handshake took too long"),
    }
}

async fn talk<S: Site>(
    app: Arc<App<S>>,
    router: Router,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: Peer,
    alive: Alive,
) {
    let mut stopping = app.stopping.clone();
    let patience = app.settings.patience;
    let service = service_fn(move |request| {
        guard::handle(app.clone(), router.clone(), request, peer, alive.clone())
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience.headers)
        .max_header_size(HEADER_BYTES_MAX)
        .max_headers(HEADER_LINES_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = told(&mut stopping) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::trace!(%error, "connection ended");
    }
}
