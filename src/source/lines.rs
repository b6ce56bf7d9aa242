//! Lines of a text that is no YAML, as people see them.

use std::ops::Range;

/// A line without its line break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) start: usize,
    end: usize,
    /// What is neither indentation nor blank at the end.
    content: Range<usize>,
}

/// The line of an offset.
pub(super) fn line(text: &str, at: usize) -> Line {
    let at = at.min(text.len());
    let start = text.as_bytes()[..at]
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |before| before + 1);
    let end = text.as_bytes()[at..]
        .iter()
        .position(|&byte| byte == b'\n')
        .map_or(text.len(), |length| at + length);
    let whole = &text[start..end];
    let kept = whole.trim_end().len();
    let indent = kept - whole[..kept].trim_start().len();
    Line {
        start,
        end,
        content: start + indent..start + kept,
    }
}

impl Line {
    /// The bytes between indentation and trailing blanks.
    pub(super) fn content(&self) -> Range<usize> {
        self.content.clone()
    }

    /// The bytes of indentation.
    pub(super) fn indentation(&self) -> Range<usize> {
        self.start..self.content.start
    }

    /// Width of the indentation in bytes.
    pub(super) fn indent(&self) -> usize {
        self.content.start - self.start
    }

    /// The line below.
    pub(super) fn next(&self, text: &str) -> Option<Self> {
        (self.end < text.len()).then(|| line(text, self.end + 1))
    }

    /// The nearest line above that holds more than a comment.
    pub(super) fn previous(&self, text: &str) -> Option<Self> {
        let mut above = line(text, self.start.checked_sub(1)?);
        loop {
            let content = &text[above.content()];
            if !content.is_empty() && !content.starts_with('#') {
                return Some(above);
            }
            above = line(text, above.start.checked_sub(1)?);
        }
    }
}
