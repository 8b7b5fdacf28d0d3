//! Partners: a guest site on the edge, and people with a guest's account. Three kinds of machine:
//! two sites of the realm, of which both sponsor, and the partner's own.

use serde_json::{Value, json};

use super::client::{PASSWORD, Person, command_id};
use super::program::until;
use super::realm::{ARRIVAL_TIME_MAX, Place, Realm, free_port};

/// A hundred days: any end that a manager would choose.
pub(crate) const STAY_MS: u64 = 100 * 24 * 3_600_000;

/// A text of the partner's and one that must never come to them.
const SECRET: &str = "zq-secret-du-departement-7731";

pub(crate) fn now_ms() -> u64 {
    let now = std::time::SystemTime::now();
    let since = now.duration_since(std::time::UNIX_EPOCH);
    since.expect("after 1970").as_millis() as u64
}

/// Opens a port for guests in the settings of a site that does not run.
pub(crate) fn open_edge(place: &Place) -> u16 {
    let port = free_port();
    let file = place.data.join("bocage.toml");
    let mut settings = std::fs::read_to_string(&file).expect("its settings");
    settings.push_str(&format!("[guests]\nlisten = [\"127.0.0.1:{port}\"]\n"));
    std::fs::write(&file, settings).expect("its folder");
    port
}

/// Two sites with ports for guests, linked.
pub(crate) fn realm_for_guests() -> (Realm, [u16; 2]) {
    let mut realm = Realm::prepare("Nantes");
    let nantes = open_edge(realm.place(0));
    realm.place(0).init().succeeded();
    realm.place(0).start();
    let ticket = realm.ticket();
    let ancenis = Place::prepare(realm.folder(), "Ancenis");
    let edge = [nantes, open_edge(&ancenis)];
    realm.join_at(ancenis, &ticket);
    // Both know where guests reach the other.
    let nantes = realm.place(0).person();
    until("the second site to be told of", ARRIVAL_TIME_MAX, || {
        let sites = nantes.get("/site").ok()["sites"].take();
        let rows = sites.as_array()?.clone();
        (rows.len() == 1 && rows[0]["missingHere"] == 0 && rows[0]["connected"] == true)
            .then_some(())
    });
    (realm, edge)
}

/// A partner's site with its first person, in no space yet.
pub(crate) fn guest_site(realm: &Realm, name: &'static str) -> Place {
    let place = Place::prepare(realm.folder(), name);
    let login = place.login();
    let words = ["guest", "init", "--site", name, "--name", "Ana Morvan"];
    let more = ["--login", &login, "--password-stdin"];
    place
        .run(&[&words[..], &more].concat(), &format!("{PASSWORD}\n"))
        .succeeded();
    place
}

impl Person {
    pub(crate) fn ticket_for_guest(&self, space: &str, role: &str, end_ms: u64) -> String {
        let asked = json!({ "role": role, "endMs": end_ms });
        let ready = self
            .post(&format!("/spaces/{space}/guest-sites"), &asked)
            .ok();
        ready["ticket"].as_str().expect("a ticket").to_owned()
    }

    fn guests(&self, space: &str) -> Value {
        self.get(&format!("/spaces/{space}/guests")).ok()
    }

    fn state_of(&self, space: &str, channel: &str, text: &str) -> Option<String> {
        let rows = self.messages(space, channel);
        let row = rows.iter().find(|row| row["fields"]["text"] == text)?;
        Some(row["kept"]["state"].as_str()?.to_owned())
    }
}

/// Everything a site has on its disk, as bytes.
fn holds(place: &Place, canary: &str) -> bool {
    let files = std::fs::read_dir(&place.data).expect("its folder");
    let paths = files.filter_map(|file| Some(file.ok()?.path()));
    paths.filter(|path| path.is_file()).any(|path| {
        let bytes = std::fs::read(&path).unwrap_or_default();
        bytes
            .windows(canary.len())
            .any(|window| window == canary.as_bytes())
    })
}

