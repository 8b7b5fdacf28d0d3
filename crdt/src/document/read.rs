//! Reading a document: scalars of the root map, texts, blocks. Changes nothing.

use std::collections::BTreeMap;

use automerge::hydrate::Value as Hydrated;
use automerge::iter::Span;
use automerge::{ObjId, ObjType, ROOT, ReadDoc, ScalarValue, Value as AutomergeValue};

use super::Document;
use crate::blocks::{Block, BlockKind, Marks};
use crate::record::Value;

/// A scalar under a key of the root map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The value every site shows.
    pub value: Value,
    /// The other values, when several people set the key at once; any later value settles it.
    pub conflicts: Vec<Value>,
}

impl Document {
    /// The scalars of the root map, by key.
    pub fn scalars(&self) -> BTreeMap<String, Field> {
        self.automerge
            .keys(ROOT)
            .filter_map(|key| {
                let values = self.automerge.get_all(ROOT, key.as_str()).ok()?;
                // automerge shows the last one; earlier ones lost by order of their ids.
                let mut values: Vec<Value> = values
                    .iter()
                    .rev()
                    .filter_map(|(value, _)| scalar(value))
                    .collect();
                if values.is_empty() {
                    return None;
                }
                let value = values.remove(0);
                Some((
                    key,
                    Field {
                        value,
                        conflicts: values,
                    },
                ))
            })
            .collect()
    }

    /// One scalar of the root map.
    pub fn scalar(&self, key: &str) -> Option<Value> {
        let (value, _) = self.automerge.get(ROOT, key).ok()??;
        scalar(&value)
    }

    /// The characters of a text container, block markers left out; empty when there is none.
    pub fn text(&self, name: &str) -> String {
        let Some(text) = self.container(name, ObjType::Text) else {
            return String::new();
        };
        let spans = self.automerge.spans(&text).into_iter().flatten();
        spans
            .filter_map(|span| match span {
                Span::Text { text, .. } => Some(text),
                Span::Block(_) => None,
            })
            .collect()
    }

    /// The blocks of a text container; empty when there is none.
    pub fn blocks(&self, name: &str) -> Vec<Block> {
        let Some(text) = self.container(name, ObjType::Text) else {
            return Vec::new();
        };
        let mut blocks = Vec::new();
        let mut current = Block::paragraph("");
        let mut has_marker = false;
        for span in self.automerge.spans(&text).into_iter().flatten() {
            match span {
                Span::Text { text, marks } => {
                    let marks = marks.map_or_else(Marks::default, |set| marks_of(set.iter()));
                    current.push(&text, marks);
                }
                Span::Block(marker) => {
                    let next = Block::new(kind_of(&marker), "");
                    let block = std::mem::replace(&mut current, next);
                    // The paragraph before the first marker counts only with text in it.
                    if has_marker || !block.runs.is_empty() {
                        blocks.push(block);
                    }
                    has_marker = true;
                }
            }
        }
        blocks.push(current);
        blocks
    }

    /// The object of a container of the root map.
    pub(super) fn container(&self, name: &str, kind: ObjType) -> Option<ObjId> {
        match self.automerge.get(ROOT, name).ok()?? {
            (AutomergeValue::Object(found), id) if found == kind => Some(id),
            _ => None,
        }
    }
}

/// The whole number a value stands for. Browsers know one kind of number, and their automerge
/// writes some whole ones, 0 among them, as floats; those that every site prints alike count.
pub(crate) fn whole_number(value: &ScalarValue) -> Option<i64> {
    // Whole numbers beyond this are not exact in a float.
    const EXACT: f64 = (1_u64 << f64::MANTISSA_DIGITS) as f64;
    match value {
        ScalarValue::Int(number) => Some(*number),
        ScalarValue::F64(float) if float.fract() == 0.0 && float.abs() <= EXACT => {
            Some(*float as i64)
        }
        _ => None,
    }
}

fn scalar(value: &AutomergeValue<'_>) -> Option<Value> {
    match value.as_scalar()? {
        ScalarValue::Str(text) => Some(Value::Text(text.to_string())),
        number @ (ScalarValue::Int(_) | ScalarValue::F64(_)) => {
            whole_number(number).map(Value::Number)
        }
        ScalarValue::Boolean(flag) => Some(Value::Flag(*flag)),
        ScalarValue::Bytes(bytes) => Some(Value::Bytes(bytes.clone())),
        // Null is how a value is taken away; the others do not pass the gate.
        _ => None,
    }
}

fn marks_of<'a>(set: impl Iterator<Item = (&'a str, &'a ScalarValue)>) -> Marks {
    let mut marks = Marks::default();
    for (name, value) in set {
        let on = value.as_bool().unwrap_or(false);
        match name {
            "strong" => marks.strong = on,
            "em" => marks.em = on,
            "code" => marks.code = on,
            "strike" => marks.strike = on,
            "link" => marks.link = value.as_str().map(str::to_owned),
            // A mark of a later version: the text is shown without it.
            _ => {}
        }
    }
    marks
}

fn kind_of(marker: &automerge::hydrate::Map) -> BlockKind {
    let number = |key: &str| match marker.get(key) {
        Some(Hydrated::Scalar(value)) => whole_number(value),
        _ => None,
    };
    let name = match marker.get("type") {
        Some(Hydrated::Scalar(ScalarValue::Str(name))) => name.as_str(),
        // A marker whose type is still on its way, or lost to a careless client.
        _ => "paragraph",
    };
    let done = match marker.get("done") {
        Some(Hydrated::Scalar(ScalarValue::Boolean(done))) => Some(*done),
        _ => None,
    };
    BlockKind::from_marker(name, number("level"), number("indent"), done)
}
