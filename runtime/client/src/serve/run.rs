//! One run of the handler: within its time, its panics caught.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use kubefuncs_messages::Event;
use kubefuncs_nsq::{Delivery, LostReason};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::Shared;
use crate::context::{Context, Inner};
use crate::error::Failure;
use crate::payload::Raw;

/// How a run ended.
pub(super) enum Outcome {
    /// The handler replied.
    Replied(Raw),
    /// The handler failed, or panicked.
    Failed(Failure),
    /// The deadline came first.
    TimedOut,
    /// The message is not ours any more: the broker took it back, its connection is gone, or the
    /// drain time is up. It is or will be delivered again.
    Lost(LostReason),
}

/// Runs the handler on an event. Whatever ends it first, the handler is dropped and its context
/// cancelled.
pub(super) async fn run(
    shared: &Shared,
    delivery: &Delivery,
    event: Event,
    awaited: bool,
    deadline: Instant,
) -> Outcome {
    // The broker gets the message back soon after, even from a handler that never looks up.
    delivery.touch_for(deadline.saturating_duration_since(Instant::now()));
    let cancelled = CancellationToken::new();
    let _cancel = cancelled.clone().drop_guard();
    let context = Context {
        inner: Arc::new(Inner {
            deadline,
            attempt: delivery.attempts(),
            awaited,
            event_id: event.id,
            metadata: event.metadata,
            cancelled,
        }),
    };
    let payload = Raw::from(event.payload.unwrap_or_default());
    let handler = AssertUnwindSafe((shared.handler)(context, payload)).catch_unwind();
    tokio::select! {
        biased;
        result = timeout_at(deadline, handler) => match result {
            Ok(Ok(Ok(reply))) => Outcome::Replied(reply),
            Ok(Ok(Err(failure))) => Outcome::Failed(failure),
            // The panic's own words went to the log by the panic hook; they are not for callers.
            Ok(Err(_)) => Outcome::Failed(Failure::retry("the handler panicked").with_code("panic")),
            Err(_) => Outcome::TimedOut,
        },
        reason = delivery.lost() => Outcome::Lost(reason),
    }
}
