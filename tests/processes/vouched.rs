//! An honest colleague builds on the work of somebody who was removed elsewhere meanwhile: hers is
//! kept with all that it builds on, and the rest waits for a manager.

use serde_json::{Value, json};

use super::client::Person;
use super::program::until;
use super::realm::{ARRIVAL_TIME_MAX, Realm};

fn held(person: &Person, space: &str) -> Vec<Value> {
    let page = person.get(&format!("/spaces/{space}/held")).ok();
    page["rows"].as_array().expect("rows").clone()
}

fn create(person: &Person, space: &str, title: &str, text: &str) -> String {
    let create = json!({
        "feature": "page", "do": "create", "space": space, "title": title, "text": text
    });
    let made = person.command(create).ok();
    made["item"].as_str().expect("an item").to_owned()
}

fn rename(person: &Person, space: &str, page: &str, title: &str) {
    let rename = json!({
        "feature": "page", "do": "rename", "space": space, "item": page, "title": title
    });
    person.command(rename).ok();
}

/// Titles of the pages that were made here, sorted.
fn titles(person: &Person, space: &str) -> Vec<String> {
    let pages = person.get(&format!("/spaces/{space}/items?kind=page")).ok();
    let rows = pages["rows"].as_array().expect("rows").iter();
    let titles = rows.filter_map(|row| row["title"].as_str());
    let mut titles: Vec<String> = titles
        .filter(|title| title.starts_with("Plan") || title.starts_with("Relevé"))
        .map(str::to_owned)
        .collect();
    titles.sort();
    titles
}

fn text(person: &Person, space: &str, page: &str) -> String {
    let page = person.get(&format!("/spaces/{space}/items/{page}")).ok();
    page["html"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn what_a_colleague_built_on_is_kept() {
    let mut realm = Realm::found("Nantes");
    realm.join("Ancenis");
    let [nantes, ancenis] = [0, 1].map(|at| realm.place(at).person());
    let yann = realm.place(1).add_person("yann");
    let space = nantes.open_space("Routes", "hidden");
    let channel = nantes.open_channel(&space, "Chantiers");
    nantes.add_member(&space, &ancenis.id, "contributor");
    nantes.add_member(&space, &yann.id, "contributor");
    let plan = create(&nantes, &space, "Plan", "Un deux");
    until("the page and the rights there", ARRIVAL_TIME_MAX, || {
        let answers = [&yann, &ancenis].map(|person| person.say(&space, &channel, "Avant"));
        let all = answers.iter().all(|answer| answer.status == 200);
        let page = yann.get(&format!("/spaces/{space}/items/{plan}"));
        (all && page.status == 200).then_some(())
    });
    yann.kept_everywhere(&space, &channel);

    // Removed at one site; the other is cut off, he writes on there, and she with him.
    realm.place(1).kill();
    let remove = json!({
        "feature": "space", "do": "removeMember", "space": space, "person": yann.id
    });
    nantes.command(remove).ok();
    realm.place(0).kill();
    realm.place(1).start();
    rename(&yann, &space, &plan, "Plan de mars");
    let built_on = create(&yann, &space, "Relevé", "Trois mots ici");
    rename(&yann, &space, &built_on, "Relevé d'avril");
    rename(&ancenis, &space, &built_on, "Relevé de Nora");
    // After her, so nothing of hers builds on it.
    rename(&yann, &space, &built_on, "Relevé seul");
    let alone = create(&yann, &space, "Relevé oublié", "Personne ne l'a vu");
    assert_eq!(
        titles(&ancenis, &space),
        ["Plan de mars", "Relevé oublié", "Relevé seul"]
    );

    realm.place(0).start();
    for person in [&nantes, &ancenis] {
        until("the removal and what it holds", ARRIVAL_TIME_MAX, || {
            let members = person.get(&format!("/spaces/{space}/members"));
            let there = members.body.to_string().contains(&yann.id);
            (!there && titles(person, &space) == ["Plan", "Relevé de Nora"]).then_some(())
        });
        assert!(text(person, &space, &built_on).contains("Trois mots ici"));
        let gone = person.get(&format!("/spaces/{space}/items/{alone}"));
        assert_eq!(gone.refusal(), (404, "not-found"));
    }
    assert_eq!(yann.say(&space, &channel, "Encore").refusal().0, 404);
    let waiting = || {
        let rows = held(&nantes, &space);
        let mut titles: Vec<String> = rows
            .iter()
            .filter(|row| row["kind"] == "page")
            .map(|row| {
                format!(
                    "{}: {}",
                    row["title"].as_str().unwrap_or_default(),
                    row["why"]
                )
            })
            .collect();
        titles.sort();
        titles
    };
    let left = [
        "Plan: \"removed\"",
        "Relevé de Nora: \"removed\"",
        "Relevé oublié: \"removed\"",
    ];
    assert_eq!(waiting(), left);
    let print = realm.equal(&space);

    // The same after both begin anew, from their rows and from their logs.
    for at in [0, 1] {
        realm.place(at).stop();
        if at == 1 {
            realm.place(at).run(&["rebuild"], "").succeeded();
        }
        realm.place(at).start();
    }
    assert_eq!(realm.equal(&space), print);
    assert_eq!(waiting(), left);
    assert_eq!(titles(&ancenis, &space), ["Plan", "Relevé de Nora"]);

    // She goes on with what was kept, and a manager takes the rest in.
    rename(&ancenis, &space, &built_on, "Relevé fini");
    until("her next title", ARRIVAL_TIME_MAX, || {
        (titles(&nantes, &space) == ["Plan", "Relevé fini"]).then_some(())
    });
    let rest: Vec<Value> = held(&nantes, &space)
        .iter()
        .flat_map(|row| row["entries"].as_array().cloned().unwrap_or_default())
        .collect();
    let readmit = json!({ "feature": "space", "do": "readmit", "space": space, "entries": rest });
    nantes.command(readmit).ok();
    for person in [&nantes, &ancenis] {
        until("all of it", ARRIVAL_TIME_MAX, || {
            let titles = titles(person, &space);
            let all = titles.contains(&"Plan de mars".to_owned())
                && titles.contains(&"Relevé oublié".to_owned());
            (all && titles.len() == 3).then_some(())
        });
    }
    assert!(held(&nantes, &space).is_empty());
    realm.equal(&space);
    for at in [0, 1] {
        realm.place(at).stop();
    }
}
