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
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::reply::Reply;
use super::{Identity, lookupd, nsqd};
use crate::hub::Hub;
use crate::listen;
use crate::lookupd::Shared;
use crate::tls::{Tls, TlsRequired};

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
    async fn answer(&self, request: Request<Incoming>, over_tls: bool) -> Response<Full<Bytes>> {
        let reply = match self {
            Self::Nsqd(hub, identity) => {
                hub.gate.pass().await;
                if hub.tls_required() == TlsRequired::Yes && !over_tls {
                    Reply::tls_required(identity.https.map_or(0, |https| https.port()))
                } else {
                    nsqd::answer(hub, identity, request).await
                }
            }
            Self::Lookupd(shared) => {
                shared.gate.pass().await;
                lookupd::answer(shared, request).await
            }
        };
        reply.into_response()
    }
}

/// Serves until `stop`, over TLS if it is given, and closes everything then.
pub(crate) async fn serve(
    listener: TcpListener,
    pages: Pages,
    tls: Option<Tls>,
    stop: CancellationToken,
) {
    let mut connections = JoinSet::new();
    while let Some((stream, _)) = listen::next(&listener, &stop).await {
        while connections.try_join_next().is_some() {}
        if connections.len() < MAX_CONNECTIONS {
            connections.spawn(connection(stream, pages.clone(), tls.clone()));
        } else {
            tracing::warn!(MAX_CONNECTIONS, "too many connections: one is closed");
        }
    }
}

async fn connection(stream: TcpStream, pages: Pages, tls: Option<Tls>) {
    let served = match tls {
        None => exchange(stream, pages, false).await,
        Some(tls) => match tls.accept(stream, HEADER_TIMEOUT).await {
            Ok((stream, _)) => exchange(stream, pages, true).await,
            Err(error) => {
                tracing::debug!(%error, "a connection for HTTPS did not come about");
                return;
            }
        },
    };
    if let Err(error) = served {
        tracing::debug!(%error, "a connection for HTTP ended early");
    }
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    pages: Pages,
    over_tls: bool,
) -> hyper::Result<()> {
    let service =
        service_fn(|request| async { Ok::<_, Infallible>(pages.answer(request, over_tls).await) });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .await
}
