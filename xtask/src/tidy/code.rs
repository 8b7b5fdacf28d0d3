//! Rust text with comments and literals blanked out, so that a check sees only code.
//!
//! Not a parser: it knows just enough of the grammar (nested comments, raw strings, the difference
//! between a lifetime and a character) to keep every line and column where it was.

/// The same text with each character of a comment, string or character literal replaced by a space.
pub(super) fn only_code(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut kept = String::with_capacity(text.len());
    let mut place = 0;
    while place < characters.len() {
        let length = literal_length(&characters, place);
        if length == 0 {
            kept.push(characters[place]);
            place += 1;
            // A word is copied whole, so that the `r` of `for"` is never read as a raw string.
            while is_word(characters[place - 1]) && place < characters.len() {
                if !is_word(characters[place]) {
                    break;
                }
                kept.push(characters[place]);
                place += 1;
            }
            continue;
        }
        let end = (place + length).min(characters.len());
        for character in &characters[place..end] {
            kept.push(if *character == '\n' { '\n' } else { ' ' });
        }
        place = end;
    }
    kept
}

/// Whether `word` stands in `code` as a whole word. A word may hold `::`.
pub(super) fn has_word(code: &str, word: &str) -> bool {
    let mut from = 0;
    while let Some(found) = code[from..].find(word) {
        let (start, end) = (from + found, from + found + word.len());
        let before = code[..start].chars().next_back();
        let after = code[end..].chars().next();
        // `!` and `::` end a word by themselves, a letter before or after makes it another word.
        let open = word.starts_with(is_word) && before.is_some_and(is_word);
        let shut = word.ends_with(is_word) && after.is_some_and(is_word);
        if !open && !shut {
            return true;
        }
        from = end;
    }
    false
}

/// Letters, digits and `_`.
pub(super) fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// How many characters the comment or literal at `place` takes; 0 when none starts there.
fn literal_length(characters: &[char], place: usize) -> usize {
    let rest = &characters[place..];
    match rest {
        ['/', '/', ..] => rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()),
        ['/', '*', ..] => block_comment_length(rest),
        ['"', ..] => string_length(rest, 0),
        ['b' | 'c', '"', ..] => string_length(rest, 1),
        ['r', '"' | '#', ..] => raw_string_length(rest, 1),
        ['b' | 'c', 'r', '"' | '#', ..] => raw_string_length(rest, 2),
        ['b', '\'', ..] => character_length(rest, 1),
        ['\'', ..] => character_length(rest, 0),
        _ => 0,
    }
}

fn block_comment_length(rest: &[char]) -> usize {
    let (mut depth, mut place) = (0, 0);
    while place < rest.len() {
        match rest[place..] {
            ['/', '*', ..] => (depth, place) = (depth + 1, place + 2),
            ['*', '/', ..] => (depth, place) = (depth - 1, place + 2),
            _ => place += 1,
        }
        if depth == 0 {
            return place;
        }
    }
    rest.len()
}

fn string_length(rest: &[char], prefix: usize) -> usize {
    let mut place = prefix + 1;
    while place < rest.len() {
        match rest[place] {
            '\\' => place += 2,
            '"' => return place + 1,
            _ => place += 1,
        }
    }
    rest.len()
}

fn raw_string_length(rest: &[char], prefix: usize) -> usize {
    let hashes = rest[prefix..].iter().take_while(|c| **c == '#').count();
    let open = prefix + hashes;
    if rest.get(open) != Some(&'"') {
        return 0; // a raw identifier such as r#type
    }
    let mut place = open + 1;
    while place < rest.len() {
        let closing = rest[place + 1..].iter().take(hashes);
        if rest[place] == '"' && closing.filter(|c| **c == '#').count() == hashes {
            return place + 1 + hashes;
        }
        place += 1;
    }
    rest.len()
}

/// `'a'` and `'\u{1F600}'` are characters; `'a` followed by anything else is a lifetime.
fn character_length(rest: &[char], prefix: usize) -> usize {
    match &rest[prefix..] {
        ['\'', '\\', _, tail @ ..] => tail
            .iter()
            .position(|c| *c == '\'')
            .map_or(0, |end| prefix + 3 + end + 1),
        ['\'', _, '\'', ..] => prefix + 3,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_disappear_and_code_stays_in_place() {
        for (text, expected) in [
            ("a // b\nc", "a     \nc"),
            ("a /* b /* c */ d */ e", "a                   e"),
            (r#"x("y \" z") w"#, r#"x(        ) w"#),
            (r##"x(r#"y " z"#) w"##, r##"x(          ) w"##),
            ("r#type b", "r#type b"),
            (
                "fn f<'a>(x: &'a str) { 'b' }",
                "fn f<'a>(x: &'a str) {     }",
            ),
            (r"'\'' x '\u{1F600}' y", r"     x             y"),
            ("b'x' br\"y\" bytes", "           bytes"),
            ("for\"x\" y", "for    y"),
            ("\"open", "     "),
        ] {
            assert_eq!(only_code(text), expected, "{text}");
            assert_eq!(only_code(text).lines().count(), text.lines().count());
        }
    }

    #[test]
    fn words_are_whole_words() {
        for (code, word, expected) in [
            ("Instant::now()", "Instant", true),
            ("Instantly", "Instant", false),
            ("MyInstant Instant", "Instant", true),
            ("std::fs::read", "std::fs", true),
            ("std::fsx", "std::fs", false),
            ("brand::new", "rand::", false),
            ("rand::rng()", "rand::", true),
            ("mytodo!()", "todo!", false),
            ("todo!()", "todo!", true),
        ] {
            assert_eq!(has_word(code, word), expected, "{word} in {code}");
        }
    }
}
