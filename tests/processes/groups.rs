//! Groups of people: kept by registrars, given a role in a space, followed by every site that may, also
//! when the group changes at one side of a cut.

use serde_json::{Value, json};

use super::client::{Answer, Person};
use super::guests::{STAY_MS, now_ms};
use super::program::until;
use super::realm::{ARRIVAL_TIME_MAX, Realm, recovery_words};

const NAME: &str = "Cuisines du Nord";
/// As the program bounds them.
const GROUPS_PER_SPACE: usize = 20;

impl Person {
    fn group(&self, words: Value) -> Answer {
        let mut command = words;
        command["feature"] = "group".into();
        self.command(command)
    }

    /// Opens a group, and gives its id.
    fn open_group(&self, name: &str) -> String {
        self.group(json!({ "do": "open", "name": name })).ok();
        let id = self.groups().into_iter().find(|row| row["name"] == name);
        id.expect("the group")["id"].as_str().expect("an id").into()
    }

    fn groups(&self) -> Vec<Value> {
        let list = self.get("/groups").ok();
        list["rows"].as_array().expect("rows").clone()
    }

    /// Puts somebody into a group, once the site knows of her.
    fn put(&self, group: &str, person: &Person) {
        until("a person to be known here", ARRIVAL_TIME_MAX, || {
            let add = json!({ "do": "add", "group": group, "person": person.id });
            match self.group(add).refusal() {
                (200, _) => Some(()),
                (400, "unknown-field-value") => None,
                refusal => panic!("{refusal:?}"),
            }
        });
    }

    fn take(&self, group: &str, person: &Person) {
        let take = json!({ "do": "remove", "group": group, "person": person.id });
        self.group(take).ok();
    }

    fn give(&self, space: &str, group: &str, role: &str) -> Answer {
        self.group(json!({ "do": "give", "space": space, "group": group, "role": role }))
    }

    /// Somebody's role in a space, whether by name, and by which groups; null for none.
    fn standing(&self, space: &str, person: &Person) -> Value {
        let rows = self.get(&format!("/spaces/{space}/members")).ok();
        let rows = rows["rows"].as_array().expect("rows");
        let row = rows.iter().find(|row| row["person"]["id"] == *person.id);
        row.map_or(Value::Null, |row| {
            json!([row["role"], row["byName"], row["groups"]])
        })
    }

    fn finds(&self, space: &str, person: &Person, standing: &Value) {
        until(&standing.to_string(), ARRIVAL_TIME_MAX, || {
            (self.standing(space, person) == *standing).then_some(())
        });
    }
}

#[test]
fn a_group_that_changes_on_both_sides_of_a_cut_is_followed_everywhere() {
    let mut realm = Realm::prepare("Nantes");
    let key = recovery_words(&realm.place(0).init().succeeded()).join(" ");
    realm.place(0).start();
    realm.join("Ancenis");
    let name = ["registrar", "add", "ancenis"];
    realm.place(0).run(&name, &key).succeeded();
    let claire = realm.place(0).person();
    let [paul, lise] = ["paul", "lise"].map(|login| realm.place(0).add_person(login));
    let marc = realm.place(1).person();
    let nora = realm.place(1).add_person("nora");
    until("Marc to be a registrar", ARRIVAL_TIME_MAX, || {
        marc.may("registrar").then_some(())
    });

    // Lise is in by name and in the group, Paul by the group only.
    let space = claire.open_space("Cuisines", "hidden");
    let channel = claire.open_channel(&space, "Menus");
    claire.add_member(&space, &marc.id, "manager");
    claire.add_member(&space, &lise.id, "commenter");
    let group = claire.open_group(NAME);
    claire.put(&group, &paul);
    claire.put(&group, &lise);
    claire.give(&space, &group, "contributor").ok();
    let by_group = json!(["contributor", false, [NAME]]);
    let by_both = json!(["contributor", true, [NAME]]);
    let by_name = json!(["commenter", true, []]);
    for person in [&claire, &marc] {
        until("the space at both sites", ARRIVAL_TIME_MAX, || {
            (person.get(&format!("/spaces/{space}")).status == 200).then_some(())
        });
        person.finds(&space, &paul, &by_group);
        person.finds(&space, &lise, &by_both);
    }
    paul.say(&space, &channel, "Bonjour").ok();
    marc.sees(&space, &channel, 1);
    let roles = marc.get(&format!("/spaces/{space}/groups")).ok();
    assert_eq!(roles["rows"][0]["name"], NAME);
    assert_eq!(roles["rows"][0]["people"], 2);
    realm.equal(&space);
    claire.kept_everywhere(&space, &channel);

    // At Nantes two leave the group, at Ancenis one joins it: neither hears of the other.
    realm.place(1).kill();
    claire.take(&group, &lise);
    claire.take(&group, &paul);
    claire.finds(&space, &paul, &Value::Null);
    claire.finds(&space, &lise, &by_name);
    assert_eq!(paul.get(&format!("/spaces/{space}")).status, 404);
    realm.place(0).kill();
    realm.place(1).start();
    marc.put(&group, &nora);
    marc.finds(&space, &nora, &by_group);
    assert_eq!(marc.standing(&space, &paul), by_group, "not heard yet");
    nora.say(&space, &channel, "Me voici").ok();
    realm.place(1).kill();

    realm.place(0).start();
    realm.place(1).start();
    for person in [&claire, &marc] {
        person.finds(&space, &nora, &by_group);
        person.finds(&space, &paul, &Value::Null);
        person.finds(&space, &lise, &by_name);
        person.shows(&space, &channel, &["Bonjour", "Me voici"]);
        until("the group to be the same", ARRIVAL_TIME_MAX, || {
            let groups = person.groups();
            let people = groups[0]["people"].as_array().expect("people");
            (people.len() == 1 && people[0]["id"] == *nora.id).then_some(())
        });
    }
    realm.equal(&space);

    // A manager who removes somebody by name means it; with another word she comes back.
    let remove = json!({ "feature": "space", "do": "removeMember", "space": space,
        "person": nora.id });
    claire.command(remove).ok();
    claire.put(&group, &paul);
    claire.finds(&space, &paul, &by_group);
    for person in [&claire, &marc] {
        // Both know: what is given from here on follows the removal.
        person.finds(&space, &nora, &Value::Null);
        person.finds(&space, &paul, &by_group);
    }
    claire.take(&group, &nora);
    claire.put(&group, &nora);
    for person in [&claire, &marc] {
        person.finds(&space, &nora, &by_group);
        person.finds(&space, &paul, &by_group);
    }

    // Who is named besides stays when the group goes.
    claire.add_member(&space, &paul.id, "commenter");
    claire.group(json!({ "do": "end", "group": group })).ok();
    for person in [&claire, &marc] {
        person.finds(&space, &nora, &Value::Null);
        person.finds(&space, &paul, &by_name);
        person.finds(&space, &lise, &by_name);
    }
    realm.equal(&space);
    let trail = claire.get(&format!("/spaces/{space}/audit?limit=200")).ok();
    let trail = trail["rows"].as_array().expect("rows");
    let told = |action: &str, who: &Person| {
        let mut rows = trail.iter();
        rows.any(|row| {
            row["action"] == action && row["person"]["id"] == *who.id && row["group"] == NAME
        })
    };
    assert!(told("grant", &paul) && told("revoke", &paul), "{trail:?}");
    assert!(told("grant", &nora) && told("revoke", &nora), "{trail:?}");
    for at in [0, 1] {
        realm.place(at).stop();
    }
}

