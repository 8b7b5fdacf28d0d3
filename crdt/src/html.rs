//! Blocks as HTML that is safe to put into any page: feeds, mails, archives, the server's pages.
//!
//! Everything is escaped; only the tags written here ever come out. It knows no style and no
//! address but those in links.

use crate::blocks::{Block, BlockKind, Marks, Run};

/// Longest link that is kept as a link, in bytes: what every browser opens.
pub const LINK_BYTES_MAX: usize = 2048;

/// The blocks as HTML. The title of the page is its `h1`, so a heading of level 1 is an `h2`.
pub fn html(blocks: &[Block]) -> String {
    let mut out = String::new();
    let mut rest = blocks;
    while let Some((block, after)) = rest.split_first() {
        if let Some(indent) = block.kind.indent() {
            let entries = rest
                .iter()
                .take_while(|block| block.kind.indent().is_some())
                .count();
            let (entries, after) = rest.split_at(entries);
            lists(entries, indent, &mut out);
            rest = after;
        } else {
            single(block, &mut out);
            rest = after;
        }
    }
    out
}

fn single(block: &Block, out: &mut String) {
    match block.kind {
        BlockKind::Heading { level } => {
            let tag = format!("h{}", level.clamp(1, 3) + 1);
            element(&tag, &block.runs, out);
        }
        BlockKind::Quote => {
            out.push_str("<blockquote>");
            element("p", &block.runs, out);
            out.push_str("</blockquote>");
        }
        BlockKind::Code => {
            out.push_str("<pre>");
            element("code", &block.runs, out);
            out.push_str("</pre>");
        }
        BlockKind::Divider => {
            out.push_str("<hr>");
            if !block.runs.is_empty() {
                element("p", &block.runs, out);
            }
        }
        // List entries never come here; as paragraphs they would still keep their text.
        _ => element("p", &block.runs, out),
    }
}

fn list_tag(kind: &BlockKind) -> &'static str {
    match kind {
        BlockKind::Ordered { .. } => "<ol>",
        BlockKind::Todo { .. } => "<ul class=\"todo\">",
        _ => "<ul>",
    }
}

/// Neighbouring entries as lists, each deeper entry inside the entry before it. `indent` is the
/// level of the outermost list; entries shallower than it lie at its level.
fn lists(entries: &[Block], indent: u8, out: &mut String) {
    let mut open: Option<&'static str> = None;
    let mut position = 0;
    while let Some(entry) = entries.get(position) {
        let tag = list_tag(&entry.kind);
        if open != Some(tag) {
            close(open, out);
            out.push_str(tag);
            open = Some(tag);
        }
        out.push_str("<li>");
        if let BlockKind::Todo { done, .. } = entry.kind {
            // A real check box, named by its text: drawn and spoken as such in every language.
            out.push_str(if done {
                "<label data-done=\"true\"><input type=\"checkbox\" disabled checked> "
            } else {
                "<label data-done=\"false\"><input type=\"checkbox\" disabled> "
            });
            runs(&entry.runs, out);
            out.push_str("</label>");
        } else {
            runs(&entry.runs, out);
        }
        let level = entry.kind.indent().unwrap_or(0).max(indent);
        position += 1;
        let inside = entries[position..]
            .iter()
            .take_while(|entry| entry.kind.indent().is_some_and(|indent| indent > level))
            .count();
        if inside > 0 {
            let inner = &entries[position..position + inside];
            lists(inner, inner[0].kind.indent().unwrap_or(0), out);
            position += inside;
        }
        out.push_str("</li>");
    }
    close(open, out);
}

fn close(open: Option<&'static str>, out: &mut String) {
    match open {
        Some("<ol>") => out.push_str("</ol>"),
        Some(_) => out.push_str("</ul>"),
        None => {}
    }
}

fn element(tag: &str, content: &[Run], out: &mut String) {
    out.push('<');
    out.push_str(tag);
    out.push('>');
    runs(content, out);
    out.push_str("</");
    out.push_str(tag);
    out.push('>');
}

fn runs(runs: &[Run], out: &mut String) {
    for run in runs {
        let Marks {
            strong,
            em,
            code,
            strike,
            link,
        } = &run.marks;
        let link = link.as_deref().filter(|link| is_safe_link(link));
        if let Some(link) = link {
            out.push_str("<a href=\"");
            escape(link, out);
            out.push_str("\" rel=\"noopener noreferrer\">");
        }
        let tags = [
            (*strong, "strong"),
            (*em, "em"),
            (*strike, "s"),
            (*code, "code"),
        ];
        for (_, tag) in tags.iter().filter(|(on, _)| *on) {
            out.push('<');
            out.push_str(tag);
            out.push('>');
        }
        escape(&run.text, out);
        for (_, tag) in tags.iter().rev().filter(|(on, _)| *on) {
            out.push_str("</");
            out.push_str(tag);
            out.push('>');
        }
        if link.is_some() {
            out.push_str("</a>");
        }
    }
}

