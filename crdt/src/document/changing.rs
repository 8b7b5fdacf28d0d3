//! Making a rich text read otherwise by changing only what differs: what others write at the same time
//! stays where they wrote it.

use automerge::ReadDoc;
use automerge::marks::ExpandMark;
use automerge::transaction::Transactable;

use super::edit::{Edit, InvalidEdit, units};
use crate::blocks::Block;

/// Pairs of blocks that are compared with each other: some 300 that differ on either side, tens of
/// milliseconds. A text in which more differ is replaced between its first and its last difference.
const COMPARED_MAX: usize = 100_000;

/// One step from the old blocks to the new ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The block stays.
    Keep(usize),
    /// The text of an old block becomes that of a new one of its kind.
    Change(usize, usize),
    /// An old block goes.
    Drop(usize),
    /// A new block comes.
    Put(usize),
}

impl Edit<'_, '_> {
    /// Makes a text that reads as `old` read as `new`. Every block of `old` must have its marker, as
    /// all have that a site wrote; other texts are replaced as a whole.
    pub fn change_blocks(
        &mut self,
        name: &str,
        old: &[Block],
        new: &[Block],
    ) -> Result<(), InvalidEdit> {
        let object = self.text(name)?;
        if old.iter().map(length).sum::<usize>() != self.transaction.length(&object) {
            return self.set_blocks(name, new);
        }
        let (mut at, mut marked, mut added) = (0, Vec::new(), Vec::new());
        for step in steps(old, new) {
            match step {
                Step::Keep(index) => at += length(&old[index]),
                Step::Change(from, to) => {
                    let (first, removed, text) = differing(&old[from], &new[to]);
                    let begin = at + 1 + first;
                    self.transaction
                        .splice_text(&object, begin, removed as isize, &text)?;
                    added.push((begin, begin + text.encode_utf16().count()));
                    at += length(&new[to]);
                }
                Step::Drop(index) => {
                    self.transaction
                        .splice_text(&object, at, length(&old[index]) as isize, "")?;
                }
                Step::Put(index) => {
                    let begin = at;
                    self.put_block(&object, &mut at, &new[index], &mut marked)?;
                    added.push((begin, at));
                }
            }
        }
        // Marks of what stands or stood before may reach into what was added.
        for mark in self.transaction.marks(&object)? {
            for (begin, end) in &added {
                let (begin, end) = (mark.start.max(*begin), mark.end.min(*end));
                if begin < end {
                    self.transaction
                        .unmark(&object, mark.name(), begin, end, ExpandMark::None)?;
                }
            }
        }
        // Last, as when blocks are added.
        for (begin, end, run) in marked {
            self.mark(&object, begin, end, run)?;
        }
        Ok(())
    }
}

/// Units of a block with its marker.
fn length(block: &Block) -> usize {
    let runs = block.runs.iter();
    1 + runs
        .map(|run| run.text.encode_utf16().count())
        .sum::<usize>()
}

/// Where two blocks begin to differ, how many units of the first go there, and what comes.
fn differing(old: &Block, new: &Block) -> (usize, usize, String) {
    let characters = |block: &Block| -> Vec<char> {
        let runs = block.runs.iter();
        runs.flat_map(|run| run.text.chars()).collect()
    };
    let (old, new) = (characters(old), characters(new));
    let before = same(old.iter(), new.iter());
    let after = same(old[before..].iter().rev(), new[before..].iter().rev());
    let added = new[before..new.len() - after].iter().collect();
    (
        units(&old[..before]),
        units(&old[before..old.len() - after]),
        added,
    )
}

fn same<T: PartialEq>(one: impl Iterator<Item = T>, other: impl Iterator<Item = T>) -> usize {
    one.zip(other)
        .take_while(|(one, other)| one == other)
        .count()
}

/// How much it is worth to set a new block in the place of an old one: the same most, the same with a
/// few words changed something. Marks would reach into added words, so marked blocks are replaced.
fn likeness(old: &Block, new: &Block) -> u32 {
    let is_plain = |block: &Block| block.runs.iter().all(|run| run.marks.is_plain());
    if old == new {
        return 3;
    }
    if old.kind != new.kind || !is_plain(old) || !is_plain(new) {
        return 0;
    }
    let (_, removed, _) = differing(old, new);
    let (old, new) = (length(old) - 1, length(new) - 1);
    let kept = old - removed;
    if kept > 0 && 2 * kept >= old.min(new) {
        2
    } else {
        0
    }
}

fn steps(old: &[Block], new: &[Block]) -> Vec<Step> {
    let before = same(old.iter(), new.iter());
    let after = same(old[before..].iter().rev(), new[before..].iter().rev());
    let (left, right) = (
        &old[before..old.len() - after],
        &new[before..new.len() - after],
    );
    let mut steps: Vec<Step> = (0..before).map(Step::Keep).collect();
    if left.len() * right.len() > COMPARED_MAX {
        steps.extend((before..old.len() - after).map(Step::Drop));
        steps.extend((before..new.len() - after).map(Step::Put));
    } else {
        let worth = worths(left, right);
        let (mut one, mut other) = (0, 0);
        while one < left.len() || other < right.len() {
            let here = worth[one][other];
            let likeness = match (left.get(one), right.get(other)) {
                (Some(old), Some(new)) => likeness(old, new),
                _ => 0,
            };
            if likeness > 0 && worth[one + 1][other + 1] + likeness == here {
                steps.push(match likeness {
                    3 => Step::Keep(before + one),
                    _ => Step::Change(before + one, before + other),
                });
                (one, other) = (one + 1, other + 1);
            } else if one < left.len() && worth[one + 1][other] == here {
                steps.push(Step::Drop(before + one));
                one += 1;
            } else {
                steps.push(Step::Put(before + other));
                other += 1;
            }
        }
    }
    steps.extend((old.len() - after..old.len()).map(Step::Keep));
    steps
}

