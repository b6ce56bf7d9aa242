//! How strings and numbers are written: which strings need quotes, which can be blocks.
//!
//! The rule for quotes is wider than any one reader's: it covers the types of YAML 1.1
//! (<https://yaml.org/type/>), the YAML 1.2 core schema, and what readers in use make of them.

use std::fmt::Write as _;

use serde_json::Number;

/// How a string is written where a block can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As it is.
    Plain,
    /// In double quotes.
    Quoted,
    /// As a block.
    Block {
        /// Whether the text ends with a line break, and so its header is `|`; else it is `|-`.
        clip: bool,
    },
}

impl Form {
    /// The form of a string.
    pub(super) fn of(text: &str) -> Self {
        if is_plain(text) {
            Self::Plain
        } else if is_block(text) {
            let clip = text.ends_with('\n');
            Self::Block { clip }
        } else {
            Self::Quoted
        }
    }
}

/// Says whether the string is itself when written without quotes, to every reader.
pub(super) fn is_plain(text: &str) -> bool {
    let (Some(first), Some(last)) = (text.chars().next(), text.chars().next_back()) else {
        return false;
    };
    // Most are names, and need no closer look.
    if first.is_ascii_alphabetic() && text.bytes().all(|byte| IN_NAMES[byte as usize]) {
        return !is_word(text);
    }
    !"-?:,[]{}#&*!|>'\"%@`~=<".contains(first)
        && !first.is_whitespace()
        && !last.is_whitespace()
        && last != ':'
        && !is_word(text)
        && !is_numeric(text)
        && body_is_plain(text)
}

/// The bytes that most strings have no others than: they mean nothing in a plain scalar.
pub(super) static IN_NAMES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        let c = byte as u8;
        table[byte] = c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.' | b'/' | b'_');
        byte += 1;
    }
    table
};

/// Says whether nothing after the first character ends a plain scalar or cannot stand in one.
fn body_is_plain(text: &str) -> bool {
    let mut before = b'x';
    for byte in text.bytes() {
        let blank = byte == b' ';
        if blank && before == b':' || byte == b'#' && before == b' ' {
            return false;
        }
        if byte < 0x20 || byte == 0x7F {
            return false;
        }
        before = byte;
    }
    text.is_ascii() || !text.chars().any(is_escaped)
}

/// Words that some reader takes for a boolean, null, infinity or no number, in any case.
fn is_word(text: &str) -> bool {
    const WORDS: [&str; 15] = [
        "n", "y", "no", "on", ".inf", ".nan", "inf", "nan", "off", "yes", "null", "true", "false",
        "+.inf", "infinity",
    ];
    // Few strings begin like one of them.
    let first = text.bytes().next().unwrap_or_default();
    text.len() <= 8
        && b"nyoitf.+NYOITF".contains(&first)
        && WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Says whether some reader may take the string for a number, a date or a time.
fn is_numeric(text: &str) -> bool {
    if !text.starts_with(|first: char| first.is_ascii_digit() || first == '+' || first == '.') {
        return false;
    }
    // kubectl drops all underscores before it looks: to it `+_1` and `0_x1F` are numbers.
    let text = text.replace('_', "");
    let unsigned = text.strip_prefix('+').unwrap_or(&text);
    if let [b'0', b'x' | b'X' | b'o' | b'O' | b'b' | b'B', digits @ ..] = unsigned.as_bytes() {
        return digits.iter().all(u8::is_ascii_hexdigit);
    }
    let used = |byte: u8| byte.is_ascii_digit() || b".,:+-eETtZz ".contains(&byte);
    unsigned.bytes().all(used)
}

/// Characters that are always written as escapes: no YAML reader or not every one takes them as
/// they are, or an editor or a review page shows the line other than it is.
pub(super) fn is_escaped(c: char) -> bool {
    matches!(
        c,
        '\0'..='\x1F'
            | '\x7F'..='\u{9F}'
            // Direction marks and overrides.
            | '\u{61C}'
            | '\u{200E}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2066}'..='\u{2069}'
            // Line and paragraph separators, byte order mark, and no characters at all.
            | '\u{2028}'..='\u{2029}'
            | '\u{FEFF}'
            | '\u{FFFE}'..='\u{FFFF}'
    )
}

/// Says whether a text of several lines is exactly itself as a block.
fn is_block(text: &str) -> bool {
    if !text.contains('\n') || text.starts_with([' ', '\t', '\n']) || text.ends_with("\n\n") {
        return false;
    }
    let escaped = |c: char| is_escaped(c) && c != '\n' && c != '\t';
    let whole = |line: &str| !line.ends_with([' ', '\t']);
    !text.chars().any(escaped) && text.split('\n').all(whole)
}

/// Writes a string on one line: plain if that is safe, else in double quotes.
pub(super) fn push_string(text: &str, out: &mut String) {
    if is_plain(text) {
        out.push_str(text);
    } else {
        push_quoted(text, out);
    }
}

/// Writes a string in double quotes, on one line.
pub(super) fn push_quoted(text: &str, out: &mut String) {
    out.push('"');
    let mut done = 0;
    for (at, c) in text.char_indices() {
        if c != '"' && c != '\\' && !is_escaped(c) {
            continue;
        }
        out.push_str(&text[done..at]);
        done = at + c.len_utf8();
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
        }
    }
    out.push_str(&text[done..]);
    out.push('"');
}

/// Writes a number: integers as they are, others in the shortest form that reads back the same,
/// always with a point and a signed exponent, since a YAML 1.1 reader takes `1e21` for a string.
pub(super) fn push_number(number: &Number, out: &mut String) {
    let value = match number.as_f64() {
        Some(value) if number.is_f64() => value,
        _ => {
            let _ = write!(out, "{number}");
            return;
        }
    };
    let text = format!("{value:?}");
    let Some((mantissa, exponent)) = text.split_once('e') else {
        out.push_str(&text);
        return;
    };
    out.push_str(mantissa);
    if !mantissa.contains('.') {
        out.push_str(".0");
    }
    out.push('e');
    if !exponent.starts_with('-') {
        out.push('+');
    }
    out.push_str(exponent);
}
