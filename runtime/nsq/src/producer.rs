//! Publishing to any of several nodes.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use kubefuncs_nsq_proto::Topic;
use tokio::sync::{mpsc, watch};

use crate::address::{Address, NodeSet};
use crate::backoff::Backoff;
use crate::config::ConnectionConfig;
use crate::connection::Connection;
use crate::discovery::Discovery;
use crate::links::{Event, Links, Role};
use crate::publish::{PublishError, PublishErrorKind};

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

/// Publishes to whichever node is connected, one after the other in turn. A clone is another handle
/// to the same connections, which close after the last is dropped.
#[derive(Clone, Debug)]
pub struct Producer {
    shared: Arc<Shared>,
    ready: watch::Receiver<NodeSet>,
    _alive: mpsc::Sender<()>,
}

#[derive(Debug, Default)]
struct Shared {
    connections: RwLock<BTreeMap<Address, Connection>>,
    turn: AtomicUsize,
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
        let run = keep(
            config.clone(),
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

    /// The nodes that are connected.
    #[must_use]
    pub fn ready(&self) -> watch::Receiver<NodeSet> {
        self.ready.clone()
    }

    /// Publishes to one node and waits for its `OK`. Another node is tried only when the message is
    /// surely not stored at the first. Dropping the future un-sends nothing.
    ///
    /// # Errors
    /// The outcome at the last node that was tried; [`PublishErrorKind::NotSent`] when none is
    /// connected.
    pub async fn publish(&self, topic: &Topic, body: Bytes) -> Result<(), PublishError> {
        self.each(async |connection| connection.reserve(topic, body.clone()).await?.send().await)
            .await
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
        self.each(async |connection| {
            connection
                .reserve_deferred(topic, delay, body.clone())
                .await?
                .send()
                .await
        })
        .await
    }

    async fn each(
        &self,
        publish: impl AsyncFn(&Connection) -> Result<(), PublishError>,
    ) -> Result<(), PublishError> {
        let connections: Vec<Connection> = {
            let connections = self
                .shared
                .connections
                .read()
                .unwrap_or_else(PoisonError::into_inner);
            connections.values().cloned().collect()
        };
        let turn = self.shared.turn.fetch_add(1, Ordering::Relaxed);
        let mut outcome = Err(PublishError::not_sent(None));
        for n in 0..connections.len() {
            outcome = publish(&connections[turn.wrapping_add(n) % connections.len()]).await;
            match &outcome {
                Err(error)
                    if matches!(
                        error.kind(),
                        PublishErrorKind::NotSent | PublishErrorKind::Rejected
                    ) => {}
                _ => break,
            }
        }
        outcome
    }
}

/// Keeps a connection to each node, until the producer is gone.
async fn keep(
    config: ProducerConfig,
    shared: Arc<Shared>,
    mut nodes: watch::Receiver<NodeSet>,
    ready: watch::Sender<NodeSet>,
    mut gone: mpsc::Receiver<()>,
) {
    let (mut links, mut events): (Links, mpsc::Receiver<Event>) =
        Links::new(vec![Role::Publish], config.connection, config.backoff);
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
        let connections = links.publishers();
        let usable = Arc::new(links.usable());
        *shared
            .connections
            .write()
            .unwrap_or_else(PoisonError::into_inner) = connections;
        ready.send_if_modified(|known| {
            let changed = *known != usable;
            *known = usable;
            changed
        });
    }
}
