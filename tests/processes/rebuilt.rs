//! A large space is judged anew in turns beside its last state, and then says what a small one would.

use serde_json::json;

use super::client::Person;
use super::program::until;
use super::realm::{ARRIVAL_TIME_MAX, Realm};

/// More than two turns judge (`REBUILD_PER_TURN` of the hub).
const MESSAGES: usize = 450;

/// Turns that the last judging anew of a space took, as the site logged it.
fn turns(logged: &str) -> Option<u64> {
    let line = logged
        .lines()
        .rfind(|line| line.contains("was judged anew"))?;
    let (_, turns) = line.split_once(", in ")?;
    turns.split_whitespace().next()?.parse().ok()
}

fn remove(from: &Person, space: &str, person: &str) {
    let remove = json!({
        "feature": "space", "do": "removeMember", "space": space, "person": person
    });
    from.command(remove).ok();
}

#[test]
fn a_removal_in_a_large_space_is_judged_in_turns() {
    let mut realm = Realm::found("Nantes");
    realm.join("Ancenis");
    let [nantes, ancenis] = [0, 1].map(|at| realm.place(at).person());
    let yann = realm.place(1).add_person("yann");
    let space = nantes.open_space("Routes", "hidden");
    let elsewhere = nantes.open_space("Ponts", "hidden");
    let channel = nantes.open_channel(&space, "Chantiers");
    nantes.add_member(&space, &ancenis.id, "contributor");
    nantes.add_member(&space, &yann.id, "contributor");
    for number in 0..MESSAGES {
        nantes.say(&space, &channel, &format!("{number}")).ok();
    }
    until("the channel at the other site", ARRIVAL_TIME_MAX, || {
        (yann.say(&space, &channel, "Avant").status == 200).then_some(())
    });
    nantes.kept_everywhere(&space, &channel);
    yann.kept_everywhere(&space, &channel);
    let unread = ancenis.unread(&channel);

    // Removed at one site; the other is cut off, and he writes on there.
    realm.place(1).kill();
    remove(&nantes, &space, &yann.id);
    realm.place(0).kill();
    realm.place(1).start();
    yann.say(&space, &channel, "Trop tard").ok();
    realm.place(0).start();
    // The site that hears of the removal judges all of it anew.
    let took = until("the judging", ARRIVAL_TIME_MAX, || {
        turns(&realm.place(1).process().err())
    });
    // Read and judged apart, each a turn of its own at the least.
    assert!(took >= 4, "{took} turns");
    realm.equal(&space);
    for person in [&nantes, &ancenis] {
        let texts = person.texts(&space, &channel);
        assert!(!texts.contains(&"Trop tard".to_owned()));
        assert_eq!(texts.last().map(String::as_str), Some("Avant"));
    }
    assert_eq!(
        ancenis.unread(&channel),
        unread,
        "nothing read became unread"
    );
    assert_eq!(yann.get(&format!("/spaces/{space}")).status, 404);
    // Neighbours of the space are as they were.
    assert_eq!(nantes.get(&format!("/spaces/{elsewhere}")).status, 200);
    // Nothing of the work is lost by ending in the middle of it.
    realm.place(1).stop();
    realm.place(1).start();
    realm.equal(&space);
}

/// More than one turn reads (`SHOWN_PER_TURN` of the hub).
const PAGES: usize = 130;

#[test]
fn a_list_of_pages_that_nobody_read_here_is_whole_and_in_order() {
    let mut realm = Realm::found("Nantes");
    realm.join("Ancenis");
    let [nantes, ancenis] = [0, 1].map(|at| realm.place(at).person());
    let space = nantes.open_space("Routes", "hidden");
    for number in 0..PAGES {
        // Not in the order in which they are listed.
        let title = format!("fiche {:03}", number * 7 % PAGES);
        let create = json!({ "feature": "page", "do": "create", "space": space, "title": title });
        nantes.command(create).ok();
    }
    nantes.add_member(&space, &ancenis.id, "contributor");
    let list = format!("/spaces/{space}/items?kind=page&limit=200");
    let titles = until("all pages", ARRIVAL_TIME_MAX, || {
        let answer = ancenis.get(&list);
        let rows = answer.body["rows"].as_array()?.iter();
        let titles = rows.filter_map(|row| row["title"].as_str());
        let titles = titles.filter(|title| title.starts_with("fiche"));
        let titles: Vec<String> = titles.map(str::to_owned).collect();
        (titles.len() >= PAGES).then_some(titles)
    });
    let expected: Vec<String> = (0..PAGES).map(|n| format!("fiche {n:03}")).collect();
    assert_eq!(titles, expected);
    // Who may not read it is not made to wait for it either.
    let yann = realm.place(1).add_person("yann");
    assert_eq!(yann.get(&list).refusal(), (404, "not-found"));
}
