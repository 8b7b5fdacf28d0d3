//! Honest changes, damaged by the thousand: bytes, columns and operations. No panic may escape,
//! what is accepted must leave a document that saves, loads and reads the same, and the verdict
//! must not depend on what else the document holds.

use std::collections::BTreeMap;

use super::*;

/// Mutants of each of the three sorts.
const MUTANTS: u64 = 7_000;
/// Histories in which accepted mutants build on accepted mutants, and the steps of each.
const HISTORIES: u64 = 24;
const STEPS: u64 = 48;

const CARO: ActorId = ActorId([0xcc; 16]);

/// SplitMix64 (Steele, Lea, Flood 2014): enough to choose damage, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) % sides as u64) as usize
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())].clone()
    }
}

/// Runs code in which panics of automerge are caught, without printing thousands of them.
pub(super) fn quietly<T>(run: impl FnOnce() -> T) -> T {
    static HOOK: std::sync::Once = std::sync::Once::new();
    HOOK.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let theirs = |file: &str| file.contains("automerge") || file.contains("hexane");
            if !info.location().is_some_and(|place| theirs(place.file())) {
                usual(info);
            }
        }));
    });
    run()
}

/// What Ben could do on top of [`written`].
fn honest_changes() -> Vec<Vec<Op>> {
    let body = || genesis(BODY);
    vec![
        vec![
            insert(body(), after(5, ANNE), text("x")),
            insert(body(), after(NEXT, BEN), text("🇫")),
            over(set(body(), after(7, ANNE), OpType::Delete), &[id(7, ANNE)]),
        ],
        vec![
            insert(body(), front(), begin("strong")),
            insert(body(), after(5, ANNE), OpType::MarkEnd(true)),
            insert(body(), after(5, ANNE), begin("link")),
            insert(body(), after(7, ANNE), OpType::MarkEnd(false)),
        ],
        vec![
            insert(body(), after(8, ANNE), OpType::Make(ObjType::Map)),
            set(object(NEXT, BEN), key("type"), text("todo")),
            set(
                object(NEXT, BEN),
                key("done"),
                OpType::Put(ScalarValue::Boolean(true)),
            ),
            insert(body(), after(NEXT, BEN), text("é")),
            over(
                set(object(8, ANNE), key("type"), text("code")),
                &[id(9, ANNE)],
            ),
        ],
        vec![
            over(
                set(ObjectId::Root, key("due"), text("mardi")),
                &[id(13, ANNE)],
            ),
            set(
                ObjectId::Root,
                key("step/1/done"),
                OpType::Put(ScalarValue::Null),
            ),
            over(set(genesis(MAP), key("k"), OpType::Delete), &[id(17, ANNE)]),
        ],
        vec![
            insert(genesis(LIST), after(14, ANNE), OpType::Make(ObjType::Map)),
            set(object(NEXT, BEN), key("tags"), OpType::Make(ObjType::List)),
            insert(
                object(NEXT + 1, BEN),
                front(),
                OpType::Put(ScalarValue::Int(7)),
            ),
            insert(
                object(15, ANNE),
                after(16, ANNE),
                OpType::Make(ObjType::Text),
            ),
            insert(object(NEXT + 3, BEN), front(), text("t")),
            over(
                set(object(15, ANNE), after(16, ANNE), text("z")),
                &[id(16, ANNE)],
            ),
            over(
                set(genesis(LIST), after(14, ANNE), OpType::Delete),
                &[id(14, ANNE)],
            ),
        ],
        vec![
            insert(genesis(TITLE), front(), text("T")),
            over(
                set(genesis(TITLE), after(NEXT, BEN), OpType::Delete),
                &[id(NEXT, BEN)],
            ),
            over(set(body(), after(8, ANNE), OpType::Delete), &[id(8, ANNE)]),
        ],
    ]
}

fn damage_bytes(dice: &mut Dice, honest: &[u8]) -> Vec<u8> {
    // Behind magic, checksum, type and a length of one or two bytes.
    let begin = if honest[9] & 0x80 == 0 { 10 } else { 11 };
    let mut body = honest[begin..].to_vec();
    for _ in 0..=dice.roll(3) {
        // Mostly in the columns: damaged parents are only ever pending.
        let reach = dice.pick(&[90, 90, 90, body.len()]).min(body.len());
        let at = body.len() - 1 - dice.roll(reach);
        match dice.roll(4) {
            0 => body[at] ^= 1 << dice.roll(8),
            1 => body[at] = dice.pick(&[0, 1, 2, 0x7e, 0x7f, 0x80, 0xff]),
            2 => body.insert(at, dice.roll(256) as u8),
            _ => {
                body.remove(at);
            }
        }
    }
    seal(&body)
}

