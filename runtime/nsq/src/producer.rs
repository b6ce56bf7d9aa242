//! Publishing to any of several nodes.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use kubefuncs_nsq_proto::{ErrorCode, Topic};
use tokio::sync::{mpsc, watch};

use crate::address::NodeSet;
use crate::backoff::Backoff;
use crate::config::ConnectionConfig;
use crate::discovery::Discovery;
use crate::links::{Event, Links, Role};
use crate::node::{Board, NodeSnapshot};
use crate::publish::{PublishError, PublishErrorKind};
use crate::publishers::Publishers;

/// Connections that publish.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ProducerConfig {
    /// Each connection.
    pub connection: ConnectionConfig,
    /// How long to wait between tries to connect.
    pub backoff: Backoff,
    /// The runtime that runs the connections; `None` for the current one.
    pub runtime: Option<tokio::runtime::Handle>,
}

/// Publishes to whichever node is connected, one after the other in turn; nodes that have stalled
/// are left out until they answer again, see [`StallConfig`](crate::StallConfig). A clone is another
/// handle to the same connections, which close after the last is dropped.
#[derive(Clone, Debug)]
pub struct Producer {
    shared: Arc<Shared>,
    ready: watch::Receiver<NodeSet>,
    _alive: mpsc::Sender<()>,
}

#[derive(Debug, Default)]
struct Shared {
    publishers: Publishers,
    board: Board,
}

impl Producer {
    /// Starts to connect, in the background.
    ///
    /// # Panics
    /// Outside of a tokio runtime, unless the configuration names one.
    #[must_use]
    pub fn start(config: ProducerConfig, discovery: &Discovery) -> Self {
        let shared = Arc::new(Shared::default());
        let (ready_in, ready) = watch::channel(NodeSet::default());
        let (alive, gone) = mpsc::channel(1);
        let roles = vec![Role {
            subscription: None,
            publishes: true,
        }];
        let (links, events) = Links::new(roles, config.connection, config.backoff, discovery);
        let run = keep(
            links,
            events,
            shared.clone(),
            discovery.nodes(),
            ready_in,
            gone,
        );
        match config.runtime {
            Some(runtime) => runtime.spawn(run),
            None => tokio::spawn(run),
        };
        Self {
            shared,
            ready,
            _alive: alive,
        }
    }

    /// The nodes that are connected; without those that have stalled, unless all have.
    #[must_use]
    pub fn ready(&self) -> watch::Receiver<NodeSet> {
        self.ready.clone()
    }

    /// What is known of each node: its links, what became of publishes, how fast it answers.
    #[must_use]
    pub fn snapshot(&self) -> Vec<NodeSnapshot> {
        self.shared.board.snapshot()
    }

    /// How often a node was taken out of choice because it stalled, over all nodes there ever were.
    #[must_use]
    pub fn stalls(&self) -> u64 {
        self.shared.board.stalls()
    }

    /// Publishes to one node and waits for its `OK`. Another node is tried only when the message is
    /// surely not stored at the first: not sent, or refused for that node's own trouble such as a
    /// full disk, or not a byte of it written when that node stalled. Dropping the future un-sends
    /// nothing.
    ///
    /// # Errors
    /// The outcome at the last node that was tried; [`PublishErrorKind::NotSent`] when none is
    /// connected.
    pub async fn publish(&self, topic: &Topic, body: Bytes) -> Result<(), PublishError> {
        self.each(topic, None, body).await
    }

    /// As [`Producer::publish`], for a message that nsqd delivers only after `delay`.
    ///
    /// # Errors
    /// As [`Producer::publish`], and for a delay that nsqd does not take.
    pub async fn publish_deferred(
        &self,
        topic: &Topic,
        delay: Duration,
        body: Bytes,
    ) -> Result<(), PublishError> {
        self.each(topic, Some(delay), body).await
    }

    async fn each(
        &self,
        topic: &Topic,
        delay: Option<Duration>,
        body: Bytes,
    ) -> Result<(), PublishError> {
        let mut outcome = Err(PublishError::not_sent(None));
        for connection in self.shared.publishers.in_turn() {
            outcome = self
                .shared
                .publishers
                .offer(&connection, topic, delay, body.clone())
                .await;
            match &outcome {
                Err(error) if is_this_nodes_trouble(error) => {}
                _ => break,
            }
        }
        outcome
    }
}

/// Whether another node may take what this one did not. What nsqd refuses for its size or for want
/// of permission the others refuse as well, and each closes a connection over it.
fn is_this_nodes_trouble(error: &PublishError) -> bool {
    match error.kind() {
        PublishErrorKind::NotSent => true,
        PublishErrorKind::Rejected => error.server_error().is_some_and(|refusal| {
            matches!(refusal.code, ErrorCode::PubFailed | ErrorCode::DpubFailed)
        }),
        _ => false,
    }
}

/// Keeps a connection to each node, until the producer is gone.
async fn keep(
    mut links: Links,
    mut events: mpsc::Receiver<Event>,
    shared: Arc<Shared>,
    mut nodes: watch::Receiver<NodeSet>,
    ready: watch::Sender<NodeSet>,
    mut gone: mpsc::Receiver<()>,
) {
    nodes.mark_changed();
    loop {
        tokio::select! {
            Ok(()) = nodes.changed() => {
                let wanted = nodes.borrow_and_update().clone();
                links.sync(&wanted);
            }
            Some(event) = events.recv() => {
                links.apply(&event);
            }
            _ = gone.recv() => break,
        }
        let usable = Arc::new(links.usable());
        shared.publishers.set(links.publishers());
        shared.board.set(links.vitals());
        ready.send_if_modified(|known| {
            let changed = *known != usable;
            *known = usable;
            changed
        });
    }
}
