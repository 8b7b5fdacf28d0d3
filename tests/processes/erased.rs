//! Content that must be gone: hidden at once everywhere, destroyed after the waiting time, found by
//! nobody afterwards, not even by a site that joins later.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;

use bocage_node::keys::Opener;
use bocage_node::store::{LogStore, OTHER_BRANCHES, StateStore};
use redb::{ReadableDatabase, TableDefinition};
use serde_json::{Value, json};

use super::client::Person;
use super::held::{held, removed_meanwhile};
use super::program::until;
use super::realm::{ARRIVAL_TIME_MAX, Realm};

/// Words that stand nowhere else: in titles, texts, comments, reasons.
const CANARIES: [&str; 6] = [
    "kanariTITREdePAGE",
    "kanariTEXTEdePAGE",
    "kanariCOMMENTAIRE",
    "kanariREMERCIEMENT",
    "kanariMESSAGE",
    "kanariARTICLE",
];

/// The sites' clocks after the waiting time of 72 hours.
pub(super) fn later() -> [(&'static str, OsString); 1] {
    [("TEST_BOCAGE_CLOCK_AHEAD_HOURS", "73".into())]
}

fn made(person: &Person, command: Value) -> String {
    let answer = person.command(command).ok();
    answer["item"].as_str().expect("an item").to_owned()
}

/// Which canaries a piece of bytes holds.
fn found_in(bytes: &[u8]) -> BTreeSet<&'static str> {
    let holds = |word: &&str| {
        bytes
            .windows(word.len())
            .any(|part| part == word.as_bytes())
    };
    CANARIES.into_iter().filter(holds).collect()
}

/// The middle of each sealed entry of a stopped site that holds a canary: noise that comes once.
pub(super) fn sealed(data: &Path) -> BTreeSet<[u8; 32]> {
    let mut places = BTreeSet::new();
    {
        let log = open_log(data);
        for (number, _) in log.load().expect("it reads").logs {
            for run in [number, number | OTHER_BRANCHES] {
                let take = |seq, entry: bocage_protocol::entry::Entry| {
                    if !found_in(entry.payload.as_deref().unwrap_or_default()).is_empty() {
                        places.insert((run, seq));
                    }
                    true
                };
                log.scan_stored(run, 0, take).expect("it reads");
            }
        }
    }
    let database = redb::Database::open(data.join("log.redb")).expect("a database");
    let read = database.begin_read().expect("it reads");
    let entries: TableDefinition<(u32, u64), &[u8]> = TableDefinition::new("entries");
    let entries = read.open_table(entries).expect("there");
    let middle = |place: (u32, u64)| {
        let value = entries.get(place).expect("it reads").expect("there");
        let value = value.value();
        let from = value.len() / 2;
        value[from..from + 32].try_into().expect("32 bytes")
    };
    places.into_iter().map(middle).collect()
}

/// How many of these the files of a folder hold, as their bytes lie there.
pub(super) fn in_files(folder: &Path, sealed: &BTreeSet<[u8; 32]>) -> usize {
    let mut found = 0;
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found += in_files(&path, sealed);
        } else if path.is_file() {
            let bytes = std::fs::read(&path).expect("a file");
            let parts = bytes
                .windows(32)
                .filter_map(|part| <[u8; 32]>::try_from(part).ok());
            found += parts.filter(|part| sealed.contains(part)).count();
        }
    }
    found
}

fn open_log(data: &Path) -> LogStore {
    LogStore::open(data, &Opener::new(data, None)).expect("it opens")
}

/// Canaries in what the stores of a stopped site read, whatever lies on its disk.
pub(super) fn in_stores(data: &Path) -> BTreeSet<&'static str> {
    let log = open_log(data);
    let loaded = log.load().expect("it reads");
    let mut found = BTreeSet::new();
    for (_, row) in &loaded.live {
        found.extend(found_in(&row.change));
    }
    for (number, _) in loaded.logs {
        for run in [number, number | OTHER_BRANCHES] {
            let take = |entry: bocage_protocol::entry::Entry| {
                found.extend(found_in(entry.payload.as_deref().unwrap_or_default()));
                true
            };
            log.scan(run, 0, take).expect("it reads");
        }
    }
    let state = StateStore::open(data, log.keyring()).expect("it opens");
    for (number, _) in loaded.spaces {
        for (item, row) in state.rows(number).expect("it reads") {
            found.extend(found_in(&row));
            let snapshot = state.snapshot(number, &item).expect("it reads");
            found.extend(found_in(&snapshot.unwrap_or_default()));
        }
    }
    found
}

