//! Taking entries into a log: before, action, after.

use std::collections::{BTreeMap, BTreeSet};

use bocage_crdt::ids::{CommandId, PersonId};
use ed25519_dalek::SigningKey;

use super::*;
use crate::certificate::verifying_key;
use crate::entry::{EntryKind, payload_hash};
use crate::limits::NAKED_PER_LOG_MAX;
use crate::limits::{FORK_BRANCHES_MAX, PROTOCOL_VERSION};

const SPACE: SpaceId = SpaceId([1; 32]);

fn writer() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn key() -> VerifyingKey {
    verifying_key(&writer().verifying_key().to_bytes()).expect("a sound key")
}

fn empty() -> LogState {
    let writer = WriterKey(writer().verifying_key().to_bytes());
    LogState::new(writer, NodeId([3; 32]))
}

/// Entries `from..=to` after `before`; another `branch` writes other payloads.
fn write(before: Option<&Entry>, from: u64, to: u64, branch: u8) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for seq in from..=to {
        let last = entries.last().or(before);
        let header = Header {
            version: PROTOCOL_VERSION,
            kind: EntryKind::Record,
            space: SPACE,
            log: empty().id(&SPACE),
            seq,
            prev: last.map_or(EntryId::default(), |last| last.id),
            lamport: last.map_or(1, |last| last.header.lamport + 1),
            wall_ms: 0,
            rights_heads: Vec::new(),
            author: PersonId([2; 16]),
            item: ItemId([4; 16]),
            creation: None,
            command: CommandId([5; 16]),
            origin: None,
            carried: Vec::new(),
            payload_hash: payload_hash(&[]),
            payload_length: 0,
        };
        entries.push(Entry::sign(header, vec![branch], &writer()));
    }
    entries
}

/// A log and the disk beside it.
struct Bench {
    state: LogState,
    main: BTreeMap<u64, Entry>,
    branches: BTreeMap<EntryId, Entry>,
    erased: BTreeSet<ItemId>,
}

impl Known for Bench {
    fn at(&self, seq: u64) -> Option<SignedHeader> {
        self.main.get(&seq).map(SignedHeader::of)
    }

    fn find(&self, id: &EntryId) -> Option<LogHead> {
        let mut main = self
            .main
            .values()
            .filter(|e| e.header.seq <= self.state.reach());
        let found = main.find(|entry| entry.id == *id);
        found.or(self.branches.get(id)).map(Entry::head)
    }

    fn is_erased(&self, item: &ItemId) -> bool {
        self.erased.contains(item)
    }
}

impl Bench {
    fn new() -> Self {
        Self {
            state: empty(),
            main: BTreeMap::new(),
            branches: BTreeMap::new(),
            erased: BTreeSet::new(),
        }
    }

    fn with(entries: &[Entry]) -> Self {
        let mut bench = Self::new();
        assert!(matches!(bench.take(entries), Accepted::Main(_)));
        bench
    }

    fn take(&mut self, entries: &[Entry]) -> Accepted {
        let mut state = self.state.clone();
        let accepted = state.accept(&SPACE, &key(), entries.to_vec(), self);
        self.state = state;
        match &accepted {
            Accepted::Main(entries) => {
                let rows = entries
                    .iter()
                    .map(|entry| (entry.header.seq, entry.clone()));
                self.main.extend(rows);
            }
            Accepted::Branch(entries) | Accepted::Forked(entries) => {
                let rows = entries.iter().map(|entry| (entry.id, entry.clone()));
                self.branches.extend(rows);
            }
            _ => {}
        }
        accepted
    }

    /// Height and the ranges above.
    fn shape(&self) -> (u64, Vec<(u64, u64)>) {
        (self.state.height(), self.state.above_ranges())
    }
}

