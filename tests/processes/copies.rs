//! Copies in a partner's space: chosen, remembered, brought up to date beside what the partner wrote.

use serde_json::{Value, json};

use super::client::{Person, command_id};
use super::guests::{STAY_MS, now_ms};
use super::program::until;
use super::realm::{ARRIVAL_TIME_MAX, Realm};

impl Person {
    fn page(&self, space: &str, title: &str, text: &str) -> String {
        let create = json!({ "feature": "page", "do": "create", "space": space,
            "title": title, "text": text });
        let made = self.command(create).ok();
        made["item"].as_str().expect("an item").to_owned()
    }

    fn post_on_wall(&self, space: &str, title: &str, text: &str) -> String {
        let create = json!({ "feature": "post", "do": "create", "space": space,
            "title": title, "text": text });
        let made = self.command(create).ok();
        made["item"].as_str().expect("an item").to_owned()
    }

    fn copy(&self, from: &str, to: &str, items: &[&String]) -> super::client::Answer {
        self.command(json!({ "feature": "space", "do": "copyItems", "space": to,
            "from": from, "items": items }))
    }

    fn update(&self, space: &str, items: &[&str]) -> super::client::Answer {
        self.command(
            json!({ "feature": "space", "do": "updateCopies", "space": space,
            "items": items }),
        )
    }

    /// The row of a copy by its title.
    fn copied(&self, space: &str, title: &str) -> Value {
        let list = self.get(&format!("/spaces/{space}/copies")).ok();
        let rows = list["rows"].as_array().expect("rows").clone();
        let mut found = rows.into_iter().filter(|row| row["title"] == title);
        found
            .next()
            .unwrap_or_else(|| panic!("no copy {title:?} in {list}"))
    }

    fn text_of(&self, space: &str, item: &str) -> String {
        let detail = self.get(&format!("/spaces/{space}/items/{item}")).ok();
        detail["html"].as_str().unwrap_or_default().to_owned()
    }
}

fn id(row: &Value) -> &str {
    row["item"].as_str().expect("an item")
}

#[test]
fn copies_follow_their_originals_and_keep_what_was_written_into_them() {
    let mut realm = Realm::found("Nantes");
    let claire = realm.place(0).person();
    let space = claire.open_space("Collège", "hidden");
    let plan = claire.page(&space, "Plan", "Deux étages");
    let news = claire.post_on_wall(&space, "Chantier", "Le chantier ouvre lundi\nVenez casqués");
    let old = claire.page(&space, "Archives", "Rien de neuf");
    let leaving = claire.get(&format!("/spaces/{space}/leaving")).ok();
    let items = leaving["items"].as_array().expect("items");
    let dated = |item: &Value| {
        item["changedMs"]
            .as_u64()
            .is_some_and(|at| at > 1_000_000_000_000)
    };
    assert!(
        items.iter().all(dated),
        "each says when it was changed: {leaving}"
    );

    let partner = claire.open_space("Collège, avec Morvan", "hidden");
    // One that is not there stops all, and nothing was copied.
    let foreign = claire.page(&partner, "À nous", "Non");
    let refused = claire.copy(&space, &partner, &[&plan, &foreign]);
    assert_eq!(refused.refusal(), (400, "unknown-field-value"));
    let none = claire.get(&format!("/spaces/{partner}/copies")).ok();
    assert_eq!(none["rows"], json!([]));
    claire.copy(&space, &partner, &[&plan, &news, &old]).ok();

    let row = claire.copied(&partner, "Chantier");
    assert_eq!(row["state"], "current", "{row}");
    assert_eq!(row["by"]["id"], claire.id.as_str());
    assert_eq!(row["original"]["spaceName"], "Collège");
    assert_eq!(row["original"]["item"], news.as_str());
    assert_eq!(row["writtenHere"], false);
    let copy = id(&row).to_owned();

    // Changed here and there: the list says both, and copying again loses neither.
    let change = |space: &str, item: &str, text: &str| {
        let change = json!({ "feature": "post", "do": "change", "space": space,
            "item": item, "text": text });
        claire.command(change).ok();
    };
    change(&space, &news, "Le chantier ouvre mardi\nVenez casqués");
    change(
        &partner,
        &copy,
        "Le chantier ouvre lundi\nVenez casqués\nMorvan viendra",
    );
    let row = claire.copied(&partner, "Chantier");
    assert_eq!(
        (&row["state"], &row["writtenHere"]),
        (&json!("changed"), &json!(true))
    );
    assert_eq!(claire.copied(&partner, "Archives")["state"], "current");
    claire.update(&partner, &[&copy]).ok();
    let row = claire.copied(&partner, "Chantier");
    assert_eq!(
        (&row["state"], &row["writtenHere"]),
        (&json!("current"), &json!(true))
    );
    let text = claire.text_of(&partner, &copy);
    assert!(
        text.contains("ouvre mardi") && text.contains("Morvan viendra"),
        "{text}"
    );
    assert!(!text.contains("lundi"), "{text}");
    // Once more with the same command, and with another: nothing is said twice.
    let again =
        json!({ "feature": "space", "do": "updateCopies", "space": partner, "items": [copy] });
    for command in [command_id(21), command_id(21), command_id(22)] {
        let answer = claire.try_command(&command, again.clone());
        answer.expect("the site answers").ok();
    }
    assert_eq!(claire.text_of(&partner, &copy), text);

    // The site is killed, and remembers.
    realm.place(0).kill();
    realm.place(0).start();
    let claire = realm.place(0).person();
    assert_eq!(claire.copied(&partner, "Chantier")["state"], "current");
    let rename = json!({ "feature": "page", "do": "rename", "space": space,
        "item": plan, "title": "Plan du collège" });
    claire.command(rename).ok();
    let row = claire.copied(&partner, "Plan");
    assert_eq!(row["state"], "changed");
    claire.update(&partner, &[id(&row)]).ok();
    assert_eq!(
        claire.copied(&partner, "Plan du collège")["state"],
        "current"
    );

    // An original that was erased: said, refused by name, and its copy stands.
    let erase = json!({ "feature": "erasure", "do": "erase", "space": space,
        "items": [old], "reason": "périmé" });
    claire.command(erase).ok();
    let row = claire.copied(&partner, "Archives");
    assert_eq!(
        (&row["state"], &row["original"]),
        (&json!("erased"), &Value::Null)
    );
    let refused = claire.update(&partner, &[id(&row), &copy]);
    assert_eq!(refused.refusal(), (410, "erased"));
    assert!(claire.text_of(&partner, id(&row)).contains("Rien de neuf"));
    assert_eq!(
        claire.copy(&space, &partner, &[&old]).refusal(),
        (410, "erased")
    );
}

