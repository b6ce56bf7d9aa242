//! A connection that speaks HTTP/2.
//!
//! What HTTP/1 bounds by being one request after the other has bounds of its own here: how many
//! requests run at once, how many a client may begin and take back, and how long an answer may
//! lie because nobody makes room for it.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use http::header::CONTENT_LENGTH;
use http::{Method, Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpStream;

use super::traffic::Traffic;
use crate::lifecycle::Lifecycle;
use crate::limits::Limits;
use crate::patience::Patience;

/// Requests that were taken back before we looked at them, at once.
const RESETS_UNSEEN: usize = 20;
/// How often a connection must show that it is alive, and how long it may take to.
const PING: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(20));
/// Bytes of bodies that may be under way to us in one connection, and in one request of it.
const WINDOW: (u32, u32) = (1024 * 1024, 256 * 1024);

pub(super) async fn serve<H, F>(
    socket: TcpStream,
    limits: &Limits,
    lifecycle: &Lifecycle,
    handler: H,
) -> hyper::Result<()>
where
    H: Fn(Request<Incoming>) -> F + Send + Sync + 'static,
    F: Future<Output = Response<Bytes>> + Send + 'static,
{
    let socket = Patience::new(socket, limits.head_timeout, limits.write_timeout);
    // Heads come any time, between other frames; a silent client is found by pings.
    socket.phase().begin();
    let traffic = Arc::new(Traffic::default());
    let begin = traffic.clone();
    let service = service_fn(move |request| {
        let running = begin.begin();
        let head_only = *request.method() == Method::HEAD;
        handler(request).map(move |mut answer| {
            if head_only {
                leave_body_out(&mut answer);
            }
            let hold = |body| Full::new(running.end(body));
            Ok::<_, std::convert::Infallible>(answer.map(hold))
        })
    });
    let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.streams)
        .max_header_list_size(u32::try_from(limits.head).unwrap_or(u32::MAX))
        .max_pending_accept_reset_streams(RESETS_UNSEEN)
        .initial_connection_window_size(WINDOW.0)
        .initial_stream_window_size(WINDOW.1)
        .keep_alive_interval(PING.0)
        .keep_alive_timeout(PING.1)
        .serve_connection(TokioIo::new(socket), service);
    let mut connection = std::pin::pin!(connection);
    // Asked to go elsewhere as soon as we leave, but not before its first request.
    let told = async {
        lifecycle.left().await;
        tokio::select! {
            () = traffic.begun() => (),
            () = lifecycle.closed() => (),
        }
    };
    let mut told = std::pin::pin!(told);
    let mut going = false;
    let mut round = tokio::time::interval(limits.write_timeout);
    loop {
        tokio::select! {
            result = connection.as_mut() => return result,
            () = told.as_mut(), if !going => going = true,
            _ = round.tick() => {
                if traffic.is_stuck() {
                    tracing::debug!("a client does not take its answers");
                    return Ok(());
                }
                // A client that was asked to go, or never came as far, and does not.
                if going && traffic.is_idle(Duration::ZERO) {
                    return Ok(());
                }
                going |= traffic.is_idle(limits.idle_timeout);
            }
            () = traffic.abused() => {
                tracing::debug!("a client takes back what it asks");
                return Ok(());
            }
        }
        if going {
            connection.as_mut().graceful_shutdown();
        }
    }
}

/// What HTTP/1 does by itself: the answer to HEAD tells of a body, and has none.
fn leave_body_out(answer: &mut Response<Bytes>) {
    let body = std::mem::take(answer.body_mut());
    if !body.is_empty() {
        answer
            .headers_mut()
            .insert(CONTENT_LENGTH, body.len().into());
    }
}
