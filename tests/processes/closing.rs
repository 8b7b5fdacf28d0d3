//! A space is closed while an office writes, and opened again; and people ask to be let in.

use serde_json::{Value, json};

use super::client::Person;
use super::program::until;
use super::realm::{ARRIVAL_TIME_MAX, Realm};

fn closed(person: &Person, space: &str) -> Value {
    person.get(&format!("/spaces/{space}")).ok()["closed"].clone()
}

#[test]
fn a_closed_space_is_read_and_no_more_until_it_is_opened_again() {
    let mut realm = Realm::found("Nantes");
    realm.join("Ancenis");
    let [nantes, ancenis] = [0, 1].map(|at| realm.place(at).person());
    let space = nantes.open_space("Pont de Varades", "hidden");
    let channel = nantes.open_channel(&space, "Chantier");
    nantes.add_member(&space, &ancenis.id, "contributor");
    until("the channel at the other site", ARRIVAL_TIME_MAX, || {
        (ancenis.say(&space, &channel, "Avant").status == 200).then_some(())
    });
    nantes.sees(&space, &channel, 1);
    ancenis.kept_everywhere(&space, &channel);
    let close = json!({ "feature": "space", "do": "close", "space": space });
    assert_eq!(ancenis.command(close.clone()).refusal(), (403, "forbidden"));

    // Closed at one site while the other, cut off, writes on.
    realm.place(1).kill();
    nantes.command(close.clone()).ok();
    nantes.command(close).ok();
    let refused = nantes.say(&space, &channel, "Encore");
    assert_eq!(refused.refusal(), (403, "read-only"));
    realm.place(0).kill();
    realm.place(1).start();
    ancenis.say(&space, &channel, "Sans savoir").ok();
    realm.place(0).start();
    until("the closing at the other site", ARRIVAL_TIME_MAX, || {
        (!closed(&ancenis, &space).is_null()).then_some(())
    });
    let inbox = format!("/spaces/{space}/held");
    let row = until("the late work in the inbox", ARRIVAL_TIME_MAX, || {
        nantes.get(&inbox).ok()["rows"].get(0).cloned()
    });
    assert_eq!(
        (&row["why"], &row["text"]),
        (&json!("closed"), &json!("Sans savoir"))
    );
    assert_eq!(row["by"]["id"], nantes.id.as_str());
    realm.equal(&space);

    // Everything refuses alike, nothing offers to write, and it is still found.
    for person in [&nantes, &ancenis] {
        assert_eq!(person.texts(&space, &channel), ["Avant"]);
        assert_eq!(
            person.say(&space, &channel, "?").refusal(),
            (403, "read-only")
        );
        let create = json!({ "feature": "page", "do": "create", "space": space, "title": "?" });
        assert_eq!(person.command(create).refusal(), (403, "read-only"));
        let rows = person.messages(&space, &channel);
        assert!(rows.iter().all(|row| row["mine"]["canChange"] == false));
        let found = person.get("/search?q=varades").ok();
        assert_eq!(found["rows"][0]["space"]["closed"], true, "{found:#}");
        let by = closed(person, &space);
        assert_eq!(by["by"]["id"], nantes.id.as_str());
    }
    // Left aside and brought back: every manager sees the same, and the trail calls it by its name.
    let sort = |aside: bool| {
        json!({ "feature": "space", "do": "setAside", "space": space,
            "entries": row["entries"], "aside": aside })
    };
    assert_eq!(ancenis.command(sort(true)).refusal(), (403, "forbidden"));
    nantes.command(sort(true)).ok();
    assert_eq!(nantes.get(&inbox).ok()["rows"], json!([]));
    let aside = nantes.get(&format!("{inbox}?aside=yes")).ok();
    assert_eq!(aside["rows"][0]["aside"]["id"], nantes.id.as_str());
    let trail = nantes.get(&format!("/spaces/{space}/audit?limit=1")).ok();
    assert_eq!(trail["rows"][0]["action"], "decide");
    realm.equal(&space);
    nantes.command(sort(false)).ok();
    assert_eq!(nantes.get(&inbox).ok()["rows"][0]["text"], "Sans savoir");
    assert_eq!(ancenis.texts(&space, &channel), ["Avant"]);
    // What the office wrote can count all the same.
    let readmit = json!({ "feature": "space", "do": "readmit", "space": space,
        "entries": row["entries"] });
    nantes.command(readmit).ok();
    assert_eq!(ancenis.sees(&space, &channel, 2), ["Avant", "Sans savoir"]);

    nantes
        .command(json!({ "feature": "space", "do": "reopen", "space": space }))
        .ok();
    until("the reopening at the other site", ARRIVAL_TIME_MAX, || {
        closed(&ancenis, &space).is_null().then_some(())
    });
    ancenis.say(&space, &channel, "De retour").ok();
    assert_eq!(nantes.sees(&space, &channel, 3)[2], "De retour");
    realm.equal(&space);
}

