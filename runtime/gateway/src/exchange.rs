//! From HTTP to the message a function gets, and back.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONNECTION, HOST, UPGRADE};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Version};
use kubefuncs::messages::BorrowedRequest;
use kubefuncs::trace::Trace;
use kubefuncs::{CallOptions, HttpResponse, Raw};

use crate::headers::{self, TRACEPARENT, TRACESTATE};
use crate::path;
use crate::reject::{Kind, Reject};
use crate::request_id::{self, RequestId};
use crate::route::Route;

/// What a request asks for, checked.
#[derive(Debug)]
pub(crate) struct Target<'a> {
    /// Host and port as the caller named them; empty where it named none.
    pub(crate) authority: Cow<'a, str>,
    /// The host alone.
    pub(crate) host: &'a str,
    /// The path in the form routes are matched by.
    pub(crate) path: Cow<'a, [u8]>,
    /// Path and query as received.
    pub(crate) url: &'a str,
}

impl<'a> Target<'a> {
    /// Reads the target of a request.
    ///
    /// # Errors
    /// [`Kind::Malformed`] for a path with two readings, and for a host that is missing, named
    /// twice or none.
    pub(crate) fn of(parts: &'a Parts) -> Result<Self, Reject> {
        let malformed = |reason: &'static str| Reject::new(Kind::Malformed, reason);
        let path = path::decode(parts.uri.path())?;
        let url = parts.uri.path_and_query().map_or("/", |all| all.as_str());
        if !url.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(malformed(
                "the query has a character that must be percent-encoded",
            ));
        }
        let mut named = parts.headers.get_all(HOST).iter();
        let named = match (named.next(), named.next()) {
            (Some(host), None) => Some(
                host.to_str()
                    .map_err(|_| malformed("the Host header is no host"))?,
            ),
            (Some(_), Some(_)) => return Err(malformed("there is more than one Host header")),
            (None, _) if parts.version == Version::HTTP_11 => {
                return Err(malformed("the Host header is missing"));
            }
            (None, _) => None,
        };
        let target = parts.uri.authority().map(Authority::as_str);
        if parts.version == Version::HTTP_2
            && let (Some(target), Some(named)) = (target, named)
            && !target.eq_ignore_ascii_case(named)
        {
            return Err(malformed("`:authority` and the Host header name two hosts"));
        }
        // The target in its absolute form goes before the header (RFC 9112 §3.2.2).
        let authority = target.or(named).unwrap_or_default();
        let host = host(authority).ok_or_else(|| malformed("the Host header is no host"))?;
        Ok(Self {
            authority: Cow::Borrowed(authority),
            host,
            path,
            url,
        })
    }
}

/// The host of `host:port`, without the dot that ends a complete name.
fn host(authority: &str) -> Option<&str> {
    if authority.is_empty() {
        return Some("");
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    let host = if authority.bytes().all(plain) {
        // As nearly all are.
        authority
    } else {
        let parsed: Authority = authority.parse().ok()?;
        if authority.contains('@') || parsed.host().is_empty() {
            return None;
        }
        &authority[..parsed.host().len()]
    };
    Some(host.strip_suffix('.').unwrap_or(host))
}

/// Whether a caller would rather not wait (RFC 7240 §4.1).
pub(crate) fn prefers_async(headers: &HeaderMap) -> bool {
    let named = headers.get_all(PREFER).iter();
    named
        .flat_map(|value| value.as_bytes().split(|&b| b == b','))
        .filter_map(|preference| preference.split(|&b| b == b';').next())
        .any(|preference| {
            preference
                .trim_ascii()
                .eq_ignore_ascii_case(b"respond-async")
        })
}

/// RFC 7240: what a caller wishes, and which of it was heard.
const PREFER: HeaderName = HeaderName::from_static("prefer");
pub(crate) const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// Refuses to speak another protocol. An offer of h2c may be passed over (RFC 9110 §7.8), and
/// some clients make it with every first request; whoever asks for anything else means it.
pub(crate) fn refuse_upgrade(headers: &HeaderMap) -> Result<(), Reject> {
    let other = headers
        .get_all(UPGRADE)
        .iter()
        .flat_map(|value| value.as_bytes().split(|&b| b == b','))
        .any(|protocol| !protocol.trim_ascii().eq_ignore_ascii_case(b"h2c"));
    if other {
        return Err(Reject::new(
            Kind::Upgrade,
            "a function answers requests: no protocol upgrade",
        ));
    }
    Ok(())
}

/// Who makes a request, beside what its head says.
pub(crate) struct Caller<'a> {
    /// Its address.
    pub(crate) peer: &'a str,
    pub(crate) id: &'a RequestId,
    /// The trace, as the function is to go on with it.
    pub(crate) trace: Option<&'a Trace>,
    /// Whether a token was asked for, and shown.
    pub(crate) is_authorized: bool,
}

/// The request as the function gets it, written straight from what the caller wrote.
pub(crate) fn request(
    method: &Method,
    target: &Target<'_>,
    headers: &HeaderMap,
    caller: &Caller<'_>,
    body: &[u8],
) -> Raw {
    let mut lines = headers::kept(headers);
    if caller.is_authorized {
        // The token was shown to us: the function has no use for it.
        lines.retain(|(name, _)| *name != AUTHORIZATION.as_str());
    }
    lines.push((request_id::NAME, caller.id.as_str().as_bytes()));
    lines.push((HOST.as_str(), target.authority.as_bytes()));
    let parent = caller.trace.map(Trace::traceparent);
    let parent = parent.iter().map(|parent| (TRACEPARENT, parent.as_str()));
    // Text of one header, as a trace is only read from headers here.
    let state = caller.trace.map(|trace| (TRACESTATE, trace.tracestate()));
    let trace = parent.chain(state).filter(|(_, value)| !value.is_empty());
    lines.extend(trace.map(|(name, value)| (name, value.as_bytes())));
    let parts = BorrowedRequest {
        method: method.as_str(),
        url: target.url,
        host: &target.authority,
        remote_addr: caller.peer,
        body,
    };
    parts.pack(|| lines.iter().copied()).into()
}

/// What travels along with the call.
pub(crate) fn options(route: &Route, trace: Option<&Trace>, id: &RequestId) -> CallOptions {
    let options = CallOptions::new()
        .with_timeout(route.timeout)
        .with_idempotent(route.idempotent)
        .with_request_id(id.as_str());
    match trace {
        Some(trace) => options.with_trace(trace),
        None => options,
    }
}

/// The answer as the caller gets it.
///
/// # Errors
/// [`Kind::BadReply`] for a status that ends no exchange.
pub(crate) fn response(reply: HttpResponse) -> Result<Response<Bytes>, Reject> {
    let HttpResponse {
        status,
        mut headers,
        body,
        ..
    } = reply;
    if status.is_informational() {
        return Err(Reject::new(
            Kind::BadReply,
            format!("{} ends no exchange", status.as_u16()),
        ));
    }
    headers::strip_response(&mut headers);
    let bodiless = matches!(
        status,
        StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED
    );
    let mut response = Response::new(if bodiless { Bytes::new() } else { body });
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// Asks the client to open another connection for its next request.
pub(crate) fn close_after(response: &mut Response<Bytes>) {
    response
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
}

#[cfg(test)]
mod tests;
