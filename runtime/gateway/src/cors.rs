//! Which web pages of other origins may call a route, and what their browsers are told.
//!
//! A browser asks first (a preflight, `OPTIONS` with the method it means to use) unless the
//! request is one that any form could send. The preflight is answered here and never reaches
//! a function. An origin that is not listed is refused in the preflight; a simple request of it
//! is served, since it would be without a browser, but the page does not get to read the answer.

use std::time::Duration;

use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};

use crate::reject::{Kind, Reject};

/// What every allowed page may send beside the headers that need no leave: JSON, first of all.
const SENT: [&str; 3] = ["authorization", "content-type", "prefer"];
/// What every allowed page may read beside the headers that need no leave.
const READ: [&str; 3] = ["location", "retry-after", "x-request-id"];

/// The headers of an answer that are decided here alone, whatever the function says.
const OURS: [HeaderName; 6] = [
    ACCESS_CONTROL_ALLOW_CREDENTIALS,
    ACCESS_CONTROL_ALLOW_HEADERS,
    ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS,
    ACCESS_CONTROL_MAX_AGE,
];

/// Who may call, and what they may send and read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cors {
    /// The origins, as browsers send them, such as `https://shop.example`; `*` for all.
    pub origins: Vec<HeaderValue>,
    /// Request headers they may send beside the usual ones.
    pub headers: Vec<HeaderName>,
    /// Response headers they may read beside the usual ones.
    pub expose: Vec<HeaderName>,
    /// Whether they may send cookies; never together with `*`.
    pub credentials: bool,
    /// How long a browser may remember what a preflight said.
    pub max_age: Option<Duration>,
}

/// The method a browser asks for, where this request is a preflight.
pub(crate) fn preflight(method: &Method, headers: &HeaderMap) -> Option<Method> {
    let asked = headers.get(ACCESS_CONTROL_REQUEST_METHOD)?;
    (*method == Method::OPTIONS && headers.contains_key(ORIGIN))
        .then(|| Method::from_bytes(asked.as_bytes()).ok())
        .flatten()
}

/// The answer to a preflight for `method`.
///
/// # Errors
/// [`Kind::Origin`] for a page that may not call.
pub(crate) fn answer(
    cors: &Cors,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response<Bytes>, Reject> {
    let refused = || Reject::new(Kind::Origin, "pages of this origin may not call this route");
    let grant = cors.grant(method, headers).ok_or_else(refused)?;
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    *response.headers_mut() = grant;
    Ok(response)
}

impl Cors {
    fn takes_any(&self) -> bool {
        self.origins.iter().any(|origin| origin == "*")
    }

    /// The value of `Access-Control-Allow-Origin` for the one origin of a request.
    fn allowed(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let mut named = headers.get_all(ORIGIN).iter();
        let (Some(origin), None) = (named.next(), named.next()) else {
            return None;
        };
        if self.takes_any() {
            return Some(HeaderValue::from_static("*"));
        }
        self.origins.contains(origin).then(|| origin.clone())
    }

    /// What the answer to a preflight says; `None` where this origin may not call.
    fn grant(&self, method: &Method, headers: &HeaderMap) -> Option<HeaderMap> {
        let origin = self.allowed(headers)?;
        let mut grant = HeaderMap::new();
        self.vary(&mut grant);
        grant.append(VARY, HeaderValue::from(ACCESS_CONTROL_REQUEST_METHOD));
        grant.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if self.credentials {
            grant.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
        }
        if let Ok(method) = HeaderValue::from_str(method.as_str()) {
            grant.insert(ACCESS_CONTROL_ALLOW_METHODS, method);
        }
        if let Some(names) = list(&SENT, &self.headers) {
            grant.insert(ACCESS_CONTROL_ALLOW_HEADERS, names);
        }
        if let Some(age) = self.max_age {
            grant.insert(ACCESS_CONTROL_MAX_AGE, age.as_secs().into());
        }
        Some(grant)
    }

    /// Adds to an answer, be it the function's or a refusal, what the page that asked may do
    /// with it. `request` holds the headers of the request.
    pub(crate) fn mark(&self, request: &HeaderMap, answer: &mut HeaderMap) {
        for name in &OURS {
            answer.remove(name);
        }
        self.vary(answer);
        let Some(origin) = self.allowed(request) else {
            return;
        };
        answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if self.credentials {
            answer.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
        }
        if let Some(names) = list(&READ, &self.expose) {
            answer.insert(ACCESS_CONTROL_EXPOSE_HEADERS, names);
        }
    }

    /// Says to caches on what the answer depends.
    fn vary(&self, answer: &mut HeaderMap) {
        // Where all origins get the same answer, it does not depend on them.
        if !self.takes_any() {
            answer.append(VARY, HeaderValue::from_static("origin"));
        }
    }
}

const TRUE: HeaderValue = HeaderValue::from_static("true");

/// `usual` and `more` in one value.
fn list(usual: &[&str], more: &[HeaderName]) -> Option<HeaderValue> {
    let more = more.iter().map(HeaderName::as_str);
    let mut names: Vec<&str> = usual.iter().copied().chain(more).collect();
    names.sort_unstable();
    names.dedup();
    HeaderValue::from_str(&names.join(", ")).ok()
}