#[test]
fn people_ask_to_enter_and_a_manager_answers() {
    let mut realm = Realm::found("Nantes");
    realm.join("Ancenis");
    let nantes = realm.place(0).person();
    let [lena, yann] = ["lena", "yann"].map(|login| realm.place(1).add_person(login));
    let space = nantes.open_space("Cuisines", "request");
    let hidden = nantes.open_space("Budget", "hidden");
    let channel = nantes.open_channel(&space, "Menus");
    nantes.say(&space, &channel, "Entre nous").ok();

    // Everybody finds its name, at each site, and nothing that is said in it.
    let list = |person: &Person| person.get("/spaces?filter=all").ok()["rows"].clone();
    let row = until(
        "the space in the list of the other site",
        ARRIVAL_TIME_MAX,
        || {
            let rows = list(&lena);
            rows.as_array()?
                .iter()
                .find(|row| row["name"] == "Cuisines")
                .cloned()
        },
    );
    assert_eq!(
        (&row["member"], &row["last"]),
        (&json!(false), &json!(null))
    );
    assert!(!list(&lena).to_string().contains("Budget"));
    let path = format!("/spaces/{space}");
    let detail = lena.get(&path).ok();
    assert_eq!(
        (&detail["canAsk"], &detail["canJoin"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(detail["sections"], json!([]));
    for below in ["/members", "/items", "/held", "/audit"] {
        assert_eq!(
            lena.get(&format!("{path}{below}")).refusal(),
            (404, "not-found"),
            "{below}"
        );
    }
    let join = json!({ "feature": "space", "do": "join", "space": space });
    assert_eq!(lena.command(join).refusal(), (404, "not-found"));
    let ask = |space: &str, reason: &str| json!({ "feature": "space", "do": "askToEnter", "space": space, "reason": reason });
    assert_eq!(
        lena.command(ask(&hidden, "?")).refusal(),
        (404, "not-found")
    );
    assert_eq!(
        lena.command(ask(&space, " ")).refusal(),
        (400, "unknown-field-value")
    );
    lena.command(ask(&space, "Je remplace Solène")).ok();
    lena.command(ask(&space, "Je demande deux fois")).ok();
    yann.command(ask(&space, "Par curiosité")).ok();
    let detail = lena.get(&path).ok();
    assert_eq!(detail["asked"]["reason"], "Je remplace Solène");
    assert_eq!(detail["canAsk"], false);

    let inbox = format!("{path}/held");
    let requests = until(
        "both requests at the manager's site",
        ARRIVAL_TIME_MAX,
        || {
            let page = nantes.get(&inbox).ok();
            let requests = page["requests"].as_array()?.clone();
            (requests.len() == 2).then_some(requests)
        },
    );
    assert_eq!(nantes.get(&path).ok()["toCheck"], 2);
    let of = |name: &str| {
        let found = requests.iter().find(|row| row["person"]["name"] == name);
        found.unwrap_or_else(|| panic!("{name} in {requests:#?}"))["id"].clone()
    };
    let answer = |request: Value, accept: bool| {
        json!({ "feature": "space", "do": "answerRequest", "space": space, "request": request,
            "accept": accept })
    };
    nantes.command(answer(of("lena"), true)).ok();
    nantes.command(answer(of("yann"), false)).ok();
    assert_eq!(nantes.get(&inbox).ok()["requests"], json!([]));
    lena.sees(&space, &channel, 1);
    lena.say(&space, &channel, "Bonjour").ok();
    until("the answer at the other site", ARRIVAL_TIME_MAX, || {
        (yann.get(&path).ok()["asked"]["declined"] == true).then_some(())
    });
    assert_eq!(yann.get(&path).ok()["canAsk"], true);
    assert_eq!(
        yann.get(&format!("{path}/items")).refusal(),
        (404, "not-found")
    );
    realm.equal(&space);
}
