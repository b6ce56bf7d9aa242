//! What no finding may show: values under names like `password`, `token` or `secret`.
//!
//! The places are found in the tree of a file where it can be read, and by the look of its lines
//! where it cannot. Every format goes through here, so none can forget it.

mod lines;
mod name;
mod tree;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

pub use name::is_secret_name;

use super::{Diagnostic, Report};
use crate::source::{FileId, Limits, Sources, Span};

/// What stands for a value that is not shown.
pub const MASK: &str = "***";

/// Shorter values are masked in messages only where the finding is about them: `no` is a word.
const DISTINCT: usize = 6;

/// The secret places of the files that a report points into.
#[derive(Debug)]
pub struct Mask<'a> {
    sources: &'a Sources,
    files: BTreeMap<FileId, Vec<Secret>>,
}

/// A secret value: where it is written, and what it is with quotes and escapes undone.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Secret {
    range: Range<usize>,
    text: String,
}

/// A piece of a text with its secrets masked, and where a range of the original lies in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Masked {
    /// The text.
    pub text: String,
    /// The range in it.
    pub marked: Range<usize>,
    /// Whether characters before the range are not those of the original.
    pub moved: bool,
}

impl<'a> Mask<'a> {
    /// Finds the secrets of all files that the report names.
    #[must_use]
    pub fn new(report: &Report, sources: &'a Sources) -> Self {
        let mut files = BTreeMap::new();
        for diagnostic in report.diagnostics() {
            let labels = diagnostic.primary.iter().chain(&diagnostic.related);
            for label in labels {
                let file = label.span.file;
                files.entry(file).or_insert_with(|| find(sources, file));
            }
        }
        Self { sources, files }
    }

    /// `around` of a file with its secrets masked, and where `marked` went.
    #[must_use]
    pub fn excerpt(&self, file: FileId, around: Range<usize>, marked: Range<usize>) -> Masked {
        let text = self.sources.get(file).text();
        let mut out = Masked {
            text: String::new(),
            marked: 0..0,
            moved: false,
        };
        // Where a place of the original lies in `out`, given that all before it was copied.
        let mut at = around.start;
        let (mut start, mut end) = (None, None);
        for secret in self.files.get(&file).into_iter().flatten() {
            let range = secret.range.start.max(around.start)..secret.range.end.min(around.end);
            if range.start >= range.end || range.start < at {
                continue;
            }
            let place = |wanted: usize, copied: usize| {
                (at..=range.start)
                    .contains(&wanted)
                    .then(|| copied + wanted - at)
            };
            let copied = out.text.len();
            start = start.or_else(|| place(marked.start, copied));
            end = end.or_else(|| place(marked.end, copied));
            out.text.push_str(&text[at..range.start]);
            let masked = out.text.len();
            out.text.push_str(MASK);
            if range.contains(&marked.start) {
                start = start.or(Some(masked));
            }
            if range.contains(&marked.end) || range.end == marked.end {
                end = end.or(Some(out.text.len()));
            }
            out.moved |= range.end <= marked.start;
            at = range.end;
        }
        let copied = out.text.len();
        out.text.push_str(&text[at..around.end.max(at)]);
        let rest = |wanted: usize| (copied + wanted.saturating_sub(at)).min(out.text.len());
        let start = start.unwrap_or_else(|| rest(marked.start));
        let end = end.unwrap_or_else(|| rest(marked.end));
        out.marked = start..end.max(start);
        out
    }

    /// A message of a finding without the secrets it may repeat, and without control characters,
    /// which a terminal would obey.
    #[must_use]
    pub fn words<'t>(&self, diagnostic: &Diagnostic, message: &'t str) -> Cow<'t, str> {
        let mut message = Cow::Borrowed(message);
        let labels = diagnostic.primary.iter().chain(&diagnostic.related);
        let files: Vec<_> = labels.map(|label| label.span).collect();
        for span in &files {
            for secret in self.files.get(&span.file).into_iter().flatten() {
                if secret.text.is_empty() || !message.contains(&secret.text) {
                    continue;
                }
                let about = touches(*span, &secret.range);
                if about || secret.text.chars().count() >= DISTINCT {
                    message = Cow::Owned(replace(&message, &secret.text));
                }
            }
        }
        if message.contains(|c: char| c.is_control() && c != '\n') {
            let shown = |c: char| {
                if c.is_control() && c != '\n' {
                    '\u{FFFD}'
                } else {
                    c
                }
            };
            message = Cow::Owned(message.chars().map(shown).collect());
        }
        message
    }
}

fn touches(span: Span, range: &Range<usize>) -> bool {
    span.range().start < range.end && range.start < span.range().end.max(span.range().start + 1)
}

/// Replaces a text where it stands as a word of its own: `no`, not the beginning of `not`.
fn replace(message: &str, secret: &str) -> String {
    let mut out = String::new();
    let mut rest = message;
    while let Some(at) = rest.find(secret) {
        let (before, after) = (&rest[..at], &rest[at + secret.len()..]);
        let joined = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let inner = |c: Option<char>| secret.len() < DISTINCT && joined(c);
        let before_word = before
            .chars()
            .next_back()
            .or_else(|| out.chars().next_back());
        out.push_str(before);
        if inner(before_word) || inner(after.chars().next()) {
            out.push_str(secret);
        } else {
            out.push_str(MASK);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

fn find(sources: &Sources, file: FileId) -> Vec<Secret> {
    let text = sources.get(file).text();
    let mut found = match crate::source::parse(sources, file, &Limits::default()) {
        Ok(Some(tree)) => tree::secrets(&tree, text),
        _ => lines::of_broken(text),
    };
    found.extend(lines::assignments(text));
    found.sort_by_key(|secret| (secret.range.start, std::cmp::Reverse(secret.range.end)));
    // One within another, or found both ways, is the one that begins first; the lines of a block
    // have one range.
    let mut last = 0..0;
    found.retain(|secret| {
        let kept = secret.range.start >= last.end || secret.range == last;
        if kept {
            last = secret.range.clone();
        }
        kept
    });
    found
}
