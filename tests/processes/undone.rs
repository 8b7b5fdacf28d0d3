//! An erasure that is taken back after a site destroyed the bytes: they come again from a site that
//! has not; and what is gone everywhere keeps no log waiting.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::client::Person;
use super::erased::{in_stores, later, states};
use super::program::until;
use super::realm::{ARRIVAL_TIME_MAX, Realm};

const WORDS: [&str; 4] = [
    "kanariTITREdePAGE",
    "kanariTEXTEdePAGE",
    "kanariMESSAGE",
    "kanariARTICLE",
];

const NAMES: [&str; 2] = ["Nantes", "Ancenis"];

struct Written {
    realm: Realm,
    space: String,
    channel: String,
    /// A page and a post of the first site. The message of the second is in the channel.
    items: [String; 2],
}

impl Written {
    fn person(&mut self, at: usize) -> Person {
        self.realm.place(at).person()
    }

    fn erasure(&self, person: &Person) -> Value {
        let rows = person.get(&format!("/spaces/{}/erasures", self.space));
        rows.ok()["rows"][0].clone()
    }

    fn undo(&self, person: &Person) -> Value {
        json!({ "feature": "erasure", "do": "undo", "space": self.space,
            "erasure": self.erasure(person)["id"] })
    }

    fn status(&self, person: &Person, item: &str) -> u16 {
        person
            .get(&format!("/spaces/{}/items/{item}", self.space))
            .status
    }

    /// The bytes leave a stopped site whose clock is after the waiting time then; it runs on.
    fn destroyed_at(&mut self, at: usize) {
        self.realm.place(at).start_with(&later());
        let person = self.person(at);
        until("the bytes to be removed", ARRIVAL_TIME_MAX, || {
            (states(&person, &self.space) == ["removed"]).then_some(())
        });
        // Files are cleaned at a start.
        self.realm.place(at).stop();
        assert_eq!(in_stores(&self.realm.place(at).data), BTreeSet::new());
        self.realm.place(at).start_with(&later());
        let person = self.person(at);
        until("the site's receipt", ARRIVAL_TIME_MAX, || {
            let row = self.erasure(&person);
            let mut sites = row["sites"].as_array()?.iter();
            let own = sites.find(|site| site["site"]["name"] == NAMES[at])?;
            own["destroyedMs"].is_u64().then_some(())
        });
    }

    /// Each site's newest message reaches the other, and each hears that it did: no log waits.
    fn nothing_waits(&mut self, texts: usize) {
        let people = [0, 1].map(|at| self.person(at));
        for (number, person) in people.iter().enumerate() {
            person.say(&self.space, &self.channel, "La suite").ok();
            for other in &people {
                other.sees(&self.space, &self.channel, texts + number + 1);
            }
        }
        for person in &people {
            person.kept_everywhere(&self.space, &self.channel);
        }
        self.realm.equal(&self.space);
    }
}

/// Two sites with content of both, erased at the first, hidden at both.
fn erased() -> Written {
    let mut realm = Realm::found(NAMES[0]);
    realm.join(NAMES[1]);
    let [nantes, ancenis] = [0, 1].map(|at| realm.place(at).person());
    let space = nantes.open_space("Cantines", "hidden");
    nantes.add_member(&space, &ancenis.id, "manager");
    let channel = nantes.open_channel(&space, "Cuisine");
    let made = |command: Value| {
        let item = nantes.command(command).ok()["item"].clone();
        item.as_str().expect("an item").to_owned()
    };
    let page = made(
        json!({ "feature": "page", "do": "create", "space": space, "title": WORDS[0],
            "text": WORDS[1] }),
    );
    let post = made(
        json!({ "feature": "post", "do": "create", "space": space, "title": "Avis",
            "text": WORDS[3] }),
    );
    until("the space at the other site", ARRIVAL_TIME_MAX, || {
        let path = format!("/spaces/{space}/items/{post}");
        (ancenis.get(&path).status == 200).then_some(())
    });
    ancenis.say(&space, &channel, WORDS[2]).ok();
    nantes.sees(&space, &channel, 1);
    // What comes after them in both logs.
    nantes.say(&space, &channel, "Potage").ok();
    ancenis.sees(&space, &channel, 2);
    let message = nantes.messages(&space, &channel)[0]["id"].clone();
    let message = message.as_str().expect("an item").to_owned();
    let items = [page, post];
    let erase = json!({ "feature": "erasure", "do": "erase", "space": space,
        "items": [items[0], items[1], message], "reason": "données de santé" });
    nantes.command(erase).ok();
    until("the erasure at the other site", ARRIVAL_TIME_MAX, || {
        let path = format!("/spaces/{space}/items/{}", items[0]);
        (ancenis.get(&path).status == 410).then_some(())
    });
    until("the other site's receipt", ARRIVAL_TIME_MAX, || {
        let row = nantes.get(&format!("/spaces/{space}/erasures")).ok()["rows"][0].clone();
        let mut sites = row["sites"].as_array()?.iter();
        sites.all(|site| site["hiddenMs"].is_u64()).then_some(())
    });
    realm.equal(&space);
    Written {
        realm,
        space,
        channel,
        items,
    }
}

