//! Exact bytes of every operation: a change here breaks every stored log.

use super::super::*;
use crate::limits::{
    ADMITTED_RANGES_MAX, APPOINT_SITES_MAX, GUEST_SPONSORS_MAX, ORDER_REKEYS_MAX,
    PERSON_NAME_BYTES_MAX,
};
use crate::rights::operation::{RootSignature, root_message};
use bocage_crdt::ids::{ItemId, PersonId};
use ed25519_dalek::SigningKey;

fn cut() -> Cut {
    Cut(vec![CutPoint {
        log: LogId([1; 32]),
        seq: 300,
        entry: EntryId([2; 32]),
    }])
}

fn bytes_of(byte: u8, count: usize) -> String {
    format!("{byte:02x}").repeat(count)
}

fn cut_bytes() -> String {
    format!("01{}ac02{}", bytes_of(1, 32), bytes_of(2, 32))
}

fn samples() -> Vec<(Operation, String)> {
    let person = Subject::Person(PersonId([3; 16]));
    let person_bytes = format!("00{}", bytes_of(3, 16));
    let site_bytes = format!("01{}", bytes_of(4, 32));
    let key = SigningKey::from_bytes(&[5; 32]).verifying_key().to_bytes();
    let key_bytes: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let root = RootKeys {
        version: 1,
        threshold: 1,
        keys: vec![key],
    };
    vec![
        (
            Operation::Create {
                kind: SpaceKind::Team,
                nonce: [6; 32],
                root: None,
            },
            format!("0002{}00", bytes_of(6, 32)),
        ),
        (
            Operation::Create {
                kind: SpaceKind::Realm,
                nonce: [6; 32],
                root: Some(root.clone()),
            },
            format!("0006{}01010101{key_bytes}", bytes_of(6, 32)),
        ),
        (
            Operation::Grant {
                subject: person,
                role: Role::CONTRIBUTOR,
                territory: Some(ItemId([7; 16])),
                sponsor: Some(PersonId([8; 16])),
                end_ms: Some(128),
            },
            format!(
                "01{person_bytes}0701{}01{}018001",
                bytes_of(7, 16),
                bytes_of(8, 16)
            ),
        ),
        (
            Operation::Grant {
                subject: Subject::Site(NodeId([4; 32])),
                role: Role::ADMITTING,
                territory: None,
                sponsor: None,
                end_ms: None,
            },
            format!("01{site_bytes}8001000000"),
        ),
        (
            Operation::SetRole {
                subject: person,
                role: Role::VIEWER,
                cut: cut(),
            },
            format!("02{person_bytes}01{}", cut_bytes()),
        ),
        (
            Operation::Revoke {
                subject: person,
                cut: cut(),
                order: None,
            },
            format!("03{person_bytes}{}00", cut_bytes()),
        ),
        (
            Operation::HostAdd {
                node: NodeId([4; 32]),
                name: "Ancenis".into(),
                addresses: vec!["/ip4/192.0.2.1".into()],
                territory: None,
            },
            format!(
                "04{}07416e63656e6973010e2f6970342f3139322e302e322e3100",
                bytes_of(4, 32)
            ),
        ),
        (
            Operation::HostRemove {
                node: NodeId([4; 32]),
                cut: Cut::default(),
                order: None,
            },
            format!("05{}0000", bytes_of(4, 32)),
        ),
        (
            Operation::Readmit {
                entries: vec![EntryId([1; 32]), EntryId([2; 32])],
            },
            format!("0602{}{}", bytes_of(1, 32), bytes_of(2, 32)),
        ),
        (
            Operation::Quarantine {
                entry: EntryId([1; 32]),
            },
            format!("07{}", bytes_of(1, 32)),
        ),
        (
            Operation::Close { cut: cut() },
            format!("08{}", cut_bytes()),
        ),
        (Operation::Reopen, "09".into()),
        (
            Operation::Erase {
                items: vec![ItemId([1; 16])],
                reason: "no".into(),
            },
            format!("0a01{}026e6f", bytes_of(1, 16)),
        ),
        (
            Operation::Adopt {
                log: LogId([1; 32]),
                heads: vec![EntryId([2; 32])],
            },
            format!("0b{}01{}", bytes_of(1, 32), bytes_of(2, 32)),
        ),
        (Operation::Join, "0c".into()),
        (
            Operation::Root {
                operation: vec![12],
                signatures: vec![RootSignature {
                    key: 1,
                    signature: vec![9; 64],
                }],
            },
            format!("0d010c010140{}", bytes_of(9, 64)),
        ),
        (
            Operation::Appoint {
                subject: person,
                role: Role::CONTRIBUTOR.with(Role::SPONSOR),
                territory: Some(ItemId([7; 16])),
                sites: vec![NodeId([4; 32]), NodeId([5; 32])],
            },
            format!(
                "0e{person_bytes}870801{}02{}{}",
                bytes_of(7, 16),
                bytes_of(4, 32),
                bytes_of(5, 32)
            ),
        ),
        (
            Operation::Rekey {
                keys: RootKeys { version: 2, ..root },
            },
            format!("0f020101{key_bytes}"),
        ),
        (
            Operation::GuestAdd {
                node: NodeId([4; 32]),
                name: "Guest".into(),
                role: Role::COMMENTER,
                sponsors: vec![NodeId([5; 32])],
                addresses: vec!["a".into()],
                end_ms: Some(128),
            },
            format!(
                "10{}0547756573740301{}010161018001",
                bytes_of(4, 32),
                bytes_of(5, 32)
            ),
        ),
        (
            Operation::Introduce { name: "Ada".into() },
            "1103416461".into(),
        ),
        (
            Operation::Deputise {
                subject: person,
                sites: vec![NodeId([4; 32])],
                order: vec![1, 2],
            },
            format!("12{person_bytes}01{}020102", bytes_of(4, 32)),
        ),
        (
            Operation::Unknown {
                bytes: vec![19, 1, 2],
            },
            "130102".into(),
        ),
    ]
}

