//! What the driver remembers of other sites: neighbours and the connections with anybody. Holds the
//! rule by which a pair keeps one connection; opens and closes nothing itself.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bocage_crdt::ids::NodeId;
use libp2p::swarm::ConnectionId;
use libp2p::{PeerId, Stream};
use tokio::sync::{mpsc, oneshot};

use super::Transport;
use super::redial::Redial;

/// Attempts under way to one neighbour: about one each second, three seconds long over QUIC and five
/// over TCP, and as many again for unlucky draws.
pub(crate) const ATTEMPTS_MAX: usize = 20;
/// Addresses learned from beacons and discovery, per neighbour: the latest win.
const LEARNED_MAX: usize = 8;
/// A second connection within this time of a link's beginning is the other half of both dialling
/// at once; a later one means that the other site has lost the first.
const BOTH_AT_ONCE: Duration = Duration::from_secs(5);
/// A link that lasted this long was sound: its loss is answered at once, not with a longer wait.
const SOUND: Duration = Duration::from_secs(5);

/// A site that may connect.
pub(crate) struct Neighbour {
    pub(crate) peer_id: PeerId,
    pub(crate) fixed: Vec<SocketAddr>,
    pub(crate) learned: Vec<SocketAddr>,
    pub(crate) redial: Redial,
    /// When TCP joins the attempt under way.
    pub(crate) tcp_at: Option<Instant>,
    pub(crate) attempts: BTreeSet<ConnectionId>,
    pub(crate) link: Option<LinkState>,
    /// A sync stream that waits for the old link to end.
    pub(crate) next_stream: Option<Stream>,
}

/// The driver's end of a link.
pub(crate) struct LinkState {
    pub(crate) generation: u64,
    pub(crate) since: Instant,
    pub(crate) up: bool,
    pub(crate) stop: Option<oneshot::Sender<&'static str>>,
    pub(crate) presence: mpsc::Sender<Stream>,
}

impl LinkState {
    pub(crate) fn stop(&mut self, reason: &'static str) {
        if let Some(stop) = self.stop.take() {
            // An error means that the link has just ended by itself.
            let _ = stop.send(reason);
        }
    }
}

impl Neighbour {
    pub(crate) fn new(peer_id: PeerId, fixed: Vec<SocketAddr>, now: Instant) -> Self {
        Self {
            peer_id,
            fixed,
            learned: Vec::new(),
            redial: Redial::new(now),
            tcp_at: None,
            attempts: BTreeSet::new(),
            link: None,
            next_stream: None,
        }
    }

    /// Fixed addresses first, learned ones after.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        let mut addresses = self.fixed.clone();
        let learned = self.learned.iter().filter(|one| !self.fixed.contains(one));
        addresses.extend(learned);
        addresses
    }

    /// Something told where the site is.
    pub(crate) fn learn(&mut self, address: SocketAddr) {
        self.learned.retain(|known| *known != address);
        self.learned.insert(0, address);
        self.learned.truncate(LEARNED_MAX);
    }

    /// The link began at `since` and has ended.
    pub(crate) fn ended(&mut self, since: Instant, was_up: bool, now: Instant) {
        self.link = None;
        if was_up && now.saturating_duration_since(since) >= SOUND {
            self.redial.lost(now);
        }
    }
}

/// A connection with a neighbour or a stranger.
pub(crate) struct Connection {
    pub(crate) id: ConnectionId,
    pub(crate) peer: NodeId,
    pub(crate) address: Option<SocketAddr>,
    pub(crate) transport: Transport,
    pub(crate) dialled: bool,
    pub(crate) since: Instant,
    /// Began while the peer was no neighbour: serves joining only, until this time.
    pub(crate) stranger_until: Option<Instant>,
    pub(crate) closing: bool,
}

impl Connection {
    pub(crate) fn serves_members(&self) -> bool {
        self.stranger_until.is_none() && !self.closing
    }
}

/// What to do with a connection that begins.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The other site decides.
    Wait,
    /// The first of the pair: open the streams on it.
    Open,
    /// One too many.
    Close,
    /// The other site has lost the link that we still hold: move to this connection.
    Replace,
}

/// The one rule of pairs. Only the site with the smaller id decides, so no two can disagree.
pub(crate) fn verdict(
    we_decide: bool,
    link_since: Option<Instant>,
    dialled: bool,
    now: Instant,
) -> Verdict {
    match link_since {
        _ if !we_decide => Verdict::Wait,
        None => Verdict::Open,
        Some(since) if !dialled && now.saturating_duration_since(since) > BOTH_AT_ONCE => {
            Verdict::Replace
        }
        Some(_) => Verdict::Close,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_connection_of_a_pair_is_kept() {
        let now = Instant::now();
        let old = now - Duration::from_secs(6);
        let cases = [
            (false, None, true, Verdict::Wait),
            (false, Some(old), false, Verdict::Wait),
            (true, None, false, Verdict::Open),
            (true, Some(now), false, Verdict::Close),
            (true, Some(now), true, Verdict::Close),
            (true, Some(old), true, Verdict::Close),
            (true, Some(old), false, Verdict::Replace),
        ];
        for (we_decide, link, dialled, expected) in cases {
            assert_eq!(verdict(we_decide, link, dialled, now), expected);
        }
    }

    #[test]
    fn learned_addresses_are_few_and_the_latest() {
        let mut neighbour = Neighbour::new(PeerId::random(), Vec::new(), Instant::now());
        let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
        neighbour.fixed = vec![address(20)];
        (1..=20).for_each(|port| neighbour.learn(address(port)));
        neighbour.learn(address(19));
        let ports: Vec<_> = neighbour.addresses().iter().map(SocketAddr::port).collect();
        assert_eq!(ports, [20, 19, 18, 17, 16, 15, 14, 13]);
    }
}
