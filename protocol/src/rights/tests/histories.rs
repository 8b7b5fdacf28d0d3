//! Random histories of four sites and a guest with partitions, back-dated citations and cuts: the same
//! entries in any order give the same standings, and those of the slow reading.

use std::collections::{BTreeMap, BTreeSet};

use super::super::*;
use super::orders::deputise;
use super::random::{PARTNER, SITES, history};
use super::reference::Reference;
use super::world::{Dice, PersonId, World, node, person};

/// More in a run by hand: `BOCAGE_CASES=500000 cargo test --release -p bocage-protocol`.
const CASES: u64 = 20_000;
/// Of these, histories in which sites also write twice in one place and begin new lives.
const FORKED: u64 = 4_000;

/// What of the rules a run met: a property test that meets nothing proves nothing.
#[derive(Debug, Default)]
struct Met(BTreeMap<String, u64>);

impl Met {
    fn note(&mut self, what: &str) {
        *self.0.entry(what.into()).or_default() += 1;
    }

    fn note_standing(&mut self, kind: EntryKind, standing: &Standing) {
        let reason = format!("{standing:?}");
        let words: Vec<_> = reason.split(['(', ')']).take(2).collect();
        self.note(&format!("{kind:?} {}", words.join(" ").trim()));
    }

    fn expect(&self, names: &[&str], least: u64) {
        println!("{:#?}", self.0);
        for name in names {
            let count = self.0.get(*name).copied().unwrap_or_default();
            assert!(
                count > least,
                "{name} was met only {count} times: {:?}",
                self.0
            );
        }
    }
}

fn check(seed: u64, forks: bool, met: &mut Met) {
    let world = history(seed, forks);
    let whole = world.whole();
    let reference = Reference::of(&world);
    let standings = world.standings(&whole);
    for (place, (entry, writer)) in world.entries.iter().enumerate() {
        let id = &entry.id;
        let judged = whole.judge(id, &entry.header, &writer.node, Role::CONTRIBUTOR);
        let expected = match entry.header.kind {
            EntryKind::Rights => reference.counts(id),
            EntryKind::Admission => reference.admission_counts(entry, &writer.node),
            _ => reference.content_counts(&world, entry, &writer.node),
        };
        let counts = judged == Standing::Counts;
        assert_eq!(
            counts,
            expected,
            "seed {seed}: {id:?} is {judged:?} {:?}",
            whole.operation(id)
        );
        if entry.header.kind == EntryKind::Record {
            let shown = standings[place] == Standing::Counts;
            let expected = reference.is_shown(&world, entry, &writer.node);
            assert_eq!(shown, expected, "seed {seed}: {id:?} vouched for");
            if shown && !counts {
                met.note("vouched for");
            }
            let slow = whole.judge_then(id, &entry.header, &writer.node, Role::CONTRIBUTOR);
            assert_eq!(judged, slow, "seed {seed}: the two ways of judging");
        }
        met.note_standing(entry.header.kind, &judged);
        let header = &entry.header;
        let lies_above = |log: &LogId, seq| {
            let mut twice = world
                .entries
                .iter()
                .filter(|(other, _)| other.header.log == *log && other.header.seq == seq);
            twice.nth(1).is_some()
        };
        if forks && counts && lies_above(&header.log, header.seq) {
            met.note("counts above a fork");
        }
        if counts && writer.node == node(SITES[PARTNER]) {
            met.note("counts in the guest's log");
        }
        if let Some(operation) = whole.operation(id).filter(|_| counts) {
            let name = format!("{operation:?}");
            let name = name.split([' ', '{']).next().unwrap_or_default();
            let ordered = if name_has_order(operation) {
                " by order"
            } else {
                ""
            };
            met.note(&format!("{name}{ordered}"));
        }
    }
    let mut dice = Dice(seed | 1);
    world.check_order(&dice.shuffled(world.entries.len()), &whole);
    if seed.is_multiple_of(4) {
        world.check_order(&dice.shuffled(world.entries.len()), &whole);
        world.check_order(&(0..world.entries.len()).collect::<Vec<_>>(), &whole);
    }
    nobody_is_locked_out(seed, world, &whole, met);
}

