//! What functions and routes say of each other, over all files given.

use std::collections::BTreeMap;

use super::App;
use crate::diag::codes::meaning::{ROUTE_TO_NOBODY, SAME_CHANNEL};
use crate::diag::{Diagnostic, Report};
use crate::schema::fault;
use crate::source::Span;

/// Reports two consumers of one channel, and routes that lead nowhere.
///
/// `complete` says that no function was left out: only then is a missing one reported.
pub fn check(apps: &[App], complete: bool, report: &mut Report) {
    consumers(apps, report);
    if complete {
        routes(apps, report);
    }
}

fn consumers(apps: &[App], report: &mut Report) {
    let mut first: BTreeMap<(&str, &str), (&str, Span)> = BTreeMap::new();
    for function in apps.iter().flat_map(|app| &app.functions) {
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
                Diagnostic::at(&SAME_CHANNEL, function.name_span, message)
                    .label("the second")
                    .related(*span, "the first")
                    .help("give one of them another `channel` or `topic`"),
            );
        } else {
            first.insert(key, (&function.object, function.name_span));
        }
    }
}

/// With no function at all in the given files, a gateway stands for itself.
fn routes(apps: &[App], report: &mut Report) {
    let topics: Vec<&str> = apps
        .iter()
        .flat_map(|app| &app.functions)
        .map(|f| f.topic.as_str())
        .collect();
    if topics.is_empty() {
        return;
    }
    let routes = apps
        .iter()
        .filter_map(|app| app.gateway.as_ref())
        .flat_map(|g| &g.routes);
    for route in routes {
        if route.external || topics.contains(&route.topic.as_str()) {
            continue;
        }
        let message = format!("no function consumes the topic `{}`", route.topic);
        let diagnostic = Diagnostic::at(&ROUTE_TO_NOBODY, route.topic_span, message);
        report.push(match fault::suggest(&route.topic, topics.iter().copied()) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic.help(format!(
                "if its consumer lives elsewhere: `{}: {{topic: {}, external: true}}`",
                route.path, route.topic
            )),
        });
    }
}
