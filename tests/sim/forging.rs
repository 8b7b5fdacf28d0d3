//! What a hostile guest does with its own keys: entries that no gate lets pass, in others' names,
//! after its end, back-dated, too many, two histories; and frames about a space it was not let into.

use bocage_crdt::ids::{ActorNonce, CommandId, EntryId, NodeId, PersonId};
use bocage_protocol::entry::{ActorOrigin, Entry, EntryKind};
use bocage_protocol::rights::{Admission, AdmittedRange, Cut, Operation, Role, Subject};
use bocage_protocol::wire::compress::Codec;
use bocage_protocol::wire::frame::{
    Entries, Frame, Have, HaveLog, SessionKey, Spaces, Want, WantLog, Whose, log_key,
};
use bocage_protocol::wire::pack::pack;

use crate::guests::{Cast, write_as_guest};
use crate::minds::{BAD_PAYLOAD, GUEST_UNADMITTED_MAX};
use crate::site::{Draft, letters};
use crate::world::{Happening, World, pair};

/// One attack, drawn from the seed.
pub(crate) fn attack(world: &mut World, cast: &mut Cast, guest: usize) {
    if world.sites[guest].machine.is_none() || !world.sites[guest].hosts.contains_key(&cast.shared)
    {
        return;
    }
    let Some(person) = cast.introduced.get(&guest).copied() else {
        return write_as_guest(world, cast, guest);
    };
    match world.random.below(12) {
        0 => {
            // In a manager's name, in that of another partner's person, of a site.
            let sponsor = PersonId::of_site(&world.sites[0].id);
            let names = [cast.founder, PersonId([99; 16]), sponsor];
            let author = names[world.random.pick(names.len())];
            record(world, cast, guest, author, b'a');
        }
        1 => drop(record(world, cast, guest, person, BAD_PAYLOAD)),
        2 => admit_itself(world, cast, guest),
        3..=4 => usurp(world, cast, guest, person),
        5 => back_date(world, cast, guest, person),
        6 => another_actor(world, cast, guest, person),
        7 => {
            let bad = world.random.permille(500);
            for _ in 0..GUEST_UNADMITTED_MAX + 50 {
                let first = if bad { BAD_PAYLOAD } else { b'a' };
                record(world, cast, guest, person, first);
            }
        }
        8 => two_histories(world, cast, guest, person),
        _ => frames(world, cast, guest),
    }
}

/// Words with this first byte, whatever the guest's right by now.
fn record(world: &mut World, cast: &Cast, guest: usize, author: PersonId, first: u8) -> EntryId {
    let mut text = letters(&mut world.random, 12);
    text[0] = first;
    world.put(guest, cast.shared, author, EntryKind::Record, text)
}

fn admit_itself(world: &mut World, cast: &Cast, guest: usize) {
    let log = world.sites[guest].own_log(&cast.shared);
    let known = world.minds[guest].known.get(&cast.shared);
    let own = known.into_iter().flatten().map(|(_, (entry, _))| entry);
    let own = own.filter(|entry| entry.header.log == log);
    let ranges = own.map(|entry| AdmittedRange {
        log,
        first: entry.header.seq,
        last: entry.header.seq,
        entry: entry.id,
    });
    let mut ranges: Vec<_> = ranges.take(100).collect();
    ranges.sort();
    if !ranges.is_empty() {
        let itself = PersonId::of_site(&world.sites[guest].id);
        let payload = Admission(ranges).encode();
        world.put(guest, cast.shared, itself, EntryKind::Admission, payload);
    }
}

/// Operations that no guest may write, in its own, its person's and the founder's name.
fn usurp(world: &mut World, cast: &Cast, guest: usize, person: PersonId) {
    let cut = Cut::default();
    let grant = Operation::Appoint {
        subject: Subject::Person(person),
        role: Role::MANAGER,
        territory: None,
        sites: vec![world.sites[guest].id],
    };
    let revoke = Operation::Revoke {
        subject: Subject::Person(cast.founder),
        cut: cut.clone(),
        order: None,
    };
    let unhost = Operation::HostRemove {
        node: world.sites[0].id,
        cut: cut.clone(),
        order: None,
    };
    let accomplice = Operation::HostAdd {
        node: NodeId([77; 32]),
        name: "Accomplice".into(),
        addresses: Vec::new(),
        territory: None,
    };
    let forged = Operation::Introduce { name: "Eve".into() };
    let operations = [
        grant,
        revoke,
        unhost,
        accomplice,
        Operation::Close { cut },
        forged,
    ];
    let itself = PersonId::of_site(&world.sites[guest].id);
    let authors = [cast.founder, itself, person];
    let operation = &operations[world.random.pick(operations.len())];
    let author = authors[world.random.pick(authors.len())];
    world.operate(guest, cast.shared, author, operation);
}

