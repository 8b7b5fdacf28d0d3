//! Writing by the site itself: what a command makes of a document. People's typing never comes
//! this way; it arrives as changes made in their browsers.

use std::fmt;

use automerge::marks::{ExpandMark, Mark};
use automerge::transaction::{Transactable, Transaction};
use automerge::{ObjId, ObjType, ROOT, ReadDoc, ScalarValue, Value as AutomergeValue};

use super::genesis::options;
use super::{Document, hash};
use crate::blocks::{Block, BlockKind, Run};
use crate::gate::limits::KEY_BYTES_MAX;
use crate::gate::{self, ActorExpectation, Refusal, Verdict};
use crate::ids::ActorId;
use crate::record::Value;

/// A value that a key of the root map may have. Lists of texts are keys of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scalar {
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// Text that is replaced as a whole.
    Text(String),
    /// Raw bytes.
    Bytes(Vec<u8>),
}

impl From<bool> for Scalar {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<i64> for Scalar {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Scalar {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Scalar {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<u8>> for Scalar {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<Scalar> for Value {
    fn from(scalar: Scalar) -> Self {
        match scalar {
            Scalar::Flag(flag) => Self::Flag(flag),
            Scalar::Number(number) => Self::Number(number),
            Scalar::Text(text) => Self::Text(text),
            Scalar::Bytes(bytes) => Self::Bytes(bytes),
        }
    }
}

impl From<Scalar> for ScalarValue {
    fn from(scalar: Scalar) -> Self {
        match scalar {
            Scalar::Flag(flag) => Self::Boolean(flag),
            Scalar::Number(number) => Self::Int(number),
            Scalar::Text(text) => Self::Str(text.into()),
            Scalar::Bytes(bytes) => Self::Bytes(bytes),
        }
    }
}

/// Why an edit was not made; the document is as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvalidEdit {
    /// The item has no text container of this name.
    NoText(String),
    /// The key is empty, too long, or the name of a container.
    Key(String),
    /// The change would be refused everywhere, mostly for its size.
    Refused(Refusal),
    /// automerge would not do it.
    Failed(String),
}

impl fmt::Display for InvalidEdit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoText(name) => write!(out, "the item has no text named {name:?}"),
            Self::Key(key) => write!(out, "{key:?} cannot be the key of a value"),
            Self::Refused(refusal) => refusal.fmt(out),
            Self::Failed(reason) => write!(out, "the edit failed: {reason}"),
        }
    }
}

impl std::error::Error for InvalidEdit {}

impl From<automerge::AutomergeError> for InvalidEdit {
    fn from(error: automerge::AutomergeError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// The document while the site edits it.
pub struct Edit<'a, 'b> {
    pub(super) transaction: &'a mut Transaction<'b>,
}

impl fmt::Debug for Edit<'_, '_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Edit")
            .field("operations", &self.transaction.pending_ops())
            .finish()
    }
}

impl Document {
    /// Makes one change and applies it here; its bytes are what every other site applies. `None`
    /// when nothing changed. The change passes the gate first: a site never writes what another
    /// would refuse.
    pub fn edit(
        &mut self,
        actor: ActorId,
        write: impl FnOnce(&mut Edit<'_, '_>) -> Result<(), InvalidEdit>,
    ) -> Result<Option<Vec<u8>>, InvalidEdit> {
        self.broken = self.settle();
        // On a copy: automerge can roll back a transaction, not a change found wanting.
        let mut copy = self.automerge.clone();
        copy.set_actor(automerge::ActorId::from(actor.0));
        let mut transaction = copy.transaction();
        write(&mut Edit {
            transaction: &mut transaction,
        })?;
        let Some(made) = transaction.commit_with(options()).0 else {
            return Ok(None);
        };
        let change = copy
            .get_change_by_hash(&made)
            .ok_or_else(|| InvalidEdit::Failed("the change is gone".to_owned()))?;
        match gate::check(change.raw_bytes(), &ActorExpectation { actor }, self) {
            Verdict::Accepted(checked) => {
                let bytes = checked.bytes().to_vec();
                let applied = self.apply(vec![checked]);
                if applied.applied == [hash(&made)] {
                    Ok(Some(bytes))
                } else {
                    Err(InvalidEdit::Failed("the change did not apply".to_owned()))
                }
            }
            Verdict::Refused(refusal) => Err(InvalidEdit::Refused(refusal)),
            Verdict::Pending(_) => Err(InvalidEdit::Refused(Refusal::Parents)),
        }
    }
}

#[cfg(test)]
impl<'b> Edit<'_, 'b> {
    /// What a browser does directly.
    pub(crate) fn transaction(&mut self) -> &mut Transaction<'b> {
        self.transaction
    }
}

impl Edit<'_, '_> {
    /// Sets a scalar of the root map; nothing happens when it has that value already.
    pub fn set(&mut self, key: &str, value: impl Into<Scalar>) -> Result<(), InvalidEdit> {
        self.key(key)?;
        let value = ScalarValue::from(value.into());
        let values = self.transaction.get_all(ROOT, key)?;
        // A conflict is settled even by the value that is shown.
        if let [(AutomergeValue::Scalar(found), _)] = values.as_slice()
            && **found == value
        {
            return Ok(());
        }
        Ok(self.transaction.put(ROOT, key, value)?)
    }

    /// Takes a scalar of the root map away.
    pub fn remove(&mut self, key: &str) -> Result<(), InvalidEdit> {
        self.key(key)?;
        if self.transaction.get(ROOT, key)?.is_some() {
            self.transaction.delete(ROOT, key)?;
        }
        Ok(())
    }

