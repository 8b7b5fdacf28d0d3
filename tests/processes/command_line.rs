//! What the command line promises: words, codes and JSON.

use std::ffi::OsString;
use std::str::FromStr;

use bocage_protocol::ticket::Ticket;
use serde_json::Value;

use super::client::Person;
use super::program::{COMMAND_TIME_MAX, Process, run, run_with, until};
use super::realm::{ARRIVAL_TIME_MAX, Place, Realm, ticket_in};

/// The line with the six words that two screens compare.
fn six_words(told: &str) -> Vec<String> {
    let lines = told.lines().map(|line| line.split_whitespace());
    let words = lines
        .map(|words| words.map(str::to_owned).collect::<Vec<String>>())
        .find(|words| words.len() == 6 && words.iter().all(|word| is_word(word)));
    words.unwrap_or_else(|| panic!("no six words in: {told}"))
}

fn is_word(text: &str) -> bool {
    text.chars().all(char::is_lowercase)
}

#[test]
fn a_realm_is_founded_and_its_key_shown_once() {
    let mut realm = Realm::prepare("Nantes");
    let place = realm.place(0);

    // What is wrong is said before anything is made: the next try finds an empty directory.
    let init = [
        "init", "--realm", "Loire", "--site", "Nantes", "--name", "Marie",
    ];
    let login = ["--login", "marie", "--password-stdin"];
    let with = |more: &[&'static str]| [&init[..], more].concat();
    place.run(&with(&login), "court\n").failed(2, &[]);
    place.run(&with(&login), "").failed(2, &["password"]);
    let unprintable = ["--login", "a\u{202e}b", "--password-stdin"];
    place
        .run(&with(&unprintable), "un-mot-de-passe\n")
        .failed(2, &[]);

    let told = place.run(&with(&["--login", "marie"]), "").succeeded();
    let numbered = |number: usize| told.contains(&format!(" {number}. "));
    assert!((1..=24).all(numbered) && !numbered(25), "{told}");
    assert!(
        told.contains('█') || told.contains('▀'),
        "no QR code: {told}"
    );
    let password = told.lines().find_map(|line| line.strip_prefix("Password"));
    let password = password.expect("one was made up").trim();
    assert_eq!(told.matches(password).count(), 1);

    // No file holds the key, and nothing prints it again.
    let key: Vec<&str> = told
        .split_whitespace()
        .skip_while(|word| *word != "1.")
        .filter(|word| is_word(word))
        .take(24)
        .collect();
    let status = place.run(&["status"], "").succeeded();
    let said = status + &place.run(&["status", "--json"], "").succeeded();
    assert!(!said.contains(&key[..3].join(" ")));
    for entry in std::fs::read_dir(&place.data).expect("a directory") {
        let bytes = std::fs::read(entry.expect("a file").path()).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(&key[..3].join(" ")) && !text.contains(password));
    }
    place
        .run(&with(&login), "un-mot-de-passe\n")
        .failed(10, &["already"]);

    place.start();
    assert!(Person::sign_in(place.web, "marie", password).is_ok());
    place.stop();
}

