//! What a group may do in a space, as a word of one of its managers: the latest one about a group
//! stands. By itself it gives nobody anything; a site with a manager at home gives each person of the
//! group the role, as if she had been named.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::{Changer, Content, Feature, Kind, Needed, NewContent, Payload, Policy};
use crate::ids::ItemId;
use crate::record::{Record, Value};

static KIND: Kind = Kind {
    name: "groupRole",
    number: 17,
    version: 1,
    payload: Payload::Record,
    policy: Policy {
        create: Needed::Manager,
        change: Changer::Manager,
    },
    activity: None,
    counts_as_unread: false,
    lists_versions: false,
};

/// The feature.
pub struct GroupRole;

/// Groups with a role in one space: more would be read by nobody, and full ones fill the space.
pub const SPACE_GROUPS_MAX: usize = 20;

/// What everybody of a group may do. There is no manager among these: who decides for others is
/// named by herself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Given {
    /// Reads.
    Viewer,
    /// Comments too.
    Commenter,
    /// Writes too.
    Contributor,
}

const WORDS: [(Given, &str); 3] = [
    (Given::Viewer, "viewer"),
    (Given::Commenter, "commenter"),
    (Given::Contributor, "contributor"),
];

/// A manager's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleOfGroup {
    /// The group, by its first word in the realm.
    pub group: ItemId,
    /// What its people may do; nothing any more when missing.
    pub role: Option<Given>,
}

impl RoleOfGroup {
    /// The word as a record.
    pub fn to_content(self) -> NewContent {
        let record = Record::new().with("group", Value::Bytes(self.group.0.to_vec()));
        let named = WORDS.iter().find(|(role, _)| Some(*role) == self.role);
        NewContent::Record(match named {
            Some((_, word)) => record.with_text("role", (*word).to_owned()),
            None => record,
        })
    }

    /// Reads a record; `None` when it is no such word.
    pub fn of(record: &Record) -> Option<Self> {
        let Some(Value::Bytes(group)) = record.get("group") else {
            return None;
        };
        let role = match record.text("role") {
            "" => None,
            word => Some(WORDS.iter().find(|(_, known)| *known == word)?.0),
        };
        Some(Self {
            group: ItemId::from_slice(group)?,
            role,
        })
    }
}

/// What stands of all words of a space, given in the order that all sites agree on: by group the word
/// and the role. What exceeds [`SPACE_GROUPS_MAX`] says nothing.
pub fn standing(
    words: impl IntoIterator<Item = (ItemId, RoleOfGroup)>,
) -> BTreeMap<ItemId, (ItemId, Given)> {
    let mut standing: BTreeMap<ItemId, (ItemId, Given)> = BTreeMap::new();
    for (id, said) in words {
        match said.role {
            None => drop(standing.remove(&said.group)),
            Some(role)
                if standing.len() < SPACE_GROUPS_MAX || standing.contains_key(&said.group) =>
            {
                standing.insert(said.group, (id, role));
            }
            Some(_) => {}
        }
    }
    standing
}

impl Feature for GroupRole {
    fn kind(&self) -> &'static Kind {
        &KIND
    }
    fn check_record(&self, record: &Record) -> Result<(), &'static str> {
        RoleOfGroup::of(record)
            .map(drop)
            .ok_or("a role of a group names the group, and a role below manager or none")
    }
    fn title(&self, _content: &Content) -> String {
        String::new()
    }
    /// Nothing: the name of the group is told to those who may read it in the realm.
    fn fields(&self, _content: &Content) -> Map<String, Json> {
        Map::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_read_back_and_never_that_of_a_manager() {
        let group = ItemId([4; 16]);
        let roles = WORDS.iter().map(|(role, _)| Some(*role));
        for role in roles.chain([None]) {
            let word = RoleOfGroup { group, role };
            let NewContent::Record(record) = word.to_content() else {
                panic!("a record")
            };
            assert_eq!(RoleOfGroup::of(&record), Some(word));
            assert_eq!(GroupRole.check_record(&record), Ok(()));
            let above = record.with_text("role", "manager".to_owned());
            assert!(GroupRole.check_record(&above).is_err());
        }
        assert!(GroupRole.check_record(&Record::new()).is_err());
        let short = Record::new().with("group", Value::Bytes(vec![1; 3]));
        assert!(GroupRole.check_record(&short).is_err());
    }

    #[test]
    fn the_latest_word_about_a_group_stands_and_groups_are_bounded() {
        let word = |at: u8, group: u8, role| {
            let group = ItemId([group; 16]);
            (ItemId([at; 16]), RoleOfGroup { group, role })
        };
        let (reads, writes) = (Some(Given::Viewer), Some(Given::Contributor));
        let words = [word(1, 1, reads), word(2, 2, reads), word(3, 1, writes)];
        let stands = standing(words.into_iter().chain([word(4, 2, None)]));
        let only = (ItemId([1; 16]), (ItemId([3; 16]), Given::Contributor));
        assert_eq!(stands, BTreeMap::from([only]));
        let most = SPACE_GROUPS_MAX as u8;
        let many: Vec<_> = (1..=most + 1).map(|at| word(at, at, reads)).collect();
        let stands = standing(many.clone());
        assert_eq!(stands.len(), SPACE_GROUPS_MAX);
        assert!(!stands.contains_key(&ItemId([most + 1; 16])));
        // One of them may still be changed, and a place that is free again be taken.
        let more = [
            word(90, 1, writes),
            word(91, 2, None),
            word(92, most + 1, reads),
        ];
        let stands = standing(many.into_iter().chain(more));
        assert_eq!(
            stands[&ItemId([1; 16])],
            (ItemId([90; 16]), Given::Contributor)
        );
        assert_eq!(stands[&ItemId([most + 1; 16])].0, ItemId([92; 16]));
    }
}
