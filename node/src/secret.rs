//! Secrets: where they are drawn, and how people see and type them. The recovery key is 24 French
//! words (BIP 39); two sites that meet show six words to compare.

use bip39::{Language, Mnemonic};
use bocage_protocol::ticket::WORDS;
use qrcode::{EcLevel, QrCode, render::svg, render::unicode};

/// 32 fresh random bytes that become a key. Never shown, logged or compared.
pub struct Seed(pub [u8; 32]);

impl Seed {
    /// Draws one from the system's generator.
    pub fn fresh() -> Self {
        Self(rand::random())
    }
}

/// Letters and digits that are not mistaken for each other, for passwords that are read out.
const PASSWORD_ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz234567890";
/// Four groups of four: 80 bits, far beyond what a rate-limited sign-in can try.
const PASSWORD_GROUPS: usize = 4;

/// A temporary password such as `k7pm-2xqa-9fhd-tu3c`.
pub fn password() -> String {
    let bytes: [u8; 4 * PASSWORD_GROUPS] = rand::random();
    bytes
        .chunks_exact(4)
        .map(|group| {
            group
                .iter()
                .map(|byte| char::from(PASSWORD_ALPHABET[usize::from(byte & 31)]))
                .collect::<String>()
        })
        .collect::<Vec<_>>()
        .join("-")
}

/// Words of a recovery key.
pub const RECOVERY_WORDS: usize = 24;

/// The recovery key as 24 French words.
pub fn recovery_words(key: &[u8; 32]) -> Vec<String> {
    // 32 bytes are a length that BIP 39 knows: no other error exists.
    let mnemonic =
        Mnemonic::from_entropy_in(Language::French, key).expect("32 bytes make 24 words");
    mnemonic.words().map(composed).collect()
}

/// The list has accents as characters of their own, which terminals and columns take badly.
fn composed(word: &str) -> String {
    bocage_crdt::text::name(word).unwrap_or_else(|_| word.to_owned())
}

/// Reads the 24 words back. Accents may be missing, case and spacing do not matter.
pub fn recovery_key(text: &str) -> Option<[u8; 32]> {
    let folded: Vec<String> = text
        .split_whitespace()
        .map(bocage_crdt::text::fold)
        .collect();
    let list = Language::French.word_list();
    let words: Vec<&str> = folded
        .iter()
        .map(|typed| {
            let word = list
                .iter()
                .find(|word| bocage_crdt::text::fold(word) == *typed);
            word.copied()
        })
        .collect::<Option<_>>()?;
    let mnemonic = Mnemonic::parse_in(Language::French, words.join(" ")).ok()?;
    mnemonic.to_entropy().try_into().ok()
}

/// The six words that both screens show.
pub fn six_words(numbers: [u16; WORDS]) -> [String; WORDS] {
    numbers.map(|number| composed(Language::French.word_list()[usize::from(number & 0x7FF)]))
}

/// A QR code of block characters for a terminal, dark on light whatever the terminal's colours.
/// None when the text is too long for one.
pub fn qr_code(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let picture = code
        .render::<unicode::Dense1x2>()
        .dark_color(unicode::Dense1x2::Light)
        .light_color(unicode::Dense1x2::Dark)
        .build();
    let lines = picture
        .lines()
        .map(|line| format!("\u{1b}[40;97m{line}\u{1b}[0m\n"));
    Some(lines.collect())
}

/// The same as a picture: black squares on white, with the margin that cameras need.
pub fn qr_svg(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    Some(code.render::<svg::Color<'_>>().build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recovery_words_are_golden_and_read_back() {
        let key: [u8; 32] = std::array::from_fn(|index| index as u8);
        let words = recovery_words(&key);
        assert_eq!(words.len(), RECOVERY_WORDS);
        assert_eq!(words[..3], ["abaisser", "agréable", "inductif"]);
        let written = words.join(" ");
        assert_eq!(recovery_key(&written), Some(key));
        let typed: Vec<String> = words
            .iter()
            .map(|word| bocage_crdt::text::fold(word))
            .collect();
        assert_eq!(recovery_key(&typed.join("\n").to_uppercase()), Some(key));
        let swapped = written.replacen("abaisser", "inductif", 1);
        assert_eq!(recovery_key(&swapped), None);
        assert_eq!(recovery_key("abaisser"), None);
    }

    #[test]
    fn folding_keeps_the_words_apart() {
        let folded: std::collections::BTreeSet<String> = Language::French
            .word_list()
            .iter()
            .map(|word| bocage_crdt::text::fold(word))
            .collect();
        assert_eq!(folded.len(), 2_048);
        assert_eq!(six_words([0, 1, 2, 3, 4, 2_047])[0], "abaisser");
    }

    #[test]
    fn passwords_differ_and_codes_have_a_size() {
        let password = password();
        assert_eq!(password.len(), 19);
        assert_ne!(password, super::password());
        assert!(qr_code("BOCAGE").is_some_and(|code| code.lines().count() > 10));
        assert_eq!(qr_code(&"x".repeat(5_000)), None);
        let svg = qr_svg("BOCAGE").expect("a picture");
        assert!(svg.contains("<svg") && !svg.contains("<script"), "{svg}");
        assert_eq!(qr_svg(&"x".repeat(5_000)), None);
    }
}
