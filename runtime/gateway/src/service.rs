//! One request's way through the gateway.

use std::net::SocketAddr;

use bytes::Bytes;
use http::header::EXPECT;
use http::request::Parts;
use http::{Method, Request, Response};
use http_body_util::Full;
use hyper::body::{Body, Incoming};

use crate::admission::Admission;
use crate::backend::Backend;
use crate::lifecycle::Lifecycle;
use crate::limits::Limits;
use crate::reject::{Kind, Reject};
use crate::request_id::{self, RequestId};
use crate::route::{Match, RouteTable};
use crate::{body, exchange};

/// All that requests share.
pub(crate) struct Service<B> {
    pub(crate) routes: RouteTable,
    pub(crate) limits: Limits,
    pub(crate) admission: Admission,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) backend: B,
}

impl<B: Backend> Service<B> {
    /// Answers a request, whatever it is.
    pub(crate) async fn answer(
        &self,
        peer: SocketAddr,
        request: Request<Incoming>,
    ) -> Response<Full<Bytes>> {
        let id = RequestId::of(request.headers());
        let (parts, mut body) = request.into_parts();
        let outcome = self.exchange(peer, &id, &parts, &mut body).await;
        let mut response = match outcome {
            Ok(response) => response,
            Err(reject) => {
                tracing::debug!(
                    request_id = id.as_str(),
                    method = %parts.method,
                    path = parts.uri.path(),
                    status = reject.kind().row().status.as_u16(),
                    reason = reject.reason(),
                    "rejected",
                );
                // A client that waits for `100 Continue` sends nothing without one.
                let sending = !body.is_end_stream() && !parts.headers.contains_key(EXPECT);
                if sending && reject.kind() != Kind::BodyTimeout {
                    tokio::spawn(body::linger(body));
                }
                reject.into_response(&id)
            }
        };
        response
            .headers_mut()
            .insert(request_id::HEADER, id.value());
        if self.lifecycle.is_leaving() {
            exchange::close_after(&mut response);
        }
        response
    }

    /// Everything that can be known from the head is checked before the body is asked for.
    async fn exchange(
        &self,
        peer: SocketAddr,
        id: &RequestId,
        parts: &Parts,
        body: &mut Incoming,
    ) -> Result<Response<Full<Bytes>>, Reject> {
        let target = exchange::Target::of(parts)?;
        exchange::refuse_upgrade(&parts.headers)?;
        let route = match self.routes.find(&parts.method, target.host, &target.path) {
            Match::Route(route) => route,
            Match::MethodNotAllowed(routes) => {
                return Err(Reject::method(&RouteTable::allowed(routes, target.host)));
            }
            Match::None => return unclaimed(&parts.method, parts.uri.path()),
        };
        if !self.backend.is_ready() {
            return Err(Reject::new(
                Kind::Unavailable,
                "no broker can carry an answer right now",
            ));
        }
        let mut ticket = self.admission.ticket();
        let body = body::read(&parts.headers, body, &mut ticket, &self.limits).await?;
        ticket.take_call()?;
        let options = exchange::options(route, &parts.headers, id);
        let request = exchange::request(
            parts.method.clone(),
            &target,
            parts.headers.clone(),
            peer,
            id,
            body,
        );
        exchange::response(
            self.backend
                .call(route.topic.as_str(), request, options)
                .await?,
        )
    }
}

/// What no route claims: health, as the original gateway answered it, and nothing else.
fn unclaimed(method: &Method, path: &str) -> Result<Response<Full<Bytes>>, Reject> {
    if !matches!(path, "/health" | "/healthz") {
        return Err(Reject::new(
            Kind::NoRoute,
            "no route for this host and path",
        ));
    }
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Err(Reject::method("GET, HEAD"));
    }
    Ok(Response::new(Full::new(Bytes::from_static(b"ok\n"))))
}
