//! What a delivery and its connection know of each other: whether the message is still ours.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

/// Why a delivery is not ours to answer any more. nsqd delivers the message again, here or
/// elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LostReason {
    /// It was not answered in time: the touches ended, or nsqd said so, or it was delivered again.
    TimedOut,
    /// The connection it came by is gone. nsqd keeps the message until its timeout.
    Disconnected,
    /// The consumer was closed before the answer, and gave the message back.
    Closed,
}

impl LostReason {
    fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::TimedOut),
            2 => Some(Self::Disconnected),
            3 => Some(Self::Closed),
            _ => None,
        }
    }

    fn code(self) -> u8 {
        match self {
            Self::TimedOut => 1,
            Self::Disconnected => 2,
            Self::Closed => 3,
        }
    }
}

/// Shared by a delivery and the task that owns its connection.
#[derive(Debug)]
pub(crate) struct Fate {
    lost: AtomicU8,
    changed: Notify,
    /// Milliseconds after [`EPOCH`] from which the message is not touched any more.
    touch_until: AtomicU64,
}

/// Instants do not fit an atomic; their distance from one point in time does.
static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Fate {
    /// Touched until then.
    pub(crate) fn new(touch_until: Instant) -> Self {
        Self {
            lost: AtomicU8::new(0),
            changed: Notify::new(),
            touch_until: AtomicU64::new(millis(touch_until)),
        }
    }

    pub(crate) fn lost(&self) -> Option<LostReason> {
        LostReason::from_code(self.lost.load(Ordering::Acquire))
    }

    /// The first reason stays.
    pub(crate) fn lose(&self, reason: LostReason) {
        if self
            .lost
            .compare_exchange(0, reason.code(), Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
        {
            self.changed.notify_waiters();
        }
    }

    pub(crate) async fn wait(&self) -> LostReason {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // Registered before the look, so that a loss in between is not missed.
            changed.as_mut().enable();
            if let Some(reason) = self.lost() {
                return reason;
            }
            changed.await;
        }
    }

    pub(crate) fn touch_until(&self) -> Instant {
        *EPOCH + Duration::from_millis(self.touch_until.load(Ordering::Relaxed))
    }

    pub(crate) fn set_touch_until(&self, until: Instant) {
        self.touch_until.store(millis(until), Ordering::Relaxed);
    }
}

fn millis(at: Instant) -> u64 {
    let since = at.saturating_duration_since(*EPOCH).as_millis();
    u64::try_from(since).unwrap_or(u64::MAX)
}
