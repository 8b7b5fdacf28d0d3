//! Real sockets on the loopback interface, ports chosen by the system. Nothing sleeps: every wait
//! is for an event, and bounded.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bocage_crdt::ids::NodeId;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::{NetConfig, NetError, NetEvent, NetHandle, NotSent, Transport, start};

mod hostile;
mod joining;
mod line;

/// Far above what any step takes, also on a busy machine: a test that reaches it has failed.
const PATIENCE: Duration = Duration::from_secs(30);
const EVENTS_MAX: usize = 4_096;

struct Site {
    net: NetHandle,
    events: mpsc::Receiver<NetEvent>,
}

fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

fn written(addresses: &[SocketAddr]) -> Vec<String> {
    addresses.iter().map(SocketAddr::to_string).collect()
}

fn config(seed: u8) -> NetConfig {
    NetConfig::new([seed; 32], vec![loopback()])
}

impl Site {
    async fn start(config: NetConfig) -> Self {
        Self::with_events(config, EVENTS_MAX).await
    }

    async fn with_events(config: NetConfig, events_max: usize) -> Self {
        let (sender, events) = mpsc::channel(events_max);
        let begun = Instant::now();
        loop {
            match start(config.clone(), sender.clone()).await {
                Ok(net) => return Self { net, events },
                // The port of a site that has just closed, until its last packets are through.
                Err(NetError::PortTaken(_)) if begun.elapsed() < PATIENCE => {
                    tokio::task::yield_now().await;
                }
                Err(error) => panic!("{error}"),
            }
        }
    }

    fn node(&self) -> NodeId {
        self.net.node()
    }

    fn knows(&self, others: &[&Site]) {
        let list = others
            .iter()
            .map(|other| (other.node(), written(other.net.listen())))
            .collect();
        self.net.set_neighbours(list).expect("an idle driver");
    }

    /// Accepts the others, without knowing where they are.
    fn accepts(&self, others: &[&Site]) {
        let list = others
            .iter()
            .map(|other| (other.node(), Vec::new()))
            .collect();
        self.net.set_neighbours(list).expect("an idle driver");
    }

    /// The first event that `wanted` turns into something.
    async fn wait<T>(&mut self, what: &str, mut wanted: impl FnMut(NetEvent) -> Option<T>) -> T {
        let found = async {
            loop {
                let event = self.events.recv().await.expect("the network runs");
                if let Some(found) = wanted(event) {
                    return found;
                }
            }
        };
        timeout(PATIENCE, found)
            .await
            .unwrap_or_else(|_| panic!("waited in vain for {what}"))
    }

    async fn up(&mut self, other: NodeId) -> Transport {
        self.wait("a link", |event| match event {
            NetEvent::Up {
                peer, transport, ..
            } if peer == other => Some(transport),
            _ => None,
        })
        .await
    }

    async fn down(&mut self, other: NodeId) -> String {
        self.wait("the end of a link", |event| match event {
            NetEvent::Down { peer, reason } if peer == other => Some(reason),
            _ => None,
        })
        .await
    }

    async fn frames(&mut self, other: NodeId, count: usize) -> Vec<Vec<u8>> {
        let mut frames = Vec::with_capacity(count);
        while frames.len() < count {
            let frame = self
                .wait("a frame", |event| match event {
                    NetEvent::Frame { peer, bytes } if peer == other => Some(bytes),
                    NetEvent::Down { peer, reason } if peer == other => {
                        panic!("the link ended: {reason}")
                    }
                    _ => None,
                })
                .await;
            frames.push(frame);
        }
        frames
    }

    async fn refused(&mut self, wanted: &str) -> Option<NodeId> {
        self.wait(wanted, |event| match event {
            NetEvent::Refused { peer, reason } if reason == wanted => Some(peer),
            _ => None,
        })
        .await
    }

    /// Whether nothing ends or begins for a while: the only wait that is meant to run out.
    async fn is_steady(&mut self) -> bool {
        let change = async {
            loop {
                match self.events.recv().await {
                    Some(NetEvent::Up { .. } | NetEvent::Down { .. }) | None => return,
                    Some(_) => {}
                }
            }
        };
        timeout(Duration::from_millis(600), change).await.is_err()
    }
}

