//! JSON as a payload.

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue};
use kubefuncs_messages as messages;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::http::{HttpRequest, HttpResponse};
use crate::payload::{FromPayload, IntoPayload, PayloadError, Raw};

/// The type of a payload that is JSON and nothing else.
const TYPE_URL: &str = "application/json";

/// A value that travels as JSON, in a handler's arguments and replies, and in what a client sends.
///
/// It is read from the body of an HTTP request or response, from a payload of type
/// `application/json`, and from bytes whose sender named no type. As the reply to an HTTP request it
/// is a response with status 200 and that content type.
///
/// ```
/// use kubefuncs::{Context, Failure, Json};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Deserialize)]
/// struct Order {
///     pieces: u32,
/// }
///
/// #[derive(Serialize)]
/// struct Price {
///     cents: u32,
/// }
///
/// async fn quote(_: Context, Json(order): Json<Order>) -> Result<Json<Price>, Failure> {
///     Ok(Json(Price { cents: order.pieces * 250 }))
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromPayload for Json<T> {
    fn from_payload(payload: Raw) -> Result<Self, PayloadError> {
        let body = if payload.is::<messages::HttpRequest>() {
            HttpRequest::from_payload(payload)?.body
        } else if payload.is::<messages::HttpResponse>() {
            HttpResponse::from_payload(payload)?.body
        } else if payload.is_untyped() || payload.type_url == TYPE_URL {
            payload.bytes
        } else {
            let found = payload.type_name().escape_debug();
            return Err(PayloadError::new(format!(
                "expected JSON or HTTP with a body of JSON, found {found}"
            )));
        };
        let value = serde_json::from_slice(&body);
        value
            .map(Self)
            .map_err(|error| PayloadError::new(format!("not the JSON that is wanted: {error}")))
    }
}

impl<T: Serialize> IntoPayload for Json<T> {
    /// # Panics
    /// When the value has no form in JSON, such as a map whose keys are no strings. In a handler
    /// that is a failure as any panic.
    fn into_payload(self) -> Raw {
        let bytes = serde_json::to_vec(&self.0).expect("the value has a form in JSON");
        Raw {
            type_url: TYPE_URL.to_owned(),
            bytes: bytes.into(),
        }
    }
}

/// What a reply of JSON is to whoever asked by HTTP; `None` for any other reply.
pub(crate) fn response(reply: &Raw) -> Option<Raw> {
    (reply.type_url == TYPE_URL).then(|| http(reply.bytes.clone()).into_payload())
}

fn http(body: Bytes) -> HttpResponse {
    HttpResponse::new(StatusCode::OK)
        .with_header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
        .with_body(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::http::Method;

    fn read(payload: impl IntoPayload) -> Result<Vec<u8>, String> {
        let read = Json::from_payload(payload.into_payload());
        read.map(|Json(value)| value)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn json_is_read_from_whatever_holds_it() {
        let untyped = Raw {
            bytes: "[1,2]".into(),
            ..Raw::default()
        };
        let wanted = Ok(vec![1, 2]);
        assert_eq!(read(Json(vec![1, 2])), wanted);
        assert_eq!(read(untyped), wanted);
        assert_eq!(
            read(HttpRequest::new(Method::POST, "/").with_body("[1,2]")),
            wanted
        );
        assert_eq!(read(http("[1,2]".into())), wanted);
    }

    #[test]
    fn what_is_not_the_json_that_is_wanted_says_where() {
        assert_eq!(
            read(Json("text")).unwrap_err(),
            "not the JSON that is wanted: invalid type: string \"text\", expected a sequence at line 1 column 6"
        );
        assert_eq!(
            read(()).unwrap_err(),
            "expected JSON or HTTP with a body of JSON, found kubefuncs.Empty"
        );
    }

    #[test]
    fn a_reply_to_http_is_a_response() {
        let reply = response(&Json(true).into_payload()).unwrap();
        let reply = HttpResponse::from_payload(reply).unwrap();
        assert_eq!(
            (reply.status, reply.body.as_ref()),
            (StatusCode::OK, &b"true"[..])
        );
        assert_eq!(reply.headers[CONTENT_TYPE], "application/json");
        assert_eq!(response(&().into_payload()), None);
    }
}