/// Who is a member, at a site that is a host, is never locked out: what she does now counts. A site
/// with a forked log takes it up in a new life first.
fn nobody_is_locked_out(seed: u64, mut world: World, whole: &Rights, met: &mut Met) {
    let mut dice = Dice(seed | 1);
    let site = dice.roll(PARTNER);
    let here = node(SITES[site]);
    let mut whole = whole.clone();
    if world.is_in_fork(site) {
        adopt_all(&mut world, &whole, site);
        whole = world.whole();
        met.note("adopted");
    }
    let heads = Some(whole.heads().to_vec());
    let own_heads = Some(whole.heads_of(&world.sites[site].writer));
    let members: Vec<_> = whole.now().persons.iter().collect();
    if !whole.now().hosts.contains_key(&here) {
        return;
    }
    let carried = |node: &NodeId| whole.now().hosts.contains_key(node);
    let manages =
        |member: &&Member| member.role.allows(Role::MANAGER) && member.sites.iter().any(carried);
    if !whole.now().persons.values().any(|member| manages(&member)) {
        return a_deputy_can_be_named(seed, &mut world, &whole, site, met);
    }
    if members.is_empty() {
        return;
    }
    let (author, member) = members[dice.roll(members.len())];
    if member.role.allows(Role::CONTRIBUTOR) {
        let id = world.say(site, *author, heads);
        let (entry, writer) = world.entry(&id);
        let judged = whole.judge(&id, &entry.header, &writer.node, Role::CONTRIBUTOR);
        assert_eq!(judged, Standing::Counts, "seed {seed}: a member writes");
        met.note("wrote again");
    }
    // Who knows that a registrar ordered her out manages no more, even if the carrier was removed.
    let ordered = |operation: &Operation| match operation {
        Operation::Revoke {
            subject,
            order: Some(_),
            ..
        } => subject.person() == *author,
        Operation::HostRemove {
            node,
            order: Some(_),
            ..
        } => *node == here,
        _ => false,
    };
    let mut operations = (whole.operations()).filter_map(|(id, _)| whole.operation(id));
    let ordered_out = operations.any(ordered);
    if member.role.allows(Role::MANAGER) && member.sites.contains(&here) && !ordered_out {
        let grant = Operation::Grant {
            subject: Subject::Person(person("Newcomer")),
            role: Role::VIEWER,
            territory: None,
            sponsor: None,
            end_ms: None,
        };
        let id = world.operate(site, *author, own_heads, &grant);
        let judged = world.whole().stands(&id);
        assert_eq!(
            judged,
            Standing::Counts,
            "seed {seed}: a manager lets somebody in"
        );
        met.note("managed again");
    }
}

/// A new life of a site, which takes up all branches of the log before.
fn adopt_all(world: &mut World, whole: &Rights, site: usize) {
    let log = world.sites[site].log;
    let own = world.entries.iter().map(|(entry, _)| entry);
    let own: Vec<_> = own.filter(|entry| entry.header.log == log).collect();
    let followed: BTreeSet<_> = own.iter().map(|entry| entry.header.prev).collect();
    let ends = own.iter().map(|entry| entry.id);
    let ends: BTreeSet<_> = ends.filter(|id| !followed.contains(id)).collect();
    let adopt = Operation::Adopt {
        log,
        heads: ends.into_iter().collect(),
    };
    world.restore(site);
    let itself = PersonId::of_site(&node(SITES[site]));
    let heads = whole.heads_of(&world.sites[site].writer);
    world.operate(site, itself, Some(heads), &adopt);
}

/// Where nobody is left who manages, or only at sites that were lost.
fn a_deputy_can_be_named(seed: u64, world: &mut World, whole: &Rights, site: usize, met: &mut Met) {
    let here = node(SITES[site]);
    let told_to_go = (whole.operations()).any(|(id, _)| {
        let operation = whole.operation(id);
        let Some(Operation::HostRemove { node, order, .. }) = operation else {
            return false;
        };
        order.is_some() && *node == here
    });
    if told_to_go {
        return;
    }
    let deputy = deputise(&world.space, person("Dora"), vec![here]);
    let heads = Some(whole.heads_of(&world.sites[site].writer));
    let id = world.operate(site, PersonId::of_site(&here), heads, &deputy);
    let judged = world.whole().stands(&id);
    assert_eq!(judged, Standing::Counts, "seed {seed}: a deputy is named");
    met.note("deputised again");
    if !whole.now().persons.is_empty() {
        met.note("deputised beside members");
    }
}

fn name_has_order(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::Revoke { order: Some(_), .. } | Operation::HostRemove { order: Some(_), .. }
    )
}

fn cases() -> u64 {
    // Read when the tests are built: what runs asks no environment.
    option_env!("BOCAGE_CASES").map_or(CASES, |cases| {
        cases.parse().expect("BOCAGE_CASES is a number")
    })
}

fn check_part(part: u64) {
    let mut met = Met::default();
    let cases = cases() - FORKED.min(cases() / 2);
    (1..=cases)
        .filter(|seed| seed % 2 == part)
        .for_each(|seed| check(seed, false, &mut met));
    let names = [
        "Rights Counts",
        "Rights Void Removed",
        "Rights Void HostRemoved",
        "Rights Void NotSenior",
        "Rights Void WrongPlace",
        "Record Counts",
        "Record Held Removed",
        "Record Held HostRemoved",
        "Record Held NotAdmitted",
        "Admission Counts",
        "Admission Held NotHost",
        "Appoint",
        "GuestAdd",
        "Introduce",
        "Deputise",
        "Revoke by order",
        "HostRemove by order",
        "counts in the guest's log",
        "vouched for",
        "wrote again",
        "managed again",
        "deputised again",
        "deputised beside members",
    ];
    met.expect(&names, cases / 600);
}

// In two halves, so that two cores share them.
#[test]
fn random_histories_have_one_outcome() {
    check_part(0);
}

#[test]
fn further_random_histories_have_one_outcome() {
    check_part(1);
}

#[test]
fn forks_and_new_lives_have_one_outcome_too() {
    let mut met = Met::default();
    let cases = FORKED.min(cases() / 2);
    (1..=cases).for_each(|seed| check(seed, true, &mut met));
    let names = [
        "Rights Counts",
        "Rights Held Forked",
        "Rights Held NotDescended",
        "Rights Void Removed",
        "Record Counts",
        "Record Held Forked",
        "Record Held Removed",
        "Record Held NotAdmitted",
        "Admission Counts",
        "Adopt",
        "counts above a fork",
        "counts in the guest's log",
        "adopted",
        "wrote again",
        "managed again",
    ];
    met.expect(&names, cases / 600);
}
