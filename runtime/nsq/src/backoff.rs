//! How long to wait before the next try: at once, then ever longer, never in step with others,
//! never giving up.

use std::time::Duration;

/// Exponential backoff with jitter. Pure: randomness comes from the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The longest wait after the first failure; each further failure doubles it.
    pub min: Duration,
    /// The longest wait of all.
    pub max: Duration,
    /// How long a connection has to live for the next loss to count as the first.
    pub stable: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            min: Duration::from_millis(100),
            max: Duration::from_secs(2),
            stable: Duration::from_secs(1),
        }
    }
}

/// The tries of one connection.
#[derive(Debug)]
pub(crate) struct Tries {
    backoff: Backoff,
    failures: u32,
}

impl Tries {
    pub(crate) fn new(backoff: Backoff) -> Self {
        Self {
            backoff,
            failures: 0,
        }
    }

    /// The wait before the next try, which is then counted as a failure until [`Tries::lived`] says
    /// otherwise. It lies between half of the step and the whole of it, as `random` has it.
    pub(crate) fn next(&mut self, random: u32) -> Duration {
        let failures = self.failures;
        self.failures = failures.saturating_add(1);
        if failures == 0 {
            return Duration::ZERO;
        }
        let factor = 1u32.checked_shl(failures - 1).unwrap_or(u32::MAX);
        let step = self
            .backoff
            .min
            .saturating_mul(factor)
            .min(self.backoff.max);
        step / 2 + (step / 2).mul_f64(f64::from(random) / f64::from(u32::MAX))
    }

    /// A connection came up and lived for so long.
    pub(crate) fn lived(&mut self, time: Duration) {
        if time >= self.backoff.stable {
            self.reset();
        }
    }

    /// The next try is the first again.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }
}

/// Randomness for jitter. Without a source of it the waits are merely in step.
pub(crate) fn random() -> u32 {
    getrandom::u32().unwrap_or(u32::MAX / 2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn the_first_try_is_at_once_and_then_the_steps_double_up_to_the_limit() {
        let mut tries = Tries::new(Backoff {
            min: 100 * MS,
            max: 450 * MS,
            stable: 1000 * MS,
        });
        let steps: Vec<_> = (0..6).map(|_| tries.next(u32::MAX)).collect();
        assert_eq!(steps, [0, 100, 200, 400, 450, 450].map(|ms| ms * MS));
    }

    #[test]
    fn only_a_connection_that_lived_starts_the_count_anew() {
        let mut tries = Tries::new(Backoff::default());
        tries.next(0);
        tries.next(0);
        tries.lived(10 * MS);
        assert_ne!(tries.next(0), Duration::ZERO);
        tries.lived(1000 * MS);
        assert_eq!(tries.next(0), Duration::ZERO);
    }

    proptest! {
        #[test]
        fn no_wait_is_above_the_limit_nor_below_half_a_step(
            min in 1u32..10_000, max in 1u32..100_000, random: u32, failures in 1u32..200
        ) {
            let (min, max) = (min * MS, max * MS);
            let mut tries = Tries { backoff: Backoff { min, max, stable: MS }, failures };
            let wait = tries.next(random);
            prop_assert!(wait <= max);
            prop_assert!(wait >= min.min(max) / 2);
        }
    }
}
