//! Directories that are sound, damaged, open, foreign and in use.

use std::os::unix::fs::FileExt;

use super::*;

/// A directory of its own for each test, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("bocage-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    fn site(&self) -> (DataDirectory, Identity) {
        let directory = DataDirectory::open(&self.0).expect("a fresh directory");
        let identity =
            Identity::create(&directory, Seed([1; 32]), Seed([2; 32])).expect("an empty directory");
        (directory, identity)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_site_is_found_again_and_a_restore_begins_a_new_life() {
    let scratch = Scratch::new("lives");
    let (directory, made) = scratch.site();
    assert!(made.new_life);
    let loaded = Identity::load(&directory, Seed([3; 32])).expect("a site");
    assert!(!loaded.new_life);
    assert_eq!(loaded.certificate, made.certificate);
    assert_eq!(loaded.node_key, made.node_key);
    assert_eq!(loaded.writer_key, made.writer_key);

    fs::remove_file(directory.file(WRITER_FILE)).expect("it is there");
    let restored = Identity::load(&directory, Seed([3; 32])).expect("a site");
    assert!(restored.new_life);
    assert_eq!(restored.certificate.writers.len(), 2);
    assert_eq!(restored.certificate.writers[0], made.certificate.writers[0]);
    assert_eq!(
        restored.certificate.life(&public(&restored.writer_key)),
        Some(1)
    );
    let again = Identity::load(&directory, Seed([4; 32])).expect("a site");
    assert!(!again.new_life);

    // The writer key of an earlier life beside a newer certificate: not to be written with.
    write_key(&directory.file(WRITER_FILE), "writer", &made.writer_key).expect("room");
    let third = Identity::load(&directory, Seed([5; 32])).expect("a site");
    assert_eq!((third.new_life, third.certificate.writers.len()), (true, 3));
    let second = Identity::create(&directory, Seed([6; 32]), Seed([7; 32]));
    assert_eq!(
        second.err().map(|failure| failure.kind),
        Some(Kind::DataDirectory)
    );
}

#[test]
fn only_one_process_uses_a_directory() {
    let scratch = Scratch::new("lock");
    let first = DataDirectory::open(&scratch.0).expect("a fresh directory");
    let second = DataDirectory::open(&scratch.0).expect_err("it is locked");
    assert_eq!(second.kind, Kind::AlreadyRunning);
    assert!(
        second.message.contains(&std::process::id().to_string()),
        "{second}"
    );
    drop(first);
    DataDirectory::open(&scratch.0).expect("free again");
}

#[test]
fn files_are_closed_to_others_and_must_stay_so() {
    let scratch = Scratch::new("modes");
    let (directory, _) = scratch.site();
    for name in [IDENTITY_FILE, WRITER_FILE, CERTIFICATE_FILE] {
        let mode = fs::metadata(directory.file(name))
            .expect("a file")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let path = directory.file(IDENTITY_FILE);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("own file");
    let failure = Identity::load(&directory, Seed([3; 32])).expect_err("open to the group");
    assert_eq!(failure.kind, Kind::DataDirectory);
    assert!(failure.message.contains("chmod 600"), "{failure}");
}

#[test]
fn every_flipped_byte_is_noticed_and_named() {
    let scratch = Scratch::new("damage");
    let (directory, _) = scratch.site();
    for name in [IDENTITY_FILE, WRITER_FILE, CERTIFICATE_FILE] {
        let path = directory.file(name);
        let sound = fs::read(&path).expect("a file");
        // The line's end carries nothing.
        let end = sound.len() - usize::from(name != CERTIFICATE_FILE);
        let file = OpenOptions::new()
            .write(true)
            .open(&path)
            .expect("own file");
        for (place, byte) in sound.iter().enumerate().take(end) {
            let put = |byte| file.write_at(&[byte], place as u64).expect("own file");
            put(byte ^ 1);
            let damaged = fs::read(&path).expect("a file");
            let failure = Identity::load(&directory, Seed([3; 32])).expect_err("damaged");
            assert_eq!(failure.kind, Kind::DataDamaged, "{name} at {place}");
            assert!(failure.message.contains(name), "{failure}");
            let after = fs::read(&path).expect("a file");
            assert_eq!(after, damaged, "never repaired in silence");
            put(*byte);
        }
    }
    Identity::load(&directory, Seed([3; 32])).expect("whole again");
}

#[test]
fn directories_that_cannot_be_are_named() {
    let scratch = Scratch::new("places");
    fs::create_dir_all(&scratch.0).expect("a temporary directory");
    let file = scratch.0.join("file");
    fs::write(&file, b"x").expect("room");
    for place in [
        file.clone(),
        file.join("below"),
        PathBuf::from("/proc/bocage"),
    ] {
        let failure = DataDirectory::open(&place).expect_err("not a place for data");
        assert_eq!(failure.kind, Kind::DataDirectory, "{failure}");
        assert!(
            failure.message.contains(&place.display().to_string()),
            "{failure}"
        );
    }
    let empty = DataDirectory::open(&scratch.0.join("empty")).expect("a fresh directory");
    let failure = Identity::load(&empty, Seed([1; 32])).expect_err("no site");
    assert!(failure.message.contains("bocage init"), "{failure}");
}
