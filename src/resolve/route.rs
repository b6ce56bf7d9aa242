//! A route: a path prefix and where it leads.

use serde_json::Value;

use super::{Timeout, cors, names};
use crate::diag::codes::meaning::BAD_ROUTE;
use crate::diag::codes::shape::{BAD_FORMAT, NOT_ONE_OF};
use crate::diag::{Diagnostic, Report};
pub use crate::schema::spec::Async;
use crate::schema::spec::{self, RouteTarget};
use crate::schema::{Located, Text};
use crate::source::Span;

/// The methods of HTTP (RFC 9110, PATCH of RFC 5789).
const METHODS: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// A path and where it leads.
#[derive(Clone, Debug)]
pub struct Route {
    /// The path prefix.
    pub path: String,
    /// Where the path is written.
    pub path_span: Span,
    /// The topic.
    pub topic: String,
    /// Where the topic is written.
    pub topic_span: Span,
    /// Whether the consumer lives outside of the given files.
    pub external: bool,
    /// How long a caller waits, where the route says so, or its function.
    pub timeout: Option<Timeout>,
    /// The methods it takes, sorted; all where empty.
    pub methods: Vec<String>,
    /// The host it is for, in lower case; all where absent.
    pub host: Option<String>,
    /// When a caller gets 202 instead of the answer.
    pub respond_async: Async,
    /// Which pages of other origins may call, as the gateway reads it.
    pub cors: Option<Value>,
    /// The Secret and key with the token that a caller has to show.
    pub auth: Option<SecretKey>,
    /// Whether the gateway may send a call twice.
    pub idempotent: bool,
}

/// A key of a Secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecretKey {
    /// The Secret's name.
    pub secret: String,
    /// The key.
    pub key: String,
}

/// What both places that routes are written at have in common.
#[derive(Default)]
struct Settings<'a> {
    methods: Option<&'a Vec<Located<Text>>>,
    host: Option<&'a Located<Text>>,
    timeout: Option<&'a Located<Text>>,
    respond_async: Async,
    cors: Option<&'a Located<spec::Cors>>,
    auth: Option<&'a spec::Auth>,
}

/// A route as the gateway has it.
pub(super) fn of_gateway(
    path: &Located<String>,
    target: &Located<RouteTarget>,
    report: &mut Report,
) -> Option<Route> {
    let (topic, topic_span, settings, external) = match &target.value {
        RouteTarget::Topic(topic) => (topic, target.span, Settings::default(), false),
        RouteTarget::Route(spec) => {
            let settings = Settings {
                methods: spec.methods.as_ref(),
                host: spec.host.as_ref(),
                timeout: spec.timeout.as_ref(),
                respond_async: spec.r#async.unwrap_or_default(),
                cors: spec.cors.as_ref(),
                auth: spec.auth.as_ref(),
            };
            let external = spec.external.unwrap_or(false);
            (&spec.topic.value.0, spec.topic.span, settings, external)
        }
    };
    let route = route(path, topic, topic_span, &settings, report);
    names::topic("a topic", topic, topic_span, report)?;
    Some(Route { external, ..route? })
}

/// A route as a function has it.
pub(super) fn of_function(
    spec: &Located<spec::Http>,
    topic: &str,
    timeout: Timeout,
    idempotent: bool,
    report: &mut Report,
) -> Option<Route> {
    let settings = Settings {
        methods: spec.methods.as_ref(),
        host: spec.host.as_ref(),
        timeout: spec.timeout.as_ref(),
        respond_async: spec.r#async.unwrap_or_default(),
        cors: spec.cors.as_ref(),
        auth: spec.auth.as_ref(),
    };
    let route = route(&spec.path, topic, spec.path.span, &settings, report)?;
    Some(Route {
        timeout: route.timeout.or(Some(timeout)),
        idempotent,
        ..route
    })
}

