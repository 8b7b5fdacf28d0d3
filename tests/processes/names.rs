//! Sites that find each other by host names, and what the technician is told of the line.

use super::program::until;
use super::realm::{ARRIVAL_TIME_MAX, Place, Realm};

/// Adds where others reach the site to its settings.
fn announce(place: &Place, address: &str) {
    let settings = place.data.join("bocage.toml");
    let text = std::fs::read_to_string(&settings).expect("ours");
    let text = format!("{text}addresses = [\"{address}\"]\n");
    std::fs::write(&settings, text).expect("ours");
}

#[test]
fn a_host_name_leads_to_a_site_for_good() {
    let mut realm = Realm::prepare("Nantes");
    let port = realm.place(0).line;
    announce(realm.place(0), &format!("localhost:{port}"));
    realm.place(0).init().succeeded();
    realm.place(0).start();
    let ancenis = Place::prepare(realm.folder(), "Ancenis");
    // Nobody answers there: only the name of the other site can bring the two together.
    announce(&ancenis, "127.0.0.1:1");
    let ticket = realm.ticket();
    realm.join_at(ancenis, &ticket);
    let line = |realm: &mut Realm| {
        until("the link", ARRIVAL_TIME_MAX, || {
            let mut line = realm.place(1).status()["sites"][0].take();
            let whole = line["linked"] == true && line["roundTripMs"].as_f64() > Some(0.0);
            whole.then(|| line.take())
        })
    };
    let told = line(&mut realm);
    assert_eq!(told["name"], "Nantes");
    assert_eq!(told["missingHere"], 0);
    assert!(
        told["transport"] == "quic" || told["transport"] == "tcp",
        "{told}"
    );
    let address = told["address"].as_str().expect("an address");
    assert!(address.ends_with(&format!(":{port}")), "{told}");

    // By now the realm's own word for the address is known: the name, no number.
    for restarted in [1, 0] {
        realm.place(restarted).stop();
        realm.place(restarted).start();
        line(&mut realm);
    }
}

#[test]
fn entries_are_counted_not_items() {
    let mut realm = Realm::found("Nantes");
    let place = realm.place(0);
    let marie = place.person();
    let lena = place.add_person("lena");
    let space = marie.open_space("Routes", "hidden");
    let channel = marie.open_channel(&space, "Chantiers");
    let counts = |place: &Place| {
        let site = marie.get("/site").ok();
        let told = ["entries", "items"].map(|name| site[name].as_u64().expect("a number"));
        assert_eq!(place.status()["entries"], told[0]);
        told
    };
    let before = counts(place);
    // Rights are entries and no items.
    marie.add_member(&space, &lena.id, "contributor");
    let [entries, items] = counts(place);
    assert_eq!([entries, items], [before[0] + 1, before[1]]);
    for number in 0..3 {
        lena.say(&space, &channel, &format!("Message {number}"))
            .ok();
    }
    assert_eq!(counts(place), [entries + 3, items + 3]);
}
