//! The port: `/metrics`, `/queue`, `/healthz`, `/readyz`.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use kubefuncs::metrics::Metrics;
use kubefuncs::{Channel, Topic};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::argument;
use crate::queue::{self, NoNumber};
use crate::snapshot::Board;

/// Whoever opens more connections waits.
const CONNECTIONS: usize = 64;
/// A connection that says nothing for this long is closed.
const PATIENCE: Duration = Duration::from_secs(10);
/// A connection is asked to end after this long, and cut if it has not soon after: one that reads
/// slowly must not hold a place for ever.
const LIFE: Duration = Duration::from_secs(60);
/// How long those who are being served may take when the exporter leaves.
const GOODBYE: Duration = Duration::from_secs(5);
/// Pages of metrics that are made at a time.
const PAGES: usize = 2;

struct Service {
    board: Board,
    metrics: Metrics,
    pages: Semaphore,
    leaving: CancellationToken,
}

/// Serves until `shutdown` ends.
pub(crate) async fn serve(
    listener: TcpListener,
    board: Board,
    metrics: Metrics,
    shutdown: impl Future<Output = ()>,
) {
    let leaving = CancellationToken::new();
    let service = Arc::new(Service {
        board,
        metrics,
        pages: Semaphore::new(PAGES),
        leaving: leaving.clone(),
    });
    let mut connections = JoinSet::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let accept = async {
        loop {
            while connections.try_join_next().is_some() {}
            // Never closed.
            let place = Arc::clone(&places).acquire_owned().await;
            match listener.accept().await {
                Ok((stream, _)) => {
                    let service = Arc::clone(&service);
                    connections.spawn(async move {
                        connection(stream, service).await;
                        drop(place);
                    });
                }
                Err(error) => {
                    // Mostly no file descriptors left: others must end first.
                    tracing::warn!(%error, "cannot take a connection");
                    sleep(Duration::from_millis(50)).await;
                }
            }
        }
    };
    tokio::select! {
        () = accept => {}
        () = shutdown => leaving.cancel(),
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    // Whoever is not served by then is cut.
    let _ = timeout(GOODBYE, ended).await;
}

async fn connection(stream: TcpStream, service: Arc<Service>) {
    let leaving = service.leaving.clone();
    let answers = service_fn(move |request: Request<Incoming>| {
        let service = Arc::clone(&service);
        async move { Ok::<_, Infallible>(service.answer(&request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(16 << 10)
        .serve_connection(TokioIo::new(stream), answers);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = async { tokio::select! { () = sleep(LIFE) => {}, () = leaving.cancelled() => {} } } => {
            connection.as_mut().graceful_shutdown();
            timeout(PATIENCE, connection).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke off");
    }
}

impl Service {
    async fn answer<Any>(&self, request: &Request<Any>) -> Response<Full<Bytes>> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return line(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD");
        }
        match request.uri().path() {
            "/healthz" => line(StatusCode::OK, "ok"),
            "/readyz" if self.leaving.is_cancelled() => {
                line(StatusCode::SERVICE_UNAVAILABLE, "leaving")
            }
            "/readyz" if self.board.borrow().is_none() => line(
                StatusCode::SERVICE_UNAVAILABLE,
                "the brokers have not been asked yet",
            ),
            "/readyz" => line(StatusCode::OK, "ok"),
            "/metrics" => self.page().await,
            "/queue" => self.queue(request.uri().query().unwrap_or_default()),
            _ => line(
                StatusCode::NOT_FOUND,
                "here are /metrics, /queue, /healthz and /readyz",
            ),
        }
    }

    /// Made aside: it may be some megabytes.
    async fn page(&self) -> Response<Full<Bytes>> {
        // Never closed.
        let _place = self.pages.acquire().await;
        let metrics = self.metrics.clone();
        match tokio::task::spawn_blocking(move || metrics.encode()).await {
            Ok((form, page)) => typed(StatusCode::OK, form, page),
            Err(error) => {
                tracing::error!(%error, "the metrics cannot be written");
                line(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "the metrics cannot be written",
                )
            }
        }
    }

    fn queue(&self, query: &str) -> Response<Full<Bytes>> {
        let topic = argument::value(query, "topic").and_then(|name| Topic::new(name).ok());
        let channel = argument::value(query, "channel").and_then(|name| Channel::new(name).ok());
        let (Some(topic), Some(channel)) = (topic, channel) else {
            let wanted = "this wants /queue?topic=NAME&channel=NAME, `#` written as %23";
            return line(StatusCode::BAD_REQUEST, wanted);
        };
        let snapshot = self.board.borrow().clone();
        match queue::work(
            snapshot.as_deref(),
            topic.as_str(),
            channel.as_str(),
            Instant::now(),
        ) {
            Ok(work) => {
                let text = serde_json::to_vec(&work).unwrap_or_default();
                typed(StatusCode::OK, "application/json", text)
            }
            Err(error @ NoNumber::UnknownTopic) => line(StatusCode::NOT_FOUND, &error.to_string()),
            Err(error) => line(StatusCode::SERVICE_UNAVAILABLE, &error.to_string()),
        }
    }
}

fn line(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    typed(
        status,
        "text/plain; charset=utf-8",
        format!("{text}\n").into(),
    )
}

fn typed(status: StatusCode, form: &'static str, body: Vec<u8>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(form));
    response
}