/// What the best way is worth from each pair of places on.
fn worths(left: &[Block], right: &[Block]) -> Vec<Vec<u32>> {
    let mut worth = vec![vec![0; right.len() + 1]; left.len() + 1];
    for one in (0..left.len()).rev() {
        for other in (0..right.len()).rev() {
            let both = match likeness(&left[one], &right[other]) {
                0 => 0,
                likeness => worth[one + 1][other + 1] + likeness,
            };
            worth[one][other] = both.max(worth[one + 1][other]).max(worth[one][other + 1]);
        }
    }
    worth
}

#[cfg(test)]
mod tests {
    use crate::blocks::{BODY, Block, BlockKind, Marks};
    use crate::document::{Container, Document, Genesis};
    use crate::gate;
    use crate::ids::{ActorId, ItemId};

    const PAGE: Genesis = Genesis {
        containers: &[("title", Container::Text), (BODY, Container::Text)],
    };

    /// A small text from a number: two to five different blocks, some with marks.
    fn text(seed: &mut u64) -> Vec<Block> {
        let mut dice = |most: u64| {
            *seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (*seed >> 33) % most
        };
        let words = [
            "",
            "mur",
            "cafe\u{301}",
            "🇫🇷 oui",
            "le mur penche",
            "le mur tient",
        ];
        let count = dice(6);
        let block = |_| {
            let kind = match dice(4) {
                0 => BlockKind::Heading { level: 2 },
                1 => BlockKind::Todo {
                    indent: 0,
                    done: dice(2) == 0,
                },
                _ => BlockKind::Paragraph,
            };
            let mut block = Block::new(kind, words[dice(6) as usize]);
            if dice(3) == 0 {
                let link = (dice(2) == 0).then(|| "https://a.example/".to_owned());
                let marks = Marks {
                    strong: dice(2) == 0,
                    em: dice(2) == 0,
                    link,
                    ..Marks::default()
                };
                block.push(words[1 + dice(5) as usize], marks);
            }
            block
        };
        (0..=count).map(block).collect()
    }

    #[test]
    fn any_text_becomes_any_other_again_and_again() {
        let mut seed = 7;
        for item in 0..60 {
            let mut document = Document::new(ItemId([item; 16]), PAGE);
            let mut old = text(&mut seed);
            let first = document.edit(ActorId([200; 16]), |edit| edit.append_blocks(BODY, &old));
            assert!(first.is_ok_and(|change| change.is_some()));
            for round in 0..6 {
                let new = text(&mut seed);
                let made = document.edit(ActorId([100 + round; 16]), |edit| {
                    edit.change_blocks(BODY, &old, &new)
                });
                let made = made.expect("an edit");
                assert_eq!(made.is_none(), old == new, "item {item}, round {round}");
                assert_eq!(document.blocks(BODY), new, "{item}, {round}, from {old:?}");
                old = new;
            }
        }
    }

    #[test]
    fn what_others_write_meanwhile_stays_in_its_place() {
        let read = |lines: &[&str]| -> Vec<Block> {
            lines.iter().map(|line| Block::paragraph(*line)).collect()
        };
        let old = read(&["Le mur penche", "La porte est bleue", "Fin"]);
        let mut copy = Document::new(ItemId([1; 16]), PAGE);
        let made = copy.edit(ActorId([2; 16]), |edit| edit.append_blocks(BODY, &old));
        let made = made.expect("an edit").expect("a change");
        let base = gate::hash_of(&made).expect("a change");
        // The guest writes at the end of two blocks and adds one.
        let theirs = read(&[
            "Le mur penche un peu",
            "La porte est bleue",
            "Vu hier",
            "Fin",
        ]);
        copy.edit(ActorId([3; 16]), |edit| {
            edit.change_blocks(BODY, &old, &theirs)
        })
        .expect("an edit");
        // Meanwhile the original says more, at other places and at the same.
        let new = read(&["Début", "Le grand mur penche", "La porte est verte", "Fin"]);
        let mut then = copy.at(&base).expect("the change is there");
        let actor = ActorId([4; 16]);
        let made = then.edit(actor, |edit| edit.change_blocks(BODY, &old, &new));
        let made = made.expect("an edit").expect("a change");
        assert_eq!(then.blocks(BODY), new);
        let expected = gate::ActorExpectation { actor };
        let gate::Verdict::Accepted(checked) = gate::check(&made, &expected, &copy) else {
            panic!("not accepted")
        };
        copy.apply(vec![checked]);
        let both = [
            "Début",
            "Le grand mur penche un peu",
            "La porte est verte",
            "Vu hier",
            "Fin",
        ];
        assert_eq!(copy.blocks(BODY), read(&both));
        assert!(copy.at(&crate::ids::ChangeHash([9; 32])).is_none());
    }
}
