//! From a tree to JSON.

use serde_json::{Map, Number, Value};

use super::node::{Node, NodeValue};
use super::scalar::{Resolved, Scalar};

impl Node {
    /// The value as JSON: integers stay integers, other numbers are 64-bit floats.
    ///
    /// `.inf` and `.nan`, which JSON lacks, become their text, so that whoever expects a number
    /// sees a wrong type.
    pub fn to_json(&self) -> Value {
        match &self.value {
            NodeValue::Scalar(scalar) => scalar.to_json(),
            NodeValue::List(items) => items.iter().map(Self::to_json).collect(),
            NodeValue::Map(entries) => {
                let pair = |(key, value): (&String, &Node)| (key.clone(), value.to_json());
                let pairs = entries.iter().map(|entry| (&entry.key, &entry.value));
                Value::Object(pairs.map(pair).collect::<Map<_, _>>())
            }
        }
    }
}

impl Scalar {
    /// The value as JSON; see [`Node::to_json`].
    pub fn to_json(&self) -> Value {
        match self.resolve() {
            Resolved::Null => Value::Null,
            Resolved::Bool(value) => value.into(),
            Resolved::Int(value) => value.into(),
            Resolved::UInt(value) => value.into(),
            Resolved::Float(value) => {
                Number::from_f64(value).map_or_else(|| self.text.clone().into(), Value::Number)
            }
            Resolved::Str(text) => text.into(),
        }
    }
}
