//! What can be written and is rendered, but the runtime of this version does not take yet.
//!
//! It refuses such a setting when it starts rather than pass over it, so whoever writes one is
//! told here first. A row goes when the runtime learns it; the last row takes this file with it.

use crate::diag::codes::running::AHEAD_OF_RUNTIME;
use crate::diag::{Diagnostic, Report};
use crate::source::{Entry, Node, NodeValue};

/// A way through the document, `*` for every key or entry, and who does not take it yet.
const AHEAD: &[(&[&str], &str)] = &[
    (&["functions", "*", "deadLetter"], "the client library"),
    (
        &["functions", "*", "schedule"],
        "the gateway's image (the `kubefuncs` command)",
    ),
    (&["functions", "*", "idempotent"], "the gateway"),
    (&["functions", "*", "http", "*", "async"], "the gateway"),
    (&["functions", "*", "http", "*", "auth"], "the gateway"),
    (&["functions", "*", "http", "*", "cors"], "the gateway"),
    (&["gateway", "routes", "*", "async"], "the gateway"),
    (&["gateway", "routes", "*", "auth"], "the gateway"),
    (&["gateway", "routes", "*", "cors"], "the gateway"),
    (&["gateway", "limits"], "the gateway"),
    (&["broker", "auth"], "the client library"),
    (&["broker", "tls"], "the client library"),
    (&["monitoring", "*"], "the processes: they serve no metrics"),
];

/// Warns once of each such setting that is switched on.
pub(super) fn check(tree: &Node, report: &mut Report) {
    for (path, who) in AHEAD {
        if let Some(entry) = first(tree, path) {
            report.push(
                Diagnostic::at(
                    &AHEAD_OF_RUNTIME,
                    entry.key_span,
                    format!("`{}` is ahead of the runtime", entry.key),
                )
                .label(format!("not in {who} of this version"))
                .help("leave it out until then: what runs refuses it, or lacks what it is about"),
            );
        }
    }
}

/// The first entry at the end of `path` that says something other than `false`.
fn first<'a>(node: &'a Node, path: &[&str]) -> Option<&'a Entry> {
    let (step, rest) = path.split_first()?;
    match &node.value {
        NodeValue::List(items) => items.iter().find_map(|item| first(item, rest)),
        NodeValue::Map(entries) => {
            let mut here = entries
                .iter()
                .filter(|entry| *step == "*" || entry.key == *step);
            here.find_map(|entry| match rest {
                [] => (!is_off(&entry.value)).then_some(entry),
                rest => first(&entry.value, rest),
            })
        }
        NodeValue::Scalar(_) => None,
    }
}

fn is_off(node: &Node) -> bool {
    node.is_null()
        || node
            .as_scalar()
            .is_some_and(|scalar| scalar.text == "false")
}
