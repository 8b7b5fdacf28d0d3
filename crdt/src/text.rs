//! Which strings are kept, and how strings are compared: names and the one folding function that
//! search, filters and mentions share.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

/// Longest name of a space, person, page or file, in bytes: fits every file system.
pub const NAME_BYTES_MAX: usize = 255;

/// Why a name is refused. The text is for people: it says what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidName {
    /// Nothing but white space.
    Empty,
    /// Over [`NAME_BYTES_MAX`] bytes.
    TooLong,
    /// A control character, or one that turns the reading direction of what follows.
    Unprintable,
}

impl fmt::Display for InvalidName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => out.write_str("the name is empty: give at least one visible character"),
            Self::TooLong => write!(out, "the name is too long: at most {NAME_BYTES_MAX} bytes"),
            Self::Unprintable => {
                out.write_str("the name holds a control or direction character: remove it")
            }
        }
    }
}

impl std::error::Error for InvalidName {}

fn turns_direction(character: char) -> bool {
    matches!(character,
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// A name in Unicode normal form C, trimmed; or why it is refused. Joiners (U+200D) stay: joined
/// emoji and several scripts need them.
pub fn name(raw: &str) -> Result<String, InvalidName> {
    let name: String = raw.trim().nfc().collect();
    if name.is_empty() {
        return Err(InvalidName::Empty);
    }
    if name.len() > NAME_BYTES_MAX {
        return Err(InvalidName::TooLong);
    }
    if name
        .chars()
        .any(|character| character.is_control() || turns_direction(character))
    {
        return Err(InvalidName::Unprintable);
    }
    Ok(name)
}

/// Text for comparison: compatibility forms united, accents and case dropped, ligatures opened.
/// «Œufs à l’été» and «oeufs a l'ete» fold to the same string.
pub fn fold(text: &str) -> String {
    text.nfkd()
        .filter(|character| !unicode_normalization::char::is_combining_mark(*character))
        .flat_map(char::to_lowercase)
        .fold(
            String::with_capacity(text.len()),
            |mut folded, character| {
                match character {
                    'œ' => folded.push_str("oe"),
                    'æ' => folded.push_str("ae"),
                    'ß' => folded.push_str("ss"),
                    '’' | '‘' => folded.push('\''),
                    '\u{00A0}' | '\u{202F}' => folded.push(' '),
                    other => folded.push(other),
                }
                folded
            },
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_any_script_are_kept_exactly() {
        for kept in ["Châteaubriant", "مطبخ", "台所", "👩🏽‍🍳 Cuisine 🇫🇷", "Ἀθῆναι"]
        {
            assert_eq!(name(kept).as_deref(), Ok(kept));
        }
        assert_eq!(name(" Cafe\u{301} ").as_deref(), Ok("Caf\u{e9}"));
    }

    #[test]
    fn bad_names_are_refused_by_reason() {
        assert_eq!(name(" \t"), Err(InvalidName::Empty));
        assert_eq!(name(&"é".repeat(128)), Err(InvalidName::TooLong));
        assert_eq!(name("a\u{202E}b"), Err(InvalidName::Unprintable));
        assert_eq!(name("a\nb"), Err(InvalidName::Unprintable));
    }

    #[test]
    fn folding_unites_what_people_type_alike() {
        assert_eq!(fold("Œufs à l’ÉTÉ"), fold("oeufs a l'ete"));
        assert_eq!(fold("STRASSE"), fold("Straße"));
        assert_ne!(fold("pâte"), fold("patte"));
    }
}
