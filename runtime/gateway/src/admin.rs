//! The admin port: what Kubernetes asks.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;

use crate::backend::Backend;
use crate::service::Service;

/// Answers `/healthz` (the process runs) and `/readyz` (send requests here).
pub(crate) fn answer<B: Backend, Any>(
    service: &Service<B>,
    request: &Request<Any>,
) -> Response<Full<Bytes>> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return text(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD");
    }
    match request.uri().path() {
        "/healthz" => text(StatusCode::OK, "ok"),
        "/readyz" if service.lifecycle.is_leaving() => {
            text(StatusCode::SERVICE_UNAVAILABLE, "shutting down")
        }
        "/readyz" if !service.backend.is_ready() => text(
            StatusCode::SERVICE_UNAVAILABLE,
            "no broker has confirmed the reply subscription",
        ),
        "/readyz" => text(StatusCode::OK, "ok"),
        _ => text(StatusCode::NOT_FOUND, "here are /healthz and /readyz"),
    }
}

fn text(status: StatusCode, line: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(format!("{line}\n"))));
    *response.status_mut() = status;
    response
}
