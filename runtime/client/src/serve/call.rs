//! A message whose caller waits: one run, and its outcome at once.

use std::time::Duration;

use kubefuncs_messages::{Any, Event, HttpRequest};
use kubefuncs_nsq::{Delivery, Topic};
use tokio::time::{Instant, timeout};

use super::answer::Answer;
use super::figures::Fate;
use super::run::{self, Outcome};
use super::settle::Settling;
use super::{Shared, budget, bury};
use crate::error::Failure;

pub(super) async fn handle(
    delivery: Delivery,
    event: Event,
    topic: Topic,
    shared: &Shared,
) -> Settling {
    let age = match event.budget_ms {
        0 => shared.age(&delivery),
        budget => {
            let (node, budget) = (delivery.node(), Duration::from_millis(budget.into()));
            shared
                .clocks
                .age_below(node, delivery.timestamp_ns(), budget)
                .await
        }
    };
    let Some(left) = budget::left(event.budget_ms, age, shared.config.timeout) else {
        tracing::debug!(
            event = event.id,
            ?age,
            "a call was dropped: its caller waits no longer"
        );
        shared.clocks.doubt();
        shared.figures.count(Fate::Expired);
        return Settling::message(delivery.finish());
    };
    let begun = Instant::now();
    let answer = Answer::to(&event, topic, left.caller.map(|caller| begun + caller));
    if let Some(body) = shared.kept.get(answer.key()) {
        // Run before, and the answer was lost with its connection.
        return answer.send_again(delivery, body);
    }
    if delivery.attempts() > shared.config.attempts {
        let failure = Failure::dead_letter("too many deliveries without an answer");
        let failure = failure.with_code("attempts");
        return Box::pin(fail(delivery, answer, &failure, shared)).await;
    }
    let id = event.id.clone();
    let is_http = event.payload.as_ref().is_some_and(Any::is::<HttpRequest>);
    match run::run(shared, &delivery, event, true, age, begun + left.handler).await {
        Outcome::Replied(reply) => {
            shared.figures.count(Fate::Done);
            answer.reply(reply, is_http).send(delivery, shared).await
        }
        Outcome::Failed(failure) => {
            let reason = failure.to_string();
            tracing::warn!(event = id, reason, "the handler failed a call");
            Box::pin(fail(delivery, answer, &failure, shared)).await
        }
        Outcome::TimedOut => {
            tracing::warn!(event = id, timeout = ?left.handler, "the handler took too long for a call");
            // Nothing is published for a caller that is gone: its reply topic may be, too, and would
            // come back for ever. One that waits longer than this function may run is told.
            if left.caller.is_some_and(|caller| begun.elapsed() >= caller) {
                shared.figures.count(Fate::Failed);
                return Settling::message(delivery.finish());
            }
            Box::pin(fail(delivery, answer, &run::took_too_long(), shared)).await
        }
        Outcome::Lost(reason) => {
            shared.figures.count(Fate::Failed);
            Settling::lost(&id, reason)
        }
    }
}

/// How long a caller waits for its dead letter to be kept.
const KEEP: Duration = Duration::from_secs(2);

/// Tells the caller; and keeps a dead letter first, where the failure and the configuration say so.
async fn fail(delivery: Delivery, answer: Answer, failure: &Failure, shared: &Shared) -> Settling {
    let grave = shared
        .graveyard
        .as_ref()
        .filter(|_| failure.is_dead_letter());
    let mut fate = Fate::Failed;
    if let Some(grave) = grave {
        let letter = bury::letter(&delivery, shared, failure.code(), &failure.to_string());
        let node = delivery.node().clone();
        match timeout(KEEP, grave.store(&node, letter, shared)).await {
            Ok(true) => fate = Fate::Dead,
            _ => tracing::error!(topic = %grave.topic(), "a dead letter of a call is lost"),
        }
    }
    shared.figures.count(fate);
    answer.failure(failure).send(delivery, shared).await
}
