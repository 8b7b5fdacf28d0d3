//! Groups of people of the realm, as words of registrars: a first word opens a group and is its id,
//! every later one stands under it. Nobody changes a word that was said, so that two registrars who
//! bring people in while their sites are cut off lose nothing; [`read`] says what all words amount to.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use super::{Changer, Content, Feature, Kind, Needed, NewContent, Payload, Policy, name_field};
use crate::ids::{EntryId, ItemId, PersonId};
use crate::record::{Record, Value};

static KIND: Kind = Kind {
    name: "group",
    number: 16,
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
pub struct Group;

/// Groups of a realm that stand at once: several for each of its services.
pub const GROUPS_MAX: usize = 500;
/// People in one group: each costs every space with that group an operation, and a space with
/// twenty full groups, the most it takes, has as many members as a space may.
pub const GROUP_PEOPLE_MAX: usize = 500;

/// What a registrar says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// A group is called so. Under the realm it opens one, for a territory or for all of them; under
    /// a group it gives that one another name.
    Named {
        /// The name.
        name: String,
        /// Whose registrars keep the group, beside those for all; of a first word only.
        territory: Option<ItemId>,
    },
    /// Somebody is in the group from now on, or no longer.
    Person {
        /// Who.
        person: PersonId,
        /// In it.
        inside: bool,
    },
    /// The group is no more.
    Ended,
}

impl Word {
    /// The word as a record.
    pub fn to_content(&self) -> NewContent {
        let record = Record::new();
        NewContent::Record(match self {
            Self::Named { name, territory } => {
                let record = record.with_text("name", name.clone());
                match territory {
                    Some(id) => record.with("territory", Value::Bytes(id.0.to_vec())),
                    None => record,
                }
            }
            Self::Person { person, inside } => record
                .with("person", Value::Bytes(person.0.to_vec()))
                .with("inside", Value::Flag(*inside)),
            Self::Ended => record.with("ended", Value::Flag(true)),
        })
    }

    /// Reads a record; `None` when it is not a word about a group.
    pub fn of(record: &Record) -> Option<Self> {
        if record.flag("ended") {
            return Some(Self::Ended);
        }
        if let Some(Value::Bytes(person)) = record.get("person") {
            return Some(Self::Person {
                person: PersonId::from_slice(person)?,
                inside: record.flag("inside"),
            });
        }
        let territory = match record.get("territory") {
            None => None,
            Some(Value::Bytes(id)) => Some(ItemId::from_slice(id)?),
            Some(_) => return None,
        };
        Some(Self::Named {
            name: name_field("name", record.text("name")).ok()?,
            territory,
        })
    }
}

/// A word that counts in the realm.
#[derive(Debug, Clone)]
pub struct Said {
    /// Its item.
    pub id: ItemId,
    /// What it stands under.
    pub under: ItemId,
    /// Lamport and id of its entry: the order that all sites agree on.
    pub order: (u64, EntryId),
    /// Who said it.
    pub by: PersonId,
    /// What.
    pub word: Word,
}

/// What a group amounts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its name.
    pub name: String,
    /// Whose registrars keep it, beside those for all.
    pub territory: Option<ItemId>,
    /// It is no more.
    pub ended: bool,
    /// Who is in it, each by the word that brought her in: another one after she was out.
    pub people: BTreeMap<PersonId, ItemId>,
}

/// What the words say together, whatever the order they came in. A word of somebody who never kept
/// the group's territory (`reach`) says nothing; neither does what exceeds a limit.
pub fn read(
    realm: ItemId,
    mut words: Vec<Said>,
    reach: impl Fn(&PersonId) -> BTreeSet<Option<ItemId>>,
) -> BTreeMap<ItemId, Standing> {
    words.sort_by_key(|said| said.order);
    let keeps = |by: &PersonId, territory: &Option<ItemId>| {
        let reach = reach(by);
        reach.contains(&None) || reach.contains(territory)
    };
    let mut groups: BTreeMap<ItemId, Standing> = BTreeMap::new();
    let mut standing = 0;
    for said in words {
        if said.under == realm {
            let Word::Named { name, territory } = said.word else {
                continue;
            };
            if standing < GROUPS_MAX && keeps(&said.by, &territory) {
                standing += 1;
                let group = Standing {
                    name,
                    territory,
                    ended: false,
                    people: BTreeMap::new(),
                };
                groups.insert(said.id, group);
            }
            continue;
        }
        let Some(group) = groups.get_mut(&said.under) else {
            continue;
        };
        if group.ended || !keeps(&said.by, &group.territory) {
            continue;
        }
        match said.word {
            Word::Named { name, .. } => group.name = name,
            Word::Person { person, inside } if !inside => {
                group.people.remove(&person);
            }
            Word::Person { person, .. } => {
                if group.people.len() < GROUP_PEOPLE_MAX {
                    group.people.entry(person).or_insert(said.id);
                }
            }
            Word::Ended => {
                group.ended = true;
                group.people.clear();
                standing -= 1;
            }
        }
    }
    groups
}

