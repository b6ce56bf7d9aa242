//! The admin port: what Kubernetes and Prometheus ask.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};

use crate::backend::Backend;
use crate::service::Service;

/// Answers `/healthz` (the process runs), `/readyz` (send requests here) and `/metrics`.
pub(crate) fn answer<B: Backend, Any>(
    service: &Service<B>,
    request: &Request<Any>,
) -> Response<Bytes> {
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
        "/metrics" => metrics(service),
        _ => text(
            StatusCode::NOT_FOUND,
            "here are /healthz, /readyz and /metrics",
        ),
    }
}

fn metrics<B>(service: &Service<B>) -> Response<Bytes> {
    let (content_type, text) = service.counted.encode(&service.load);
    let mut response = Response::new(Bytes::from(text));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

fn text(status: StatusCode, line: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(format!("{line}\n")));
    *response.status_mut() = status;
    response
}