#[test]
fn ranges_in_any_order_make_the_same_log() {
    let all = write(None, 1, 12, 0);
    let pieces = [0..3, 3..5, 5..6, 6..10, 10..12];
    // Every rotation and its reverse: gaps open and close in different places.
    for turn in 0..pieces.len() {
        for reverse in [false, true] {
            let mut order = pieces.clone();
            order.rotate_left(turn);
            if reverse {
                order.reverse();
            }
            let mut bench = Bench::new();
            for piece in order {
                assert!(matches!(bench.take(&all[piece]), Accepted::Main(_)));
            }
            assert_eq!(bench.shape(), (12, vec![]));
            assert_eq!(bench.state.head, Some(all[11].head()));
            assert_eq!(bench.main.len(), 12);
        }
    }
}

#[test]
fn lost_entries_are_known_again_and_nothing_else_is_taken_for_them() {
    let all = write(None, 1, 8, 0);
    let offered = [(1, 8)];
    for lost in [&[3][..], &[3, 4, 5], &[1, 2], &[8], &[2, 8], &[7, 8]] {
        let mut bench = Bench::with(&all);
        for seq in lost {
            bench.main.remove(seq);
        }
        for seq in lost {
            let mut state = bench.state.clone();
            assert!(state.lose(*seq, &bench), "{lost:?}");
            assert!(!state.lose(*seq, &bench), "twice");
            bench.state = state;
        }
        let first = lost[0];
        assert_eq!((bench.state.height(), bench.state.reach()), (first - 1, 8));
        let whole = (first > 1).then(|| all[first as usize - 2].id);
        assert_eq!(bench.state.last_whole(), whole);
        // Another entry for the place, soundly signed, is not what stood there.
        let other = write(None, 1, 8, 1);
        for seq in lost {
            let place = *seq as usize - 1;
            let taken = bench.take(&other[place..=place]);
            assert!(!matches!(taken, Accepted::Main(_)), "{lost:?}: {taken:?}");
        }
        let mut asked = 0;
        while let Some((from, to)) = bench.state.wanted_lost(&offered) {
            assert_eq!(from, to);
            let place = from as usize - 1;
            assert!(matches!(bench.take(&all[place..=place]), Accepted::Main(_)));
            asked += 1;
        }
        assert_eq!(asked, lost.len());
        assert_eq!((bench.shape(), bench.main.len()), ((8, vec![]), 8));
        assert_eq!(
            (bench.state.lost.clone(), bench.state.missing(&offered)),
            (None, None)
        );
        assert_eq!(bench.state.last_whole(), Some(all[7].id));
    }
}

#[test]
fn a_lost_entry_may_come_back_without_its_payload_and_a_lost_run_at_once() {
    let all = write(None, 1, 6, 0);
    let mut bench = Bench::with(&all);
    for seq in [2, 3] {
        bench.main.remove(&seq);
        let mut state = bench.state.clone();
        assert!(state.lose(seq, &bench));
        bench.state = state;
    }
    // The range around them, of which the rest is here.
    let mut naked = all[1..5].to_vec();
    naked[1].payload = None;
    let Accepted::Main(taken) = bench.take(&naked) else {
        panic!("nothing is taken");
    };
    assert_eq!(taken.len(), 2);
    assert_eq!((bench.state.lost.clone(), bench.state.height()), (None, 2));
    assert!(matches!(bench.take(&all[2..3]), Accepted::Main(_)));
    assert_eq!(bench.state.height(), 6);
}

#[test]
fn overlapping_ranges_are_stored_once() {
    let all = write(None, 1, 20, 0);
    let mut bench = Bench::with(&all[..5]);
    for (range, new, shape) in [
        (0..5, 0, (5, vec![])),
        (2..4, 0, (5, vec![])),
        (3..7, 2, (7, vec![])),
        (9..12, 3, (7, vec![(10, 12)])),
        (10..11, 0, (7, vec![(10, 12)])),
        (10..14, 2, (7, vec![(10, 14)])),
        (17..18, 1, (7, vec![(10, 14), (18, 18)])),
        (8..9, 1, (7, vec![(9, 14), (18, 18)])),
        (6..9, 1, (14, vec![(18, 18)])),
        (14..20, 6, (20, vec![])),
    ] {
        let stored = match bench.take(&all[range.clone()]) {
            Accepted::Main(entries) => entries.len(),
            Accepted::Duplicate => 0,
            other => panic!("{range:?}: {other:?}"),
        };
        assert_eq!((stored, bench.shape()), (new, shape), "{range:?}");
    }
}

