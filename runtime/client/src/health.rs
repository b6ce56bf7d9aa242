//! `/healthz` and `/readyz` for the orchestrator, `/metrics` for Prometheus.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::rt::{TokioIo, TokioTimer};
use kubefuncs_nsq::NodeSet;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};

use crate::error::Error;
use crate::metrics::Metrics;

/// Probes come one at a time; whoever opens more connections waits.
const CONNECTIONS: usize = 64;
/// A connection that says nothing for this long is closed.
const PATIENCE: Duration = Duration::from_secs(10);

const STARTING: u8 = 0;
const READY: u8 = 1;
const LEAVING: u8 = 2;
/// Added to the others while something else is missing.
const UNAVAILABLE: u8 = 128;

/// The health server of a function.
///
/// `/readyz` answers 200 once a broker has confirmed the subscription, and goes on doing so
/// without one: taking functions out of service does not bring a broker back. While the function
/// drains, or lacks something else that it was said to need, it answers 503. `?ready=1` on any path
/// asks the same: manifests use that form, since a container that knows nothing of it answers as it
/// would without. `/metrics` tells what was counted. Everything else is answered with 200 for as
/// long as the process lives, as functions of the original do.
#[derive(Debug)]
pub(crate) struct Health {
    addr: SocketAddr,
    state: Arc<AtomicU8>,
    handle: Handle,
}

impl Health {
    /// Listens on `host:port`, or on every address of the machine for `:port`, and serves on the
    /// executor of `handle`.
    pub(crate) async fn start(
        address: &str,
        metrics: Metrics,
        handle: &Handle,
    ) -> Result<Self, Error> {
        let state = Arc::new(AtomicU8::new(STARTING));
        let served = Arc::clone(&state);
        let target = address.to_owned();
        // Bound there too: a socket belongs to the executor that made it.
        let bound = handle.spawn(async move {
            let listener = listen(&target).await?;
            let addr = listener.local_addr()?;
            tokio::spawn(accept(listener, served, metrics));
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
                let ready = |state: u8| (state & !UNAVAILABLE == STARTING).then_some(state | READY);
                let first = state.fetch_update(Ordering::AcqRel, Ordering::Acquire, ready);
                if first.is_ok() {
                    tracing::info!("ready");
                }
            }
        });
    }

    pub(crate) fn not_ready(&self) {
        self.state.store(LEAVING, Ordering::Release);
    }

    pub(crate) fn set_available(&self, available: bool) {
        match available {
            true => self.state.fetch_and(!UNAVAILABLE, Ordering::AcqRel),
            false => self.state.fetch_or(UNAVAILABLE, Ordering::AcqRel),
        };
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

async fn accept(listener: TcpListener, state: Arc<AtomicU8>, metrics: Metrics) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                let (state, metrics) = (Arc::clone(&state), metrics.clone());
                tokio::spawn(async move {
                    serve(stream, &state, &metrics).await;
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

async fn serve(stream: TcpStream, state: &AtomicU8, metrics: &Metrics) {
    let service = service_fn(|request: Request<Incoming>| {
        let answer = match request.uri().path() {
            "/metrics" => told(metrics),
            _ => answer(request.uri(), state.load(Ordering::Acquire)),
        };
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

fn told(metrics: &Metrics) -> Response<Full<Bytes>> {
    let (content_type, text) = metrics.encode();
    let mut response = Response::new(Full::new(text.into()));
    let content_type = HeaderValue::from_static(content_type);
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

fn answer(uri: &Uri, state: u8) -> Response<Full<Bytes>> {
    let readiness = uri.path() == "/readyz" || uri.query() == Some("ready=1");
    let (status, text) = match state {
        STARTING if readiness => (StatusCode::SERVICE_UNAVAILABLE, "starting\n"),
        LEAVING if readiness => (StatusCode::SERVICE_UNAVAILABLE, "leaving\n"),
        READY => (StatusCode::OK, "ok\n"),
        _ if readiness => (StatusCode::SERVICE_UNAVAILABLE, "unavailable\n"),
        _ => (StatusCode::OK, "ok\n"),
    };
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    response
}
