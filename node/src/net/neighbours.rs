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
use super::boots::Boots;
use super::redial::Redial;

/// Attempts under way to one neighbour: about one each second, three seconds long over QUIC and five
/// over TCP, and as many again for unlucky draws.
pub(crate) const ATTEMPTS_MAX: usize = 20;
/// Addresses learned from beacons and discovery, per neighbour: the latest win.
const LEARNED_MAX: usize = 8;
/// Between two look-ups of one neighbour's names: attempts come several times a second at first.
const LOOKUP_EVERY: Duration = Duration::from_secs(2);
/// A second connection within this time of a link's beginning is the other half of both dialling
/// at once; a later one means that the other site has lost the first.
const BOTH_AT_ONCE: Duration = Duration::from_secs(5);
/// A link that lasted this long was sound: its loss is answered at once, not with a longer wait.
const SOUND: Duration = Duration::from_secs(5);

/// A site that may connect.
pub(crate) struct Neighbour {
    pub(crate) peer_id: PeerId,
    /// As configured: host names or IP addresses with ports.
    pub(crate) written: Vec<String>,
    /// What is written, as far as it needed no looking up or was found.
    pub(crate) fixed: Vec<SocketAddr>,
    /// When names may be looked up again; `None` while that is under way.
    pub(crate) lookup_at: Option<Instant>,
    pub(crate) learned: Vec<SocketAddr>,
    pub(crate) redial: Redial,
    /// When TCP joins the attempt under way.
    pub(crate) tcp_at: Option<Instant>,
    pub(crate) attempts: BTreeSet<ConnectionId>,
    pub(crate) link: Option<LinkState>,
    /// Its starts, should it run twice.
    pub(crate) boots: Boots,
    /// A sync stream that waits for the old link to end.
    pub(crate) next_stream: Option<Stream>,
}

/// The driver's end of a link.
pub(crate) struct LinkState {
    pub(crate) generation: u64,
    pub(crate) since: Instant,
    pub(crate) up: bool,
    /// Where the other side is, as its connection says.
    pub(crate) address: Option<SocketAddr>,
    /// Whether our greeting named several copies of it.
    pub(crate) told: bool,
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
    pub(crate) fn new(peer_id: PeerId, written: Vec<String>, now: Instant) -> Self {
        Self {
            peer_id,
            fixed: plain(&written),
            written,
            lookup_at: Some(now),
            learned: Vec::new(),
            redial: Redial::new(now),
            tcp_at: None,
            attempts: BTreeSet::new(),
            link: None,
            boots: Boots::default(),
            next_stream: None,
        }
    }

    /// Other addresses are configured.
    pub(crate) fn rewrite(&mut self, written: Vec<String>, now: Instant) {
        self.fixed = plain(&written);
        self.written = written;
        self.lookup_at = self.lookup_at.map(|_| now);
        self.redial.hurry(now);
    }

    /// What is to be looked up for an attempt at `now`: nothing if no name is written, if it is
    /// under way, or was done a moment ago.
    pub(crate) fn take_lookup(&mut self, now: Instant) -> Option<Vec<String>> {
        let names = self.fixed_plain_count() < self.written.len();
        let due = self.lookup_at.is_some_and(|at| at <= now);
        (names && due).then(|| {
            self.lookup_at = None;
            self.written.clone()
        })
    }

    /// Names were looked up. One that was not found keeps what was known: the name server may be
    /// behind the same cut line.
    pub(crate) fn looked_up(&mut self, written: &[String], found: Vec<SocketAddr>, now: Instant) {
        self.lookup_at = Some(now + LOOKUP_EVERY);
        if *self.written != *written || found.is_empty() {
            return;
        }
        if found.iter().any(|address| !self.fixed.contains(address)) {
            self.redial.hurry(now);
        }
        self.fixed = found;
    }

    fn fixed_plain_count(&self) -> usize {
        plain(&self.written).len()
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

/// Those that need no looking up.
fn plain(written: &[String]) -> Vec<SocketAddr> {
    let read = written.iter().filter_map(|text| text.parse().ok());
    read.collect()
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

/// The one rule of pairs. Only the site with the smaller id decides, so no two can disagree. Of a site
/// that runs twice the link that stands is kept.
pub(crate) fn verdict(
    we_decide: bool,
    link_since: Option<Instant>,
    dialled: bool,
    twice: bool,
    now: Instant,
) -> Verdict {
    match link_since {
        _ if !we_decide => Verdict::Wait,
        None => Verdict::Open,
        Some(_) if twice => Verdict::Close,
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
            (false, None, true, false, Verdict::Wait),
            (false, Some(old), false, false, Verdict::Wait),
            (true, None, false, false, Verdict::Open),
            (true, Some(now), false, false, Verdict::Close),
            (true, Some(now), true, false, Verdict::Close),
            (true, Some(old), true, false, Verdict::Close),
            (true, Some(old), false, false, Verdict::Replace),
            (true, Some(old), false, true, Verdict::Close),
            (true, None, false, true, Verdict::Open),
        ];
        for (we_decide, link, dialled, twice, expected) in cases {
            assert_eq!(verdict(we_decide, link, dialled, twice, now), expected);
        }
    }

    #[test]
    fn names_are_looked_up_again_and_what_was_found_is_kept() {
        let now = Instant::now();
        let written = vec!["127.0.0.1:20".to_owned(), "nantes.example:30".to_owned()];
        let mut neighbour = Neighbour::new(PeerId::random(), written.clone(), now);
        let ports = |one: &Neighbour| -> Vec<u16> {
            one.addresses().iter().map(SocketAddr::port).collect()
        };
        assert_eq!(ports(&neighbour), [20]);
        assert_eq!(neighbour.take_lookup(now), Some(written.clone()));
        assert_eq!(neighbour.take_lookup(now), None, "one at a time");
        let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
        neighbour.redial.attempt(now, u64::MAX);
        neighbour.looked_up(&written, vec![address(20), address(30)], now);
        assert_eq!(ports(&neighbour), [20, 30]);
        assert_eq!(
            neighbour.redial.due_at(),
            now,
            "what is new is tried at once"
        );
        assert_eq!(neighbour.take_lookup(now), None, "not in a tight circle");
        let later = now + LOOKUP_EVERY;
        assert_eq!(neighbour.take_lookup(later), Some(written.clone()));
        neighbour.looked_up(&written, Vec::new(), later);
        assert_eq!(ports(&neighbour), [20, 30], "the name server is away");
        // The name moved.
        let later = later + LOOKUP_EVERY;
        assert!(neighbour.take_lookup(later).is_some());
        neighbour.looked_up(&written, vec![address(20), address(40)], later);
        assert_eq!(ports(&neighbour), [20, 40]);
        // An answer to an older question.
        neighbour.rewrite(vec!["127.0.0.1:50".to_owned()], later);
        neighbour.looked_up(&written, vec![address(60)], later);
        assert_eq!(ports(&neighbour), [50]);
        assert_eq!(neighbour.take_lookup(later + LOOKUP_EVERY), None);
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