pub(super) fn states(person: &Person, space: &str) -> Vec<String> {
    let rows = person.get(&format!("/spaces/{space}/erasures")).ok();
    let rows = rows["rows"].as_array().expect("rows").iter();
    rows.map(|row| row["state"].as_str().expect("a state").to_owned())
        .collect()
}

#[test]
fn erased_content_is_hidden_at_once_and_destroyed_after_the_waiting_time() {
    let mut realm = Realm::found("Nantes");
    realm.join("Ancenis");
    let [nantes, ancenis] = [0, 1].map(|at| realm.place(at).person());
    let space = nantes.open_space("Cantines", "hidden");
    nantes.add_member(&space, &ancenis.id, "manager");
    let channel = nantes.open_channel(&space, "Cuisine");
    let page = made(
        &nantes,
        json!({ "feature": "page", "do": "create", "space": space,
            "title": "Liste kanariTITREdePAGE", "text": "Des noms kanariTEXTEdePAGE" }),
    );
    let post = made(
        &nantes,
        json!({ "feature": "post", "do": "create", "space": space, "title": "Avis",
            "text": "Un nom kanariARTICLE" }),
    );
    let kept = made(
        &nantes,
        json!({ "feature": "page", "do": "create", "space": space, "title": "Menus",
            "text": "Potage" }),
    );
    nantes.say(&space, &channel, "kanariMESSAGE").ok();
    let item = |id: &str| format!("/spaces/{space}/items/{id}");
    until("the page at the other site", ARRIVAL_TIME_MAX, || {
        (ancenis.get(&item(&page)).status == 200).then_some(())
    });
    let comment = made(
        &ancenis,
        json!({ "feature": "comment", "do": "write", "space": space, "on": page,
            "text": "Moi aussi kanariCOMMENTAIRE" }),
    );
    ancenis
        .command(
            json!({ "feature": "thanks", "do": "give", "space": space, "on": page,
            "reason": "kanariREMERCIEMENT" }),
        )
        .ok();
    let message = nantes.sees(&space, &channel, 1);
    assert_eq!(message, ["kanariMESSAGE"]);
    realm.equal(&space);

    // What lies under a page is listed, none of it is implied.
    let plan = nantes.get(&format!("{}/erasure", item(&page))).ok();
    let rows = plan["rows"].as_array().expect("rows").clone();
    let ids: Vec<&str> = rows
        .iter()
        .map(|row| row["item"]["id"].as_str().expect("an id"))
        .collect();
    assert_eq!(ids.len(), 3, "{plan}");
    assert_eq!(ids[0], page);
    assert!(ids.contains(&comment.as_str()));

    let message = nantes.messages(&space, &channel)[0]["id"].clone();
    let mut items: Vec<Value> = ids.iter().map(|id| json!(id)).collect();
    items.extend([json!(post), message]);
    let erase = json!({ "feature": "erasure", "do": "erase", "space": space, "items": items,
        "reason": "données de santé" });
    nantes.command(erase.clone()).ok();
    let gone_for = |person: &Person| {
        for id in [&page, &post] {
            assert_eq!(person.get(&item(id)).refusal(), (410, "erased"));
        }
        assert!(person.texts(&space, &channel).is_empty());
        for path in ["/today", "/channels", "/search?q=kanari", &item(&kept)] {
            let told = person.get(path).ok().to_string();
            assert_eq!(found_in(told.as_bytes()), BTreeSet::new(), "{path}");
        }
    };
    gone_for(&nantes);
    until("the erasure at the other site", ARRIVAL_TIME_MAX, || {
        (ancenis.get(&item(&page)).status == 410).then_some(())
    });
    gone_for(&ancenis);
    realm.equal(&space);

    // Taken back by another manager, from the other site: all is shown again.
    let erasures = ancenis.get(&format!("/spaces/{space}/erasures")).ok();
    let row = &erasures["rows"][0];
    assert_eq!(row["state"], "hidden", "{row}");
    assert_eq!(row["reason"], "données de santé");
    let undo = json!({ "feature": "erasure", "do": "undo", "space": space, "erasure": row["id"] });
    ancenis.command(undo.clone()).ok();
    until("the page again", ARRIVAL_TIME_MAX, || {
        (nantes.get(&item(&page)).status == 200).then_some(())
    });
    assert_eq!(nantes.texts(&space, &channel), ["kanariMESSAGE"]);
    assert_eq!(states(&nantes, &space), ["undone"]);
    realm.equal(&space);

    // Erased again, and nobody objects.
    nantes.command(erase).ok();
    until("the erasure at the other site", ARRIVAL_TIME_MAX, || {
        (ancenis.get(&item(&page)).status == 410).then_some(())
    });
    let mut sealed_bytes = BTreeSet::new();
    for at in [0, 1] {
        realm.place(at).stop();
        let data = realm.place(at).data.clone();
        assert_eq!(in_stores(&data).len(), CANARIES.len(), "the bytes wait");
        let sealed = sealed(&data);
        // The page's title and text share an entry.
        assert!(sealed.len() >= CANARIES.len() - 1, "{}", sealed.len());
        assert!(in_files(&data, &sealed) >= sealed.len());
        sealed_bytes.extend(sealed);
        realm.place(at).start_with(&later());
    }
    let [nantes, ancenis] = [0, 1].map(|at| realm.place(at).person());
    for (at, person) in [&nantes, &ancenis].into_iter().enumerate() {
        until("the bytes to be removed", ARRIVAL_TIME_MAX, || {
            states(person, &space)
                .contains(&"removed".to_owned())
                .then_some(())
        });
        let refused = person.command(undo.clone());
        assert_ne!(refused.status, 200, "{refused:?}");
        // Killed before the files are compacted: the next start does it.
        realm.place(at).kill();
        realm.place(at).start_with(&later());
    }
    let [nantes, ancenis] = [0, 1].map(|at| realm.place(at).person());
    gone_for(&nantes);
    gone_for(&ancenis);
    until("the receipts of both sites", ARRIVAL_TIME_MAX, || {
        let rows = nantes.get(&format!("/spaces/{space}/erasures")).ok();
        let mut sites = rows["rows"][0]["sites"].as_array()?.iter();
        sites.all(|site| site["destroyedMs"].is_u64()).then_some(())
    });
    realm.equal(&space);

    // A site that joins now gets entries without payload, and they are whole. (Tickets are good for
    // a while by the clock that everybody has.)
    for at in [0, 1] {
        realm.place(at).stop();
        realm.place(at).start();
    }
    let nantes = realm.place(0).person();
    let ticket = realm.ticket();
    realm.join_with("Vitre", &ticket);
    let vitre = realm.place(2).person();
    nantes.add_member(&space, &vitre.id, "manager");
    until("the space at the new site", ARRIVAL_TIME_MAX, || {
        (vitre.get(&item(&kept)).status == 200).then_some(())
    });
    realm.equal(&space);
    gone_for(&vitre);
    vitre.say(&space, &channel, "Bonjour de Vitré").ok();
    nantes.sees(&space, &channel, 1);
    vitre.kept_everywhere(&space, &channel);

    for at in [0, 1, 2] {
        realm.place(at).stop();
        let data = realm.place(at).data.clone();
        assert_eq!(in_stores(&data), BTreeSet::new(), "values of {at}");
        assert_eq!(in_files(&data, &sealed_bytes), 0, "files of {at}");
    }
}

