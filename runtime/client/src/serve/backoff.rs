//! When a message that failed is delivered again.

use std::time::Duration;

/// The delay after the failure of delivery number `attempt`: it doubles from `min` with each, up
/// to `max`, and `fraction` (0..1) takes up to half of it away, but for `min`. Without that,
/// messages that failed together would come back together.
pub(super) fn delay(attempt: u16, min: Duration, max: Duration, fraction: f64) -> Duration {
    let doublings = u32::from(attempt.saturating_sub(1)).min(31);
    let full = min.saturating_mul(1 << doublings).min(max);
    full.mul_f64(1.0 - fraction / 2.0).max(min.min(max))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_delay_stays_within_its_bounds(
            attempt in any::<u16>(), min in 0u64..3_600_000, more in 0u64..3_600_000, fraction in 0.0..1.0,
        ) {
            let (min, max) = (Duration::from_millis(min), Duration::from_millis(min + more));
            let delay = delay(attempt, min, max, fraction);
            prop_assert!(min <= delay && delay <= max);
        }

        #[test]
        fn later_is_never_sooner(attempt in 1u16..1_000, min in 1u64..10_000, fraction in 0.0..1.0) {
            let (min, max) = (Duration::from_millis(min), Duration::from_secs(3_600));
            prop_assert!(delay(attempt, min, max, fraction) <= delay(attempt + 1, min, max, fraction));
        }
    }

    #[test]
    fn it_doubles() {
        let (min, max) = (Duration::from_secs(1), Duration::from_secs(60));
        let delays = (1..=8)
            .map(|n| delay(n, min, max, 0.0).as_secs())
            .collect::<Vec<_>>();
        assert_eq!(delays, [1, 2, 4, 8, 16, 32, 60, 60]);
    }
}
