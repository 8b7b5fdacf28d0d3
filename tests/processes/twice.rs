//! A site's data directory is copied, and both run: one key, two machines. The sites around notice, keep
//! to the one that started first, and take in what both wrote once each has run alone.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use super::client::{PASSWORD, Person, text_of};
use super::damage::copy_all;
use super::program::until;
use super::realm::{ARRIVAL_TIME_MAX, Place, Realm};

/// Several turns of the copies' links, each of some seconds; and as long as an ended copy is remembered.
const TURNS_TIME_MAX: Duration = Duration::from_secs(120);

fn copies(place: &Place) -> Vec<Value> {
    let status = place.admin("/site");
    let lines = status["twice"].as_array().expect("a list").clone();
    let named = |line: &Value| line["site"]["name"] == "Ancenis";
    let line = lines.into_iter().find(named).unwrap_or_default();
    line["runs"].as_array().cloned().unwrap_or_default()
}

fn runs(place: &Place, expected: usize) {
    let what = format!("{expected} copies as seen by {}", place.name);
    until(&what, TURNS_TIME_MAX, || {
        (copies(place).len() == expected).then_some(())
    });
}

fn linked(place: &Place) -> Vec<String> {
    let status = place.admin("/site");
    let sites = status["sites"].as_array().expect("a list").iter();
    let sites = sites.filter(|site| site["connected"] == true);
    let names = sites.map(|site| site["site"]["name"].as_str().unwrap_or("").to_owned());
    names.collect()
}

fn times_replaced(place: &Place) -> usize {
    let said = place.process().err();
    said.matches("Ancenis is gone: replaced by a newer connection")
        .count()
}

fn all_see(people: &[&Person], space: &str, channel: &str, texts: &[&str]) {
    let wanted: BTreeSet<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    for person in people {
        until(&format!("{texts:?}"), TURNS_TIME_MAX, || {
            let path = format!("/spaces/{space}/channels/{channel}/messages?limit=200");
            let answer = person.get(&path);
            let rows = answer.body["rows"].as_array()?;
            let seen: BTreeSet<String> = rows.iter().map(text_of).collect();
            (rows.len() == texts.len() && seen == wanted).then_some(())
        });
    }
}

#[test]
fn a_copied_site_beside_the_original_is_named_everywhere_and_both_are_kept() {
    let mut realm = Realm::found("Nantes");
    realm.join("Ancenis");
    realm.join("Vitre");
    let [marie, ancenis, vitre] = [0, 1, 2].map(|at| realm.place(at).person());
    let space = marie.open_space("Routes", "hidden");
    let channel = marie.open_channel(&space, "Chantiers");
    for other in [&ancenis, &vitre] {
        marie.add_member(&space, &other.id, "contributor");
    }
    marie.say(&space, &channel, "Avant").ok();
    all_see(&[&ancenis, &vitre], &space, &channel, &["Avant"]);

    // The disk is copied, and later both run.
    realm.place(1).stop();
    let mut copy = Place::prepare(realm.folder(), "Double");
    let settings = std::fs::read(copy.data.join("bocage.toml")).expect("just written");
    copy_all(&realm.place(1).data, &copy.data);
    std::fs::write(copy.data.join("bocage.toml"), settings).expect("ours");
    realm.place(1).start();
    until("the original to be linked", ARRIVAL_TIME_MAX, || {
        (linked(realm.place(1)).len() == 2).then_some(())
    });
    for at in 0..3 {
        assert_eq!(
            copies(realm.place(at)).len(),
            0,
            "a site that began anew runs once"
        );
    }
    copy.start();

    // Named at both copies and at every site that they reach; links are kept with the original.
    for at in 0..3 {
        runs(realm.place(at), 2);
        let told = copies(realm.place(at));
        assert_eq!(told[0]["kept"], true, "{told:?}");
        assert_eq!(told[1]["kept"], false, "{told:?}");
        // A copy does not see its own address unless another tells it.
        let seen = told.iter().filter(|run| run["address"].is_string()).count();
        assert!(seen >= 1, "{told:?}");
    }
    runs(&copy, 2);
    let told = realm.place(2).run(&["status"], "").succeeded();
    assert!(told.contains("Ancenis runs twice: at 127.0.0.1:"), "{told}");
    until("the original to be linked", TURNS_TIME_MAX, || {
        (linked(realm.place(1)).len() == 2 && linked(&copy).is_empty()).then_some(())
    });

    // It goes on undisturbed, while the copy writes for itself.
    let before = [0, 2].map(|at| times_replaced(realm.place(at)));
    let at_copy = Person::sign_in(copy.web, "ancenis", PASSWORD).expect("the copied account");
    let ancenis = realm.place(1).person();
    for number in 0..3 {
        let text = format!("L'original {number}");
        ancenis.say(&space, &channel, &text).ok();
        at_copy
            .say(&space, &channel, &format!("La copie {number}"))
            .ok();
        until("the original's message", ARRIVAL_TIME_MAX, || {
            marie.texts(&space, &channel).contains(&text).then_some(())
        });
    }
    let texts = ["Avant", "L'original 0", "L'original 1", "L'original 2"];
    all_see(&[&marie, &vitre], &space, &channel, &texts);
    let after = [0, 2].map(|at| times_replaced(realm.place(at)));
    assert_eq!(before, after, "the copies take turns");

    // Begun anew, the copy still says it.
    copy.stop();
    copy.start();
    runs(&copy, 2);

    // The original stops: the copy hands over what it wrote, and all of it counts.
    realm.place(1).stop();
    let all = [&texts[..], &["La copie 0", "La copie 1", "La copie 2"]].concat();
    let at_copy = Person::sign_in(copy.web, "ancenis", PASSWORD).expect("the copied account");
    all_see(&[&marie, &vitre, &at_copy], &space, &channel, &all);
    for place in [0, 2] {
        runs(realm.place(place), 0);
    }
    runs(&copy, 0);
    for at in [0, 2] {
        until("both histories to count", ARRIVAL_TIME_MAX, || {
            let status = realm.place(at).admin("/site");
            let forks = status["forks"].as_array().expect("a list").clone();
            forks.iter().all(|fork| fork["held"] == false).then_some(())
        });
    }

    // And the other way round, for good.
    copy.stop();
    realm.place(1).start();
    let ancenis = realm.place(1).person();
    ancenis.say(&space, &channel, "Une seule").ok();
    let all = [&all[..], &["Une seule"]].concat();
    all_see(&[&marie, &vitre, &ancenis], &space, &channel, &all);
    realm.equal(&space);
    for at in 0..3 {
        runs(realm.place(at), 0);
    }
}