#[test]
fn held_work_of_an_erased_item_leaves_the_inbox() {
    let (realm, [nantes, ancenis, yann], space, _, page) = removed_meanwhile();
    let of_page = |person: &Person| {
        let rows = held(person, &space);
        let of_page = rows.iter().filter(|row| row["item"] == page.as_str());
        (rows.len(), of_page.count())
    };
    assert_eq!(of_page(&nantes), (3, 1));
    let erase = json!({ "feature": "erasure", "do": "erase", "space": space, "items": [page],
        "reason": "" });
    nantes.command(erase).ok();
    for manager in [&nantes, &ancenis] {
        until("the inbox without it", ARRIVAL_TIME_MAX, || {
            (of_page(manager) == (2, 0)).then_some(())
        });
    }
    assert_eq!(yann.get("/today").ok()["ownHeld"], 2);
    // Taken back, it waits for them again.
    let row = nantes.get(&format!("/spaces/{space}/erasures")).ok()["rows"][0].clone();
    let undo = json!({ "feature": "erasure", "do": "undo", "space": space, "erasure": row["id"] });
    ancenis.command(undo).ok();
    for manager in [&nantes, &ancenis] {
        until("the inbox with it", ARRIVAL_TIME_MAX, || {
            (of_page(manager) == (3, 1)).then_some(())
        });
    }
    realm.equal(&space);
}
