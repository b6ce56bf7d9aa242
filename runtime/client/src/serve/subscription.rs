//! Subscriptions that a function has beside its own.

use kubefuncs_nsq::{Address, Channel, Consumer, ConsumerConfig, Discovery, Topic};

use crate::broker;
use crate::config::Config;

/// A subscription on one broker, which creates topic and channel there and ends with the value.
pub(super) fn subscribe(
    config: &Config,
    node: &Address,
    topic: &Topic,
    channel: Channel,
    max_in_flight: u32,
) -> Consumer {
    let mut consumer = ConsumerConfig::new(topic.clone(), channel);
    consumer.max_in_flight = max_in_flight;
    consumer.connection = broker::connection(config);
    Consumer::start(consumer, &Discovery::fixed([node.clone()]))
}
