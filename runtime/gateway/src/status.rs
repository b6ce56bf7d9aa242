//! Where a caller asks what became of a request that was answered with 202.
//!
//! The path of an id that was given out here leads here, even below a route for all paths: nobody
//! else can have meant it. Any other path below [`PREFIX`] is left to the routes first.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use serde::Serialize;

use crate::accepted::Known;
use crate::reject::{Kind, Reject};

/// Where it is, in front of the id.
pub(crate) const PREFIX: &str = "/.kubefuncs/requests/";

/// What is told of a request.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    id: &'a str,
    request_id: &'a str,
    /// `accepted`, `done`, `failed` or `dead-lettered`.
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts: Option<u32>,
    /// Of the function's answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    http_status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_letter: Option<&'a str>,
}

/// The id in a path, where it has the form of one.
pub(crate) fn id(path: &str) -> Option<&str> {
    let id = path.strip_prefix(PREFIX)?;
    let form = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    (id.len() == 32 && id.bytes().all(form)).then_some(id)
}

/// What is said where nothing is known.
pub(crate) fn gone() -> Reject {
    Reject::new(
        Kind::Gone,
        "this gateway knows nothing of the request: it is over for long, or another one took it",
    )
}

/// The answer to a request that was taken.
pub(crate) fn accepted(id: &str, request_id: &str) -> Response<Bytes> {
    let body = Body {
        id,
        request_id,
        status: "accepted",
        attempts: None,
        http_status: None,
        code: None,
        reason: None,
        dead_letter: None,
    };
    let mut response = json(StatusCode::ACCEPTED, &body);
    if let Ok(location) = HeaderValue::from_str(&format!("{PREFIX}{id}")) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

/// The answer to a question.
pub(crate) fn answer(id: &str, known: &Known) -> Response<Bytes> {
    let ended = known.ended.as_ref();
    let result = ended.map(|ended| ended.result.as_ref());
    let failure = result.and_then(Result::err);
    let body = Body {
        id,
        request_id: &known.request_id,
        status: ended.map_or("accepted", |ended| ended.kind.as_str()),
        attempts: ended.map(|ended| ended.attempt),
        http_status: result.and_then(Result::ok).copied(),
        code: failure.map(Reject::code),
        reason: failure.map(Reject::reason),
        dead_letter: ended.and_then(|ended| ended.dead_letter.as_deref()),
    };
    let mut response = json(StatusCode::OK, &body);
    if ended.is_none() {
        let soon = HeaderValue::from_static("1");
        response.headers_mut().insert(RETRY_AFTER, soon);
    }
    response
}

fn json(status: StatusCode, body: &Body<'_>) -> Response<Bytes> {
    // Texts and numbers always serialise.
    let mut text = serde_json::to_vec(body).unwrap_or_default();
    text.push(b'\n');
    let mut response = Response::new(Bytes::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
