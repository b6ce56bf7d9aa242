//! The reply topic: one subscription on every broker, read without ever waiting for a waiter.

use std::time::Duration;

use bytes::Bytes;
use kubefuncs_messages::{Event, Message, PING_ID};
use kubefuncs_nsq::{Channel, ConsumerConfig, Sink, Topic};

use super::pending::Pending;
use crate::broker;
use crate::config::Config;
use crate::metrics::prometheus::IntCounter;
use crate::outcome;

/// Two on every broker, beside the one that requests go out by: when a lone connection blips, the
/// broker deletes the ephemeral topic with every reply in it.
const CONNECTIONS: u32 = 2;

/// Replies under way to us at once. Reading one takes microseconds, so this is never the limit.
const IN_FLIGHT: u32 = 1_024;

/// A reply that was delivered to a connection that died comes again on the other after this long.
const MESSAGE_TIMEOUT: Duration = Duration::from_secs(1);

/// Where replies go.
pub(super) struct Waiting {
    pub(super) calls: Pending,
    pub(super) submissions: Pending,
    pub(super) unmatched: IntCounter,
}

pub(super) fn consumer(config: &Config, topic: &Topic, waiting: Waiting) -> ConsumerConfig {
    let channel = Channel::new("default#ephemeral").expect("the channel has a name's form");
    let mut consumer = ConsumerConfig::new(topic.clone(), channel);
    consumer.max_in_flight = IN_FLIGHT;
    consumer.connections_per_node = CONNECTIONS;
    // Requests go out where answers come in, and nsqd writes both sooner.
    consumer.shares_publisher = true;
    consumer.connection = broker::connection(config);
    consumer.connection.msg_timeout = Some(MESSAGE_TIMEOUT);
    // A task of its own between the connection and the call that waits would cost each call a wait
    // for a processor. A reply whose FIN is lost comes again and is unmatched.
    consumer.sink = Some(Sink::new(move |message| waiting.take(message.body)));
    consumer
}

impl Waiting {
    /// Hands a reply to its call, or an outcome to its submission. It never waits.
    fn take(&self, body: Bytes) {
        match Event::decode(body) {
            // Callers of the original announce their reply topic by it.
            Ok(event) if event.id == PING_ID => {}
            Ok(event) => {
                let waiting = match outcome::is_outcome(&event) {
                    true => &self.submissions,
                    false => &self.calls,
                };
                if !waiting.complete(event) {
                    self.unmatched.inc();
                }
            }
            Err(error) => {
                self.unmatched.inc();
                tracing::debug!(%error, "a reply that is no event");
            }
        }
    }
}
