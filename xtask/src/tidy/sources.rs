//! Checks on single source files: size, head comment, what was left undone, what names a machine.

use super::code::{has_word, only_code};
use super::{Problem, Sources, report};

/// Above this a file has more than one subject; most here have 80 to 350.
const FILE_LINES_MAX: usize = 500;
/// The width rustfmt is set to; it gives up on some long expressions, so we count.
const LINE_CHARACTERS_MAX: usize = 100;
/// Comments are wrapped by hand: the same width, with room for a word that would stand alone.
const COMMENT_CHARACTERS_MAX: usize = 110;
/// Written by `cargo xtask types`, never by hand.
const GENERATED: &str = "web-ui/src/api/generated.ts";
/// A head comment shorter than this says nothing ("//! placeholder").
const HEAD_CHARACTERS_MIN: usize = 20;

pub(super) fn sizes(sources: &Sources, problems: &mut Vec<Problem>) {
    for (path, text) in sources.ending(&[".rs", ".ts", ".tsx", ".css"]) {
        let lines = text.lines().count();
        if lines > FILE_LINES_MAX && path != GENERATED {
            let sentence = format!("{lines} lines, at most {FILE_LINES_MAX}: split it by subject");
            report(problems, path, 0, sentence);
        }
    }
    for (path, text) in sources.ending(&[".rs"]) {
        let code = only_code(text);
        for (number, (line, code)) in text.lines().zip(code.lines()).enumerate() {
            // A text or an address cannot be broken well; everything else can.
            let is_comment = line.trim_start().starts_with("//");
            let has_literal = line != code && !is_comment;
            let excused = has_literal || line.contains("://");
            let most = if is_comment {
                COMMENT_CHARACTERS_MAX
            } else {
                LINE_CHARACTERS_MAX
            };
            let width = line.chars().count();
            if width > most && !excused {
                let sentence = format!("{width} characters, at most {most}: break the line");
                report(problems, path, number + 1, sentence);
            }
        }
    }
}

pub(super) fn heads(sources: &Sources, problems: &mut Vec<Problem>) {
    for (path, text) in sources.ending(&[".rs"]) {
        let head: String = text
            .lines()
            .map_while(|line| line.strip_prefix("//!"))
            .collect::<Vec<_>>()
            .join(" ");
        if head.trim().chars().count() < HEAD_CHARACTERS_MIN {
            let sentence = "begin the file with //! and say what lives here and what must not";
            report(problems, path, 1, sentence);
        }
    }
}

pub(super) fn nothing_left_undone(sources: &Sources, problems: &mut Vec<Problem>) {
    for (path, text) in sources.ending(&[".rs"]) {
        for (number, line) in only_code(text).lines().enumerate() {
            for word in ["todo!", "unimplemented!", "dbg!"] {
                if has_word(line, word) {
                    let sentence = format!("{word} does not enter: finish it, or take it out");
                    report(problems, path, number + 1, sentence);
                }
            }
            let attribute = line.trim_start().starts_with("#[") && has_word(line, "ignore");
            if attribute {
                let sentence = "no test is ignored: make it pass, or delete it and say why";
                report(problems, path, number + 1, sentence);
            }
        }
    }
    let scripts = [".ts", ".tsx", ".mjs", ".js"];
    for (path, text) in sources.ending(&scripts) {
        for (number, line) in text.lines().enumerate() {
            if line.trim_start().starts_with(['/', '*']) {
                continue;
            }
            for word in UNDONE_IN_SCRIPTS {
                // Tests can be switched off only by methods of these functions.
                let test = ["it", "test", "describe", "suite", "bench"];
                if test
                    .iter()
                    .any(|name| has_word(line, &format!("{name}.{word}(")))
                {
                    let sentence =
                        format!(".{word}( leaves tests out: run them all, or delete the test");
                    report(problems, path, number + 1, sentence);
                }
            }
        }
    }
}

/// Methods of Vitest's functions by which a test is not run.
const UNDONE_IN_SCRIPTS: [&str; 7] = [
    "only",
    "skip",
    "todo",
    "skipIf",
    "runIf",
    "concurrent.only",
    "concurrent.skip",
];

pub(super) fn panics_unwind(sources: &Sources, problems: &mut Vec<Problem>) {
    let settings = [
        ".toml",
        ".rs",
        ".yml",
        ".yaml",
        ".sh",
        ".ci/run",
        "Dockerfile",
    ];
    for (path, text) in sources.ending(&settings) {
        for (number, line) in text.lines().enumerate() {
            let bare: String = line
                .split('#')
                .next()
                .unwrap_or_default()
                .chars()
                .filter(|character| !character.is_whitespace() && !"\"'".contains(*character))
                .collect();
            // In Rust the words can only stand in a build script's or our own text.
            let in_rust = path.ends_with(".rs") && !path.ends_with("build.rs");
            if bare.contains("panic=abort") && !in_rust {
                let sentence = "panics must unwind: the gate in crdt catches them, and an aborting \
                                site would stop at one bad change (docs/adr/0001)";
                report(problems, path, number + 1, sentence);
            }
        }
    }
}

/// Beginnings of paths that exist on one person's machine only. Split in two, so that this file
/// does not find itself.
const MACHINE_PATHS: [[&str; 2]; 6] = [
    ["/ho", "me/"],
    ["/ro", "ot/"],
    ["/Use", "rs/"],
    ["/wo", "rk/"],
    ["/worksp", "ace/"],
    ["C:\\", "Users"],
];

