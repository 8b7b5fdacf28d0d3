//! The recovery keys: shared among several people, who act together, try out their words, and change
//! them.

use super::program::{Ended, until};
use super::realm::{ARRIVAL_TIME_MAX, INVITE, Place, Realm, recovery_words};

const SHARE: [&str; 6] = ["recovery", "share", "--keys", "3", "--threshold", "2"];

/// The keys in what `bocage recovery share` printed, one to a page.
fn pages(told: &str) -> Vec<String> {
    let pages = told.split('\u{c}').filter(|page| page.contains(" 24. "));
    pages.map(|page| recovery_words(page).join(" ")).collect()
}

fn state(place: &Place) -> String {
    place.run(&["recovery", "status"], "").succeeded()
}

fn may_admit_soon(place: &Place, names: &str) {
    until(&format!("«{names}» may admit"), ARRIVAL_TIME_MAX, || {
        let told = place.run(&["admitting", "list"], "").succeeded();
        // Listed in the order of their keys, which are made anew in each run.
        let mut told: Vec<&str> = told.lines().collect();
        told.sort_unstable();
        told.into_iter().eq(names.lines()).then_some(())
    });
}

fn warned(place: &Place, words: &str) -> bool {
    let status = place.status();
    let warnings = status["warnings"].as_array().expect("a list").iter();
    warnings
        .filter_map(|line| line.as_str())
        .any(|line| line.contains(words))
}

/// Prepares a request at a site: nothing is done yet, and a script can tell.
fn prepared(place: &Place, words: &[&str], file: &str, input: &str) -> Ended {
    let ended = place.run(&[words, &["--request", file]].concat(), input);
    assert_eq!(ended.code, 23, "{ended:#?}");
    assert!(ended.err.contains("nothing is done yet"), "{ended:#?}");
    ended
}

#[test]
fn two_of_three_replace_a_lost_founding_site_and_one_alone_cannot() {
    let mut realm = Realm::prepare("Nantes");
    let first = recovery_words(&realm.place(0).init().succeeded()).join(" ");
    realm.place(0).start();
    realm.join("Ancenis");
    assert!(state(realm.place(0)).starts_with("Keys      1 of 1 sign together (version 1)"));
    assert!(warned(realm.place(0), "--keys 3 --threshold 2"));

    // Half is no majority, and nothing is printed that would count for nothing.
    let half = ["recovery", "share", "--keys", "4", "--threshold", "2"];
    let refused = realm.place(0).run(&half, &first);
    assert_eq!(pages(&refused.out).len(), 0, "{refused:#?}");
    refused.failed(2, &["more than half"]);
    let told = realm.place(0).run(&SHARE, &first).succeeded();
    let keys = pages(&told);
    assert_eq!(keys.len(), 3, "{told}");
    let [one, two, three] = [&keys[0], &keys[1], &keys[2]];
    until("the keys at the other site", ARRIVAL_TIME_MAX, || {
        let told = state(realm.place(1));
        told.starts_with("Keys      2 of 3 sign together (version 2)")
            .then_some(())
    });
    assert!(!warned(realm.place(0), "--keys 3 --threshold 2"));
    // The first one opens nothing any more, one of the new ones not enough.
    let add = ["admitting", "add", "Ancenis"];
    for at in 0..2 {
        realm.place(at).run(&add, &first).failed(19, &["replaced"]);
        realm.place(at).run(&add, one).failed(19, &["--request"]);
    }

    // The founding site is lost. Two of the three, apart from each other, replace it.
    realm.place(0).kill();
    let folder = realm.folder().to_owned();
    let [file, copy] = ["one.request", "two.request"].map(|name| folder.join(name));
    let [file, copy] = [file, copy].map(|path| path.display().to_string());
    let (file, copy) = (file.as_str(), copy.as_str());
    let ancenis = realm.place(1);
    prepared(ancenis, &["admitting", "add"], file, "");
    ancenis
        .run(&["admitting", "add", "--request", file], "")
        .failed(10, &["one.request"]);
    std::fs::copy(file, copy).expect("a copy of the request");
    let apply = ["recovery", "apply", file];
    ancenis.run(&apply, "").failed(19, &["2 more"]);
    // Their machines know no realm.
    let elsewhere = Place::prepare(&folder, "Rennes");
    let sign = |file: &str, words: &str| elsewhere.run(&["recovery", "sign", file], words);
    sign(file, &first).failed(19, &["none of the keys"]);
    sign(file, "abaisser").failed(2, &["24 words"]);
    let told = sign(file, one).succeeded();
    assert!(told.contains("Asked   Ancenis may admit"), "{told}");
    assert!(told.contains("Still missing: 1"), "{told}");
    sign(file, one).failed(19, &["signed already"]);
    ancenis.run(&apply, "").failed(19, &["1 more"]);
    ancenis.run(&INVITE, "").failed(19, &["at Nantes"]);
    sign(copy, three).succeeded();
    let both = ["recovery", "apply", file, copy];
    let told = ancenis.run(&both, "").succeeded();
    assert_eq!(told, "Done: Ancenis may admit sites to the realm.\n");
    may_admit_soon(ancenis, "Ancenis\nNantes\n");
    let ticket = ancenis.ticket();
    realm.join_with("Vitre", &ticket);

    // A changed file is none; one that was prepared under other keys is refused.
    let third = folder.join("three.request").display().to_string();
    prepared(
        realm.place(1),
        &["admitting", "remove", "Nantes"],
        &third,
        "",
    );
    let mut bytes = std::fs::read(&third).expect("the request");
    let last = bytes.len() - 5;
    bytes[last] ^= 1;
    let spoilt = folder.join("spoilt.request").display().to_string();
    std::fs::write(&spoilt, bytes).expect("a file");
    sign(&spoilt, one).failed(2, &["no request"]);
    let next = folder.join("next.request").display().to_string();
    let share = ["recovery", "share", "--keys", "2", "--threshold", "2"];
    let told = prepared(realm.place(1), &share, &next, "").out;
    assert_eq!(pages(&told).len(), 2, "{told}");
    sign(&third, two).succeeded();
    sign(&third, three).succeeded();
    sign(&next, two).succeeded();
    sign(&next, one).succeeded();
    realm
        .place(1)
        .run(&["recovery", "apply", &next], "")
        .succeeded();
    realm
        .place(1)
        .run(&["recovery", "apply", &third], "")
        .failed(19, &["replaced since"]);

    // Nantes was only out of reach, and hears of it all.
    realm.place(0).start();
    until("the newest keys at Nantes", ARRIVAL_TIME_MAX, || {
        let told = state(realm.place(0));
        told.contains("2 of 2 sign together (version 3)")
            .then_some(())
    });
    may_admit_soon(realm.place(0), "Ancenis\nNantes\n");
}

