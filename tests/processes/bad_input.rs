//! What a technician can get wrong around a site: ports, directories, a second start.

use std::fs::Permissions;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use super::realm::{Place, Realm};

#[test]
fn a_taken_port_is_named() {
    let mut realm = Realm::prepare("Nantes");
    let place = realm.place(0);
    place.init().succeeded();
    let (web, line) = (place.web, place.line);

    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, web)).expect("a free port");
    place.run(&["run"], "").failed(12, &[&web.to_string()]);
    drop(taken);

    // QUIC and TCP share the number: either being taken is enough.
    let taken = UdpSocket::bind((Ipv4Addr::LOCALHOST, line)).expect("a free port");
    place.run(&["run"], "").failed(12, &[&line.to_string()]);
    drop(taken);
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, line)).expect("a free port");
    place.run(&["run"], "").failed(12, &[&line.to_string()]);
    drop(taken);

    place.start();
    place.stop();
}

/// Whether this user may write where the mode says nobody may.
fn is_root() -> bool {
    let told = Command::new("id").arg("-u").output().expect("id is there");
    told.stdout.trim_ascii() == b"0"
}

/// Makes a directory that nobody writes to, root included.
fn close(directory: &Path) {
    let closed = Permissions::from_mode(0o500);
    std::fs::set_permissions(directory, closed).expect("our own directory");
    if is_root() {
        chattr("+i", directory);
    }
}

fn open(directory: &Path) {
    if is_root() {
        chattr("-i", directory);
    }
    let open = Permissions::from_mode(0o700);
    std::fs::set_permissions(directory, open).expect("our own directory");
}

fn chattr(change: &str, directory: &Path) {
    let done = Command::new("chattr").arg(change).arg(directory).output();
    let done = done.expect("chattr (e2fsprogs) is there");
    assert!(
        done.status.success(),
        "root writes everywhere but to an immutable directory, and this file system has none: run \
         the test as another user, or with TMPDIR on ext4, xfs or btrfs: {done:?}"
    );
}

#[test]
fn a_directory_that_cannot_be_used_is_named() {
    let realm = Realm::prepare("Nantes");
    let folder = realm.folder();
    let place = Place::prepare(folder, "Ancenis");

    // Nothing there yet.
    let word = place.data.to_str().expect("a plain path");
    place.run(&["run"], "").failed(10, &[word, "bocage init"]);

    // A file where a directory belongs.
    let file = folder.join("file");
    std::fs::write(&file, "x").expect("the folder is ours");
    let word = file.to_str().expect("a plain path");
    super::program::run(&file, &["run"], "").failed(10, &[word]);

    // A directory that nobody may write to: to found a site, and to run one.
    close(&place.data);
    let ended = place.init();
    open(&place.data);
    ended.failed(10, &[place.data.to_str().expect("a plain path")]);
    place.init().succeeded();
    close(&place.data);
    let ended = place.run(&["run"], "");
    open(&place.data);
    ended.failed(10, &[place.data.to_str().expect("a plain path")]);
}

#[test]
fn a_directory_serves_one_process() {
    let mut realm = Realm::found("Nantes");
    let place = realm.place(0);
    let word = place.data.to_str().expect("a plain path").to_owned();
    place.run(&["run"], "").failed(11, &[&word]);
    place.run(&["rebuild"], "").failed(11, &[]);
    let ticket = "bocage-aaaa";
    place
        .run(&["join", ticket, "--site", "x"], "")
        .failed(2, &[]);
    place.init().failed(11, &[&word]);

    // The first one did not notice, and the lock ends with its process however it ends.
    place.person().open_space("Routes", "hidden");
    place.kill();
    place.start();
    place.stop();
    place.init().failed(10, &["bocage run"]);
}

#[test]
fn sigterm_ends_a_site_cleanly() {
    let mut realm = Realm::found("Nantes");
    let place = realm.place(0);
    let person = place.person();
    let space = person.open_space("Routes", "hidden");
    let channel = person.open_channel(&space, "Chantiers");
    person.say(&space, &channel, "Bonjour").ok();
    place.stop();
    let left = |name: &str| place.data.join(name).exists();
    assert!(
        !left("admin-token") && !left("control.sock"),
        "opens nothing"
    );
    place.start();
    assert_eq!(person.texts(&space, &channel), ["Bonjour"]);
    place.stop();
}
