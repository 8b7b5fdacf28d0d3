//! Somebody leaves for good: ended once by a registrar, out everywhere, her honest work stays.

use super::client::{PASSWORD, Person};
use super::program::until;
use super::realm::{ARRIVAL_TIME_MAX, Realm};

#[test]
fn a_founder_who_leaves_while_cut_off_is_out_everywhere_and_her_honest_work_stays() {
    let mut realm = Realm::found("Nantes");
    realm.join("Ancenis");
    let marie = realm.place(0).person();
    let lena = realm.place(1).add_person("lena");
    until("her right to open spaces", ARRIVAL_TIME_MAX, || {
        let words = ["person", "grant", "lena", "--opens-spaces"];
        (realm.place(0).run(&words, "").code == 0).then_some(())
    });
    until("the right at her site", ARRIVAL_TIME_MAX, || {
        lena.may("openSpaces").then_some(())
    });
    let space = lena.open_space("Routes", "hidden");
    let channel = lena.open_channel(&space, "Chantiers");
    lena.add_member(&space, &marie.id, "contributor");
    lena.say(&space, &channel, "Avant").ok();
    marie.sees(&space, &channel, 1);
    lena.kept_everywhere(&space, &channel);
    let visiting = until("a sign-in", ARRIVAL_TIME_MAX, || {
        Person::sign_in(realm.place(0).web, "lena", PASSWORD).ok()
    });
    assert_eq!(visiting.texts(&space, &channel), ["Avant"]);

    // Nobody but a registrar at home; and she herself is none.
    let end = ["person", "end", "lena"];
    realm.place(1).run(&end, "").failed(19, &["no registrar"]);
    realm
        .place(0)
        .run(&["person", "end", "nantes"], "")
        .failed(19, &["recovery key"]);

    // She is cut off, and goes on meanwhile. No manager but herself is anywhere.
    realm.place(1).stop();
    let told = realm.place(0).run(&end, "").succeeded();
    assert_eq!(told, "Done, by Nantes.\n");
    let told = realm.place(0).run(&end, "").succeeded();
    assert_eq!(told, "Nothing to do: it is so already.\n");
    until("the space to follow", ARRIVAL_TIME_MAX, || {
        let said = realm.place(0).process().err();
        said.contains("was taken out of a space").then_some(())
    });
    let web = realm.place(0).web;
    assert!(Person::sign_in(web, "lena", PASSWORD).is_err());
    assert_eq!(visiting.get("/me").status, 401);
    assert_eq!(
        marie.get("/people?q=lena").ok()["rows"],
        serde_json::json!([])
    );
    realm.place(0).stop();
    realm.place(1).start();
    let web = realm.place(1).web;
    assert!(
        Person::sign_in(web, "lena", PASSWORD).is_ok(),
        "not heard yet"
    );
    lena.say(&space, &channel, "Pendant").ok();

    realm.place(0).start();
    until("her sessions to end at home", ARRIVAL_TIME_MAX, || {
        (lena.get("/me").status == 401).then_some(())
    });
    assert!(Person::sign_in(web, "lena", PASSWORD).is_err());
    // What she said before stays; what came after the end is held, at both sites.
    for at in 0..2 {
        until("the held message", ARRIVAL_TIME_MAX, || {
            let status = realm.place(at).admin("/site");
            let waiting = status["waiting"].as_array().expect("a list").iter();
            let held: u64 = waiting.filter_map(|line| line["items"].as_u64()).sum();
            (held >= 1).then_some(())
        });
        until("a space without manager", ARRIVAL_TIME_MAX, || {
            let status = realm.place(at).admin("/site");
            (status["withoutManager"] == serde_json::json!(["Routes"])).then_some(())
        });
    }
    marie.shows(&space, &channel, &["Avant"]);

    // The space gets a deputy, by a registrar, once; from then on it has a manager.
    let deputise = ["space", "deputise", "Routes", "nantes"];
    realm
        .place(1)
        .run(&deputise, "")
        .failed(19, &["no registrar", "bocage registrar add"]);
    realm
        .place(0)
        .run(&["space", "deputise", "Quais", "nantes"], "")
        .failed(19, &["carries no space", "bocage registrar add"]);
    let told = realm.place(0).run(&deputise, "").succeeded();
    assert_eq!(told, "Done, by Nantes.\n");
    realm
        .place(0)
        .run(&deputise, "")
        .failed(19, &["somebody manages"]);
    let ancenis = realm.place(1).person();
    until("the deputy at the other site", ARRIVAL_TIME_MAX, || {
        let status = realm.place(1).admin("/site");
        (status["withoutManager"] == serde_json::json!([])).then_some(())
    });
    marie.add_member(&space, &ancenis.id, "contributor");
    ancenis.shows(&space, &channel, &["Avant"]);
    ancenis.say(&space, &channel, "Après").ok();
    marie.shows(&space, &channel, &["Avant", "Après"]);

    // The same after both begin anew.
    for at in 0..2 {
        realm.place(at).stop();
        realm.place(at).start();
    }
    for at in 0..2 {
        assert!(Person::sign_in(realm.place(at).web, "lena", PASSWORD).is_err());
    }
    marie.shows(&space, &channel, &["Avant", "Après"]);
}
