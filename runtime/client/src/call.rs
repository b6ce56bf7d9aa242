//! What goes into a call, and what comes out of one.

use std::collections::BTreeMap;
use std::time::Duration;

use kubefuncs_messages as messages;

use crate::context::REQUEST_ID;
use crate::error::CallError;
use crate::http::HttpResponse;
use crate::payload::{FromPayload, Raw};
use crate::trace::Trace;

/// What a caller may say about one call.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct CallOptions {
    /// How long to wait for the answer, queue included. Default: the client's
    /// [`Config::timeout`](crate::Config::timeout).
    pub timeout: Option<Duration>,
    /// What travels along: request id, trace context. Not a place for secrets.
    pub metadata: BTreeMap<String, String>,
    /// Whether the function may be called twice for this: a call is sent again then when the
    /// broker that has it is lost, under the same id. Default: false. Brokers may deliver a request
    /// twice in any case.
    pub idempotent: bool,
}

impl CallOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Waits this long for the answer, queue included.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Says whether the call may be sent again when it is not known whether it was stored.
    #[must_use]
    pub fn with_idempotent(mut self, idempotent: bool) -> Self {
        self.idempotent = idempotent;
        self
    }

    /// Sends the caller's own id for its request along; the handler reads it as
    /// [`Context::request_id`](crate::Context::request_id). It identifies nothing: replies are
    /// matched by an id of ours that nobody can guess.
    #[must_use]
    pub fn with_request_id(self, id: impl Into<String>) -> Self {
        self.with_metadata(REQUEST_ID, id)
    }

    /// Says which trace the call belongs to, where it is not made on the task of a handler: there it
    /// belongs to the [trace](crate::Context::trace) of the message.
    #[must_use]
    pub fn with_trace(mut self, trace: &Trace) -> Self {
        trace.write(&mut self.metadata);
        self
    }

    /// Sends one more entry of metadata along, such as `traceparent`.
    #[must_use]
    pub fn with_metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(name.into(), value.into());
        self
    }
}

/// The answer of a function that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    payload: Raw,
}

impl Reply {
    /// A reply as it arrived: `Error` is a failure of the function.
    pub(crate) fn from_payload(payload: Option<messages::Any>) -> Result<Self, CallError> {
        let payload = Raw::from(payload.unwrap_or_default());
        if payload.is::<messages::Error>() {
            let error = payload.unpack().map_err(CallError::bad_reply)?;
            return Err(CallError::function(error));
        }
        Ok(Self { payload })
    }

    /// The payload as it arrived.
    pub fn into_raw(self) -> Raw {
        self.payload
    }

    /// The payload as a `P`.
    ///
    /// # Errors
    /// [`CallErrorKind::BadReply`](crate::CallErrorKind::BadReply) when it is something else.
    pub fn read<P: FromPayload>(self) -> Result<P, CallError> {
        P::from_payload(self.payload).map_err(CallError::bad_reply)
    }

    /// The payload as an HTTP response: what a function must answer to an
    /// [`HttpRequest`](crate::HttpRequest).
    ///
    /// # Errors
    /// [`CallErrorKind::BadReply`](crate::CallErrorKind::BadReply) when it is something else, or
    /// has a status or header that no response may have.
    pub fn into_http(self) -> Result<HttpResponse, CallError> {
        self.read()
    }
}
