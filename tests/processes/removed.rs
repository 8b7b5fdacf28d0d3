//! A person is removed while the site where she works hears nothing of it.

use serde_json::{Value, json};

use super::client::Person;
use super::program::until;
use super::realm::{ARRIVAL_TIME_MAX, Realm};

/// Entries of people's spaces that a site holds back, as its status tells.
fn held_back(realm: &mut Realm, at: usize) -> u64 {
    let status = realm.place(at).admin("/site");
    let waiting = status["waiting"].as_array().expect("a list").iter();
    waiting.filter_map(|line| line["items"].as_u64()).sum()
}

fn member_ids(person: &Person, space: &str) -> Vec<String> {
    let answer = person.get(&format!("/spaces/{space}/members")).ok();
    let rows = answer["rows"].as_array().expect("rows").iter();
    rows.map(|row: &Value| row["person"]["id"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn both_sites_hold_back_what_a_removed_person_wrote_on() {
    let mut realm = Realm::found("Nantes");
    realm.join("Ancenis");
    let [nantes, ancenis] = [0, 1].map(|at| realm.place(at).person());
    let yann = realm.place(1).add_person("yann");
    let space = nantes.open_space("Routes", "hidden");
    let channel = nantes.open_channel(&space, "Chantiers");
    nantes.add_member(&space, &ancenis.id, "contributor");
    nantes.add_member(&space, &yann.id, "contributor");
    until("the channel at the other site", ARRIVAL_TIME_MAX, || {
        (yann.say(&space, &channel, "Avant").status == 200).then_some(())
    });
    assert_eq!(nantes.sees(&space, &channel, 1), ["Avant"]);
    nantes.kept_everywhere(&space, &channel);
    yann.kept_everywhere(&space, &channel);

    // Removed at one site; the other is cut off, and he writes on there.
    realm.place(1).kill();
    let remove = json!({
        "feature": "space", "do": "removeMember", "space": space, "person": yann.id
    });
    nantes.command(remove).ok();
    realm.place(0).kill();
    realm.place(1).start();
    yann.say(&space, &channel, "Trop tard").ok();
    ancenis.say(&space, &channel, "À temps").ok();
    let texts = ancenis.texts(&space, &channel);
    assert_eq!(texts, ["Avant", "Trop tard", "À temps"]);

    realm.place(0).start();
    until("the removal at the other site", ARRIVAL_TIME_MAX, || {
        (!member_ids(&ancenis, &space).contains(&yann.id)).then_some(())
    });
    // By then everything of that log has come, the held message with it.
    nantes.sees(&space, &channel, 2);
    realm.equal(&space);
    for person in [&nantes, &ancenis] {
        assert_eq!(person.texts(&space, &channel), ["Avant", "À temps"]);
        assert!(!member_ids(person, &space).contains(&yann.id));
    }
    // Held, not gone: both sites have it on their disks.
    assert_eq!([0, 1].map(|at| held_back(&mut realm, at)), [1, 1]);
    let refused = yann.say(&space, &channel, "Encore");
    assert_eq!(refused.refusal(), (404, "not-found"));

    // The same after both begin anew.
    for at in [0, 1] {
        realm.place(at).stop();
        realm.place(at).start();
    }
    realm.equal(&space);
    assert_eq!(ancenis.texts(&space, &channel), ["Avant", "À temps"]);
    assert_eq!([0, 1].map(|at| held_back(&mut realm, at)), [1, 1]);
}
