//! Territories of the realm: a name under which sites stand and for which rights are given. Written
//! by registrars into the realm space; a territory by itself gives nobody anything.

use serde_json::{Map, Value as Json};

use super::{
    Changer, Content, Feature, Invalid, Kind, Needed, NewContent, Payload, Policy, name_field,
    recorded,
};
use crate::record::Record;

static KIND: Kind = Kind {
    name: "territory",
    number: 10,
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
pub struct Territory;

/// A territory of this name, or the fault in it.
pub fn named(name: &str) -> Result<NewContent, Invalid> {
    let record = Record::new().with_text("name", name_field("name", name)?);
    Ok(NewContent::Record(record))
}

impl Feature for Territory {
    fn kind(&self) -> &'static Kind {
        &KIND
    }
    fn check_record(&self, record: &Record) -> Result<(), &'static str> {
        match name_field("name", record.text("name")) {
            Ok(_) => Ok(()),
            Err(_) => Err("a territory has a name"),
        }
    }
    fn title(&self, content: &Content) -> String {
        recorded(content, "name").to_owned()
    }
    fn fields(&self, _content: &Content) -> Map<String, Json> {
        Map::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_territory_has_a_name() {
        let Ok(NewContent::Record(record)) = named("  Pays de Retz ") else {
            panic!("a sound name")
        };
        assert_eq!(record.text("name"), "Pays de Retz");
        assert_eq!(Territory.check_record(&record), Ok(()));
        assert!(named(" ").is_err());
        assert!(Territory.check_record(&Record::new()).is_err());
    }
}
