//! The site's web server: the public API, the WebSocket and the interface's files.
//!
//! It knows HTTP, passwords, sessions and TLS. What the site holds and who may see it is behind
//! [`site::Site`]; nothing here decides about content.
//!
//! Reading order: [`serve`] takes connections, [`guard`] lets requests through, [`routes`] says
//! which call goes where, [`account`] signs in and out, [`socket`] is the live line, [`files`] the
//! interface. [`authority`] and [`tls`] are about certificates.

pub mod account;
pub mod admin;
pub mod authority;
pub mod exports;
pub mod files;
pub mod guard;
pub mod guests;
pub mod home;
pub mod own_data;
pub mod pages;
pub mod password;
pub mod routes;
pub mod serve;
pub mod sessions;
pub mod site;
pub mod socket;
pub mod tls;
pub mod tries;

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::api::ApiError;
use files::FileSource;
use site::Site;

/// Largest request body: the longest text of a command, escaped sixfold by JSON in the worst
/// case, and its other fields.
pub const BODY_BYTES_MAX: usize = 512 << 10;
/// Largest head of a request; browsers send about 2 KiB.
pub const HEADER_BYTES_MAX: usize = 16 << 10;
/// Most header lines of a request; browsers send about 20.
pub const HEADER_LINES_MAX: usize = 64;
/// Largest message of a WebSocket: as the largest frame between sites.
pub const SOCKET_MESSAGE_BYTES_MAX: usize = 1 << 20;
/// Connections in all: each costs about 20 KiB, so 80 MiB at the worst.
pub const CONNECTIONS_MAX: usize = 4_096;
/// Connections from one address that is not this machine: an office behind one address.
pub const CONNECTIONS_PER_ADDRESS_MAX: usize = 512;
/// TLS handshakes at a time: each costs a signature; others wait in the kernel's queue.
pub const HANDSHAKES_MAX: usize = 64;

/// How long one waits for whom.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For a whole TLS handshake.
    pub handshake: Duration,
    /// For the whole head of a request, and between requests of a connection.
    pub headers: Duration,
    /// For a request from its head to its answer, body included: 512 KiB at 140 kbit/s.
    pub request: Duration,
    /// Between two pings of a WebSocket; twice and a half as long without a word closes it.
    pub ping: Duration,
    /// For a browser to take what is written to it, per write.
    pub write: Duration,
    /// For open requests when the site stops.
    pub closing: Duration,
    /// Until a refused sign-in is answered, whoever had to be asked: what takes long says nothing.
    pub refusal: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(10),
            headers: Duration::from_secs(30),
            request: Duration::from_secs(30),
            ping: Duration::from_secs(30),
            write: Duration::from_secs(30),
            closing: Duration::from_secs(5),
            refusal: Duration::from_secs(1),
        }
    }
}

/// How the web server is set up.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Certificate and key; without them only addresses of this machine are served.
    pub tls: Option<tls::Identity>,
    /// Addresses of the site as browsers write them (`https://nantes.example:8443`), beside the
    /// one they came by: needed behind a proxy that changes the `Host` header.
    pub origins: Vec<String>,
    /// Certificate of the realm's authority in PEM, offered at `/confiance`.
    pub authority_pem: Option<String>,
    /// What the command line shows to manage accounts from this machine.
    pub admin_token: Option<String>,
    /// Where the interface's files come from.
    pub files: FileSource,
    /// How long one waits.
    pub patience: Patience,
}

/// Everything that requests share.
#[derive(Debug)]
pub struct App<S> {
    /// The site behind.
    pub site: S,
    /// How the server is set up.
    pub settings: Settings,
    /// Sessions in use.
    pub sessions: sessions::Sessions,
    /// Sign-in tries.
    pub tries: tries::Tries,
    /// Where passwords are hashed.
    pub passwords: password::Passwords,
    /// Name of the session cookie: ports do not separate cookies, so the site's id does.
    pub cookie: String,
    /// Becomes true when the site stops.
    pub stopping: watch::Receiver<bool>,
}