/// Words that cite the founding only, as if nothing had happened since.
fn back_date(world: &mut World, cast: &Cast, guest: usize, person: PersonId) {
    let rights = &world.minds[guest].rights[&cast.shared];
    let founding = |id: &EntryId| matches!(rights.operation(id), Some(Operation::Create { .. }));
    let ids = rights.operations().map(|(id, _)| *id);
    let rights_heads: Vec<EntryId> = ids.filter(founding).collect();
    let text = letters(&mut world.random, 12);
    let draft = world.draft(guest, cast.shared, person, EntryKind::Record, text);
    world.put_draft(
        guest,
        Draft {
            rights_heads,
            ..draft
        },
    );
}

/// Changes as if typed in a tab of its sponsor.
fn another_actor(world: &mut World, cast: &Cast, guest: usize, person: PersonId) {
    let text = letters(&mut world.random, 12);
    let draft = world.draft(guest, cast.shared, person, EntryKind::Changes, text);
    let origin = Some(ActorOrigin {
        site: world.sites[0].id,
        nonce: ActorNonce(world.random.bytes()),
    });
    world.put_draft(guest, Draft { origin, ..draft });
}

/// A second entry for a place of its log, for one sponsor only: the rest hears of it from there.
fn two_histories(world: &mut World, cast: &Cast, guest: usize, author: PersonId) {
    let log = world.sites[guest].own_log(&cast.shared);
    let stored = world.sites[guest].disk.log(&cast.shared, &log);
    let last = stored.and_then(|log| log.main.last_key_value());
    let Some((_, row)) = last else {
        return;
    };
    let mut header = bocage_protocol::entry::Header::decode(&row.stored.bytes).expect("its own");
    if header.kind != EntryKind::Record {
        return;
    }
    header.author = author;
    header.command = CommandId(world.random.bytes());
    let entry = Entry::sign(
        header,
        b"another history".to_vec(),
        &world.sites[guest].writer,
    );
    let certificate = world.sites[guest].certificate.clone();
    let writer = world.sites[guest].writer_key();
    for sponsor in 0..cast.members {
        let Some(space) = tag(world, guest, sponsor, &cast.shared) else {
            continue;
        };
        let packed = pack(
            &mut Codec::default(),
            &cast.shared,
            &log,
            std::slice::from_ref(&entry),
        );
        let push = Frame::Push(Entries {
            space,
            writer: Whose::Key(writer),
            certificate: Some(certificate),
            packed,
        });
        return send(world, guest, sponsor, &push);
    }
}

/// What a space is called on the line to a sponsor, if there is one.
fn tag(
    world: &mut World,
    guest: usize,
    sponsor: usize,
    space: &bocage_crdt::ids::SpaceId,
) -> Option<[u8; 8]> {
    let (low, high) = pair(guest, sponsor);
    let ids = [world.sites[low].id, world.sites[high].id];
    let link = world.links.get(&(low, high)).filter(|link| link.up)?;
    let key = SessionKey::new((&ids[0], &link.nonces[0]), (&ids[1], &link.nonces[1]));
    Some(key.tag(space))
}

fn send(world: &mut World, guest: usize, sponsor: usize, frame: &Frame) {
    let link = world.link(guest, sponsor);
    let (epoch, delay_ms) = (link.epoch, link.delay_ms);
    let deliver = Happening::Deliver {
        from: guest,
        to: sponsor,
        epoch,
        bytes: frame.encode(),
    };
    world.later(delay_ms, deliver);
}

/// Frames of a space that it was not let into, and heights that are made up.
fn frames(world: &mut World, cast: &Cast, guest: usize) {
    for sponsor in 0..cast.members {
        let Some(inner) = tag(world, guest, sponsor, &cast.inner) else {
            continue;
        };
        let shared = tag(world, guest, sponsor, &cast.shared).expect("the same line");
        let theirs = log_key(&world.sites[sponsor].own_log(&cast.inner));
        let listing = Spaces {
            more: false,
            answer: false,
            spaces: vec![(inner, world.random.bytes())],
        };
        let want = WantLog {
            log: theirs,
            from: 1,
            to: 9,
            tip: None,
        };
        let made_up = |log| HaveLog {
            log,
            height: u64::MAX,
            head: [1; 8],
            above: Vec::new(),
            tips: None,
        };
        let logs = (0..9).map(|_| made_up(world.random.bytes())).collect();
        let frame = match world.random.below(4) {
            0 => Frame::Spaces(listing),
            1 => Frame::Want(Want {
                space: inner,
                logs: vec![want],
            }),
            2 => Frame::Have(Have {
                space: inner,
                whole: true,
                logs: vec![made_up(theirs)],
            }),
            _ => Frame::Have(Have {
                space: shared,
                whole: false,
                logs,
            }),
        };
        send(world, guest, sponsor, &frame);
    }
}
