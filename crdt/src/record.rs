//! The payload `record`: canonical fields of one message, comment or mark.
//!
//! A record is replaced as a whole by a newer one. It knows nothing of kinds: which fields a
//! message has is the business of its feature.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ids::EntryId;

/// Most fields a record may have; a form of a hundred fields is a document, not a record.
pub const RECORD_FIELDS_MAX: usize = 64;
/// Longest field name, in bytes.
pub const FIELD_NAME_BYTES_MAX: usize = 64;

/// The field in which a newer record names those that its author saw and replaced. Records that do
/// not name each other are concurrent.
pub const REPLACES: &str = "replaces";
/// Most records that one may name there: versions of one person at as many sites at once.
pub const REPLACES_MAX: usize = 32;

/// One value of a record. No floats: replicas must print the same digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Value {
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// Unicode text, kept exactly.
    Text(String),
    /// Raw bytes: an id, a cursor.
    Bytes(Vec<u8>),
    /// A list of texts, in the author's order.
    Texts(Vec<String>),
}

/// The fields of a record, ordered by name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Record {
    fields: Fields,
}

/// Sorted by name, each name once. A list and no map: a site holds hundreds of thousands of
/// records with one to four fields, and a map's first node alone is ten times as large.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Fields(Vec<(Box<str>, Value)>);

impl Fields {
    fn find(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| (**known).cmp(name))
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.find(name).ok().map(|at| &self.0[at].1)
    }

    fn set(&mut self, name: &str, value: Value) {
        match self.find(name) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => {
                // Mostly one field, and never a second one later: no room to spare.
                self.0.reserve_exact(1);
                self.0.insert(at, (name.into(), value));
            }
        }
    }

    fn is_sorted(&self) -> bool {
        self.0.is_sorted_by(|one, other| one.0 < other.0)
    }
}

/// As a map: that is what the bytes in entries and rows are.
impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Fields;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("fields by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let most = map.size_hint().unwrap_or(0).min(RECORD_FIELDS_MAX);
                let mut fields = Vec::with_capacity(most);
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

/// Why bytes are not a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidRecord {
    /// The bytes do not decode.
    Malformed,
    /// They decode, but another encoding of the same fields is the canonical one.
    NotCanonical,
    /// More than [`RECORD_FIELDS_MAX`] fields, or a name over [`FIELD_NAME_BYTES_MAX`] bytes.
    TooLarge,
}

impl fmt::Display for InvalidRecord {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Malformed => "the record does not decode",
            Self::NotCanonical => "the record is not in its canonical encoding",
            Self::TooLarge => "the record has too many fields or too long a field name",
        })
    }
}

impl std::error::Error for InvalidRecord {}