#[test]
fn a_ticket_is_good_once_and_both_screens_show_the_same_words() {
    let mut realm = Realm::found("Nantes");
    let data = realm.place(0).data.clone();
    // As a person does it: the inviting screen waits.
    let inviting = Process::start(&data, &["invite", "--no-qr"], &[]);
    let told = until("a ticket", COMMAND_TIME_MAX, || {
        let told = inviting.out();
        told.contains("Waiting for").then_some(told)
    });
    let ticket = ticket_in(&told);
    let folder = realm.folder().to_owned();
    let mut ancenis = Place::prepare(&folder, "Ancenis");
    let joined = ancenis
        .run(&["join", &ticket, "--site", "Ancenis"], "")
        .succeeded();
    let invited = inviting.ended(COMMAND_TIME_MAX).succeeded();
    assert_eq!(six_words(&joined), six_words(&invited));
    assert!(invited.contains("Ancenis has joined"), "{invited}");

    // Used, though by the book.
    let mut blain = Place::prepare(&folder, "Blain");
    let join = |place: &Place, ticket: &str| place.run(&["join", ticket, "--site", "Blain"], "");
    join(&blain, &ticket).failed(19, &["already used"]);

    // A ticket with another secret, one whose time is over, one that lives too long, one of nobody.
    let good = realm.ticket();
    let read = Ticket::from_str(&good).expect("a ticket");
    let change = |change: fn(&mut Ticket)| {
        let mut ticket = read.clone();
        change(&mut ticket);
        let text = ticket.to_string();
        text.split_whitespace().collect::<String>()
    };
    let wrong = change(|ticket| ticket.secret[0] ^= 1);
    join(&blain, &wrong).failed(19, &["ticket"]);
    let expired = change(|ticket| ticket.expires_ms = 1_767_225_600_000);
    join(&blain, &expired).failed(19, &["expired"]);
    let endless = change(|ticket| ticket.expires_ms += 48 * 3_600_000);
    join(&blain, &endless).failed(19, &["24 hours"]);
    let stranger = change(|ticket| ticket.issuer.0 = [7; 32]);
    join(&blain, &stranger).failed(18, &[]);
    let mut misspelled = good.clone();
    let last = misspelled.pop().expect("a long text");
    misspelled.push(if last == 'a' { 'b' } else { 'a' });
    join(&blain, &misspelled).failed(2, &["misspelled"]);
    run(&data, &["invite", "--hours", "25", "--no-wait"], "").failed(2, &["25"]);

    // After all these the good one is still good, and refusals were counted.
    join(&blain, &good).succeeded();
    join(&blain, &good).failed(10, &["already"]);
    let refused = realm.place(0).admin("/admin/counters");
    assert!(
        refused["refused"]["ticket-refused"].as_u64() >= Some(2),
        "{refused}"
    );

    // All three find each other.
    ancenis.start();
    blain.start();
    for data in [&data, &ancenis.data, &blain.data] {
        until("two links", ARRIVAL_TIME_MAX, || {
            let told = run(data, &["status", "--json"], "").succeeded();
            let status: Value = serde_json::from_str(&told).expect("JSON");
            let sites = status["sites"].as_array().expect("a list");
            let linked = sites.iter().filter(|site| site["linked"] == true);
            (linked.count() == 2).then_some(())
        });
    }
}

#[test]
fn people_are_added_and_let_back_in_whether_it_runs_or_not() {
    let mut realm = Realm::prepare("Nantes");
    let place = realm.place(0);
    place.init().succeeded();
    let password_in = |told: String| -> String {
        let line = told.lines().find_map(|line| line.strip_prefix("Password"));
        line.unwrap_or_else(|| panic!("no password in: {told}"))
            .trim()
            .to_owned()
    };
    let add = |place: &Place, login: &str| {
        place.run(
            &["person", "add", "--name", "Léna 🇫🇷", "--login", login],
            "",
        )
    };
    let stopped = password_in(add(place, "lena").succeeded());
    place.start();
    let running = password_in(add(place, "yann").succeeded());
    for (login, password) in [("lena", &stopped), ("yann", &running)] {
        let person = Person::sign_in(place.web, login, password);
        assert!(person.is_ok(), "{login}: {person:?}");
    }
    add(place, "yann").failed(19, &[]);
    add(place, "a\u{202e}b").failed(19, &[]);

    // A new password ends the sessions of the old one.
    let lena = Person::sign_in(place.web, "lena", &stopped).expect("as above");
    let fresh = password_in(place.run(&["person", "reset", "lena"], "").succeeded());
    assert_eq!(lena.get("/me").status, 401);
    assert!(Person::sign_in(place.web, "lena", &stopped).is_err());
    let lena = Person::sign_in(place.web, "lena", &fresh).expect("the new one is right");
    place
        .run(&["person", "reset", "personne"], "")
        .failed(20, &[]);

    place.stop();
    let again = password_in(place.run(&["person", "reset", "lena"], "").succeeded());
    place
        .run(&["person", "reset", "personne"], "")
        .failed(20, &[]);
    place.start();
    assert_eq!(lena.get("/me").status, 401);
    assert!(Person::sign_in(place.web, "lena", &fresh).is_err());
    let lena = Person::sign_in(place.web, "lena", &again).expect("the newest is right");
    let me = lena.get("/me").ok();
    assert_eq!(me["person"]["name"], "Léna 🇫🇷");
    assert_eq!(me["rights"]["openSpaces"], false);
    place.stop();
}

