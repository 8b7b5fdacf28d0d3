//! Peers that do not keep to the rules: a bare swarm under the test's hand.

use bocage_protocol::limits::FRAME_BYTES_MAX;
use libp2p::futures::{AsyncReadExt, AsyncWriteExt, StreamExt};
use libp2p::swarm::SwarmEvent;
use libp2p::swarm::dial_opts::DialOpts;
use libp2p::{PeerId, Stream, StreamProtocol, gossipsub};
use libp2p_stream::Control;

use super::super::Plane;
use super::super::behaviour::{self, ASK, BehaviourEvent};
use super::super::boots::{Boot, Greeting};
use super::super::frame::{self, WELCOME};
use super::super::{Transport, address};
use super::*;

/// A peer that speaks our protocols by hand, connected to `site`.
struct Bare {
    node: NodeId,
    control: Control,
    target: PeerId,
}

impl Bare {
    async fn connect(seed: u8, site: &Site) -> Self {
        let mut swarm = behaviour::swarm(&config(seed)).expect("a swarm");
        let node = address::node_of(swarm.local_peer_id()).expect("an ed25519 key");
        let target = address::peer_of(&site.node()).expect("a site's key");
        let addresses = vec![address::multiaddr(&site.net.listen()[0], Transport::Quic)];
        swarm
            .dial(DialOpts::peer_id(target).addresses(addresses).build())
            .expect("dialling");
        let control = swarm.behaviour().streams.new_control();
        tokio::spawn(async move { while swarm.next().await.is_some() {} });
        Self {
            node,
            control,
            target,
        }
    }

    async fn open(&mut self, protocol: StreamProtocol) -> Stream {
        // Connected or still dialling: libp2p-stream waits for the connection either way.
        self.control
            .open_stream(self.target, protocol)
            .await
            .expect("a stream")
    }

    async fn sync(&mut self) -> Stream {
        let mut stream = self.open(Plane::Core.sync()).await;
        let greeting = Greeting {
            boot: Boot::now(),
            runs: Vec::new(),
        };
        let mut said = Vec::new();
        frame::append(&mut said, &greeting.encode());
        stream.write_all(&said).await.expect("a connection");
        stream.flush().await.expect("a connection");
        let mut welcome = [1; WELCOME.len()];
        stream.read_exact(&mut welcome).await.expect("a welcome");
        assert_eq!(welcome, WELCOME);
        let mut length = [0; frame::LENGTH_BYTES];
        stream.read_exact(&mut length).await.expect("a greeting");
        let mut theirs = vec![0; u32::from_le_bytes(length) as usize];
        stream.read_exact(&mut theirs).await.expect("a greeting");
        assert!(Greeting::decode(&theirs).is_some_and(|it| it.runs.is_empty()));
        stream
    }
}

