//! When to dial a neighbour again. Pure: time and randomness are arguments.
//!
//! At once when a link is lost, then after a random part ("full jitter", Brooker 2015) of a bound
//! that doubles from 100 ms. The bound stays under two seconds for ten minutes, so that a line that
//! returns is used within two seconds, and grows to `REDIAL_WAIT_MAX` for sites gone for longer.
//! Attempts may overlap: one that began just before the line came back must not delay the next.

use std::time::{Duration, Instant};

use bocage_protocol::limits::REDIAL_WAIT_MAX;

const WAIT_MIN: Duration = Duration::from_millis(100);
/// Leaves half a second of the two for the handshake itself.
const WAIT_MAX_EARLY: Duration = Duration::from_millis(1_500);
const EARLY: Duration = Duration::from_secs(600);

/// One neighbour's waiting state.
#[derive(Debug, Clone)]
pub(crate) struct Redial {
    lost_at: Instant,
    failures: u32,
    due_at: Instant,
}

impl Redial {
    /// Due at once.
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            lost_at: now,
            failures: 0,
            due_at: now,
        }
    }

    /// When the next attempt is due.
    pub(crate) fn due_at(&self) -> Instant {
        self.due_at
    }

    /// An attempt begins; `random` places the next one.
    pub(crate) fn attempt(&mut self, now: Instant, random: u64) {
        let cap = if now.saturating_duration_since(self.lost_at) < EARLY {
            WAIT_MAX_EARLY
        } else {
            REDIAL_WAIT_MAX
        };
        let bound = WAIT_MIN.saturating_mul(1 << self.failures.min(16)).min(cap);
        // The top 32 bits as a fraction: even enough for spreading, and never a zero wait for long.
        let part = f64::from((random >> 32) as u32) / f64::from(u32::MAX);
        self.failures = self.failures.saturating_add(1);
        self.due_at = now + bound.mul_f64(part).max(Duration::from_millis(10));
    }

    /// A sign of life (beacon, discovery, a network change): try now, once.
    pub(crate) fn hurry(&mut self, now: Instant) {
        self.due_at = self.due_at.min(now);
    }

    /// The link is up: the ten minutes count from its loss, which is not before now.
    pub(crate) fn up(&mut self, now: Instant) {
        self.lost_at = now;
    }

    /// A link that had held is lost: begin anew, at once.
    pub(crate) fn lost(&mut self, now: Instant) {
        *self = Self::new(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_cap_that_grows_after_ten_minutes() {
        let start = Instant::now();
        let mut redial = Redial::new(start);
        assert_eq!(redial.due_at(), start);
        let mut waits = Vec::new();
        for _ in 0..6 {
            redial.attempt(start, u64::MAX);
            waits.push((redial.due_at() - start).as_millis());
        }
        assert_eq!(waits, [100, 200, 400, 800, 1_500, 1_500]);
        let later = start + EARLY;
        redial.attempt(later, u64::MAX);
        assert!(redial.due_at() - later > WAIT_MAX_EARLY);
        for _ in 0..70 {
            redial.attempt(later, u64::MAX);
        }
        assert_eq!(redial.due_at() - later, REDIAL_WAIT_MAX);
        redial.hurry(later);
        assert_eq!(redial.due_at(), later);
        redial.lost(later);
        redial.attempt(later, u64::MAX);
        assert_eq!(redial.due_at() - later, WAIT_MIN);
    }

    #[test]
    fn jitter_spreads_over_the_whole_bound() {
        let start = Instant::now();
        for (random, least, most) in [(0, 0, 10), (1 << 63, 49, 51), (u64::MAX, 100, 100)] {
            let mut redial = Redial::new(start);
            redial.attempt(start, random);
            let wait = (redial.due_at() - start).as_millis();
            assert!((least..=most).contains(&wait), "{random}: {wait}");
        }
    }
}
