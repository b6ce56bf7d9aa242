//! Connections in, requests out: one listening port over hyper.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::limits::Limits;
use crate::patience::Patience;

/// After an error of the listener that is not one client's, such as no descriptors being left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves a port until `stop`, then every connection to its end: an idle one is closed, a busy
/// one gets its answer. Dropping the future cuts all of them.
pub(crate) async fn serve<H, F>(
    listener: TcpListener,
    limits: &Limits,
    stop: &CancellationToken,
    handler: H,
) where
    H: Fn(SocketAddr, Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(limits.connections));
    let mut connections = JoinSet::new();
    let accept = async {
        loop {
            while connections.try_join_next().is_some() {}
            let Ok(place) = places.clone().acquire_owned().await else {
                return;
            };
            let (socket, peer) = accept(&listener).await;
            let connection = connection(socket, peer, limits, stop.clone(), handler.clone());
            connections.spawn(async move {
                connection.await;
                drop(place);
            });
        }
    };
    tokio::select! {
        () = stop.cancelled() => (),
        () = accept => (),
    }
    // Closed first: a client that comes now is refused and tries elsewhere.
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => match error.kind() {
                ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted => (),
                _ => {
                    tracing::warn!(%error, "cannot take a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
}

/// Serves one connection.
fn connection<H, F>(
    socket: TcpStream,
    peer: SocketAddr,
    limits: &Limits,
    stop: CancellationToken,
    handler: H,
) -> impl Future<Output = ()> + use<H, F>
where
    H: Fn(SocketAddr, Request<Incoming>) -> F,
    F: Future<Output = Response<Full<Bytes>>>,
{
    // An answer is written at once and whole; waiting for more would only delay it. The call
    // fails on a socket that is closed already, which shows soon enough.
    let _ = socket.set_nodelay(true);
    let socket = Patience::new(socket, limits.head_timeout, limits.write_timeout);
    let phase = socket.phase();
    let service = service_fn(move |request| {
        phase.begin();
        let (phase, answer) = (phase.clone(), handler(peer, request));
        async move {
            let answer = answer.await;
            phase.end();
            Ok::<_, std::convert::Infallible>(answer)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.idle_timeout)
        .max_header_size(limits.head)
        .max_buf_size(limits.head * 2)
        .serve_connection(TokioIo::new(socket), service);
    async move {
        let mut connection = std::pin::pin!(connection);
        let result = tokio::select! {
            result = connection.as_mut() => result,
            () = stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        // A client that breaks off, or sends what is no HTTP, is its own affair.
        if let Err(error) = result {
            tracing::debug!(%peer, %error, "connection ended");
        }
    }
}
