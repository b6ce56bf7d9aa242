//! The connections that publish, one to each node, and which of them to choose.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use kubefuncs_nsq_proto::Topic;

use crate::address::Address;
use crate::connection::Connection;
use crate::error::Error;
use crate::publish::PublishError;

/// Shared between those who publish and the task that keeps the connections.
#[derive(Debug, Default)]
pub(crate) struct Publishers {
    connections: RwLock<Arc<BTreeMap<Address, Connection>>>,
    turn: AtomicUsize,
}

impl Publishers {
    pub(crate) fn set(&self, connections: BTreeMap<Address, Connection>) {
        *self
            .connections
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(connections);
    }

    fn all(&self) -> Arc<BTreeMap<Address, Connection>> {
        self.connections
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The connection to a node, whatever its health.
    pub(crate) fn of(&self, node: &Address) -> Option<Connection> {
        self.all().get(node).cloned()
    }

    /// Whether another node would be the better choice than `connection`.
    pub(crate) fn has_better(&self, connection: &Connection) -> bool {
        !connection.is_healthy() && self.all().values().any(Connection::is_healthy)
    }

    /// The connections to try, one node after the other, beginning with whose turn it is. Healthy
    /// ones only, unless there is none.
    pub(crate) fn in_turn(&self) -> Vec<Connection> {
        let all = self.all();
        let mut chosen: Vec<_> = all.values().filter(|one| one.is_healthy()).collect();
        if chosen.is_empty() {
            chosen = all.values().collect();
        }
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let first = turn.checked_rem(chosen.len()).unwrap_or(0);
        chosen.rotate_left(first);
        chosen.into_iter().cloned().collect()
    }

    /// Publishes there, unless the node stalls before a byte is written and another would do
    /// better.
    pub(crate) async fn offer(
        &self,
        connection: &Connection,
        topic: &Topic,
        delay: Option<Duration>,
        body: Bytes,
    ) -> Result<(), PublishError> {
        let reserving = async {
            match delay {
                Some(delay) => connection.reserve_deferred(topic, delay, body).await,
                None => connection.reserve(topic, body).await,
            }
        };
        tokio::pin!(reserving);
        let reserved = tokio::select! {
            biased;
            reserved = &mut reserving => reserved?,
            elsewhere = self.better_elsewhere(connection) => {
                if elsewhere {
                    return Err(stalled());
                }
                reserving.await?
            }
        };
        let mut publishing = reserved.send();
        tokio::select! {
            biased;
            outcome = &mut publishing => outcome,
            elsewhere = self.better_elsewhere(connection) => {
                if elsewhere && publishing.cancel() {
                    return Err(stalled());
                }
                publishing.await
            }
        }
    }

    /// Waits until the connection stalls. Whether another one would do better then.
    async fn better_elsewhere(&self, connection: &Connection) -> bool {
        connection.until_stalled(true).await;
        self.has_better(connection)
    }
}

/// Not sent, because others do better.
pub(crate) fn stalled() -> PublishError {
    PublishError::not_sent(Some(Error::timeout(
        "publishing to a node that has stalled",
    )))
}
