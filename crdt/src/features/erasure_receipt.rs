//! Receipts of erasures: each site says when it hid the content and when the bytes were gone. Written
//! by the site itself into the space, one item per site and erasure.

use serde_json::{Map, Value as Json, json};

use super::{Changer, Content, Feature, Kind, Needed, NewContent, Payload, Policy};
use crate::ids::EntryId;
use crate::record::{Record, Value};

static KIND: Kind = Kind {
    name: "erasureReceipt",
    number: 14,
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
pub struct ErasureReceipt;

/// What a site says of one erasure. Times are milliseconds since 1970 by the site's own clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The operation.
    pub erasure: EntryId,
    /// When nobody saw the content there any more.
    pub hidden_ms: u64,
    /// When the bytes had left its files; `None` until then.
    pub destroyed_ms: Option<u64>,
    /// Until when its backups may still hold them; `None` when the site does not know.
    pub backups_until_ms: Option<u64>,
}

impl Receipt {
    /// The receipt as a record.
    pub fn to_content(&self) -> NewContent {
        let time = |record: Record, name, ms: Option<u64>| match ms {
            Some(ms) => record.with(name, Value::Number(ms as i64)),
            None => record,
        };
        let record = Record::new().with("erasure", Value::Bytes(self.erasure.0.to_vec()));
        let record = time(record, "hidden", Some(self.hidden_ms));
        let record = time(record, "destroyed", self.destroyed_ms);
        NewContent::Record(time(record, "backups", self.backups_until_ms))
    }

    /// Reads a record; `None` when a field is missing or malformed.
    pub fn of(record: &Record) -> Option<Self> {
        let Some(Value::Bytes(erasure)) = record.get("erasure") else {
            return None;
        };
        let time = |name| match record.get(name) {
            Some(Value::Number(ms)) => u64::try_from(*ms).ok().map(Some),
            Some(_) => None,
            None => Some(None),
        };
        Some(Self {
            erasure: EntryId::from_slice(erasure)?,
            hidden_ms: time("hidden")??,
            destroyed_ms: time("destroyed")?,
            backups_until_ms: time("backups")?,
        })
    }
}

impl Feature for ErasureReceipt {
    fn kind(&self) -> &'static Kind {
        &KIND
    }
    fn check_record(&self, record: &Record) -> Result<(), &'static str> {
        Receipt::of(record)
            .map(drop)
            .ok_or("a receipt names an erasure and when it was hidden")
    }
    fn title(&self, _content: &Content) -> String {
        String::new()
    }
    fn fields(&self, content: &Content) -> Map<String, Json> {
        let Some(receipt) = content.record().and_then(Receipt::of) else {
            return Map::new();
        };
        Map::from_iter([
            ("erasure".to_owned(), json!(receipt.erasure)),
            ("hidden".to_owned(), json!(receipt.hidden_ms)),
            ("destroyed".to_owned(), json!(receipt.destroyed_ms)),
            ("backups".to_owned(), json!(receipt.backups_until_ms)),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_read_back_and_a_broken_one_refused() {
        let whole = Receipt {
            erasure: EntryId([7; 32]),
            hidden_ms: 5,
            destroyed_ms: Some(6),
            backups_until_ms: Some(7),
        };
        let hidden = Receipt {
            destroyed_ms: None,
            backups_until_ms: None,
            ..whole.clone()
        };
        for receipt in [whole, hidden] {
            let NewContent::Record(record) = receipt.to_content() else {
                panic!("receipts are records")
            };
            assert_eq!(Receipt::of(&record), Some(receipt));
            assert_eq!(ErasureReceipt.check_record(&record), Ok(()));
            let bad = record.with("hidden", Value::Number(-1));
            assert!(ErasureReceipt.check_record(&bad).is_err());
        }
        assert!(ErasureReceipt.check_record(&Record::new()).is_err());
    }
}
