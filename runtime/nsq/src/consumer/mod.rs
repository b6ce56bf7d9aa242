//! Messages of one topic and channel, from every node.

mod config;
mod director;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use kubefuncs_nsq_proto::Topic;
use tokio::sync::{mpsc, oneshot, watch};

pub use config::{ConsumerConfig, Sink};

use crate::address::{Address, NodeSet};
use crate::connection::Connection;
use crate::delivery::Delivery;
use crate::discovery::Discovery;
use crate::inbox::Inbox;
use crate::node::{Board, NodeSnapshot};
use crate::publish::PublishError;
use crate::publishers::{Publishers, stalled};
use director::{Close, Director};

/// What a consumer, its deliveries and its director share.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) publishers: Publishers,
    pub(crate) board: Board,
}

impl Core {
    pub(crate) fn new(max_in_flight: u32, sink: Option<Sink>) -> Self {
        Self {
            inbox: Arc::new(Inbox::new(max_in_flight, sink)),
            publishers: Publishers::default(),
            board: Board::default(),
        }
    }
}

/// What a drain left undone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drained {
    /// Messages no handler had seen: given back at once.
    pub unstarted: usize,
    /// Messages whose handler did not end within the grace: given back, and the handler told.
    pub abandoned: usize,
}

/// Subscribes to one topic and channel on every node, and stays subscribed: connections are made
/// again for as long as it lives. A clone is another handle to it; after the last one is dropped it
/// takes nothing more, and its connections close as the deliveries that are out are answered.
#[derive(Clone, Debug)]
pub struct Consumer {
    core: Arc<Core>,
    max_in_flight: Arc<watch::Sender<u32>>,
    confirmed: watch::Receiver<NodeSet>,
    close: mpsc::Sender<Close>,
}

impl Consumer {
    /// Starts to subscribe, in the background.
    ///
    /// # Panics
    /// Outside of a tokio runtime, unless the configuration names one.
    #[must_use]
    pub fn start(config: ConsumerConfig, discovery: &Discovery) -> Self {
        let core = Arc::new(Core::new(config.max_in_flight, config.sink.clone()));
        let max_in_flight = watch::Sender::new(config.max_in_flight);
        let (confirmed_in, confirmed) = watch::channel(NodeSet::default());
        let (close, closing) = mpsc::channel(1);
        let runtime = config.runtime.clone();
        let director = Director::new(
            config,
            core.clone(),
            discovery,
            max_in_flight.subscribe(),
            confirmed_in,
        );
        let run = director.run(closing);
        match runtime {
            Some(runtime) => runtime.spawn(run),
            None => tokio::spawn(run),
        };
        Self {
            core,
            max_in_flight: Arc::new(max_in_flight),
            confirmed,
            close,
        }
    }

    /// The next message, as soon as fewer than `max_in_flight` deliveries are out. `None` once the
    /// consumer is closed. Cancel safe, and callable from many tasks at once.
    pub async fn recv(&self) -> Option<Delivery> {
        let unstarted = self.core.inbox.take().await?;
        Some(Delivery::new(unstarted, self.core.clone()))
    }

    /// The nodes where nsqd has confirmed the subscription and a connection to publish is up. A node
    /// that has stalled is not among them, unless all have: see [`StallConfig`](crate::StallConfig).
    #[must_use]
    pub fn confirmed(&self) -> watch::Receiver<NodeSet> {
        self.confirmed.clone()
    }

    /// The publishing connection to a node, if it is up. It delivers nothing, unless it is
    /// [shared](ConsumerConfig::shares_publisher).
    #[must_use]
    pub fn publisher(&self, node: &Address) -> Option<Connection> {
        self.core.publishers.of(node)
    }

    /// What is known of each node: its links, what became of publishes, how fast it answers.
    #[must_use]
    pub fn snapshot(&self) -> Vec<NodeSnapshot> {
        self.core.board.snapshot()
    }

    /// How often a node was taken out of choice because it stalled, over all nodes there ever were.
    #[must_use]
    pub fn stalls(&self) -> u64 {
        self.core.board.stalls()
    }

    /// Publishes to one node, and waits for its `OK`. Cancel safe as [`Connection::publish`] is.
    /// Where another node would be the better choice, because this one is stalled or busy with its
    /// trial, or stalls before a byte is written, the message is
    /// [not sent](crate::PublishErrorKind::NotSent).
    ///
    /// # Errors
    /// [`PublishError`] says whether the message may be stored all the same.
    pub async fn publish_on(
        &self,
        node: &Address,
        topic: &Topic,
        body: Bytes,
    ) -> Result<(), PublishError> {
        let publisher = self
            .publisher(node)
            .ok_or_else(|| PublishError::not_sent(None))?;
        let publishers = &self.core.publishers;
        if publishers.has_better(&publisher) {
            return Err(stalled());
        }
        publishers.offer(&publisher, topic, None, body).await
    }

    /// Deliveries that are out.
    #[must_use]
    pub fn running(&self) -> u32 {
        self.core.inbox.running()
    }

    /// Changes how many deliveries may be out at once. 0 stops the flow, until it is raised again.
    pub fn set_max_in_flight(&self, max: u32) {
        self.core.inbox.set_limit(max);
        self.max_in_flight.send_replace(max);
    }

    /// Ends the subscription without losing anything: no more messages, what no handler has seen
    /// goes back at once, handlers that run have `grace` to end, the rest goes back, connections
    /// close. Dropping the future changes nothing of that. A second close waits for nothing and
    /// reports nothing.
    pub async fn close(&self, grace: Duration) -> Drained {
        let (done, drained) = oneshot::channel();
        if self.close.send(Close { grace, done }).await.is_err() {
            return Drained::default();
        }
        drained.await.unwrap_or_default()
    }
}
