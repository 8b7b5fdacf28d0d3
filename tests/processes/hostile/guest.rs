//! A partner's site that turned hostile: properly let into one space, with its own keys, on the
//! port for guests, against two sponsors in processes of their own. Whatever it does is held, void
//! or refused by name; nothing of it is shown without an admission.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::time::{Duration, Instant};

use serde_json::json;

use super::super::guests::{STAY_MS, guest_site, now_ms, realm_for_guests};
use super::super::program::until;
use super::super::realm::Realm;
use super::super::trials::LITTLE_MEMORY_MB;
use super::guest_attacks::{ATTACKS, BACK_DATED, FORGED, LAST_TINY, Scene};
use super::site::Hostile;
use super::{
    HONEST, MEMORY_BYTES_MAX, PATIENCE, counts, held_back, honest_are_equal, peak_bytes,
    still_talk, told, while_it_moves,
};

/// Between two tellings of what a paused guest's sponsors may have dropped.
const TELL_EVERY: Duration = Duration::from_secs(3);

/// The spaces that a site carries.
fn carries(realm: &mut Realm, at: usize) -> BTreeSet<String> {
    let prints = told(realm, at, "/admin/fingerprints");
    let spaces = prints["spaces"].as_object().expect("a map").keys();
    spaces.cloned().collect()
}

