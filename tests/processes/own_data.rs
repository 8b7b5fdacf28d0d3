//! One's own data: taken away as a file, and an account that is deleted while sites are cut off. What
//! somebody wrote for others stays, and her name does not.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{Cursor, Read};
use std::path::Path;

use bocage_node::keys::Opener;
use bocage_node::store::{LogStore, OTHER_BRANCHES, StateStore};
use serde_json::{Value, json};

use super::client::{PASSWORD, Person};
use super::guests::{STAY_MS, guest_site, now_ms, realm_for_guests};
use super::program::until;
use super::realm::{ARRIVAL_TIME_MAX, Place, Realm};

/// What tells who she is, and stands nowhere else.
const ABOUT_HER: [&str; 3] = ["Kanari NOMDEFAMILLE", "kanari.login", "kanariMETIER"];
const LOGIN: &str = "kanari.login";

/// The sites' clocks after the waiting time of 72 hours.
fn later() -> [(&'static str, OsString); 1] {
    [("TEST_BOCAGE_CLOCK_AHEAD_HOURS", "73".into())]
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|there| there == part)
}

/// Adds the person whose account is deleted, and signs her in.
fn add_her(place: &Place) -> Person {
    let words = ["person", "add", "--name", ABOUT_HER[0], "--login", LOGIN];
    let more = ["--job", ABOUT_HER[2], "--opens-spaces", "--password-stdin"];
    let added = place.run(&[&words[..], &more].concat(), &format!("{PASSWORD}\n"));
    added.succeeded();
    place.sign_in(LOGIN)
}

/// Adds which of these some bytes hold.
fn look(bytes: &[u8], parts: &[&[u8]], found: &mut BTreeSet<usize>) {
    let there = parts.iter().enumerate();
    found.extend(
        there
            .filter(|(_, part)| holds(bytes, part))
            .map(|(at, _)| at),
    );
}

/// What of these the payloads on a stopped site's disk hold.
fn in_payloads(log: &LogStore, parts: &[&[u8]]) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    for (number, _) in log.load().expect("it reads").logs {
        for run in [number, number | OTHER_BRANCHES] {
            let take = |_, entry: bocage_protocol::entry::Entry| {
                look(
                    entry.payload.as_deref().unwrap_or_default(),
                    parts,
                    &mut found,
                );
                true
            };
            log.scan_stored(run, 0, take).expect("it reads");
        }
    }
    found
}

fn open_log(data: &Path) -> LogStore {
    LogStore::open(data, &Opener::new(data, None)).expect("it opens")
}

/// What of these any value there holds: payloads, accounts, rows, snapshots.
fn in_stores(data: &Path, parts: &[&[u8]]) -> BTreeSet<usize> {
    let log = open_log(data);
    let loaded = log.load().expect("it reads");
    let mut found = in_payloads(&log, parts);
    for (login, account) in &loaded.accounts {
        look(login.as_bytes(), parts, &mut found);
        look(account.verifier.as_bytes(), parts, &mut found);
    }
    let state = StateStore::open(data, log.keyring()).expect("it opens");
    for (number, _) in loaded.spaces {
        for (item, row) in state.rows(number).expect("it reads") {
            look(&row, parts, &mut found);
            let snapshot = state.snapshot(number, &item).expect("it reads");
            look(&snapshot.unwrap_or_default(), parts, &mut found);
        }
    }
    found
}

fn delete(person: &Person, password: &str) -> (u16, Value) {
    let answer = person.post("/me/deletion", &json!({ "password": password }));
    (answer.status, answer.body)
}

/// The authors of a channel's messages.
fn authors(person: &Person, space: &str, channel: &str) -> Vec<(String, bool)> {
    let rows = person.messages(space, channel);
    let author = |row: &Value| {
        let name = row["author"]["name"].as_str().expect("a name").to_owned();
        (name, row["author"]["deleted"] == true)
    };
    rows.iter().map(author).collect()
}

