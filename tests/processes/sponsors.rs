//! Who lets partners in: managers, and sponsors whom they name. What a sponsor, a partner and the
//! holder of a strange ticket may not do.

use bocage_protocol::ticket::Ticket;
use serde_json::{Value, json};

use super::client::Person;
use super::guests::{STAY_MS, guest_site, now_ms, realm_for_guests};
use super::program::until;
use super::realm::{ARRIVAL_TIME_MAX, Realm};

impl Person {
    fn set_sponsor(&self, space: &str, person: &str, sponsor: bool) -> super::client::Answer {
        self.command(
            json!({ "feature": "space", "do": "setSponsor", "space": space,
            "person": person, "sponsor": sponsor }),
        )
    }

    fn add(&self, space: &str, person: &str, role: &str) {
        self.command(
            json!({ "feature": "space", "do": "addMember", "space": space,
            "person": person, "role": role }),
        )
        .ok();
    }

    fn invite(&self, space: &str, login: &str, role: &str) -> super::client::Answer {
        let asked = json!({ "login": login, "name": "Luc Dupont",
            "organisation": "Association Dupont", "role": role, "endMs": now_ms() + STAY_MS });
        self.post(&format!("/spaces/{space}/guest-people"), &asked)
    }

    fn member(&self, space: &str, person: &str) -> Value {
        let rows = self.get(&format!("/spaces/{space}/members")).ok();
        let rows = rows["rows"].as_array().expect("rows").clone();
        let mut found = rows.into_iter().filter(|row| row["person"]["id"] == person);
        found.next().unwrap_or(Value::Null)
    }

    fn guest(&self, space: &str, person: &str) -> Value {
        let list = self.get(&format!("/spaces/{space}/guests")).ok();
        let rows = list["people"].as_array().expect("people").clone();
        let mut found = rows.into_iter().filter(|row| row["person"]["id"] == person);
        found.next().unwrap_or(Value::Null)
    }
}

