//! Two people change one message, each at a site that does not hear of the other: both versions are
//! kept and listed everywhere, until somebody who saw both writes the next.

use serde_json::{Value, json};

use super::client::Person;
use super::program::until;
use super::realm::{ARRIVAL_TIME_MAX, Realm};

fn change(person: &Person, space: &str, item: &str, text: &str) {
    let command = json!({
        "feature": "message", "do": "change", "space": space, "item": item, "text": text
    });
    person.command(command).ok();
}

/// The text shown, and the others with their authors.
fn versions(
    person: &Person,
    space: &str,
    channel: &str,
) -> Option<(String, Vec<(String, String)>)> {
    let path = format!("/spaces/{space}/channels/{channel}/messages?limit=200");
    let answer = person.get(&path);
    let row = answer.body["rows"].as_array()?.first()?.clone();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let others = row["others"].as_array()?.iter();
    let others = others.map(|other| (text(&other["text"]), text(&other["by"]["id"])));
    Some((text(&row["fields"]["text"]), others.collect()))
}

#[test]
fn concurrent_changes_of_a_message_are_both_listed_everywhere() {
    let mut realm = Realm::found("Nantes");
    realm.join("Ancenis");
    let people: Vec<Person> = (0..2).map(|at| realm.place(at).person()).collect();
    let (manager, author) = (&people[0], &people[1]);
    let space = manager.open_space("Routes", "hidden");
    let channel = manager.open_channel(&space, "Chantiers");
    manager.add_member(&space, &author.id, "contributor");
    author.sees(&space, &channel, 0);
    let said = until("the right to write", ARRIVAL_TIME_MAX, || {
        let answer = author.say(&space, &channel, "Route fermée");
        (answer.status == 200).then_some(answer)
    });
    let item = said.ok()["item"].as_str().expect("an item").to_owned();
    manager.sees(&space, &channel, 1);

    realm.place(0).stop();
    change(author, &space, &item, "Route fermée lundi");
    realm.place(1).stop();
    realm.place(0).start();
    change(manager, &space, &item, "Route ouverte");
    realm.place(1).start();

    let both = until("both versions at both sites", ARRIVAL_TIME_MAX, || {
        let seen: Vec<_> = people
            .iter()
            .filter_map(|person| versions(person, &space, &channel))
            .filter(|(_, others)| others.len() == 1)
            .collect();
        (seen.len() == 2).then_some(seen)
    });
    assert_eq!(both[0], both[1]);
    let (shown, others) = both[0].clone();
    let mut texts = [shown, others[0].0.clone()];
    texts.sort();
    assert_eq!(texts, ["Route fermée lundi", "Route ouverte"]);
    let by = if others[0].0 == "Route ouverte" {
        manager
    } else {
        author
    };
    assert_eq!(others[0].1, by.id);
    realm.equal(&space);

    // Also from the disk alone.
    realm.place(1).stop();
    realm.place(1).run(&["rebuild"], "").succeeded();
    realm.place(1).start();
    assert_eq!(versions(author, &space, &channel), Some(both[0].clone()));

    change(author, &space, &item, "Route ouverte à partir de mardi");
    until("one version again", ARRIVAL_TIME_MAX, || {
        let all = people.iter().all(|person| {
            let (shown, others) = versions(person, &space, &channel).unwrap_or_default();
            shown == "Route ouverte à partir de mardi" && others.is_empty()
        });
        all.then_some(())
    });
    realm.equal(&space);
}
