//! What is noted about a request on its way, for the log and the metrics.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method};
use kubefuncs::trace::{Span, SpanKind, Trace};
use tokio::time::Instant;

use crate::cors::Cors;
use crate::metrics::OfTopic;
use crate::route::Route;
use crate::topic::TopicState;

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

/// For whom a request waits.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Side {
    /// The caller, for its body.
    Caller,
    /// What is behind us.
    Function,
}

/// Notes about one request.
#[derive(Debug)]
pub(crate) struct Trip {
    begun: Instant,
    /// That of its route.
    topic: Option<Arc<TopicState>>,
    /// What its route says to pages of other origins.
    cors: Option<Arc<Cors>>,
    /// Of its body.
    pub(crate) bytes: usize,
    /// Since when it waits for somebody.
    waiting: Option<(Side, Instant)>,
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
            waiting: None,
            caller: Duration::ZERO,
            function: Duration::ZERO,
            span,
        }
    }

    /// It takes this route.
    pub(crate) fn enter(&mut self, route: &Route, topic: Option<&Arc<TopicState>>) {
        self.topic = topic.cloned();
        self.cors.clone_from(&route.cors);
    }

    /// The trace that it belongs to, if any.
    pub(crate) fn trace(&self) -> Option<&Trace> {
        self.span.trace()
    }

    /// It was answered so.
    pub(crate) fn end(&mut self, status: u16, code: Option<&str>) {
        self.span.set("http.response.status_code", status);
        if let Some(topic) = &self.topic {
            let name = topic.figures.name();
            self.span.set("messaging.destination.name", name);
        }
        // What a caller got wrong is no fault of the server's.
        if status >= 500 {
            self.span.fail(code.unwrap_or("the function answered so"));
        }
    }

    pub(crate) fn topic(&self) -> Option<&OfTopic> {
        self.topic.as_ref().map(|topic| &topic.figures)
    }

    pub(crate) fn cors(&self) -> Option<&Cors> {
        self.cors.as_deref()
    }

    /// From now on it waits.
    pub(crate) fn waits_for(&mut self, side: Side) {
        self.waiting = Some((side, Instant::now()));
    }

    /// It waits no more.
    pub(crate) fn goes_on(&mut self) {
        let Some((side, since)) = self.waiting.take() else {
            return;
        };
        match side {
            Side::Caller => self.caller += since.elapsed(),
            Side::Function => self.function += since.elapsed(),
        }
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
