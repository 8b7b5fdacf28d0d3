//! The founding, the realm and its root, forks and new lives: what the document's examples do
//! not show.

use bocage_crdt::ids::{CommandId, ItemId};
use ed25519_dalek::SigningKey;

use super::super::*;
use super::orders::root_key;
use super::world::{PersonId, World, node, person};

/// A realm founded at Nantes with two of three root keys, and its signers in the order of keys.
fn realm(sites: &[&str]) -> (World, Vec<SigningKey>) {
    let mut signers: Vec<_> = (1..=3).map(root_key).collect();
    signers.sort_by_key(|key| key.verifying_key().to_bytes());
    let root = RootKeys {
        version: 1,
        threshold: 2,
        keys: signers
            .iter()
            .map(|key| key.verifying_key().to_bytes())
            .collect(),
    };
    let site = PersonId::of_site(&node(sites[0]));
    let command = CommandId([1; 16]);
    let (space, operation) = Operation::found(
        SpaceKind::Realm,
        [9; 32],
        Some(root),
        &node(sites[0]),
        &site,
        &command,
    );
    let mut world = World::empty(space, sites);
    world.put(0, site, command, Vec::new(), &operation);
    (world, signers)
}

/// Authority counts at Nantes.
fn grant(subject: Subject, role: Role, territory: Option<ItemId>) -> Operation {
    if matches!(subject, Subject::Person(_)) && role.has_authority() {
        return Operation::Appoint {
            subject,
            role,
            territory,
            sites: vec![node("Nantes")],
        };
    }
    Operation::Grant {
        subject,
        role,
        territory,
        sponsor: None,
        end_ms: None,
    }
}

fn host(name: &str) -> Operation {
    Operation::HostAdd {
        node: node(name),
        name: name.into(),
        addresses: vec!["/dns/site/udp/4001/quic-v1".into()],
        territory: None,
    }
}

fn as_root(
    world: &World,
    site: usize,
    operation: &Operation,
    signers: &[(u8, &SigningKey)],
) -> Operation {
    operation.sign_as_root(&world.space, world.sites[site].rights.heads(), signers)
}

fn standing(world: &World, id: &EntryId) -> Standing {
    world.whole().stands(id)
}

#[test]
fn the_founding_site_admits_sites_and_nothing_else() {
    let (mut world, _) = realm(&["Nantes", "Ancenis"]);
    let site = PersonId::of_site(&node("Nantes"));
    let added = world.operate(0, site, None, &host("Ancenis"));
    let creator = grant(Subject::Person(person("Claire")), Role::CREATOR, None);
    let named = world.operate(0, site, None, &creator);
    world.sync(0, 1);
    // The other site hosts the realm but admits nobody, also not in the first one's name.
    let other = PersonId::of_site(&node("Ancenis"));
    let own = world.operate(1, other, None, &host("Vitre"));
    let forged = world.operate(1, site, None, &host("Vitre"));
    assert_eq!(standing(&world, &added), Standing::Counts);
    for refused in [named, own, forged] {
        assert_eq!(
            standing(&world, &refused),
            Standing::Void(VoidReason::NoRight)
        );
    }
    let now = world.whole();
    assert_eq!(now.now().hosts.len(), 2);
    assert_eq!(now.now().hosts[&node("Ancenis")].name, "Ancenis");
    assert_eq!(now.now().kind, Some(SpaceKind::Realm));
}

