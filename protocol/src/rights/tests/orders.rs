//! A realm beside the spaces of the tests: its root, and orders of its registrars as hosts carry
//! them. Signed for good: an order is verified, not believed.

use bocage_crdt::ids::{CommandId, ItemId, WriterKey};
use ed25519_dalek::SigningKey;

use super::super::*;
use super::world::{PersonId, id, node, person};
use crate::certificate::NodeCertificate;
use crate::entry::Header;
use crate::limits::PROTOCOL_VERSION;

pub(super) fn root_key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub(super) fn keys(version: u32, key: &SigningKey) -> RootKeys {
    RootKeys {
        version,
        threshold: 1,
        keys: vec![key.verifying_key().to_bytes()],
    }
}

/// The realm's first keys: one of one.
pub(super) fn root() -> RootKeys {
    keys(1, &root_key(90))
}

pub(super) const REALM: SpaceId = SpaceId([91; 32]);

pub(super) fn proof(operation: &Operation, signer: &SigningKey) -> RootProof {
    let heads = vec![EntryId([92; 32])];
    let signed = operation.sign_as_root(&REALM, &heads, &[(0, signer)]);
    let Operation::Root {
        operation,
        signatures,
    } = signed
    else {
        unreachable!("signing as root gives a root operation");
    };
    RootProof {
        rights_heads: heads,
        operation,
        signatures,
    }
}

/// What may be wrong about an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Flaw {
    None,
    OtherSite,
    OtherAuthor,
    NotRegistrar,
    OtherRoot,
    OtherSigner,
    OtherPayload,
    OtherRealm,
}

/// An order of the registrar Rosa, written at headquarters.
pub(super) fn order_with(
    operation: &Operation,
    territory: Option<ItemId>,
    rekeys: &[SigningKey],
    flaw: Flaw,
) -> Order {
    let (site, writer) = (root_key(93), root_key(94));
    let headquarters = NodeId(site.verifying_key().to_bytes());
    let mut signer = root_key(90);
    let mut chain = Vec::new();
    for (version, next) in (2..).zip(rekeys) {
        let rekey = Operation::Rekey {
            keys: keys(version, next),
        };
        chain.push(proof(&rekey, &signer));
        signer = next.clone();
    }
    if flaw == Flaw::OtherRoot {
        signer = root_key(99);
    }
    let naming = Operation::Appoint {
        subject: Subject::Person(person("Rosa")),
        role: match flaw {
            Flaw::NotRegistrar => Role::CREATOR,
            _ => Role::REGISTRAR,
        },
        territory,
        sites: vec![match flaw {
            Flaw::OtherSite => node("Nantes"),
            _ => headquarters,
        }],
    };
    let realm = match flaw {
        Flaw::OtherRealm => SpaceId([95; 32]),
        _ => REALM,
    };
    let payload = operation.encode();
    let writer_key = WriterKey(writer.verifying_key().to_bytes());
    let header = Header {
        version: PROTOCOL_VERSION,
        kind: EntryKind::Rights,
        space: realm,
        log: LogId::of(&writer_key, &realm),
        seq: 4,
        prev: EntryId([3; 32]),
        lamport: 9,
        wall_ms: 0,
        rights_heads: vec![EntryId([92; 32])],
        author: match flaw {
            Flaw::OtherAuthor => person("Eve"),
            _ => person("Rosa"),
        },
        item: ItemId::root(&realm),
        creation: None,
        command: CommandId(id("order")),
        origin: None,
        carried: Vec::new(),
        payload_hash: [0; 32],
        payload_length: 0,
    };
    let hand = match flaw {
        Flaw::OtherSigner => &site,
        _ => &writer,
    };
    let entry = Entry::sign(header, payload.clone(), hand);
    Order {
        realm: REALM,
        rekeys: chain,
        naming: proof(&naming, &signer),
        header: entry.bytes,
        payload: match flaw {
            Flaw::OtherPayload => Operation::Join.encode(),
            _ => payload,
        },
        signature: entry.signature.to_vec(),
        certificate: NodeCertificate::sign(&site, vec![writer_key]),
    }
}

/// A sound order's bytes.
pub(super) fn order(operation: &Operation, territory: Option<ItemId>) -> Vec<u8> {
    order_with(operation, territory, &[], Flaw::None).encode()
}

/// A removal under a registrar's order, as a host writes it.
pub(super) fn ordered_removal(subject: PersonId, cut: Cut, territory: Option<ItemId>) -> Operation {
    let removal = |cut, order| Operation::Revoke {
        subject: Subject::Person(subject),
        cut,
        order,
    };
    let signed = order(&removal(Cut::default(), None), territory);
    removal(cut, Some(signed))
}

