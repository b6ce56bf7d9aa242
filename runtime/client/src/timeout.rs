//! The times that follow from a function's one timeout.
//!
//! The timeout T is how long a caller waits, queue included, and how long a handler may take.
//! Nothing else is set: M, the broker's patience with a message in flight, is short enough that a
//! redelivery still helps the caller who waits, and a touch every M/3 keeps a long handler's
//! message in flight.

use std::ops::RangeInclusive;
use std::time::Duration;

/// The timeout of a function that names none.
pub const DEFAULT: Duration = Duration::from_secs(3);

/// What a timeout may be: below the shortest, the queue eats it; above the longest, the broker's
/// limit of 15 minutes for one delivery comes first.
pub const RANGE: RangeInclusive<Duration> =
    Duration::from_millis(100)..=Duration::from_secs(14 * 60);

/// M = clamp(T/2, 1 s, 10 s): after this long without a touch the broker delivers a message again.
/// With a T below 2 s that is too late for the caller, and a crash of the function is its timeout.
pub fn message_timeout(timeout: Duration) -> Duration {
    (timeout / 2).clamp(Duration::from_secs(1), Duration::from_secs(10))
}

/// M/3: how often a running message is touched, so that one lost touch costs nothing.
pub fn touch_interval(timeout: Duration) -> Duration {
    message_timeout(timeout) / 3
}

/// How long a drain may take: a handler that has just begun has T, its answer a moment more.
pub fn drain(timeout: Duration) -> Duration {
    timeout + Duration::from_secs(5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_chain_holds(millis in RANGE.start().as_millis() as u64..=RANGE.end().as_millis() as u64) {
            let timeout = Duration::from_millis(millis);
            let (patience, touch) = (message_timeout(timeout), touch_interval(timeout));
            // What nsqd takes: 1 s to 15 min.
            prop_assert!(patience >= Duration::from_secs(1) && patience <= Duration::from_secs(900));
            // One touch may be lost, and the next still comes in time.
            prop_assert!(touch * 2 < patience && touch > Duration::ZERO);
            // A redelivery helps the one who waits, where T allows it at all.
            prop_assert!(timeout < Duration::from_secs(2) || patience * 2 <= timeout.max(Duration::from_secs(2)));
            // What has just begun can end within the drain, and a delivery within nsqd's limit.
            prop_assert!(drain(timeout) > timeout);
            prop_assert!(timeout + patience < Duration::from_secs(900));
        }
    }
}
