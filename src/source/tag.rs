//! Tags: YAML's core tags are honoured where they change nothing or make a string.

use super::scalar::{Resolved, Scalar, ScalarStyle};
use super::span::Span;

/// A tag on a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tag {
    /// The name within YAML's own types (`str`, `merge`), or nothing for any other tag.
    pub(super) core: Option<String>,
    /// The tag as written.
    pub(super) written: String,
    pub(super) span: Span,
}

impl Tag {
    /// Applies the tag to a scalar; says whether it may stand there.
    pub(super) fn apply(&self, scalar: &mut Scalar) -> bool {
        let plain = scalar.style == ScalarStyle::Plain;
        match (self.core.as_deref(), scalar.resolve()) {
            (Some("str"), _) => {
                if plain {
                    scalar.style = ScalarStyle::Quoted;
                }
                true
            }
            (Some("null"), Resolved::Null) | (Some("bool"), Resolved::Bool(_)) => true,
            (Some("int"), Resolved::Int(_) | Resolved::UInt(_)) => true,
            (Some("float"), Resolved::Float(_)) => true,
            // Written by tools that spell out what `<<` means.
            (Some("merge"), _) => plain && scalar.text == "<<",
            _ => false,
        }
    }

    /// Says whether the tag may stand before a mapping, or else before a list.
    pub(super) fn fits_collection(&self, map: bool) -> bool {
        self.core.as_deref() == Some(if map { "map" } else { "seq" })
    }
}