fn members(person: &Person, space: &str) -> usize {
    let rows = person.get(&format!("/spaces/{space}/members")).ok();
    rows["rows"].as_array().expect("rows").len()
}

#[test]
fn a_deleted_account_is_gone_everywhere_and_its_work_stays() {
    let mut realm = Realm::found("Nantes");
    realm.join("Ancenis");
    let marie = realm.place(0).person();
    let yann = realm.place(1).person();
    let her = add_her(realm.place(1));
    until("her right to open spaces", ARRIVAL_TIME_MAX, || {
        let words = ["person", "grant", LOGIN, "--opens-spaces"];
        (realm.place(0).run(&words, "").code == 0).then_some(())
    });
    until("the right at her site", ARRIVAL_TIME_MAX, || {
        her.may("openSpaces").then_some(())
    });
    let words = ["person", "grant", "ancenis", "--technician"];
    realm.place(0).run(&words, "").succeeded();
    until("another technician", ARRIVAL_TIME_MAX, || {
        yann.may("technician").then_some(())
    });
    let space = her.open_space("Routes", "hidden");
    let channel = her.open_channel(&space, "Chantiers");
    her.add_member(&space, &marie.id, "contributor");
    her.add_member(&space, &yann.id, "contributor");
    her.say(&space, &channel, "Avant").ok();
    marie.sees(&space, &channel, 1);
    marie.say(&space, &channel, "Réponse de Marie").ok();
    her.sees(&space, &channel, 2);
    let last = her.messages(&space, &channel)[1]["order"].clone();
    let read = json!({ "feature": "readMark", "do": "set", "space": space, "item": channel,
        "upTo": last });
    her.command(read).ok();
    her.kept_everywhere(&space, &channel);
    let visiting = until("a sign-in away from home", ARRIVAL_TIME_MAX, || {
        Person::sign_in(realm.place(0).web, LOGIN, PASSWORD).ok()
    });

    // Away from home, with another password, and as the only manager: refused, with a sentence.
    assert_eq!(visiting.get("/me/data").ok()["home"], "Ancenis");
    assert_eq!(delete(&visiting, PASSWORD).0, 409);
    assert_eq!(delete(&her, "un autre mot de passe").0, 401);
    let alone = her.get("/me/data").ok();
    assert_eq!(alone["spaces"][0]["name"], "Routes", "{alone}");
    let (status, body) = delete(&her, PASSWORD);
    assert_eq!(status, 409);
    let said = body["error"]["message"].as_str().expect("a sentence");
    assert!(said.contains("seul responsable"), "{said}");
    // The only registrar of the realm does not go either.
    let registrar = marie.get("/me/data").ok();
    assert_eq!(registrar["lastRegistrar"], true, "{registrar}");
    assert_eq!(delete(&marie, PASSWORD).0, 409);
    let named = json!({ "feature": "space", "do": "setRole", "space": space, "person": yann.id,
        "role": "manager" });
    her.command(named).ok();
    assert_eq!(her.get("/me/data").ok()["spaces"], json!([]));

    // Deleted while the other site is away.
    realm.place(0).stop();
    assert_eq!(delete(&her, PASSWORD).0, 204);
    let (near, far) = (realm.place(1).web, realm.place(0).web);
    let gone_at_home = |web| {
        assert_eq!(her.get("/me").status, 401);
        assert!(Person::sign_in(web, LOGIN, PASSWORD).is_err());
    };
    gone_at_home(near);
    let texts = ["Avant", "Réponse de Marie"];
    let shown = [
        ("Compte supprimé".to_owned(), true),
        ("Nantes".to_owned(), false),
    ];
    assert_eq!(yann.texts(&space, &channel), texts);
    assert_eq!(authors(&yann, &space, &channel), shown);
    assert_eq!(yann.get("/people?q=kanari").ok()["rows"], json!([]));
    until("her membership to end", ARRIVAL_TIME_MAX, || {
        (members(&yann, &space) == 2).then_some(())
    });
    // The same after this site begins anew, before the other heard of it.
    realm.place(1).kill();
    realm.place(1).start();
    gone_at_home(near);
    let yann = realm.place(1).person();
    assert_eq!(authors(&yann, &space, &channel), shown);

    realm.place(0).start();
    let marie = realm.place(0).person();
    until(
        "her session away from home to end",
        ARRIVAL_TIME_MAX,
        || (visiting.get("/me").status == 401).then_some(()),
    );
    assert!(Person::sign_in(far, LOGIN, PASSWORD).is_err());
    until("the other site without her name", ARRIVAL_TIME_MAX, || {
        (authors(&marie, &space, &channel) == shown && members(&marie, &space) == 2).then_some(())
    });
    assert_eq!(marie.texts(&space, &channel), texts);
    assert_eq!(marie.get("/people?q=kanari").ok()["rows"], json!([]));
    yann.say(&space, &channel, "Après").ok();
    marie.sees(&space, &channel, 3);
    realm.equal(&space);

    // Her name is given again, to somebody else: nothing of hers becomes his.
    let words = [
        "person",
        "add",
        "--name",
        "Un autre",
        "--login",
        LOGIN,
        "--password-stdin",
    ];
    let added = realm.place(1).run(&words, &format!("{PASSWORD}\n"));
    added.succeeded();
    let other = realm.place(1).sign_in(LOGIN);
    assert_ne!(other.id, her.id);
    assert_eq!(other.get(&format!("/spaces/{space}")).status, 404);
    assert_eq!(delete(&other, PASSWORD).0, 204);

    // A registrar's site erases the cards: both names, each once.
    until("the erasures at both sites", ARRIVAL_TIME_MAX, || {
        let rows = marie.get("/site/erasures").ok();
        let rows = rows["rows"].as_array()?;
        let hidden = |row: &Value| {
            let mut sites = row["sites"].as_array().expect("sites").iter();
            sites.all(|site| site["hiddenMs"].is_u64())
        };
        let cards: usize = rows
            .iter()
            .filter_map(|row| row["items"].as_array())
            .map(Vec::len)
            .sum();
        (cards == 2 && rows.iter().all(hidden)).then_some(())
    });
    let parts: Vec<&[u8]> = ABOUT_HER.iter().map(|word| word.as_bytes()).collect();
    let id = |hex: &str| -> Vec<u8> {
        let digits = (0..hex.len()).step_by(2);
        digits
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex"))
            .collect()
    };
    // A read mark is the only payload that names the channel: elsewhere headers do.
    let item = id(&channel);
    let mark: Vec<&[u8]> = vec![&item];
    for at in [0, 1] {
        realm.place(at).stop();
    }
    let (first, second) = (realm.place(0).data.clone(), realm.place(1).data.clone());
    assert!(in_stores(&first, &parts).len() >= 2, "the bytes wait");
    assert_eq!(
        in_payloads(&open_log(&second), &mark).len(),
        1,
        "her mark waits"
    );
    for at in [0, 1] {
        let settings = "\n[backups]\nkeep_days = 30\n";
        let file = realm.place(at).data.join("bocage.toml");
        let before = std::fs::read_to_string(&file).expect("its settings");
        std::fs::write(&file, format!("{before}{settings}")).expect("its settings");
        realm.place(at).start_with(&later());
    }
    // Removed from the values, then killed: the next start compacts the files.
    for at in [0, 1] {
        let technician = realm.place(at).person();
        until("no value to hold them", ARRIVAL_TIME_MAX, || {
            let rows = technician.get("/site/erasures").ok();
            let rows = rows["rows"].as_array()?.clone();
            let gone = |row: &Value| row["state"] == "removed" || row["state"] == "destroyed";
            rows.iter().all(gone).then_some(())
        });
        realm.place(at).kill();
        realm.place(at).start_with(&later());
    }
    let marie = realm.place(0).person();
    until("the receipts of both sites", ARRIVAL_TIME_MAX, || {
        let rows = marie.get("/site/erasures").ok();
        let rows = rows["rows"].as_array()?.clone();
        let told =
            |row: &Value| {
                let mut sites = row["sites"].as_array().expect("sites").iter();
                sites.all(|site| {
                let times = (site["destroyedMs"].as_u64(), site["backupsUntilMs"].as_u64());
                matches!(times, (Some(gone), Some(backups)) if backups == gone + 30 * 86_400_000)
            })
            };
        rows.iter().all(told).then_some(())
    });
    assert_eq!(marie.texts(&space, &channel).len(), 3);
    for at in [0, 1] {
        realm.place(at).stop();
    }
    assert_eq!(in_stores(&first, &parts), BTreeSet::new());
    assert_eq!(in_stores(&second, &parts), BTreeSet::new());
    assert_eq!(in_payloads(&open_log(&second), &mark), BTreeSet::new());
}

