//! The original's Helm values. They are read as they are, too; this writes them in the new
//! spelling.

use serde_json::{Map, Value};

use super::known::Known;
use super::{Imported, Notes, entries, items, put, string, text};
use crate::source::{Entry, Node};

/// Old keys of a function, and where their values live now.
const SCALING: [(&str, &str); 3] = [
    ("replicas", "min"),
    ("maxReplicas", "max"),
    ("targetCPUUtilizationPercentage", "cpu"),
];

/// A functions.yaml from the values of the original's charts.
///
/// `app` is its name, instead of the values' own.
#[must_use]
pub fn helm(values: &Node, app: Option<&str>) -> Imported {
    let known = Known::new();
    let mut notes = Notes::default();
    let mut out = Map::new();
    let named = ["fullnameOverride", "nameOverride", "app"];
    let name = named.iter().find_map(|key| text(values.get(key)));
    out.insert(
        "app".to_owned(),
        super::app(app.or(name), values, &mut notes),
    );
    for entry in entries(Some(values)) {
        let value = &entry.value;
        match entry.key.as_str() {
            "app" | "fullnameOverride" | "nameOverride" => {}
            "functions" => {
                let functions = items(Some(value)).iter();
                let functions = functions.map(|one| function(one, &known, &mut notes));
                put(&mut out, "functions", functions.collect::<Vec<_>>());
            }
            "defaults" => put(&mut out, "defaults", function(value, &known, &mut notes)),
            "config" => {
                put(&mut out, "gateway", gateway(value, &mut notes));
            }
            "imagePullSecrets" => {
                let names = items(Some(value)).iter();
                let names = names.filter_map(|one| text(one.get("name").or(Some(one))));
                put(&mut out, "pullSecrets", names.collect::<Vec<_>>());
            }
            key if known.top(key) => put(&mut out, key, plain(key, value)),
            _ => notes.left(entry, "functions.yaml has nothing like it"),
        }
    }
    Imported {
        value: Value::Object(out),
        notes: notes.0,
    }
}

fn function(node: &Node, known: &Known, notes: &mut Notes) -> Value {
    let mut out = Map::new();
    let mut scaling = Map::new();
    for entry in entries(Some(node)) {
        let key = entry.key.as_str();
        let moved = SCALING.iter().find(|(old, _)| *old == key);
        if let Some((_, new)) = moved {
            put(&mut scaling, new, entry.value.to_json());
        } else if key == "scaling" {
            scaling.extend(
                entry
                    .value
                    .to_json()
                    .as_object()
                    .cloned()
                    .unwrap_or_default(),
            );
        } else if known.function(key) {
            put(&mut out, key, plain(key, &entry.value));
        } else {
            notes.left(entry, "a function has nothing like it");
        }
    }
    put(&mut out, "scaling", scaling);
    Value::Object(out)
}

/// `config: {routes: …}` of the gateway's chart.
fn gateway(config: &Node, notes: &mut Notes) -> Value {
    let mut out = Map::new();
    for entry in entries(Some(config)) {
        match entry.key.as_str() {
            "routes" => put(&mut out, "routes", entry.value.to_json()),
            _ => notes.left(entry, "the gateway has nothing like it"),
        }
    }
    Value::Object(out)
}

/// A value as it is, texts of variables as they are written.
fn plain(key: &str, value: &Node) -> Value {
    if key != "env" {
        return value.to_json();
    }
    if let Some(variables) = value.as_map() {
        let pair = |entry: &Entry| (entry.key.clone(), scalar(&entry.value));
        return Value::Object(variables.iter().map(pair).collect());
    }
    let item = |item: &Node| {
        let keep = |entry: &Entry| {
            let value = match entry.key.as_str() {
                "name" | "value" => scalar(&entry.value),
                _ => entry.value.to_json(),
            };
            (entry.key.clone(), value)
        };
        Value::Object(entries(Some(item)).iter().map(keep).collect())
    };
    items(Some(value)).iter().map(item).collect()
}

fn scalar(node: &Node) -> Value {
    string(node).unwrap_or_else(|| node.to_json())
}