#[test]
fn what_is_no_entry_of_the_log_changes_nothing() {
    let all = write(None, 1, 6, 0);
    let mut signature = all[5].clone();
    signature.signature[9] ^= 1;
    let mut elsewhere = all[2].header.clone();
    elsewhere.space = SpaceId([9; 32]);
    let elsewhere = Entry::sign(elsewhere, vec![0], &writer());
    let stranger = Entry::sign(
        all[2].header.clone(),
        vec![0],
        &SigningKey::from_bytes(&[8; 32]),
    );
    // An operation is never without its bytes.
    let mut operation = all[2].header.clone();
    operation.kind = EntryKind::Rights;
    let mut naked = Entry::sign(operation, vec![0], &writer());
    naked.payload = None;
    let mut leap = all[2].header.clone();
    leap.lamport += LAMPORT_STEP_MAX;
    let leap = Entry::sign(leap, vec![0], &writer());
    use Accepted::{Refused, WithoutPayload};
    for (entries, expected) in [
        (vec![signature], Refused(InvalidEntry::WrongSignature)),
        (vec![elsewhere], Refused(InvalidEntry::WrongLog)),
        (vec![stranger], Refused(InvalidEntry::WrongSignature)),
        (vec![naked], WithoutPayload),
        (vec![leap], Refused(InvalidEntry::BrokenChain)),
        (
            vec![all[2].clone(), all[4].clone()],
            Refused(InvalidEntry::BrokenChain),
        ),
        (
            vec![all[3].clone(), all[2].clone()],
            Refused(InvalidEntry::BrokenChain),
        ),
    ] {
        let mut bench = Bench::with(&all[..2]);
        let before = bench.state.clone();
        assert_eq!(bench.take(&entries), expected);
        assert_eq!(bench.state, before);
    }
    let mut naked = all[2].clone();
    naked.payload = None;
    let mut bench = Bench::with(&all[..2]);
    bench.erased.insert(naked.header.item);
    assert!(matches!(bench.take(&[naked]), Accepted::Main(_)));
    assert_eq!(bench.shape(), (3, vec![]), "an erase covers it");
}

fn without_payload(entry: &Entry) -> Entry {
    Entry {
        payload: None,
        ..entry.clone()
    }
}

#[test]
fn what_came_without_payload_is_read_on_and_not_acknowledged() {
    let all = write(None, 1, 6, 0);
    let mut bench = Bench::with(&all[..2]);
    let mut rest = all[2..5].to_vec();
    rest[0] = without_payload(&all[2]);
    assert!(matches!(bench.take(&rest), Accepted::Main(_)));
    assert_eq!((bench.state.reach(), bench.state.height()), (5, 2));
    assert_eq!(bench.state.last_whole(), Some(all[1].id));
    // What comes after is wanted first, then the payload, of whoever claims to have it.
    assert_eq!(bench.state.missing(&[(1, 6)]), Some((6, 6)));
    assert_eq!(bench.state.missing(&[(1, 5)]), Some((3, 3)));
    assert_eq!(bench.state.missing(&[(1, 2)]), None);
    let again = [without_payload(&all[2])];
    assert_eq!(bench.take(&again), Accepted::WithoutPayload);
    assert_eq!(bench.take(&all[..2]), Accepted::Duplicate);

    let mut covered = bench.state.clone();
    assert!(!covered.cover(|_| false));
    assert!(covered.cover(|item| *item == all[2].header.item));
    assert_eq!((covered.height(), covered.naked.clone()), (5, None));

    // Another host has the bytes.
    let brought = Accepted::Main(vec![all[2].clone()]);
    assert_eq!(bench.take(&all[1..4]), brought);
    assert_eq!((bench.state.height(), bench.state.naked.clone()), (5, None));
    assert_eq!(bench.take(&all[1..4]), Accepted::Duplicate);
}

