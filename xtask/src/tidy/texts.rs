//! The words on the screen: plain ones, and the same set in each language.
//!
//! Reads the Fluent files (`*.ftl`) line by line. Whether a text is good French is not judged.

use super::{Problem, Sources, report};
use std::collections::{BTreeMap, BTreeSet};

/// Beginnings of words that people never have to read, and what to say instead.
const FORBIDDEN: [(&str, &str); 8] = [
    ("peer", "site"),
    ("replica", "copie à …, copy at …"),
    ("crdt", "nothing: it is not the reader's matter"),
    ("hash", "nothing: it is not the reader's matter"),
    ("sync", "à jour, en attente, up to date, waiting"),
    ("merg", "modifié ici et à …, changed here and at …"),
    ("fusion", "modifié ici et à …"),
    ("répliq", "copie à …"),
];

/// Whole words, where a beginning would catch innocent ones (notre, paire).
const FORBIDDEN_WHOLE: [(&str, &str); 8] = [
    ("node", "site"),
    ("nodes", "sites"),
    ("nœud", "site"),
    ("nœuds", "sites"),
    ("noeud", "site"),
    ("noeuds", "sites"),
    ("replique", "copie à …"),
    ("repliques", "copies à …"),
];

/// Whole words forbidden in French only: in English a pair is two things.
const FORBIDDEN_FRENCH: [(&str, &str); 2] = [("pair", "site"), ("pairs", "sites")];

/// One message or attribute of a Fluent file.
struct Text {
    /// `message` or `message.attribute`.
    key: String,
    line: usize,
    /// The words people read, without what stands in braces; one per line of the file.
    shown: Vec<(usize, String)>,
    /// Names after `$`: what the program fills in.
    variables: BTreeSet<String>,
}

pub(super) fn plain_words(sources: &Sources, problems: &mut Vec<Problem>) {
    for (path, file) in sources.ending(&[".ftl"]) {
        let french = language(path).is_some_and(|(language, _)| language == "fr");
        for text in texts(file) {
            for (line, shown) in &text.shown {
                for word in shown.split(|letter: char| !letter.is_alphanumeric()) {
                    let word = word.to_lowercase();
                    if let Some(instead) = forbidden(&word, french) {
                        let sentence = format!("«{word}» is not for the screen; say: {instead}");
                        report(problems, path, *line, sentence);
                    }
                }
            }
        }
    }
}

fn forbidden(word: &str, french: bool) -> Option<&'static str> {
    let start = FORBIDDEN.iter().find(|(start, _)| word.starts_with(start));
    let whole = FORBIDDEN_WHOLE.iter().find(|(whole, _)| word == *whole);
    let of_french = FORBIDDEN_FRENCH
        .iter()
        .find(|(whole, _)| french && word == *whole);
    start.or(whole).or(of_french).map(|(_, instead)| *instead)
}

pub(super) fn same_keys(sources: &Sources, problems: &mut Vec<Problem>) {
    // Files that differ only in their language belong together.
    let mut together: BTreeMap<String, BTreeMap<&str, (&str, &str)>> = BTreeMap::new();
    for (path, text) in sources.ending(&[".ftl"]) {
        let Some((language, name)) = language(path) else {
            let sentence = "name its language: a file fr.ftl and en.ftl, or folders fr and en";
            report(problems, path, 0, sentence);
            continue;
        };
        together
            .entry(name)
            .or_default()
            .insert(language, (path, text));
    }
    for files in together.values() {
        let (Some((french, ours)), Some((english, theirs))) = (files.get("fr"), files.get("en"))
        else {
            for (path, _) in files.values() {
                report(
                    problems,
                    path,
                    0,
                    "the same file in the other language is missing",
                );
            }
            continue;
        };
        compare((french, ours), (english, theirs), problems);
        compare((english, theirs), (french, ours), problems);
    }
}

/// Reports what the first file has and the second lacks.
fn compare(
    (path, text): (&str, &str),
    (other, other_text): (&str, &str),
    problems: &mut Vec<Problem>,
) {
    let theirs = texts(other_text);
    let mut seen = BTreeSet::new();
    for text in texts(text) {
        if !seen.insert(text.key.clone()) {
            report(
                problems,
                path,
                text.line,
                format!("{} stands here twice", text.key),
            );
        }
        match theirs.iter().find(|their| their.key == text.key) {
            None => {
                report(
                    problems,
                    path,
                    text.line,
                    format!("{} is missing in {other}", text.key),
                );
            }
            Some(their) => {
                for variable in text.variables.difference(&their.variables) {
                    let sentence =
                        format!("{} uses ${variable}, which {other} leaves out", text.key);
                    report(problems, path, text.line, sentence);
                }
            }
        }
    }
}

/// The language of a Fluent file, and its path without it.
fn language(path: &str) -> Option<(&'static str, String)> {
    let parts: Vec<&str> = path.split('/').collect();
    let stem = |part: &str| part.strip_suffix(".ftl").unwrap_or(part).to_owned();
    for (place, part) in parts.iter().enumerate().rev() {
        if let Some(language) = ["fr", "en"]
            .into_iter()
            .find(|language| stem(part) == *language)
        {
            let mut others = parts.clone();
            others[place] = "*";
            return Some((language, others.join("/")));
        }
    }
    None
}

