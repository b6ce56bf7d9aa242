//! One timeout: all other times follow from it.
//!
//! T is how long a caller waits, queue included. nsqd's own clock for a message in a consumer's
//! hands is M = clamp(T/2, 1 s, 10 s), touched every M/3, so a message of a worker that died is
//! redelivered while the caller still waits. A pod that is told to stop finishes what runs, which
//! takes T at most, and has [`DRAIN_SLACK`] for the rest. An autoscaler that takes pods away looks
//! back for longer than any message runs, and one that takes the last pod away waits besides for
//! messages that are to be delivered again. A proxy in front of the gateway waits longer than the
//! gateway, so that it is the gateway that says what happened.

use super::duration;
use crate::diag::codes::meaning::BAD_TIMEOUT;
use crate::diag::{Diagnostic, Report};
use crate::schema::{Located, Text};

const MIN_MS: u64 = 100;
const MAX_MS: u64 = 14 * 60_000;
const DEFAULT_MS: u64 = 3_000;

/// Seconds beyond T for a pod to leave: give back what is unstarted, close connections.
const DRAIN_SLACK: u64 = 15;

/// After so many seconds a cluster's autoscaler no longer waits for a pod to leave its node.
const LONGEST_GRACE: u64 = 600;

/// Seconds between two of KEDA's looks at a queue.
pub const POLLING: u64 = 15;

/// Above so many milliseconds a caller on the web has mostly gone: browsers and proxies cut.
const PATIENCE_MS: u64 = 60_000;

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
    /// The longest there is.
    pub const LONGEST: Self = Self { millis: MAX_MS };

    /// The longest that callers on the web wait for.
    pub const TIRING: Self = Self {
        millis: PATIENCE_MS,
    };

    /// T as the runtime reads it: `3s`, `250ms`.
    #[must_use]
    pub fn text(self) -> String {
        duration::text(self.millis)
    }

    /// T for people: `12m`.
    #[must_use]
    pub fn shown(self) -> String {
        duration::shown(self.millis)
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

    /// KEDA's cool-down, in seconds, before the last pod goes: KEDA counts messages that wait, not
    /// those that run or are to be delivered again `delay` milliseconds from now.
    #[must_use]
    pub fn cooldown_seconds(self, delay: u64) -> u64 {
        let longest = self.millis.max(delay).div_ceil(1000);
        STABILISATION.max(longest + 2 * POLLING)
    }

    /// How long a proxy in front of the gateway waits for an answer, in seconds.
    #[must_use]
    pub fn proxy_seconds(self) -> u64 {
        self.millis.div_ceil(1000) + 2
    }

    /// Whether a node that is taken away may go before the pod has left it.
    #[must_use]
    pub fn outlives_nodes(self) -> bool {
        self.grace_seconds() > LONGEST_GRACE
    }

    /// Whether this is longer than callers on the web wait.
    #[must_use]
    pub fn tires_callers(self) -> bool {
        self.millis > PATIENCE_MS
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
        let millis = duration::parsed(text, report);
        if let Some(millis @ MIN_MS..=MAX_MS) = millis {
            return Self { millis };
        }
        if millis.is_some() {
            report.push(
                Diagnostic::at(&BAD_TIMEOUT, text.span, "the timeout is out of range")
                    .label("100ms at least, 14m at most"),
            );
        }
        Self::default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{DRAIN_SLACK, MAX_MS, MIN_MS, POLLING, Timeout};

    proptest! {
        /// The chain of `docs/semantics`: a redelivery can still help the one who waits, nsqd's
        /// fifteen minutes are kept, a pod outlives what it runs, scaling down does so too.
        #[test]
        fn the_inequalities_hold_for_every_timeout(
            millis in MIN_MS..=MAX_MS,
            delay in 0..=3_600_000_u64,
        ) {
            let timeout = Timeout { millis };
            let (seconds, message) = (millis.div_ceil(1000), timeout.message_millis());
            // nsqd: between its own bounds, and a redelivery within T where T allows for one.
            prop_assert!((1_000..=10_000).contains(&message));
            prop_assert!(millis < 2_000 || message <= millis / 2);
            prop_assert!(millis + 10_000 <= 15 * 60_000);
            // A pod has T to finish and 5 s of the runtime's drain, and something is left.
            prop_assert!(timeout.grace_seconds() >= seconds + DRAIN_SLACK);
            prop_assert!(timeout.grace_seconds() > seconds + 5);
            prop_assert_eq!(timeout.outlives_nodes(), timeout.grace_seconds() > 600);
            // Autoscalers; Kubernetes takes a window of one hour at most.
            prop_assert!(timeout.stabilisation_seconds() >= seconds + POLLING + 15);
            prop_assert!((300..=3600).contains(&timeout.stabilisation_seconds()));
            let cooldown = timeout.cooldown_seconds(delay);
            prop_assert!(cooldown >= 300 && cooldown >= seconds + 2 * POLLING);
            prop_assert!(cooldown * 1000 > delay);
            // The proxy outwaits the gateway.
            prop_assert!(timeout.proxy_seconds() * 1000 > millis);
        }
    }
}
