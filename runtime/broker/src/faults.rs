//! What a test can make go wrong.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

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
    lose: AtomicU32,
    refuse: AtomicU32,
}

impl Faults {
    pub(crate) fn set_delay(&self, delay: Duration) {
        let ns = u64::try_from(delay.as_nanos()).unwrap_or(u64::MAX);
        self.delay_ns.store(ns, Ordering::Relaxed);
    }

    pub(crate) fn delay(&self) -> Duration {
        Duration::from_nanos(self.delay_ns.load(Ordering::Relaxed))
    }

    pub(crate) fn set_lost(&self, count: u32) {
        self.lose.store(count, Ordering::Relaxed);
    }

    pub(crate) fn set_refused(&self, count: u32) {
        self.refuse.store(count, Ordering::Relaxed);
    }

    /// Whether the answer to this publish is to be lost.
    pub(crate) fn loses(&self) -> bool {
        take_one(&self.lose)
    }

    /// Whether this publish fails as it does on a full disk.
    pub(crate) fn refuses(&self) -> bool {
        take_one(&self.refuse)
    }
}

fn take_one(left: &AtomicU32) -> bool {
    let less = |left: u32| left.checked_sub(1);
    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less)
        .is_ok()
}
