//! Scalars that other readers of YAML see as something else.

use crate::diag::Diagnostic;
use crate::diag::codes::meaning::AMBIGUOUS_SCALAR;
use crate::source::{Resolved, Scalar, Span};

/// The warning that others see `theirs` at this place.
#[must_use]
pub fn seen_elsewhere(span: Span, theirs: &str, help: String) -> Diagnostic {
    let message = format!("other YAML readers see `{theirs}` here");
    Diagnostic::at(&AMBIGUOUS_SCALAR, span, message).help(help)
}

/// A number with a leading zero counts in eights to others.
pub(super) fn octal_number(span: Span, scalar: &Scalar) -> Diagnostic {
    let theirs = scalar.text_elsewhere().unwrap_or_default();
    let ours = match scalar.resolve() {
        Resolved::Int(value) => value.to_string(),
        _ => scalar.text.clone(),
    };
    let help = format!("write `{ours}`, or `{theirs}` if that is meant");
    seen_elsewhere(span, &theirs, help)
}