#[test]
fn an_exercise_tells_right_words_from_wrong_ones_and_is_remembered() {
    let mut realm = Realm::prepare("Nantes");
    let first = recovery_words(&realm.place(0).init().succeeded()).join(" ");
    realm.place(0).start();
    let told = realm.place(0).run(&SHARE, &first).succeeded();
    let keys = pages(&told);
    let drill = ["recovery", "drill"];
    let nantes = realm.place(0);
    assert!(state(nantes).contains("never at this site"));
    nantes.run(&drill, "").failed(2, &["24 words"]);
    let swapped = keys[0].replacen(' ', " abaisser ", 1);
    nantes.run(&drill, &swapped).failed(2, &["24 words"]);
    // Well written, and of no use: the key that was replaced, alone or beside a good one.
    nantes.run(&drill, &first).failed(19, &["replaced"]);
    let mixed = format!("{}\n{first}", keys[0]);
    nantes.run(&drill, &mixed).failed(19, &["replaced"]);
    assert!(state(nantes).contains("0 of 3 read"), "nothing was noted");

    // One key is good, and not enough to act with.
    let told = nantes.run(&drill, &keys[0]).succeeded();
    assert!(
        told.contains("words of the realm's recovery keys"),
        "{told}"
    );
    let told = state(nantes);
    assert!(
        told.contains("never") && told.contains("1 of 3 read"),
        "{told}"
    );
    assert_eq!(
        nantes.admin("/site")["recovery"]["drilledMs"],
        serde_json::Value::Null
    );
    nantes.run(&drill, &keys[2]).succeeded();
    let told = state(nantes);
    assert!(
        !told.contains("never") && told.contains("2 of 3 read"),
        "{told}"
    );
    let noted = nantes.admin("/site")["recovery"]["drilledMs"].as_u64();
    assert!(noted.is_some());
    let status = nantes.run(&["status"], "").succeeded();
    assert!(
        status.contains("Keys    2 of 3 sign together, exercise "),
        "{status}"
    );
    // Nothing changed, and the exercise outlives the process.
    assert!(told.contains("(version 2)"), "{told}");
    realm.place(0).stop();
    realm.place(0).start();
    assert_eq!(
        realm.place(0).admin("/site")["recovery"]["drilledMs"].as_u64(),
        noted
    );
}

