//! The disk fills up while people write.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::program::until;
use super::realm::Realm;

/// Room for a founded site and some hundred long messages.
const SMALL: &str = "size=8m";
/// Room enough.
const LARGE: &str = "size=64m";
/// A message near its limit.
const TEXT_BYTES: usize = 16_000;
/// More than fit in any case.
const MESSAGES_MAX: usize = 2_000;
/// For filling the disk on a busy machine.
const FILLING_TIME_MAX: Duration = Duration::from_secs(30);

/// A small disk in memory, gone when dropped.
struct Disk<'a>(&'a Path);

impl<'a> Disk<'a> {
    fn mount(at: &'a Path) -> Self {
        std::fs::create_dir_all(at).expect("a folder");
        mount(&["-t", "tmpfs", "-o", SMALL, "tmpfs"], at);
        Self(at)
    }

    fn grow(&self) {
        mount(&["-o", &format!("remount,{LARGE}")], self.0);
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        // Lazily: a site that still ends holds it a moment longer.
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

fn mount(words: &[&str], at: &Path) {
    let done = Command::new("mount").args(words).arg(at).output();
    let done = done.expect("mount is there");
    assert!(
        done.status.success(),
        "this test needs a disk of its own size: run it as root, or within \
         `unshare --user --map-root-user --mount`: {done:?}"
    );
}

#[test]
fn a_full_disk_ends_the_site_and_loses_nothing() {
    let outer = Realm::prepare("Ancenis");
    let folder = outer.folder().join("disk");
    let disk = Disk::mount(&folder);
    let mut place = super::realm::Place::prepare(&folder, "Nantes");
    place.init().succeeded();
    place.start();
    let person = place.person();
    let space = person.open_space("Routes", "hidden");
    let channel = person.open_channel(&space, "Chantiers");

    // Written until the site goes away; each acknowledged text is remembered by its number.
    let mut acknowledged = Vec::new();
    let text = |number: usize| format!("{number} {}", "é".repeat(TEXT_BYTES / 2 - 8));
    let mut number = 0;
    until("the disk to be full", FILLING_TIME_MAX, || {
        assert!(number < MESSAGES_MAX, "the disk is never full");
        let command = super::client::message(&space, &channel, &text(number));
        let id = super::client::command_id(number as u32);
        let answer = person.try_command(&id, command);
        number += 1;
        match answer {
            Ok(answer) if answer.status == 200 => acknowledged.push(number - 1),
            // Not now: said before the site ends.
            Ok(answer) => assert_eq!(answer.status, 503, "{answer:?}"),
            Err(_) => return Some(()),
        }
        None
    });
    let word = folder.to_str().expect("a plain path").to_owned();
    place.ends().failed(14, &[&word, "full"]);
    assert!(acknowledged.len() > 10, "filled by {acknowledged:?}");

    // Started on the full disk it says the same; nothing is damaged by trying.
    let again = place.run(&["run"], "");
    assert!(matches!(again.code, 14), "{again:#?}");

    disk.grow();
    place.start();
    let kept = person.texts(&space, &channel);
    for number in &acknowledged {
        assert!(
            kept.contains(&text(*number)),
            "acknowledged and lost: {number}"
        );
    }
    person.say(&space, &channel, "De la place").ok();
    place.stop();
}
