//! One timeout: all other times follow from it.
//!
//! T is how long a caller waits, queue included. nsqd's own clock for a message in a consumer's
//! hands is M = clamp(T/2, 1 s, 10 s), touched every M/3, so a message of a worker that died is
//! redelivered while the caller still waits. A pod that is told to stop finishes what runs, which
//! takes T at most, and has [`DRAIN_SLACK`] for the rest.

use crate::diag::codes::meaning::BAD_TIMEOUT;
use crate::diag::codes::shape::BAD_FORMAT;
use crate::diag::{Diagnostic, Report};
use crate::schema::{Located, Text};

const MIN_MS: u64 = 100;
const MAX_MS: u64 = 14 * 60_000;
const DEFAULT_MS: u64 = 3_000;

/// Seconds beyond T for a pod to leave: give back what is unstarted, close connections.
const DRAIN_SLACK: u64 = 15;

/// The shortest time for which an autoscaler looks back before it takes pods away, in seconds.
const STABILISATION: u64 = 300;

/// A function's timeout, 100 ms to 14 min.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeout {
    /// T, in milliseconds.
    pub millis: u64,
}

impl Default for Timeout {
    fn default() -> Self {
        Self { millis: DEFAULT_MS }
    }
}

impl Timeout {
    /// T as the runtime reads it: `3s`, `250ms`.
    #[must_use]
    pub fn text(self) -> String {
        match self.millis % 1000 {
            0 => format!("{}s", self.millis / 1000),
            _ => format!("{}ms", self.millis),
        }
    }

    /// nsqd's `msg_timeout` M, in milliseconds.
    #[must_use]
    pub fn message_millis(self) -> u64 {
        (self.millis / 2).clamp(1_000, 10_000)
    }

    /// `terminationGracePeriodSeconds` of a pod that has to finish what it runs.
    #[must_use]
    pub fn grace_seconds(self) -> u64 {
        self.millis.div_ceil(1000) + DRAIN_SLACK
    }

    /// The autoscaler's window for scaling down, in seconds: longer than any message runs.
    #[must_use]
    pub fn stabilisation_seconds(self) -> u64 {
        STABILISATION.max(self.millis.div_ceil(1000) + 30)
    }

    /// The longer of two.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            millis: self.millis.max(other.millis),
        }
    }

    /// Reads what is written, or the default.
    pub(super) fn resolve(text: Option<&Located<Text>>, report: &mut Report) -> Self {
        let Some(text) = text else {
            return Self::default();
        };
        match parse(&text.0) {
            Some(millis @ MIN_MS..=MAX_MS) => Self { millis },
            Some(_) => {
                report.push(
                    Diagnostic::at(&BAD_TIMEOUT, text.span, "the timeout is out of range")
                        .label("100ms at least, 14m at most"),
                );
                Self::default()
            }
            None => {
                report.push(
                    Diagnostic::at(&BAD_FORMAT, text.span, "this is not a duration")
                        .label("expected a number with a unit")
                        .help("such as `250ms`, `3s` or `1m30s`"),
                );
                Self::default()
            }
        }
    }
}

/// Milliseconds of `1m30s`, `3s`, `250ms`; each unit once, the larger first.
fn parse(text: &str) -> Option<u64> {
    let mut total: u64 = 0;
    let mut rest = text;
    let mut last = u64::MAX;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        let unit_end = rest[digits..]
            .find(|c: char| c.is_ascii_digit())
            .map_or(rest.len(), |at| digits + at);
        let unit = match &rest[digits..unit_end] {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return None,
        };
        if unit >= last {
            return None;
        }
        last = unit;
        total = total.checked_add(number.checked_mul(unit)?)?;
        rest = &rest[unit_end..];
    }
    (last != u64::MAX).then_some(total)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{MAX_MS, MIN_MS, Timeout, parse};

    #[test]
    fn durations() {
        for (text, millis) in [
            ("3s", 3_000),
            ("250ms", 250),
            ("1m30s", 90_000),
            ("14m", MAX_MS),
            ("1s1ms", 1_001),
        ] {
            assert_eq!(parse(text), Some(millis), "{text}");
        }
        for bad in [
            "",
            "3",
            "s",
            "3 s",
            "3sec",
            "30s1m",
            "1s1s",
            "-1s",
            "1.5s",
            "99999999999999h",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    proptest! {
        /// The chain of `docs/semantics`: a redelivery can still help the one who waits, nsqd's
        /// fifteen minutes are kept, a pod outlives what it runs, scaling down does so too.
        #[test]
        fn the_inequalities_hold_for_every_timeout(millis in MIN_MS..=MAX_MS) {
            let timeout = Timeout { millis };
            let (seconds, message) = (millis.div_ceil(1000), timeout.message_millis());
            prop_assert!((1_000..=10_000).contains(&message));
            prop_assert!(millis < 2_000 || message <= millis / 2);
            prop_assert!(millis + 10_000 <= 15 * 60_000);
            prop_assert!(timeout.grace_seconds() >= seconds + 15);
            prop_assert!(timeout.stabilisation_seconds() > seconds);
            prop_assert!(timeout.stabilisation_seconds() <= 3600);
            prop_assert_eq!(parse(&timeout.text()), Some(millis));
        }
    }
}
