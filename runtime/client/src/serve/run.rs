//! One run of the handler: within its time, its panics caught.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use kubefuncs_messages::Event;
use kubefuncs_nsq::{Delivery, LostReason};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::Shared;
use crate::context::{Context, Inner};
use crate::error::Failure;
use crate::handler::Running;
use crate::payload::Raw;
use crate::trace::{self, Span};

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

/// Runs the handler on an event, as soon as it has leave to run. Whatever ends it first, the handler
/// is dropped and its context cancelled.
pub(super) async fn run(
    shared: &Shared,
    delivery: &Delivery,
    mut event: Event,
    awaited: bool,
    age: Duration,
    deadline: Instant,
) -> Outcome {
    // The broker gets the message back soon after, even from a handler that never looks up.
    delivery.touch_until(deadline);
    let cancelled = CancellationToken::new();
    let _cancel = cancelled.clone().drop_guard();
    let name = || format!("handle {}", shared.config.topic);
    let mut span = Span::receive(&mut event.metadata, name);
    let trace = span.trace().cloned();
    let context = Context {
        inner: Arc::new(Inner {
            deadline,
            attempt: delivery.attempts(),
            awaited,
            event_id: event.id,
            metadata: event.metadata,
            cancelled,
            threads: Arc::clone(&shared.threads),
        }),
    };
    let payload = Raw::from(event.payload.unwrap_or_default());
    let handler = async {
        let _leave = shared.alone.enter(delivery).await;
        let _running = shared.figures.begin(age);
        trace::within(trace, caught((shared.handler)(context, payload))).await
    };
    let outcome = tokio::select! {
        biased;
        result = timeout_at(deadline, handler) => match result {
            Ok(Ok(reply)) => Outcome::Replied(reply),
            Ok(Err(failure)) => Outcome::Failed(failure),
            Err(_) => Outcome::TimedOut,
        },
        reason = delivery.lost() => Outcome::Lost(reason),
    };
    match &outcome {
        Outcome::Replied(_) => {}
        Outcome::Failed(failure) => span.fail(failure),
        Outcome::TimedOut => span.fail(took_too_long()),
        Outcome::Lost(reason) => span.fail(format_args!("lost: {reason:?}")),
    }
    outcome
}

/// What a handler comes to, its panics caught: a panic is a failure of the one message.
pub(crate) async fn caught(running: Running) -> Result<Raw, Failure> {
    AssertUnwindSafe(running)
        .catch_unwind()
        .await
        // The panic's own words went to the log by the panic hook; they are not for callers.
        .unwrap_or_else(|_| Err(Failure::retry("the handler panicked").with_code("panic")))
}

/// The failure of a handler whose deadline passed.
pub(crate) fn took_too_long() -> Failure {
    Failure::retry("the function took longer than its timeout").with_code("timeout")
}
