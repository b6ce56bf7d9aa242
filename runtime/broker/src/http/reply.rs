//! What HTTP requests are answered with.

use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;
use serde::Serialize;

/// A refusal: status and code, sent as `{"message": code}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    status: u16,
    code: String,
}

impl Refusal {
    pub(super) fn new(status: u16, code: impl Into<String>) -> Self {
        Self {
            status,
            code: code.into(),
        }
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    status: u16,
    body: Bytes,
    kind: Kind,
    allow: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Json,
    /// With nsqd's version header.
    Text,
    /// Without: `/ping`.
    Plain,
}

impl Reply {
    fn new(status: u16, body: impl Into<Bytes>, kind: Kind) -> Self {
        Self {
            status,
            body: body.into(),
            kind,
            allow: None,
        }
    }

    pub(super) fn empty() -> Self {
        Self::text("")
    }

    pub(super) fn text(text: impl Into<Bytes>) -> Self {
        Self::new(200, text, Kind::Text)
    }

    pub(super) fn plain(status: u16, text: &'static str) -> Self {
        Self::new(status, text, Kind::Plain)
    }

    pub(super) fn json(value: &impl Serialize) -> Self {
        // Our own structs of text and numbers always serialise.
        Self::new(
            200,
            serde_json::to_vec(value).unwrap_or_default(),
            Kind::Json,
        )
    }

    /// Neither this path nor one like it.
    pub(super) fn not_found() -> Self {
        Refusal::new(404, "NOT_FOUND").into()
    }

    /// The path is known, with another method.
    pub(super) fn wrong_method(allow: &'static str) -> Self {
        let mut reply = Self::from(Refusal::new(405, "METHOD_NOT_ALLOWED"));
        reply.allow = Some(allow);
        reply
    }

    /// Only TLS will do here, at this port; 0 is none.
    pub(super) fn tls_required(port: u16) -> Self {
        let body = format!("{{\"message\": \"TLS_REQUIRED\", \"https_port\": {port}}}");
        Self::new(403, body, Kind::Json)
    }

    pub(super) fn into_response(self) -> Response<Full<Bytes>> {
        let is_empty = self.body.is_empty();
        let mut response = Response::new(Full::new(self.body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        let content = match self.kind {
            Kind::Json => "application/json; charset=utf-8",
            Kind::Text | Kind::Plain => "text/plain; charset=utf-8",
        };
        if !is_empty {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content));
        }
        if self.kind != Kind::Plain {
            let version = HeaderValue::from_static("nsq; version=1.0");
            headers.insert("x-nsq-content-type", version);
        }
        if let Some(allow) = self.allow {
            headers.insert(ALLOW, HeaderValue::from_static(allow));
        }
        response
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        #[derive(Serialize)]
        struct Message {
            message: String,
        }
        let message = Message {
            message: refusal.code,
        };
        Self {
            status: refusal.status,
            ..Self::json(&message)
        }
    }
}

impl From<Result<Reply, Refusal>> for Reply {
    fn from(result: Result<Self, Refusal>) -> Self {
        result.unwrap_or_else(Self::from)
    }
}
