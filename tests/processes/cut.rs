//! Two sites write while the line between them is cut, and meet again.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use super::client::text_of;
use super::realm::Realm;

/// How long ago the cut was, as the site believes: a message is called late after two minutes.
const SECONDS_BACK: i64 = 600;

/// A library that sets the clock of one process back. Real time cannot be waited for in a test, and
/// the machine's clock belongs to everybody.
const CLOCK: &str = r#"
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t id, struct timespec *time) {
    long failed = syscall(SYS_clock_gettime, id, time);
    if (!failed && id == CLOCK_REALTIME) time->tv_sec -= atol(getenv("SECONDS_BACK"));
    return failed;
}
"#;

/// Variables of the environment that start a process in the past.
fn in_the_past(folder: &Path) -> [(&'static str, OsString); 2] {
    let (source, library) = (folder.join("clock.c"), folder.join("clock.so"));
    std::fs::write(&source, CLOCK).expect("the folder can be written");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .args([&library, &source])
        .status();
    let built = built.expect("a C compiler, as for the program itself, is called cc");
    assert!(built.success(), "the clock's library does not compile");
    let back = SECONDS_BACK.to_string().into();
    [
        ("LD_PRELOAD", library.into_os_string()),
        ("SECONDS_BACK", back),
    ]
}

#[test]
fn both_sides_of_a_cut_meet_again() {
    let mut realm = Realm::found("Nantes");
    realm.join("Ancenis");
    let past = in_the_past(realm.folder());
    let [nantes, ancenis] = [0, 1].map(|at| realm.place(at).person());
    let space = nantes.open_space("Routes", "hidden");
    let channel = nantes.open_channel(&space, "Chantiers");
    nantes.add_member(&space, &ancenis.id, "contributor");
    nantes.say(&space, &channel, "Avant").ok();
    assert_eq!(ancenis.sees(&space, &channel, 1), ["Avant"]);
    nantes.kept_everywhere(&space, &channel);

    // One site at a time: neither hears what the other writes.
    realm.place(1).kill();
    for number in 0..5 {
        nantes
            .say(&space, &channel, &format!("Nantes {number}"))
            .ok();
    }
    realm.place(0).kill();
    realm.place(1).start_with(&past);
    for number in 0..5 {
        let text = format!("Ancenis {number}");
        ancenis.say(&space, &channel, &text).ok();
    }
    assert_eq!(ancenis.texts(&space, &channel).len(), 6);
    realm.place(1).kill();

    realm.place(0).start();
    realm.place(1).start();
    let there = ancenis.sees(&space, &channel, 11);
    let here = nantes.sees(&space, &channel, 11);
    assert_eq!(here, there, "the same order at both");
    for name in ["Nantes", "Ancenis"] {
        let own: Vec<&String> = here.iter().filter(|text| text.starts_with(name)).collect();
        assert!(own.is_sorted() && own.len() == 5, "{here:?}");
    }
    realm.equal(&space);

    // What came late says so where it came late, and only there.
    let rows = [&nantes, &ancenis].map(|person| person.messages(&space, &channel));
    let late = |rows: &[serde_json::Value]| -> Vec<String> {
        let late = rows.iter().filter(|row| !row["arrivedMs"].is_null());
        late.map(text_of).collect()
    };
    let written = (0..5).map(|number| format!("Ancenis {number}"));
    assert_eq!(late(&rows[0]), written.collect::<Vec<String>>());
    assert_eq!(late(&rows[1]), [""; 0]);
    for row in rows[0].iter().filter(|row| !row["arrivedMs"].is_null()) {
        let [arrived, created] = ["arrivedMs", "createdMs"].map(|name| row[name].as_i64());
        let delay_ms = arrived
            .zip(created)
            .map(|(arrived, created)| arrived - created);
        assert!(
            delay_ms.is_some_and(|delay| delay >= SECONDS_BACK * 1_000),
            "{row}"
        );
    }
    // A restart remembers what came late; a rebuild, which cannot know, calls nothing late.
    for at in [0, 1] {
        realm.place(at).stop();
    }
    realm.place(1).run(&["rebuild"], "").succeeded();
    for at in [0, 1] {
        realm.place(at).start();
    }
    assert_eq!(late(&nantes.messages(&space, &channel)), late(&rows[0]));
    assert_eq!(late(&ancenis.messages(&space, &channel)), [""; 0]);
    realm.equal(&space);
    for at in [0, 1] {
        realm.place(at).stop();
    }
}
