//! A hostile site writes a card of a person whom another site added, as if she were at home with it: she
//! stays at home where she is, also when the cards are read anew.

use bocage_crdt::features::person::Card;
use bocage_crdt::features::{NewContent, by_name};
use bocage_crdt::ids::{CommandId, ItemId, PersonId, SpaceId};
use bocage_protocol::entry::{Creation, Header, ItemKind};

use super::super::client::{PASSWORD, Person};
use super::super::program::until;
use super::super::realm::Realm;
use super::site::Hostile;
use super::{PATIENCE, told};

/// Ids tried: the lowest of so many is read before hers, as good as surely.
const TRIES: u64 = 1_000;

#[test]
fn a_site_that_claims_a_person_of_another_does_not_get_her() {
    let mut realm = Realm::found("Nantes");
    realm.join("Vitre");
    let lena = realm.place(0).add_person("lena");
    let pirate = realm.place(1).person();
    let prints = told(&mut realm, 0, "/admin/fingerprints");
    let spaces = prints["spaces"].as_object().expect("a map");
    assert_eq!(
        spaces.len(),
        1,
        "the realm, and nothing else yet: {spaces:?}"
    );
    let space = spaces.keys().next().expect("the realm").clone();
    realm.place(1).stop();
    let mut hostile = {
        let (honest, place) = realm.all_but(1);
        Hostile::take_over(place, &honest, &space, &pirate.id)
    };
    hostile.pump("the realm's logs", |hostile| {
        let own = hostile.log();
        let mut known = hostile.known.values();
        known.any(|entry| entry.header.log == own) && hostile.heads().len() == 1
    });
    let card = Card {
        person: lena.id.parse().expect("a person"),
        name: "Fausse Lena".to_owned(),
        login: "lena".to_owned(),
        ..Card::default()
    };
    let NewContent::Record(record) = card.to_content().expect("a sound card") else {
        panic!("cards are records");
    };
    let id: SpaceId = space.parse().expect("a space");
    let author = PersonId::of_site(&hostile.origin(Default::default()).site);
    let ids = (0..TRIES).map(|number| {
        let mut command = [0x79; 16];
        command[..8].copy_from_slice(&number.to_le_bytes());
        let command = CommandId(command);
        (ItemId::of(&id, &author, &command), command)
    });
    let (item, command) = ids.min().expect("several");
    let kind = by_name("person").expect("there are people");
    let header = Header {
        author,
        item,
        command,
        creation: Some(Creation {
            kind: ItemKind {
                number: kind.number(),
                version: kind.version(),
            },
            parent: ItemId::root(&id),
        }),
        ..hostile.header()
    };
    let entry = hostile.sign(header, record.encode());
    for to in hostile.others() {
        hostile.push(&to, std::slice::from_ref(&entry));
    }
    until("the card at Nantes", PATIENCE, || {
        let now = told(&mut realm, 0, "/admin/fingerprints");
        (now["spaces"][&space] != prints["spaces"][&space]).then_some(())
    });
    for turn in ["as it came", "read anew"] {
        let web = realm.place(0).web;
        let lena = Person::sign_in(web, "lena", PASSWORD).expect("signed in");
        let data = lena.get("/me/data").ok();
        assert!(data["home"].is_null(), "{turn}: {data}");
        realm.place(0).stop();
        realm.place(0).start();
    }
}
