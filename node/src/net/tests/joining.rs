//! Strangers with and without luck.

use super::super::JoinError;
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
