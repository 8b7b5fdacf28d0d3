//! A disk that rots: what it damaged comes back from the other sites, everything else goes on, and
//! what nobody else has is named.

use std::collections::BTreeSet;
use std::path::Path;

use bocage_node::keys::Opener;
use bocage_node::store::LogStore;
use bocage_protocol::entry::Entry;
use redb::{ReadableDatabase, TableDefinition};
use serde_json::json;

use super::damage::flip;
use super::program::until;
use super::realm::{ARRIVAL_TIME_MAX, Place, Realm};

/// Calls `take` for every entry that a stopped site can read; says how many it cannot.
fn read_all(data: &Path, mut take: impl FnMut((u32, u64), &Entry)) -> usize {
    let log = LogStore::open(data, &Opener::new(data, None)).expect("it opens");
    for (number, _) in log.load().expect("it reads").logs {
        let read = log.scan_stored(number, 0, |seq, entry| {
            take((number, seq), &entry);
            true
        });
        read.expect("it reads");
    }
    log.unreadable().len()
}

fn holds(entry: &Entry, word: &str) -> bool {
    let payload = entry.payload.as_deref().unwrap_or_default();
    payload
        .windows(word.len())
        .any(|part| part == word.as_bytes())
}

/// Flips a bit of each entry of a stopped site that holds one of these words.
fn damage(data: &Path, words: &[&str]) {
    let mut places = BTreeSet::new();
    let unreadable = read_all(data, |place, entry| {
        if words.iter().any(|word| holds(entry, word)) {
            places.insert(place);
        }
    });
    assert_eq!((places.len(), unreadable), (words.len(), 0));
    let file = data.join("log.redb");
    let entries: TableDefinition<(u32, u64), &[u8]> = TableDefinition::new("entries");
    let database = redb::Database::open(&file).expect("a database");
    let sealed: Vec<Vec<u8>> = {
        let table = database.begin_read().expect("it reads");
        let table = table.open_table(entries).expect("there");
        let value = |place| table.get(place).expect("it reads").expect("there");
        let sealed = places
            .into_iter()
            .map(|place| value(place).value().to_vec());
        sealed.collect()
    };
    drop(database);
    for value in sealed {
        assert!(flip(&file, &value) > 0, "the entry is in the file");
    }
}

/// How many entries a stopped site reads that hold one of these words; all others are read, too.
fn sound(data: &Path, words: &[&str]) -> usize {
    let mut found = 0;
    let unreadable = read_all(data, |_, entry| {
        found += usize::from(words.iter().any(|word| holds(entry, word)));
    });
    assert_eq!(unreadable, 0);
    found
}

fn is_healed(place: &Place) {
    until("everything to be healed", ARRIVAL_TIME_MAX, || {
        (place.admin("/site")["damaged"] == json!([])).then_some(())
    });
}

fn warnings(place: &Place) -> String {
    place.status()["warnings"].to_string()
}

#[test]
fn what_the_disk_damaged_comes_back_from_the_other_site() {
    let mut realm = Realm::found("Nantes");
    realm.join("Ancenis");
    let [nantes, ancenis] = [0, 1].map(|at| realm.place(at).person());
    let space = nantes.open_space("Digues", "hidden");
    nantes.add_member(&space, &ancenis.id, "manager");
    let channel = nantes.open_channel(&space, "Relevés");
    nantes.say(&space, &channel, "kanariNANTES").ok();
    ancenis.sees(&space, &channel, 1);
    for (number, text) in ["kanariANCENIS", "kanariENSUITE", "Rien de neuf"]
        .iter()
        .enumerate()
    {
        ancenis.say(&space, &channel, text).ok();
        nantes.sees(&space, &channel, number + 2);
    }
    // What comes after a damaged entry of its own log.
    nantes.say(&space, &channel, "Tout est sec").ok();
    ancenis.sees(&space, &channel, 5);
    nantes.kept_everywhere(&space, &channel);
    ancenis.kept_everywhere(&space, &channel);
    let print = realm.equal(&space);
    let texts = nantes.texts(&space, &channel);
    let data = realm.place(0).data.clone();

    // Two entries of the other site, one after the other, and one of its own. Views that are made
    // anew without them show the rest, and the technician is told.
    let words = ["kanariNANTES", "kanariANCENIS", "kanariENSUITE"];
    realm.place(0).stop();
    damage(&data, &words);
    realm.place(0).run(&["rebuild"], "").succeeded();
    let told = warnings(realm.place(0));
    assert!(told.contains("damaged entries: 2 of Ancenis"), "{told}");
    assert!(told.contains("damaged entries: 1 of Nantes"), "{told}");
    assert!(told.contains("asked again of Ancenis"), "{told}");
    realm.place(0).start();
    is_healed(realm.place(0));
    until("the messages that were healed", ARRIVAL_TIME_MAX, || {
        (nantes.texts(&space, &channel) == texts).then_some(())
    });
    assert_eq!(realm.equal(&space), print);
    realm.place(0).stop();
    assert_eq!(sound(&data, &words), 3);

    // Damage that nobody stumbles upon: the walk finds it.
    damage(&data, &words);
    realm.place(0).start();
    until("the walk to find it", ARRIVAL_TIME_MAX, || {
        let said = realm.place(0).process().err();
        (said.matches("is damaged").count() >= words.len()).then_some(())
    });
    is_healed(realm.place(0));
    assert_eq!(nantes.texts(&space, &channel), texts);
    // Nobody took it for another history, and writing goes on where it was.
    nantes.say(&space, &channel, "La suite").ok();
    ancenis.sees(&space, &channel, 6);
    assert_eq!(realm.place(1).admin("/site")["forks"], json!([]));
    realm.equal(&space);
    realm.place(0).stop();
    assert_eq!(sound(&data, &words), 3);
}