    /// Makes a text read `text`, touching only the characters between what both begin and end
    /// with, so that what others write meanwhile stays. Meant for titles: block markers within
    /// the part that differs go too.
    pub fn set_text(&mut self, name: &str, text: &str) -> Result<(), InvalidEdit> {
        let object = self.text(name)?;
        let old: Vec<char> = self.transaction.text(&object)?.chars().collect();
        let new: Vec<char> = text.chars().collect();
        let before = old
            .iter()
            .zip(&new)
            .take_while(|(old, new)| old == new)
            .count();
        let rest = old.len().min(new.len()) - before;
        let after = old
            .iter()
            .rev()
            .zip(new.iter().rev())
            .take(rest)
            .take_while(|(old, new)| old == new)
            .count();
        let removed = &old[before..old.len() - after];
        let added: String = new[before..new.len() - after].iter().collect();
        if removed.is_empty() && added.is_empty() {
            return Ok(());
        }
        let (index, length) = (units(&old[..before]), units(removed));
        Ok(self
            .transaction
            .splice_text(&object, index, length as isize, &added)?)
    }

    /// Adds paragraphs at the end of a text.
    pub fn append_paragraphs(
        &mut self,
        name: &str,
        paragraphs: &[&str],
    ) -> Result<(), InvalidEdit> {
        let blocks: Vec<Block> = paragraphs
            .iter()
            .map(|text| Block::paragraph(*text))
            .collect();
        self.append_blocks(name, &blocks)
    }

    /// Replaces all of a text by these blocks: for templates and pages made by a program. What
    /// others write at the same time stays, beside the new blocks.
    pub fn set_blocks(&mut self, name: &str, blocks: &[Block]) -> Result<(), InvalidEdit> {
        let object = self.text(name)?;
        let length = self.transaction.length(&object);
        if length > 0 {
            self.transaction
                .splice_text(&object, 0, length as isize, "")?;
        }
        self.append_blocks(name, blocks)
    }

    /// Adds blocks at the end of a text.
    pub fn append_blocks(&mut self, name: &str, blocks: &[Block]) -> Result<(), InvalidEdit> {
        let object = self.text(name)?;
        let mut end = self.transaction.length(&object);
        let mut marked = Vec::new();
        for block in blocks {
            self.put_block(&object, &mut end, block, &mut marked)?;
        }
        // Marks last: one that may grow would take in the text put behind it.
        for (begin, end, run) in marked {
            self.mark(&object, begin, end, run)?;
        }
        Ok(())
    }

    /// Puts a block at `at` and moves `at` behind it; its marks are left for the caller to set.
    pub(super) fn put_block<'t>(
        &mut self,
        object: &ObjId,
        at: &mut usize,
        block: &'t Block,
        marked: &mut Vec<(usize, usize, &'t Run)>,
    ) -> Result<(), InvalidEdit> {
        let marker = self.transaction.split_block(object, *at)?;
        *at += 1;
        self.marker(&marker, &block.kind)?;
        for run in &block.runs {
            self.transaction.splice_text(object, *at, 0, &run.text)?;
            let begin = *at;
            *at += run.text.encode_utf16().count();
            if !run.marks.is_plain() {
                marked.push((begin, *at, run));
            }
        }
        Ok(())
    }

    fn marker(&mut self, marker: &ObjId, kind: &BlockKind) -> Result<(), InvalidEdit> {
        self.transaction.put(marker, "type", kind.name())?;
        if let BlockKind::Heading { level } = kind {
            self.transaction.put(marker, "level", i64::from(*level))?;
        }
        if let Some(indent) = kind.indent() {
            self.transaction.put(marker, "indent", i64::from(indent))?;
        }
        if let BlockKind::Todo { done, .. } = kind {
            self.transaction.put(marker, "done", *done)?;
        }
        Ok(())
    }

    pub(super) fn mark(
        &mut self,
        object: &ObjId,
        begin: usize,
        end: usize,
        run: &Run,
    ) -> Result<(), InvalidEdit> {
        let marks = &run.marks;
        let flags = [marks.strong, marks.em, marks.strike, marks.code];
        for ((name, expand), _) in MARKS.into_iter().zip(flags).filter(|(_, on)| *on) {
            let mark = Mark::new(name.to_owned(), true, begin, end);
            self.transaction.mark(object, mark, expand)?;
        }
        if let Some(link) = &marks.link {
            let mark = Mark::new("link".to_owned(), link.as_str(), begin, end);
            self.transaction.mark(object, mark, ExpandMark::None)?;
        }
        Ok(())
    }

    pub(super) fn text(&self, name: &str) -> Result<ObjId, InvalidEdit> {
        match self.transaction.get(ROOT, name)? {
            Some((AutomergeValue::Object(ObjType::Text), id)) => Ok(id),
            _ => Err(InvalidEdit::NoText(name.to_owned())),
        }
    }

    fn key(&self, key: &str) -> Result<(), InvalidEdit> {
        let taken = matches!(
            self.transaction.get(ROOT, key),
            Ok(Some((AutomergeValue::Object(_), _)))
        );
        if taken || key.is_empty() || key.len() > KEY_BYTES_MAX {
            return Err(InvalidEdit::Key(key.to_owned()));
        }
        Ok(())
    }
}

/// Marks that are on or off. As in the editor: typing on after important words is important, after
/// words of code or a link it is not.
const MARKS: [(&str, ExpandMark); 4] = [
    ("strong", ExpandMark::After),
    ("em", ExpandMark::After),
    ("strike", ExpandMark::After),
    ("code", ExpandMark::None),
];

pub(super) fn units(characters: &[char]) -> usize {
    characters
        .iter()
        .map(|character| character.len_utf16())
        .sum()
}
