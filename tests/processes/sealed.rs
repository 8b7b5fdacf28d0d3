//! What lies on the disk cannot be read without the site key, and keys can be changed while people
//! work: by command, at any moment, and through a kill.

use std::ffi::OsString;
use std::path::Path;

use serde_json::{Value, json};

use super::client::Person;
use super::program::{run_with, until};
use super::realm::{ARRIVAL_TIME_MAX, Place, Realm};

/// Words that stand nowhere else, one for each thing that people write.
pub(super) const CANARIES: [&str; 6] = [
    "Canari-site",
    "Canari-espace",
    "Canari-salon",
    "Canari-message",
    "Canari-titre",
    "Canari-corps",
];
const SITE: &str = CANARIES[0];

/// Which canaries stand in a file as they were typed; the login is the site's name in lower case.
pub(super) fn found_in(file: &Path) -> Vec<String> {
    let bytes = std::fs::read(file).expect("the file is there");
    let login = SITE.to_lowercase();
    let words = CANARIES.iter().copied().chain([login.as_str()]);
    words
        .filter(|word| {
            bytes
                .windows(word.len())
                .any(|part| part == word.as_bytes())
        })
        .map(str::to_owned)
        .collect()
}

/// A site with every canary in it, running.
pub(super) struct Written {
    pub realm: Realm,
    pub person: Person,
    pub space: String,
    pub channel: String,
}

impl Written {
    pub(super) fn begin() -> Self {
        let mut realm = Realm::found(SITE);
        let person = realm.place(0).person();
        let space = person.open_space(CANARIES[1], "hidden");
        let channel = person.open_channel(&space, CANARIES[2]);
        person.say(&space, &channel, CANARIES[3]).ok();
        person
            .command(json!({
                "feature": "page", "do": "create", "space": space, "title": CANARIES[4],
                "text": CANARIES[5]
            }))
            .ok();
        Self {
            realm,
            person,
            space,
            channel,
        }
    }

    fn place(&mut self) -> &mut Place {
        self.realm.place(0)
    }

    fn reads(&self) {
        let texts = self.person.texts(&self.space, &self.channel);
        assert_eq!(texts.first().map(String::as_str), Some(CANARIES[3]));
    }

    fn files_are_sealed(&mut self) {
        for name in ["log.redb", "state.redb"] {
            let found = found_in(&self.place().data.join(name));
            assert_eq!(found, Vec::<String>::new(), "{name}");
        }
    }

    fn keys(&mut self) -> Value {
        let told = self
            .place()
            .run(&["keys", "status", "--json"], "")
            .succeeded();
        serde_json::from_str(&told).expect("JSON")
    }
}

#[test]
fn nothing_written_stands_in_the_files_and_no_other_key_opens_them() {
    let mut written = Written::begin();
    written.reads();
    written.place().kill();
    written.files_are_sealed();
    written.place().start();
    written.reads();
    written.place().stop();
    written.files_are_sealed();

    let data = written.place().data.clone();
    let key = data.join("storage.key");
    let line = std::fs::read(&key).expect("init made it");
    std::fs::remove_file(&key).expect("ours");
    for command in [&["run"][..], &["rebuild"], &["status"], &["keys", "status"]] {
        let ended = written.place().run(command, "");
        ended.failed(21, &["storage.key", "missing", "Nothing was changed"]);
        assert!(!key.exists(), "a new key opens nothing");
    }
    // Another site's.
    let mut other = Realm::prepare("Ancenis");
    other.place(0).init().succeeded();
    std::fs::copy(other.place(0).data.join("storage.key"), &key).expect("ours");
    written
        .place()
        .run(&["run"], "")
        .failed(21, &["another site's"]);
    assert!(data.join("state.redb").exists());
    std::fs::write(&key, line).expect("ours");
    written.place().start();
    written.reads();
}

#[test]
fn keys_are_changed_while_the_site_runs() {
    let mut written = Written::begin();
    let data = written.place().data.clone();
    let before = written.keys();
    assert_eq!(before["source"], "file:storage.key");
    let old = std::fs::read(data.join("storage.key")).expect("there");

    // A new key at the same place.
    written.place().run(&["keys", "rotate"], "").succeeded();
    assert_ne!(written.keys()["keyId"], before["keyId"]);
    let line = std::fs::read(data.join("storage.key")).expect("there");
    assert_ne!(line, old);
    assert!(!data.join("storage.key.next").exists());
    written.place().kill();
    // A rotation that was cut off between the store and the key file heals at the next start.
    std::fs::rename(data.join("storage.key"), data.join("storage.key.next")).expect("ours");
    std::fs::write(data.join("storage.key"), &old).expect("ours");
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(data.join("storage.key"), private).expect("ours");
    written.place().start();
    written.reads();
    assert_eq!(
        std::fs::read(data.join("storage.key")).expect("there"),
        line
    );

    // New data keys: killed on the way, it goes on at the next start, and ends.
    for number in 0..60 {
        let text = format!("Suite {number}");
        written
            .person
            .say(&written.space, &written.channel, &text)
            .ok();
    }
    written
        .place()
        .run(&["keys", "rotate", "--data"], "")
        .succeeded();
    written.place().kill();
    written.place().start();
    until("everything to be sealed anew", ARRIVAL_TIME_MAX, || {
        (written.keys()["olderKeys"] == 0).then_some(())
    });
    written.reads();
    written.place().stop();
    written.files_are_sealed();
    written.place().start();
    written.reads();

    // Out of the data directory, and then into a person's head.
    let elsewhere = written.realm.folder().join("elsewhere.key");
    let to = format!("file:{}", elsewhere.display());
    written
        .place()
        .run(&["keys", "move", "--to", &to], "")
        .succeeded();
    assert!(elsewhere.exists() && !data.join("storage.key").exists());
    written.place().stop();
    written.place().start();
    written.reads();
    let phrase = written.realm.folder().join("phrase");
    std::fs::write(&phrase, "cinq mots tirés au sort\n").expect("ours");
    let by_phrase: [(&str, OsString); 1] = [("BOCAGE_PASSPHRASE_FILE", phrase.clone().into())];
    let words = ["keys", "move", "--to", "passphrase"];
    run_with(&data, &words, "", &by_phrase).succeeded();
    assert!(!elsewhere.exists());
    written.place().stop();
    written
        .place()
        .run(&["run"], "")
        .failed(21, &["BOCAGE_PASSPHRASE_FILE"]);
    std::fs::write(&phrase, "quatre mots tirés au sort\n").expect("ours");
    run_with(&data, &["run"], "", &by_phrase).failed(21, &["not the passphrase"]);
    std::fs::write(&phrase, "cinq mots tirés au sort\n").expect("ours");
    written.place().start_with(&by_phrase);
    written.reads();
}
