//! The same input gives the same bytes, whatever the order of its keys.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "tests read files and clocks, and fail by panicking"
)]

use kubefunctl::{File, Options, compile};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Value, json};

/// An application with something of everything.
fn application() -> Value {
    json!({
        "app": "shop",
        "namespace": "shop",
        "createNamespace": true,
        "labels": {"team": "checkout", "cost-centre": "1.10"},
        "image": {"repository": "acme/shop", "tag": "1.0", "pullPolicy": "Always"},
        "defaults": {"env": {"A": "x", "B": "$(A)"}, "scaling": {"min": 2, "max": 4}},
        "functions": [
            {"name": "cart", "topic": "orders", "env": {"Z": "no", "B": {"secret": "s", "key": "k"}}},
            {"name": "mail", "scaling": false, "health": false, "timeout": "1m30s"},
        ],
        "gateway": {"routes": {"/cart/": {"topic": "orders", "methods": ["POST", "GET"]}, "/m/": "mail"}},
        "nsq": {"nsqd": {"replicas": 3}, "lookupd": {"replicas": 1}},
    })
}

/// The value as flow YAML with the keys of every mapping in an order drawn from `picks`.
fn shuffled(value: &Value, picks: &mut impl Iterator<Item = Index>) -> String {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<_> = map.keys().collect();
            let mut parts = Vec::new();
            while !keys.is_empty() {
                let at = picks.next().map_or(0, |pick| pick.index(keys.len()));
                let key = keys.remove(at);
                parts.push(format!("{}: {}", json!(key), shuffled(&map[key], picks)));
            }
            format!("{{{}}}", parts.join(", "))
        }
        Value::Array(items) => {
            let parts: Vec<_> = items.iter().map(|item| shuffled(item, picks)).collect();
            format!("[{}]", parts.join(", "))
        }
        scalar => scalar.to_string(),
    }
}

fn render(text: &str) -> String {
    let file = File {
        name: "functions.yaml".to_owned(),
        bytes: text.as_bytes().to_vec(),
    };
    let compiled = compile(vec![file], &Options::default());
    compiled
        .yaml()
        .unwrap_or_else(|| panic!("{:?}", compiled.report.diagnostics()))
}

proptest! {
    #[test]
    fn the_order_of_keys_does_not_matter(picks in prop::collection::vec(any::<Index>(), 128)) {
        let input = application();
        let usual = render(&input.to_string());
        prop_assert_eq!(render(&shuffled(&input, &mut picks.into_iter())), usual);
    }

    #[test]
    fn whatever_is_read_nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let file = File { name: "functions.yaml".to_owned(), bytes };
        let compiled = compile(vec![file], &Options::default());
        prop_assert!(compiled.objects.is_none() || !compiled.report.has_errors());
    }

    /// A valid file with one value put in the place of another: rendered or refused, no panic.
    #[test]
    fn a_misplaced_value_does_no_harm(at in any::<Index>(), from in any::<Index>()) {
        let mut input = application();
        let places = places(&input);
        let moved = input.pointer(&places[from.index(places.len())]).cloned().unwrap();
        *input.pointer_mut(&places[at.index(places.len())]).unwrap() = moved;
        let file = File { name: "functions.yaml".to_owned(), bytes: input.to_string().into_bytes() };
        let compiled = compile(vec![file], &Options::default());
        let text = compiled.yaml().unwrap_or_default();
        prop_assert_eq!(compiled.report.has_errors(), text.is_empty());
    }
}

/// The JSON pointers of every value below the root.
fn places(value: &Value) -> Vec<String> {
    fn walk(value: &Value, at: &str, found: &mut Vec<String>) {
        let children: Map<String, Value> = match value {
            Value::Object(map) => map.clone(),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(i, item)| (i.to_string(), item.clone()))
                .collect(),
            _ => Map::new(),
        };
        for (key, child) in children {
            let path = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
            walk(&child, &path, found);
            found.push(path);
        }
    }
    let mut found = Vec::new();
    walk(value, "", &mut found);
    found
}
