//! Why the parser stopped, and what is known about the place.

use std::ops::Range;

use super::fault::SyntaxFaultKind;

/// Why the parser stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    Tab,
    NoColon,
    StrayColon,
    NotAKey,
    NotAnItem,
    StrayItem,
    AfterDocument,
    InBrackets,
    OpenBracket,
    WrongBracket(char, char),
    StrayBracket,
    OpenQuote,
    AfterQuote,
    Escape,
    NoName,
    BadStart(char),
    BlockHeader,
    Comment,
    Tag,
    TooDeep,
    Other(String),
}

/// What is known about the place.
pub(super) struct Clues<'a> {
    pub(super) text: &'a str,
    /// Where the parser stopped.
    pub(super) at: usize,
    /// Where the last value it understood ended.
    pub(super) before: usize,
    /// The innermost bracket that is open there.
    pub(super) open_bracket: Option<usize>,
    pub(super) depth: usize,
}

/// How far to look around, in bytes: a stream may hold any number of broken documents.
pub(super) const NEAR: usize = 4_096;

pub(super) type Finding = (Range<usize>, SyntaxFaultKind);

/// A finding that is no more than a message and a help.
pub(super) fn broken(
    range: Range<usize>,
    message: impl Into<String>,
    help: Option<&str>,
) -> Finding {
    let kind = SyntaxFaultKind::Broken {
        message: message.into(),
        help: help.map(str::to_owned),
    };
    (range, kind)
}

/// Brings a range into the text and onto character boundaries.
pub(super) fn on_characters(text: &str, range: Range<usize>) -> Range<usize> {
    let mut start = range.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = range.end.clamp(start, text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}