impl Feature for Group {
    fn kind(&self) -> &'static Kind {
        &KIND
    }
    fn check_record(&self, record: &Record) -> Result<(), &'static str> {
        Word::of(record)
            .map(drop)
            .ok_or("a word about a group names it, or a person, or ends it")
    }
    fn title(&self, content: &Content) -> String {
        super::recorded(content, "name").to_owned()
    }
    /// Nothing: what a group is follows from all its words.
    fn fields(&self, _content: &Content) -> Map<String, Json> {
        Map::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REALM: ItemId = ItemId([0; 16]);
    const NORTH: ItemId = ItemId([200; 16]);
    const OF_ALL: PersonId = PersonId([1; 16]);
    const OF_NORTH: PersonId = PersonId([2; 16]);

    fn person(number: u16) -> PersonId {
        let mut id = [9; 16];
        id[..2].copy_from_slice(&number.to_be_bytes());
        PersonId(id)
    }

    fn item(number: u64) -> ItemId {
        let mut id = [7; 16];
        id[..8].copy_from_slice(&number.to_be_bytes());
        ItemId(id)
    }

    fn said(number: u64, under: ItemId, by: PersonId, word: Word) -> Said {
        Said {
            id: item(number),
            under,
            order: (number, EntryId([0; 32])),
            by,
            word,
        }
    }

    fn opened(number: u64, territory: Option<ItemId>, by: PersonId) -> Said {
        let name = "Cuisines du Nord".to_owned();
        said(number, REALM, by, Word::Named { name, territory })
    }

    fn put(number: u64, who: PersonId, inside: bool, by: PersonId) -> Said {
        let word = Word::Person {
            person: who,
            inside,
        };
        said(number, item(1), by, word)
    }

    fn amounts(words: Vec<Said>) -> BTreeMap<ItemId, Standing> {
        read(REALM, words, |by| match *by {
            OF_ALL => BTreeSet::from([None]),
            OF_NORTH => BTreeSet::from([Some(NORTH)]),
            _ => BTreeSet::new(),
        })
    }

    #[test]
    fn words_are_read_back_and_anything_else_is_none() {
        for word in [
            Word::Named {
                name: "Régie".into(),
                territory: Some(NORTH),
            },
            Word::Named {
                name: "Régie".into(),
                territory: None,
            },
            Word::Person {
                person: person(3),
                inside: false,
            },
            Word::Person {
                person: person(3),
                inside: true,
            },
            Word::Ended,
        ] {
            let NewContent::Record(record) = word.to_content() else {
                panic!("a record")
            };
            assert_eq!(Group.check_record(&record), Ok(()));
            assert_eq!(Word::of(&record), Some(word));
        }
        assert!(Group.check_record(&Record::new()).is_err());
        let short = Record::new().with("person", Value::Bytes(vec![1; 15]));
        assert!(Group.check_record(&short).is_err());
        let nowhere = Record::new().with_text("name", "Régie".to_owned());
        let nowhere = nowhere.with("territory", Value::Number(1));
        assert!(Group.check_record(&nowhere).is_err());
    }

    #[test]
    fn the_same_words_amount_to_the_same_in_any_order() {
        let ana = person(10);
        let words = vec![
            opened(1, Some(NORTH), OF_NORTH),
            put(2, ana, true, OF_NORTH),
            put(3, person(11), true, OF_ALL),
            put(4, ana, false, OF_ALL),
            put(5, ana, true, OF_NORTH),
        ];
        let expected = amounts(words.clone());
        let people = &expected[&item(1)].people;
        assert_eq!(people[&ana], item(5), "she came in anew");
        assert_eq!(people.len(), 2);
        for turn in 0..words.len() {
            let mut turned = words.clone();
            turned.rotate_left(turn);
            assert_eq!(amounts(turned.clone()), expected);
            turned.reverse();
            assert_eq!(amounts(turned), expected);
        }
    }

    #[test]
    fn registrars_of_another_territory_say_nothing_about_a_group() {
        let stranger = person(77);
        let words = vec![
            opened(1, None, OF_ALL),
            put(2, person(10), true, OF_NORTH),
            put(3, person(11), true, stranger),
            said(4, item(1), OF_NORTH, Word::Ended),
            opened(5, None, OF_NORTH),
        ];
        let groups = amounts(words);
        assert_eq!(groups.len(), 1);
        assert!(groups[&item(1)].people.is_empty() && !groups[&item(1)].ended);
    }

    #[test]
    fn an_ended_group_has_nobody_and_stays_ended() {
        let words = vec![
            opened(1, None, OF_ALL),
            put(2, person(10), true, OF_ALL),
            said(3, item(1), OF_ALL, Word::Ended),
            put(4, person(10), true, OF_ALL),
        ];
        let group = &amounts(words)[&item(1)];
        assert!(group.ended && group.people.is_empty());
    }

    #[test]
    fn groups_and_their_people_are_bounded() {
        let many = 1..=GROUPS_MAX as u64 + 1;
        let mut words: Vec<Said> = many.map(|at| opened(at, None, OF_ALL)).collect();
        let groups = amounts(words.clone());
        assert_eq!(groups.len(), GROUPS_MAX);
        assert!(!groups.contains_key(&item(GROUPS_MAX as u64 + 1)));
        words.truncate(1);
        let people = GROUP_PEOPLE_MAX as u16 + 1;
        words.extend((0..people).map(|at| put(10 + u64::from(at), person(at), true, OF_ALL)));
        let inside = amounts(words.clone())[&item(1)].people.len();
        assert_eq!(inside, GROUP_PEOPLE_MAX);
        // Room again, once somebody is out.
        words.push(put(5_000, person(0), false, OF_ALL));
        words.push(put(5_001, person(people), true, OF_ALL));
        let people = &amounts(words)[&item(1)].people;
        assert!(people.values().any(|word| *word == item(5_001)));
    }
}
