//! A tree as kubectl reads it: YAML 1.1, where a file's mode may be `0644`.

use serde_json::{Map, Number, Value};

use crate::source::{Entry, Node, NodeValue, Scalar, Yaml11};

/// The value of a tree. What is no JSON (`.nan`) becomes its text.
pub(super) fn as_kubectl_reads(node: Node) -> Value {
    match node.value {
        NodeValue::Scalar(scalar) => read(scalar),
        NodeValue::List(items) => items.into_iter().map(as_kubectl_reads).collect(),
        NodeValue::Map(entries) => {
            let entries = entries.into_iter();
            let pair = |entry: Entry| (entry.key, as_kubectl_reads(entry.value));
            Value::Object(entries.map(pair).collect::<Map<_, _>>())
        }
    }
}

fn read(scalar: Scalar) -> Value {
    let meaning = scalar.yaml11();
    let text = || Value::String(scalar.text);
    match meaning {
        Yaml11::Null => Value::Null,
        Yaml11::Bool(value) => value.into(),
        Yaml11::Int(value) => i64::try_from(value)
            .map(Value::from)
            .or_else(|_| u64::try_from(value).map(Value::from))
            .unwrap_or_else(|_| text()),
        Yaml11::Float(value) => Number::from_f64(value).map_or_else(text, Value::Number),
        Yaml11::Timestamp | Yaml11::Special | Yaml11::Str => text(),
    }
}
