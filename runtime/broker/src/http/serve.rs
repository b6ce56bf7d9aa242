//! A port that speaks HTTP.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{Identity, lookupd, nsqd};
use crate::hub::Hub;
use crate::listen;
use crate::lookupd::Shared;

/// Connections at once; further ones are closed.
const MAX_CONNECTIONS: usize = 1024;
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);

/// Whose endpoints a port has.
#[derive(Clone, Debug)]
pub(crate) enum Pages {
    Nsqd(Arc<Hub>, Arc<Identity>),
    Lookupd(Arc<Shared>),
}

impl Pages {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let reply = match self {
            Self::Nsqd(hub, identity) => {
                hub.gate.pass().await;
                nsqd::answer(hub, identity, request).await
            }
            Self::Lookupd(shared) => {
                shared.gate.pass().await;
                lookupd::answer(shared, request).await
            }
        };
        reply.into_response()
    }
}

/// Serves until `stop`, and closes everything then.
pub(crate) async fn serve(listener: TcpListener, pages: Pages, stop: CancellationToken) {
    let mut connections = JoinSet::new();
    while let Some((stream, _)) = listen::next(&listener, &stop).await {
        while connections.try_join_next().is_some() {}
        if connections.len() < MAX_CONNECTIONS {
            connections.spawn(connection(stream, pages.clone()));
        } else {
            tracing::warn!(MAX_CONNECTIONS, "too many connections: one is closed");
        }
    }
}

async fn connection(stream: TcpStream, pages: Pages) {
    let service = service_fn(|request| async { Ok::<_, Infallible>(pages.answer(request).await) });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection for HTTP ended early");
    }
}
