//! Runs a handler with no broker at all, in a test of its own.
//!
//! ```
//! use kubefuncs::{Context, Failure, HttpRequest, HttpResponse, Method, testing};
//!
//! async fn greet(context: Context, request: HttpRequest) -> Result<HttpResponse, Failure> {
//!     match request.path().trim_start_matches('/') {
//!         "" => Err(Failure::reject("who?")),
//!         name => Ok(HttpResponse::text(format!("hello {name}, for the {}. time", context.attempt()))),
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let request = |path| HttpRequest::new(Method::GET, path);
//! let reply = testing::call(greet, request("/ada")).await.unwrap().into_http().unwrap();
//! assert_eq!(reply.body, "hello ada, for the 1. time");
//!
//! let failure = testing::call(greet, request("/")).await.unwrap_err();
//! assert!(!failure.is_retryable());
//!
//! // An event that nobody waits for, delivered again after a crash:
//! let again = testing::Delivery::new(request("/ada")).awaited(false).attempt(2);
//! assert!(again.run(greet).await.is_ok());
//! # }
//! ```
//!
//! What surrounds a handler is the same here as in a running function: payloads are read and
//! replies written, an HTTP request is answered with an HTTP response, time limits hold, and a panic
//! is a failure.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use kubefuncs_messages as messages;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::call::Reply;
use crate::context::{Context, Inner, REQUEST_ID};
use crate::error::Failure;
use crate::handler::{Handler, erase};
use crate::payload::{IntoPayload, Raw};
use crate::serve::run::{caught, took_too_long};
use crate::{reply, timeout};

/// Runs a handler as for a caller who waits.
///
/// # Errors
/// The handler's failure; a payload that it cannot read, a panic and a deadline that passes are
/// failures, too.
pub async fn call<M: 'static>(
    handler: impl Handler<M>,
    payload: impl IntoPayload,
) -> Result<Reply, Failure> {
    Delivery::new(payload).run(handler).await
}

/// Runs a handler as for an event that nobody waits for.
///
/// # Errors
/// As [`call`].
pub async fn event<M: 'static>(
    handler: impl Handler<M>,
    payload: impl IntoPayload,
) -> Result<Reply, Failure> {
    Delivery::new(payload).awaited(false).run(handler).await
}

/// A message as a broker would deliver it.
#[derive(Debug, Clone)]
pub struct Delivery {
    payload: Raw,
    awaited: bool,
    attempt: u16,
    timeout: Duration,
    event_id: String,
    metadata: BTreeMap<String, String>,
    cancelled: CancellationToken,
}

impl Delivery {
    /// The first delivery of a message whose caller waits, for the default timeout of 3 s.
    pub fn new(payload: impl IntoPayload) -> Self {
        Self {
            payload: payload.into_payload(),
            awaited: true,
            attempt: 1,
            timeout: timeout::DEFAULT,
            event_id: "00000000-0000-4000-8000-000000000000".to_owned(),
            metadata: BTreeMap::new(),
            cancelled: CancellationToken::new(),
        }
    }

    /// Whether a caller waits.
    #[must_use]
    pub fn awaited(mut self, awaited: bool) -> Self {
        self.awaited = awaited;
        self
    }

    /// Which delivery it is; from the second on the message may have run before.
    #[must_use]
    pub fn attempt(mut self, attempt: u16) -> Self {
        self.attempt = attempt;
        self
    }

    /// How much time the handler has.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The id of the event.
    #[must_use]
    pub fn event_id(mut self, id: impl Into<String>) -> Self {
        self.event_id = id.into();
        self
    }

    /// The caller's id for its request.
    #[must_use]
    pub fn request_id(self, id: impl Into<String>) -> Self {
        self.metadata(REQUEST_ID, id)
    }

    /// One more entry of what the caller sent along.
    #[must_use]
    pub fn metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(name.into(), value.into());
        self
    }

    /// Cancels the handler's context when this token is cancelled, as when a broker takes the
    /// message back.
    #[must_use]
    pub fn cancelled_by(mut self, token: CancellationToken) -> Self {
        self.cancelled = token;
        self
    }

    /// Runs a handler.
    ///
    /// # Errors
    /// As [`call`].
    pub async fn run<M: 'static>(self, handler: impl Handler<M>) -> Result<Reply, Failure> {
        let deadline = Instant::now() + self.timeout;
        let cancelled = self.cancelled.child_token();
        let _cancel = cancelled.clone().drop_guard();
        let context = Context {
            inner: Arc::new(Inner {
                deadline,
                attempt: self.attempt,
                awaited: self.awaited,
                event_id: self.event_id,
                metadata: self.metadata,
                cancelled,
                threads: Arc::new(Semaphore::new(1)),
            }),
        };
        let is_http = self.payload.is::<messages::HttpRequest>();
        let running = caught(erase(handler)(context, self.payload));
        let reply = timeout_at(deadline, running).await;
        let reply = reply.unwrap_or_else(|_| Err(took_too_long()))?;
        let reply = if is_http {
            reply::to_http(reply)
        } else {
            reply
        };
        Reply::from_payload(Some(reply.into()))
            .map_err(|error| Failure::reject(error.reason()).with_code("bad_reply"))
    }
}
