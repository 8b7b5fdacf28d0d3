//! How long rights take: a space of ten sites and 10,000 operations, judged cold, one more on
//! top, a removal that voids others, and content entries that cite the present or an older state.

use std::hint::black_box;
use std::time::{Duration, Instant};

use bocage_crdt::ids::{CommandId, EntryId, ItemId, LogId, NodeId, PersonId, SpaceId, WriterKey};
use bocage_protocol::entry::{Entry, EntryKind, Header, payload_hash};
use bocage_protocol::limits::PROTOCOL_VERSION;
use bocage_protocol::rights::{Cut, Operation, Rights, Role, SpaceKind, Standing, Subject, Writer};

use crate::stats::{median, ms, percentile};
use crate::table::Row;
use crate::{Bench, Rows};

const OPERATIONS: usize = 10_000;
const SITES: usize = 10;
/// Operations added one by one to the whole.
const ON_TOP: usize = 100;
const ROUNDS: usize = 15;
const JUDGED: u32 = 100_000;

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

/// The middle of several runs, in milliseconds.
fn middle(runs: usize, mut run: impl FnMut() -> Duration) -> Option<f64> {
    let times: Vec<f64> = (0..runs).map(|_| ms(run())).collect();
    median(&times)
}

/// What nobody can do without: reading every operation once and hashing its header.
fn reading(entries: &[(Entry, Writer)]) -> Duration {
    let begun = Instant::now();
    for (entry, _) in entries {
        black_box(Header::id_of(&entry.bytes));
        black_box(entry.payload.as_deref().map(Operation::decode));
    }
    begun.elapsed()
}

/// Ten sites that write rights at once, again and again.
struct World {
    space: SpaceId,
    founder: PersonId,
    auditor: PersonId,
    managers: Vec<PersonId>,
    template: Header,
    nodes: Vec<NodeId>,
    logs: Vec<Log>,
    entries: Vec<(Entry, Writer)>,
}

fn world() -> World {
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
    World {
        space,
        founder,
        auditor,
        managers,
        template,
        nodes,
        logs,
        entries,
    }
}

pub(crate) async fn rights(_: &Bench) -> Rows {
    let World {
        space,
        founder,
        auditor,
        managers,
        template,
        nodes,
        mut logs,
        entries,
    } = world();
    let all = || entries.iter().map(|(entry, writer)| (entry, *writer));
    let raw = middle(ROUNDS, || reading(&entries));
    let cold = middle(ROUNDS, || {
        let begun = Instant::now();
        let rights = black_box(Rights::of(space, all()));
        let elapsed = begun.elapsed();
        drop(rights); // The site keeps them.
        elapsed
    });
    let rights = Rights::of(space, all());
    let counted = rights
        .operations()
        .filter(|(_, standing)| *standing == Standing::Counts);
    let counted = counted.count();

    let mut heads = rights.heads().to_vec();
    let more: Vec<_> = (0..ON_TOP)
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
    let mut each = Vec::with_capacity(ON_TOP);
    for entry in &more {
        let begun = Instant::now();
        grown.insert(entry, logs[0].writer);
        each.push(ms(begun.elapsed()));
    }

    let removal = Operation::Revoke {
        subject: Subject::Person(managers[3]),
        cut: Cut::default(),
        order: None,
    };
    let early = [entries[OPERATIONS / 2].0.id];
    // The last site wrote nothing yet: what it writes is concurrent to half of the history.
    let entry = write(&mut logs[SITES], &template, &early, auditor, Some(&removal));
    let concurrent = middle(ROUNDS, || {
        let mut grown = rights.clone();
        let begun = Instant::now();
        grown.insert(&entry, logs[SITES].writer);
        begun.elapsed()
    });

    let content = write(&mut logs[3], &template, rights.heads(), managers[5], None);
    let judge = || rights.judge(&content.id, &content.header, &nodes[3], Role::CONTRIBUTOR);
    if judge() != Standing::Counts {
        return Err("the entry that is judged does not count".to_owned());
    }
    let judged = middle(ROUNDS, || {
        let begun = Instant::now();
        for _ in 0..JUDGED {
            black_box(judge());
        }
        begun.elapsed()
    });
    let unavoidable = "every header hashed and every operation decoded once";
    let words = format!("{OPERATIONS} operations of {SITES} sites, {counted} count; median");
    Ok(vec![
        Row::at_most("rights of 10,000 operations, cold", "ms", cold, 50.0)
            .limit(unavoidable, raw)
            .note(words),
        Row::at_most("rights after a concurrent removal", "ms", concurrent, 50.0)
            .limit(unavoidable, raw)
            .note("it is concurrent to half of the history and voids others"),
        Row::at_most("rights, one more on top", "ms", median(&each), 1.0)
            .limit(
                "reading one operation",
                raw.map(|raw| raw / OPERATIONS as f64),
            )
            .note(format!(
                "median of {ON_TOP}; the slowest {:.2} ms",
                percentile(&each, 1.0).unwrap_or_default()
            )),
        Row::plain(
            "judging one content entry",
            "us",
            judged.map(|ms| ms * 1e3 / f64::from(JUDGED)),
        ),
    ])
}
