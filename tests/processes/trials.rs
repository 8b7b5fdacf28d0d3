//! Changes tried in a child process: what it says, what it survives, and that it is replaced when
//! it does not.

use std::path::PathBuf;
use std::time::Duration;

use bocage_crdt::document::Document;
use bocage_crdt::features::{self, Payload};
use bocage_crdt::ids::{ActorId, ItemId};
use bocage_node::trial::{COMMAND, WAITING_MAX};
use bocage_node::trial::{
    Caps, NotTaken, REQUEST_BYTES_MAX, Trial, TrialBase, TrialRequest, Trials,
};

use super::chunk::{number, seal};
use super::program::{binary, run};

const ITEM: ItemId = ItemId([1; 16]);
const ANNE: ActorId = ActorId([0xa; 16]);
const PATIENCE: Duration = Duration::from_secs(60);

fn page() -> (u16, Document) {
    let page = features::by_name("page").expect("there are pages");
    let Payload::Document(genesis) = page.payload() else {
        panic!("a page is a document");
    };
    (page.number(), Document::new(ITEM, *genesis))
}

fn request(changes: Vec<Vec<u8>>) -> TrialRequest {
    let (kind, mut document) = page();
    TrialRequest {
        kind,
        item: ITEM,
        base: TrialBase::of(&mut document),
        changes,
    }
}

fn letter() -> Vec<u8> {
    let (_, mut document) = page();
    let typed = document.edit(ANNE, |edit| edit.set_text("title", "x"));
    typed.expect("an edit").expect("a change")
}

/// 120 bytes that insert `count` nulls into a text. The gate refuses it by its columns.
fn bomb(count: u64) -> Vec<u8> {
    let (_, document) = page();
    // Signed numbers: one more bit than unsigned ones.
    let run = |value: u64| {
        let mut column = Vec::new();
        let mut rest = count;
        while rest >= 0x40 {
            column.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        column.push(rest as u8);
        number(value, &mut column);
        column
    };
    let mut inserts = vec![0];
    number(count, &mut inserts);
    let genesis = ActorId::genesis(&ITEM);
    // Object 1 of the genesis, the front of it, nulls, no predecessors.
    let columns: [(u64, Vec<u8>); 7] = [
        (0x01, run(1)),
        (0x02, run(1)),
        (0x13, run(0)),
        (0x34, inserts),
        (0x42, run(1)),
        (0x56, run(0)),
        (0x70, run(0)),
    ];
    let mut body = vec![1];
    body.extend(document.genesis_hash().0);
    body.push(16);
    body.extend(ANNE.0);
    number(1, &mut body);
    number(document.operations() as u64 + 1, &mut body);
    body.extend([0, 0, 1, 16]);
    body.extend(genesis.0);
    number(columns.len() as u64, &mut body);
    for (column, bytes) in &columns {
        number(*column, &mut body);
        number(bytes.len() as u64, &mut body);
    }
    columns.iter().for_each(|(_, bytes)| body.extend(bytes));
    seal(&body)
}

/// Memory in which a short page is tried and the longest is not, in megabytes; of a debug build the
/// first fits from 96 on, the second from 144.
pub(crate) const LITTLE_MEMORY_MB: u32 = 112;
const BOMB: u64 = 10_000_000;

async fn tried(trials: &Trials, changes: Vec<Vec<u8>>) -> Trial {
    let answer = trials.submit(&request(changes)).expect("room");
    let answer = tokio::time::timeout(PATIENCE, answer).await;
    answer.expect("an answer in time").expect("an answer")
}

/// Processes that try changes under these bounds.
fn children(caps: Caps) -> Vec<PathBuf> {
    let bound = caps.memory_bytes.to_string();
    let found = std::fs::read_dir("/proc").expect("/proc is there");
    found
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            let words = std::fs::read(path.join("cmdline")).unwrap_or_default();
            let mut words = words.split(|byte| *byte == 0).skip(1);
            words.next() == Some(COMMAND.as_bytes()) && words.next() == Some(bound.as_bytes())
        })
        .collect()
}

