//! A plain hyper server: what HTTP alone costs.

use std::convert::Infallible;
use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::Fault;

/// Reads each body and answers `pong`, for ever.
pub(crate) fn serve(listen: SocketAddr) -> Result<(), Fault> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let listener = TcpListener::bind(listen).await?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            tokio::spawn(
                hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service_fn(pong)),
            );
        }
    })
}

async fn pong(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    // Whoever breaks off has no use for an answer either.
    let _ = request.into_body().collect().await;
    Ok(Response::new(Full::new(Bytes::from_static(b"pong\n"))))
}
