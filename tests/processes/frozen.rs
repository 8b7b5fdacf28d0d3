//! A site that is frozen keeps its sockets and answers nothing: the others say so, and take it back.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::program::until;
use super::realm::{ARRIVAL_TIME_MAX, Place, Realm, ticket_in};

/// Silence on a line is noticed after 5 s over QUIC and 10 s over TCP; the rest is for a busy
/// machine.
const NOTICED_TIME_MAX: Duration = Duration::from_secs(20);

/// A port that leads to a site over TCP; over UDP nothing answers there.
fn tcp_only(site: u16) -> SocketAddr {
    let front = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = front.local_addr().expect("a bound address");
    std::thread::spawn(move || {
        while let Ok((near, _)) = front.accept() {
            let Ok(far) = TcpStream::connect((Ipv4Addr::LOCALHOST, site)) else {
                continue;
            };
            for (mut from, mut to) in [(&near, &far), (&far, &near)]
                .map(|(from, to)| (from.try_clone(), to.try_clone()))
                .map(|(from, to)| (from.expect("a socket"), to.expect("a socket")))
            {
                std::thread::spawn(move || {
                    let mut buffer = [0; 16 << 10];
                    while let Ok(length @ 1..) = from.read(&mut buffer)
                        && to.write_all(&buffer[..length]).is_ok()
                    {}
                    // Its end is told on; an error means that both are gone.
                    let _ = to.shutdown(std::net::Shutdown::Both);
                });
            }
        }
    });
    address
}

/// A realm of two, one of which reaches the other over TCP only.
fn over_tcp() -> Realm {
    let mut realm = Realm::found("Nantes");
    let nantes = tcp_only(realm.place(0).line).to_string();
    let invite = ["invite", "--no-wait", "--no-qr", "--address", &nantes];
    let ticket = ticket_in(&realm.place(0).run(&invite, "").succeeded());
    let ancenis = Place::prepare(realm.folder(), "Ancenis");
    let settings = ancenis.data.join("bocage.toml");
    let announced = tcp_only(ancenis.line);
    let text = std::fs::read_to_string(&settings).expect("ours");
    let text = format!("{text}addresses = [\"{announced}\"]\n");
    std::fs::write(&settings, text).expect("ours");
    realm.join_at(ancenis, &ticket);
    realm
}

fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.expect("a clock after 1970").as_millis() as u64
}

fn linked(place: &Place) -> bool {
    line(place)["linked"] == true
}

fn line(place: &Place) -> Value {
    place.status()["sites"][0].clone()
}

#[test]
fn a_frozen_site_is_not_called_current_and_comes_back() {
    let mut realm = Realm::found("Nantes");
    realm.join("Ancenis");
    freeze_and_thaw(realm, &["quic", "tcp"]);
}

#[test]
fn a_frozen_site_is_noticed_over_tcp_too() {
    freeze_and_thaw(over_tcp(), &["tcp"]);
}

/// `transports`: on a busy machine TCP may answer before QUIC, so a line may be either.
fn freeze_and_thaw(mut realm: Realm, transports: &[&str]) {
    let [nantes, ancenis] = [0, 1].map(|at| realm.place(at).person());
    let space = nantes.open_space("Routes", "hidden");
    let channel = nantes.open_channel(&space, "Chantiers");
    nantes.add_member(&space, &ancenis.id, "contributor");
    nantes.say(&space, &channel, "Avant").ok();
    ancenis.sees(&space, &channel, 1);
    nantes.kept_everywhere(&space, &channel);
    let told = line(realm.place(0));
    let transport = told["transport"].as_str().expect("a line is up");
    assert!(transports.contains(&transport), "{told}");

    let frozen_ms = now_ms();
    realm.place(1).process().freeze();
    nantes.say(&space, &channel, "Pendant").ok();
    // What the status line on every screen is made of.
    until("the link to be called down", NOTICED_TIME_MAX, || {
        let site = nantes.get("/site").ok();
        (site["sites"][0]["connected"] == false).then_some(())
    });
    let told = line(realm.place(0));
    assert_eq!(told["linked"], false, "{told}");
    // Of the time when it was last heard, not when its silence was noticed.
    let heard_ms = told["lastContactMs"].as_u64().expect("it was heard");
    assert!(heard_ms <= frozen_ms + 1_000, "{told}");
    let kept = &nantes.messages(&space, &channel)[1]["kept"];
    assert_ne!(kept["state"], "everywhere", "{kept}");

    realm.place(1).process().thaw();
    until("the link to be back", ARRIVAL_TIME_MAX, || {
        (linked(realm.place(0)) && linked(realm.place(1))).then_some(())
    });
    assert_eq!(ancenis.sees(&space, &channel, 2), ["Avant", "Pendant"]);
    nantes.kept_everywhere(&space, &channel);
}