fn damage_columns(dice: &mut Dice, honest: &[u8], other: &[u8]) -> Vec<u8> {
    let mut raw = Raw::of(honest);
    let other = Raw::of(other);
    for _ in 0..=dice.roll(2) {
        let column = dice.roll(raw.columns.len());
        match dice.roll(7) {
            0 => raw.columns[column].1 = dice.pick(&other.columns).1,
            1 => {
                let (number, bytes) = dice.pick(&other.columns);
                raw = raw.column(number, &bytes);
            }
            2 => {
                raw.columns.remove(column);
            }
            3 => {
                let again = raw.columns[column].1.clone();
                raw.columns[column].1.extend(again);
            }
            4 => {
                let count = dice.roll(9) as u8;
                let value = dice.roll(20) as u8;
                raw.columns[column].1 = vec![count, value];
            }
            5 => {
                let at = dice.roll(raw.columns[column].1.len().max(1));
                raw.columns[column].1.truncate(at);
            }
            _ => match dice.roll(4) {
                0 => raw.seq = dice.roll(4) as u64,
                1 => raw.start = dice.roll(40) as u64,
                2 => raw.others.reverse(),
                _ => raw.others.push(vec![dice.roll(256) as u8; 16]),
            },
        }
        if raw.columns.is_empty() {
            break;
        }
    }
    raw.bytes()
}

/// `end` is a number that no operation of the document has reached.
fn damage_operations(dice: &mut Dice, operations: &mut Vec<Op>, others: &[Op], end: u64) {
    let actors = [ANNE, ANNE, BEN, CARO, ActorId::genesis(&ITEM)];
    let any = |dice: &mut Dice| {
        let actor = dice.pick(&actors);
        let number = match actor {
            ANNE => 5 + dice.roll(13) as u64,
            BEN | CARO => NEXT + dice.roll((end + 6 - NEXT) as usize) as u64,
            _ => 1 + dice.roll(4) as u64,
        };
        id(number, actor)
    };
    for _ in 0..=dice.roll(3) {
        let at = dice.roll(operations.len());
        match dice.roll(9) {
            0 => operations[at].obj = ObjectId::Id(any(dice)),
            1 => operations[at].key = Key::Seq(ElementId::Id(any(dice))),
            2 => operations[at].key = dice.pick(&[front(), key("type"), key("due"), key("body")]),
            3 => operations[at].pred = vec![any(dice)].into(),
            4 => operations[at].pred = Vec::new().into(),
            5 => operations[at].insert ^= true,
            6 => operations[at].action = dice.pick(others).action,
            7 => operations.insert(at, dice.pick(others)),
            _ => {
                let with = dice.roll(operations.len());
                operations.swap(at, with);
            }
        }
    }
}

/// The document after the change reads the same from disk and from its changes in one batch, and
/// can still be written to.
fn stays_whole(document: &Document, checked: CheckedChange) {
    let mut document = document.clone();
    let applied = document.apply(vec![checked]);
    assert_eq!(applied.broken.len(), 0, "broken: {:?}", applied.broken);
    assert_eq!(applied.applied.len(), 1, "{applied:?}");
    let here = automerge(&document);
    let mut loaded = Document::load(ITEM, KIND, &document.save()).expect("it loads");
    assert_eq!(loaded.verify(), Ok(()));
    assert_eq!(loaded.heads(), document.heads());
    assert_eq!(loaded.operations(), document.operations());
    assert_eq!(automerge(&loaded).hydrate(None), here.hydrate(None));
    for name in ["title", "body"] {
        assert_eq!(loaded.blocks(name), document.blocks(name));
    }
    let mut replayed = Automerge::new_with_encoding(TextEncoding::Utf16CodeUnit);
    replayed
        .apply_changes(here.get_changes(&[]))
        .expect("its changes apply");
    assert_eq!(replayed.hydrate(None), here.hydrate(None));
    let more = loaded.edit(ANNE, |edit| {
        edit.set_text("body", "tout autre chose")?;
        edit.set("due", 1)
    });
    assert!(matches!(more, Ok(Some(_))), "{more:?}");
    assert_eq!(loaded.text("body"), "tout autre chose");
}

