//! The attacks, a row each: what is done, and the names under which both honest sites count it.

use std::collections::BTreeSet;
use std::time::Duration;

use bocage_crdt::ids::{ActorId, ActorNonce, EntryId, ItemId, NodeId};
use bocage_protocol::entry::{Entry, Header};
use bocage_protocol::limits::{
    LAMPORT_STEP_MAX, LOGS_PER_FRAME_MAX, PROTOCOL_VERSION, REFUSALS_PER_MINUTE_MAX,
};
use bocage_protocol::rights::{Cut, CutPoint, Operation, Role, Subject};
use bocage_protocol::wire::frame::{Ack, Entries, Frame, Have, HaveLog, Live, Want, Whose};

use super::super::chunk::{body_of, seal};
use super::changes::{letter, text, typed, with_parent, with_start_operation};
use super::site::Hostile;

/// What there is to attack.
pub(super) struct Scene<'a> {
    pub(super) channel: ItemId,
    pub(super) page: ItemId,
    /// A manager removes the person in whose name the hostile site writes.
    pub(super) remove: &'a dyn Fn(),
}

pub(super) struct Attack {
    pub(super) name: &'static str,
    /// Each must rise at both honest sites; none at all: nothing of it is counted.
    pub(super) counted: &'static [&'static str],
    /// How many more entries both hold back, as their status tells.
    pub(super) held: u64,
    pub(super) run: fn(&mut Hostile, &Scene<'_>, &[NodeId]),
}

/// A tab of the hostile site.
const TAB: ActorNonce = ActorNonce([0x55; 16]);
const SECOND_TAB: ActorNonce = ActorNonce([0x56; 16]);
/// Messages in one go, as many as a second brings.
const TINY_ITEMS: usize = 10_000;
/// Given without having read anything, so often.
const CREDITS: usize = 200;
const CREDIT_EVERY: Duration = Duration::from_millis(10);
/// Gossip in one go.
const GOSSIPS: usize = 2_000;

