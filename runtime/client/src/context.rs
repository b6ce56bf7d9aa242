//! What a handler knows about the message it handles.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::trace::Trace;

/// The metadata entry that carries the caller's request id.
pub(crate) const REQUEST_ID: &str = "request-id";

/// What a handler knows about the message it handles. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Context {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) deadline: Instant,
    pub(crate) attempt: u16,
    pub(crate) awaited: bool,
    pub(crate) event_id: String,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) cancelled: CancellationToken,
    /// Places for threads of blocking handlers.
    pub(crate) threads: Arc<Semaphore>,
}

impl Context {
    /// When the time is up: a handler that runs on is dropped at its next await point then.
    ///
    /// The deadline is what the caller's budget and the function's own timeout leave. How long the
    /// message was queued is told by the clocks of the broker's machine and of this one; where they
    /// differ, so does the deadline.
    pub fn deadline(&self) -> Instant {
        self.inner.deadline
    }

    /// What is left until [`deadline`](Self::deadline); zero when it has passed.
    pub fn remaining(&self) -> Duration {
        self.inner
            .deadline
            .saturating_duration_since(Instant::now())
    }

    /// Which delivery of this message it is; the first is 1. Counts deliveries, not failures: a
    /// drain or a lost connection adds one, too.
    pub fn attempt(&self) -> u16 {
        self.inner.attempt
    }

    /// Whether a handler may have run with this message before, wholly or in part.
    pub fn may_have_run(&self) -> bool {
        self.inner.attempt > 1
    }

    /// Whether a caller waits for the reply. When nobody does, the reply goes nowhere.
    pub fn awaited(&self) -> bool {
        self.inner.awaited
    }

    /// The caller's own id for its request; the event's id when it named none.
    pub fn request_id(&self) -> &str {
        self.inner
            .metadata
            .get(REQUEST_ID)
            .unwrap_or(&self.inner.event_id)
    }

    /// The id of the event: unguessable, and the same in every delivery of it, so that a handler
    /// can recognise one it has already handled.
    pub fn event_id(&self) -> &str {
        &self.inner.event_id
    }

    /// What the caller sent along, such as `traceparent`.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.inner.metadata
    }

    /// The trace that the message belongs to, if any: what is called or emitted on the task of the
    /// handler belongs to it, too.
    pub fn trace(&self) -> Option<Trace> {
        Trace::from_metadata(&self.inner.metadata)
    }

    /// Whether the work is in vain: the deadline has passed, the broker took the message back, or
    /// the process must leave. Asynchronous handlers need not ask, they are dropped; a long
    /// computation should.
    pub fn is_cancelled(&self) -> bool {
        self.inner.cancelled.is_cancelled()
    }

    /// Waits until [`is_cancelled`](Self::is_cancelled); never ends otherwise.
    pub async fn cancelled(&self) {
        self.inner.cancelled.cancelled().await;
    }
}
