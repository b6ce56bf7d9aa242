//! Findings as GitHub's workflow commands, which become annotations on a pull request
//! (<https://docs.github.com/actions/reference/workflow-commands-for-github-actions>).

use std::fmt::Write as _;

use super::mask::Mask;
use super::place::Place;
use super::{Diagnostic, Report, SHOWN, Severity};
use crate::source::Sources;

/// The report as workflow commands, one a line.
#[must_use]
pub fn render_github(report: &Report, sources: &Sources) -> String {
    let mask = Mask::new(report, sources);
    let mut out = String::new();
    for diagnostic in report.diagnostics().iter().take(SHOWN) {
        command(diagnostic, sources, &mask, &mut out);
    }
    let hidden = report.diagnostics().len().saturating_sub(SHOWN);
    if hidden > 0 {
        let _ = writeln!(out, "::notice::{hidden} more findings are not shown");
    }
    out
}

fn command(diagnostic: &Diagnostic, sources: &Sources, mask: &Mask<'_>, out: &mut String) {
    out.push_str(match diagnostic.code.severity {
        Severity::Error => "::error ",
        Severity::Warning => "::warning ",
        Severity::Note => "::notice ",
    });
    if let Some(label) = &diagnostic.primary {
        let place = Place::of(label.span, sources);
        let (line, column) = place.start;
        let _ = write!(out, "file={},line={line},", property(place.file));
        let (end_line, end_column) = place.visible_end();
        // Columns are an error where a range spans several lines.
        if end_line == line {
            let last = end_column.saturating_sub(1);
            let _ = write!(out, "endLine={line},col={column},endColumn={last},");
        } else {
            let _ = write!(out, "endLine={end_line},");
        }
    }
    let _ = write!(out, "title={}::", property(diagnostic.code.id));
    let mut message = mask.words(diagnostic, &diagnostic.message).into_owned();
    if let Some(label) = diagnostic.primary.as_ref().filter(|l| !l.text.is_empty()) {
        message.push_str(" (");
        message.push_str(&mask.words(diagnostic, &label.text));
        message.push(')');
    }
    for related in &diagnostic.related {
        let place = Place::of(related.span, sources);
        let words = mask.words(diagnostic, &related.text);
        let (line, column) = place.start;
        let _ = write!(message, "\n{}:{line}:{column}: {words}", place.file);
    }
    for help in &diagnostic.help {
        message.push_str("\nhelp: ");
        message.push_str(&mask.words(diagnostic, help));
    }
    out.push_str(&data(&message));
    out.push('\n');
}

/// A message as the runner reads it.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A property's value as the runner reads it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn nothing_ends_a_command_early() {
        assert_eq!(data("a\r\n::error::b%0A"), "a%0D%0A::error::b%250A");
        assert_eq!(property("a:b,c=d\n"), "a%3Ab%2Cc=d%0A");
    }
}
