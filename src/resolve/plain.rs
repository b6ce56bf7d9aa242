//! Text without quotes that other readers of YAML take for something else.

use crate::diag::codes::shape::WRONG_TYPE;
use crate::diag::{Diagnostic, Report};
use crate::schema::seen_elsewhere;
use crate::source::{Scalar, ScalarStyle, Span, Yaml11};

/// Warns where a reader of YAML 1.1 would see something else than what is written.
pub(super) fn ambiguous(text: &str, span: Span, report: &mut Report) {
    let Some(other) = scalar(text, span).and_then(|scalar| scalar.text_elsewhere()) else {
        return;
    };
    report.push(seen_elsewhere(
        span,
        &other,
        format!("quote it: \"{text}\""),
    ));
}

/// Whether the text is no `yes` or `no` of YAML 1.1, in a place that takes a switch as well as a
/// name: there is no telling which of both such a word is. One that is, is reported.
pub(super) fn is_no_switch(text: &str, span: Span, report: &mut Report) -> bool {
    let Some(Yaml11::Bool(meant)) = scalar(text, span).map(|scalar| scalar.yaml11()) else {
        return true;
    };
    let message = format!("`{text}` is a name here, and `{meant}` to other YAML readers");
    report.push(
        Diagnostic::at(&WRONG_TYPE, span, message)
            .label("expected `true`, `false` or a name")
            .help(format!(
                "write `{meant}`; or quote it, if that is the name: \"{text}\""
            )),
    );
    false
}

/// The text as a scalar, if it is written without quotes.
fn scalar(text: &str, span: Span) -> Option<Scalar> {
    // Quotes end up in the span: what is as long as its text stands there plain.
    let plain = (span.end - span.start) as usize == text.len();
    plain.then(|| Scalar {
        text: text.to_owned(),
        style: ScalarStyle::Plain,
    })
}