/// Splits a Fluent file in its messages and attributes. Comments and blank lines are left out.
fn texts(file: &str) -> Vec<Text> {
    let mut texts: Vec<Text> = Vec::new();
    let mut message = String::new();
    let mut depth = 0_usize; // of braces: they reach over lines when a text has variants
    for (number, line) in file.lines().enumerate() {
        let number = number + 1;
        if line.starts_with('#') || line.trim().is_empty() {
            continue;
        }
        let indented = line.starts_with([' ', '\t']);
        let trimmed = line.trim_start();
        let starts_attribute = indented && depth == 0 && trimmed.starts_with('.');
        let value = match trimmed.split_once('=') {
            Some((key, value)) if !indented || starts_attribute => {
                let key = key.trim();
                let key = match key.strip_prefix('.') {
                    Some(attribute) => format!("{message}.{attribute}"),
                    None => {
                        message = key.to_owned();
                        message.clone()
                    }
                };
                let (shown, variables) = (Vec::new(), BTreeSet::new());
                texts.push(Text {
                    key,
                    line: number,
                    shown,
                    variables,
                });
                value
            }
            _ => trimmed,
        };
        let Some(text) = texts.last_mut() else {
            continue;
        };
        text.shown.push((number, shown(value, &mut depth)));
        text.variables.extend(variables(value));
    }
    // A message may have attributes only; then its own empty text is none.
    texts
}

/// The part of a line that is read: what stands outside of braces, and variants inside them.
fn shown(line: &str, depth: &mut usize) -> String {
    let mut shown = String::new();
    // Inside braces, a line `[one] …` or `*[other] …` is a variant: its text is read.
    let variant = line.trim_start().trim_start_matches('*');
    let (line, mut reading) = match variant.split_once(']') {
        Some((start, text)) if *depth > 0 && start.starts_with('[') => (text, *depth),
        _ => (line, 0),
    };
    for character in line.chars() {
        match character {
            '{' => *depth += 1,
            '}' => {
                *depth = depth.saturating_sub(1);
                reading = reading.min(*depth);
            }
            _ if *depth == reading => shown.push(character),
            _ => {}
        }
    }
    shown
}

fn variables(line: &str) -> impl Iterator<Item = String> {
    line.split('$').skip(1).map(|rest| {
        let end = rest.find(|letter: char| !letter.is_alphanumeric() && !"-_".contains(letter));
        rest[..end.unwrap_or(rest.len())].to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::samples::{files, places, problems};

    #[test]
    fn technical_words_are_found_where_people_read_them() {
        let good = "# a peer and a node\nsync-state = À jour, { $peers } paires, notre Pairault\n\
                    \x20   .merge = Modifié ici et à { $node }\n";
        assert_eq!(
            places(plain_words, &files(&[("web-ui/locales/fr.ftl", good)])),
            [""; 0]
        );
        for word in [
            "peer",
            "Peers",
            "replicas",
            "réplique",
            "nœud",
            "Nœuds",
            "node",
            "CRDT",
            "hash",
            "sync",
            "Synchronisé",
            "merged",
            "fusionner",
            "pair",
            "pairs",
        ] {
            for text in [
                format!("key = Le {word}, ici\n"),
                format!("key =\n    Plus loin, {word}.\n"),
                format!("key = x\n    .title = Un {word}\n"),
                format!("key = {{ $n ->\n    [one] un {word} {{ $n }} ici\n   *[other] x\n}}\n"),
            ] {
                let sources = files(&[("web-ui/locales/fr/app.ftl", &text)]);
                assert_eq!(problems(plain_words, &sources).len(), 1, "{text}");
            }
        }
    }

    #[test]
    fn a_pair_is_fine_in_english() {
        let samples = [("web-ui/locales/en.ftl", "key = A pair of shoes\n")];
        assert_eq!(places(plain_words, &files(&samples)), [""; 0]);
    }

    #[test]
    fn both_languages_have_the_same_texts() {
        let french = "a = { $n ->\n    [one] un\n   *[other] { $n }\n}\nb = x\n    .title = y\n";
        let pair = |french: &str, english: &str| {
            let samples = [
                ("web-ui/locales/fr.ftl", french),
                ("web-ui/locales/en.ftl", english),
            ];
            places(same_keys, &files(&samples))
        };
        let english = "b = x\n    .title = y\n\n# why\na = { $n }\n";
        assert_eq!(pair(french, english), [""; 0]);
        assert_eq!(
            pair(french, "a = { $n }\nb = x\n"),
            ["web-ui/locales/fr.ftl:6"]
        );
        assert_eq!(
            pair("a = x\n", "a = x\nc = x\n"),
            ["web-ui/locales/en.ftl:2"]
        );
        assert_eq!(pair("a = { $n }\n", "a = x\n"), ["web-ui/locales/fr.ftl:1"]);
        assert_eq!(
            pair("a = x\na = y\n", "a = x\n"),
            ["web-ui/locales/fr.ftl:2"]
        );
    }

    #[test]
    fn each_file_has_its_counterpart() {
        let good = [("w/fr/app.ftl", "a = x\n"), ("w/en/app.ftl", "a = x\n")];
        assert_eq!(places(same_keys, &files(&good)), [""; 0]);
        let alone = [("w/fr/app.ftl", "a = x\n"), ("w/en/other.ftl", "a = x\n")];
        assert_eq!(
            places(same_keys, &files(&alone)),
            ["w/fr/app.ftl:0", "w/en/other.ftl:0"]
        );
        assert_eq!(
            places(same_keys, &files(&[("w/app.ftl", "a = x\n")])),
            ["w/app.ftl:0"]
        );
    }
}
