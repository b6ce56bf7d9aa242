//! What a consumer is told.

use std::fmt;
use std::sync::Arc;

use kubefuncs_nsq_proto::{Channel, Message, Topic};

use crate::backoff::Backoff;
use crate::config::ConnectionConfig;

/// What takes messages the moment they arrive: each is finished (FIN) as soon as the sink returns.
/// It runs in the task that reads the connection, so it must neither block nor panic; it saves
/// handing each message to another task and hearing from it again, which is worth it only where next
/// to nothing is done with one.
#[derive(Clone)]
pub struct Sink(Arc<SinkFn>);

type SinkFn = dyn Fn(Message) + Send + Sync;

impl Sink {
    /// Calls this for each message.
    pub fn new(take: impl Fn(Message) + Send + Sync + 'static) -> Self {
        Self(Arc::new(take))
    }

    pub(crate) fn take(&self, message: Message) {
        (self.0)(message);
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sink(…)")
    }
}

/// A subscription on every node.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConsumerConfig {
    /// The topic; created where it does not exist.
    pub topic: Topic,
    /// The channel; created where it does not exist. Consumers of one channel share its messages.
    pub channel: Channel,
    /// The most deliveries that are out at once, over all nodes. Default 1.
    pub max_in_flight: u32,
    /// Subscribed connections to each node. Default 1. A reply topic wants two or more: an
    /// ephemeral topic is deleted with all its messages when its only connection breaks for a
    /// moment.
    pub connections_per_node: u32,
    /// Whether the connection that publishes is subscribed, too, beside those of
    /// `connections_per_node`. nsqd answers a publish at once, and writes what it holds back for that
    /// connection with its answer: where much is published, messages come sooner and in fewer
    /// writes. In return a publish that nsqd refuses closes a connection that delivers, and what was
    /// under way on it comes again, elsewhere, when its time is over
    /// ([`ConnectionConfig::msg_timeout`]); for a minute after that the one that publishes connects
    /// without a subscription. Default `false`.
    pub shares_publisher: bool,
    /// Each connection.
    pub connection: ConnectionConfig,
    /// Takes every message the moment it arrives, instead of [`Consumer::recv`]: `None`, the
    /// default, is for handlers.
    ///
    /// [`Consumer::recv`]: crate::Consumer::recv
    pub sink: Option<Sink>,
    /// How long to wait between tries to connect.
    pub backoff: Backoff,
    /// The runtime that runs the connections; `None` for the current one. With an [`IoThread`] of
    /// its own, handlers that never yield cannot keep messages from being touched.
    ///
    /// [`IoThread`]: crate::IoThread
    pub runtime: Option<tokio::runtime::Handle>,
}

impl ConsumerConfig {
    /// The defaults, for a topic and channel.
    #[must_use]
    pub fn new(topic: Topic, channel: Channel) -> Self {
        Self {
            topic,
            channel,
            max_in_flight: 1,
            connections_per_node: 1,
            shares_publisher: false,
            connection: ConnectionConfig::default(),
            sink: None,
            backoff: Backoff::default(),
            runtime: None,
        }
    }
}
