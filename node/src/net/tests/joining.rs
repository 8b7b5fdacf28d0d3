//! Strangers with and without luck.

use super::super::{JoinError, Plane};
use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_joins_and_becomes_a_neighbour() {
    let mut issuer = Site::start(config(91)).await;
    let mut joiner = Site::start(config(92)).await;
    let (net, node, listen) = (
        joiner.net.clone(),
        issuer.node(),
        issuer.net.listen().to_vec(),
    );
    let asking = tokio::spawn(async move { net.join(node, listen, b"let me in".to_vec()).await });
    let (peer, request, answer) = issuer
        .wait("a request", |event| match event {
            NetEvent::Join {
                peer,
                plane: Plane::Core,
                request,
                answer,
            } => Some((peer, request, answer)),
            _ => None,
        })
        .await;
    assert_eq!((peer, request), (joiner.node(), b"let me in".to_vec()));
    issuer.accepts(&[&joiner]);
    answer
        .send(b"welcome".to_vec())
        .expect("the stranger waits");
    assert_eq!(asking.await.expect("no panic"), Ok(b"welcome".to_vec()));
    joiner.knows(&[&issuer]);
    joiner.up(issuer.node()).await;
    issuer.up(joiner.node()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joins_that_cannot_be_are_told_why() {
    let mut issuer = Site::start(config(101)).await;
    let joiner = Site::start(config(102)).await;
    let unsent = joiner
        .net
        .join(issuer.node(), vec![loopback()], vec![0; 70_000]);
    assert_eq!(unsent.await, Err(JoinError::NotSent));
    let listen = issuer.net.listen().to_vec();
    let (net, node) = (joiner.net.clone(), issuer.node());
    let asking = tokio::spawn(async move { net.join(node, listen, b"please".to_vec()).await });
    issuer
        .wait("a request", |event| match event {
            NetEvent::Join { answer, .. } => {
                drop(answer);
                Some(())
            }
            _ => None,
        })
        .await;
    assert_eq!(asking.await.expect("no panic"), Err(JoinError::NoAnswer));
    assert_eq!(issuer.refused("join-refused").await, Some(joiner.node()));
    // The right address, another site's key: the connection proves who is there.
    let other = Site::start(config(103)).await;
    let wrong = joiner
        .net
        .join(
            other.node(),
            issuer.net.listen().to_vec(),
            b"please".to_vec(),
        )
        .await;
    assert_eq!(wrong, Err(JoinError::OtherSite));
    // Nobody there.
    let nobody = joiner
        .net
        .join(other.node(), Vec::new(), b"please".to_vec());
    let nobody = nobody.await;
    assert!(
        matches!(nobody, Err(JoinError::Unreachable(_))),
        "{nobody:?}"
    );
}

/// The issuer takes the joiner for a member already and opens a sync stream to it: whichever of the
/// two decides for the pair, the answer comes through.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_that_asks_again_is_answered() {
    for (issuer, joiner) in [(121, 122), (122, 121)] {
        let mut issuer = Site::start(config(issuer)).await;
        let joiner = Site::start(config(joiner)).await;
        issuer.accepts(&[&joiner]);
        for round in 0..3u8 {
            let (net, node) = (joiner.net.clone(), issuer.node());
            let listen = issuer.net.listen().to_vec();
            let asking = tokio::spawn(async move { net.join(node, listen, vec![1]).await });
            let answer = issuer
                .wait("a request", |event| match event {
                    NetEvent::Join { answer, .. } => Some(answer),
                    _ => None,
                })
                .await;
            // Longer than a refused stream takes to come back.
            assert!(issuer.is_steady().await);
            answer.send(vec![round + 1]).expect("the joiner waits");
            assert_eq!(asking.await.expect("no panic"), Ok(vec![round + 1]));
        }
    }
}

/// A guest and a site that carries a space with it, on ports of their own: frames flow, and neither
/// presence nor gossip is heard. Who knocks at the wrong port is not understood there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guests_have_a_plane_of_their_own() {
    let edge = |seed: u8, listen: Vec<SocketAddr>| NetConfig::edge([seed; 32], listen);
    let mut sponsor = Site::start(edge(141, vec![loopback()])).await;
    let mut guest = Site::start(edge(142, Vec::new())).await;
    sponsor.accepts(&[&guest]);
    guest.knows(&[&sponsor]);
    guest.up(sponsor.node()).await;
    sponsor.up(guest.node()).await;
    sponsor
        .net
        .send_presence(guest.node(), 1, b"who is where".to_vec());
    sponsor.net.gossip(b"of the realm".to_vec()).expect("taken");
    sponsor
        .net
        .send(guest.node(), b"an entry".to_vec())
        .expect("linked");
    let first = guest
        .wait("something", |event| match event {
            NetEvent::Frame { bytes, .. } => Some(bytes),
            NetEvent::Presence { .. } | NetEvent::Gossip { .. } => Some(b"overheard".to_vec()),
            _ => None,
        })
        .await;
    assert_eq!(first, b"an entry");
    // The same keys at a port of the core: strangers there, however they knock.
    let core = Site::start(config(143)).await;
    core.accepts(&[&guest]);
    let (net, node) = (guest.net.clone(), core.node());
    let asked = net.join(node, core.net.listen().to_vec(), b"let me in".to_vec());
    assert_eq!(asked.await, Err(JoinError::NoAnswer));
}
