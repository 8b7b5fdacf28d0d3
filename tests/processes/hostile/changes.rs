//! Payloads of attacks: text of messages, and changes that are not what they should be.

use bocage_crdt::document::Document;
use bocage_crdt::features::{self, Payload};
use bocage_crdt::ids::{ActorId, ItemId};
use bocage_crdt::record::Record;

use super::super::chunk::{body_of, number, seal};

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