#[test]
fn a_hostile_guest_is_held_and_counted_and_shown_nowhere() {
    let (mut realm, edge) = realm_for_guests();
    let little = [(
        "BOCAGE_TRIAL__MEMORY_MB",
        OsString::from(LITTLE_MEMORY_MB.to_string()),
    )];
    for at in HONEST {
        realm.place(at).stop();
        realm.place(at).start_with(&little);
    }
    let people = HONEST.map(|at| realm.place(at).person());
    let inner = people[0].open_space("Interne", "hidden");
    let space = people[0].open_space("Collège du Don", "hidden");
    let channel = people[0].open_channel(&space, "Chantier");
    people[0].add_member(&space, &people[1].id, "contributor");
    people[0].add_member(&inner, &people[1].id, "contributor");
    let page = json!({
        "feature": "page", "do": "create", "space": space, "title": "Tournée", "text": "lundi"
    });
    let page = people[0].command(page).ok();
    let page = page["item"].as_str().expect("an item").to_owned();
    let ticket = people[0].ticket_for_guest(&space, "contributor", now_ms() + STAY_MS);
    let mut partner = guest_site(&realm, "Morvan");
    partner.run(&["guest", "accept", &ticket], "").succeeded();
    partner.start();
    let ana = partner.person();
    until("the guest to be introduced", PATIENCE, || {
        (ana.say(&space, &channel, "Bonjour").status == 200).then_some(())
    });
    // Its page passes its trial under the little memory given to it.
    let own = json!({
        "feature": "page", "do": "create", "space": space, "title": "Plan", "text": "deux mètres"
    });
    let own = ana.command(own).ok();
    let own = own["item"].as_str().expect("an item").to_owned();
    for person in &people {
        person.sees(&space, &channel, 1);
        until("the guest's page", PATIENCE, || {
            let answer = person.get(&format!("/spaces/{space}/items/{own}"));
            (answer.status == 200 && answer.body["row"]["title"] == "Plan").then_some(())
        });
    }
    let list = people[0].get(&format!("/spaces/{space}/guests")).ok();
    let site = list["sites"][0]["site"]["id"].clone();
    partner.stop();

    let mut hostile = {
        let (nantes, ancenis) = realm.all_but(1);
        let sponsors = vec![(nantes[0], edge[0]), (ancenis, edge[1])];
        Hostile::take_over_guest(&partner, sponsors, &space, &ana.id)
    };
    let scene = Scene {
        channel: channel.parse().expect("an item"),
        page: page.parse().expect("an item"),
        founder: people[0].id.parse().expect("a person"),
        inner: inner.parse().expect("a space"),
        all: hostile.others(),
    };
    hostile.pump("the space's logs", |hostile| {
        let own = hostile.log();
        let mut known = hostile.known.values();
        known.any(|entry| entry.header.log == own) && hostile.heads().len() == 1
    });
    let carried = HONEST.map(|at| carries(&mut realm, at));
    for attack in ATTACKS {
        hostile.meet();
        let before = HONEST.map(|at| counts(&mut realm, at));
        let held = HONEST.map(|at| held_back(&mut realm, at));
        (attack.run)(&mut hostile, &scene);
        let begun = Instant::now();
        let mut told = begun;
        for (at, before) in HONEST.into_iter().zip(&before) {
            for name in attack.counted {
                let what = format!("«{}» of «{name}» at {at}", attack.name);
                until(&what, PATIENCE, || {
                    hostile.listen(Duration::from_millis(5));
                    let now = counts(&mut realm, at);
                    let old = before.get(*name).copied().unwrap_or(0);
                    (now.get(*name).copied().unwrap_or(0) > old).then_some(())
                });
            }
            let held = held[at] + attack.held;
            let what = format!("{held} held of «{}» at {at}", attack.name);
            while_it_moves(&what, || {
                hostile.listen(Duration::from_millis(5));
                if told.elapsed() > TELL_EVERY {
                    // What was dropped while it was paused is told again, as heights would.
                    told = Instant::now();
                    hostile.tell_all(&scene.all);
                }
                let now = held_back(&mut realm, at);
                if now == held { Ok(()) } else { Err(now) }
            });
            println!("«{}» at {at}: {:?}", attack.name, begun.elapsed());
        }
        still_talk(&people, &space, &channel, attack.name);
        for at in HONEST {
            let peak = peak_bytes(&mut realm, at);
            let what = format!("{}: {} MB at {at}", attack.name, peak >> 20);
            assert!(peak <= MEMORY_BYTES_MAX, "{what}");
            println!("{what}");
        }
    }
    // What is sound counts in the end, however much it was: the pause is over.
    let shows = |at: usize, text: &str| {
        let texts = people[at].texts(&space, &channel);
        texts.iter().any(|shown| shown == text)
    };
    let mut told = Instant::now();
    for at in HONEST {
        while_it_moves("the last of ten thousand", || {
            hostile.listen(Duration::from_millis(200));
            if told.elapsed() > TELL_EVERY {
                told = Instant::now();
                hostile.tell_all(&scene.all);
            }
            match shows(at, LAST_TINY) {
                true => Ok(()),
                false => Err(held_back(&mut realm, at)),
            }
        });
        assert!(shows(at, BACK_DATED), "at {at}");
    }
    for (at, before) in HONEST.into_iter().zip(&carried) {
        assert_eq!(carries(&mut realm, at), *before, "what {at} carries");
    }
    // The end: what comes above it is not taken.
    let end = json!({ "feature": "space", "do": "endGuestSite", "space": space, "site": site });
    people[0].command(end).ok();
    let late = hostile.message(scene.channel, FORGED);
    for _ in 0..3 {
        hostile.listen(Duration::from_millis(100));
        for to in &scene.all {
            hostile.push(to, std::slice::from_ref(&late));
        }
    }
    still_talk(&people, &space, &channel, "after its end");
    for at in HONEST {
        realm.place(at).stop();
        realm.place(at).start_with(&little);
    }
    let people = HONEST.map(|at| realm.place(at).person());
    still_talk(&people, &space, &channel, "after all");
    honest_are_equal(&mut realm, &space);
    for person in &people {
        let texts = person.texts(&space, &channel);
        assert!(
            !texts.iter().any(|text| text.contains(FORGED)),
            "it is shown"
        );
        let row = person.get(&format!("/spaces/{space}/items/{page}")).ok();
        assert_eq!(row["row"]["title"], "Tournée", "{row}");
        let role = person.get(&format!("/spaces/{space}")).ok();
        assert_ne!(role["closed"], true, "{role}");
    }
}
