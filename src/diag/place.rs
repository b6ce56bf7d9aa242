//! Places as other programs count them.

use crate::source::{Sources, Span};

/// A range of a file: lines from 1, columns from 1 in characters, the end after the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place<'a> {
    pub(super) file: &'a str,
    pub(super) start: (u32, u32),
    pub(super) end: (u32, u32),
}

impl<'a> Place<'a> {
    /// The place of a span. What covers a line break at its end ends before it.
    pub(super) fn of(span: Span, sources: &'a Sources) -> Self {
        let file = sources.get(span.file);
        let written = sources.text(span);
        let shown = written.trim_end_matches(['\n', '\r']).len();
        let end = span.start.saturating_add(shown as u32);
        Self {
            file: file.name(),
            start: file.line_col(span.start),
            end: file.line_col(end),
        }
    }

    /// The end, at least one column after a start on the same line: tools that underline want
    /// something to underline.
    pub(super) fn visible_end(&self) -> (u32, u32) {
        let (line, column) = self.end;
        if self.start == self.end {
            (line, column.saturating_add(1))
        } else {
            (line, column)
        }
    }
}
