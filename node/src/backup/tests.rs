//! The sealed file: read back whole, or refused, whatever happened to it.

use std::io::{Read, Write};

use super::stream::{BackupKey, Sealing, open};
use super::*;

fn key() -> BackupKey {
    BackupKey::of_parts([7; 32], None)
}

fn sealed(plain: &[u8]) -> Vec<u8> {
    let mut sealing = Sealing::begin(Vec::new(), &key()).expect("memory takes it");
    sealing.write_all(plain).expect("memory takes it");
    sealing.end().expect("memory takes it")
}

fn opened(sealed: &[u8], folder: &Path) -> Result<Vec<u8>, String> {
    let key_file = folder.join("backup.key");
    crate::identity::write_secret(&key_file, "backup", &[7; 32]).expect("ours");
    let mut opening =
        open(sealed, Path::new("x.backup"), Some(&key_file)).map_err(|failure| failure.message)?;
    let mut plain = Vec::new();
    opening
        .read_to_end(&mut plain)
        .map_err(|error| error.to_string())?;
    match opening.ended() {
        Ok(true) => Ok(plain),
        other => Err(format!("{other:?}")),
    }
}

#[test]
fn what_was_sealed_is_read_back_at_every_length_around_a_chunk() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    for length in [0, 1, (256 << 10) - 1, 256 << 10, (256 << 10) + 1, 700_000] {
        let plain: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
        let file = sealed(&plain);
        assert_eq!(opened(&file, folder.path()), Ok(plain), "{length}");
    }
}

#[test]
fn flipped_cut_swapped_and_longer_files_are_refused() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let file = sealed(&vec![0x5A; 600_000]);
    for at in [0, 20, 30, 60, 100, 300_000, file.len() - 1] {
        let mut flipped = file.clone();
        flipped[at] ^= 4;
        assert!(opened(&flipped, folder.path()).is_err(), "byte {at}");
    }
    let chunk = 4 + (256 << 10) + 16;
    let begin = file.len() - (4 + 600_000 - 2 * (256 << 10) + 16) - 2 * chunk;
    for length in [
        0,
        10,
        40,
        begin,
        begin + chunk,
        begin + 2 * chunk,
        file.len() - 1,
    ] {
        assert!(
            opened(&file[..length], folder.path()).is_err(),
            "cut at {length}"
        );
    }
    let mut swapped = file[..begin].to_vec();
    swapped.extend_from_slice(&file[begin + chunk..begin + 2 * chunk]);
    swapped.extend_from_slice(&file[begin..begin + chunk]);
    swapped.extend_from_slice(&file[begin + 2 * chunk..]);
    assert!(
        opened(&swapped, folder.path()).is_err(),
        "two chunks swapped"
    );
    let mut longer = file.clone();
    longer.push(0);
    assert!(
        opened(&longer, folder.path()).is_err(),
        "a byte after the end"
    );
}
