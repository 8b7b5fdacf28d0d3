//! A page with a long history: a site opens it from a snapshot, and nobody can tell.

use serde_json::{Value, json};

use super::client::Person;
use super::realm::Realm;

/// Above what makes a site keep a snapshot (`SNAPSHOT_CHANGES` of the hub), each an entry.
const RENAMES: u32 = 300;

/// The page as people read it.
fn page(person: &Person, space: &str, item: &str) -> (Value, Value) {
    let detail = person.get(&format!("/spaces/{space}/items/{item}")).ok();
    (detail["row"]["title"].clone(), detail["html"].clone())
}

fn rename(person: &Person, space: &str, item: &str, title: &str) {
    let command = json!({
        "feature": "page", "do": "rename", "space": space, "item": item, "title": title
    });
    person.command(command).ok();
}

#[test]
fn a_snapshot_changes_nothing_that_is_read() {
    let mut realm = Realm::found("Nantes");
    let place = realm.place(0);
    let person = place.person();
    let space = person.open_space("Routes", "hidden");
    let made = person.command(json!({
        "feature": "page", "do": "create", "space": space, "title": "Chantier",
        "text": "Chaussée rétrécie jusqu'au 12."
    }));
    let item = made.ok()["item"].as_str().expect("an id").to_owned();
    for number in 1..=RENAMES {
        rename(&person, &space, &item, &format!("Chantier {number}"));
    }
    let written = page(&person, &space, &item);
    assert_eq!(written.0, format!("Chantier {RENAMES}"));
    assert!(
        written
            .1
            .as_str()
            .is_some_and(|html| html.contains("rétrécie"))
    );
    let prints = place.fingerprints();

    // From its entries, which leaves a snapshot; a kill may take the snapshot with it.
    place.stop();
    place.start();
    assert_eq!(page(&person, &space, &item), written);
    place.kill();
    place.start();
    assert_eq!(page(&person, &space, &item), written);
    // A clean stop keeps it: from now on the page is read from it, and from what comes after it.
    place.stop();
    place.start();
    assert_eq!(page(&person, &space, &item), written);
    assert_eq!(place.fingerprints(), prints);
    rename(&person, &space, &item, "Chantier terminé");
    let changed = page(&person, &space, &item);
    assert_eq!(changed, (json!("Chantier terminé"), written.1));
    place.stop();
    place.start();
    assert_eq!(page(&person, &space, &item), changed);
    let prints = place.fingerprints();

    // Without any snapshot it says the same.
    place.stop();
    place.run(&["rebuild"], "").succeeded();
    place.start();
    assert_eq!(page(&person, &space, &item), changed);
    assert_eq!(place.fingerprints(), prints);
    place.stop();
}
