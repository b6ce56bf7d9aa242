//! Waiting for a condition.

use std::time::{Duration, Instant};

/// Calls `condition` until it holds, every few milliseconds.
///
/// Blocks its thread, as `condition` itself may.
///
/// # Panics
/// When `condition` does not hold within `limit`; the message names `what`.
#[track_caller]
pub fn wait_until(limit: Duration, what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + limit;
    while !condition() {
        assert!(Instant::now() < deadline, "not within {limit:?}: {what}");
        pause();
    }
}

/// The rest between two looks at a condition.
#[expect(
    clippy::disallowed_methods,
    reason = "tests wait here on a thread of their own"
)]
pub(crate) fn pause() {
    std::thread::sleep(Duration::from_millis(5));
}
