//! The gate from outside: every rule once as data, mutants by the thousand, and replicas that
//! agree whatever the order. The kit below builds changes that no honest client would.

mod agreement;
mod ancestors;
mod barrier;
mod browser;
mod mutants;
mod refusals;
mod refused_bytes;
mod trials;

use std::num::NonZeroU64;

use automerge::legacy::{ElementId, Key, MarkData, ObjectId, Op, OpId, OpType};
use automerge::{Automerge, ExpandedChange, LoadOptions, ObjType, ScalarValue, TextEncoding};

use super::{ActorExpectation, CheckedChange, Refusal, Verdict, check};
use crate::document::{Container, Document, Genesis};
use crate::ids::{ActorId, ItemId};

pub(super) const ITEM: ItemId = ItemId([0x11; 16]);
pub(super) const ANNE: ActorId = ActorId([0xaa; 16]);
pub(super) const BEN: ActorId = ActorId([0xbb; 16]);
pub(super) const KIND: Genesis = Genesis {
    containers: &[
        ("title", Container::Text),
        ("body", Container::Text),
        ("list", Container::List),
        ("map", Container::Map),
    ],
};

// The operations of the genesis, by number.
pub(super) const TITLE: u64 = 1;
pub(super) const BODY: u64 = 2;
pub(super) const LIST: u64 = 3;
pub(super) const MAP: u64 = 4;

pub(super) fn id(number: u64, actor: ActorId) -> OpId {
    OpId(number, automerge::ActorId::from(actor.0))
}

pub(super) fn genesis(number: u64) -> ObjectId {
    ObjectId::Id(id(number, ActorId::genesis(&ITEM)))
}

pub(super) fn object(number: u64, actor: ActorId) -> ObjectId {
    ObjectId::Id(id(number, actor))
}

pub(super) fn after(number: u64, actor: ActorId) -> Key {
    Key::Seq(ElementId::Id(id(number, actor)))
}

pub(super) fn front() -> Key {
    Key::Seq(ElementId::Head)
}

pub(super) fn key(name: &str) -> Key {
    Key::Map(name.into())
}

pub(super) fn text(value: &str) -> OpType {
    OpType::Put(ScalarValue::Str(value.into()))
}

pub(super) fn begin(name: &str) -> OpType {
    OpType::MarkBegin(MarkData {
        name: name.into(),
        value: ScalarValue::Boolean(true),
        expand: false,
    })
}

/// Puts something where nothing is.
pub(super) fn set(obj: ObjectId, key: Key, action: OpType) -> Op {
    Op {
        action,
        obj,
        key,
        pred: Vec::new().into(),
        insert: false,
    }
}

/// A new element.
pub(super) fn insert(obj: ObjectId, key: Key, action: OpType) -> Op {
    Op {
        insert: true,
        ..set(obj, key, action)
    }
}

pub(super) fn over(operation: Op, predecessors: &[OpId]) -> Op {
    Op {
        pred: predecessors.to_vec().into(),
        ..operation
    }
}

/// A change with true numbers and any operations, on top of all the document has.
pub(super) fn craft(document: &Document, actor: ActorId, operations: Vec<Op>) -> ExpandedChange {
    let copy = automerge(document);
    let changes = copy.get_changes_meta(&[]);
    let highest = changes.iter().map(|change| change.max_op).max();
    let of_actor = changes
        .iter()
        .filter(|change| change.actor.to_bytes() == actor.0);
    ExpandedChange {
        operations,
        actor_id: automerge::ActorId::from(actor.0),
        hash: None,
        seq: of_actor.count() as u64 + 1,
        start_op: NonZeroU64::new(highest.unwrap_or(0) + 1).expect("one more is not zero"),
        time: 0,
        message: None,
        deps: copy.get_heads(),
        extra_bytes: Vec::new(),
        author: None,
    }
}

pub(super) fn encode(change: ExpandedChange) -> Vec<u8> {
    automerge::Change::from(change).raw_bytes().to_vec()
}

pub(super) fn automerge(document: &Document) -> Automerge {
    let options = LoadOptions::new().text_encoding(TextEncoding::Utf16CodeUnit);
    Automerge::load_with_options(&document.clone().save(), options)
        .expect("what a document saves loads")
}

pub(super) fn refusal(bytes: &[u8], actor: ActorId, document: &Document) -> Option<Refusal> {
    match check(bytes, &ActorExpectation { actor }, document) {
        Verdict::Refused(refusal) => Some(refusal),
        Verdict::Accepted(_) => None,
        Verdict::Pending(missing) => panic!("{missing:?} should be there"),
    }
}

pub(super) fn accept(bytes: &[u8], actor: ActorId, document: &Document) -> CheckedChange {
    match check(bytes, &ActorExpectation { actor }, document) {
        Verdict::Accepted(checked) => checked,
        other => panic!("not accepted: {other:?}"),
    }
}

pub(super) fn apply(document: &mut Document, actor: ActorId, operations: Vec<Op>) {
    let bytes = encode(craft(document, actor, operations));
    let checked = accept(&bytes, actor, document);
    assert_eq!(document.apply(vec![checked]).applied.len(), 1);
}

