//! Which sites may admit others: the founding one, and those that the recovery key names.

use super::program::until;
use super::realm::{ARRIVAL_TIME_MAX, INVITE, Place, Realm, recovery_words};

/// Names of the other sites that a site knows.
fn neighbours(place: &Place) -> Vec<String> {
    let status = place.admin("/site");
    let sites = status["sites"].as_array().expect("a list");
    let name = |site: &serde_json::Value| site["site"]["name"].as_str().unwrap_or("").to_owned();
    let mut names: Vec<String> = sites.iter().map(name).collect();
    names.sort();
    names
}

#[test]
fn the_recovery_key_lets_another_site_admit_when_the_first_is_lost() {
    let mut realm = Realm::prepare("Nantes");
    let key = recovery_words(&realm.place(0).init().succeeded()).join(" ");
    realm.place(0).start();
    realm.join("Ancenis");

    // Without the right: said at once, with what to do, and no ticket is printed.
    let ancenis = realm.place(1);
    let refused = ancenis.run(&INVITE, "");
    assert!(!refused.out.contains("bocage-"), "{refused:#?}");
    refused.failed(19, &["at Nantes", "bocage admitting add", "recovery key"]);
    let listed = ancenis.run(&["admitting", "list"], "").succeeded();
    assert_eq!(listed, "Nantes\n");

    // Nantes burns down. The key is in the safe.
    realm.place(0).kill();
    let ancenis = realm.place(1);
    let add = ["admitting", "add"];
    ancenis.run(&add, "").failed(2, &["24 words"]);
    let swapped = key.replacen(' ', " abaisser ", 1);
    ancenis.run(&add, &swapped).failed(2, &["24 words"]);
    let folder = realm.folder().to_owned();
    let elsewhere = Place::prepare(&folder, "Rennes");
    let other_key = recovery_words(&elsewhere.init().succeeded()).join("\n");
    let ancenis = realm.place(1);
    ancenis.run(&add, &other_key).failed(19, &["another realm"]);
    ancenis
        .run(&["admitting", "add", "Atlantis"], &key)
        .failed(20, &["no site of this name"]);
    ancenis.run(&INVITE, "").failed(19, &["at Nantes"]);
    let told = ancenis.run(&add, &key).succeeded();
    assert_eq!(told, "Ancenis may admit sites to the realm.\n");
    // A second time changes nothing.
    ancenis.run(&add, &key).succeeded();

    let ticket = ancenis.ticket();
    realm.join_with("Vitre", &ticket);
    until("Vitré to know its neighbours", ARRIVAL_TIME_MAX, || {
        (neighbours(realm.place(2)) == ["Ancenis", "Nantes"]).then_some(())
    });

    // Nantes was only out of reach, and hears of it all.
    realm.place(0).start();
    until("Nantes to know the new site", ARRIVAL_TIME_MAX, || {
        (neighbours(realm.place(0)) == ["Ancenis", "Vitre"]).then_some(())
    });
    realm.place(0).ticket();
    let told = realm.place(2).run(&["admitting", "remove", "nantes"], &key);
    assert_eq!(
        told.succeeded(),
        "Nantes may no longer admit sites to the realm.\n"
    );
    until("Nantes to hear that it may not", ARRIVAL_TIME_MAX, || {
        let ended = realm.place(0).run(&INVITE, "");
        (ended.code == 19 && ended.err.contains("at Ancenis")).then_some(())
    });
    // Whom it admitted stays, itself too.
    for at in 0..3 {
        assert_eq!(neighbours(realm.place(at)).len(), 2, "site {at}");
    }
    realm.place(1).ticket();
}

#[test]
fn a_restore_voids_the_tickets_that_the_backup_holds() {
    let mut realm = Realm::found("Nantes");
    let ticket = realm.ticket();
    realm.place(0).stop();
    let key = realm.place(0).data.join("writer.key");
    std::fs::remove_file(key).expect("a backup has none");
    realm.place(0).start();
    let folder = realm.folder().to_owned();
    let blain = Place::prepare(&folder, "Blain");
    blain
        .run(&["join", &ticket, "--site", "Blain"], "")
        .failed(19, &["unknown or already used"]);
    let ticket = realm.ticket();
    blain
        .run(&["join", &ticket, "--site", "Blain"], "")
        .succeeded();
}
