//! Findings for programs; `docs/diagnostics.md` describes the shape.

use serde::Serialize;

use super::excerpt::Excerpt;
use super::mask::Mask;
use super::place::Place;
use super::{Diagnostic, Label, Report, SHOWN, Severity};
use crate::source::Sources;

/// The version of the shape. Fields may be added to a version; none changes or goes.
pub const JSON_VERSION: u32 = 1;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    version: u32,
    diagnostics: Vec<Finding<'a>>,
    /// Findings beyond those shown.
    hidden: usize,
    summary: Summary,
}

#[derive(Serialize)]
struct Summary {
    errors: usize,
    warnings: usize,
    notes: usize,
}

#[derive(Serialize)]
struct Finding<'a> {
    code: &'static str,
    severity: &'static str,
    title: &'static str,
    message: String,
    location: Option<Location<'a>>,
    related: Vec<Location<'a>>,
    help: Vec<String>,
}

#[derive(Serialize)]
struct Location<'a> {
    file: &'a str,
    start: Point,
    end: Point,
    label: String,
    excerpt: String,
}

#[derive(Serialize)]
struct Point {
    line: u32,
    column: u32,
}

/// The report as one JSON document with a line break at its end.
#[must_use]
pub fn render_json(report: &Report, sources: &Sources) -> String {
    let mask = Mask::new(report, sources);
    let all = report.diagnostics();
    let document = Document {
        version: JSON_VERSION,
        diagnostics: all
            .iter()
            .take(SHOWN)
            .map(|d| finding(d, sources, &mask))
            .collect(),
        hidden: all.len().saturating_sub(SHOWN),
        summary: Summary {
            errors: report.count(Severity::Error),
            warnings: report.count(Severity::Warning),
            notes: report.count(Severity::Note),
        },
    };
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn finding<'a>(diagnostic: &Diagnostic, sources: &'a Sources, mask: &Mask<'_>) -> Finding<'a> {
    let words = |text: &str| mask.words(diagnostic, text).into_owned();
    let location = |label: &Label| {
        let place = Place::of(label.span, sources);
        Location {
            file: place.file,
            start: point(place.start),
            end: point(place.end),
            label: words(&label.text),
            excerpt: Excerpt::new(label.span, sources, mask).text,
        }
    };
    Finding {
        code: diagnostic.code.id,
        severity: diagnostic.code.severity.name(),
        title: diagnostic.code.title,
        message: words(&diagnostic.message),
        location: diagnostic.primary.as_ref().map(location),
        related: diagnostic.related.iter().map(location).collect(),
        help: diagnostic.help.iter().map(|help| words(help)).collect(),
    }
}

fn point((line, column): (u32, u32)) -> Point {
    Point { line, column }
}
