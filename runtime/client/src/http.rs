//! HTTP requests and responses as handlers and callers see them.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Method, StatusCode};
use kubefuncs_messages::{
    BorrowedRequest, BorrowedResponse, METHOD_HEADER, ReceivedHeader, ReceivedRequest,
    ReceivedResponse,
};

use crate::payload::{FromPayload, IntoPayload, PayloadError, Raw};

/// An HTTP request, as the gateway received it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpRequest {
    /// The method. A caller that named none, as the original gateway, is taken to mean GET without
    /// a body and POST with one.
    pub method: Method,
    /// Path and query as received, such as `/orders/?page=2`.
    pub url: String,
    /// The headers, repeats kept.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
    /// The host the request was sent to; empty when unknown.
    pub host: String,
    /// Address of the client as the gateway saw it; empty when unknown.
    pub remote_addr: String,
}

impl HttpRequest {
    /// A request without headers and body.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            host: String::new(),
            remote_addr: String::new(),
        }
    }

    /// The same request with this body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// The path: [`url`](Self::url) up to the first `?`.
    pub fn path(&self) -> &str {
        self.url
            .split_once('?')
            .map_or(self.url.as_str(), |(path, _)| path)
    }

    /// The query: [`url`](Self::url) after the first `?`.
    pub fn query(&self) -> Option<&str> {
        self.url.split_once('?').map(|(_, query)| query)
    }
}

/// A function's answer to an [`HttpRequest`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpResponse {
    /// The status, never below 200.
    pub status: StatusCode,
    /// The headers, repeats kept.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl HttpResponse {
    /// An answer without headers and body.
    pub fn new(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    /// 200 with a text body.
    pub fn text(body: impl Into<String>) -> Self {
        Self::new(StatusCode::OK)
            .with_header(
                CONTENT_TYPE,
                HeaderValue::from_static("text/plain; charset=utf-8"),
            )
            .with_body(body.into())
    }

    /// The same answer with this status.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The same answer with one more header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// The same answer with this body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }
}

impl IntoPayload for HttpRequest {
    fn into_payload(self) -> Raw {
        let parts = BorrowedRequest {
            method: self.method.as_str(),
            url: &self.url,
            host: &self.host,
            remote_addr: &self.remote_addr,
            body: &self.body,
        };
        let headers = || lines(&self.headers).filter(|(name, _)| *name != METHOD_HEADER);
        parts.pack(headers).into()
    }
}

impl FromPayload for HttpRequest {
    /// Bytes without a type, or none at all, are taken for the body of a POST to `/`, so that what
    /// others publish reaches a handler of HTTP requests, too.
    fn from_payload(payload: Raw) -> Result<Self, PayloadError> {
        if payload.is_untyped() {
            return Ok(Self::new(Method::POST, "/").with_body(payload.bytes));
        }
        let mut message = payload.unpack::<ReceivedRequest>()?;
        let method = Method::from_bytes(message.method_or_guess())
            .map_err(|_| PayloadError::new("the request's method is not one"))?;
        let headers = header_map(message.take_headers())?;
        Ok(Self {
            method,
            url: message.url,
            headers,
            body: message.body,
            host: message.host,
            remote_addr: message.remote_addr,
        })
    }
}

impl IntoPayload for HttpResponse {
    fn into_payload(self) -> Raw {
        let parts = BorrowedResponse {
            status: self.status.as_u16(),
            body: &self.body,
        };
        parts.pack(|| lines(&self.headers)).into()
    }
}

impl FromPayload for HttpResponse {
    fn from_payload(payload: Raw) -> Result<Self, PayloadError> {
        let mut message = payload.unpack::<ReceivedResponse>()?;
        let status = match message.status {
            0 => Some(StatusCode::OK),
            code => u16::try_from(code)
                .ok()
                .and_then(|code| StatusCode::from_u16(code).ok())
                .filter(|status| !status.is_informational()),
        };
        let status = status.ok_or_else(|| {
            PayloadError::new(format!("{} is not the status of an answer", message.status))
        })?;
        let headers = header_map(message.take_headers())?;
        Ok(Self {
            status,
            headers,
            body: message.body,
        })
    }
}

fn lines(headers: &HeaderMap) -> impl Iterator<Item = (&str, &[u8])> {
    let lines = headers.iter();
    lines.map(|(name, value)| (name.as_str(), value.as_bytes()))
}

/// So many headers get their room at once.
const ROOM: usize = 32;
/// Whoever passes a message on adds headers of its own.
const ADDED: usize = 4;

/// What a peer wrote is checked here, so that nothing behind it can write a malformed header.
fn header_map(lines: Vec<ReceivedHeader>) -> Result<HeaderMap, PayloadError> {
    let mut headers = HeaderMap::with_capacity(lines.len().min(ROOM) + ADDED);
    for line in lines {
        let name = HeaderName::from_bytes(&line.name).map_err(|_| {
            let shown = line.name.escape_ascii();
            PayloadError::new(format!("`{shown}` is not the name of a header"))
        })?;
        let value = HeaderValue::from_maybe_shared(line.value).map_err(|_| {
            let shown = line.name.escape_ascii();
            PayloadError::new(format!(
                "header `{shown}` has a value that no header may have"
            ))
        })?;
        headers
            .try_append(name, value)
            .map_err(|_| PayloadError::new("too many headers"))?;
    }
    Ok(headers)
}
