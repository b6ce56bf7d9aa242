//! Routes of functions, on the gateway that serves them.

use std::collections::BTreeMap;

use super::{App, Async, Route};
use crate::diag::codes::running::{COLD_START, LONG_CALL, NO_GATEWAY, ROUTE_TWICE, WHICH_GATEWAY};
use crate::diag::{Diagnostic, Report};
use crate::source::Span;

/// Moves the routes of all functions to the gateway of their file, else to the only one there is.
pub(super) fn place(apps: &mut [App], report: &mut Report) {
    let gateways: Vec<usize> = (0..apps.len())
        .filter(|i| apps[*i].gateway.is_some())
        .collect();
    for index in 0..apps.len() {
        let functions = apps[index].functions.iter_mut();
        let routes: Vec<Route> = functions
            .flat_map(|f| std::mem::take(&mut f.http))
            .collect();
        let Some(first) = routes.iter().map(|route| route.path_span).min() else {
            continue;
        };
        let target = match gateways.as_slice() {
            own if own.contains(&index) => index,
            [only] => *only,
            [] => {
                report.push(no_gateway(first));
                continue;
            }
            several => {
                let spans = several.iter().filter_map(|i| apps[*i].gateway.as_ref());
                report.push(which_gateway(first, spans.map(|gateway| gateway.span)));
                continue;
            }
        };
        if let Some(gateway) = &mut apps[target].gateway {
            gateway.routes.extend(routes);
            gateway.routes.sort_by(|a, b| {
                (&a.path, &a.host, &a.methods).cmp(&(&b.path, &b.host, &b.methods))
            });
        }
    }
}

/// Reports routes of one gateway that take the same requests.
pub(super) fn conflicts(apps: &[App], report: &mut Report) {
    for gateway in apps.iter().filter_map(|app| app.gateway.as_ref()) {
        let mut known: BTreeMap<(&str, Option<&str>), Vec<&Route>> = BTreeMap::new();
        let mut routes: Vec<_> = gateway.routes.iter().collect();
        routes.sort_by_key(|route| route.path_span);
        for route in routes {
            // The gateway takes `/a` for `/a/` too.
            let path = route.path.trim_end_matches('/');
            let twins = known.entry((path, route.host.as_deref())).or_default();
            if let Some(twin) = twins.iter().find(|twin| twin.shares_a_method(route)) {
                report.push(same_requests(route, twin));
            }
            twins.push(route);
        }
    }
}

/// Warns of callers who wait for longer than they will, or for a pod that there is none of yet.
pub(super) fn patience(apps: &[App], report: &mut Report) {
    let functions = apps.iter().flat_map(|app| &app.functions);
    let cold: BTreeMap<&str, Span> = functions
        .filter(|function| function.scaling.may_be_none() && function.replies)
        .map(|function| (function.topic.as_str(), function.name_span))
        .collect();
    let gateways = apps.iter().filter_map(|app| app.gateway.as_ref());
    for route in gateways
        .flat_map(|gateway| &gateway.routes)
        .filter(|route| route.respond_async != Async::Always)
    {
        let timeout = route.timeout.unwrap_or_default();
        if timeout.tires_callers() {
            let message = format!(
                "callers of `{}` may wait for {}",
                route.path,
                timeout.shown()
            );
            report.push(
                Diagnostic::at(&LONG_CALL, route.path_span, message)
                    .help("`async: true` answers at once, with 202"),
            );
        }
        if let Some(function) = cold.get(route.topic.as_str()) {
            let message = format!("callers of `{}` may wait for a first pod", route.path);
            report.push(
                Diagnostic::at(&COLD_START, route.path_span, message)
                    .related(*function, "there may be no pod of this")
                    .help("keep one with `scaling.min: 1`, or let nobody wait with `async: true`"),
            );
        }
    }
}

impl Route {
    fn shares_a_method(&self, other: &Self) -> bool {
        self.methods.is_empty()
            || other.methods.is_empty()
            || self
                .methods
                .iter()
                .any(|method| other.methods.contains(method))
    }
}

fn no_gateway(first: Span) -> Diagnostic {
    Diagnostic::at(
        &NO_GATEWAY,
        first,
        "no gateway in the given files serves this route",
    )
    .help("add `gateway: {}` for one of its own")
    .help("or give the file of a shared one along: `kubefunctl render FILE GATEWAY_FILE`")
}

fn which_gateway(first: Span, gateways: impl Iterator<Item = Span>) -> Diagnostic {
    let message = "several gateways could serve this route";
    let diagnostic = Diagnostic::at(&WHICH_GATEWAY, first, message)
        .help("write it under `routes` of the one that is meant");
    gateways.fold(diagnostic, |diagnostic, span| {
        diagnostic.related(span, "this one")
    })
}

fn same_requests(route: &Route, twin: &Route) -> Diagnostic {
    let host = route
        .host
        .as_ref()
        .map(|host| format!(" on `{host}`"))
        .unwrap_or_default();
    let message = format!("two routes take requests to `{}`{host}", route.path);
    Diagnostic::at(&ROUTE_TWICE, route.path_span, message)
        .label("the second")
        .related(twin.path_span, "the first")
        .help("tell them apart by path, by host or by methods")
}