#[test]
fn only_managers_copy_and_a_guest_learns_nothing_of_the_original() {
    let mut realm = Realm::found("Nantes");
    let claire = realm.place(0).person();
    let space = claire.open_space("Collège", "hidden");
    let plan = claire.page(&space, "Plan", "Deux étages");
    let partner = claire.open_space("Collège, avec Morvan", "hidden");
    claire.copy(&space, &partner, &[&plan]).ok();
    let copy = id(&claire.copied(&partner, "Plan")).to_owned();
    let asked = json!({ "login": "dupont", "name": "Luc Dupont", "organisation": "Dupont",
        "role": "contributor", "endMs": now_ms() + STAY_MS });
    let ready = claire
        .post(&format!("/spaces/{partner}/guest-people"), &asked)
        .ok();
    let password = ready["password"].as_str().expect("a password");
    let luc = Person::sign_in(realm.place(0).web, "dupont", password).expect("signed in");
    assert_eq!(luc.get(&format!("/spaces/{partner}/copies")).status, 403);
    assert_eq!(luc.update(&partner, &[&copy]).status, 403);
    assert_eq!(luc.copy(&partner, &partner, &[&copy]).status, 403);
    // What he writes into the copy stays, whatever comes.
    assert!(luc.text_of(&partner, &copy).contains("Deux étages"));
    // A colleague who manages the partner's space and may not read the original.
    let colleague = realm.place(0).add_person("awa");
    let add = json!({ "feature": "space", "do": "addMember", "space": partner,
        "person": colleague.id, "role": "manager" });
    claire.command(add).ok();
    let row = colleague.copied(&partner, "Plan");
    assert_eq!(
        (&row["state"], &row["original"]),
        (&json!("unreadable"), &Value::Null)
    );
    let refused = colleague.update(&partner, &[&copy]);
    assert_eq!(refused.refusal(), (400, "unknown-field-value"));
    assert_eq!(colleague.copy(&space, &partner, &[&plan]).status, 404);
    // Closed: nothing is copied any more.
    let close = json!({ "feature": "space", "do": "close", "space": partner });
    claire.command(close).ok();
    assert_eq!(
        claire.update(&partner, &[&copy]).refusal(),
        (403, "read-only")
    );
}

#[test]
fn a_guest_site_is_told_of_the_copy_and_not_of_the_space_it_comes_from() {
    let (mut realm, _) = super::guests::realm_for_guests();
    let claire = realm.place(0).person();
    let space = claire.open_space("Collège interne", "hidden");
    let news = claire.post_on_wall(&space, "Chantier", "Le mur penche");
    let partner = claire.open_space("Avec Morvan", "hidden");
    claire.copy(&space, &partner, &[&news]).ok();
    let copy = id(&claire.copied(&partner, "Chantier")).to_owned();
    let ticket = claire.ticket_for_guest(&partner, "contributor", now_ms() + STAY_MS);
    let mut morvan = super::guests::guest_site(&realm, "Morvan");
    morvan.run(&["guest", "accept", &ticket], "").succeeded();
    morvan.start();
    let ana = morvan.person();
    let reads = |text: &'static str| {
        until(text, ARRIVAL_TIME_MAX, || {
            let answer = ana.get(&format!("/spaces/{partner}/items/{copy}"));
            let html = answer.body["html"].as_str().unwrap_or_default().to_owned();
            (answer.status == 200 && html.contains(text)).then_some(())
        });
    };
    reads("Le mur penche");
    // A word of theirs, and a change of the original: both are read on both sides.
    let comment = json!({ "feature": "comment", "do": "write", "space": partner,
        "on": copy, "text": "Vu" });
    until("the guest to be introduced", ARRIVAL_TIME_MAX, || {
        (ana.command(comment.clone()).status == 200).then_some(())
    });
    let change = json!({ "feature": "post", "do": "change", "space": space,
        "item": news, "text": "Le mur tient" });
    claire.command(change).ok();
    claire.update(&partner, &[&copy]).ok();
    reads("Le mur tient");
    assert_eq!(ana.get(&format!("/spaces/{partner}/copies")).status, 403);
    assert_eq!(ana.get(&format!("/spaces/{space}")).status, 404);
    morvan.stop();
    realm.place(0).stop();
}
