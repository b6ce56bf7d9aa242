//! The gateway, complete.

use super::resources::Usual;
use super::{ImageRef, Resources, Scaling, Timeout, image, names, resources};
use crate::diag::codes::meaning::BAD_ROUTE;
use crate::diag::codes::shape::NOT_ONE_OF;
use crate::diag::{Diagnostic, Report};
use crate::schema::Located;
use crate::schema::spec::{self, RouteTarget};
use crate::source::Span;

/// The gateway's image where none is named. Changing it restarts every gateway: a release of the
/// compiler alone must not.
pub(super) const IMAGE: &str = "kubefuncs/gateway:0.1.0";

/// What a gateway requests that says nothing.
const USUAL: Usual = Usual {
    cpu: "100m",
    memory: "64Mi",
    memory_limit: "256Mi",
};

/// The methods of HTTP (RFC 9110, PATCH of RFC 5789).
const METHODS: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// A gateway, complete.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// `<app>-gateway`: the name of its objects.
    pub object: String,
    /// Where it is written.
    pub span: Span,
    /// Its image.
    pub image: ImageRef,
    /// The routes, in the order of their paths.
    pub routes: Vec<Route>,
    /// How many pods.
    pub scaling: Scaling,
    /// CPU and memory.
    pub resources: Resources,
}

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
    /// How long a caller waits, where the route says so.
    pub timeout: Option<Timeout>,
    /// The methods it takes; all where empty.
    pub methods: Vec<String>,
    /// The host it is for; all where absent.
    pub host: Option<String>,
}

pub(super) fn resolve(
    located: &Located<spec::Gateway>,
    app: &str,
    shared: &image::Shared,
    report: &mut Report,
) -> Gateway {
    let spec = &located.value;
    let written = spec.routes.iter().flat_map(|routes| &routes.0);
    let mut routes: Vec<_> = written
        .filter_map(|(path, target)| route(path, target, report))
        .collect();
    routes.sort_by(|a, b| a.path.cmp(&b.path));
    Gateway {
        object: names::object(app, "gateway", located.span, report),
        span: located.span,
        image: shared.gateway(),
        routes,
        scaling: Scaling::resolve(spec.scaling.as_ref(), 2, report),
        resources: resources::resolve(spec.resources.as_ref(), USUAL),
    }
}

fn route(
    path: &Located<String>,
    target: &Located<RouteTarget>,
    report: &mut Report,
) -> Option<Route> {
    if let Some((why, near)) = path_fault(&path.value) {
        let diagnostic =
            Diagnostic::at(&BAD_ROUTE, path.span, "this path cannot be matched").label(why);
        report.push(match near {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic,
        });
        return None;
    }
    let usual = |topic: &str, topic_span| Route {
        path: path.value.clone(),
        path_span: path.span,
        topic: topic.to_owned(),
        topic_span,
        external: false,
        timeout: None,
        methods: Vec::new(),
        host: None,
    };
    let route = match &target.value {
        RouteTarget::Topic(topic) => usual(topic, target.span),
        RouteTarget::Route(spec) => Route {
            external: spec.external.unwrap_or(false),
            timeout: spec
                .timeout
                .as_ref()
                .map(|text| Timeout::resolve(Some(text), report)),
            methods: methods(spec, report),
            host: spec.host.as_ref().map(|host| host.0.to_ascii_lowercase()),
            ..usual(&spec.topic.0, spec.topic.span)
        },
    };
    names::topic("a topic", &route.topic, route.topic_span, report)?;
    Some(route)
}

fn methods(spec: &spec::Route, report: &mut Report) -> Vec<String> {
    let mut methods = Vec::new();
    for method in spec.methods.iter().flatten() {
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
