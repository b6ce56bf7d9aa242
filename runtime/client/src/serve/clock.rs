//! How old a message is, by the clocks of two machines.
//!
//! A broker stamps a message with its own clock. What its clock is behind or ahead of ours is
//! measured: a message published to a topic of our own and read again was stamped between the two
//! moments. Until that is known, and where it cannot be, the smallest age ever seen stands for it,
//! since no message is younger than nothing.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use kubefuncs_nsq::{Address, NodeSet};
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

/// How long a message waits for the first measurement, where its age decides.
const FIRST: Duration = Duration::from_secs(1);

/// What is known of the brokers' clocks.
#[derive(Debug)]
pub(super) struct Clocks {
    known: Mutex<BTreeMap<Address, Clock>>,
    /// Changes with each measurement, also with one that failed.
    measurements: watch::Sender<()>,
    doubted: Notify,
}

#[derive(Debug, Clone, Copy)]
struct Clock {
    /// How much it is behind ours at most, in nanoseconds.
    behind: i64,
    /// It was measured, or could not be.
    tried: bool,
}

impl Default for Clocks {
    fn default() -> Self {
        Self {
            known: Mutex::default(),
            measurements: watch::Sender::new(()),
            doubted: Notify::new(),
        }
    }
}

impl Clocks {
    /// How long ago a broker took a message with this stamp: never negative, and in doubt too
    /// young, for work in vain costs less than work undone.
    pub(super) fn age(&self, node: &Address, timestamp_ns: i64, now: SystemTime) -> Duration {
        let seen = nanos(now).saturating_sub(timestamp_ns);
        let mut known = self.known();
        let clock = known.entry(node.clone()).or_insert(Clock {
            behind: seen,
            tried: false,
        });
        // No message is younger than nothing: the clocks have moved, or we know better now.
        clock.behind = clock.behind.min(seen);
        let age = seen.saturating_sub(clock.behind);
        Duration::from_nanos(u64::try_from(age).unwrap_or(0))
    }

    /// As [`age`](Self::age), for a message that matters until it is `limit` old. Where its broker's
    /// clock was not measured yet, and would make it old if it were right, that is waited for.
    pub(super) async fn age_below(
        &self,
        node: &Address,
        timestamp_ns: i64,
        limit: Duration,
    ) -> Duration {
        let now = SystemTime::now();
        let seen = nanos(now).saturating_sub(timestamp_ns);
        let fresh = (0..nanos(UNIX_EPOCH + limit) / 2).contains(&seen);
        if !fresh {
            let _ = timeout(FIRST, self.tried(node)).await;
        }
        self.age(node, timestamp_ns, now)
    }

    async fn tried(&self, node: &Address) {
        let tried = |_: &()| self.known().get(node).is_some_and(|clock| clock.tried);
        // Cannot fail: `self` holds the sender.
        let _ = self.measurements.subscribe().wait_for(tried).await;
    }

    /// A broker stamped a message before we read it at `read`, a moment after it was sent.
    pub(super) fn measured(&self, node: &Address, timestamp_ns: i64, read: SystemTime) {
        let behind = nanos(read).saturating_sub(timestamp_ns);
        tracing::debug!(%node, behind_ns = behind, "the clock of a broker, at most behind ours");
        let clock = Clock {
            behind,
            tried: true,
        };
        self.known().insert(node.clone(), clock);
        self.measurements.send_replace(());
    }

    /// A broker's clock could not be measured.
    pub(super) fn unmeasured(&self, node: &Address) {
        self.known()
            .entry(node.clone())
            .or_insert(Clock {
                behind: i64::MAX,
                tried: true,
            })
            .tried = true;
        self.measurements.send_replace(());
    }

    /// Work was dropped for its age: it had better be true.
    pub(super) fn doubt(&self) {
        self.doubted.notify_one();
    }

    /// Waits for a [`doubt`](Self::doubt).
    pub(super) async fn doubted(&self) {
        self.doubted.notified().await;
    }

    /// Forgets all other brokers.
    pub(super) fn retain(&self, nodes: &NodeSet) {
        self.known().retain(|node, _| nodes.contains(node));
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<Address, Clock>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn nanos(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MS: i64 = 1_000_000;

    fn at(ms: i64) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(ms.unsigned_abs())
    }

    proptest! {
        /// Whatever the broker's clock shows: once it is measured, an age is right to within the
        /// time the measurement took, and never too large.
        #[test]
        fn an_age_does_not_depend_on_the_clock(
            skew in -1_000_000i64..1_000_000, took in 0i64..50, ages in prop::collection::vec(0i64..100_000, 1..20),
        ) {
            let (clocks, node, now) = (Clocks::default(), Address::new("a", 1), 1 << 40);
            clocks.measured(&node, (now + skew) * MS, at(now + took));
            for age in ages {
                let told = clocks.age(&node, (now - age + skew) * MS, at(now)).as_millis() as i64;
                prop_assert!(told <= age && told >= age - took, "{told} for {age}");
            }
        }

        /// Without a measurement nothing is older than it is.
        #[test]
        fn an_unknown_clock_makes_nothing_too_old(skew in -1_000i64..1_000, ages in prop::collection::vec(0i64..1_000, 1..20)) {
            let (clocks, node, now) = (Clocks::default(), Address::new("a", 1), 1 << 40);
            for age in ages {
                let told = clocks.age(&node, (now - age + skew) * MS, at(now));
                prop_assert!(told.as_millis() as i64 <= age);
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_old_stamp_waits_for_the_first_measurement_and_a_fresh_one_does_not() {
        let (clocks, node) = (Clocks::default(), Address::new("a", 1));
        let limit = Duration::from_secs(3);
        let ago = |secs: u64| nanos(SystemTime::now() - Duration::from_secs(secs));
        let begun = tokio::time::Instant::now();
        assert!(clocks.age_below(&node, ago(0), limit).await < limit);
        assert_eq!(begun.elapsed(), Duration::ZERO);
        let measure = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            clocks.measured(&node, nanos(SystemTime::now()), SystemTime::now());
        };
        let (age, ()) = tokio::join!(clocks.age_below(&node, ago(60), limit), measure);
        assert!(age > Duration::from_secs(59), "{age:?}");
        assert_eq!(begun.elapsed(), Duration::from_millis(500));
        // Where it cannot be measured the wait has an end.
        let other = Address::new("b", 1);
        assert_eq!(
            clocks.age_below(&other, ago(60), limit).await,
            Duration::ZERO
        );
        assert_eq!(begun.elapsed(), Duration::from_millis(500) + FIRST);
        clocks.unmeasured(&other);
        clocks.age_below(&other, ago(60), limit).await;
        assert_eq!(begun.elapsed(), Duration::from_millis(500) + FIRST);
    }

    #[test]
    fn stamps_of_any_value_are_harmless() {
        let (clocks, node) = (Clocks::default(), Address::new("a", 1));
        for stamp in [i64::MIN, -1, 0, 1, i64::MAX, i64::MIN] {
            let _ = clocks.age(&node, stamp, SystemTime::now());
            clocks.measured(&node, stamp, UNIX_EPOCH);
        }
    }
}
