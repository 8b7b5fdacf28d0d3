//! Damage: the same for the same seed, on every machine.

/// SplitMix64 (Steele, Lea, Flood 2014).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_f491_4f6c_dd1d))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn roll(&mut self, sides: usize) -> usize {
        (self.next() % sides.max(1) as u64) as usize
    }
}

/// Numbers as they are written in our formats, at the edges where readers go wrong.
const NUMBERS: [&[u8]; 10] = [
    &[0],
    &[1],
    &[0x7f],
    &[0xff],
    &[0x80, 0x00],
    &[0x80, 0x80, 0x40],
    &[0xff, 0xff, 0xff, 0xff, 0x0f],
    &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
    &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f],
    &[
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    ],
];

/// Longest run of one byte that is put in: nesting and lists grow by it.
const RUN_MAX: usize = 3_000;

/// A kept input with one to six wounds.
pub(crate) fn damaged(dice: &mut Dice, kept: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    let mut bytes = kept[dice.roll(kept.len())].clone();
    for _ in 0..=dice.roll(6) {
        wound(dice, &mut bytes, kept, words);
    }
    bytes
}

fn wound(dice: &mut Dice, bytes: &mut Vec<u8>, kept: &[Vec<u8>], words: &[&str]) {
    let at = dice.roll(bytes.len() + 1);
    let end = at + dice.roll(bytes.len() + 1 - at);
    match dice.roll(if words.is_empty() { 9 } else { 11 }) {
        0 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << dice.roll(8);
            }
        }
        1 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = dice.next() as u8;
            }
        }
        2 => bytes.truncate(at),
        3 => {
            bytes.drain(at..end.min(at + 8));
        }
        // A number in place of what stood there.
        4 => {
            let number = NUMBERS[dice.roll(NUMBERS.len())];
            let over = dice.roll(number.len() + 1).min(bytes.len() - at);
            bytes.splice(at..at + over, number.iter().copied());
        }
        5 => {
            let copied = bytes[at..end].to_vec();
            let to = dice.roll(bytes.len() + 1);
            bytes.splice(to..to, copied);
        }
        // The end of another input.
        6 => {
            let other = &kept[dice.roll(kept.len())];
            let from = dice.roll(other.len() + 1);
            bytes.truncate(at);
            bytes.extend_from_slice(&other[from..]);
        }
        7 => {
            let byte = dice.next() as u8;
            let run = std::iter::repeat_n(byte, dice.roll(RUN_MAX));
            bytes.splice(at..at, run);
        }
        8 => {
            let few: Vec<u8> = (0..dice.roll(16)).map(|_| dice.next() as u8).collect();
            bytes.splice(at..at, few);
        }
        9 => {
            let word = words[dice.roll(words.len())];
            bytes.splice(at..end.min(at + word.len()), word.bytes());
        }
        // The same word again and again: nesting.
        _ => {
            let word = words[dice.roll(words.len())];
            let many = word.repeat(1 + dice.roll(RUN_MAX / word.len().max(1)));
            bytes.splice(at..at, many.bytes());
        }
    }
}
