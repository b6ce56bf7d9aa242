//! A message nobody waits for: tried again after a while, as often as the configuration says.

use kubefuncs_messages::Event;
use kubefuncs_nsq::Delivery;
use tokio::time::Instant;

use super::run::{self, Outcome};
use super::settle::Settling;
use super::{Shared, backoff};
use crate::config::Config;
use crate::id;

pub(super) async fn handle(delivery: Delivery, event: Event, shared: &Shared) -> Settling {
    let (id, config) = (event.id.clone(), &shared.config);
    if delivery.attempts() > config.attempts {
        return give_up(
            delivery,
            &id,
            "its deliveries are used up, and none came to an end",
        );
    }
    let deadline = Instant::now() + config.timeout;
    match run::run(shared, &delivery, event, false, deadline).await {
        Outcome::Replied(_) => Settling::of(delivery.finish()),
        Outcome::Failed(failure) if failure.is_retryable() => {
            retry(delivery, &id, &failure.to_string(), config)
        }
        Outcome::Failed(failure) => give_up(delivery, &id, &failure.to_string()),
        Outcome::TimedOut => retry(delivery, &id, "the handler took too long", config),
        Outcome::Lost(reason) => Settling::lost(&id, reason),
    }
}

fn retry(delivery: Delivery, id: &str, reason: &str, config: &Config) -> Settling {
    let attempt = delivery.attempts();
    if attempt >= config.attempts {
        return give_up(delivery, id, reason);
    }
    let (min, max) = (config.backoff_min, config.backoff_max);
    let delay = backoff::delay(attempt, min, max, id::fraction());
    tracing::warn!(
        event = id,
        attempt,
        ?delay,
        reason,
        "a message failed and will be tried again"
    );
    Settling::of(delivery.requeue(delay))
}

fn give_up(delivery: Delivery, id: &str, reason: &str) -> Settling {
    let attempt = delivery.attempts();
    tracing::error!(
        event = id,
        attempt,
        reason,
        "a message failed and was dropped"
    );
    Settling::of(delivery.finish())
}
