//! A person's new home site, named by a registrar: when her site is lost, or she moves. The newest one
//! stands over what her card says.

use serde_json::{Map, Value as Json, json};

use super::{Changer, Content, Feature, Kind, Needed, NewContent, Payload, Policy};
use crate::ids::{NodeId, PersonId};
use crate::record::{Record, Value};

static KIND: Kind = Kind {
    name: "residence",
    number: 11,
    version: 1,
    payload: Payload::Record,
    policy: Policy {
        create: Needed::Registrar,
        change: Changer::Creator,
    },
    activity: None,
    counts_as_unread: false,
    lists_versions: false,
};

/// The feature.
pub struct Residence;

/// The home of who has left for good: no site has this key.
pub const NOWHERE: NodeId = NodeId([0; 32]);

/// Who is at home where from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// The person.
    pub person: PersonId,
    /// The site that she leaves.
    pub from: NodeId,
    /// Her new home site, or [`NOWHERE`].
    pub to: NodeId,
}

impl Move {
    /// The move as a record.
    pub fn to_content(&self) -> NewContent {
        let record = Record::new()
            .with("person", Value::Bytes(self.person.0.to_vec()))
            .with("from", Value::Bytes(self.from.0.to_vec()))
            .with("to", Value::Bytes(self.to.0.to_vec()));
        NewContent::Record(record)
    }

    /// Reads a record; `None` when a field is missing or malformed.
    pub fn of(record: &Record) -> Option<Self> {
        let bytes = |field| match record.get(field) {
            Some(Value::Bytes(bytes)) => Some(bytes),
            _ => None,
        };
        Some(Self {
            person: PersonId::from_slice(bytes("person")?)?,
            from: NodeId::from_slice(bytes("from")?)?,
            to: NodeId::from_slice(bytes("to")?)?,
        })
    }
}

impl Feature for Residence {
    fn kind(&self) -> &'static Kind {
        &KIND
    }
    fn check_record(&self, record: &Record) -> Result<(), &'static str> {
        Move::of(record)
            .map(drop)
            .ok_or("a move names a person and two sites")
    }
    fn title(&self, _content: &Content) -> String {
        String::new()
    }
    fn fields(&self, content: &Content) -> Map<String, Json> {
        let Some(told) = content.record().and_then(Move::of) else {
            return Map::new();
        };
        Map::from_iter([
            ("person".to_owned(), json!(told.person)),
            ("from".to_owned(), json!(told.from)),
            ("to".to_owned(), json!(told.to)),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_move_is_read_back_from_its_record() {
        let told = Move {
            person: PersonId([1; 16]),
            from: NodeId([2; 32]),
            to: NodeId([3; 32]),
        };
        let NewContent::Record(record) = told.to_content() else {
            panic!("a record")
        };
        assert_eq!(Move::of(&record), Some(told));
        assert_eq!(Residence.check_record(&record), Ok(()));
        assert!(Residence.check_record(&Record::new()).is_err());
    }
}
