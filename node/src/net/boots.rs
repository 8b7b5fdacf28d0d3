//! One key that runs twice, as a copied disk does: noticed by the sites it connects to, since each
//! start of the program says which one it is, and one that had ended never comes back. Pure: the time
//! is an argument.
//!
//! While it lasts, a link that stands is not given up for the other copy (they would push each other
//! out forever), and where both come, every site keeps to the one that started first. Both are told,
//! by the greeting with which every link begins.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// A copy that was not seen for this long runs no more, or cannot reach us. Longer than the longest
/// wait of its redialling, so that one that is turned away is not forgotten meanwhile.
pub(crate) const SEEN_MAX: Duration = Duration::from_secs(45);
/// Starts remembered of one key: the latest. More copies than these are as wrong as two.
const BOOTS_MAX: usize = 4;
/// Largest greeting: far above four starts.
pub(crate) const GREETING_BYTES_MAX: usize = 512;

/// One start of the program. The one that began first sorts first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Boot {
    /// By the clock of its machine.
    started_ms: u64,
    id: [u8; 8],
}

impl Boot {
    /// That of this process.
    pub(crate) fn now() -> Self {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Self {
            started_ms: since.map_or(0, |since| since.as_millis() as u64),
            id: rand::random(),
        }
    }
}

/// A running copy of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    pub(crate) boot: Boot,
    /// Where it came from, as seen by the site that tells of it.
    pub address: Option<SocketAddr>,
    /// Since when that site knows of it, by its clock.
    pub since_ms: u64,
    /// Whether it is the one with which links are kept.
    pub kept: bool,
}

/// What both sides of a link say first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Greeting {
    /// Who speaks.
    pub(crate) boot: Boot,
    /// Copies of the other side's key, if it runs twice.
    pub(crate) runs: Vec<Run>,
}

impl Greeting {
    /// Reads what [`Self::encode`] wrote; `None` for anything else.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let greeting: Self = postcard::from_bytes(bytes).ok()?;
        (greeting.runs.len() <= BOOTS_MAX).then_some(greeting)
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("plain values always encode")
    }
}

#[derive(Debug, Clone)]
struct Seen {
    boot: Boot,
    address: Option<SocketAddr>,
    since_ms: u64,
    first: Instant,
    last: Instant,
    /// Whether it was told of the others.
    told: bool,
}

/// The starts of one other site's key.
#[derive(Debug, Clone, Default)]
pub(crate) struct Boots {
    seen: Vec<Seen>,
    linked: Option<Boot>,
    /// Whether the site heard that the key runs twice.
    pub(crate) alarmed: bool,
}

impl Boots {
    /// A link of this start stands; `told` if its greeting named several.
    pub(crate) fn up(
        &mut self,
        boot: Boot,
        address: Option<SocketAddr>,
        told: bool,
        now: Instant,
        now_ms: u64,
    ) {
        self.forget(now);
        self.linked = Some(boot);
        match self.seen.iter_mut().find(|seen| seen.boot == boot) {
            Some(seen) => {
                seen.last = now;
                seen.address = address;
                seen.told |= told;
            }
            None => {
                if self.seen.len() == BOOTS_MAX {
                    self.seen.remove(0);
                }
                self.seen.push(Seen {
                    boot,
                    address,
                    since_ms: now_ms,
                    first: now,
                    last: now,
                    told,
                });
            }
        }
    }

    /// The link has ended.
    pub(crate) fn down(&mut self, now: Instant) {
        self.touch(now);
        self.linked = None;
    }

    /// Another connection of the key came while its link stands: if that is of the copy that is kept,
    /// another one is still there.
    pub(crate) fn knocked(&mut self, now: Instant) {
        self.forget(now);
        let beside: Vec<Boot> = self.beside(now).iter().map(|seen| seen.boot).collect();
        if self.linked.is_none() || self.linked != beside.iter().min().copied() {
            return;
        }
        let others = self.seen.iter_mut();
        others
            .filter(|seen| beside.contains(&seen.boot))
            .for_each(|seen| seen.last = now);
    }

    fn touch(&mut self, now: Instant) {
        let linked = self.linked;
        if let Some(seen) = (self.seen.iter_mut()).find(|seen| Some(seen.boot) == linked) {
            seen.last = now;
        }
    }

    fn forget(&mut self, now: Instant) {
        self.touch(now);
        self.seen
            .retain(|seen| now.saturating_duration_since(seen.last) < SEEN_MAX);
    }

    /// The copies that run beside each other: each was seen after another had been. A site that only
    /// began anew has starts that follow each other.
    fn beside(&self, now: Instant) -> Vec<&Seen> {
        let last = |seen: &Seen| match Some(seen.boot) == self.linked {
            true => now,
            false => seen.last,
        };
        let is_fresh = |seen: &&Seen| now.saturating_duration_since(last(seen)) < SEEN_MAX;
        let fresh = || self.seen.iter().filter(is_fresh);
        let beside = |one: &Seen| {
            fresh()
                .any(|two| one.boot != two.boot && last(one) > two.first && last(two) > one.first)
        };
        fresh().filter(|seen| beside(seen)).collect()
    }

