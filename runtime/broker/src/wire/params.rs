//! The words of a command's line.

use kubefuncs_nsq_proto::{Channel, Topic};

use super::failure::Failure;
use crate::model::Id;

/// Digits as nsqd reads them: nothing at all is 0, and what is too large wraps around.
pub(crate) fn number(word: &[u8]) -> Option<u64> {
    word.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        Some(number.wrapping_mul(10).wrapping_add(digit))
    })
}

/// Milliseconds as nanoseconds, which wrap around too.
pub(crate) fn millis_to_nanos(millis: u64) -> i64 {
    (millis as i64).wrapping_mul(1_000_000)
}

pub(crate) fn message_id(word: &[u8]) -> Result<Id, Failure> {
    let id = Id::try_from(word);
    id.map_err(|_| Failure::fatal("E_INVALID invalid message ID"))
}

/// A topic's name; `before` is the beginning of the error's text.
pub(crate) fn topic(before: &str, word: &[u8]) -> Result<Topic, Failure> {
    let name = std::str::from_utf8(word).ok();
    let name = name.and_then(|name| Topic::new(name).ok());
    name.ok_or_else(|| {
        Failure::fatal(format!(
            "E_BAD_TOPIC {before} topic name {} is not valid",
            quoted(word)
        ))
    })
}

pub(crate) fn channel(word: &[u8]) -> Result<Channel, Failure> {
    let name = std::str::from_utf8(word).ok();
    let name = name.and_then(|name| Channel::new(name).ok());
    name.ok_or_else(|| {
        let name = quoted(word);
        Failure::fatal(format!(
            "E_BAD_CHANNEL SUB channel name {name} is not valid"
        ))
    })
}

/// Bytes in quotes, as Go's `%q` writes them.
fn quoted(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' | '\\' => text.extend(['\\', c]),
                '\x07' => text.push_str("\\a"),
                '\x08' => text.push_str("\\b"),
                '\x0c' => text.push_str("\\f"),
                '\n' => text.push_str("\\n"),
                '\r' => text.push_str("\\r"),
                '\t' => text.push_str("\\t"),
                '\x0b' => text.push_str("\\v"),
                c if c < ' ' || c == '\x7f' => text.push_str(&format!("\\x{:02x}", u32::from(c))),
                c if c.is_control() => text.push_str(&format!("\\u{:04x}", u32::from(c))),
                c => text.push(c),
            }
        }
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_nsqds() {
        assert_eq!(number(b"2500"), Some(2500));
        assert_eq!(number(b""), Some(0));
        assert_eq!(number(b"-1"), None);
        assert_eq!(number(b"18446744073709551615"), Some(u64::MAX));
        assert_eq!(number(b"18446744073709551616"), Some(0));
        assert_eq!(millis_to_nanos(u64::MAX), -1_000_000);
    }

    #[test]
    fn quotes_are_gos() {
        assert_eq!(quoted(b"a\"\\\n\x01\xff\x7f"), r#""a\"\\\n\x01\xff\x7f""#);
        assert_eq!(quoted("é\u{80}".as_bytes()), "\"é\\u0080\"");
    }
}
