//! The site's two clocks: one that never jumps, for waiting, and the wall clock, for people.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Both clocks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    start: Instant,
    /// How far the wall clock is set ahead: never in a released program, see [`ahead_ms`].
    ahead_ms: u64,
}

/// Tests of what takes days set the wall clock of a site ahead. Programs built for people do not
/// hold this: who wants another time there sets the machine's clock, for everybody to see.
#[cfg(debug_assertions)]
fn ahead_ms() -> u64 {
    let hours = std::env::var("TEST_BOCAGE_CLOCK_AHEAD_HOURS").ok();
    let Some(hours) = hours.and_then(|hours| hours.parse::<u64>().ok()) else {
        return 0;
    };
    tracing::warn!("a test set the clock of this site {hours} hours ahead");
    hours * 3_600_000
}

#[cfg(not(debug_assertions))]
fn ahead_ms() -> u64 {
    0
}

impl Clock {
    pub(super) fn start() -> Self {
        Self {
            start: Instant::now(),
            ahead_ms: ahead_ms(),
        }
    }

    /// Milliseconds since the start; never goes back.
    pub(super) fn now_ms(&self) -> u64 {
        self.start.elapsed().as_millis() as u64
    }

    /// Milliseconds since 1970 UTC by the machine's clock; 0 when it stands before that.
    pub(super) fn wall_ms(&self) -> u64 {
        let wall_ms = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_millis() as u64);
        wall_ms + self.ahead_ms
    }
}
