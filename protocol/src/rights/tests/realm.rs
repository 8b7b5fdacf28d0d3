//! Changes of the root's keys, registrars of territories, and the root in ordinary spaces.

use bocage_crdt::ids::{CommandId, ItemId};
use ed25519_dalek::SigningKey;

use super::super::*;
use super::orders::{keys, root, root_key};
use super::world::{Dice, PersonId, World, node, person};

fn realm(sites: &[&str]) -> World {
    let site = PersonId::of_site(&node(sites[0]));
    let command = CommandId([1; 16]);
    let (space, operation) = Operation::found(
        SpaceKind::Realm,
        [9; 32],
        Some(root()),
        &node(sites[0]),
        &site,
        &command,
    );
    let mut world = World::empty(space, sites);
    world.put(0, site, command, Vec::new(), &operation);
    world
}

/// Signed by the one key, and written at a site.
fn sign(world: &mut World, site: usize, operation: &Operation, key: &SigningKey) -> EntryId {
    let heads = world.sites[site].rights.heads().to_vec();
    let signed = operation.sign_as_root(&world.space, &heads, &[(0, key)]);
    let itself = PersonId::of_site(&world.sites[site].writer.node);
    world.operate(site, itself, Some(heads), &signed)
}

fn host(name: &str, territory: Option<ItemId>) -> Operation {
    Operation::HostAdd {
        node: node(name),
        name: name.into(),
        addresses: Vec::new(),
        territory,
    }
}

fn registrar(name: &str, territory: Option<ItemId>, site: &str) -> Operation {
    Operation::Appoint {
        subject: Subject::Person(person(name)),
        role: Role::REGISTRAR,
        territory,
        sites: vec![node(site)],
    }
}

fn in_all_orders(world: &World) {
    let whole = world.whole();
    let mut dice = Dice(5);
    (0..100).for_each(|_| world.check_order(&dice.shuffled(world.entries.len()), &whole));
}

#[test]
fn later_root_signatures_are_checked_under_the_keys_of_their_past() {
    let mut world = realm(&["Nantes", "Ancenis"]);
    let (first, second) = (root_key(90), root_key(96));
    sign(&mut world, 0, &host("Ancenis", None), &first);
    let rekey = Operation::Rekey {
        keys: keys(2, &second),
    };
    let plain = world.operate(0, PersonId::of_site(&node("Nantes")), None, &rekey);
    let skipping = Operation::Rekey {
        keys: keys(3, &second),
    };
    let skipping = sign(&mut world, 0, &skipping, &first);
    world.sync(0, 1);
    let changed = sign(&mut world, 0, &rekey, &first);
    let old = sign(&mut world, 0, &registrar("Rosa", None, "Nantes"), &first);
    let new = sign(&mut world, 0, &registrar("Rosa", None, "Nantes"), &second);
    let unaware = sign(&mut world, 1, &registrar("Remi", None, "Ancenis"), &first);
    world.sync(0, 1);
    let expected = [
        (plain, Standing::Void(VoidReason::NotSigned)),
        (skipping, Standing::Void(VoidReason::WrongPlace)),
        (changed, Standing::Counts),
        (old, Standing::Void(VoidReason::NotSigned)),
        (new, Standing::Counts),
        (unaware, Standing::Counts),
    ];
    let whole = world.whole();
    for (id, expected) in expected {
        assert_eq!(whole.stands(&id), expected, "{:?}", whole.operation(&id));
    }
    assert_eq!(whole.now().root, Some(keys(2, &second)));
    let signers = vec![first.verifying_key().to_bytes()];
    assert_eq!(whole.now().rekeys[0].signers, signers);
    in_all_orders(&world);
}

#[test]
fn of_two_changes_of_root_keys_the_lower_id_stands_and_both_are_shown() {
    let mut world = realm(&["Nantes", "Ancenis"]);
    let first = root_key(90);
    sign(&mut world, 0, &host("Ancenis", None), &first);
    world.sync(0, 1);
    let change = |seed| Operation::Rekey {
        keys: keys(2, &root_key(seed)),
    };
    let one = sign(&mut world, 0, &change(96), &first);
    let by_one = sign(
        &mut world,
        0,
        &registrar("Rosa", None, "Nantes"),
        &root_key(96),
    );
    let other = sign(&mut world, 1, &change(97), &first);
    let by_other = sign(
        &mut world,
        1,
        &registrar("Remi", None, "Nantes"),
        &root_key(97),
    );
    world.sync(0, 1);
    let (stands, lost, winner) = match one < other {
        true => (one, other, root_key(96)),
        false => (other, one, root_key(97)),
    };
    let loser = if one < other {
        root_key(97)
    } else {
        root_key(96)
    };
    let third = sign(&mut world, 0, &registrar("Rita", None, "Nantes"), &winner);
    let refused = sign(&mut world, 0, &registrar("Rudi", None, "Nantes"), &loser);
    let whole = world.whole();
    for id in [stands, by_one, by_other, third] {
        assert_eq!(whole.stands(&id), Standing::Counts);
    }
    assert_eq!(whole.stands(&lost), Standing::Void(VoidReason::NotSenior));
    assert_eq!(
        whole.stands(&refused),
        Standing::Void(VoidReason::NotSigned)
    );
    assert_eq!(whole.now().rekeys.len(), 1);
    assert_eq!(whole.now().rekeys[0].operation, stands);
    assert_eq!(whole.now().lost_rekeys[0].operation, lost);
    in_all_orders(&world);
}

