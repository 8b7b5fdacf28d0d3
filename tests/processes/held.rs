//! What a removed person wrote waits for a manager, at every site; and the trail says who decided.

use serde_json::{Value, json};

use super::client::Person;
use super::program::until;
use super::realm::{ARRIVAL_TIME_MAX, Realm};

pub(super) fn held(person: &Person, space: &str) -> Vec<Value> {
    let page = person.get(&format!("/spaces/{space}/held")).ok();
    page["rows"].as_array().expect("rows").clone()
}

fn entries(row: &Value) -> Value {
    row["entries"].clone()
}

/// A realm of two sites in which Yann wrote on at the second after he was removed at the first.
pub(super) fn removed_meanwhile() -> (Realm, [Person; 3], String, String, String) {
    let mut realm = Realm::found("Nantes");
    realm.join("Ancenis");
    let [nantes, ancenis] = [0, 1].map(|at| realm.place(at).person());
    let yann = realm.place(1).add_person("yann");
    let space = nantes.open_space("Routes", "hidden");
    let channel = nantes.open_channel(&space, "Chantiers");
    nantes.add_member(&space, &ancenis.id, "manager");
    nantes.add_member(&space, &yann.id, "contributor");
    let page = nantes.command(json!({
        "feature": "page", "do": "create", "space": space, "title": "Plan", "text": "Un deux"
    }));
    let page = page.ok()["item"].as_str().expect("an item").to_owned();
    until("the page at the other site", ARRIVAL_TIME_MAX, || {
        (yann.get(&format!("/spaces/{space}/items/{page}")).status == 200).then_some(())
    });
    until("the rights at the other site", ARRIVAL_TIME_MAX, || {
        (yann.say(&space, &channel, "Avant").status == 200).then_some(())
    });
    nantes.sees(&space, &channel, 1);
    yann.kept_everywhere(&space, &channel);
    realm.place(1).kill();
    let remove = json!({
        "feature": "space", "do": "removeMember", "space": space, "person": yann.id
    });
    nantes.command(remove).ok();
    realm.place(0).kill();
    realm.place(1).start();
    yann.say(&space, &channel, "<b>Trop tard</b>").ok();
    let create = json!({
        "feature": "page", "do": "create", "space": space, "title": "Relevé", "text": "Trois mots ici"
    });
    let new = yann.command(create).ok()["item"]
        .as_str()
        .expect("an item")
        .to_owned();
    let rename = json!({
        "feature": "page", "do": "rename", "space": space, "item": new, "title": "Relevé de mars"
    });
    yann.command(rename).ok();
    let rename = json!({
        "feature": "page", "do": "rename", "space": space, "item": page, "title": "Plan de mars"
    });
    yann.command(rename).ok();
    realm.place(0).start();
    until("the held work at the first site", ARRIVAL_TIME_MAX, || {
        (held(&nantes, &space).len() == 3).then_some(())
    });
    until("the removal at the second", ARRIVAL_TIME_MAX, || {
        (held(&ancenis, &space).len() == 3).then_some(())
    });
    realm.equal(&space);
    (realm, [nantes, ancenis, yann], space, channel, page)
}

