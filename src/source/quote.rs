//! What most likely has to be repaired in one scalar: its quotes, escapes, tag or header.

use std::ops::Range;

use super::decode::is_printable;
use super::fault::SyntaxFaultKind;
use super::trouble::{Clues, Finding, Trouble, broken, on_characters};

/// Characters of one text in which to look for a wrong escape.
const LONGEST: usize = 100_000;

/// Says whether this trouble lies within one scalar, whatever surrounds it.
pub(super) fn explains(trouble: &Trouble) -> bool {
    use Trouble as T;
    matches!(
        trouble,
        T::OpenQuote
            | T::AfterQuote
            | T::Escape
            | T::NoName
            | T::BadStart(_)
            | T::WrongBracket(..)
            | T::Tag
    )
}

/// The place to repair, and how.
pub(super) fn explain(clues: &Clues<'_>, trouble: Trouble) -> Finding {
    let here = clues.at..clues.at + 1;
    match trouble {
        Trouble::OpenQuote => broken(
            quote_before(clues).unwrap_or(here),
            "a quote is never closed",
            None,
        ),
        Trouble::AfterQuote => after_quote(clues),
        Trouble::Escape => escape(clues),
        Trouble::NoName => no_name(clues),
        Trouble::BadStart('`') => broken(
            here,
            "a value cannot begin with a backtick",
            Some("put the value in quotes"),
        ),
        Trouble::BadStart(c) if !is_printable(c) => {
            let code = u32::from(c);
            (here, SyntaxFaultKind::ControlCharacter { code })
        }
        Trouble::BadStart(c) => broken(
            here,
            format!("a value cannot begin with `{c}`"),
            Some("put the value in quotes"),
        ),
        Trouble::BlockHeader => broken(
            here,
            "text follows the `|` or `>` of a block",
            Some("begin the text on the next line, indented"),
        ),
        Trouble::OpenBracket => broken(here, "a bracket is never closed", None),
        Trouble::WrongBracket(open, close) => broken(
            here,
            format!("`{open}` is closed by `{close}`"),
            Some("close brackets in the order they were opened"),
        ),
        Trouble::StrayBracket => broken(
            here,
            "a closing bracket without an opening one",
            Some("put the value in quotes if it is text"),
        ),
        Trouble::Comment => broken(
            here,
            "a comment stands within a value of several lines",
            Some("put the comment before the value, or the value in quotes"),
        ),
        Trouble::Tag => tag(clues),
        Trouble::Tab => broken(here, "a tab is not allowed here", Some("use spaces")),
        Trouble::Other(message) => broken(here, message, None),
        _ => broken(
            here,
            "text follows the end of the value",
            Some("put all of the value in quotes"),
        ),
    }
}

/// A `*` or `&` that begins a text, for all its writer knew: `cron: * * * * *`.
fn no_name(clues: &Clues<'_>) -> Finding {
    let until = on_characters(clues.text, clues.at..clues.at + 1).end;
    let mark = clues.text[..until].rfind(['*', '&']);
    let at = mark.filter(|at| !clues.text[*at..until].contains('\n'));
    let at = at.unwrap_or(clues.at);
    let (message, help) = match clues.text[at..].starts_with('&') {
        true => (
            "`&` begins an anchor, and has no name",
            "quote a value that begins with `&`",
        ),
        false => (
            "`*` begins an alias, and has no name",
            "quote a value that begins with `*`, such as `\"* * * * *\"`",
        ),
    };
    broken(at..at + 1, message, Some(help))
}

fn after_quote(clues: &Clues<'_>) -> Finding {
    let here = clues.at..clues.at + 1;
    let message = "text follows the closing quote";
    match quote_before(clues) {
        Some(quote) if clues.text[quote.start..clues.at].contains('\n') => broken(
            quote,
            "this quote is closed by one on a later line",
            Some("close it on its own line"),
        ),
        Some(quote) if clues.text[quote.clone()].starts_with('\'') => broken(
            here,
            message,
            Some("write a quote within single quotes twice: `'it''s'`"),
        ),
        _ => broken(
            here,
            message,
            Some("put all of the value within the quotes"),
        ),
    }
}

/// The quote that opens the value after the last one that was understood.
fn quote_before(clues: &Clues<'_>) -> Option<Range<usize>> {
    let between = clues.text.get(clues.before..)?;
    let at = clues.before + between.find(['"', '\''])?;
    (at <= clues.at).then_some(at..at + 1)
}

/// The first escape that is none, in the double quotes the parser stopped at.
fn escape(clues: &Clues<'_>) -> Finding {
    let text = &clues.text[clues.at..];
    let mut characters = text.char_indices().take(LONGEST);
    while let Some((at, c)) = characters.next() {
        if c != '\\' {
            continue;
        }
        let Some((next_at, next)) = characters.next() else {
            break;
        };
        let after = &text[next_at + next.len_utf8()..];
        let valid = match next {
            'x' => hex(after, 2),
            'u' => hex(after, 4),
            'U' => hex(after, 8),
            _ => "0abt\tnvfre \"/\\N_LP\n\r".contains(next),
        };
        if !valid {
            let start = clues.at + at;
            return broken(
                start..start + 1 + next.len_utf8(),
                format!("`\\{}` is not an escape", next.escape_debug()),
                Some("write a backslash as `\\\\`, or use single quotes"),
            );
        }
    }
    let message = "an escape in this text stands for no character";
    broken(clues.at..clues.at + 1, message, None)
}

fn hex(text: &str, digits: usize) -> bool {
    let digit = |byte: &u8| byte.is_ascii_hexdigit();
    text.bytes().take(digits).filter(digit).count() == digits
}

fn tag(clues: &Clues<'_>) -> Finding {
    let rest = &clues.text[clues.at..];
    let length = rest.find([' ', '\t', '\r', '\n']).unwrap_or(rest.len());
    let tag = rest[..length].chars().take(64).collect();
    let kind = SyntaxFaultKind::CustomTag { tag };
    (clues.at..clues.at + length, kind)
}