#[test]
fn what_one_site_destroyed_comes_back_from_the_other() {
    let mut written = erased();
    written.realm.place(0).stop();
    written.destroyed_at(0);
    let [nantes, ancenis] = [0, 1].map(|at| written.person(at));
    assert_eq!(states(&nantes, &written.space), ["destroyed"]);
    assert_eq!(states(&ancenis, &written.space), ["hidden"]);

    let row = written.erasure(&nantes);
    assert_eq!(row["canUndo"], true, "{row}");
    nantes.command(written.undo(&nantes)).ok();
    for person in [&nantes, &ancenis] {
        until("all of it to be shown again", ARRIVAL_TIME_MAX, || {
            let items = written.items.iter();
            let shown = items.filter(|item| written.status(person, item) == 200);
            (shown.count() == written.items.len()).then_some(())
        });
        let texts = person.sees(&written.space, &written.channel, 2);
        assert_eq!(texts, [WORDS[2], "Potage"]);
        assert_eq!(states(person, &written.space), ["undone"]);
    }
    written.nothing_waits(2);
    // Also on the disk, and after a start that reads it anew.
    for at in [0, 1] {
        written.realm.place(at).stop();
        let data = written.realm.place(at).data.clone();
        assert_eq!(in_stores(&data), BTreeSet::from(WORDS), "{at}");
        written.realm.place(at).run(&["rebuild"], "").succeeded();
    }
    for at in [0, 1] {
        written.realm.place(at).start();
    }
    written.nothing_waits(4);
}

#[test]
fn what_is_gone_everywhere_stays_gone_and_no_log_waits_for_it() {
    let mut written = erased();
    written.realm.place(0).stop();
    written.destroyed_at(0);
    // Taken back while the other site is away. Its clock passes the waiting time before it hears.
    written.realm.place(1).stop();
    let nantes = written.person(0);
    nantes.command(written.undo(&nantes)).ok();
    assert_eq!(states(&nantes, &written.space), ["undone"]);
    written.realm.place(0).stop();
    written.destroyed_at(1);
    written.realm.place(0).start_with(&later());
    let people = [0, 1].map(|at| written.person(at));
    for person in &people {
        until("the readmission at both sites", ARRIVAL_TIME_MAX, || {
            (states(person, &written.space) == ["undone"]).then_some(())
        });
    }
    written.nothing_waits(1);
    for person in &people {
        for item in &written.items {
            assert_eq!(written.status(person, item), 404);
        }
    }
    for at in [0, 1] {
        written.realm.place(at).stop();
        let data = written.realm.place(at).data.clone();
        assert_eq!(in_stores(&data), BTreeSet::new(), "{at}");
    }
}

#[test]
fn nobody_takes_back_what_every_site_destroyed() {
    let mut written = erased();
    for at in [0, 1] {
        written.realm.place(at).stop();
        written.destroyed_at(at);
    }
    let people = [0, 1].map(|at| written.person(at));
    for person in &people {
        until("the receipts of both sites", ARRIVAL_TIME_MAX, || {
            let row = written.erasure(person);
            let mut sites = row["sites"].as_array()?.iter();
            sites.all(|site| site["destroyedMs"].is_u64()).then_some(())
        });
        assert_eq!(written.erasure(person)["canUndo"], false);
        let refused = person.command(written.undo(person));
        assert_eq!(refused.refusal(), (409, "conflict"));
        let told = format!("{refused:?}");
        assert!(told.contains("sur tous les sites"), "{told}");
    }
    written.nothing_waits(1);
}