#[test]
fn a_sponsor_lets_partners_in_and_nothing_more() {
    let (mut realm, _) = realm_for_guests();
    let claire = realm.place(0).person();
    let awa = realm.place(0).add_person("awa");
    let space = claire.open_space("Collège", "hidden");
    claire.add(&space, &awa.id, "viewer");
    assert_eq!(
        awa.invite(&space, "luc", "viewer").status,
        403,
        "no sponsor yet"
    );
    let refused = claire.set_sponsor(&space, &awa.id, true);
    assert_eq!(refused.refusal(), (409, "conflict"), "who only reads");
    let role = |role: &str| {
        json!({ "feature": "space", "do": "setRole", "space": space,
            "person": awa.id, "role": role })
    };
    claire.command(role("contributor")).ok();
    assert_eq!(
        awa.set_sponsor(&space, &awa.id, true).status,
        403,
        "not by herself"
    );
    claire.set_sponsor(&space, &awa.id, true).ok();
    let row = claire.member(&space, &awa.id);
    assert_eq!(
        (&row["sponsor"], &row["role"]),
        (&json!(true), &json!("contributor")),
        "{row}"
    );
    assert_eq!(claire.member(&space, &claire.id)["sponsor"], false);
    // Said once more, it stays; the role that she has is no change.
    claire.set_sponsor(&space, &awa.id, true).ok();
    claire.command(role("contributor")).ok();
    assert_eq!(claire.member(&space, &awa.id)["sponsor"], true);

    // A person and a site come in, in her name.
    let luc = awa.invite(&space, "luc", "contributor").ok()["person"]["id"].clone();
    let luc = luc.as_str().expect("a person");
    assert_eq!(claire.guest(&space, luc)["sponsor"]["id"], awa.id.as_str());
    let ticket = awa.ticket_for_guest(&space, "contributor", now_ms() + STAY_MS);
    let mut morvan = guest_site(&realm, "Morvan");
    morvan.run(&["guest", "accept", &ticket], "").succeeded();
    morvan.start();
    let ana = morvan.person();
    let channel = claire.open_channel(&space, "chantier");
    until("the guest to be heard", ARRIVAL_TIME_MAX, || {
        let answer = ana.say(&space, &channel, "Bonjour");
        (answer.status == 200).then_some(())
    });
    claire.sees(&space, &channel, 1);
    let list = awa.get(&format!("/spaces/{space}/guests")).ok();
    assert_eq!(
        (&list["mayInvite"], &list["mayEnd"]),
        (&json!(true), &json!(false)),
        "{list}"
    );
    let site = list["sites"][0]["site"]["id"]
        .as_str()
        .expect("a site")
        .to_owned();
    // She renews both.
    let later = now_ms() + 2 * STAY_MS;
    for renew in [
        json!({ "do": "renewGuest", "person": luc }),
        json!({ "do": "renewGuestSite", "site": site }),
    ] {
        let mut renew = renew;
        renew["feature"] = "space".into();
        renew["space"] = space.as_str().into();
        renew["endMs"] = later.into();
        awa.command(renew).ok();
    }
    let list = claire.get(&format!("/spaces/{space}/guests")).ok();
    assert_eq!(list["sites"][0]["endMs"], later, "{list}");
    assert_eq!(claire.guest(&space, luc)["endMs"], later);

    // And nothing beyond.
    let yann = realm.place(0).add_person("yann");
    for (refused, status) in [
        (
            json!({ "do": "addMember", "person": yann.id, "role": "viewer" }),
            403,
        ),
        (
            json!({ "do": "setRole", "person": claire.id, "role": "viewer" }),
            403,
        ),
        (
            json!({ "do": "setSponsor", "person": yann.id, "sponsor": true }),
            403,
        ),
        (json!({ "do": "removeMember", "person": luc }), 403),
        (json!({ "do": "endGuestSite", "site": site }), 403),
        (
            json!({ "do": "renewGuest", "person": yann.id, "endMs": later }),
            400,
        ),
        (
            json!({ "do": "renewGuest", "person": luc, "endMs": 1 }),
            400,
        ),
        (json!({ "do": "updateCopies", "items": [] }), 403),
        (json!({ "do": "close" }), 403),
    ] {
        let mut refused = refused;
        refused["feature"] = "space".into();
        refused["space"] = space.as_str().into();
        let answer = awa.command(refused.clone());
        assert_eq!(answer.status, status, "{refused}: {answer:?}");
    }
    assert_eq!(awa.invite(&space, "boss", "manager").status, 400);
    assert_eq!(awa.get(&format!("/spaces/{space}/copies")).status, 403);
    assert_eq!(
        claire.set_sponsor(&space, luc, true).refusal().0,
        409,
        "no partner sponsors"
    );

    // No longer: whom she let in stays, and nobody more comes in.
    claire.set_sponsor(&space, &awa.id, false).ok();
    assert_eq!(claire.member(&space, &awa.id)["sponsor"], false);
    assert_eq!(awa.invite(&space, "late", "viewer").status, 403);
    assert_eq!(claire.guest(&space, luc)["ended"], false);
    awa.say(&space, &channel, "Je reste").ok();
    // In another role a guest stays a guest, with her end; a sponsor's right ends with hers.
    let lower = json!({ "feature": "space", "do": "setRole", "space": space,
        "person": luc, "role": "viewer" });
    claire.command(lower).ok();
    let row = claire.guest(&space, luc);
    assert_eq!(
        (&row["role"], &row["endMs"]),
        (&json!("viewer"), &json!(later)),
        "{row}"
    );
    claire.set_sponsor(&space, &awa.id, true).ok();
    claire.command(role("commenter")).ok();
    let row = claire.member(&space, &awa.id);
    assert_eq!(
        (&row["sponsor"], &row["role"]),
        (&json!(false), &json!("commenter")),
        "{row}"
    );
}

