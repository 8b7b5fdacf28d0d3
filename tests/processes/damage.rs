//! Damaged and missing files: a message that names the file and the way back, never silent repair.

use std::path::{Path, PathBuf};

use redb::{ReadableDatabase, ReadableTable, TableDefinition};

use super::client::Person;
use super::program::until;
use super::realm::{ARRIVAL_TIME_MAX, Realm};

/// The last message.
const CANARY: &str = "Le pont de Mauves est fermé jusqu'au 14";

struct Kept {
    realm: Realm,
    person: Person,
    space: String,
    channel: String,
    print: String,
    /// The sound data, for the next damage.
    copy: PathBuf,
}

/// A site with something in it, stopped.
fn stopped_site() -> Kept {
    let mut realm = Realm::found("Nantes");
    let place = realm.place(0);
    let person = place.person();
    let space = person.open_space("Routes", "hidden");
    let channel = person.open_channel(&space, "Chantiers");
    for number in 0..20 {
        person
            .say(&space, &channel, &format!("Avant {number}"))
            .ok();
    }
    person.say(&space, &channel, CANARY).ok();
    let print = realm.equal(&space);
    realm.place(0).stop();
    let copy = realm.folder().join("copy");
    let data = realm.place(0).data.clone();
    copy_all(&data, &copy);
    Kept {
        realm,
        person,
        space,
        channel,
        print,
        copy,
    }
}

pub(super) fn copy_all(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("the folder is ours");
    for entry in std::fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("a directory");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a kind").is_dir() {
            copy_all(&entry.path(), &target);
        } else {
            // Copies the mode too, which the keys depend on.
            std::fs::copy(entry.path(), target).expect("the folder is ours");
        }
    }
}

impl Kept {
    fn file(&mut self, name: &str) -> PathBuf {
        self.realm.place(0).data.join(name)
    }

    /// Everything as it was before any damage.
    fn restore(&mut self) {
        let data = self.realm.place(0).data.clone();
        std::fs::remove_dir_all(&data).expect("ours");
        let copy = self.copy.clone();
        copy_all(&copy, &data);
    }

    /// Starts, compares, stops.
    fn is_whole(&mut self) {
        self.realm.place(0).start();
        let texts = self.person.texts(&self.space, &self.channel);
        assert_eq!(texts.len(), 21);
        assert_eq!(texts.last().map(String::as_str), Some(CANARY));
        assert_eq!(self.realm.equal(&self.space), self.print);
        self.realm.place(0).stop();
    }
}

/// Flips a bit in the middle of the last entry of a log; redb says where it lies, for in the file
/// itself there is nothing to recognise.
pub(super) fn flip_last_entry(file: &Path) {
    let entries: TableDefinition<(u32, u64), &[u8]> = TableDefinition::new("entries");
    let database = redb::Database::open(file).expect("a database");
    let sealed = {
        let read = database.begin_read().expect("it reads");
        let table = read.open_table(entries).expect("there");
        let last = table.last().expect("it reads").expect("an entry");
        last.1.value().to_vec()
    };
    drop(database);
    assert!(flip(file, &sealed) > 0, "the entry is in the file");
}

/// Flips a bit in the middle of every account.
fn flip_accounts(file: &Path) {
    let accounts: TableDefinition<&[u8; 16], &[u8]> = TableDefinition::new("accounts");
    let database = redb::Database::open(file).expect("a database");
    let sealed: Vec<Vec<u8>> = {
        let read = database.begin_read().expect("it reads");
        let table = read.open_table(accounts).expect("there");
        let rows = table.iter().expect("it reads");
        rows.map(|row| row.map(|(_, value)| value.value().to_vec()))
            .collect::<Result<_, _>>()
            .expect("it reads")
    };
    drop(database);
    assert!(!sealed.is_empty());
    for row in sealed {
        assert!(flip(file, &row) > 0, "the row is in the file");
    }
}

/// Flips a bit in the middle of every view of the space that was opened last.
fn flip_rows(file: &Path) {
    let rows: TableDefinition<(u32, &[u8; 16]), &[u8]> = TableDefinition::new("rows");
    let database = redb::Database::open(file).expect("a database");
    let sealed: Vec<(u32, Vec<u8>)> = {
        let read = database.begin_read().expect("it reads");
        let table = read.open_table(rows).expect("there");
        let rows = table.iter().expect("it reads");
        rows.map(|row| row.map(|(key, value)| (key.value().0, value.value().to_vec())))
            .collect::<Result<_, _>>()
            .expect("it reads")
    };
    drop(database);
    let space = sealed.iter().map(|(space, _)| *space).max();
    for (_, row) in sealed.iter().filter(|(one, _)| Some(*one) == space) {
        assert!(flip(file, row) > 0, "the row is in the file");
    }
}

/// Flips a bit in the middle of every copy of a value; says of how many.
pub(super) fn flip(file: &Path, value: &[u8]) -> usize {
    let mut bytes = std::fs::read(file).expect("the file is there");
    let found: Vec<usize> = (0..bytes.len().saturating_sub(value.len()))
        .filter(|at| bytes[*at..].starts_with(value))
        .collect();
    for at in &found {
        bytes[at + value.len() / 2] ^= 1;
    }
    std::fs::write(file, bytes).expect("the file is ours");
    found.len()
}

