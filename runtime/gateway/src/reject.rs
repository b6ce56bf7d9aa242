//! Every answer that is not the function's own: its status, its code, its words.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER, UPGRADE};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;
use kubefuncs::{CallError, CallErrorKind};
use serde::Serialize;

use crate::path::PathFault;
use crate::request_id::RequestId;

/// What went wrong, as a row of [`Kind::row`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A request that has no meaning, or more than one.
    Malformed,
    /// No route for this host and path.
    NoRoute,
    /// The route does not take this method.
    MethodNotAllowed,
    /// The client sent its body too slowly.
    BodyTimeout,
    /// The body, or the message made of the request, is too large.
    TooLarge,
    /// The client wants another protocol, such as a web socket.
    Upgrade,
    /// Too many calls, or too many bytes, are waiting.
    TooMany,
    /// A fault of the gateway's own.
    Internal,
    /// The function answered that it failed.
    Function,
    /// The function answered what is no answer.
    BadReply,
    /// No broker can be reached.
    Unavailable,
    /// The gateway is shutting down.
    Closing,
    /// The deadline passed without an answer.
    Timeout,
}

/// How a [`Kind`] is told to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The status.
    pub status: StatusCode,
    /// A short word for programs.
    pub code: &'static str,
    /// Whose side it is: `caller`, `gateway`, `broker` or `function`.
    pub component: &'static str,
    /// Whether to say when to try again.
    pub retry: bool,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 13] = [
        Self::Malformed,
        Self::NoRoute,
        Self::MethodNotAllowed,
        Self::BodyTimeout,
        Self::TooLarge,
        Self::Upgrade,
        Self::TooMany,
        Self::Internal,
        Self::Function,
        Self::BadReply,
        Self::Unavailable,
        Self::Closing,
        Self::Timeout,
    ];

    /// The one table of statuses.
    #[must_use]
    pub const fn row(self) -> Row {
        let (status, code, component, retry) = match self {
            Self::Malformed => (StatusCode::BAD_REQUEST, "malformed", "caller", false),
            Self::NoRoute => (StatusCode::NOT_FOUND, "no_route", "gateway", false),
            Self::MethodNotAllowed => (
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "gateway",
                false,
            ),
            Self::BodyTimeout => (StatusCode::REQUEST_TIMEOUT, "body_timeout", "caller", false),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too_large", "caller", false),
            Self::Upgrade => (StatusCode::UPGRADE_REQUIRED, "no_upgrade", "gateway", false),
            Self::TooMany => (
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_pending",
                "gateway",
                true,
            ),
            Self::Internal => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "gateway",
                false,
            ),
            Self::Function => (StatusCode::BAD_GATEWAY, "function", "function", false),
            Self::BadReply => (StatusCode::BAD_GATEWAY, "bad_reply", "function", false),
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "broker",
                true,
            ),
            Self::Closing => (StatusCode::SERVICE_UNAVAILABLE, "closing", "gateway", true),
            Self::Timeout => (StatusCode::GATEWAY_TIMEOUT, "timeout", "function", false),
        };
        Row {
            status,
            code,
            component,
            retry,
        }
    }
}

impl From<CallErrorKind> for Kind {
    fn from(kind: CallErrorKind) -> Self {
        match kind {
            CallErrorKind::TooLarge => Self::TooLarge,
            CallErrorKind::TooManyPending => Self::TooMany,
            CallErrorKind::Unavailable => Self::Unavailable,
            CallErrorKind::Timeout => Self::Timeout,
            CallErrorKind::Function => Self::Function,
            CallErrorKind::BadReply => Self::BadReply,
            CallErrorKind::Closed => Self::Closing,
            // A topic that is no name, an outcome that only an event can have: both were ruled
            // out before the call.
            _ => Self::Internal,
        }
    }
}

/// A refusal or a failure on its way to the caller.
#[derive(Debug, Clone)]
pub struct Reject {
    kind: Kind,
    /// The function's own word for its failure.
    code: Option<String>,
    reason: Cow<'static, str>,
    allow: Option<HeaderValue>,
}

impl Reject {
    /// A reject of this kind; `reason` is one line for people.
    #[must_use]
    pub fn new(kind: Kind, reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            code: None,
            reason: reason.into(),
            allow: None,
        }
    }

    /// The method is none of `allowed`, a list as in the header `Allow`.
    #[must_use]
    pub fn method(allowed: &str) -> Self {
        let reason = format!("this path takes {allowed} only");
        let allow = HeaderValue::from_str(allowed).ok();
        Self {
            allow,
            ..Self::new(Kind::MethodNotAllowed, reason)
        }
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What went wrong, for people.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The answer: JSON with `code`, `component`, `reason` and `requestId`.
    pub(crate) fn into_response(self, id: &RequestId) -> Response<Full<Bytes>> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'a> {
            code: &'a str,
            component: &'a str,
            reason: &'a str,
            request_id: &'a str,
        }
        let row = self.kind.row();
        let body = Body {
            code: self.code.as_deref().unwrap_or(row.code),
            component: row.component,
            reason: &self.reason,
            request_id: id.as_str(),
        };
        // Four strings always serialise.
        let mut json = serde_json::to_vec(&body).unwrap_or_default();
        json.push(b'\n');
        let mut response = Response::new(Full::new(Bytes::from(json)));
        *response.status_mut() = row.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if row.retry {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if let Some(allow) = self.allow {
            headers.insert(ALLOW, allow);
        }
        match self.kind {
            // The bytes that follow may be of the other protocol.
            Kind::Upgrade => {
                headers.insert(UPGRADE, HeaderValue::from_static("HTTP/1.1"));
                headers.insert(CONNECTION, HeaderValue::from_static("upgrade, close"));
            }
            // What is left of the body will not be waited for; and who has sent one request with
            // two meanings may have put another behind it.
            Kind::BodyTimeout | Kind::Malformed => {
                headers.insert(CONNECTION, HeaderValue::from_static("close"));
            }
            _ => (),
        }
        response
    }
}

impl From<PathFault> for Reject {
    fn from(fault: PathFault) -> Self {
        Self::new(Kind::Malformed, fault.to_string())
    }
}

impl From<CallError> for Reject {
    fn from(error: CallError) -> Self {
        let kind = Kind::from(error.kind());
        let code = (kind == Kind::Function).then(|| shorten(error.code(), 64));
        Self {
            code,
            ..Self::new(kind, shorten(error.reason(), 1024))
        }
    }
}

/// The words of a function may be of any length; an error need not be.
fn shorten(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
