//! What a test can make go wrong.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kubefuncs_nsq_proto::Topic;
use tokio::sync::watch;

/// Shut while the broker stands still, as a process after SIGSTOP: sockets stay open, nothing
/// answers, time goes on.
#[derive(Debug)]
pub(crate) struct Gate(watch::Sender<bool>);

impl Gate {
    pub(crate) fn open() -> Self {
        Self(watch::Sender::new(true))
    }

    pub(crate) fn set(&self, open: bool) {
        self.0.send_replace(open);
    }

    /// Returns once the gate is open.
    pub(crate) async fn pass(&self) {
        if !*self.0.borrow() {
            // The sender is part of `self`, so it is not gone.
            let _ = self.0.subscribe().wait_for(|open| *open).await;
        }
    }
}

/// Faults in the answers to PUB, MPUB and DPUB.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    delay_ns: AtomicU64,
    lost: Next,
    refused: Next,
}

impl Faults {
    pub(crate) fn set_delay(&self, delay: Duration) {
        let ns = u64::try_from(delay.as_nanos()).unwrap_or(u64::MAX);
        self.delay_ns.store(ns, Ordering::Relaxed);
    }

    pub(crate) fn delay(&self) -> Duration {
        Duration::from_nanos(self.delay_ns.load(Ordering::Relaxed))
    }

    pub(crate) fn set_lost(&self, topic: &str, count: u32) {
        self.lost.set(topic, count);
    }

    pub(crate) fn set_refused(&self, topic: &str, count: u32) {
        self.refused.set(topic, count);
    }

    /// Whether the answer to this publish is to be lost.
    pub(crate) fn loses(&self, topic: &Topic) -> bool {
        self.lost.take(topic)
    }

    /// Whether this publish fails as it does on a full disk.
    pub(crate) fn refuses(&self, topic: &Topic) -> bool {
        self.refused.take(topic)
    }
}

/// The next so many publishes to a topic.
#[derive(Debug, Default)]
struct Next(Mutex<(String, u32)>);

impl Next {
    fn set(&self, topic: &str, count: u32) {
        *self.lock() = (topic.to_owned(), count);
    }

    /// Whether this is one of them.
    fn take(&self, topic: &Topic) -> bool {
        let mut next = self.lock();
        let is_next = next.1 > 0 && next.0 == topic.as_str();
        next.1 -= u32::from(is_next);
        is_next
    }

    fn lock(&self) -> MutexGuard<'_, (String, u32)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
