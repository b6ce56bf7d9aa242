//! The answer to a caller, and the way it takes.

use std::time::Duration;

use bytes::Bytes;
use kubefuncs_messages::{Event, Message};
use kubefuncs_nsq::{Address, AnswerError, Delivery, PublishErrorKind, Topic};

use tokio::time::Instant;

use super::Shared;
use super::kept::Key;
use super::settle::{Letter, Settling};
use crate::error::Failure;
use crate::outcome::{self, OutcomeKind};
use crate::payload::Raw;
use crate::reply;

/// For how long an answer is of use to somebody who named no limit.
const PATIENCE: Duration = Duration::from_secs(10);

/// An answer in the making: the reply event with its id and topic set.
pub(super) struct Answer {
    event: Event,
    key: Key,
    /// When nobody waits for it any more, if that is known.
    until: Option<Instant>,
}

impl Answer {
    /// To somebody who waits `until` then, if that is known.
    pub(super) fn to(request: &Event, topic: Topic, until: Option<Instant>) -> Self {
        let id = request.id.clone();
        let event = Event {
            id: id.clone(),
            topic: topic.to_string(),
            ..Event::default()
        };
        Self {
            event,
            key: Key { id, topic },
            until,
        }
    }

    pub(super) fn key(&self) -> &Key {
        &self.key
    }

    /// Answers what the handler replied.
    pub(super) fn reply(mut self, reply: Raw, is_http: bool) -> Self {
        let reply = if is_http {
            reply::to_http(reply)
        } else {
            reply
        };
        self.event.payload = Some(reply.into());
        self
    }

    pub(super) fn failure(mut self, failure: &Failure) -> Self {
        self.event.payload =
            Some(reply::error(failure.code(), failure.message(), failure.is_retryable()).into());
        self
    }

    /// Makes it the outcome of an event that nobody waits for.
    pub(super) fn outcome(mut self, kind: OutcomeKind, attempt: u16, dead: Option<&Topic>) -> Self {
        outcome::mark(&mut self.event, kind, attempt, dead.map(Topic::as_str));
        self
    }

    /// Writes the answer and acknowledges the request.
    pub(super) async fn send(self, delivery: Delivery, shared: &Shared) -> Settling {
        let letter = self.letter(delivery.node(), shared);
        if shared.answered.contains(delivery.node(), &letter.key.topic) {
            together(delivery, letter)
        } else {
            Box::pin(aside(delivery, letter, shared)).await
        }
    }

    /// The finished answer.
    pub(super) fn letter(mut self, node: &Address, shared: &Shared) -> Letter {
        let (size, limit) = (self.event.encoded_len(), shared.config.max_message);
        if size > limit {
            tracing::error!(size, limit, "an answer is too large");
            let error = reply::error("too_large", "the answer is too large", false);
            self.event.payload = Some(error.into());
        }
        Letter {
            node: node.clone(),
            body: self.event.encode_to_vec().into(),
            key: self.key,
            until: until(self.until),
        }
    }

    /// Writes an answer that was written before and lost.
    pub(super) fn send_again(self, delivery: Delivery, body: Bytes) -> Settling {
        let letter = Letter {
            node: delivery.node().clone(),
            body,
            key: self.key,
            until: until(self.until),
        };
        together(delivery, letter)
    }
}

fn until(known: Option<Instant>) -> Instant {
    known.unwrap_or_else(|| Instant::now() + PATIENCE)
}

/// Answer and acknowledgement in one write on the delivering connection. Were the answer refused,
/// the connection would close before the acknowledgement is read, and the request come again; so would
/// those whose answers went out with it, and what was kept is sent again then.
fn together(delivery: Delivery, letter: Letter) -> Settling {
    match delivery.answer_joined(&letter.key.topic, letter.body.clone()) {
        Ok(publishing) => Settling::Answer { publishing, letter },
        Err(failed) => refused(failed),
    }
}

/// The longest a broker takes to create a topic, when an nsqlookupd hangs, and some more.
const ASIDE: Duration = Duration::from_secs(8);

/// To a topic that this process has not answered before: over another connection, for the broker
/// may take seconds to create it, and the delivering connection's other messages would wait.
async fn aside(delivery: Delivery, letter: Letter, shared: &Shared) -> Settling {
    delivery.touch_for(ASIDE);
    let topic = &letter.key.topic;
    match delivery.answer_aside(topic, letter.body.clone()).await {
        Ok(receipt) => {
            shared.answered.insert(&letter.node, topic);
            Settling::message(receipt)
        }
        Err(AnswerError { error, delivery }) if error.kind() != PublishErrorKind::Size => {
            // A second answer is nothing to a caller who had the first.
            tracing::debug!(%error, "an answer over a connection of its own was not confirmed");
            together(*delivery, letter)
        }
        Err(failed) => refused(failed),
    }
}

/// The answer cannot be sent, and never will be: the caller is left to its deadline.
fn refused(failed: AnswerError) -> Settling {
    let error = failed.error;
    tracing::error!(%error, "no broker takes an answer of this size: is KUBEFUNCS_MAX_MESSAGE right?");
    Settling::message(failed.delivery.finish())
}
