//! When a node that does not answer counts as stalled: a bound learned from its own answers.

use std::time::Duration;

use crate::backoff::Backoff;

/// When a node that does not answer is taken out of choice, and how it comes back.
///
/// The bound follows each node's own time to acknowledge a publish, the way TCP sets its
/// retransmission timer (RFC 6298), with room to spare:
///
/// ```text
/// bound = clamp(4 × (smoothed + 4 × variation), floor, ceiling)
/// ```
///
/// `smoothed` takes an eighth of each new time, `variation` a quarter of each deviation from it.
/// Before the first answer of a node the bound is the ceiling.
///
/// A node whose oldest unanswered publish is older than the bound is *stalled*: producers choose
/// others, unless every node is stalled. It is back as soon as that publish is answered; or when a
/// fresh connection to it comes up, which then is *on trial*: it is given one publish at a time
/// until one is acknowledged. What is out on the old connection keeps waiting for its outcome there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StallConfig {
    /// The least bound: a pause of a collector, a throttled CPU or a slow fsync is no stall. Default
    /// 250 ms.
    pub floor: Duration,
    /// The greatest bound. Default 2 s.
    pub ceiling: Duration,
    /// How often a stalled node is tried with a fresh connection: first when the bound has passed
    /// once more; then, for as long as no publish is acknowledged there, ever later. Default 250 ms
    /// to 10 s.
    pub probe: Backoff,
}

impl Default for StallConfig {
    fn default() -> Self {
        Self {
            floor: Duration::from_millis(250),
            ceiling: Duration::from_secs(2),
            probe: Backoff {
                min: Duration::from_millis(250),
                max: Duration::from_secs(10),
                stable: Duration::from_secs(10),
            },
        }
    }
}

impl StallConfig {
    /// How long an answer may take where answers have taken so long.
    pub(crate) fn bound(&self, latency: Option<Latency>) -> Duration {
        // Not `clamp`, which panics over a floor above the ceiling: then the floor counts.
        latency
            .map_or(self.ceiling, |latency| {
                latency
                    .variation
                    .saturating_mul(4)
                    .saturating_add(latency.smoothed)
                    .saturating_mul(4)
                    .min(self.ceiling)
            })
            .max(self.floor)
    }
}

/// How long answers take, as seen so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Latency {
    pub(crate) smoothed: Duration,
    variation: Duration,
}

impl Latency {
    pub(crate) fn first(sample: Duration) -> Self {
        Self {
            smoothed: sample,
            variation: sample / 2,
        }
    }

    pub(crate) fn then(self, sample: Duration) -> Self {
        let deviation = self.smoothed.abs_diff(sample);
        Self {
            smoothed: self.smoothed / 8 * 7 + sample / 8,
            variation: self.variation / 4 * 3 + deviation / 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn after(samples: &[u32]) -> Duration {
        let learn = |latency: Option<Latency>, sample: &u32| {
            let sample = *sample * MS;
            Some(latency.map_or_else(|| Latency::first(sample), |known| known.then(sample)))
        };
        StallConfig::default().bound(samples.iter().fold(None, learn))
    }

    #[test]
    fn the_bound_follows_the_node() {
        assert_eq!(after(&[]), 2000 * MS, "nothing is known yet");
        assert_eq!(after(&[1; 50]), 250 * MS, "a fast node has the floor");
        let steady = after(&[100; 50]);
        assert!(steady > 390 * MS && steady < 420 * MS, "{steady:?}");
        assert_eq!(after(&[100, 900, 100, 900, 100, 900]), 2000 * MS);
        let calm_again = [&[900; 5][..], &[10; 60]].concat();
        assert_eq!(after(&calm_again), 250 * MS, "one bad time is forgotten");
    }

    proptest! {
        #[test]
        fn the_bound_is_never_outside_of_its_limits(
            samples in prop::collection::vec(any::<u32>(), 0..50), floor: u32, ceiling: u32
        ) {
            let config = StallConfig { floor: floor * MS, ceiling: ceiling * MS, ..StallConfig::default() };
            let mut latency = Latency::first(Duration::MAX);
            for sample in samples {
                latency = latency.then(sample * MS);
                let bound = config.bound(Some(latency));
                prop_assert!(bound >= config.floor && bound <= config.ceiling.max(config.floor));
            }
        }
    }
}
