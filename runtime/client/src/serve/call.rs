//! A message whose caller waits: one run, and its outcome at once.

use std::time::SystemTime;

use kubefuncs_messages::{Any, Event, HttpRequest};
use kubefuncs_nsq::{Delivery, Topic};
use tokio::time::Instant;

use super::answer::Answer;
use super::run::{self, Outcome};
use super::settle::Settling;
use super::{Shared, budget};
use crate::error::Failure;

pub(super) async fn handle(
    delivery: Delivery,
    event: Event,
    topic: Topic,
    shared: &Shared,
) -> Settling {
    let age = budget::age(delivery.timestamp_ns(), SystemTime::now());
    let Some(left) = budget::left(event.budget_ms, age, shared.config.timeout) else {
        tracing::debug!(
            event = event.id,
            ?age,
            "a call was dropped: its caller waits no longer"
        );
        return Settling::of(delivery.finish());
    };
    let answer = Answer::to(&event, topic);
    if let Some(body) = shared.kept.get(answer.key()) {
        // Run before, and the answer was lost with its connection.
        return answer.send_again(delivery, body);
    }
    if delivery.attempts() > shared.config.attempts {
        let failure = Failure::retry("too many deliveries without an answer").with_code("attempts");
        return answer.failure(&failure).send(delivery, shared).await;
    }
    let begun = Instant::now();
    let id = event.id.clone();
    let is_http = event.payload.as_ref().is_some_and(Any::is::<HttpRequest>);
    match run::run(shared, &delivery, event, true, begun + left.handler).await {
        Outcome::Replied(reply) => answer.reply(reply, is_http).send(delivery, shared).await,
        Outcome::Failed(failure) => {
            let reason = failure.to_string();
            tracing::warn!(event = id, reason, "the handler failed a call");
            answer.failure(&failure).send(delivery, shared).await
        }
        Outcome::TimedOut => {
            tracing::warn!(event = id, timeout = ?left.handler, "the handler took too long for a call");
            // Nothing is published for a caller that is gone: its reply topic may be, too, and would
            // come back for ever. One that waits longer than this function may run is told.
            if left.caller.is_some_and(|caller| begun.elapsed() >= caller) {
                return Settling::of(delivery.finish());
            }
            let failure = Failure::retry("the function took longer than its timeout");
            answer
                .failure(&failure.with_code("timeout"))
                .send(delivery, shared)
                .await
        }
        Outcome::Lost(reason) => Settling::lost(&id, reason),
    }
}