pub(super) const ATTACKS: &[Attack] = &[
    Attack {
        name: "a forged signature",
        counted: &["entry-wrong-signature"],
        held: 0,
        run: |site, scene, all| {
            let mut entry = site.message(scene.channel, "forged");
            entry.signature[7] ^= 1;
            all.iter()
                .for_each(|to| site.push(to, std::slice::from_ref(&entry)));
        },
    },
    Attack {
        name: "an entry of an honest site's log",
        counted: &["entry-wrong-signature"],
        held: 0,
        run: |site, scene, all| {
            let theirs = site
                .known
                .values()
                .find(|entry| entry.header.log != site.log());
            let theirs = theirs.expect("the founder wrote").header.clone();
            let writer = site.writer_of(&theirs.log);
            let header = Header {
                seq: 1_000,
                log: theirs.log,
                ..site.message(scene.channel, "x").header
            };
            let entry = site.sign(header, vec![0]);
            for to in all {
                site.push_as(to, Whose::Key(writer), std::slice::from_ref(&entry));
            }
        },
    },
    Attack {
        name: "a lamport jump",
        counted: &["entry-broken-chain"],
        held: 0,
        run: |site, scene, all| {
            let header = site.message(scene.channel, "x").header;
            let far = Header {
                lamport: header.lamport + LAMPORT_STEP_MAX + 1,
                ..header
            };
            let entry = site.sign(far, vec![0]);
            all.iter()
                .for_each(|to| site.push(to, std::slice::from_ref(&entry)));
        },
    },
    Attack {
        name: "a place at the end of all numbers",
        counted: &["entry-broken-chain"],
        held: 0,
        run: |site, scene, all| {
            let header = site.message(scene.channel, "x").header;
            let last = Header {
                seq: u64::MAX,
                lamport: u64::MAX,
                ..header
            };
            let entry = site.sign(last, vec![0]);
            all.iter()
                .for_each(|to| site.push(to, std::slice::from_ref(&entry)));
        },
    },
    Attack {
        name: "headers without payloads",
        counted: &["entry-without-payload"],
        held: 0,
        run: |site, _, all| {
            // Content without its payload may have been erased elsewhere: it is kept, not
            // acknowledged, and asked for. A decision is never without its words.
            let mut entry = site.rights(&Operation::Join);
            entry.payload = None;
            all.iter()
                .for_each(|to| site.push(to, std::slice::from_ref(&entry)));
        },
    },
    Attack {
        name: "a replay, and frames of another line",
        counted: &["not-shared"],
        held: 0,
        run: |site, scene, all| {
            let entry = site.message(scene.channel, "said once");
            for to in all {
                for _ in 0..20 {
                    site.push(to, std::slice::from_ref(&entry));
                }
            }
            site.keep(&[entry]);
            // Each site is sent what was said to the other.
            for (to, other) in [(&all[0], &all[1]), (&all[1], &all[0])] {
                let Some(space) = site.tag(other) else {
                    continue;
                };
                let ack = Ack {
                    space,
                    heights: Vec::new(),
                };
                site.send(to, &Frame::Ack(ack));
            }
        },
    },
    Attack {
        name: "a compressed bomb",
        counted: &["frame-expansion"],
        held: 0,
        run: |site, _, all| {
            for to in all {
                let Some(space) = site.tag(to) else { continue };
                let mut packed = vec![1];
                packed.extend((1_u32 << 20).to_le_bytes());
                packed.extend([0x28, 0xb5, 0x2f, 0xfd, 0x60, 0, 0]);
                let frame = Entries {
                    space,
                    writer: Whose::Key(site.writer()),
                    certificate: None,
                    packed,
                };
                site.send(to, &Frame::Push(frame));
            }
        },
    },
    Attack {
        name: "bytes that are no frame",
        counted: &["frame-malformed"],
        held: 0,
        run: |site, _, all| {
            all.iter()
                .for_each(|to| site.bytes(to, vec![PROTOCOL_VERSION, 5, 1]));
        },
    },
    Attack {
        name: "more wants than are served, and nothing read",
        counted: &["too-many-wants"],
        held: 0,
        run: |site, _, all| {
            for to in all {
                let Some(space) = site.tag(to) else { continue };
                for _ in 0..4 {
                    let logs = site.wants(LOGS_PER_FRAME_MAX);
                    site.send(to, &Frame::Want(Want { space, logs }));
                }
            }
            // The answers fill the line while nobody reads: what waits for it has a bound.
            std::thread::sleep(Duration::from_millis(200));
        },
    },
    Attack {
        name: "logs that do not exist",
        counted: &["too-many-logs"],
        held: 0,
        run: |site, _, all| {
            for to in all {
                let Some(space) = site.tag(to) else { continue };
                for round in 0..2 {
                    let logs = (0..LOGS_PER_FRAME_MAX as u64).map(|number| HaveLog {
                        log: (number + (round << 32)).to_be_bytes(),
                        height: u64::MAX / 2,
                        head: [1; 8],
                        above: Vec::new(),
                        tips: None,
                    });
                    let have = Have {
                        space,
                        whole: false,
                        logs: logs.collect(),
                    };
                    site.send(to, &Frame::Have(have));
                }
            }
        },
    },
    Attack {
        name: "live changes in somebody else's name",
        counted: &["live-not-theirs"],
        held: 0,
        run: |site, scene, all| {
            for to in all {
                let Some(space) = site.tag(to) else { continue };
                let mut origin = site.origin(TAB);
                origin.site = *to;
                let live = Live {
                    space,
                    item: scene.page,
                    author: site.person,
                    origin,
                    changes: vec![vec![1, 2, 3]; 50],
                };
                site.send(to, &Frame::Live(live));
            }
        },
    },
    Attack {
        name: "presence that says nothing",
        counted: &["presence-malformed"],
        held: 0,
        run: |site, _, all| {
            for to in all {
                site.presence(to, 7, vec![9; 300]);
            }
        },
    },
    Attack {
        name: "a flood of gossip",
        counted: &[],
        held: 0,
        run: |site, _, _| {
            let mut said = 0;
            while said < GOSSIPS {
                match site.gossip(vec![said as u8; 1_000]) {
                    true => said += 1,
                    // The driver's own queue is full: it is sending.
                    false => {
                        site.listen(Duration::from_millis(1));
                    }
                }
            }
        },
    },
    Attack {
        name: "changes that would break automerge",
        counted: &["actor", "start_operation", "malformed"],
        held: 0,
        run: |site, scene, all| {
            let actor = ActorId::of(&site.origin(TAB).site, &site.person, &TAB);
            let honest = letter(scene.page, actor);
            let another = letter(scene.page, ActorId([0xee; 16]));
            let far = with_start_operation(&honest, u64::from(u32::MAX) - 1);
            let mut cut = honest.clone();
            cut.truncate(honest.len() - 3);
            let cut = seal(&body_of(&cut));
            for change in [another, far, cut] {
                let entry = site.changes(scene.page, TAB, vec![change]);
                all.iter()
                    .for_each(|to| site.push(to, std::slice::from_ref(&entry)));
                site.keep(&[entry]);
            }
        },
    },
    Attack {
        name: "dependencies that never come",
        counted: &[],
        held: 0,
        run: |site, scene, all| {
            let actor = ActorId::of(&site.origin(TAB).site, &site.person, &TAB);
            let honest = letter(scene.page, actor);
            for round in 0..20_u8 {
                let orphan = |number: u8| with_parent(&honest, [round, number]);
                let changes: Vec<_> = (0..200).map(orphan).collect();
                let entry = site.changes(scene.page, TAB, changes);
                all.iter()
                    .for_each(|to| site.push(to, std::slice::from_ref(&entry)));
                site.keep(&[entry]);
            }
        },
    },
    Attack {
        name: "rights that were not given",
        counted: &[],
        held: 0,
        run: |site, scene, all| {
            // Made manager by oneself; a manager removed with a cut before all that she wrote; the
            // space closed: void, for a contributor has none of these rights. Then words that cite
            // the state before one was let in: a log knows what it cited before, so they count as
            // they would without the lie.
            let founding = site.founding();
            let (founder, founding) = (founding.header.author, founding.id);
            let me = Subject::Person(site.person);
            let grant = Operation::Grant {
                subject: me,
                role: Role::MANAGER,
                territory: None,
                sponsor: None,
                end_ms: None,
            };
            let cut = Cut::new(vec![CutPoint {
                log: site.log(),
                seq: 1,
                entry: EntryId([1; 32]),
            }]);
            let remove = Operation::Revoke {
                subject: Subject::Person(founder),
                cut: cut.clone(),
                order: None,
            };
            for operation in [grant, remove, Operation::Close { cut }] {
                let entry = site.rights(&operation);
                all.iter()
                    .for_each(|to| site.push(to, std::slice::from_ref(&entry)));
                site.keep(&[entry]);
            }
            let back_dated = Header {
                rights_heads: vec![founding],
                ..site.message(scene.channel, "x").header
            };
            let entry = site.sign(back_dated, text("before I was here"));
            all.iter()
                .for_each(|to| site.push(to, std::slice::from_ref(&entry)));
            site.keep(&[entry]);
        },
    },
    Attack {
        name: "ten thousand tiny items",
        counted: &[],
        held: 0,
        run: |site, scene, all| {
            let mut entries: Vec<Entry> = Vec::with_capacity(TINY_ITEMS);
            let mut header = site.message(scene.channel, "x").header;
            for number in 0..TINY_ITEMS as u64 {
                let mut command = [0x78; 16];
                command[..8].copy_from_slice(&number.to_le_bytes());
                header.command = bocage_crdt::ids::CommandId(command);
                header.item = ItemId::of(&site.space, &site.person, &header.command);
                let entry = site.sign(header.clone(), text("x"));
                (header.seq, header.prev) = (header.seq + 1, entry.id);
                header.lamport += 1;
                entries.push(entry);
            }
            all.iter().for_each(|to| site.push(to, &entries));
            site.keep(&entries);
        },
    },
    Attack {
        name: "credit for what was never read",
        counted: &["too-many-wants"],
        held: 0,
        run: |site, _, all| {
            // The whole of ten thousand entries, four thousand times: 8 GB, if anybody sent it all.
            let logs = site.wants_up_to(TINY_ITEMS as u64, LOGS_PER_FRAME_MAX);
            for to in all {
                let Some(space) = site.tag(to) else { continue };
                let logs = logs.clone();
                site.send(to, &Frame::Want(Want { space, logs }));
            }
            for _ in 0..CREDITS {
                for to in all {
                    site.send(to, &Frame::Credit(u64::MAX));
                }
                std::thread::sleep(CREDIT_EVERY);
            }
            all.iter().for_each(|to| site.hang_up(to));
        },
    },
    Attack {
        name: "a line on which nobody says who it is",
        counted: &["hello-late"],
        held: 0,
        run: |site, _, all| {
            site.mute = true;
            all.iter().for_each(|to| site.hang_up(to));
            let mut ended = BTreeSet::new();
            site.pump("the end of their patience", |site| {
                for to in all {
                    if site.goodbye(to).as_deref() == Some("hello-late") {
                        ended.insert(*to);
                    }
                }
                ended.len() == all.len()
            });
            site.mute = false;
            // Lines that came meanwhile were not answered.
            all.iter().for_each(|to| site.hang_up(to));
        },
    },
    Attack {
        name: "two changes under one number",
        counted: &["change-forked"],
        held: 0,
        run: |site, scene, all| {
            let actor = ActorId::of(&site.origin(SECOND_TAB).site, &site.person, &SECOND_TAB);
            for text in ["x", "y"] {
                let change = typed(scene.page, actor, text);
                let entry = site.changes(scene.page, SECOND_TAB, vec![change]);
                all.iter()
                    .for_each(|to| site.push(to, std::slice::from_ref(&entry)));
                site.keep(&[entry]);
            }
        },
    },
    Attack {
        name: "words after the removal, as if it were not known",
        counted: &[],
        held: 3,
        run: |site, scene, all| {
            let before = site.heads();
            (scene.remove)();
            for number in 0..3 {
                let header = Header {
                    rights_heads: before.clone(),
                    ..site.message(scene.channel, "x").header
                };
                let entry = site.sign(header, text(&format!("too late {number}")));
                all.iter()
                    .for_each(|to| site.push(to, std::slice::from_ref(&entry)));
                site.keep(&[entry]);
            }
        },
    },
    Attack {
        name: "another history for each site",
        counted: &["log-forked"],
        held: 2,
        run: |site, scene, all| {
            for (number, to) in all.iter().enumerate() {
                let entry = site.message(scene.channel, &format!("history {number}"));
                site.push(to, std::slice::from_ref(&entry));
            }
        },
    },
    Attack {
        name: "nonsense without end",
        counted: &["not-shared", "too-many-refusals"],
        held: 0,
        run: |site, _, all| {
            for to in all {
                let nobody = Frame::Ack(Ack {
                    space: [9; 8],
                    heights: Vec::new(),
                });
                for _ in 0..REFUSALS_PER_MINUTE_MAX + 10 {
                    site.send(to, &nobody);
                }
            }
            let all = all.to_vec();
            site.pump("a goodbye with its reason", |site| {
                let said = |to| site.goodbye(to).as_deref() == Some("too-many-refusals");
                all.iter().all(said)
            });
        },
    },
];
