//! What people see, to the letter.

use bocage_crdt::ids::NodeId;

use super::super::operations::Count;
use super::*;

#[test]
fn a_status_reads_well() {
    let now_ms = 1_790_000_000_000;
    let site = |name: &str, linked, ago_ms: Option<u64>| SiteLine {
        name: name.into(),
        node: NodeId([2; 32]),
        linked,
        address: linked.then(|| "203.0.113.7:4470".into()),
        transport: linked.then(|| "quic".into()),
        round_trip_ms: linked.then_some(12.34),
        last_contact_ms: ago_ms.map(|ago| now_ms - ago),
        missing_here: 0,
        missing_there: if linked { 0 } else { 17 },
    };
    let report = StatusReport {
        site_name: "Ancenis".into(),
        node: NodeId([0xAB; 32]),
        realm_name: "Département".into(),
        version: "0.1.0".into(),
        running: true,
        data_directory: "/var/lib/bocage".into(),
        data_bytes: 3 << 20,
        free_bytes: None,
        spaces: 4,
        entries: 1_234,
        waiting: Vec::new(),
        refused: vec![Count {
            name: "unknown-peer".into(),
            count: 3,
        }],
        sites: vec![
            site("Nantes", true, Some(500)),
            site("Châteaubriant", false, Some(3 * 3_600_000)),
            site("Nozay", false, None),
        ],
        recovery: None,
        warnings: vec!["the clock of Nozay is 4 min ahead".into()],
    };
    let expected = "\
Ancenis (abababab), running, version 0.1.0
Realm   Département
Data    3.0 MiB in /var/lib/bocage, unknown free
Holds   4 spaces, 1234 entries

SITE           STATE            LAST NEWS  MISSING HERE  MISSING THERE  ADDRESS
Nantes         linked, 12.3 ms  now        0             0              203.0.113.7:4470 (quic)
Châteaubriant  no link          3 h ago    0             17             -
Nozay          no link          never      0             17             -

Refused
  unknown-peer  3

! the clock of Nozay is 4 min ahead
";
    assert_eq!(status_text(&report, now_ms), expected);
    let json = serde_json::to_value(&report).expect("a report is plain values");
    assert_eq!(json["sites"][1]["missingThere"], 17);
    assert_eq!(json["node"], "ab".repeat(32));
}

#[test]
fn words_and_sizes_are_laid_out() {
    let words = ["un", "deux", "trois"].map(String::from);
    assert_eq!(
        numbered(&words, 2),
        "   1. un           2. deux\n   3. trois\n"
    );
    let sizes = [
        (0, "0 B"),
        (1_023, "1023 B"),
        (1_536, "1.5 KiB"),
        (5 << 30, "5.0 GiB"),
    ];
    for (count, text) in sizes {
        assert_eq!(bytes(count), text);
    }
    assert!(at(1_790_000_000_000).starts_with("2026-09-2"));
    assert_eq!(at(u64::MAX), "an impossible time");
}

#[test]
fn six_words_are_shown_with_what_to_do() {
    let text = compare([0, 1, 2, 3, 4, 5]);
    assert!(text.contains("Compare them by telephone"));
    assert!(
        text.trim_end()
            .ends_with(&secret::six_words([0, 1, 2, 3, 4, 5]).join("  "))
    );
}
