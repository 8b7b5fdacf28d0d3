//! What a hostile guest tries, a row each.

use std::time::Duration;

use bocage_crdt::document::Document;
use bocage_crdt::features::{self, Payload};
use bocage_crdt::ids::{ActorId, ActorNonce, CommandId, ItemId, NodeId, PersonId, SpaceId};
use bocage_crdt::record::Record;
use bocage_protocol::entry::{Entry, EntryKind, Header};
use bocage_protocol::rights::{Admission, AdmittedRange, Cut, Operation, Role, Subject};
use bocage_protocol::wire::frame::{Entries, Frame, Live, Want, Whose};
use bocage_protocol::wire::pack::pack;

use super::site::Hostile;

/// What there is to attack.
pub(super) struct Scene {
    pub(super) channel: ItemId,
    pub(super) page: ItemId,
    /// A manager.
    pub(super) founder: PersonId,
    /// A space that the guest was not let into.
    pub(super) inner: SpaceId,
    /// Both sponsors.
    pub(super) all: Vec<NodeId>,
}

pub(super) struct Attack {
    pub(super) name: &'static str,
    /// Each must rise at both sponsors.
    pub(super) counted: &'static [&'static str],
    /// How many more entries both hold back in the end.
    pub(super) held: u64,
    pub(super) run: fn(&mut Hostile, &Scene),
}

/// A tab of the guest's site.
const TAB: ActorNonce = ActorNonce([0x55; 16]);
/// Words that must never be shown.
pub(super) const FORGED: &str = "zq-forged-4417";
/// The last of ten thousand.
pub(super) const LAST_TINY: &str = "tiny 9999";
/// Words that cite the founding only: they count as they would without the lie.
pub(super) const BACK_DATED: &str = "before I was let in";
/// Presence, offers and keystrokes in one go: as many as fit the burst of a guest's line.
const SAID_ASIDE: u16 = 400;
const TINY_ITEMS: usize = 10_000;
/// Letters of one change, below what the gate lets pass, and changes of one entry.
const LETTERS: usize = 9_900;
const LONG_CHANGES: usize = 9;

fn text(words: &str) -> Vec<u8> {
    Record::new().with_text("text", words).encode()
}

/// So many changes by one tab, each with so many letters more in the title of a page.
fn typed(page: ItemId, actor: ActorId, changes: usize, letters: usize) -> Vec<Vec<u8>> {
    let kind = features::by_name("page").expect("there are pages");
    let Payload::Document(genesis) = kind.payload() else {
        panic!("a page is a document");
    };
    let mut document = Document::new(page, *genesis);
    (1..=changes)
        .map(|count| {
            let text = "x".repeat(count * letters);
            let typed = document.edit(actor, |edit| edit.set_text("title", &text));
            typed.expect("an edit").expect("a change")
        })
        .collect()
}

fn tell(site: &mut Hostile, scene: &Scene, entry: Entry) {
    for to in &scene.all {
        site.push(to, std::slice::from_ref(&entry));
    }
    site.keep(&[entry]);
}

/// A message in somebody's name.
fn in_the_name_of(site: &mut Hostile, scene: &Scene, author: PersonId) -> Entry {
    let message = site.message(scene.channel, FORGED);
    let header = Header {
        author,
        item: ItemId::of(&site.space, &author, &message.header.command),
        ..message.header
    };
    site.sign(header, text(FORGED))
}

