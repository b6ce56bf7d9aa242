//! The line of a finding, as much of it as can be shown.

use std::ops::Range;

use super::mask::Mask;
use crate::source::{Sources, Span};

/// More of a line than this is not shown around an underline, in bytes on either side: one line
/// of an input may be megabytes long.
const AROUND: usize = 100;

/// A piece of one line.
#[derive(Debug)]
pub(super) struct Excerpt {
    /// What is shown of the line, its secrets masked.
    pub(super) text: String,
    /// The bytes of `text` that are underlined.
    pub(super) marked: Range<usize>,
    /// The line's number, from 1.
    pub(super) line: u32,
    /// Whether the mark does not stand where it does in the line.
    pub(super) moved: bool,
}

impl Excerpt {
    /// The first line of `span`, shortened to what stands around it. A span over several lines is
    /// marked on its first one: that is where the eye has to go.
    pub(super) fn new(span: Span, sources: &Sources, mask: &Mask<'_>) -> Self {
        let file = sources.get(span.file);
        let text = file.text();
        let start = floor(text, (span.start as usize).min(text.len()));
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..]
            .find(['\n', '\r'])
            .map_or(text.len(), |at| start + at);
        let end = (span.end as usize).clamp(start, line_end);
        let from = if start - line_start <= AROUND {
            line_start
        } else {
            floor(text, start - AROUND)
        };
        let to = floor(text, line_end.min(end.min(start + AROUND) + AROUND)).max(start);
        let marked_end = floor(text, end.min(to)).max(start);
        let masked = mask.excerpt(span.file, from..to, start..marked_end);
        Self {
            text: masked.text,
            marked: masked.marked,
            line: file.line_col(span.start).0,
            moved: masked.moved || from > line_start,
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
