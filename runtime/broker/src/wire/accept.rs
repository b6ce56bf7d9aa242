//! The port for clients.

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::session;
use crate::hub::Hub;
use crate::listen;

/// Serves connections until `stop`, and returns when all of them are closed.
pub(crate) async fn accept(listener: TcpListener, hub: Arc<Hub>, stop: CancellationToken) {
    let most = hub.config.bounds.connections;
    let mut sessions = JoinSet::new();
    while let Some((stream, remote)) = listen::next(&listener, &stop).await {
        while sessions.try_join_next().is_some() {}
        if sessions.len() < most {
            let (hub, stop) = (Arc::clone(&hub), stop.clone());
            sessions.spawn(session::serve(hub, stream, remote, stop));
        } else {
            tracing::warn!(most, "too many connections: one is closed");
        }
    }
    drop(listener);
    while sessions.join_next().await.is_some() {}
}