#[test]
fn groups_are_kept_by_registrars_and_hold_no_guests() {
    let mut realm = Realm::found("Nantes");
    let claire = realm.place(0).person();
    let paul = realm.place(0).add_person("paul");
    let space = claire.open_space("Cuisines", "hidden");
    let group = claire.open_group(NAME);
    claire.give(&space, &group, "viewer").ok();

    let asked = json!({ "login": "luc", "name": "Luc Dupont",
        "organisation": "Association Dupont", "role": "viewer", "endMs": now_ms() + STAY_MS });
    let path = format!("/spaces/{space}/guest-people");
    let ready = claire.post(&path, &asked).ok();
    let password = ready["password"].as_str().expect("a password");
    let luc = Person::sign_in(realm.place(0).web, "luc", password).expect("signed in");
    let add = json!({ "do": "add", "group": group, "person": luc.id });
    let answer = claire.group(add);
    assert_eq!(answer.refusal(), (400, "unknown-field-value"));
    assert_eq!(answer.body["error"]["field"], "person");
    assert_eq!(luc.get("/groups").status, 403);
    let seen = luc.get(&format!("/spaces/{space}/groups")).ok();
    assert_eq!(seen["rows"], json!([]));

    // Who is no registrar reads groups and changes none.
    assert_eq!(paul.groups()[0]["mayChange"], false);
    assert_eq!(paul.get("/groups").ok()["places"], json!([]));
    for words in [
        json!({ "do": "open", "name": "Régie" }),
        json!({ "do": "rename", "group": group, "name": "Régie" }),
        json!({ "do": "add", "group": group, "person": paul.id }),
        json!({ "do": "end", "group": group }),
    ] {
        let answer = paul.group(words.clone());
        assert_eq!(answer.refusal(), (403, "forbidden"), "{words}");
    }
    assert_eq!(paul.give(&space, &group, "viewer").status, 404);
    let unknown = "ab".repeat(16);
    assert_eq!(claire.give(&space, &unknown, "viewer").status, 404);
    assert_eq!(claire.give(&space, &group, "manager").status, 400);
    let twice = claire.group(json!({ "do": "open", "name": "cuisines du nord" }));
    assert_eq!(twice.refusal(), (409, "conflict"));

    // A space takes so many groups, and another one once there is room.
    let more: Vec<String> = (0..GROUPS_PER_SPACE)
        .map(|number| claire.open_group(&format!("Équipe {number}")))
        .collect();
    for group in &more[1..] {
        claire.give(&space, group, "viewer").ok();
    }
    let full = claire.give(&space, &more[0], "viewer");
    assert_eq!(full.body["error"]["limit"], GROUPS_PER_SPACE, "{full:?}");
    let take = json!({ "do": "take", "space": space, "group": group });
    claire.group(take).ok();
    claire.give(&space, &more[0], "viewer").ok();

    // Nothing of it depends on what only lives in memory.
    claire.put(&more[0], &paul);
    let by_group = json!(["viewer", false, ["Équipe 0"]]);
    claire.finds(&space, &paul, &by_group);
    realm.place(0).kill();
    realm.place(0).start();
    claire.finds(&space, &paul, &by_group);
    claire.take(&more[0], &paul);
    claire.finds(&space, &paul, &Value::Null);
    realm.place(0).stop();
}
