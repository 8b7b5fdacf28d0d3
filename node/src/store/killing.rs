//! Moments of destroying at which a test ends the process, as a cut of the power would. Programs built
//! for people do not hold this.

use super::{StateWrite, StoreWrite};

/// Ends the process with SIGKILL if a test named this moment.
#[cfg(debug_assertions)]
pub(super) fn moment(name: &str) {
    use rustix::process::{Signal, getpid, kill_process};
    use std::sync::OnceLock;
    static NAMED: OnceLock<Option<String>> = OnceLock::new();
    let named = NAMED.get_or_init(|| std::env::var("TEST_BOCAGE_KILL_AT").ok());
    if named.as_deref() == Some(name) {
        // Refused by no system that lets a process know its own number.
        let _ = kill_process(getpid(), Signal::KILL);
    }
}

#[cfg(not(debug_assertions))]
pub(super) fn moment(_: &str) {}

/// Which steps of destroying a batch holds.
#[cfg(debug_assertions)]
pub(super) fn steps(writes: &[StoreWrite]) -> std::collections::BTreeSet<&'static str> {
    let step = |write: &StoreWrite| match write {
        StoreWrite::Erasure(_, Some(row)) => Some(match (row.removed_ms, row.destroyed_ms) {
            (None, _) => "hidden",
            (Some(_), None) => "removed",
            (Some(_), Some(_)) if row.receipted => "receipted",
            (Some(_), Some(_)) => "destroyed",
        }),
        StoreWrite::Entry(_, entry) if entry.payload.is_none() => Some("overwritten"),
        StoreWrite::Compact => Some("cleaned"),
        _ => None,
    };
    writes.iter().filter_map(step).collect()
}

#[cfg(not(debug_assertions))]
pub(super) fn steps(_: &[StoreWrite]) -> [&'static str; 0] {
    []
}

/// The same of the file of views.
#[cfg(debug_assertions)]
pub(super) fn state_steps(writes: &[StateWrite]) -> std::collections::BTreeSet<&'static str> {
    let step = |write: &StateWrite| match write {
        StateWrite::Row(_, _, None) | StateWrite::Snapshot(_, _, None) => Some("forgotten"),
        StateWrite::Compact => Some("views cleaned"),
        _ => None,
    };
    writes.iter().filter_map(step).collect()
}

#[cfg(not(debug_assertions))]
pub(super) fn state_steps(_: &[StateWrite]) -> [&'static str; 0] {
    []
}

/// Before or after each of these steps.
pub(super) fn moments<'a>(when: &str, steps: impl IntoIterator<Item = &'a &'static str>) {
    for step in steps {
        moment(&format!("{when} {step}"));
    }
}
