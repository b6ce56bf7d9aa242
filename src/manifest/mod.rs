//! Rendered text as checked objects, and objects as canonical YAML.

mod check;
mod emit;
mod parse;
mod scalar;

pub use check::check;
pub use emit::{emit, emit_stream};
pub use parse::{NotAnObject, parse};

use serde_json::Value;

use crate::plan::ObjectId;
use crate::source::Span;

/// A Kubernetes object.
#[derive(Clone, Debug)]
pub struct Object {
    /// Which object it is.
    pub id: ObjectId,
    /// The whole of it, without nulls.
    pub value: Value,
    /// The part of the input it is made for.
    pub origin: Option<Span>,
}