pub(super) fn no_machine_paths(sources: &Sources, problems: &mut Vec<Problem>) {
    for (path, text) in &sources.files {
        for (number, line) in text.lines().enumerate() {
            for parts in MACHINE_PATHS {
                let start = parts.concat();
                // Not inside a longer path or address: `docs/` before it makes it a part of ours.
                let found = line.match_indices(&start).any(|(place, _)| {
                    let before = line[..place].chars().next_back();
                    !before.is_some_and(|before| {
                        before.is_alphanumeric() || "._-~*})".contains(before)
                    })
                });
                if found {
                    let sentence = format!(
                        "{start}… is a path of one machine: name it from the project's folder, or \
                         take it as an argument"
                    );
                    report(problems, path, number + 1, sentence);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::samples::{files, places};

    #[test]
    fn long_files_and_lines_are_refused() {
        let long = "x\n".repeat(501);
        let wide = "x".repeat(111);
        let samples = [
            ("a/full.rs", "x\n".repeat(500)),
            ("a/long.css", long.clone()),
            ("a/long.md", long.clone()),
            ("a/long.tsx", long.clone()),
            ("a/wide.rs", format!("\n{wide}\n")),
            ("a/wide_comment.rs", format!("// {wide}\n")),
            ("a/wide_link.rs", format!("// https://{wide}\n")),
            ("a/wide_text.rs", format!("let text = \"{wide}\";\n")),
            (
                "a/wide_text_inside.rs",
                format!("let text = \"a\n {wide}\n\";\n"),
            ),
            ("a/width.rs", "é".repeat(100)),
            ("a/width_and_one.rs", "é".repeat(101)),
            ("a/width_of_comment.rs", format!("// {}", "é".repeat(107))),
            (GENERATED, long),
        ];
        let samples: Vec<_> = samples
            .iter()
            .map(|(path, text)| (*path, text.as_str()))
            .collect();
        let expected = [
            "a/long.css:0",
            "a/long.tsx:0",
            "a/wide.rs:2",
            "a/wide_comment.rs:1",
            "a/width_and_one.rs:1",
        ];
        assert_eq!(places(sizes, &files(&samples)), expected);
    }

    #[test]
    fn every_module_says_what_it_is() {
        let samples = [
            ("a/good.rs", "//! What lives here, and what must not.\n"),
            ("a/later.rs", "\n//! What lives here, and what must not.\n"),
            ("a/none.rs", "fn main() {}\n"),
            ("a/placeholder.rs", "//! placeholder\n"),
            ("a/two.rs", "//! In two\n//! lines, still a sentence.\n"),
            ("a/web.ts", "export {}\n"),
        ];
        let expected = ["a/later.rs:1", "a/none.rs:1", "a/placeholder.rs:1"];
        assert_eq!(places(heads, &files(&samples)), expected);
    }

    #[test]
    fn nothing_is_left_undone() {
        let samples = [
            (
                "a/good.rs",
                "// todo!() is banned\nlet x = list.iter().skip(1); f(\"dbg!\")\n",
            ),
            (
                "a/good.ts",
                "// it.skip(\nlist.skip(1); it('x', f); audit.only(2)\n",
            ),
            ("a/bad.rs", "todo!()\n    #[ignore = \"slow\"]\ndbg!(x)\n"),
            (
                "a/attribute.rs",
                "#[cfg_attr(test, ignore)]\n#[serde(default)]\n",
            ),
            (
                "a/bad.test.ts",
                "it.only('x')\n  describe.skip('y')\ntest.skipIf(z)('w')\n",
            ),
            ("a/e2e.mjs", "test.todo('later')\n"),
        ];
        let expected = [
            "a/attribute.rs:1",
            "a/bad.rs:1",
            "a/bad.rs:2",
            "a/bad.rs:3",
            "a/bad.test.ts:1",
            "a/bad.test.ts:2",
            "a/bad.test.ts:3",
            "a/e2e.mjs:1",
        ];
        let mut found = places(nothing_left_undone, &files(&samples));
        found.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn panics_must_unwind() {
        let samples = [
            (
                ".cargo/config.toml",
                "rustflags = [\"-C\", \"panic=abort\"]\n",
            ),
            (
                "Cargo.toml",
                "panic = \"unwind\" # never panic = \"abort\"\n",
            ),
            ("a/Cargo.toml", "[profile.release]\npanic='abort'\n"),
            (
                "a/build.rs",
                "println!(\"cargo::rustc-flags=-C panic=abort\");\n",
            ),
            ("a/src/text.rs", "let text = \"panic=abort\";\n"),
        ];
        let expected = [".cargo/config.toml:1", "a/Cargo.toml:2", "a/build.rs:1"];
        assert_eq!(places(panics_unwind, &files(&samples)), expected);
    }

    #[test]
    fn paths_of_one_machine_are_refused() {
        for parts in MACHINE_PATHS {
            let bad = format!("fine\nsee {}x/y\n", parts.concat());
            assert_eq!(
                places(no_machine_paths, &files(&[("docs/a.md", &bad)])),
                ["docs/a.md:2"]
            );
        }
        let inside = format!("web-ui{}x and ~{}y\n", MACHINE_PATHS[3].concat(), "/x");
        let good = [
            ("a.md", &*inside),
            ("b.md", "/var/lib/bocage, /etc/bocage.toml, /tmp/x\n"),
        ];
        assert_eq!(places(no_machine_paths, &files(&good)), [""; 0]);
    }
}
