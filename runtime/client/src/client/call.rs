//! Requests that wait for an answer.

use std::future::pending;

use kubefuncs_messages::Event;
use kubefuncs_nsq::{Address, Publishing, Topic};
use tokio::time::{Instant, sleep_until};

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
        let begun = Instant::now();
        let name = || format!("call {topic}");
        let mut span = Span::send(SpanKind::Client, &mut options.metadata, name);
        let result = self.inner.call(&topic, payload, options, begun).await;
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
        now: Instant,
    ) -> Result<Reply, CallError> {
        let deadline = now + self.timeout(&options);
        let repeated = options.idempotent;
        let event = Event {
            r#return: self.reply_topic.to_string(),
            ..event(topic, payload, options)?
        };
        // Before the request is written: the answer may be as fast as the broker's OK.
        let mut waiting = self.pending.register(event.id.clone()).map_err(refused)?;
        let mut request = Request {
            offer: Offer::new(self, topic, event, now, deadline),
            repeated,
            placed: None,
            out: false,
        };
        tokio::select! {
            biased;
            reply = waiting.reply() => Reply::from_payload(reply.payload),
            error = self.pursue(&mut request) => Err(error),
            () = sleep_until(deadline) => Err(request.expired()),
        }
    }

    /// Sees to it that a broker has the request, and ends only when none takes it. A request that
    /// may be repeated goes to another broker when the connections to the one that has it break,
    /// under the same id: the first answer wins.
    async fn pursue(&self, request: &mut Request<'_>) -> CallError {
        loop {
            let (node, publishing) = match self.place(&mut request.offer).await {
                Ok(placed) => request.placed.insert(placed),
                // What was sent first may still be answered.
                Err(_) if request.out => return pending().await,
                Err(error) => return error,
            };
            tokio::select! {
                biased;
                // Most requests stop here until their answer comes: nothing wakes them for an OK.
                error = publishing.failure() => {
                    if error.may_be_stored() {
                        request.out = true;
                        if !request.repeated {
                            return pending().await;
                        }
                    } else {
                        request.offer.not_taken(node, error);
                    }
                }
                () = self.lost(node), if request.repeated => {
                    tracing::debug!(%node, "a broker was lost: its call goes to another");
                    request.out = true;
                }
            }
            request.placed = None;
        }
    }

    /// Waits until the reply subscription at a broker is gone.
    async fn lost(&self, node: &Address) {
        let mut confirmed = self.confirmed.clone();
        let _ = confirmed.wait_for(|nodes| !nodes.contains(node)).await;
    }
}

/// A request on its way.
struct Request<'t> {
    offer: Offer<'t>,
    /// Whether a second broker may get it when it is not known that the first has not.
    repeated: bool,
    /// The broker that has it, or is about to.
    placed: Option<(Address, Publishing)>,
    /// Whether a broker may have it beside that.
    out: bool,
}

impl Request<'_> {
    /// The deadline has passed. What is still queued here is taken back.
    fn expired(&mut self) -> CallError {
        let sent = self
            .placed
            .as_mut()
            .is_some_and(|(_, publishing)| !publishing.cancel());
        if sent || self.out {
            CallError::new(CallErrorKind::Timeout, "no answer within the deadline")
        } else {
            self.offer.failed()
        }
    }
}
