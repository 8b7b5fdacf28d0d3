//! Blocks as Markdown (CommonMark 0.31, with the strike-through and task entries of GFM), for
//! archives: what people take away must open in any editor, in twenty years.
//!
//! Text is escaped so that it reads back as the same text; links are kept where a browser may
//! follow them (see [`crate::html::is_safe_link`]).

use crate::blocks::{Block, BlockKind, Run};
use crate::html::is_safe_link;

/// The blocks as Markdown. The title of the page is its only heading of level 1.
pub fn markdown(title: &str, blocks: &[Block]) -> String {
    let mut out = format!("# {}\n", escaped(title));
    let mut in_list = false;
    for block in blocks {
        let entry = block.kind.indent().is_some();
        // Entries of one list stand together; everything else is set apart.
        if !(entry && in_list) {
            out.push('\n');
        }
        in_list = entry;
        write(block, &mut out);
    }
    out
}

fn write(block: &Block, out: &mut String) {
    let text = || block.runs.iter().map(inline).collect::<String>();
    let indent = " ".repeat(4 * usize::from(block.kind.indent().unwrap_or(0)));
    let line = match &block.kind {
        BlockKind::Heading { level } => {
            let marks = "#".repeat(usize::from((*level).clamp(1, 3)) + 1);
            format!("{marks} {}", text())
        }
        BlockKind::Bullet { .. } => format!("{indent}- {}", text()),
        BlockKind::Ordered { .. } => format!("{indent}1. {}", text()),
        BlockKind::Todo { done, .. } => {
            format!("{indent}- [{}] {}", if *done { 'x' } else { ' ' }, text())
        }
        BlockKind::Quote => format!("> {}", text()),
        BlockKind::Code => {
            let code = block.text();
            let fence = fence(&code, 3);
            format!("{fence}\n{code}\n{fence}")
        }
        BlockKind::Divider if block.runs.is_empty() => "---".to_owned(),
        BlockKind::Divider => format!("---\n\n{}", text()),
        BlockKind::Paragraph | BlockKind::Unknown { .. } => text(),
    };
    out.push_str(&line);
    out.push('\n');
}

/// More backticks than the text has in a row.
fn fence(text: &str, least: usize) -> String {
    let mut longest = 0;
    let mut run = 0;
    for character in text.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    "`".repeat(least.max(longest + 1))
}

fn inline(run: &Run) -> String {
    if run.text.is_empty() {
        return String::new();
    }
    let marks = &run.marks;
    let mut text = if marks.code {
        let fence = fence(&run.text, 1);
        format!("{fence} {} {fence}", run.text)
    } else {
        escaped(&run.text)
    };
    for (on, mark) in [(marks.strike, "~~"), (marks.em, "*"), (marks.strong, "**")] {
        // A mark beside a space marks nothing: the spaces stay outside.
        let inner = text.trim();
        if on && !inner.is_empty() {
            let (start, end) = (text.len() - text.trim_start().len(), text.trim_end().len());
            text = format!("{}{mark}{inner}{mark}{}", &text[..start], &text[end..]);
        }
    }
    match &marks.link {
        Some(link) if is_safe_link(link) => {
            let link: String = link
                .chars()
                .flat_map(|character| match character {
                    '(' | ')' | '<' | '>' | '\\' => vec!['\\', character],
                    _ => vec![character],
                })
                .collect();
            format!("[{text}](<{link}>)")
        }
        _ => text,
    }
}

fn escaped(text: &str) -> String {
    let special = "\\`*_{}[]<>()#+-.!|~&";
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if character == '\n' {
            // A line break within a block.
            out.push_str("\\\n");
            continue;
        }
        if special.contains(character) {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks::Marks;

    #[test]
    fn each_kind_of_block_has_its_form() {
        let mut code = Block::new(BlockKind::Code, "a ``` b");
        code.kind = BlockKind::Code;
        let blocks = [
            Block::paragraph("1. pas une liste"),
            Block::heading(1, "Phase 1"),
            Block::new(BlockKind::Bullet { indent: 0 }, "un"),
            Block::new(BlockKind::Bullet { indent: 1 }, "deux"),
            Block::new(
                BlockKind::Todo {
                    indent: 0,
                    done: true,
                },
                "fait",
            ),
            Block::new(BlockKind::Quote, "dit"),
            code,
            Block::new(BlockKind::Divider, ""),
        ];
        assert_eq!(
            markdown("Un *titre*", &blocks),
            "# Un \\*titre\\*\n\n1\\. pas une liste\n\n## Phase 1\n\n- un\n    - deux\n- [x] fait\n\n\
             > dit\n\n````\na ``` b\n````\n\n---\n"
        );
    }

    #[test]
    fn marks_hold_their_words_and_unsafe_links_are_text() {
        let run = |text: &str, marks: Marks| Run {
            text: text.into(),
            marks,
        };
        let strong = Marks {
            strong: true,
            em: true,
            ..Marks::default()
        };
        let link = |to: &str| Marks {
            link: Some(to.into()),
            ..Marks::default()
        };
        let cases = [
            (run("mot ", strong), "***mot*** "),
            (
                run("ici", link("https://a.fr/(b)")),
                "[ici](<https://a.fr/\\(b\\)>)",
            ),
            (run("là", link("javascript:alert(1)")), "là"),
            (run("<script>", Marks::default()), "\\<script\\>"),
        ];
        for (run, expected) in cases {
            assert_eq!(inline(&run), expected);
        }
    }
}