/// Two seeds such that the first one's site opens the streams.
fn opener_first(first: u8, second: u8) -> (u8, u8) {
    let node = |seed: u8| {
        address::node_of(&address::keypair(&[seed; 32]).public().to_peer_id()).expect("a key")
    };
    if node(first) < node(second) {
        (first, second)
    } else {
        (second, first)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_frames_end_the_link_by_name() {
    let too_large = (FRAME_BYTES_MAX as u32 + 1).to_le_bytes().to_vec();
    let cases: [(&str, Vec<u8>); 3] = [
        ("frame-too-large", too_large),
        ("frame-empty", vec![0; 4]),
        ("frame-cut", vec![5, 0, 0, 0, 1, 2]),
    ];
    for (number, (reason, bytes)) in cases.into_iter().enumerate() {
        let (bare, site) = opener_first(121 + number as u8 * 2, 122 + number as u8 * 2);
        let mut site = Site::start(config(site)).await;
        let node = address::node_of(&address::keypair(&[bare; 32]).public().to_peer_id());
        let node = node.expect("a key");
        site.net
            .set_neighbours(vec![(node, Vec::new())])
            .expect("an idle driver");
        let mut bare = Bare::connect(bare, &site).await;
        let mut stream = bare.sync().await;
        site.up(node).await;
        stream.write_all(&[1, 0, 0, 0, 42]).await.expect("a link");
        stream.write_all(&bytes).await.expect("a link");
        stream.close().await.expect("a link");
        assert_eq!(site.frames(node, 1).await, [[42]]);
        assert_eq!(site.refused(reason).await, Some(node));
        site.down(node).await;
        assert_eq!(site.net.refusals(), [(reason, 1)]);
        assert_eq!(bare.node, node);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_peer_gets_no_link() {
    let mut site = Site::start(config(131)).await;
    let mut bare = Bare::connect(132, &site).await;
    let mut stream = bare.open(Plane::Core.sync()).await;
    stream.flush().await.expect("a connection");
    assert_eq!(site.refused("unknown-peer").await, Some(bare.node));
    let mut rest = Vec::new();
    // An error or an end, but never a welcome.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut rest))
        .await
        .expect("an end");
    assert_eq!(rest, [0; 0]);
    assert_eq!(site.net.linked(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_are_few_and_their_requests_small() {
    let mut site = Site::start(config(141)).await;
    let mut large = Bare::connect(142, &site).await;
    let mut stream = large.open(Plane::Core.join()).await;
    stream
        .write_all(&(64u32 << 10 | 1).to_le_bytes())
        .await
        .expect("a connection");
    stream.flush().await.expect("a connection");
    assert_eq!(site.refused("frame-too-large").await, Some(large.node));

    let mut held = Vec::new();
    for seed in 150..154 {
        let mut bare = Bare::connect(seed, &site).await;
        let mut stream = bare.open(Plane::Core.join()).await;
        stream
            .write_all(&[1, 0, 0, 0, 9])
            .await
            .expect("a connection");
        stream.flush().await.expect("a connection");
        let answer = site
            .wait("a request", |event| match event {
                NetEvent::Join { answer, .. } => Some(answer),
                _ => None,
            })
            .await;
        held.push((bare, stream, answer));
    }
    let mut fifth = Bare::connect(154, &site).await;
    let mut stream = fifth.open(Plane::Core.join()).await;
    stream
        .write_all(&[1, 0, 0, 0, 9])
        .await
        .expect("a connection");
    stream.flush().await.expect("a connection");
    assert_eq!(site.refused("join-busy").await, Some(fifth.node));

    let mut crowd = Vec::new();
    for seed in 160..175 {
        crowd.push(Bare::connect(seed, &site).await);
    }
    assert!(site.refused("too-many-strangers").await.is_some());
}

/// Says the first bytes of a question of nine, and no more. A stream that was not taken at once is
/// dropped by the other side.
async fn half_asked(bare: &mut Bare) -> Stream {
    let mut stream = bare.open(ASK).await;
    if stream.write_all(&[9, 0, 0, 0, 1]).await.is_ok() {
        let _ = stream.flush().await;
    }
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_open_questions_of_one_site_leave_room_for_others() {
    let node = |seed: u8| {
        let key = address::keypair(&[seed; 32]).public().to_peer_id();
        address::node_of(&key).expect("a key")
    };
    // The others decide for their pairs: nobody opens a stream to them, who would not take it.
    let mut seeds = [211, 212, 213, 214];
    seeds.sort_by_key(|seed| node(*seed));
    let [one, another, stranger, last] = seeds;
    let mut site = Site::start(config(last)).await;
    let members = [one, another].map(|seed| (node(seed), Vec::new()));
    site.net
        .set_neighbours(members.to_vec())
        .expect("an idle driver");
    // More and more on several connections, and none is ever finished.
    let mut bares = Vec::new();
    for _ in 0..3 {
        bares.push(Bare::connect(one, &site).await);
    }
    let mut held = Vec::new();
    let busy = loop {
        for bare in &mut bares {
            held.push(half_asked(bare).await);
        }
        let moment = Duration::from_millis(20);
        if let Ok(busy) = timeout(moment, site.refused("ask-busy")).await {
            break busy;
        }
        assert!(held.len() < 600, "nobody says that it is too much");
    };
    assert_eq!(busy, Some(node(one)));
    // A stranger is not heard at all.
    let mut stranger = Bare::connect(stranger, &site).await;
    let _stream = half_asked(&mut stranger).await;
    assert_eq!(site.refused("ask-of-a-stranger").await, Some(stranger.node));
    // Another site asks, and is answered.
    let mut other = Bare::connect(another, &site).await;
    let mut stream = other.open(ASK).await;
    let asked = stream.write_all(&[1, 0, 0, 0, 42]).await;
    asked.expect("a connection");
    stream.flush().await.expect("a connection");
    let (peer, answer) = site
        .wait("a question", |event| match event {
            NetEvent::Ask { peer, answer, .. } => Some((peer, answer)),
            _ => None,
        })
        .await;
    assert_eq!(peer, other.node);
    answer.send(vec![7]).expect("somebody waits");
    let mut said = [0; 5];
    stream.read_exact(&mut said).await.expect("an answer");
    assert_eq!(said, [1, 0, 0, 0, 7]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_stream_beside_the_first_ends_both_and_is_counted() {
    let (bare, site) = opener_first(221, 222);
    let mut site = Site::start(config(site)).await;
    let node = address::node_of(&address::keypair(&[bare; 32]).public().to_peer_id());
    let node = node.expect("a key");
    site.net
        .set_neighbours(vec![(node, Vec::new())])
        .expect("an idle driver");
    let mut bare = Bare::connect(bare, &site).await;
    let _first = bare.sync().await;
    site.up(node).await;
    let mut second = bare.open(Plane::Core.sync()).await;
    second.flush().await.expect("a connection");
    assert_eq!(site.refused("sync-stream-twice").await, Some(node));
    site.down(node).await;
}

/// Whether a peer that would gladly gossip with `site` is told of its topics within `wait`.
async fn is_told_topics(seed: u8, site: &Site, wait: Duration) -> bool {
    let target = address::peer_of(&site.node()).expect("a site's key");
    let mut swarm = behaviour::swarm(&config(seed)).expect("a swarm");
    swarm.behaviour_mut().gossip.set([target].into());
    let addresses = vec![address::multiaddr(&site.net.listen()[0], Transport::Quic)];
    swarm
        .dial(DialOpts::peer_id(target).addresses(addresses).build())
        .expect("dialling");
    let told = async {
        loop {
            if let SwarmEvent::Behaviour(BehaviourEvent::Gossip(gossipsub::Event::Subscribed {
                peer_id,
                ..
            })) = swarm.select_next_some().await
            {
                return assert_eq!(peer_id, target);
            }
        }
    };
    timeout(wait, told).await.is_ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_gossip_and_strangers_do_not() {
    let site = Site::start(config(201)).await;
    let member = address::keypair(&[202; 32]).public().to_peer_id();
    let member = address::node_of(&member).expect("a key");
    site.net
        .set_neighbours(vec![(member, Vec::new())])
        .expect("an idle driver");
    assert!(is_told_topics(202, &site, PATIENCE).await);
    assert!(!is_told_topics(203, &site, Duration::from_secs(1)).await);
}
