//! Versions of a record: the same set gives the same, in whatever order they come.

use bocage_protocol::entry::ItemKind;

use super::*;

fn entry(number: u8) -> EntryId {
    EntryId([number; 32])
}

fn version(number: u8, lamport: u64, replaces: Option<&[u8]>) -> Version {
    let record = Record::new().with_text("text", format!("version {number}"));
    Version {
        at: order(lamport, entry(number)),
        ms: u64::from(number),
        by: PersonId([number; 16]),
        place: EntryPlace {
            log: 1,
            seq: u64::from(number),
        },
        record: match replaces {
            Some(numbers) => record.replacing(numbers.iter().map(|one| entry(*one)).collect()),
            None => record,
        },
    }
}

/// The item as created by version 1.
fn created() -> Item {
    let creation = Creation {
        kind: ItemKind {
            number: 5,
            version: 1,
        },
        parent: ItemId::default(),
    };
    let first = version(1, 1, None);
    let mut item = Item::new(&creation, first.at, first.place, Body::Record(first.record));
    item.changed_ms = first.ms;
    item.changed_by = first.by;
    item
}

/// The shown version and the others, by number.
fn seen(item: &Item) -> (u64, Vec<u64>) {
    let others = item.others().iter().map(|other| other.ms).collect();
    (item.changed_ms, others)
}

/// Takes these in every order; all must agree.
fn in_every_order(versions: &[Version]) -> (u64, Vec<u64>) {
    fn orders(left: &[Version], so_far: &mut Vec<Version>, seen_all: &mut Vec<(u64, Vec<u64>)>) {
        if left.is_empty() {
            let mut item = created();
            for version in so_far.iter() {
                item.take_version(version.clone());
            }
            seen_all.push(seen(&item));
        }
        for at in 0..left.len() {
            let mut rest = left.to_vec();
            so_far.push(rest.remove(at));
            orders(&rest, so_far, seen_all);
            so_far.pop();
        }
    }
    let mut seen_all = Vec::new();
    orders(versions, &mut Vec::new(), &mut seen_all);
    let first = seen_all[0].clone();
    assert!(seen_all.iter().all(|one| *one == first), "{seen_all:?}");
    first
}

#[test]
fn a_chain_of_changes_shows_the_last() {
    let chain = [
        version(2, 2, Some(&[1])),
        version(3, 5, Some(&[2])),
        version(4, 9, Some(&[3])),
    ];
    assert_eq!(in_every_order(&chain), (4, vec![]));
}

#[test]
fn concurrent_changes_are_listed_until_one_replaces_them() {
    let two = [version(2, 7, Some(&[1])), version(3, 5, Some(&[1]))];
    assert_eq!(in_every_order(&two), (2, vec![3]));
    let mut three = two.to_vec();
    three.push(version(4, 6, Some(&[1])));
    assert_eq!(in_every_order(&three), (2, vec![3, 4]));
    three.push(version(5, 8, Some(&[2, 3, 4])));
    assert_eq!(in_every_order(&three), (5, vec![]));
    three[3] = version(5, 8, Some(&[2, 3]));
    assert_eq!(in_every_order(&three), (5, vec![4]));
}

#[test]
fn a_change_that_does_not_say_replaces_all_below_it() {
    let plain = [version(2, 2, None), version(3, 3, None)];
    assert_eq!(in_every_order(&plain), (3, vec![]));
    let mixed = [
        version(2, 2, Some(&[1])),
        version(3, 3, Some(&[1])),
        version(4, 4, None),
        version(5, 5, Some(&[1])),
    ];
    assert_eq!(in_every_order(&mixed), (5, vec![4]));
}

#[test]
fn a_version_is_told_once_and_what_changes_nothing_is_not() {
    let mut item = created();
    assert!(item.take_version(version(2, 7, Some(&[1]))));
    assert!(!item.take_version(version(2, 7, Some(&[1]))));
    assert!(item.take_version(version(3, 5, Some(&[1]))));
    assert_eq!(item.standing(), [entry(3), entry(2)]);
    // Replaced by what is here already.
    let mut late = created();
    late.take_version(version(3, 5, Some(&[1, 2])));
    assert!(!late.take_version(version(2, 4, Some(&[1]))));
}