#[test]
fn a_ticket_is_redeemed_by_its_own_site_and_told_to_no_other() {
    let (mut realm, edge) = realm_for_guests();
    let claire = realm.place(0).person();
    let space = claire.open_space("Collège", "hidden");
    let asked = json!({ "role": "viewer", "endMs": now_ms() + STAY_MS });
    let ready = claire
        .post(&format!("/spaces/{space}/guest-sites"), &asked)
        .ok();
    assert_eq!(ready["site"]["name"], "Nantes", "{ready}");
    let svg = ready["qrSvg"].as_str().expect("a picture");
    assert!(
        svg.contains("<svg") && !svg.contains("<script") && !svg.contains("http://n"),
        "{svg}"
    );
    let text = ready["ticket"].as_str().expect("a ticket");
    let ticket: Ticket = text.parse().expect("a ticket");
    // Somebody changed where it leads: another site answers, and the accepting one says nothing.
    let strange = Ticket {
        addresses: vec![format!("127.0.0.1:{}", edge[1])],
        ..ticket
    };
    let morvan = guest_site(&realm, "Morvan");
    let failed = morvan.run(&["guest", "accept", &strange.to_string()], "");
    failed.failed(18, &["another site"]);
    let list = claire.get(&format!("/spaces/{space}/guests")).ok();
    assert_eq!(list["tickets"][0]["usedBy"], Value::Null, "{list}");
    // The ticket itself is as good as before.
    morvan.run(&["guest", "accept", text], "").succeeded();
    until("the ticket to be used", ARRIVAL_TIME_MAX, || {
        let list = claire.get(&format!("/spaces/{space}/guests")).ok();
        (list["tickets"][0]["usedBy"] == "Morvan").then_some(())
    });
}

