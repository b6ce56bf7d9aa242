//! Two clocks: one that only runs forward, and one that can be set.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// One reading of both clocks. nsqd uses the wall clock for ids, timestamps and deadlines, and the
/// other one only for how long a message has been out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Now {
    /// Runs evenly, with the executor's time.
    pub(crate) steady: Instant,
    /// Nanoseconds since 1970, by a clock that can be stepped.
    pub(crate) wall_ns: i64,
}

impl Now {
    /// Both clocks moved on by `by`.
    pub(crate) fn after(self, by: Duration) -> Self {
        Self {
            steady: self.steady + by,
            wall_ns: self.wall_ns.saturating_add(nanos(by)),
        }
    }
}

/// A wall clock that follows the executor's time, paused or not, from when it was made.
#[derive(Debug)]
pub(crate) struct Clock {
    start: Instant,
    start_ns: i64,
    step_ns: AtomicI64,
}

impl Clock {
    pub(crate) fn new() -> Self {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            start: Instant::now(),
            start_ns: nanos(since_1970.unwrap_or_default()),
            step_ns: AtomicI64::new(0),
        }
    }

    pub(crate) fn now(&self) -> Now {
        let steady = Instant::now();
        let passed = nanos(steady.duration_since(self.start));
        Now {
            steady,
            wall_ns: self
                .start_ns
                .saturating_add(passed)
                .saturating_add(self.step_ns.load(Ordering::Relaxed)),
        }
    }

    /// Sets the wall clock `ns` ahead of what it shows, or behind.
    pub(crate) fn step(&self, ns: i64) {
        self.step_ns.fetch_add(ns, Ordering::Relaxed);
    }
}

/// A duration as nsqd counts: 292 years at most.
pub(crate) fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}