/// Why the web server does not start.
#[derive(Debug)]
pub enum StartError {
    /// Somebody else listens there.
    PortTaken(SocketAddr),
    /// The address cannot be listened on.
    Address(SocketAddr, std::io::Error),
    /// Plain HTTP beyond this machine would carry passwords in clear.
    PlainBeyondLoopback(SocketAddr),
    /// Certificate or key cannot be used.
    Tls(tls::TlsError),
    /// The kept sessions cannot be read.
    Sessions(ApiError),
}

impl std::fmt::Display for StartError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::PortTaken(address) => write!(
                out,
                "another program already listens on {address}: stop it or choose another port"
            ),
            Self::Address(address, error) => {
                write!(
                    out,
                    "cannot listen on {address}: {error}; choose an address of this machine"
                )
            }
            Self::PlainBeyondLoopback(address) => write!(
                out,
                "{address} can be reached from other machines, and without a certificate passwords \
                 would travel in clear: give a certificate and key, or listen on 127.0.0.1"
            ),
            Self::Tls(error) => error.fmt(out),
            Self::Sessions(error) => write!(out, "the kept sessions cannot be read: {error}"),
        }
    }
}

impl std::error::Error for StartError {}

/// A running web server.
#[derive(Debug)]
pub struct Server {
    /// Where it listens: the port is known even if 0 was asked for.
    pub address: SocketAddr,
    /// `https` or `http`.
    pub scheme: &'static str,
    /// The certificate shown to browsers, when there is one.
    pub shown: Option<Arc<tls::Shown>>,
    stop: watch::Sender<bool>,
    running: tokio::task::JoinHandle<()>,
}

impl Server {
    /// Listens on `address`; what it answers comes from `site`.
    pub async fn start<S: Site>(
        site: S,
        settings: Settings,
        address: SocketAddr,
    ) -> Result<Self, StartError> {
        if settings.tls.is_none() && !address.ip().to_canonical().is_loopback() {
            return Err(StartError::PlainBeyondLoopback(address));
        }
        let shown = settings.tls.as_ref().map(tls::Shown::new).transpose();
        let shown = shown.map_err(StartError::Tls)?;
        let acceptor = shown.clone().map(tls::acceptor).transpose();
        let acceptor = acceptor.map_err(StartError::Tls)?;
        let listener = serve::listen(address)?;
        let address = listener
            .local_addr()
            .map_err(|error| StartError::Address(address, error))?;
        let kept = site.sessions().await.map_err(StartError::Sessions)?;
        let (kept, over): (Vec<_>, Vec<_>) = kept.into_iter().partition(|session| {
            now_ms() < session.last_seen_ms.saturating_add(sessions::IDLE_MS_MAX)
        });
        if !over.is_empty() {
            let over = over.into_iter().map(|session| session.id).collect();
            site.drop_sessions(over)
                .await
                .map_err(StartError::Sessions)?;
        }
        let (stop, stopping) = watch::channel(false);
        let site_id = site.facts().site.id.to_string();
        let scheme = if acceptor.is_some() { "https" } else { "http" };
        let app = Arc::new(App {
            cookie: format!("bocage-{}", &site_id[..8]),
            sessions: sessions::Sessions::load(kept),
            site,
            settings,
            tries: tries::Tries::default(),
            passwords: password::Passwords::default(),
            stopping,
        });
        if let Some(asked) = app.site.questions() {
            tokio::spawn(home::serve(app.clone(), asked));
        }
        let running = tokio::spawn(serve::run(app, listener, acceptor));
        Ok(Self {
            address,
            scheme,
            shown,
            stop,
            running,
        })
    }

    /// The address to type into a browser on this machine.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Takes no more connections, lets open requests end, closes sockets («going away»).
    pub async fn stop(self) {
        self.stop.send_replace(true);
        // It ends by itself within `Patience::closing`; a panic in it has been reported.
        let _ = self.running.await;
    }
}

/// Now, in milliseconds since 1970 UTC; before 1970 the clock counts as 1970.
pub fn now_ms() -> u64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as u64)
}

/// Waits until a flag is raised, or can no longer be.
async fn told(flag: &mut watch::Receiver<bool>) {
    // The guard that comes back must not be kept across a wait.
    let _ = flag.wait_for(|raised| *raised).await;
}
