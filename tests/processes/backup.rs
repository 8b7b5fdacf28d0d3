//! Sealed backups: written beside a site that works, refused when anything is wrong with them, and
//! restored as a new life.

use std::path::{Path, PathBuf};

use super::program::{Process, run, until};
use super::realm::ARRIVAL_TIME_MAX;
use super::sealed::{Written, found_in};

/// Names of files in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("a folder")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

fn backed_up(written: &mut Written) -> (PathBuf, PathBuf) {
    let folder = written.realm.folder().join("backups");
    std::fs::create_dir(&folder).expect("ours");
    let (file, key) = (folder.join("a.backup"), folder.join("backup.key"));
    let words = ["backup", "--key-file", path(&key), path(&file)];
    let told = written.realm.place(0).run(&words, "").succeeded();
    assert!(told.contains("entries"), "{told}");
    (file, key)
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

#[test]
fn a_backup_of_a_running_site_is_sealed_and_restored_as_a_new_life() {
    let mut written = Written::begin();
    written.realm.join("Ancenis");
    let other = written.realm.place(1).person();
    written
        .person
        .add_member(&written.space, &other.id, "contributor");
    other.sees(&written.space, &written.channel, 1);
    let (file, key) = backed_up(&mut written);
    assert_eq!(
        found_in(&file),
        Vec::<String>::new(),
        "a canary in the backup"
    );
    // Written after the backup: the other site has it.
    written
        .person
        .say(&written.space, &written.channel, "Après")
        .ok();
    other.sees(&written.space, &written.channel, 2);
    written.realm.place(0).kill();
    let data = written.realm.place(0).data.clone();
    let writer = std::fs::read(data.join("writer.key")).expect("there");
    std::fs::remove_dir_all(&data).expect("ours");

    let words = ["restore", "--key-file", path(&key), path(&file)];
    run(&data, &words, "").succeeded();
    let kept = names(&data);
    assert!(
        !kept
            .iter()
            .any(|name| name == "writer.key" || name == "state.redb"),
        "{kept:?}"
    );
    written.realm.place(0).start();
    let here = written.realm.place(0).person();
    here.sees(&written.space, &written.channel, 2);
    here.say(&written.space, &written.channel, "De retour").ok();
    other.sees(&written.space, &written.channel, 3);
    written.realm.equal(&written.space);
    assert_ne!(
        std::fs::read(data.join("writer.key")).expect("a new life"),
        writer
    );
    assert_eq!(
        written.realm.place(0).admin("/site")["site"]["restored"],
        true
    );
}

#[test]
fn a_backup_that_is_not_whole_is_refused_by_name_and_leaves_nothing() {
    let mut written = Written::begin();
    let (file, key) = backed_up(&mut written);
    let whole = std::fs::read(&file).expect("there");
    let target = written.realm.folder().join("new");
    let bad = written.realm.folder().join("bad.backup");
    let restore = |file: &Path| {
        let words = ["restore", "--key-file", path(&key), path(file)];
        run(&target, &words, "")
    };
    for at in [0, 20, 40, whole.len() / 2, whole.len() - 1] {
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        std::fs::write(&bad, flipped).expect("ours");
        let ended = restore(&bad);
        assert!(
            ended.code == 13 || ended.code == 21,
            "byte {at}: {ended:#?}"
        );
        assert!(ended.err.contains(path(&bad)), "byte {at}: {ended:#?}");
        assert!(!target.exists(), "byte {at}");
    }
    for length in [0, 30, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&bad, &whole[..length]).expect("ours");
        restore(&bad).failed(13, &[path(&bad), "Nothing was written"]);
        assert!(!target.exists(), "cut at {length}");
    }
    // Another key.
    let other = written.realm.folder().join("other.key");
    let unused = written.realm.folder().join("unused.backup");
    let words = ["backup", "--key-file", path(&other), path(&unused)];
    written.realm.place(0).run(&words, "").succeeded();
    let words = ["restore", "--key-file", path(&other), path(&file)];
    run(&target, &words, "").failed(21, &[path(&file)]);
    // Not over a site, nor over a backup.
    let data = written.realm.place(0).data.clone();
    let words = ["restore", "--key-file", path(&key), path(&file)];
    run(&data, &words, "").failed(10, &["not empty"]);
    let words = ["backup", "--key-file", path(&key), path(&file)];
    written
        .realm
        .place(0)
        .run(&words, "")
        .failed(2, &["there already"]);
    assert_eq!(std::fs::read(&file).expect("there"), whole);
    restore(&file).succeeded();
}

#[test]
fn a_restore_that_is_killed_leaves_nothing_half() {
    let mut written = Written::begin();
    for number in 0..300 {
        let text = format!("Ligne {number}");
        written
            .person
            .say(&written.space, &written.channel, &text)
            .ok();
    }
    let (file, key) = backed_up(&mut written);
    written.realm.place(0).kill();
    let target = written.realm.folder().join("new");
    let words = ["restore", "--key-file", path(&key), path(&file)];
    let part = written.realm.folder().join("new.restoring");
    // Killed as soon as it writes: the name is taken only by what is whole.
    let mut process = Process::start(&target, &words, &[]);
    until("the restore to write", ARRIVAL_TIME_MAX, || {
        (part.exists() || !process.runs()).then_some(())
    });
    process.kill();
    assert!(!target.exists() || target.join("log.redb").exists());
    if !target.exists() {
        run(&target, &words, "").succeeded();
    }
    assert!(!part.exists());
    let data = written.realm.place(0).data.clone();
    std::fs::remove_dir_all(&data).expect("ours");
    std::fs::rename(&target, &data).expect("ours");
    written.realm.place(0).start();
    let person = written.realm.place(0).person();
    assert_eq!(person.texts(&written.space, &written.channel).len(), 301);
}