#[test]
fn what_no_other_site_has_is_named_and_the_rest_goes_on() {
    let mut realm = Realm::found("Nantes");
    let person = realm.place(0).person();
    let space = person.open_space("Digues", "hidden");
    let channel = person.open_channel(&space, "Relevés");
    for text in ["Avant", "kanariPERDU", "Après", "Ensuite"] {
        person.say(&space, &channel, text).ok();
    }
    let data = realm.place(0).data.clone();
    realm.place(0).stop();
    damage(&data, &["kanariPERDU"]);
    for _ in 0..2 {
        realm.place(0).run(&["rebuild"], "").succeeded();
        realm.place(0).start();
        let texts = person.texts(&space, &channel);
        assert_eq!(texts[..3], ["Avant", "Après", "Ensuite"]);
        let site = realm.place(0).admin("/site");
        let told = &site["damaged"][0];
        let expected = [json!(1), json!("Digues"), json!([]), json!(false)];
        let of = [
            &told["entries"],
            &told["space"],
            &told["asked"],
            &site["ok"],
        ];
        assert_eq!(of.map(Clone::clone), expected, "{site}");
        let told = warnings(realm.place(0));
        assert!(told.contains("no other site carries it"), "{told}");
        person.say(&space, &channel, "On continue").ok();
        realm.place(0).stop();
    }
    realm.place(0).start();
    assert_eq!(person.texts(&space, &channel).len(), 5);
    realm.place(0).stop();
}

#[test]
fn a_damaged_last_entry_begins_a_new_log_and_comes_back() {
    let mut realm = Realm::found("Nantes");
    realm.join("Ancenis");
    let [nantes, ancenis] = [0, 1].map(|at| realm.place(at).person());
    let space = nantes.open_space("Digues", "hidden");
    nantes.add_member(&space, &ancenis.id, "manager");
    let channel = nantes.open_channel(&space, "Relevés");
    for (number, text) in ["Avant", "kanariDERNIER"].iter().enumerate() {
        nantes.say(&space, &channel, text).ok();
        ancenis.sees(&space, &channel, number + 1);
    }
    nantes.kept_everywhere(&space, &channel);
    let print = realm.equal(&space);
    let data = realm.place(0).data.clone();

    // The last word of this site, while the other is away: writing goes on, in a new log.
    realm.place(0).stop();
    realm.place(1).stop();
    damage(&data, &["kanariDERNIER"]);
    realm.place(0).start();
    assert_eq!(nantes.texts(&space, &channel), ["Avant"]);
    let told = warnings(realm.place(0));
    assert!(told.contains("damaged entries: 1 of Nantes"), "{told}");
    assert!(told.contains("asked again of Ancenis"), "{told}");
    realm.place(1).start();
    is_healed(realm.place(0));
    let texts = ["Avant", "kanariDERNIER"];
    nantes.shows(&space, &channel, &texts);
    assert_eq!(realm.equal(&space), print);
    nantes.say(&space, &channel, "La suite").ok();
    ancenis.sees(&space, &channel, 3);
    nantes.kept_everywhere(&space, &channel);
    // It is one history: nobody saw a fork.
    for at in [0, 1] {
        assert_eq!(realm.place(at).admin("/site")["forks"], json!([]));
    }
    realm.equal(&space);
    realm.place(0).stop();
    assert_eq!(sound(&data, &["kanariDERNIER"]), 1);
    realm.place(0).start();
    nantes.sees(&space, &channel, 3);
}
