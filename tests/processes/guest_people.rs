//! People of a partner's own site: who goes signs in no more, and nobody becomes her.

use serde_json::Value;

use super::client::{PASSWORD, Person};
use super::guests::{STAY_MS, guest_site, now_ms, realm_for_guests};
use super::program::until;
use super::realm::{ARRIVAL_TIME_MAX, Place};

const LOGIN: &str = "yves";

fn add(place: &Place, name: &str) -> Person {
    let words = ["person", "add", "--name", name, "--login", LOGIN];
    let words = [&words[..], &["--password-stdin"]].concat();
    place.run(&words, &format!("{PASSWORD}\n")).succeeded();
    place.sign_in(LOGIN)
}

/// The author of a channel's only message.
fn author(person: &Person, space: &str, channel: &str) -> String {
    let rows = person.messages(space, channel);
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows[0]["author"]["name"].as_str().expect("a name").into()
}

/// Whom the partner's site named in a space, as a manager there is told.
fn named(manager: &Person, space: &str, names: &[&str]) {
    until(&format!("{names:?} to be named"), ARRIVAL_TIME_MAX, || {
        let guests = manager.get(&format!("/spaces/{space}/guests")).ok();
        let people = guests["sites"][0]["people"].as_array()?.clone();
        let mut people: Vec<&str> = people.iter().filter_map(Value::as_str).collect();
        people.sort_unstable();
        (people == names).then_some(())
    });
}

#[test]
fn a_partners_site_removes_an_account_and_what_she_wrote_stays() {
    let (mut realm, _) = realm_for_guests();
    let claire = realm.place(0).person();
    let space = claire.open_space("Collège du Don", "hidden");
    let channel = claire.open_channel(&space, "Chantier");
    let ticket = claire.ticket_for_guest(&space, "contributor", now_ms() + STAY_MS);
    let mut morvan = guest_site(&realm, "Morvan");
    morvan.run(&["guest", "accept", &ticket], "").succeeded();
    morvan.start();
    let ana = morvan.person();
    let yves = add(&morvan, "Yves Morvan");
    named(&claire, &space, &["Ana Morvan", "Yves Morvan"]);
    until("the channel at the partner's", ARRIVAL_TIME_MAX, || {
        let path = format!("/spaces/{space}/channels/{channel}/messages");
        (yves.get(&path).status == 200).then_some(())
    });
    yves.say(&space, &channel, "Je commence lundi").ok();
    claire.sees(&space, &channel, 1);

    let end = ["person", "end", LOGIN];
    morvan
        .run(&["person", "end", "personne"], "")
        .failed(20, &["nobody with this login"]);
    morvan
        .run(&[&end[..], &["--by", "morvan"]].concat(), "")
        .failed(19, &["no registrar"]);
    assert_eq!(yves.get("/me").status, 200, "nothing was done yet");
    let told = morvan.run(&end, "").succeeded();
    assert!(told.contains("keep it: Collège du Don."), "{told}");
    assert_eq!(yves.get("/me").status, 401);
    assert!(Person::sign_in(morvan.web, LOGIN, PASSWORD).is_err());
    morvan.run(&end, "").failed(20, &["nobody"]);
    morvan
        .run(&["person", "end", "morvan"], "")
        .failed(19, &["the only one"]);
    for reader in [&ana, &claire] {
        assert_eq!(author(reader, &space, &channel), "Yves Morvan");
    }

    // The login is free, and whoever gets it is somebody else; the same after a start.
    let other = add(&morvan, "Yvette Morvan");
    assert_ne!(other.id, yves.id);
    named(
        &claire,
        &space,
        &["Ana Morvan", "Yves Morvan", "Yvette Morvan"],
    );
    morvan.run(&end, "").succeeded();
    morvan.stop();
    morvan.start();
    assert!(Person::sign_in(morvan.web, LOGIN, PASSWORD).is_err());
    assert_eq!(yves.get("/me").status, 401);
    let ana = morvan.person();
    assert_eq!(author(&ana, &space, &channel), "Yves Morvan");
    let third = add(&morvan, "Yvon Morvan");
    assert!(third.id != yves.id && third.id != other.id);

    // In a space that comes afterwards she was never.
    let later = claire.open_space("Écluse", "hidden");
    let ticket = claire.ticket_for_guest(&later, "contributor", now_ms() + STAY_MS);
    morvan.stop();
    morvan.run(&["guest", "accept", &ticket], "").succeeded();
    morvan.start();
    named(&claire, &later, &["Ana Morvan", "Yvon Morvan"]);
}
