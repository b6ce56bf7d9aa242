//! What an event or a call carries.

use bytes::Bytes;
use clap::Args as ClapArgs;
use kubefuncs::{HeaderName, HeaderValue, HttpRequest, IntoPayload, Method, Raw};

use crate::exit::Failure;

/// What the body is sent as
#[derive(Debug, Clone, Default, ClapArgs)]
#[command(next_help_heading = "Payload")]
pub(crate) struct Payload {
    /// The method of the HTTP request [default: GET without a body, POST with one]
    #[arg(short = 'X', long, value_name = "METHOD", value_parser = method)]
    pub(crate) method: Option<Method>,

    /// The path and query of the HTTP request
    #[arg(long, value_name = "PATH", value_parser = path)]
    pub(crate) path: Option<String>,

    /// A header of the HTTP request
    #[arg(short = 'H', long, value_name = "NAME: VALUE", value_parser = header)]
    pub(crate) header: Vec<(HeaderName, HeaderValue)>,

    /// Send no HTTP request, but these bytes as a protobuf message of this type
    #[arg(long = "type", value_name = "TYPE", conflicts_with_all = ["method", "path", "header"])]
    pub(crate) type_url: Option<String>,
}

impl Payload {
    /// Whether a flag asks for an HTTP request.
    pub(crate) fn names_http(&self) -> bool {
        self.method.is_some() || self.path.is_some() || !self.header.is_empty()
    }

    /// The bytes under the type that was named, if one was.
    pub(crate) fn typed(&self, body: &Bytes) -> Option<Raw> {
        let name = self.type_url.as_deref()?;
        let type_url = match name.contains('/') {
            true => name.to_owned(),
            false => format!("type.googleapis.com/{name}"),
        };
        Some(Raw {
            type_url,
            bytes: body.clone(),
        })
    }

    /// An HTTP request with this body.
    pub(crate) fn http(&self, body: Bytes) -> Raw {
        let usual = if body.is_empty() {
            Method::GET
        } else {
            Method::POST
        };
        let method = self.method.clone().unwrap_or(usual);
        let path = self.path.as_deref().unwrap_or("/");
        let mut request = HttpRequest::new(method, path).with_body(body);
        for (name, value) in &self.header {
            request.headers.append(name.clone(), value.clone());
        }
        request.into_payload()
    }
}

fn method(text: &str) -> Result<Method, String> {
    Method::from_bytes(text.as_bytes()).map_err(|_| "it is no HTTP method".to_owned())
}

fn path(text: &str) -> Result<String, String> {
    let good = text.starts_with('/') && text.bytes().all(|b| b.is_ascii_graphic() && b != b'#');
    good.then(|| text.to_owned()).ok_or_else(|| {
        "a path begins with `/` and has no spaces, such as /orders/?page=2".to_owned()
    })
}

fn header(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let wanted = || "write `NAME: VALUE`".to_owned();
    let (name, value) = text.split_once(':').ok_or_else(wanted)?;
    let name = HeaderName::from_bytes(name.trim().as_bytes()).map_err(|_| wanted())?;
    let value = HeaderValue::from_str(value.trim()).map_err(|_| wanted())?;
    Ok((name, value))
}

/// The failure of a name that is none, for arguments that are not checked by their flag.
pub(crate) fn no_random(error: impl std::fmt::Display) -> Failure {
    Failure::unreachable(format!("no random numbers for an id: {error}"))
}
