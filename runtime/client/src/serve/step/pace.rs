//! Whether steps are short enough to be taken between two reads of a socket. Pure: time comes from
//! the caller.

use std::time::{Duration, Instant};

/// Two threads are woken in about this time, so longer steps gain little where they are.
const LONG: Duration = Duration::from_micros(100);
/// After so long, steps that were long are tried again.
const REST: Duration = Duration::from_secs(1);
/// One step in so many that takes as many times as long is forgiven: the system may have let another
/// process run meanwhile.
const WEIGHT: u32 = 64;

/// How long steps take: a moving average.
#[derive(Debug, Default)]
pub(super) struct Pace {
    average: Duration,
    rest: Option<Instant>,
}

impl Pace {
    /// Whether a step may be taken.
    pub(super) fn allows(&mut self, now: Instant) -> bool {
        if self.rest.is_some_and(|until| now >= until) {
            *self = Self::default();
        }
        self.rest.is_none()
    }

    /// A step took so long, and has just ended.
    pub(super) fn took(&mut self, step: Duration, now: Instant) {
        self.average = self.average / WEIGHT * (WEIGHT - 1) + step / WEIGHT;
        if self.average > LONG {
            self.rest = Some(now + REST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const US: Duration = Duration::from_micros(1);

    #[test]
    fn short_steps_are_taken_for_ever() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        for _ in 0..10_000 {
            assert!(pace.allows(now));
            pace.took(90 * US, now);
        }
    }

    #[test]
    fn one_that_was_held_up_is_forgiven() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        for n in 0..10_000 {
            assert!(pace.allows(now), "{n}");
            pace.took(if n % 400 == 0 { 4_000 * US } else { 10 * US }, now);
        }
    }

    #[test]
    fn long_ones_are_not_taken_for_a_while() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        let tries = |pace: &mut Pace, now, step| {
            let mut taken = 0;
            while pace.allows(now) {
                pace.took(step, now);
                taken += 1;
            }
            taken
        };
        assert_eq!(tries(&mut pace, now, 10_000 * US), 1, "one that blocks");
        assert!(!pace.allows(now + REST - US));
        assert!((10..40).contains(&tries(&mut pace, now + REST, 300 * US)));
        assert!(!pace.allows(now + REST));
    }
}