#[test]
fn managers_look_at_held_work_and_let_it_count() {
    let (realm, [nantes, ancenis, yann], space, channel, page) = removed_meanwhile();
    for manager in [&nantes, &ancenis] {
        let rows = held(manager, &space);
        let by_kind = |kind: &str, title: &str| {
            let found = rows
                .iter()
                .find(|row| row["kind"] == kind && row["title"] == title);
            found
                .unwrap_or_else(|| panic!("{kind} {title} in {rows:#?}"))
                .clone()
        };
        for row in &rows {
            assert_eq!(row["why"], "removed", "{row:#}");
            assert_eq!(row["person"]["name"], "yann");
            assert_eq!(row["by"]["id"], nantes.id.as_str());
            assert_eq!(row["site"]["name"], "Ancenis");
        }
        // As plain text, whatever it looks like.
        assert_eq!(
            by_kind("message", "<b>Trop tard</b>")["text"],
            "<b>Trop tard</b>"
        );
        // A page of which nothing counts yet is one row, with what was changed in it since.
        let new = by_kind("page", "Relevé de mars");
        assert_eq!(
            (&new["words"], entries(&new).as_array().map(Vec::len)),
            (&json!(6), Some(2))
        );
        // Of a page that stands: which page, and the words that would be new.
        let changed = by_kind("page", "Plan");
        assert_eq!(changed["item"], page.as_str());
        assert_eq!(
            (&changed["words"], &changed["text"]),
            (&json!(2), &json!("Plan de mars"))
        );
        let today = manager.get("/today").ok();
        assert_eq!(today["toCheck"][0]["count"], 3, "{today:#}");
        assert_eq!(manager.get(&format!("/spaces/{space}")).ok()["toCheck"], 3);
    }
    // The author finds her own words, though the space is closed to her now.
    assert_eq!(yann.get("/today").ok()["ownHeld"], 3);
    let own = yann.get("/me/held").ok();
    let texts: Vec<&str> = own["rows"]
        .as_array()
        .expect("rows")
        .iter()
        .filter_map(|row| row["text"].as_str())
        .collect();
    assert!(texts.contains(&"<b>Trop tard</b>"), "{own:#}");
    // Of a page she may not read any more she gets her words, not those around them.
    assert!(texts.contains(&"de mars"), "{own:#}");
    assert_eq!(
        yann.get(&format!("/spaces/{space}/audit")).refusal(),
        (404, "not-found")
    );
    let readmit = json!({ "feature": "space", "do": "readmit", "space": space,
        "entries": entries(&held(&nantes, &space)[0]) });
    assert_eq!(yann.command(readmit).refusal(), (404, "not-found"));

    // One is left aside: for every manager.
    let rows = held(&nantes, &space);
    let plan = rows
        .iter()
        .find(|row| row["title"] == "Plan")
        .expect("the page");
    let aside = |aside: bool| {
        json!({ "feature": "space", "do": "setAside", "space": space,
        "entries": entries(plan), "aside": aside })
    };
    nantes.command(aside(true)).ok();
    until("the mark at the other site", ARRIVAL_TIME_MAX, || {
        (held(&ancenis, &space).len() == 2).then_some(())
    });
    let left = ancenis.get(&format!("/spaces/{space}/held?aside=yes")).ok();
    assert_eq!(
        left["rows"][0]["aside"]["id"],
        nantes.id.as_str(),
        "{left:#}"
    );
    assert_eq!(
        ancenis.get(&format!("/spaces/{space}/held")).ok()["aside"],
        1
    );
    ancenis.command(aside(false)).ok();
    assert_eq!(held(&ancenis, &space).len(), 3);
    ancenis.command(aside(true)).ok();

    // The others are taken up again, at once, and count everywhere.
    let rows = held(&ancenis, &space);
    let all: Vec<Value> = rows
        .iter()
        .flat_map(|row| entries(row).as_array().cloned().unwrap_or_default())
        .collect();
    let readmit = json!({ "feature": "space", "do": "readmit", "space": space, "entries": all });
    ancenis.command(readmit.clone()).ok();
    assert_eq!(ancenis.command(readmit).refusal(), (409, "conflict"));
    for person in [&nantes, &ancenis] {
        assert_eq!(
            person.sees(&space, &channel, 2),
            ["Avant", "<b>Trop tard</b>"]
        );
        until("the inbox to be empty", ARRIVAL_TIME_MAX, || {
            held(person, &space).is_empty().then_some(())
        });
        let pages = person.get(&format!("/spaces/{space}/items?kind=page")).ok();
        let mut titles: Vec<&str> = pages["rows"]
            .as_array()
            .expect("rows")
            .iter()
            .filter_map(|row| row["title"].as_str())
            .collect();
        titles.retain(|title| ["Plan", "Plan de mars", "Relevé de mars"].contains(title));
        assert_eq!(titles, ["Plan", "Relevé de mars"]);
    }
    realm.equal(&space);

    // The trail, newest first, a page at a time, and of one person only.
    let path = format!("/spaces/{space}/audit?limit=2");
    let first = nantes.get(&path).ok();
    let actions = |page: &Value| -> Vec<String> {
        let rows = page["rows"].as_array().expect("rows").iter();
        rows.map(|row| row["action"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    assert_eq!(actions(&first), ["readmit", "revoke"]);
    assert_eq!(first["rows"][0]["site"]["name"], "Ancenis");
    assert_eq!(first["rows"][0]["state"], "counts");
    let mut all = actions(&first);
    let mut next = first["next"].clone();
    while let Some(cursor) = next.as_str() {
        let page = nantes.get(&format!("{path}&after={cursor}")).ok();
        all.extend(actions(&page));
        next = page["next"].clone();
    }
    assert_eq!(all.last().map(String::as_str), Some("create"));
    let of_yann = nantes
        .get(&format!("/spaces/{space}/audit?person={}", yann.id))
        .ok();
    assert_eq!(actions(&of_yann), ["revoke", "grant"]);
    assert_eq!(of_yann["rows"][1]["role"], "contributor");
    // Of the realm: for technicians only.
    let of_realm = actions(&nantes.get("/site/audit").ok());
    assert!(of_realm.contains(&"hostAdd".to_owned()), "{of_realm:?}");
    assert_eq!(yann.get("/site/audit").refusal(), (403, "forbidden"));
}

#[test]
fn a_manager_puts_a_message_aside() {
    let mut realm = Realm::found("Nantes");
    let place = realm.place(0);
    let marie = place.person();
    let yann = place.add_person("yann");
    let space = marie.open_space("Routes", "hidden");
    let channel = marie.open_channel(&space, "Chantiers");
    marie.add_member(&space, &yann.id, "contributor");
    let item = yann.say(&space, &channel, "Hors sujet").ok()["item"].clone();
    let change = json!({ "feature": "message", "do": "change", "space": space, "item": item,
        "text": "Tout à fait hors sujet" });
    yann.command(change).ok();
    let put = |item: &Value| {
        json!({ "feature": "space", "do": "quarantine", "space": space,
        "item": item, "reason": "Personne nommée" })
    };
    assert_eq!(yann.command(put(&item)).refusal(), (403, "forbidden"));
    let refused = marie
        .command(put(&channel.as_str().into()))
        .refusal()
        .1
        .to_owned();
    assert_eq!(refused, "unknown-field-value");
    marie.command(put(&item)).ok();
    assert_eq!(marie.texts(&space, &channel), [""; 0]);
    // Looked at already: it lies aside, with the reason, and comes back whole.
    assert!(held(&marie, &space).is_empty());
    let aside = marie.get(&format!("/spaces/{space}/held?aside=yes")).ok();
    let row = &aside["rows"][0];
    assert_eq!(
        (&row["why"], &row["note"]),
        (&json!("quarantined"), &json!("Personne nommée"))
    );
    assert_eq!(row["text"], "Tout à fait hors sujet");
    let own = yann.get(&format!("/spaces/{space}/held")).ok();
    assert_eq!(own["rows"][0]["text"], "Tout à fait hors sujet", "{own:#}");
    assert_eq!(yann.get(&format!("/spaces/{space}")).ok()["ownHeld"], 1);
    let readmit = json!({ "feature": "space", "do": "readmit", "space": space,
        "entries": entries(row) });
    marie.command(readmit).ok();
    assert_eq!(marie.texts(&space, &channel), ["Tout à fait hors sujet"]);
}
