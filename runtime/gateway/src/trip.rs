//! What is noted about a request on its way, for the log and the metrics.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};
use kubefuncs::Topic;
use kubefuncs::trace::{Span, SpanKind, Trace};
use tokio::time::Instant;

use crate::cors::Cors;
use crate::metrics::NO_TOPIC;
use crate::route::Route;

/// Methods that a hop may be named after: a caller can make up any.
const KNOWN: [Method; 7] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::OPTIONS,
];

/// Notes about one request.
#[derive(Debug)]
pub(crate) struct Trip {
    begun: Instant,
    /// The topic of its route.
    topic: Option<Topic>,
    /// What its route says to pages of other origins.
    cors: Option<Arc<Cors>>,
    /// Of its body.
    pub(crate) bytes: usize,
    /// Waiting for the caller to send its body.
    caller: Duration,
    /// Waiting for the function, or for the broker's word.
    function: Duration,
    /// This hop of its trace.
    span: Span,
}

impl Trip {
    pub(crate) fn begin(method: &Method, headers: &HeaderMap) -> Self {
        let span = Span::begin(SpanKind::Server, Trace::from_headers(headers), || {
            KNOWN
                .iter()
                .find(|known| *known == method)
                .map_or("HTTP", Method::as_str)
                .to_owned()
        });
        Self {
            begun: Instant::now(),
            topic: None,
            cors: None,
            bytes: 0,
            caller: Duration::ZERO,
            function: Duration::ZERO,
            span,
        }
    }

    /// It takes this route.
    pub(crate) fn enter(&mut self, route: &Route) {
        self.topic = Some(route.topic.clone());
        self.cors.clone_from(&route.cors);
    }

    /// The trace that it belongs to, if any.
    pub(crate) fn trace(&self) -> Option<&Trace> {
        self.span.trace()
    }

    /// It was answered so.
    pub(crate) fn end(&mut self, status: StatusCode, code: Option<&str>) {
        self.span.set("http.response.status_code", status.as_u16());
        if let Some(topic) = &self.topic {
            self.span.set("messaging.destination.name", topic);
        }
        // What a caller got wrong is no fault of the server's.
        if status.is_server_error() {
            self.span.fail(code.unwrap_or("the function answered so"));
        }
    }

    pub(crate) fn topic(&self) -> &str {
        self.topic.as_ref().map_or(NO_TOPIC, Topic::as_str)
    }

    pub(crate) fn cors(&self) -> Option<&Cors> {
        self.cors.as_deref()
    }

    /// Waits for the caller.
    pub(crate) async fn for_caller<T>(&mut self, work: impl Future<Output = T>) -> T {
        let begun = Instant::now();
        let done = work.await;
        self.caller += begun.elapsed();
        done
    }

    /// Waits for what is behind us.
    pub(crate) async fn for_function<T>(&mut self, work: impl Future<Output = T>) -> T {
        let begun = Instant::now();
        let done = work.await;
        self.function += begun.elapsed();
        done
    }

    /// From the request's head until now.
    pub(crate) fn whole(&self) -> Duration {
        self.begun.elapsed()
    }

    /// The part of it in which nothing was in our hands.
    pub(crate) fn elsewhere(&self) -> Duration {
        self.caller + self.function
    }

    pub(crate) fn function(&self) -> Duration {
        self.function
    }
}
