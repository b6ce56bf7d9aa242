//! Requests that wait for an answer.

use std::time::Instant as Clock;

use kubefuncs_messages::Event;
use kubefuncs_nsq::{Address, Topic};
use tokio::time::{Instant, sleep_until};

use super::pending::Waiting;
use super::send::Offer;
use super::{Client, Inner, event, refused, topic_named};
use crate::call::{CallOptions, Reply};
use crate::error::{CallError, CallErrorKind};
use crate::payload::IntoPayload;
use crate::trace::{Span, SpanKind};

impl Client {
    /// Sends a request to the function behind `topic` and waits for its answer.
    ///
    /// The request goes to one broker with a confirmed reply subscription, in turn; where it is known
    /// so, to one where the topic has a consumer. When that broker certainly did not take it, it is
    /// offered to one other, and where no broker is left to whichever comes back within half a
    /// second. What may have been stored is not sent again, unless the call is
    /// [idempotent](CallOptions::idempotent).
    ///
    /// A function that has only just started may not be subscribed at every broker: until it is, a
    /// request can wait at a broker where nobody takes it, and come to its deadline there. Where
    /// brokers let their statistics be read ([`watch`](Self::watch)) that ends within a second.
    ///
    /// Cancel-safe: dropping the future forgets the call, but takes nothing back that was sent.
    ///
    /// # Errors
    /// [`CallError`] says what went wrong, whether the function may have run, and which HTTP
    /// status fits.
    pub async fn call(
        &self,
        topic: &str,
        payload: impl IntoPayload,
        mut options: CallOptions,
    ) -> Result<Reply, CallError> {
        let topic = topic_named(topic)?;
        let begun = Clock::now();
        let name = || format!("call {topic}");
        let mut span = Span::send(SpanKind::Client, &mut options.metadata, name);
        let result = self.inner.call(&topic, payload, options).await;
        span.close(&result);
        self.inner.figures.call(topic.as_str(), begun, &result);
        result
    }
}

impl Inner {
    async fn call(
        &self,
        topic: &Topic,
        payload: impl IntoPayload,
        options: CallOptions,
    ) -> Result<Reply, CallError> {
        let deadline = Instant::now() + self.timeout(&options);
        let repeated = options.idempotent;
        let event = Event {
            r#return: self.reply_topic.to_string(),
            ..event(topic, payload, options)?
        };
        // Before the request is written: the answer may be as fast as the broker's OK.
        let mut waiting = self.pending.register(event.id.clone()).map_err(refused)?;
        let mut offer = Offer {
            topic,
            event,
            nodes: self.nodes_for(topic),
            deadline,
            repeated,
        };
        let (node, _) = tokio::select! {
            // A reply may overtake the broker's OK, and then it is all we want.
            biased;
            reply = waiting.reply() => return Reply::from_payload(reply.payload),
            sent = self.offer(&mut offer) => sent?,
        };
        tokio::select! {
            biased;
            reply = self.answer(&mut waiting, offer, node) => Reply::from_payload(reply.payload),
            () = sleep_until(deadline) => Err(CallError::new(
                CallErrorKind::Timeout,
                "no answer within the deadline",
            )),
        }
    }

    /// Waits for the answer. A call that may be repeated goes to another broker when the
    /// connections to the one that has it break, under the same id: the first answer wins.
    async fn answer(
        &self,
        waiting: &mut Waiting,
        mut offer: Offer<'_>,
        mut node: Address,
    ) -> Event {
        while offer.repeated {
            tokio::select! {
                biased;
                reply = waiting.reply() => return reply,
                () = self.lost(&node) => {}
            }
            let again = tokio::select! {
                biased;
                reply = waiting.reply() => return reply,
                again = self.offer(&mut offer) => again,
            };
            match again {
                Ok((next, _)) => {
                    tracing::debug!(%node, %next, "a broker was lost: its call was sent to another");
                    node = next;
                }
                // What was sent first may still be answered.
                Err(_) => break,
            }
        }
        waiting.reply().await
    }

    /// Waits until the reply subscription at a broker is gone.
    async fn lost(&self, node: &Address) {
        let mut confirmed = self.confirmed.clone();
        let _ = confirmed.wait_for(|nodes| !nodes.contains(node)).await;
    }
}