impl Record {
    /// A record without fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// The record with `name` set.
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.fields.set(name, value);
        self
    }

    /// The record with `name` set to a text.
    pub fn with_text(self, name: &str, text: impl Into<String>) -> Self {
        self.with(name, Value::Text(text.into()))
    }

    /// The record as one that replaces these; the lowest are left out beyond [`REPLACES_MAX`].
    pub fn replacing(self, mut entries: Vec<EntryId>) -> Self {
        entries.sort();
        entries.dedup();
        let over = entries.len().saturating_sub(REPLACES_MAX);
        let bytes = entries[over..].iter().flat_map(|entry| entry.0).collect();
        self.with(REPLACES, Value::Bytes(bytes))
    }

    /// The entries that it replaces. `None` when it does not say, and replaces all below it; an
    /// error when what it says is not a list of entries.
    pub fn replaces(&self) -> Result<Option<Vec<EntryId>>, &'static str> {
        let bytes = match self.fields.get(REPLACES) {
            None => return Ok(None),
            Some(Value::Bytes(bytes)) => bytes,
            Some(_) => return Err("a record names what it replaces in bytes"),
        };
        let (entries, rest) = bytes.as_chunks::<32>();
        if !rest.is_empty() || entries.len() > REPLACES_MAX {
            return Err("a record replaces whole entries, not too many");
        }
        Ok(Some(entries.iter().map(|id| EntryId(*id)).collect()))
    }

    /// The value of a field.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.get(name)
    }

    /// A text field; empty when missing or of another type.
    pub fn text(&self, name: &str) -> &str {
        match self.fields.get(name) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// A number field; `None` when missing or of another type.
    pub fn number(&self, name: &str) -> Option<i64> {
        match self.fields.get(name) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// A flag field; false when missing or of another type.
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.fields.get(name), Some(Value::Flag(true)))
    }

    /// The fields in order of their names.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.fields.0.iter().map(|(name, value)| (&**name, value))
    }

    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        postcard::to_stdvec(&self.fields).expect("maps of plain values always encode")
    }

    /// Reads canonical bytes; anything else is refused, so that equal records have equal bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, InvalidRecord> {
        let (fields, rest): (Fields, _) =
            postcard::take_from_bytes(bytes).map_err(|_| InvalidRecord::Malformed)?;
        if !rest.is_empty() {
            return Err(InvalidRecord::Malformed);
        }
        let too_long = |(name, _): &(Box<str>, Value)| name.len() > FIELD_NAME_BYTES_MAX;
        if fields.0.len() > RECORD_FIELDS_MAX || fields.0.iter().any(too_long) {
            return Err(InvalidRecord::TooLarge);
        }
        let record = Self { fields };
        if !record.fields.is_sorted() || record.encode() != bytes {
            return Err(InvalidRecord::NotCanonical);
        }
        Ok(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Record {
        Record::new()
            .with_text("text", "Élagueuse sur place 🇫🇷")
            .with("done", Value::Flag(true))
            .with("at", Value::Number(-3))
    }

    #[test]
    fn a_record_names_what_it_replaces() {
        assert_eq!(sample().replaces(), Ok(None));
        let (one, other) = (EntryId([1; 32]), EntryId([2; 32]));
        let record = sample().replacing(vec![other, one, other]);
        assert_eq!(record.replaces(), Ok(Some(vec![one, other])));
        assert_eq!(sample().replacing(Vec::new()).replaces(), Ok(Some(vec![])));
        let many = (0..=REPLACES_MAX as u8).map(|n| EntryId([n; 32])).collect();
        let kept = sample().replacing(many).replaces().expect("whole entries");
        assert_eq!(kept.map(|kept| kept.len()), Some(REPLACES_MAX));
        for wrong in [
            Value::Bytes(vec![0; 33]),
            Value::Bytes(vec![0; 32 * (REPLACES_MAX + 1)]),
            Value::Text(String::new()),
        ] {
            assert!(sample().with(REPLACES, wrong).replaces().is_err());
        }
    }

    #[test]
    fn canonical_bytes_are_read_back() {
        let record = sample();
        assert_eq!(Record::decode(&record.encode()), Ok(record));
    }

    #[test]
    fn every_cut_or_longer_copy_is_refused() {
        let bytes = sample().encode();
        for end in 0..bytes.len() {
            assert!(Record::decode(&bytes[..end]).is_err(), "cut at {end}");
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert_eq!(Record::decode(&longer), Err(InvalidRecord::Malformed));
    }

    #[test]
    fn a_second_encoding_of_the_same_fields_is_refused() {
        // Two fields in the wrong order, and a length written with one byte too many.
        let swapped = [2, 1, b'b', 0, 1, 1, b'a', 0, 0];
        assert_eq!(Record::decode(&swapped), Err(InvalidRecord::NotCanonical));
        let doubled = [2, 1, b'a', 0, 1, 1, b'a', 0, 0];
        assert_eq!(Record::decode(&doubled), Err(InvalidRecord::NotCanonical));
        assert_eq!(
            Record::decode(&[0x80, 0x00]),
            Err(InvalidRecord::NotCanonical)
        );
    }

    #[test]
    fn a_field_set_again_is_replaced_and_names_stay_in_order() {
        let record = sample().with("done", Value::Flag(false));
        let names: Vec<&str> = record.fields().map(|(name, _)| name).collect();
        assert_eq!(names, ["at", "done", "text"]);
        assert_eq!(record.get("done"), Some(&Value::Flag(false)));
        assert_eq!(record.get("dona"), None);
    }

    #[test]
    fn too_many_fields_are_refused() {
        let many = (0..=RECORD_FIELDS_MAX).fold(Record::new(), |record, n| {
            record.with(&n.to_string(), Value::Flag(false))
        });
        assert_eq!(Record::decode(&many.encode()), Err(InvalidRecord::TooLarge));
    }
}
