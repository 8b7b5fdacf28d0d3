//! The documents a newcomer needs exist, and the map names every room.

use super::{Problem, Sources, report};

/// Documents that must exist, with what each is for.
const DOCUMENTS: [(&str, &str); 5] = [
    ("README.md", "what this is and the first command"),
    (
        "ARCHITECTURE.md",
        "the map: rooms, invariants, life of an edit",
    ),
    ("CHANGELOG.md", "what changed, from the user's side"),
    ("CONTRIBUTING.md", "how to work here"),
    ("LICENSE", "the text of the EUPL 1.2"),
];

/// Shorter than this a document is a heading.
const DOCUMENT_CHARACTERS_MIN: usize = 200;

pub(super) fn present(sources: &Sources, problems: &mut Vec<Problem>) {
    for (path, purpose) in DOCUMENTS {
        let length = sources
            .file(path)
            .map_or(0, |text| text.trim().chars().count());
        if length < DOCUMENT_CHARACTERS_MIN {
            report(
                problems,
                path,
                0,
                format!("it is missing or empty; write it: {purpose}"),
            );
        }
    }
    let map = sources.file("ARCHITECTURE.md").unwrap_or_default();
    for (folder, _, _) in sources.members() {
        // As a folder (`crdt/`) or as code (`crdt`), so that a chance word does not count.
        if !map.contains(&format!("`{folder}`")) && !map.contains(&format!("{folder}/")) {
            let sentence = format!("say what lives in {folder}/ and what must not");
            report(problems, "ARCHITECTURE.md", 0, sentence);
        }
    }
}

pub(super) fn decisions(sources: &Sources, problems: &mut Vec<Problem>) {
    let folder = "docs/adr/";
    let list = sources.file("docs/adr/README.md").unwrap_or_default();
    let mut numbers = Vec::new();
    for (path, _) in sources.ending(&[".md"]) {
        let Some(name) = path.strip_prefix(folder) else {
            continue;
        };
        if name == "README.md" {
            continue;
        }
        let number = name.split_once('-').map_or("", |(number, _)| number);
        if number.len() != 4 || !number.chars().all(|digit| digit.is_ascii_digit()) {
            report(
                problems,
                path,
                0,
                "name it NNNN-title.md, with the next free number",
            );
        } else if numbers.contains(&number) {
            report(
                problems,
                path,
                0,
                "its number is taken: give it the next free one",
            );
        }
        numbers.push(number);
        if !list.contains(&format!("({name})")) {
            report(
                problems,
                path,
                0,
                format!("add a line for it to {folder}README.md"),
            );
        }
    }
    if numbers.is_empty() {
        report(
            problems,
            folder,
            0,
            "there is no decision record: write down why things are so",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::samples::{files, places, with_manifests};
    use serde_json::json;

    #[test]
    fn documents_exist_and_name_every_member() {
        let long = "A sentence. ".repeat(20);
        let map = format!("{long} `crdt` and protocol/ but no n.o.d.e");
        let all: Vec<(&str, &str)> = DOCUMENTS
            .iter()
            .map(|(path, _)| {
                (
                    *path,
                    if *path == "ARCHITECTURE.md" {
                        &*map
                    } else {
                        &*long
                    },
                )
            })
            .collect();
        let members = |folders: &[&str]| {
            let package =
                |folder: &&str| json!({ "manifest_path": format!("/x/{folder}/Cargo.toml") });
            json!({
                "workspace_root": "/x",
                "packages": folders.iter().map(package).collect::<Vec<_>>(),
            })
        };
        let good = with_manifests(&all, members(&["crdt", "protocol"]));
        assert_eq!(places(present, &good), [""; 0]);
        let unnamed = with_manifests(&all, members(&["crdt", "node"]));
        assert_eq!(places(present, &unnamed), ["ARCHITECTURE.md:0"]);
        let short = [all[0], all[1], (all[2].0, "# Changes\n"), all[3]];
        let expected = ["CHANGELOG.md:0", "LICENSE:0"];
        assert_eq!(
            places(present, &with_manifests(&short, members(&["crdt"]))),
            expected
        );
    }

    #[test]
    fn decisions_are_numbered_once_and_listed() {
        let list = "- [One](0001-one.md)\n- [Two](0002-two.md)\n";
        let good = [
            ("docs/adr/0001-one.md", ""),
            ("docs/adr/0002-two.md", ""),
            ("docs/adr/README.md", list),
        ];
        assert_eq!(places(decisions, &files(&good)), [""; 0]);
        let bad = [
            ("docs/adr/0001-one.md", ""),
            ("docs/adr/0002-three.md", ""),
            ("docs/adr/0002-two.md", ""),
            (
                "docs/adr/README.md",
                "- [One](0001-one.md)\n- (0002-two.md)(0002-three.md)(x.md)\n",
            ),
            ("docs/adr/x.md", ""),
        ];
        let expected = ["docs/adr/0002-two.md:0", "docs/adr/x.md:0"];
        assert_eq!(places(decisions, &files(&bad)), expected);
        let unlisted = [("docs/adr/0001-one.md", "")];
        assert_eq!(
            places(decisions, &files(&unlisted)),
            ["docs/adr/0001-one.md:0"]
        );
        assert_eq!(places(decisions, &files(&[])), ["docs/adr/:0"]);
    }
}
