//! A site is killed at each step of destroying what was erased: the next start takes it up, and in
//! the end no byte is left.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use super::client::{Person, command_id};
use super::damage::copy_all;
use super::erased::{in_files, in_stores, later, sealed};
use super::program::{COMMAND_TIME_MAX, Process, until};
use super::realm::{ARRIVAL_TIME_MAX, Realm};

/// Before and after each commit, in the order in which they come, and within the cleaning of a file.
const MOMENTS: [&str; 17] = [
    "before overwritten",
    "after overwritten",
    "before forgotten",
    "after forgotten",
    "before removed",
    "after removed",
    "before cleaned",
    "after cleaned",
    "compacted once",
    "filling",
    "filled",
    "before views cleaned",
    "after views cleaned",
    "before destroyed",
    "after destroyed",
    "before receipted",
    "after receipted",
];
/// What SIGKILL ends with.
const KILLED: i32 = -9;

/// The site's own word on the first erasure of a space, if it answers: one that is being killed
/// does not.
fn state(person: &Person, space: &str) -> Option<String> {
    let answer = person.try_get(&format!("/spaces/{space}/erasures")).ok()?;
    Some(answer.body["rows"][0]["state"].as_str()?.to_owned())
}

/// Runs the site until it is killed at this moment. Files are cleaned at a start.
fn killed_at(data: &Path, person: &Person, space: &str, moment: &str) {
    let mut settings = later().to_vec();
    settings.push(("TEST_BOCAGE_KILL_AT", moment.into()));
    for _ in 0..3 {
        let mut process = Process::start(data, &["run"], &settings);
        let gone = until("a step of destroying", ARRIVAL_TIME_MAX, || {
            if !process.runs() {
                return Some(true);
            }
            (state(person, space)? == "removed").then_some(false)
        });
        if gone {
            return assert_eq!(process.ended(COMMAND_TIME_MAX).code, KILLED, "{moment}");
        }
        process.terminate();
        let code = process.ended(COMMAND_TIME_MAX).code;
        if code == KILLED {
            return;
        }
        assert_eq!(code, 0, "{moment}");
    }
    panic!("never came to «{moment}»");
}

/// A site with a page and two messages; the erasure of the page and of one message.
fn written() -> (Realm, Person, String, String, Value) {
    let mut realm = Realm::found("Nantes");
    let person = realm.place(0).person();
    let space = person.open_space("Cantines", "hidden");
    let channel = person.open_channel(&space, "Cuisine");
    person.say(&space, &channel, "kanariMESSAGE").ok();
    person.say(&space, &channel, "Potage").ok();
    let page = json!({ "feature": "page", "do": "create", "space": space,
        "title": "Liste kanariTITREdePAGE", "text": "Des noms kanariTEXTEdePAGE" });
    let page = person.command(page).ok()["item"].clone();
    let message = person.messages(&space, &channel)[0]["id"].clone();
    let erase = json!({ "feature": "erasure", "do": "erase", "space": space,
        "items": [page, message], "reason": "données de santé" });
    (realm, person, space, channel, erase)
}

#[test]
fn an_erasure_that_was_cut_off_hides_all_of_it_or_nothing() {
    let (mut realm, person, space, channel, erase) = written();
    realm.place(0).stop();
    let data = realm.place(0).data.clone();
    let copy = realm.folder().join("copy");
    copy_all(&data, &copy);
    let page = erase["items"][0].as_str().expect("an item");
    let page = format!("/spaces/{space}/items/{page}");
    for moment in ["before hidden", "after hidden"] {
        std::fs::remove_dir_all(&data).expect("ours");
        copy_all(&copy, &data);
        let settings = [("TEST_BOCAGE_KILL_AT", moment.into())];
        realm.place(0).start_with(&settings);
        let answer = person.try_command(&command_id(1), erase.clone());
        assert_eq!(realm.place(0).ends().code, KILLED, "{moment}");
        realm.place(0).start();
        let shown = person.get(&page).status == 200;
        let texts = person.texts(&space, &channel).len();
        assert_eq!(texts, if shown { 2 } else { 1 }, "{moment}");
        if answer.is_ok_and(|answer| answer.status == 200) {
            assert!(!shown, "acknowledged and lost, {moment}");
        }
        // What a client does that heard nothing.
        let again = person.try_command(&command_id(1), erase.clone());
        again.expect("the site answers").ok();
        assert_eq!(person.get(&page).refusal(), (410, "erased"));
        assert_eq!(person.texts(&space, &channel), ["Potage"], "{moment}");
        assert_eq!(state(&person, &space).as_deref(), Some("hidden"));
        realm.place(0).stop();
    }
}

#[test]
fn destroying_is_taken_up_wherever_it_was_cut_off() {
    let (mut realm, person, space, channel, erase) = written();
    person.command(erase).ok();
    realm.place(0).stop();
    let data = realm.place(0).data.clone();
    let bytes = sealed(&data);
    assert!(in_files(&data, &bytes) >= bytes.len(), "the bytes wait");
    let copy = realm.folder().join("copy");
    copy_all(&data, &copy);

    for moment in MOMENTS {
        std::fs::remove_dir_all(&data).expect("ours");
        copy_all(&copy, &data);
        killed_at(&data, &person, &space, moment);
        // The removal ends with one start at the latest, the cleaning with the next.
        let mut ended = false;
        for _ in 0..2 {
            realm.place(0).start_with(&later());
            let state = until("what was cut off to go on", ARRIVAL_TIME_MAX, || {
                state(&person, &space).filter(|state| state == "removed" || state == "destroyed")
            });
            ended = state == "destroyed";
            if ended {
                until("the receipt", ARRIVAL_TIME_MAX, || {
                    let rows = person.get(&format!("/spaces/{space}/erasures")).ok();
                    let site = &rows["rows"][0]["sites"][0];
                    site["destroyedMs"].is_u64().then_some(())
                });
                assert_eq!(person.texts(&space, &channel), ["Potage"], "{moment}");
            }
            realm.place(0).stop();
        }
        assert!(ended, "{moment}");
        assert_eq!(in_stores(&data), BTreeSet::new(), "{moment}");
        assert_eq!(in_files(&data, &bytes), 0, "{moment}");
    }
}