#[test]
fn what_comes_without_payload_is_bounded_and_no_branch() {
    let many = NAKED_PER_LOG_MAX as u64 + 1;
    let all: Vec<Entry> = write(None, 1, many, 0)
        .iter()
        .map(without_payload)
        .collect();
    let mut bench = Bench::new();
    assert_eq!(bench.take(&all), Accepted::WithoutPayload);
    assert!(
        matches!(bench.take(&all[1..]), Accepted::Main(_)),
        "above the gap"
    );
    assert_eq!(bench.take(&all[..1]), Accepted::WithoutPayload);

    let ours = write(None, 1, 3, 0);
    let mut bench = Bench::with(&ours);
    let other: Vec<Entry> = write(Some(&ours[0]), 2, 3, 1)
        .iter()
        .map(without_payload)
        .collect();
    let before = bench.state.clone();
    assert_eq!(bench.take(&other), Accepted::WithoutPayload);
    assert_eq!(bench.state, before);
}

#[test]
fn what_is_held_above_a_gap_is_bounded() {
    let all = write(None, 1, 2 * GAPS_PER_LOG_MAX as u64 + 4, 0);
    let mut bench = Bench::new();
    for entry in all.iter().skip(1).step_by(2) {
        let accepted = bench.take(std::slice::from_ref(entry));
        let full = bench.state.above.len() >= GAPS_PER_LOG_MAX;
        assert!(matches!(accepted, Accepted::Main(_)) || full && accepted == Accepted::Gap);
    }
    assert_eq!(bench.state.above.len(), GAPS_PER_LOG_MAX);
    assert_eq!(bench.state.missing(&[(1, 500)]), Some((1, 1)));
    assert!(matches!(bench.take(&all), Accepted::Main(_)));
    assert_eq!(bench.shape(), (all.len() as u64, vec![]));
}

#[test]
fn the_first_missing_range_is_asked_for() {
    let all = write(None, 1, 20, 0);
    let mut bench = Bench::with(&all[..5]);
    bench.take(&all[9..12]);
    for (offered, missing) in [
        (vec![], None),
        (vec![(1, 5)], None),
        (vec![(1, 4)], None),
        (vec![(1, 7)], Some((6, 7))),
        (vec![(1, 20)], Some((6, 9))),
        (vec![(1, 5), (9, 9)], Some((9, 9))),
        (vec![(1, 5), (10, 12)], None),
        (vec![(1, 5), (10, 14)], Some((13, 14))),
        (vec![(15, 20)], Some((15, 20))),
        (vec![(0, u64::MAX)], Some((6, 9))),
    ] {
        assert_eq!(bench.state.missing(&offered), missing, "{offered:?}");
    }
}