#[test]
fn of_two_changes_of_the_keys_at_once_one_stands_at_every_site_and_both_are_shown() {
    let mut realm = Realm::prepare("Nantes");
    let first = recovery_words(&realm.place(0).init().succeeded()).join(" ");
    realm.place(0).start();
    realm.join("Ancenis");
    until("the realm at the other site", ARRIVAL_TIME_MAX, || {
        state(realm.place(1)).contains("(version 1)").then_some(())
    });
    // Each while the other is out of reach.
    realm.place(1).stop();
    let here = realm.place(0).run(&SHARE, &first).succeeded();
    realm.place(0).stop();
    realm.place(1).start();
    let there = realm.place(1).run(&SHARE, &first).succeeded();
    realm.place(0).start();
    let lost = |place: &Place| {
        let told = state(place);
        told.contains("Lost      a change to version 2")
            .then_some(told)
    };
    let told = until("both to be known at Nantes", ARRIVAL_TIME_MAX, || {
        lost(realm.place(0))
    });
    let same = until("both to be known at Ancenis", ARRIVAL_TIME_MAX, || {
        lost(realm.place(1))
    });
    assert_eq!(told, same);
    for at in 0..2 {
        assert!(warned(realm.place(at), "changed twice at once"));
        let shown = realm.place(at).admin("/site");
        let lost = &shown["recovery"]["lost"][0];
        assert_eq!(lost["keptBy"], lost["lostBy"], "one key signed both");
    }
    // Words of the one are good everywhere, those of the other nowhere.
    let drill = ["recovery", "drill"];
    let mut codes = |at: usize, told: &str| {
        let words = pages(told).join("\n");
        realm.place(at).run(&drill, &words).code
    };
    let outcome = [codes(0, &here), codes(0, &there)];
    assert!(outcome == [0, 19] || outcome == [19, 0], "{outcome:?}");
    assert_eq!([codes(1, &here), codes(1, &there)], outcome);
}

/// Whether the status says, at both places where people read it, that the registrar is to be named anew.
fn to_be_named_again(place: &Place) -> bool {
    let shown = place.admin("/site")["registrars"].clone();
    let rows = shown.as_array().expect("a list");
    assert_eq!(rows.len(), 1, "{shown}");
    let renew = rows[0]["renew"].as_bool().expect("true or false");
    let told = "Nantes (Nantes) was named registrar under recovery keys that were replaced since";
    assert_eq!(warned(place, told), renew, "{shown}");
    renew
}

#[test]
fn a_registrar_named_under_replaced_keys_is_to_be_named_again() {
    let mut realm = Realm::prepare("Nantes");
    let first = recovery_words(&realm.place(0).init().succeeded()).join(" ");
    realm.place(0).start();
    realm.join("Ancenis");
    // With the new keys at hand she is named under them at once.
    let told = realm.place(0).run(&SHARE, &first).succeeded();
    let keys = pages(&told);
    let both = |realm: &mut Realm, version: &str, renew: bool| {
        for at in 0..2 {
            until(
                &format!("{renew} under {version}"),
                ARRIVAL_TIME_MAX,
                || {
                    let known = state(realm.place(at)).contains(version);
                    (known && to_be_named_again(realm.place(at)) == renew).then_some(())
                },
            );
        }
    };
    both(&mut realm, "(version 2)", false);

    // With a request nobody has the new ones together.
    let folder = realm.folder().to_owned();
    let file = |name: &str| folder.join(name).display().to_string();
    let (next, naming) = (file("next.request"), file("naming.request"));
    let share = ["recovery", "share", "--keys", "2", "--threshold", "2"];
    let fresh = pages(&prepared(realm.place(0), &share, &next, "").out);
    assert!(!to_be_named_again(realm.place(0)), "nothing is done yet");
    let done = |place: &Place, file: &str, keys: [&str; 2]| {
        for words in keys {
            place.run(&["recovery", "sign", file], words).succeeded();
        }
        place.run(&["recovery", "apply", file], "").succeeded();
    };
    done(realm.place(0), &next, [&keys[0], &keys[1]]);
    both(&mut realm, "(version 3)", true);

    let add = ["registrar", "add", "nantes"];
    prepared(realm.place(1), &add, &naming, "");
    done(realm.place(1), &naming, [&fresh[0], &fresh[1]]);
    both(&mut realm, "(version 3)", false);
}
