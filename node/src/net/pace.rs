//! How fast a guest's frames are read: two token buckets, of bytes and of frames. What comes faster
//! waits in the transport, on the guest's side. Time is an argument.

use std::time::{Duration, Instant};

use super::Plane;

/// Bytes a guest may send in a second: a building plan in a moment, a flood never more than a tenth
/// of what a site handles.
const GUEST_BYTES_PER_SECOND: f64 = 2.0 * 1024.0 * 1024.0;
/// Frames a guest may send in a second: a person's keystrokes and heights, twenty times over.
const GUEST_FRAMES_PER_SECOND: f64 = 200.0;
/// What may come at once after a silence, in seconds of the above.
const GUEST_BURST_SECONDS: f64 = 2.0;

/// The allowance of one link.
pub(super) struct Pace {
    /// `None`: as fast as it comes.
    left: Option<Left>,
}

struct Left {
    bytes: f64,
    frames: f64,
    at: Option<Instant>,
}

impl Pace {
    pub(super) fn of(plane: Plane) -> Self {
        let left = (plane == Plane::Edge).then_some(Left {
            bytes: GUEST_BYTES_PER_SECOND * GUEST_BURST_SECONDS,
            frames: GUEST_FRAMES_PER_SECOND * GUEST_BURST_SECONDS,
            at: None,
        });
        Self { left }
    }

    /// A frame was taken.
    pub(super) fn took(&mut self, bytes: usize) {
        if let Some(left) = &mut self.left {
            // Frames are at most 1 MiB: exact in a double.
            left.bytes -= bytes as f64;
            left.frames -= 1.0;
        }
    }

    /// How long to read nothing; `None` while there is something left.
    pub(super) fn wait(&mut self, now: Instant) -> Option<Duration> {
        let left = self.left.as_mut()?;
        let since = left.at.replace(now).unwrap_or(now);
        let seconds = now.saturating_duration_since(since).as_secs_f64();
        let refill = |have: f64, rate: f64| (have + rate * seconds).min(rate * GUEST_BURST_SECONDS);
        left.bytes = refill(left.bytes, GUEST_BYTES_PER_SECOND);
        left.frames = refill(left.frames, GUEST_FRAMES_PER_SECOND);
        let missing =
            (-left.bytes / GUEST_BYTES_PER_SECOND).max(-left.frames / GUEST_FRAMES_PER_SECOND);
        (missing > 0.0).then(|| Duration::from_secs_f64(missing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames of `bytes` that a link takes within ten seconds.
    fn taken(plane: Plane, bytes: usize, limit: usize) -> usize {
        let begin = Instant::now();
        let mut pace = Pace::of(plane);
        let (mut now, mut frames) = (begin, 0);
        while now < begin + Duration::from_secs(10) && frames < limit {
            match pace.wait(now) {
                Some(wait) => now += wait,
                None => {
                    pace.took(bytes);
                    frames += 1;
                }
            }
        }
        frames
    }

    #[test]
    fn a_guest_is_held_to_its_rates_and_a_site_is_not() {
        // Twelve seconds' worth: ten and the burst.
        assert!((2_399..=2_402).contains(&taken(Plane::Edge, 10, 100_000)));
        assert!((24..=26).contains(&taken(Plane::Edge, 1 << 20, 100_000)));
        assert_eq!(taken(Plane::Core, 1 << 20, 100_000), 100_000);
    }
}