fn route(
    path: &Located<String>,
    topic: &str,
    topic_span: Span,
    settings: &Settings<'_>,
    report: &mut Report,
) -> Option<Route> {
    let timeout = settings.timeout;
    let route = Route {
        path: path.value.clone(),
        path_span: path.span,
        topic: topic.to_owned(),
        topic_span,
        external: false,
        timeout: timeout.map(|text| Timeout::resolve(Some(text), report)),
        methods: methods(settings.methods, report),
        host: settings.host.and_then(|text| host(text, report)),
        respond_async: settings.respond_async,
        cors: settings.cors.and_then(|spec| cors::resolve(spec, report)),
        auth: settings.auth.map(|auth| secret_key(&auth.bearer, report)),
        idempotent: false,
    };
    let Some((why, near)) = path_fault(&path.value) else {
        return Some(route);
    };
    let diagnostic =
        Diagnostic::at(&BAD_ROUTE, path.span, "this path cannot be matched").label(why);
    report.push(match near {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic,
    });
    None
}

/// A key of a Secret, checked.
pub(super) fn secret_key(spec: &spec::SecretKey, report: &mut Report) -> SecretKey {
    names::subdomain("a Secret", &spec.secret.0, spec.secret.span, report);
    let word = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    let key = &spec.key.0;
    if key.is_empty() || key.starts_with("..") || key == "." || !key.bytes().all(word) {
        report.push(
            Diagnostic::at(&BAD_FORMAT, spec.key.span, "a Secret cannot have this key")
                .label("letters, digits, `-`, `_` and `.` only"),
        );
    }
    SecretKey {
        secret: spec.secret.0.clone(),
        key: key.clone(),
    }
}

/// A host in lower case, without a port.
pub(super) fn host(text: &Located<Text>, report: &mut Report) -> Option<String> {
    let lower = text.0.to_ascii_lowercase();
    let why = if lower.contains(':') || lower.contains('/') {
        "a name alone, without scheme, port and path"
    } else if lower.contains('*') {
        "a name without `*`: leave it out to take all hosts"
    } else {
        "a name such as shop.example"
    };
    let edge = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_alphanumeric());
    let label = |part: &str| {
        part.len() <= names::LABEL_MAX
            && edge(part.bytes().next())
            && edge(part.bytes().next_back())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    if lower.len() <= 253 && lower.split('.').all(label) {
        return Some(lower);
    }
    report.push(
        Diagnostic::at(&BAD_FORMAT, text.span, "this is not a host")
            .label(format!("expected {why}")),
    );
    None
}

fn methods(spec: Option<&Vec<Located<Text>>>, report: &mut Report) -> Vec<String> {
    let mut methods = Vec::new();
    for method in spec.into_iter().flatten() {
        let upper = method.0.to_ascii_uppercase();
        if METHODS.contains(&method.0.as_str()) {
            methods.push(upper);
        } else {
            let diagnostic =
                Diagnostic::at(&NOT_ONE_OF, method.span, "this is not a method of HTTP")
                    .label(format!("expected one of {}", METHODS.join(", ")));
            report.push(if METHODS.contains(&upper.as_str()) {
                diagnostic.help(format!("write `{upper}`"))
            } else {
                diagnostic
            });
        }
    }
    methods.sort();
    methods.dedup();
    methods
}

/// Why no request can have this path, and what was likely meant.
fn path_fault(path: &str) -> Option<(&'static str, Option<String>)> {
    if !path.starts_with('/') {
        return Some(("a path begins with a slash", Some(format!("/{path}"))));
    }
    let inner = path[1..].strip_suffix('/').unwrap_or(&path[1..]);
    if path == "/" {
        None
    } else if path.contains(['?', '#']) {
        Some(("a path has no query and no fragment", None))
    } else if path
        .bytes()
        .any(|b| !(b'!'..=b'~').contains(&b) || b == b'\\' || b == b'%')
    {
        Some(("only visible ASCII, without `%` and `\\`", None))
    } else if inner.split('/').any(str::is_empty) {
        Some(("an empty segment never matches", None))
    } else if inner
        .split('/')
        .any(|segment| segment == "." || segment == "..")
    {
        Some(("`.` and `..` are refused in requests", None))
    } else {
        None
    }
}
