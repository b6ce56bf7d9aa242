//! Findings as a person reads them: the look of rustc's.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Diagnostic, Label, Report, SHOWN, Severity};
use crate::source::{SourceFile, Sources};

/// Whether escape codes for colour may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Text alone.
    Plain,
    /// With colour.
    Colour,
}

/// More of a line than this is not shown around an underline, in bytes on either side: one line
/// of an input may be megabytes long.
const AROUND: usize = 100;

/// The report as text, each finding followed by an empty line, then one line that counts them.
#[must_use]
pub fn render_human(report: &Report, sources: &Sources, style: Style) -> String {
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Colour => Renderer::styled(),
    };
    let mut out = String::new();
    for diagnostic in report.diagnostics().iter().take(SHOWN) {
        out.push_str(&renderer.render(&groups(diagnostic, sources)));
        out.push_str("\n\n");
    }
    if let Some(hidden) = report
        .diagnostics()
        .len()
        .checked_sub(SHOWN)
        .filter(|n| *n > 0)
    {
        out.push_str(&format!("… and {hidden} more findings, not shown\n"));
    }
    if let Some(line) = summary(report) {
        out.push_str(&line);
        out.push('\n');
    }
    out
}

/// "2 errors, 1 warning", or nothing where nothing was found.
fn summary(report: &Report) -> Option<String> {
    let counts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .filter_map(|severity| match report.count(severity) {
            0 => None,
            1 => Some(format!("1 {}", severity.name())),
            n => Some(format!("{n} {}s", severity.name())),
        })
        .collect();
    (!counts.is_empty()).then(|| counts.join(", "))
}

fn groups<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Vec<Group<'a>> {
    let level = match diagnostic.code.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.code.id);
    let mut group = match &diagnostic.primary {
        Some(primary) => title.elements(snippets(primary, &diagnostic.related, sources)),
        None => Group::with_title(title),
    };
    for help in &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    vec![group]
}

/// An excerpt a label. Each is cut out of its file first, so that a long file costs nothing.
fn snippets<'a>(
    primary: &'a Label,
    related: &'a [Label],
    sources: &'a Sources,
) -> Vec<Snippet<'a, annotate_snippets::Annotation<'a>>> {
    let mut shown = vec![snippet(primary, AnnotationKind::Primary, sources)];
    shown.extend(
        related
            .iter()
            .map(|label| snippet(label, AnnotationKind::Context, sources)),
    );
    shown
}

fn snippet<'a>(
    label: &'a Label,
    kind: AnnotationKind,
    sources: &'a Sources,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let file = sources.get(label.span.file);
    let (line, column) = file.line_col(label.span.start);
    let excerpt = Excerpt::cut(file, label.span.start as usize..label.span.end as usize);
    let annotation = kind
        .span(excerpt.marked)
        .label((!label.text.is_empty()).then_some(label.text.as_str()));
    // Where the line was cut short its columns no longer fit, so the place is written out.
    let path = if excerpt.cut {
        format!("{}:{line}:{column} (line shortened)", file.name())
    } else {
        file.name().to_owned()
    };
    Snippet::source(excerpt.text)
        .line_start(line as usize)
        .path(path)
        .fold(true)
        .annotation(annotation)
}

struct Excerpt<'a> {
    text: &'a str,
    marked: Range<usize>,
    /// Whether the text does not begin where its first line does.
    cut: bool,
}

impl<'a> Excerpt<'a> {
    /// The first line of `span`, shortened to what stands around it. A span over several lines is
    /// marked on its first one: that is where the eye has to go.
    fn cut(file: &'a SourceFile, span: Range<usize>) -> Self {
        let text = file.text();
        let start = span.start.min(text.len());
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..]
            .find(['\n', '\r'])
            .map_or(text.len(), |at| start + at);
        let end = span.end.clamp(start, line_end);
        let from = floor(text, line_start.max(start.saturating_sub(AROUND)));
        let from = if start - line_start <= AROUND {
            line_start
        } else {
            from
        };
        let to = floor(text, line_end.min(end.min(start + AROUND) + AROUND));
        let marked_end = floor(text, end.min(to)).max(start);
        Self {
            text: &text[from..to.max(start)],
            marked: start - from..marked_end - from,
            cut: from > line_start,
        }
    }
}

/// The nearest place at or before `at` where a character begins.
fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
