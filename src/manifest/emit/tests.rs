//! What the writer promises.

mod laws;
mod nasty;
mod shapes;

use serde_json::Value;

use super::{comment, emit, emit_stream};
use crate::source::{Limits, Sources, parse};

/// The canonical form of one document.
fn yaml(value: &Value) -> String {
    let mut out = String::new();
    emit(value, &mut out);
    out
}

/// What our own reader makes of a document.
fn read(text: &str) -> Value {
    let mut sources = Sources::new();
    let file = sources.add("test.yaml", text.to_owned());
    match parse(&sources, file, &Limits::default()) {
        Ok(Some(node)) => node.to_json(),
        other => panic!("{text}\n{other:?}"),
    }
}
