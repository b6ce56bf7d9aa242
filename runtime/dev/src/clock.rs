//! The time of day, which tests set by hand.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::sleep;

/// Between two looks at the clock: it may be set, and it goes on while a laptop sleeps, when
/// timers do not.
const LOOK: Duration = Duration::from_secs(1);

/// Tells the time of day.
pub(crate) trait Clock: Send + 'static {
    /// What time it is.
    fn now(&self) -> Timestamp;

    /// Waits until it is `time` or later. Cancel-safe.
    fn reached(&self, time: Timestamp) -> impl Future<Output = ()> + Send;
}

/// The clock of this machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct System;

impl Clock for System {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn reached(&self, time: Timestamp) {
        while let Ok(left) = Duration::try_from(time.duration_since(self.now())) {
            if left.is_zero() {
                return;
            }
            sleep(left.min(LOOK)).await;
        }
    }
}
