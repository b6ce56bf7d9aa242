//! Connections in, requests out: one listening port over hyper.

mod http1;
mod http2;
mod protocol;
mod traffic;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::lifecycle::Lifecycle;
use crate::limits::Limits;
use crate::visit::Peer;
use protocol::Protocol;

/// After an error of the listener that is not one client's, such as no descriptors being left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves a port until the lifecycle closes, then every connection to its end: an idle one is
/// closed, a busy one gets its answers. Dropping the future cuts all of them.
///
/// What `opened` makes for a connection lives as long as that.
pub(crate) async fn serve<G, H, F>(
    listener: TcpListener,
    limits: &Limits,
    lifecycle: &Lifecycle,
    opened: impl Fn() -> G,
    handler: H,
) where
    G: Send + 'static,
    H: Fn(Peer, Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<Bytes>> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(limits.connections));
    let limits = Arc::new(limits.clone());
    let mut connections = JoinSet::new();
    let accept = async {
        loop {
            while connections.try_join_next().is_some() {}
            let Ok(place) = places.clone().acquire_owned().await else {
                return;
            };
            let (socket, peer) = accept(&listener).await;
            let connection = connection(
                socket,
                peer,
                limits.clone(),
                lifecycle.clone(),
                handler.clone(),
            );
            let guard = (place, opened());
            connections.spawn(async move {
                connection.await;
                drop(guard);
            });
        }
    };
    tokio::select! {
        () = lifecycle.closed() => (),
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
async fn connection<H, F>(
    socket: TcpStream,
    peer: SocketAddr,
    limits: Arc<Limits>,
    lifecycle: Lifecycle,
    handler: H,
) where
    H: Fn(Peer, Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<Bytes>> + Send + 'static,
{
    // An answer is written at once and whole; waiting for more would only delay it. The call
    // fails on a socket that is closed already, which shows soon enough.
    let _ = socket.set_nodelay(true);
    let spoken = tokio::select! {
        spoken = tokio::time::timeout(limits.head_timeout, protocol::of(&socket)) => spoken,
        () = lifecycle.closed() => return,
    };
    let name = Peer::from(peer.to_string());
    let handler = move |request| handler(name.clone(), request);
    let ended = match spoken {
        Ok(Protocol::Http1) => http1::serve(socket, &limits, &lifecycle, handler).await,
        Ok(Protocol::Http2) => http2::serve(socket, &limits, &lifecycle, handler).await,
        Err(_) => return,
    };
    // A client that breaks off, or sends what is no HTTP, is its own affair.
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "connection ended");
    }
}
