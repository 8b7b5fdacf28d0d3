//! How long rights take: `cargo run --release -p bocage-protocol --example rights_speed`.
//! A space of ten sites and 10,000 operations: judged cold, one more on top, a removal that voids
//! others, and content entries that cite the present or an older state.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "it measures time; the pure crate beside it is not allowed to"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use bocage_crdt::ids::{CommandId, EntryId, ItemId, LogId, NodeId, PersonId, WriterKey};
use bocage_protocol::entry::{Entry, EntryKind, Header, payload_hash};
use bocage_protocol::limits::PROTOCOL_VERSION;
use bocage_protocol::rights::{Cut, Operation, Rights, Role, SpaceKind, Standing, Subject, Writer};

const OPERATIONS: usize = 10_000;
const SITES: usize = 10;

struct Log {
    writer: Writer,
    log: LogId,
    seq: u64,
    prev: EntryId,
}

fn bytes<const N: usize>(number: usize) -> [u8; N] {
    let mut bytes = [7; N];
    bytes[..8].copy_from_slice(&(number as u64).to_be_bytes());
    bytes
}

fn write(
    log: &mut Log,
    template: &Header,
    heads: &[EntryId],
    author: PersonId,
    operation: Option<&Operation>,
) -> Entry {
    log.seq += 1;
    let payload = operation.map_or_else(|| vec![1], Operation::encode);
    let header = Header {
        kind: if operation.is_some() {
            EntryKind::Rights
        } else {
            EntryKind::Record
        },
        log: log.log,
        seq: log.seq,
        prev: log.prev,
        lamport: log.seq,
        rights_heads: heads.to_vec(),
        author,
        payload_hash: payload_hash(&payload),
        payload_length: payload.len() as u32,
        ..template.clone()
    };
    let bytes = header.encode();
    let id = Header::id_of(&bytes);
    log.prev = id;
    Entry {
        header,
        id,
        bytes,
        signature: [0; 64],
        payload: Some(payload),
    }
}

fn grant(person: PersonId, role: Role) -> Operation {
    let subject = Subject::Person(person);
    Operation::Grant {
        subject,
        role,
        territory: None,
        sponsor: None,
        end_ms: None,
    }
}

fn median(runs: usize, mut run: impl FnMut() -> Duration) -> Duration {
    let mut all: Vec<_> = (0..runs).map(|_| run()).collect();
    all.sort_unstable();
    all[runs / 2]
}

