//! A site's machine is lost: taken from the realm and from every space, its people at home elsewhere.

use super::client::{PASSWORD, Person};
use super::program::until;
use super::realm::{ARRIVAL_TIME_MAX, Place, Realm};

fn neighbours(place: &Place) -> Vec<String> {
    let status = place.admin("/site");
    let sites = status["sites"].as_array().expect("a list").iter();
    let name = |site: &serde_json::Value| site["site"]["name"].as_str().unwrap_or("").to_owned();
    let mut names: Vec<String> = sites.map(name).collect();
    names.sort();
    names
}

fn held_back(place: &Place) -> u64 {
    let status = place.admin("/site");
    let waiting = status["waiting"].as_array().expect("a list").iter();
    waiting.filter_map(|line| line["items"].as_u64()).sum()
}

fn signs_in(place: &Place, login: &str, password: &str) -> Person {
    until("a sign-in", ARRIVAL_TIME_MAX, || {
        Person::sign_in(place.web, login, password).ok()
    })
}

#[test]
fn what_a_stolen_site_writes_is_held_and_its_people_write_on_elsewhere() {
    let mut realm = Realm::found("Nantes");
    realm.join("Ancenis");
    realm.join("Blain");
    let [marie, _, blain] = [0, 1, 2].map(|at| realm.place(at).person());
    let lena = realm.place(1).add_person("lena");
    let space = marie.open_space("Routes", "hidden");
    let channel = marie.open_channel(&space, "Chantiers");
    marie.add_member(&space, &lena.id, "contributor");
    marie.add_member(&space, &blain.id, "contributor");
    until("the space at her site", ARRIVAL_TIME_MAX, || {
        (lena.say(&space, &channel, "Avant").status == 200).then_some(())
    });
    marie.sees(&space, &channel, 1);
    blain.sees(&space, &channel, 1);
    marie.kept_everywhere(&space, &channel);
    lena.kept_everywhere(&space, &channel);
    let visiting = signs_in(realm.place(0), "lena", PASSWORD);

    // Stolen while Blain is out of reach. Only a site that may admit takes another out.
    realm.place(2).kill();
    realm.place(1).kill();
    let own = ["site", "remove", "Nantes"];
    realm.place(0).run(&own, "").failed(19, &["another one"]);
    let told = realm
        .place(0)
        .run(&["site", "remove", "Ancenis"], "")
        .succeeded();
    assert!(told.contains("no longer a site of the realm"), "{told}");
    assert!(
        told.contains("ancenis, lena") || told.contains("lena, ancenis"),
        "{told}"
    );
    assert_eq!(neighbours(realm.place(0)), ["Blain"]);
    until("the space to follow", ARRIVAL_TIME_MAX, || {
        let said = realm.place(0).process().err();
        said.contains("Ancenis was taken from a space")
            .then_some(())
    });
    marie.say(&space, &channel, "Après").ok();

    // The thief writes in her name, and Blain, which has not heard, takes it.
    realm.place(0).kill();
    realm.place(1).start();
    realm.place(2).start();
    lena.say(&space, &channel, "Volé").ok();
    blain.sees(&space, &channel, 2);

    // It hears: links end, what the thief wrote is held, what she had written counts.
    realm.place(0).start();
    until("Blain to end its link", ARRIVAL_TIME_MAX, || {
        (neighbours(realm.place(2)) == ["Nantes"]).then_some(())
    });
    for person in [&marie, &blain] {
        person.shows(&space, &channel, &["Avant", "Après"]);
    }
    for at in [0, 2] {
        until("the held message", ARRIVAL_TIME_MAX, || {
            (held_back(realm.place(at)) >= 1).then_some(())
        });
    }
    realm
        .place(2)
        .run(&["site", "remove", "Nantes"], "")
        .failed(19, &["may not"]);

    // Its people get another home: who had been there goes on, the other needs a password.
    let rehome = ["person", "rehome", "--all-of", "Ancenis", "--to", "Nantes"];
    realm
        .place(2)
        .run(&rehome, "")
        .failed(19, &["no registrar"]);
    let told = realm.place(0).run(&rehome, "").succeeded();
    assert!(
        told.starts_with("At home at Nantes from now on, by Nantes: "),
        "{told}"
    );
    let told = realm.place(0).run(&rehome, "").succeeded();
    assert_eq!(told, "Nothing to do: it is so already.\n");
    visiting.say(&space, &channel, "De Nantes").ok();
    blain.shows(&space, &channel, &["Avant", "Après", "De Nantes"]);
    signs_in(realm.place(0), "lena", PASSWORD);
    let found = marie.get("/people?q=lena").ok();
    assert_eq!(found["rows"][0]["site"], "Nantes", "{found}");
    let web = realm.place(0).web;
    assert!(Person::sign_in(web, "ancenis", PASSWORD).is_err());
    let told = realm
        .place(0)
        .run(&["person", "reset", "ancenis"], "")
        .succeeded();
    let fresh = told.split_whitespace().nth(3).expect("a password");
    signs_in(realm.place(0), "ancenis", fresh);

    // All the same after both begin anew.
    for at in [0, 2] {
        realm.place(at).stop();
        realm.place(at).start();
    }
    for person in [&marie, &blain] {
        person.shows(&space, &channel, &["Avant", "Après", "De Nantes"]);
    }
    assert_eq!(neighbours(realm.place(0)), ["Blain"]);
    signs_in(realm.place(0), "lena", PASSWORD);
    signs_in(realm.place(2), "lena", PASSWORD);
}
