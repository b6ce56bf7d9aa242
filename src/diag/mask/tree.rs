//! Secrets of a file that can be read.

use super::Secret;
use super::name::is_secret_name;
use crate::source::{Node, NodeValue, Resolved, ScalarStyle};

/// Keys whose values name things, and are no secrets: `{secret: shop-db, key: url}`.
const REFERENCES: [&str; 14] = [
    "secret",
    "configMap",
    "secretName",
    "secretRef",
    "secretKeyRef",
    "configMapRef",
    "configMapKeyRef",
    "pullSecrets",
    "imagePullSecrets",
    "field",
    "fieldRef",
    "key",
    "optional",
    "name",
];

/// The secret values of a document.
pub(super) fn secrets(tree: &Node, text: &str) -> Vec<Secret> {
    let mut found = Vec::new();
    walk(tree, text, Sense::Open, &mut found);
    found
}

/// What a value is taken for because of what stands above it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sense {
    /// A setting.
    Open,
    /// Variables: here a key is a name somebody chose, whatever else it means elsewhere.
    Variables,
    /// A secret.
    Secret,
}

fn walk(node: &Node, text: &str, sense: Sense, found: &mut Vec<Secret>) {
    match &node.value {
        NodeValue::Scalar(scalar) => {
            // Switches and nothing at all hide nothing.
            let plain = matches!(scalar.resolve(), Resolved::Null | Resolved::Bool(_));
            if sense == Sense::Secret && !plain {
                found.push(Secret {
                    range: value_range(node, text),
                    text: scalar.text.clone(),
                });
            }
            // Each line of a block, since a message or an excerpt shows one of them.
            if sense == Sense::Secret && scalar.style == ScalarStyle::Block {
                let lines = scalar.text.lines().map(str::trim);
                found.extend(lines.filter(|line| !line.is_empty()).map(|line| Secret {
                    range: value_range(node, text),
                    text: line.to_owned(),
                }));
            }
        }
        NodeValue::List(items) => {
            for item in items {
                walk(item, text, sense, found);
            }
        }
        NodeValue::Map(entries) => {
            // `{name: DB_PASSWORD, value: …}`: the list form of variables.
            let named = node.get("name").and_then(Node::as_scalar);
            let named = named.is_some_and(|name| is_secret_name(&name.text));
            for entry in entries {
                let key = entry.key.as_str();
                let inner = if sense != Sense::Variables && REFERENCES.contains(&key) {
                    Sense::Open
                } else if sense == Sense::Secret
                    || (is_secret_name(key) && !key.starts_with('/'))
                    || (named && key == "value")
                {
                    Sense::Secret
                } else if matches!(key, "env" | "environment" | "data" | "stringData") {
                    Sense::Variables
                } else {
                    Sense::Open
                };
                walk(&entry.value, text, inner, found);
            }
        }
    }
}

/// The bytes of a value; a block scalar's without the line break at its end.
fn value_range(node: &Node, text: &str) -> std::ops::Range<usize> {
    let range = node.span.range();
    let written = text.get(range.clone()).unwrap_or_default();
    range.start..range.start + written.trim_end().len()
}
