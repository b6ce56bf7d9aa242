//! What a handler's reply becomes for whoever asked.

use kubefuncs_messages::{Empty, Error, HttpResponse};

use crate::json;
use crate::payload::Raw;

/// A reply to an HTTP request: an HTTP response or an error, never anything else. A handler with
/// nothing to say answers 204, one that replies JSON answers 200.
pub(crate) fn to_http(reply: Raw) -> Raw {
    if reply.is::<HttpResponse>() || reply.is::<Error>() {
        return reply;
    }
    if reply.is::<Empty>() {
        return Raw::pack(&HttpResponse {
            status: 204,
            ..HttpResponse::default()
        });
    }
    json::response(&reply).unwrap_or_else(|| {
        let found = reply.type_name();
        tracing::error!(
            found,
            "the handler answered an HTTP request with something else"
        );
        let reason = "the function answered an HTTP request with something else";
        error("bad_reply", reason, false)
    })
}

/// A failure as it travels.
pub(crate) fn error(code: &str, message: &str, retryable: bool) -> Raw {
    Raw::pack(&Error {
        error: message.to_owned(),
        code: code.to_owned(),
        retryable,
    })
}