fn files(archive: &[u8]) -> Vec<(String, String)> {
    let mut zip = zip::ZipArchive::new(Cursor::new(archive)).expect("a ZIP file");
    let mut files = Vec::new();
    for at in 0..zip.len() {
        let mut file = zip.by_index(at).expect("a file");
        let name = file.name().expect("plain").into_owned();
        let mut text = String::new();
        file.read_to_string(&mut text).expect("text");
        files.push((name, text));
    }
    files
}

/// The one file whose name ends so.
fn one(files: &[(String, String)], end: &str) -> String {
    let found: Vec<&String> = files
        .iter()
        .filter(|(name, _)| name.ends_with(end))
        .map(|(_, text)| text)
        .collect();
    let names: Vec<&String> = files.iter().map(|(name, _)| name).collect();
    assert_eq!(found.len(), 1, "{end} among {names:?}");
    found[0].clone()
}

#[test]
fn ones_own_data_is_all_that_one_wrote_and_nothing_of_others() {
    let mut realm = Realm::found("Nantes");
    let place = realm.place(0);
    let marie = place.person();
    let her = add_her(place);
    let space = marie.open_space("Pont de Varades", "hidden");
    marie.open_space("Autre espace", "hidden");
    let channel = marie.open_channel(&space, "Chantier");
    marie.add_member(&space, &her.id, "contributor");
    let page = |person: &Person, title: &str, text: &str| {
        let page = json!({ "feature": "page", "do": "create", "space": space, "title": title,
            "text": text });
        person.command(page).ok()["item"].clone()
    };
    page(&her, "Sa page", "Elle seule écrit ici");
    let of_marie = page(&marie, "Page de Marie", "Secret de Marie");
    marie.say(&space, &channel, "Secret de Marie").ok();
    // More than one piece of 500 rows.
    for number in 0..501 {
        her.say(&space, &channel, &format!("Mot {number}.")).ok();
    }
    let comment = json!({ "feature": "comment", "do": "write", "space": space, "on": of_marie,
        "text": "Mon commentaire" });
    her.command(comment).ok();

    let taken = her.download("/me/data.zip");
    let all = files(&taken);
    for secret in ["Secret de Marie", "Autre espace", PASSWORD] {
        assert!(
            !all.iter().any(|(_, text)| text.contains(secret)),
            "{secret}"
        );
    }
    let account: Value = serde_json::from_str(&one(&all, "account.json")).expect("JSON");
    let told = [&account["name"], &account["login"], &account["job"]];
    assert_eq!(told, ABOUT_HER);
    assert_eq!(
        account["devicesAtThisSite"].as_array().map(Vec::len),
        Some(1)
    );
    let spaces: Value = serde_json::from_str(&one(&all, "spaces.json")).expect("JSON");
    assert_eq!(spaces.as_array().map(Vec::len), Some(1), "{spaces}");
    assert_eq!(spaces[0]["name"], "Pont de Varades");
    assert_eq!(spaces[0]["role"], "contributor");
    let written: Value = serde_json::from_str(&one(&all, "/written.json")).expect("JSON");
    let written = written.as_array().expect("a list");
    assert_eq!(written.len(), 502);
    assert!(written.iter().all(|row| row["created"] == true));
    let words = one(&all, "/written.md");
    for text in [
        "Mot 0.",
        "Mot 500.",
        "Mon commentaire",
        "## Page de Marie",
        "## Chantier",
    ] {
        assert!(words.contains(text), "{text}");
    }
    let pages: Value = serde_json::from_str(&one(&all, "/pages.json")).expect("JSON");
    assert_eq!(pages.as_array().map(Vec::len), Some(1), "{pages}");
    assert_eq!(pages[0]["alone"], true);
    assert!(one(&all, "-sa-page.md").contains("Elle seule écrit ici"));

    // The technician's command makes the same, signed; and whoever has it can check it.
    let folder = tempfile::tempdir().expect("a folder");
    let to = folder.path().join("elle.zip");
    let to = to.to_str().expect("plain");
    let said = place
        .run(&["person", "export", LOGIN, "--to", to], "")
        .succeeded();
    assert!(said.contains(ABOUT_HER[0]), "{said}");
    let exported = files(&std::fs::read(to).expect("the file"));
    let names = |files: &[(String, String)]| -> Vec<String> {
        files.iter().map(|(name, _)| name.clone()).collect()
    };
    assert_eq!(names(&exported), names(&all));
    assert_eq!(one(&exported, "/written.json"), one(&all, "/written.json"));
    place.run(&["verify", to], "").succeeded();
    let mut bytes = std::fs::read(to).expect("the file");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(to, bytes).expect("the file");
    place.run(&["verify", to], "").failed(22, &[]);
    place
        .run(&["person", "export", "personne", "--to", "x.zip"], "")
        .failed(20, &["nobody with this login"]);
}

