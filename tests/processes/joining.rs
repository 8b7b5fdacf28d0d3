//! Joining when the line or the issuer does not behave: the answer is lost, the person types the
//! command again, somebody else tries the same ticket.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bocage_crdt::ids::WriterKey;
use bocage_node::net::{self, NetConfig, NetEvent, NetHandle};
use bocage_protocol::certificate::NodeCertificate;
use bocage_protocol::ticket::{RedeemAnswer, RedeemRequest, Refusal, Ticket};
use ed25519_dalek::SigningKey;
use tokio::sync::mpsc;

use super::program::{COMMAND_TIME_MAX, Process, until};
use super::realm::{ARRIVAL_TIME_MAX, Place, Realm, ticket_in};

/// Longer than the test needs to see that a site was admitted, and short beside the handshake's
/// patience: the answer is on the line meanwhile.
const DELAY: Duration = Duration::from_millis(600);
/// One attempt at joining, with a handshake before it.
const ATTEMPT_TIME_MAX: Duration = Duration::from_secs(20);

/// A line over TCP on which the site's words take their time, and can be lost.
struct SlowLine {
    address: SocketAddr,
    loses: Arc<AtomicBool>,
}

impl SlowLine {
    fn to(site: u16) -> Self {
        let front = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let line = Self {
            address: front.local_addr().expect("a bound address"),
            loses: Arc::default(),
        };
        let loses = line.loses.clone();
        std::thread::spawn(move || {
            while let Ok((near, _)) = front.accept() {
                let Ok(far) = TcpStream::connect((Ipv4Addr::LOCALHOST, site)) else {
                    continue;
                };
                let pair = [&near, &far, &far, &near].map(|one| one.try_clone().expect("a socket"));
                let [near_in, far_out, far_in, near_out] = pair;
                let loses = loses.clone();
                std::thread::spawn(move || pass(near_in, far_out, || true));
                std::thread::spawn(move || {
                    pass(far_in, near_out, || {
                        std::thread::sleep(DELAY);
                        !loses.load(Ordering::SeqCst)
                    });
                });
            }
        });
        line
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, arrives: impl Fn() -> bool) {
    let mut buffer = [0; 16 << 10];
    while let Ok(length @ 1..) = from.read(&mut buffer)
        && arrives()
        && to.write_all(&buffer[..length]).is_ok()
    {}
    for end in [from, to] {
        // An error means that it is gone already.
        let _ = end.shutdown(std::net::Shutdown::Both);
    }
}

/// A realm, a ticket that leads over a slow line, and the line.
fn realm_behind_a_slow_line() -> (Realm, String, SlowLine) {
    let mut realm = Realm::found("Nantes");
    let line = SlowLine::to(realm.place(0).line);
    let address = line.address.to_string();
    let invite = ["invite", "--no-wait", "--no-qr", "--address", &address];
    let ticket = ticket_in(&realm.place(0).run(&invite, "").succeeded());
    (realm, ticket, line)
}

/// Waits until the first site counts so many others.
fn admitted(realm: &mut Realm, count: usize) {
    let nantes = realm.place(0).person();
    until("a site to be admitted", ATTEMPT_TIME_MAX, || {
        let sites = nantes.get("/site").ok()["sites"].take();
        (sites.as_array().map(Vec::len) == Some(count)).then_some(())
    });
}

#[test]
fn a_join_whose_answer_is_lost_asks_again() {
    let (mut realm, ticket, line) = realm_behind_a_slow_line();
    let mut ancenis = Place::prepare(realm.folder(), "Ancenis");
    let joining = Process::start(&ancenis.data, &["join", &ticket, "--site", "Ancenis"], &[]);
    admitted(&mut realm, 1);
    line.loses.store(true, Ordering::SeqCst);
    until("the loss to be noticed", ATTEMPT_TIME_MAX, || {
        joining.err().contains("trying again").then_some(())
    });
    line.loses.store(false, Ordering::SeqCst);
    let told = joining.ended(COMMAND_TIME_MAX).succeeded();
    assert!(told.contains("is now a site of Loire"), "{told}");
    ancenis.start();
    linked_once(&mut realm);
    ancenis.stop();
}

#[test]
fn a_join_that_was_cut_short_goes_on_with_the_same_keys() {
    let (mut realm, ticket, _line) = realm_behind_a_slow_line();
    let mut ancenis = Place::prepare(realm.folder(), "Ancenis");
    let join = ["join", &ticket, "--site", "Ancenis"];
    let mut joining = Process::start(&ancenis.data, &join, &[]);
    admitted(&mut realm, 1);
    joining.kill();
    // Half joined is no site: nothing else may be done with it.
    ancenis.run(&["run"], "").failed(10, &["has not ended"]);
    ancenis.init().failed(10, &["has not ended"]);

    // Somebody else with the same ticket is refused, and may begin anew with another one.
    let mut blain = Place::prepare(realm.folder(), "Blain");
    let other = ["join", &ticket, "--site", "Blain"];
    blain.run(&other, "").failed(19, &["already used"]);
    blain.run(&["run"], "").failed(10, &["no site"]);

    ancenis.run(&join, "").succeeded();
    ancenis.run(&join, "").failed(10, &["already"]);
    ancenis.start();
    linked_once(&mut realm);
    let ticket = realm.ticket();
    let join = ["join", &ticket, "--site", "Blain"];
    blain.run(&join, "").succeeded();
    blain.start();
    admitted(&mut realm, 2);
}

/// The one other site is linked, and there is no second one.
fn linked_once(realm: &mut Realm) {
    until("the link", ARRIVAL_TIME_MAX, || {
        let sites = realm.place(0).status()["sites"].take();
        assert_eq!(sites.as_array().map(Vec::len), Some(1), "{sites}");
        (sites[0]["linked"] == true).then_some(())
    });
}

/// A site of which only the network is real.
struct Bare {
    net: NetHandle,
    events: mpsc::Receiver<NetEvent>,
    certificate: NodeCertificate,
}

impl Bare {
    async fn start(seed: u8) -> Self {
        let (node, writer) = ([seed; 32], SigningKey::from_bytes(&[seed + 1; 32]));
        let writer = WriterKey(writer.verifying_key().to_bytes());
        let certificate = NodeCertificate::sign(&SigningKey::from_bytes(&node), vec![writer]);
        let (sender, events) = mpsc::channel(1_024);
        let listen = vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))];
        let net = net::start(NetConfig::new(node, listen), sender).await;
        Self {
            net: net.expect("a free port"),
            events,
            certificate,
        }
    }

    async fn ask(&self, ticket: &Ticket, name: &str) -> RedeemAnswer {
        let request = RedeemRequest::new(ticket, self.certificate.clone(), name.into(), Vec::new());
        let addresses = net::resolve(&ticket.addresses).await;
        let answer = self
            .net
            .join(ticket.issuer, addresses, request.to_bytes())
            .await;
        RedeemAnswer::from_bytes(&answer.expect("an answer")).expect("a sound one")
    }
}