#[test]
fn a_registrar_removes_within_her_territory_only() {
    let mut world = realm(&["Nantes", "Ancenis", "Vitre", "Redon"]);
    let (north, south) = (Some(ItemId([1; 16])), Some(ItemId([2; 16])));
    let admitting = PersonId::of_site(&node("Nantes"));
    for (site, territory) in [("Ancenis", north), ("Vitre", north), ("Redon", south)] {
        world.operate(0, admitting, None, &host(site, territory));
    }
    let plain = Operation::Grant {
        subject: Subject::Person(person("Rosa")),
        role: Role::REGISTRAR,
        territory: north,
        sponsor: None,
        end_ms: None,
    };
    let plain = sign(&mut world, 0, &plain, &root_key(90));
    sign(
        &mut world,
        0,
        &registrar("Rosa", north, "Ancenis"),
        &root_key(90),
    );
    let creator = |name: &str, territory| Operation::Grant {
        subject: Subject::Person(person(name)),
        role: Role::CREATOR,
        territory,
        sponsor: None,
        end_ms: None,
    };
    for (name, territory) in [("Paul", north), ("Nora", south)] {
        sign(&mut world, 0, &creator(name, territory), &root_key(90));
    }
    world.sync(0, 1);
    let revoke = |name: &str| Operation::Revoke {
        subject: Subject::Person(person(name)),
        cut: Cut::default(),
        order: None,
    };
    let unhost = |name: &str| Operation::HostRemove {
        node: node(name),
        cut: Cut::default(),
        order: None,
    };
    for operation in [
        revoke("Paul"),
        revoke("Nora"),
        unhost("Vitre"),
        unhost("Redon"),
    ] {
        let id = world.operate(1, person("Rosa"), None, &operation);
        assert_eq!(world.whole().stands(&id), Standing::Counts);
    }
    // Not from another office's machine.
    world.sync(0, 1);
    let stolen = world.operate(0, person("Rosa"), None, &unhost("Ancenis"));
    let whole = world.whole();
    assert_eq!(whole.stands(&stolen), Standing::Void(VoidReason::NoRight));
    assert_eq!(whole.stands(&plain), Standing::Void(VoidReason::WrongPlace));
    let now = whole.now();
    assert_eq!(now.role(&person("Paul")), Role::NONE);
    assert_eq!(now.role(&person("Nora")), Role::CREATOR);
    assert!(!now.hosts.contains_key(&node("Vitre")));
    assert!(now.hosts.contains_key(&node("Redon")));
    in_all_orders(&world);
}

#[test]
fn a_deputys_naming_stands_in_the_realm_without_effect() {
    let mut world = realm(&["Nantes"]);
    sign(
        &mut world,
        0,
        &registrar("Rosa", None, "Nantes"),
        &root_key(90),
    );
    let named = Operation::Appoint {
        subject: Subject::Person(person("Dora")),
        role: Role::MANAGER,
        territory: Some(ItemId([7; 16])),
        sites: vec![node("Nantes")],
    };
    let id = world.operate(0, person("Rosa"), None, &named);
    let whole = world.whole();
    assert_eq!(whole.stands(&id), Standing::Counts);
    assert_eq!(whole.now().role(&person("Dora")), Role::NONE);
}

#[test]
fn the_root_helps_out_in_spaces_whose_founding_names_it() {
    let mut world = World::found(&["Nantes"], &person("Claire"));
    let manager = Operation::Appoint {
        subject: Subject::Person(person("Dora")),
        role: Role::MANAGER,
        territory: None,
        sites: vec![node("Nantes")],
    };
    let forged = sign(&mut world, 0, &manager, &root_key(99));
    let signed = sign(&mut world, 0, &manager, &root_key(90));
    let cut = world.cut_of_all(0);
    let revoke = Operation::Revoke {
        subject: Subject::Person(person("Claire")),
        cut,
        order: None,
    };
    let removed = sign(&mut world, 0, &revoke, &root_key(90));
    let rekey = Operation::Rekey {
        keys: keys(2, &root_key(97)),
    };
    let rekey = sign(&mut world, 0, &rekey, &root_key(90));
    let whole = world.whole();
    assert_eq!(whole.stands(&forged), Standing::Void(VoidReason::NotSigned));
    assert_eq!(whole.stands(&signed), Standing::Counts);
    assert_eq!(whole.stands(&removed), Standing::Counts);
    assert_eq!(whole.stands(&rekey), Standing::Void(VoidReason::WrongPlace));
    assert_eq!(whole.now().role(&person("Dora")), Role::MANAGER);
    assert_eq!(whole.now().role(&person("Claire")), Role::NONE);
    // A space whose founding names none knows no root.
    let founder = person("Claire");
    let command = CommandId([2; 16]);
    let (space, create) = Operation::found(
        SpaceKind::Team,
        [9; 32],
        None,
        &node("Nantes"),
        &founder,
        &command,
    );
    let mut bare = World::empty(space, &["Nantes"]);
    bare.put(0, founder, command, Vec::new(), &create);
    let signed = sign(&mut bare, 0, &manager, &root_key(90));
    assert_eq!(
        bare.whole().stands(&signed),
        Standing::Void(VoidReason::WrongPlace)
    );
}