/// Bytes that are nothing, the same in every run.
fn noise(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    blake3::Hasher::new()
        .update(b"noise")
        .finalize_xof()
        .fill(&mut bytes);
    bytes
}

fn overwrite(file: &Path, from: usize, bytes: &[u8]) {
    let mut whole = std::fs::read(file).expect("the file is there");
    let end = (from + bytes.len()).min(whole.len());
    whole[from..end].copy_from_slice(&bytes[..end - from]);
    std::fs::write(file, whole).expect("the file is ours");
}

/// Ways in which a whole file is lost.
const RUINS: [&str; 4] = ["noise", "its first page", "its middle", "cut in half"];

fn ruin(file: &Path, how: &str) {
    let length = std::fs::metadata(file).expect("the file is there").len() as usize;
    match how {
        "noise" => std::fs::write(file, noise(length)).expect("ours"),
        "its first page" => overwrite(file, 0, &noise(4_096)),
        "its middle" => overwrite(file, 4_096, &noise(length - 4_096)),
        _ => {
            let opened = std::fs::File::options().write(true).open(file);
            opened
                .expect("ours")
                .set_len(length as u64 / 2)
                .expect("ours");
        }
    }
}

#[test]
fn a_damaged_log_is_named_and_never_repaired() {
    let mut kept = stopped_site();
    let file = kept.file("log.redb");
    let name = file.to_str().expect("a plain path").to_owned();

    // One bit of the last message, which nobody else has: it is named, the rest is shown, and what is
    // written now goes to a new log.
    flip_last_entry(&file);
    for number in 0..2 {
        kept.realm.place(0).start();
        let texts = kept.person.texts(&kept.space, &kept.channel);
        assert_eq!(texts.len(), 20 + number);
        assert!(!texts.iter().any(|text| text == CANARY));
        // At the second start nothing reads it but the walk through the disk.
        until("the damage to be named", ARRIVAL_TIME_MAX, || {
            let told = kept.realm.place(0).status()["warnings"].to_string();
            let named = told.contains("damaged entries: 1 of Nantes");
            (named && told.contains("no other site carries it")).then_some(())
        });
        let said = kept.person.say(&kept.space, &kept.channel, "On continue");
        said.ok();
        kept.realm.place(0).stop();
    }

    // An account is nowhere else: it is said that it is one.
    kept.restore();
    flip_accounts(&file);
    let ended = kept.realm.place(0).run(&["run"], "");
    ended.failed(13, &[&name, "account", "backup"]);

    for how in RUINS {
        kept.restore();
        ruin(&file, how);
        let ended = kept.realm.place(0).run(&["run"], "");
        assert_eq!(ended.code, 13, "{how}: {ended:#?}");
        ended.failed(13, &[&name, "backup"]);
    }
    // The way back that the message names.
    kept.restore();
    kept.is_whole();
}

#[test]
fn damaged_views_are_made_anew_by_rebuild() {
    let mut kept = stopped_site();
    let file = kept.file("state.redb");
    let name = file.to_str().expect("a plain path").to_owned();
    flip_rows(&file);
    // Rows of a space are read when somebody looks at it: then it is judged anew, and nobody notices.
    kept.is_whole();
    kept.is_whole();

    for how in RUINS {
        kept.restore();
        ruin(&file, how);
        let ended = kept.realm.place(0).run(&["run"], "");
        assert_eq!(ended.code, 13, "{how}: {ended:#?}");
        ended.failed(13, &[&name, "bocage rebuild"]);
        kept.realm.place(0).run(&["rebuild"], "").succeeded();
        kept.is_whole();
    }

    // A sound file rebuilt is the same again, and the report tells what was read.
    let told = kept
        .realm
        .place(0)
        .run(&["rebuild", "--json"], "")
        .succeeded();
    let report: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    for field in ["spaces", "items", "entries"] {
        assert!(report[field].as_u64() > Some(0), "{field}: {report}");
    }
    kept.is_whole();
}

#[test]
fn missing_files_are_named_or_made_anew() {
    let mut kept = stopped_site();
    // The truth and the identity cannot be made anew.
    for name in ["identity.key", "log.redb"] {
        let file = kept.file(name);
        std::fs::remove_file(&file).expect("the file is there");
        for command in ["run", "rebuild"] {
            let ended = kept.realm.place(0).run(&[command], "");
            ended.failed(13, &[name, "missing", "backup"]);
        }
        // Nor is a new site founded over what is left of the old one.
        kept.realm.place(0).init().failed(10, &["already"]);
        assert!(
            !file.exists(),
            "{name} was made anew: what was lost looks like nothing"
        );
        kept.restore();
    }
    // Views, the writer's key and the certificate can, and nothing people wrote is lost by it.
    for name in ["state.redb", "writer.key", "certificate"] {
        let file = kept.file(name);
        std::fs::remove_file(&file).expect("the file is there");
        kept.is_whole();
        assert!(file.exists(), "{name}");
        kept.restore();
    }
    // Keys that others could read are not used.
    let key = kept.file("identity.key");
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(&key, open).expect("ours");
    kept.realm
        .place(0)
        .run(&["run"], "")
        .failed(10, &["identity.key", "chmod 600"]);
    kept.restore();
    let key = kept.file("identity.key");
    std::fs::write(&key, "bocage site key 1 00 00\n").expect("ours");
    kept.realm
        .place(0)
        .run(&["run"], "")
        .failed(13, &["identity.key"]);
    kept.restore();
    kept.is_whole();
}
