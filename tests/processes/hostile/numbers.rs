//! The next number of a tab that is open elsewhere, taken by a hostile site before the tab's own change
//! does: the tab's words are saved all the same, and count everywhere.

use bocage_crdt::ids::{ActorId, ActorNonce, ItemId, PersonId, SpaceId};
use bocage_protocol::entry::ActorOrigin;
use serde_json::json;
use tokio::runtime::Runtime;

use super::super::program::until;
use super::super::realm::Realm;
use super::super::typed::{Said, Tab};
use super::changes::{GROUND, carrying, typed};
use super::site::Hostile;
use super::{HONEST, PATIENCE, honest_are_equal};

const PIRATE: usize = 2;
/// Of the tab that is open.
const NONCE: u8 = 9;
const MARKER: &str = "after the taken number";

#[test]
fn a_number_taken_from_an_open_tab_costs_it_no_words() {
    let mut realm = Realm::found("Nantes");
    realm.join("Ancenis");
    realm.join("Vitre");
    let people = HONEST.map(|at| realm.place(at).person());
    let pirate = realm.place(PIRATE).person();
    let space = people[0].open_space("Routes", "hidden");
    let channel = people[0].open_channel(&space, "Chantiers");
    for member in [&people[1], &pirate] {
        people[0].add_member(&space, &member.id, "contributor");
    }
    let page = json!({
        "feature": "page", "do": "create", "space": space, "title": "Tournée", "text": "lundi"
    });
    let page = people[0].command(page).ok();
    let page = page["item"].as_str().expect("an item").to_owned();
    until("the right to write at Vitre", PATIENCE, || {
        (pirate.say(&space, &channel, "Bonjour").status == 200).then_some(())
    });
    for person in &people {
        person.sees(&space, &channel, 1);
    }
    realm.place(PIRATE).stop();
    let mut hostile = {
        let (honest, place) = realm.all_but(PIRATE);
        Hostile::take_over(place, &honest, &space, &pirate.id)
    };
    hostile.pump("the space's logs", |hostile| {
        let own = hostile.log();
        let mut known = hostile.known.values();
        known.any(|entry| entry.header.log == own) && hostile.heads().len() == 1
    });
    let item: ItemId = page.parse().expect("an item");
    let id: SpaceId = space.parse().expect("a space");
    let author: PersonId = people[0].id.parse().expect("a person");

    let runtime = Runtime::new().expect("a runtime");
    let mut tab = runtime.block_on(Tab::open(realm.place(0), id, item, NONCE));
    let nonce = ActorNonce([NONCE; 16]);
    let site = hostile.others()[0];
    let origin = ActorOrigin { site, nonce };
    let taken = typed(item, ActorId::of(&site, &author, &nonce), GROUND);
    let entry = carrying(&mut hostile, item, author, origin, taken);
    hostile.keep(std::slice::from_ref(&entry));
    let marker = hostile.message(channel.parse().expect("an item"), MARKER);
    hostile.keep(std::slice::from_ref(&marker));
    for to in hostile.others() {
        hostile.push(&to, &[entry.clone(), marker.clone()]);
    }
    // A site that knows no better shows it until then.
    let title = |at: usize| {
        let row = people[at]
            .get(&format!("/spaces/{space}/items/{page}"))
            .ok();
        row["row"]["title"].as_str().expect("a title").to_owned()
    };
    until("the taken number at Ancenis", PATIENCE, || {
        title(1).contains(GROUND).then_some(())
    });
    until("what followed it at Nantes", PATIENCE, || {
        let texts = people[0].texts(&space, &channel);
        texts.iter().any(|text| text == MARKER).then_some(())
    });
    let said = runtime.block_on(async {
        tab.write("mardi").await;
        tab.said().await
    });
    assert!(matches!(said, Said::Saved), "{said:?}");
    for at in HONEST {
        until("the words of the tab, and no others", PATIENCE, || {
            let row = people[at]
                .get(&format!("/spaces/{space}/items/{page}"))
                .ok();
            let said = row.to_string();
            (said.contains("mardi") && !said.contains(GROUND)).then_some(())
        });
    }
    drop(tab);
    honest_are_equal(&mut realm, &space);
}