#[test]
fn operations_are_golden_and_read_back() {
    for (operation, expected) in samples() {
        let bytes = operation.encode();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, expected, "{operation:?}");
        assert_eq!(Operation::decode(&bytes), Ok(operation));
    }
}

#[test]
fn only_canonical_bytes_are_operations() {
    for (operation, _) in samples() {
        let bytes = operation.encode();
        if matches!(operation, Operation::Unknown { .. }) {
            continue;
        }
        let longer = [&bytes[..], &[0]].concat();
        assert!(
            Operation::decode(&longer).is_err(),
            "a byte too many: {operation:?}"
        );
        assert!(
            Operation::decode(&bytes[..bytes.len() - 1]).is_err(),
            "one less: {operation:?}"
        );
    }
    let unsorted = [
        Operation::Readmit {
            entries: vec![EntryId([2; 32]), EntryId([1; 32])],
        },
        Operation::Readmit {
            entries: Vec::new(),
        },
        Operation::Close {
            cut: Cut([cut().0, cut().0].concat()),
        },
        Operation::Create {
            kind: SpaceKind::Realm,
            nonce: [0; 32],
            root: Some(RootKeys {
                version: 1,
                threshold: 1,
                keys: vec![[0xFF; 32]],
            }),
        },
        Operation::Appoint {
            subject: Subject::Person(PersonId([3; 16])),
            role: Role::MANAGER,
            territory: None,
            sites: vec![NodeId([5; 32]), NodeId([4; 32])],
        },
        guest_add(Vec::new()),
        guest_add(nodes(GUEST_SPONSORS_MAX + 1)),
        appoint(APPOINT_SITES_MAX + 1),
        Operation::Introduce {
            name: "x".repeat(PERSON_NAME_BYTES_MAX + 1),
        },
    ];
    let largest = [
        guest_add(nodes(GUEST_SPONSORS_MAX)),
        appoint(APPOINT_SITES_MAX),
        Operation::Introduce {
            name: "x".repeat(PERSON_NAME_BYTES_MAX),
        },
    ];
    for operation in largest {
        assert_eq!(Operation::decode(&operation.encode()), Ok(operation));
    }
    for operation in unsorted {
        assert!(
            Operation::decode(&operation.encode()).is_err(),
            "{operation:?}"
        );
    }
    // A role of one byte written in two.
    let mut long_role = Operation::Grant {
        subject: Subject::Person(PersonId([3; 16])),
        role: Role::VIEWER,
        territory: None,
        sponsor: None,
        end_ms: None,
    }
    .encode();
    long_role.splice(18..19, [0x81, 0x00]);
    assert!(Operation::decode(&long_role).is_err());
}

fn nodes(count: usize) -> Vec<NodeId> {
    (0..count).map(|byte| NodeId([byte as u8; 32])).collect()
}

fn appoint(sites: usize) -> Operation {
    Operation::Appoint {
        subject: Subject::Person(PersonId([3; 16])),
        role: Role::MANAGER,
        territory: None,
        sites: nodes(sites),
    }
}

fn guest_add(sponsors: Vec<NodeId>) -> Operation {
    Operation::GuestAdd {
        node: NodeId([4; 32]),
        name: "Guest".into(),
        role: Role::CONTRIBUTOR,
        sponsors,
        addresses: Vec::new(),
        end_ms: None,
    }
}

