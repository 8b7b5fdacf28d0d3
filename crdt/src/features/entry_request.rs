//! Somebody asks to be let into a space. She is no member yet, so her site says it for her; a
//! manager answers by making her a member, or by declining here.

use serde_json::{Map, Value as Json, json};

use super::commands::REASON_TEXT_BYTES_MAX;
use super::{
    Changer, Content, Feature, Invalid, Kind, Needed, NewContent, Payload, Policy, recorded,
    text_field,
};
use crate::ids::PersonId;
use crate::record::{Record, Value};

static KIND: Kind = Kind {
    name: "entryRequest",
    number: 13,
    version: 1,
    payload: Payload::Record,
    policy: Policy {
        create: Needed::Site,
        change: Changer::Manager,
    },
    activity: None,
    counts_as_unread: false,
    lists_versions: false,
};

/// The feature.
pub struct EntryRequest;

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub person: PersonId,
    /// Why, in her words.
    pub reason: String,
    /// A manager said no.
    pub declined: bool,
}

impl Request {
    /// The request as a record, or the fault in its reason.
    pub fn to_content(&self) -> Result<NewContent, Invalid> {
        let reason = text_field("reason", &self.reason, REASON_TEXT_BYTES_MAX)?;
        let record = Record::new()
            .with("person", Value::Bytes(self.person.0.to_vec()))
            .with_text("reason", reason);
        Ok(NewContent::Record(match self.declined {
            true => record.with("declined", Value::Flag(true)),
            false => record,
        }))
    }

    /// Reads a record; `None` when it is not a request.
    pub fn of(record: &Record) -> Option<Self> {
        let Some(Value::Bytes(person)) = record.get("person") else {
            return None;
        };
        let reason = record.text("reason");
        Some(Self {
            person: PersonId::from_slice(person)?,
            reason: text_field("reason", reason, REASON_TEXT_BYTES_MAX).ok()?,
            declined: record.flag("declined"),
        })
    }
}

impl Feature for EntryRequest {
    fn kind(&self) -> &'static Kind {
        &KIND
    }
    fn check_record(&self, record: &Record) -> Result<(), &'static str> {
        Request::of(record)
            .map(drop)
            .ok_or("a request names a person and says why")
    }
    fn title(&self, content: &Content) -> String {
        recorded(content, "reason").to_owned()
    }
    fn fields(&self, content: &Content) -> Map<String, Json> {
        let declined = content
            .record()
            .is_some_and(|record| record.flag("declined"));
        Map::from_iter([
            ("reason".to_owned(), json!(recorded(content, "reason"))),
            ("declined".to_owned(), json!(declined)),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_back_and_anything_else_is_not_one() {
        let request = Request {
            person: PersonId([3; 16]),
            reason: "Je remplace Yann en mars.".into(),
            declined: true,
        };
        let Ok(NewContent::Record(record)) = request.to_content() else {
            panic!("a record");
        };
        assert_eq!(Request::of(&record), Some(request.clone()));
        let silent = Request {
            reason: " \n".into(),
            ..request.clone()
        };
        assert!(silent.to_content().is_err());
        let long = Request {
            reason: "x".repeat(REASON_TEXT_BYTES_MAX + 1),
            ..request
        };
        assert!(long.to_content().is_err());
        let nobody = Record::new().with_text("reason", "Bonjour");
        assert!(EntryRequest.check_record(&nobody).is_err());
        let short = nobody.with("person", Value::Bytes(vec![1; 15]));
        assert!(EntryRequest.check_record(&short).is_err());
    }
}
