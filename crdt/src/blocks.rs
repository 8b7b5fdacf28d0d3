//! The flat rich-text model: what a `body` says, as a list of blocks.
//!
//! It is the contract with the web editor. A text object holds block markers; each marker is a
//! map of scalars only: `type`, and what that type needs (`level`, `indent`, `done`). Text before
//! the first marker is a paragraph without a marker; it exists when it is not empty, or when the
//! text has no marker at all. Nothing here reads automerge (see [`crate::document`]) or writes
//! HTML (see [`crate::html`]).

use serde::{Deserialize, Serialize};

/// Deepest indent of a list entry: seven levels fit a phone held upright.
pub const INDENT_MAX: u8 = 6;
/// Deepest heading: three below the title are as much as readers can tell apart.
pub const HEADING_LEVEL_MAX: u8 = 3;

/// The name of the text object that holds the title of a page or post.
pub const TITLE: &str = "title";
/// The name of the text object that holds its blocks.
pub const BODY: &str = "body";

/// One block: a paragraph, a heading, an entry of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// What the block is.
    #[serde(flatten)]
    pub kind: BlockKind,
    /// Its text, cut where the marks change.
    pub runs: Vec<Run>,
}

/// What a block is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum BlockKind {
    /// Plain text.
    Paragraph,
    /// A heading below the title.
    Heading {
        /// 1 to [`HEADING_LEVEL_MAX`].
        level: u8,
    },
    /// An entry of a list with bullets.
    Bullet {
        /// 0 to [`INDENT_MAX`].
        indent: u8,
    },
    /// An entry of a numbered list.
    Ordered {
        /// 0 to [`INDENT_MAX`].
        indent: u8,
    },
    /// Something to do.
    Todo {
        /// 0 to [`INDENT_MAX`].
        indent: u8,
        /// Ticked.
        done: bool,
    },
    /// Someone else's words.
    Quote,
    /// Text in which every space counts.
    Code,
    /// A line across the page; its text is shown below it, should it have any.
    Divider,
    /// A kind of a later version: its text is shown as a paragraph, its marker is left alone.
    Unknown {
        /// The name it carries.
        name: String,
    },
}

/// A stretch of text with the same marks.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Run {
    /// The text.
    pub text: String,
    /// How it is shown.
    #[serde(default, skip_serializing_if = "Marks::is_plain")]
    pub marks: Marks,
}

/// How a stretch of text is shown.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Marks {
    /// Important.
    #[serde(skip_serializing_if = "is_false")]
    pub strong: bool,
    /// Stressed.
    #[serde(skip_serializing_if = "is_false")]
    pub em: bool,
    /// A few words of code.
    #[serde(skip_serializing_if = "is_false")]
    pub code: bool,
    /// No longer valid.
    #[serde(skip_serializing_if = "is_false")]
    pub strike: bool,
    /// Where a click leads, exactly as written; [`crate::html`] judges it when showing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl Marks {
    /// No mark at all.
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

impl Run {
    /// Text without marks.
    pub fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            marks: Marks::default(),
        }
    }
}

impl Block {
    /// A block of plain text.
    pub fn new(kind: BlockKind, text: impl Into<String>) -> Self {
        let text = text.into();
        let runs = if text.is_empty() {
            Vec::new()
        } else {
            vec![Run::plain(text)]
        };
        Self { kind, runs }
    }

    /// A paragraph of plain text.
    pub fn paragraph(text: impl Into<String>) -> Self {
        Self::new(BlockKind::Paragraph, text)
    }

    /// A heading.
    pub fn heading(level: u8, text: impl Into<String>) -> Self {
        let level = level.clamp(1, HEADING_LEVEL_MAX);
        Self::new(BlockKind::Heading { level }, text)
    }

    /// The text without marks.
    pub fn text(&self) -> String {
        self.runs.iter().map(|run| run.text.as_str()).collect()
    }

    /// Adds text at the end, joined to the last run where the marks are equal.
    pub fn push(&mut self, text: &str, marks: Marks) {
        if text.is_empty() {
            return;
        }
        match self.runs.last_mut() {
            Some(last) if last.marks == marks => last.text.push_str(text),
            _ => self.runs.push(Run {
                text: text.to_owned(),
                marks,
            }),
        }
    }
}

