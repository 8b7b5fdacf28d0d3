//! What rights, guests, homes, archives and backups say. Samples and readers.

use std::io::Cursor;

use bocage_crdt::ids::{EntryId, ItemId, NodeId, PersonId, WriterKey};
use bocage_node::archive::verify::verify;
use bocage_node::archive::write::ArchiveWriter;
use bocage_node::archive::{FORMAT_WITHOUT_ENTRIES, Manifest};
use bocage_node::decoders;
use bocage_node::web::home::{HomeAnswer, HomeQuestion};
use bocage_protocol::certificate::NodeCertificate;
use bocage_protocol::rights::{
    Admission, AdmittedRange, Operation, Order, Role, RootKeys, RootProof, Subject,
};

use super::targets::{Read, refused, stored};
use super::wire::{SPACE, a_chain, an_entry, key, log, node};

const ANNE: PersonId = PersonId([3; 16]);
const TERRITORY: ItemId = ItemId([8; 16]);

fn rekey() -> Operation {
    let keys = [8, 9].map(|seed| key(seed).verifying_key().to_bytes());
    Operation::Rekey {
        keys: RootKeys {
            version: 2,
            threshold: 2,
            keys: keys.to_vec(),
        },
    }
}

fn sorted_sites() -> Vec<NodeId> {
    let mut sites = vec![node(6), node(9)];
    sites.sort();
    sites
}

fn an_order() -> Order {
    let heads = vec![EntryId([2; 32])];
    let proof = |operation: &Operation| {
        let signed = Operation::sign_as_root(operation, &SPACE, &heads, &[(0, &key(8))]);
        let Operation::Root {
            operation,
            signatures,
        } = signed
        else {
            panic!("the root signs root operations");
        };
        RootProof {
            rights_heads: heads.clone(),
            operation,
            signatures,
        }
    };
    let entry = an_entry(1, EntryId::default());
    let writer = WriterKey(key(7).verifying_key().to_bytes());
    let naming = Operation::Appoint {
        subject: Subject::Person(ANNE),
        role: Role::REGISTRAR,
        territory: Some(TERRITORY),
        sites: sorted_sites(),
    };
    Order {
        realm: SPACE,
        rekeys: vec![proof(&rekey())],
        naming: proof(&naming),
        header: entry.bytes.clone(),
        payload: entry.payload.unwrap_or_default(),
        signature: entry.signature.to_vec(),
        certificate: NodeCertificate::sign(&key(6), vec![writer]),
    }
}

/// One of each kind that says who may be trusted.
pub(crate) fn of_trust() -> Vec<Operation> {
    let subject = Subject::Person(ANNE);
    vec![
        Operation::Appoint {
            subject,
            role: Role::MANAGER,
            territory: Some(TERRITORY),
            sites: sorted_sites(),
        },
        rekey(),
        Operation::GuestAdd {
            node: node(9),
            name: "Morvan".into(),
            role: Role::CONTRIBUTOR,
            sponsors: sorted_sites(),
            addresses: vec!["192.0.2.9:7001".into()],
            end_ms: Some(1_795_000_000_000),
        },
        Operation::Introduce {
            name: "Ana Morvan".into(),
        },
        Operation::Deputise {
            subject,
            sites: sorted_sites(),
            order: an_order().encode(),
        },
    ]
}

pub(crate) fn orders() -> Vec<Vec<u8>> {
    vec![an_order().encode()]
}

pub(crate) fn order(bytes: &[u8]) -> Read {
    match Order::decode(bytes) {
        Some(order) => {
            assert_eq!(order.encode(), bytes, "one encoding only");
            Read::As(order.encode())
        }
        None => refused("order-malformed"),
    }
}

pub(crate) fn admissions() -> Vec<Vec<u8>> {
    let range = |first, last| AdmittedRange {
        log: log(),
        first,
        last,
        entry: EntryId([last as u8; 32]),
    };
    vec![Admission(vec![range(1, 4), range(7, 7)]).encode()]
}

pub(crate) fn admission(bytes: &[u8]) -> Read {
    match Admission::decode(bytes) {
        Some(admission) => {
            assert_eq!(admission.encode(), bytes, "one encoding only");
            Read::As(admission.encode())
        }
        None => refused("admission-malformed"),
    }
}

