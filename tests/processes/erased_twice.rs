//! A deleted account of which two sites erase the card, each before it heard of the other: they
//! acted by themselves, and nobody confirmed anything.

use serde_json::Value;

use super::client::PASSWORD;
use super::program::until;
use super::realm::{ARRIVAL_TIME_MAX, Realm, recovery_words};

/// Of 72 hours, or of 24 once somebody confirms.
const LONG_MS: u64 = 71 * 3_600_000;

/// The erasures of cards that a site knows.
fn erasures(realm: &mut Realm, at: usize, count: usize) -> Vec<Value> {
    let person = realm.place(at).person();
    until(&format!("{count} erasures"), ARRIVAL_TIME_MAX, || {
        let shown = person.get("/site/erasures");
        let rows = shown.body["rows"].as_array()?.clone();
        (shown.status == 200 && rows.len() == count).then_some(rows)
    })
}

#[test]
fn sites_that_erase_a_card_by_themselves_do_not_confirm_each_other() {
    let mut realm = Realm::prepare("Nantes");
    let key = recovery_words(&realm.place(0).init().succeeded()).join(" ");
    realm.place(0).start();
    realm.join("Ancenis");
    realm.join("Blain");
    // Who reads the list at Blain.
    until("the right to look after sites", ARRIVAL_TIME_MAX, || {
        let words = ["person", "grant", "blain", "--technician"];
        (realm.place(0).run(&words, "").code == 0).then_some(())
    });
    let blain = realm.place(2).person();
    until("the right at Blain", ARRIVAL_TIME_MAX, || {
        blain.may("technician").then_some(())
    });
    let her = realm.place(1).add_person("awa");
    for at in [0, 2] {
        let reader = realm.place(at).person();
        until("her card to be there", ARRIVAL_TIME_MAX, || {
            let found = reader.get("/people?q=awa").ok();
            (found["rows"].as_array()?.len() == 1).then_some(())
        });
    }

    // Blain hears that she deleted her account, and has no registrar yet.
    realm.place(0).stop();
    let word = serde_json::json!({ "password": PASSWORD });
    assert_eq!(her.post("/me/deletion", &word).status, 204);
    until("Blain to hear it", ARRIVAL_TIME_MAX, || {
        let found = blain.get("/people?q=awa").ok();
        found["rows"].as_array()?.is_empty().then_some(())
    });
    realm.place(2).stop();
    realm.place(0).start();
    erasures(&mut realm, 0, 1);
    realm.place(0).stop();
    realm.place(1).stop();
    // Now it has one, and erases alone.
    realm.place(2).start();
    realm
        .place(2)
        .run(&["registrar", "add", "blain"], &key)
        .succeeded();
    erasures(&mut realm, 2, 1);

    realm.place(1).start();
    realm.place(0).start();
    for at in [0, 2] {
        let rows = erasures(&mut realm, at, 2);
        assert_eq!(rows[0]["items"], rows[1]["items"]);
        assert_ne!(rows[0]["by"]["id"], rows[1]["by"]["id"]);
        for row in rows {
            assert_eq!(row["confirmed"], false, "{row}");
            let due = row["dueMs"].as_u64().expect("it waits");
            let said = row["atMs"].as_u64().expect("when");
            assert!(due >= said + LONG_MS, "{row}");
        }
    }
}
