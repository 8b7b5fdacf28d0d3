//! Changes of a make that typing never produces are tried before they reach a page: sound ones are
//! shown as if nothing were, the others leave the page as it was, and the technician is told.

use std::ffi::OsString;

use serde_json::json;

use super::program::until;
use super::realm::{ARRIVAL_TIME_MAX, Realm};

/// Memory in which the process that tries changes cannot even read one, in megabytes: a stand-in
/// for a change that breaks it.
const NO_MEMORY_MB: u32 = 32;

/// A paste of forty pages: more operations than anybody types at once.
const LETTERS: usize = 8_000;

#[test]
fn an_odd_change_that_fails_its_trial_is_left_out_here_with_an_alarm() {
    let mut realm = Realm::found("Nantes");
    realm.join("Ancenis");
    let claire = realm.place(0).person();
    let space = claire.open_space("Voirie", "hidden");
    let yann = realm.place(1).person();
    claire.add_member(&space, &yann.id, "contributor");
    realm.place(0).stop();
    let little = OsString::from(NO_MEMORY_MB.to_string());
    let little = [("BOCAGE_TRIAL__MEMORY_MB", little)];
    realm.place(0).start_with(&little);
    let claire = realm.place(0).person();
    let page = |title: &str, text: &str| {
        let create = json!({ "feature": "page", "do": "create", "space": space, "title": title,
            "text": text });
        until("the right to write there", ARRIVAL_TIME_MAX, || {
            let answer = yann.command(create.clone());
            let item = answer.body["item"].as_str()?.to_owned();
            (answer.status == 200).then_some(item)
        })
    };
    // What people type needs no trial.
    let short = page("Tournée", "lundi");
    let title_of = |person: &super::client::Person, item: &str| {
        let answer = person.get(&format!("/spaces/{space}/items/{item}"));
        let title = answer.body["row"]["title"].as_str()?.to_owned();
        (answer.status == 200 && !title.is_empty()).then_some(title)
    };
    until("the short page", ARRIVAL_TIME_MAX, || {
        title_of(&claire, &short)
    });
    let long = page("Annexe", &"x".repeat(LETTERS));
    assert_eq!(title_of(&yann, &long).as_deref(), Some("Annexe"), "at home");
    let frozen = until("the alarm", ARRIVAL_TIME_MAX, || {
        // Asking for it is reading it.
        let shown = title_of(&claire, &long);
        let mut site = claire.get("/site").ok();
        let lines = site["frozen"].as_array()?.clone();
        assert!(lines.is_empty() || site["ok"] == false, "{site}");
        assert!(shown.is_none(), "it is shown here: {shown:?}");
        site["frozen"][0].is_object().then(|| site["frozen"].take())
    });
    assert_eq!(frozen[0]["space"], "Voirie", "{frozen}");
    assert_eq!(frozen[0]["item"], json!(long), "{frozen}");
    let reason = frozen[0]["reason"].as_str().expect("a name");
    assert!(reason.starts_with("trial-"), "{frozen}");
    let told = realm.place(0).run(&["status"], "");
    let told = format!("{}{}", told.out, told.err);
    assert!(
        told.contains("failed its trial") && told.contains("Voirie"),
        "{told}"
    );
    assert_eq!(title_of(&claire, &short).as_deref(), Some("Tournée"));
    // With the memory it needs, it is sound, and nothing is left out any more.
    realm.place(0).stop();
    realm.place(0).start();
    let claire = realm.place(0).person();
    until("the long page", ARRIVAL_TIME_MAX, || {
        title_of(&claire, &long)
    });
    assert_eq!(claire.get("/site").ok()["frozen"], json!([]));
    realm.equal(&space);
}
