//! The stages of the gateway's life: serving, leaving, closing.

use tokio_util::sync::CancellationToken;

/// Where the gateway is in its life. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lifecycle {
    leaving: CancellationToken,
    closing: CancellationToken,
}

impl Lifecycle {
    /// From now on the gateway is not ready and asks every client to connect elsewhere, but
    /// still answers whoever comes.
    pub(crate) fn leave(&self) {
        self.leaving.cancel();
    }

    /// Whether [`leave`](Self::leave) was called.
    pub(crate) fn is_leaving(&self) -> bool {
        self.leaving.is_cancelled()
    }

    /// From now on no connection is taken, idle ones are closed, and busy ones close when they
    /// have their answer.
    pub(crate) fn close(&self) {
        self.closing.cancel();
    }

    /// Ends with [`leave`](Self::leave).
    pub(crate) async fn left(&self) {
        self.leaving.cancelled().await;
    }

    /// Ends with [`close`](Self::close).
    pub(crate) async fn closed(&self) {
        self.closing.cancelled().await;
    }
}
