//! A site comes back from a backup: rightly, without the key of the life before, and wrongly, with
//! it. What it wrote since the backup and what it writes after are both kept, and shown everywhere.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::client::Person;
use super::damage::copy_all;
use super::program::until;
use super::realm::{ARRIVAL_TIME_MAX, Realm};

/// The site that goes back in time.
const RESTORED: usize = 1;
const SITES: usize = 3;

/// Three sites that share a space opened at the one to be restored.
struct Story {
    realm: Realm,
    people: Vec<Person>,
    space: String,
    channel: String,
    said: BTreeSet<String>,
}

impl Story {
    fn begin() -> Self {
        let mut realm = Realm::found("Nantes");
        realm.join("Ancenis");
        realm.join("Vitre");
        let people: Vec<Person> = (0..SITES).map(|at| realm.place(at).person()).collect();
        let author = &people[RESTORED];
        let space = author.open_space("Routes", "hidden");
        let channel = author.open_channel(&space, "Chantiers");
        for other in [0, 2] {
            author.add_member(&space, &people[other].id, "contributor");
        }
        let mut story = Self {
            realm,
            people,
            space,
            channel,
            said: BTreeSet::new(),
        };
        story.say("before the backup");
        story.all_see_all();
        story
    }

    /// Three messages of the site to be restored.
    fn say(&mut self, when: &str) {
        for number in 0..3 {
            let text = format!("{when} {number}");
            self.people[RESTORED]
                .say(&self.space, &self.channel, &text)
                .ok();
            self.said.insert(text);
        }
    }

    fn says_at(&mut self, at: usize, text: &str) {
        self.people[at].say(&self.space, &self.channel, text).ok();
        self.said.insert(text.to_owned());
    }

    /// Everybody reads every message, once.
    fn all_see_all(&self) {
        for person in &self.people {
            until("every message of every life", ARRIVAL_TIME_MAX, || {
                let path = format!(
                    "/spaces/{}/channels/{}/messages?limit=200",
                    self.space, self.channel
                );
                let answer = person.get(&path);
                let rows = answer.body["rows"].as_array()?;
                let texts: BTreeSet<String> = rows.iter().map(super::client::text_of).collect();
                (rows.len() == self.said.len() && texts == self.said).then_some(())
            });
        }
    }

    /// Stops the site, keeps its directory as a backup, and lets it go on.
    fn back_up(&mut self) {
        self.realm.place(RESTORED).stop();
        let copy = self.realm.folder().join("backup");
        copy_all(&self.realm.place(RESTORED).data, &copy);
        self.realm.place(RESTORED).start();
    }

    /// What the backup does not know: messages, a right given, a whole space.
    fn live_on(&mut self) -> (String, Person) {
        self.say("in the lost life");
        let lena = self.realm.place(0).add_person("lena");
        let author = &self.people[RESTORED];
        author.add_member(&self.space, &lena.id, "contributor");
        let late = author.open_space("Ponts", "hidden");
        for other in [0, 2] {
            author.add_member(&late, &self.people[other].id, "contributor");
            until("the late space at the others", ARRIVAL_TIME_MAX, || {
                let answer = self.people[other].get(&format!("/spaces/{late}"));
                (answer.status == 200).then_some(())
            });
        }
        self.all_see_all();
        author.kept_everywhere(&self.space, &self.channel);
        (late, lena)
    }

    /// Kills the site and puts the backup in its place.
    fn restore(&mut self, with_writer_key: bool) {
        self.realm.place(RESTORED).kill();
        let data = self.realm.place(RESTORED).data.clone();
        std::fs::remove_dir_all(&data).expect("ours");
        copy_all(&self.realm.folder().join("backup"), &data);
        if !with_writer_key {
            std::fs::remove_file(data.join("writer.key")).expect("the site had one");
        }
    }

    fn status(&mut self, at: usize) -> Value {
        self.realm.place(at).admin("/site")
    }

    /// All sites hold the same rows of every space that they share.
    fn all_are_equal(&mut self, shared: &[&str]) {
        until("equal rows of all spaces", ARRIVAL_TIME_MAX, || {
            let prints: Vec<BTreeMap<String, String>> = (0..SITES)
                .map(|at| self.realm.place(at).fingerprints())
                .collect();
            let here = |space: &&str| prints.iter().all(|site| site.contains_key(*space));
            let equal = prints[0].iter().all(|(space, print)| {
                let mut others = prints.iter().filter_map(|site| site.get(space));
                others.all(|other| other == print)
            });
            (equal && shared.iter().all(here)).then_some(())
        });
    }
}

#[test]
fn a_restore_without_the_writer_key_begins_a_life_and_fetches_the_lost_one() {
    let mut story = Story::begin();
    story.back_up();
    let (late, lena) = story.live_on();
    story.restore(false);
    story.realm.place(RESTORED).start();
    // At once, before anything came back.
    story.say("after the restore");
    story.all_see_all();
    lena.say(&story.space, &story.channel, "hello from Lena")
        .ok();
    story.said.insert("hello from Lena".to_owned());
    story.all_see_all();
    let space = story.space.clone();
    story.all_are_equal(&[&space, &late]);
    for at in 0..SITES {
        let status = story.status(at);
        assert_eq!(status["forks"], serde_json::json!([]), "{status}");
        assert_eq!(status["site"]["restored"], at == RESTORED, "{status}");
        let refused = status["refused"].to_string();
        assert!(!refused.contains("log-forked"), "{refused}");
    }
    story.people[RESTORED].kept_everywhere(&space, &story.channel);
}

#[test]
fn a_restore_with_the_writer_key_forks_and_both_histories_count_in_the_end() {
    let mut story = Story::begin();
    story.back_up();
    let (late, lena) = story.live_on();
    // Out of reach of the others, the copy writes on with the key of the life before.
    for other in [0, 2] {
        story.realm.place(other).stop();
    }
    story.restore(true);
    story.realm.place(RESTORED).start();
    story.say("in the restored life");
    let noe = story.realm.place(RESTORED).add_person("noe");
    story.people[RESTORED].add_member(&story.space, &noe.id, "contributor");
    noe.say(&story.space, &story.channel, "hello from Noé").ok();
    story.said.insert("hello from Noé".to_owned());

    for other in [0, 2] {
        story.realm.place(other).start();
    }
    story.all_see_all();
    story.says_at(0, "headquarters goes on");
    story.say("after all that");
    // Both had been let in, each in another history.
    for (person, text) in [(&noe, "Noé goes on"), (&lena, "Lena goes on")] {
        until("the right to write", ARRIVAL_TIME_MAX, || {
            let answer = person.say(&story.space, &story.channel, text);
            (answer.status == 200).then_some(())
        });
        story.said.insert(text.to_owned());
    }
    story.all_see_all();
    let space = story.space.clone();
    story.all_are_equal(&[&space, &late]);
    story.people[RESTORED].kept_everywhere(&space, &story.channel);
    for at in 0..SITES {
        let status = story.status(at);
        let forks = status["forks"].as_array().expect("a list");
        assert!(!forks.is_empty(), "no alarm at site {at}: {status}");
        for fork in forks {
            assert_eq!(fork["site"]["name"], "Ancenis", "{status}");
            assert_eq!(fork["held"], false, "{status}");
        }
    }

    // It all holds from the disk alone.
    for at in 0..SITES {
        story.realm.place(at).stop();
    }
    story.realm.place(2).run(&["rebuild"], "").succeeded();
    for at in 0..SITES {
        story.realm.place(at).start();
    }
    story.all_see_all();
    story.all_are_equal(&[&space, &late]);
}
