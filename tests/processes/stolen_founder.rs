//! A lost site that founded spaces: nobody who is left outranks it there, so a registrar's order takes it
//! out, and a deputy manages where all managers were at home there.

use serde_json::json;

use super::program::until;
use super::realm::{ARRIVAL_TIME_MAX, Realm, recovery_words};

fn unfollowed(realm: &mut Realm, at: usize, spaces: &[&str]) {
    until(
        &format!("{spaces:?} to follow no more or less"),
        ARRIVAL_TIME_MAX,
        || {
            let status = realm.place(at).admin("/site");
            let mut told: Vec<String> =
                serde_json::from_value(status["unfollowed"].clone()).ok()?;
            told.sort();
            (told == spaces).then_some(())
        },
    );
}

#[test]
fn a_site_that_founded_spaces_is_taken_out_of_them_by_a_registrars_order() {
    let mut realm = Realm::prepare("Nantes");
    let key = recovery_words(&realm.place(0).init().succeeded()).join(" ");
    realm.place(0).start();
    realm.join("Ancenis");
    realm.join("Blain");
    let [nantes, lena, blain] = [0, 1, 2].map(|at| realm.place(at).person());
    // Founded at the office that will be stolen; one space is carried by Blain alone beside it.
    let routes = lena.open_space("Routes", "hidden");
    let ponts = lena.open_space("Ponts", "hidden");
    let channels = [&routes, &ponts].map(|space| lena.open_channel(space, "Chantiers"));
    lena.add_member(&routes, &nantes.id, "contributor");
    for space in [&routes, &ponts] {
        lena.add_member(space, &blain.id, "contributor");
    }
    lena.say(&routes, &channels[0], "Avant").ok();
    lena.say(&ponts, &channels[1], "Avant").ok();
    nantes.sees(&routes, &channels[0], 1);
    for (space, channel) in [(&routes, &channels[0]), (&ponts, &channels[1])] {
        blain.sees(space, channel, 1);
        lena.kept_everywhere(space, channel);
    }

    // Stolen, and taken from the realm by the recovery key, where no registrar is at home: the spaces
    // have nobody left who may do the same.
    realm.place(1).kill();
    let remove = ["site", "remove", "Ancenis", "--recovery-key"];
    realm.place(2).run(&remove, &key).succeeded();
    unfollowed(&mut realm, 0, &["Routes"]);
    unfollowed(&mut realm, 2, &["Ponts", "Routes"]);

    // A registrar orders it, at her site: every site carries that, also where she is not.
    let order = ["site", "remove", "Ancenis", "--by"];
    realm
        .place(2)
        .run(&[&order[..], &["blain"]].concat(), "")
        .failed(19, &["no registrar"]);
    let order = [&order[..], &["nantes"]].concat();
    realm.place(0).run(&order, "").succeeded();
    unfollowed(&mut realm, 0, &[]);
    unfollowed(&mut realm, 2, &[]);
    for at in [0, 2] {
        until("the site to be out of the space", ARRIVAL_TIME_MAX, || {
            let sites = realm.place(at).admin("/site");
            (sites["sites"].as_array()?.len() == 1).then_some(())
        });
    }

    // Its only manager was at home there, and manages nowhere now: that is said, and a deputy named.
    let rehome = ["person", "rehome", "ancenis", "--to", "Nantes"];
    realm.place(0).run(&rehome, "").succeeded();
    until("the alarm", ARRIVAL_TIME_MAX, || {
        let status = realm.place(0).admin("/site");
        (status["withoutManager"] == json!(["Routes"])).then_some(())
    });
    let told = realm
        .place(0)
        .run(&["person", "reset", "ancenis"], "")
        .succeeded();
    let fresh = told
        .split_whitespace()
        .nth(3)
        .expect("a password")
        .to_owned();
    let web = realm.place(0).web;
    let lena = super::client::Person::sign_in(web, "ancenis", &fresh).expect("her new home");
    let yann = realm.place(0).add_person("yann");
    let invite = || {
        lena.command(json!({
            "feature": "space", "do": "addMember", "space": routes, "person": yann.id,
            "role": "contributor"
        }))
    };
    assert_eq!(invite().status, 403, "she manages nothing from here");
    let deputise = ["space", "deputise", "Routes", "ancenis"];
    realm.place(0).run(&deputise, "").succeeded();
    until("a space with a manager", ARRIVAL_TIME_MAX, || {
        let status = realm.place(0).admin("/site");
        (status["withoutManager"] == json!([])).then_some(())
    });
    assert_eq!(invite().status, 200);
    yann.say(&routes, &channels[0], "De nouveau à plusieurs")
        .ok();
    blain.sees(&routes, &channels[0], 2);

    // It stays so: after a start, and although the stolen site comes back and knows of nothing.
    for at in [0, 2] {
        realm.place(at).stop();
    }
    for at in [1, 0, 2] {
        realm.place(at).start();
    }
    // Blain alone carries the other one, of which nobody there can say that she lives elsewhere now.
    for (at, spaces) in [(0, &[][..]), (2, &["Ponts"])] {
        unfollowed(&mut realm, at, spaces);
        let status = realm.place(at).admin("/site");
        let names = status["sites"].as_array().expect("a list").iter();
        let names: Vec<_> = names.map(|site| &site["site"]["name"]).collect();
        assert!(!names.iter().any(|name| **name == "Ancenis"), "{status}");
    }
    blain.say(&routes, &channels[0], "Toujours là").ok();
    nantes.sees(&routes, &channels[0], 3);
}

/// Recovery keys may have been changed since the registrar was named: she was named again under the new
/// ones, which are all that a later space knows.
#[test]
fn spaces_of_newer_recovery_keys_know_the_registrars_named_before() {
    let mut realm = Realm::prepare("Nantes");
    let key = recovery_words(&realm.place(0).init().succeeded()).join(" ");
    realm.place(0).start();
    realm.join("Ancenis");
    realm.join("Blain");
    let [_, lena, blain] = [0, 1, 2].map(|at| realm.place(at).person());
    let share = ["recovery", "share", "--keys", "3", "--threshold", "2"];
    realm.place(0).run(&share, &key).succeeded();
    for at in 0..3 {
        until("the new keys", ARRIVAL_TIME_MAX, || {
            let status = realm.place(at).admin("/site");
            let renewed = status["registrars"][0]["renew"] == false;
            (status["recovery"]["version"] == 2 && renewed).then_some(())
        });
    }
    let space = lena.open_space("Neuf", "hidden");
    let channel = lena.open_channel(&space, "Chantiers");
    lena.add_member(&space, &blain.id, "contributor");
    lena.say(&space, &channel, "Avant").ok();
    blain.sees(&space, &channel, 1);
    lena.kept_everywhere(&space, &channel);

    realm.place(1).kill();
    realm
        .place(0)
        .run(&["site", "remove", "Ancenis"], "")
        .succeeded();
    until("the space to follow at Blain", ARRIVAL_TIME_MAX, || {
        let said = realm.place(2).process().err();
        said.contains("Ancenis was taken from a space")
            .then_some(())
    });
    unfollowed(&mut realm, 2, &[]);
    let end = ["person", "end", "ancenis"];
    realm.place(0).run(&end, "").succeeded();
    until("her to be out of it", ARRIVAL_TIME_MAX, || {
        let members = blain.get(&format!("/spaces/{space}/members")).ok();
        let rows = members["rows"].as_array()?.clone();
        (rows.len() == 1).then_some(())
    });
}
