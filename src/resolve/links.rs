//! What functions and routes say of each other, over all files given.

use std::collections::{BTreeMap, BTreeSet};

use super::{App, Function, Scaling, Timeout, http};
use crate::diag::codes::meaning::{ROUTE_TO_NOBODY, SAME_CHANNEL};
use crate::diag::{Diagnostic, Report, SHOWN};
use crate::schema::fault;
use crate::source::Span;

/// Ties functions and routes together; reports two consumers of one channel, and routes that lead
/// nowhere.
///
/// `complete` says that all files could be read: only then is a missing function reported.
pub fn link(apps: &mut [App], complete: bool, report: &mut Report) {
    consumers(apps, report);
    if complete {
        routes(apps, report);
    }
    of_functions(apps);
    http::place(apps, report);
    http::conflicts(apps, report);
    http::patience(apps, report);
    queues(apps);
}

fn consumers(apps: &[App], report: &mut Report) {
    let mut first: BTreeMap<(&str, &str), (&str, Span)> = BTreeMap::new();
    for function in functions(apps) {
        let key = (function.topic.as_str(), function.channel.as_str());
        if let Some((object, span)) = first.get(&key) {
            // Two functions of one name have been reported as such.
            if *object == function.object {
                continue;
            }
            let message = format!(
                "two functions consume topic `{}` on channel `{}`",
                function.topic, function.channel
            );
            report.push(
                Diagnostic::at(&SAME_CHANNEL, function.consumes_span, message)
                    .label("the second")
                    .related(*span, "the first")
                    .help("give one of them another `channel` or `topic`"),
            );
        } else {
            first.insert(key, (&function.object, function.consumes_span));
        }
    }
}

/// With no function at all in the given files, a gateway stands for itself.
fn routes(apps: &[App], report: &mut Report) {
    let left_out = || apps.iter().flat_map(|app| &app.left_out);
    if left_out().any(Option::is_none) {
        return;
    }
    let topics = functions(apps).map(|f| &f.topic);
    let topics: BTreeSet<&str> = topics
        .chain(left_out().flatten())
        .map(String::as_str)
        .collect();
    if topics.is_empty() {
        return;
    }
    let routes = apps
        .iter()
        .filter_map(|app| app.gateway.as_ref())
        .flat_map(|g| &g.routes);
    let nowhere = routes.filter(|r| !r.external && !topics.contains(r.topic.as_str()));
    let off = apps.iter().flat_map(|app| &app.switched_off);
    for (index, route) in nowhere.enumerate() {
        let message = format!("no function consumes the topic `{}`", route.topic);
        let diagnostic = Diagnostic::at(&ROUTE_TO_NOBODY, route.topic_span, message);
        if let Some((_, span)) = off.clone().find(|(topic, _)| *topic == route.topic) {
            report.push(
                diagnostic
                    .related(*span, "this one does, but is switched off")
                    .help("leave the route out, too, or write it under `http` of the function"),
            );
            continue;
        }
        // Beyond what is shown nobody reads a suggestion, and each costs a look at every topic.
        let near = (index < SHOWN).then(|| fault::suggest(&route.topic, topics.iter().copied()));
        report.push(match near.flatten() {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic.help(format!(
                "if its consumer lives elsewhere: `{}: {{topic: {}, external: true}}`",
                route.path, route.topic
            )),
        });
    }
}

/// Gives each route without a timeout that of the function it leads to, the longest of several;
/// a call may be sent twice where all of them say so.
fn of_functions(apps: &mut [App]) {
    let mut known: BTreeMap<String, (Timeout, bool)> = BTreeMap::new();
    for function in functions(apps) {
        known
            .entry(function.topic.clone())
            .and_modify(|(timeout, idempotent)| {
                *timeout = timeout.max(function.timeout);
                *idempotent &= function.idempotent;
            })
            .or_insert((function.timeout, function.idempotent));
    }
    let gateways = apps.iter_mut().filter_map(|app| app.gateway.as_mut());
    for route in gateways.flat_map(|gateway| &mut gateway.routes) {
        if let Some((timeout, idempotent)) = known.get(&route.topic) {
            route.timeout = route.timeout.or(Some(*timeout));
            route.idempotent = *idempotent;
        }
    }
}

/// KEDA asks the exporter of the given files that looks at the same brokers. Without one it may
/// ask these brokers where a function wants it to.
fn queues(apps: &mut [App]) {
    let exporters = apps.iter().filter_map(|app| {
        let exporter = app.monitoring.exporter.as_ref()?.endpoint(&app.namespace);
        Some((app.broker.lookupd.clone(), exporter))
    });
    let exporters: Vec<_> = exporters.collect();
    for broker in apps.iter_mut().map(|app| &mut app.broker) {
        let mut same = exporters
            .iter()
            .filter(|(lookupd, _)| *lookupd == broker.lookupd);
        if broker.exporter.is_none() {
            broker.exporter = same.next().map(|(_, exporter)| exporter.clone());
        }
    }
    let queued = |f: &Function| matches!(f.scaling, Scaling::Queue { .. });
    let mut asking = apps.iter().filter(|app| app.broker.exporter.is_none());
    let wanted = asking.any(|app| app.functions.iter().any(queued));
    for nsq in apps.iter_mut().filter_map(|app| app.nsq.as_mut()) {
        nsq.keda |= wanted;
    }
}

fn functions(apps: &[App]) -> impl Iterator<Item = &Function> {
    apps.iter().flat_map(|app| &app.functions)
}