#[test]
fn a_ticket_admits_one_site_however_often_it_asks() {
    let mut realm = Realm::found("Nantes");
    let ticket = Ticket::from_str(&realm.ticket()).expect("a ticket");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let (joiner, other) = (Bare::start(150).await, Bare::start(160).await);
        let first = joiner.ask(&ticket, "Ancenis").await;
        assert!(matches!(first, RedeemAnswer::Admitted(_)), "{first:?}");
        assert_eq!(joiner.ask(&ticket, "Ancenis").await, first);
        let unknown = RedeemAnswer::Refused(Refusal::Unknown);
        assert_eq!(other.ask(&ticket, "Blain").await, unknown);
        assert_eq!(joiner.ask(&ticket, "Ancenis").await, first);
    });
    admitted(&mut realm, 1);
    let refused = realm.place(0).admin("/admin/counters")["refused"].take();
    assert_eq!(refused["ticket-refused"], 1, "{refused}");
}

/// What a site turns away is counted once, under one name, wherever it is told.
#[test]
fn a_refusal_is_counted_once() {
    let mut realm = Realm::found("Nantes");
    let nantes = realm.place(0);
    let mut stranger = TcpStream::connect((Ipv4Addr::LOCALHOST, nantes.line)).expect("it listens");
    stranger.write_all(b"GET / HTTP/1.0\r\n\r\n").expect("room");
    let handshakes = |nantes: &Place| {
        let refused = nantes.status()["refused"].take();
        let lines = refused.as_array().expect("a list").clone();
        let about = |line: &serde_json::Value| line.to_string().contains("handshake-failed");
        lines.into_iter().filter(about).collect::<Vec<_>>()
    };
    let told = until("the refusal", ARRIVAL_TIME_MAX, || {
        Some(handshakes(nantes)).filter(|told| !told.is_empty())
    });
    let once = serde_json::json!([{ "name": "net-handshake-failed", "count": 1 }]);
    assert_eq!(serde_json::Value::Array(told), once);

    // A site of the realm that sends bytes which are no frame.
    let ticket = Ticket::from_str(&realm.ticket()).expect("a ticket");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut hostile = runtime.block_on(async {
        let hostile = Bare::start(170).await;
        hostile.ask(&ticket, "Ancenis").await;
        let neighbours = vec![(ticket.issuer, ticket.addresses.clone())];
        hostile.net.set_neighbours(neighbours).expect("it is idle");
        hostile
    });
    let up = async {
        while let Some(event) = hostile.events.recv().await {
            if matches!(event, NetEvent::Up { .. }) {
                return;
            }
        }
    };
    let up = runtime.block_on(async { tokio::time::timeout(ARRIVAL_TIME_MAX, up).await });
    up.expect("a link");
    hostile
        .net
        .send(ticket.issuer, vec![1, 3, 0xFF])
        .expect("a link");
    let refused = until("the frame to be refused", ARRIVAL_TIME_MAX, || {
        let refused = realm.place(0).admin("/admin/counters")["refused"].take();
        (!refused["frame-malformed"].is_null()).then_some(refused)
    });
    assert_eq!(refused["frame-malformed"], 1, "{refused}");
    assert_eq!(refused["net-handshake-failed"], 1, "{refused}");
}