/// Anne has written a little of everything:
///  5-7 the body `abc`, 8 a block marker behind it, 9 its type, 10 the `b` deleted,
///  11-12 a mark over `a`, 13 the field `due`, 14 a map in the list, 15 a list in that map,
///  16 an element of that, 17 an entry of the map container.
pub(super) fn written() -> Document {
    let mut document = Document::new(ITEM, KIND);
    let body = || genesis(BODY);
    let inserts = vec![
        insert(body(), front(), text("a")),
        insert(body(), after(5, ANNE), text("b")),
        insert(body(), after(6, ANNE), text("c")),
        insert(body(), after(7, ANNE), OpType::Make(ObjType::Map)),
        set(object(8, ANNE), key("type"), text("quote")),
        over(set(body(), after(6, ANNE), OpType::Delete), &[id(6, ANNE)]),
        insert(body(), front(), begin("strong")),
        insert(body(), after(5, ANNE), OpType::MarkEnd(true)),
        set(ObjectId::Root, key("due"), text("lundi")),
        insert(genesis(LIST), front(), OpType::Make(ObjType::Map)),
        set(object(14, ANNE), key("tags"), OpType::Make(ObjType::List)),
        insert(object(15, ANNE), front(), OpType::Put(ScalarValue::Int(-1))),
        set(
            genesis(MAP),
            key("k"),
            OpType::Put(ScalarValue::Boolean(true)),
        ),
    ];
    apply(&mut document, ANNE, inserts);
    document
}

/// The number of the next operation on top of [`written`].
pub(super) const NEXT: u64 = 18;

/// A change chunk in its parts, each of which may be wrong.
#[derive(Debug, Clone)]
pub(super) struct Raw {
    pub(super) parents: Vec<[u8; 32]>,
    pub(super) actor: Vec<u8>,
    pub(super) seq: u64,
    pub(super) start: u64,
    pub(super) time: u8,
    pub(super) message: Vec<u8>,
    pub(super) others: Vec<Vec<u8>>,
    pub(super) columns: Vec<(u64, Vec<u8>)>,
    pub(super) extra: Vec<u8>,
}

impl Raw {
    /// Takes honest bytes apart.
    pub(super) fn of(bytes: &[u8]) -> Self {
        fn number(rest: &mut &[u8]) -> u64 {
            let end = rest
                .iter()
                .position(|byte| byte & 0x80 == 0)
                .expect("honest");
            let (digits, after) = rest.split_at(end + 1);
            *rest = after;
            digits
                .iter()
                .rev()
                .fold(0, |value, byte| value << 7 | u64::from(byte & 0x7f))
        }
        fn take<'a>(rest: &mut &'a [u8], length: u64) -> &'a [u8] {
            let (taken, after) = rest.split_at(length as usize);
            *rest = after;
            taken
        }
        let mut rest = &bytes[9..];
        number(&mut rest);
        let parents = (0..number(&mut rest))
            .map(|_| take(&mut rest, 32).try_into().expect("32 bytes"))
            .collect();
        let length = number(&mut rest);
        let actor = take(&mut rest, length).to_vec();
        let seq = number(&mut rest);
        let start = number(&mut rest);
        let time = take(&mut rest, 1)[0];
        let length = number(&mut rest);
        let message = take(&mut rest, length).to_vec();
        let others = (0..number(&mut rest))
            .map(|_| {
                let length = number(&mut rest);
                take(&mut rest, length).to_vec()
            })
            .collect();
        let lengths: Vec<_> = (0..number(&mut rest))
            .map(|_| (number(&mut rest), number(&mut rest)))
            .collect();
        let columns = lengths
            .into_iter()
            .map(|(column, length)| (column, take(&mut rest, length).to_vec()))
            .collect();
        Self {
            parents,
            actor,
            seq,
            start,
            time,
            message,
            others,
            columns,
            extra: rest.to_vec(),
        }
    }

    pub(super) fn column(mut self, number: u64, bytes: &[u8]) -> Self {
        self.columns.retain(|(column, _)| *column != number);
        self.columns.push((number, bytes.to_vec()));
        self.columns.sort();
        self
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut body = Vec::new();
        unsigned(self.parents.len() as u64, &mut body);
        self.parents.iter().for_each(|parent| body.extend(parent));
        unsigned(self.actor.len() as u64, &mut body);
        body.extend(&self.actor);
        unsigned(self.seq, &mut body);
        unsigned(self.start, &mut body);
        body.push(self.time);
        unsigned(self.message.len() as u64, &mut body);
        body.extend(&self.message);
        unsigned(self.others.len() as u64, &mut body);
        for other in &self.others {
            unsigned(other.len() as u64, &mut body);
            body.extend(other);
        }
        unsigned(self.columns.len() as u64, &mut body);
        for (column, bytes) in &self.columns {
            unsigned(*column, &mut body);
            unsigned(bytes.len() as u64, &mut body);
        }
        self.columns
            .iter()
            .for_each(|(_, bytes)| body.extend(bytes));
        body.extend(&self.extra);
        seal(&body)
    }
}

pub(super) fn unsigned(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A chunk of a body, with the right length and, if automerge can read it, checksum.
pub(super) fn seal(body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0, 1];
    unsigned(body.len() as u64, &mut bytes);
    bytes.extend(body);
    // automerge tells the hash without having looked at the checksum; it may also panic, or
    // expand without end, which is what the outline is for.
    if super::Outline::read(&bytes).is_ok() {
        let copy = bytes.clone();
        if let Ok(Ok(change)) = std::panic::catch_unwind(|| automerge::Change::try_from(&copy[..]))
        {
            bytes[4..8].copy_from_slice(&change.hash().0[..4]);
        }
    }
    bytes
}
