//! A message nobody waits for: tried again after a while, as often as the configuration says, then
//! given up. Whoever wants to know is told how it ended.

use kubefuncs_messages::{Any, Event, HttpRequest};
use kubefuncs_nsq::{Delivery, Topic};
use tokio::time::Instant;

use super::answer::Answer;
use super::figures::Fate;
use super::run::{self, Outcome};
use super::settle::Settling;
use super::{Shared, backoff, bury};
use crate::error::Failure;
use crate::id;
use crate::outcome::OutcomeKind;
use crate::reply_topic;

/// What is needed of an event after its payload went to the handler.
struct Work {
    id: String,
    is_http: bool,
    /// Who is told the outcome.
    notify: Option<Answer>,
}

pub(super) async fn handle(delivery: Delivery, event: Event, shared: &Shared) -> Settling {
    let notify = notify_topic(&event, shared).map(|topic| Answer::to(&event, topic, None));
    let told = notify
        .as_ref()
        .and_then(|answer| shared.kept.get(answer.key()));
    let notify = match (notify, told) {
        // Run before, and its outcome was lost with its connection.
        (Some(answer), Some(body)) => return answer.send_again(delivery, body),
        (notify, _) => notify,
    };
    let work = Work {
        notify,
        is_http: event.payload.as_ref().is_some_and(Any::is::<HttpRequest>),
        id: event.id.clone(),
    };
    let config = &shared.config;
    if delivery.attempts() > config.attempts {
        let failure = Failure::dead_letter("its deliveries are used up, and none came to an end");
        let failure = failure.with_code("attempts");
        return Box::pin(give_up(delivery, work, &failure, shared)).await;
    }
    let age = shared.age(&delivery);
    let deadline = Instant::now() + config.timeout;
    match run::run(shared, &delivery, event, false, age, deadline).await {
        Outcome::Replied(reply) => {
            shared.figures.count(Fate::Done);
            match work.notify {
                None => Settling::message(delivery.finish()),
                Some(answer) => {
                    let attempt = delivery.attempts();
                    let answer = answer.reply(reply, work.is_http);
                    let answer = answer.outcome(OutcomeKind::Done, attempt, None);
                    answer.send(delivery, shared).await
                }
            }
        }
        Outcome::Failed(failure) => Box::pin(failed(delivery, work, failure, shared)).await,
        Outcome::TimedOut => {
            let failure = run::took_too_long();
            Box::pin(failed(delivery, work, failure, shared)).await
        }
        Outcome::Lost(reason) => {
            shared.figures.count(Fate::Failed);
            Settling::lost(&work.id, reason)
        }
    }
}

/// Tried again, where that may help and is allowed.
async fn failed(delivery: Delivery, work: Work, failure: Failure, shared: &Shared) -> Settling {
    let (attempt, config) = (delivery.attempts(), &shared.config);
    if !failure.is_retryable() {
        return give_up(delivery, work, &failure, shared).await;
    }
    if attempt >= config.attempts {
        return give_up(delivery, work, &failure.into_dead_letter(), shared).await;
    }
    let delay = backoff::delay(
        attempt,
        config.backoff_min,
        config.backoff_max,
        id::fraction(),
    );
    let (event, reason) = (work.id, failure.to_string());
    tracing::warn!(
        event,
        attempt,
        ?delay,
        reason,
        "a message failed and will be tried again"
    );
    shared.figures.count(Fate::Failed);
    shared.alone.gives_back(&delivery);
    Settling::message(delivery.requeue(delay))
}

/// It never succeeds: kept as a dead letter where the failure and the configuration say so, else
/// dropped.
async fn give_up(delivery: Delivery, work: Work, failure: &Failure, shared: &Shared) -> Settling {
    let (event, attempt, reason) = (&work.id, delivery.attempts(), failure.to_string());
    let grave = shared
        .graveyard
        .as_ref()
        .filter(|_| failure.is_dead_letter());
    let Some(grave) = grave else {
        tracing::error!(event, attempt, reason, "a message failed and was dropped");
        shared.figures.count(Fate::Dead);
        return match work.notify {
            None => Settling::message(delivery.finish()),
            Some(answer) => {
                let answer = answer.failure(failure);
                let answer = answer.outcome(OutcomeKind::Failed, attempt, None);
                answer.send(delivery, shared).await
            }
        };
    };
    let topic = grave.topic();
    let node = delivery.node().clone();
    let outcome = work.notify.map(|answer| {
        let answer = answer.failure(failure);
        let answer = answer.outcome(OutcomeKind::DeadLettered, attempt, Some(topic));
        answer.letter(&node, shared)
    });
    bury::give_up(delivery, grave, (failure.code(), &reason), outcome, shared).await
}

/// Who is told the outcome, if that may be told there.
fn notify_topic(event: &Event, shared: &Shared) -> Option<Topic> {
    let named = event.notify.as_str();
    if named.is_empty() || !shared.config.replies {
        return None;
    }
    let topic = reply_topic::answerable(named, &shared.config.reply_topics);
    if topic.is_none() {
        tracing::warn!(
            event = event.id,
            named,
            "its notify is not a topic that may be told"
        );
    }
    topic
}
