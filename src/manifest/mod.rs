//! Rendered text as checked objects, and objects as canonical YAML.

mod assemble;
mod check;
mod emit;
mod lists;
mod parse;
mod patch;
mod patches;
mod path;
pub mod quick;
pub mod restricted;
mod scalar;
mod table;

pub use assemble::assemble;
pub use check::{Against, check};
pub use emit::{emit, emit_stream};
pub use lists::{List, list_at};
pub use parse::{NotAnObject, parse};
pub use patch::{BadPatch, patch};
pub use patches::Patches;
pub use path::{Scope, Step, Steps};
pub use table::Table;

use crate::plan::ObjectId;
use crate::source::Span;

/// A Kubernetes object, checked and in its one form. It is kept as text: that is a fifth of what
/// it takes as a tree, and all that most callers want.
#[derive(Clone, Debug)]
pub struct Object {
    /// Which object it is.
    pub id: ObjectId,
    /// The place of its kind in the output.
    pub rank: usize,
    /// Canonical YAML, one document.
    pub yaml: String,
    /// The part of the input it is made for.
    pub origin: Option<Span>,
}
