//! Payloads of attacks: text of messages, and changes that are not what they should be. And the
//! attacks on the numbers of another's changes.

use bocage_crdt::document::Document;
use bocage_crdt::features::{self, Payload};
use bocage_crdt::gate;
use bocage_crdt::ids::{ActorId, ActorNonce, ItemId, PersonId};
use bocage_crdt::record::Record;
use bocage_protocol::entry::{ActorOrigin, Carried, ChangesPayload, Entry, EntryKind, Header};

use super::super::chunk::{body_of, number, seal};
use super::attacks::{Attack, Scene};
use super::site::Hostile;

/// Hashes tried: that none of so many is below another one's is as good as impossible.
const GRINDINGS: usize = 100_000;
/// Words of changes under another's number: nobody may see them in the end.
pub(super) const GROUND: &str = "zq-ground-5521";
/// A tab of the hostile site.
const TAB: ActorNonce = ActorNonce([0x57; 16]);

/// One letter in the title of a page, by a tab that saw its making only.
pub(super) fn letter(page: ItemId, actor: ActorId) -> Vec<u8> {
    typed(page, actor, "x")
}

pub(super) fn typed(page: ItemId, actor: ActorId, text: &str) -> Vec<u8> {
    let kind = features::by_name("page").expect("there are pages");
    let Payload::Document(genesis) = kind.payload() else {
        panic!("a page is a document");
    };
    let mut document = Document::new(page, *genesis);
    let typed = document.edit(actor, |edit| edit.set_text("title", text));
    typed.expect("an edit").expect("a change")
}

/// The payload of a message.
pub(super) fn text(words: &str) -> Vec<u8> {
    Record::new().with_text("text", words).encode()
}

/// One parent and one actor: their places in the body.
const PARENT: std::ops::Range<usize> = 1..33;
const START_OPERATION: usize = PARENT.end + 1 + 16 + 1;

pub(super) fn with_parent(change: &[u8], mark: [u8; 2]) -> Vec<u8> {
    let mut body = body_of(change);
    body[PARENT][..2].copy_from_slice(&mark);
    seal(&body)
}

pub(super) fn with_start_operation(change: &[u8], start: u64) -> Vec<u8> {
    let mut body = body_of(change);
    let mut written = Vec::new();
    number(start, &mut written);
    body.splice(START_OPERATION..START_OPERATION + 1, written);
    seal(&body)
}

/// Who made the page elsewhere, in which tab, and another change under the number of that making: with
/// other words, and a hash that wins any tie.
fn ground(site: &Hostile, scene: &Scene<'_>) -> (PersonId, ActorOrigin, Vec<u8>) {
    let own = site.log();
    let theirs = site.known.values().find(|entry| {
        let header = &entry.header;
        header.log != own && header.item == scene.page && header.kind == EntryKind::Changes
    });
    let theirs = theirs.expect("the page was made elsewhere");
    let payload = theirs.payload.as_deref().and_then(ChangesPayload::decode);
    let honest = payload.expect("it is sound").own.remove(0);
    let honest = gate::hash_of(&honest).expect("a change");
    let actor = theirs.header.actor().expect("changes have one");
    let mut tries =
        (0..GRINDINGS).map(|number| typed(scene.page, actor, &format!("{GROUND} {number}")));
    let ground = tries.find(|change| gate::hash_of(change).is_some_and(|hash| hash < honest));
    let ground = ground.expect("half of all hashes are lower than the usual one");
    let origin = theirs.header.origin.expect("changes have one");
    (theirs.header.author, origin, ground)
}

/// An entry with a change of its own beside one that it says was made by `author` in `origin`.
pub(super) fn carrying(
    site: &mut Hostile,
    page: ItemId,
    author: PersonId,
    origin: ActorOrigin,
    change: Vec<u8>,
) -> Entry {
    let own = ActorId::of(&site.origin(TAB).site, &site.person, &TAB);
    let hash = gate::hash_of(&change).expect("a change");
    let carried = Carried {
        author,
        origin,
        hash,
    };
    let payload = ChangesPayload {
        own: vec![letter(page, own)],
        carried: vec![change],
    };
    let header = Header {
        carried: vec![carried],
        ..site.changes(page, TAB, Vec::new()).header
    };
    site.sign(header, payload.encode())
}

/// Before the hostile person is removed: what she may write.
pub(super) const ATTACKS: &[Attack] = &[
    Attack {
        name: "a hash ground down below that of another's change, as if typed there",
        counted: &["void-not-the-tab's-site"],
        // Void, which is kept and shown nowhere.
        held: 1,
        run: |site, scene, all| {
            let (author, origin, ground) = ground(site, scene);
            let payload = ChangesPayload {
                own: vec![ground],
                carried: Vec::new(),
            };
            let forged = Header {
                author,
                origin: Some(origin),
                ..site.changes(scene.page, TAB, Vec::new()).header
            };
            let entry = site.sign(forged, payload.encode());
            all.iter()
                .for_each(|to| site.push(to, std::slice::from_ref(&entry)));
            site.keep(&[entry]);
        },
    },
    Attack {
        name: "a hash ground down below that of another's change, carried along",
        counted: &["change-forked"],
        held: 0,
        run: |site, scene, all| {
            let (author, origin, ground) = ground(site, scene);
            let entry = carrying(site, scene.page, author, origin, ground);
            all.iter()
                .for_each(|to| site.push(to, std::slice::from_ref(&entry)));
            site.keep(&[entry]);
        },
    },
];
