//! The machine's clock. The only place of the program's own start where it is judged: entries never
//! are, so a wrong clock spoils nothing but what people read and how long tickets live.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::failure::{Failure, Kind};

/// 1 January 2026 UTC: this program did not exist before.
const EARLIEST_MS: u64 = 1_767_225_600_000;
/// 1 January 2100 UTC: certificates of our TLS library end before.
const LATEST_MS: u64 = 4_102_444_800_000;

/// Milliseconds since 1970 UTC; 0 for a clock before that.
pub fn now_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as u64)
}

/// Refuses a clock that cannot be right, such as that of a board without a battery.
pub fn check(now_ms: u64) -> Result<(), Failure> {
    if (EARLIEST_MS..LATEST_MS).contains(&now_ms) {
        return Ok(());
    }
    Err(Failure::new(
        Kind::Clock,
        "the clock of this machine is wrong by years: set it (\"timedatectl set-ntp true\"), then \
         start again",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_impossible_clocks_are_refused() {
        let cases = [
            (0, false),
            (EARLIEST_MS - 1, false),
            (EARLIEST_MS, true),
            (LATEST_MS - 1, true),
            (LATEST_MS, false),
        ];
        for (now_ms, accepted) in cases {
            assert_eq!(check(now_ms).is_ok(), accepted, "{now_ms}");
        }
        check(now_ms()).expect("this machine's clock is set");
    }
}
