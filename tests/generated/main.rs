//! Files in the repository that are made from the Rust types of the API: each test makes one anew
//! and compares. `BOCAGE_UPDATE=1 cargo test -p bocage-tests --test generated` writes them.

mod openapi;
mod typescript;

use std::path::Path;

/// Compares a committed file with what it should hold, or writes it.
fn compare(path: &str, fresh: &str) {
    let full = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    if std::env::var_os("BOCAGE_UPDATE").is_some_and(|value| value == "1") {
        let folder = full.parent().expect("the file lies in a folder");
        std::fs::create_dir_all(folder).expect("the source tree can be written");
        std::fs::write(&full, fresh).expect("the source tree can be written");
        return;
    }
    let kept = std::fs::read_to_string(&full).unwrap_or_default();
    let line = kept
        .lines()
        .zip(fresh.lines())
        .position(|(kept, fresh)| kept != fresh);
    let line = line.unwrap_or(kept.lines().count().min(fresh.lines().count())) + 1;
    assert!(
        kept == fresh,
        "{path} is stale from line {line} on: the API's types have changed. Write it anew with\n    \
         BOCAGE_UPDATE=1 cargo test -p bocage-tests --test generated\nand tell of the change in \
         docs/api.md."
    );
}