/// Each as a real request; a guest with the largest role that guests have.
#[test]
fn a_guests_account_is_refused_everything_but_its_space() {
    let mut realm = Realm::found("Nantes");
    let claire = realm.place(0).person();
    let awa = realm.place(0).add_person("awa");
    let open = claire.open_space("Ouvert à tous", "open");
    let hidden = claire.open_space("Interne", "hidden");
    let space = claire.open_space("Cuisines", "hidden");
    claire.add(&space, &awa.id, "contributor");
    let channel = claire.open_channel(&space, "menus");
    let ready = claire.invite(&space, "luc", "contributor").ok();
    let password = ready["password"].as_str().expect("a password");
    let luc = Person::sign_in(realm.place(0).web, "luc", password).expect("signed in");
    let other = claire.invite(&space, "zz-secrete", "viewer").ok();
    let other = other["person"]["id"].as_str().expect("a person").to_owned();

    // Who sees what of him: that he is a partner, until when and who answers, to those from here.
    let row = awa.member(&space, &luc.id);
    assert_eq!(row["person"]["partner"], "Association Dupont", "{row}");
    let row = awa.guest(&space, &luc.id);
    assert_eq!(row["sponsor"]["id"], claire.id.as_str(), "{row}");
    assert!(
        row["endMs"].as_u64().is_some_and(|end| end > now_ms()),
        "{row}"
    );
    luc.say(&space, &channel, "Bonjour").ok();
    let said = awa.messages(&space, &channel);
    assert_eq!(
        said[0]["author"]["partner"], "Association Dupont",
        "{said:?}"
    );
    let partners = |person: &Person, space: &str| {
        person.get(&format!("/spaces/{space}")).ok()["partners"].clone()
    };
    assert_eq!(partners(&awa, &space), true, "there are some");
    assert_eq!(partners(&claire, &space), true);
    assert_eq!(partners(&claire, &hidden), true, "she may invite some");
    assert_eq!(partners(&awa, &open), false, "none, and none to invite");
    assert_eq!(partners(&luc, &space), false, "never to a partner");

    // What he reads.
    for (path, status) in [
        ("/people?q=na".to_owned(), 403),
        (format!("/spaces/{space}/guests"), 403),
        (format!("/spaces/{space}/leaving"), 403),
        (format!("/spaces/{space}/copies"), 403),
        (format!("/spaces/{space}/audit"), 403),
        (format!("/spaces/{space}/erasures"), 403),
        (format!("/spaces/{space}/archive.zip"), 403),
        (format!("/spaces/{open}"), 404),
        (format!("/spaces/{hidden}"), 404),
        (format!("/spaces/{open}/members"), 404),
        (format!("/spaces/{open}/items?kind=page"), 404),
        ("/site".to_owned(), 403),
        ("/site/audit".to_owned(), 403),
    ] {
        assert_eq!(luc.get(&path).status, status, "{path}");
    }
    for path in [
        "/spaces?filter=mine",
        "/spaces?filter=all",
        "/channels",
        "/today",
        "/search?q=u",
    ] {
        let told = luc.get(path).ok().to_string();
        assert!(
            !told.contains(&open) && !told.contains(&hidden),
            "{path}: {told}"
        );
    }
    // Others of the space have names, and no way to reach them.
    for path in ["", "/members", "/held"] {
        let told = luc.get(&format!("/spaces/{space}{path}")).ok().to_string();
        assert!(
            !told.contains("zz-secrete\"") && !told.contains("login"),
            "{path}: {told}"
        );
    }

    // What he does.
    let later = now_ms() + STAY_MS;
    for (asked, status) in [
        (
            json!({ "do": "open", "kind": "team", "template": "team", "name": "À moi", "colour": "loire",
            "symbol": "house", "visibility": "hidden", "description": "" }),
            403,
        ),
        (
            json!({ "do": "change", "space": space, "name": "À moi" }),
            403,
        ),
        (
            json!({ "do": "addMember", "space": space, "person": awa.id, "role": "viewer" }),
            403,
        ),
        (
            json!({ "do": "setRole", "space": space, "person": luc.id, "role": "manager" }),
            403,
        ),
        (
            json!({ "do": "setSponsor", "space": space, "person": luc.id, "sponsor": true }),
            403,
        ),
        (
            json!({ "do": "removeMember", "space": space, "person": other }),
            403,
        ),
        (
            json!({ "do": "renewGuest", "space": space, "person": luc.id, "endMs": later }),
            403,
        ),
        (
            json!({ "do": "renewGuestSite", "space": space, "site": "00".repeat(32), "endMs": later }),
            403,
        ),
        (
            json!({ "do": "endGuestSite", "space": space, "site": "00".repeat(32) }),
            403,
        ),
        (
            json!({ "do": "copyItems", "space": space, "from": space, "items": [] }),
            403,
        ),
        (
            json!({ "do": "updateCopies", "space": space, "items": [] }),
            403,
        ),
        (json!({ "do": "close", "space": space }), 403),
        (json!({ "do": "reopen", "space": space }), 403),
        (json!({ "do": "join", "space": open }), 404),
        (
            json!({ "do": "askToEnter", "space": open, "reason": "Bonjour" }),
            404,
        ),
        (
            json!({ "do": "askToEnter", "space": hidden, "reason": "Bonjour" }),
            404,
        ),
    ] {
        let mut asked = asked;
        asked["feature"] = "space".into();
        let answer = luc.command(asked.clone());
        assert_eq!(answer.status, status, "{asked}: {answer:?}");
    }
    assert_eq!(luc.invite(&space, "ami", "viewer").status, 403);
    let sites = format!("/spaces/{space}/guest-sites");
    let asked = json!({ "role": "viewer", "endMs": later });
    assert_eq!(luc.post(&sites, &asked).status, 403);
    // Nothing of all that had an effect.
    assert_eq!(claire.member(&space, &luc.id)["role"], "contributor");
    assert_eq!(
        claire.guest(&space, &luc.id)["sponsor"]["id"],
        claire.id.as_str()
    );
}
