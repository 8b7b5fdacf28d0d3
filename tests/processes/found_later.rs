//! Spaces that everybody finds, and sites that join afterwards.

use super::client::Person;
use super::program::until;
use super::realm::{ARRIVAL_TIME_MAX, Realm};

fn finds(person: &Person, space: &str) -> serde_json::Value {
    until("a space that is found", ARRIVAL_TIME_MAX, || {
        let found = person.get("/spaces?filter=all").ok();
        let rows = found["rows"].as_array().expect("a list").clone();
        rows.into_iter().find(|row| row["id"] == space)
    })
}

#[test]
fn a_site_that_joins_later_finds_open_spaces_and_those_on_request() {
    let mut realm = Realm::found("Nantes");
    let marie = realm.place(0).person();
    let on_request = marie.open_space("Budget", "request");
    let open = marie.open_space("Cantine", "open");
    let hidden = marie.open_space("Travaux", "hidden");
    let channel = marie.open_channel(&open, "Menus");
    marie.say(&open, &channel, "Galettes").ok();

    realm.join("Ancenis");
    let yann = realm.place(1).person();
    finds(&yann, &on_request);
    finds(&yann, &open);

    // She asks, and is let in at the other site.
    until("the space to be here", ARRIVAL_TIME_MAX, || {
        let detail = yann.get(&format!("/spaces/{on_request}")).ok();
        (detail["canAsk"] == true).then_some(())
    });
    until("the space to be here", ARRIVAL_TIME_MAX, || {
        let answer = yann.command(serde_json::json!({
            "feature": "space", "do": "askToEnter", "space": on_request,
            "reason": "Je prépare le budget"
        }));
        (answer.status == 200).then_some(())
    });
    let request = until("the request at the manager's", ARRIVAL_TIME_MAX, || {
        let inbox = marie.get(&format!("/spaces/{on_request}/held")).ok();
        let requests = inbox["requests"].as_array()?.clone();
        requests
            .into_iter()
            .find(|it| it["person"]["id"] == yann.id)
    });
    marie
        .command(serde_json::json!({
            "feature": "space", "do": "answerRequest", "space": on_request,
            "request": request["id"], "accept": true
        }))
        .ok();
    until("the right to write", ARRIVAL_TIME_MAX, || {
        let told = yann.get(&format!("/spaces/{on_request}")).ok();
        (told["me"] == "contributor").then_some(())
    });

    // Into the open one her own site lets her in; the hidden one stays where it was.
    until("to be let in", ARRIVAL_TIME_MAX, || {
        let answer = yann.command(serde_json::json!({
            "feature": "space", "do": "join", "space": open
        }));
        (answer.status == 200).then_some(())
    });
    yann.say(&open, &channel, "Merci").ok();
    assert_eq!(marie.sees(&open, &channel, 2), ["Galettes", "Merci"]);
    assert_eq!(yann.get(&format!("/spaces/{hidden}")).status, 404);

    // The same where what a site shows was lost and made anew; and a space that is hidden by now is not
    // given to further sites.
    let hide = serde_json::json!({
        "feature": "space", "do": "change", "space": on_request, "visibility": "hidden"
    });
    marie.command(hide).ok();
    realm.place(0).stop();
    std::fs::remove_file(realm.place(0).data.join("state.redb")).expect("it was there");
    realm.place(0).start();
    realm.join("Blain");
    let lena = realm.place(2).person();
    finds(&lena, &open);
    lena.sees(&open, &channel, 2);
    until("to be let in", ARRIVAL_TIME_MAX, || {
        let answer = lena.command(serde_json::json!({
            "feature": "space", "do": "join", "space": open
        }));
        (answer.status == 200).then_some(())
    });
    for space in [&hidden, &on_request] {
        assert_eq!(lena.get(&format!("/spaces/{space}")).status, 404);
    }
}
