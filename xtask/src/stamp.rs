//! "Has anything changed since this was last done?", answered by content, never by dates.
//!
//! A stamp is a small file in `target/xtask` holding the fingerprint of a step's inputs. It is
//! written only after the step succeeded, so a step that was cut short is done again.

use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Fingerprint of a set of files: their paths and their bytes.
///
/// 128 bits of FNV-1a. It guards against forgetting a change, not against an adversary.
pub(crate) struct Fingerprint(u128);

impl Fingerprint {
    /// Starts with the name of the step, so that two steps never share a value.
    pub(crate) fn new(step: &str) -> Self {
        let mut fingerprint = Self(0x6c62272e07bb014262b821756295c58d);
        fingerprint.add(step.as_bytes());
        fingerprint
    }

    /// Adds one input. Lengths go in too, so that moving a byte between inputs changes the result.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        for byte in (bytes.len() as u64).to_le_bytes().iter().chain(bytes) {
            self.0 ^= u128::from(*byte);
            self.0 = self.0.wrapping_mul(0x0000000001000000000000000000013b);
        }
    }

    /// Adds a file, or everything below a folder except the names given, in the order of paths.
    pub(crate) fn add_files(&mut self, path: &Path, except: &[&str]) -> Result<()> {
        for file in files(path, except)? {
            let name = file.strip_prefix(path).unwrap_or(&file);
            self.add(name.to_string_lossy().as_bytes());
            let bytes = std::fs::read(&file)
                .with_context(|| format!("{} cannot be read", file.display()))?;
            self.add(&bytes);
        }
        Ok(())
    }

    /// As text for a stamp file.
    pub(crate) fn text(&self) -> String {
        format!("{:032x}", self.0)
    }
}

/// Every file below `path` (or `path` itself), sorted; `except` are names of files or folders.
pub(crate) fn files(path: &Path, except: &[&str]) -> Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![path.to_path_buf()];
    while let Some(path) = waiting.pop() {
        if path.is_file() {
            found.insert(path);
            continue;
        }
        let folder = std::fs::read_dir(&path)
            .with_context(|| format!("{} cannot be read", path.display()))?;
        for entry in folder {
            let entry = entry?;
            let name = entry.file_name();
            // A link is not followed: it may lead out of the project or round in a circle.
            if entry.file_type()?.is_symlink() || except.iter().any(|word| name == *word) {
                continue;
            }
            waiting.push(entry.path());
        }
    }
    Ok(found)
}

/// Whether the stamp holds this fingerprint.
pub(crate) fn is_current(stamp: &Path, fingerprint: &Fingerprint) -> bool {
    std::fs::read_to_string(stamp).is_ok_and(|text| text.trim() == fingerprint.text())
}

/// Writes the stamp, once the step has succeeded.
pub(crate) fn write(stamp: &Path, fingerprint: &Fingerprint) -> Result<()> {
    if let Some(folder) = stamp.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(stamp, fingerprint.text())
        .with_context(|| format!("{} cannot be written", stamp.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of this test's own, empty at its start.
    fn folder(name: &str) -> PathBuf {
        let name = format!("bocage-xtask-{}-{name}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&folder); // absent unless an earlier run was killed
        std::fs::create_dir_all(folder.join("node_modules")).unwrap();
        folder
    }

    fn of(folder: &Path) -> String {
        let mut fingerprint = Fingerprint::new("test");
        fingerprint.add_files(folder, &["node_modules"]).unwrap();
        fingerprint.text()
    }

    #[test]
    fn changes_in_content_name_and_number_of_files_show() {
        let folder = folder("changes");
        std::fs::write(folder.join("a"), "1").unwrap();
        let first = of(&folder);
        assert_eq!(first, of(&folder), "nothing changed");
        std::fs::write(folder.join("a"), "2").unwrap();
        let second = of(&folder);
        assert_ne!(first, second, "content");
        std::fs::rename(folder.join("a"), folder.join("b")).unwrap();
        let third = of(&folder);
        assert_ne!(second, third, "name");
        std::fs::write(folder.join("c"), "").unwrap();
        assert_ne!(third, of(&folder), "an empty file more");
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn excepted_folders_do_not_count() {
        let folder = folder("except");
        std::fs::write(folder.join("a"), "1").unwrap();
        let before = of(&folder);
        std::fs::write(folder.join("node_modules/x"), "1").unwrap();
        assert_eq!(before, of(&folder));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_stamp_is_current_only_for_what_was_written() {
        let folder = folder("stamp");
        let stamp = folder.join("deep/stamp");
        let (one, two) = (Fingerprint::new("one"), Fingerprint::new("two"));
        assert!(!is_current(&stamp, &one), "absent");
        write(&stamp, &one).unwrap();
        assert!(is_current(&stamp, &one));
        assert!(!is_current(&stamp, &two));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
