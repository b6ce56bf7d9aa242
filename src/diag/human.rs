//! Findings as a person reads them: the look of rustc's.

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};

use super::excerpt::Excerpt;
use super::mask::Mask;
use super::{Diagnostic, Label, Report, SHOWN, Severity};
use crate::source::Sources;

/// Whether escape codes for colour may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Text alone.
    Plain,
    /// With colour.
    Colour,
}

/// The report as text, each finding followed by an empty line, then one line that counts them.
#[must_use]
pub fn render_human(report: &Report, sources: &Sources, style: Style) -> String {
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Colour => Renderer::styled(),
    };
    let mask = Mask::new(report, sources);
    let mut out = String::new();
    for diagnostic in report.diagnostics().iter().take(SHOWN) {
        out.push_str(&renderer.render(&groups(diagnostic, sources, &mask)));
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

fn groups<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources, mask: &Mask<'_>) -> Vec<Group<'a>> {
    let level = match diagnostic.code.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level
        .primary_title(mask.words(diagnostic, &diagnostic.message))
        .id(diagnostic.code.id);
    let mut group = match &diagnostic.primary {
        Some(primary) => title.elements(snippets(diagnostic, primary, sources, mask)),
        None => Group::with_title(title),
    };
    for help in &diagnostic.help {
        group = group.element(Level::HELP.message(mask.words(diagnostic, help)));
    }
    vec![group]
}

/// An excerpt a label. Each is cut out of its file first, so that a long file costs nothing.
fn snippets<'a>(
    diagnostic: &'a Diagnostic,
    primary: &'a Label,
    sources: &'a Sources,
    mask: &Mask<'_>,
) -> Vec<Snippet<'a, Annotation<'a>>> {
    let snippet = |label: &'a Label, kind: AnnotationKind| {
        let file = sources.get(label.span.file);
        let excerpt = Excerpt::new(label.span, sources, mask);
        let words = (!label.text.is_empty()).then(|| mask.words(diagnostic, &label.text));
        let annotation = kind.span(excerpt.marked).label(words);
        // Where the line is not whole its columns do not fit, so the place is written out.
        let path = if excerpt.moved {
            let (line, column) = file.line_col(label.span.start);
            format!("{}:{line}:{column} (line shortened)", file.name())
        } else {
            file.name().to_owned()
        };
        Snippet::source(excerpt.text)
            .line_start(excerpt.line as usize)
            .path(path)
            .fold(true)
            .annotation(annotation)
    };
    let mut shown = vec![snippet(primary, AnnotationKind::Primary)];
    let related = diagnostic.related.iter();
    shown.extend(related.map(|label| snippet(label, AnnotationKind::Context)));
    shown
}
