//! Which broker gets a request, and what its answer means.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use kubefuncs_messages::{Event, Message};
use kubefuncs_nsq::{Address, NodeSet, PublishError, PublishErrorKind, Publishing, Topic};
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

/// An event on its way to a broker.
pub(super) struct Offer<'t> {
    pub(super) topic: &'t Topic,
    pub(super) event: Event,
    pub(super) deadline: Instant,
    /// The brokers that were not tried yet, the next one last.
    nodes: Vec<Address>,
    /// For how long it waits for a broker when there is none.
    grace: Instant,
    /// Why the last broker did not take it.
    failure: Option<PublishError>,
    /// Whether a broker said no to it.
    refused: bool,
}

impl<'t> Offer<'t> {
    pub(super) fn new(
        inner: &Inner,
        topic: &'t Topic,
        event: Event,
        now: Instant,
        deadline: Instant,
    ) -> Self {
        Self {
            nodes: inner.nodes_for(topic),
            grace: deadline.min(now + GRACE),
            topic,
            event,
            deadline,
            failure: None,
            refused: false,
        }
    }

    /// A broker certainly did not store it.
    pub(super) fn not_taken(&mut self, node: &Address, error: PublishError) {
        tracing::debug!(%node, %error, "an event was not taken");
        self.refused |= error.kind() == PublishErrorKind::Rejected;
        self.failure = Some(error);
    }

    /// No broker has it.
    pub(super) fn failed(&mut self) -> CallError {
        unavailable(self.failure.take())
    }
}

impl Inner {
    /// Queues an event for the next broker with a reply subscription that has room for it.
    ///
    /// # Errors
    /// There is none, or the event is too large.
    pub(super) async fn place(
        &self,
        offer: &mut Offer<'_>,
    ) -> Result<(Address, Publishing), CallError> {
        loop {
            let Some(node) = offer.nodes.pop() else {
                if offer.refused || !recovers(self.confirmed.clone(), offer.grace).await {
                    return Err(offer.failed());
                }
                offer.nodes = self.nodes_for(offer.topic);
                continue;
            };
            let body = self.encode(&mut offer.event, offer.deadline)?;
            let Some(publisher) = self.replies.publisher(&node) else {
                continue;
            };
            match publisher.reserve(offer.topic, body).await {
                Ok(reserved) => {
                    let publishing = match is_awaited(&offer.event) {
                        // Stored or not, its caller waits for the answer.
                        true => reserved.send_joined(),
                        false => reserved.send(),
                    };
                    return Ok((node, publishing));
                }
                Err(error) if error.kind() == PublishErrorKind::Size => {
                    return Err(too_large(error));
                }
                Err(error) => offer.not_taken(&node, error),
            }
        }
    }

    /// Offers an event to one broker after the other until one has stored it. What is still queued
    /// here at the deadline is taken back.
    pub(super) async fn store(&self, offer: &mut Offer<'_>) -> Result<(), CallError> {
        let deadline = offer.deadline;
        loop {
            let Ok(placed) = timeout_at(deadline, self.place(offer)).await else {
                return Err(offer.failed());
            };
            let (node, mut publishing) = placed?;
            match timeout_at(deadline, &mut publishing).await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(error)) if error.may_be_stored() => return Err(unconfirmed(Some(error))),
                Ok(Err(error)) => offer.not_taken(&node, error),
                Err(_) if publishing.cancel() => return Err(offer.failed()),
                Err(_) => return Err(unconfirmed(None)),
            }
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
    fn nodes_for(&self, topic: &Topic) -> Vec<Address> {
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
        if is_awaited(event) {
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

/// Whether its sender waits for the answer.
fn is_awaited(event: &Event) -> bool {
    !event.r#return.is_empty()
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

fn unconfirmed(error: Option<PublishError>) -> CallError {
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
