//! One request's way through the gateway.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{EXPECT, HOST};
use http::request::Parts;
use http::{Method, Request, Response, Version};
use hyper::body::{Body, Incoming};
use kubefuncs::trace::Trace;

use crate::accepted::Accepted;
use crate::access_log::{self, AccessLog, Line};
use crate::admission::Load;
use crate::backend::Backend;
use crate::lifecycle::Lifecycle;
use crate::live::{Active, Live};
use crate::metrics::Counted;
use crate::reject::{Kind, Reject};
use crate::request_id::{self, RequestId};
use crate::route::{Match, RouteTable};
use crate::trip::Trip;
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
    pub(crate) peer: SocketAddr,
    pub(crate) id: &'a RequestId,
    pub(crate) parts: &'a Parts,
    pub(crate) target: exchange::Target<'a>,
}

impl<B: Backend> Service<B> {
    /// Answers a request, whatever it is.
    pub(crate) async fn answer(
        &self,
        peer: SocketAddr,
        request: Request<Incoming>,
    ) -> Response<Bytes> {
        let mut trip = Trip::begin(request.method(), request.headers());
        let id = RequestId::of(request.headers());
        let (parts, mut body) = request.into_parts();
        let active = self.live.get();
        let outcome = self
            .exchange(&active, peer, &id, &parts, &mut body, &mut trip)
            .await;
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
            reject.into_response(&id)
        });
        let headers = response.headers_mut();
        headers.insert(request_id::HEADER, id.value());
        if let Some(cors) = trip.cors() {
            cors.mark(&parts.headers, headers);
        }
        if parts.version < Version::HTTP_2 && self.lifecycle.is_leaving() {
            exchange::close_after(&mut response);
        } else if parts.version == Version::HTTP_2 {
            // It has no such header: a connection ends by a frame.
            response.headers_mut().remove(http::header::CONNECTION);
        }
        trip.end(response.status(), code.as_deref());
        self.note(peer, &id, &parts, &trip, &response, code.as_deref());
        response
    }

    /// Everything that can be known from the head is checked before the body is asked for.
    async fn exchange(
        &self,
        active: &Active,
        peer: SocketAddr,
        id: &RequestId,
        parts: &Parts,
        body: &mut Incoming,
        trip: &mut Trip,
    ) -> Result<Response<Bytes>, Reject> {
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
        trip.enter(route);
        let asked = Asked {
            active,
            peer,
            id,
            parts,
            target,
        };
        self.take(&asked, route, body, trip).await
    }

    /// Counts a request, and writes it down where it is in the sample.
    fn note(
        &self,
        peer: SocketAddr,
        id: &RequestId,
        parts: &Parts,
        trip: &Trip,
        response: &Response<Bytes>,
        code: Option<&str>,
    ) {
        let (whole, status) = (trip.whole(), response.status());
        self.counted
            .request(trip.topic(), status, whole, trip.elsewhere());
        let log = self.log.as_ref();
        let Some(log) = log.filter(|log| log.wants(id.as_str(), status.as_u16())) else {
            return;
        };
        let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
        let trace = trip.trace().map(Trace::trace_id);
        log.write(&Line {
            time: access_log::now(),
            request_id: id.as_str(),
            trace_id: trace.as_deref(),
            peer: peer.to_string(),
            protocol: match parts.version {
                Version::HTTP_2 => "HTTP/2",
                Version::HTTP_10 => "HTTP/1.0",
                _ => "HTTP/1.1",
            },
            method: parts.method.as_str(),
            host: parts.uri.host().or(host).unwrap_or_default(),
            path: access_log::shown(parts.uri.path()),
            topic: trip.topic(),
            status: status.as_u16(),
            code,
            bytes_in: trip.bytes,
            bytes_out: response.body().len(),
            seconds: whole.as_secs_f64(),
            function_seconds: trip.function().as_secs_f64(),
        });
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