pub(super) const ATTACKS: &[Attack] = &[
    Attack {
        name: "a manager of the realm as the author",
        counted: &[],
        held: 1,
        run: |site, scene| {
            let entry = in_the_name_of(site, scene, scene.founder);
            tell(site, scene, entry);
        },
    },
    Attack {
        name: "a person of another partner as the author",
        counted: &[],
        held: 1,
        run: |site, scene| {
            let other = PersonId::of(&NodeId([9; 32]), &CommandId([9; 16]));
            let entry = in_the_name_of(site, scene, other);
            tell(site, scene, entry);
        },
    },
    Attack {
        name: "an admission of its own words",
        counted: &[],
        held: 0,
        run: |site, scene| {
            let log = site.log();
            let own = site.known.values().filter(|entry| entry.header.log == log);
            let ranges = own.filter(|entry| entry.header.kind == EntryKind::Record);
            let mut ranges: Vec<AdmittedRange> = ranges
                .map(|entry| AdmittedRange {
                    log,
                    first: entry.header.seq,
                    last: entry.header.seq,
                    entry: entry.id,
                })
                .collect();
            ranges.sort();
            let entry = site.admission(&Admission(ranges));
            tell(site, scene, entry);
        },
    },
    Attack {
        name: "rights that are not a guest's",
        counted: &[],
        held: 0,
        run: |site, scene| {
            let grant = Operation::Grant {
                subject: Subject::Person(site.person),
                role: Role::MANAGER,
                territory: None,
                sponsor: None,
                end_ms: None,
            };
            let remove = Operation::Revoke {
                subject: Subject::Person(scene.founder),
                cut: Cut::default(),
                order: None,
            };
            let close = Operation::Close {
                cut: Cut::default(),
            };
            for operation in [grant, remove, close] {
                let entry = site.rights(&operation);
                tell(site, scene, entry);
            }
        },
    },
    Attack {
        name: "words in another space",
        counted: &["not-shared", "entry-wrong-log"],
        held: 0,
        run: |site, scene| {
            let header = Header {
                space: scene.inner,
                ..site.message(scene.channel, FORGED).header
            };
            let entry = site.sign(header, text(FORGED));
            for to in &scene.all {
                site.push(to, std::slice::from_ref(&entry));
                let Some(space) = site.tag_of(to, &scene.inner) else {
                    continue;
                };
                let (log, own) = (entry.header.log, std::slice::from_ref(&entry));
                let frame = Entries {
                    space,
                    writer: Whose::Key(site.writer()),
                    certificate: None,
                    packed: pack(&mut Default::default(), &scene.inner, &log, own),
                };
                site.send(to, &Frame::Push(frame));
            }
        },
    },
    Attack {
        name: "asking for a space it has not",
        counted: &["not-shared"],
        held: 0,
        run: |site, scene| {
            for to in &scene.all {
                if let Some(space) = site.tag_of(to, &scene.inner) {
                    let logs = site.wants(1);
                    site.send(to, &Frame::Want(Want { space, logs }));
                }
            }
        },
    },
    Attack {
        name: "keystrokes of its own, past the sponsors",
        counted: &["live-of-guest"],
        held: 0,
        run: |site, scene| {
            let actor = ActorId::of(&site.origin(TAB).site, &site.person, &TAB);
            for to in &scene.all {
                let Some(space) = site.tag(to) else { continue };
                let live = Live {
                    space,
                    item: scene.page,
                    author: site.person,
                    origin: site.origin(TAB),
                    changes: typed(scene.page, actor, 1, 1),
                };
                site.send(to, &Frame::Live(live));
            }
        },
    },
    Attack {
        name: "gossip",
        counted: &[],
        held: 0,
        run: |site, _| {
            for number in 0..100_u8 {
                // The edge has none: whether it is taken here does not matter.
                site.gossip(vec![number; 1_000]);
            }
        },
    },
    Attack {
        name: "a flood of presence and of offers",
        counted: &["live-of-guest"],
        held: 0,
        run: |site, scene| {
            for to in &scene.all {
                for number in 0..SAID_ASIDE {
                    // Where they write, and spaces that the sponsor is to carry: the port for guests
                    // has no ear for either.
                    let mut offer = vec![1, 1];
                    offer.extend([number as u8; 32]);
                    site.presence(to, u64::from(number), offer);
                    site.presence(to, u64::from(number), vec![number as u8; 300]);
                }
                // Keystrokes have, and each is turned away.
                let Some(space) = site.tag(to) else { continue };
                for number in 0..SAID_ASIDE {
                    let live = Live {
                        space,
                        item: scene.page,
                        author: site.person,
                        origin: site.origin(TAB),
                        changes: vec![vec![number as u8; 300]],
                    };
                    site.send(to, &Frame::Live(live));
                }
            }
        },
    },
    Attack {
        name: "a tab of a sponsor's site",
        counted: &[],
        held: 1,
        run: |site, scene| {
            let sponsor = scene.all[0];
            let actor = ActorId::of(&sponsor, &site.person, &TAB);
            let change = typed(scene.page, actor, 1, 1);
            let mut header = site.changes(scene.page, TAB, change.clone()).header;
            let payload = site.changes(scene.page, TAB, change).payload;
            if let Some(origin) = &mut header.origin {
                origin.site = sponsor;
            }
            let entry = site.sign(header, payload.expect("its own"));
            tell(site, scene, entry);
        },
    },
    Attack {
        name: "another's actor",
        counted: &["guest-declined"],
        held: 1,
        run: |site, scene| {
            let change = typed(scene.page, ActorId([0xee; 16]), 1, 1);
            let entry = site.changes(scene.page, TAB, change);
            tell(site, scene, entry);
        },
    },
    Attack {
        name: "changes that pass the gate and fail their trial",
        counted: &["trial-memory", "guest-declined"],
        held: 1,
        run: |site, scene| {
            let actor = ActorId::of(&site.origin(TAB).site, &site.person, &TAB);
            let changes = typed(scene.page, actor, LONG_CHANGES, LETTERS);
            let entry = site.changes(scene.page, TAB, changes);
            tell(site, scene, entry);
        },
    },
    Attack {
        name: "heads of long ago",
        counted: &[],
        held: 0,
        run: |site, scene| {
            let header = Header {
                rights_heads: vec![site.founding().id],
                ..site.message(scene.channel, "x").header
            };
            let entry = site.sign(header, text(BACK_DATED));
            tell(site, scene, entry);
        },
    },
    Attack {
        name: "ten thousand tiny items",
        counted: &["guest-too-much"],
        held: 0,
        run: |site, scene| {
            let mut entries: Vec<Entry> = Vec::with_capacity(TINY_ITEMS);
            let mut header = site.message(scene.channel, "x").header;
            for number in 0..TINY_ITEMS as u64 {
                let mut command = [0x78; 16];
                command[..8].copy_from_slice(&number.to_le_bytes());
                header.command = CommandId(command);
                header.item = ItemId::of(&site.space, &site.person, &header.command);
                let entry = site.sign(header.clone(), text(&format!("tiny {number}")));
                (header.seq, header.prev) = (header.seq + 1, entry.id);
                header.lamport += 1;
                entries.push(entry);
            }
            for to in &scene.all {
                site.push(to, &entries);
            }
            site.keep(&entries);
            site.listen(Duration::from_millis(5));
        },
    },
];
