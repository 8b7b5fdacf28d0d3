//! People who sign in at another site than their own: asked at home, kept for a cut, forgotten when
//! the password changes.

use super::client::{PASSWORD, Person};
use super::program::until;
use super::realm::{ARRIVAL_TIME_MAX, Realm};

const OTHER: &str = "un autre mot de passe";

fn refused(realm: &mut Realm, at: usize, login: &str, password: &str) -> (u16, String) {
    let web = realm.place(at).web;
    let answer = Person::sign_in(web, login, password).expect_err("a refusal");
    let said = answer.body["error"]["message"].as_str().unwrap_or_default();
    (answer.status, said.to_owned())
}

fn signs_in(realm: &mut Realm, at: usize, login: &str, password: &str) -> Person {
    let web = realm.place(at).web;
    until("a sign-in", ARRIVAL_TIME_MAX, || {
        Person::sign_in(web, login, password).ok()
    })
}

#[test]
fn a_person_signs_in_at_another_site_also_when_her_own_is_away() {
    let mut realm = Realm::found("Nantes");
    realm.join("Ancenis");
    let marie = realm.place(0).person();
    let ancenis = realm.place(1).person();
    let lena = realm.place(0).add_person("lena");
    realm.place(0).add_person("yann");
    let space = marie.open_space("Routes", "hidden");
    let channel = marie.open_channel(&space, "Chantiers");
    marie.add_member(&space, &ancenis.id, "contributor");
    marie.add_member(&space, &lena.id, "contributor");

    // At another site she is the same person, and writes in her own name.
    let there = signs_in(&mut realm, 1, "Lena", PASSWORD);
    assert_eq!(there.id, lena.id);
    let wrong = refused(&mut realm, 1, "lena", "pas le bon");
    assert_eq!(wrong.0, 401);
    assert_eq!(wrong, refused(&mut realm, 1, "personne", "pas le bon"));
    until("the space at the other site", ARRIVAL_TIME_MAX, || {
        (there.say(&space, &channel, "D'Ancenis").status == 200).then_some(())
    });
    assert_eq!(marie.sees(&space, &channel, 1), ["D'Ancenis"]);

    // Her site is away: where she was before she signs in, elsewhere one hears why not. A wrong
    // password, an unknown name and somebody who was never here hear the same.
    realm.place(0).kill();
    until("the cut to be noticed", ARRIVAL_TIME_MAX, || {
        let (status, said) = refused(&mut realm, 1, "yann", PASSWORD);
        assert_eq!(status, 401);
        said.contains("site d’attache").then_some(())
    });
    let away = refused(&mut realm, 1, "yann", PASSWORD);
    assert_eq!(away, refused(&mut realm, 1, "lena", "pas le bon"));
    assert_eq!(away, refused(&mut realm, 1, "ancenis", "pas le bon"));
    assert_eq!(away, refused(&mut realm, 1, "personne", PASSWORD));
    let there = signs_in(&mut realm, 1, "lena", PASSWORD);
    there.say(&space, &channel, "Pendant la coupure").ok();
    let unchanged = there.change_password(PASSWORD, OTHER);
    assert_eq!(unchanged.refusal(), (503, "busy"));

    // Changed there, at her home: valid at both, and the old one nowhere.
    realm.place(0).start();
    until("a change at her home", ARRIVAL_TIME_MAX, || {
        let answer = there.change_password(PASSWORD, OTHER);
        let again = answer.status == 503;
        assert!(again || answer.status == 204, "{answer:?}");
        (!again).then_some(())
    });
    there.get("/me").ok();
    assert_eq!(refused(&mut realm, 0, "lena", PASSWORD).0, 401);
    signs_in(&mut realm, 0, "lena", OTHER);
    assert_eq!(refused(&mut realm, 1, "lena", PASSWORD).0, 401);
    assert_eq!(
        lena.get("/me").refusal(),
        (401, "not-signed-in"),
        "her session at home is over"
    );

    // Let back in at home: what was kept of her elsewhere is over, sessions too.
    let told = realm
        .place(0)
        .run(&["person", "reset", "lena"], "")
        .succeeded();
    let fresh = told
        .split_whitespace()
        .nth(3)
        .expect("a password")
        .to_owned();
    until("her session there to end", ARRIVAL_TIME_MAX, || {
        (there.get("/me").refusal() == (401, "not-signed-in")).then_some(())
    });
    assert_eq!(refused(&mut realm, 1, "lena", OTHER).0, 401);
    signs_in(&mut realm, 1, "lena", &fresh);
    assert_eq!(
        marie.sees(&space, &channel, 2),
        ["D'Ancenis", "Pendant la coupure"]
    );
}

#[test]
fn tries_for_a_name_are_counted_once_for_all_sites() {
    let mut realm = Realm::found("Nantes");
    realm.join("Ancenis");
    realm.place(0).add_person("yann");
    signs_in(&mut realm, 1, "yann", PASSWORD);
    // Half of them here, half there: neither site alone has seen too many.
    let tries: Vec<u16> = (0..14)
        .map(|at| refused(&mut realm, at % 2, "yann", "pas le bon").0)
        .collect();
    assert_eq!(tries[..10], [401; 10], "{tries:?}");
    assert!(tries[10..].contains(&429), "{tries:?}");
    assert_eq!(refused(&mut realm, 0, "yann", PASSWORD).0, 429);
}