#[test]
fn the_root_names_registrars_who_name_creators_of_their_territory() {
    let (mut world, keys) = realm(&["Nantes", "Ancenis"]);
    let north = Some(ItemId([1; 16]));
    let registrar = grant(Subject::Person(person("Rosa")), Role::REGISTRAR, north);
    let one = as_root(&world, 0, &registrar, &[(0, &keys[0])]);
    let alone = world.operate(0, person("Rosa"), None, &one);
    let twice = as_root(&world, 0, &registrar, &[(0, &keys[0]), (1, &keys[0])]);
    let doubled = world.operate(0, person("Rosa"), None, &twice);
    let two = as_root(&world, 0, &registrar, &[(0, &keys[0]), (2, &keys[2])]);
    let named = world.operate(0, person("Rosa"), None, &two);
    let claire = Subject::Person(person("Claire"));
    let inside = grant(claire, Role::CREATOR, north);
    let inside = world.operate(0, person("Rosa"), None, &inside);
    let outside = grant(claire, Role::CREATOR, Some(ItemId([2; 16])));
    let outside = world.operate(0, person("Rosa"), None, &outside);
    let above = grant(claire, Role::REGISTRAR, north);
    let above = world.operate(0, person("Rosa"), None, &above);
    let claire_in_rosas_eyes = world.whole().now().role(&person("Claire"));
    assert_eq!(claire_in_rosas_eyes, Role::CREATOR);
    assert_eq!(
        standing(&world, &alone),
        Standing::Void(VoidReason::NotSigned)
    );
    assert_eq!(
        standing(&world, &doubled),
        Standing::Void(VoidReason::NotSigned)
    );
    assert_eq!(standing(&world, &named), Standing::Counts);
    assert_eq!(standing(&world, &inside), Standing::Counts);
    assert_eq!(
        standing(&world, &outside),
        Standing::Void(VoidReason::NoRight)
    );
    assert_eq!(
        standing(&world, &above),
        Standing::Void(VoidReason::NotSigned)
    );

    // The root removes the registrar, from any log; played again elsewhere, its old signature
    // gives nothing back.
    let cut = world.cut_of_all(0);
    let revoke = Operation::Revoke {
        subject: Subject::Person(person("Rosa")),
        cut,
        order: None,
    };
    let revoke = as_root(&world, 0, &revoke, &[(1, &keys[1]), (2, &keys[2])]);
    world.sync(0, 1);
    let removed = world.operate(1, person("Rosa"), None, &revoke);
    let heads = world.entry(&named).0.header.rights_heads.clone();
    world.operate(1, person("Rosa"), Some(heads), &two);
    assert_eq!(standing(&world, &removed), Standing::Counts);
    let now = world.whole();
    assert_eq!(now.now().role(&person("Rosa")), Role::NONE);
    assert_eq!(now.now().role(&person("Claire")), Role::CREATOR);
}

#[test]
fn a_site_writes_about_itself_and_not_about_others() {
    let (mut world, _) = realm(&["Nantes", "Ancenis", "Vitre"]);
    let site = PersonId::of_site(&node("Nantes"));
    world.operate(0, site, None, &host("Ancenis"));
    world.sync(0, 1);
    world.sync(0, 2);
    let ancenis = PersonId::of_site(&node("Ancenis"));
    let expected = [
        (1, ancenis, Standing::Counts),
        (1, site, Standing::Held(HeldReason::NoRight)),
        (
            2,
            PersonId::of_site(&node("Vitre")),
            Standing::Held(HeldReason::NotHost),
        ),
    ];
    for (place, author, expected) in expected {
        let id = world.say(place, author, None);
        let (entry, writer) = world.entry(&id);
        let whole = world.whole();
        let judged = whole.judge(&id, &entry.header, &writer.node, Role::HOST);
        assert_eq!(judged, expected);
        assert_eq!(
            whole.judge_then(&id, &entry.header, &writer.node, Role::HOST),
            expected
        );
    }
}

#[test]
fn another_founding_of_the_same_id_is_void() {
    let mut world = World::found(&["Nantes", "Ancenis"], &person("Claire"));
    let founding = world.entries[0].0.id;
    let kinds = [
        SpaceKind::Team,
        SpaceKind::Private,
        SpaceKind::Realm,
        SpaceKind::Unknown(77),
    ];
    for kind in kinds {
        let create = Operation::Create {
            kind,
            nonce: [9; 32],
            root: None,
        };
        let id = world.operate(1, person("Eve"), Some(Vec::new()), &create);
        assert_eq!(
            standing(&world, &id),
            Standing::Void(VoidReason::WrongFounding),
            "{kind:?}"
        );
    }
    assert_eq!(world.whole().heads(), [founding]);
}

