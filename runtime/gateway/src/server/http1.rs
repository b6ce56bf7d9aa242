//! A connection that speaks HTTP/1.

use std::future::Future;

use bytes::Bytes;
use futures_util::FutureExt;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;

use crate::lifecycle::Lifecycle;
use crate::limits::Limits;
use crate::patience::Patience;

/// A head of one read more than may be is seen to be too large, and answered so.
const MARGIN: usize = 16 * 1024;

pub(super) async fn serve<H, F>(
    socket: TcpStream,
    limits: &Limits,
    lifecycle: &Lifecycle,
    handler: H,
) -> hyper::Result<()>
where
    H: Fn(Request<Incoming>) -> F,
    F: Future<Output = Response<Bytes>>,
{
    let socket = Patience::new(socket, limits.head_timeout, limits.write_timeout);
    let phase = socket.phase();
    let service = service_fn(move |request| {
        phase.begin();
        let phase = phase.clone();
        // Not an async block: that would hold the answer's future twice.
        handler(request).map(move |answer| {
            phase.end();
            Ok::<_, std::convert::Infallible>(answer.map(Full::new))
        })
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.idle_timeout)
        .max_header_size(limits.head)
        .max_buf_size(limits.head + MARGIN)
        .serve_connection(TokioIo::new(socket), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        biased;
        result = connection.as_mut() => result,
        () = lifecycle.closed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    }
}
