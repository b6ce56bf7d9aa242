//! Whether steps are short enough to be taken between two reads of a socket, and often enough the end.
//! Pure: time comes from the caller.

use std::time::{Duration, Instant};

/// Two threads are woken in about this time, so longer steps gain little where they are.
const LONG: Duration = Duration::from_micros(100);
/// What a step counts as that was not the end: half of them may be.
const IN_VAIN: Duration = Duration::from_micros(200);
/// After so long, steps that were too long are tried again.
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
    /// A step took so long, and was the end or not. Whether more are to be taken.
    pub(super) fn took(&mut self, step: Duration, is_end: bool, now: Instant) -> bool {
        let step = if is_end { step } else { step.max(IN_VAIN) };
        self.average = self.average / WEIGHT * (WEIGHT - 1) + step / WEIGHT;
        if self.average > LONG {
            self.average = Duration::ZERO;
            self.rest = Some(now + REST);
        }
        self.is_kept(now)
    }

    /// Whether steps are to be taken.
    pub(super) fn is_kept(&mut self, now: Instant) -> bool {
        if self.rest.is_some_and(|until| now >= until) {
            self.rest = None;
        }
        self.rest.is_none()
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
            assert!(pace.took(90 * US, true, now));
        }
    }

    #[test]
    fn one_that_was_held_up_is_forgiven() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        for n in 0..10_000 {
            let step = if n % 400 == 0 { 4_000 } else { 10 };
            assert!(pace.took(step * US, true, now), "{n}");
        }
    }

    #[test]
    fn one_in_three_may_be_in_vain_and_not_all() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        for n in 0..10_000 {
            assert!(pace.took(10 * US, n % 3 > 0, now), "{n}");
        }
        assert!((0..100).any(|_| !pace.took(US, false, now)));
    }

    #[test]
    fn long_ones_are_not_taken_for_a_while() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        assert!(!pace.took(10_000 * US, true, now), "one that blocks");
        assert!(!pace.is_kept(now + REST - US));
        assert!(pace.is_kept(now + REST));
        let later = now + REST;
        let taken = (0..).take_while(|_| pace.took(300 * US, true, later));
        assert!((10..40).contains(&taken.count()));
        assert!(!pace.is_kept(later));
    }
}