#[test]
fn a_guest_site_carries_one_space_and_counts_once_a_sponsor_has_looked() {
    let (mut realm, _) = realm_for_guests();
    let claire = realm.place(0).person();
    // What is not shared.
    let inner = claire.open_space("Interne", "hidden");
    let talk = claire.open_channel(&inner, "entre nous");
    claire.say(&inner, &talk, SECRET).ok();
    // What is.
    let space = claire.open_space("Collège du Don", "hidden");
    let channel = claire.open_channel(&space, "chantier");
    claire
        .say(&space, &channel, "Bonjour, voici le chantier")
        .ok();
    let leaving = claire.get(&format!("/spaces/{space}/leaving")).ok();
    let titles: Vec<&str> = leaving["items"]
        .as_array()
        .expect("items")
        .iter()
        .filter_map(|item| item["title"].as_str())
        .collect();
    assert!(titles.contains(&"chantier"), "{leaving}");

    let ticket = claire.ticket_for_guest(&space, "contributor", now_ms() + STAY_MS);
    let mut morvan = guest_site(&realm, "Morvan");
    // A site's ticket and a guest's are not each other's.
    morvan
        .run(&["guest", "accept", &realm.ticket()], "")
        .failed(2, &["bocage join"]);
    let told = morvan.run(&["guest", "accept", &ticket], "").succeeded();
    assert!(told.contains("a space of Loire"), "{told}");
    morvan.start();
    let ana = morvan.person();
    assert_eq!(
        ana.sees(&space, &channel, 1),
        ["Bonjour, voici le chantier"]
    );
    // Names come with the space, the directory does not.
    until("the name of the writer", ARRIVAL_TIME_MAX, || {
        let rows = ana.messages(&space, &channel);
        (rows[0]["author"]["name"] == "Nantes").then_some(())
    });

    // Written by the guest, looked at by a sponsor, seen by all.
    until("the guest to be introduced", ARRIVAL_TIME_MAX, || {
        let answer = ana.say(&space, &channel, "Le mur penche");
        (answer.status == 200).then_some(())
    });
    claire.sees(&space, &channel, 2);
    until("the guest to know that it counts", ARRIVAL_TIME_MAX, || {
        let state = ana.state_of(&space, &channel, "Le mur penche");
        (state.as_deref() == Some("everywhere")).then_some(())
    });
    let page = ana
        .command(json!({
            "feature": "page", "do": "create", "space": space, "title": "Plan du mur",
            "text": "Deux mètres de haut"
        }))
        .ok();
    let page = page["item"].as_str().expect("an item").to_owned();
    until("the page at the partner", ARRIVAL_TIME_MAX, || {
        let answer = claire.get(&format!("/spaces/{space}/items/{page}"));
        (answer.status == 200 && answer.body["row"]["title"] == "Plan du mur").then_some(())
    });
    let list = claire.guests(&space);
    assert_eq!(list["sites"][0]["people"], json!(["Ana Morvan"]), "{list}");
    assert_eq!(
        list["sites"][0]["sponsors"].as_array().map(Vec::len),
        Some(2),
        "both sites of the realm sponsor: {list}"
    );
    assert!(list["tickets"][0]["words"].is_string(), "{list}");

    // What a guest must not do.
    assert_eq!(ana.get("/people?q=na").status, 200, "its own people only");
    let people = ana.get("/people?q=na").ok();
    let names: Vec<&str> = people["rows"]
        .as_array()
        .expect("rows")
        .iter()
        .filter_map(|row| row["name"].as_str())
        .collect();
    assert!(!names.contains(&"Ancenis"), "a directory: {people}");
    let add = json!({ "feature": "space", "do": "addMember", "space": space,
        "person": ana.id, "role": "manager" });
    assert_eq!(ana.command(add).status, 403);
    assert_eq!(
        ana.get(&format!("/spaces/{inner}")).status,
        404,
        "another space"
    );

    // The first sponsor is gone: the second looks.
    realm.place(0).stop();
    ana.say(&space, &channel, "Personne à Nantes ?").ok();
    let yann = realm.place(1).person();
    until("the second sponsor to admit", ARRIVAL_TIME_MAX, || {
        let state = ana.state_of(&space, &channel, "Personne à Nantes ?")?;
        (state == "some").then_some(())
    });
    drop(yann);
    realm.place(0).start();
    let claire = realm.place(0).person();
    claire.sees(&space, &channel, 3);

    // The end: every host stops at once; what still comes is for the manager.
    morvan.stop();
    let end = json!({ "feature": "space", "do": "endGuestSite", "space": space,
        "site": list["sites"][0]["site"]["id"] });
    claire.command(end).ok();
    morvan.start();
    let ana = morvan.person();
    ana.say(&space, &channel, "Encore un mot").ok();
    claire.say(&space, &channel, "Ceci reste chez nous").ok();
    realm.equal(&space);
    assert_eq!(claire.texts(&space, &channel).len(), 4);
    assert!(
        !ana.texts(&space, &channel)
            .contains(&"Ceci reste chez nous".to_owned())
    );
    morvan.stop();
    assert!(!holds(&morvan, SECRET), "a byte of another space");
}