#[test]
fn status_is_json_whether_it_runs_or_not() {
    let mut realm = Realm::found("Nantes");
    let place = realm.place(0);
    let status = |place: &Place| -> Value {
        let told = place.run(&["status", "--json"], "").succeeded();
        serde_json::from_str(&told).expect("JSON")
    };
    let person = place.person();
    person.open_space("Routes", "hidden");
    let running = status(place);
    assert_eq!(running["running"], true);
    assert_eq!(running["siteName"], "Nantes");
    assert_eq!(running["realmName"], "Loire");
    assert_eq!(running["spaces"], 1);
    assert!(running["entries"].as_u64() > Some(0), "{running}");
    assert!(running["dataBytes"].as_u64() > Some(0), "{running}");
    let told = place.run(&["status"], "").succeeded();
    assert!(
        told.contains("Nantes") && told.contains("running"),
        "{told}"
    );

    place.stop();
    let stopped = status(place);
    assert_eq!(stopped["running"], false);
    for field in ["siteName", "realmName", "node", "spaces", "entries"] {
        assert_eq!(stopped[field], running[field], "{field}");
    }
    let folder = realm.folder().join("nothing");
    run(&folder, &["status"], "").failed(10, &["bocage init"]);
}

#[test]
fn configuration_is_read_strictly_and_explained() {
    let mut realm = Realm::prepare("Nantes");
    let place = realm.place(0);
    place.init().succeeded();
    let file = place.data.join("bocage.toml");
    let sound = std::fs::read_to_string(&file).expect("ours");
    let with = |more: &str| std::fs::write(&file, format!("{sound}{more}")).expect("ours");

    // Unknown: named, with what was perhaps meant, and the site works all the same.
    with("lan_discovry = true\n[kitchen]\nsoup = 1\n");
    let ended = place.run(&["status"], "");
    for words in [
        "peers.lan_discovry",
        "did you mean peers.lan_discovery",
        "kitchen",
    ] {
        assert!(ended.err.contains(words), "no «{words}» in {ended:#?}");
    }
    ended.succeeded();
    for (more, words) in [
        ("lan_discovery = \"perhaps\"\n", "peers.lan_discovery"),
        ("[log]\nformat = \"verse\"\n", "log.format"),
        ("[log\n", "bocage.toml"),
    ] {
        with(more);
        place.run(&["status"], "").failed(16, &[words]);
    }
    with("");
    let variable = |name: &'static str, value: &str| [(name, OsString::from(value))];
    let wrong = variable("BOCAGE_WEB__LISTEN", "somewhere");
    run_with(&place.data, &["status"], "", &wrong).failed(16, &["web.listen", "127.0.0.1:4480"]);
    let named = variable("BOCAGE_SITE__NAME", "Rezé");
    let told = run_with(&place.data, &["status"], "", &named).succeeded();
    assert!(told.contains("Rezé"), "{told}");
    let keys = variable("SSLKEYLOGFILE", "/dev/null");
    run_with(&place.data, &["run"], "", &keys).failed(17, &["SSLKEYLOGFILE"]);
    let missing = place.data.join("missing.toml");
    let missing = [
        "status",
        "--config",
        missing.to_str().expect("a plain path"),
    ];
    place.run(&missing, "").failed(16, &["missing.toml"]);
    // Beyond this machine only over TLS, with the certificate that was made at founding.
    std::fs::remove_dir_all(place.data.join("tls")).expect("init made one");
    let beyond = variable("BOCAGE_WEB__LISTEN", "0.0.0.0:0");
    let ended = run_with(&place.data, &["run"], "", &beyond);
    assert!(matches!(ended.code, 10 | 16), "{ended:#?}");
    assert!(ended.err.contains("site.pem"), "{ended:#?}");
}

#[test]
fn help_and_completions_are_there() {
    let nowhere = std::env::temp_dir().join("bocage-nowhere");
    for shell in ["bash", "zsh", "fish"] {
        let script = run(&nowhere, &["completions", shell], "").succeeded();
        assert!(
            script.contains("rebuild") && script.lines().count() > 20,
            "{shell}"
        );
    }
    let help = run(&nowhere, &["--help"], "").succeeded();
    for command in [
        "init", "invite", "join", "run", "status", "person", "rebuild", "demo",
    ] {
        assert!(help.contains(command), "{command}");
        let help = run(&nowhere, &[command, "--help"], "").succeeded();
        assert!(help.contains("Usage:"), "{command}");
    }
    let version = run(&nowhere, &["--version"], "").succeeded();
    assert!(version.starts_with("bocage "), "{version}");
    run(&nowhere, &["dance"], "").failed(2, &["dance"]);
    run(&nowhere, &[], "").failed(2, &["Usage:"]);
    assert!(!nowhere.exists(), "asking for help makes nothing");
}