pub(crate) fn guest_welcomes() -> Vec<Vec<u8>> {
    let addresses = vec!["192.0.2.7:7001".to_owned()];
    let sponsors = vec![(node(6), "Nantes".to_owned(), addresses)];
    vec![stored(&("Loire".to_owned(), SPACE, sponsors))]
}

pub(crate) fn home_questions() -> Vec<Vec<u8>> {
    let login = || "anne".to_owned();
    let sign_in = HomeQuestion::SignIn {
        login: login(),
        password: "douze lettres".into(),
    };
    let change = HomeQuestion::ChangePassword {
        login: login(),
        current: "douze lettres".into(),
        verifier: "$argon2id$v=19$m=19456,t=2,p=1$AAAA$BBBB".into(),
    };
    vec![stored(&sign_in), stored(&change)]
}

pub(crate) fn home_answers() -> Vec<Vec<u8>> {
    let right = HomeAnswer::Right {
        person: ANNE,
        verifier: "$argon2id$v=19$m=19456,t=2,p=1$AAAA$BBBB".into(),
        changed_ms: 1_795_000_000_000,
    };
    let answers = [
        right,
        HomeAnswer::Wrong,
        HomeAnswer::TooMany(30),
        HomeAnswer::Busy,
    ];
    answers.iter().map(stored).collect()
}

pub(crate) fn sealed_values() -> Vec<Vec<u8>> {
    vec![decoders::a_sealed_value(b"bonjour")]
}

pub(crate) fn sealed_value(bytes: &[u8]) -> Read {
    match decoders::sealed_value(bytes) {
        // Sealed again, it would have another nonce.
        Ok(_) => Read::Done,
        Err(reason) => refused(reason),
    }
}

pub(crate) fn backup_records() -> Vec<Vec<u8>> {
    let with_length = |record: Vec<u8>| {
        let mut bytes = (record.len() as u32).to_le_bytes().to_vec();
        bytes.extend(record);
        bytes
    };
    // As the enum is written: 1 a file, 3 a space, 8 an entry, 9 the end.
    let entry = a_chain().remove(0).bytes;
    let records = [
        stored(&(1_u8, "certificate", vec![1_u8, 2, 3])),
        stored(&(3_u8, 1_u32, SPACE)),
        stored(&(8_u8, 1_u32, 1_u64, entry)),
        stored(&(9_u8, 3_u64)),
    ];
    records.into_iter().map(with_length).collect()
}

fn a_manifest() -> Manifest {
    Manifest {
        format: FORMAT_WITHOUT_ENTRIES,
        program: "0.3.0".into(),
        space: SPACE,
        space_name: "Voirie".into(),
        realm_name: "Loire".into(),
        site: node(6),
        site_name: "Nantes".into(),
        made_ms: 1_795_000_000_000,
        written_meanwhile: false,
        heads: Vec::new(),
        files: Vec::new(),
    }
}

pub(crate) fn archive_manifests() -> Vec<Vec<u8>> {
    vec![serde_json::to_vec(&a_manifest()).expect("plain values always encode")]
}

pub(crate) fn archive_manifest(bytes: &[u8]) -> Read {
    match serde_json::from_slice::<Manifest>(bytes) {
        Ok(manifest) => Read::As(serde_json::to_vec(&manifest).expect("it was read")),
        Err(error) => refused(error),
    }
}

pub(crate) fn archives() -> Vec<Vec<u8>> {
    let mut writer = ArchiveWriter::new(Cursor::new(Vec::new()));
    let page = "# Tournée\n\nlundi\n".repeat(20);
    writer
        .file("pages/tournee.md", page.as_bytes())
        .expect("room");
    writer.file("index.html", b"<p>Voirie</p>").expect("room");
    let manifest = |files| Manifest {
        files,
        ..a_manifest()
    };
    let archive = writer.finish(manifest, &key(6)).expect("room");
    vec![archive.into_inner()]
}

pub(crate) fn archive(bytes: &[u8]) -> Read {
    match verify(Cursor::new(bytes), None) {
        Ok(_) => Read::Done,
        Err(fault) => {
            let _ = fault.to_string();
            refused(fault.name())
        }
    }
}