/// Whether a link may be followed: http, https, mailto, or an address within this site. Browsers
/// drop tabs and line ends inside an address and read `\` as `/`, so any of them refuses it.
pub fn is_safe_link(link: &str) -> bool {
    if link.is_empty()
        || link.len() > LINK_BYTES_MAX
        || link.chars().any(|character| {
            character.is_control() || character.is_whitespace() || character == '\\'
        })
    {
        return false;
    }
    // A scheme ends at the first colon, unless a path, query or fragment began before it.
    let scheme = link
        .find([':', '/', '?', '#'])
        .filter(|end| link[*end..].starts_with(':'))
        .map(|end| link[..end].to_ascii_lowercase());
    match scheme.as_deref() {
        Some("http" | "https") => true,
        Some("mailto") => true,
        Some(_) => false,
        // `//host` leaves the site under the page's own scheme.
        None => !link.starts_with("//"),
    }
}

fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Not allowed in HTML at all, in no notation.
            '\0' => out.push('\u{FFFD}'),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bullet(indent: u8, text: &str) -> Block {
        Block::new(BlockKind::Bullet { indent }, text)
    }

    fn ordered(indent: u8, text: &str) -> Block {
        Block::new(BlockKind::Ordered { indent }, text)
    }

    fn todo(done: bool, text: &str) -> Block {
        Block::new(BlockKind::Todo { indent: 0, done }, text)
    }

    fn marked(text: &str, marks: Marks) -> Block {
        let mut block = Block::paragraph("");
        block.push(text, marks);
        block
    }

    fn link(address: &str) -> Block {
        let link = Some(address.to_owned());
        marked(
            "x",
            Marks {
                link,
                ..Marks::default()
            },
        )
    }

    #[test]
    fn blocks_become_html() {
        let unknown = BlockKind::Unknown {
            name: "<table>".into(),
        };
        let cases: Vec<(Vec<Block>, &str)> = vec![
            (vec![], ""),
            (vec![Block::paragraph("")], "<p></p>"),
            (
                vec![Block::paragraph("a<b> & \"c\" 'd'")],
                "<p>a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;</p>",
            ),
            (
                vec![Block::heading(1, "A"), Block::heading(3, "B")],
                "<h2>A</h2><h4>B</h4>",
            ),
            (
                vec![Block::new(BlockKind::Quote, "q")],
                "<blockquote><p>q</p></blockquote>",
            ),
            (
                vec![Block::new(BlockKind::Code, "a\n b")],
                "<pre><code>a\n b</code></pre>",
            ),
            (vec![Block::new(BlockKind::Divider, "")], "<hr>"),
            (vec![Block::new(BlockKind::Divider, "t")], "<hr><p>t</p>"),
            (vec![Block::new(unknown, "kept")], "<p>kept</p>"),
            (
                vec![bullet(0, "a"), bullet(0, "b"), ordered(0, "c")],
                "<ul><li>a</li><li>b</li></ul><ol><li>c</li></ol>",
            ),
            (
                vec![
                    bullet(0, "a"),
                    ordered(1, "b"),
                    bullet(2, "c"),
                    bullet(0, "d"),
                ],
                "<ul><li>a<ol><li>b<ul><li>c</li></ul></li></ol></li><li>d</li></ul>",
            ),
            (
                vec![bullet(3, "deep"), bullet(1, "less"), bullet(3, "deep")],
                "<ul><li>deep</li><li>less</li><li>deep</li></ul>",
            ),
            (
                vec![todo(true, "a"), todo(false, "b")],
                "<ul class=\"todo\">\
              <li><label data-done=\"true\"><input type=\"checkbox\" disabled checked> a</label></li>\
              <li><label data-done=\"false\"><input type=\"checkbox\" disabled> b</label></li></ul>",
            ),
            (
                vec![marked(
                    "m",
                    Marks {
                        strong: true,
                        em: true,
                        code: true,
                        strike: true,
                        link: None,
                    },
                )],
                "<p><strong><em><s><code>m</code></s></em></strong></p>",
            ),
            (
                vec![link("https://a.example/?b=1&c=\"")],
                "<p><a href=\"https://a.example/?b=1&amp;c=&quot;\" rel=\"noopener noreferrer\">x</a></p>",
            ),
            (vec![link("javascript:alert(1)")], "<p>x</p>"),
        ];
        for (blocks, expected) in cases {
            assert_eq!(html(&blocks), expected, "{blocks:?}");
        }
    }

    #[test]
    fn only_harmless_links_are_links() {
        let safe = [
            "http://a.example",
            "HTTPS://a.example/b:c",
            "mailto:cuisine@a.example",
            "/pages/12",
            "page?at=10:30",
            "#top",
        ];
        let unsafe_ = [
            "",
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "java\tscript:alert(1)",
            " javascript:alert(1)",
            "\u{1}javascript:alert(1)",
            "data:text/html,<script>",
            "vbscript:x",
            "file:///etc/passwd",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            ":x",
        ];
        for link in safe {
            assert!(is_safe_link(link), "{link:?}");
        }
        for link in unsafe_ {
            assert!(!is_safe_link(link), "{link:?}");
        }
        assert!(!is_safe_link(&"a".repeat(LINK_BYTES_MAX + 1)));
    }
}
