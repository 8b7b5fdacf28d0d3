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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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
    /// Rights of the realm that their site asks for them, by name; a registrar decides.
    pub asks: Vec<String>,
    /// When their password was last changed, ms since 1970 UTC: sessions and copies of the
    /// verifier from before are over, at every site.
    pub changed_ms: u64,
    /// Who let them back in with a new password, and when; the last time only.
    pub readmitted: Option<(PersonId, u64)>,
    /// She deleted her account: nothing else is said of her any more, but since when.
    pub deleted: bool,
}

impl Card {
    /// What is left to say of somebody who deleted her account.
    pub fn deleted(person: PersonId, changed_ms: u64) -> Self {
        Self {
            person,
            changed_ms,
            deleted: true,
            ..Self::default()
        }
    }

    /// The card as a record, or the fault in its fields.
    pub fn to_content(&self) -> Result<NewContent, Invalid> {
        if self.deleted {
            let record = Record::new()
                .with("person", Value::Bytes(self.person.0.to_vec()))
                .with("deleted", Value::Flag(true))
                .with("changed", Value::Number(self.changed_ms as i64));
            return Ok(NewContent::Record(record));
        }
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
        let record = match &self.asks[..] {
            [] => record,
            asks => record.with("asks", Value::Texts(asks.to_vec())),
        };
        let record = match self.changed_ms {
            0 => record,
            at => record.with("changed", Value::Number(at as i64)),
        };
        let record = match self.readmitted {
            None => record,
            Some((by, at)) => record
                .with("readmitted-by", Value::Bytes(by.0.to_vec()))
                .with("readmitted", Value::Number(at as i64)),
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
        let person = PersonId::from_slice(person)?;
        if record.flag("deleted") {
            return Some(Self::deleted(person, time_of(record, "changed")));
        }
        Some(Self {
            person,
            name: name_field("name", record.text("name")).ok()?,
            login: match record.text("login") {
                "" => String::new(),
                typed => login(typed).ok()?,
            },
            job: record.text("job").to_owned(),
            guest: record.flag("guest"),
            asks: match record.get("asks") {
                Some(Value::Texts(asks)) => asks.clone(),
                _ => Vec::new(),
            },
            changed_ms: time_of(record, "changed"),
            readmitted: match record.get("readmitted-by") {
                Some(Value::Bytes(by)) => {
                    PersonId::from_slice(by).map(|by| (by, time_of(record, "readmitted")))
                }
                _ => None,
            },
            deleted: false,
        })
    }
}

fn time_of(record: &Record, field: &str) -> u64 {
    match record.get(field) {
        Some(Value::Number(at)) => u64::try_from(*at).unwrap_or(0),
        _ => 0,
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
            asks: vec!["creator".into()],
            changed_ms: 7,
            readmitted: Some((PersonId([2; 16]), 8)),
            deleted: false,
        };
        let Ok(NewContent::Record(record)) = card.to_content() else {
            panic!("a sound card")
        };
        assert_eq!(Card::of(&record), Some(card));
        assert_eq!(Person.check_record(&record), Ok(()));
    }

    #[test]
    fn the_card_of_a_deleted_account_holds_no_word_about_her() {
        let card = Card {
            name: "Nadine Rousseau".into(),
            login: "nadine.rousseau".into(),
            job: "diététicienne".into(),
            ..Card::deleted(PersonId([1; 16]), 7)
        };
        let Ok(NewContent::Record(record)) = card.to_content() else {
            panic!("a sound card")
        };
        let kept = Card::of(&record);
        assert_eq!(kept, Some(Card::deleted(PersonId([1; 16]), 7)));
        assert_eq!(Person.check_record(&record), Ok(()));
        for field in ["name", "login", "job"] {
            assert_eq!(record.text(field), "");
        }
    }
}