    /// For the greeting and the alarm: nothing if the key runs once.
    pub(crate) fn runs(&self, now: Instant) -> Vec<Run> {
        let beside = self.beside(now);
        let first = beside.iter().map(|seen| seen.boot).min();
        let runs = beside.iter().map(|seen| Run {
            boot: seen.boot,
            address: seen.address,
            since_ms: seen.since_ms,
            kept: Some(seen.boot) == first,
        });
        runs.collect()
    }

    /// Whether every copy knows, so that the link that stands is kept.
    pub(crate) fn is_settled(&self, now: Instant) -> bool {
        let beside = self.beside(now);
        !beside.is_empty() && beside.iter().all(|seen| seen.told)
    }

    /// Whether this start gives way to another one that is there too.
    pub(crate) fn gives_way(&self, boot: Boot, now: Instant) -> bool {
        let first = self.beside(now).iter().map(|seen| seen.boot).min();
        self.is_settled(now) && first.is_some_and(|first| first != boot)
    }

    /// When the present state may be over.
    pub(crate) fn due(&self, now: Instant) -> Option<Instant> {
        let others = self.seen.iter().filter(|it| Some(it.boot) != self.linked);
        let last = others.map(|seen| seen.last + SEEN_MAX).min();
        (self.alarmed).then_some(last.unwrap_or(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Boot = Boot {
        started_ms: 5,
        id: [9; 8],
    };
    const COPY: Boot = Boot {
        started_ms: 7,
        id: [1; 8],
    };

    struct Told {
        boots: Boots,
        now: Instant,
    }

    impl Told {
        fn link(&mut self, boot: Boot, after: u64) -> Vec<Run> {
            self.now += Duration::from_secs(after);
            self.boots.down(self.now);
            self.now += Duration::from_millis(1);
            let told = !self.boots.runs(self.now).is_empty();
            self.boots.up(boot, None, told, self.now, 0);
            self.boots.runs(self.now)
        }
    }

    fn begin() -> Told {
        Told {
            boots: Boots::default(),
            now: Instant::now(),
        }
    }

    #[test]
    fn a_site_that_begins_anew_runs_once() {
        let mut told = begin();
        for boot in [FIRST, FIRST, COPY, COPY] {
            assert_eq!(told.link(boot, 1), []);
        }
        told.now += 2 * SEEN_MAX;
        assert_eq!(told.boots.runs(told.now), []);
        assert_eq!(told.link(COPY, 1), []);
    }

    #[test]
    fn a_start_that_comes_back_after_another_runs_beside_it() {
        let mut told = begin();
        told.link(FIRST, 1);
        assert_eq!(told.link(COPY, 1), []);
        let runs = told.link(FIRST, 1);
        let kept: Vec<_> = runs.iter().map(|run| (run.boot, run.kept)).collect();
        assert_eq!(kept, [(FIRST, true), (COPY, false)]);
        // Until both were told they take turns; then the one that stands stays, and the first counts.
        assert!(!told.boots.is_settled(told.now));
        told.link(COPY, 1);
        assert!(!told.boots.gives_way(COPY, told.now));
        told.link(FIRST, 1);
        assert!(told.boots.is_settled(told.now));
        assert!(told.boots.gives_way(COPY, told.now));
        assert!(!told.boots.gives_way(FIRST, told.now));
        // The copy knocks on; once it does no more, it is over.
        told.boots.alarmed = true;
        for _ in 0..4 {
            told.now += SEEN_MAX / 2;
            told.boots.knocked(told.now);
            assert!(told.boots.is_settled(told.now));
            assert!(told.boots.due(told.now).is_some_and(|due| due > told.now));
        }
        told.now += SEEN_MAX;
        assert_eq!(told.boots.runs(told.now), []);
        assert!(told.boots.due(told.now).is_some_and(|due| due <= told.now));
        assert_eq!(told.link(COPY, 1), [], "it was the first that ended");
    }

    #[test]
    fn greetings_read_back_and_are_bounded() {
        let mut told = begin();
        for boot in [FIRST, COPY, FIRST] {
            told.link(boot, 1);
        }
        let runs = told.boots.runs(told.now);
        let greeting = Greeting { boot: COPY, runs };
        let bytes = greeting.encode();
        assert!(bytes.len() <= GREETING_BYTES_MAX / 2);
        assert_eq!(Greeting::decode(&bytes), Some(greeting.clone()));
        assert_eq!(Greeting::decode(&bytes[..9]), None);
        let run = greeting.runs[0].clone();
        let many = Greeting {
            boot: COPY,
            runs: vec![run; BOOTS_MAX + 1],
        };
        assert_eq!(Greeting::decode(&many.encode()), None);
    }
}
