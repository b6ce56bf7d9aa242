//! A message becomes a request to the server, its response the answer.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, EXPECT, HOST, HeaderName, HeaderValue};
use http::uri::{Authority, PathAndQuery};
use http::{Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use kubefuncs::{
    Context, Failure, FromPayload, HttpRequest, HttpResponse, IntoPayload, Raw, hop_by_hop,
};
use tokio::sync::Notify;

use crate::exit::chain;

/// How long a connection is kept without a request: less than servers keep theirs.
const IDLE: std::time::Duration = std::time::Duration::from_secs(2);

/// The server, and how it is asked.
pub(super) struct Upstream {
    authority: Authority,
    /// Comes before each request's path; empty, or begins with `/` and does not end with one.
    base: String,
    strip: Option<String>,
    /// Bytes of the largest response that is read.
    limit: usize,
    /// Keeps connections open between requests.
    kept: Client<HttpConnector, Full<Bytes>>,
    /// Takes a new connection for each request: one that the server is about to close would lose
    /// it, and not every request may be sent again.
    fresh: Client<HttpConnector, Full<Bytes>>,
    /// Told when a request found the server down, so that nobody waits for the next look at it.
    down: Notify,
}

impl Upstream {
    pub(super) fn new(server: &Uri, strip: Option<String>, limit: usize) -> Self {
        let authority = server.authority().cloned();
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self {
            authority: authority.unwrap_or_else(|| Authority::from_static("127.0.0.1")),
            base: server.path().trim_end_matches('/').to_owned(),
            strip: strip.map(|prefix| prefix.trim_end_matches('/').to_owned()),
            limit,
            kept: Client::builder(TokioExecutor::new())
                .pool_idle_timeout(IDLE)
                .pool_timer(TokioTimer::new())
                .build(connector.clone()),
            fresh: Client::builder(TokioExecutor::new())
                .pool_max_idle_per_host(0)
                .build(connector),
            down: Notify::new(),
        }
    }

    /// Asks the server, and answers what it says.
    pub(super) async fn handle(&self, context: &Context, payload: Raw) -> Result<Raw, Failure> {
        let request = self.request(context, payload)?;
        let asked_for_head = request.method() == Method::HEAD;
        let response = self.ask(request).await.map_err(|error| {
            let down = error.is_connect();
            if down {
                self.down.notify_one();
            }
            let code = match down {
                true => "upstream_unreachable",
                false => "upstream_broken",
            };
            Failure::retry(format!("the server cannot be asked: {}", chain(&error))).with_code(code)
        })?;
        let response = self.response(response, asked_for_head).await?;
        if !context.awaited() {
            judge(response.status)?;
        }
        Ok(response.into_payload())
    }

    /// A request that may be sent twice (RFC 9110 §9.2.2) goes over a kept connection, and over a
    /// new one if that was just being closed.
    async fn ask(&self, request: Request<Full<Bytes>>) -> Result<http::Response<Incoming>, Error> {
        if !request.method().is_idempotent() {
            return self.fresh.request(request).await;
        }
        match self.kept.request(request.clone()).await {
            Err(error) if !error.is_connect() => self.fresh.request(request).await,
            answered => answered,
        }
    }

    /// Waits until a request finds the server down.
    pub(super) async fn found_down(&self) {
        self.down.notified().await;
    }

    /// Asks for `path` as it is, without a message.
    pub(super) async fn get(&self, path: &str) -> Result<StatusCode, String> {
        let request = Request::get(self.uri(path).map_err(|failure| failure.to_string())?)
            .body(Full::default())
            .map_err(|error| error.to_string())?;
        let response = self.fresh.request(request).await;
        response
            .map(|response| response.status())
            .map_err(|error| chain(&error))
    }

    /// `host:port` to connect to.
    pub(super) fn address(&self) -> String {
        let port = self.authority.port_u16().unwrap_or(80);
        format!("{}:{port}", self.authority.host())
    }

    fn request(&self, context: &Context, payload: Raw) -> Result<Request<Full<Bytes>>, Failure> {
        let message = read(payload)?;
        let mut request = Request::new(Full::new(message.body));
        *request.method_mut() = message.method;
        *request.uri_mut() = self.uri(self.stripped(&message.url))?;
        let headers = request.headers_mut();
        *headers = message.headers;
        hop_by_hop::strip(headers);
        // The body is here, whole: its length is what it is.
        headers.remove(CONTENT_LENGTH);
        headers.remove(EXPECT);
        let host = HeaderValue::from_str(&message.host).ok();
        match host.filter(|host| !host.is_empty()) {
            Some(host) => headers.insert(HOST, host),
            None => headers.remove(HOST),
        };
        set(headers, FORWARDED_FOR, &message.remote_addr);
        set(headers, REQUEST_ID, context.request_id());
        // The server's work is a part of ours, not of whatever the request was a part of.
        headers.remove(TRACEPARENT);
        headers.remove(TRACESTATE);
        if let Some(trace) = context.trace() {
            set(headers, TRACEPARENT, &trace.traceparent());
            set(headers, TRACESTATE, trace.tracestate());
        }
        Ok(request)
    }

    /// The server's scheme, host and port are never the message's choice.
    fn uri(&self, path: &str) -> Result<Uri, Failure> {
        let bad = || Failure::reject("the request's path is none").with_code("bad_request");
        if !path.starts_with('/') {
            return Err(bad());
        }
        let path: PathAndQuery = format!("{}{path}", self.base).parse().map_err(|_| bad())?;
        Uri::builder()
            .scheme("http")
            .authority(self.authority.clone())
            .path_and_query(path)
            .build()
            .map_err(|_| bad())
    }

    fn stripped<'u>(&self, url: &'u str) -> &'u str {
        let rest = self
            .strip
            .as_deref()
            .and_then(|prefix| url.strip_prefix(prefix));
        match rest {
            Some(rest) if rest.starts_with('/') => rest,
            Some("") => "/",
            _ => url,
        }
    }

    async fn response(
        &self,
        response: http::Response<Incoming>,
        asked_for_head: bool,
    ) -> Result<HttpResponse, Failure> {
        let (parts, body) = response.into_parts();
        if parts.status.is_informational() {
            let why = format!("the server answered {}, which is no answer", parts.status);
            return Err(Failure::reject(why).with_code("upstream_broken"));
        }
        let body = Limited::new(body, self.limit).collect().await;
        let body = body.map_err(|error| match error.is::<LengthLimitError>() {
            true => Failure::reject("the server's response is too large").with_code("too_large"),
            false => Failure::retry(format!("the server's response broke off: {error}"))
                .with_code("upstream_broken"),
        })?;
        let mut answer = HttpResponse::new(parts.status).with_body(body.to_bytes());
        answer.headers = parts.headers;
        hop_by_hop::strip(&mut answer.headers);
        if !asked_for_head {
            answer.headers.remove(CONTENT_LENGTH);
        }
        Ok(answer)
    }
}

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// Sets a header to what the gateway knows, unless that is nothing, or no value a header can have.
fn set(headers: &mut http::HeaderMap, name: HeaderName, value: &str) {
    if let Some(value) = HeaderValue::from_str(value).ok().filter(|v| !v.is_empty()) {
        headers.insert(name, value);
    }
}

/// The request in a message.
fn read(payload: Raw) -> Result<HttpRequest, Failure> {
    HttpRequest::from_payload(payload)
        .map_err(|error| Failure::reject(error.to_string()).with_code("bad_request"))
}

/// What a status means where nobody reads it: whether to try again, or never.
fn judge(status: StatusCode) -> Result<(), Failure> {
    let why = format!("the server answered {status}");
    match status.as_u16() {
        ..400 => Ok(()),
        // Told to come later: 408 and 429 are no judgement of the message.
        408 | 429 | 500.. => Err(Failure::retry(why).with_code("upstream_status")),
        _ => Err(Failure::reject(why).with_code("upstream_status")),
    }
}
