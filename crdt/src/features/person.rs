//! People of the directory: who works at which site. Written by the home site into the realm space.

use serde_json::{Map, Value as Json, json};

use super::{
    Changer, Content, Feature, Invalid, Kind, Needed, NewContent, Payload, Policy, name_field,
    recorded,
};
use crate::ids::PersonId;
use crate::record::{Record, Value};

/// Longest login, bytes.
pub const LOGIN_BYTES_MAX: usize = 64;

static KIND: Kind = Kind {
    name: "person",
    number: 9,
    version: 1,
    payload: Payload::Record,
    policy: Policy {
        create: Needed::Site,
        change: Changer::Creator,
    },
    activity: None,
    counts_as_unread: false,
    lists_versions: false,
};

/// The feature.
pub struct Person;

/// What the directory says of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// The person.
    pub person: PersonId,
    /// What people call them.
    pub name: String,
    /// What they sign in with. Empty in a space shared with guests, who are told names only.
    pub login: String,
    /// Their trade; of a guest, the organisation. May be empty.
    pub job: String,
    /// Of another organisation: not in the directory, and in spaces by invitation only.
    pub guest: bool,
}

impl Card {
    /// The card as a record, or the fault in its fields.
    pub fn to_content(&self) -> Result<NewContent, Invalid> {
        let record = Record::new()
            .with("person", Value::Bytes(self.person.0.to_vec()))
            .with_text("name", name_field("name", &self.name)?);
        let record = match self.login.as_str() {
            "" => record,
            typed => record.with_text("login", login(typed)?),
        };
        let record = match self.guest {
            true => record.with("guest", Value::Flag(true)),
            false => record,
        };
        let job = self.job.trim();
        Ok(NewContent::Record(match job {
            "" => record,
            job => record.with_text("job", name_field("job", job)?),
        }))
    }

    /// Reads a record; `None` when a field is missing or malformed.
    pub fn of(record: &Record) -> Option<Self> {
        let Some(Value::Bytes(person)) = record.get("person") else {
            return None;
        };
        Some(Self {
            person: PersonId::from_slice(person)?,
            name: name_field("name", record.text("name")).ok()?,
            login: match record.text("login") {
                "" => String::new(),
                typed => login(typed).ok()?,
            },
            job: record.text("job").to_owned(),
            guest: record.flag("guest"),
        })
    }
}

/// A login: small letters, digits, `.`, `-`, `_`; accents are folded away so that «Hélène» and
/// «helene» sign in alike.
pub fn login(raw: &str) -> Result<String, Invalid> {
    let folded = crate::text::fold(raw.trim());
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if folded.len() > LOGIN_BYTES_MAX {
        return Err(Invalid::TooLong {
            field: "login",
            limit: LOGIN_BYTES_MAX,
        });
    }
    if folded.is_empty() || !folded.bytes().all(plain) {
        let why = "it has letters, digits, points, hyphens or underscores".to_owned();
        return Err(Invalid::Value {
            field: "login",
            why,
        });
    }
    Ok(folded)
}

impl Feature for Person {
    fn kind(&self) -> &'static Kind {
        &KIND
    }
    fn check_record(&self, record: &Record) -> Result<(), &'static str> {
        Card::of(record)
            .map(drop)
            .ok_or("a person has an id and a name")
    }
    fn title(&self, content: &Content) -> String {
        recorded(content, "name").to_owned()
    }
    fn fields(&self, content: &Content) -> Map<String, Json> {
        let Some(card) = content.record().and_then(Card::of) else {
            return Map::new();
        };
        Map::from_iter([
            ("person".to_owned(), json!(card.person)),
            ("login".to_owned(), json!(card.login)),
            ("job".to_owned(), json!(card.job)),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_are_folded_or_refused() {
        assert_eq!(login(" Hélène.Œuvrard ").as_deref(), Ok("helene.oeuvrard"));
        assert!(login("a b").is_err());
        assert!(login("").is_err());
        assert!(matches!(
            login(&"a".repeat(65)),
            Err(Invalid::TooLong { .. })
        ));
    }

    #[test]
    fn a_card_is_read_back_from_its_record() {
        let card = Card {
            person: PersonId([1; 16]),
            name: "Nadine Rousseau".into(),
            login: "nadine.rousseau".into(),
            job: "diététicienne".into(),
            guest: true,
        };
        let Ok(NewContent::Record(record)) = card.to_content() else {
            panic!("a sound card")
        };
        assert_eq!(Card::of(&record), Some(card));
        assert_eq!(Person.check_record(&record), Ok(()));
    }
}
