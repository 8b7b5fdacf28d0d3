//! A stretch of line between two sites: counts what passes over it, and can be cut.
//!
//! It passes UDP only, so sites that reach each other through it speak QUIC.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use tokio::net::UdpSocket;

use super::{Doing, Outcome};

/// IPv4 and UDP headers: what each datagram costs beyond its bytes.
const DATAGRAM_HEADER_BYTES: u64 = 28;
/// Largest datagram there is.
const DATAGRAM_BYTES_MAX: usize = 65_535;

/// The state that all its tasks share.
#[derive(Debug, Default)]
struct Line {
    bytes: AtomicU64,
    datagrams: AtomicU64,
    cut: AtomicBool,
    /// When the site first answered somebody since the line was joined again.
    answered: Mutex<Option<Instant>>,
}

/// One site as reached from the others.
#[derive(Debug, Clone)]
pub struct Relay {
    address: SocketAddr,
    line: Arc<Line>,
}

impl Relay {
    /// Stands in front of a site's address.
    pub async fn start(site: SocketAddr) -> Outcome<Self> {
        let front = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .doing("a relay")?;
        let address = front.local_addr().doing("a relay")?;
        let line = Arc::new(Line::default());
        tokio::spawn(pass(Arc::new(front), site, line.clone()));
        Ok(Self { address, line })
    }

    /// Where others reach the site.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Bytes that passed, both ways, headers included.
    pub fn bytes(&self) -> u64 {
        self.line.bytes.load(Ordering::Relaxed)
    }

    /// Datagrams that passed, both ways.
    pub fn datagrams(&self) -> u64 {
        self.line.datagrams.load(Ordering::Relaxed)
    }

    /// Cuts the line, or joins it again. Nothing is told to either end: datagrams vanish.
    pub fn cut(&self, cut: bool) {
        if let Ok(mut answered) = self.line.answered.lock() {
            *answered = None;
        }
        self.line.cut.store(cut, Ordering::Relaxed);
    }

    /// When the site first answered since the line was joined again: a connection begins.
    pub fn answered(&self) -> Option<Instant> {
        *self.line.answered.lock().ok()?
    }
}

impl Line {
    /// Counts a datagram; false when it vanishes.
    fn lets_pass(&self, length: usize) -> bool {
        if self.cut.load(Ordering::Relaxed) {
            return false;
        }
        self.bytes
            .fetch_add(length as u64 + DATAGRAM_HEADER_BYTES, Ordering::Relaxed);
        self.datagrams.fetch_add(1, Ordering::Relaxed);
        true
    }

    fn site_answers(&self) {
        if let Ok(mut answered) = self.answered.lock() {
            answered.get_or_insert_with(Instant::now);
        }
    }
}

async fn pass(front: Arc<UdpSocket>, site: SocketAddr, line: Arc<Line>) {
    let mut ways: BTreeMap<SocketAddr, Arc<UdpSocket>> = BTreeMap::new();
    let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
    loop {
        // An error here is of one datagram: a port nobody listens on any more.
        let Ok((length, from)) = front.recv_from(&mut buffer).await else {
            continue;
        };
        if !line.lets_pass(length) {
            continue;
        }
        let way = match ways.get(&from) {
            Some(way) => way.clone(),
            None => {
                let Ok(way) = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await else {
                    continue;
                };
                if way.connect(site).await.is_err() {
                    continue;
                }
                let way = Arc::new(way);
                ways.insert(from, way.clone());
                tokio::spawn(back(front.clone(), from, way.clone(), line.clone()));
                way
            }
        };
        // Lost datagrams are the network's ordinary business.
        let _ = way.send(&buffer[..length]).await;
    }
}

async fn back(front: Arc<UdpSocket>, to: SocketAddr, way: Arc<UdpSocket>, line: Arc<Line>) {
    let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
    loop {
        let Ok(length) = way.recv(&mut buffer).await else {
            continue;
        };
        if line.lets_pass(length) {
            line.site_answers();
            let _ = front.send_to(&buffer[..length], to).await;
        }
    }
}
