//! Templates that every site ships: what a new space holds on its first day.
//!
//! What lives here: the shape of a template, and the reading of its pages. The words are in one
//! file per kind below. What must not: anything of the hub (these are constants; opening a space
//! from them is the business of commands), and anything that people changed.

mod practice;
mod project;
mod team;

use bocage_crdt::blocks::{Block, BlockKind, INDENT_MAX, Marks};
use bocage_crdt::features::commands::SpaceKind;

use crate::api::Language;

/// The same words in both languages of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Text2 {
    /// French.
    pub fr: &'static str,
    /// English.
    pub en: &'static str,
}

impl Text2 {
    /// The words in `language`.
    pub(crate) const fn get(&self, language: Language) -> &'static str {
        match language {
            Language::Fr => self.fr,
            Language::En => self.en,
        }
    }
}

/// A page of a template.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PageText {
    /// Its title.
    pub title: Text2,
    /// Its text, in the notation that [`blocks`] reads.
    pub body: Text2,
}

/// A template that the program ships. It never changes once shipped: a better one gets a new id.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BuiltIn {
    /// What `space open` names.
    pub id: &'static str,
    /// Kind of the space it makes.
    pub kind: SpaceKind,
    /// Its name.
    pub name: Text2,
    /// What it is good for, in one sentence.
    pub description: Text2,
    /// Names of the channels it opens.
    pub channels: &'static [Text2],
    /// The pages it makes, in order.
    pub pages: &'static [PageText],
}

/// All of them, in the order in which they are offered.
pub(crate) fn all() -> impl Iterator<Item = &'static BuiltIn> {
    [project::ALL, team::ALL, practice::ALL]
        .into_iter()
        .flatten()
}

/// The template with this id.
pub(crate) fn find(id: &str) -> Option<&'static BuiltIn> {
    all().find(|template| template.id == id)
}

/// Reads a page: one block per line, the first characters say which.
///
/// `# ` to `### ` heading, `- ` bullet, `1. ` number, `[ ] ` and `[x] ` to do, `> ` quote, `---` a
/// line across; two spaces before a list entry indent it; `**words**` are strong. Lines without a
/// sign are paragraphs, empty lines are left out.
pub(crate) fn blocks(body: &str) -> Vec<Block> {
    body.lines()
        .filter(|line| !line.trim().is_empty())
        .map(block)
        .collect()
}

fn block(line: &str) -> Block {
    let text = line.trim_start_matches(' ');
    let depth = (line.len() - text.len()) / 2;
    // Cut to INDENT_MAX first, which is a u8.
    let indent = depth.min(usize::from(INDENT_MAX)) as u8;
    let text = text.trim_end();
    let signs = [
        ("# ", BlockKind::Heading { level: 1 }),
        ("## ", BlockKind::Heading { level: 2 }),
        ("### ", BlockKind::Heading { level: 3 }),
        ("- ", BlockKind::Bullet { indent }),
        ("1. ", BlockKind::Ordered { indent }),
        (
            "[ ] ",
            BlockKind::Todo {
                indent,
                done: false,
            },
        ),
        ("[x] ", BlockKind::Todo { indent, done: true }),
        ("> ", BlockKind::Quote),
        ("---", BlockKind::Divider),
    ];
    let signed = signs
        .into_iter()
        .find_map(|(sign, kind)| Some((kind, text.strip_prefix(sign)?)));
    let (kind, text) = signed.unwrap_or((BlockKind::Paragraph, text));
    let mut block = Block {
        kind,
        runs: Vec::new(),
    };
    // Between the first and the second pair of stars, the third and the fourth, ...: strong.
    for (place, part) in text.split("**").enumerate() {
        block.push(
            part,
            Marks {
                strong: place % 2 == 1,
                ..Marks::default()
            },
        );
    }
    block
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use bocage_crdt::blocks::plain_text;
    use bocage_crdt::text;

    use super::*;

    #[test]
    fn every_sign_makes_its_block() {
        let body = "# Un\n\n## Deux\n### Trois\n- puce\n  - plus loin\n1. un\n[ ] à faire\n\
                    [x] fait\n> dit\n---\nTexte **fort** ici";
        let kinds: Vec<_> = blocks(body).into_iter().map(|block| block.kind).collect();
        let expected = [
            BlockKind::Heading { level: 1 },
            BlockKind::Heading { level: 2 },
            BlockKind::Heading { level: 3 },
            BlockKind::Bullet { indent: 0 },
            BlockKind::Bullet { indent: 1 },
            BlockKind::Ordered { indent: 0 },
            BlockKind::Todo {
                indent: 0,
                done: false,
            },
            BlockKind::Todo {
                indent: 0,
                done: true,
            },
            BlockKind::Quote,
            BlockKind::Divider,
            BlockKind::Paragraph,
        ];
        assert_eq!(kinds, expected);
        let last = blocks(body).pop().expect("eleven blocks");
        let strong: Vec<_> = last
            .runs
            .iter()
            .map(|run| (&*run.text, run.marks.strong))
            .collect();
        assert_eq!(strong, [("Texte ", false), ("fort", true), (" ici", false)]);
    }

    #[test]
    fn ids_differ_and_each_kind_has_a_choice() {
        let ids: BTreeSet<_> = all().map(|template| template.id).collect();
        assert_eq!(ids.len(), all().count());
        for kind in [SpaceKind::Project, SpaceKind::Team, SpaceKind::Practice] {
            assert!(
                all().filter(|template| template.kind == kind).count() >= 2,
                "{kind:?}"
            );
        }
        assert!(
            ids.iter()
                .all(|id| find(id).is_some_and(|template| template.id == *id))
        );
        assert!(find("nothing-like-it").is_none());
    }

    #[test]
    fn both_languages_say_the_same_things_in_the_same_shape() {
        for template in all() {
            let pages = template.pages.iter().map(|page| page.title);
            for name in template
                .channels
                .iter()
                .copied()
                .chain(pages)
                .chain([template.name])
            {
                assert_eq!(text::name(name.fr).as_deref(), Ok(name.fr));
                assert_eq!(text::name(name.en).as_deref(), Ok(name.en));
            }
            assert!(!template.channels.is_empty() && !template.pages.is_empty());
            for page in template.pages {
                let shape = |body| blocks(body).into_iter().map(|block| block.kind).collect();
                let (fr, en): (Vec<_>, Vec<_>) = (shape(page.body.fr), shape(page.body.en));
                assert_eq!(fr, en, "{} / {}", template.id, page.title.en);
                for body in [page.body.fr, page.body.en] {
                    let shown = plain_text(&blocks(body));
                    assert!(!shown.contains("**") && !shown.contains('['), "{shown}");
                }
            }
        }
    }
}
