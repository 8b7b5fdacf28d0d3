//! A site of the realm that turned hostile, with the keys it was admitted with, on real lines,
//! against two honest sites in processes of their own.
//!
//! [`site`] is the hostile one, [`attacks`] the table: a row an attack, with the names under which
//! the honest sites must count it. After each row both still serve their people and each other;
//! after all of them they are equal, and their memory has stayed under the stated bound.
//! A ticket replayed after its issuer was restored is in `admitting.rs`; bytes that are no frames,
//! strangers and half-open joins are in `bocage-node`, `net/tests/hostile.rs`.

mod attacks;
mod changes;
mod claims;
mod guest;
mod guest_attacks;
mod numbers;
mod site;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::json;

use super::client::Person;
use super::program::until;
use super::realm::Realm;
use attacks::{ATTACKS, Scene};
use site::Hostile;

/// Memory of an honest site in all of this. A debug build at rest takes about 60 MB; each line may
/// have a window of 1 MiB under way, which unpacks to fifty times that for a moment.
const MEMORY_BYTES_MAX: u64 = 384 << 20;
/// For what an honest site has to do: judging a space of ten thousand items anew takes a debug build
/// half a minute on a busy machine.
const PATIENCE: Duration = Duration::from_secs(150);
/// Of work that goes on for as long as the machine takes: it has stopped when nothing moved for so long.
const STILL_MAX: Duration = Duration::from_secs(60);
/// And never longer than this in all.
const MOVING_MAX: Duration = Duration::from_secs(900);
const HONEST: [usize; 2] = [0, 1];
const PIRATE: usize = 2;

type Counts = BTreeMap<String, u64>;

/// What a site tells, once it is not busy: a space of ten thousand items that is judged anew, as
/// after a fork, keeps it for seconds in a debug build, and it says so.
fn told(realm: &mut Realm, at: usize, path: &str) -> serde_json::Value {
    until(path, PATIENCE, || {
        let answer = realm.place(at).try_admin(path);
        let answer = answer.ok().filter(|answer| answer.status != 503)?;
        Some(answer.ok())
    })
}

