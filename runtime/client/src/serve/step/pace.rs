//! Whether steps are short enough to be taken between two reads of a socket, few enough for one thread,
//! and often enough the end.
//! Pure: time comes from the caller.

use std::time::{Duration, Instant};

/// Two threads are woken in about this time, so longer steps gain little where they are.
const LONG: Duration = Duration::from_micros(100);
/// What a step counts as that was not the end: half of them may be.
const IN_VAIN: Duration = Duration::from_micros(200);
/// After so long, steps that were too long are tried again; after twice as long where that was in vain,
/// and so on.
const REST: Duration = Duration::from_secs(1);
const LONGEST_REST: Duration = Duration::from_secs(64);
/// One step in so many that takes as many times as long is forgiven: the system may have let another
/// process run meanwhile.
const WEIGHT: u32 = 64;

/// How long steps take: a moving average.
#[derive(Debug, Default)]
pub(super) struct Pace {
    average: Duration,
    rest: Option<Instant>,
    /// How long the last rest was to be, and when it ended.
    rested: Duration,
    tried: Option<Instant>,
    /// How long steps have taken since the last look, and when that was.
    busy: Duration,
    looked: Option<Instant>,
}

impl Pace {
    /// A step took so long, and was the end or not. Whether more are to be taken.
    pub(super) fn took(&mut self, step: Duration, is_end: bool, now: Instant) -> bool {
        self.busy += step;
        let step = if is_end { step } else { step.max(IN_VAIN) };
        self.average = self.average / WEIGHT * (WEIGHT - 1) + step / WEIGHT;
        if self.average > LONG {
            self.rest(now);
        }
        self.is_kept(now)
    }

    /// None is to be taken for a while.
    pub(super) fn rest(&mut self, now: Instant) {
        self.average = Duration::ZERO;
        if self.is_kept(now) {
            let in_vain = self.tried.is_some_and(|tried| now < tried + REST);
            let twice = (self.rested * 2).min(LONGEST_REST);
            self.rested = if in_vain { twice } else { REST };
        }
        self.rest = Some(now + self.rested);
    }

    /// Looks at the clock. Where steps, which are taken one by one, were more than half of what there
    /// was time for, other threads are to have them.
    pub(super) fn look(&mut self, now: Instant) -> bool {
        let busy = std::mem::take(&mut self.busy);
        let last = self.looked.replace(now);
        if last.is_some_and(|last| busy > (now - last) / 2) {
            self.rest(now);
        }
        self.is_kept(now)
    }

    /// Whether steps are to be taken.
    pub(super) fn is_kept(&mut self, now: Instant) -> bool {
        if self.rest.is_some_and(|until| now >= until) {
            self.rest = None;
            self.tried = Some(now);
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
    fn more_than_one_thread_can_take_are_for_others() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        assert!(pace.look(now));
        for (look, steps, kept) in [(1, 400, true), (2, 600, false)] {
            let now = now + look * 10_000 * US;
            assert!((0..steps).all(|_| pace.took(10 * US, true, now)));
            assert_eq!(pace.look(now), kept);
        }
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

    #[test]
    fn tries_in_vain_become_rare_and_others_do_not_count() {
        let (mut pace, mut now) = (Pace::default(), Instant::now());
        for rest in [1, 2, 4, 8, 16, 32, 64, 64].map(Duration::from_secs) {
            pace.rest(now);
            // It still does not end.
            pace.rest(now + 10_000 * US);
            now += 10_000 * US + rest;
            assert!(!pace.is_kept(now - US) && pace.is_kept(now), "{rest:?}");
        }
        now += 2 * REST;
        pace.rest(now);
        assert!(pace.is_kept(now + REST));
    }
}
