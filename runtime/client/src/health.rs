//! `/healthz` and `/readyz` for the orchestrator.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::rt::{TokioIo, TokioTimer};
use kubefuncs_nsq::NodeSet;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};

use crate::error::Error;

/// Probes come one at a time; whoever opens more connections waits.
const CONNECTIONS: usize = 64;
/// A connection that says nothing for this long is closed.
const PATIENCE: Duration = Duration::from_secs(10);

const STARTING: u8 = 0;
const READY: u8 = 1;
const LEAVING: u8 = 2;

/// The health server of a function.
///
/// `/readyz` answers 200 once a broker has confirmed the subscription, and goes on doing so
/// without one: taking functions out of service does not bring a broker back. While the function
/// drains it answers 503. `?ready=1` on any path asks the same: manifests use that form, since a
/// container that knows nothing of it answers as it would without. Everything else is answered
/// with 200 for as long as the process lives, as functions of the original do.
#[derive(Debug)]
pub(crate) struct Health {
    addr: SocketAddr,
    state: Arc<AtomicU8>,
    handle: Handle,
}

impl Health {
    /// Listens on `host:port`, or on every address of the machine for `:port`, and serves on the
    /// executor of `handle`.
    pub(crate) async fn start(address: &str, handle: &Handle) -> Result<Self, Error> {
        let state = Arc::new(AtomicU8::new(STARTING));
        let served = Arc::clone(&state);
        let target = address.to_owned();
        // Bound there too: a socket belongs to the executor that made it.
        let bound = handle.spawn(async move {
            let listener = listen(&target).await?;
            let addr = listener.local_addr()?;
            tokio::spawn(accept(listener, served));
            Ok(addr)
        });
        let addr = bound
            .await
            .unwrap_or_else(|error| Err(std::io::Error::other(error)))
            .map_err(|error| Error::health(address, error))?;
        Ok(Self {
            addr,
            state,
            handle: handle.clone(),
        })
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Becomes ready when there is a first confirmed broker, and stays so.
    pub(crate) fn ready_once(&self, mut confirmed: watch::Receiver<NodeSet>) {
        let state = Arc::clone(&self.state);
        self.handle.spawn(async move {
            if confirmed.wait_for(|nodes| !nodes.is_empty()).await.is_ok() {
                let first =
                    state.compare_exchange(STARTING, READY, Ordering::AcqRel, Ordering::Acquire);
                if first.is_ok() {
                    tracing::info!("ready");
                }
            }
        });
    }

    pub(crate) fn not_ready(&self) {
        self.state.store(LEAVING, Ordering::Release);
    }
}

async fn listen(address: &str) -> std::io::Result<TcpListener> {
    let Some(port) = address.strip_prefix(':') else {
        return TcpListener::bind(address).await;
    };
    // The IPv6 wildcard takes IPv4, too, where the machine has both.
    match TcpListener::bind(format!("[::]:{port}")).await {
        Ok(listener) => Ok(listener),
        Err(_) => TcpListener::bind(format!("0.0.0.0:{port}")).await,
    }
}

async fn accept(listener: TcpListener, state: Arc<AtomicU8>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                let state = Arc::clone(&state);
                tokio::spawn(async move {
                    serve(stream, &state).await;
                    drop(place);
                });
            }
            Err(error) => {
                // Mostly no file descriptors left: others must end first.
                tracing::warn!(%error, "a health check could not connect");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, state: &AtomicU8) {
    let service = service_fn(|request: Request<Incoming>| {
        let answer = answer(request.uri(), state.load(Ordering::Acquire));
        std::future::ready(Ok::<_, Infallible>(answer))
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(16 * 1024)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a health check broke off");
    }
}

fn answer(uri: &Uri, state: u8) -> Response<Full<Bytes>> {
    let readiness = uri.path() == "/readyz" || uri.query() == Some("ready=1");
    let (status, text) = match state {
        STARTING if readiness => (StatusCode::SERVICE_UNAVAILABLE, "starting\n"),
        LEAVING if readiness => (StatusCode::SERVICE_UNAVAILABLE, "leaving\n"),
        _ => (StatusCode::OK, "ok\n"),
    };
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    response
}
