//! Notes of copies: what an item was copied from, and as of when. One under each copied item, written by
//! the manager who copied; the newest stands. A partner receives it with the copy: the space it came from
//! is told as a digest, which only sites that know that space recognise.

use serde_json::{Map, Value as Json};

use super::{Changer, Content, Feature, Kind, Needed, NewContent, Payload, Policy};
use crate::ids::{ChangeHash, ItemId, SpaceId, derive};
use crate::record::{Record, Value};

static KIND: Kind = Kind {
    name: "copy",
    number: 15,
    version: 1,
    payload: Payload::Record,
    policy: Policy {
        // Nobody else says that an item of a space is to follow an item of another: a guest who
        // could would be brought what he names.
        create: Needed::Manager,
        change: Changer::Manager,
    },
    activity: None,
    counts_as_unread: false,
    lists_versions: false,
};

/// The feature.
pub struct Copy;

/// What a copy remembers. By whom and when stands in its entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The space it comes from, as [`origin`] says it.
    pub origin: [u8; 32],
    /// The item there.
    pub item: ItemId,
    /// The last change that copying made in the copy: right after it, the copy said what the
    /// original said.
    pub change: ChangeHash,
    /// Changes that copying made so far: the copy has others when it was written in as well.
    pub times: u32,
    /// How much of the original was read: the same number again, nothing came since.
    pub entries: u32,
}

/// How copies in the space `to` name the space they come from. The id of a space is told to nobody
/// but its hosts, and the copies may go to a partner.
pub fn origin(from: &SpaceId, to: &SpaceId) -> [u8; 32] {
    derive("bocage 1 origin of a copy", &[&from.0, &to.0])
}

impl Copied {
    /// The note as a record.
    pub fn to_content(&self) -> NewContent {
        let record = Record::new()
            .with("origin", Value::Bytes(self.origin.to_vec()))
            .with("item", Value::Bytes(self.item.0.to_vec()))
            .with("change", Value::Bytes(self.change.0.to_vec()))
            .with("times", Value::Number(i64::from(self.times)))
            .with("entries", Value::Number(i64::from(self.entries)));
        NewContent::Record(record)
    }

    /// Reads a record; `None` when a field is missing or malformed.
    pub fn of(record: &Record) -> Option<Self> {
        let bytes = |field| match record.get(field) {
            Some(Value::Bytes(bytes)) => Some(bytes),
            _ => None,
        };
        let number = |field| match record.get(field) {
            Some(Value::Number(number)) => u32::try_from(*number).ok(),
            _ => None,
        };
        Some(Self {
            origin: <[u8; 32]>::try_from(&bytes("origin")?[..]).ok()?,
            item: ItemId::from_slice(bytes("item")?)?,
            change: ChangeHash::from_slice(bytes("change")?)?,
            times: number("times")?,
            entries: number("entries")?,
        })
    }
}

impl Feature for Copy {
    fn kind(&self) -> &'static Kind {
        &KIND
    }
    fn check_record(&self, record: &Record) -> Result<(), &'static str> {
        Copied::of(record)
            .map(drop)
            .ok_or("a copy names an item of a space and the change that copied it")
    }
    fn title(&self, _content: &Content) -> String {
        String::new()
    }
    /// Nothing: where a copy comes from is told to those who may read it there.
    fn fields(&self, _content: &Content) -> Map<String, Json> {
        Map::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_back_and_a_broken_one_refused() {
        let note = Copied {
            origin: origin(&SpaceId([1; 32]), &SpaceId([6; 32])),
            item: ItemId([2; 16]),
            change: ChangeHash([3; 32]),
            times: 4,
            entries: 5,
        };
        let NewContent::Record(record) = note.to_content() else {
            panic!("a record")
        };
        assert_eq!(Copied::of(&record), Some(note));
        assert_eq!(Copy.check_record(&record), Ok(()));
        for field in ["times", "entries"] {
            let bad = record.clone().with(field, Value::Number(-1));
            assert!(Copy.check_record(&bad).is_err(), "{field}");
        }
        let short = record.with("change", Value::Bytes(vec![3; 31]));
        assert!(Copy.check_record(&short).is_err());
        assert!(Copy.check_record(&Record::new()).is_err());
    }
}