#[test]
fn a_guest_site_hears_that_an_account_was_deleted() {
    let (mut realm, _) = realm_for_guests();
    let marie = realm.place(0).person();
    let her = add_her(realm.place(0));
    let space = marie.open_space("Collège du Don", "hidden");
    let channel = marie.open_channel(&space, "Chantier");
    marie.add_member(&space, &her.id, "contributor");
    her.say(&space, &channel, "Avant").ok();
    let ticket = marie.ticket_for_guest(&space, "contributor", now_ms() + STAY_MS);
    let mut morvan = guest_site(&realm, "Morvan");
    morvan.run(&["guest", "accept", &ticket], "").succeeded();
    morvan.start();
    let ana = morvan.person();
    ana.sees(&space, &channel, 1);
    until("her name at the guest's", ARRIVAL_TIME_MAX, || {
        (authors(&ana, &space, &channel)[0].0 == ABOUT_HER[0]).then_some(())
    });
    // A partner's site has no realm to say it in.
    assert_eq!(ana.get("/me/data").ok()["guestSite"], true);
    assert_eq!(delete(&ana, PASSWORD).0, 409);

    assert_eq!(delete(&her, PASSWORD).0, 204);
    until("no name at the guest's", ARRIVAL_TIME_MAX, || {
        let shown = [("Compte supprimé".to_owned(), true)];
        (authors(&ana, &space, &channel) == shown).then_some(())
    });
    assert_eq!(ana.texts(&space, &channel), ["Avant"]);
    // The card that told the guest her name is erased in the space, by its manager.
    until("the erasure at the sponsor's", ARRIVAL_TIME_MAX, || {
        let rows = marie.get(&format!("/spaces/{space}/erasures")).ok();
        let items = rows["rows"].as_array()?.first()?["items"].as_array()?.len();
        (items == 1).then_some(())
    });
    // The same after both begin anew.
    for place in [realm.place(0), &mut morvan] {
        place.stop();
        place.start();
    }
    let ana = morvan.person();
    until("no name at the guest's", ARRIVAL_TIME_MAX, || {
        (authors(&ana, &space, &channel)[0].1).then_some(())
    });
}
