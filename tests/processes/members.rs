//! Who may what in a space, as the API answers it.

use serde_json::json;

use super::client::Person;
use super::realm::Realm;

#[test]
fn rights_are_answered_alike_everywhere() {
    let mut realm = Realm::found("Nantes");
    let place = realm.place(0);
    let marie = place.person();
    let [lena, yann] = ["lena", "yann"].map(|login| place.add_person(login));
    let space = marie.open_space("Collège Aimé-Césaire", "hidden");
    let channel = marie.open_channel(&space, "Chantier");
    marie.say(&space, &channel, "Bonjour").ok();
    marie.add_member(&space, &lena.id, "viewer");

    // To a stranger a hidden space is not there, whatever she asks.
    let unknown = "ab".repeat(32);
    for space in [&space, &unknown] {
        for path in [
            format!("/spaces/{space}"),
            format!("/spaces/{space}/members"),
            format!("/spaces/{space}/items"),
            format!("/spaces/{space}/channels/{channel}/messages"),
            format!("/spaces/{space}/items/{channel}"),
        ] {
            assert_eq!(yann.get(&path).refusal(), (404, "not-found"), "{path}");
        }
        for command in [
            json!({ "feature": "message", "do": "send", "channel": channel, "text": "?" }),
            json!({ "feature": "channel", "do": "create", "name": "?" }),
            json!({ "feature": "page", "do": "create", "title": "?" }),
            json!({ "feature": "thanks", "do": "give", "on": channel }),
            json!({ "feature": "comment", "do": "write", "on": channel, "text": "?" }),
            json!({ "feature": "space", "do": "join" }),
            json!({ "feature": "space", "do": "change", "name": "?" }),
            json!({ "feature": "space", "do": "addMember", "person": yann.id, "role": "manager" }),
            json!({ "feature": "space", "do": "setRole", "person": yann.id, "role": "manager" }),
            json!({ "feature": "space", "do": "removeMember", "person": marie.id }),
        ] {
            let mut command = command;
            command["space"] = space.as_str().into();
            let answer = yann.command(command.clone());
            assert_eq!(answer.refusal(), (404, "not-found"), "{command}");
        }
    }
    let spaces = |person: &Person, filter: &str| {
        let list = person.get(&format!("/spaces?filter={filter}")).ok();
        list["rows"].as_array().expect("rows").len()
    };
    assert_eq!(spaces(&yann, "all"), 0);
    assert_eq!(spaces(&lena, "mine"), 1);

    // A viewer reads and does not write.
    assert_eq!(lena.texts(&space, &channel), ["Bonjour"]);
    for command in [
        json!({ "feature": "message", "do": "send", "channel": channel, "text": "?" }),
        json!({ "feature": "channel", "do": "create", "name": "?" }),
        json!({ "feature": "page", "do": "create", "title": "?" }),
        json!({ "feature": "post", "do": "create", "title": "?", "text": "?" }),
        json!({ "feature": "space", "do": "change", "name": "?" }),
        json!({ "feature": "space", "do": "addMember", "person": yann.id, "role": "viewer" }),
        json!({ "feature": "space", "do": "setRole", "person": lena.id, "role": "manager" }),
        json!({ "feature": "space", "do": "removeMember", "person": marie.id }),
    ] {
        let mut command = command;
        command["space"] = space.as_str().into();
        let answer = lena.command(command.clone());
        assert_eq!(answer.refusal(), (403, "forbidden"), "{command}");
    }
    assert_eq!(marie.texts(&space, &channel), ["Bonjour"]);

    // The last manager neither leaves nor steps down; with a second one she may.
    let leave = json!({
        "feature": "space", "do": "removeMember", "space": space, "person": marie.id
    });
    let step_down = json!({
        "feature": "space", "do": "setRole", "space": space, "person": marie.id, "role": "viewer"
    });
    for command in [&leave, &step_down] {
        let answer = marie.command(command.clone());
        assert_eq!(answer.refusal(), (409, "conflict"), "{command}");
    }
    marie.add_member(&space, &yann.id, "manager");
    marie.command(leave).ok();
    let gone = marie.get(&format!("/spaces/{space}"));
    assert_eq!(gone.refusal(), (404, "not-found"));
    assert_eq!(yann.texts(&space, &channel), ["Bonjour"], "her work stays");

    // Nothing of it depends on what only lives in memory.
    place.kill();
    place.start();
    assert_eq!(marie.get(&format!("/spaces/{space}")).status, 404);
    let viewer = lena.say(&space, &channel, "?");
    assert_eq!(viewer.refusal(), (403, "forbidden"));
    yann.say(&space, &channel, "Je reprends").ok();
    place.stop();
}
