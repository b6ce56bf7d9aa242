//! Whether a connection is the one to publish on.

use std::sync::atomic::Ordering;

use super::Connection;

impl Connection {
    /// Whether a publish has waited for its answer longer than this node usually takes, by far: see
    /// [`StallConfig`](crate::StallConfig).
    #[must_use]
    pub fn is_stalled(&self) -> bool {
        *self.shared.stalled.borrow()
    }

    /// Waits until it is stalled, or is not any more. Cancel safe.
    pub(crate) async fn until_stalled(&self, wanted: bool) {
        let mut stalled = self.shared.stalled.subscribe();
        // Cannot fail: the sender is shared with this handle.
        let _ = stalled.wait_for(|stalled| *stalled == wanted).await;
    }

    /// From now on, and until something is acknowledged, it is given one publish at a time.
    pub(crate) fn try_out(&self) {
        self.shared.on_trial.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_on_trial(&self) -> bool {
        self.shared.on_trial.load(Ordering::Relaxed)
    }

    /// Whether a publish should rather go here than to a connection where this is false.
    pub(crate) fn is_healthy(&self) -> bool {
        let idle = || self.shared.room.available_permits() == self.shared.room_size as usize;
        !self.is_stalled() && (!self.is_on_trial() || idle())
    }
}