#[test]
fn a_private_space_may_be_founded_at_several_sites_by_its_person_alone() {
    let secret = [3; 32];
    let space = SpaceId::private(&secret, &person("Claire"));
    let mut world = World::empty(space, &["Nantes", "Ancenis"]);
    let create = Operation::Create {
        kind: SpaceKind::Private,
        nonce: secret,
        root: None,
    };
    for site in [0, 1] {
        world.operate(site, person("Claire"), Some(Vec::new()), &create);
    }
    let forged = world.operate(1, person("Eve"), Some(Vec::new()), &create);
    world.sync(0, 1);
    let shared = grant(Subject::Person(person("Eve")), Role::VIEWER, None);
    let shared = world.operate(0, person("Claire"), None, &shared);
    assert_eq!(
        standing(&world, &forged),
        Standing::Void(VoidReason::WrongFounding)
    );
    assert_eq!(
        standing(&world, &shared),
        Standing::Void(VoidReason::WrongPlace)
    );
    let whole = world.whole();
    assert_eq!(whole.now().hosts.len(), 2);
    assert_eq!(whole.now().role(&person("Claire")), Role::MANAGER);
    assert_eq!(whole.heads().len(), 2);
}

#[test]
fn a_fork_is_held_at_every_site_until_its_own_site_adopts_it() {
    let mut world = World::found(&["Nantes", "Ancenis"], &person("Claire"));
    world.operate(0, person("Claire"), None, &host("Ancenis"));
    let dora = Operation::Appoint {
        subject: Subject::Person(person("Dora")),
        role: Role::MANAGER,
        territory: None,
        sites: vec![node("Ancenis")],
    };
    world.operate(0, person("Claire"), None, &dora);
    world.sync(0, 1);
    let before = world.operate(1, person("Dora"), None, &Operation::Join);
    let rights = |name: &str| grant(Subject::Person(person(name)), Role::CONTRIBUTOR, None);
    let left = world.operate(1, person("Dora"), None, &rights("Paul"));
    let left_more = world.operate(1, person("Dora"), None, &rights("Nora"));
    world.step_back(1, &before);
    let right = world.operate(1, person("Dora"), Some(vec![before]), &rights("Marc"));
    let mut whole = world.whole();
    for id in [left, left_more, right] {
        assert_eq!(whole.stands(&id), Standing::Held(HeldReason::Forked));
    }
    assert_eq!(whole.stands(&before), Standing::Counts);
    assert!(whole.now().persons.len() == 2, "nobody was added");

    world.restore(1);
    let log = world.entry(&left).0.header.log;
    let mut heads = vec![left_more, right];
    heads.sort();
    let site = PersonId::of_site(&node("Ancenis"));
    let cited: Vec<_> = whole.heads().to_vec();
    let adopt = Operation::Adopt { log, heads };
    world.operate(1, site, Some(cited), &adopt);
    whole = world.whole();
    for id in [left, left_more, right] {
        assert_eq!(whole.stands(&id), Standing::Counts);
    }
    let everybody = ["Claire", "Paul", "Nora", "Marc"];
    assert!(
        everybody
            .iter()
            .all(|name| whole.now().role(&person(name)) != Role::NONE)
    );
    let mut dice = super::world::Dice(3);
    (0..100).for_each(|_| world.check_order(&dice.shuffled(world.entries.len()), &whole));
}