async fn gone(caps: Caps) {
    let gone = async {
        while !children(caps).is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let gone = tokio::time::timeout(PATIENCE, gone).await;
    gone.expect("the child ends");
}

#[tokio::test]
async fn a_child_tries_changes_and_is_replaced_when_it_dies() {
    let bombs = [
        (
            "trial-memory",
            Caps {
                memory_bytes: 512 << 20,
                cpu_seconds: 60,
                ..Caps::default()
            },
        ),
        (
            "trial-processor-time",
            Caps {
                memory_bytes: 8 << 30,
                cpu_seconds: 0,
                ..Caps::default()
            },
        ),
        (
            "trial-wall-time",
            Caps {
                memory_bytes: 9 << 30,
                wall_time: Duration::from_millis(200),
                ..Caps::default()
            },
        ),
    ];
    let bomb = bomb(BOMB);
    assert!(bomb.len() < 200, "{} bytes", bomb.len());
    for (reason, caps) in bombs {
        let trials = Trials::of(binary().to_path_buf(), caps);
        assert_eq!(tried(&trials, vec![letter()]).await, Trial::Sound);
        let first = children(caps);
        assert_eq!(first.len(), 1, "{reason}: one child, kept");
        let unsound = Trial::Unsound("trial-decode");
        assert_eq!(tried(&trials, vec![vec![1, 2, 3]]).await, unsound);
        assert_eq!(children(caps), first, "a wrong change costs no process");
        let costly = tried(&trials, vec![bomb.clone()]).await;
        assert_eq!(costly, Trial::TooCostly(reason));
        assert_eq!(tried(&trials, vec![letter()]).await, Trial::Sound);
        let second = children(caps);
        assert!(second.len() == 1 && second != first, "{reason}: {second:?}");
        drop(trials);
        gone(caps).await;
    }
}

/// Letters typed one after the other, each on what the trial before it left in the child; an odd
/// one out and a new child say the same.
#[tokio::test]
async fn a_child_goes_on_where_the_last_trial_ended() {
    let trials = Trials::of(binary().to_path_buf(), Caps::default());
    let (kind, mut document) = page();
    for round in 0..8 {
        let base = TrialBase::of(&mut document);
        let text = "x".repeat(round + 1);
        let typed = document.edit(ANNE, |edit| edit.set_text("title", &text));
        let request = TrialRequest {
            kind,
            item: ITEM,
            base,
            changes: vec![typed.expect("an edit").expect("a change")],
        };
        let mut wrong = request.clone();
        wrong.changes = vec![vec![1, 2, 3]];
        let mut asked = vec![(request.clone(), Trial::Sound)];
        if round % 3 == 2 {
            asked.insert(0, (wrong, Trial::Unsound("trial-decode")));
            // The same again, on a document that is not the one it kept.
            asked.push((request, Trial::Sound));
        }
        for (request, said) in asked {
            let answer = trials.submit(&request).expect("room").await;
            assert_eq!(answer, Ok(said), "round {round}");
        }
    }
}

#[tokio::test]
async fn an_idle_child_ends_and_comes_back() {
    let caps = Caps {
        memory_bytes: 701 << 20,
        idle_time: Duration::from_millis(10),
        ..Caps::default()
    };
    let trials = Trials::of(binary().to_path_buf(), caps);
    for _ in 0..2 {
        assert_eq!(tried(&trials, vec![letter()]).await, Trial::Sound);
        gone(caps).await;
    }
}

#[tokio::test]
async fn requests_wait_up_to_a_bound() {
    let caps = Caps {
        memory_bytes: 10 << 30,
        wall_time: Duration::from_secs(2),
        ..Caps::default()
    };
    let trials = Trials::of(binary().to_path_buf(), caps);
    let mut large = request(Vec::new());
    large.base.snapshot = vec![0; REQUEST_BYTES_MAX];
    assert_eq!(trials.submit(&large).err(), Some(NotTaken::TooLarge));
    let busy = trials.submit(&request(vec![bomb(BOMB)])).expect("room");
    // Taken up, so that all places are free.
    while children(caps).is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let sound = request(vec![letter()]);
    let waiting: Vec<_> = (0..WAITING_MAX)
        .map(|_| trials.submit(&sound).expect("room"))
        .collect();
    assert_eq!(trials.submit(&sound).err(), Some(NotTaken::Full));
    assert_eq!(busy.await, Ok(Trial::TooCostly("trial-wall-time")));
    for answer in waiting {
        assert_eq!(answer.await, Ok(Trial::Sound));
    }
}

#[tokio::test]
async fn without_a_process_nothing_is_said_of_the_change() {
    let trials = Trials::of(PathBuf::from("/nowhere/bocage"), Caps::default());
    let said = tried(&trials, vec![letter()]).await;
    assert_eq!(said, Trial::NotTried("trial-no-process"));
    let mut other = request(Vec::new());
    other.base.snapshot = b"no document".to_vec();
    let trials = Trials::of(binary().to_path_buf(), Caps::default());
    let said = trials.submit(&other).expect("room").await;
    assert_eq!(said, Ok(Trial::NotTried("trial-snapshot")));
    let unknown = TrialRequest {
        kind: u16::MAX,
        ..other
    };
    let said = trials.submit(&unknown).expect("room").await;
    assert_eq!(said, Ok(Trial::NotTried("trial-request")));
}

#[test]
fn the_hidden_command_is_for_the_program_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    // A word before the command makes it one of the people's, which there is not.
    run(folder.path(), &[COMMAND], "").failed(2, &[]);
}

#[tokio::test]
async fn the_longest_page_does_not_fit_where_a_letter_does() {
    let caps = Caps {
        memory_bytes: u64::from(LITTLE_MEMORY_MB) << 20,
        ..Caps::default()
    };
    let trials = Trials::of(binary().to_path_buf(), caps);
    assert_eq!(tried(&trials, vec![letter()]).await, Trial::Sound);
    let (_, mut document) = page();
    let mut typed = |letters: usize| {
        let made = document.edit(ANNE, |edit| edit.set_text("title", &"x".repeat(letters)));
        made.expect("an edit").expect("a change")
    };
    let long: Vec<_> = (1..=9).map(|count| typed(count * 9_900)).collect();
    let costly = Trial::TooCostly("trial-memory");
    assert_eq!(tried(&trials, long.clone()).await, costly);
    let trials = Trials::of(binary().to_path_buf(), Caps::default());
    assert_eq!(tried(&trials, long).await, Trial::Sound);
}
