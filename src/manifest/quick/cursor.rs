//! A place in a text, and the keys and scalars that begin there.

use serde_json::Value;

use crate::manifest::scalar::IN_NAMES;

/// Parsers stop looking for the colon of a key somewhat later.
const LONGEST_KEY: usize = 1_000;

/// A place in a text.
pub(super) struct Cursor<'a> {
    text: &'a str,
    /// The offset in bytes.
    pub(super) at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// A key and its colon. `block` says that it begins a line, or what stands after a `- `.
    pub(super) fn key(&mut self, block: bool) -> Option<String> {
        let start = self.at;
        let quoted = self.peek() == Some(b'"');
        let key = if quoted {
            self.quoted()?
        } else {
            let word = self.word();
            // A dash may be the mark of an item.
            let alone = word.as_bytes().first()?.is_ascii_alphanumeric();
            alone.then(|| word.to_owned())?
        };
        if self.at - start > LONGEST_KEY || self.peek() != Some(b':') {
            return None;
        }
        self.at += 1;
        let parted = self.at_line_end() || self.peek() == Some(b' ');
        // JSON needs no blank after its colons.
        (parted || quoted && !block).then_some(key)
    }

    /// A text in double quotes, as JSON writes it.
    pub(super) fn quoted(&mut self) -> Option<String> {
        let text = self.text;
        let mut start = self.at + 1;
        let mut out = String::new();
        loop {
            let ends = |byte| matches!(byte, b'"' | b'\\' | b'\n');
            let end = start + text.as_bytes()[start..].iter().position(|b| ends(*b))?;
            out.push_str(&text[start..end]);
            match text.as_bytes()[end] {
                b'"' => {
                    self.at = end + 1;
                    return Some(out);
                }
                b'\\' => {
                    let (c, length) = escaped(&text[end + 1..])?;
                    out.push(c);
                    start = end + 1 + length;
                }
                _ => return None,
            }
        }
    }

    /// A scalar without quotes.
    pub(super) fn plain(&mut self) -> Option<Value> {
        resolve(self.word())
    }

    /// The characters from here that surely belong to one plain scalar.
    fn word(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let end = rest.bytes().position(|byte| !IN_NAMES[byte as usize]);
        let end = end.unwrap_or(rest.len());
        let share = rest[end..].starts_with('%');
        let word = &rest[..end + usize::from(share)];
        self.at += word.len();
        word
    }

    /// The byte that is next.
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn at_line_end(&self) -> bool {
        matches!(self.peek(), None | Some(b'\n'))
    }

    /// Whether an item of a list begins here.
    pub(super) fn at_item(&self) -> bool {
        self.text[self.at..].starts_with("- ")
    }

    pub(super) fn skip_blanks(&mut self) {
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
    }
}

/// What a plain scalar is, where all readers agree.
fn resolve(word: &str) -> Option<Value> {
    match word {
        "null" => Some(Value::Null),
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        _ if is_constant(word) => None,
        _ => match word.as_bytes() {
            [b'a'..=b'z' | b'A'..=b'Z' | b'/', ..] => Some(Value::String(word.to_owned())),
            [b'0'..=b'9', .., b'%' | b's'] => {
                let number = &word[..word.len() - 1];
                let digits = number.bytes().all(|byte| byte.is_ascii_digit());
                digits.then(|| Value::String(word.to_owned()))
            }
            [b'0'] => Some(0.into()),
            [b'-', b'1'..=b'9', ..] | [b'1'..=b'9', ..] => {
                word.parse::<i64>().ok().map(Value::from)
            }
            _ => None,
        },
    }
}

/// Words that are no text, in any case.
fn is_constant(word: &str) -> bool {
    let is = |constant: &&str| word.eq_ignore_ascii_case(constant);
    ["null", "true", "false"].iter().any(is)
}

/// The character behind a backslash, and how many bytes stand for it.
fn escaped(rest: &str) -> Option<(char, usize)> {
    let c = match rest.as_bytes().first()? {
        b'"' => '"',
        b'\\' => '\\',
        b'n' => '\n',
        b't' => '\t',
        b'r' => '\r',
        b'b' => '\x08',
        b'f' => '\x0C',
        b'u' => {
            let digits = rest.get(1..5)?;
            // `from_str_radix` would take a sign.
            if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return None;
            }
            let code = u32::from_str_radix(digits, 16).ok()?;
            return Some((char::from_u32(code)?, 5));
        }
        _ => return None,
    };
    Some((c, 1))
}
