//! Which broker gets a request, and what its answer means.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use kubefuncs_messages::{Event, Message};
use kubefuncs_nsq::{Address, NodeSet, PublishError, PublishErrorKind, Topic};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};

use super::Inner;
use crate::error::{CallError, CallErrorKind};

/// How many brokers a request is offered to before it has failed.
const TRIES: usize = 2;

/// How long a request that no broker took waits for one: a connection that broke is made again at
/// once, and until then nobody need be told.
const GRACE: Duration = Duration::from_millis(500);

/// Before a broker that did not take a request is offered it again.
const BREATH: Duration = Duration::from_millis(10);

/// What came of one publish to one broker.
pub(super) enum Sent {
    /// The broker confirmed.
    Stored,
    /// It may be stored: written, and not confirmed.
    Maybe(Option<PublishError>),
    /// Certainly not stored.
    Not(Option<PublishError>),
}

/// An event on its way to a broker.
pub(super) struct Offer<'t> {
    pub(super) topic: &'t Topic,
    pub(super) event: Event,
    /// The brokers that were not tried yet, the next one last.
    pub(super) nodes: Vec<Address>,
    pub(super) deadline: Instant,
    /// Whether a second broker may get it when it is not known that the first has not.
    pub(super) repeated: bool,
}

impl Inner {
    /// Offers an event to one broker after the other, and gives the one that has stored it, or may
    /// have.
    pub(super) async fn offer(&self, offer: &mut Offer<'_>) -> Result<(Address, Sent), CallError> {
        let (topic, deadline) = (offer.topic, offer.deadline);
        let grace = deadline.min(Instant::now() + GRACE);
        let (mut failure, mut maybe, mut refused) = (None, None, false);
        loop {
            let Some(node) = offer.nodes.pop() else {
                if maybe.is_none() && !refused && recovers(self.confirmed.clone(), grace).await {
                    offer.nodes = self.nodes_for(topic);
                    continue;
                }
                return maybe.ok_or_else(|| unavailable(failure));
            };
            let body = self.encode(&mut offer.event, deadline)?;
            match self.publish_on(&node, topic, body, deadline).await {
                Sent::Maybe(error) if offer.repeated => maybe = Some((node, Sent::Maybe(error))),
                Sent::Not(Some(error)) if error.kind() == PublishErrorKind::Size => {
                    return Err(too_large(error));
                }
                Sent::Not(error) => {
                    tracing::debug!(%node, ?error, "an event was not taken");
                    let kind = error.as_ref().map(PublishError::kind);
                    refused |= kind == Some(PublishErrorKind::Rejected);
                    failure = error.or(failure);
                }
                sent => return Ok((node, sent)),
            }
        }
    }

    /// Publishes to one broker with a reply subscription, until `deadline`: what is still queued
    /// here then is taken back.
    async fn publish_on(
        &self,
        node: &Address,
        topic: &Topic,
        body: Bytes,
        deadline: Instant,
    ) -> Sent {
        let Some(publisher) = self.replies.publisher(node) else {
            return Sent::Not(None);
        };
        let mut publishing = match timeout_at(deadline, publisher.reserve(topic, body)).await {
            Ok(Ok(reserved)) => reserved.send(),
            Ok(Err(error)) => return Sent::Not(Some(error)),
            Err(_) => return Sent::Not(None),
        };
        match timeout_at(deadline, &mut publishing).await {
            Ok(Ok(())) => Sent::Stored,
            Ok(Err(error)) if error.may_be_stored() => Sent::Maybe(Some(error)),
            Ok(Err(error)) => Sent::Not(Some(error)),
            Err(_) if publishing.cancel() => Sent::Not(None),
            Err(_) => Sent::Maybe(None),
        }
    }

    /// Publishes an event wherever a broker takes it.
    pub(super) async fn send_event(
        &self,
        topic: &Topic,
        mut event: Event,
        deadline: Instant,
    ) -> Result<(), CallError> {
        let body = self.encode(&mut event, deadline)?;
        let grace = deadline.min(Instant::now() + GRACE);
        loop {
            let publishing = self.producer.publish(topic, body.clone());
            let Ok(outcome) = timeout_at(deadline, publishing).await else {
                return Err(unconfirmed(None));
            };
            let Err(error) = outcome else { return Ok(()) };
            return Err(match error.kind() {
                PublishErrorKind::NotSent if recovers(self.producer.ready(), grace).await => {
                    continue;
                }
                PublishErrorKind::Size => too_large(error),
                PublishErrorKind::Unknown => unconfirmed(Some(error)),
                _ => unavailable(Some(error)),
            });
        }
    }

    /// The brokers to try, the last one first: each in its turn, those where the topic is known to
    /// have a consumer before the others.
    pub(super) fn nodes_for(&self, topic: &Topic) -> Vec<Address> {
        let nodes = self.confirmed.borrow().clone();
        let serving = self.watches.serving(topic, nodes.len());
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let first = turn.checked_rem(nodes.len()).unwrap_or(0);
        let in_turn = nodes.iter().cycle().skip(first).take(nodes.len());
        let mut nodes: Vec<_> = in_turn.cloned().collect();
        nodes.sort_by_key(|node| !serving.contains(node));
        nodes.truncate(TRIES);
        nodes.reverse();
        nodes
    }

    /// Writes an event, with what is left of its budget if somebody waits for the answer.
    fn encode(&self, event: &mut Event, deadline: Instant) -> Result<Bytes, CallError> {
        if !event.r#return.is_empty() {
            event.budget_ms = budget_ms(deadline);
        }
        let (size, limit) = (event.encoded_len(), self.config.max_message);
        if size > limit {
            let reason = format!("an event of {size} bytes: the brokers take {limit}");
            return Err(CallError::new(CallErrorKind::TooLarge, reason));
        }
        Ok(event.encode_to_vec().into())
    }
}

/// Waits until a broker may take what none has, and says whether there is one before `grace` is
/// over.
async fn recovers(mut nodes: watch::Receiver<NodeSet>, grace: Instant) -> bool {
    sleep(BREATH).await;
    let found = timeout_at(grace, nodes.wait_for(|nodes| !nodes.is_empty())).await;
    found.is_ok_and(|found| found.is_ok()) && Instant::now() < grace
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

pub(super) fn unconfirmed(error: Option<PublishError>) -> CallError {
    let kind = CallErrorKind::Unknown;
    match error {
        Some(error) => CallError::new(kind, "the event may be stored or not").with_source(error),
        None => CallError::new(kind, "no confirmation within the deadline"),
    }
}

fn unavailable(error: Option<PublishError>) -> CallError {
    let kind = CallErrorKind::Unavailable;
    match error {
        Some(error) => CallError::new(kind, "no broker took it").with_source(error),
        None => CallError::new(kind, "no broker is ready to take it"),
    }
}
