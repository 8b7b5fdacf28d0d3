//! A site is killed in the middle of its work.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::json;

use super::client::{Person, command_id, message, text_of};
use super::program::until;
use super::realm::Realm;

/// People who write at the same time.
const CLIENTS: u32 = 8;
/// Commands of all of them together.
const COMMANDS: u32 = 200;
/// The site is killed once it has acknowledged so many.
const KILLED_AFTER: usize = 60;
/// For so many messages on a busy machine.
const WRITING_TIME_MAX: Duration = Duration::from_secs(30);

fn text(number: u32) -> String {
    format!("Nid-de-poule n° {number}")
}

/// Sends the commands of one client until the site is gone.
fn write(person: &Person, client: u32, space: &str, channel: &str, done: &Mutex<BTreeSet<u32>>) {
    for number in (client..COMMANDS).step_by(CLIENTS as usize) {
        let command = message(space, channel, &text(number));
        match person.try_command(&command_id(number), command) {
            Ok(answer) => {
                assert_eq!(answer.status, 200, "{answer:?}");
                done.lock()
                    .expect("no client panics with the lock")
                    .insert(number);
            }
            Err(_) => return,
        }
    }
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    let mut realm = Realm::found("Nantes");
    let place = realm.place(0);
    let writer = place.person();
    let reader = place.add_person("lena");
    let space = writer.open_space("Routes", "hidden");
    let channel = writer.open_channel(&space, "Chantiers");
    writer.add_member(&space, &reader.id, "contributor");

    let done = Mutex::new(BTreeSet::new());
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (person, done) = (writer.another(), &done);
            let (space, channel) = (&space, &channel);
            scope.spawn(move || write(&person, client, space, channel, done));
        }
        until("messages to be acknowledged", WRITING_TIME_MAX, || {
            (done.lock().expect("as above").len() >= KILLED_AFTER).then_some(())
        });
        place.kill();
    });
    let acknowledged = done.into_inner().expect("as above");
    assert!(
        acknowledged.len() < COMMANDS as usize,
        "killed too late to prove anything"
    );

    place.start();
    let kept: BTreeSet<String> = writer.texts(&space, &channel).into_iter().collect();
    for number in &acknowledged {
        assert!(
            kept.contains(&text(*number)),
            "acknowledged and lost: {number}"
        );
    }

    // What a client does that heard no answer: the same commands again, all of them.
    let prints = place.fingerprints();
    for number in acknowledged {
        let again = writer.try_command(
            &command_id(number),
            message(&space, &channel, &text(number)),
        );
        again.expect("the site answers").ok();
    }
    assert_eq!(place.fingerprints(), prints, "a retry changed something");
    for number in 0..COMMANDS {
        let again = writer.try_command(
            &command_id(number),
            message(&space, &channel, &text(number)),
        );
        again.expect("the site answers").ok();
    }
    let rows = writer.messages(&space, &channel);
    assert_eq!(rows.len(), COMMANDS as usize);
    let texts: BTreeSet<String> = rows.iter().map(text_of).collect();
    assert_eq!(texts.len(), COMMANDS as usize, "each message once");
    let orders: Vec<&str> = rows
        .iter()
        .filter_map(|row| row["order"].as_str())
        .collect();
    assert!(orders.is_sorted_by(|one, next| one < next), "{orders:?}");

    // Unread counts go on where they were, also after a second kill.
    assert_eq!(reader.unread(&channel), u64::from(COMMANDS));
    let mark = json!({
        "feature": "readMark", "do": "set", "space": space, "item": channel, "upTo": orders[149]
    });
    reader.command(mark).ok();
    assert_eq!(reader.unread(&channel), 50);
    place.kill();
    place.start();
    assert_eq!(reader.unread(&channel), 50);
    writer.say(&space, &channel, "Après la coupure").ok();
    assert_eq!(reader.unread(&channel), 51);
    let texts = writer.texts(&space, &channel);
    assert_eq!(texts.last().map(String::as_str), Some("Après la coupure"));
    place.stop();
}