/// The same for a site.
pub(super) fn ordered_host_removal(node: NodeId, cut: Cut, territory: Option<ItemId>) -> Operation {
    let removal = |cut, order| Operation::HostRemove { node, cut, order };
    let signed = order(&removal(Cut::default(), None), territory);
    removal(cut, Some(signed))
}

/// The naming of a deputy in a space under a registrar's order.
pub(super) fn deputise(space: &SpaceId, subject: PersonId, sites: Vec<NodeId>) -> Operation {
    let subject = Subject::Person(subject);
    let named = Operation::Appoint {
        subject,
        role: Role::MANAGER,
        territory: Some(ItemId::root(space)),
        sites: sites.clone(),
    };
    Operation::Deputise {
        subject,
        sites,
        order: order(&named, None),
    }
}

fn subject() -> Operation {
    Operation::Revoke {
        subject: Subject::Person(person("Paul")),
        cut: Cut::default(),
        order: None,
    }
}

fn carried(order: &Order) -> Operation {
    Operation::Revoke {
        subject: Subject::Person(person("Paul")),
        cut: Cut::default(),
        order: Some(order.encode()),
    }
}

#[test]
fn an_order_counts_only_if_all_of_it_is_proved() {
    let mut world = super::world::World::found(&["Nantes"], &person("Claire"));
    let itself = PersonId::of_site(&node("Nantes"));
    let wrong = Standing::Void(VoidReason::WrongOrder);
    let sound = order_with(&subject(), None, &[], Flaw::None);
    let id = world.operate(0, itself, None, &carried(&sound));
    assert_eq!(world.whole().stands(&id), Standing::Counts);
    let flaws = [
        Flaw::OtherSite,
        Flaw::OtherAuthor,
        Flaw::NotRegistrar,
        Flaw::OtherRoot,
        Flaw::OtherSigner,
        Flaw::OtherPayload,
        Flaw::OtherRealm,
    ];
    for flaw in flaws {
        let order = order_with(&subject(), None, &[], flaw);
        let id = world.operate(0, itself, None, &carried(&order));
        assert_eq!(world.whole().stands(&id), wrong, "{flaw:?}");
    }
    // Another subject, another author than the carrying site, bytes of no order.
    let other = Operation::Revoke {
        subject: Subject::Person(person("Nora")),
        cut: Cut::default(),
        order: Some(sound.encode()),
    };
    let noise = Operation::Revoke {
        subject: Subject::Person(person("Paul")),
        cut: Cut::default(),
        order: Some(vec![1, 2, 3]),
    };
    for operation in [other, noise] {
        let id = world.operate(0, itself, None, &operation);
        assert_eq!(world.whole().stands(&id), wrong);
    }
    let id = world.operate(0, person("Claire"), None, &carried(&sound));
    let no_right = Standing::Void(VoidReason::NoRight);
    assert_eq!(world.whole().stands(&id), no_right);
}

#[test]
fn an_order_proves_the_changes_of_root_keys_since_the_founding() {
    let mut world = super::world::World::found(&["Nantes"], &person("Claire"));
    let itself = PersonId::of_site(&node("Nantes"));
    let chain = [root_key(101), root_key(102)];
    let sound = order_with(&subject(), None, &chain, Flaw::None);
    let mut gap = sound.clone();
    gap.rekeys.remove(0);
    let mut short = sound.clone();
    short.rekeys.pop();
    let expected = [
        (sound, Standing::Counts),
        (gap, Standing::Void(VoidReason::WrongOrder)),
        (short, Standing::Void(VoidReason::WrongOrder)),
    ];
    for (order, expected) in expected {
        let id = world.operate(0, itself, None, &carried(&order));
        assert_eq!(world.whole().stands(&id), expected);
    }
}

#[test]
fn a_deputy_is_named_for_one_space() {
    let mut world = super::world::World::found(&["Nantes"], &person("Claire"));
    let itself = PersonId::of_site(&node("Nantes"));
    let leave = Operation::Revoke {
        subject: Subject::Person(person("Claire")),
        cut: world.cut_of_all(0),
        order: None,
    };
    world.operate(0, person("Claire"), None, &leave);
    let elsewhere = deputise(&SpaceId([1; 32]), person("Dora"), vec![node("Nantes")]);
    let elsewhere = world.operate(0, itself, None, &elsewhere);
    let wrong = Standing::Void(VoidReason::WrongOrder);
    assert_eq!(world.whole().stands(&elsewhere), wrong);
    let here = deputise(&world.space, person("Dora"), vec![node("Nantes")]);
    let here = world.operate(0, itself, None, &here);
    assert_eq!(world.whole().stands(&here), Standing::Counts);
    assert_eq!(
        world.whole().now().persons[&person("Dora")].sites,
        [node("Nantes")]
    );
}