fn main() {
    let (founder, command) = (PersonId(bytes(1)), CommandId(bytes(1)));
    let nodes: Vec<_> = (0..=SITES).map(|site| NodeId(bytes(site))).collect();
    let (space, founding) = Operation::found(
        SpaceKind::Team,
        [9; 32],
        None,
        &nodes[0],
        &founder,
        &command,
    );
    let template = Header {
        version: PROTOCOL_VERSION,
        kind: EntryKind::Rights,
        space,
        log: LogId::default(),
        seq: 0,
        prev: EntryId::default(),
        lamport: 0,
        wall_ms: 0,
        rights_heads: Vec::new(),
        author: founder,
        item: ItemId::root(&space),
        creation: None,
        command,
        origin: None,
        carried: Vec::new(),
        payload_hash: [0; 32],
        payload_length: 0,
    };
    let mut logs: Vec<_> = nodes
        .iter()
        .enumerate()
        .map(|(site, node)| Log {
            writer: Writer {
                node: *node,
                life: 0,
            },
            log: LogId::of(&WriterKey(bytes(site)), &space),
            seq: 0,
            prev: EntryId::default(),
        })
        .collect();
    let mut entries = Vec::with_capacity(OPERATIONS);
    let first = write(&mut logs[0], &template, &[], founder, Some(&founding));
    let mut heads = vec![first.id];
    entries.push((first, logs[0].writer));
    let managers: Vec<_> = (0..20)
        .map(|number| PersonId(bytes(100 + number)))
        .collect();
    for node in &nodes[1..=SITES] {
        let add = Operation::HostAdd {
            node: *node,
            name: "site".into(),
            addresses: Vec::new(),
            territory: None,
        };
        let entry = write(&mut logs[0], &template, &heads, founder, Some(&add));
        heads = vec![entry.id];
        entries.push((entry, logs[0].writer));
    }
    // The first one manages at the site that writes the concurrent removal, the others where the
    // rounds below let them write.
    let auditor = PersonId(bytes(99));
    let homes = (0..managers.len()).map(|manager| nodes[(manager + SITES - 1) % SITES]);
    let homes = [nodes[SITES]].into_iter().chain(homes);
    for (manager, home) in [auditor].iter().chain(&managers).zip(homes) {
        let appoint = Operation::Appoint {
            subject: Subject::Person(*manager),
            role: Role::MANAGER,
            territory: None,
            sites: vec![home],
        };
        let entry = write(&mut logs[0], &template, &heads, founder, Some(&appoint));
        heads = vec![entry.id];
        entries.push((entry, logs[0].writer));
    }
    // Rounds in which every site writes concurrently: members come and, one in eight, go.
    let mut number = 0;
    while entries.len() < OPERATIONS {
        let mut next = Vec::new();
        for log in &mut logs[..SITES] {
            number += 1;
            let author = managers[number % managers.len()];
            let operation = if number % 8 == 0 {
                let subject = Subject::Person(PersonId(bytes(1_000 + number - 4)));
                Operation::Revoke {
                    subject,
                    cut: Cut::default(),
                    order: None,
                }
            } else {
                grant(PersonId(bytes(1_000 + number)), Role::CONTRIBUTOR)
            };
            let entry = write(log, &template, &heads, author, Some(&operation));
            next.push(entry.id);
            entries.push((entry, log.writer));
        }
        next.sort();
        heads = next;
    }
    let all = || entries.iter().map(|(entry, writer)| (entry, *writer));

    let cold = median(20, || {
        let start = Instant::now();
        black_box(Rights::of(space, all()));
        start.elapsed()
    });
    let rights = Rights::of(space, all());
    let counted = rights
        .operations()
        .filter(|(_, standing)| *standing == Standing::Counts)
        .count();
    println!(
        "{} operations of {SITES} sites, {counted} count",
        entries.len()
    );
    println!("cold, reading the payloads                 {cold:>10.1?}   limit 50 ms");

    let mut one_by_one = Rights::new(space);
    let start = Instant::now();
    entries.iter().for_each(|(entry, writer)| {
        one_by_one.insert(entry, *writer);
    });
    println!(
        "one by one, each                           {:>10.1?}",
        start.elapsed() / entries.len() as u32
    );

    let mut heads = rights.heads().to_vec();
    let more: Vec<_> = (0..100)
        .map(|number| {
            let operation = match number % 2 {
                0 => grant(PersonId(bytes(5 + number)), Role::VIEWER),
                _ => Operation::Join,
            };
            let entry = write(&mut logs[0], &template, &heads, founder, Some(&operation));
            heads = vec![entry.id];
            entry
        })
        .collect();
    let mut grown = rights.clone();
    let start = Instant::now();
    for entry in &more {
        grown.insert(entry, logs[0].writer);
    }
    let each = start.elapsed() / more.len() as u32;
    println!("one more on top                            {each:>10.1?}   limit 1 ms");

    let removal = Operation::Revoke {
        subject: Subject::Person(managers[3]),
        cut: Cut::default(),
        order: None,
    };
    let early = [entries[OPERATIONS / 2].0.id];
    // The last site wrote nothing yet: what it writes is concurrent to half of the history.
    let entry = write(&mut logs[SITES], &template, &early, auditor, Some(&removal));
    let concurrent = median(20, || {
        let mut grown = rights.clone();
        let start = Instant::now();
        grown.insert(&entry, logs[SITES].writer);
        start.elapsed()
    });
    println!("a concurrent removal that voids others     {concurrent:>10.1?}   limit 50 ms");

    let member = managers[5];
    let mut time = |name: &str, heads: &[EntryId], limit: &str| {
        let content = write(&mut logs[3], &template, heads, member, None);
        let rounds = 200_000;
        let standing = rights.judge(&content.id, &content.header, &nodes[3], Role::CONTRIBUTOR);
        assert_eq!(standing, Standing::Counts, "the bench judges what counts");
        let each = median(5, || {
            let start = Instant::now();
            for _ in 0..rounds {
                black_box(rights.judge(
                    black_box(&content.id),
                    black_box(&content.header),
                    &nodes[3],
                    Role::CONTRIBUTOR,
                ));
            }
            start.elapsed() / rounds
        });
        println!("{name} {each:>10.1?}   {limit}");
    };
    let now = rights.heads().to_vec();
    time(
        "a content entry citing the present         ",
        &now,
        "limit 1 us",
    );
    time(
        "a content entry citing an older state      ",
        &[entries[OPERATIONS - 50].0.id],
        "",
    );
}
