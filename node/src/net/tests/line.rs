//! What the line does to a link: delays that must not be there, and cuts that must be noticed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::net::UdpSocket;

use super::*;

/// Nagle's algorithm with delayed acknowledgements costs 40 ms, a polling timer 10 ms or more.
const NO_TIMER: Duration = Duration::from_millis(8);

/// A UDP forwarder on the loopback interface that can be cut and mended.
struct Line {
    address: SocketAddr,
    whole: Arc<AtomicBool>,
}

impl Line {
    async fn to(target: SocketAddr) -> Self {
        let front = Arc::new(UdpSocket::bind(loopback()).await.expect("a port"));
        let line = Self {
            address: front.local_addr().expect("a bound socket"),
            whole: Arc::new(AtomicBool::new(true)),
        };
        let whole = line.whole.clone();
        tokio::spawn(async move {
            let mut backs: BTreeMap<SocketAddr, Arc<UdpSocket>> = BTreeMap::new();
            let mut packet = vec![0; 65_536];
            loop {
                let Ok((length, client)) = front.recv_from(&mut packet).await else {
                    continue;
                };
                let back = match backs.get(&client) {
                    Some(back) => back.clone(),
                    None => {
                        let back = Arc::new(UdpSocket::bind(loopback()).await.expect("a port"));
                        back.connect(target).await.expect("a local address");
                        tokio::spawn(Self::return_packets(
                            back.clone(),
                            front.clone(),
                            client,
                            whole.clone(),
                        ));
                        backs.insert(client, back.clone());
                        back
                    }
                };
                if whole.load(Ordering::SeqCst) {
                    // A refused packet is a lost packet, as on any line.
                    let _ = back.send(&packet[..length]).await;
                }
            }
        });
        line
    }

    async fn return_packets(
        back: Arc<UdpSocket>,
        front: Arc<UdpSocket>,
        client: SocketAddr,
        whole: Arc<AtomicBool>,
    ) {
        let mut packet = vec![0; 65_536];
        loop {
            let Ok(length) = back.recv(&mut packet).await else {
                continue;
            };
            if whole.load(Ordering::SeqCst) {
                let _ = front.send_to(&packet[..length], client).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frame_waits_for_no_timer() {
    for (quic, seed) in [(true, 181), (false, 183)] {
        let mut settings = config(seed);
        settings.quic = quic;
        let mut one = Site::start(settings).await;
        let mut two = Site::start(config(seed + 1)).await;
        one.accepts(&[&two]);
        two.knows(&[&one]);
        one.up(two.node()).await;
        two.up(one.node()).await;
        let mut times = Vec::new();
        for number in 0..200u8 {
            let begun = Instant::now();
            one.net.send(two.node(), vec![number; 300]).expect("room");
            let frame = two.frames(one.node(), 1).await.remove(0);
            two.net.send(one.node(), frame).expect("room");
            assert_eq!(one.frames(two.node(), 1).await, [[number; 300]]);
            times.push(begun.elapsed());
        }
        times.sort_unstable();
        // The median: a busy machine delays some, a timer would delay all.
        let median = times[times.len() / 2];
        assert!(median < NO_TIMER, "quic {quic}: {median:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_line_is_noticed_and_used_again_when_it_returns() {
    // Either site may be the one that decides for the pair.
    for (one, two) in [(191, 192), (192, 191)] {
        let quic_only = |seed| {
            let mut settings = config(seed);
            settings.tcp = false;
            settings
        };
        let mut one = Site::start(quic_only(one)).await;
        let mut two = Site::start(quic_only(two)).await;
        let line = Line::to(one.net.listen()[0]).await;
        one.accepts(&[&two]);
        two.net
            .set_neighbours(vec![(one.node(), written(&[line.address]))])
            .expect("an idle driver");
        one.up(two.node()).await;
        two.up(one.node()).await;

        line.whole.store(false, Ordering::SeqCst);
        let cut = Instant::now();
        two.down(one.node()).await;
        one.down(two.node()).await;
        let noticed = cut.elapsed();
        assert!(
            noticed < Duration::from_secs(8),
            "noticed after {noticed:?}"
        );

        line.whole.store(true, Ordering::SeqCst);
        let mended = Instant::now();
        two.up(one.node()).await;
        one.up(two.node()).await;
        // Two seconds by design; the rest is for a busy machine.
        let back = mended.elapsed();
        assert!(back < Duration::from_secs(4), "back after {back:?}");
        one.net.send(two.node(), b"again".to_vec()).expect("room");
        assert_eq!(two.frames(one.node(), 1).await, [b"again"]);
    }
}