#[test]
fn a_guests_account_reads_one_space_until_its_end() {
    let mut realm = Realm::found("Nantes");
    let claire = realm.place(0).person();
    let open = claire.open_space("Ouvert à tous", "open");
    let space = claire.open_space("Cuisines", "hidden");
    let channel = claire.open_channel(&space, "menus");
    let invite = |end_ms: u64, role: &str| {
        let asked = json!({ "login": "dupont", "name": "Luc Dupont",
            "organisation": "Association Dupont", "role": role, "endMs": end_ms });
        claire.post(&format!("/spaces/{space}/guest-people"), &asked)
    };
    assert_eq!(invite(now_ms() + STAY_MS, "manager").status, 400);
    assert_eq!(invite(now_ms() - 1, "viewer").status, 400, "over already");
    assert_eq!(
        invite(now_ms() + 3 * 366 * 24 * 3_600_000, "viewer").status,
        400
    );
    let ready = invite(now_ms() + STAY_MS, "contributor").ok();
    let password = ready["password"].as_str().expect("a password");
    let luc = Person::sign_in(realm.place(0).web, "dupont", password).expect("signed in");
    luc.say(&space, &channel, "Merci").ok();
    assert_eq!(claire.sees(&space, &channel, 1), ["Merci"]);
    // No directory, no open spaces, no inviting, no opening, no list of other guests.
    assert_eq!(luc.get("/people?q=na").status, 403);
    assert_eq!(luc.get(&format!("/spaces/{open}")).status, 404);
    let join = json!({ "feature": "space", "do": "join", "space": open });
    assert_eq!(luc.command(join).status, 404);
    let asked = json!({ "role": "viewer", "endMs": now_ms() + STAY_MS });
    let sites = format!("/spaces/{space}/guest-sites");
    assert_eq!(luc.post(&sites, &asked).status, 403);
    assert_eq!(luc.get(&format!("/spaces/{space}/guests")).status, 403);
    assert_eq!(luc.get(&format!("/spaces/{space}/leaving")).status, 403);
    let own = json!({ "feature": "space", "do": "open", "kind": "team", "template": "team",
        "name": "À moi", "colour": "loire", "symbol": "house", "visibility": "hidden",
        "description": "" });
    assert_eq!(luc.command(own).status, 403);
    let raise = json!({ "feature": "space", "do": "setRole", "space": space,
        "person": luc.id, "role": "manager" });
    assert_eq!(claire.command(raise).status, 400, "guests own nothing");
    let add = json!({ "feature": "space", "do": "addMember", "space": open,
        "person": luc.id, "role": "viewer" });
    assert_eq!(
        claire.command(add).status,
        400,
        "a guest is invited, with an end"
    );
    // Her time ends by this site's clock, and comes again when she is renewed.
    let renew = |end_ms: u64| {
        let renew = json!({ "feature": "space", "do": "renewGuest", "space": space,
            "person": luc.id, "endMs": end_ms });
        claire.command(renew).ok();
    };
    renew(now_ms() + 1_500);
    until("the end of her stay", ARRIVAL_TIME_MAX, || {
        let path = format!("/spaces/{space}");
        (luc.get(&path).status == 404).then_some(())
    });
    assert_ne!(luc.say(&space, &channel, "Trop tard").status, 200);
    let list = claire.guests(&space);
    assert_eq!(list["people"][0]["ended"], true, "{list}");
    renew(now_ms() + STAY_MS);
    luc.say(&space, &channel, "De retour").ok();
    assert_eq!(claire.texts(&space, &channel), ["Merci", "De retour"]);
    // A second space: the same account, no new password.
    let second = claire.open_space("Chantiers", "hidden");
    let asked = json!({ "login": "dupont", "name": "Luc Dupont",
        "organisation": "Association Dupont", "role": "viewer", "endMs": now_ms() + STAY_MS });
    let again = claire.post(&format!("/spaces/{second}/guest-people"), &asked);
    assert_eq!(again.ok()["password"], Value::Null);
    // Another's name is not a guest's.
    let asked = json!({ "login": "nantes", "name": "X", "organisation": "Y", "role": "viewer",
        "endMs": now_ms() + STAY_MS });
    let taken = claire.post(&format!("/spaces/{second}/guest-people"), &asked);
    assert_eq!(taken.refusal(), (409, "conflict"));
}

#[test]
fn what_a_partner_sees_can_be_copied_into_a_space_of_its_own() {
    let mut realm = Realm::found("Nantes");
    let claire = realm.place(0).person();
    let space = claire.open_space("Collège", "hidden");
    let page = |title: &str, text: &str| {
        let create = json!({ "feature": "page", "do": "create", "space": space,
            "title": title, "text": text });
        let made = claire.command(create).ok();
        made["item"].as_str().expect("an item").to_owned()
    };
    let (plan, notes) = (page("Plan", "Deux étages"), page("Notes", SECRET));
    let partner = claire.open_space("Collège, avec Morvan", "hidden");
    let copy = json!({ "feature": "space", "do": "copyItems", "space": partner,
        "from": space, "items": [plan] });
    let id = command_id(7);
    for _ in 0..2 {
        let answer = claire
            .try_command(&id, copy.clone())
            .expect("the site answers");
        answer.ok();
    }
    let pages = |space: &str| -> Vec<String> {
        let list = claire.get(&format!("/spaces/{space}/items?kind=page")).ok();
        let rows = list["rows"].as_array().expect("rows").clone();
        rows.iter()
            .filter_map(|row| Some(row["title"].as_str()?.to_owned()))
            .collect()
    };
    let copied = pages(&partner);
    assert_eq!(
        copied.iter().filter(|title| *title == "Plan").count(),
        1,
        "copied once: {copied:?}"
    );
    assert!(!copied.contains(&"Notes".to_owned()));
    assert!(pages(&space).contains(&"Plan".to_owned()));
    let stranger = json!({ "feature": "space", "do": "copyItems", "space": partner,
        "from": partner, "items": [notes] });
    assert_eq!(claire.command(stranger).status, 400, "not in that space");
}
