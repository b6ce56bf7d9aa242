//! The answer to a caller, and the way it takes.

use std::time::Duration;

use bytes::Bytes;
use kubefuncs_messages::{Any, Empty, Error, Event, HttpResponse, Message};
use kubefuncs_nsq::{AnswerError, Delivery, PublishErrorKind, Topic};

use super::Shared;
use super::kept::Key;
use super::settle::Settling;
use crate::error::Failure;
use crate::payload::Raw;

/// An answer in the making: the reply event with its id and topic set.
pub(super) struct Answer {
    event: Event,
    key: Key,
}

impl Answer {
    pub(super) fn to(request: &Event, topic: Topic) -> Self {
        let id = request.id.clone();
        let event = Event {
            id: id.clone(),
            topic: topic.to_string(),
            ..Event::default()
        };
        Self {
            event,
            key: Key { id, topic },
        }
    }

    pub(super) fn key(&self) -> &Key {
        &self.key
    }

    /// Answers what the handler replied. An HTTP request is answered with an HTTP response or an
    /// error, never with anything else: a handler with nothing to say answers 204.
    pub(super) fn reply(mut self, reply: Raw, is_http: bool) -> Self {
        let allowed = !is_http || reply.is::<HttpResponse>() || reply.is::<Error>();
        self.event.payload = Some(if allowed {
            reply.into()
        } else if reply.is::<Empty>() {
            Any::pack(&HttpResponse {
                status: 204,
                ..HttpResponse::default()
            })
        } else {
            let found = reply.type_name();
            tracing::error!(
                found,
                "the handler answered an HTTP request with something else"
            );
            error(
                "bad_reply",
                "the function answered an HTTP request with something else",
                false,
            )
        });
        self
    }

    pub(super) fn failure(mut self, failure: &Failure) -> Self {
        let error = error(failure.code(), failure.message(), failure.is_retryable());
        self.event.payload = Some(error);
        self
    }

    /// Writes the answer and acknowledges the request.
    pub(super) async fn send(mut self, delivery: Delivery, shared: &Shared) -> Settling {
        let (size, limit) = (self.event.encoded_len(), shared.config.max_message);
        if size > limit {
            tracing::error!(size, limit, "an answer is too large");
            self.event.payload = Some(error("too_large", "the answer is too large", false));
        }
        let body = Bytes::from(self.event.encode_to_vec());
        if shared.answered.contains(delivery.node(), &self.key.topic) {
            together(delivery, self.key, body)
        } else {
            aside(delivery, self.key, body, shared).await
        }
    }

    /// Writes an answer that was written before and lost.
    pub(super) fn send_again(self, delivery: Delivery, body: Bytes) -> Settling {
        together(delivery, self.key, body)
    }
}

/// Answer and acknowledgement in one write on the delivering connection. Were the answer refused,
/// the connection would close before the acknowledgement is read, and the request come again.
fn together(delivery: Delivery, key: Key, body: Bytes) -> Settling {
    match delivery.answer(&key.topic, body.clone()) {
        Ok(publishing) => Settling::answer(publishing, key, body),
        Err(failed) => refused(failed),
    }
}

/// The longest a broker takes to create a topic, when an nsqlookupd hangs, and some more.
const ASIDE: Duration = Duration::from_secs(8);

/// To a topic that this process has not answered before: over another connection, for the broker
/// may take seconds to create it, and the delivering connection's other messages would wait.
async fn aside(delivery: Delivery, key: Key, body: Bytes, shared: &Shared) -> Settling {
    let node = delivery.node().clone();
    delivery.touch_for(ASIDE);
    match delivery.answer_aside(&key.topic, body.clone()).await {
        Ok(receipt) => {
            shared.answered.insert(&node, &key.topic);
            Settling::of(receipt)
        }
        Err(AnswerError { error, delivery }) if error.kind() != PublishErrorKind::Size => {
            // A second answer is nothing to a caller who had the first.
            tracing::debug!(%error, "an answer over a connection of its own was not confirmed");
            together(*delivery, key, body)
        }
        Err(failed) => refused(failed),
    }
}

/// The answer cannot be sent, and never will be: the caller is left to its deadline.
fn refused(failed: AnswerError) -> Settling {
    let error = failed.error;
    tracing::error!(%error, "no broker takes an answer of this size: is KUBEFUNCS_MAX_MESSAGE right?");
    Settling::of(failed.delivery.finish())
}

fn error(code: &str, message: &str, retryable: bool) -> Any {
    Any::pack(&Error {
        error: message.to_owned(),
        code: code.to_owned(),
        retryable,
    })
}