/// Frames of many lengths, each telling its place.
fn numbered(count: usize) -> Vec<Vec<u8>> {
    (0..count)
        .map(|number| {
            let mut bytes = number.to_le_bytes().to_vec();
            bytes.resize(8 + (number * 37) % 3_000, number as u8);
            bytes
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_sites_exchange_frames_in_order_and_presence() {
    let mut one = Site::start(config(1)).await;
    let mut two = Site::start(config(2)).await;
    assert_eq!(one.net.send(two.node(), vec![1]), Err(NotSent::Down));
    one.accepts(&[&two]);
    two.knows(&[&one]);
    assert_eq!(one.up(two.node()).await, Transport::Quic);
    assert_eq!(two.up(one.node()).await, Transport::Quic);
    assert_eq!(one.net.linked(), [two.node()]);
    let sent = numbered(500);
    for frame in &sent {
        one.net.send(two.node(), frame.clone()).expect("room");
        two.net.send(one.node(), frame.clone()).expect("room");
    }
    assert_eq!(one.frames(two.node(), sent.len()).await, sent);
    assert_eq!(two.frames(one.node(), sent.len()).await, sent);
    for (from, to) in [(&mut one, &mut two)] {
        from.net.send_presence(to.node(), 7, b"here".to_vec());
        let sender = from.node();
        to.wait("presence", |event| match event {
            NetEvent::Presence { peer, bytes } => {
                (peer == sender && bytes == b"here").then_some(())
            }
            _ => None,
        })
        .await;
        to.net.send_presence(from.node(), 7, b"there".to_vec());
        from.wait("presence back", |event| match event {
            NetEvent::Presence { bytes, .. } => (bytes == b"there").then_some(()),
            _ => None,
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_sites_link_and_gossip_reaches_all() {
    let mut sites = Vec::new();
    for seed in 11..14 {
        sites.push(Site::start(config(seed)).await);
    }
    for index in 0..3 {
        let others: Vec<&Site> = (0..3)
            .filter(|other| *other != index)
            .map(|i| &sites[i])
            .collect();
        sites[index].knows(&others);
    }
    let nodes: Vec<NodeId> = sites.iter().map(Site::node).collect();
    for site in &mut sites {
        let mut missing: Vec<NodeId> = nodes
            .iter()
            .copied()
            .filter(|n| *n != site.node())
            .collect();
        site.wait("both links", |event| {
            if let NetEvent::Up { peer, .. } = event {
                missing.retain(|other| *other != peer);
            }
            missing.is_empty().then_some(())
        })
        .await;
    }
    // Subscriptions travel after the link: say it again until everyone has heard.
    let (first, rest) = sites.split_at_mut(1);
    let author = first[0].node();
    for site in rest {
        let heard = async {
            loop {
                first[0].net.gossip(b"a new site".to_vec()).expect("room");
                let event = timeout(Duration::from_millis(50), site.events.recv()).await;
                if let Ok(Some(NetEvent::Gossip { peer, bytes })) = event {
                    return (peer, bytes);
                }
            }
        };
        let heard = timeout(PATIENCE, heard).await.expect("gossip");
        assert_eq!(heard, (author, b"a new site".to_vec()));
    }
    assert_eq!(first[0].net.gossip(vec![0; 40_000]), Err(NotSent::TooLarge));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dialling_each_other_at_once_makes_one_steady_link() {
    for seed in [21, 31, 41] {
        let mut one = Site::start(config(seed)).await;
        let mut two = Site::start(config(seed + 1)).await;
        one.knows(&[&two]);
        two.knows(&[&one]);
        one.up(two.node()).await;
        two.up(one.node()).await;
        let sent = numbered(50);
        for frame in &sent {
            one.net.send(two.node(), frame.clone()).expect("room");
            two.net.send(one.node(), frame.clone()).expect("room");
        }
        assert_eq!(one.frames(two.node(), sent.len()).await, sent);
        assert_eq!(two.frames(one.node(), sent.len()).await, sent);
        assert!(one.is_steady().await && two.is_steady().await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_queued_arrives_before_closing_and_a_restart_links_again() {
    let mut one = Site::start(config(51)).await;
    let mut two = Site::start(config(52)).await;
    one.knows(&[&two]);
    two.knows(&[&one]);
    one.up(two.node()).await;
    two.up(one.node()).await;
    let sent = numbered(300);
    for frame in &sent {
        two.net.send(one.node(), frame.clone()).expect("room");
    }
    let (node, listen) = (two.node(), two.net.listen().to_vec());
    two.net.close().await;
    assert_eq!(one.frames(node, sent.len()).await, sent);
    one.down(node).await;
    assert_eq!(two.net.gossip(vec![1]), Err(NotSent::Down));
    drop(two);

    let mut again = config(52);
    again.listen = listen;
    let mut two = Site::start(again).await;
    let begun = Instant::now();
    two.accepts(&[&one]);
    one.up(node).await;
    two.up(one.node()).await;
    // Two seconds by design; the rest is for a busy machine.
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    one.net.send(node, b"back".to_vec()).expect("room");
    assert_eq!(two.frames(one.node(), 1).await, [b"back"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_that_vanished_without_a_word_is_noticed_and_taken_back() {
    let mut one = Site::start(config(61)).await;
    // A runtime that is dropped stands for a killed process: nothing is said on the way out.
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut two = runtime
        .spawn(Site::start(config(62)))
        .await
        .expect("a site");
    one.knows(&[&two]);
    two.accepts(&[&one]);
    one.up(two.node()).await;
    two.up(one.node()).await;
    let (node, listen) = (two.node(), two.net.listen().to_vec());
    runtime.shutdown_background();
    drop(two);
    let begun = Instant::now();
    one.down(node).await;
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
    let mut again = config(62);
    again.listen = listen;
    let mut two = Site::start(again).await;
    two.knows(&[&one]);
    two.up(one.node()).await;
    one.up(node).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tcp_serves_where_udp_does_not() {
    let mut tcp_only = config(71);
    tcp_only.quic = false;
    let mut one = Site::start(tcp_only).await;
    let mut two = Site::start(config(72)).await;
    one.accepts(&[&two]);
    two.knows(&[&one]);
    assert_eq!(one.up(two.node()).await, Transport::Tcp);
    assert_eq!(two.up(one.node()).await, Transport::Tcp);
    let sent = numbered(200);
    for frame in &sent {
        two.net.send(one.node(), frame.clone()).expect("room");
    }
    assert_eq!(one.frames(two.node(), sent.len()).await, sent);
    two.net.close().await;
    one.down(two.node()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_reader_fills_the_queue_and_nothing_accepted_is_lost() {
    let mut one = Site::start(config(81)).await;
    let mut two = Site::with_events(config(82), 4).await;
    one.knows(&[&two]);
    two.accepts(&[&one]);
    one.up(two.node()).await;
    two.up(one.node()).await;
    let mut accepted = 0u32;
    let full = loop {
        let mut bytes = accepted.to_le_bytes().to_vec();
        bytes.resize(200_000, 0);
        match one.net.send(two.node(), bytes) {
            Ok(()) => accepted += 1,
            Err(full) => break full,
        }
    };
    assert_eq!(full, NotSent::Full);
    let frames = two.frames(one.node(), accepted as usize).await;
    let order: Vec<u32> = frames
        .iter()
        .map(|frame| u32::from_le_bytes([frame[0], frame[1], frame[2], frame[3]]))
        .collect();
    assert_eq!(order, (0..accepted).collect::<Vec<_>>());
    one.net.send(two.node(), vec![1]).expect("room again");
    assert_eq!(two.frames(one.node(), 1).await, [[1]]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_taken_port_is_named() {
    let one = Site::start(config(111)).await;
    let taken = one.net.listen()[0];
    let (sender, _events) = mpsc::channel(8);
    let error = start(NetConfig::new([112; 32], vec![taken]), sender)
        .await
        .err();
    assert!(matches!(error, Some(NetError::PortTaken(address)) if address == taken));
}

/// The variable must not be set in this process, where other tests run: a child of its own has it.
#[tokio::test]
async fn key_logging_is_refused() {
    if std::env::var_os("SSLKEYLOGFILE").is_some() {
        let (sender, _events) = mpsc::channel(8);
        let error = start(config(113), sender).await.err();
        assert!(matches!(error, Some(NetError::KeyLogging)), "{error:?}");
        return;
    }
    let child = std::process::Command::new(std::env::current_exe().expect("a test program"))
        .args(["--exact", "net::tests::key_logging_is_refused"])
        .env("SSLKEYLOGFILE", "/dev/null")
        .output()
        .expect("the program starts once more");
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(
        child.status.success() && said.contains("1 passed"),
        "{said}"
    );
}
