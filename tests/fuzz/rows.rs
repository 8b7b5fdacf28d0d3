//! What lies on disk, beside the sync stream, and in the configuration. Samples and readers.

use std::sync::OnceLock;

use bocage_crdt::ids::{ActorNonce, PersonId, SpaceId, WriterKey};
use bocage_node::config;
use bocage_node::store::{AccountRow, LiveRow, LogRow};
use bocage_node::trial::{TrialBase, TrialRequest};
use bocage_protocol::entry::{ActorOrigin, Entry};
use bocage_protocol::log::LogState;

use super::content::{gate_samples, page};
use super::targets::{Read, refused, stored};
use super::wire::{ITEM, SPACE, a_chain, key, log, node};

pub(crate) fn log_rows() -> Vec<Vec<u8>> {
    let mut state = LogState::new(WriterKey(key(7).verifying_key().to_bytes()), node(6));
    state.head = a_chain().last().map(Entry::head);
    let row = LogRow {
        space: 1,
        log: log(),
        state,
    };
    vec![stored(&row)]
}

pub(crate) fn live_rows() -> Vec<Vec<u8>> {
    let row = LiveRow {
        space: SPACE,
        item: ITEM,
        author: PersonId([3; 16]),
        origin: ActorOrigin {
            site: node(6),
            nonce: ActorNonce([5; 16]),
        },
        change: gate_samples().remove(0),
    };
    vec![stored(&row)]
}

pub(crate) fn account_rows() -> Vec<Vec<u8>> {
    let row = AccountRow {
        person: PersonId([3; 16]),
        verifier: "$argon2id$v=19$m=19456,t=2,p=1$AAAA$BBBB".into(),
        reserved: [0; 2],
        changed_ms: 1_795_000_000_000,
    };
    vec![stored(&row)]
}

pub(crate) fn side_frames() -> Vec<Vec<u8>> {
    // As the enum of the hub is written: 0 who writes where, 1 offers.
    let tabs = vec![(7_u64, PersonId([3; 16]), Some("2@aa"), None::<String>)];
    let writing = stored(&(0_u8, SPACE, ITEM, tabs));
    let offers = stored(&(1_u8, vec![SPACE, SpaceId([9; 32])]));
    vec![writing, offers]
}

pub(crate) fn beacons() -> Vec<Vec<u8>> {
    let addresses = ["192.0.2.7:7000", "[2001:db8::1]:7000"];
    let addresses: Vec<std::net::SocketAddr> = addresses
        .iter()
        .map(|address| address.parse().expect("an address"))
        .collect();
    vec![stored(&addresses)]
}

/// Once of a site that runs once, and once with both copies of one that runs twice.
pub(crate) fn greetings() -> Vec<Vec<u8>> {
    let boot = |at: u8| (1_795_000_000_000 + u64::from(at), [at; 8]);
    let address: std::net::SocketAddr = "192.0.2.7:7000".parse().expect("an address");
    let run = |at: u8, address: Option<std::net::SocketAddr>| {
        (boot(at), address, 1_795_000_000_100_u64, at == 1)
    };
    let alone: Vec<(_, Option<std::net::SocketAddr>, u64, bool)> = Vec::new();
    let copies = vec![run(1, Some(address)), run(2, None)];
    let both = [(boot(1), alone), (boot(2), copies)];
    both.iter().map(stored).collect()
}

pub(crate) fn configurations() -> Vec<Vec<u8>> {
    let text = "[web]\nlisten = \"127.0.0.1:8080\"\n[peers]\nlisten = [\"127.0.0.1:7000\"]\n\
                [log]\nlevel = \"info\"\nformat = \"json\"\n";
    vec![text.as_bytes().to_vec(), Vec::new()]
}

pub(crate) fn configuration(bytes: &[u8]) -> Read {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| tempfile::tempdir().expect("a folder"));
    let file = folder.path().join("bocage.toml");
    std::fs::write(&file, bytes).expect("the folder is ours");
    match config::load(&file, true) {
        Ok(_) => Read::Done,
        Err(failure) => refused(failure),
    }
}

pub(crate) fn trial_requests() -> Vec<Vec<u8>> {
    let request = TrialRequest {
        kind: 2,
        item: ITEM,
        base: TrialBase::of(&mut page().clone()),
        changes: gate_samples(),
    };
    vec![stored(&request)]
}