#[test]
fn a_stated_fork_of_content_holds_what_lies_above() {
    let mut world = World::found(&["Nantes"], &person("Claire"));
    let below = world.say(0, person("Claire"), None);
    let above = world.say(0, person("Claire"), None);
    let added = world.operate(0, person("Claire"), None, &host("Ancenis"));
    let log = world.entry(&above).0.header.log;
    let mut whole = world.whole();
    assert_eq!(whole.stands(&added), Standing::Counts);
    let facts = [
        (3, above, below),
        (3, EntryId([7; 32]), below),
        (4, added, above),
    ];
    assert_eq!(whole.fork(log, &facts), Inserted::Rejudge);
    assert_eq!(whole.fork(log, &facts), Inserted::Ignored);
    let judge = |id: &EntryId| {
        let (entry, writer) = world.entry(id);
        whole.judge(id, &entry.header, &writer.node, Role::VIEWER)
    };
    assert_eq!(judge(&below), Standing::Counts);
    assert_eq!(judge(&above), Standing::Held(HeldReason::Forked));
    assert_eq!(judge(&added), Standing::Held(HeldReason::Forked));
}

#[test]
fn a_new_life_must_know_its_earlier_operations() {
    let mut world = World::found(&["Nantes", "Ancenis"], &person("Claire"));
    let founding = world.entries[0].0.id;
    let known = world.operate(0, person("Claire"), None, &host("Ancenis"));
    world.restore(0);
    let knows = world.operate(0, person("Claire"), None, &Operation::Join);
    let forgot = world.operate(0, person("Claire"), Some(vec![founding]), &Operation::Join);
    world.restore(0);
    let lost = world.operate(0, person("Claire"), Some(vec![founding]), &host("Vitre"));
    assert_eq!(standing(&world, &known), Standing::Counts);
    assert_eq!(standing(&world, &knows), Standing::Counts);
    assert_eq!(standing(&world, &forgot), Standing::Counts, "its log knew");
    assert_eq!(
        standing(&world, &lost),
        Standing::Held(HeldReason::NotDescended)
    );
    let whole = world.whole();
    let mut dice = super::world::Dice(5);
    (0..100).for_each(|_| world.check_order(&dice.shuffled(world.entries.len()), &whole));
}

#[test]
fn a_new_life_cites_its_earlier_operations_also_void_ones() {
    let mut world = World::found(&["Nantes", "Ancenis"], &person("Claire"));
    world.operate(0, person("Claire"), None, &host("Ancenis"));
    world.sync(0, 1);
    // Nobody gave Eve a right: the last operation of Ancenis is void, and no head follows it.
    let eve = grant(Subject::Person(person("Eve")), Role::CONTRIBUTOR, None);
    let void = world.operate(1, person("Eve"), None, &eve);
    world.restore(1);
    let (whole, writer) = (world.whole(), world.sites[1].writer);
    assert!(matches!(standing(&world, &void), Standing::Void(_)));
    assert!(!whole.heads().contains(&void));
    let forgetful = world.operate(
        1,
        person("Claire"),
        Some(whole.heads().to_vec()),
        &Operation::Join,
    );
    assert_eq!(
        standing(&world, &forgetful),
        Standing::Held(HeldReason::NotDescended)
    );
    let heads = world.whole().heads_of(&writer);
    assert!(heads.contains(&void) && heads.is_sorted());
    let join = world.operate(1, person("Claire"), Some(heads), &Operation::Join);
    assert_eq!(standing(&world, &join), Standing::Counts);
    // From then on its own log tells.
    let whole = world.whole();
    let other = Writer { life: 0, ..writer };
    assert_eq!(whole.heads_of(&other), whole.heads());
    assert_eq!(whole.heads_of(&writer), whole.heads());
    let mut dice = super::world::Dice(7);
    (0..100).for_each(|_| world.check_order(&dice.shuffled(world.entries.len()), &whole));
}