#[test]
fn both_branches_of_a_fork_are_kept_whoever_comes_first() {
    let common = write(None, 1, 3, 0);
    let one = write(common.last(), 4, 6, 1);
    let other = write(common.last(), 4, 5, 2);
    let mut shapes = Vec::new();
    for (first, second) in [(&one, &other), (&other, &one)] {
        let mut bench = Bench::with(&common);
        assert!(matches!(bench.take(first), Accepted::Main(_)));
        // From below the fork, so that the first difference is in sight.
        let range = [&common[1..], second].concat();
        assert!(
            matches!(bench.take(&range), Accepted::Forked(_)),
            "{:?}",
            bench.state
        );
        assert_eq!(
            bench.shape(),
            (3, vec![]),
            "what is in doubt is not acknowledged"
        );
        let proof = &bench.state.fork.as_ref().expect("forked").proof;
        assert_eq!(proof.proven_at(&bench.state.id(&SPACE), &key()), Some(4));
        shapes.push(bench.state.tips());
        assert_eq!(bench.take(&one), Accepted::Duplicate);
        assert_eq!(bench.take(&other), Accepted::Duplicate);
        // Branches go on growing.
        let more = write(one.last(), 7, 8, 1);
        assert_eq!(bench.take(&more), Accepted::Branch(more.clone()));
        assert_eq!(bench.take(&write(more.last(), 10, 10, 1)), Accepted::Gap);
        assert_eq!(bench.state.tips().map(|tips| tips.len()), Some(2));
    }
    assert_eq!(shapes[0], shapes[1], "the same on all sites");
}

#[test]
fn a_fork_out_of_sight_is_searched_for() {
    let common = write(None, 1, 3, 0);
    let one = write(common.last(), 4, 9, 1);
    let other = write(common.last(), 4, 9, 2);
    let mut bench = Bench::with(&[&common[..], &one[..4]].concat());
    assert_eq!(bench.take(&other[4..]), Accepted::Suspect { at: 7 });
    assert_eq!(bench.take(&other[2..3]), Accepted::Suspect { at: 5 });
    assert_eq!(bench.take(&common[2..]), Accepted::Duplicate);
    assert!(matches!(bench.take(&other[..1]), Accepted::Forked(_)));
    assert!(matches!(bench.take(&other[1..]), Accepted::Branch(_)));
    assert_eq!(bench.state.fork.as_ref().map(|fork| fork.at), Some(4));
}

#[test]
fn a_lower_fork_takes_the_place_of_a_higher_one() {
    let one = write(None, 1, 9, 1);
    let two = write(Some(&one[5]), 7, 9, 2);
    let three = write(Some(&one[1]), 3, 4, 3);
    let mut bench = Bench::with(&one);
    assert!(matches!(
        bench.take(&[&one[5..6], &two].concat()),
        Accepted::Forked(_)
    ));
    assert_eq!(bench.shape().0, 6);
    assert!(matches!(bench.take(&three), Accepted::Forked(_)));
    assert_eq!(bench.shape().0, 2);
    assert_eq!(bench.state.tips().map(|tips| tips.len()), Some(3));
}

#[test]
fn branches_are_bounded() {
    let common = write(None, 1, 1, 0);
    let mut bench = Bench::with(&[&common[..], &write(common.last(), 2, 2, 0)].concat());
    let mut refused = 0;
    for branch in 1..=2 * FORK_BRANCHES_MAX as u8 {
        let accepted = bench.take(&write(common.last(), 2, 2, branch));
        refused += usize::from(accepted == Accepted::TooManyBranches);
    }
    let tips = bench.state.tips().expect("forked");
    assert_eq!(
        (tips.len(), refused),
        (FORK_BRANCHES_MAX, FORK_BRANCHES_MAX + 1)
    );
    assert!(tips.is_sorted());
}

#[test]
fn a_proof_needs_two_signed_entries_of_one_place() {
    let one = write(None, 1, 2, 1);
    let other = write(None, 1, 2, 2);
    let log = empty().id(&SPACE);
    let prove = |a: &Entry, b: &Entry| {
        ForkProof::new(SignedHeader::of(a), SignedHeader::of(b)).proven_at(&log, &key())
    };
    assert_eq!(prove(&one[0], &other[0]), Some(1));
    assert_eq!(prove(&other[0], &one[0]), Some(1));
    assert_eq!(prove(&one[0], &one[0]), None);
    assert_eq!(prove(&one[0], &other[1]), None);
    let mut unsigned = other[0].clone();
    unsigned.signature = one[0].signature;
    assert_eq!(prove(&one[0], &unsigned), None);
}
