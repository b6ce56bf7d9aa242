//! Which broker gets a request, and what its answer means.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use kubefuncs_messages::{Event, Message};
use kubefuncs_nsq::{Address, PublishError, PublishErrorKind, Topic};
use tokio::time::{Instant, timeout_at};

use super::Inner;
use crate::error::{CallError, CallErrorKind};

/// How many brokers a request is offered to before it has failed.
const TRIES: usize = 2;

impl Inner {
    /// Writes a request to a broker that can bring the reply. Ok when the reply may come: the
    /// broker confirmed, or it may have stored the request without saying so.
    pub(super) async fn send_call(
        &self,
        topic: &Topic,
        mut event: Event,
        deadline: Instant,
    ) -> Result<(), CallError> {
        let mut failure = None;
        for node in self.next_nodes() {
            event.budget_ms = budget_ms(deadline);
            let body = self.encode(&event)?;
            match self.replies.publish_on(&node, topic, body).await {
                Ok(()) => return Ok(()),
                Err(error) if error.kind() == PublishErrorKind::Unknown => {
                    tracing::debug!(%node, %error, "a request may be stored: waiting for its reply");
                    return Ok(());
                }
                Err(error) if error.kind() == PublishErrorKind::Size => {
                    return Err(too_large(error));
                }
                Err(error) => {
                    tracing::debug!(%node, %error, "a request was not taken");
                    failure = Some(error);
                }
            }
        }
        Err(unavailable(failure))
    }

    /// Publishes an event wherever a broker takes it.
    pub(super) async fn send_event(
        &self,
        topic: &Topic,
        event: &Event,
        deadline: Instant,
    ) -> Result<(), CallError> {
        let body = self.encode(event)?;
        let unconfirmed = |reason| CallError::new(CallErrorKind::Unknown, reason);
        match timeout_at(deadline, self.producer.publish(topic, body)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(match error.kind() {
                PublishErrorKind::Size => too_large(error),
                PublishErrorKind::Unknown => {
                    unconfirmed("the event may be stored or not").with_source(error)
                }
                _ => unavailable(Some(error)),
            }),
            Err(_) => Err(unconfirmed("no confirmation within the deadline")),
        }
    }

    /// The brokers to try, each in its turn as the first.
    fn next_nodes(&self) -> Vec<Address> {
        let nodes = self.confirmed.borrow().clone();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let first = turn.checked_rem(nodes.len()).unwrap_or(0);
        nodes
            .iter()
            .cycle()
            .skip(first)
            .take(nodes.len().min(TRIES))
            .cloned()
            .collect()
    }

    fn encode(&self, event: &Event) -> Result<Bytes, CallError> {
        let (size, limit) = (event.encoded_len(), self.config.max_message);
        if size > limit {
            let reason = format!("an event of {size} bytes: the brokers take {limit}");
            return Err(CallError::new(CallErrorKind::TooLarge, reason));
        }
        Ok(event.encode_to_vec().into())
    }
}

/// What is left for the function, at least a millisecond: 0 would mean no limit.
fn budget_ms(deadline: Instant) -> u32 {
    let left = deadline
        .saturating_duration_since(Instant::now())
        .as_millis();
    u32::try_from(left).unwrap_or(u32::MAX).max(1)
}

fn too_large(error: PublishError) -> CallError {
    CallError::new(CallErrorKind::TooLarge, error.to_string()).with_source(error)
}

fn unavailable(error: Option<PublishError>) -> CallError {
    let kind = CallErrorKind::Unavailable;
    match error {
        Some(error) => CallError::new(kind, "no broker took it").with_source(error),
        None => CallError::new(kind, "no broker is ready to bring an answer"),
    }
}
