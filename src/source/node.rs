//! The tree of one document.

use super::scalar::{Resolved, Scalar, ScalarStyle};
use super::span::Span;

/// A value and where it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The bytes of the value. A block list or mapping reaches from its first to its last entry.
    pub span: Span,
    /// The value.
    pub value: NodeValue,
}

/// What a node holds.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeValue {
    /// A string, number, boolean or null, as text.
    Scalar(Scalar),
    /// A list.
    List(Vec<Node>),
    /// A mapping in the order it is written, merge keys already applied; no key comes twice.
    Map(Vec<Entry>),
}

/// One key of a mapping, with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key, quotes and escapes undone.
    pub key: String,
    /// The bytes of the key, quotes included.
    pub key_span: Span,
    /// How the key is written: a plain `on` may be read otherwise elsewhere.
    pub key_style: ScalarStyle,
    /// The value.
    pub value: Node,
}

impl Entry {
    /// The key as a scalar, for instance to ask [`Scalar::yaml11_differs`] of it.
    pub fn key_scalar(&self) -> Scalar {
        Scalar {
            text: self.key.clone(),
            style: self.key_style,
        }
    }
}

impl Node {
    /// The value of a key; none where this is no mapping or lacks it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry of a key; none where this is no mapping or lacks it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.as_map()?.iter().find(|entry| entry.key == key)
    }

    /// The scalar, where this is one.
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match &self.value {
            NodeValue::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The items, where this is a list.
    pub fn as_list(&self) -> Option<&[Node]> {
        match &self.value {
            NodeValue::List(items) => Some(items),
            _ => None,
        }
    }

    /// The entries, where this is a mapping.
    pub fn as_map(&self) -> Option<&[Entry]> {
        match &self.value {
            NodeValue::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// Says whether the value is null: written so, or left out.
    pub fn is_null(&self) -> bool {
        self.as_scalar()
            .is_some_and(|scalar| scalar.resolve() == Resolved::Null)
    }

    /// The kind of value, as messages call it: "string", "number", "true/false", "nothing", "list"
    /// or "mapping".
    pub fn kind(&self) -> &'static str {
        match &self.value {
            NodeValue::Scalar(scalar) => scalar.resolve().kind(),
            NodeValue::List(_) => "list",
            NodeValue::Map(_) => "mapping",
        }
    }
}
