//! Every answer that is not the function's own: its status, its code, its words.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use http::header::{
    ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER, UPGRADE, WWW_AUTHENTICATE,
};
use http::{HeaderValue, Response, StatusCode};
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
    /// The caller shows no token, or a wrong one.
    Unauthorized,
    /// The tokens of the route cannot be read.
    NoTokens,
    /// Pages of this origin may not call.
    Origin,
    /// No route for this host and path.
    NoRoute,
    /// Nothing is known of this request any more, or it was another gateway that took it.
    Gone,
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
    /// Too many messages wait in the topic.
    QueueFull,
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
    /// No function consumes the topic.
    NotServed,
    /// An operator has paused the topic.
    Paused,
    /// The deadline passed without an answer.
    Timeout,
    /// The deadline passed without the broker's word that it has the message.
    Unconfirmed,
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
    pub const ALL: [Self; 21] = [
        Self::Malformed,
        Self::Unauthorized,
        Self::Origin,
        Self::NoRoute,
        Self::MethodNotAllowed,
        Self::BodyTimeout,
        Self::Gone,
        Self::TooLarge,
        Self::Upgrade,
        Self::TooMany,
        Self::QueueFull,
        Self::Internal,
        Self::Function,
        Self::BadReply,
        Self::NoTokens,
        Self::Unavailable,
        Self::Closing,
        Self::NotServed,
        Self::Paused,
        Self::Timeout,
        Self::Unconfirmed,
    ];

    /// The one table of statuses.
    #[must_use]
    pub const fn row(self) -> Row {
        use StatusCode as S;
        let (status, code, component, retry) = match self {
            Self::Malformed => (S::BAD_REQUEST, "malformed", "caller", false),
            Self::Unauthorized => (S::UNAUTHORIZED, "unauthorized", "caller", false),
            Self::NoTokens => (S::SERVICE_UNAVAILABLE, "no_tokens", "gateway", true),
            Self::Origin => (S::FORBIDDEN, "origin", "caller", false),
            Self::NoRoute => (S::NOT_FOUND, "no_route", "gateway", false),
            Self::Gone => (S::GONE, "gone", "gateway", false),
            Self::MethodNotAllowed => (
                S::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "gateway",
                false,
            ),
            Self::BodyTimeout => (S::REQUEST_TIMEOUT, "body_timeout", "caller", false),
            Self::TooLarge => (S::PAYLOAD_TOO_LARGE, "too_large", "caller", false),
            Self::Upgrade => (S::UPGRADE_REQUIRED, "no_upgrade", "gateway", false),
            Self::TooMany => (S::TOO_MANY_REQUESTS, "too_many_pending", "gateway", true),
            Self::QueueFull => (S::TOO_MANY_REQUESTS, "queue_full", "function", true),
            Self::Internal => (S::INTERNAL_SERVER_ERROR, "internal", "gateway", false),
            Self::Function => (S::BAD_GATEWAY, "function", "function", false),
            Self::BadReply => (S::BAD_GATEWAY, "bad_reply", "function", false),
            Self::Unavailable => (S::SERVICE_UNAVAILABLE, "unavailable", "broker", true),
            Self::Closing => (S::SERVICE_UNAVAILABLE, "closing", "gateway", true),
            Self::NotServed => (S::SERVICE_UNAVAILABLE, "not_served", "function", true),
            Self::Paused => (S::SERVICE_UNAVAILABLE, "paused", "broker", true),
            Self::Timeout => (S::GATEWAY_TIMEOUT, "timeout", "function", false),
            Self::Unconfirmed => (S::GATEWAY_TIMEOUT, "unconfirmed", "broker", false),
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
            CallErrorKind::Unknown => Self::Unconfirmed,
            // A topic that is no name was ruled out before the call.
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
    /// In seconds, where it makes sense to try again at all.
    retry_after: u64,
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
            retry_after: 1,
        }
    }

    /// Names the time after which to try again; at least a second.
    #[must_use]
    pub(crate) fn retry_after(mut self, time: Duration) -> Self {
        self.retry_after = time.as_millis().div_ceil(1000).clamp(1, 3600) as u64;
        self
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

    /// What went wrong, for programs: the function's own word, or that of the kind.
    #[must_use]
    pub fn code(&self) -> &str {
        self.code.as_deref().unwrap_or(self.kind.row().code)
    }

    /// What went wrong, for people.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The answer: JSON with `code`, `component`, `reason` and `requestId`.
    pub(crate) fn into_response(self, id: &RequestId) -> Response<Bytes> {
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
            code: self.code(),
            component: row.component,
            reason: &self.reason,
            request_id: id.as_str(),
        };
        // Four strings always serialise.
        let mut json = serde_json::to_vec(&body).unwrap_or_default();
        json.push(b'\n');
        let mut response = Response::new(Bytes::from(json));
        *response.status_mut() = row.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if row.retry {
            headers.insert(RETRY_AFTER, self.retry_after.into());
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
            Kind::Unauthorized => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
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