#[test]
fn damaged_changes_are_refused_or_harmless() {
    let document = written();
    // The same, with work that the mutants have not seen.
    let mut wide = document.clone();
    let beside = vec![
        insert(genesis(BODY), after(5, ANNE), text("y")),
        insert(genesis(LIST), front(), OpType::Make(ObjType::Map)),
        set(ObjectId::Root, key("fresh"), text("y")),
    ];
    apply(&mut wide, ANNE, beside);
    let honest = honest_changes();
    let others: Vec<Op> = honest.concat();
    let encoded: Vec<Vec<u8>> = honest
        .iter()
        .map(|operations| encode(craft(&document, BEN, operations.clone())))
        .collect();
    let template = craft(&document, BEN, Vec::new());
    let mut verdicts: BTreeMap<&str, u64> = BTreeMap::new();
    let mut accepted = [0; 3];
    for (sort, accepted) in accepted.iter_mut().enumerate() {
        for seed in 0..MUTANTS {
            let mut dice = Dice(seed << 2 | sort as u64);
            let number = dice.roll(honest.len());
            let bytes = quietly(|| match sort {
                0 => damage_bytes(&mut dice, &encoded[number]),
                1 => {
                    let other = dice.pick(&encoded);
                    damage_columns(&mut dice, &encoded[number], &other)
                }
                _ => {
                    let mut change = template.clone();
                    change.operations = honest[number].clone();
                    damage_operations(&mut dice, &mut change.operations, &others, NEXT);
                    encode(change)
                }
            });
            let expected = ActorExpectation { actor: BEN };
            let [here, there] =
                [&document, &wide].map(|document| quietly(|| check(&bytes, &expected, document)));
            let name = match (&here, &there) {
                (Verdict::Accepted(_), Verdict::Accepted(_)) => "accepted",
                (Verdict::Pending(one), Verdict::Pending(two)) if one == two => "pending",
                (Verdict::Refused(one), Verdict::Refused(two)) if one == two => one.name(),
                _ => panic!("sort {sort} seed {seed}: {here:?} here, {there:?} there"),
            };
            *verdicts.entry(name).or_default() += 1;
            if let (Verdict::Accepted(here), Verdict::Accepted(there)) = (here, there)
                && !encoded.contains(&bytes)
            {
                *accepted += 1;
                println!("sort {sort} seed {seed} is accepted");
                stays_whole(&document, here);
                stays_whole(&wide, there);
            }
        }
    }
    println!("{verdicts:?}, accepted by sort {accepted:?}");
    // Otherwise the dice are too rough, and the test shows nothing.
    assert!(
        accepted.iter().all(|accepted| *accepted > 10),
        "{accepted:?}"
    );
}

/// An honest change of Ben's, as the next one of any actor.
fn moved(operations: &[Op], actor: ActorId, by: u64) -> Vec<Op> {
    let ben = automerge::ActorId::from(BEN.0);
    let own = |id: &OpId| {
        if id.1 == ben && id.0 >= NEXT {
            self::id(id.0 + by, actor)
        } else {
            id.clone()
        }
    };
    let each = operations.iter().map(|operation| Op {
        action: operation.action.clone(),
        insert: operation.insert,
        obj: match &operation.obj {
            ObjectId::Id(id) => ObjectId::Id(own(id)),
            ObjectId::Root => ObjectId::Root,
        },
        key: match &operation.key {
            Key::Seq(ElementId::Id(id)) => Key::Seq(ElementId::Id(own(id))),
            other => other.clone(),
        },
        pred: operation.pred.iter().map(own).collect::<Vec<_>>().into(),
    });
    each.collect()
}

/// Gives one what the other has, through the gate.
fn meet(from: &Document, to: &mut Document) {
    for (_, bytes) in from.changes_since(&to.heads()) {
        let outline = super::super::Outline::read(&bytes).expect("it was accepted");
        let checked = accept(&bytes, outline.actor, to);
        assert_eq!(to.apply(vec![checked]).broken.len(), 0);
    }
}

#[test]
fn replicas_agree_on_damage_built_on_damage() {
    let honest = honest_changes();
    let others: Vec<Op> = honest.concat();
    let mut accepted = 0;
    for seed in 0..HISTORIES {
        let mut dice = Dice(seed);
        let mut here = written();
        let mut there = here.clone();
        for step in 0..STEPS {
            let (document, actor) = match dice.roll(2) {
                0 => (&mut here, BEN),
                _ => (&mut there, CARO),
            };
            let mut change = craft(document, actor, Vec::new());
            let start = change.start_op.get();
            change.operations = moved(&dice.pick(&honest), actor, start - NEXT);
            damage_operations(&mut dice, &mut change.operations, &others, start);
            let checked = quietly(|| {
                let bytes = encode(change);
                check(&bytes, &ActorExpectation { actor }, document).accepted()
            });
            if let Some(checked) = checked {
                accepted += 1;
                let applied = document.apply(vec![checked]);
                assert_eq!(applied.broken.len(), 0, "seed {seed} step {step}");
            }
            if step % 12 == 11 {
                meet(&here, &mut there);
                meet(&there, &mut here);
                assert_eq!(here.heads(), there.heads());
                let [one, two] = [&here, &there].map(|document| automerge(document).hydrate(None));
                assert_eq!(one, two, "seed {seed} step {step}");
                let loaded = Document::load(ITEM, KIND, &here.save()).expect("it loads");
                assert_eq!(loaded.verify(), Ok(()));
                assert_eq!(loaded.blocks("body"), there.blocks("body"));
            }
        }
    }
    assert!(
        accepted > HISTORIES * STEPS / 20,
        "{accepted} is too few to show anything"
    );
}
