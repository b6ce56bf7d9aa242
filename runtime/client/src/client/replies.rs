//! The reply topic: one subscription on every broker, read without ever waiting for a waiter.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use kubefuncs_messages::{Event, Message, PING_ID};
use kubefuncs_nsq::{Channel, Consumer, ConsumerConfig, Topic};
use tokio_util::sync::CancellationToken;

use super::pending::Pending;
use crate::broker;
use crate::config::Config;

/// Two on every broker: when a lone connection blips, the broker deletes the ephemeral topic with
/// every reply in it.
const CONNECTIONS: u32 = 2;

/// Replies under way to us at once. Reading one takes microseconds, so this is never the limit.
const IN_FLIGHT: u32 = 1_024;

/// A reply that was delivered to a connection that died comes again on the other after this long.
const MESSAGE_TIMEOUT: Duration = Duration::from_secs(1);

pub(super) fn consumer(config: &Config, topic: &Topic) -> ConsumerConfig {
    let channel = Channel::new("default#ephemeral").expect("the channel has a name's form");
    let mut consumer = ConsumerConfig::new(topic.clone(), channel);
    consumer.max_in_flight = IN_FLIGHT;
    consumer.connections_per_node = CONNECTIONS;
    consumer.connection = broker::connection(config);
    consumer.connection.msg_timeout = Some(MESSAGE_TIMEOUT);
    consumer
}

/// Hands every reply to its call until the consumer closes or `stop` is cancelled.
pub(super) async fn read(
    replies: Consumer,
    pending: Pending,
    unmatched: Arc<AtomicU64>,
    stop: CancellationToken,
) {
    loop {
        let delivery = tokio::select! {
            () = stop.cancelled() => return,
            delivery = replies.recv() => delivery,
        };
        let Some(delivery) = delivery else { return };
        match Event::decode(delivery.body().clone()) {
            // Callers of the original announce their reply topic by it.
            Ok(event) if event.id == PING_ID => {}
            Ok(event) => {
                if !pending.complete(event) {
                    unmatched.fetch_add(1, Ordering::Relaxed);
                }
            }
            Err(error) => {
                unmatched.fetch_add(1, Ordering::Relaxed);
                tracing::debug!(%error, "a reply that is no event");
            }
        }
        // Nothing to wait for: a reply that is not acknowledged comes again and is unmatched.
        drop(delivery.finish());
    }
}
