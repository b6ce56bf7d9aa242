//! Named texts, and the YAML and JSON documents in them as trees whose every key and value knows
//! the bytes it was written as.
//!
//! This is the floor of the compiler: it imports nothing of ours. What is wrong with a text is
//! returned as plain data ([`SyntaxFault`]), which later stages turn into diagnostics.
//!
//! What the reader takes for what, in short:
//!
//! - YAML 1.2 with its core schema. A scalar keeps its source text; [`Scalar::resolve`] says what
//!   it means, and [`Scalar::yaml11_differs`] what a YAML 1.1 reader (kubectl, Helm) would see.
//! - Keys are strings. A plain key such as `on`, `1` or `1.10` is the text that was written; a
//!   null, list or mapping as a key is a fault.
//! - Anchors, aliases and merge keys work, within [`Limits`]. What an alias stands for keeps the
//!   span of the anchor's text, since that is where the value is written.
//! - The core tags (`!!str` and so on) are honoured where they can be true; all others are faults.
//! - Duplicate keys, unknown anchors and the like do not stop the reader: all of them are reported.
//!   Broken syntax does stop it, at the place that most likely needs the repair.

mod alias;
mod build;
mod decode;
mod document;
mod fault;
mod file;
mod frame;
mod json;
mod legacy;
mod limits;
mod lines;
mod merge;
mod node;
mod path;
mod quote;
mod repair;
mod scalar;
mod span;
mod tag;
mod trouble;
mod yaml;

#[cfg(test)]
mod tests;

pub use decode::{Undecodable, decode};
pub use document::{Document, parse, parse_stream};
pub use fault::{SyntaxFault, SyntaxFaultKind};
pub use file::{SourceFile, Sources};
pub use legacy::Yaml11;
pub use limits::Limits;
pub use node::{Entry, Node, NodeValue};
pub use path::{Place, Segment, display_path};
pub use scalar::{Resolved, Scalar, ScalarStyle};
pub use span::{FileId, Span};