#[test]
fn a_fork_holds_its_content_until_adopted_and_says_so() {
    let mut world = World::found(&["Nantes", "Ancenis"], &person("Claire"));
    world.operate(0, person("Claire"), None, &host("Ancenis"));
    world.sync(0, 1);
    let below = world.say(1, person("Claire"), None);
    let left = world.say(1, person("Claire"), None);
    world.step_back(1, &below);
    let right = world.say(1, person("Claire"), None);
    let (entry, writer) = world.entry(&left).clone();
    let (log, seq) = (entry.header.log, entry.header.seq);
    let facts = [(seq, left, below), (seq, right, below)];
    world.restore(1);
    let heads = [left, right]
        .into_iter()
        .collect::<std::collections::BTreeSet<_>>();
    let adopt = Operation::Adopt {
        log,
        heads: heads.into_iter().collect(),
    };
    let before = world.whole();
    let site = PersonId::of_site(&node("Ancenis"));
    let cited = before.heads_of(&world.sites[1].writer);
    world.operate(1, site, Some(cited), &adopt);
    let judge = |rights: &Rights, id: &EntryId| {
        let (entry, writer) = world.entry(id);
        rights.judge(id, &entry.header, &writer.node, Role::VIEWER)
    };
    // In whatever order the fork and its adoption become known.
    let mut forked = before;
    forked.fork(log, &facts);
    let mut late = world.whole();
    late.fork(log, &facts);
    for id in [&left, &right] {
        assert_eq!(judge(&forked, id), Standing::Held(HeldReason::Forked));
        assert!(forked.is_above_fork(&log, &writer.node, seq, id));
        assert_eq!(judge(&late, id), Standing::Counts);
        assert!(!late.is_above_fork(&log, &writer.node, seq, id));
    }
    assert_eq!(judge(&forked, &below), Standing::Counts);
    let (adoption, life) = world.entries.last().expect("written above").clone();
    forked.insert(&adoption, life);
    assert_eq!(judge(&forked, &left), Standing::Counts);
}

#[test]
fn what_waits_names_what_is_missing() {
    let mut world = World::found(&["Nantes"], &person("Claire"));
    let one = world.operate(0, person("Claire"), None, &host("Ancenis"));
    let two = world.operate(0, person("Claire"), None, &Operation::Join);
    let page = world.say(0, person("Claire"), None);
    let mut rights = Rights::new(world.space);
    let insert = |rights: &mut Rights, place: usize| {
        let (entry, writer) = &world.entries[place];
        rights.insert(entry, *writer)
    };
    assert_eq!(insert(&mut rights, 2), Inserted::Waiting);
    let missing = Standing::Waiting { missing: vec![one] };
    assert_eq!(rights.stands(&two), missing);
    let (entry, writer) = world.entry(&page);
    let judged = |rights: &Rights| rights.judge(&page, &entry.header, &writer.node, Role::VIEWER);
    assert_eq!(judged(&rights), missing);
    assert_eq!(insert(&mut rights, 0), Inserted::Rejudge);
    assert_ne!(insert(&mut rights, 1), Inserted::Ignored);
    assert_eq!(judged(&rights), Standing::Counts);
    assert_eq!(insert(&mut rights, 1), Inserted::Ignored);
    assert_eq!(
        insert(&mut rights, 3),
        Inserted::Ignored,
        "content is not taken in"
    );
}

#[test]
fn heads_stay_within_what_an_entry_may_cite() {
    let count = crate::limits::RIGHTS_HEADS_MAX + 10;
    let names: Vec<String> = (0..count).map(|place| format!("site {place}")).collect();
    let sites: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut world = World::found(&sites, &person("Claire"));
    for name in &sites[1..] {
        world.operate(0, person("Claire"), None, &host(name));
    }
    (1..count).for_each(|site| world.sync(0, site));
    for site in 1..count {
        world.operate(site, person("Claire"), None, &Operation::Join);
    }
    (1..count).for_each(|site| world.sync(0, site));
    assert_eq!(
        world.sites[0].rights.heads().len(),
        crate::limits::RIGHTS_HEADS_MAX
    );
    assert_eq!(world.sites[0].rights.heads(), world.whole().heads());
    let mut joins = 0;
    while world.sites[0].rights.join_is_due() {
        world.operate(
            0,
            PersonId::of_site(&node(sites[0])),
            None,
            &Operation::Join,
        );
        joins += 1;
    }
    assert_eq!(joins, 2);
    assert_eq!(world.sites[0].rights.heads(), world.whole().heads());
}