#[test]
fn orders_are_golden_and_canonical() {
    let proof = RootProof {
        rights_heads: vec![EntryId([1; 32])],
        operation: vec![12],
        signatures: Vec::new(),
    };
    let order = Order {
        realm: SpaceId([2; 32]),
        rekeys: vec![proof.clone()],
        naming: proof,
        header: vec![3],
        payload: vec![4, 5],
        signature: vec![6; 64],
        certificate: crate::certificate::NodeCertificate {
            node: NodeId([7; 32]),
            writers: Vec::new(),
            signature: vec![8; 64],
        },
    };
    let proof = format!("01{}010c00", bytes_of(1, 32));
    let expected = format!(
        "{}01{proof}{proof}0103020405{}{}{}{}",
        bytes_of(2, 32),
        format_args!("40{}", bytes_of(6, 64)),
        bytes_of(7, 32),
        "00",
        format_args!("40{}", bytes_of(8, 64)),
    );
    let bytes = order.encode();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, expected);
    assert_eq!(Order::decode(&bytes), Some(order.clone()));
    assert_eq!(Order::decode(&[&bytes[..], &[0]].concat()), None);
    let many = Order {
        rekeys: vec![order.naming.clone(); ORDER_REKEYS_MAX + 1],
        ..order
    };
    assert_eq!(Order::decode(&many.encode()), None);
}

#[test]
fn admissions_are_golden_and_canonical() {
    let range = |first, last| AdmittedRange {
        log: LogId([1; 32]),
        first,
        last,
        entry: EntryId([2; 32]),
    };
    let admission = Admission(vec![range(1, 128), range(129, 300)]);
    let (log, entry) = (bytes_of(1, 32), bytes_of(2, 32));
    let bytes = admission.encode();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, format!("02{log}018001{entry}{log}8101ac02{entry}"));
    assert_eq!(Admission::decode(&bytes), Some(admission));
    let full = (1..=ADMITTED_RANGES_MAX as u64).map(|at| range(at, at));
    let full = Admission(full.collect());
    assert_eq!(Admission::decode(&full.encode()), Some(full.clone()));
    let wrong = [
        Vec::new(),
        vec![range(0, 1)],
        vec![range(2, 1)],
        vec![range(2, 2), range(1, 1)],
        [full.0, vec![range(1_000, 1_000)]].concat(),
    ];
    for ranges in wrong {
        assert_eq!(Admission::decode(&Admission(ranges).encode()), None);
    }
}

#[test]
fn what_the_root_signs_is_golden() {
    let message = root_message(&SpaceId([1; 32]), &[EntryId([2; 32])], &[12]);
    let expected = [
        &b"bocage 1 root operation\0"[..],
        &[1; 32],
        &[1, 0, 0, 0, 0, 0, 0, 0],
        &[2; 32],
        &[12],
    ]
    .concat();
    assert_eq!(message, expected);
}

#[test]
fn the_space_id_binds_the_founding() {
    let (node, author, command) = (
        NodeId([1; 32]),
        PersonId([2; 16]),
        bocage_crdt::ids::CommandId([3; 16]),
    );
    let (space, _) = Operation::found(SpaceKind::Team, [4; 32], None, &node, &author, &command);
    assert_eq!(
        space.to_string(),
        "0867e23bafb7db3ddea2a950f488ce95fe52f371e893b116e761c12dbec1ef61"
    );
    let (other, _) = Operation::found(SpaceKind::Project, [4; 32], None, &node, &author, &command);
    assert_ne!(space, other);
}

#[test]
fn no_bytes_make_the_reader_fail() {
    let mut dice = super::world::Dice(11);
    let samples = samples();
    let (mut read, mut refused) = (0, 0);
    for _ in 0..50_000 {
        let mut bytes = samples[dice.roll(samples.len())].0.encode();
        for _ in 0..=dice.roll(3) {
            let at = dice.roll(bytes.len());
            match dice.roll(3) {
                0 => bytes[at] = dice.roll(256) as u8,
                1 => bytes.insert(at, dice.roll(256) as u8),
                _ if bytes.len() > 1 => {
                    bytes.remove(at);
                }
                _ => {}
            }
        }
        match Operation::decode(&bytes) {
            Ok(operation) => {
                assert_eq!(operation.encode(), bytes);
                read += 1;
            }
            Err(_) => refused += 1,
        }
    }
    assert!(
        read > 1_000 && refused > 1_000,
        "{read} read, {refused} refused"
    );
}
