//! functions.yaml from what other tools read.
//!
//! What cannot be carried over is never dropped in silence: each comes back as a note with its
//! place.

mod helm;
mod known;
mod openfaas;

#[cfg(test)]
mod tests;

pub use helm::helm;
pub use openfaas::openfaas;

use serde_json::{Map, Value};

use crate::schema::label;
use crate::source::{Entry, Node, Span};

/// A functions.yaml, and what it lacks of its original.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The document.
    pub value: Value,
    /// What was not carried over, or was changed, and where it stands.
    pub notes: Vec<Note>,
}

/// A remark on a part of the original.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The part.
    pub span: Span,
    /// What became of it.
    pub text: String,
}

/// The notes under construction.
#[derive(Debug, Default)]
struct Notes(Vec<Note>);

impl Notes {
    fn add(&mut self, span: Span, text: impl Into<String>) {
        let text = text.into();
        self.0.push(Note { span, text });
    }

    /// Says that a key has no counterpart, and why or what to do.
    fn left(&mut self, entry: &Entry, why: &str) {
        let key = &entry.key;
        self.add(
            entry.key_span,
            format!("`{key}` is not carried over: {why}"),
        );
    }
}

/// The entries of a mapping; none of anything else.
fn entries(node: Option<&Node>) -> &[Entry] {
    node.and_then(Node::as_map).unwrap_or_default()
}

/// The items of a list; none of anything else.
fn items(node: Option<&Node>) -> &[Node] {
    node.and_then(Node::as_list).unwrap_or_default()
}

fn text(node: Option<&Node>) -> Option<&str> {
    let scalar = node?.as_scalar()?;
    (!node?.is_null()).then_some(scalar.text.as_str())
}

/// A text that is written so, whatever a reader takes it for.
fn string(node: &Node) -> Option<Value> {
    text(Some(node)).map(Value::from)
}

/// The application's name, which begins every object's: worth a word where it is made up.
fn app(name: Option<&str>, whole: &Node, notes: &mut Notes) -> Value {
    let label = name
        .map(|name| label(name, 40))
        .filter(|name| !name.is_empty());
    if label.is_none() {
        notes.add(
            whole.span,
            "it names no application: `app` is called `app`; give --release NAME",
        );
    }
    label.unwrap_or_else(|| "app".to_owned()).into()
}

/// Puts a value into a mapping, unless there is nothing to put.
fn put(map: &mut Map<String, Value>, key: &str, value: impl Into<Value>) {
    let value = value.into();
    let nothing = match &value {
        Value::Null => true,
        Value::Object(map) => map.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    if !nothing {
        map.insert(key.to_owned(), value);
    }
}
