//! How long a message waited before nsqd wrote it, as far as two clocks that know nothing of each
//! other can tell. Pure.

use std::time::Duration;

use tokio::time::Instant;

/// The quickest message of this long, and of as long before, is the measure: short enough to get
/// over a step of a clock soon.
const SPAN: Duration = Duration::from_secs(2);

/// From nsqd's time of a message to ours when it came, less what that takes at least.
#[derive(Debug)]
pub(super) struct Transit {
    start: Instant,
    /// When the current span began.
    since: Instant,
    /// The least difference of both clocks in this span and in the one before, in nanoseconds.
    least: [i64; 2],
}

impl Transit {
    pub(super) fn new(start: Instant) -> Self {
        Self {
            start,
            since: start,
            least: [i64::MAX; 2],
        }
    }

    /// How much longer this message took than the quickest of late. nsqd took it at `took`, in
    /// nanoseconds of its clock.
    pub(super) fn waited(&mut self, took: i64, now: Instant) -> Duration {
        let passed = now.saturating_duration_since(self.since);
        if passed >= SPAN {
            let before = if passed >= 2 * SPAN {
                i64::MAX
            } else {
                self.least[0]
            };
            self.least = [i64::MAX, before];
            self.since = now;
        }
        let ours = now.saturating_duration_since(self.start).as_nanos();
        let difference = i64::try_from(ours).unwrap_or(i64::MAX).saturating_sub(took);
        self.least[0] = self.least[0].min(difference);
        let least = self.least[0].min(self.least[1]);
        Duration::from_nanos(difference.saturating_sub(least).unsigned_abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// nsqd's clock reads this at our start.
    const THEIRS: i64 = -5_000_000_000;

    fn took(after: Duration) -> i64 {
        THEIRS + i64::try_from(after.as_nanos()).unwrap()
    }

    #[test]
    fn a_wait_is_what_a_message_took_longer_than_the_quickest() {
        let start = Instant::now();
        let mut transit = Transit::new(start);
        assert_eq!(transit.waited(took(MS), start + 3 * MS), Duration::ZERO);
        assert_eq!(transit.waited(took(4 * MS), start + 9 * MS), 3 * MS);
        assert_eq!(
            transit.waited(took(10 * MS), start + 11 * MS),
            Duration::ZERO
        );
        assert_eq!(transit.waited(took(12 * MS), start + 14 * MS), MS);
    }

    #[test]
    fn a_clock_that_was_set_is_forgiven_after_a_while() {
        let start = Instant::now();
        let mut transit = Transit::new(start);
        transit.waited(took(MS), start + MS);
        // Theirs is set back by an hour: everything seems to have waited for that long.
        let hour = 3_600_000 * MS;
        let behind = |at: Duration| took(at) - i64::try_from(hour.as_nanos()).unwrap();
        assert_eq!(transit.waited(behind(2 * MS), start + 2 * MS), hour);
        let later = 2 * SPAN;
        transit.waited(behind(later), start + later);
        let later = later + MS;
        assert_eq!(transit.waited(behind(later), start + later), Duration::ZERO);
    }
}