impl BlockKind {
    /// The value of `type` in the marker.
    pub fn name(&self) -> &str {
        match self {
            Self::Paragraph => "paragraph",
            Self::Heading { .. } => "heading",
            Self::Bullet { .. } => "bullet",
            Self::Ordered { .. } => "ordered",
            Self::Todo { .. } => "todo",
            Self::Quote => "quote",
            Self::Code => "code",
            Self::Divider => "divider",
            Self::Unknown { name } => name,
        }
    }

    /// The kind a marker stands for; numbers out of range are drawn to the nearest allowed one,
    /// so that a marker of a careless client still shows.
    pub fn from_marker(
        name: &str,
        level: Option<i64>,
        indent: Option<i64>,
        done: Option<bool>,
    ) -> Self {
        // Both clamps end within u8: the bounds are.
        let indent = indent.unwrap_or(0).clamp(0, INDENT_MAX.into()) as u8;
        match name {
            "paragraph" => Self::Paragraph,
            "heading" => Self::Heading {
                level: level.unwrap_or(1).clamp(1, HEADING_LEVEL_MAX.into()) as u8,
            },
            "bullet" => Self::Bullet { indent },
            "ordered" => Self::Ordered { indent },
            "todo" => Self::Todo {
                indent,
                done: done.unwrap_or(false),
            },
            "quote" => Self::Quote,
            "code" => Self::Code,
            "divider" => Self::Divider,
            other => Self::Unknown {
                name: other.to_owned(),
            },
        }
    }

    /// The indent of a list entry.
    pub fn indent(&self) -> Option<u8> {
        match self {
            Self::Bullet { indent } | Self::Ordered { indent } | Self::Todo { indent, .. } => {
                Some(*indent)
            }
            _ => None,
        }
    }
}

/// All text of the blocks, one line each: for search, previews and notices.
pub fn plain_text(blocks: &[Block]) -> String {
    let mut text = String::new();
    for block in blocks {
        if !text.is_empty() {
            text.push('\n');
        }
        block.runs.iter().for_each(|run| text.push_str(&run.text));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_out_of_range_are_drawn_to_the_nearest_allowed_number() {
        let heading = |level| BlockKind::from_marker("heading", Some(level), None, None);
        assert_eq!(heading(i64::MIN), BlockKind::Heading { level: 1 });
        assert_eq!(heading(9), BlockKind::Heading { level: 3 });
        assert_eq!(
            BlockKind::from_marker("todo", None, Some(99), None),
            BlockKind::Todo {
                indent: 6,
                done: false
            }
        );
    }

    #[test]
    fn every_kind_is_read_back_from_its_marker() {
        let kinds = [
            BlockKind::Paragraph,
            BlockKind::Heading { level: 2 },
            BlockKind::Bullet { indent: 1 },
            BlockKind::Ordered { indent: 0 },
            BlockKind::Todo {
                indent: 6,
                done: true,
            },
            BlockKind::Quote,
            BlockKind::Code,
            BlockKind::Divider,
            BlockKind::Unknown {
                name: "table".into(),
            },
        ];
        for kind in kinds {
            let level = match kind {
                BlockKind::Heading { level } => Some(level.into()),
                _ => None,
            };
            let done = match kind {
                BlockKind::Todo { done, .. } => Some(done),
                _ => None,
            };
            let indent = kind.indent().map(i64::from);
            assert_eq!(
                BlockKind::from_marker(kind.name(), level, indent, done),
                kind
            );
        }
    }

    #[test]
    fn runs_with_equal_marks_are_joined() {
        let mut block = Block::paragraph("Lait");
        block.push(" cru", Marks::default());
        block.push("", Marks::default());
        assert_eq!(block.runs, [Run::plain("Lait cru")]);
    }

    #[test]
    fn the_json_shape_is_the_one_the_web_page_reads() {
        let mut block = Block::heading(2, "Lundi ");
        block.push(
            "ici",
            Marks {
                link: Some("/p/1".into()),
                ..Marks::default()
            },
        );
        assert_eq!(
            serde_json::to_value(&block).expect("blocks always encode"),
            serde_json::json!({"type": "heading", "level": 2, "runs": [
                {"text": "Lundi "}, {"text": "ici", "marks": {"link": "/p/1"}}]})
        );
    }
}
