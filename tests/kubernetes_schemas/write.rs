//! The text of the bundle: the same bytes for the same schemas, one definition a line.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::collect::Kind;
use crate::rules::Definitions;

/// Writes kinds and the definitions that they need.
pub(crate) fn write(version: &str, kinds: &[Kind], definitions: &Definitions) -> String {
    let rows: Vec<String> = kinds.iter().map(|kind| line(&row(kind))).collect();
    let needed = reachable(kinds, definitions);
    let definitions: Vec<String> = needed
        .iter()
        .map(|name| format!("{}:{}", line(&json!(name)), line(&definitions[*name])))
        .collect();
    format!(
        "{{\n\"kubernetes\":{},\n\"kinds\":[\n{}\n],\n\"definitions\":{{\n{}\n}}\n}}\n",
        line(&json!(version)),
        rows.join(",\n"),
        definitions.join(",\n"),
    )
}

fn row(kind: &Kind) -> Value {
    json!({
        "apiVersion": kind.api_version,
        "kind": kind.kind,
        "namespaced": kind.namespaced,
        "definition": kind.definition,
    })
}

/// The names of the definitions that the kinds refer to, directly or not.
fn reachable<'d>(kinds: &'d [Kind], definitions: &'d Definitions) -> BTreeSet<&'d str> {
    let mut found = BTreeSet::new();
    let mut todo: Vec<&str> = kinds.iter().map(|kind| kind.definition.as_str()).collect();
    while let Some(name) = todo.pop() {
        if found.insert(name) {
            references(&definitions[name], &mut todo);
        }
    }
    found
}

fn references<'v>(schema: &'v Value, names: &mut Vec<&'v str>) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get("$ref") {
                let name = reference.strip_prefix("#/$defs/");
                names.push(name.expect("references lead to definitions"));
            }
            map.values().for_each(|value| references(value, names));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, names)),
        _ => {}
    }
}

/// A value on one line, its keys sorted however the map at hand keeps them.
fn line(value: &Value) -> String {
    let mut text = String::new();
    match value {
        Value::Object(map) => {
            let sorted: BTreeMap<_, _> = map.iter().collect();
            for (key, value) in sorted {
                let comma = if text.is_empty() { '{' } else { ',' };
                let _ = write!(text, "{comma}{}:{}", json!(key), line(value));
            }
            if text.is_empty() {
                text.push('{');
            }
            text.push('}');
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(line).collect();
            let _ = write!(text, "[{}]", items.join(","));
        }
        scalar => text = scalar.to_string(),
    }
    text
}
