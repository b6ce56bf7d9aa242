//! One request's way through the gateway.

use std::sync::Arc;

use bytes::Bytes;
use http::header::EXPECT;
use http::request::Parts;
use http::{Method, Request, Response, Version};
use hyper::body::{Body, Incoming};

use crate::accepted::Accepted;
use crate::access_log::AccessLog;
use crate::admission::Load;
use crate::backend::Backend;
use crate::lifecycle::Lifecycle;
use crate::live::{Active, Live};
use crate::metrics::Counted;
use crate::reject::{Kind, Reject};
use crate::request_id::{self, RequestId};
use crate::route::{Match, RouteTable};
use crate::visit::{Peer, Visit};
use crate::{body, cors, exchange, respond_async, status};

/// All that requests share.
pub(crate) struct Service<B> {
    pub(crate) live: Arc<Live>,
    pub(crate) load: Arc<Load>,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) backend: B,
    pub(crate) accepted: Accepted,
    pub(crate) counted: Arc<Counted>,
    pub(crate) log: Option<AccessLog>,
}

/// A request whose head was read.
pub(crate) struct Asked<'a> {
    pub(crate) active: &'a Active,
    pub(crate) peer: &'a str,
    pub(crate) id: &'a RequestId,
    pub(crate) parts: &'a Parts,
    pub(crate) target: exchange::Target<'a>,
}

impl<B: Backend> Service<B> {
    /// Answers a request, whatever it is.
    pub(crate) async fn answer(
        self: Arc<Self>,
        peer: Peer,
        request: Request<Incoming>,
    ) -> Response<Bytes> {
        let (parts, mut body) = request.into_parts();
        let mut visit = Visit::begin(&self.counted, self.log.as_ref(), peer, parts);
        let active = self.live.get();
        let outcome = self.exchange(&active, &mut visit, &mut body).await;
        let Visit { parts, id, .. } = &visit;
        let code = outcome
            .as_ref()
            .err()
            .map(|reject| reject.code().to_owned());
        let mut response = outcome.unwrap_or_else(|reject| {
            // A client that waits for `100 Continue` sends nothing without one.
            let sending = !body.is_end_stream() && !parts.headers.contains_key(EXPECT);
            if sending && reject.kind() != Kind::BodyTimeout {
                tokio::spawn(body::linger(body));
            }
            reject.into_response(id)
        });
        let headers = response.headers_mut();
        headers.insert(request_id::HEADER, id.value());
        if let Some(cors) = visit.trip.cors() {
            cors.mark(&parts.headers, headers);
        }
        if parts.version < Version::HTTP_2 && self.lifecycle.is_leaving() {
            exchange::close_after(&mut response);
        } else if parts.version == Version::HTTP_2 {
            // It has no such header: a connection ends by a frame.
            response.headers_mut().remove(http::header::CONNECTION);
        }
        visit.answered(&response, code.as_deref());
        response
    }

    /// Everything that can be known from the head is checked before the body is asked for.
    async fn exchange(
        &self,
        active: &Active,
        visit: &mut Visit<'_>,
        body: &mut Incoming,
    ) -> Result<Response<Bytes>, Reject> {
        let Visit {
            peer,
            id,
            parts,
            trip,
            ..
        } = visit;
        let target = exchange::Target::of(parts)?;
        exchange::refuse_upgrade(&parts.headers)?;
        let (method, path) = (&parts.method, parts.uri.path());
        if let Some(asked) = status::id(path)
            && let Some(known) = self.accepted.get(asked)
        {
            return respond_async::status(active, parts, asked, &known, trip);
        }
        let wanted = cors::preflight(method, &parts.headers);
        let find = |method| active.routes.find(method, target.host, &target.path);
        if let Some(wanted) = &wanted
            && let Match::Route(route) = find(wanted)
            && let Some(cors) = &route.cors
        {
            return cors::answer(cors, wanted, &parts.headers);
        }
        let route = match find(method) {
            Match::Route(route) => route,
            Match::MethodNotAllowed(routes) => {
                return Err(Reject::method(&RouteTable::allowed(routes, target.host)));
            }
            Match::None => return unclaimed(method, path),
        };
        let Some(topic) = active.topic(route) else {
            return Err(Reject::new(Kind::Internal, "a route without a topic"));
        };
        trip.enter(route, Some(topic));
        let asked = Asked {
            active,
            peer,
            id,
            parts,
            target,
        };
        let ready = self.prepare(&asked, route, topic, body, trip).await?;
        if ready.respond_async {
            // In a box, as the call: what a request may become is not to be room that each takes.
            return Box::pin(self.submit(&asked, route, topic, ready, trip)).await;
        }
        visit.let_go();
        let (limits, trip) = (&active.limits, &mut visit.trip);
        self.call(route, topic, ready, limits, trip).await
    }
}

/// What no route claims: health, as the original gateway answered it, and nothing else.
fn unclaimed(method: &Method, path: &str) -> Result<Response<Bytes>, Reject> {
    if status::id(path).is_some() {
        return Err(status::gone());
    }
    if !matches!(path, "/health" | "/healthz") {
        return Err(Reject::new(
            Kind::NoRoute,
            "no route for this host and path",
        ));
    }
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Err(Reject::method("GET, HEAD"));
    }
    Ok(Response::new(Bytes::from_static(b"ok\n")))
}