/// Waits for `look` to be done; until then it says where it is, and that has to move.
fn while_it_moves(what: &str, mut look: impl FnMut() -> Result<(), u64>) {
    let begun = Instant::now();
    let (mut place, mut moved) = (None, begun);
    while let Err(now) = look() {
        if place != Some(now) {
            (place, moved) = (Some(now), Instant::now());
        }
        let still = moved.elapsed();
        assert!(still < STILL_MAX, "{what}: stopped at {now}");
        assert!(begun.elapsed() < MOVING_MAX, "{what}: still at {now}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn counts(realm: &mut Realm, at: usize) -> Counts {
    let mut told = told(realm, at, "/admin/counters");
    serde_json::from_value(told["refused"].take()).expect("a map of counts")
}

/// Entries that a site holds back, as its status tells.
fn held_back(realm: &mut Realm, at: usize) -> u64 {
    let status = told(realm, at, "/site");
    let waiting = status["waiting"].as_array().expect("a list").iter();
    waiting.filter_map(|line| line["items"].as_u64()).sum()
}

/// The most memory a process ever had.
fn peak_bytes(realm: &mut Realm, at: usize) -> u64 {
    let pid = realm.place(at).process().pid();
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let words = line.and_then(|line| line.split_whitespace().next());
    let kib: u64 = words.and_then(|kib| kib.parse().ok()).expect("a number");
    kib << 10
}

/// A message goes from each honest site to the other.
fn still_talk(people: &[Person; 2], space: &str, channel: &str, after: &str) {
    for (from, to) in [(0, 1), (1, 0)] {
        let text = format!("{after}: {from} to {to}");
        until("the site to take it", PATIENCE, || {
            let answer = people[from].say(space, channel, &text);
            (answer.status != 503).then(|| answer.ok())
        });
        until(&format!("«{text}»"), PATIENCE, || {
            let path = format!("/spaces/{space}/channels/{channel}/messages?limit=20");
            let answer = people[to].get(&path);
            let rows = answer.body["rows"].as_array()?;
            rows.iter()
                .any(|row| super::client::text_of(row) == text)
                .then_some(())
        });
    }
}

fn honest_are_equal(realm: &mut Realm, space: &str) {
    until("equal rows at the honest sites", PATIENCE, || {
        let [one, other] = HONEST.map(|at| {
            let mut prints = told(realm, at, "/admin/fingerprints");
            prints["spaces"][space].take()
        });
        (one.is_string() && one == other).then_some(())
    });
}

#[test]
fn a_hostile_site_harms_nobody_and_is_counted() {
    let mut realm = Realm::found("Nantes");
    realm.join("Ancenis");
    realm.join("Vitre");
    let people = HONEST.map(|at| realm.place(at).person());
    let pirate = realm.place(PIRATE).person();
    let space = people[0].open_space("Routes", "hidden");
    let channel = people[0].open_channel(&space, "Chantiers");
    people[0].add_member(&space, &people[1].id, "contributor");
    people[0].add_member(&space, &pirate.id, "contributor");
    let page = json!({
        "feature": "page", "do": "create", "space": space, "title": "Tournée", "text": "lundi"
    });
    let page = people[0].command(page).ok();
    let page = page["item"].as_str().expect("an item").to_owned();
    // Whatever was asked of a site before counts as told: the pirate's own log begins honestly.
    until("the right to write at Vitre", PATIENCE, || {
        (pirate.say(&space, &channel, "Bonjour").status == 200).then_some(())
    });
    for person in &people {
        person.sees(&space, &channel, 1);
    }
    // Somebody else there stays a member, and the site with her.
    let lena = realm.place(PIRATE).add_person("lena");
    people[0].add_member(&space, &lena.id, "contributor");
    until("the space for her", PATIENCE, || {
        (lena.say(&space, &channel, "Bonjour à tous").status == 200).then_some(())
    });
    for person in &people {
        person.sees(&space, &channel, 2);
    }
    realm.place(PIRATE).stop();
    let remove = || {
        let remove = json!({
            "feature": "space", "do": "removeMember", "space": space, "person": pirate.id
        });
        until("the removal to be taken", PATIENCE, || {
            let answer = people[0].command(remove.clone());
            (answer.status != 503).then(|| answer.ok())
        });
    };

    let mut hostile = {
        let (honest, pirate_place) = realm.all_but(PIRATE);
        Hostile::take_over(pirate_place, &honest, &space, &pirate.id)
    };
    let scene = Scene {
        channel: channel.parse().expect("an item"),
        page: page.parse().expect("an item"),
        remove: &remove,
    };
    // Everything of the space is known: the founding, the rights, its own log.
    hostile.pump("the space's logs", |hostile| {
        let own = hostile.log();
        let mut known = hostile.known.values();
        known.any(|entry| entry.header.log == own) && hostile.heads().len() == 1
    });
    for attack in changes::ATTACKS.iter().chain(ATTACKS) {
        hostile.meet();
        let before = HONEST.map(|at| counts(&mut realm, at));
        let held = HONEST.map(|at| held_back(&mut realm, at));
        let targets = hostile.others();
        (attack.run)(&mut hostile, &scene, &targets);
        for (at, before) in HONEST.into_iter().zip(&before) {
            for name in attack.counted {
                let what = format!("«{}» of «{name}» at {at}", attack.name);
                until(&what, PATIENCE, || {
                    hostile.listen(Duration::from_millis(5));
                    // What nobody reads is not judged by the gate.
                    people[at].get(&format!("/spaces/{space}/items/{page}"));
                    let now = counts(&mut realm, at);
                    let old = before.get(*name).copied().unwrap_or(0);
                    (now.get(*name).copied().unwrap_or(0) > old).then_some(())
                });
            }
            let held = held[at] + attack.held;
            until(
                &format!("{held} held of «{}»", attack.name),
                PATIENCE,
                || (held_back(&mut realm, at) == held).then_some(()),
            );
            if attack.counted.is_empty() && attack.held == 0 {
                let now = counts(&mut realm, at);
                // What is void is counted again whenever the space is judged anew.
                let gone = ["bye", "net-", "void-not-the-tab's-site"];
                let risen: Vec<_> = now
                    .iter()
                    .filter(|(name, _)| !gone.iter().any(|gone| name.starts_with(gone)))
                    .filter(|(name, count)| before.get(*name).copied().unwrap_or(0) < **count)
                    .collect();
                assert!(risen.is_empty(), "{}: {risen:?}", attack.name);
            }
        }
        still_talk(&people, &space, &channel, attack.name);
        honest_are_equal(&mut realm, &space);
        for at in HONEST {
            let peak = peak_bytes(&mut realm, at);
            assert!(
                peak <= MEMORY_BYTES_MAX,
                "{}: {} MB at {at}",
                attack.name,
                peak >> 20
            );
        }
        println!(
            "{}: memory {:?} MB",
            attack.name,
            HONEST.map(|at| peak_bytes(&mut realm, at) >> 20)
        );
    }
    // It all holds from the disks alone.
    for at in HONEST {
        realm.place(at).stop();
        realm.place(at).start();
    }
    still_talk(&people, &space, &channel, "after all");
    honest_are_equal(&mut realm, &space);
    for person in &people {
        let text = person.get(&format!("/spaces/{space}/items/{page}")).ok();
        assert!(text.to_string().contains("lundi"), "{text}");
        let title = text["row"]["title"].as_str().expect("a title");
        assert!(title.contains("Tournée"), "{title}");
        assert!(!title.contains(changes::GROUND), "{title}");
    }
}
