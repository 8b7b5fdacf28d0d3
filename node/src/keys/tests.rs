//! Sources, key files, passphrases: the right key opens, nothing else does and nothing changes.

use std::os::unix::fs::PermissionsExt;

use super::passphrase::stretched;
use super::*;

#[test]
fn sources_read_as_they_are_written() {
    for text in [
        "file:storage.key",
        "file:/etc/a:b",
        "passphrase",
        "credential:bocage.key",
    ] {
        assert_eq!(
            text.parse::<KeySource>()
                .map(|read| read.to_string())
                .as_deref(),
            Ok(text)
        );
    }
    for wrong in [
        "",
        "file:",
        "passphrase:x",
        "credential:",
        "credential:../key",
        "vault:x",
    ] {
        assert!(wrong.parse::<KeySource>().is_err(), "{wrong}");
    }
}

#[test]
fn the_first_key_is_made_once_and_found_again() {
    let directory = tempfile::tempdir().expect("a scratch folder");
    let opener = Opener::new(directory.path(), None);
    let (key, lock) = opener.make().expect("made");
    let path = directory.path().join(KEY_FILE);
    let mode = std::fs::metadata(&path)
        .expect("there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = Opener::new(directory.path(), None);
    assert_eq!(again.unlock(&lock).expect("found").id(), key.id());
    assert_eq!(again.make().expect("found").0.id(), key.id());

    // Missing, another, damaged: each is said, none is made.
    let line = std::fs::read(&path).expect("there");
    std::fs::remove_file(&path).expect("ours");
    let error = Opener::new(directory.path(), None)
        .unlock(&lock)
        .expect_err("gone");
    assert!(error.0.message.contains("missing"), "{error:?}");
    assert!(!path.exists());
    Opener::new(directory.path(), None).make().expect("another");
    let error = Opener::new(directory.path(), None)
        .unlock(&lock)
        .expect_err("another");
    assert!(error.0.message.contains("older one"), "{error:?}");
    let mut flipped = line.clone();
    flipped[30] ^= 1;
    std::fs::write(&path, flipped).expect("ours");
    let error = Opener::new(directory.path(), None)
        .unlock(&lock)
        .expect_err("damaged");
    assert_eq!(error.0.kind, Kind::SiteKey);
}

#[test]
fn a_setting_that_names_another_place_is_named_with_the_way_out() {
    let directory = tempfile::tempdir().expect("a scratch folder");
    let (_, lock) = Opener::new(directory.path(), None).make().expect("made");
    let set = KeySource::File("other.key".into());
    let opener = Opener::new(directory.path(), Some(&set));
    opener.make_at(&set).expect("another key");
    let fresh = Opener::new(directory.path(), Some(&set));
    let error = fresh.unlock(&lock).expect_err("another key");
    assert!(
        error.0.message.contains("keys move --to file:other.key"),
        "{error:?}"
    );
}

#[test]
fn a_passphrase_gives_one_key_per_salt() {
    let cheap = |salt| Stretch {
        salt: [salt; 16],
        memory_kib: 64,
        passes: 1,
    };
    let key = |text: &str, salt| stretched(text, &cheap(salt)).expect("a key").id();
    assert_eq!(
        key("cinq mots tirés au sort", 1),
        key("cinq mots tirés au sort", 1)
    );
    assert_ne!(
        key("cinq mots tirés au sort", 1),
        key("cinq mots tirés au sort", 2)
    );
    assert_ne!(
        key("cinq mots tirés au sort", 1),
        key("cinq mots tires au sort", 1)
    );
    let greedy = Stretch {
        memory_kib: u32::MAX,
        ..cheap(1)
    };
    assert!(
        stretched("x", &greedy).is_err(),
        "a damaged number takes no memory"
    );
}
