//! The original project's spellings, rewritten in the tree before anything else looks at it.
//!
//! Values keep their places, so a finding about a moved value still points at the user's line.
//! Each old spelling is reported once a file.

use super::overlay;
use crate::diag::codes::meaning::OLD_SPELLING;
use crate::diag::codes::reading::DUPLICATE_KEY;
use crate::diag::{Diagnostic, Report};
use crate::source::{Entry, Node, NodeValue, ScalarStyle, Span};

/// Old keys of a function or of `defaults`, and where their values live now.
const SCALING: [(&str, &str); 3] = [
    ("replicas", "min"),
    ("maxReplicas", "max"),
    ("targetCPUUtilizationPercentage", "cpu"),
];

/// Rewrites the old spellings of a whole document, its environments included.
pub(super) fn modernise(tree: &mut Node, report: &mut Report) {
    let mut seen = Seen::default();
    layer(tree, &mut seen, report);
    for environment in overlay::environments_mut(tree) {
        layer(&mut environment.value, &mut seen, report);
    }
}

/// The document without its environments, or one of them.
fn layer(tree: &mut Node, seen: &mut Seen, report: &mut Report) {
    if let Some(defaults) = value_mut(tree, "defaults") {
        scaling(defaults, seen, report);
    }
    if let Some(Node {
        value: NodeValue::List(functions),
        ..
    }) = value_mut(tree, "functions")
    {
        for function in functions {
            scaling(function, seen, report);
        }
    }
    routes(tree, report);
}

/// Which spellings have been reported.
#[derive(Default)]
struct Seen([bool; SCALING.len()]);

/// `replicas: 2` is `scaling: {min: 2}` now.
fn scaling(function: &mut Node, seen: &mut Seen, report: &mut Report) {
    let NodeValue::Map(entries) = &mut function.value else {
        return;
    };
    let mut moved: Vec<Entry> = Vec::new();
    for (index, (old, new)) in SCALING.into_iter().enumerate() {
        let Some(at) = entries.iter().position(|entry| entry.key == old) else {
            continue;
        };
        let entry = entries.remove(at);
        if !std::mem::replace(&mut seen.0[index], true) {
            report.push(renamed(
                entry.key_span,
                old,
                &format!("scaling: {{{new}: …}}"),
            ));
        }
        moved.push(Entry {
            key: new.to_owned(),
            ..entry
        });
    }
    let Some(first) = moved.first() else { return };
    let span = first.key_span;
    match entries.iter_mut().find(|entry| entry.key == "scaling") {
        Some(Entry {
            value:
                Node {
                    value: NodeValue::Map(scaling),
                    ..
                },
            ..
        }) => {
            for entry in moved {
                match scaling.iter().find(|present| present.key == entry.key) {
                    Some(twin) => report.push(twice(&entry, twin.key_span)),
                    None => scaling.push(entry),
                }
            }
        }
        Some(other) => report.push(twice(&moved[0], other.key_span)),
        None => entries.push(mapping("scaling", span, moved)),
    }
}

/// The gateway chart's `config: {routes: …}` is `gateway: {routes: …}` now.
fn routes(tree: &mut Node, report: &mut Report) {
    let NodeValue::Map(entries) = &mut tree.value else {
        return;
    };
    if entries.iter().any(|entry| entry.key == "gateway") {
        return;
    }
    if let Some(config) = entries.iter_mut().find(|entry| entry.key == "config") {
        report.push(renamed(config.key_span, "config", "gateway: {routes: …}"));
        config.key = "gateway".to_owned();
    }
}

fn renamed(span: Span, old: &str, new: &str) -> Diagnostic {
    Diagnostic::at(&OLD_SPELLING, span, format!("`{old}` is an older spelling"))
        .help(format!("write `{new}`"))
}

fn twice(entry: &Entry, other: Span) -> Diagnostic {
    Diagnostic::at(
        &DUPLICATE_KEY,
        entry.key_span,
        "this is given twice, in two spellings",
    )
    .label(format!("the same as `scaling.{}`", entry.key))
    .related(other, "also here")
    .help("keep `scaling` and remove the older spelling")
}

fn mapping(key: &str, span: Span, entries: Vec<Entry>) -> Entry {
    Entry {
        key: key.to_owned(),
        key_span: span,
        key_style: ScalarStyle::Plain,
        value: Node {
            span,
            value: NodeValue::Map(entries),
        },
    }
}

fn value_mut<'a>(node: &'a mut Node, key: &str) -> Option<&'a mut Node> {
    match &mut node.value {
        NodeValue::Map(entries) => entries
            .iter_mut()
            .find(|entry| entry.key == key)
            .map(|entry| &mut entry.value),
        _ => None,
    }
}
