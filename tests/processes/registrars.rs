//! Rights of the realm: given and taken by registrars, in a territory or everywhere, and the same at
//! every site.

use super::client::Person;
use super::program::until;
use super::realm::{ARRIVAL_TIME_MAX, Place, Realm, recovery_words};

const TERRITORY: &str = "Pays d'Ancenis";

fn may_soon(person: &Person, may: bool) {
    until("a right to change", ARRIVAL_TIME_MAX, || {
        (person.may("openSpaces") == may).then_some(())
    });
}

fn lists(place: &Place, line: &str) {
    let begun = std::time::Instant::now();
    loop {
        let told = place.run(&["registrar", "list"], "").succeeded();
        if told.lines().any(|told| told == line) {
            return;
        }
        let waited = begun.elapsed() < ARRIVAL_TIME_MAX;
        assert!(waited, "no «{line}» in: {told}");
    }
}

#[test]
fn a_registrar_of_a_territory_lets_people_open_spaces_there_until_it_is_taken() {
    let mut realm = Realm::prepare("Nantes");
    let key = recovery_words(&realm.place(0).init().succeeded()).join(" ");
    realm.place(0).start();
    realm.join("Ancenis");

    // Territories are a registrar's to add, and no site chooses its own.
    let add = ["territory", "add", TERRITORY];
    realm.place(1).run(&add, "").failed(19, &["no registrar"]);
    let told = realm.place(0).run(&add, "").succeeded();
    assert_eq!(told, "Done, by Nantes.\n");
    realm.place(0).run(&add, "").failed(19, &["already"]);
    let listed = realm.place(0).run(&["territory", "list"], "").succeeded();
    assert_eq!(listed, format!("{TERRITORY}\n"));
    let stand = ["site", "territory", "Ancenis", TERRITORY];
    until("the territory at the other site", ARRIVAL_TIME_MAX, || {
        let ended = realm.place(1).run(&stand, "");
        (ended.code == 19).then(|| ended.failed(19, &["recovery key"]))
    });
    let told = realm.place(0).run(&stand, "").succeeded();
    assert_eq!(
        told,
        format!("Ancenis stands in the territory \"{TERRITORY}\".\n")
    );
    let nowhere = ["site", "territory", "Ancenis", "Atlantide"];
    realm
        .place(0)
        .run(&nowhere, "")
        .failed(20, &["no territory"]);

    // Where no registrar is at home, a right is asked for, and registrars read who asks.
    let yann = realm.place(1).add_person("yann");
    assert!(!yann.may("openSpaces"));
    lists(realm.place(0), "yann (yann@Ancenis): asks: creator");
    let grant = ["person", "grant", "yann", "--opens-spaces"];
    realm.place(1).run(&grant, "").failed(19, &["no registrar"]);

    // The root names one, for the territory of her site.
    let name = ["registrar", "add", "ancenis", "--territory", TERRITORY];
    realm.place(0).run(&name, "").failed(2, &["24 words"]);
    realm.place(0).run(&name, &key).succeeded();
    lists(
        realm.place(1),
        &format!("ancenis (ancenis@Ancenis): creator, registrar ({TERRITORY})"),
    );
    realm.place(1).run(&grant, "").failed(19, &["no registrar"]);
    let inside = [&grant[..], &["--territory", TERRITORY]].concat();
    let told = realm.place(1).run(&inside, "").succeeded();
    assert_eq!(told, "Done, by ancenis.\n");
    yann.open_space("Voirie", "hidden");
    let line = format!("yann (yann@Ancenis): creator ({TERRITORY})");
    lists(realm.place(0), &line);
    // Who is added from now on has it at once.
    let lena = realm.place(1).add_person("lena");
    lena.open_space("Cantine", "hidden");

    // Taken at headquarters, gone everywhere; a second time changes nothing.
    let withdraw = ["person", "withdraw", "yann", "--opens-spaces"];
    let told = realm.place(0).run(&withdraw, "").succeeded();
    assert_eq!(told, "Done, by Nantes.\n");
    let told = realm.place(0).run(&withdraw, "").succeeded();
    assert_eq!(told, "Nothing to do: it is so already.\n");
    may_soon(&yann, false);
    let open = yann.command(serde_json::json!({
        "feature": "space", "do": "open", "kind": "team", "template": "team", "name": "Encore",
        "colour": "loire", "symbol": "house", "visibility": "hidden", "description": ""
    }));
    assert_eq!(open.refusal(), (403, "forbidden"));

    // A registrar is the root's to remove, also while her site is out of reach.
    realm.place(1).kill();
    let registrar = ["person", "withdraw", "ancenis", "--opens-spaces"];
    realm
        .place(0)
        .run(&registrar, "")
        .failed(19, &["recovery key"]);
    realm
        .place(0)
        .run(&["registrar", "remove", "ancenis"], &key)
        .succeeded();
    realm.place(1).start();
    lists(realm.place(1), "ancenis (ancenis@Ancenis): creator");
    realm
        .place(1)
        .run(&inside, "")
        .failed(19, &["no registrar"]);
    assert!(lena.may("openSpaces"), "what she gave stays");
    realm
        .place(1)
        .run(&grant, &key)
        .failed(19, &["no registrar"]);
    let by_root = [&grant[..], &["--recovery-key"]].concat();
    realm.place(1).run(&by_root, &key).succeeded();
    may_soon(&yann, true);
}
